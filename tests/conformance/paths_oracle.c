/*
 * Which requests may be allowed: lists of names, and nothing that is decoded, matched or compiled.
 * It shares no code with the daemon, and errs on the side of refusal.
 */
#include <ctype.h>
#include <stdlib.h>

#include "tests/conformance/paths_asked.h"

static const char attacker[] = "0004f2000001";
static const char victim[] = "0004f2000002";

#define READS  "GET HEAD"
#define WRITES "GET HEAD PUT"

/* Before and behind the attacker's MAC, and how it may be asked for. */
static const struct {
	const char *first, *last, *methods;
} own[] = {
	{ "/", ".cfg", READS },
	{ "/", "-user.cfg", READS },
	{ "/", "-license.cfg", READS },
	{ "/", "_reg.cfg", READS },
	{ "/", "-mb.cfg", READS },
	{ "/", "-phone.cfg", WRITES },
	{ "/", "-web.cfg", WRITES },
	{ "/", "-directory.xml", WRITES },
	{ "/", "-calls.xml", WRITES },
	{ "/", "-boot.log", WRITES },
	{ "/", "-app.log", WRITES },
	{ "/", "-now-boot.log", WRITES },
	{ "/", "-now-app.log", WRITES },
	{ "/", ".csr", "PUT" },
	{ "/", "-private.pem", "PUT" },
	{ "/logs/", "-boot.log", WRITES },
	{ "/logs/", "-app.log", WRITES },
	{ "/overrides/", "-phone.cfg", WRITES },
	{ "/overrides/", "-web.cfg", WRITES },
	{ "/contacts/", "-directory.xml", WRITES },
	{ "/calls/", "-calls.xml", WRITES },
	{ "/licenses/", "-license.cfg", READS },
};

/* Whole names. */
static const char *const shared[] = { "/000000000000.cfg", "/000000000000-license.cfg",
	"/000000000000-directory.xml", "/contacts/000000000000-directory.xml",
	"/licenses/000000000000-license.cfg", "/000000000000-site.cfg", "/sip.ld", "/sip.ver",
	"/dect.ver", "/3111-44500-001.sip.ld", "/languages/Website_dictionary_language_en-us.xml",
	"/VVXLocalization/German_Germany/a.xml" };

/* What stands between is one name, or where it begins with a directory maybe several. */
static const struct {
	const char *first, *last;
	bool deep;
} shared_forms[] = {
	{ "/", ".ld", false },
	{ "/", ".jpg", false },
	{ "/", ".wav", false },
	{ "/000000000000-", ".cfg", false },
	{ "/languages/", "", true },
	{ "/VVXLocalization/", "", true },
	{ "/SoundPointIPLocalization/", "", true },
};

static bool is_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; len && (at = strstr(at, word)) != NULL; at += len) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

/* Of an escape's two digits; 0: they are none, or it is. */
static unsigned escaped_byte(const uint8_t two[2])
{
	static const char digits[] = "0123456789abcdef";
	const char *high = two[0] ? strchr(digits, tolower(two[0])) : NULL;
	const char *low = two[1] ? strchr(digits, tolower(two[1])) : NULL;

	return high && low ? (unsigned)((high - digits) * 16 + (low - digits)) : 0;
}

/*
 * A path as a string. Escapes of letters, digits and of what ends nothing mean the same as these,
 * as do those of bytes beyond ASCII, which are parts of names; a '?' with nothing behind it asks
 * for nothing. Everything else stays as it is.
 */
