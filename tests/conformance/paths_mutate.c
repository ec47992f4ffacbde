/* Requests by chance: like an attack that is known, and changed in one to four places. */
#include <stdio.h>

#include "tests/conformance/paths_asked.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* splitmix64 */
uint64_t chance(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t below(uint64_t *state, size_t limit)
{
	return limit ? (size_t)(chance(state) % limit) : 0;
}

static const char *const macs[] = { "0004f2000001", "0004F2000001", "0004f2000002", "0004F2000002",
	"000000000000", "ffffffffffff", "00:04:f2:00:00:02", "00-04-f2-00-00-02", "0004.f200.0002",
	"0004f20000010004f2000002", "0004f2", "000001", "000002", "0004f20000022" };

static const char *const pieces[] = { "/", "//", "///", "/./", "/../", "/..", "../", "/...", "..;/",
	"/.;/", "\\", "..\\", "/..\\", "%2f", "%2F", "%5c", "%252f", "%2e", "%2E%2e/", "/%2e%2e/",
	"%2e%2e%2f", "..%2f", "..%252f", "%25", "%", "%0", "%zz", "%u002e", "%00", "%0a", "%0d%0a",
	"%09", "%20", " ", "+", "\t", "\n", "\r\n", "\x7f", ";", ";a=b", ";/0004f2000002.cfg",
	"%3b", "#", "%23", "#/0004f2000002.cfg", "?", "??", "?a", "?/0004f2000001.cfg",
	"?mac=0004f2000002", "%3f", "%c0%ae", "%c0%af", "\xc0\xae", "\xc0\xaf", "%e0%80%ae",
	"%e0%80%af", "%f0%80%80%af", "%ef%bc%8f", "\xef\xbc\x8f", "%ff", "\xff", "*", "**", "{mac}",
	"~", ":", "@", "%2b", ".cfg", "-phone.cfg", "-app.log", "-boot.log", ".csr", "-web.cfg",
	".", "..", "cfg", "/configs", "/000000000000.cfg", "/sip.ld", "/firmware/",
	"/private/keys.cfg", "private/", "/languages/", "x" };

static const char *const authorities[] = { "http://localhost", "https://localhost", "http://a@b",
	"HTTP://x:80", "//localhost", "//x@", "http:", "http://0004f2000001.cfg", "ftp://x",
	"http://localhost#", "http://localhost?", "*" };

/* All but the first have rules that stand in the way of nothing; the first of these is asked most.
 */
static const char *const realms[] = { "shipped", "shipped", "wide", "wide", "wide", "prefixed",
	"blind" };

static const char *const methods[] = { "GET", "HEAD", "PUT", "POST", "DELETE", "COPY", "MOVE",
	"MKCOL", "LOCK", "PROPFIND", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "GET ",
	"GET\tPUT", "BREW", "" };

static const char *const certificates[] = { "none", "rogue", "revoked", "star", "vendor-star",
	"questions", "cfg", "quote", "no-cn", "two-cns", "long-cn", "longer-cn", "text", "colon",
	"zero-cn" };

static const char *const headers[][2] = {
	{ "destination", "/0004f2000002.cfg" },
	{ "destination", "http://localhost/configs/0004f2000001/0004f2000002.cfg" },
	{ "x-original-url", "/0004f2000002.cfg" },
	{ "x-rewrite-url", "/0004f2000002.cfg" },
	{ "x-http-method-override", "DELETE" },
	{ "x-http-method-override", "GET" },
	{ "destination", "/0004f2000001-phone.cfg" },
	{ "destination", "/0004f2000001/%2e%2e/0004f2000002.cfg" },
	{ "destination", "http://0004f2000001.cfg/0004f2000002.cfg" },
	{ "x-ssl-client-verify", "SUCCESS" },
	{ "x-forwarded-client-cert", "Subject=\"CN=0004F2000002\"" },
	{ "host", "0004f2000001" },
};

/* Put bytes in place of `gone` ones at a place; what does not fit is left out. */
static void replace(struct text *t, size_t at, size_t gone, struct pa_bytes bytes)
{
	size_t behind = t->len - at - gone;

	if (t->len - gone + bytes.len > ASKED_MAX / 2)
		return;
	memmove(t->bytes + at + bytes.len, t->bytes + at + gone, behind);
	if (bytes.len)
		memcpy(t->bytes + at, bytes.data, bytes.len);
	t->len = at + bytes.len + behind;
}

static void insert(uint64_t *state, struct text *t, const char *const *from, size_t len)
{
	replace(t, below(state, t->len + 1), 0, pa_bytes_str(from[below(state, len)]));
}

/* A byte becomes its escape, or the escape of its escape. */
static void escape(uint64_t *state, struct text *t)
{
	static const char *const forms[] = { "%%%02x", "%%%02X", "%%25%02x", "%%%%%02x",
		"%%2525%02x", "%%u00%02x" };
	/* the first two most often */
	size_t which = below(state, 10), at = below(state, t->len);
	char text[16];

	if (!t->len)
		return;
	which = which < COUNT(forms) ? which : which % 2;
	switch (which) {
	case 0:
		snprintf(text, sizeof(text), "%%%02x", t->bytes[at]);
		break;
	case 1:
		snprintf(text, sizeof(text), "%%%02X", t->bytes[at]);
		break;
	case 2:
		snprintf(text, sizeof(text), "%%25%02x", t->bytes[at]);
		break;
	case 3:
		snprintf(text, sizeof(text), "%%%%%02x", t->bytes[at]);
		break;
	case 4:
		snprintf(text, sizeof(text), "%%2525%02x", t->bytes[at]);
		break;
	default:
		snprintf(text, sizeof(text), "%%u00%02x", t->bytes[at]);
		break;
	}
	replace(t, at, 1, pa_bytes_str(text));
}

/* Whatever looks like the one MAC becomes the other. */
static void swap_macs(struct text *t)
{
	for (size_t i = 0; i + 12 <= t->len; i++) {
		if (memcmp(t->bytes + i, "0004f200000", 11) == 0 && t->bytes[i + 11] <= '2')
			t->bytes[i + 11] = t->bytes[i + 11] == '1' ? '2' : '1';
	}
}

static void change_case(uint64_t *state, struct text *t)
{
	for (size_t tries = 0; tries < 8 && t->len; tries++) {
		uint8_t *c = &t->bytes[below(state, t->len)];

		if ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') {
			*c ^= 0x20;
			return;
		}
	}
}

