/* password import: htpasswd files and CSV in the daemon's form (daemon/admin/password_import.c) */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clients/ctl/args.h"
#include "clients/ctl/csv.h"
#include "clients/ctl/output.h"
#include "clients/ctl/password.h"

#define FAULT_MAX 128u /* of one, below the room that each line has; see import_file() */

enum column { MAC, SLOT, USER, PASSWORD, HASH, NOT_BEFORE, NOT_AFTER, COLUMNS };

static const char *const names[COLUMNS] = { "mac", "slot", "user", "password", "hash", "not-before",
	"not-after" };

struct import {
	const char *file;
	const char *scope, *name; /* of all lines; NULL: each names its device */
	const char *slot;         /* where a line names none */
	struct pa_ctl_list list;
	/* CSV: where each column stands, and the row that is being read */
	bool has_header, failed;
	size_t columns_len;
	enum column columns[COLUMNS];
	char cells[COLUMNS][PA_HASH_CELL_MAX];
	bool too_long; /* a cell of the row */
};

/* The file cannot be read on. */
static void fail(struct import *import, unsigned long line, const char *what)
{
	if (!import->failed) {
		fputs("polyauthctl: ", stderr);
		(void)pa_output_text(stderr, pa_bytes_str(import->file));
		fprintf(stderr, ":%lu: %s\n", line, what);
	}
	import->failed = true;
}

