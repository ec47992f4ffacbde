/*
 * Requests with a handle in place of their chain: on several workers, after a new configuration,
 * and where other CAs count before they are answered. (T15, T32)
 */
#define RUN_WORLD_STACK "requisite chain\nrequired owner\nrequired password\n"

#include "tests/unit/run_world.h"

#include "daemon/pki/kdf.h"
#include "proto/authorize.h"

#define PASSWORD "spring-2026"

static void apply(struct world *w, const struct pa_change *change)
{
	struct pa_changeset set = { .changes = change, .changes_len = 1 };

	assert_int_equal(pa_db_apply(w->shared.db, &set), 0);
}

static int open_with_password(void **state)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };
	struct pa_slot *slot = &change.account.slot;
	char setting[PA_KDF_MAX];
	struct world *w;

	if (open_world(state))
		return -1;
	w = *state;
	w->shared.plain = false;
	change.account.key.scope = PA_ACCOUNT_REALM;
	snprintf(change.account.key.name, sizeof(change.account.key.name), "r");
	snprintf(slot->name, sizeof(slot->name), "a");
	assert_int_equal(pa_kdf_new_setting(1, setting), 0);
	assert_int_equal(pa_kdf_hash(PASSWORD, setting, slot->hash), 0);
	apply(w, &change);
	return 0;
}

static void put_ca(struct world *w, enum pa_change_kind kind, struct pa_bytes der)
{
	struct pa_change change = { .kind = kind };

	change.ca = (struct pa_ca){ .kind = PA_CA_ANCHOR, .added_s = 1, .der = der };
	assert_int_equal(pa_x509_sha256(der, change.ca.sha256), 0);
	apply(w, &change);
}

/* --- asking --- */

static struct pa_authorize_request request(const char *realm)
{
	return (struct pa_authorize_request){ .id = 1,
		.realm = pa_bytes_str(realm),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = PA_BYTES_LIT(PASSWORD) };
}

/* The bytes that were asked with are gone when this returns. */
static void start(struct world *w, struct pa_worker *worker, const struct pa_authorize_request *req)
{
	const struct pa_peer peer = { .uid = 33 };
	uint8_t *frame = malloc(16384);
	struct pa_run_started started;
	size_t len;

	assert_non_null(frame);
	assert_int_equal(pa_authorize_request_encode(req, frame, 16384, &len), 0);
	pa_worker_look_at_clock(worker);
	assert_int_equal(pa_run_start(worker, (struct pa_bytes){ frame, len }, &peer, take_answer,
				 w, &started),
		0);
	free(frame);
}

