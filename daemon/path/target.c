#include "daemon/path/target.h"

#include "proto/mac.h"
#include "proto/text.h"

static int refuse(enum pa_reason *reason, enum pa_reason why)
{
	*reason = why;
	return 1;
}

/* Bytes that no path holds, encoded or not. PA_R_OK: the byte is harmless. */
static enum pa_reason judge_byte(uint8_t c)
{
	if (c < ' ' || c == 0x7f)
		return PA_R_PATH_CONTROL;
	switch (c) {
	case '\\':
		return PA_R_PATH_BACKSLASH;
	case ';':
		return PA_R_PATH_PARAMETER;
	case '#':
		return PA_R_PATH_FRAGMENT;
	default:
		return PA_R_OK;
	}
}

static bool is_plain(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '-') <= '9' - '-';
}

/* Escapes that a server may or may not decode, or may decode twice. */
static bool is_forbidden_escape(uint8_t c)
{
	return c == '/' || c == '\\' || c == 0 || c == '%' || c == '?';
}

/* Segments of a decoded path from `start` on: none empty but the last, none '.' or '..'. */
static int check_segments(struct pa_bytes path, size_t start, enum pa_reason *reason)
{
	while (start < path.len) {
		const uint8_t *segment = path.data + start;
		const uint8_t *slash = memchr(segment, '/', path.len - start);
		size_t len = slash ? (size_t)(slash - segment) : path.len - start;

		if (len == 0)
			return refuse(reason, PA_R_PATH_EMPTY_SEGMENT);
		if ((len == 1 && segment[0] == '.') ||
			(len == 2 && segment[0] == '.' && segment[1] == '.'))
			return refuse(reason, PA_R_PATH_DOT_SEGMENT);
		start += len + 1;
	}
	return 0;
}

int pa_target_check_path(struct pa_bytes path, enum pa_reason *reason)
{
	if (path.len == 0 || path.data[0] != '/')
		return refuse(reason, PA_R_PATH_NOT_ABSOLUTE);
	for (size_t i = 0; i < path.len; i++) {
		enum pa_reason why = is_plain(path.data[i]) ? PA_R_OK : judge_byte(path.data[i]);

		if (why != PA_R_OK)
			return refuse(reason, why);
	}
	if (!pa_text_is_utf8(path))
		return refuse(reason, PA_R_PATH_NOT_UTF8);
	return check_segments(path, 1, reason);
}

int pa_target_check_value(struct pa_bytes value, enum pa_reason *reason)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];
		enum pa_reason why = judge_byte(c);

		if (c == '%' || c == '&' || c == '=' || c == '+' || c == '?')
			why = PA_R_PATH_QUERY;
		if (why != PA_R_OK)
			return refuse(reason, why);
	}
	if (!pa_text_is_utf8(value))
		return refuse(reason, PA_R_PATH_NOT_UTF8);
	return check_segments(value, value.len && value.data[0] == '/' ? 1 : 0, reason);
}

/* The byte that an escape at the begin of text stands for. 0, or 1: it is none. */
static int read_escape(struct pa_bytes text, uint8_t *ret)
{
	if (text.len < 3 || !pa_is_hex(text.data[1]) || !pa_is_hex(text.data[2]))
		return 1;
	*ret = (uint8_t)(pa_hex_value(text.data[1]) << 4 | pa_hex_value(text.data[2]));
	return 0;
}

/* One byte of the decoded path from raw[*at]; *at moves behind it. */
static int decode_byte(struct pa_bytes raw, size_t *at, uint8_t *ret, enum pa_reason *reason)
{
	uint8_t c = raw.data[*at];

	if (c == ' ')
		return refuse(reason, PA_R_PATH_CONTROL); /* no server agrees on a raw space */
	if (c != '%') {
		*ret = c;
		*at += 1;
		return 0;
	}
	if (read_escape((struct pa_bytes){ raw.data + *at, raw.len - *at }, &c) != 0)
		return refuse(reason, PA_R_PATH_BAD_ESCAPE);
	if (is_forbidden_escape(c))
		return refuse(reason, PA_R_PATH_FORBIDDEN_ESCAPE);
	*ret = c;
	*at += 3;
	return 0;
}

bool pa_target_has_plain_bytes(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_plain(text.data[i]))
			return false;
	}
	return true;
}

bool pa_target_is_plain(struct pa_bytes raw)
{
	enum pa_reason reason;

	return raw.len && raw.data[0] == '/' && pa_target_has_plain_bytes(raw) &&
	       check_segments(raw, 1, &reason) == 0;
}

int pa_target_decode(
	struct pa_bytes raw, uint8_t *buf, struct pa_target *ret, enum pa_reason *reason)
{
	const uint8_t *mark = raw.len ? memchr(raw.data, '?', raw.len) : NULL;
	size_t len = 0, at = 0;

	*ret = (struct pa_target){ .has_query = mark != NULL };
	/* a fragment is never sent; who sends one hopes that somebody cuts it off */
	if (pa_bytes_has(raw, '#'))
		return refuse(reason, PA_R_PATH_FRAGMENT);
	if (mark) {
		size_t path_len = (size_t)(mark - raw.data);

		ret->query = (struct pa_bytes){ mark + 1, raw.len - path_len - 1 };
		raw.len = path_len;
	}
	while (at < raw.len) {
		int r = decode_byte(raw, &at, &buf[len], reason);

		if (r)
			return r;
		len++;
	}
	ret->path = (struct pa_bytes){ buf, len };
	return pa_target_check_path(ret->path, reason);
}

int pa_target_decode_value(struct pa_bytes raw, uint8_t *buf, struct pa_bytes *ret)
{
	enum pa_reason reason;
	size_t len = 0;

	for (size_t at = 0; at < raw.len; len++) {
		bool is_escape = raw.data[at] == '%';

		buf[len] = raw.data[at];
		if (buf[len] == ' ')
			return 1;
		if (is_escape && read_escape((struct pa_bytes){ raw.data + at, raw.len - at },
					 &buf[len]) != 0)
			return 1;
		at += is_escape ? 3 : 1;
	}
	*ret = (struct pa_bytes){ buf, len };
	return pa_target_check_value(*ret, &reason);
}
