#include "proto/mac.h"

#define MAC_BITS 48u

int pa_mac_parse(struct pa_bytes text, struct pa_mac *ret)
{
	uint64_t value = 0;

	if (text.len != PA_MAC_DIGITS)
		return 1;
	for (size_t i = 0; i < text.len; i++) {
		if (!pa_is_hex(text.data[i]))
			return 1;
		value = value << 4 | pa_hex_value(text.data[i]);
	}
	ret->value = value;
	return 0;
}

int pa_mac_parse_separated(struct pa_bytes text, struct pa_mac *ret)
{
	uint8_t digits[PA_MAC_DIGITS];
	size_t group, at = 0;
	uint8_t separator;

	if (text.len == PA_MAC_DIGITS)
		return pa_mac_parse(text, ret);
	if (text.len == 17 && (text.data[2] == ':' || text.data[2] == '-'))
		group = 2;
	else if (text.len == 14 && text.data[4] == '.')
		group = 4;
	else
		return 1;
	separator = text.data[group];
	for (size_t i = 0; i < text.len; i++) {
		if (i % (group + 1) == group) {
			if (text.data[i] != separator)
				return 1;
		} else {
			digits[at++] = text.data[i];
		}
	}
	return pa_mac_parse((struct pa_bytes){ digits, at }, ret);
}

struct pa_mac_text pa_mac_format(struct pa_mac mac)
{
	static const char digits[] = "0123456789abcdef";
	struct pa_mac_text text;

	for (size_t i = 0; i < PA_MAC_DIGITS; i++)
		text.text[i] = digits[mac.value >> (MAC_BITS - 4 - 4 * i) & 15];
	text.text[PA_MAC_DIGITS] = '\0';
	return text;
}

bool pa_mac_is_device(struct pa_mac mac)
{
	const uint64_t group = (uint64_t)1 << (MAC_BITS - 8);

	/* the broadcast address is a group address as well */
	return mac.value != 0 && mac.value >> MAC_BITS == 0 && !(mac.value & group);
}
