#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/change.h"

#define QUOTED_MIN 6u /* a quote, one escape, a quote */
#define LINE_END   8u /* room that is kept for the end of a line: a closing quote and a newline */

/* What standard error is, by how it is written to without ever waiting for who reads it. */
enum kind {
	PLAIN = 0, /* a file: a write does not wait */
	SOCKET,    /* the journal's: it can be told not to wait */
	PIPE       /* asked first, by one thread at a time, as another could fill it */
};

static enum kind kind;
static int log_fd = STDERR_FILENO;
static bool with_levels;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* of a PIPE */
static _Atomic uint64_t lost, lost_untold;               /* lines */

/* It says that it is ready where it takes less than a line. By a description of our own it makes
 * nobody wait, and stays as it was for others. */
static void open_terminal(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		log_fd = fd;
}

void pa_log_open(void)
{
	struct stat st;

	with_levels = getenv("JOURNAL_STREAM") != NULL;
	kind = PLAIN;
	if (fstat(STDERR_FILENO, &st) != 0)
		return;
	if (S_ISSOCK(st.st_mode))
		kind = SOCKET;
	else if (S_ISFIFO(st.st_mode))
		kind = PIPE;
	else if (S_ISCHR(st.st_mode))
		open_terminal();
}

uint64_t pa_log_lost(void)
{
	return atomic_load(&lost);
}

/* As write(); -1 where it would wait. */
static ssize_t write_some(const char *text, size_t len)
{
	struct pollfd look = { .fd = log_fd, .events = POLLOUT };

	if (kind == SOCKET)
		return send(log_fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* one that is ready takes PIPE_BUF bytes, and nothing longer is written */
	if (kind == PIPE) {
		const int ready = poll(&look, 1, 0);

		if (ready == 0)
			errno = EAGAIN;
		if (ready != 1)
			return -1;
	}
	return write(log_fd, text, len);
}

/* In general at once; after a write that was cut short, the rest, so that the next line begins a
 * line. Returns whether all of it is out. */
static bool write_all(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write_some(text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static uint64_t lines_of(const char *text, size_t len)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
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

static void tell_lost(void)
{
	const uint64_t untold = atomic_exchange(&lost_untold, 0);
	char text[128];
	const size_t head = put_level(PA_LOG_WARNING, text);
	int n;

	n = snprintf(text + head, sizeof(text) - head,
		"log: %llu lines lost: standard error took no more\n", (unsigned long long)untold);
	if (n < 0 || !write_all(text, head + (size_t)n))
		atomic_fetch_add(&lost_untold, untold);
}

/* A disk that is full, a pipe that is closed, or one that nobody reads must not stop decisions:
 * what does not go out is lost, and counted. */
static void write_out(const char *text, size_t len)
{
	const bool one_by_one = kind == PIPE;

	if (one_by_one)
		pthread_mutex_lock(&turn);
	if (atomic_load_explicit(&lost_untold, memory_order_relaxed))
		tell_lost();
	if (!write_all(text, len)) {
		const uint64_t lines = lines_of(text, len);

		atomic_fetch_add(&lost, lines);
		atomic_fetch_add(&lost_untold, lines);
	}
	if (one_by_one)
		pthread_mutex_unlock(&turn);
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

/* What is no printable ASCII, and what stands in `also`, as \xNN; as far as there is room. */
static void put_escaped(struct pa_line *line, struct pa_bytes value, const char *also)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];
		char escaped[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

		/* an escape is never cut in two */
		if (room(line) < sizeof(escaped))
			break;
		if (c < ' ' || c >= 0x7f || strchr(also, c))
			put(line, escaped, sizeof(escaped));
		else
			put(line, (const char *)&c, 1);
	}
}

void pa_line_bytes(struct pa_line *line, const char *key, struct pa_bytes value)
{
	if (!value.len || !put_key(line, key, QUOTED_MIN))
		return;
	if (is_plain(value)) {
		put(line, (const char *)value.data, value.len);
		return;
	}
	put(line, "\"", 1);
	put_escaped(line, value, "\"\\");
	line->text[line->len++] = '"';
}

void pa_line_rest(struct pa_line *line, const char *text)
{
	put(line, ": ", 2);
	put_escaped(line, pa_bytes_str(text), "\\");
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

/* Who made the change wrote parts of the text. */
void pa_log_change(const struct pa_changeset *set)
{
	struct pa_line line;

	pa_line_start(&line, PA_LOG_INFO, "change");
	pa_line_uint(&line, "revision", set->revision);
	pa_line_uint(&line, "uid", set->actor);
	pa_line_rest(&line, set->summary);
	if (set->note[0])
		pa_line_rest(&line, set->note);
	pa_line_write(&line);
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
