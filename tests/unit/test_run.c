/*
 * A run outlives who asked: it is answered for want of time while its chain is being verified, and
 * what it was asked with is gone before the verification begins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/pki/x509.h"
#include "daemon/run.h"
#include "db/change.h"
#include "tests/fixtures/pki.h"

static const char realm_text[] = "realm r {\npeers uid:0\nidentity poly from certificate\nstack {\n"
				 "requisite chain\nrequired owner\n}\n"
				 "path \"/{mac}.cfg\" class device\n}\n";

struct world {
	char dir[64];
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_worker worker;
	struct pa_pki_cert root, issuing, device;
	unsigned answers;
	enum pa_verdict verdict;
	char reason[64];
};

static int64_t test_clock(void *arg)
{
	(void)arg;
	return PA_PKI_NOW;
}

static void trust_root(struct world *w)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };

	change.ca = (struct pa_ca){ .kind = PA_CA_ANCHOR, .added_s = 1, .der = w->root.der };
	assert_int_equal(pa_x509_sha256(w->root.der, change.ca.sha256), 0);
	assert_int_equal(pa_db_apply(w->shared.db, &set), 0);
}

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct pa_pki_spec root = pa_pki_ca("Root", NULL, 0), issuing, device;
	struct pa_config_errors errors;
	struct pa_config *config;
	struct pa_diag diag;
	char text[1024];

	assert_non_null(w);
	pa_pki_make(&w->root, &root);
	issuing = pa_pki_ca("Issuing", &w->root, 1);
	pa_pki_make(&w->issuing, &issuing);
	device = pa_pki_leaf("0004F282E824", &w->issuing);
	pa_pki_make(&w->device, &device);
	snprintf(w->dir, sizeof(w->dir), "%.40s/run.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	snprintf(text, sizeof(text), "store %s\nmap-size 16M\nlog-decisions none\n%s", w->dir,
		realm_text);
	assert_int_equal(pa_config_parse("c", pa_bytes_str(text), &config, &errors), 0);
	pa_config_errors_finish(&errors);
	assert_int_equal(pa_shared_init(&w->shared, config, test_clock, NULL), 0);
	assert_int_equal(pa_shared_open(&w->shared, 2, &diag), 0);
	trust_root(w);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	assert_int_equal(pa_worker_init(&w->worker, &w->shared, &w->loop, 0, 0), 0);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	static const char *const files[] = { "data.mdb", "data.mdb-lock", "seen.mdb",
		"seen.mdb-lock", "secret.key", "otp.key", "lock" };
	struct world *w = *state;
	char path[128];

	pa_worker_finish(&w->worker);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	pa_shared_finish(&w->shared);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	pa_pki_finish(&w->root);
	pa_pki_finish(&w->issuing);
	pa_pki_finish(&w->device);
	free(w);
	return 0;
}

static void take_answer(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct world *w = run->owner;

	w->answers++;
	w->verdict = reply->verdict;
	pa_bytes_copy(w->reason, sizeof(w->reason), reply->reason);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_asked_may_go_before_the_work_begins),
	};

	/* one thread, so that what occupies it holds up everything else */
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
