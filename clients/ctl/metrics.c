/* metrics: the text exposition format 0.0.4 of Prometheus. */
#include "clients/ctl/ctl.h"
#include "clients/ctl/output.h"

#define NAME_MAX_LEN 128u

/* The columns of the daemon's answer. */
enum column { METRIC, TYPE, HELP, LABELS, VALUE = LABELS + 6, COLUMNS };

static bool is_name(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && !(i && c >= '0' && c <= '9'))
			return false;
	}
	return text.len && text.len < NAME_MAX_LEN;
}

static bool is_value(struct pa_bytes text)
{
	size_t from = text.len && text.data[0] == '-';

	for (size_t i = from; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	}
	return text.len > from;
}

/* Backslashes and newlines are escaped, in labels quotes as well; what is no text becomes \xNN. */
static void put_text(struct pa_bytes text, bool quoted)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '\\' || (quoted && c == '"'))
			printf("\\%c", c);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c >= ' ' && c < 0x7f)
			putchar(c);
		else
			printf("\\\\x%02x", c);
	}
}

/* 0, or 1: it is no sample. */
static int put_sample(const struct pa_bytes *row)
{
	char separator = '{';

	if (!is_name(row[METRIC]) || !is_value(row[VALUE]))
		return 1;
	fwrite(row[METRIC].data, 1, row[METRIC].len, stdout);
	for (size_t i = LABELS; i < VALUE; i += 2) {
		if (!row[i].len)
			continue;
		if (!is_name(row[i]))
			return 1;
		putchar(separator);
		fwrite(row[i].data, 1, row[i].len, stdout);
		fputs("=\"", stdout);
		put_text(row[i + 1], true);
		putchar('"');
		separator = ',';
	}
	printf("%s %.*s\n", separator == ',' ? "}" : "", (int)row[VALUE].len,
		(const char *)row[VALUE].data);
	return 0;
}

static void put_head(const struct pa_bytes *row)
{
	int len = (int)row[METRIC].len;
	const char *name = (const char *)row[METRIC].data;

	printf("# HELP %.*s ", len, name);
	put_text(row[HELP], false);
	printf("\n# TYPE %.*s %s\n", len, name,
		pa_bytes_eq_str(row[TYPE], "counter") ? "counter" : "gauge");
}

/* latest: the metric of the row before, whose head is printed. 0, or 1. */
static int put_page(const struct pa_admin_reply *reply, char latest[NAME_MAX_LEN])
{
	for (size_t r = 0; r < reply->rows_len; r++) {
		const struct pa_bytes *row = reply->cells + r * COLUMNS;

		if (!is_name(row[METRIC]))
			return 1;
		if (!pa_bytes_eq_str(row[METRIC], latest))
			put_head(row);
		if (put_sample(row))
			return 1;
		pa_bytes_copy(latest, NAME_MAX_LEN, row[METRIC]);
	}
	return 0;
}

int pa_ctl_metrics(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	char latest[NAME_MAX_LEN] = "", after[32];
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	int r;

	if (ctl->json || *operands) {
		fprintf(stderr, "polyauthctl: %s has one form, and no operands\n", command->words);
		return PA_CTL_USAGE;
	}
	for (;;) {
		r = pa_ctl_ask(ctl, &reply);
		if (r)
			return r;
		if (reply.columns_len != COLUMNS || put_page(&reply, latest)) {
			fputs("polyauthctl: the daemon's answer holds no metrics\n", stderr);
			return PA_CTL_UNREACHABLE;
		}
		if (!reply.next.len)
			return PA_CTL_OK;
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = args_len;
		r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
		if (r)
			return r;
	}
}
