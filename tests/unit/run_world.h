/*
 * A worker in this process with a store of its own: a root in it, an issuing CA that must be sent
 * along, and a device.
 */
#ifndef TESTS_UNIT_RUN_WORLD_H
#define TESTS_UNIT_RUN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/pki/x509.h"
#include "daemon/run.h"
#include "db/change.h"
#include "tests/fixtures/pki.h"

/* What is asked for where a test does not say more. */
#ifndef RUN_WORLD_STACK
#define RUN_WORLD_STACK "requisite chain\nrequired owner\n"
#endif
#ifndef RUN_WORLD_CLASS
#define RUN_WORLD_CLASS "device"
#endif

#define RUN_WORLD_REALM(name)                                                               \
	"realm " name                                                                       \
	" {\npeers uid:0 uid:33\nidentity poly from certificate\nstack {\n" RUN_WORLD_STACK \
	"}\npath \"/{mac}.cfg\" class " RUN_WORLD_CLASS "\n}\n"

static const char realm_text[] = RUN_WORLD_REALM("r") RUN_WORLD_REALM("s");

struct world {
	char dir[64];
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_worker worker;
	struct pa_pki_cert root, issuing, device;
	int64_t now_s;
	unsigned answers, verdicts[PA_VERDICT_CHALLENGE + 1];
	/* of the latest answer */
	enum pa_verdict verdict;
	char reason[64];
	uint8_t handle[PA_HANDLE_LEN];
	size_t handle_len;
};

static int64_t test_clock(void *arg)
{
	const struct world *w = arg;

	return w->now_s;
}

static void apply_change(struct world *w, const struct pa_change *change)
{
	struct pa_changeset set = { .changes = change, .changes_len = 1 };

	assert_int_equal(pa_db_apply(w->shared.db, &set), 0);
}

static void trust_root(struct world *w)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };

	change.ca = (struct pa_ca){ .kind = PA_CA_ANCHOR, .added_s = 1, .der = w->root.der };
	assert_int_equal(pa_x509_sha256(w->root.der, change.ca.sha256), 0);
	apply_change(w, &change);
}

static struct pa_config *read_config(const struct world *w)
{
	struct pa_config_errors errors;
	struct pa_config *config;
	char text[1024];

	snprintf(text, sizeof(text), "store %s\nmap-size 16M\nlog-decisions none\nhash-cost 1\n%s",
		w->dir, realm_text);
	assert_int_equal(pa_config_parse("c", pa_bytes_str(text), &config, &errors), 0);
	pa_config_errors_finish(&errors);
	return config;
}

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct pa_pki_spec root = pa_pki_ca("Root", NULL, 0), issuing, device;
	struct pa_diag diag;

	assert_non_null(w);
	w->now_s = PA_PKI_NOW;
	pa_pki_make(&w->root, &root);
	issuing = pa_pki_ca("Issuing", &w->root, 1);
	pa_pki_make(&w->issuing, &issuing);
	device = pa_pki_leaf("0004F282E824", &w->issuing);
	pa_pki_make(&w->device, &device);
	snprintf(w->dir, sizeof(w->dir), "%.40s/run.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(pa_shared_init(&w->shared, read_config(w), test_clock, w), 0);
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
		"seen.mdb-lock", "secret.key", "otp.key", "revision", "lock" };
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

static inline void take_answer(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct world *w = run->owner;

	w->answers++;
	w->verdicts[reply->verdict]++;
	w->verdict = reply->verdict;
	pa_bytes_copy(w->reason, sizeof(w->reason), reply->reason);
	w->handle_len = reply->chain_handle.len;
	if (w->handle_len)
		memcpy(w->handle, reply->chain_handle.data, PA_HANDLE_LEN);
}

#endif
