#include "clients/shim-http/face.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clients/http/log.h"

#define SPARE_MAX 1024u

struct pa_face_exchange {
	struct pa_ask ask; /* first: it is what the link gives back */
	struct pa_question question;
	struct pa_http_request *http;
	struct pa_face_door *door;
	struct pa_face_exchange *next;
};

static struct pa_face_exchange *take(struct pa_face *face)
{
	struct pa_face_exchange *x = face->spare;

	if (x) {
		face->spare = x->next;
		face->spare_len--;
		return x;
	}
	x = calloc(1, sizeof(*x));
	if (x)
		pa_arena_init(&x->question.arena, PA_QUESTION_ARENA);
	return x;
}

static void give(struct pa_face *face, struct pa_face_exchange *x)
{
	struct pa_arena arena = x->question.arena;

	pa_arena_reset(&arena);
	*x = (struct pa_face_exchange){ .question.arena = arena, .next = face->spare };
	if (face->spare_len < SPARE_MAX) {
		face->spare = x;
		face->spare_len++;
		return;
	}
	pa_arena_finish(&x->question.arena);
	free(x);
}

void pa_face_finish(struct pa_face *face)
{
	struct pa_face_exchange *next;

	for (struct pa_face_exchange *x = face->spare; x; x = next) {
		next = x->next;
		pa_arena_finish(&x->question.arena);
		free(x);
	}
	face->spare = NULL;
}

/* --- answers --- */

/* Nothing that is not an ALLOW of the daemon comes out as 200. */
static const struct {
	enum pa_face_answer answer;
	int status;
} meanings[] = {
	[POLYAUTH_ERROR] = { PA_FACE_ERROR, 503 },
	[POLYAUTH_DENY] = { PA_FACE_DENIED, 403 },
	[POLYAUTH_ALLOW] = { PA_FACE_ALLOWED, 200 },
	[POLYAUTH_CHALLENGE] = { PA_FACE_CHALLENGED, 401 },
};

static void answer_plainly(struct pa_face_door *door, struct pa_http_request *http,
	enum pa_face_answer answer, int status)
{
	static const struct pa_http_field fields[] = { { "Cache-Control", "no-store" } };
	struct pa_http_response response = {
		.status = status, .headers = fields, .headers_len = 1
	};

	door->answers[answer]++;
	pa_http_respond(http, &response);
}

static void add_field(struct pa_http_response *response, struct pa_http_field *fields,
	const char *name, const char *value)
{
	if (value[0])
		fields[response->headers_len++] = (struct pa_http_field){ name, value };
}

static void answer_reply(
	struct pa_face_door *door, struct pa_http_request *http, const struct polyauth_reply *reply)
{
	const struct pa_dialect *dialect = door->listener->dialect;
	struct pa_http_field fields[8];
	struct pa_http_response response = { .status = meanings[reply->verdict].status,
		.headers = fields };
	char realm[PA_REALM_MAX + 16] = "", wait[16] = "";

	door->answers[meanings[reply->verdict].answer]++;
	if (reply->verdict == POLYAUTH_CHALLENGE)
		snprintf(realm, sizeof(realm), "Basic realm=\"%s\"", door->listener->realm);
	if (reply->retry_after_s && reply->verdict != POLYAUTH_ALLOW) {
		snprintf(wait, sizeof(wait), "%u", (unsigned)reply->retry_after_s);
		if (reply->verdict == POLYAUTH_DENY)
			response.status = dialect->throttled;
	}
	add_field(&response, fields, "Cache-Control", "no-store");
	add_field(&response, fields, "WWW-Authenticate", realm);
	add_field(&response, fields, "Retry-After", wait);
	add_field(&response, fields, "X-Polyauth-Device", reply->device);
	add_field(&response, fields, "X-Polyauth-Decision", reply->decision);
	if (dialect->tells_reason)
		add_field(&response, fields, "X-Polyauth-Reason", reply->reason);
	pa_http_respond(http, &response);
}