/* The beginning of one, the end of another. */
static void splice(uint64_t *state, struct text *t, const struct text *other)
{
	size_t cut = below(state, t->len + 1), from = below(state, other->len + 1);

	replace(t, cut, t->len - cut, (struct pa_bytes){ other->bytes + from, other->len - from });
}

static void change_text(uint64_t *state, struct text *t, const struct text *other)
{
	size_t at = below(state, t->len), len = below(state, t->len - at + 1);
	uint8_t byte = (uint8_t)chance(state);

	switch (below(state, 12)) {
	case 0:
	case 1:
	case 2:
		escape(state, t);
		break;
	case 3:
	case 4:
		insert(state, t, pieces, COUNT(pieces));
		break;
	case 5:
		insert(state, t, macs, COUNT(macs));
		break;
	case 6:
		change_case(state, t);
		break;
	case 7:
		swap_macs(t);
		break;
	case 8:
		splice(state, t, other);
		break;
	case 9:
		replace(t, at, len < 4 ? len : len % 4, (struct pa_bytes){ NULL, 0 });
		break;
	case 10:
		replace(t, at, t->len ? 1 : 0, (struct pa_bytes){ &byte, 1 });
		break;
	default:
		replace(t, 0, 0, pa_bytes_str(authorities[below(state, COUNT(authorities))]));
		break;
	}
}

/* What is not the target. */
static void change_rest(uint64_t *state, struct asked *asked, const struct asked *other)
{
	size_t which;

	switch (below(state, 6)) {
	case 0:
		pa_bytes_copy(asked->method, sizeof(asked->method),
			pa_bytes_str(methods[below(state, COUNT(methods))]));
		break;
	case 1:
		pa_bytes_copy(asked->certificate, sizeof(asked->certificate),
			pa_bytes_str(certificates[below(state, COUNT(certificates))]));
		break;
	case 2:
		asked->has_served = true;
		asked->served = below(state, 2) ? asked->target : other->target;
		break;
	case 3:
		asked->path_info = other->target;
		break;
	case 4:
		insert(state, &asked->query, pieces, COUNT(pieces));
		break;
	default:
		which = below(state, COUNT(headers));
		pa_bytes_copy(
			asked->header, sizeof(asked->header), pa_bytes_str(headers[which][0]));
		pa_bytes_copy(asked->value, sizeof(asked->value), pa_bytes_str(headers[which][1]));
		break;
	}
}

void mutate(uint64_t *state, const struct asked *seeds, size_t len, struct asked *ret)
{
	const struct asked *other = &seeds[below(state, len)];
	size_t changes = 1 + below(state, 4);

	*ret = seeds[below(state, len)];
	for (size_t i = 0; i < changes; i++) {
		size_t which = below(state, 16);

		if (which == 0)
			change_rest(state, ret, other);
		else if (which == 1 && ret->has_served)
			change_text(state, &ret->served, &other->target);
		else
			change_text(state, &ret->target, &other->target);
	}
	pa_bytes_copy(
		ret->realm, sizeof(ret->realm), pa_bytes_str(realms[below(state, COUNT(realms))]));
}
