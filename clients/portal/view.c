#include "clients/portal/view.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "clients/portal/page.h"
#include "clients/portal/typed.h"

#define VALUES_MAX 24u
#define TIME_MAX   40u

struct view {
	struct pa_page_value values[VALUES_MAX];
	struct pa_page_scope scope;
};

static void add(struct view *v, const char *name, struct pa_bytes text)
{
	if (v->scope.len < VALUES_MAX)
		v->values[v->scope.len++] = (struct pa_page_value){ .name = name, .text = text };
}

static void add_text(struct view *v, const char *name, const char *text)
{
	add(v, name, pa_bytes_str(text));
}

/* What all pages have. */
static void begin(struct view *v, const struct pa_visit *visit, const char *title)
{
	const struct pa_session *session = pa_web_session(visit);

	memset(v, 0, sizeof(*v));
	v->scope.values = v->values;
	add_text(v, "css", visit->web->files[0].url);
	add_text(v, "js", visit->web->files[1].url);
	add_text(v, "icon", visit->web->files[2].url);
	add_text(v, "title", title);
	add_text(v, "account", session ? session->account : NULL);
	add_text(v, "token", session ? session->token : NULL);
	/* who came by a single sign-on leaves there */
	add_text(v, "own-login", visit->web->settings->user_header[0] ? NULL : "yes");
}

static int fill_all(const struct view *v, const struct pa_texts *texts, const char *name,
	struct pa_http_buffer *out)
{
	const char *const files[] = { "head.html", name, "foot.html" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < 3; i++)
		r = pa_page_fill(pa_files_get(files[i]), texts, &v->scope, out);
	return r;
}

static void send_page(struct pa_visit *visit, const struct view *v, const char *name,
	const struct pa_web_answer *answer)
{
	struct pa_http_buffer out = { 0 };
	struct pa_web_answer full = *answer;

	full.type = "text/html; charset=utf-8";
	if (fill_all(v, visit->web->settings->texts, name, &out) == 0)
		full.body = (struct pa_bytes){ out.data, out.len };
	else
		full = (struct pa_web_answer){ .status = 500 };
	pa_web_respond(visit, &full);
	pa_http_buffer_finish(&out);
}

/* --- times --- */

struct times {
	char shown[TIME_MAX], exact[TIME_MAX], left[24];
};

static void format_times(int64_t time_s, struct times *ret)
{
	time_t t = (time_t)time_s;
	struct tm tm;

	*ret = (struct times){ .shown = "" };
	if (localtime_r(&t, &tm))
		strftime(ret->shown, sizeof(ret->shown), "%Y-%m-%d %H:%M %Z", &tm);
	if (gmtime_r(&t, &tm))
		strftime(ret->exact, sizeof(ret->exact), "%Y-%m-%dT%H:%M:%SZ", &tm);
	t = time(NULL);
	snprintf(ret->left, sizeof(ret->left), "%lld",
		(long long)(time_s > t ? time_s - (int64_t)t : 0));
}

/* --- pages --- */

void pa_view_login(struct pa_visit *visit, int status, const char *error, int64_t wait_s)
{
	char cookie[PA_WEB_COOKIE_MAX], wait[24] = "";
	struct view v;

	/* kept where there is one: another tab may show the same form */
	if (!visit->form_id[0] && pa_session_random(visit->form_id) != 0)
		visit->form_id[0] = '\0';
	pa_web_cookie(visit, PA_WEB_FORM, visit->form_id, cookie);
	if (wait_s)
		snprintf(wait, sizeof(wait), "%lld", (long long)wait_s);
	begin(&v, visit, "login.title");
	add_text(&v, "form", visit->form_id);
	add_text(&v, "error", error);
	add_text(&v, "wait", wait);
	send_page(visit, &v, "login.html",
		&(struct pa_web_answer){
			.status = status, .cookie = cookie, .retry_after = wait_s ? wait : NULL });
}

#define ROW_VALUES 7u

struct row {
	struct pa_page_value values[ROW_VALUES];
	struct times times;
	char device[PA_TYPED_MAC_MAX], state[24];
};

static void fill_row(
	struct row *row, struct pa_page_scope *scope, const struct pa_web_code *code, bool is_shown)
{
	const bool is_live = strcmp(code->state, "live") == 0;

	format_times(code->expires_s, &row->times);
	pa_typed_format(code->device, row->device);
	snprintf(row->state, sizeof(row->state), "state.%s", code->state);
	*scope = (struct pa_page_scope){ row->values, ROW_VALUES };
	row->values[0] =
		(struct pa_page_value){ .name = "device", .text = pa_bytes_str(row->device) };
	row->values[1] =
		(struct pa_page_value){ .name = "state", .text = pa_bytes_str(row->state) };
	row->values[2] =
		(struct pa_page_value){ .name = "class", .text = pa_bytes_str(code->state) };
	row->values[3] =
		(struct pa_page_value){ .name = "until", .text = pa_bytes_str(row->times.shown) };
	row->values[4] =
		(struct pa_page_value){ .name = "exact", .text = pa_bytes_str(row->times.exact) };
	row->values[5] = (struct pa_page_value){ .name = "live",
		.text = pa_bytes_str(is_live ? "yes" : NULL) };
	row->values[6] = (struct pa_page_value){ .name = "shown",
		.text = pa_bytes_str(is_live && is_shown ? "yes" : NULL) };
}