static void on_done(struct pa_ask *ask, int err, const struct polyauth_reply *reply)
{
	struct pa_face_exchange *x = (struct pa_face_exchange *)ask;
	struct pa_http_request *http = x->http;
	struct pa_face_door *door = x->door;

	give(door->face, x);
	if (err || (size_t)reply->verdict >= sizeof(meanings) / sizeof(*meanings))
		answer_plainly(door, http, PA_FACE_NO_ANSWER, 503);
	else
		answer_reply(door, http, reply);
}

/* --- requests --- */

/* Once a second at most: a stranger must not fill the log. */
static void say_bad(struct pa_face_door *door, const char *why)
{
	uint64_t now_s = (uint64_t)time(NULL);

	if (door->said_s == now_s)
		return;
	door->said_s = now_s;
	pa_log_say(PA_LOG_WARNING, "bad request realm=%s dialect=%s: %s", door->listener->realm,
		door->listener->dialect->name, why);
}

/* Takes as long for each wrong token of the same length. */
static bool has_token(const struct pa_face_door *door, const struct pa_http_request *http)
{
	const char *token = door->listener->token;
	struct pa_bytes value;
	unsigned differ = 0;

	if (!token[0])
		return true;
	if (pa_http_header(http, "x-polyauth-token", &value) != 0 || value.len != strlen(token))
		return false;
	for (size_t i = 0; i < value.len; i++)
		differ |= (unsigned)value.data[i] ^ (unsigned char)token[i];
	return differ == 0;
}

/* Some front ends add the client's own query, or all of his target, to what we named. */
static bool is_ours(const struct pa_dialect *dialect, struct pa_bytes target)
{
	size_t len = sizeof(PA_DIALECT_ENDPOINT) - 1;

	if (dialect->form)
		return true;
	if (target.len < len || memcmp(target.data, PA_DIALECT_ENDPOINT, len) != 0)
		return false;
	return target.len == len || target.data[len] == '?' ||
	       (dialect->any_path && target.data[len] == '/');
}

static int make_question(
	struct pa_question *q, const struct pa_face_door *door, const struct pa_http_request *http)
{
	const struct pa_listener *listener = door->listener;
	int r;

	q->ask.realm = listener->realm;
	q->ask.frontend = listener->dialect->name;
	r = pa_question_add_common(q, http);
	return r ? r : listener->dialect->parse(q, http);
}

void pa_face_handle(void *arg, struct pa_http_request *http)
{
	struct pa_face_door *door = arg;
	struct pa_face_exchange *x;
	int r;

	if (!has_token(door, http)) {
		say_bad(door, "no token, or a wrong one");
		answer_plainly(door, http, PA_FACE_STRANGER, 403);
		return;
	}
	if (!is_ours(door->listener->dialect, http->target)) {
		say_bad(door, "the path is not " PA_DIALECT_ENDPOINT);
		answer_plainly(door, http, PA_FACE_BAD, 404);
		return;
	}
	x = take(door->face);
	if (!x) {
		answer_plainly(door, http, PA_FACE_NO_ANSWER, 503);
		return;
	}
	x->http = http;
	x->door = door;
	r = make_question(&x->question, door, http);
	if (r) {
		if (r > 0)
			say_bad(door, x->question.why);
		give(door->face, x);
		answer_plainly(
			door, http, r > 0 ? PA_FACE_BAD : PA_FACE_NO_ANSWER, r > 0 ? 400 : 503);
		return;
	}
	x->ask.request = &x->question.ask;
	x->ask.done = on_done;
	pa_link_ask(door->face->link, &x->ask);
}

bool pa_face_knows(void *arg, uid_t uid)
{
	const struct pa_face_door *door = arg;

	if (pa_http_place_knows(&door->listener->at, uid))
		return true;
	return !door->listener->at.peers_len && !door->listener->dialect;
}
