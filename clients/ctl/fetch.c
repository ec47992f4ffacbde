/* crl fetch: from the URLs that are allowed to the daemon. The only command that goes out. */
#include "clients/ctl/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "clients/ctl/args.h"
#include "clients/ctl/output.h"

#define DEFAULT_URLS       "/etc/polyauth/crl-urls"
#define DEFAULT_STATE      "/var/lib/polyauth-fetch"
#define DEFAULT_CONNECT_MS 10000
#define DEFAULT_TOTAL_MS   300000
#define LIMIT_S_MAX        86400
#define URLS_FILE_MAX      (1024u * 1024)
#define COLUMNS            5u

/* One line of the table. */
struct row {
	bool parsed; /* url is one; else: text only */
	struct pa_url url;
	const char *result;
	char why[512];
	char status[8];
	char next_try[24];
};

struct fetch {
	struct pa_ctl *ctl;
	struct pa_url_list allowed;
	struct pa_fetch_limits limits;
	int state_dir; /* -1: not open */
	struct row *rows;
	size_t rows_len;
	char (*cas)[72]; /* fingerprints of the daemon's CAs */
	size_t cas_len;
	uint64_t *in_force; /* marks of its CRLs */
	size_t in_force_len;
	int exit_status;
};

static int out_of_memory(void)
{
	fprintf(stderr, "polyauthctl: %s\n", pa_strerror(-ENOMEM));
	return PA_CTL_REFUSED;
}

/* --- options --- */

static int read_limit(const char *option, int64_t fallback_ms, int64_t *ret)
{
	const char *text = pa_ctl_option(option);
	int64_t seconds;

	*ret = fallback_ms;
	if (!text)
		return 0;
	if (pa_args_duration(text, &seconds) || seconds < 1 || seconds > LIMIT_S_MAX) {
		fprintf(stderr, "polyauthctl: --%s wants a duration of 1s to 24h\n", option);
		return PA_CTL_USAGE;
	}
	*ret = seconds * 1000;
	return 0;
}

static int list_error(int r, const struct pa_diag *diag)
{
	if (r < 0)
		return out_of_memory();
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(diag->text));
	fputc('\n', stderr);
	return PA_CTL_USAGE;
}

/* The file of that name, or the one that need not be there. */
static int read_list_file(struct fetch *f, const char *name, bool optional)
{
	struct pa_diag diag = { "" };
	struct pa_bytes file;
	int r;

	if (optional && access(name, F_OK) != 0 && errno == ENOENT)
		return 0;
	r = pa_ctl_read_file(name, URLS_FILE_MAX, &file);
	if (r)
		return r;
	r = pa_url_list_read(&f->allowed, file, name, &diag);
	free((void *)(uintptr_t)file.data);
	return r ? list_error(r, &diag) : 0;
}

static int read_options(struct fetch *f)
{
	const char *urls = pa_ctl_option("urls"), *url;
	struct pa_diag diag = { "" };
	int r = 0;

	for (size_t i = 0; r == 0 && (url = pa_ctl_option_at("url", i)); i++) {
		r = pa_url_list_add(&f->allowed, pa_bytes_str(url), &diag);
		if (r)
			return list_error(r, &diag);
	}
	if (urls || !pa_ctl_option("url"))
		r = read_list_file(f, urls ? urls : DEFAULT_URLS, !urls);
	f->limits.size = PA_CRL_FILE_MAX;
	if (r == 0)
		r = read_limit("connect-timeout", DEFAULT_CONNECT_MS, &f->limits.connect_ms);
	if (r == 0)
		r = read_limit("max-time", DEFAULT_TOTAL_MS, &f->limits.total_ms);
	return r;
}

/* No failure: where nothing is allowed, nothing is to be fetched, and a timer has done its work. */
static void say_nothing_is_allowed(void)
{
	const char *urls = pa_ctl_option("urls"), *name = urls ? urls : DEFAULT_URLS;

	fputs("polyauthctl: no URL is allowed: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fputs(urls || access(name, F_OK) == 0
			? " names none; see polyauthctl help crl fetch\n"
			: " does not exist; write the URLs of CRLs there, or give --urls FILE or "
			  "--url URL; see polyauthctl help crl fetch\n",
		stderr);
}

static int open_state(struct fetch *f)
{
	const char *given = pa_ctl_option("state"), *dir = given ? given : DEFAULT_STATE;
	int r = pa_fetch_state_open(dir, &f->state_dir);

	if (r == 0)
		return 0;
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(dir));
	fprintf(stderr, ": %s\n", r > 0 ? "another crl fetch is at work here" : pa_strerror(r));
	return r > 0 ? PA_CTL_REFUSED : PA_CTL_USAGE;
}

