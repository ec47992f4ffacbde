/*
 * bench_crl POLYAUTHD POLYAUTHCTL: what a CRL of a million entries costs.
 *
 * A daemon with one CA and one phone answers one connection that asks without pause (no password,
 * chain remembered). Latencies are taken with a list of ten, while a list of a million is imported,
 * and after it. The import is held against bare d2i_X509_CRL() of the same file, in this process,
 * median of five. Look-ups of serials that are not revoked are timed in this process over the
 * store's own code.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "clients/c/polyauth.h"
#include "daemon/pki/crl.h"
#include "tests/bench/bench.h"
#include "tests/fixtures/large_crl.h"
#include "tests/unit/trust_fixture.h"

#define FEW        10u
#define MANY       1000000u
#define SAMPLES    20000u
#define RUNS       5u
#define LOOKUPS    1000000u
#define ROUNDS     21u
#define TIMEOUT_MS 60000u

static const char *polyauthctl;
static struct bench_daemon d;
static struct pa_pki_cert root, leaf;
static struct polyauth_conn *conn;

static void ctl(const char *a, const char *b, const char *c, const char *e, const char *f)
{
	const char *const argv[] = { polyauthctl, "--socket", d.admin, "--timeout", "600", a, b, c,
		e, f, NULL };

	bench_run(&d, argv);
}

/* --- the phone --- */

static uint64_t ask(void)
{
	const struct polyauth_bytes chain = { leaf.der.data, leaf.der.len };
	const struct polyauth_request request = {
		.realm = "r",
		.chain = &chain,
		.chain_len = 1,
		.method = { "GET", 3 },
		.target = { "/0004f282e824.cfg", 17 },
	};
	struct polyauth_reply reply;
	uint64_t started = bench_now_ns();
	int r = polyauth_conn_authorize(conn, &request, TIMEOUT_MS, &reply);

	bench_require(r == 0 && reply.verdict == POLYAUTH_ALLOW, r ? "no reply" : reply.reason);
	return bench_now_ns() - started;
}

struct latencies {
	uint64_t median, p99;
	size_t len;
};

static struct latencies summary(uint64_t *values, size_t len)
{
	struct latencies ret = { .len = len };

	ret.median = bench_per_mille(values, len, 500);
	ret.p99 = bench_per_mille(values, len, 990);
	return ret;
}

static struct latencies ask_often(void)
{
	static uint64_t values[SAMPLES];

	for (size_t i = 0; i < SAMPLES; i++)
		values[i] = ask();
	return summary(values, SAMPLES);
}

/* --- the import --- */

struct import {
	char path[128];
	uint64_t ns;
	atomic_bool done;
};

static void *import(void *arg)
{
	struct import *job = arg;
	uint64_t started = bench_now_ns();

	ctl("crl", "import", job->path, NULL, NULL);
	job->ns = bench_now_ns() - started;
	atomic_store(&job->done, true);
	return NULL;
}

static struct latencies ask_while(struct import *job)
{
	size_t max = 4000000, len = 0;
	uint64_t *values = malloc(max * sizeof(*values));
	struct latencies ret;
	pthread_t thread;

	bench_require(values && pthread_create(&thread, NULL, import, job) == 0, "a thread");
	while (!atomic_load(&job->done) && len < max)
		values[len++] = ask();
	pthread_join(thread, NULL);
	ret = summary(values, len);
	free(values);
	return ret;
}

static uint64_t parse_alone(struct pa_bytes der)
{
	uint64_t values[RUNS];

	for (size_t i = 0; i < RUNS; i++) {
		const unsigned char *at = der.data;
		uint64_t started = bench_now_ns();
		X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);

		bench_require(crl != NULL, "d2i_X509_CRL");
		X509_CRL_free(crl);
		values[i] = bench_now_ns() - started;
	}
	return bench_per_mille(values, RUNS, 500);
}

/* --- look-ups, in this process --- */

static void apply_crl(struct pa_db *db, struct pa_bytes der, struct pa_issuer_id *issuer)
{
	struct pa_trust *trust = make_trust(CERTS(&root), NULL);
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };
	struct pa_crl_parsed parsed;
	struct pa_diag diag = { "" };

	bench_require(
		pa_crl_parse(trust, der, (int64_t)time(NULL), &parsed, &diag) == 0, diag.text);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	bench_require(pa_db_apply(db, &set) == 0, "the store");
	*issuer = parsed.head.issuer;
	pa_crl_parsed_finish(&parsed);
	pa_trust_unref(trust);
}

/* A store of its own that holds one CRL, and what a look-up in it took in each round. */
struct listed {
	struct pa_db *db;
	struct pa_db_reader *reader;
	struct pa_issuer_id issuer;
	uint64_t values[ROUNDS]; /* in units of 1/1000 ns */
};

static void list(struct listed *l, struct pa_bytes der)
{
	char dir[96];
	struct pa_db_options options = {
		.dir = dir, .map_size = UINT64_C(1) << 31, .readers = 2, .queue_max = 4
	};
	struct pa_diag diag;

	snprintf(dir, sizeof(dir), "%s/lookup-XXXXXX", d.dir);
	bench_require(mkdtemp(dir) && pa_db_open(&options, &l->db, &diag) == 0, "a store");
	apply_crl(l->db, der, &l->issuer);
	bench_require(pa_db_reader_open(l->db, &l->reader) == 0 && pa_db_read_begin(l->reader) == 0,
		"a view");
}

