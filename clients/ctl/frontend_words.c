/* The words of an installation, and templates that they are filled into. */
#include "clients/ctl/frontend.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mac.h"

/* The last run of exactly 12 hex digits: the address that a file is named after. NULL: none. */
static const char *find_mac(const char *text)
{
	const char *found = NULL;

	while (*text) {
		size_t run = 0;

		while (pa_is_hex((uint8_t)text[run]))
			run++;
		if (run == PA_MAC_DIGITS)
			found = text;
		text += run ? run : 1;
	}
	return found;
}

/* In upper case where the model has a letter in upper case. */
static void in_case_of(const char *model, char *text)
{
	if (strpbrk(model, "ABCDEF")) {
		for (char *c = text; *c; c++)
			*c = (char)toupper((unsigned char)*c);
	}
}

/* text with every `from` in it replaced, to be freed. */
static char *replace(const char *text, const char *from, const char *to)
{
	char *out = NULL;
	size_t len, at = strlen(from);
	FILE *file = open_memstream(&out, &len);

	if (!file)
		return NULL;
	while (*text) {
		if (strncasecmp(text, from, at) == 0) {
			fputs(to, file);
			text += at;
		} else {
			fputc(*text++, file);
		}
	}
	if (fclose(file) == 0)
		return out;
	free(out);
	return NULL;
}

/* Takes value; NULL, that is no memory, is seen at the end. */
static void put(struct pa_probe_words *words, const char *name, char *value)
{
	words->words[words->len].name = name;
	words->words[words->len++].value = value;
}

static size_t path_len(const char *target)
{
	return strcspn(target, "?");
}

/* Behind the last slash of the path. */
static const char *name_of(const char *target)
{
	const char *name = target;

	for (size_t i = 0; i < path_len(target); i++) {
		if (target[i] == '/')
			name = target + i + 1;
	}
	return name;
}

/* A name's first byte as an escape. */
static char *escape_first(const char *name)
{
	char *out = NULL;

	return asprintf(&out, "%%%02x%s", (unsigned char)name[0], name + 1) < 0 ? NULL : out;
}

static char *upper(const char *text)
{
	char *out = strdup(text);

	for (char *c = out; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return out;
}

/* --- the certificate, as front ends write it into headers --- */

/* The first certificate of a PEM file, with its lines around it. False: there is none. */
static bool find_certificate(struct pa_bytes pem, struct pa_bytes *ret)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----",
			  end[] = "-----END CERTIFICATE-----";
	const uint8_t *from = pem.len ? memmem(pem.data, pem.len, begin, strlen(begin)) : NULL;
	size_t left = from ? pem.len - (size_t)(from - pem.data) : 0;
	const uint8_t *to = from ? memmem(from, left, end, strlen(end)) : NULL;

	if (!to)
		return false;
	*ret = (struct pa_bytes){ from, (size_t)(to - from) + strlen(end) };
	return true;
}

