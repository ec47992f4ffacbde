/* crl import, crl export, crl remove, crl test */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/ctl/confirm.h"
#include "clients/ctl/ctl.h"
#include "clients/ctl/output.h"

static int usage(const struct pa_ctl_command *command)
{
	fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
	return PA_CTL_USAGE;
}

/* --- crl import --- */

/* A file is opened once and read once: what is verified is what comes into force. */
static int import_file(struct pa_ctl *ctl, const char *name, struct pa_output *output)
{
	struct pa_bytes data;
	int r = pa_ctl_read_file(name, PA_CRL_FILE_MAX, &data);

	if (r)
		return r;
	r = pa_ctl_upload_and_print(ctl, name, data, output);
	free((void *)(uintptr_t)data.data);
	return r;
}

static void report_file(const char *name, const char *what)
{
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fprintf(stderr, ": %s\n", what);
}

/* No daemon is worse than a CRL that it refuses, and that than a file that cannot be read. */
static int worse(int a, int b)
{
	if (a == PA_CTL_UNREACHABLE || b == PA_CTL_UNREACHABLE)
		return PA_CTL_UNREACHABLE;
	return a > b ? a : b;
}

static int is_file_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* What is there, and no regular file: not to be opened, a pipe would wait for who writes to it. */
static bool is_skipped(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return false;
	report_file(path, S_ISDIR(st.st_mode) ? "a directory in a directory: skipped"
					      : "no regular file: skipped");
	return true;
}

/* An empty one is another than was meant: who imports by the clock would never hear of it. */
static int import_directory(struct pa_ctl *ctl, const char *dir, struct pa_output *output)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_file_name, alphasort), r = 0;
	char path[4096];
	bool any = false;

	if (n < 0) {
		report_file(dir, pa_strerror(-errno));
		return PA_CTL_USAGE;
	}
	for (int i = 0; i < n; i++) {
		/* a bad one must not keep the others from coming into force */
		if (r != PA_CTL_UNREACHABLE &&
			snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) <
				(int)sizeof(path) &&
			!is_skipped(path)) {
			r = worse(r, import_file(ctl, path, output));
			any = true;
		}
		free(entries[i]);
	}
	free(entries);
	if (any)
		return r;
	report_file(dir, "no CRL in it: is it the right directory?");
	return PA_CTL_USAGE;
}

int pa_ctl_crl_import(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	static const char *const flags[] = { "allow-rollback", "allow-shrink" };
	struct pa_output output = { .out = stdout, .json = ctl->json };
	int r = *operands ? 0 : usage(command);

	if (pa_ctl_option("dry-run"))
		ctl->req.command = PA_BYTES_LIT("crl.preview");
	for (size_t i = 0; r == 0 && i < sizeof(flags) / sizeof(*flags); i++) {
		if (pa_ctl_option(flags[i]))
			r = pa_ctl_arg(ctl, flags[i], PA_BYTES_LIT("yes"));
	}
	if (r)
		return r;
	for (; *operands && r != PA_CTL_UNREACHABLE; operands++) {
		struct stat st;

		if (stat(*operands, &st) == 0 && S_ISDIR(st.st_mode))
			r = worse(r, import_directory(ctl, *operands, &output));
		else
			r = worse(r, import_file(ctl, *operands, &output));
	}
	pa_output_end_several(&output);
	return r;
}

/* --- crl export --- */

struct export
{
	uint8_t *data;
	size_t len, room;
};

static int append(struct export *export, struct pa_bytes piece)
{
	uint8_t *grown;

	if (piece.len > export->room - export->len) {
		size_t room = export->room ? export->room * 2 : 4 * PA_ADMIN_CHUNK_MAX;

		grown = piece.len <= PA_FRAME_MAX && room <= 2 * (size_t)PA_CRL_FILE_MAX
				? realloc(export->data, room)
				: NULL;
		if (!grown) {
			fputs("polyauthctl: the CRL is too large\n", stderr);
			return PA_CTL_REFUSED;
		}
		export->data = grown;
		export->room = room;
	}
	if (piece.len)
		memcpy(export->data + export->len, piece.data, piece.len);
	export->len += piece.len;
	return 0;
}

/* Piece after piece; the daemon says if they are not of one CRL. */
static int collect(struct pa_ctl *ctl, struct export *export)
{
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	char after[256];
	int r;

	for (;;) {
		r = pa_ctl_ask(ctl, &reply);
		if (r)
			return r;
		if (reply.columns_len != 1 || reply.rows_len != 1 || !reply.cells[0].len) {
			fputs("polyauthctl: the daemon's answer holds no CRL\n", stderr);
			return PA_CTL_UNREACHABLE;
		}
		r = append(export, reply.cells[0]);
		if (r || !reply.next.len)
			return r;
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = args_len;
		r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
		if (r)
			return r;
	}
}

#define LINE_OCTETS 48u /* 64 digits */