/* --- what the daemon has --- */

static void begin_command(struct pa_ctl *ctl, const char *name)
{
	ctl->req = (struct pa_admin_request){
		.op = PA_ADMIN_COMMAND,
		.command = pa_bytes_str(name),
	};
}

/* A cell by the name of its column; empty where there is none. */
static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	for (size_t c = 0; c < reply->columns_len; c++) {
		if (pa_bytes_eq_str(reply->columns[c], column))
			return reply->cells[row * reply->columns_len + c];
	}
	return (struct pa_bytes){ 0 };
}

/* Every page of a listing. 0, or how to end. */
static int list_all(struct fetch *f, const char *command,
	int (*page)(struct fetch *f, const struct pa_admin_reply *reply))
{
	struct pa_admin_reply reply;
	char after[256];
	int r;

	begin_command(f->ctl, command);
	for (;;) {
		r = pa_ctl_ask(f->ctl, &reply);
		if (r == 0)
			r = page(f, &reply);
		if (r || !reply.next.len)
			return r;
		pa_bytes_copy(after, sizeof(after), reply.next);
		begin_command(f->ctl, command);
		r = pa_ctl_arg(f->ctl, "after", pa_bytes_str(after));
		if (r)
			return r;
	}
}

static int add_cas(struct fetch *f, const struct pa_admin_reply *reply)
{
	char(*grown)[72] = reallocarray(f->cas, f->cas_len + reply->rows_len + 1, sizeof(*f->cas));

	if (!grown)
		return out_of_memory();
	f->cas = grown;
	for (size_t i = 0; i < reply->rows_len; i++)
		pa_bytes_copy(grown[f->cas_len++], sizeof(*grown), cell(reply, i, "sha256"));
	return 0;
}

/* By what a CRL is known again. */
static uint64_t mark_of(const struct pa_admin_reply *reply, size_t row)
{
	static const char *const columns[] = { "issuer", "number", "this-update" };
	char text[3][512];
	const char *const texts[] = { text[0], text[1], text[2], NULL };

	for (size_t i = 0; i < 3; i++)
		pa_bytes_copy(text[i], sizeof(text[i]), cell(reply, row, columns[i]));
	return pa_fetch_mark(texts);
}

static int add_marks(struct fetch *f, const struct pa_admin_reply *reply)
{
	uint64_t *grown = reallocarray(
		f->in_force, f->in_force_len + reply->rows_len + 1, sizeof(*f->in_force));

	if (!grown)
		return out_of_memory();
	f->in_force = grown;
	for (size_t i = 0; i < reply->rows_len; i++)
		grown[f->in_force_len++] = mark_of(reply, i);
	return 0;
}

/* --- which URLs --- */

static int add_row(struct fetch *f, struct pa_bytes text)
{
	struct row *grown = reallocarray(f->rows, f->rows_len + 1, sizeof(*f->rows)), *row;
	const char *why;

	if (!grown)
		return out_of_memory();
	f->rows = grown;
	row = &grown[f->rows_len];
	*row = (struct row){ .result = "" };
	row->parsed = pa_url_parse(text, &row->url, &why) == 0;
	if (!row->parsed) {
		pa_bytes_copy(row->url.text, sizeof(row->url.text), text);
		row->result = "not allowed";
		snprintf(row->why, sizeof(row->why), "%s", why);
	}
	for (size_t i = 0; i < f->rows_len; i++) {
		if (strcmp(grown[i].url.text, row->url.text) == 0)
			return 0; /* several CAs name it */
	}
	f->rows_len++;
	return 0;
}

/* crl-url, crl-url-2 ... of one CA's record. One that was removed meanwhile has none. */
static int add_urls_of(struct fetch *f, const char *sha256)
{
	struct pa_admin_reply reply;
	int r;

	begin_command(f->ctl, "ca.show");
	r = pa_ctl_arg(f->ctl, "sha256", pa_bytes_str(sha256));
	if (r == 0)
		r = pa_ctl_exchange(f->ctl, &reply);
	if (r || reply.status != PA_STATUS_OK)
		return r;
	for (size_t i = 0; r == 0 && i < reply.rows_len; i++) {
		struct pa_bytes name = cell(&reply, i, "name");

		if (name.len >= 7 && memcmp(name.data, "crl-url", 7) == 0)
			r = add_row(f, cell(&reply, i, "value"));
	}
	return r;
}

