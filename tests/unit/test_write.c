/*
 * What is written before an answer: exactly one of many at once, also where the store changes, the
 * time runs out or nobody waits any more. The writer stands at a gate while the requests come, so
 * that all of them have seen the same store. (T70, T71, T73)
 */
#define RUN_WORLD_STACK "requisite chain\nrequired acl\nrequired owner\nrequired otp\n"
#define RUN_WORLD_CLASS "bootstrap"
#include "tests/unit/run_world.h"

#include "proto/authorize.h"

#define MAC   UINT64_C(0x0004f282e824)
#define RIGHT "abcd-efgh-jkmn-pqrs"
#define WRONG "abcd-efgh-jkmn-wwww"
#define MANY  64u

static struct gate {
	pthread_mutex_t closed;
	uv_sem_t stands; /* the writer has come to it */
	struct pa_changeset set;
} gate;

static struct pa_change device_put(enum pa_device_state state)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_PUT };

	change.device = (struct pa_device){ .mac = { MAC }, .state = state, .added_s = 5 };
	return change;
}

static int open_gated_world(void **state)
{
	struct pa_change device = device_put(PA_DEVICE_ALLOWED);
	int r = open_world(state);

	pthread_mutex_init(&gate.closed, NULL);
	assert_int_equal(uv_sem_init(&gate.stands, 0), 0);
	apply_change(*state, &device);
	return r;
}

static int close_gated_world(void **state)
{
	int r = close_world(state);

	uv_sem_destroy(&gate.stands);
	pthread_mutex_destroy(&gate.closed);
	return r;
}

/* --- codes --- */

static struct pa_change otp_put(struct world *w, const char *text, uint8_t tries)
{
	struct pa_change change = { .kind = PA_CHANGE_OTP_PUT };
	struct pa_otp_code code;

	pa_otp_read(pa_bytes_str(text), &code);
	change.otp = (struct pa_otp){ .mac = { MAC },
		.realm = "r",
		.alphabet = PA_OTP_LETTERS,
		.length = (unsigned)code.length,
		.issued_s = w->now_s,
		.expires_s = w->now_s + 900,
		.tries = tries };
	assert_int_equal(
		pa_otp_digest(&w->shared.otp_key, change.otp.mac, "r", &code, change.otp.code), 0);
	return change;
}

static void issue(struct world *w, const char *text, uint8_t tries)
{
	const struct pa_change change = otp_put(w, text, tries);

	apply_change(w, &change);
}

static struct pa_otp stored(struct world *w)
{
	struct pa_otp otp;

	assert_int_equal(pa_db_read_begin(w->worker.reader), 0);
	assert_int_equal(pa_db_otp_get(w->worker.reader, (struct pa_mac){ MAC }, "r", &otp), 0);
	pa_db_read_end(w->worker.reader);
	return otp;
}

/* --- requests --- */

static struct pa_run *ask(struct world *w, const char *password, uint32_t timeout_ms)
{
	static uint8_t frame[PA_FRAME_MAX];
	const struct pa_peer root = { .uid = 0 };
	struct pa_authorize_request req = { .id = 1,
		.realm = PA_BYTES_LIT("r"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.timeout_ms = timeout_ms,
		.has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = pa_bytes_str(password),
		.chain_len = 2 };
	struct pa_run_started started;
	size_t len;

	req.chain[0] = w->device.der;
	req.chain[1] = w->issuing.der;
	assert_int_equal(pa_authorize_request_encode(&req, frame, sizeof(frame), &len), 0);
	pa_worker_look_at_clock(&w->worker);
	assert_int_equal(pa_run_start(&w->worker, (struct pa_bytes){ frame, len }, &root,
				 take_answer, w, &started),
		0);
	return started.waits;
}

static void run_all(struct world *w)
{
	while (w->worker.runs)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
}

/* The chain is known from here on, so that no request waits for anything before its effect. */
static void warm_up(struct world *w)
{
	w->shared.plain = false; /* whatever the environment says */
	(void)ask(w, "", 30000);
	run_all(w);
	w->answers = 0;
	memset(w->verdicts, 0, sizeof(w->verdicts));
}

static void pass_gate(struct pa_changeset *set)
{
	(void)set;
	uv_sem_post(&gate.stands);
	pthread_mutex_lock(&gate.closed);
	pthread_mutex_unlock(&gate.closed);
}

static void close_gate(struct world *w)
{
	gate.set = (struct pa_changeset){ .done = pass_gate };
	pthread_mutex_lock(&gate.closed);
	assert_int_equal(pa_db_submit(w->shared.db, &gate.set), 0);
	uv_sem_wait(&gate.stands);
}

static void open_gate(struct world *w)
{
	pthread_mutex_unlock(&gate.closed);
	run_all(w);
}

static void nobody_hears(struct pa_changeset *set)
{
	(void)set;
}

static void t71_of_many_at_once_one_is_allowed(void **state)
{
	struct world *w = *state;
	uint64_t before;

	warm_up(w);
	for (unsigned round = 0; round < 20; round++) {
		issue(w, RIGHT, 10);
		before = pa_db_revision(w->shared.db);
		close_gate(w);
		for (unsigned i = 0; i < MANY; i++)
			(void)ask(w, RIGHT, 30000);
		assert_int_equal(w->answers, round * MANY);
		open_gate(w);
		assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], round + 1);
		assert_int_equal(w->answers, (round + 1) * MANY);
		assert_int_equal(pa_db_revision(w->shared.db), before + 1);
		assert_int_equal(stored(w).used_s, w->now_s);
	}
}

