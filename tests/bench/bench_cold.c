/*
 * bench_cold PHONES: what a request costs whose leaf has never come before, under an issuer that is
 * known; in process, without sockets and clients.
 *
 * PHONES is a directory of bench_phones. Requests are decided as polyauthd decides them, by its
 * workers with the stack chain, crl, acl, owner, the log of decisions aside: decoded, verified,
 * looked up in CRLs and lists, remembered (the chain, the device), answered. Chains have so little
 * room that each is forgotten before it comes again. In each round the same number of bare RSA
 * verifications of the issuing CA's key is timed, with a context that is kept; then one worker,
 * then two at a time, on other phones. Times are those of the processor, but for two against one:
 * those are of the clock, from the first start to the last end. Medians of the rounds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "daemon/pki/crl.h"
#include "daemon/pki/known_issuer.h"
#include "daemon/pki/x509.h"
#include "daemon/run.h"
#include "proto/authorize.h"
#include "proto/frame.h"
#include "tests/bench/bench.h"
#include "tests/bench/frames.h"
#include "tests/bench/table.h"

#define ROUNDS   25u
#define REQUESTS 1000u
#define WORKERS  2u
#define FILE_MAX 65536u

struct raw;

struct station {
	struct pa_worker worker;
	uv_loop_t loop;
	size_t next; /* the phone that comes next */
	size_t first, last;
	uint64_t allowed;
	struct raw *raw;
	uint64_t cpu_ns, time_ns; /* of the latest work */
};

static struct pa_shared shared;
static struct station stations[WORKERS];
static struct bench_frames frames;
static const char *phones;
static char dir[64];
static pthread_barrier_t both;

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* For how long the thread was ready to run, and did not. */
static uint64_t delayed_ns(void)
{
	unsigned long long ran, delayed = 0;
	FILE *in = fopen("/proc/thread-self/schedstat", "r");

	bench_require(in && fscanf(in, "%llu %llu", &ran, &delayed) == 2, "schedstat");
	fclose(in);
	return delayed;
}

static struct pa_bytes load(const char *name)
{
	uint8_t *data = malloc(FILE_MAX);
	char path[512];
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", phones, name);
	in = fopen(path, "rb");
	bench_require(data && in, path);
	len = fread(data, 1, FILE_MAX, in);
	bench_require(len > 0 && len < FILE_MAX && fclose(in) == 0, path);
	return (struct pa_bytes){ data, len };
}

static void unload(struct pa_bytes file)
{
	free((void *)(uintptr_t)file.data);
}

/* --- the store --- */

static void apply(const struct pa_change *change)
{
	struct pa_changeset set = { .changes = change,
		.changes_len = 1,
		.time_s = pa_shared_now(&shared),
		.summary = "bench" };

	bench_require(pa_db_apply(shared.db, &set) == 0, "a change of the store");
}

static void store_ca(const char *name, enum pa_ca_kind kind)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };
	struct pa_bytes der = load(name);

	change.ca.kind = kind;
	change.ca.added_s = pa_shared_now(&shared);
	change.ca.der = der;
	bench_require(pa_x509_sha256(der, change.ca.sha256) == 0, name);
	apply(&change);
	unload(der);
}

static void store_crl(const char *name)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_bytes der = load(name);
	struct pa_trust *trust = NULL;
	struct pa_crl_parsed parsed;
	struct pa_diag diag;

	pa_shared_hold_trust(&shared, &trust);
	bench_require(pa_crl_parse(trust, der, pa_shared_now(&shared), &parsed, &diag) == 0, name);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	apply(&change);
	pa_crl_parsed_finish(&parsed);
	pa_trust_unref(trust);
	unload(der);
}

static void store_devices(void)
{
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
	char path[512], line[64];
	FILE *in;

	snprintf(path, sizeof(path), "%s/devices.csv", phones);
	in = fopen(path, "r");
	bench_require(in && fgets(line, sizeof(line), in), path);
	while (fgets(line, sizeof(line), in)) {
		struct pa_device device = { .state = PA_DEVICE_ALLOWED };
		const struct pa_bytes text = { (const uint8_t *)line, strcspn(line, "\n") };

		bench_require(pa_mac_parse(text, &device.mac) == 0 &&
				      pa_import_add(&import, &device, 1) == 0,
			line);
	}
	fclose(in);
	bench_require(pa_import_sort(&import) == 0, "memory");
	apply(&change);
	pa_import_finish(&import);
}