static bool plain(const struct text *text, bool is_raw, char *out, size_t size)
{
	static const char harmless[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~@:!$&'()*,=+ "
		"\"<>[]^`{|}";
	size_t len = text->len, to = 0;

	if (is_raw && len && text->bytes[len - 1] == '?')
		len--;
	for (size_t i = 0; i < len; i++) {
		char c = (char)text->bytes[i];

		if (!c || to == size - 1)
			return false;
		if (!is_raw && c == '%')
			c = '~'; /* decoded already: a byte like any other */
		if (is_raw && c == '%' && i + 2 < len) {
			unsigned byte = escaped_byte(text->bytes + i + 1);

			if (byte >= 0x80 || (byte && strchr(harmless, (int)byte))) {
				c = (char)byte;
				i += 2;
			}
		}
		out[to++] = c;
	}
	out[to] = '\0';
	return true;
}

static bool is_dots(const char *segment, size_t len)
{
	return (len == 1 || len == 2) && strncmp(segment, "..", len) == 0;
}

/* Names of files and nothing else: no address, no way to another directory. */
static bool is_name(const char *name, size_t len, bool deep)
{
	size_t run = 0, segment = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i == len || name[i] == '/') {
			if (is_dots(name + segment, i - segment) || (i < len && !deep) ||
				(i < len && i == segment))
				return false;
			segment = i + 1;
			run = 0;
			continue;
		}
		if ((uint8_t)name[i] < ' ' || strchr("%\\;#?", name[i]))
			return false;
		run = isxdigit((uint8_t)name[i]) ? run + 1 : 0;
		if (run > 12 || (run == 12 && strncasecmp(name + i - 11, attacker, 12) != 0))
			return false;
	}
	return true;
}

static bool has_shared_form(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(shared_forms) / sizeof(*shared_forms); i++) {
		size_t first = strlen(shared_forms[i].first), last = strlen(shared_forms[i].last);

		if (len >= first + last && strncmp(path, shared_forms[i].first, first) == 0 &&
			strcmp(path + len - last, shared_forms[i].last) == 0 &&
			is_name(path + first, len - first - last, shared_forms[i].deep))
			return true;
	}
	return false;
}

/* Whether the path is these around the attacker's MAC. */
static bool is_own(const char *path, const char *first, const char *last)
{
	size_t first_len = strlen(first), mac_len = sizeof(attacker) - 1;

	return strncmp(path, first, first_len) == 0 &&
	       strncasecmp(path + first_len, attacker, mac_len) == 0 &&
	       strcmp(path + first_len + mac_len, last) == 0;
}

/* The methods by which the attacker may ask for the path; NULL: none. *is_shared is set. */
static const char *methods_of(const char *path, bool *is_shared)
{
	*is_shared = false;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (is_own(path, own[i].first, own[i].last))
			return own[i].methods;
	}
	*is_shared = true;
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
		if (strcmp(path, shared[i]) == 0)
			return READS;
	}
	return has_shared_form(path) ? READS : NULL;
}

static bool by_shipped_rules(const struct asked *asked)
{
	char path[512], served[512];
	bool is_shared, served_shared;
	const char *methods;

	if (!plain(&asked->target, true, path, sizeof(path)))
		return false;
	methods = methods_of(path, &is_shared);
	if (!methods || !is_word(methods, asked->method))
		return false;
	if (!asked->has_served)
		return true;
	if (!plain(&asked->served, false, served, sizeof(served)))
		return false;
	methods = methods_of(served, &served_shared);
	return methods && is_word(methods, asked->method) && served_shared == is_shared;
}

/* The byte that an escape stands for; -1: there is no escape here. */
static int escaped(const char *at, size_t left)
{
	char digits[3] = "";

	if (left < 3 || at[0] != '%' || !isxdigit((uint8_t)at[1]) || !isxdigit((uint8_t)at[2]))
		return -1;
	memcpy(digits, at + 1, 2);
	return (int)strtol(digits, NULL, 16);
}

/* The victim's name, as any reader could see it: each escape may be decoded so often. Digits of an
 * escape that is not decoded are no digits of a name. */
static bool names_victim(const struct text *text, unsigned decoded)
{
	char path[ASKED_MAX + 1];
	size_t len = text->len;

	memcpy(path, text->bytes, len);
	for (unsigned turn = 0; turn <= decoded; turn++) {
		size_t to = 0;

		for (size_t i = 0; i < len; i++) {
			int byte = escaped(path + i, len - i);

			if (len - i >= sizeof(victim) - 1 &&
				strncasecmp(path + i, victim, sizeof(victim) - 1) == 0)
				return true;
			path[to++] = byte < 0 ? path[i] : (char)byte;
			i += byte < 0 ? 0 : 2;
		}
		len = to;
	}
	return false;
}