/* In the order in which they came: the right one that comes behind the last try is too late. */
static void t73_of_many_at_once_no_more_guess_than_may(void **state)
{
	struct world *w = *state;

	warm_up(w);
	for (unsigned wrong = 2; wrong <= 4; wrong++) {
		unsigned allowed = w->verdicts[PA_VERDICT_ALLOW];

		issue(w, RIGHT, 3);
		close_gate(w);
		for (unsigned i = 0; i < wrong; i++)
			(void)ask(w, WRONG, 30000);
		(void)ask(w, RIGHT, 30000);
		open_gate(w);
		assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], allowed + (wrong < 3));
		assert_int_equal(stored(w).tries, wrong < 3 ? 1 : 0);
		assert_int_equal(stored(w).used_s, wrong < 3 ? w->now_s : 0);
	}
}

/* The stack starts again; the request neither consumes twice nor is denied for what it did. */
static void what_else_changes_meanwhile_does_no_harm(void **state)
{
	struct world *w = *state;
	struct pa_change quarantined = device_put(PA_DEVICE_QUARANTINED);
	struct pa_change allowed = device_put(PA_DEVICE_ALLOWED);
	struct pa_changeset sets[2] = {
		{ .changes = &quarantined, .changes_len = 1, .done = nobody_hears },
		{ .changes = &allowed, .changes_len = 1, .done = nobody_hears },
	};
	uint64_t restarts, before;

	warm_up(w);
	issue(w, RIGHT, 10);
	restarts = pa_stats_get(&w->worker.stats.restarts);
	before = pa_db_revision(w->shared.db);
	close_gate(w);
	assert_int_equal(pa_db_submit(w->shared.db, &sets[0]), 0);
	(void)ask(w, RIGHT, 30000);
	assert_int_equal(pa_db_submit(w->shared.db, &sets[1]), 0);
	open_gate(w);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 1);
	assert_int_equal(pa_db_revision(w->shared.db), before + 3);
	assert_true(pa_stats_get(&w->worker.stats.restarts) > restarts);
	assert_int_equal(stored(w).used_s, w->now_s);
}

/* Begun again while the clock is wrong: by the time when it came. */
static void a_clock_set_back_meanwhile_judges_nobody(void **state)
{
	struct world *w = *state;
	struct pa_change quarantined = device_put(PA_DEVICE_QUARANTINED);
	struct pa_change allowed = device_put(PA_DEVICE_ALLOWED);
	struct pa_changeset sets[2] = {
		{ .changes = &quarantined, .changes_len = 1, .done = nobody_hears },
		{ .changes = &allowed, .changes_len = 1, .done = nobody_hears },
	};
	const int64_t now_s = w->now_s;
	uint64_t restarts;

	warm_up(w);
	issue(w, RIGHT, 10);
	w->shared.earliest_s = now_s;
	restarts = pa_stats_get(&w->worker.stats.restarts);
	close_gate(w);
	assert_int_equal(pa_db_submit(w->shared.db, &sets[0]), 0);
	(void)ask(w, RIGHT, 30000);
	assert_int_equal(pa_db_submit(w->shared.db, &sets[1]), 0);
	w->now_s = 1; /* no certificate was valid then */
	open_gate(w);
	w->now_s = now_s;
	w->shared.earliest_s = INT64_MIN;
	assert_true(pa_stats_get(&w->worker.stats.restarts) > restarts);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 1);
	assert_int_equal(stored(w).used_s, now_s);
}

