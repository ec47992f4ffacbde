/*
 * Takes all that a peer can get, until stdin ends:
 *
 *	crowd SOCKET query COUNT            connections that are answered, in realm provisioning
 *	crowd SOCKET admin COUNT            connections that are answered
 *	crowd SOCKET upload COUNT COMMAND   uploads of PA_PATH_LIST_MAX bytes, announced alone
 *	crowd SOCKET login|check COUNT      logins, dry runs, one after another on each connection
 *	crowd SOCKET ask COUNT COMMAND      the same of a command without arguments
 *
 * Prints how many of COUNT it has got; of what is asked one after another, once all have begun,
 * how many there are. What was refused is tried no more.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "tests/integration/admin_link.h"

#define COUNT_MAX 256u

struct member {
	struct admin_link link;
	struct polyauth_conn *conn;
	pthread_t thread;
	int (*ask)(struct member *m, unsigned number, struct pa_admin_reply *reply);
};

static struct member members[COUNT_MAX];
static const char *path, *command;
static atomic_bool ended;

/* A connection that is closed at once has no answer. */
static bool hold_query(struct member *m)
{
	const struct polyauth_request request = {
		.realm = "provisioning", .method = { "GET", 3 }, .target = { "/", 1 }
	};
	struct polyauth_reply reply;

	return polyauth_conn_open(path, ADMIN_TIMEOUT_MS, &m->conn) == 0 &&
	       polyauth_conn_authorize(m->conn, &request, ADMIN_TIMEOUT_MS, &reply) == 0;
}

static bool hold_admin(struct member *m)
{
	struct pa_admin_reply reply;

	return admin_open(&m->link, path) == 0 && admin_ask(&m->link, "status", NULL, &reply) == 0;
}

static bool hold_upload(struct member *m)
{
	struct pa_admin_request req = {
		.op = PA_ADMIN_BEGIN, .command = pa_bytes_str(command), .size = PA_PATH_LIST_MAX
	};
	struct pa_admin_reply reply = { .status = PA_STATUS_ERROR };
	bool good = admin_open(&m->link, path) == 0 &&
		    admin_exchange(&m->link, &req, &reply) == 0 && reply.status == PA_STATUS_OK;

	if (!good)
		fprintf(stderr, "%.*s\n", (int)reply.text.len, (const char *)reply.text.data);
	return good;
}

/* By a name that nobody has, from a network of its own: so that none has to wait. */
static int login(struct member *m, unsigned number, struct pa_admin_reply *reply)
{
	char name[32], source[32];
	const char *const args[] = { "account", name, "password", "x", "source", source, NULL };

	snprintf(name, sizeof(name), "nobody-%u", number);
	snprintf(source, sizeof(source), "10.%u.%u.1", number / 256 % 256, number % 256);
	return admin_ask(&m->link, "portal.login", args, reply);
}

static int check(struct member *m, unsigned number, struct pa_admin_reply *reply)
{
	static const struct pa_authorize_request asked = { .realm = PA_BYTES_LIT("claimed"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = PA_BYTES_LIT("y") };
	struct pa_admin_request req = { .op = PA_ADMIN_CHECK, .check = &asked };

	(void)number;
	return admin_exchange(&m->link, &req, reply);
}

static int ask_command(struct member *m, unsigned number, struct pa_admin_reply *reply)
{
	(void)number;
	return admin_ask(&m->link, command, NULL, reply);
}

static void *keep_asking(void *arg)
{
	static atomic_uint numbers;
	struct member *m = arg;
	struct pa_admin_reply reply;

	while (!atomic_load(&ended)) {
		if (m->ask(m, atomic_fetch_add(&numbers, 1), &reply) != 0)
			break;
	}
	return NULL;
}

static bool hold_asking(struct member *m)
{
	return admin_open(&m->link, path) == 0 &&
	       pthread_create(&m->thread, NULL, keep_asking, m) == 0;
}

static bool hold_login(struct member *m)
{
	m->ask = login;
	return hold_asking(m);
}

static bool hold_ask(struct member *m)
{
	m->ask = ask_command;
	return hold_asking(m);
}

static bool hold_check(struct member *m)
{
	m->ask = check;
	return hold_asking(m);
}

static const struct {
	const char *name;
	bool (*hold)(struct member *m);
} kinds[] = {
	{ "query", hold_query },
	{ "admin", hold_admin },
	{ "upload", hold_upload },
	{ "login", hold_login },
	{ "check", hold_check },
	{ "ask", hold_ask },
};

static unsigned hold(const char *kind, unsigned count)
{
	unsigned held = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		for (unsigned i = 0; i < count && strcmp(kind, kinds[k].name) == 0; i++)
			held += kinds[k].hold(&members[i]);
	}
	return held;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	char byte;

	if (!count || count > COUNT_MAX)
		return 2;
	path = argv[1];
	command = argc > 4 ? argv[4] : "path.test";
	printf("%u\n", hold(argv[2], count));
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	atomic_store(&ended, true);
	for (unsigned i = 0; i < count; i++) {
		if (members[i].thread)
			pthread_join(members[i].thread, NULL);
	}
	return 0;
}
