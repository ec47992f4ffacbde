/*
 * bench_passwords POLYAUTHD POLYAUTHCTL: what the time of an answer tells, and whom hashing delays.
 *
 * First, in a realm where devices are only claimed: a device that nobody knows, a wrong password, a
 * device that is disabled, and a wrong password beside one that a machine made, one after the other
 * in turn, so that whatever else the machine does meets all of them. Their medians are to lie
 * within 5 percent. Then requests that need a certificate alone, while the daemon is idle and while
 * as many passwords wait as its queue takes. Their 99th percentile is to be at most twice that of
 * idle.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "tests/bench/bench.h"
#include "tests/fixtures/pki.h"

#define ROUNDS     300u
#define REQUESTS   4000u
#define QUEUE      64u /* the setting hash-queue of one worker */
#define TIMEOUT_MS 30000u

static const char *polyauthctl;
static struct bench_daemon d;
static struct pa_pki_cert root, leaf;
static _Atomic int stopping;

enum who { UNKNOWN, WRONG, DISABLED, MACHINE, WHO };
static const struct {
	const char *what, *target;
} who[WHO] = {
	{ "a device that nobody knows", "/0004f2000009.cfg" },
	{ "a wrong password", "/0004f2000001.cfg" },
	{ "a disabled device", "/0004f2000002.cfg" },
	{ "a wrong one where a machine made it", "/0004f2000003.cfg" },
};

static struct polyauth_bytes bytes_of(const char *text)
{
	return (struct polyauth_bytes){ text, strlen(text) };
}

static uint64_t ask(struct polyauth_conn *conn, const struct polyauth_request *request,
	enum polyauth_verdict verdict)
{
	uint64_t started = bench_now_ns();
	struct polyauth_reply reply;
	int r = polyauth_conn_authorize(conn, request, TIMEOUT_MS, &reply);

	started = bench_now_ns() - started;
	bench_require(r == 0 && reply.verdict == verdict, reply.reason);
	return started;
}

static struct polyauth_request login(const char *target)
{
	return (struct polyauth_request){ .realm = "claimed",
		.method = bytes_of("GET"),
		.target = bytes_of(target),
		.has_credentials = 1,
		.user = bytes_of("phone"),
		.password = bytes_of("wrong") };
}

/* --- what the time tells --- */

static void tell_times(struct polyauth_conn *conn)
{
	static uint64_t times[WHO][ROUNDS];
	uint64_t least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		for (size_t k = 0; k < WHO; k++) {
			/* each begins a round as often as any other */
			size_t at = (k + i) % WHO;
			const struct polyauth_request request = login(who[at].target);

			times[at][i] = ask(conn, &request, POLYAUTH_DENY);
		}
	}
	printf("Time to the answer where devices are claimed, ms (%u each)\n", ROUNDS);
	printf("  %-38s %8s %8s %8s %8s %8s\n", "", "p10", "p25", "p50", "p75", "p90");
	for (size_t at = 0; at < WHO; at++) {
		static const unsigned shown[] = { 100, 250, 500, 750, 900 };
		uint64_t median = bench_per_mille(times[at], ROUNDS, 500);

		printf("  %-38s", who[at].what);
		for (size_t k = 0; k < 5; k++)
			printf(" %8.3f",
				(double)bench_per_mille(times[at], ROUNDS, shown[k]) / 1e6);
		putchar('\n');
		least = median < least ? median : least;
		most = median > most ? median : most;
	}
	printf("  the medians differ by %.2f %% (at most 5)\n",
		100 * ((double)most / (double)least - 1));
}

/* --- whom hashing delays --- */

static void *keep_waiting(void *arg)
{
	const struct polyauth_request request = login(who[WRONG].target);
	struct polyauth_conn *conn;

	(void)arg;
	bench_require(polyauth_conn_open(d.query, TIMEOUT_MS, &conn) == 0, "a connection");
	while (!atomic_load(&stopping)) {
		struct polyauth_reply reply;

		if (polyauth_conn_authorize(conn, &request, TIMEOUT_MS, &reply) != 0)
			break;
	}
	polyauth_conn_close(conn);
	return NULL;
}

struct latencies {
	double p50, p99;
};

static struct latencies by_certificate(struct polyauth_conn *conn)
{
	static uint64_t times[REQUESTS];
	const struct polyauth_bytes chain = { leaf.der.data, leaf.der.len };
	const struct polyauth_request request = { .realm = "proven",
		.chain = &chain,
		.chain_len = 1,
		.method = bytes_of("GET"),
		.target = bytes_of("/0004f2000001.cfg") };

