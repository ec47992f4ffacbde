#include "db/prefix.h"

#include <errno.h>
#include <stdio.h>

#include "db/store.h"

#define MAC_BITS 48u

struct pa_mac pa_prefix_of(struct pa_mac mac, unsigned bits)
{
	const unsigned rest = bits < MAC_BITS ? MAC_BITS - bits : 0;

	return (struct pa_mac){ mac.value >> rest << rest };
}

bool pa_prefix_is_good(const struct pa_prefix *prefix)
{
	const struct pa_mac mac = prefix->entry.mac;

	/* its last address: the first one may be all zeros, which is no device, but a good prefix
	 */
	return prefix->bits >= PA_PREFIX_MIN && prefix->bits <= PA_PREFIX_MAX &&
	       mac.value >> MAC_BITS == 0 && pa_mac_eq(pa_prefix_of(mac, prefix->bits), mac) &&
	       pa_mac_is_device((struct pa_mac){ mac.value | 1 });
}

struct pa_prefix_text pa_prefix_format(struct pa_mac mac, unsigned bits)
{
	struct pa_mac_text digits = pa_mac_format(mac);
	struct pa_prefix_text out;

	(void)snprintf(out.text, sizeof(out.text), "%.*s/%u", (int)((bits + 3) / 4), digits.text,
		bits % 100);
	return out;
}

int pa_db_prefix_get(
	struct pa_db_reader *reader, struct pa_mac mac, unsigned bits, struct pa_prefix *ret)
{
	struct pa_key key = pa_record_prefix_key(mac, bits);
	struct pa_bytes value;
	int r = pa_txn_get(pa_db_view(reader), PA_TABLE_PREFIX, &key, &value);

	*ret = (struct pa_prefix){ 0 };
	return r ? r : pa_record_get_prefix(pa_record_key_bytes(&key), value, ret);
}

int pa_db_prefix_next(
	struct pa_db_reader *reader, const struct pa_prefix *after, struct pa_prefix *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	if (after)
		from = pa_record_prefix_key(after->entry.mac, after->bits);
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_PREFIX, after ? &from : NULL, &key, &value);
	*ret = (struct pa_prefix){ 0 };
	return r ? r : pa_record_get_prefix(key, value, ret);
}

int pa_db_prefix_find(struct pa_db_reader *reader, struct pa_mac mac, struct pa_prefix *ret)
{
	struct pa_txn *view = pa_db_view(reader);
	int r = PA_DB_NOT_FOUND;

	*ret = (struct pa_prefix){ 0 };
	if (!view || pa_txn_entries(view, PA_TABLE_PREFIX) == 0)
		return !view ? -EINVAL : view->err ? view->err : PA_DB_NOT_FOUND;
	for (unsigned bits = PA_PREFIX_MAX; r == PA_DB_NOT_FOUND && bits >= PA_PREFIX_MIN; bits--)
		r = pa_db_prefix_get(reader, pa_prefix_of(mac, bits), bits, ret);
	return r;
}
