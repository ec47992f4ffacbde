/*
 * revocation QUERY-SOCKET CERTIFICATE TARGET REASON COMMAND...
 *
 * Many connections, so that every worker has some, ask about one phone until each has been allowed
 * twice: then every worker remembers its chain, and its password (PASSWORD in the environment).
 * COMMAND (polyauthctl crl import) is run; the first reply on each connection after it must be DENY
 * with that reason. Exits non-zero and says what is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/c/polyauth.h"

#define CONNS      48
#define TIMEOUT_MS 20000

static struct polyauth_conn *conns[CONNS];
static uint8_t certificate[16384];
static struct polyauth_request request = { .realm = "fast", .chain_len = 1 };
static struct polyauth_bytes chain = { certificate, 0 };

static void die(const char *what, const char *more)
{
	fprintf(stderr, "# %s: %s\n", what, more);
	exit(1);
}

static void read_certificate(const char *name)
{
	FILE *in = fopen(name, "rb");

	if (!in)
		die(name, "cannot be read");
	chain.len = fread(certificate, 1, sizeof(certificate), in);
	fclose(in);
	request.chain = &chain;
}

static void ask_all(enum polyauth_verdict expected, const char *reason)
{
	for (size_t i = 0; i < CONNS; i++) {
		struct polyauth_reply reply;
		int r = polyauth_conn_authorize(conns[i], &request, TIMEOUT_MS, &reply);

		if (r)
			die("no reply", polyauth_strerror(r));
		if (reply.verdict != expected || strcmp(reply.reason, reason) != 0)
			die("another reason", reply.reason);
	}
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
	const char *password = getenv("PASSWORD");

	if (argc < 6)
		return 2;
	read_certificate(argv[2]);
	request.method = (struct polyauth_bytes){ "GET", 3 };
	request.target = (struct polyauth_bytes){ argv[3], strlen(argv[3]) };
	if (password) {
		request.has_credentials = 1;
		request.user = (struct polyauth_bytes){ "phone", 5 };
		request.password = (struct polyauth_bytes){ password, strlen(password) };
	}
	for (size_t i = 0; i < CONNS; i++) {
		int r = polyauth_conn_open(argv[1], TIMEOUT_MS, &conns[i]);

		if (r)
			die(argv[1], polyauth_strerror(r));
	}
	ask_all(POLYAUTH_ALLOW, "ok");
	ask_all(POLYAUTH_ALLOW, "ok");
	run(argv + 5);
	ask_all(POLYAUTH_DENY, argv[4]);
	for (size_t i = 0; i < CONNS; i++)
		polyauth_conn_close(conns[i]);
	return 0;
}
