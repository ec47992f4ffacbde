#include "daemon/config/scfg.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config.h"

struct parser {
	struct pa_scfg *scfg;
	struct pa_config_errors *errors;
	const char *file; /* one of scfg->files */
	struct pa_bytes text;
	size_t at;
	unsigned line;
	unsigned includes;          /* how deep */
	const struct parser *outer; /* of the file that includes this one */
	bool out_of_memory;
};

/* --- errors --- */

static void add_line(
	struct pa_config_errors *errors, const char *file, unsigned line, const char *message)
{
	char **grown = realloc(errors->lines, (errors->len + 1) * sizeof(*grown)), *text;
	int r;

	if (!grown)
		return;
	errors->lines = grown;
	r = line ? asprintf(&text, "%s:%u: %s", file, line, message)
		 : asprintf(&text, "%s: %s", file, message);
	if (r >= 0)
		errors->lines[errors->len++] = text;
}

void pa_scfg_error(
	struct pa_config_errors *errors, const char *file, unsigned line, const char *fmt, ...)
{
	char message[768];
	va_list ap;

	if (errors->len >= PA_SCFG_ERRORS_MAX) {
		errors->more++;
		return;
	}
	va_start(ap, fmt);
	if (vsnprintf(message, sizeof(message), fmt, ap) < 0)
		message[0] = '\0';
	va_end(ap);
	add_line(errors, file, line, message);
}

void pa_scfg_errors_end(struct pa_config_errors *errors, const char *file)
{
	char message[64];

	snprintf(message, sizeof(message), "and %zu more", errors->more);
	if (errors->more)
		add_line(errors, file, 0, message);
}

void pa_config_errors_finish(struct pa_config_errors *errors)
{
	for (size_t i = 0; i < errors->len; i++)
		free(errors->lines[i]);
	free(errors->lines);
	*errors = (struct pa_config_errors){ 0 };
}

/* --- the tree --- */

static void free_directives(struct pa_directive *d)
{
	while (d) {
		struct pa_directive *next = d->next;

		free_directives(d->first);
		for (size_t i = 0; i < d->words_len; i++)
			free(d->words[i]);
		free(d->words);
		free(d);
		d = next;
	}
}

void pa_scfg_finish(struct pa_scfg *scfg)
{
	free_directives(scfg->first);
	for (size_t i = 0; i < scfg->files_len; i++)
		free(scfg->files[i]);
	free(scfg->files);
	*scfg = (struct pa_scfg){ 0 };
}

static const char *keep_file_name(struct pa_scfg *scfg, const char *name)
{
	char **grown = realloc(scfg->files, (scfg->files_len + 1) * sizeof(*grown));
	char *copy = strdup(name);

	if (grown)
		scfg->files = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	scfg->files[scfg->files_len++] = copy;
	return copy;
}

/* Two places are kept: for the word, and for the NULL behind the last. */
static bool add_word(struct pa_directive *d, const char *word, size_t len)
{
	char **grown = realloc(d->words, (d->words_len + 2) * sizeof(*grown));
	char *copy = strndup(word, len);

	if (grown)
		d->words = grown;
	if (!grown || !copy) {
		free(copy);
		return false;
	}
	d->words[d->words_len++] = copy;
	d->words[d->words_len] = NULL;
	return true;
}

/* --- words --- */

static int peek(const struct parser *p)
{
	return p->at < p->text.len ? p->text.data[p->at] : -1;
}

static void skip_blanks(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t' || peek(p) == '\r')
		p->at++;
	if (peek(p) == '#') {
		while (peek(p) != '\n' && peek(p) != -1)
			p->at++;
	}
}

/* Some editors begin a file so; it would be part of the first word, and is not seen. */
static void skip_mark(struct parser *p)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (p->text.len < 3 || memcmp(p->text.data, mark, 3) != 0)
		return;
	pa_scfg_error(p->errors, p->file, p->line,
		"the file begins with a byte order mark: save it as UTF-8 without one");
	p->at = 3;
}

static void skip_line(struct parser *p)
{
	while (peek(p) != '\n' && peek(p) != -1)
		p->at++;
}

