/*
 * A run outlives who asked: it is answered for want of time while its chain is being verified, and
 * what it was asked with is gone before the verification begins.
 */
#include "proto/authorize.h"
#include "tests/unit/run_world.h"

#include <sys/socket.h>
#include <time.h>

static void hold(uv_work_t *work)
{
	uv_sem_wait(work->data);
}

static void held(uv_work_t *work, int status)
{
	(void)work;
	assert_int_equal(status, 0);
}

static struct pa_bytes heap_copy(struct pa_bytes bytes)
{
	uint8_t *copy = malloc(bytes.len);

	assert_non_null(copy);
	memcpy(copy, bytes.data, bytes.len);
	return (struct pa_bytes){ copy, bytes.len };
}

/* The device's chain in memory of its own, 1 ms to decide; the pool is busy with something else. */
static void test_what_was_asked_may_go_before_the_work_begins(void **state)
{
	struct world *w = *state;
	struct pa_authorize_request req = { .id = 1,
		.realm = PA_BYTES_LIT("r"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.timeout_ms = 1,
		.chain_len = 2 };
	uv_work_t busy;
	uv_sem_t go;

	assert_int_equal(uv_sem_init(&go, 0), 0);
	busy.data = &go;
	assert_int_equal(uv_queue_work(&w->loop, &busy, hold, held), 0);
	req.chain[0] = heap_copy(w->device.der);
	req.chain[1] = heap_copy(w->issuing.der);
	assert_int_equal(pa_run_check(&w->worker, &req, PA_R_NONE, 0, take_answer, w), 0);
	while (!w->answers)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->verdict, PA_VERDICT_ERROR);
	assert_string_equal(w->reason, "timeout");
	/* whole as it is, so that the one who still reads it does, and a sanitizer sees it */
	free((void *)(uintptr_t)req.chain[0].data);
	free((void *)(uintptr_t)req.chain[1].data);
	uv_sem_post(&go);
	while (w->worker.runs)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->answers, 1);
	uv_sem_destroy(&go);
}

/* Ask for a file that there is not, so that nothing waits; the arena is then as it was left. */
static struct pa_run_started ask_for_nothing(
	struct world *w, struct pa_authorize_request *req, uint8_t *frame, size_t size, size_t *len)
{
	const struct pa_peer root = { .uid = 0 };
	struct pa_run_started started;

	req->realm = pa_bytes_str("r");
	req->method = pa_bytes_str("GET");
	req->target = pa_bytes_str("nothing");
	assert_int_equal(pa_authorize_request_encode(req, frame, size, len), 0);
	pa_worker_look_at_clock(&w->worker);
	assert_int_equal(pa_run_start(&w->worker, (struct pa_bytes){ frame, *len }, &root,
				 take_answer, w, &started),
		0);
	assert_null(started.waits);
	return started;
}

