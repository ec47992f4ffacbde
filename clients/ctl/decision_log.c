#include "clients/ctl/decision_log.h"

#include "proto/mac.h"

static const char event[] = "decision id=";

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{ "verdict", offsetof(struct pa_decision_fields, verdict) },
	{ "reason", offsetof(struct pa_decision_fields, reason) },
	{ "realm", offsetof(struct pa_decision_fields, realm) },
	{ "method", offsetof(struct pa_decision_fields, method) },
	{ "target", offsetof(struct pa_decision_fields, target) },
	{ "device", offsetof(struct pa_decision_fields, device) },
	{ "claims", offsetof(struct pa_decision_fields, device) },
};

/*
 * Where the event begins; len: nowhere. What stands before it is the logger's, without a value: a
 * value of another event could hold these very words.
 */
static size_t find_event(const uint8_t *line, size_t len)
{
	for (size_t i = 0; i + sizeof(event) - 1 <= len; i++) {
		if (line[i] == '"' || line[i] == '=')
			return len;
		if (memcmp(line + i, event, sizeof(event) - 1) == 0 &&
			(!i || line[i - 1] == ' ' || line[i - 1] == '>' || line[i - 1] == '\t'))
			return i;
	}
	return len;
}

/* Behind the opening quote: resolved in place. Returns how many bytes were read; 0: it is broken.
 */
static size_t read_quoted(uint8_t *at, size_t len, struct pa_bytes *ret)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		if (at[i] == '"') {
			*ret = (struct pa_bytes){ at, to };
			return i + 1;
		}
		if (at[i] < ' ' || at[i] >= 0x7f)
			return 0;
		if (at[i] != '\\') {
			at[to++] = at[i];
			continue;
		}
		if (len - i < 4 || at[i + 1] != 'x' || !pa_is_hex(at[i + 2]) ||
			!pa_is_hex(at[i + 3]))
			return 0;
		at[to++] = (uint8_t)(pa_hex_value(at[i + 2]) << 4 | pa_hex_value(at[i + 3]));
		i += 3;
	}
	return 0;
}

/* How many bytes were read; 0: it is no value. */
static size_t read_value(uint8_t *at, size_t len, struct pa_bytes *ret)
{
	size_t n = 0;

	if (len && at[0] == '"') {
		n = read_quoted(at + 1, len - 1, ret);
		return n ? n + 1 : 0;
	}
	while (n < len && at[n] > ' ' && at[n] < 0x7f && !strchr("\"\\=", at[n]))
		n++;
	*ret = (struct pa_bytes){ at, n };
	return n;
}

/* false: a field that stands there twice. */
static bool keep(struct pa_decision_fields *fields, struct pa_bytes key, struct pa_bytes value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct pa_bytes *field = (void *)((char *)fields + keys[i].offset);

		if (!pa_bytes_eq_str(key, keys[i].key))
			continue;
		if (field->data)
			return false;
		*field = value;
	}
	return true;
}

/* KEY=VALUE. How many bytes were read; 0: it is none. */
static size_t read_field(uint8_t *at, size_t len, struct pa_decision_fields *fields)
{
	struct pa_bytes key = { at, 0 }, value;
	size_t n;

	while (key.len < len && ((at[key.len] >= 'a' && at[key.len] <= 'z') || at[key.len] == '-'))
		key.len++;
	if (!key.len || key.len == len || at[key.len] != '=')
		return 0;
	n = read_value(at + key.len + 1, len - key.len - 1, &value);
	return n && keep(fields, key, value) ? key.len + 1 + n : 0;
}

enum pa_decision_line pa_decision_line_read(
	uint8_t *line, size_t len, struct pa_decision_fields *ret)
{
	size_t at;

	*ret = (struct pa_decision_fields){ .verdict = { NULL, 0 } };
	if (len && line[len - 1] == '\r')
		len--;
	at = find_event(line, len);
	if (at == len)
		return PA_DECISION_LINE_OTHER;
	at += strlen("decision ");
	while (at < len) {
		size_t n = read_field(line + at, len - at, ret);

		at += n;
		if (!n || (at < len && line[at++] != ' '))
			return PA_DECISION_LINE_UNREADABLE;
	}
	return ret->verdict.len && ret->reason.len ? PA_DECISION_LINE : PA_DECISION_LINE_UNREADABLE;
}
