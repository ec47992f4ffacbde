/* Who is it? By a password that polyauthd verifies, or by the word of a front end. */
#include <stdio.h>

#include "clients/portal/typed.h"
#include "clients/portal/view.h"
#include "clients/portal/web.h"

/* In place of what there was: an id that somebody planted is worth nothing. */
static void begin_session(struct pa_visit *visit, const struct pa_admin_reply *reply)
{
	struct pa_session *session;
	char cookie[PA_WEB_COOKIE_MAX];

	pa_session_end(pa_web_session(visit));
	session = pa_session_begin(visit->web->sessions, pa_backend_record(reply, "account"),
		pa_backend_record(reply, "account-revision"), uv_now(visit->web->loop));
	if (!session) {
		pa_view_message(visit, 503, "down");
		return;
	}
	pa_web_cookie(visit, PA_WEB_SESSION, session->id, cookie);
	pa_web_redirect(visit, "/", cookie);
}

/* --- by a password --- */

void pa_login_show(struct pa_visit *visit)
{
	if (visit->id[0])
		pa_web_redirect(visit, "/", NULL);
	else
		pa_view_login(visit, 200, NULL, 0);
}

static void on_login(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;
	struct pa_bytes result;

	visit->account[0] = '\0'; /* of somebody who is not logged in */
	if (!pa_web_is_answer(visit, err, reply))
		return;
	result = pa_backend_record(reply, "result");
	if (pa_bytes_eq_str(result, "right"))
		begin_session(visit, reply);
	else if (pa_bytes_eq_str(result, "wait"))
		pa_view_login(visit, 429, "login-wait",
			pa_backend_number(pa_backend_record(reply, "wait-s")));
	else
		pa_view_login(visit, 403, "login-wrong", 0);
}

/* There is no session yet: the form bears what its cookie does, which no other site can set. */
void pa_login_try(struct pa_visit *visit)
{
	struct pa_bytes account = pa_fields_get(&visit->fields, "account");
	struct pa_bytes password = pa_fields_get(&visit->fields, "password");

	if (!pa_session_equal(
		    pa_fields_get(&visit->fields, "token"), pa_bytes_str(visit->form_id))) {
		pa_view_login(visit, 403, "login-again", 0);
		return;
	}
	if (!pa_typed_is_name(account, PA_NAME_MAX) || !pa_typed_is_password(password)) {
		pa_view_login(visit, 403, "login-wrong", 0);
		return;
	}
	pa_backend_command(&visit->ask, "portal.login", on_login);
	pa_backend_arg(&visit->ask, "account", account);
	pa_backend_arg(&visit->ask, "password", password);
	pa_backend_arg(&visit->ask, "source", pa_bytes_str(visit->source));
	pa_backend_ask(visit->web->backend, &visit->ask);
}

/* --- by a front end's word --- */

static void on_found(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;

	visit->account[0] = '\0';
	if (!pa_web_is_answer(visit, err, reply))
		return;
	if (pa_bytes_eq_str(pa_backend_record(reply, "result"), "right"))
		begin_session(visit, reply);
	else
		pa_view_message(visit, 403, "sso-unknown");
}

void pa_login_find(struct pa_visit *visit)
{
	pa_backend_command(&visit->ask, "portal.find", on_found);
	pa_backend_arg(&visit->ask, "account", pa_bytes_str(visit->account));
	pa_backend_ask(visit->web->backend, &visit->ask);
}

/* --- the end --- */

void pa_login_leave(struct pa_visit *visit)
{
	pa_session_end(pa_web_session(visit));
	visit->id[0] = visit->account[0] = '\0';
	pa_view_goodbye(visit);
}
