#include "clients/ctl/urls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name, *start;
	unsigned long port; /* the default one */
} schemes[] = {
	[PA_URL_HTTP] = { "http", "http://", 80 },
	[PA_URL_HTTPS] = { "https", "https://", 443 },
	[PA_URL_FILE] = { "file", "file://", 0 },
};

#define SCHEMES (sizeof(schemes) / sizeof(*schemes))

/* Where a URL is being put together; what would not fit was refused before. */
struct writer {
	struct pa_bytes rest; /* what is not read yet */
	struct pa_url *url;
	size_t len;
};

static void put(struct writer *w, char c)
{
	if (w->len < PA_URL_MAX)
		w->url->text[w->len++] = c;
	w->url->text[w->len] = '\0';
}

static void put_text(struct writer *w, const char *text)
{
	for (; *text; text++)
		put(w, *text);
}

static void skip(struct writer *w, size_t len)
{
	w->rest.data += len;
	w->rest.len -= len;
}

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

static const char *read_scheme(struct writer *w)
{
	for (size_t s = 0; s < SCHEMES; s++) {
		const char *start = schemes[s].start;
		size_t len = strlen(start), i = 0;

		while (i < len && i < w->rest.len && lower(w->rest.data[i]) == start[i])
			i++;
		if (i < len)
			continue;
		w->url->scheme = (enum pa_url_scheme)s;
		put_text(w, start);
		skip(w, len);
		return NULL;
	}
	return "it does not begin with http://, https:// or file://";
}

/* Where the host ends: at a port, the path or the end. */
static size_t host_len(struct pa_bytes rest)
{
	size_t len = 0;

	if (rest.len && rest.data[0] == '[') {
		while (len < rest.len && rest.data[len] != ']' && rest.data[len] != '/')
			len++;
		return len < rest.len ? len + 1 : len;
	}
	while (len < rest.len && rest.data[len] != ':' && rest.data[len] != '/' &&
		rest.data[len] != '?')
		len++;
	return len;
}

static const char *read_host(struct writer *w)
{
	size_t len = host_len(w->rest);
	bool is_v6 = len && w->rest.data[0] == '[';

	if (!len)
		return "it has no host";
	for (size_t i = 0; i < len; i++) {
		uint8_t c = w->rest.data[i];
		bool fits = is_v6 ? hex_value(c) >= 0 || c == ':' || c == '.' ||
					    (c == '[' && i == 0) || (c == ']' && i + 1 == len)
				  : is_alnum(c) || c == '.' || c == '-' || c == '_';

		if (!fits || (is_v6 && i + 1 == len && c != ']'))
			return "its host is no plain name or address";
		put(w, lower(c));
	}
	skip(w, len);
	return NULL;
}

static const char *read_port(struct writer *w)
{
	unsigned long port = 0;
	char text[8];
	size_t len = 1;

	if (!w->rest.len || w->rest.data[0] != ':')
		return NULL;
	for (; len < w->rest.len && w->rest.data[len] >= '0' && w->rest.data[len] <= '9'; len++) {
		port = port * 10 + (unsigned long)(w->rest.data[len] - '0');
		if (port > 65535)
			return "its port is no port";
	}
	if (!port)
		return "its port is no port";
	skip(w, len);
	if (port != schemes[w->url->scheme].port) {
		snprintf(text, sizeof(text), ":%lu", port);
		put_text(w, text);
	}
	return NULL;
}

/* file://localhost/ is file:/// */
static const char *read_no_host(struct writer *w)
{
	static const char name[] = "localhost";
	size_t len = host_len(w->rest);

	if (len == 0)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (len != sizeof(name) - 1 || lower(w->rest.data[i]) != name[i])
			return "a file: URL names no host: file:///path";
	}
	skip(w, len);
	return NULL;
}

static const char *read_escape(struct writer *w, bool in_path)
{
	static const char digits[] = "0123456789ABCDEF";
	int high = w->rest.len > 2 ? hex_value(w->rest.data[1]) : -1;
	int low = w->rest.len > 2 ? hex_value(w->rest.data[2]) : -1;
	int byte = high * 16 + low;

	if (high < 0 || low < 0)
		return "it has a broken escape";
	if (byte < ' ' || byte == 0x7f)
		return "it has an escaped control byte";
	if (in_path && (byte == '.' || byte == '/' || byte == '\\'))
		return "it has an escaped dot or slash";
	put(w, '%');
	put(w, digits[high]);
	put(w, digits[low]);
	skip(w, 3);
	return NULL;
}

