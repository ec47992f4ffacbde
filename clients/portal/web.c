#include "clients/portal/web.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "clients/http/log.h"
#include "clients/portal/typed.h"
#include "clients/portal/view.h"
#include "proto/text.h"

/* --- answers --- */

static const struct pa_http_field common[] = {
	{ "Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	/* `no-referrer` would make the Origin of our own forms `null` */
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

#define COMMON (sizeof(common) / sizeof(*common))

static void visit_free(struct pa_visit *visit)
{
	explicit_bzero(visit, sizeof(*visit));
	free(visit);
}

void pa_web_respond(struct pa_visit *visit, const struct pa_web_answer *answer)
{
	struct pa_http_field fields[COMMON + 6];
	struct pa_http_response response = {
		.status = answer->status, .headers = fields, .body = answer->body
	};
	const struct pa_http_field more[] = {
		{ "Cache-Control",
			answer->lasting ? "public, max-age=31536000, immutable" : "no-store" },
		{ "Content-Type", answer->type },
		{ "Location", answer->location },
		{ "Set-Cookie", answer->cookie },
		{ "Retry-After", answer->retry_after },
		{ "Allow", answer->allow },
	};

	memcpy(fields, common, sizeof(common));
	response.headers_len = COMMON;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		if (more[i].value)
			fields[response.headers_len++] = more[i];
	}
	pa_http_respond(visit->http, &response);
	visit_free(visit);
}

void pa_web_redirect(struct pa_visit *visit, const char *location, const char *cookie)
{
	const struct pa_web_answer answer = {
		.status = 303, .location = location, .cookie = cookie
	};

	pa_web_respond(visit, &answer);
}

/* --- cookies --- */

/* __Host-: set by this host alone, over TLS alone, for all of its paths. */
static const char *cookie_prefix(const struct pa_visit *visit)
{
	return visit->web->settings->secure ? "__Host-polyauth-" : "polyauth-";
}

void pa_web_cookie(const struct pa_visit *visit, const char *name, const char *value,
	char out[PA_WEB_COOKIE_MAX])
{
	snprintf(out, PA_WEB_COOKIE_MAX, "%s%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
		cookie_prefix(visit), name, value, visit->web->settings->secure ? "; Secure" : "",
		value[0] ? "" : "; Max-Age=0");
}

/* Its value, if it has the form of an id. */
static void read_cookie(
	const struct pa_visit *visit, const char *name, char out[PA_SESSION_ID_LEN + 1])
{
	struct pa_bytes header, value;
	char full[64];

	out[0] = '\0';
	snprintf(full, sizeof(full), "%s%s", cookie_prefix(visit), name);
	if (pa_http_header(visit->http, "cookie", &header) != 0 ||
		pa_fields_cookie(header, full, &value) != 0 || value.len != PA_SESSION_ID_LEN)
		return;
	for (size_t i = 0; i < value.len; i++) {
		if (!pa_is_hex(value.data[i]))
			return;
	}
	pa_bytes_copy(out, PA_SESSION_ID_LEN + 1, value);
}

struct pa_session *pa_web_session(const struct pa_visit *visit)
{
	return pa_session_find(
		visit->web->sessions, pa_bytes_str(visit->id), uv_now(visit->web->loop));
}

/* --- commands --- */

void pa_web_ask_for_account(struct pa_visit *visit)
{
	pa_backend_arg(&visit->ask, "account", pa_bytes_str(visit->account));
	pa_backend_arg(&visit->ask, "account-revision", pa_bytes_str(visit->revision));
}

/* Why it did not, for the operator. */
static void say_why(const struct pa_visit *visit, int err, const struct pa_admin_reply *reply)
{
	struct pa_bytes why = err ? pa_bytes_str(pa_strerror(err)) : reply->text;

	if (!why.len || pa_text_has_control(why))
		why = PA_BYTES_LIT("it was not carried out");
	pa_log_say(PA_LOG_WARNING, "polyauthd: %.*s: %.*s", (int)visit->ask.req.command.len,
		(const char *)visit->ask.req.command.data, (int)why.len, (const char *)why.data);
}

bool pa_web_is_answer(struct pa_visit *visit, int err, const struct pa_admin_reply *reply)
{
	char cookie[PA_WEB_COOKIE_MAX];

	if (err == 0 && reply->status == PA_STATUS_OK)
		return true;
	if (err == 0 && reply->status == PA_STATUS_FORBIDDEN && visit->account[0]) {
		pa_session_end(pa_web_session(visit));
		pa_web_cookie(visit, PA_WEB_SESSION, "", cookie);
		pa_web_redirect(visit, "/login", cookie);
		return false;
	}
	say_why(visit, err, reply);
	pa_view_message(visit, 503, "down");
	return false;
}

/* --- what comes in --- */

/* The browser's address, from a front end that may be believed. */
static void read_source(struct pa_visit *visit, const struct pa_http_place *place)
{
	struct pa_bytes value;
	uint8_t address[16];

	if (!place->path || pa_http_header(visit->http, "x-real-ip", &value) != 0)
		return;
	pa_bytes_copy(visit->source, sizeof(visit->source), value);
	if (inet_pton(AF_INET, visit->source, address) != 1 &&
		inet_pton(AF_INET6, visit->source, address) != 1)
		visit->source[0] = '\0';
}

/* Of another site, or of a page that hides where it comes from? Old browsers say neither. */
static bool is_same_site(const struct pa_visit *visit)
{
	struct pa_bytes value;
	int r = pa_http_header(visit->http, "origin", &value);

	if (r == 2 || (r == 0 && !pa_bytes_eq_str(value, visit->web->settings->origin)))
		return false;
	r = pa_http_header(visit->http, "sec-fetch-site", &value);
	return r == 1 || (r == 0 && pa_bytes_eq_str(value, "same-origin"));
}

static bool is_form(const struct pa_http_request *http)
{
	static const char type[] = "application/x-www-form-urlencoded";
	struct pa_bytes value;
	size_t len = sizeof(type) - 1;

	return pa_http_header(http, "content-type", &value) == 0 && value.len >= len &&
	       strncasecmp((const char *)value.data, type, len) == 0 &&
	       (value.len == len || value.data[len] == ';' || value.data[len] == ' ');
}

/* Who it is by the front end's word. */
static int read_user(struct pa_visit *visit, struct pa_bytes *ret)
{
	int r = pa_http_header(visit->http, visit->web->settings->user_header, ret);

	return r == 0 && pa_typed_is_name(*ret, PA_NAME_MAX) ? 0 : 1;
}

/* Its session, unless the front end says that it is somebody else's. */
static void read_session(struct pa_visit *visit)
{
	struct pa_session *session;
	struct pa_bytes user;

	read_cookie(visit, PA_WEB_SESSION, visit->id);
	read_cookie(visit, PA_WEB_FORM, visit->form_id);
	session = pa_web_session(visit);
	if (session && visit->web->settings->user_header[0] &&
		(read_user(visit, &user) != 0 || !pa_bytes_eq_str(user, session->account))) {
		pa_session_end(session);
		session = NULL;
	}
	if (!session) {
		visit->id[0] = '\0';
		return;
	}
	memcpy(visit->account, session->account, sizeof(visit->account));
	memcpy(visit->revision, session->revision, sizeof(visit->revision));
}

/* Nobody is logged in: to the login, or to what the front end says. */
static void pass_by_login(struct pa_visit *visit)
{
	struct pa_bytes user;

	if (!visit->web->settings->user_header[0]) {
		pa_web_redirect(visit, "/login", NULL);
	} else if (strcmp(visit->http->method, "POST") == 0) {
		pa_web_redirect(visit, "/", NULL);
	} else if (read_user(visit, &user) != 0) {
		pa_view_message(visit, 403, "sso-missing");
	} else {
		pa_bytes_copy(visit->account, sizeof(visit->account), user);
		pa_login_find(visit);
	}
}

/* --- the ways --- */

enum { OPEN = 1, FORM = 2, OWN = 4 };

static const struct way {
	const char *path;
	unsigned flags; /* OPEN: without a session; FORM: a POST; OWN: where the portal asks for
			   passwords */
	pa_web_fn *go;
} ways[] = {
	{ "/", 0, pa_codes_home },
	{ "/code", 0, pa_codes_show },
	{ "/issue", FORM, pa_codes_issue },
	{ "/revoke", FORM, pa_codes_revoke },
	{ "/login", OPEN | OWN, pa_login_show },
	{ "/login", OPEN | OWN | FORM, pa_login_try },
	{ "/logout", FORM, pa_login_leave },
};

/* A form is one of ours, and is carried out once. */
static bool may_take(struct pa_visit *visit, const struct way *way)
{
	struct pa_session *session = pa_web_session(visit);

	if (!is_same_site(visit) || !is_form(visit->http) ||
		pa_fields_parse(visit->http->body, visit->room, &visit->fields) != 0) {
		pa_view_message(visit, 400, "form-bad");
		return false;
	}
	if (way->flags & OPEN)
		return true;
	switch (pa_session_take(session, pa_fields_get(&visit->fields, "token"))) {
	case PA_SESSION_FRESH:
		return true;
	case PA_SESSION_AGAIN:
		pa_web_redirect(visit, "/", NULL);
		return false;
	case PA_SESSION_FORGED:
		break;
	}
	pa_view_message(visit, 403, "form-old");
	return false;
}

static void go(struct pa_visit *visit, const struct way *way)
{
	if (!(way->flags & OPEN) && !visit->id[0])
		pass_by_login(visit);
	else if (!(way->flags & FORM) || may_take(visit, way))
		way->go(visit);
}

static bool is_static(struct pa_visit *visit)
{
	for (size_t i = 0; i < PA_FILES_STATIC; i++) {
		const struct pa_files_static *file = &visit->web->files[i];

		if (pa_bytes_eq_str(visit->http->target, file->url)) {
			const struct pa_web_answer answer = { .status = 200,
				.type = file->type,
				.lasting = true,
				.body = pa_files_get(file->name) };

			pa_web_respond(visit, &answer);
			return true;
		}
	}
	return false;
}

static void find_way(struct pa_visit *visit)
{
	const bool is_post = strcmp(visit->http->method, "POST") == 0;
	const bool is_get =
		strcmp(visit->http->method, "GET") == 0 || strcmp(visit->http->method, "HEAD") == 0;
	const bool has_own = !visit->web->settings->user_header[0];
	const char *allow = NULL;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const bool form = ways[i].flags & FORM;

		if (!pa_bytes_eq_str(visit->http->target, ways[i].path) ||
			((ways[i].flags & OWN) && !has_own))
			continue;
		if (form ? is_post : is_get) {
			go(visit, &ways[i]);
			return;
		}
		allow = form ? "POST" : "GET, HEAD";
	}
	if (is_get && is_static(visit))
		return;
	if (allow)
		pa_view_refuse_method(visit, allow);
	else if (!has_own && pa_bytes_eq_str(visit->http->target, "/login"))
		pa_web_redirect(visit, "/", NULL);
	else
		pa_view_message(visit, 404, "not-found");
}

void pa_web_handle(void *arg, struct pa_http_request *http)
{
	const struct pa_web_door *door = arg;
	struct pa_visit *visit = calloc(1, sizeof(*visit));
	struct pa_bytes host;

	if (!visit) {
		const struct pa_http_response response = { .status = 503 };

		pa_http_respond(http, &response);
		return;
	}
	visit->web = door->web;
	visit->http = http;
	read_source(visit, door->place);
	/* a name that somebody else made for our address is none of ours */
	if (pa_http_header(http, "host", &host) != 0 ||
		!pa_bytes_eq_str(host, door->web->settings->host)) {
		pa_view_message(visit, 421, "wrong-host");
		return;
	}
	read_session(visit);
	find_way(visit);
}

bool pa_web_knows(void *arg, uid_t uid)
{
	const struct pa_web_door *door = arg;

	return pa_http_place_knows(door->place, uid);
}