/* Text up to the closing quote, to out. false: an error was added. */
static bool read_quoted(struct parser *p, FILE *out)
{
	int quote = p->text.data[p->at++];

	for (;;) {
		int c = peek(p);

		if (c == -1 || c == '\n') {
			pa_scfg_error(p->errors, p->file, p->line, "a quote is not closed");
			return false;
		}
		p->at++;
		if (c == quote)
			return true;
		if (quote == '"' && c == '\\') {
			c = peek(p);
			if (c != '"' && c != '\\') {
				pa_scfg_error(p->errors, p->file, p->line,
					"after \\ in quotes only \" or \\ may follow");
				return false;
			}
			p->at++;
		}
		fputc(c, out);
	}
}

static bool ends_word(int c)
{
	return c == -1 || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '{' || c == '}' ||
	       c == '#';
}

static bool is_allowed(int c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

/* One word at the cursor. false: an error was added, or no memory. */
static bool read_word(struct parser *p, struct pa_directive *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool good = true;

	if (!out) {
		p->out_of_memory = true;
		return false;
	}
	while (good && !ends_word(peek(p))) {
		int c = peek(p);

		if (c == '"' || c == '\'') {
			good = read_quoted(p, out);
		} else {
			fputc(c, out);
			p->at++;
		}
	}
	if (fclose(out) != 0) {
		p->out_of_memory = true;
		good = false;
	}
	for (size_t i = 0; good && i < len; i++) {
		if (!is_allowed((uint8_t)text[i])) {
			pa_scfg_error(p->errors, p->file, p->line, "a control byte in a word");
			good = false;
		}
	}
	if (good && !add_word(d, text, len)) {
		p->out_of_memory = true;
		good = false;
	}
	free(text);
	return good;
}

/* --- directives --- */

static struct pa_directive **read_directives(
	struct parser *p, struct pa_directive **tail, unsigned depth);

static struct pa_directive **include(
	struct parser *p, const struct pa_directive *d, struct pa_directive **tail, unsigned depth);

/* Words, and a block if there is one. */
static bool read_one(struct parser *p, struct pa_directive *d, unsigned depth)
{
	for (skip_blanks(p); !ends_word(peek(p)) || peek(p) == '{'; skip_blanks(p)) {
		if (peek(p) != '{') {
			if (!read_word(p, d))
				return false;
			continue;
		}
		p->at++;
		d->has_block = true;
		if (depth == PA_SCFG_DEPTH_MAX) {
			pa_scfg_error(p->errors, p->file, p->line, "blocks stand too deep");
			p->at = p->text.len;
			return false;
		}
		read_directives(p, &d->first, depth + 1);
		if (peek(p) != '}') {
			pa_scfg_error(p->errors, d->file, d->line, "the block { is not closed");
			return false;
		}
		p->at++;
		skip_blanks(p);
		break;
	}
	if (peek(p) != '\n' && peek(p) != '}' && peek(p) != -1) {
		pa_scfg_error(p->errors, p->file, p->line,
			"a line ends behind a block (a word with braces stands in quotes)");
		return false;
	}
	return true;
}

static struct pa_directive **read_directives(
	struct parser *p, struct pa_directive **tail, unsigned depth)
{
	while (!p->out_of_memory) {
		struct pa_directive *d;

		skip_blanks(p);
		if (peek(p) == -1 || (peek(p) == '}' && depth > 0))
			break;
		if (peek(p) == '\n') {
			p->at++;
			p->line++;
			continue;
		}
		if (peek(p) == '}' || peek(p) == '{') {
			pa_scfg_error(p->errors, p->file, p->line, "a %c that belongs to nothing",
				peek(p));
			p->at++;
			continue;
		}
		d = calloc(1, sizeof(*d));
		if (!d) {
			p->out_of_memory = true;
			break;
		}
		d->file = p->file;
		d->line = p->line;
		if (!read_one(p, d, depth))
			skip_line(p);
		if (!d->words_len) {
			free_directives(d);
		} else if (strcmp(d->words[0], "include") == 0) {
			tail = include(p, d, tail, depth);
			free_directives(d);
		} else {
			*tail = d;
			tail = &d->next;
		}
	}
	return tail;
}

/* --- files --- */

/* A file that cannot be read: blamed on the line that includes it, if there is one. */
static void blame(
	struct parser *p, const char *path, const struct pa_directive *from, const char *why)
{
	if (from)
		pa_scfg_error(p->errors, from->file, from->line, "%s: %s", path, why);
	else
		pa_scfg_error(p->errors, path, 0, "%s", why);
}

/* The whole file, read once; NULL: an error was added. */
static char *read_whole(
	struct parser *p, const char *path, const struct pa_directive *from, size_t *len)
{
	/* not waiting for who writes to a pipe: it is refused below */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = malloc(PA_SCFG_FILE_MAX + 1);
	struct stat st;
	ssize_t n = 1;

	*len = 0;
	if (!text) {
		p->out_of_memory = true;
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		blame(p, path, from, pa_strerror(-errno));
	} else if (!S_ISREG(st.st_mode)) {
		blame(p, path, from, "is no regular file");
	} else {
		while (n > 0 && *len <= PA_SCFG_FILE_MAX) {
			n = read(fd, text + *len, PA_SCFG_FILE_MAX + 1 - *len);
			*len += n > 0 ? (size_t)n : 0;
		}
		if (n == 0) {
			close(fd);
			return text;
		}
		blame(p, path, from, n < 0 ? pa_strerror(-errno) : "more than 1 MiB");
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

/* An include's path: relative to the including file's directory. */
static bool resolve(const struct parser *p, const char *name, char *out, size_t size)
{
	char dir[PATH_MAX];
	int n;

	if (name[0] == '/') {
		n = snprintf(out, size, "%s", name);
	} else {
		pa_bytes_copy(dir, sizeof(dir), pa_bytes_str(p->file));
		n = snprintf(out, size, "%s/%s", dirname(dir), name);
	}
	return n >= 0 && (size_t)n < size;
}

/* By whatever name: under other names, two files would be read 2^16 times. */
static bool is_open(const struct parser *p, const char *path)
{
	struct stat wanted, held;

	if (stat(path, &wanted) != 0)
		return false; /* reading it will say why */
	for (; p; p = p->outer) {
		if (stat(p->file, &held) == 0 && held.st_dev == wanted.st_dev &&
			held.st_ino == wanted.st_ino)
			return true;
	}
	return false;
}

static struct pa_directive **include(
	struct parser *p, const struct pa_directive *d, struct pa_directive **tail, unsigned depth)
{
	struct parser inner = *p;
	char path[PATH_MAX], *text;

	if (d->words_len != 2 || d->has_block || !resolve(p, d->words[1], path, sizeof(path))) {
		pa_scfg_error(p->errors, d->file, d->line, "include wants one file name");
		return tail;
	}
	if (p->includes == PA_SCFG_DEPTH_MAX || is_open(p, path)) {
		pa_scfg_error(p->errors, d->file, d->line,
			"%s: files include each other, or too deep", d->words[1]);
		return tail;
	}
	text = read_whole(p, path, d, &inner.text.len);
	if (!text)
		return tail;
	inner.text.data = (const uint8_t *)text;
	inner.file = keep_file_name(p->scfg, path);
	inner.at = 0;
	inner.line = 1;
	inner.includes++;
	inner.outer = p;
	inner.out_of_memory = !inner.file;
	skip_mark(&inner);
	tail = read_directives(&inner, tail, depth);
	if (peek(&inner) == '}')
		pa_scfg_error(p->errors, inner.file, inner.line, "a } that belongs to nothing");
	p->out_of_memory |= inner.out_of_memory;
	free(text);
	return tail;
}

int pa_scfg_parse(const char *name, struct pa_bytes text, struct pa_scfg *ret,
	struct pa_config_errors *errors)
{
	struct parser p = { .scfg = ret, .errors = errors, .text = text, .line = 1 };
	size_t errors_before = errors->len;

	*ret = (struct pa_scfg){ 0 };
	p.file = keep_file_name(ret, name);
	if (!p.file)
		return -ENOMEM;
	skip_mark(&p);
	read_directives(&p, &ret->first, 0);
	if (p.out_of_memory)
		return -ENOMEM;
	return errors->len > errors_before ? PA_E_CONFIG : 0;
}

int pa_scfg_read(const char *file, struct pa_scfg *ret, struct pa_config_errors *errors)
{
	struct parser p = { .errors = errors };
	struct pa_bytes text;
	char *data;
	int r;

	*ret = (struct pa_scfg){ 0 };
	data = read_whole(&p, file, NULL, &text.len);
	if (!data)
		return p.out_of_memory ? -ENOMEM : PA_E_CONFIG;
	text.data = (const uint8_t *)data;
	r = pa_scfg_parse(file, text, ret, errors);
	free(data);
	return r;
}
