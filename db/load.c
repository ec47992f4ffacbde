/* What the store keeps in memory of its rows, when it is opened. */
#include "db/store.h"

#define AT_ONCE 64u

/* The rows of one CRL. *count grows by them. */
static int load_rows(
	struct pa_db *db, struct pa_txn *txn, const struct pa_crl_head *head, uint64_t *count)
{
	const struct pa_key first = pa_record_rows_key(head->rows);
	struct pa_revoked list[AT_ONCE];
	unsigned number = head->rows;
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	size_t len = 0;
	int r;

	pa_txn_cursor_open(&cursor, txn, PA_TABLE_SERIAL);
	r = pa_txn_cursor_after(&cursor, &first, &key, &value);
	while (r == 0) {
		r = pa_record_row_serial(key, &number, &list[len].serial);
		if (r || number != head->rows)
			break;
		++*count;
		if (++len == AT_ONCE) {
			r = pa_serials_add(&db->serials, &head->crl.issuer, list, len);
			len = 0;
		}
		if (r == 0)
			r = pa_txn_cursor_next(&cursor, &key, &value);
	}
	pa_txn_cursor_close(&cursor);
	return r < 0 ? r : pa_serials_add(&db->serials, &head->crl.issuer, list, len);
}

static int load_crls(struct pa_db *db, struct pa_txn *txn)
{
	const uint64_t entries = pa_txn_entries(txn, PA_TABLE_SERIAL);
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	struct pa_crl_head head;
	uint64_t count = 0;
	int r = txn->err ? txn->err : pa_serials_reserve(&db->serials, entries);

	pa_txn_cursor_open(&cursor, txn, PA_TABLE_CRL);
	if (r == 0)
		r = pa_txn_cursor_after(&cursor, NULL, &key, &value);
	while (r == 0) {
		r = pa_record_get_crl(key, value, &head);
		if (r == 0)
			r = load_rows(db, txn, &head, &count);
		if (r == 0)
			r = pa_txn_cursor_next(&cursor, &key, &value);
	}
	pa_txn_cursor_close(&cursor);
	if (r < 0)
		return r;
	/* a serial without its CRL: damage, not a pardon */
	return count == entries ? 0 : PA_E_STORE;
}

int pa_load_serials(struct pa_db *db, struct pa_diag *diag)
{
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &db->env, NULL, false);

	if (r == 0)
		r = load_crls(db, &txn);
	pa_txn_abort(&txn);
	if (r)
		pa_diag_set(diag, "%s: the revoked serials cannot be read: %s", db->dir,
			pa_strerror(r));
	return r;
}

/* What each row says; of a damaged one that it is to be asked for, which is then an error. Most say
 * the same as the one before: *last, the value of one that is good, need not be read again. */
static int note_row(
	struct pa_db *db, struct pa_bytes key, struct pa_bytes value, struct pa_bytes *last)
{
	struct pa_device device;
	struct pa_mac mac;

	if (pa_record_device_mac(key, &mac) != 0)
		return 0; /* no device's: nobody will ask for it */
	if (last->len && pa_bytes_eq(*last, value))
		return pa_devices_note_again(&db->devices, mac);
	*last = (struct pa_bytes){ NULL, 0 };
	if (pa_record_get_device(key, value, &device) != 0)
		return pa_devices_note_unknown(&db->devices, mac);
	*last = value;
	return pa_devices_note(&db->devices, &device);
}

int pa_load_devices(struct pa_db *db, struct pa_diag *diag)
{
	struct pa_bytes last = { NULL, 0 };
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	struct pa_txn txn;
	int r;

	if (db->plain)
		return 0;
	db->devices.is_whole = true;
	r = pa_txn_begin(&txn, &db->env, NULL, false);
	pa_txn_cursor_open(&cursor, &txn, PA_TABLE_DEVICE);
	if (r == 0)
		r = pa_devices_expect(&db->devices, pa_txn_entries(&txn, PA_TABLE_DEVICE));
	if (r == 0)
		r = pa_txn_cursor_after(&cursor, NULL, &key, &value);
	while (r == 0) {
		r = note_row(db, key, value, &last);
		if (r == 0)
			r = pa_txn_cursor_next(&cursor, &key, &value);
	}
	pa_txn_cursor_close(&cursor);
	if (r == PA_DB_NOT_FOUND)
		r = pa_devices_reserve(&db->devices);
	if (r == 0)
		pa_devices_publish(&db->devices, pa_txn_id(&txn));
	pa_txn_abort(&txn);
	if (r)
		pa_diag_set(diag, "%s: the devices cannot be read: %s", db->dir, pa_strerror(r));
	return r;
}