	for (size_t i = 0; i < REQUESTS; i++)
		times[i] = ask(conn, &request, POLYAUTH_ALLOW);
	return (struct latencies){ (double)bench_per_mille(times, REQUESTS, 500) / 1e3,
		(double)bench_per_mille(times, REQUESTS, 990) / 1e3 };
}

static void tell_delays(struct polyauth_conn *conn)
{
	struct latencies idle, busy;
	pthread_t threads[QUEUE];

	(void)by_certificate(conn); /* warm */
	idle = by_certificate(conn);
	for (size_t i = 0; i < QUEUE; i++)
		bench_require(
			pthread_create(&threads[i], NULL, keep_waiting, NULL) == 0, "threads");
	/* once the queue is full, this waits for all that are before it */
	(void)ask(conn, &(struct polyauth_request[]){ login(who[WRONG].target) }[0], POLYAUTH_DENY);
	busy = by_certificate(conn);
	atomic_store(&stopping, 1);
	for (size_t i = 0; i < QUEUE; i++)
		pthread_join(threads[i], NULL);
	printf("Requests that need a certificate alone, us (%u each)\n", REQUESTS);
	printf("  %-38s p50 %8.1f  p99 %8.1f\n", "idle", idle.p50, idle.p99);
	printf("  %-38s p50 %8.1f  p99 %8.1f  p99 %.2f x idle (at most 2)\n",
		"while the queue of passwords is full", busy.p50, busy.p99, busy.p99 / idle.p99);
}

/* --- the world --- */

static void ctl(
	const char *a, const char *b, const char *c, const char *e, const char *f, const char *g)
{
	const char *const argv[] = { polyauthctl, "--socket", d.admin, a, b, c, e, f, g, NULL };

	bench_run(&d, argv);
}

static void prepare(const char *polyauthd)
{
	static const char passwords[] = "mac,password\n0004f2000001,a\n0004f2000002,b\n"
					"0004f2000003,0123456789abcdefghjkmnpqrs\n";
	struct pa_pki_spec ca = pa_pki_ca("Bench Root", NULL, 0), phone;
	const int64_t now_s = (int64_t)time(NULL);
	char path[128], text[1024];

	ca.not_before_s = now_s - 86400;
	ca.not_after_s = now_s + PA_PKI_YEAR;
	pa_pki_make(&root, &ca);
	phone = pa_pki_leaf("0004F2000001", &root);
	phone.not_before_s = now_s - 86400;
	phone.not_after_s = now_s + PA_PKI_YEAR;
	pa_pki_make(&leaf, &phone);
	snprintf(text, sizeof(text),
		"workers 1\nhash-queue %u\nrealm claimed {\npeers uid:%u\nidentity poly from path\n"
		"stack {\nrequired acl\nrequired owner\nrequired password\n}\n"
		"path \"/{mac}.cfg\" class device\n}\nrealm proven {\npeers uid:%u\nidentity poly "
		"from certificate\nstack {\nrequisite chain\nrequired acl\nrequired owner\n}\n"
		"path \"/{mac}.cfg\" class device\n}\n",
		QUEUE, (unsigned)getuid(), (unsigned)getuid());
	bench_start(&d, polyauthd, text);
	bench_write(&d, "root.der", root.der, path);
	ctl("ca", "add", "--yes", "--anchor", path, NULL);
	ctl("device", "add", "0004f2000001", NULL, NULL, NULL);
	ctl("device", "add", "0004f2000002", "--state", "disabled", NULL);
	ctl("device", "add", "0004f2000003", NULL, NULL, NULL);
	bench_write(&d, "passwords", pa_bytes_str(passwords), path);
	ctl("password", "import", path, "--format", "csv", NULL);
}

int main(int argc, char **argv)
{
	struct polyauth_conn *conn;

	if (argc != 3)
		return 2;
	polyauthctl = argv[2];
	umask(077);
	prepare(argv[1]);
	bench_require(polyauth_conn_open(d.query, TIMEOUT_MS, &conn) == 0, "a connection");
	tell_times(conn);
	tell_delays(conn);
	polyauth_conn_close(conn);
	bench_stop(&d);
	pa_pki_finish(&root);
	pa_pki_finish(&leaf);
	return 0;
}
