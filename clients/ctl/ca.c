/*
 * ca add: files to the daemon; for anchors, what it makes of them is shown and asked for first.
 * ca remove: what hangs on it is shown and asked for first.
 */
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/ctl/args.h"
#include "clients/ctl/confirm.h"
#include "clients/ctl/output.h"
#include "clients/ctl/password.h"

/* All are read before the first is sent: what was shown is what is stored. */
struct files {
	const char *const *names;
	struct pa_bytes data[PA_CTL_OPERANDS_MAX];
	size_t len;
};

static int read_all(struct files *files)
{
	int r = 0;

	for (; r == 0 && files->names[files->len]; files->len += r == 0)
		r = pa_ctl_read_file(
			files->names[files->len], PA_CA_FILE_MAX, &files->data[files->len]);
	return r;
}

static void drop_all(struct files *files)
{
	while (files->len)
		free((void *)(uintptr_t)files->data[--files->len].data);
}

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	for (size_t c = 0; c < reply->columns_len; c++) {
		if (pa_bytes_eq_str(reply->columns[c], column))
			return reply->cells[row * reply->columns_len + c];
	}
	return (struct pa_bytes){ NULL, 0 };
}

static void show_time(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	char digits[24], text[32];

	pa_bytes_copy(digits, sizeof(digits), cell(reply, row, column));
	pa_output_time(strtoll(digits, NULL, 10), text, sizeof(text));
	fputs(text, stderr);
}

/* As vendors print it: pairs with colons, in upper case. */
static void show_fingerprint(struct pa_bytes digits)
{
	for (size_t i = 0; i < digits.len; i++)
		fprintf(stderr, "%s%c", i && i % 2 == 0 ? ":" : "", toupper(digits.data[i]));
}

static void show(const char *name, const struct pa_admin_reply *reply)
{
	for (size_t row = 0; row < reply->rows_len; row++) {
		struct pa_bytes doubts = cell(reply, row, "doubts");

		(void)pa_output_text(stderr, pa_bytes_str(name));
		fputs("\n  subject  ", stderr);
		(void)pa_output_text(stderr, cell(reply, row, "subject"));
		fputs("\n  valid    ", stderr);
		show_time(reply, row, "not-before");
		fputs(" to ", stderr);
		show_time(reply, row, "not-after");
		fputs("\n  SHA-256  ", stderr);
		show_fingerprint(cell(reply, row, "sha256"));
		if (doubts.len) {
			fputs("\n  BUT      ", stderr);
			(void)pa_output_text(stderr, doubts);
		}
		fputc('\n', stderr);
	}
}

/* The daemon tells what it would store, and stores nothing. */
static int show_all(struct pa_ctl *ctl, const struct files *files)
{
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	int r = pa_ctl_arg(ctl, "dry-run", PA_BYTES_LIT("yes"));

	for (size_t i = 0; r == 0 && i < files->len; i++) {
		r = pa_ctl_upload(ctl, files->names[i], files->data[i], &reply);
		if (r == 0)
			show(files->names[i], &reply);
	}
	ctl->req.args_len = args_len;
	return r;
}

/* A fingerprint is compared by a human, or with --sha256, before an anchor is trusted. */
static int confirm(struct pa_ctl *ctl, const struct files *files)
{
	int r = show_all(ctl, files);

	if (r)
		return r;
	if (pa_confirm("Are these the fingerprints that the vendor publishes?"))
		return 0;
	fputs("polyauthctl: nothing was added\n", stderr);
	return PA_CTL_REFUSED;
}

static int add_all(struct pa_ctl *ctl, struct files *files, bool ask)
{
	struct pa_output output = { .out = stdout, .json = ctl->json };
	int r = read_all(files);

	if (r == 0 && ask)
		r = confirm(ctl, files);
	for (size_t i = 0; r == 0 && i < files->len; i++)
		r = pa_ctl_upload_and_print(ctl, files->names[i], files->data[i], &output);
	pa_output_end_several(&output);
	drop_all(files);
	return r;
}

