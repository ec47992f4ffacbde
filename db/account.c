#include "db/account.h"

#include <errno.h>

#include "db/store.h"

const char *pa_account_scope_name(enum pa_account_scope scope)
{
	switch (scope) {
	case PA_ACCOUNT_DEVICE:
		return "device";
	case PA_ACCOUNT_GROUP:
		return "group";
	case PA_ACCOUNT_REALM:
		return "realm";
	case PA_ACCOUNT_NONE:
		break;
	}
	return "none";
}

bool pa_window_is_open(int64_t not_before_s, int64_t not_after_s, int64_t now_s)
{
	return now_s >= not_before_s && (not_after_s == 0 || now_s < not_after_s);
}

bool pa_slot_is_open(const struct pa_slot *slot, int64_t now_s)
{
	return pa_window_is_open(slot->not_before_s, slot->not_after_s, now_s);
}

static bool terminated(const struct pa_account_key *key)
{
	return memchr(key->name, 0, sizeof(key->name)) != NULL;
}

int pa_db_account_get(
	struct pa_db_reader *reader, const struct pa_account_key *key, struct pa_account *ret)
{
	struct pa_key k = pa_record_account_key(key);
	struct pa_bytes value;
	int r;

	if (!terminated(key))
		return -EINVAL;
	r = pa_txn_get(pa_db_view(reader), PA_TABLE_ACCOUNT, &k, &value);
	*ret = (struct pa_account){ 0 };
	return r ? r : pa_record_get_account(pa_record_key_bytes(&k), value, ret);
}

int pa_db_account_next(
	struct pa_db_reader *reader, const struct pa_account_key *after, struct pa_account *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	if (after && !terminated(after))
		return -EINVAL;
	if (after)
		from = pa_record_account_key(after);
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_ACCOUNT, after ? &from : NULL, &key, &value);
	*ret = (struct pa_account){ 0 };
	return r ? r : pa_record_get_account(key, value, ret);
}

/*
 * The last transaction that changed accounts, as of that of the view; where there is none yet, of
 * that whose image the table of devices is. What is loaded here was stored before its
 * transaction could be seen, and is loaded after the view was taken (pa_db_read_begin() enters the
 * reclaimer with memory_order_seq_cst), or after that image was published.
 */
uint64_t pa_db_accounts_mark(struct pa_db_reader *reader)
{
	uint64_t txn, changed;

	if (!pa_db_read_active(reader) || reader->db->plain)
		return 0;
	if (!reader->late)
		txn = pa_txn_id(&reader->txn);
	else
		txn = reader->as_of ? reader->as_of : pa_devices_as_of(&reader->db->devices);
	changed = atomic_load(&reader->db->accounts_changed);
	if (changed > txn)
		return 0;
	if (reader->late)
		reader->as_of = txn;
	return changed;
}