/* What the CAs name, and what the list names whole: an issuing CA's own CRL is named by no CA. */
static int collect(struct fetch *f)
{
	int r = list_all(f, "ca.list", add_cas);

	if (r == 0)
		r = list_all(f, "crl.list", add_marks);
	for (size_t i = 0; r == 0 && i < f->cas_len; i++)
		r = add_urls_of(f, f->cas[i]);
	for (size_t i = 0; r == 0 && i < f->allowed.len; i++) {
		if (!f->allowed.rules[i].is_prefix)
			r = add_row(f, pa_bytes_str(f->allowed.rules[i].url.text));
	}
	return r;
}

/* --- one of them --- */

/* Give the daemon the bytes. 0: *reply is its last answer, whatever it says; else how to end. */
static int upload(struct pa_ctl *ctl, struct pa_bytes data, struct pa_admin_reply *reply)
{
	int r;

	begin_command(ctl, "crl.import");
	ctl->req.op = PA_ADMIN_BEGIN;
	ctl->req.size = data.len;
	r = pa_ctl_exchange(ctl, reply);
	ctl->req.op = PA_ADMIN_CHUNK;
	for (size_t at = 0; r == 0 && reply->status == PA_STATUS_OK && at < data.len;) {
		size_t len = data.len - at;

		len = len < PA_ADMIN_CHUNK_MAX ? len : PA_ADMIN_CHUNK_MAX;
		ctl->req.data = (struct pa_bytes){ data.data + at, len };
		r = pa_ctl_exchange(ctl, reply);
		at += len;
	}
	if (r || reply->status != PA_STATUS_OK)
		return r;
	ctl->req.op = PA_ADMIN_COMMIT;
	ctl->req.data = (struct pa_bytes){ 0 };
	return pa_ctl_exchange(ctl, reply);
}

static void remember_import(struct pa_fetch_state *state, const struct pa_fetch_reply *got,
	const struct pa_admin_reply *reply)
{
	*state = (struct pa_fetch_state){ 0 };
	memcpy(state->etag, got->etag, sizeof(state->etag));
	memcpy(state->modified, got->modified, sizeof(state->modified));
	/* without marks it is fetched whole each time */
	for (size_t i = 0; i < reply->rows_len && reply->rows_len <= PA_FETCH_MARKS_MAX; i++)
		state->marks[state->marks_len++] = mark_of(reply, i);
}

static void put_off(struct fetch *f, struct row *row, struct pa_fetch_state *state, int64_t now_s,
	int64_t wish_s)
{
	uint32_t random = 0;

	/* without randomness the wait is the longest one */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = 0;
	pa_fetch_state_failed(state, now_s, wish_s, random);
	snprintf(row->next_try, sizeof(row->next_try), "%lld", (long long)state->next_try_s);
	f->exit_status = PA_CTL_REFUSED;
}

/* What came, to the daemon. 0, or how to end. */
static int import(struct fetch *f, struct row *row, struct pa_fetch_state *state,
	const struct pa_fetch_reply *got, int64_t now_s)
{
	struct pa_admin_reply reply;
	int r = upload(f->ctl, (struct pa_bytes){ got->body, got->len }, &reply);

	if (r)
		return r;
	if (reply.status == PA_STATUS_OK) {
		row->result = "imported";
		remember_import(state, got, &reply);
		return 0;
	}
	row->result = reply.status == PA_STATUS_ERROR ? "failed" : "refused";
	pa_bytes_copy(row->why, sizeof(row->why), reply.text);
	put_off(f, row, state, now_s, 0);
	return 0;
}

/* The daemon may have lost what was imported: a restored store, a CA that was removed. */
static bool is_in_force(const struct fetch *f, const struct pa_fetch_state *state)
{
	for (size_t i = 0; i < state->marks_len; i++) {
		size_t j = 0;

		while (j < f->in_force_len && f->in_force[j] != state->marks[i])
			j++;
		if (j == f->in_force_len)
			return false;
	}
	return state->marks_len != 0;
}

static void load_state(const struct fetch *f, const struct row *row, struct pa_fetch_state *state)
{
	int r = pa_fetch_state_load(f->state_dir, row->url.text, state);

	if (r == 0 || r == 1)
		return;
	fprintf(stderr, "polyauthctl: %s: what was remembered of it %s; it is fetched anew\n",
		row->url.text, r == 2 ? "is damaged" : "cannot be read");
}

static void save_state(struct fetch *f, const struct row *row, const struct pa_fetch_state *state)
{
	int r = pa_fetch_state_save(f->state_dir, row->url.text, state);

	if (r == 0)
		return;
	fprintf(stderr, "polyauthctl: the state of %s could not be written: %s\n", row->url.text,
		pa_strerror(r));
	f->exit_status = PA_CTL_REFUSED;
}

