/* password generate: a password of its own for each device of a group or a list */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clients/ctl/csv.h"
#include "clients/ctl/output.h"
#include "clients/ctl/password.h"
#include "clients/ctl/secret.h"
#include "proto/mac.h"

#define ROWS_MAX  100000u
#define ROW_BYTES 512u /* of an uploaded line, more than it can have */

struct row {
	unsigned long line; /* 0: of no file */
	struct pa_mac mac;
	char password[PA_SECRET_MADE_LEN + 1];
};

struct generate {
	char source[PA_CTL_NAME_MAX]; /* --devices FILE, or the group; for messages */
	const char *user;             /* NULL: its MAC */
	char slot[PA_NAME_MAX + 1];
	size_t len;
	struct row *rows; /* ROWS_MAX */
	bool has_header, failed;
	size_t mac_at;
};

static void fail(struct generate *g, unsigned long line, const char *what)
{
	if (!g->failed) {
		fputs("polyauthctl: ", stderr);
		(void)pa_output_text(stderr, pa_bytes_str(g->source));
		if (line)
			fprintf(stderr, ":%lu", line);
		fprintf(stderr, ": %s\n", what);
	}
	g->failed = true;
}

static void add_device(struct generate *g, unsigned long line, struct pa_bytes text)
{
	struct pa_mac mac;

	if (pa_mac_parse_separated(text, &mac) != 0 || !pa_mac_is_device(mac))
		fail(g, line, "that is no MAC address of a device");
	else if (g->len == ROWS_MAX)
		fail(g, line, "more than 100000 devices: take them in parts");
	else
		g->rows[g->len++] = (struct row){ .line = line, .mac = mac };
}

/* --- which devices --- */

static int list_group(struct pa_ctl *ctl, struct generate *g, const char *group)
{
	struct pa_admin_reply reply;
	char after[64];
	int r;

	ctl->req.command = PA_BYTES_LIT("device.list");
	r = pa_ctl_arg(ctl, "group", pa_bytes_str(group));
	while (r == 0 && (r = pa_ctl_ask(ctl, &reply)) == 0) {
		for (size_t i = 0; i < reply.rows_len && reply.columns_len && !g->failed; i++)
			add_device(g, 0, reply.cells[i * reply.columns_len]);
		if (!reply.next.len || g->failed)
			break;
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = 1;
		r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
	}
	ctl->req.args_len = 0;
	return r || !g->failed ? r : PA_CTL_REFUSED;
}

/* A line is a MAC; or a column of the first line is called so. */
static void take_cell(void *arg, unsigned long line, size_t at, struct pa_bytes text)
{
	struct generate *g = arg;

	if (g->failed)
		return;
	if (g->has_header) {
		if (at == g->mac_at)
			add_device(g, line, text);
	} else if (pa_bytes_eq_str(text, "mac")) {
		g->mac_at = at;
	} else if (at == 0) {
		struct pa_mac mac;

		if (pa_mac_parse_separated(text, &mac) == 0)
			add_device(g, line, text);
	}
}

static void take_row(void *arg, unsigned long line, size_t cells)
{
	struct generate *g = arg;

	if (!g->has_header && g->mac_at == SIZE_MAX && !(g->len == 1 && cells == 1))
		fail(g, line, "each line is one MAC address, or the first names a column mac");
	else if (!g->has_header && g->mac_at == SIZE_MAX)
		g->mac_at = 0;
	else if (g->has_header && cells <= g->mac_at)
		fail(g, line, "it has no mac");
	g->has_header = true;
}

static bool stops(void *arg)
{
	return ((const struct generate *)arg)->failed;
}

static int list_file(struct generate *g)
{
	const struct pa_csv_reader reader = { g, take_cell, take_row, stops };
	struct pa_bytes text;
	unsigned long line;
	const char *why;
	int r = pa_ctl_read_file(pa_ctl_option("devices"), PA_PASSWORD_FILE_MAX, &text);

	if (r)
		return r;
	g->mac_at = SIZE_MAX;
	if (pa_csv_read(&reader, text, &line, &why) != 0)
		fail(g, line, why);
	free((void *)(uintptr_t)text.data);
	return g->failed ? PA_CTL_REFUSED : 0;
}

/* --- what the distributor gets --- */

static int put_list(const struct generate *g, FILE *out)
{
	fputs("mac,user,password\r\n", out);
	for (size_t i = 0; i < g->len; i++) {
		const struct pa_mac_text mac = pa_mac_format(g->rows[i].mac);

		fprintf(out, "%s,", mac.text);
		if (g->user)
			pa_csv_put(out, pa_bytes_str(g->user));
		else
			fputs(mac.text, out);
		fprintf(out, ",%s\r\n", g->rows[i].password);
	}
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}

static int say(const char *name)
{
	fputs("polyauthctl: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fprintf(stderr, ": %s\n", pa_strerror(-errno));
	return PA_CTL_USAGE;
}

/* On the disk before the daemon knows of it: no password is in force that nobody has. */
static int write_file(const struct generate *g, const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r = 0;
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!out) {
		r = say(name);
		if (fd >= 0)
			close(fd);
		return r;
	}
	if (put_list(g, out) != 0 || fsync(fd) != 0)
		r = say(name);
	if (fclose(out) != 0 && r == 0)
		r = say(name);
	if (r)
		(void)unlink(name);
	return r;
}