static struct pa_authorize_request own_file(const struct world *w, uint64_t id)
{
	return (struct pa_authorize_request){ .id = id,
		.realm = PA_BYTES_LIT("r"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.chain_len = 2,
		.chain = { w->device.der, w->issuing.der } };
}

/* Whether it waited; the frame is gone once it does. */
static bool ask_and_forget(struct world *w, const struct pa_authorize_request *req)
{
	const struct pa_peer root = { .uid = 0 };
	struct pa_run_started started;
	uint8_t *frame = malloc(8192);
	size_t len;

	assert_non_null(frame);
	assert_int_equal(pa_authorize_request_encode(req, frame, 8192, &len), 0);
	w->answers = 0;
	pa_worker_look_at_clock(&w->worker);
	assert_int_equal(pa_run_start(&w->worker, (struct pa_bytes){ frame, len }, &root,
				 take_answer, w, &started),
		0);
	memset(frame, 0xff, len);
	free(frame);
	while (!w->answers)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	return started.waits != NULL;
}

static bool is_own_file(void *arg, const struct pa_decision *decision)
{
	*(bool *)arg = pa_bytes_eq_str(decision->target, "/0004f282e824.cfg") &&
		       pa_bytes_eq_str(decision->realm, "r");
	return true;
}

static void test_who_waits_owns_what_it_was_sent(void **state)
{
	struct world *w = *state;
	struct pa_authorize_request req = own_file(w, 1);
	bool latest = false;

	w->shared.plain = true; /* nothing is known, so the chain is verified by a job */
	assert_true(ask_and_forget(w, &req));
	assert_int_equal(w->verdict, PA_VERDICT_ALLOW);
	pa_decisions_of_agent(
		&w->worker.decisions, (struct pa_bytes){ NULL, 0 }, is_own_file, &latest);
	assert_true(latest);
	w->shared.plain = false;
	(void)ask_and_forget(w, &req);
	/* and who is answered at once needs nothing of his own */
	assert_false(ask_and_forget(w, &req));
	assert_int_equal(w->verdict, PA_VERDICT_ALLOW);
}

static void test_what_may_be_secret_is_wiped(void **state)
{
	static const char password[] = "correct horse battery staple";
	struct world *w = *state;
	struct pa_authorize_request plain = { .id = 1 }, header = { .id = 2, .headers_len = 1 },
				    secret = { .id = 3, .has_credentials = true }, waits;
	uint8_t frame[512], *left;
	size_t len;

	header.headers[0] =
		(struct pa_pair){ PA_BYTES_LIT("authorization"), PA_BYTES_LIT("Basic x") };
	secret.user = PA_BYTES_LIT("x");
	secret.password = pa_bytes_str(password);
	assert_false(ask_for_nothing(w, &plain, frame, sizeof(frame), &len).is_secret);
	assert_true(ask_for_nothing(w, &header, frame, sizeof(frame), &len).is_secret);
	assert_true(ask_for_nothing(w, &secret, frame, sizeof(frame), &len).is_secret);
	/* a copy of one's own */
	waits = own_file(w, 4);
	waits.has_credentials = true;
	waits.user = secret.user;
	waits.password = secret.password;
	w->shared.plain = true;
	assert_true(ask_and_forget(w, &waits));
	w->shared.plain = false;
	assert_non_null(w->worker.free_runs);
	/* what the next request gets is where this one was */
	len = waits.chain[0].len + waits.chain[1].len + 200;
	left = pa_arena_alloc(&w->worker.free_runs->arena, len);
	assert_non_null(left);
	assert_null(memmem(left, len, password, strlen(password)));
	pa_arena_rewind(&w->worker.free_runs->arena);
}

/* --- a store that changes while it is read --- */

static unsigned asked;

static void forget_device(struct pa_shared *shared, bool forgotten)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_PUT,
		.device = { .mac = { 0x0004f282e824 } } };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };

	change.device.state = forgotten ? PA_DEVICE_DISABLED : PA_DEVICE_ALLOWED;
	assert_int_equal(pa_db_apply(shared->db, &set), 0);
}

/* Reads the device in memory and, after it was disabled, something of the store. */
static enum pa_answer read_torn(struct pa_ctx *ctx)
{
	const struct pa_account_key key = { .scope = PA_ACCOUNT_REALM, .name = "r" };
	struct pa_device_status status;
	struct pa_account account;
	struct pa_effect effect = { .change = { .kind = PA_CHANGE_DEVICE_PUT } };

	assert_int_equal(pa_db_device_status(ctx->db, ctx->facts->claim, 0, &status), 0);
	if (asked++ == 0)
		forget_device(ctx->run->worker->shared, true);
	assert_true(pa_db_account_get(ctx->db, &key, &account) > 0);
	if (asked == 1) {
		assert_int_equal(pa_wait_write(ctx, &effect, read_torn), PA_ERROR);
		assert_int_equal(ctx->reason, PA_R_UNSTABLE);
	}
	return status.standing == PA_STANDING_ALLOWED
		       ? PA_PASS
		       : pa_answer(ctx, PA_DENY, PA_R_DEVICE_DISABLED);
}

static void test_what_is_torn_is_decided_anew(void **state)
{
	static const struct pa_check check = {
		.abi = PA_CHECK_ABI, .name = "torn", .flags = PA_CHECK_EFFECT, .run = read_torn
	};
	struct world *w = *state;
	struct pa_rule *rule = &w->worker.config->realms[0].rules[1];
	const struct pa_rule was = *rule;
	const struct pa_authorize_request req = own_file(w, 1);

	forget_device(&w->shared, false);
	rule->check = &check;
	rule->name = check.name;
	asked = 0;
	(void)ask_and_forget(w, &req);
	assert_int_equal(asked, 2);
	assert_int_equal(w->verdict, PA_VERDICT_DENY);
	assert_string_equal(w->reason, "device-disabled");
	*rule = was;
}

/* --- a clock that cannot be right --- */

