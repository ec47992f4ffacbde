/*
 * never_allowed QUERY-SOCKET CERTIFICATE TARGET ROUNDS COMMAND...
 *
 * A phone asks without pause on several connections, while COMMAND is run so many times: it changes
 * CRLs, of which every state denies the phone. No reply may be ALLOW. Exits non-zero and says what
 * is wrong.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/c/polyauth.h"

#define CONNS      4
#define TIMEOUT_MS 20000

static uint8_t certificate[16384];
static struct polyauth_bytes chain = { certificate, 0 };
static struct polyauth_request request = { .realm = "fast", .chain = &chain, .chain_len = 1 };
static const char *socket_path;
static atomic_bool stop;
static atomic_ulong replies, others;

static void die(const char *what, const char *more)
{
	fprintf(stderr, "# %s: %s\n", what, more);
	exit(1);
}

static void *ask(void *arg)
{
	struct polyauth_conn *conn;
	int r = polyauth_conn_open(socket_path, TIMEOUT_MS, &conn);

	(void)arg;
	if (r)
		die(socket_path, polyauth_strerror(r));
	while (!atomic_load(&stop)) {
		struct polyauth_reply reply;

		r = polyauth_conn_authorize(conn, &request, TIMEOUT_MS, &reply);
		if (r)
			die("no reply", polyauth_strerror(r));
		if (reply.verdict != POLYAUTH_DENY)
			die("a revoked phone was not denied", reply.reason);
		atomic_fetch_add(&replies, 1);
		if (strcmp(reply.reason, "certificate-revoked") != 0)
			atomic_fetch_add(&others, 1);
	}
	polyauth_conn_close(conn);
	return NULL;
}

static void run(char **command)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		execv(command[0], command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		die(command[0], "failed");
}

int main(int argc, char **argv)
{
	pthread_t threads[CONNS];
	FILE *in;

	if (argc < 6)
		return 2;
	socket_path = argv[1];
	in = fopen(argv[2], "rb");
	if (!in)
		die(argv[2], "cannot be read");
	chain.len = fread(certificate, 1, sizeof(certificate), in);
	fclose(in);
	request.method = (struct polyauth_bytes){ "GET", 3 };
	request.target = (struct polyauth_bytes){ argv[3], strlen(argv[3]) };
	for (size_t i = 0; i < CONNS; i++) {
		if (pthread_create(&threads[i], NULL, ask, NULL) != 0)
			return 2;
	}
	for (long round = strtol(argv[4], NULL, 10); round > 0; round--)
		run(argv + 5);
	atomic_store(&stop, true);
	for (size_t i = 0; i < CONNS; i++)
		pthread_join(threads[i], NULL);
	printf("# %lu replies, %lu while the CRL was away\n", atomic_load(&replies),
		atomic_load(&others));
	return atomic_load(&others) ? 0 : 1;
}
