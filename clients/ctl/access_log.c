#include "clients/ctl/access_log.h"

#include "proto/mac.h"

static size_t find(struct pa_bytes text, uint8_t c)
{
	const uint8_t *at = text.len ? memchr(text.data, c, text.len) : NULL;

	return at ? (size_t)(at - text.data) : text.len;
}

static struct pa_bytes from(struct pa_bytes text, size_t at)
{
	return (struct pa_bytes){ text.data + at, text.len - at };
}

/* HOST IDENT USER [TIME]: a user's name may hold spaces and brackets, a time holds neither. */
static bool is_head(struct pa_bytes head)
{
	const uint8_t *bracket;
	size_t words = 0, before;

	if (head.len < 2 || head.data[head.len - 1] != ' ' || head.data[head.len - 2] != ']')
		return false;
	bracket = memrchr(head.data, '[', head.len);
	if (!bracket)
		return false;
	before = (size_t)(bracket - head.data);
	for (size_t i = 0; i < before; i++) {
		if (head.data[i] == ' ' && i > 0 && head.data[i - 1] != ' ')
			words++;
	}
	return words >= 3;
}

/* Where the quoted field that text begins behind the quote of ends; text.len: nowhere. */
static size_t field_end(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '"')
			return i;
	}
	return text.len;
}

static bool is_number(struct pa_bytes word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
	}
	return word.len != 0;
}

/* ` STATUS BYTES`, then nothing or further fields. */
static bool is_tail(struct pa_bytes tail)
{
	struct pa_bytes status, bytes;

	if (!tail.len || tail.data[0] != ' ')
		return false;
	tail = from(tail, 1);
	status = (struct pa_bytes){ tail.data, find(tail, ' ') };
	if (status.len != 3 || !is_number(status) || status.len == tail.len)
		return false;
	tail = from(tail, status.len + 1);
	bytes = (struct pa_bytes){ tail.data, find(tail, ' ') };
	return is_number(bytes) || pa_bytes_eq_str(bytes, "-");
}

/* Returns the new length: nothing grows. */
static size_t unescape(uint8_t *text, size_t len)
{
	static const char names[] = "\"\\bnrtv", bytes[] = "\"\\\b\n\r\t\v";
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		const char *name = NULL;

		if (text[i] == '\\' && len - i >= 4 && text[i + 1] == 'x' &&
			pa_is_hex(text[i + 2]) && pa_is_hex(text[i + 3])) {
			text[to++] = (uint8_t)(pa_hex_value(text[i + 2]) << 4 |
					       pa_hex_value(text[i + 3]));
			i += 3;
			continue;
		}
		if (text[i] == '\\' && len - i >= 2 && text[i + 1])
			name = strchr(names, text[i + 1]);
		if (name)
			i++;
		text[to++] = name ? (uint8_t)bytes[name - names] : text[i];
	}
	return to;
}

/* What stands behind the last space, if it names a protocol: the target may hold spaces. */
static size_t without_protocol(struct pa_bytes target)
{
	const uint8_t *space = target.len ? memrchr(target.data, ' ', target.len) : NULL;

	if (space && target.data + target.len - space > 5 && memcmp(space, " HTTP/", 6) == 0)
		return (size_t)(space - target.data);
	return target.len;
}

enum pa_access_log_line pa_access_log_read(
	uint8_t *line, size_t len, struct pa_bytes *method, struct pa_bytes *target)
{
	struct pa_bytes whole = { line, len }, field;
	size_t quote, end;

	if (len && line[len - 1] == '\r')
		whole.len--;
	/* servers escape quotes in what stands before */
	quote = find(whole, '"');
	if (quote == whole.len || !is_head((struct pa_bytes){ line, quote }))
		return PA_ACCESS_LOG_UNREADABLE;
	field = from(whole, quote + 1);
	end = field_end(field);
	if (end == field.len || !is_tail(from(field, end + 1)))
		return PA_ACCESS_LOG_UNREADABLE;
	field.len = unescape(line + quote + 1, end);
	end = find(field, ' ');
	if (end == 0 || end == field.len)
		return PA_ACCESS_LOG_NO_REQUEST;
	*method = (struct pa_bytes){ field.data, end };
	*target = from(field, end + 1);
	/* no target at all: the protocol stands where it would be */
	if (target->len >= 5 && memcmp(target->data, "HTTP/", 5) == 0)
		target->len = 0;
	else
		target->len = without_protocol(*target);
	return PA_ACCESS_LOG_REQUEST;
}