/* In pairs with colons or without them: the daemon compares them. */
static bool is_fingerprint(const char *text)
{
	size_t digits = 0;

	for (; *text; text++) {
		if (isxdigit((unsigned char)*text))
			digits++;
		else if (*text != ':')
			return false;
	}
	return digits == 64;
}

int pa_ctl_ca_add(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct files files = { .names = (const char *const *)operands };
	bool anchor = pa_ctl_option("anchor") != NULL;
	const char *sha256 = pa_ctl_option("sha256");
	bool ask = anchor && !sha256 && !pa_ctl_option("yes") && !pa_ctl_option("dry-run");
	int r;

	(void)command;
	if (anchor == (pa_ctl_option("intermediate") != NULL) || !*operands) {
		fputs("polyauthctl: ca add --anchor FILE... or ca add --intermediate FILE...\n",
			stderr);
		return PA_CTL_USAGE;
	}
	/* refused before the first of them is stored */
	if (sha256 && operands[1]) {
		fputs("polyauthctl: --sha256 is the fingerprint of one certificate\n", stderr);
		return PA_CTL_USAGE;
	}
	if (sha256 && !is_fingerprint(sha256)) {
		fputs("polyauthctl: --sha256: a fingerprint has 64 hex digits, with or without "
		      "colons\n",
			stderr);
		return PA_CTL_USAGE;
	}
	if (ask && !isatty(STDIN_FILENO)) {
		fputs("polyauthctl: nobody is there to confirm the fingerprints: give --yes or "
		      "--sha256\n",
			stderr);
		return PA_CTL_USAGE;
	}
	r = pa_ctl_arg(ctl, "kind", pa_bytes_str(anchor ? "anchor" : "intermediate"));
	if (r == 0 && sha256)
		r = pa_ctl_arg(ctl, "sha256", pa_bytes_str(sha256));
	return r ? r : add_all(ctl, &files, ask);
}

/* --- ca remove --- */

static const char consequence[] =
	"Every certificate whose chain leads through it is denied from then on, until it is added\n"
	"again.\n";
static const char last_anchor[] =
	"IT IS THE LAST ANCHOR: without one, every certificate is denied, as trust-missing.\n";

/* Show what is about to go; sha256: all its digits. 0, or how to end. */
static int show_doomed(struct pa_ctl *ctl, char *sha256, size_t size)
{
	struct pa_output output = { .out = stdout };
	const size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	int r = pa_ctl_arg(ctl, "dry-run", PA_BYTES_LIT("yes"));

	if (r == 0)
		r = pa_ctl_ask(ctl, &reply);
	ctl->req.args_len = args_len;
	if (r)
		return r;
	pa_output_page(&output, &reply);
	pa_output_end(&output);
	pa_bytes_copy(sha256, size, pa_ctl_record(&reply, "sha256"));
	fputs(consequence, stderr);
	if (pa_bytes_eq_str(pa_ctl_record(&reply, "kind"), "anchor") &&
		!pa_ctl_record_int(&reply, "anchors-left"))
		fputs(last_anchor, stderr);
	return 0;
}

static int confirm_removal(struct pa_ctl *ctl, char *sha256, size_t size)
{
	int r;

	if (!pa_confirm_possible(consequence))
		return PA_CTL_USAGE;
	r = show_doomed(ctl, sha256, size);
	if (r)
		return r;
	if (pa_confirm("Remove it?"))
		return 0;
	fputs("polyauthctl: nothing was removed\n", stderr);
	return PA_CTL_REFUSED;
}

/* What was shown is what goes, whatever else begins with the digits that were typed. */
int pa_ctl_ca_remove(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const size_t args_len = ctl->req.args_len;
	char sha256[2 * 32 + 1] = "";
	int r;

	if (!operands[0] || operands[1]) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	r = pa_ctl_arg(ctl, "sha256", pa_bytes_str(operands[0]));
	if (r == 0 && !pa_ctl_option("yes")) {
		r = confirm_removal(ctl, sha256, sizeof(sha256));
		ctl->req.args_len = args_len;
		if (r == 0)
			r = pa_ctl_arg(ctl, "sha256", pa_bytes_str(sha256));
	}
	return r ? r : pa_ctl_ask_and_print(ctl);
}