/* What it depends on is gone when its turn comes: denied, by the store of then. */
static void a_change_before_it_counts(void **state)
{
	struct world *w = *state;
	struct pa_change removed = { .kind = PA_CHANGE_DEVICE_REMOVE }, another;
	struct pa_changeset set = { .changes = &removed, .changes_len = 1, .done = nobody_hears };
	struct pa_change back = device_put(PA_DEVICE_ALLOWED);

	warm_up(w);
	removed.device.mac.value = MAC;
	issue(w, RIGHT, 10);
	close_gate(w);
	assert_int_equal(pa_db_submit(w->shared.db, &set), 0);
	(void)ask(w, RIGHT, 30000);
	open_gate(w);
	assert_int_equal(w->verdicts[PA_VERDICT_DENY], 1);
	assert_string_equal(w->reason, "device-removed");
	apply_change(w, &back);

	another = otp_put(w, WRONG, 10);
	set.changes = &another;
	issue(w, RIGHT, 10);
	close_gate(w);
	assert_int_equal(pa_db_submit(w->shared.db, &set), 0);
	(void)ask(w, RIGHT, 30000);
	open_gate(w);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 0);
	assert_int_equal(stored(w).used_s, 0);
	assert_memory_equal(stored(w).code, another.otp.code, PA_DIGEST_LEN);
}

/* It consumes before the code ends, and answers after that. */
static void the_time_of_the_use_counts(void **state)
{
	struct world *w = *state;

	warm_up(w);
	issue(w, RIGHT, 10);
	w->now_s += 899;
	close_gate(w);
	(void)ask(w, RIGHT, 30000);
	w->now_s += 1;
	open_gate(w);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 1);
}

/* Answered or left while it is with the writer: consumed, allowed to nobody, and nothing leaks. */
static void who_gives_up_is_not_allowed_later(void **state)
{
	struct world *w = *state;

	warm_up(w);
	issue(w, RIGHT, 10);
	close_gate(w);
	assert_non_null(ask(w, RIGHT, 1));
	while (!w->answers)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_string_equal(w->reason, "timeout");
	open_gate(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(stored(w).used_s, w->now_s);

	issue(w, RIGHT, 10);
	close_gate(w);
	pa_run_detach(ask(w, RIGHT, 30000));
	open_gate(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(stored(w).used_s, w->now_s);
	(void)ask(w, RIGHT, 30000);
	run_all(w);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 0);
}

/* What was submitted is carried out. */
static void drain(struct world *w)
{
	struct pa_changeset set = { .changes_len = 0 };
	int r;

	do
		r = pa_db_apply(w->shared.db, &set);
	while (r == PA_E_BUSY);
	assert_int_equal(r, 0);
}

/* The writer's queue is full: an error at once, and nothing is consumed. */
static void a_full_queue_is_an_error(void **state)
{
	enum { ROOM = 4096 };
	struct pa_changeset *sets = calloc(ROOM + 1, sizeof(*sets));
	struct world *w = *state;
	size_t n = 0;

	assert_non_null(sets);
	warm_up(w);
	issue(w, RIGHT, 10);
	close_gate(w);
	for (; n <= ROOM; n++) {
		sets[n].done = nobody_hears;
		if (pa_db_submit(w->shared.db, &sets[n]) != 0)
			break;
	}
	assert_true(n <= ROOM);
	(void)ask(w, RIGHT, 30000);
	assert_int_equal(w->verdicts[PA_VERDICT_ERROR], 1);
	assert_string_equal(w->reason, "overloaded");
	open_gate(w);
	drain(w);
	assert_int_equal(stored(w).used_s, 0);
	(void)ask(w, RIGHT, 30000);
	run_all(w);
	assert_int_equal(w->verdicts[PA_VERDICT_ALLOW], 1);
	free(sets);
}

#define write_test(name) cmocka_unit_test_setup_teardown(name, open_gated_world, close_gated_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		write_test(t71_of_many_at_once_one_is_allowed),
		write_test(t73_of_many_at_once_no_more_guess_than_may),
		write_test(what_else_changes_meanwhile_does_no_harm),
		write_test(a_clock_set_back_meanwhile_judges_nobody),
		write_test(a_change_before_it_counts),
		write_test(the_time_of_the_use_counts),
		write_test(who_gives_up_is_not_allowed_later),
		write_test(a_full_queue_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
