#include "proto/mac.h"

#include <endian.h>

#define MAC_BITS 48u

#define NO (-1)

const int8_t pa_hex_digits[256] = {
	/* clang-format off */
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NO, NO, NO, NO, NO, NO,
	NO, 10, 11, 12, 13, 14, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, 10, 11, 12, 13, 14, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	/* clang-format on */
};

#undef NO

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight digits at a time, one in each byte of a word. */
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

/* Four digits; what is none sets all bits above it. */
static inline uint64_t read_four(const uint8_t *text)
{
	return (uint64_t)pa_hex_digits[text[0]] << 12 | (uint64_t)pa_hex_digits[text[1]] << 8 |
	       (uint64_t)pa_hex_digits[text[2]] << 4 | (uint64_t)pa_hex_digits[text[3]];
}

int pa_mac_parse(struct pa_bytes text, struct pa_mac *ret)
{
	uint64_t value;

	if (text.len != PA_MAC_DIGITS)
		return 1;
	value = read_four(text.data) << 32 | read_four(text.data + 4) << 16 |
		read_four(text.data + 8);
	if (value >> MAC_BITS)
		return 1;
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
