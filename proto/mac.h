/*
 * MAC addresses (EUI-48). Compared as 48-bit integers, never as text.
 */
#ifndef PROTO_MAC_H
#define PROTO_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_MAC_DIGITS 12u

struct pa_mac {
	uint64_t value; /* the upper 16 bits are 0 */
};

/* The text of a MAC: 12 lower-case hex digits and a NUL. */
struct pa_mac_text {
	char text[PA_MAC_DIGITS + 1];
};

/*
 * Exactly 12 hex digits of either case, and nothing else.
 * Returns 0, or 1 if text is anything else (*ret is then untouched).
 */
int pa_mac_parse(struct pa_bytes text, struct pa_mac *ret) PA_MUST_CHECK;

/*
 * What an operator types: 12 hex digits, or six pairs joined by one kind of
 * separator of ':' '-', or three groups of four joined by '.'. Returns as above.
 */
int pa_mac_parse_separated(struct pa_bytes text, struct pa_mac *ret) PA_MUST_CHECK;

struct pa_mac_text pa_mac_format(struct pa_mac mac);

/*
 * Whether the address can belong to a device: not 000000000000, not
 * ffffffffffff, not a group address (bit 0 of the first octet).
 */
bool pa_mac_is_device(struct pa_mac mac);

static inline bool pa_mac_eq(struct pa_mac a, struct pa_mac b)
{
	return a.value == b.value;
}

/* By byte: the value of the hex digit, -1 where it is none. */
extern const int8_t pa_hex_digits[256];

static inline bool pa_is_hex(uint8_t c)
{
	return pa_hex_digits[c] >= 0;
}

/* Of a hex digit: 0 to 15. */
static inline uint8_t pa_hex_value(uint8_t c)
{
	return (uint8_t)pa_hex_digits[c];
}

#endif
