/* Exchanges with the daemon's admin socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/ctl/ctl.h"
#include "clients/ctl/output.h"

/* Where to show how far an upload is, and how large it must be to be worth it. */
#define PROGRESS_MIN (1024u * 1024)

int pa_ctl_arg(struct pa_ctl *ctl, const char *name, struct pa_bytes value)
{
	if (ctl->req.args_len == PA_ADMIN_ARGS_MAX) {
		fputs("polyauthctl: too many arguments\n", stderr);
		return PA_CTL_USAGE;
	}
	ctl->req.args[ctl->req.args_len++] = (struct pa_pair){ pa_bytes_str(name), value };
	return 0;
}

static int unreachable(const struct pa_ctl *ctl, int r)
{
	const char *hint = "";

	if (r == -ENOENT || r == -ECONNREFUSED)
		hint = ": is polyauthd running?";
	/* polyauthd's other socket takes no such request */
	else if (ctl->next_id <= 1 && (r == PA_E_CLOSED || r == -ECONNRESET || r == -EPIPE))
		hint = ": is this polyauthd's admin socket?";
	fprintf(stderr, "polyauthctl: %s: %s%s\n", ctl->socket, pa_strerror(r), hint);
	return PA_CTL_UNREACHABLE;
}

static int connect_once(struct pa_ctl *ctl, int64_t deadline_ms)
{
	int r;

	if (ctl->connected)
		return 0;
	r = pa_stream_open(&ctl->stream, ctl->socket, deadline_ms);
	if (r)
		return unreachable(ctl, r);
	ctl->connected = true;
	return 0;
}

/* What the query socket makes of a request that is none to it: a reason where a text belongs. */
static bool is_verdict(const struct pa_admin_reply *reply)
{
	enum pa_reason reason;

	return reply->status != PA_STATUS_OK && pa_reason_find(reply->text, &reason) == 0;
}

int pa_ctl_exchange(struct pa_ctl *ctl, struct pa_admin_reply *reply)
{
	int64_t deadline_ms = pa_stream_now_ms() + ctl->timeout_ms;
	struct pa_bytes payload;
	int r;

	ctl->commit_sent = false;
	*reply = (struct pa_admin_reply){ .status = PA_STATUS_ERROR };
	if (ctl->next_id)
		pa_stream_drop(&ctl->stream); /* the reply before */
	r = connect_once(ctl, deadline_ms);
	if (r)
		return r;
	pa_arena_reset(&ctl->arena);
	ctl->req.id = ++ctl->next_id;
	r = pa_admin_request_encode(&ctl->req, &ctl->arena, &payload);
	if (r) {
		fprintf(stderr, "polyauthctl: the request is too large: %s\n", pa_strerror(r));
		return PA_CTL_USAGE;
	}
	ctl->commit_sent = ctl->req.op == PA_ADMIN_COMMIT;
	r = pa_stream_send_payload(&ctl->stream, payload, deadline_ms);
	if (r == 0)
		r = pa_stream_receive(&ctl->stream, &payload, deadline_ms);
	if (r)
		return unreachable(ctl, r);
	pa_arena_reset(&ctl->arena);
	r = pa_admin_reply_decode(payload, &ctl->arena, reply);
	if (r == 0 && is_verdict(reply)) {
		fprintf(stderr,
			"polyauthctl: %s: this answers front ends: is it polyauthd's query socket?\n",
			ctl->socket);
		return PA_CTL_UNREACHABLE;
	}
	/* what the daemon could not read it refuses with id 0; nothing else answers this request */
	if (r == 0 && reply->id != ctl->req.id && (reply->id || reply->status == PA_STATUS_OK))
		r = PA_E_MESSAGE;
	return r ? unreachable(ctl, r) : 0;
}

/* Lines of several errors stay lines. */
static void print_text(const char *before, struct pa_bytes text)
{
	fputs(before, stderr);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '\n' || (c >= ' ' && c < 0x7f))
			fputc(c, stderr);
		else
			fprintf(stderr, "\\x%02x", c);
	}
	fputc('\n', stderr);
}

static int report(const struct pa_admin_reply *reply)
{
	if (reply->status == PA_STATUS_OK)
		return 0;
	print_text(reply->status == PA_STATUS_ERROR ? "polyauthctl: failed: "
						    : "polyauthctl: refused: ",
		reply->text);
	return PA_CTL_REFUSED;
}

int pa_ctl_ask(struct pa_ctl *ctl, struct pa_admin_reply *reply)
{
	int r = pa_ctl_exchange(ctl, reply);

	return r ? r : report(reply);
}

/* Page after page. */
static int ask_pages(struct pa_ctl *ctl, struct pa_output *output)
{
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	char after[256];
	int r;

	for (;;) {
		r = pa_ctl_ask(ctl, &reply);
		if (r)
			return r;
		pa_output_page(output, &reply);
		if (reply.text.len)
			print_text("polyauthctl: done; note: ", reply.text);
		if (!reply.next.len)
			return 0;
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = args_len;
		r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
		if (r)
			return r;
	}
}

int pa_ctl_ask_and_print(struct pa_ctl *ctl)
{
	struct pa_output output = { .out = stdout, .json = ctl->json };
	int r = ask_pages(ctl, &output);

	if (r == 0)
		pa_output_end(&output);
	return r;
}

