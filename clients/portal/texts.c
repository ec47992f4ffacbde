#include "clients/portal/texts.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/text.h"

struct row {
	const char *key, *text;
};

struct pa_texts {
	size_t len;
	struct row rows[PA_TEXTS_MAX];
	char *file;
};

const char *pa_texts_get(const struct pa_texts *texts, struct pa_bytes key)
{
	for (size_t i = 0; i < texts->len; i++) {
		if (pa_bytes_eq_str(key, texts->rows[i].key))
			return texts->rows[i].text;
	}
	return NULL;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	return text + strspn(text, " \t");
}

static int refuse(struct pa_diag *diag, unsigned line, const char *what, const char *why)
{
	pa_diag_set(diag, "line %u: %s: %s", line, what, why);
	return -EINVAL;
}

static int take_line(struct pa_texts *texts, char *text, unsigned line, struct pa_diag *diag)
{
	char *equals, *key;

	text = trim(text);
	if (!text[0] || text[0] == '#')
		return 0;
	equals = strchr(text, '=');
	if (!equals)
		return refuse(diag, line, text, "key = text is meant");
	*equals = '\0';
	key = trim(text);
	if (!key[0] || key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789.-")])
		return refuse(diag, line, key, "is no key");
	if (pa_texts_get(texts, pa_bytes_str(key)))
		return refuse(diag, line, key, "stands twice");
	if (texts->len == PA_TEXTS_MAX)
		return refuse(diag, line, key, "too many texts");
	texts->rows[texts->len++] = (struct row){ key, trim(equals + 1) };
	return 0;
}

/* The name in braces at *at, which is moved behind it; empty: there is no further one. */
static struct pa_bytes next_name(const char **at)
{
	const char *open = strchr(*at, '{'), *close = open ? strchr(open, '}') : NULL;

	*at = close ? close + 1 : *at + strlen(*at);
	return close ? (struct pa_bytes){ (const uint8_t *)open, (size_t)(close - open) + 1 }
		     : (struct pa_bytes){ NULL, 0 };
}

static int compare(
	const struct pa_texts *texts, const struct pa_texts *original, struct pa_diag *diag)
{
	for (size_t i = 0; i < original->len; i++) {
		if (!pa_texts_get(texts, pa_bytes_str(original->rows[i].key))) {
			pa_diag_set(diag, "%s: is missing", original->rows[i].key);
			return -EINVAL;
		}
	}
	for (size_t i = 0; i < texts->len; i++) {
		const char *meant = pa_texts_get(original, pa_bytes_str(texts->rows[i].key));
		const char *at = texts->rows[i].text;
		struct pa_bytes name;

		if (!meant) {
			pa_diag_set(diag, "%s: there is no such text", texts->rows[i].key);
			return -EINVAL;
		}
		while ((name = next_name(&at)).len) {
			if (memmem(meant, strlen(meant), name.data, name.len))
				continue;
			pa_diag_set(diag, "%s: %.*s is not known there", texts->rows[i].key,
				(int)name.len, (const char *)name.data);
			return -EINVAL;
		}
	}
	return 0;
}

int pa_texts_load(struct pa_bytes file, const struct pa_texts *original, struct pa_texts **ret,
	struct pa_diag *diag)
{
	struct pa_texts *texts;
	unsigned line = 0;
	char *rest;
	int r = 0;

	*ret = NULL;
	if (file.len > PA_TEXTS_FILE_MAX || pa_bytes_has(file, 0) || !pa_text_is_utf8(file)) {
		pa_diag_set(diag, "no texts: at most 64 KiB of UTF-8");
		return -EINVAL;
	}
	texts = calloc(1, sizeof(*texts));
	if (texts)
		texts->file = strndup((const char *)file.data, file.len);
	if (!texts || !texts->file) {
		pa_texts_free(texts);
		return -ENOMEM;
	}
	rest = texts->file;
	while (r == 0 && rest) {
		char *text = strsep(&rest, "\n");

		r = take_line(texts, text, ++line, diag);
	}
	if (r == 0 && original)
		r = compare(texts, original, diag);
	if (r)
		pa_texts_free(texts);
	else
		*ret = texts;
	return r;
}

void pa_texts_free(struct pa_texts *texts)
{
	if (texts)
		free(texts->file);
	free(texts);
}