/* By what the server answered. 0, or how to end. */
static int settle(struct fetch *f, struct row *row, struct pa_fetch_state *state,
	enum pa_fetch_result result, const struct pa_fetch_reply *got)
{
	int64_t now_s = time(NULL);
	int r = 0;

	if (got->status)
		snprintf(row->status, sizeof(row->status), "%ld", got->status);
	snprintf(row->why, sizeof(row->why), "%s", got->why);
	switch (result) {
	case PA_FETCH_DONE:
		r = import(f, row, state, got, now_s);
		break;
	case PA_FETCH_NOT_MODIFIED:
		row->result = "not modified";
		if (!state->failures && !state->next_try_s)
			return 0;
		state->failures = 0;
		state->next_try_s = 0;
		break;
	default:
		row->result = result == PA_FETCH_REFUSED ? "refused" : "failed";
		put_off(f, row, state, now_s, got->wish_s);
		break;
	}
	if (r == 0)
		save_state(f, row, state);
	return r;
}

static int fetch_row(struct fetch *f, struct row *row)
{
	enum pa_fetch_result result;
	struct pa_fetch_reply got;
	struct pa_fetch_state state;
	int r;

	if (!row->parsed)
		return 0;
	if (!pa_url_list_allows(&f->allowed, &row->url)) {
		row->result = "not allowed";
		snprintf(row->why, sizeof(row->why), "it is not on the list");
		return 0;
	}
	load_state(f, row, &state);
	if (!pa_ctl_option("now") && pa_fetch_state_waits(&state, time(NULL))) {
		row->result = "backing off";
		snprintf(row->why, sizeof(row->why), "failures in a row: %u", state.failures);
		snprintf(row->next_try, sizeof(row->next_try), "%lld", (long long)state.next_try_s);
		f->exit_status = PA_CTL_REFUSED;
		return 0;
	}
	result = pa_fetch_get(
		&f->allowed, &row->url, is_in_force(f, &state) ? &state : NULL, &f->limits, &got);
	r = settle(f, row, &state, result, &got);
	pa_fetch_reply_finish(&got);
	return r;
}

/* --- the table --- */

static int print(const struct fetch *f)
{
	static const char *const columns[COLUMNS] = { "url", "http", "result", "why", "next-try" };
	struct pa_output output = { .out = stdout, .json = f->ctl->json };
	struct pa_bytes *cells = calloc(f->rows_len + 1, COLUMNS * sizeof(*cells));
	struct pa_admin_reply table = {
		.columns_len = COLUMNS,
		.rows_len = f->rows_len,
		.cells = cells,
	};

	if (!cells)
		return out_of_memory();
	for (size_t c = 0; c < COLUMNS; c++)
		table.columns[c] = pa_bytes_str(columns[c]);
	for (size_t i = 0; i < f->rows_len; i++) {
		const struct row *row = &f->rows[i];

		cells[i * COLUMNS] = pa_bytes_str(row->url.text);
		cells[i * COLUMNS + 1] = pa_bytes_str(row->status);
		cells[i * COLUMNS + 2] = pa_bytes_str(row->result);
		cells[i * COLUMNS + 3] = pa_bytes_str(row->why);
		cells[i * COLUMNS + 4] = pa_bytes_str(row->next_try);
	}
	pa_output_page(&output, &table);
	pa_output_end(&output);
	free(cells);
	return 0;
}

static int fetch_all(struct fetch *f)
{
	int r = open_state(f), printed;

	if (r == 0)
		r = collect(f);
	if (r)
		return r;
	if (pa_fetch_start())
		return out_of_memory();
	for (size_t i = 0; r == 0 && i < f->rows_len; i++)
		r = fetch_row(f, &f->rows[i]);
	pa_fetch_stop();
	printed = print(f);
	if (!f->allowed.len)
		say_nothing_is_allowed();
	return r ? r : printed ? printed : f->exit_status;
}

int pa_ctl_crl_fetch(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct fetch f = { .ctl = ctl, .state_dir = -1 };
	int r;

	(void)command;
	if (*operands) {
		fputs("polyauthctl: crl fetch takes URLs by --url and --urls\n", stderr);
		return PA_CTL_USAGE;
	}
	r = read_options(&f);
	if (r == 0)
		r = fetch_all(&f);
	if (f.state_dir >= 0)
		close(f.state_dir);
	pa_url_list_finish(&f.allowed);
	free(f.rows);
	free(f.cas);
	free(f.in_force);
	return r;
}
