#include "proto/mac.h"

#define MAC_BITS 48u

const uint8_t pa_hex_digits[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

int pa_mac_parse(struct pa_bytes text, struct pa_mac *ret)
{
	const size_t half = PA_MAC_DIGITS / 2;
	unsigned bad = 0, high = 0, low = 0;

	if (text.len != PA_MAC_DIGITS)
		return 1;
	for (size_t i = 0; i < half; i++) { /* the halves do not wait for each other */
		unsigned a = pa_hex_digits[text.data[i]] - 1u;
		unsigned b = pa_hex_digits[text.data[i + half]] - 1u;

		bad |= a | b;
		high = high << 4 | (a & 15);
		low = low << 4 | (b & 15);
	}
	if (bad > 15)
		return 1;
	ret->value = (uint64_t)high << 24 | low;
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
