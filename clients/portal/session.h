/*
 * Who is logged in. Sessions live in memory of a fixed size, and end with the process; their ids
 * are 256 random bits. Time is a parameter, in milliseconds of a clock that does not go back.
 */
#ifndef CLIENTS_PORTAL_SESSION_H
#define CLIENTS_PORTAL_SESSION_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/mac.h"

#define PA_SESSION_ID_LEN  64u /* hex digits of an id or a token */
#define PA_SESSION_PERSONS 16u /* sessions of one account at a time */
#define PA_SESSION_CODE    96u

/* The code that was issued last, so that the page can be loaded again. */
struct pa_session_code {
	char code[PA_SESSION_CODE]; /* "": none */
	struct pa_mac device;
	int64_t expires_s;
};

struct pa_session {
	char id[PA_SESSION_ID_LEN + 1];    /* "": free */
	char token[PA_SESSION_ID_LEN + 1]; /* that its next form must bear ... */
	char taken[PA_SESSION_ID_LEN + 1]; /* ... and the one that was taken last */
	char account[PA_NAME_MAX + 1];
	char revision[24];  /* of the account, as polyauthd says it */
	const char *notice; /* key of a text for the next page; NULL: none */
	uint64_t began_ms, seen_ms;
	struct pa_session_code code;
};

struct pa_sessions;

/* 0, -ENOMEM. max: sessions at a time; one more takes the place of that which is idle for longest.
 */
int pa_sessions_new(
	unsigned max, uint64_t idle_ms, uint64_t life_ms, struct pa_sessions **ret) PA_MUST_CHECK;
void pa_sessions_free(struct pa_sessions *sessions); /* wipes them; NULL-safe */

/* A new one, never under an id that somebody named. NULL: the system gives no random bytes. */
struct pa_session *pa_session_begin(struct pa_sessions *sessions, struct pa_bytes account,
	struct pa_bytes revision, uint64_t now_ms);
/* The one of this id, which is then not idle. NULL: there is none, or it has ended. */
struct pa_session *pa_session_find(
	struct pa_sessions *sessions, struct pa_bytes id, uint64_t now_ms);
void pa_session_end(struct pa_session *session); /* NULL-safe */

enum pa_session_form {
	PA_SESSION_FORGED = 0, /* or out of date */
	PA_SESSION_FRESH,      /* it may be carried out: once, the token is another one now */
	PA_SESSION_AGAIN       /* it was already */
};
enum pa_session_form pa_session_take(struct pa_session *session, struct pa_bytes token);

/* 256 random bits in hex. 0, or negative. */
int pa_session_random(char out[PA_SESSION_ID_LEN + 1]) PA_MUST_CHECK;
/* Whether both are an id or a token, and the same one; in a time that does not tell where they
 * differ. */
bool pa_session_equal(struct pa_bytes text, struct pa_bytes id);

#endif
