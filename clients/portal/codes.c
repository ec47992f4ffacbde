/* One's own codes: listed, issued, shown, revoked. */
#include <time.h>

#include "clients/portal/typed.h"
#include "clients/portal/view.h"
#include "clients/portal/web.h"

/* --- what polyauthd lists --- */

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	for (size_t i = 0; i < reply->columns_len; i++) {
		if (pa_bytes_eq_str(reply->columns[i], column))
			return reply->cells[row * reply->columns_len + i];
	}
	return (struct pa_bytes){ NULL, 0 };
}

/* The newest ones, first. */
static void keep(struct pa_visit *visit, const struct pa_web_code *code)
{
	size_t at = 0;

	while (at < visit->codes_len && visit->codes[at].issued_s >= code->issued_s)
		at++;
	if (at == PA_WEB_CODES)
		return;
	if (visit->codes_len < PA_WEB_CODES)
		visit->codes_len++;
	memmove(&visit->codes[at + 1], &visit->codes[at],
		(visit->codes_len - at - 1) * sizeof(visit->codes[0]));
	visit->codes[at] = *code;
}

static void take_rows(struct pa_visit *visit, const struct pa_admin_reply *reply)
{
	for (size_t i = 0; i < reply->rows_len; i++) {
		struct pa_web_code code = {
			.issued_s = pa_backend_number(cell(reply, i, "issued")),
			.expires_s = pa_backend_number(cell(reply, i, "expires")),
		};

		pa_bytes_copy(code.state, sizeof(code.state), cell(reply, i, "state"));
		if (pa_mac_parse(cell(reply, i, "device"), &code.device) == 0 &&
			pa_bytes_eq_str(cell(reply, i, "realm"), visit->web->settings->realm))
			keep(visit, &code);
	}
}

static void list(struct pa_visit *visit, pa_backend_done *done)
{
	pa_backend_command(&visit->ask, "otp.list", done);
	pa_web_ask_for_account(visit);
	if (visit->device_text.text[0])
		pa_backend_arg(&visit->ask, "device", pa_bytes_str(visit->device_text.text));
	if (visit->after[0])
		pa_backend_arg(&visit->ask, "after", pa_bytes_str(visit->after));
	pa_backend_ask(visit->web->backend, &visit->ask);
}

/* Its session ended while polyauthd was asked? Then it is answered. */
static struct pa_session *still_there(struct pa_visit *visit)
{
	struct pa_session *session = pa_web_session(visit);

	if (!session)
		pa_web_redirect(visit, "/", NULL);
	return session;
}

/* --- the list --- */

static void on_list(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;

	if (!pa_web_is_answer(visit, err, reply))
		return;
	take_rows(visit, reply);
	if (reply->next.len && reply->next.len < sizeof(visit->after) &&
		++visit->pages < PA_WEB_PAGES) {
		pa_bytes_copy(visit->after, sizeof(visit->after), reply->next);
		list(visit, on_list);
		return;
	}
	if (still_there(visit))
		pa_view_home(visit);
}

void pa_codes_home(struct pa_visit *visit)
{
	list(visit, on_list);
}

/*
 * A command about the device that was typed, for who is logged in: what else it takes is added, and
 * then it is asked. false: nothing was typed that is a MAC, and the list says so.
 */
static bool begin_command(struct pa_visit *visit, const char *command, pa_backend_done *done)
{
	if (pa_typed_mac(pa_fields_get(&visit->fields, "mac"), &visit->device) != 0) {
		visit->error = "mac-bad";
		list(visit, on_list);
		return false;
	}
	visit->device_text = pa_mac_format(visit->device);
	pa_backend_command(&visit->ask, command, done);
	pa_web_ask_for_account(visit);
	pa_backend_arg(&visit->ask, "device", pa_bytes_str(visit->device_text.text));
	pa_backend_arg(&visit->ask, "realm", pa_bytes_str(visit->web->settings->realm));
	return true;
}

/* --- a new one --- */

static void on_issued(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;
	const bool is_refused = err == 0 && reply->status == PA_STATUS_FORBIDDEN;
	struct pa_session *session;

	if (!is_refused && !pa_web_is_answer(visit, err, reply))
		return;
	session = still_there(visit);
	if (!session)
		return;
	if (is_refused) {
		/* if it is the account that is not what it was, the next page finds out */
		session->notice = "not-yours";
		pa_web_redirect(visit, "/", NULL);
		return;
	}
	explicit_bzero(&session->code, sizeof(session->code));
	pa_bytes_copy(
		session->code.code, sizeof(session->code.code), pa_backend_record(reply, "code"));
	session->code.device = visit->device;
	session->code.expires_s = pa_backend_number(pa_backend_record(reply, "expires"));
	pa_web_redirect(visit, "/code", NULL);
}

void pa_codes_issue(struct pa_visit *visit)
{
	const struct pa_settings *settings = visit->web->settings;

	if (!begin_command(visit, "otp.issue", on_issued))
		return;
	pa_backend_arg(&visit->ask, "ttl", pa_bytes_str(settings->ttl));
	pa_backend_arg(
		&visit->ask, "alphabet", pa_bytes_str(settings->letters ? "letters" : "digits"));
	if (settings->uses_within)
		pa_backend_arg(&visit->ask, "uses-within", pa_bytes_str(settings->uses_within));
	pa_backend_ask(visit->web->backend, &visit->ask);
}

/* --- the page that is read beside the phone --- */

static void on_shown(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;

	if (!pa_web_is_answer(visit, err, reply))
		return;
	take_rows(visit, reply);
	if (still_there(visit))
		pa_view_code(visit);
}

void pa_codes_show(struct pa_visit *visit)
{
	const struct pa_session *session = pa_web_session(visit);

	if (!session || !session->code.code[0]) {
		pa_web_redirect(visit, "/", NULL);
		return;
	}
	visit->device = session->code.device;
	visit->device_text = pa_mac_format(visit->device);
	list(visit, on_shown);
}

/* --- away with it --- */

static void on_revoked(struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply)
{
	struct pa_visit *visit = (struct pa_visit *)ask;
	const bool is_refused = err == 0 && (reply->status == PA_STATUS_REFUSED ||
						    reply->status == PA_STATUS_FORBIDDEN);
	struct pa_session *session;

	if (!is_refused && !pa_web_is_answer(visit, err, reply))
		return;
	session = still_there(visit);
	if (!session)
		return;
	session->notice = is_refused ? "not-revoked" : "revoked";
	if (!is_refused && pa_mac_eq(session->code.device, visit->device))
		explicit_bzero(&session->code, sizeof(session->code));
	pa_web_redirect(visit, "/", NULL);
}

void pa_codes_revoke(struct pa_visit *visit)
{
	if (begin_command(visit, "otp.revoke", on_revoked))
		pa_backend_ask(visit->web->backend, &visit->ask);
}