/* Names of files that others may have chosen, with what happened to them. */
static void report_file(const char *name, const char *what)
{
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fprintf(stderr, ": %s\n", what);
}

void pa_ctl_plain_name(const char *name, char out[PA_CTL_NAME_MAX])
{
	pa_bytes_copy(out, PA_CTL_NAME_MAX, pa_bytes_str(name));
	for (char *c = out; *c; c++) {
		if (*c < ' ' || *c == 0x7f) /* what is no ASCII, too: it might be cut */
			*c = '?';
	}
}

void pa_ctl_shown(struct pa_bytes text, char out[PA_CTL_SHOWN_MAX])
{
	size_t len = 0;

	for (; len < text.len && len < PA_CTL_SHOWN_MAX - 1; len++) {
		uint8_t c = text.data[len];

		out[len] = c >= ' ' && c < 0x7f ? (char)c : '?';
	}
	out[len] = '\0';
}

static void show_progress(const char *name, size_t done, size_t size)
{
	static const char bar[] = "########################################";
	size_t filled = done * (sizeof(bar) - 1) / size;

	if (size < PROGRESS_MIN || !isatty(STDERR_FILENO))
		return;
	fputc('\r', stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fprintf(stderr, " [%-*.*s] %3zu%%%s", (int)sizeof(bar) - 1, (int)filled, bar,
		done * 100 / size, done == size ? "\n" : "");
}

/* After the upload, while the daemon works; and when it has. */
static void show_working(const char *name, size_t size, bool works)
{
	if (size < PROGRESS_MIN || !isatty(STDERR_FILENO))
		return;
	if (!works) {
		fputs("\r\33[K", stderr);
		return;
	}
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fputs(": the daemon checks and applies it ...", stderr);
}

static int send_chunks(struct pa_ctl *ctl, const char *name, struct pa_bytes data)
{
	struct pa_admin_reply reply;

	for (size_t at = 0; at < data.len;) {
		size_t len =
			data.len - at < PA_ADMIN_CHUNK_MAX ? data.len - at : PA_ADMIN_CHUNK_MAX;
		int r;

		ctl->req.op = PA_ADMIN_CHUNK;
		ctl->req.data = (struct pa_bytes){ data.data + at, len };
		r = pa_ctl_ask(ctl, &reply);
		if (r)
			return r;
		at += len;
		show_progress(name, at, data.len);
	}
	return 0;
}

/* All of it, up to the commit. */
static int send_upload(struct pa_ctl *ctl, const char *name, struct pa_bytes data)
{
	struct pa_admin_reply begun;
	int r;

	ctl->req.op = PA_ADMIN_BEGIN;
	ctl->req.size = data.len;
	r = pa_ctl_ask(ctl, &begun);
	if (r == 0)
		r = send_chunks(ctl, name, data);
	ctl->req.op = PA_ADMIN_COMMIT;
	return r;
}

int pa_ctl_upload(
	struct pa_ctl *ctl, const char *name, struct pa_bytes data, struct pa_admin_reply *reply)
{
	struct pa_admin_request command = ctl->req;
	struct pa_output output = { .out = stdout, .json = ctl->json };
	int r;

	if (!reply) {
		r = pa_ctl_upload_and_print(ctl, name, data, &output);
		if (r == 0)
			pa_output_end(&output);
		return r;
	}
	r = send_upload(ctl, name, data);
	if (r == 0) {
		show_working(name, data.len, true);
		r = pa_ctl_exchange(ctl, reply);
		show_working(name, data.len, false);
		r = r ? r : report(reply);
	}
	if (r == PA_CTL_REFUSED)
		report_file(name, "was not taken");
	ctl->req = command;
	return r;
}

int pa_ctl_upload_and_print(
	struct pa_ctl *ctl, const char *name, struct pa_bytes data, struct pa_output *output)
{
	struct pa_admin_request command = ctl->req;
	int r = send_upload(ctl, name, data);

	if (r == 0)
		r = ask_pages(ctl, output);
	if (r == PA_CTL_REFUSED)
		report_file(name, "was not taken");
	ctl->req = command;
	return r;
}

int pa_ctl_read_file(const char *name, size_t max, struct pa_bytes *ret)
{
	int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	size_t size = 65536, len = 0;
	uint8_t *data = malloc(size);
	ssize_t n = -1;

	while (data && fd >= 0 && (n = read(fd, data + len, size - len)) > 0) {
		uint8_t *grown;

		len += (size_t)n;
		if (len < size && len <= max)
			continue;
		grown = len > max ? NULL : realloc(data, size * 2);
		if (!grown) {
			errno = len > max ? EFBIG : ENOMEM;
			n = -1;
			break;
		}
		data = grown;
		size *= 2;
	}
	if (n < 0 && errno == EFBIG) {
		char what[96];

		snprintf(what, sizeof(what),
			"has more than the %zu KiB that are taken; is it the right one?",
			max >> 10);
		report_file(name, what);
	} else if (n < 0) {
		report_file(name, pa_strerror(-errno));
	}
	if (fd > STDIN_FILENO)
		close(fd);
	if (n < 0) {
		free(data);
		return PA_CTL_USAGE;
	}
	*ret = (struct pa_bytes){ data, len };
	return 0;
}
