#include "proto/mac.h"

#include <endian.h>

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

/* --- eight digits at a time, one in each byte of a word --- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define TOPS       EACH(0x80)

/* The top bit of each byte that is within first..last; its own top bit must be 0. */
static uint64_t within(uint64_t bytes, unsigned first, unsigned last)
{
	return ((bytes | TOPS) - EACH(first)) & ~(bytes + EACH(0x7f - last)) & TOPS;
}

/* false: not all are hex digits. */
static bool read_eight(const uint8_t *text, uint32_t *ret)
{
	uint64_t bytes, letters, digits;

	memcpy(&bytes, text, sizeof(bytes));
	bytes = le64toh(bytes);
	letters = within((bytes & ~TOPS) | EACH(0x20), 'a', 'f');
	digits = within(bytes & ~TOPS, '0', '9');
	if (((letters | digits) & ~bytes) != TOPS)
		return false;
	bytes = (bytes & EACH(0x0f)) + (letters >> 7) * 9;
	bytes = bytes << 4 | bytes >> 8; /* the even bytes hold pairs */
	*ret = (uint32_t)(bytes & 0xff) << 24 | (uint32_t)(bytes >> 16 & 0xff) << 16 |
	       (uint32_t)(bytes >> 32 & 0xff) << 8 | (uint32_t)(bytes >> 48 & 0xff);
	return true;
}

static void write_eight(uint32_t value, char *out)
{
	uint64_t bytes = value;

	bytes = (bytes | bytes << 16) & UINT64_C(0x0000ffff0000ffff);
	bytes = (bytes | bytes << 8) & UINT64_C(0x00ff00ff00ff00ff);
	bytes = (bytes | bytes << 4) & EACH(0x0f);
	bytes += EACH('0') + ((bytes + EACH(6)) >> 4 & EACH(1)) * ('a' - '0' - 10);
	bytes = htobe64(bytes);
	memcpy(out, &bytes, sizeof(bytes));
}

/* The first eight of twelve, and the last eight. */
int pa_mac_parse(struct pa_bytes text, struct pa_mac *ret)
{
	uint32_t high, low;

	if (text.len != PA_MAC_DIGITS || !read_eight(text.data, &high) ||
		!read_eight(text.data + 4, &low))
		return 1;
	ret->value = (uint64_t)high << 16 | (low & 0xffff);
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
	struct pa_mac_text text;

	write_eight((uint32_t)(mac.value >> 16), text.text);
	write_eight((uint32_t)mac.value, text.text + 4);
	text.text[PA_MAC_DIGITS] = '\0';
	return text;
}

bool pa_mac_is_device(struct pa_mac mac)
{
	const uint64_t group = (uint64_t)1 << (MAC_BITS - 8);

	/* the broadcast address is a group address as well */
	return mac.value != 0 && mac.value >> MAC_BITS == 0 && !(mac.value & group);
}
