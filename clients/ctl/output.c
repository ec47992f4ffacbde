#include "clients/ctl/output.h"

#include <stdlib.h>
#include <time.h>

#include "proto/text.h"

static const char *const time_columns[] = { "added", "expires", "not-before", "not-after",
	"this-update", "next-update", "imported", "revoked-at", "next-try", "time",
	"extended-until", "certificate-expires", "first-seen", "last-seen", "last-denied",
	"last-claimed", "would-be-denied", "key-since", "until", "since", "last", "forgotten",
	"last-used", "all-moved", "issued", "used" };

/* Numbers in JSON as well; everything else is a string. */
static const char *const number_columns[] = { "entries", "revision", "uid", "changes", "pid",
	"uptime-s", "workers", "schema", "devices", "devices-removed", "prefixes", "accounts",
	"cas", "crls", "revoked", "map-size", "map-used", "connections", "decisions-allow",
	"decisions-deny", "decisions-challenge", "decisions-error", "tested-serials",
	"stack-restarts", "peer-uid", "microseconds", "http", "seen-devices", "seen-pending",
	"seen-dropped", "seen-made-anew", "count", "alarms", "changes-dropped", "requests",
	"would-deny", "would-challenge", "errors", "throttle-memory", "throttle-buckets",
	"throttle-guesses", "throttle-sourceless", "scans", "cleared", "new", "old", "unseen",
	"other", "left-at-until", "hash-cost", "hash-ms", "slots-added", "slots-replaced", "otps",
	"uses-within", "tries", "bits", "portal-users", "passwords-void", "issued-cas",
	"anchors-left", "account-revision", "wait-s", "log-lost" };

static bool is_one_of(const char *name, const char *const *list, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strcmp(name, list[i]) == 0)
			return true;
	}
	return false;
}

bool pa_output_is_time(const char *column)
{
	return is_one_of(column, time_columns, sizeof(time_columns) / sizeof(*time_columns));
}

static bool is_number(const char *column, struct pa_bytes value)
{
	if (!pa_output_is_time(column) && strncmp(column, "reason-", 7) != 0 &&
		!is_one_of(
			column, number_columns, sizeof(number_columns) / sizeof(*number_columns)))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
	}
	return value.len != 0;
}

void pa_output_time(int64_t time_s, char *out, size_t size)
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!time_s || !localtime_r(&t, &tm) || !strftime(out, size, "%Y-%m-%dT%H:%M:%S%z", &tm))
		snprintf(out, size, "-");
}

void pa_output_json(FILE *out, struct pa_bytes text)
{
	size_t len;

	fputc('"', out);
	for (size_t i = 0; i < text.len; i += len ? len : 1) {
		uint8_t c = text.data[i];

		len = pa_text_utf8_len(text, i);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == 0xc2 && len && text.data[i + 1] < 0xa0)
			fprintf(out, "\\u%04x", text.data[i + 1]); /* U+009B is a CSI */
		else if (c < ' ' || c == 0x7f || !len)
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text.data + i, 1, len, out);
	}
	fputc('"', out);
}

/* out NULL: only count. */
size_t pa_output_text(FILE *out, struct pa_bytes text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c >= ' ' && c < 0x7f) {
			if (out)
				fputc(c, out);
			width++;
		} else {
			if (out)
				fprintf(out, "\\x%02x", c);
			width += 4;
		}
	}
	return width;
}

/* A cell as people read it: times as dates, nothing as a dash. */
static size_t put_cell(FILE *out, const char *column, struct pa_bytes value)
{
	char text[32], digits[24];

	if (!value.len)
		return pa_output_text(out, PA_BYTES_LIT("-"));
	if (!pa_output_is_time(column) || value.len >= sizeof(digits))
		return pa_output_text(out, value);
	pa_bytes_copy(digits, sizeof(digits), value);
	pa_output_time(strtoll(digits, NULL, 10), text, sizeof(text));
	return pa_output_text(out, pa_bytes_str(text));
}