static void put_pem(FILE *out, struct pa_bytes der)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	fputs("-----BEGIN X509 CRL-----\n", out);
	for (size_t at = 0; at < der.len; at += 3) {
		size_t left = der.len - at;
		unsigned bits = (unsigned)der.data[at] << 16;

		if (left > 1)
			bits |= (unsigned)der.data[at + 1] << 8;
		if (left > 2)
			bits |= der.data[at + 2];
		fputc(digits[bits >> 18 & 63], out);
		fputc(digits[bits >> 12 & 63], out);
		fputc(left > 1 ? digits[bits >> 6 & 63] : '=', out);
		fputc(left > 2 ? digits[bits & 63] : '=', out);
		if (left <= 3 || (at + 3) % LINE_OCTETS == 0)
			fputc('\n', out);
	}
	fputs("-----END X509 CRL-----\n", out);
}

/* Nothing is written before all of it is there. */
int pa_ctl_crl_export(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	bool pem = pa_ctl_option("pem") != NULL;
	struct export export = { NULL, 0, 0 };
	int r;

	if (!operands[0] || operands[1])
		return usage(command);
	if (!pem && isatty(STDOUT_FILENO)) {
		fputs("polyauthctl: DER is nothing for a terminal: give --pem, or redirect it\n",
			stderr);
		return PA_CTL_USAGE;
	}
	r = pa_ctl_arg(ctl, "id", pa_bytes_str(operands[0]));
	if (r == 0)
		r = collect(ctl, &export);
	if (r == 0 && pem)
		put_pem(stdout, (struct pa_bytes){ export.data, export.len });
	else if (r == 0)
		(void)fwrite(export.data, 1, export.len, stdout);
	free(export.data);
	return r;
}

/* --- crl remove --- */

static const char consequence[] =
	"With a CRL go its number and all serials that it ever revoked, also those that it no\n"
	"longer lists: what it denies is denied as crl-missing until another CRL of the issuer\n"
	"is imported, or allowed at once where a realm says `crl missing ignore`.\n";

/* Show what is about to go, and note which one that is. 0, or how to end. */
static int show_doomed(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char *sha256, size_t size)
{
	struct pa_output output = { .out = stdout };
	struct pa_admin_reply reply;
	int r;

	ctl->req.command = PA_BYTES_LIT("crl.show");
	r = pa_ctl_ask(ctl, &reply);
	ctl->req.command = pa_bytes_str(command->remote);
	if (r)
		return r;
	pa_output_page(&output, &reply);
	pa_output_end(&output);
	for (size_t row = 0; reply.columns_len == 2 && row < reply.rows_len; row++) {
		if (pa_bytes_eq_str(reply.cells[2 * row], "sha256"))
			pa_bytes_copy(sha256, size, reply.cells[2 * row + 1]);
	}
	return pa_ctl_arg(ctl, "sha256", pa_bytes_str(sha256));
}

/* What is about to go, then the question. 0, or how to end. */
static int confirm(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char *sha256, size_t size)
{
	int r;

	if (pa_ctl_option("yes"))
		return 0;
	if (!pa_confirm_possible(consequence))
		return PA_CTL_USAGE;
	r = show_doomed(ctl, command, sha256, size);
	if (r)
		return r;
	fputs(consequence, stderr);
	if (!pa_confirm("Remove it?")) {
		fputs("polyauthctl: nothing was removed; its revoked serials stay revoked\n",
			stderr);
		return PA_CTL_REFUSED;
	}
	return 0;
}

int pa_ctl_crl_remove(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	char sha256[2 * 32 + 1] = "";
	int r;

	if (!operands[0] || operands[1])
		return usage(command);
	r = pa_ctl_arg(ctl, "id", pa_bytes_str(operands[0]));
	if (r == 0)
		r = confirm(ctl, command, sha256, sizeof(sha256));
	return r ? r : pa_ctl_ask_and_print(ctl);
}

/* --- crl test --- */

static bool is_revoked(const struct pa_admin_reply *reply)
{
	for (size_t c = 0; c < reply->columns_len; c++) {
		if (!pa_bytes_eq_str(reply->columns[c], "result"))
			continue;
		for (size_t r = 0; r < reply->rows_len; r++) {
			if (pa_bytes_eq_str(reply->cells[r * reply->columns_len + c], "revoked"))
				return true;
		}
		return false;
	}
	return true; /* an answer that says nothing must not pass for a good one */
}

int pa_ctl_crl_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct pa_output output = { .out = stdout, .json = ctl->json };
	struct pa_admin_reply reply;
	struct pa_bytes data;
	int r;

	if (!operands[0] || operands[1])
		return usage(command);
	r = pa_ctl_read_file(operands[0], PA_CERT_FILE_MAX, &data);
	if (r)
		return r;
	r = pa_ctl_upload(ctl, operands[0], data, &reply);
	if (r == 0) {
		pa_output_page(&output, &reply);
		pa_output_end(&output);
		r = is_revoked(&reply) ? PA_CTL_DENIED : PA_CTL_OK;
	}
	free((void *)(uintptr_t)data.data);
	return r;
}
