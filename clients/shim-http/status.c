#include "clients/shim-http/status.h"

#include <stdio.h>
#include <stdlib.h>

static void say(struct pa_http_request *request, int status, const char *body, size_t len)
{
	static const struct pa_http_field fields[] = {
		{ "Content-Type", "text/plain; version=0.0.4; charset=utf-8" },
		{ "Cache-Control", "no-store" },
	};
	struct pa_http_response response = { status, fields, 2, { (const uint8_t *)body, len } };

	pa_http_respond(request, &response);
}

static const char *const answers[PA_FACE_ANSWERS] = {
	[PA_FACE_ALLOWED] = "allow",
	[PA_FACE_DENIED] = "deny",
	[PA_FACE_CHALLENGED] = "challenge",
	[PA_FACE_ERROR] = "error",
	[PA_FACE_NO_ANSWER] = "no-answer",
	[PA_FACE_BAD] = "bad-request",
	[PA_FACE_STRANGER] = "no-token",
};

struct row {
	const char *name, *type, *help;
	uint64_t value;
};

static void print_rows(const struct pa_status *s, FILE *out)
{
	const struct pa_http_stats *http = pa_http_server_stats(s->server);
	const struct pa_link_stats *link = pa_link_stats(s->link);
	const struct row rows[] = {
		{ "polyauth_http_connections", "gauge", "connections of front ends",
			http->connections },
		{ "polyauth_http_accepted_total", "counter", "connections taken", http->accepted },
		{ "polyauth_http_refused_total", "counter", "connections not taken",
			http->refused },
		{ "polyauth_http_malformed_total", "counter", "requests that are no HTTP of ours",
			http->bad_requests },
		{ "polyauth_http_timeouts_total", "counter", "connections that took too long",
			http->timeouts },
		{ "polyauth_http_daemon_up", "gauge", "connections to polyauthd", link->up },
		{ "polyauth_http_daemon_connects_total", "counter", "connections made to polyauthd",
			link->connects },
		{ "polyauth_http_waiting", "gauge", "questions that wait for polyauthd",
			link->waiting },
		{ "polyauth_http_daemon_timeouts_total", "counter",
			"questions without an answer in time", link->timeouts },
		{ "polyauth_http_daemon_refused_total", "counter", "questions that were not asked",
			link->refused },
		{ "polyauth_http_daemon_lost_total", "counter",
			"questions that a connection took along", link->lost },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", rows[i].name, rows[i].help,
			rows[i].name, rows[i].type, rows[i].name,
			(unsigned long long)rows[i].value);
}

static void print_answers(const struct pa_status *s, FILE *out)
{
	static const char name[] = "polyauth_http_answers_total";

	fprintf(out, "# HELP %s answers to front ends\n# TYPE %s counter\n", name, name);
	for (size_t i = 0; i < s->doors_len; i++) {
		const struct pa_listener *listener = s->doors[i].listener;

		for (size_t j = 0; listener->dialect && j < PA_FACE_ANSWERS; j++)
			fprintf(out,
				"%s{listener=\"%zu\",dialect=\"%s\",realm=\"%s\",answer=\"%s\"} %llu\n",
				name, i + 1, listener->dialect->name, listener->realm, answers[j],
				(unsigned long long)s->doors[i].answers[j]);
	}
}

static void metrics(const struct pa_status *s, struct pa_http_request *request)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out) {
		print_rows(s, out);
		print_answers(s, out);
		fclose(out);
	}
	say(request, text ? 200 : 503, text, text ? len : 0);
	free(text);
}

void pa_status_handle(void *arg, struct pa_http_request *request)
{
	const struct pa_status *s = arg;
	bool up = pa_link_stats(s->link)->up > 0;

	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		say(request, 405, "", 0);
	else if (pa_bytes_eq_str(request->target, "/metrics"))
		metrics(s, request);
	else if (pa_bytes_eq_str(request->target, "/healthz"))
		say(request, 200, "alive\n", 6);
	else if (pa_bytes_eq_str(request->target, "/readyz") && up)
		say(request, 200, "ready\n", 6);
	else if (pa_bytes_eq_str(request->target, "/readyz"))
		say(request, 503, "polyauthd does not answer\n", 26);
	else
		say(request, 404, "", 0);
}