/* Nobody else may read it, nor have had the time to. 0 or PA_CTL_USAGE; says why. Wipe and free. */
static int read_private(const char *name, struct pa_bytes *ret)
{
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const char *why = NULL;
	struct stat st = { 0 };
	uint8_t *data = NULL;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) != 0)
		why = pa_strerror(-errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is no regular file";
	else if ((st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & 077))
		why = "passwords must be in a file of yours that nobody else can read: chmod 0600";
	else if (st.st_size > (off_t)PA_PASSWORD_FILE_MAX)
		why = "it has more than 16 MiB: is it the right one?";
	if (!why)
		data = malloc((size_t)st.st_size + 1);
	while (data && n > 0 && len < (size_t)st.st_size) {
		n = read(fd, data + len, (size_t)st.st_size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!why && (!data || n < 0))
		why = pa_strerror(data ? -errno : -ENOMEM);
	if (fd >= 0)
		close(fd);
	*ret = (struct pa_bytes){ data, len };
	if (!why)
		return 0;
	free(data);
	*ret = (struct pa_bytes){ NULL, 0 };
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fprintf(stderr, ": %s\n", why);
	return PA_CTL_USAGE;
}

int pa_ctl_password_line(struct pa_ctl_list *list, const struct pa_ctl_password_row *row)
{
	char line[24], before[24], after[24];
	struct pa_bytes fields[9];

	snprintf(line, sizeof(line), "%lu", row->line);
	snprintf(before, sizeof(before), "%lld", (long long)row->not_before_s);
	snprintf(after, sizeof(after), "%lld", (long long)row->not_after_s);
	fields[0] = pa_bytes_str(line);
	fields[1] = pa_bytes_str(row->scope);
	fields[2] = row->name;
	fields[3] = row->slot;
	fields[4] = row->user;
	fields[5] = pa_bytes_str(row->is_hash ? "hash" : "password");
	fields[6] = row->value;
	fields[7] = pa_bytes_str(before);
	fields[8] = pa_bytes_str(after);
	return pa_ctl_list_line(list, fields, sizeof(fields) / sizeof(*fields));
}

int pa_ctl_password_fault(struct pa_ctl_list *list, unsigned long line, const char *what)
{
	char number[24], marked[FAULT_MAX];
	struct pa_bytes fields[2];

	snprintf(number, sizeof(number), "%lu", line);
	snprintf(marked, sizeof(marked), "!%s", what);
	fields[0] = pa_bytes_str(number);
	fields[1] = pa_bytes_str(marked);
	return pa_ctl_list_line(list, fields, 2);
}

int pa_ctl_password_room(struct pa_ctl_list *list, size_t size)
{
	list->data = malloc(size);
	list->room = list->data ? size : 0;
	if (list->data)
		return 0;
	fputs("polyauthctl: out of memory\n", stderr);
	return PA_CTL_REFUSED;
}

void pa_ctl_password_finish(struct pa_ctl_list *list)
{
	if (list->data)
		explicit_bzero(list->data, list->room);
	free(list->data);
	*list = (struct pa_ctl_list){ .data = NULL };
}

static void fault(struct import *import, unsigned long line, const char *what)
{
	if (pa_ctl_password_fault(&import->list, line, what) != 0)
		import->failed = true;
}

/* --- htpasswd --- */

/* USER:HASH. The user is a device, or one of a common account. */
static void take_htpasswd(struct import *import, unsigned long line, struct pa_bytes text)
{
	const uint8_t *colon = text.len ? memchr(text.data, ':', text.len) : NULL;
	struct pa_ctl_password_row row = { .line = line, .is_hash = true };

	if (!colon) {
		fault(import, line, "a line is USER:HASH");
		return;
	}
	row.user = (struct pa_bytes){ text.data, (size_t)(colon - text.data) };
	row.value = (struct pa_bytes){ colon + 1, text.len - row.user.len - 1 };
	row.scope = import->scope ? import->scope : "device";
	row.name = import->scope ? pa_bytes_str(import->name) : row.user;
	row.slot = import->scope ? row.user : pa_bytes_str(import->slot);
	if (pa_ctl_password_line(&import->list, &row) != 0)
		import->failed = true;
}

static void read_htpasswd(struct import *import, struct pa_bytes text)
{
	unsigned long number = 0;
	struct pa_bytes line;

	while (!import->failed && pa_lines_next(&text, &line)) {
		number++;
		if (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		if (line.len && line.data[0] != '#')
			take_htpasswd(import, number, line);
	}
}

/* --- CSV --- */

/*
 * A cell that names no column, or one once more. It is not shown: where the names are left out, it
 * may be a password.
 */
static void fail_head(struct import *import, unsigned long line, struct pa_bytes text)
{
	char what[256];

	snprintf(what, sizeof(what),
		"its cell %zu is none of them: the first line names the columns, each once: mac, "
		"slot, user, password, hash, not-before, not-after%s",
		import->columns_len + 1,
		pa_bytes_has(text, ';') ? "; commas are expected between them, no semicolons" : "");
	fail(import, line, what);
}

static void head_cell(struct import *import, unsigned long line, struct pa_bytes text)
{
	size_t i = 0;

	while (i < COLUMNS && !pa_bytes_eq_str(text, names[i]))
		i++;
	for (size_t k = 0; k < import->columns_len; k++) {
		if (import->columns[k] == i)
			i = COLUMNS;
	}
	if (i == COLUMNS)
		fail_head(import, line, text);
	else
		import->columns[import->columns_len++] = (enum column)i;
}

static void take_cell(void *arg, unsigned long line, size_t at, struct pa_bytes text)
{
	struct import *import = arg;

	if (import->failed)
		return;
	if (!import->has_header) {
		head_cell(import, line, text);
	} else if (at < import->columns_len) {
		char *cell = import->cells[import->columns[at]];

		if (text.len >= PA_HASH_CELL_MAX || pa_bytes_has(text, 0))
			import->too_long = true;
		else
			pa_bytes_copy(cell, PA_HASH_CELL_MAX, text);
	}
}

static int take_time(struct import *import, unsigned long line, const char *text, int64_t *ret)
{
	if (!text[0] || pa_args_time(text, time(NULL), ret) == 0)
		return 0;
	fault(import, line, "a time is 2026-01-31, 2026-01-31T12:00:00Z, or seconds since 1970");
	return 1;
}

static void add_row(struct import *import, unsigned long line)
{
	char(*cells)[PA_HASH_CELL_MAX] = import->cells;
	struct pa_ctl_password_row row = { .line = line, .is_hash = cells[HASH][0] };

	if (import->too_long) {
		fault(import, line, "a cell has more than 256 bytes, or a NUL");
		return;
	}
	if (!cells[HASH][0] == !cells[PASSWORD][0]) {
		fault(import, line,
			cells[HASH][0] ? "it has both a password and a hash"
				       : "it has neither a password nor a hash");
		return;
	}
	if (!cells[MAC][0] == !import->scope) {
		fault(import, line,
			"whose is it? a mac in each row, or --group or --realm for all");
		return;
	}
	if (take_time(import, line, cells[NOT_BEFORE], &row.not_before_s) ||
		take_time(import, line, cells[NOT_AFTER], &row.not_after_s))
		return;
	row.scope = import->scope ? import->scope : "device";
	row.name = pa_bytes_str(import->scope ? import->name : cells[MAC]);
	row.slot = pa_bytes_str(cells[SLOT][0] ? cells[SLOT] : import->slot);
	row.user = pa_bytes_str(cells[USER]);
	row.value = pa_bytes_str(row.is_hash ? cells[HASH] : cells[PASSWORD]);
	if (pa_ctl_password_line(&import->list, &row) != 0)
		import->failed = true;
}

static void take_row(void *arg, unsigned long line, size_t cells)
{
	struct import *import = arg;

	if (import->failed)
		return;
	if (!import->has_header)
		import->has_header = true;
	else if (cells != import->columns_len)
		fault(import, line, "it has more or fewer cells than the first line");
	else
		add_row(import, line);
	import->too_long = false;
	memset(import->cells, 0, sizeof(import->cells));
}

static bool stops(void *arg)
{
	return ((const struct import *)arg)->failed;
}

static void read_csv(struct import *import, struct pa_bytes text)
{
	const struct pa_csv_reader reader = { import, take_cell, take_row, stops };
	unsigned long line;
	const char *why;

	if (pa_csv_read(&reader, text, &line, &why) != 0)
		fail(import, line, why);
}

/* --- the command --- */

int pa_ctl_password_send(struct pa_ctl *ctl, const char *name, const struct pa_ctl_list *list,
	struct pa_admin_reply *reply)
{
	char file[200];
	int r;

	pa_ctl_plain_name(name, file);
	r = pa_ctl_arg(ctl, "file", pa_bytes_str(file));
	return r ? r : pa_ctl_upload(ctl, name, (struct pa_bytes){ list->data, list->len }, reply);
}

static int import_file(struct pa_ctl *ctl, struct import *import, bool is_csv)
{
	struct pa_bytes text;
	int r = read_private(import->file, &text);

	if (r)
		return r;
	/* escaped at most four times as long, and what each line gets besides */
	r = pa_ctl_password_room(
		&import->list, 4 * text.len + (text.len / 2 + 1) * FAULT_MAX + 4 * FAULT_MAX);
	if (r == 0 && is_csv)
		read_csv(import, text);
	else if (r == 0)
		read_htpasswd(import, text);
	if (text.data)
		explicit_bzero((void *)(uintptr_t)text.data, text.len);
	free((void *)(uintptr_t)text.data);
	if (r == 0 && import->failed) {
		fputs("polyauthctl: nothing was changed\n", stderr);
		r = PA_CTL_REFUSED;
	}
	return r ? r : pa_ctl_password_send(ctl, import->file, &import->list, NULL);
}

int pa_ctl_password_import(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const char *format = pa_ctl_option("format"), *slot = pa_ctl_option("slot");
	struct import *import;
	int r;

	if (!operands[0] || operands[1]) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	if (!format || (strcmp(format, "csv") != 0 && strcmp(format, "htpasswd") != 0)) {
		fputs("polyauthctl: --format: htpasswd or csv\n", stderr);
		return PA_CTL_USAGE;
	}
	if (pa_ctl_option("group") && pa_ctl_option("realm")) {
		fputs("polyauthctl: --group or --realm, not both\n", stderr);
		return PA_CTL_USAGE;
	}
	import = calloc(1, sizeof(*import));
	if (!import)
		return PA_CTL_REFUSED;
	import->file = operands[0];
	import->scope = pa_ctl_option("group") ? "group" : pa_ctl_option("realm") ? "realm" : NULL;
	import->name = import->scope ? pa_ctl_option(import->scope) : NULL;
	import->slot = slot ? slot : "imported";
	if (pa_ctl_option("dry-run"))
		ctl->req.command = PA_BYTES_LIT("password.preview");
	r = import_file(ctl, import, strcmp(format, "csv") == 0);
	pa_ctl_password_finish(&import->list);
	explicit_bzero(import, sizeof(*import));
	free(import);
	return r;
}
