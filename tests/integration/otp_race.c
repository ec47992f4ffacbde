/*
 * One one-time password, many requests at the same moment: exactly one is allowed, in each round.
 *
 *	otp_race QUERY-SOCKET ADMIN-SOCKET REALM CERTIFICATE DEVICE TARGET ROUNDS
 *
 * Each of the connections asks once in a round; they belong to all workers in turn. Some of them
 *bring a wrong code, fewer than exhaust it: these are never allowed, and never consume it. Exits
 *non-zero and says what is wrong.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "clients/c/polyauth.h"
#include "tests/integration/admin_link.h"

#define RIGHT      64
#define WRONG      8
#define TIMEOUT_MS 30000

static uint8_t certificate[16384];
static struct polyauth_bytes chain = { certificate, 0 };
static const char *query_socket, *realm, *target;
static unsigned rounds;
static char codes[2][128]; /* the right one, a wrong one */
static pthread_barrier_t begin, end;
static atomic_uint allowed, others;

static void die(const char *what, const char *more)
{
	fprintf(stderr, "# %s: %s\n", what, more);
	exit(1);
}

static void *ask(void *arg)
{
	const bool wrong = arg != NULL;
	struct polyauth_conn *conn;
	int r = polyauth_conn_open(query_socket, TIMEOUT_MS, &conn);

	if (r)
		die(query_socket, polyauth_strerror(r));
	for (unsigned i = 0; i < rounds; i++) {
		struct polyauth_request request = { .realm = realm,
			.chain = &chain,
			.chain_len = 1,
			.method = { "GET", 3 },
			.target = { target, strlen(target) },
			.has_credentials = 1,
			.user = { "x", 1 } };
		struct polyauth_reply reply;

		(void)pthread_barrier_wait(&begin);
		request.password = (struct polyauth_bytes){ codes[wrong], strlen(codes[wrong]) };
		r = polyauth_conn_authorize(conn, &request, TIMEOUT_MS, &reply);
		if (r)
			die("no reply", polyauth_strerror(r));
		if (reply.verdict == POLYAUTH_ALLOW && wrong)
			die("a wrong code is allowed", codes[1]);
		if (reply.verdict == POLYAUTH_ALLOW)
			atomic_fetch_add(&allowed, 1);
		else if (reply.verdict != POLYAUTH_DENY)
			atomic_fetch_add(&others, 1);
		(void)pthread_barrier_wait(&end);
	}
	polyauth_conn_close(conn);
	return NULL;
}

/* A new code of the device, and one with another last symbol. */
static void issue(struct admin_link *link, const char *device)
{
	const char *const args[] = { "device", device, "realm", realm, NULL };
	struct pa_admin_reply reply;
	size_t len;

	if (admin_ask(link, "otp.issue", args, &reply) != 0 || reply.status != PA_STATUS_OK)
		die("otp.issue", device);
	for (size_t i = 0; i < reply.rows_len; i++) {
		if (pa_bytes_eq_str(reply.cells[2 * i], "code"))
			pa_bytes_copy(codes[0], sizeof(codes[0]), reply.cells[2 * i + 1]);
	}
	len = strlen(codes[0]);
	if (!len)
		die("otp.issue", "no code");
	memcpy(codes[1], codes[0], sizeof(codes[1]));
	codes[1][len - 1] = codes[1][len - 1] == '2' ? '3' : '2';
}

int main(int argc, char **argv)
{
	pthread_t threads[RIGHT + WRONG];
	struct admin_link link;
	FILE *in;

	if (argc != 8)
		return 2;
	query_socket = argv[1];
	realm = argv[3];
	target = argv[6];
	rounds = (unsigned)strtoul(argv[7], NULL, 10);
	in = fopen(argv[4], "rb");
	if (!in)
		die("cannot be read", argv[4]);
	chain.len = fread(certificate, 1, sizeof(certificate), in);
	fclose(in);
	if (admin_open(&link, argv[2]) != 0)
		die("no connection", argv[2]);
	pthread_barrier_init(&begin, NULL, RIGHT + WRONG + 1);
	pthread_barrier_init(&end, NULL, RIGHT + WRONG + 1);
	for (size_t i = 0; i < RIGHT + WRONG; i++) {
		if (pthread_create(&threads[i], NULL, ask, i < RIGHT ? NULL : &threads[i]) != 0)
			die("pthread_create", "");
	}
	for (unsigned i = 0; i < rounds; i++) {
		issue(&link, argv[5]);
		(void)pthread_barrier_wait(&begin);
		(void)pthread_barrier_wait(&end);
		if (atomic_load(&allowed) != i + 1 || atomic_load(&others)) {
			fprintf(stderr, "# round %u: %u allowed, %u neither allowed nor denied\n",
				i, atomic_load(&allowed) - i, atomic_load(&others));
			return 1;
		}
	}
	for (size_t i = 0; i < RIGHT + WRONG; i++)
		pthread_join(threads[i], NULL);
	admin_close(&link);
	printf("# %u rounds of %d requests, each allowed one\n", rounds, RIGHT + WRONG);
	return 0;
}