/* --- the command --- */

/* The daemon took all of them, or none: which of both is not known. */
static bool is_in_doubt(const struct pa_ctl *ctl, int r, const struct pa_admin_reply *reply)
{
	if (!ctl->commit_sent)
		return false;
	/* what failed may have done so behind the change */
	return r == PA_CTL_UNREACHABLE || (r == PA_CTL_REFUSED && reply->status == PA_STATUS_ERROR);
}

/* Where it is not known, what is in force must not be lost. */
static int end(const struct pa_ctl *ctl, const struct generate *g, int r,
	const struct pa_admin_reply *reply)
{
	const char *output = pa_ctl_option("output");
	const bool in_doubt = r && is_in_doubt(ctl, r, reply);

	if (r && !in_doubt) {
		if (output)
			(void)unlink(output);
		return r;
	}
	if (!output && put_list(g, stdout) != 0)
		return say("standard output");
	if (in_doubt)
		fprintf(stderr,
			"polyauthctl: not known whether these are in force, slot %s: see "
			"`polyauthctl password list`\n",
			g->slot);
	else
		fprintf(stderr, "polyauthctl: %zu device%s a new password, slot %s\n", g->len,
			g->len == 1 ? " has" : "s have", g->slot);
	return r;
}

static int send_list(struct pa_ctl *ctl, const struct generate *g, struct pa_admin_reply *reply)
{
	struct pa_ctl_list list = { .data = NULL };
	int r = pa_ctl_password_room(&list, (g->len + 1) * ROW_BYTES);

	for (size_t i = 0; i < g->len && r == 0; i++) {
		const struct row *row = &g->rows[i];
		const struct pa_mac_text mac = pa_mac_format(row->mac);

		r = pa_ctl_password_line(
			&list, &(struct pa_ctl_password_row){
				       .line = row->line,
				       .scope = "device",
				       .name = pa_bytes_str(mac.text),
				       .slot = pa_bytes_str(g->slot),
				       .user = pa_bytes_str(g->user ? g->user : mac.text),
				       .value = pa_bytes_str(row->password),
			       });
	}
	ctl->req.command = PA_BYTES_LIT("password.import");
	if (r == 0 && pa_ctl_option("replace"))
		r = pa_ctl_arg(ctl, "replace", PA_BYTES_LIT("yes"));
	if (r == 0)
		r = pa_ctl_arg(ctl, "generated", PA_BYTES_LIT("yes"));
	if (r == 0)
		r = pa_ctl_password_send(ctl, g->source, &list, reply);
	pa_ctl_password_finish(&list);
	return r;
}

static int make_passwords(struct generate *g)
{
	struct pa_secret secret;
	int r = 0;

	if (!g->len) {
		fputs("polyauthctl: there is no device to make a password for\n", stderr);
		return PA_CTL_REFUSED;
	}
	for (size_t i = 0; i < g->len && r == 0; i++) {
		r = pa_secret_make(&secret);
		memcpy(g->rows[i].password, secret.text, sizeof(g->rows[i].password));
	}
	explicit_bzero(&secret, sizeof(secret));
	return r;
}

static int generate(struct pa_ctl *ctl, struct generate *g)
{
	const char *output = pa_ctl_option("output");
	struct pa_admin_reply reply = { .status = PA_STATUS_ERROR };
	int r = pa_ctl_option("group") ? list_group(ctl, g, pa_ctl_option("group")) : list_file(g);

	if (r == 0)
		r = make_passwords(g);
	if (r == 0 && output)
		r = write_file(g, output);
	if (r)
		return r;
	r = send_list(ctl, g, &reply);
	return end(ctl, g, r, &reply);
}

int pa_ctl_password_generate(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const char *group = pa_ctl_option("group"), *devices = pa_ctl_option("devices");
	struct generate g = { .user = pa_ctl_option("user") };
	const time_t now = time(NULL);
	struct tm tm;
	int r;

	if (operands[0] || !group == !devices) {
		fprintf(stderr,
			"polyauthctl: %s: say for which devices: --group NAME or --devices FILE\n",
			command->words);
		return PA_CTL_USAGE;
	}
	snprintf(
		g.source, sizeof(g.source), "%s%s", group ? "group " : "", group ? group : devices);
	pa_bytes_copy(g.slot, sizeof(g.slot), pa_bytes_str(pa_ctl_option("slot")));
	if (!g.slot[0] && gmtime_r(&now, &tm))
		(void)strftime(g.slot, sizeof(g.slot), "%Y-%m-%d", &tm);
	g.rows = calloc(ROWS_MAX, sizeof(*g.rows));
	if (!g.rows)
		return PA_CTL_REFUSED;
	r = generate(ctl, &g);
	explicit_bzero(g.rows, ROWS_MAX * sizeof(*g.rows));
	free(g.rows);
	return r;
}
