/*
 * What a store of an earlier schema says of revoked serials.
 *
 * Before schema 3 their rows stood in a table of their own, under the issuer's digest, scope and
 * serial, and a CRL's value had the number of its generation where it has that of its rows now.
 */
#include <errno.h>
#include <stdlib.h>

#include "db/record_io.h"
#include "db/store.h"

#define CRL_KEY_LEN (PA_DIGEST_LEN + 1u)
#define CRL_BEGIN   9u /* bytes of an old value: its format and the generation */
#define CRL_FORMAT  2u /* of the value that it becomes */

struct old_crl {
	struct pa_key key;
	uint64_t generation; /* of the rows that it lists */
};

static int read_crl(struct pa_bytes key, struct pa_bytes value, struct old_crl *ret)
{
	struct cursor c = open_value(value);

	ret->generation = get_number(&c, 8);
	if (c.failed || key.len != CRL_KEY_LEN)
		return PA_E_STORE;
	ret->key.len = key.len;
	memcpy(ret->key.bytes, key.data, key.len);
	return 0;
}

/* All of them, in the order of their keys. */
static int read_crls(struct pa_txn *txn, struct old_crl *crls, size_t len)
{
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	size_t i = 0;
	int r;

	pa_txn_cursor_open(&cursor, txn, PA_TABLE_CRL);
	r = pa_txn_cursor_after(&cursor, NULL, &key, &value);
	while (r == 0 && i < len) {
		r = read_crl(key, value, &crls[i++]);
		if (r == 0)
			r = pa_txn_cursor_next(&cursor, &key, &value);
	}
	pa_txn_cursor_close(&cursor);
	return r < 0 ? r : 0;
}

/* Its value again, with the number of its rows. */
static int write_crl(struct pa_txn *txn, const struct old_crl *crl, size_t number)
{
	struct pa_record begin = { .len = 0 };
	struct pa_bytes value, rest;
	uint8_t *copy;
	int r = pa_txn_get(txn, PA_TABLE_CRL, &crl->key, &value);

	if (r)
		return r < 0 ? r : PA_E_STORE;
	rest = (struct pa_bytes){ value.data + CRL_BEGIN, value.len - CRL_BEGIN };
	copy = malloc(rest.len + 1); /* what is replaced may be written over */
	if (!copy)
		return -ENOMEM;
	memcpy(copy, rest.data, rest.len);
	put_number(&begin, CRL_FORMAT, 1);
	put_number(&begin, number, 2);
	pa_txn_put(txn, PA_TABLE_CRL, &crl->key, &begin, (struct pa_bytes){ copy, rest.len });
	free(copy);
	return txn->err;
}

/* 0, PA_E_STORE. */
static int read_row(struct pa_bytes key, struct pa_bytes value, uint64_t generation,
	struct pa_serial *serial, struct pa_crl_row *row)
{
	struct cursor k = { key, false }, c = open_value(value);

	*serial = (struct pa_serial){ 0 };
	(void)get_bytes(&k, CRL_KEY_LEN);
	serial->len = (uint8_t)get_choice(&k, 1, PA_SERIAL_MAX);
	if (!k.failed)
		get_exact(&k, serial->bytes, serial->len);
	*row = (struct pa_crl_row){ .listed = get_number(&c, 8) == generation };
	row->revoked_s = get_time(&c);
	row->reason = (uint8_t)get_number(&c, 1);
	row->definite = get_choice(&c, 0, 1) == 1;
	if (row->reason >= PA_ROW_REASONS)
		row->reason = 0;
	return complete(&k) && complete(&c) ? 0 : PA_E_STORE;
}

/* CRLs and rows are in the same order, and so are the rows that they become. */
static int move_rows(struct pa_txn *txn, const struct old_crl *crls, size_t len)
{
	struct pa_txn_cursor from, to;
	struct pa_bytes key, value;
	struct pa_serial serial;
	struct pa_crl_row row;
	struct pa_record record;
	size_t at = 0;
	int r;

	pa_txn_cursor_open(&from, txn, PA_TABLE_REVOKED);
	pa_txn_cursor_open(&to, txn, PA_TABLE_SERIAL);
	r = pa_txn_cursor_after(&from, NULL, &key, &value);
	while (r == 0) {
		if (key.len <= CRL_KEY_LEN)
			r = PA_E_STORE;
		while (r == 0 && at < len && memcmp(crls[at].key.bytes, key.data, CRL_KEY_LEN) < 0)
			at++;
		if (r == 0 && (at == len || memcmp(crls[at].key.bytes, key.data, CRL_KEY_LEN) != 0))
			r = PA_E_STORE; /* a serial without its CRL: damage, not a pardon */
		if (r == 0)
			r = read_row(key, value, crls[at].generation, &serial, &row);
		if (r)
			break;
		if (row.listed || row.definite) { /* else it is a hold that was lifted */
			struct pa_key name;

			pa_record_row_key(&name, (unsigned)at + 1, &serial);
			pa_record_put_row(&record, &row);
			pa_txn_cursor_put_bytes(
				&to, &name, (struct pa_bytes){ record.bytes, record.len }, true);
		}
		r = txn->err ? txn->err : pa_txn_cursor_next(&from, &key, &value);
	}
	pa_txn_cursor_close(&from);
	pa_txn_cursor_close(&to);
	return r < 0 ? r : 0;
}

int pa_upgrade_serials(struct pa_txn *txn)
{
	const size_t len = (size_t)pa_txn_entries(txn, PA_TABLE_CRL);
	struct old_crl *crls = calloc(len + 1, sizeof(*crls));
	int r = crls ? txn->err : -ENOMEM;

	if (r == 0 && len > PA_CRL_ROWS_MAX)
		r = PA_E_LIMIT;
	if (r == 0)
		r = read_crls(txn, crls, len);
	for (size_t i = 0; i < len && r == 0; i++)
		r = write_crl(txn, &crls[i], i + 1);
	if (r == 0)
		r = move_rows(txn, crls, len);
	free(crls);
	if (r == 0)
		r = pa_txn_error(mdb_drop(txn->mdb, txn->env->tables[PA_TABLE_REVOKED], 1));
	return pa_txn_fail(txn, r);
}