static void put_value(FILE *out, const char *column, struct pa_bytes value)
{
	if (is_number(column, value))
		fwrite(value.data, 1, value.len, out);
	else
		pa_output_json(out, value);
}

/* --- the head --- */

static void start(struct pa_output *output, const struct pa_admin_reply *reply)
{
	output->columns_len = reply->columns_len;
	for (size_t c = 0; c < reply->columns_len; c++) {
		pa_bytes_copy(output->columns[c], sizeof(output->columns[c]), reply->columns[c]);
		output->widths[c] = strlen(output->columns[c]);
	}
	output->is_record = reply->columns_len == 2 && strcmp(output->columns[0], "name") == 0 &&
			    strcmp(output->columns[1], "value") == 0;
	for (size_t r = 0; r < reply->rows_len; r++) {
		for (size_t c = 0; c < output->columns_len; c++) {
			size_t width = put_cell(NULL, output->columns[c],
				reply->cells[r * output->columns_len + c]);

			if (width > output->widths[c])
				output->widths[c] = width;
		}
	}
	if (output->json || output->is_record)
		return;
	for (size_t c = 0; c < output->columns_len; c++) {
		bool last = c + 1 == output->columns_len;

		fprintf(output->out, "%-*s%s", last ? 0 : (int)output->widths[c],
			output->columns[c], last ? "\n" : "  ");
	}
}

/* --- rows --- */

static void put_json_row(struct pa_output *output, const struct pa_bytes *cells)
{
	char name[64];

	if (output->is_record) {
		pa_bytes_copy(name, sizeof(name), cells[0]);
		fputs(output->started ? ",\n  " : "{\n  ", output->out);
		pa_output_json(output->out, cells[0]);
		fputs(": ", output->out);
		put_value(output->out, name, cells[1]);
		return;
	}
	fputs(output->started ? ",\n  {" : "[\n  {", output->out);
	for (size_t c = 0; c < output->columns_len; c++) {
		fputs(c ? ", " : "", output->out);
		pa_output_json(output->out, pa_bytes_str(output->columns[c]));
		fputs(": ", output->out);
		put_value(output->out, output->columns[c], cells[c]);
	}
	fputc('}', output->out);
}

static void put_row(struct pa_output *output, const struct pa_bytes *cells)
{
	char name[64];

	for (size_t c = 0; c < output->columns_len; c++) {
		bool last = c + 1 == output->columns_len;
		const char *column = output->columns[c];
		size_t width;

		if (output->is_record && last) {
			pa_bytes_copy(name, sizeof(name), cells[0]);
			column = name;
		}
		/* PEM and the like: lines of our own making */
		if (output->is_record && last && strcmp(column, "pem") == 0) {
			fputc('\n', output->out);
			fwrite(cells[c].data, 1, cells[c].len, output->out);
			return;
		}
		width = put_cell(output->out, column, cells[c]);
		for (; !last && width < output->widths[c] + 2; width++)
			fputc(' ', output->out);
	}
	fputc('\n', output->out);
}

void pa_output_page(struct pa_output *output, const struct pa_admin_reply *reply)
{
	if (!reply->columns_len)
		return;
	if (!output->columns_len)
		start(output, reply);
	for (size_t r = 0; r < reply->rows_len; r++) {
		const struct pa_bytes *cells = reply->cells + r * output->columns_len;

		if (output->json)
			put_json_row(output, cells);
		else
			put_row(output, cells);
		output->started = true;
	}
}

void pa_output_end(struct pa_output *output)
{
	if (!output->json)
		return;
	if (!output->columns_len)
		fputs("{}\n", output->out);
	else if (output->is_record)
		fputs(output->started ? "\n}\n" : "{}\n", output->out);
	else
		fputs(output->started ? "\n]\n" : "[]\n", output->out);
}

void pa_output_end_several(struct pa_output *output)
{
	if (output->columns_len)
		pa_output_end(output);
}
