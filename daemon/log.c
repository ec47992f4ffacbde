#include "daemon/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define QUOTED_MIN 6u /* a quote, one escape, a quote */
#define LINE_END   8u /* room that is kept for the end of a line: a closing quote and a newline */

static bool with_levels;

void pa_log_open(void)
{
	with_levels = getenv("JOURNAL_STREAM") != NULL;
}

/*
 * One write, in general; after one that was cut short, the rest, so that the next line begins a
 * line. A full disk or a closed pipe must not stop decisions.
 */
static void write_out(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* "<6>", where the journal reads it. Returns its length. */
static size_t put_level(enum pa_log_level level, char out[3])
{
	if (!with_levels)
		return 0;
	out[0] = '<';
	out[1] = (char)('0' + (int)level);
	out[2] = '>';
	return 3;
}

void pa_log(enum pa_log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	const size_t head = put_level(level, text);
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + head, sizeof(text) - head - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	n += (int)head;
	if ((size_t)n > sizeof(text) - 2)
		n = (int)sizeof(text) - 2;
	text[n++] = '\n';
	write_out(text, (size_t)n);
}

static size_t room(const struct pa_line *line)
{
	size_t end = sizeof(line->text) - LINE_END;

	return line->len < end ? end - line->len : 0;
}

static void put(struct pa_line *line, const char *s, size_t len)
{
	if (len > room(line))
		len = room(line);
	memcpy(line->text + line->len, s, len);
	line->len += len;
}

void pa_line_start(struct pa_line *line, enum pa_log_level level, const char *event)
{
	line->len = put_level(level, line->text);
	put(line, event, strlen(event));
}

/* Printable ASCII, but for the space, the quote, the equals sign and the backslash. */
static const bool plain[256] = {
	[0x21] = true,
	['"' + 1 ... '=' - 1] = true,
	['=' + 1 ... '\\' - 1] = true,
	['\\' + 1 ... 0x7e] = true,
};

static bool is_plain(struct pa_bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!plain[value.data[i]])
			return false;
	}
	return value.len != 0;
}

/* With room for so many bytes behind it. false: the line is full. */
static bool put_key(struct pa_line *line, const char *key, size_t more)
{
	const size_t len = strlen(key);
	char *at = line->text + line->len;

	if (room(line) < 1 + len + 1 + more)
		return false;
	*at++ = ' ';
	memcpy(at, key, len);
	at[len] = '=';
	line->len += 1 + len + 1;
	return true;
}

void pa_line_bytes(struct pa_line *line, const char *key, struct pa_bytes value)
{
	static const char digits[] = "0123456789abcdef";

	if (!value.len || !put_key(line, key, QUOTED_MIN))
		return;
	if (is_plain(value)) {
		put(line, (const char *)value.data, value.len);
		return;
	}
	put(line, "\"", 1);
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];
		char escaped[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

		/* an escape is never cut in two */
		if (room(line) < sizeof(escaped))
			break;
		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			put(line, escaped, sizeof(escaped));
		else
			put(line, (const char *)&c, 1);
	}
	line->text[line->len++] = '"';
}

void pa_line_str(struct pa_line *line, const char *key, const char *value)
{
	pa_line_bytes(line, key, pa_bytes_str(value));
}

void pa_line_uint(struct pa_line *line, const char *key, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	/* cut, it would be another number */
	if (put_key(line, key, sizeof(text) - at))
		put(line, text + at, sizeof(text) - at);
}

void pa_line_write(struct pa_line *line)
{
	line->text[line->len++] = '\n';
	write_out(line->text, line->len);
}

_Static_assert(sizeof(((struct pa_lines *)NULL)->text) <= PIPE_BUF, "a pipe takes them whole");
_Static_assert(sizeof(((struct pa_line *)NULL)->text) <= sizeof(((struct pa_lines *)NULL)->text),
	"the longest line has room");

void pa_lines_add(struct pa_lines *lines, struct pa_line *line)
{
	line->text[line->len++] = '\n';
	if (line->len > sizeof(lines->text) - lines->len)
		pa_lines_write(lines);
	memcpy(lines->text + lines->len, line->text, line->len);
	lines->len += line->len;
}

void pa_lines_write(struct pa_lines *lines)
{
	if (lines->len)
		write_out(lines->text, lines->len);
	lines->len = 0;
}
