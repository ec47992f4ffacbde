/*
 * polyauth-check: one question to polyauthd, with the certificate in a file, for servers that run a
 * program to verify a client: `verify { client }` of FreeRADIUS. The exit status is the answer.
 *
 * It reads nothing of its environment, which holds what the client sent.
 */
#include <stdio.h>

#include "clients/shim-radius/certfile.h"
#include "clients/shim-radius/cmdline.h"

/* One more than FreeRADIUS's own codes, as its module exec reads them: 3 would be its `ok`. */
enum {
	EXIT_ALLOW = 0,
	EXIT_REFUSED = 1,   /* reject */
	EXIT_NO_ANSWER = 2, /* fail */
	EXIT_NOT_ASKED = 5, /* invalid */
};

/*
 * To standard output: FreeRADIUS writes that to its log where the status is not 0, and throws
 * standard error away.
 */
static void say(const char *what, const char *why)
{
	printf("polyauth-check: %s: %s\n", what, why);
}

static void say_reply(const struct polyauth_reply *reply)
{
	printf("polyauth-check: %s %s device=%s decision=%s\n",
		polyauth_verdict_name(reply->verdict), reply->reason,
		*reply->device ? reply->device : "-", *reply->decision ? reply->decision : "-");
}

static int status_of(enum polyauth_verdict verdict)
{
	switch (verdict) {
	case POLYAUTH_ALLOW:
		return EXIT_ALLOW;
	case POLYAUTH_DENY:
	case POLYAUTH_CHALLENGE: /* there are no credentials to give */
		return EXIT_REFUSED;
	case POLYAUTH_ERROR:
		break;
	}
	return EXIT_NO_ANSWER;
}

static int ask(const struct pa_cmdline *line, const struct pa_certfile *file)
{
	/* front_verify stays unspecified: that somebody verified the certificate, and how, is not
	 * known here, and the daemon verifies it anyway */
	struct polyauth_request request = {
		.realm = line->realm,
		.frontend = "polyauth-check",
		.chain = file->chain,
		.chain_len = file->chain_len,
		.method = { "GET", 3 },
		.target = { line->target, strlen(line->target) },
	};
	struct polyauth_reply reply;
	struct polyauth_pool *pool;
	/* one connection; what a pool adds is one deadline for connecting and asking */
	int r = polyauth_pool_new(line->socket, 1, &pool);

	if (r == 0) {
		r = polyauth_pool_authorize(pool, &request, line->timeout_ms, &reply);
		polyauth_pool_free(pool);
	}
	if (r) {
		printf("polyauth-check: no answer: %s (%s)\n", polyauth_strerror(r),
			line->socket ? line->socket : POLYAUTH_DEFAULT_SOCKET);
		return EXIT_NO_ANSWER;
	}
	say_reply(&reply);
	return status_of(reply.verdict);
}

int main(int argc, char **argv)
{
	static struct pa_certfile file;
	struct pa_cmdline line;
	struct pa_diag diag;

	if (pa_cmdline_parse(argc, argv, &line, &diag) != 0 ||
		pa_certfile_read(line.file, &file, &diag) != 0) {
		say("not asked", diag.text);
		return EXIT_NOT_ASKED;
	}
	return ask(&line, &file);
}
