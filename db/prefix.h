/*
 * Prefixes of MAC addresses: an entry for all devices whose address begins so,
 * unless they have one of their own. There are none but those that an operator
 * puts on the list, and a check uses them only where it is told to.
 */
#ifndef DB_PREFIX_H
#define DB_PREFIX_H

#include "db/device.h"

#define PA_PREFIX_MIN 24u /* bits: an OUI */
#define PA_PREFIX_MAX 44u

struct pa_prefix {
	unsigned bits;
	struct pa_device entry; /* mac: the bits behind the prefix are 0; never removed */
};

/* "0004f2/24": as many hex digits as the bits need. */
struct pa_prefix_text {
	char text[PA_MAC_DIGITS + 4];
};
struct pa_prefix_text pa_prefix_format(struct pa_mac mac, unsigned bits);

/* The address with all bits behind the prefix 0. */
struct pa_mac pa_prefix_of(struct pa_mac mac, unsigned bits);

/* Its bits are in range, none is set behind them, and devices can have such addresses. */
bool pa_prefix_is_good(const struct pa_prefix *prefix);

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_prefix_get(struct pa_db_reader *reader, struct pa_mac mac, unsigned bits,
	struct pa_prefix *ret) PA_MUST_CHECK;
/* In the order of addresses, the shorter first; after may be NULL (its mac and bits count). 0,
 * PA_DB_NOT_FOUND (the end), negative. Needs an active view. */
int pa_db_prefix_next(struct pa_db_reader *reader, const struct pa_prefix *after,
	struct pa_prefix *ret) PA_MUST_CHECK;
/* The longest one that covers the address. 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_prefix_find(
	struct pa_db_reader *reader, struct pa_mac mac, struct pa_prefix *ret) PA_MUST_CHECK;

#endif