static bool is_plain(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* As a value of a URL, which is what nginx makes of it. */
static char *escaped(struct pa_bytes text)
{
	char *out = malloc(3 * text.len + 2), *to = out; /* snprintf() ends with a NUL */

	for (size_t i = 0; out && i < text.len; i++)
		to += snprintf(to, 4, is_plain(text.data[i]) ? "%c" : "%%%02X", text.data[i]);
	return out;
}

/* Its base64, on one line. */
static char *base64_of(struct pa_bytes text)
{
	const uint8_t *at = memchr(text.data, '\n', text.len);
	char *out = calloc(1, text.len + 1), *to = out;

	for (; out && at && at < text.data + text.len && *at != '-'; at++) {
		if (is_plain(*at) || *at == '+' || *at == '/' || *at == '=')
			*to++ = (char)*at;
	}
	return out;
}

/* --- all of them --- */

/* What is made of two targets and two addresses. */
static void put_targets(struct pa_probe_words *words, const char *own, const char *victim,
	const char *mac, const char *other)
{
	const char *name = name_of(victim);
	int dir_len = (int)(name - victim);
	char *test;

	if (asprintf(&test, "%.*s%s-polyauthctl-test", dir_len, victim, other) < 0)
		test = NULL;
	put(words, "own", strdup(own));
	put(words, "victim", strdup(victim));
	put(words, "mac", strdup(mac));
	put(words, "other", strdup(other));
	put(words, "dir", strndup(victim, (size_t)dir_len));
	put(words, "file", strdup(name));
	put(words, "file-escaped", escape_first(name));
	put(words, "file-upper", upper(name));
	put(words, "test", test);
}

static void put_server(struct pa_probe_words *words, const struct pa_url *own)
{
	const char *host = strstr(own->text, "://") + 3;

	put(words, "origin", strndup(own->text, own->origin_len));
	put(words, "host", strndup(host, own->origin_len - (size_t)(host - own->text)));
}

static const char *check(const struct pa_url *own, const struct pa_url *victim_url)
{
	const char *path = own->text + own->origin_len;

	if (own->scheme != PA_URL_HTTPS)
		return "the URL does not begin with https://";
	if (!find_mac(path))
		return "the URL does not hold a device's address (12 hex digits)";
	if (path_len(name_of(path)) == 0)
		return "the URL is that of a directory";
	if (victim_url && !pa_url_same_origin(own, victim_url))
		return "the victim's URL is on another server";
	return NULL;
}

int pa_probe_words_make(struct pa_probe_words *words, const struct pa_url *own, const char *victim,
	const struct pa_url *victim_url, struct pa_bytes pem, const char **why)
{
	char mac[PA_MAC_DIGITS + 1], other[PA_MAC_DIGITS + 1], *target;
	const char *path = own->text + own->origin_len;
	struct pa_bytes certificate;
	int r = 0;

	*words = (struct pa_probe_words){ 0 };
	*why = check(own, victim_url);
	if (!*why && !find_certificate(pem, &certificate))
		*why = "the file of --cert holds no certificate in PEM";
	if (*why)
		return 1;
	pa_bytes_copy(mac, sizeof(mac), pa_bytes_str(find_mac(path)));
	pa_bytes_copy(other, sizeof(other), pa_bytes_str(victim));
	in_case_of(mac, other);
	target = victim_url ? strdup(victim_url->text + victim_url->origin_len)
			    : replace(path, mac, other);
	if (!target)
		return -ENOMEM;
	if (strcmp(mac, other) == 0 || strcmp(target, path) == 0) {
		*why = "the victim is the device itself";
		r = 1;
	}
	put_targets(words, path, target, mac, other);
	put_server(words, own);
	put(words, "pem", escaped(certificate));
	put(words, "der", base64_of(certificate));
	free(target);
	for (size_t i = 0; r == 0 && i < words->len; i++)
		r = words->words[i].value ? 0 : -ENOMEM;
	return r;
}

void pa_probe_words_finish(struct pa_probe_words *words)
{
	for (size_t i = 0; i < words->len; i++)
		free(words->words[i].value);
	words->len = 0;
}

static const char *find(const struct pa_probe_words *words, const char *name, size_t len)
{
	for (size_t i = 0; i < words->len; i++) {
		if (strlen(words->words[i].name) == len &&
			memcmp(words->words[i].name, name, len) == 0)
			return words->words[i].value;
	}
	return NULL;
}

char *pa_probe_fill(const char *template, const struct pa_probe_words *words)
{
	char *out = NULL;
	size_t len;
	bool good = true;
	FILE *file = open_memstream(&out, &len);

	if (!file)
		return NULL;
	while (good && *template) {
		size_t text = strcspn(template, "{"), word;
		const char *value;

		fwrite(template, 1, text, file);
		template += text;
		if (!*template)
			break;
		word = strcspn(template + 1, "}");
		value = find(words, template + 1, word);
		good = value && template[1 + word];
		if (good)
			fputs(value, file);
		template += good ? word + 2 : 0;
	}
	if (fclose(file) == 0 && good)
		return out;
	free(out);
	return NULL;
}