static void wait_for(struct world *w, unsigned answers)
{
	while (w->answers < answers || w->worker.runs)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void ask_with_chain(struct world *w, struct pa_worker *worker, const char *realm)
{
	struct pa_authorize_request req = request(realm);
	unsigned answers = w->answers;

	req.chain[0] = w->device.der;
	req.chain[1] = w->issuing.der;
	req.chain_len = 2;
	req.want_handle = true;
	start(w, worker, &req);
	wait_for(w, answers + 1);
}

struct given {
	uint8_t bytes[PA_HANDLE_LEN];
};

static struct given given(const struct world *w)
{
	struct given ret;

	assert_int_equal(w->handle_len, PA_HANDLE_LEN);
	memcpy(ret.bytes, w->handle, PA_HANDLE_LEN);
	return ret;
}

static void start_by_handle(
	struct world *w, struct pa_worker *worker, const struct given *handle, const char *realm)
{
	struct pa_authorize_request req = request(realm);

	req.chain_handle = (struct pa_bytes){ handle->bytes, PA_HANDLE_LEN };
	start(w, worker, &req);
}

static void ask_by_handle(
	struct world *w, struct pa_worker *worker, const struct given *handle, const char *realm)
{
	unsigned answers = w->answers;

	start_by_handle(w, worker, handle, realm);
	wait_for(w, answers + 1);
}

static void expect(const struct world *w, enum pa_verdict verdict, const char *reason)
{
	assert_string_equal(w->reason, reason);
	assert_int_equal(w->verdict, verdict);
}

/* --- the pool, kept busy --- */

struct gate {
	uv_work_t work;
	uv_sem_t go;
};

static void hold(uv_work_t *work)
{
	uv_sem_wait(work->data);
}

static void held(uv_work_t *work, int status)
{
	(void)work;
	assert_int_equal(status, 0);
}

static void close_gate(struct world *w, struct gate *gate)
{
	assert_int_equal(uv_sem_init(&gate->go, 0), 0);
	gate->work.data = &gate->go;
	assert_int_equal(uv_queue_work(&w->loop, &gate->work, hold, held), 0);
}

/* --- tests --- */

static void test_each_worker_knows_what_it_was_sent(void **state)
{
	struct world *w = *state;
	struct pa_worker other;
	struct given handle;

	assert_int_equal(pa_worker_init(&other, &w->shared, &w->loop, 1, 0), 0);
	ask_with_chain(w, &w->worker, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
	handle = given(w);
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_int_equal(w->handle_len, 0);
	ask_by_handle(w, &other, &handle, "r");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_with_chain(w, &other, "r");
	assert_memory_equal(given(w).bytes, handle.bytes, PA_HANDLE_LEN);
	ask_by_handle(w, &other, &handle, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_int_equal(pa_stats_get(&w->worker.stats.handles_given), 1);
	assert_int_equal(pa_stats_get(&w->worker.stats.handles_used), 1);
	assert_int_equal(pa_stats_get(&w->worker.stats.handles_unknown), 0);
	assert_int_equal(pa_stats_get(&other.stats.handles_given), 1);
	assert_int_equal(pa_stats_get(&other.stats.handles_used), 1);
	assert_int_equal(pa_stats_get(&other.stats.handles_unknown), 1);
	pa_worker_finish(&other);
}

/* The same stack and the same CAs: yet it is another rule that would have to have proven it. */
static void t15_another_realm_has_not_proven_it(void **state)
{
	struct world *w = *state;
	struct given handle;

	ask_with_chain(w, &w->worker, "r");
	handle = given(w);
	ask_by_handle(w, &w->worker, &handle, "s");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_with_chain(w, &w->worker, "s");
	assert_memory_not_equal(given(w).bytes, handle.bytes, PA_HANDLE_LEN);
	ask_by_handle(w, &w->worker, &handle, "s");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
}

static void t32_another_configuration_knows_no_handle(void **state)
{
	struct world *w = *state;
	struct given handle;

	ask_with_chain(w, &w->worker, "r");
	handle = given(w);
	pa_shared_set_config(&w->shared, read_config(w));
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_with_chain(w, &w->worker, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
}

static void test_no_short_cuts_no_handles(void **state)
{
	struct world *w = *state;
	struct given handle;

	ask_with_chain(w, &w->worker, "r");
	handle = given(w);
	w->shared.plain = true;
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_with_chain(w, &w->worker, "r");
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_int_equal(w->handle_len, 0);
}

/* Its password waits for the pool while the CAs change; its chain is then verified anew. */
static void change_while_it_waits(
	struct world *w, const struct given *handle, enum pa_change_kind kind, struct pa_bytes ca)
{
	unsigned answers = w->answers;
	struct gate gate;

	close_gate(w, &gate);
	start_by_handle(w, &w->worker, handle, "r");
	assert_int_equal(w->answers, answers);
	put_ca(w, kind, ca);
	uv_sem_post(&gate.go);
	wait_for(w, answers + 1);
	uv_sem_destroy(&gate.go);
	assert_int_equal(w->answers, answers + 1);
}

static void t32_a_ca_that_goes_while_a_request_waits(void **state)
{
	struct world *w = *state;
	struct given handle;

	ask_with_chain(w, &w->worker, "r");
	handle = given(w);
	change_while_it_waits(w, &handle, PA_CHANGE_CA_REMOVE, w->root.der);
	expect(w, PA_VERDICT_DENY, "trust-missing");
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	ask_with_chain(w, &w->worker, "r");
	expect(w, PA_VERDICT_DENY, "trust-missing");
	assert_int_equal(w->handle_len, 0);
}

static void test_a_ca_that_comes_while_a_request_waits(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Another", NULL, 0);
	struct world *w = *state;
	struct pa_pki_cert another;
	struct given handle;

	pa_pki_make(&another, &spec);
	ask_with_chain(w, &w->worker, "r");
	handle = given(w);
	change_while_it_waits(w, &handle, PA_CHANGE_CA_PUT, another.der);
	expect(w, PA_VERDICT_ALLOW, "ok");
	/* it has died all the same */
	ask_by_handle(w, &w->worker, &handle, "r");
	expect(w, PA_VERDICT_ERROR, "need-chain");
	pa_pki_finish(&another);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_with_password, close_world)
		TEST(test_each_worker_knows_what_it_was_sent),
		TEST(t15_another_realm_has_not_proven_it),
		TEST(t32_another_configuration_knows_no_handle),
		TEST(test_no_short_cuts_no_handles),
		TEST(t32_a_ca_that_goes_while_a_request_waits),
		TEST(test_a_ca_that_comes_while_a_request_waits),
	};

	/* one thread, so that what occupies it holds up everything else */
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