/* --- the daemon --- */

static const char realm[] =
	"store %s\nchain-cache 1M\nmap-size 1G\nlog-decisions none\nrealm phones {\npeers uid:0\n"
	"identity poly from certificate\nstack {\nrequisite chain\nrequisite crl\n"
	"required acl\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n";

static void start(void)
{
	const char *tmp = getenv("TMPDIR");
	struct pa_config *config = NULL;
	struct pa_config_errors errors;
	struct pa_diag diag;
	char text[1024];

	snprintf(dir, sizeof(dir), "%.40s/pa-bench-XXXXXX", tmp ? tmp : "/tmp");
	bench_require(mkdtemp(dir) != NULL, dir);
	snprintf(text, sizeof(text), realm, dir);
	bench_require(pa_config_parse("bench", pa_bytes_str(text), &config, &errors) == 0,
		"the configuration");
	pa_config_errors_finish(&errors);
	bench_require(pa_shared_init(&shared, config, NULL, NULL) == 0 &&
			      pa_shared_open(&shared, WORKERS + 1, &diag) == 0,
		"the store");
	store_ca("root.der", PA_CA_ANCHOR);
	store_ca("policy.der", PA_CA_INTERMEDIATE);
	store_ca("issuing.der", PA_CA_INTERMEDIATE);
	store_crl("root.crl");
	store_crl("policy.crl");
	store_crl("issuing.crl");
	store_devices();
	for (unsigned i = 0; i < WORKERS; i++) {
		struct station *s = &stations[i];

		s->first = s->next = frames.len / WORKERS * i;
		s->last = frames.len / WORKERS * (i + 1);
		bench_require(uv_loop_init(&s->loop) == 0 &&
				      pa_worker_init(&s->worker, &shared, &s->loop, i, 0) == 0,
			"a worker");
	}
}

static void stop(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		pa_worker_finish(&stations[i].worker);
		(void)uv_run(&stations[i].loop, UV_RUN_DEFAULT);
		(void)uv_loop_close(&stations[i].loop);
	}
	pa_shared_finish(&shared);
	bench_remove(dir);
}

/* --- asking --- */

static void take_reply(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct station *s = run->owner;

	s->allowed += reply->verdict == PA_VERDICT_ALLOW;
}

static struct pa_bytes next_request(struct station *s)
{
	size_t at = frames.starts[s->next], end = frames.starts[s->next + 1];

	if (++s->next == s->last)
		s->next = s->first;
	at += PA_FRAME_HEADER;
	return (struct pa_bytes){ frames.data + at, end - at };
}

/* Whether it was answered at once. */
static bool ask(struct station *s, struct pa_bytes request)
{
	const struct pa_peer peer = { .uid = 0 };
	struct pa_run_started started;

	pa_worker_look_at_clock(&s->worker);
	bench_require(pa_run_start(&s->worker, request, &peer, take_reply, s, &started) == 0 &&
			      !started.is_malformed,
		"a request");
	if (!started.waits)
		return true;
	while (uv_run(&s->loop, UV_RUN_ONCE) && started.waits->waits)
		continue;
	return false;
}

/* The issuer becomes known; and what was allocated on the way is there. */
static void warm(struct station *s)
{
	(void)ask(s, next_request(s));
	for (unsigned i = 0; i < REQUESTS; i++)
		(void)ask(s, next_request(s));
}

static void ask_all(struct station *s)
{
	uint64_t allowed = s->allowed;

	for (unsigned i = 0; i < REQUESTS; i++)
		bench_require(ask(s, next_request(s)), "a request had to wait");
	bench_require(s->allowed - allowed == REQUESTS, "a request was not allowed");
}

/* --- what it is held against --- */