static void unlist(struct listed *l)
{
	pa_db_read_end(l->reader);
	pa_db_reader_close(l->reader);
	pa_db_close(l->db);
}

/* Of serials that are not revoked. */
static void look_up(struct listed *l, size_t round)
{
	const uint64_t started = bench_now_ns();
	struct pa_revoked revoked;
	size_t found = 0;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		struct pa_serial serial = { .len = 8 };
		uint64_t n = (i + round * LOOKUPS) * UINT64_C(0x2545f4914f6cdd1d) | 1;

		memcpy(serial.bytes, &n, sizeof(n));
		found += pa_db_revoked_get(l->reader, &l->issuer, &serial, &revoked) == 0;
	}
	l->values[round] = (bench_now_ns() - started) * 1000 / LOOKUPS;
	bench_require(found == 0, "a serial was found that nobody revoked");
}

/* The medians of what a look-up takes, in turns: a noisy neighbour is one of both. */
static void compare_look_ups(
	struct pa_bytes few, struct pa_bytes many, uint64_t *few_ps, uint64_t *many_ps)
{
	static struct listed in_few, in_many;

	list(&in_few, few);
	list(&in_many, many);
	for (size_t round = 0; round < ROUNDS; round++) {
		look_up(&in_few, round);
		look_up(&in_many, round);
	}
	*few_ps = bench_per_mille(in_few.values, ROUNDS, 500);
	*many_ps = bench_per_mille(in_many.values, ROUNDS, 500);
	unlist(&in_few);
	unlist(&in_many);
}

static double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : 0;
}

static void prepare(const char *polyauthd, int64_t now_s, char small[128])
{
	struct pa_pki_spec ca = pa_pki_ca("Bench Root", NULL, 0), phone;
	char path[128], realms[512];
	struct pa_bytes few;

	ca.not_before_s = now_s - 86400;
	ca.not_after_s = now_s + PA_PKI_YEAR;
	pa_pki_make(&root, &ca);
	phone = pa_pki_leaf("0004F282E824", &root);
	phone.not_before_s = now_s - 86400;
	phone.not_after_s = now_s + PA_PKI_YEAR;
	pa_pki_make(&leaf, &phone);
	snprintf(realms, sizeof(realms),
		"realm r {\npeers uid:%u\nidentity poly from certificate\nstack {\nrequisite chain\n"
		"requisite crl\nrequired acl\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n",
		(unsigned)getuid());
	bench_start(&d, polyauthd, realms);
	bench_write(&d, "root.der", root.der, path);
	ctl("ca", "add", "--yes", "--anchor", path);
	ctl("device", "add", "0004f282e824", NULL, NULL);
	few = pa_pki_large_crl(&root, FEW, now_s - 3600);
	bench_write(&d, "few.crl", few, small);
	pa_pki_free_der(few);
	ctl("crl", "import", small, NULL, NULL);
	bench_require(polyauth_conn_open(d.query, TIMEOUT_MS, &conn) == 0, "a connection");
}

int main(int argc, char **argv)
{
	int64_t now_s = (int64_t)time(NULL);
	struct import job = { .ns = 0 };
	struct latencies idle, during, after;
	uint64_t memory, store, bare, few_ps, many_ps;
	struct pa_bytes many, few;
	char small[128];

	if (argc != 3)
		return 2;
	polyauthctl = argv[2];
	prepare(argv[1], now_s, small);
	many = pa_pki_large_crl(&root, MANY, now_s);
	few = pa_pki_large_crl(&root, FEW, now_s);
	bench_write(&d, "many.crl", many, job.path);
	(void)ask_often(); /* warm */
	idle = ask_often();
	memory = bench_memory_kib(d.pid, "VmRSS");
	store = bench_store_bytes(&d);
	during = ask_while(&job);
	memory = bench_memory_kib(d.pid, "VmRSS") - memory;
	store = bench_store_bytes(&d) - store;
	after = ask_often();
	bare = parse_alone(many);
	compare_look_ups(few, many, &few_ps, &many_ps);
	polyauth_conn_close(conn);
	bench_stop(&d);

	printf("CRL of %u entries, %zu bytes\n", MANY, many.len);
	printf("  import, polyauthctl's start to its end   %8.0f ms   %5.2f x d2i_X509_CRL (%.0f ms)\n",
		(double)job.ns / 1e6, ratio(job.ns, bare), (double)bare / 1e6);
	printf("  store                                    %8.1f bytes a serial\n",
		(double)store / MANY);
	printf("  memory of the daemon                     %8.1f MiB more, with what is mapped\n",
		(double)memory / 1024);
	printf("  warm request, p50 / p99: idle            %8.1f / %.1f us (%zu)\n",
		(double)idle.median / 1e3, (double)idle.p99 / 1e3, idle.len);
	printf("  during the import                        %8.1f / %.1f us (%zu)   p99 %.2f x idle\n",
		(double)during.median / 1e3, (double)during.p99 / 1e3, during.len,
		ratio(during.p99, idle.p99));
	printf("  after it                                 %8.1f / %.1f us   p50 %.2f x idle\n",
		(double)after.median / 1e3, (double)after.p99 / 1e3,
		ratio(after.median, idle.median));
	printf("  look-up of a serial that is not listed   %8.1f ns   %5.2f x that in a list of %u (%.1f ns)\n",
		(double)many_ps / 1e3, ratio(many_ps, few_ps), FEW, (double)few_ps / 1e3);
	pa_pki_free_der(many);
	pa_pki_free_der(few);
	pa_pki_finish(&root);
	pa_pki_finish(&leaf);
	return 0;
}
