/* device import, device export */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/ctl/device_list.h"
#include "clients/ctl/output.h"

/* Of a file: its lines may be shorter in the daemon's form, not by so much. */
#define FILE_MAX ((size_t)4 * PA_ADMIN_UPLOAD_MAX)

static int usage(const char *what)
{
	fprintf(stderr, "polyauthctl: %s\n", what);
	return PA_CTL_USAGE;
}

/* "csv", "json", or what the text looks like. 0 or PA_CTL_USAGE. */
static int is_json(struct pa_bytes text, bool *ret)
{
	const char *format = pa_ctl_option("format");
	size_t i = 0;

	while (i < text.len &&
		(text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r')))
		i++;
	*ret = format ? strcmp(format, "json") == 0
		      : i < text.len && (text.data[i] == '[' || text.data[i] == '{');
	if (format && !*ret && strcmp(format, "csv") != 0)
		return usage("--format: csv or json");
	return 0;
}

/* --- import --- */

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, size_t column)
{
	return reply->cells[row * reply->columns_len + column];
}

enum column { CHANGE, COUNT, MAC, WHAT, ANSWER_COLUMNS };

static void print_json(const struct pa_admin_reply *reply, size_t counts)
{
	putchar('{');
	for (size_t i = 0; i < counts; i++) {
		fputs(i ? ", " : "", stdout);
		pa_output_json(stdout, cell(reply, i, CHANGE));
		printf(": %.*s", (int)cell(reply, i, COUNT).len, cell(reply, i, COUNT).data);
	}
	fputs(", \"rows\": [", stdout);
	for (size_t i = counts; i < reply->rows_len; i++) {
		fputs(i > counts ? ",\n  {\"mac\": " : "\n  {\"mac\": ", stdout);
		pa_output_json(stdout, cell(reply, i, MAC));
		fputs(", \"change\": ", stdout);
		pa_output_json(stdout, cell(reply, i, CHANGE));
		fputs(", \"what\": ", stdout);
		pa_output_json(stdout, cell(reply, i, WHAT));
		putchar('}');
	}
	puts("]}");
}

static void print_people(const struct pa_admin_reply *reply, size_t counts, uint64_t all)
{
	for (size_t i = 0; i < counts; i++)
		printf("%-9.*s  %.*s\n", (int)cell(reply, i, CHANGE).len,
			cell(reply, i, CHANGE).data, (int)cell(reply, i, COUNT).len,
			cell(reply, i, COUNT).data);
	for (size_t i = counts; i < reply->rows_len; i++) {
		printf("%s%-7.*s  ", i == counts ? "\n" : "", (int)cell(reply, i, CHANGE).len,
			cell(reply, i, CHANGE).data);
		(void)pa_output_text(stdout, cell(reply, i, MAC));
		fputs("  ", stdout);
		(void)pa_output_text(stdout, cell(reply, i, WHAT));
		putchar('\n');
	}
	if (pa_ctl_option("dry-run") && all > reply->rows_len - counts)
		printf("and %llu more\n", (unsigned long long)(all - (reply->rows_len - counts)));
}

/* The counts come first, without a device; what would change below them. */
static int print_answer(const struct pa_ctl *ctl, const struct pa_admin_reply *reply)
{
	size_t counts = 0;
	uint64_t all = 0;
	char digits[24];

	if (reply->columns_len != ANSWER_COLUMNS) {
		fputs("polyauthctl: the daemon's answer is none to an import\n", stderr);
		return PA_CTL_UNREACHABLE;
	}
	for (; counts < reply->rows_len && !cell(reply, counts, MAC).len; counts++) {
		pa_bytes_copy(digits, sizeof(digits), cell(reply, counts, COUNT));
		if (!pa_bytes_eq_str(cell(reply, counts, CHANGE), "unchanged"))
			all += strtoull(digits, NULL, 10);
	}
	if (ctl->json)
		print_json(reply, counts);
	else
		print_people(reply, counts, all);
	return PA_CTL_OK;
}

static int send_list(struct pa_ctl *ctl, const struct pa_device_list *list)
{
	char columns[64] = "", file[200];
	struct pa_admin_reply reply;
	int r;

	for (size_t i = 0; i < list->columns_len; i++) {
		size_t len = strlen(columns);

		snprintf(columns + len, sizeof(columns) - len, "%s%s", i ? " " : "",
			pa_device_columns[list->columns[i]]);
	}
	pa_ctl_plain_name(list->file, file);
	r = pa_ctl_arg(ctl, "columns", pa_bytes_str(columns));
	if (r == 0)
		r = pa_ctl_arg(ctl, "file", pa_bytes_str(file));
	if (r == 0)
		r = pa_ctl_upload(
			ctl, list->file, (struct pa_bytes){ list->data, list->len }, &reply);
	return r ? r : print_answer(ctl, &reply);
}

int pa_ctl_device_import(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct pa_device_list list = { .file = operands[0] };
	struct pa_bytes text;
	bool json;
	int r;

	if (!operands[0] || operands[1]) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	if (pa_ctl_option("dry-run"))
		ctl->req.command = PA_BYTES_LIT("device.preview");
	r = pa_ctl_read_file(operands[0], FILE_MAX, &text);
	if (r)
		return r;
	r = is_json(text, &json);
	if (r == 0)
		r = json ? pa_device_list_json(&list, text) : pa_device_list_csv(&list, text);
	free((void *)(uintptr_t)text.data);
	if (r == 0 && !list.len) {
		pa_device_list_fail(&list, 1, "there is no device in it: is it the right file?");
		r = PA_CTL_REFUSED;
	}
	if (r == 0)
		r = send_list(ctl, &list);
	pa_device_list_finish(&list);
	return r;
}

/* --- export --- */

struct export
{
	bool json, started;
};

/* A field of the daemon's form; buffer has room for it. 0, or 1. */
static int read_field(struct pa_bytes *line, uint8_t *buffer, size_t size, struct pa_bytes *ret)
{
	struct pa_bytes field;
	size_t len;

	if (!pa_lines_field(line, &field) || pa_lines_unescape(field, buffer, size, &len) != 0)
		return 1;
	*ret = (struct pa_bytes){ buffer, len };
	return 0;
}

static int put_piece(struct export *export, struct pa_bytes piece)
{
	uint8_t buffers[PA_COLUMNS][512];
	struct pa_bytes cells[PA_COLUMNS], line;

	while (pa_lines_next(&piece, &line)) {
		for (size_t i = 0; i < PA_COLUMNS; i++) {
			if (read_field(&line, buffers[i], sizeof(buffers[i]), &cells[i]) != 0)
				return 1;
		}
		if (export->json)
			pa_device_list_put_json(cells, !export->started);
		else
			pa_device_list_put_csv(cells);
		export->started = true;
	}
	return 0;
}

static int put_pieces(struct pa_ctl *ctl, struct export *export)
{
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	uint64_t revision = 0;
	bool moved = false;
	char after[32];
	int r;

	do {
		r = pa_ctl_ask(ctl, &reply);
		if (r)
			return r;
		if (reply.columns_len != 1 || reply.rows_len != 1 ||
			put_piece(export, reply.cells[0]) != 0) {
			fputs("polyauthctl: the daemon's answer is no list of devices\n", stderr);
			return PA_CTL_UNREACHABLE;
		}
		moved |= revision && revision != reply.revision;
		revision = reply.revision;
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = args_len;
		if (after[0])
			r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
	} while (r == 0 && after[0] && !ferror(stdout));
	if (moved)
		fputs("polyauthctl: the store changed meanwhile: the list may be of neither before "
		      "nor after\n",
			stderr);
	return r;
}

int pa_ctl_device_export(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct export export = { .json = ctl->json };
	const char *format = pa_ctl_option("format");
	int r;

	if (operands[0]) {
		fprintf(stderr, "usage: polyauthctl %s\n", command->words);
		return PA_CTL_USAGE;
	}
	if (format) {
		export.json = strcmp(format, "json") == 0;
		if (!export.json && strcmp(format, "csv") != 0)
			return usage("--format: csv or json");
	}
	if (!export.json)
		fputs("mac,state,group,expires,comment,ticket\r\n", stdout);
	r = put_pieces(ctl, &export);
	if (r == 0 && export.json)
		fputs(export.started ? "\n]\n" : "[]\n", stdout);
	return r;
}