struct raw {
	struct pa_cert *issuer;
	EVP_PKEY_CTX *ctx;
	struct pa_leaf leaf;
	struct pa_leaf_parts parts;
	uint8_t sum[32];
	struct pa_known_issuers *issuers; /* the verification of a chain, and nothing around it */
	struct pa_coming coming;
};

static void raw_open(struct raw *raw, struct pa_authorize_request *req, struct pa_bytes issuing)
{
	enum pa_reason reason;
	struct pa_bytes payload = { frames.data + frames.starts[0] + PA_FRAME_HEADER,
		frames.starts[1] - frames.starts[0] - PA_FRAME_HEADER };
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	struct pa_known_issuer *issuer = NULL;
	struct pa_trust *trust = NULL;
	struct pa_chain chain;
	struct pa_cert *cert = NULL;
	char detail[160];

	bench_require(pa_authorize_request_decode(payload, req, &reason) == 0 &&
			      pa_leaf_read(req->chain[0], &raw->leaf, &reason) == 0 &&
			      pa_leaf_split(&raw->leaf, &raw->parts) == 0 &&
			      pa_cert_parse(issuing, &raw->issuer, &reason) == 0 &&
			      EVP_Digest(raw->parts.tbs.data, raw->parts.tbs.len, raw->sum, NULL,
				      EVP_sha256(), NULL) == 1,
		"a phone");
	raw->ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(raw->issuer->x509), NULL);
	bench_require(raw->ctx && EVP_PKEY_verify_init(raw->ctx) == 1 &&
			      EVP_PKEY_CTX_set_rsa_padding(raw->ctx, RSA_PKCS1_PADDING) == 1 &&
			      EVP_PKEY_CTX_set_signature_md(raw->ctx, EVP_sha256()) == 1 &&
			      EVP_PKEY_get_bits(X509_get0_pubkey(raw->issuer->x509)) == 2048,
		"a key of RSA-2048");
	pa_shared_hold_trust(&shared, &trust);
	raw->coming = (struct pa_coming){ trust, &raw->leaf, req->chain + 1, req->chain_len - 1 };
	bench_require(pa_cert_parse(req->chain[0], &cert, &reason) == 0 &&
			      pa_chain_verify(trust, cert, raw->coming.hints, raw->coming.hints_len,
				      &policy, pa_shared_now(&shared), &chain, &reason, detail,
				      sizeof(detail)) == 0 &&
			      pa_known_issuer_learn(&raw->coming, &policy, &chain, &issuer) == 0 &&
			      pa_known_issuers_new(&raw->issuers) == 0,
		"a known issuer");
	pa_known_issuers_add(raw->issuers, issuer);
	pa_known_issuer_unref(issuer);
	pa_cert_free(cert);
}

static void raw_close(struct raw *raw)
{
	pa_trust_unref((struct pa_trust *)(uintptr_t)raw->coming.trust);
	pa_known_issuers_free(raw->issuers);
	EVP_PKEY_CTX_free(raw->ctx);
	pa_cert_free(raw->issuer);
}

static void verify_raw(struct station *s)
{
	const struct raw *raw = s->raw;
	const struct pa_bytes signature = { raw->parts.signature.data + 1,
		raw->parts.signature.len - 1 };

	for (unsigned i = 0; i < REQUESTS; i++)
		bench_require(EVP_PKEY_verify(raw->ctx, signature.data, signature.len, raw->sum,
				      sizeof(raw->sum)) == 1,
			"a signature");
}

static void verify_leaf(struct station *s)
{
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	const struct raw *raw = s->raw;
	int64_t now_s = pa_shared_now(&shared);
	struct pa_chain chain;

	for (unsigned i = 0; i < REQUESTS; i++)
		bench_require(pa_known_issuers_verify(raw->issuers, &raw->coming, &policy, now_s,
				      &chain) == PA_KNOWN_VERIFIED,
			"a leaf");
}

/* --- rounds --- */

static double median(const uint64_t *values)
{
	uint64_t copy[ROUNDS];

	memcpy(copy, values, sizeof(copy));
	return (double)bench_per_mille(copy, ROUNDS, 500);
}