/* Path and query. A segment of dots is where the path would leave its prefix. */
static const char *read_path(struct writer *w)
{
	bool in_path = true;
	size_t segment = w->len; /* where the last slash stands */

	while (w->rest.len) {
		uint8_t c = w->rest.data[0];
		const char *why = NULL;

		if (c == '%') {
			why = read_escape(w, in_path);
		} else if (is_alnum(c) || (c && strchr("-._~!$&'()*+,;=:@/?", c))) {
			if (c == '?' && w->url->scheme == PA_URL_FILE)
				return "a file: URL has no query";
			put(w, (char)c);
			skip(w, 1);
		} else {
			return "it has a byte that no URL has";
		}
		if (why)
			return why;
		if (in_path && (!w->rest.len || c == '/' || c == '?')) {
			const char *last = w->url->text + segment + 1;
			size_t len = w->len - segment - 1 - (c == '/' || c == '?');

			if (w->len > segment + 1 &&
				((len == 1 && last[0] == '.') ||
					(len == 2 && last[0] == '.' && last[1] == '.')))
				return "it has a dot segment";
			segment = w->len - 1;
			in_path = c != '?';
		}
	}
	return NULL;
}

static int parse(struct pa_bytes text, bool is_prefix, struct pa_url *ret, const char **why)
{
	struct writer w = { .rest = text, .url = ret };

	*ret = (struct pa_url){ 0 };
	*why = text.len + 1 > PA_URL_MAX ? "it is too long" : read_scheme(&w);
	if (!*why)
		*why = ret->scheme == PA_URL_FILE ? read_no_host(&w) : read_host(&w);
	if (!*why && ret->scheme != PA_URL_FILE)
		*why = read_port(&w);
	if (*why)
		return 1;
	ret->origin_len = w.len;
	if (w.rest.len && w.rest.data[0] == '/')
		*why = read_path(&w);
	else if (is_prefix)
		/* http://example.com* would allow http://example.com.evil.example/ */
		*why = "a prefix holds the whole host and a /";
	else if (w.rest.len || ret->scheme == PA_URL_FILE)
		*why = "it has no path behind its host";
	else
		put(&w, '/');
	return *why ? 1 : 0;
}

int pa_url_parse(struct pa_bytes text, struct pa_url *ret, const char **why)
{
	return parse(text, false, ret, why);
}

const char *pa_url_scheme_name(enum pa_url_scheme scheme)
{
	return schemes[scheme].name;
}

bool pa_url_same_origin(const struct pa_url *a, const struct pa_url *b)
{
	return a->origin_len == b->origin_len && memcmp(a->text, b->text, a->origin_len) == 0;
}

/* --- the list --- */

void pa_url_list_finish(struct pa_url_list *list)
{
	if (!list)
		return;
	free(list->rules);
	*list = (struct pa_url_list){ 0 };
}

int pa_url_list_add(struct pa_url_list *list, struct pa_bytes word, struct pa_diag *diag)
{
	struct pa_url_rule *grown = reallocarray(list->rules, list->len + 1, sizeof(*list->rules));
	bool is_prefix = word.len && word.data[word.len - 1] == '*';
	struct pa_bytes text = { word.data, word.len - is_prefix };
	const char *why;

	if (!grown)
		return -ENOMEM;
	list->rules = grown;
	grown += list->len;
	if (parse(text, is_prefix, &grown->url, &why)) {
		pa_diag_set(diag, "%.*s: %s", (int)(word.len < 256 ? word.len : 256),
			(const char *)word.data, why);
		return 1;
	}
	grown->is_prefix = is_prefix;
	list->len++;
	return 0;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The one word of a line; empty: none. 0, or 1: there are several. */
static int word_of(struct pa_bytes line, struct pa_bytes *ret)
{
	size_t from = 0, to, after;

	while (from < line.len && is_blank(line.data[from]))
		from++;
	for (to = from; to < line.len && !is_blank(line.data[to]);)
		to++;
	if (from < line.len && line.data[from] == '#')
		to = from;
	*ret = (struct pa_bytes){ line.data + from, to - from };
	for (after = to; after < line.len && is_blank(line.data[after]);)
		after++;
	return after < line.len && line.data[after] != '#' ? 1 : 0;
}

int pa_url_list_read(
	struct pa_url_list *list, struct pa_bytes file, const char *name, struct pa_diag *diag)
{
	struct pa_diag found = { "" };
	struct pa_bytes word;

	for (unsigned line = 1; file.len; line++) {
		const uint8_t *newline = memchr(file.data, '\n', file.len);
		size_t len = newline ? (size_t)(newline - file.data) : file.len;
		int r = word_of((struct pa_bytes){ file.data, len }, &word);

		if (r)
			pa_diag_set(&found, "one URL a line");
		else if (word.len)
			r = pa_url_list_add(list, word, &found);
		if (r > 0)
			pa_diag_set(diag, "%s:%u: %s", name, line, found.text);
		if (r)
			return r;
		file.data += len + (newline != NULL);
		file.len -= len + (newline != NULL);
	}
	return 0;
}

bool pa_url_list_allows(const struct pa_url_list *list, const struct pa_url *url)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct pa_url_rule *rule = &list->rules[i];

		if (rule->is_prefix
				? strncmp(url->text, rule->url.text, strlen(rule->url.text)) == 0
				: strcmp(url->text, rule->url.text) == 0)
			return true;
	}
	return false;
}