static void test_nothing_is_decided_by_a_wrong_clock(void **state)
{
	struct world *w = *state;
	struct pa_authorize_request req = own_file(w, 1);

	forget_device(&w->shared, false);
	w->shared.earliest_s = w->now_s + 1;
	(void)ask_and_forget(w, &req);
	assert_int_equal(w->verdict, PA_VERDICT_ERROR);
	assert_string_equal(w->reason, "clock-wrong");
	assert_true(w->shared.clock_was_wrong);
	w->shared.earliest_s = w->now_s;
	(void)ask_and_forget(w, &req);
	assert_int_equal(w->verdict, PA_VERDICT_ALLOW);
	assert_false(w->shared.clock_was_wrong);
	w->shared.earliest_s = INT64_MIN;
}

/* --- the log --- */

/* Lines of the next write, which is whole; 0: there was none. */
static unsigned lines_written(int fd)
{
	char text[4096];
	ssize_t len = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	unsigned lines = 0;

	for (ssize_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_true(len <= 0 || (text[len - 1] == '\n' && strncmp(text, "decision ", 9) == 0));
	return lines;
}

/* A decision is logged at once, also one that has waited; where lines are held, with the others. */
static void test_a_decision_is_logged(void **state)
{
	struct world *w = *state;
	const struct pa_authorize_request own = own_file(w, 1);
	struct pa_authorize_request nothing = { .id = 2 };
	int ends[2], saved = dup(STDERR_FILENO);
	uint8_t frame[256];
	size_t len;

	forget_device(&w->shared, false);
	w->worker.config->log_decisions = PA_LOG_ALL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_true(saved >= 0 && dup2(ends[0], STDERR_FILENO) >= 0);
	(void)ask_for_nothing(w, &nothing, frame, sizeof(frame), &len);
	assert_int_equal(lines_written(ends[1]), 1);
	pa_chain_cache_clear(w->worker.chains, 1 << 20);
	assert_true(ask_and_forget(w, &own)); /* its chain is verified on the pool */
	assert_int_equal(lines_written(ends[1]), 1);
	pa_worker_hold(&w->worker);
	for (unsigned i = 0; i < 3; i++)
		(void)ask_for_nothing(w, &nothing, frame, sizeof(frame), &len);
	assert_int_equal(lines_written(ends[1]), 0);
	pa_worker_release(&w->worker);
	assert_int_equal(lines_written(ends[1]), 3);
	(void)ask_for_nothing(w, &nothing, frame, sizeof(frame), &len);
	assert_int_equal(lines_written(ends[1]), 1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	w->worker.config->log_decisions = PA_LOG_NONE;
}

/* --- what learns of the verdict --- */

static enum pa_answer answer;
static unsigned settled;

static enum pa_answer run_answer(struct pa_ctx *ctx)
{
	return pa_answer(ctx, answer, PA_R_CHECK);
}

static void count_settled(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	(void)verdict;
	assert_int_equal(ctx->answer, answer);
	settled++;
}

/* How often its settle() is called of a request that it answers so. */
static unsigned settles(struct world *w, unsigned flags, enum pa_answer with)
{
	const struct pa_check check = { .abi = PA_CHECK_ABI,
		.name = "learner",
		.flags = flags,
		.run = run_answer,
		.settle = count_settled };
	struct pa_rule *rule = &w->worker.config->realms[0].rules[1];
	const struct pa_rule was = *rule;
	const struct pa_authorize_request req = own_file(w, 1);

	forget_device(&w->shared, false);
	rule->check = &check;
	answer = with;
	settled = 0;
	(void)ask_and_forget(w, &req);
	*rule = was;
	return settled;
}

static void test_who_learns_of_the_verdict(void **state)
{
	struct world *w = *state;

	assert_int_equal(settles(w, 0, PA_PASS), 1);
	assert_int_equal(settles(w, 0, PA_DENY), 1);
	assert_int_equal(settles(w, PA_CHECK_IGNORES_PASS, PA_PASS), 0);
	assert_int_equal(settles(w, PA_CHECK_IGNORES_PASS, PA_DENY), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_asked_may_go_before_the_work_begins),
		cmocka_unit_test(test_who_waits_owns_what_it_was_sent),
		cmocka_unit_test(test_what_may_be_secret_is_wiped),
		cmocka_unit_test(test_what_is_torn_is_decided_anew),
		cmocka_unit_test(test_nothing_is_decided_by_a_wrong_clock),
		cmocka_unit_test(test_a_decision_is_logged),
		cmocka_unit_test(test_who_learns_of_the_verdict),
	};

	/* without short cuts nothing is torn; where there must be none, a test says so itself */
	unsetenv("POLYAUTH_PLAIN");
	/* one thread, so that what occupies it holds up everything else */
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
