/*
 * Networks: an address and how many of its bits count, as in 192.0.2.0/24 and 2001:db8::/32.
 */
#ifndef PROTO_NETWORK_H
#define PROTO_NETWORK_H

#include <stdbool.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_NETWORK_TEXT_MAX 64u /* of its text, the NUL included */

struct pa_network {
	uint8_t len;  /* of the address: 4, 16; 0: no network */
	uint8_t bits; /* at most 8 * len */
	uint8_t address[16];
};

/*
 * ADDRESS or ADDRESS/BITS; without BITS, the address alone. Returns 0, or 1: it is none, or bits
 * behind the ones that count are set (*ret is then zeroed).
 */
int pa_network_parse(struct pa_bytes text, struct pa_network *ret) PA_MUST_CHECK;

/* "" where it is none. */
void pa_network_format(const struct pa_network *network, char out[PA_NETWORK_TEXT_MAX]);

/*
 * Whether an address (4 or 16 bytes, network order) is in it. ::ffff:192.0.2.1 is 192.0.2.1. No
 * network has any address.
 */
bool pa_network_has(const struct pa_network *network, struct pa_bytes address);

#endif