/* Bytes, raw or escaped, by which a path may lead elsewhere. */
static bool leads_elsewhere(const struct text *text, bool is_raw)
{
	static const char *const signs[] = { "//", "/./", "/../", "\\", ";", "#", "?", "%2f", "%5c",
		"%25", "%00", "%3b", "%23", "%3f" };
	char path[ASKED_MAX + 1];
	size_t len;

	if (!plain(text, is_raw, path, sizeof(path)) || path[0] != '/')
		return true;
	len = strlen(path);
	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)path[i] < ' ' || path[i] == 0x7f)
			return true;
	}
	for (size_t i = 0; i < (is_raw ? sizeof(signs) / sizeof(*signs) : 6); i++) {
		if (strcasestr(path, signs[i]))
			return true;
	}
	return (len >= 2 && strcmp(path + len - 2, "/.") == 0) ||
	       (len >= 3 && strcmp(path + len - 3, "/..") == 0);
}

/* Where nothing leads elsewhere, what is nobody's begins so. */
static bool is_private(const struct asked *asked, const struct text *text, bool is_raw)
{
	static const char directory[] = "/private/";
	char path[ASKED_MAX + 1];
	const char *at = path;

	if (!plain(text, is_raw, path, sizeof(path)))
		return true;
	if (strcmp(asked->realm, "prefixed") == 0 && strncmp(path, "/prov/", 6) == 0)
		at += 5;
	return (strcmp(asked->realm, "blind") == 0 ? strncasecmp : strncmp)(
		       at, directory, sizeof(directory) - 1) == 0;
}

/* What a field of the one query that a rule knows may hold, as far as it is read here. */
static bool is_field(const char *field, size_t len, bool seen[2])
{
	static const char mac[] = "mac=0004f2000001", file[] = "file=";
	bool is_mac = strncmp(field, "mac=", 4) == 0;

	if (seen[is_mac])
		return false;
	seen[is_mac] = true;
	if (is_mac)
		return len == sizeof(mac) - 1 && strncasecmp(field, mac, len) == 0;
	return len >= sizeof(file) - 1 && strncmp(field, file, sizeof(file) - 1) == 0 &&
	       !memchr(field + sizeof(file) - 1, '=', len - sizeof(file) + 1) &&
	       is_name(field + sizeof(file) - 1, len - sizeof(file) + 1, false);
}

static bool is_own_query(const char *path, const char *query)
{
	bool seen[2] = { false, false };

	if (strcasecmp(path, "/index.php") != 0)
		return false;
	for (;; query++) {
		size_t len = strcspn(query, "&");

		if (!is_field(query, len, seen))
			return false;
		query += len;
		if (!*query)
			return seen[1];
	}
}

static bool asks_by_own_query(const struct text *target)
{
	char path[ASKED_MAX + 1], *query;

	if (!plain(target, true, path, sizeof(path)))
		return false;
	query = strchr(path, '?');
	if (!query)
		return false;
	*query = '\0';
	return is_own_query(path, query + 1);
}

/* The path and the query that the front end says it serves. */
static bool serves_plainly(const struct asked *asked)
{
	char path[ASKED_MAX + 1], query[ASKED_MAX + 1];

	if (!asked->has_served)
		return !asked->query.len;
	if (is_private(asked, &asked->served, false) || names_victim(&asked->served, 0) ||
		leads_elsewhere(&asked->served, false))
		return false;
	return !asked->query.len || (plain(&asked->served, false, path, sizeof(path)) &&
					    plain(&asked->query, true, query, sizeof(query)) &&
					    is_own_query(path, query));
}

static bool by_wide_rules(const struct asked *asked)
{
	return !is_private(asked, &asked->target, true) && !names_victim(&asked->target, 3) &&
	       (asks_by_own_query(&asked->target) || !leads_elsewhere(&asked->target, true)) &&
	       serves_plainly(asked);
}

/* Nothing in a header asks for the victim's file, or for another method. */
static bool header_is_harmless(const struct asked *asked)
{
	static struct text value;

	text_set(&value, pa_bytes_str(asked->value));
	if (strcmp(asked->header, "destination") == 0)
		return !names_victim(&value, 3);
	return strcmp(asked->header, "x-http-method-override") != 0 ||
	       strcmp(asked->value, asked->method) == 0;
}

bool may_be_allowed(const struct asked *asked)
{
	/* all others are names of nobody, or of somebody who is barred */
	if (strcmp(asked->certificate, attacker) != 0)
		return false;
	if (asked->path_info.len || !header_is_harmless(asked))
		return false;
	if (strcmp(asked->realm, "shipped") == 0)
		return !asked->query.len && by_shipped_rules(asked);
	return by_wide_rules(asked);
}
