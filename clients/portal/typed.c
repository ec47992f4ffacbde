#include "clients/portal/typed.h"

#include <stdio.h>

#include "proto/limits.h"
#include "proto/text.h"

static struct pa_bytes without_blanks(struct pa_bytes in)
{
	while (in.len && in.data[0] == ' ') {
		in.data++;
		in.len--;
	}
	while (in.len && in.data[in.len - 1] == ' ')
		in.len--;
	return in;
}

/* Groups of so many digits, or just the digits. */
static bool is_grouped(struct pa_bytes text, size_t group)
{
	const bool joined = group < PA_MAC_DIGITS;
	const uint8_t join = joined && text.len > group ? text.data[group] : 0;

	if (text.len != PA_MAC_DIGITS + (joined ? PA_MAC_DIGITS / group - 1 : 0) ||
		(joined && (!join || !memchr(":-. ", join, 4))))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const bool is_join = joined && i % (group + 1) == group;

		if (is_join ? text.data[i] != join : !pa_is_hex(text.data[i]))
			return false;
	}
	return true;
}

int pa_typed_mac(struct pa_bytes text, struct pa_mac *ret)
{
	static const size_t groups[] = { PA_MAC_DIGITS, 2, 4, 6 };
	struct pa_mac mac = { 0 };
	bool good = false;

	text = without_blanks(text);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		good = good || is_grouped(text, groups[i]);
	for (size_t i = 0; good && i < text.len; i++) {
		if (pa_is_hex(text.data[i]))
			mac.value = mac.value << 4 | pa_hex_value(text.data[i]);
	}
	if (!good || !pa_mac_is_device(mac))
		return 1;
	*ret = mac;
	return 0;
}

void pa_typed_format(struct pa_mac mac, char out[PA_TYPED_MAC_MAX])
{
	const struct pa_mac_text digits = pa_mac_format(mac);

	for (size_t i = 0, at = 0; i < PA_MAC_DIGITS; i++) {
		if (i && i % 2 == 0)
			out[at++] = ':';
		out[at++] = digits.text[i];
		out[at] = '\0';
	}
}

bool pa_typed_is_name(struct pa_bytes text, size_t max)
{
	return text.len && text.len <= max && pa_text_is_utf8(text) && !pa_text_has_control(text);
}

bool pa_typed_is_password(struct pa_bytes text)
{
	return text.len && text.len <= PA_PASSWORD_MAX && !pa_bytes_has(text, 0);
}

int pa_typed_duration(const char *text, unsigned min_s, unsigned max_s, unsigned *ret_s)
{
	unsigned long value = 0;
	size_t digits = strspn(text, "0123456789");
	unsigned unit;

	if (!digits || digits > 6 || !text[digits] || text[digits + 1])
		return 1;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (unsigned long)(text[i] - '0');
	unit = text[digits] == 's' ? 1 : text[digits] == 'm' ? 60 : text[digits] == 'h' ? 3600 : 0;
	value *= unit;
	if (!unit || value < min_s || value > max_s)
		return 1;
	*ret_s = (unsigned)value;
	return 0;
}
