/*
 * From a request of a browser to a page: who is it, may this form be taken, what is polyauthd to be
 * asked, what is shown. The portal decides nothing: polyauthd knows the accounts, and what each
 * may.
 */
#ifndef CLIENTS_PORTAL_WEB_H
#define CLIENTS_PORTAL_WEB_H

#include "clients/http/fields.h"
#include "clients/http/http.h"
#include "clients/portal/backend.h"
#include "clients/portal/files.h"
#include "clients/portal/session.h"
#include "clients/portal/settings.h"

#define PA_WEB_BODY_MAX 4096u
#define PA_WEB_CODES    50u /* that are listed: the newest */
#define PA_WEB_PAGES    64u /* of polyauthd's list that are asked for */

struct pa_web {
	uv_loop_t *loop;
	const struct pa_settings *settings;
	struct pa_backend *backend;
	struct pa_sessions *sessions;
	struct pa_files_static files[PA_FILES_STATIC];
};

/* What serves one listener. */
struct pa_web_door {
	struct pa_web *web;
	const struct pa_http_place *place;
};

/* A code as it is listed. */
struct pa_web_code {
	struct pa_mac device;
	char state[16];
	int64_t issued_s, expires_s;
};

/* One request, until it is answered. What it was asked with stands here while polyauthd is asked.
 */
struct pa_visit {
	struct pa_backend_ask ask; /* first: it is what the backend gives back */
	struct pa_web *web;
	struct pa_http_request *http;
	char id[PA_SESSION_ID_LEN + 1];      /* of its session; "": it has none */
	char form_id[PA_SESSION_ID_LEN + 1]; /* cookie of the login form; "": none */
	char account[PA_NAME_MAX + 1], revision[24];
	char source[46]; /* the browser's address, where the front end may be believed */
	char after[128]; /* of polyauthd's list */
	unsigned pages;
	struct pa_fields fields;
	uint8_t room[PA_WEB_BODY_MAX];
	struct pa_mac device;
	struct pa_mac_text device_text;
	const char *error; /* key of what is wrong with what was typed; NULL: nothing */
	struct pa_web_code codes[PA_WEB_CODES];
	size_t codes_len;
};

/* A pa_http_handler; arg is the door. */
void pa_web_handle(void *arg, struct pa_http_request *http);
/* For pa_http_listen.peer; arg is the door. */
bool pa_web_knows(void *arg, uid_t uid);

/* --- for what stands behind the ways of a request --- */

/* What an answer has besides the headers that all have; NULL: none. */
struct pa_web_answer {
	int status;
	const char *type, *location, *cookie, *retry_after, *allow;
	bool lasting; /* may be kept for ever */
	struct pa_bytes body;
};

/* Answer, and end the visit. */
void pa_web_respond(struct pa_visit *visit, const struct pa_web_answer *answer);
void pa_web_redirect(struct pa_visit *visit, const char *location, const char *cookie);

/* Its session; NULL: it has none, or it has ended while polyauthd was asked. */
struct pa_session *pa_web_session(const struct pa_visit *visit);

/* "name=value; …" for Set-Cookie; an empty value deletes it. */
#define PA_WEB_COOKIE_MAX 200u
void pa_web_cookie(const struct pa_visit *visit, const char *name, const char *value,
	char out[PA_WEB_COOKIE_MAX]);
#define PA_WEB_SESSION "session"
#define PA_WEB_FORM    "form"

/* Add who it is to the command. */
void pa_web_ask_for_account(struct pa_visit *visit);
/* Whether polyauthd carried it out; else it is answered: 503, or to the login where the account is
 * not what it was. */
bool pa_web_is_answer(struct pa_visit *visit, int err, const struct pa_admin_reply *reply);

/* login.c */
typedef void pa_web_fn(struct pa_visit *visit);
pa_web_fn pa_login_show, pa_login_try, pa_login_find, pa_login_leave;
/* codes.c */
pa_web_fn pa_codes_home, pa_codes_issue, pa_codes_revoke, pa_codes_show;

#endif