void pa_view_home(struct pa_visit *visit)
{
	struct pa_session *session = pa_web_session(visit);
	struct pa_page_scope scopes[PA_WEB_CODES];
	struct row rows[PA_WEB_CODES];
	struct view v;

	for (size_t i = 0; i < visit->codes_len; i++)
		fill_row(&rows[i], &scopes[i], &visit->codes[i],
			session->code.code[0] &&
				pa_mac_eq(session->code.device, visit->codes[i].device));
	begin(&v, visit, "home.title");
	add_text(&v, "notice", session->notice);
	add_text(&v, "error", visit->error);
	add(&v, "typed", pa_fields_get(&visit->fields, "mac"));
	add(&v, "codes", (struct pa_bytes){ NULL, 0 });
	v.values[v.scope.len - 1].has_rows = true;
	v.values[v.scope.len - 1].rows = scopes;
	v.values[v.scope.len - 1].rows_len = visit->codes_len;
	session->notice = NULL;
	send_page(visit, &v, "home.html",
		&(struct pa_web_answer){ .status = visit->error ? 400 : 200 });
}

void pa_view_code(struct pa_visit *visit)
{
	const struct pa_session *session = pa_web_session(visit);
	const char *state = visit->codes_len ? visit->codes[0].state : "expired";
	const bool is_live = strcmp(state, "live") == 0;
	char device[PA_TYPED_MAC_MAX], key[24];
	struct times times;
	struct view v;

	format_times(session->code.expires_s, &times);
	pa_typed_format(session->code.device, device);
	snprintf(key, sizeof(key), "state.%s", state);
	begin(&v, visit, "code.title");
	add_text(&v, "device", device);
	add_text(&v, "digits", visit->device_text.text);
	add_text(&v, "code", session->code.code);
	add_text(&v, "server", visit->web->settings->server);
	add_text(&v, "state", key);
	add_text(&v, "live", is_live ? "yes" : NULL);
	add_text(&v, "until", times.shown);
	add_text(&v, "exact", times.exact);
	add_text(&v, "left", times.left);
	send_page(visit, &v, "code.html", &(struct pa_web_answer){ .status = 200 });
}

static void show_message(
	struct pa_visit *visit, const char *key, const struct pa_web_answer *answer)
{
	char title[48], text[48];
	struct view v;

	snprintf(title, sizeof(title), "%s.title", key);
	snprintf(text, sizeof(text), "%s.text", key);
	begin(&v, visit, title);
	add_text(&v, "text", text);
	send_page(visit, &v, "message.html", answer);
}

void pa_view_message(struct pa_visit *visit, int status, const char *key)
{
	show_message(visit, key,
		&(struct pa_web_answer){
			.status = status, .retry_after = status == 503 ? "10" : NULL });
}

void pa_view_refuse_method(struct pa_visit *visit, const char *allow)
{
	show_message(visit, "not-found", &(struct pa_web_answer){ .status = 405, .allow = allow });
}

void pa_view_goodbye(struct pa_visit *visit)
{
	char cookie[PA_WEB_COOKIE_MAX];

	pa_web_cookie(visit, PA_WEB_SESSION, "", cookie);
	show_message(visit, "goodbye", &(struct pa_web_answer){ .status = 200, .cookie = cookie });
}

/* --- do files and texts fit? --- */

int pa_view_check(const struct pa_texts *texts, struct pa_diag *diag)
{
	static const char *const pages[] = { "login.html", "home.html", "code.html",
		"message.html" };
	static const char *const names[] = { "css", "js", "icon", "account", "token", "own-login",
		"form", "wait", "typed", "device", "digits", "code", "server", "live", "until",
		"exact", "left", "class", "shown" };
	static const char *const keys[] = { "title", "error", "notice", "state", "text" };
	struct pa_page_scope row = { NULL, 0 };
	struct pa_http_buffer out = { 0 };
	struct pa_page_value values[32];
	struct view v;
	size_t len = 0;
	int r = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		values[len++] =
			(struct pa_page_value){ .name = names[i], .text = PA_BYTES_LIT("<x>") };
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		values[len++] = (struct pa_page_value){ .name = keys[i],
			.text = PA_BYTES_LIT("home.title") };
	values[len++] = (struct pa_page_value){
		.name = "codes", .has_rows = true, .rows = &row, .rows_len = 1
	};
	v = (struct view){ .scope = { values, len } };
	for (size_t i = 0; r == 0 && i < sizeof(pages) / sizeof(*pages); i++) {
		r = fill_all(&v, texts, pages[i], &out);
		if (r)
			pa_diag_set(diag, "%s: does not fit the texts", pages[i]);
	}
	pa_http_buffer_finish(&out);
	return r;
}