/* The median of the ratios of each round. */
static double ratio(const uint64_t *a, const uint64_t *b)
{
	uint64_t permyriad[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		permyriad[i] = a[i] * 10000 / b[i];
	return (double)bench_per_mille(permyriad, ROUNDS, 500) / 10000;
}

enum work { RAW, LEAF, REQUEST, WORKS };

static struct {
	void (*run)(struct station *s);
	uint64_t cpu[ROUNDS], alone[ROUNDS], together[ROUNDS];
} works[WORKS] = {
	[RAW] = { .run = verify_raw },
	[LEAF] = { .run = verify_leaf },
	[REQUEST] = { .run = ask_all },
};

static enum work at;

static void *run_one(void *arg)
{
	struct station *s = arg;
	uint64_t cpu, time;

	pthread_barrier_wait(&both);
	cpu = cpu_ns();
	time = bench_now_ns() - delayed_ns();
	works[at].run(s);
	s->time_ns = bench_now_ns() - delayed_ns() - time;
	s->cpu_ns = cpu_ns() - cpu;
	return NULL;
}

/* How long the slowest of them took. */
static uint64_t run_on(unsigned threads_len)
{
	pthread_t threads[WORKERS];
	uint64_t longest = 0;

	bench_require(pthread_barrier_init(&both, NULL, threads_len) == 0, "a barrier");
	for (unsigned i = 0; i < threads_len; i++)
		bench_require(
			pthread_create(&threads[i], NULL, run_one, &stations[i]) == 0, "a thread");
	for (unsigned i = 0; i < threads_len; i++) {
		pthread_join(threads[i], NULL);
		if (stations[i].time_ns > longest)
			longest = stations[i].time_ns;
	}
	pthread_barrier_destroy(&both);
	return longest;
}

static void measure(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (at = 0; at < WORKS; at++) {
			/* two threads do twice as much */
			works[at].alone[i] = run_on(1) * WORKERS;
			works[at].cpu[i] = stations[0].cpu_ns;
			works[at].together[i] = run_on(WORKERS);
		}
	}
}

static void report(void)
{
	static struct bench_table t;
	static const char *const names[WORKS] = { "bare verification of RSA-2048",
		"leaf of a known issuer", "cold request" };
	char text[64];

	printf("cold: %u rounds of %u requests of phones that have not come before\n", ROUNDS,
		REQUESTS);
	for (at = 0; at < WORKS; at++)
		bench_table_add(&t, names[at], BENCH_NONE, BENCH_NONE,
			median(works[at].cpu) / REQUESTS / 1e3, "us", BENCH_AT_MOST);
	bench_table_add(&t, "leaf of a known issuer, against bare RSA-2048", BENCH_NONE, BENCH_NONE,
		ratio(works[LEAF].cpu, works[RAW].cpu), "x", BENCH_AT_MOST);
	bench_table_add(&t, "cold request, against bare RSA-2048", 2.2, 1.3,
		ratio(works[REQUEST].cpu, works[RAW].cpu), "x", BENCH_AT_MOST);
	for (at = 0; at < WORKS; at++) {
		snprintf(text, sizeof(text), "two threads against one, %s", names[at]);
		bench_table_add(&t, text, at == LEAF ? 1.8 : BENCH_NONE,
			at == LEAF ? 2.0 : BENCH_NONE, ratio(works[at].alone, works[at].together),
			"x", BENCH_AT_LEAST);
	}
	(void)bench_table_end(&t, "cold", stdout);
}

int main(int argc, char **argv)
{
	static struct pa_authorize_request req;
	static struct raw raws[WORKERS];
	struct pa_bytes issuing;
	char path[512];

	if (argc != 2)
		return 2;
	phones = argv[1];
	snprintf(path, sizeof(path), "%s/chain.frames", phones);
	bench_frames_open(&frames, path);
	issuing = load("issuing.der");
	start();
	for (unsigned i = 0; i < WORKERS; i++) {
		raw_open(&raws[i], &req, issuing);
		stations[i].raw = &raws[i];
		warm(&stations[i]);
	}
	measure();
	for (unsigned i = 0; i < WORKERS; i++)
		raw_close(&raws[i]);
	unload(issuing);
	stop();
	bench_frames_close(&frames);
	report();
	return 0;
}
