/* The CRLs, and what is revoked by them. */
#include <errno.h>

#include "db/apply.h"

static bool is_scope(enum pa_crl_scope scope)
{
	return scope == PA_CRL_ALL || scope == PA_CRL_USER_ONLY || scope == PA_CRL_CA_ONLY;
}

/* Big-endian, at most max octets, no leading zero octet but for the number 0 itself. */
static bool is_number(const uint8_t *bytes, size_t len, size_t max)
{
	return len <= max && (len < 2 || bytes[0] != 0);
}

static bool is_crl(const struct pa_crl *crl)
{
	return is_scope(crl->scope) && is_number(crl->number, crl->number_len, PA_CRL_NUMBER_MAX) &&
	       pa_is_terminated(crl->issuer_name, sizeof(crl->issuer_name));
}

/* --- rows --- */

/* A walk over the rows of one CRL, which are in the order of the serials. */
struct rows {
	struct pa_apply *a;
	struct pa_txn_cursor cursor;
	unsigned number;
	bool there; /* the cursor stands on one of them, which is: */
	struct pa_serial serial;
	struct pa_crl_row row;
};

/* What the cursor found; r as it said. */
static void take(struct rows *rows, int r, struct pa_bytes key, struct pa_bytes value)
{
	unsigned number;

	rows->there = false;
	if (r)
		return;
	if (pa_record_row_serial(key, &number, &rows->serial) != 0 ||
		(number == rows->number && pa_record_get_row(value, &rows->row) != 0))
		(void)pa_txn_fail(rows->a->txn, PA_E_STORE);
	else
		rows->there = number == rows->number;
}

static void go_to_first(struct rows *rows)
{
	const struct pa_key first = pa_record_rows_key(rows->number);
	struct pa_bytes key, value;
	int r = pa_txn_cursor_after(&rows->cursor, &first, &key, &value);

	take(rows, r, key, value);
}

static void go_on(struct rows *rows)
{
	struct pa_bytes key, value;
	int r = pa_txn_cursor_next(&rows->cursor, &key, &value);

	take(rows, r, key, value);
}

/* Whether all that the table holds is before the rows of this CRL, none of which is there yet. */
static bool is_last(struct rows *rows)
{
	const struct pa_key first = pa_record_rows_key(rows->number);
	struct pa_bytes key, value;
	int r = pa_txn_cursor_last(&rows->cursor, &key, &value);

	return r == PA_DB_NOT_FOUND ||
	       (r == 0 && key.len >= first.len && memcmp(key.data, first.bytes, first.len) < 0);
}

static void put(struct rows *rows, const struct pa_serial *serial, const struct pa_crl_row *row,
	bool append)
{
	struct pa_record *record = &rows->a->record;
	struct pa_key key;

	pa_record_row_key(&key, rows->number, serial);
	pa_record_put_row(record, row);
	if (record->failed)
		(void)pa_txn_fail(rows->a->txn, -EINVAL);
	pa_txn_cursor_put_bytes(
		&rows->cursor, &key, (struct pa_bytes){ record->bytes, record->len }, append);
}

/* The row at the cursor is not listed any more: a hold is lifted by that, nothing else is. */
static void unlist(struct rows *rows)
{
	struct pa_crl_row row = rows->row;

	if (!row.definite) {
		pa_txn_cursor_del(&rows->cursor);
	} else if (row.listed) {
		row.listed = false;
		put(rows, &rows->serial, &row, false);
	}
}

static struct pa_crl_row row_of(const struct pa_revoked *entry)
{
	return (struct pa_crl_row){
		.revoked_s = entry->revoked_s,
		.reason = entry->reason,
		.listed = true,
		.definite = entry->reason != PA_REASON_HOLD,
	};
}

/* The serial of the row at the cursor is listed. */
static void relist(struct rows *rows, const struct pa_revoked *entry)
{
	const struct pa_crl_row *old = &rows->row;
	struct pa_crl_row row = row_of(entry);

	row.definite |= old->definite; /* a later hold takes nothing back */
	if (row.revoked_s != old->revoked_s || row.reason != old->reason ||
		row.definite != old->definite || !old->listed)
		put(rows, &entry->serial, &row, false);
}

static void list_one(struct rows *rows, const struct pa_revoked *entry)
{
	int order = -1;

	while (rows->there && (order = pa_serial_cmp(&rows->serial, &entry->serial)) < 0) {
		unlist(rows);
		go_on(rows);
	}
	if (rows->there && order == 0) {
		relist(rows, entry);
	} else {
		const struct pa_crl_row row = row_of(entry);

		put(rows, &entry->serial, &row, false); /* the cursor is now before where it was */
	}
	go_on(rows);
}

/* Whether entry i of a list is good, and may stand behind the one before. */
static bool is_next(const struct pa_revoked *list, size_t i)
{
	const struct pa_serial *serial = &list[i].serial;

	return serial->len && is_number(serial->bytes, serial->len, PA_SERIAL_MAX) &&
	       (!i || pa_serial_cmp(&list[i - 1].serial, serial) < 0);
}

/* A row for each serial of the list; of what is not on it stays what is definite. */
static int put_rows(struct pa_apply *a, const struct pa_change *change, unsigned number, bool first)
{
	const struct pa_revoked *list = change->crl.revoked;
	struct rows rows = { .a = a, .number = number };
	bool appends;

	pa_txn_cursor_open(&rows.cursor, a->txn, PA_TABLE_SERIAL);
	appends = first && is_last(&rows);
	if (!appends)
		go_to_first(&rows);
	for (size_t i = 0; i < change->crl.revoked_len && !a->txn->err; i++) {
		if (!is_next(list, i)) {
			(void)pa_txn_fail(a->txn, -EINVAL);
		} else if (appends) {
			const struct pa_crl_row row = row_of(&list[i]);

			put(&rows, &list[i].serial, &row, true);
		} else {
			list_one(&rows, &list[i]);
		}
	}
	while (rows.there && !a->txn->err) {
		unlist(&rows);
		go_on(&rows);
	}
	pa_txn_cursor_close(&rows.cursor);
	return a->txn->err;
}

/* The least number that no CRL has. 0, PA_E_LIMIT, negative. */
static int find_number(struct pa_apply *a, unsigned *ret)
{
	uint8_t taken[PA_CRL_ROWS_MAX + 1] = { [0] = 1 };
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	struct pa_crl_head head;
	int r;

	pa_txn_cursor_open(&cursor, a->txn, PA_TABLE_CRL);
	r = pa_txn_cursor_after(&cursor, NULL, &key, &value);
	while (r == 0) {
		r = pa_record_get_crl(key, value, &head);
		if (r == 0) {
			taken[head.rows] = 1;
			r = pa_txn_cursor_next(&cursor, &key, &value);
		}
	}
	pa_txn_cursor_close(&cursor);
	for (*ret = 1; *ret <= PA_CRL_ROWS_MAX && taken[*ret];)
		++*ret;
	if (r < 0)
		return r;
	return *ret <= PA_CRL_ROWS_MAX ? 0 : PA_E_LIMIT;
}

/* --- CRLs --- */

/* The CRL that is in force already: nothing changes, unless its DER came before it was kept. */
static int keep_der(struct pa_apply *a, const struct pa_key *key, const struct pa_crl_head *head,
	struct pa_bytes der)
{
	if (head->der.len || !der.len)
		return 0;
	a->changed = true;
	pa_record_put_crl(&a->record, head);
	pa_txn_put(a->txn, PA_TABLE_CRL, key, &a->record, der);
	return a->txn->err;
}

int pa_apply_crl_put(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_crl_head next = { .crl = change->crl.head }, old = { 0 };
	struct pa_bytes value;
	struct pa_key key;
	bool there;
	int r;

	if (!is_crl(&next.crl) || (change->crl.revoked_len && !change->crl.revoked))
		return -EINVAL;
	if (change->crl.der.len > PA_CRL_FILE_MAX)
		return PA_E_LIMIT;
	next.crl.entries = change->crl.revoked_len;
	key = pa_record_crl_key(&next.crl.issuer, next.crl.scope);
	r = pa_apply_look(a, PA_TABLE_CRL, &key, change->when, &there, &value);
	if (r == 0 && there) {
		r = pa_record_get_crl(pa_record_key_bytes(&key), value, &old);
		if (r == 0 && memcmp(old.crl.sha256, next.crl.sha256, PA_DIGEST_LEN) == 0)
			return keep_der(a, &key, &old, change->crl.der);
		if (r == 0)
			r = pa_crl_may_follow(&old.crl, &next.crl, change->crl.allow_rollback,
				change->crl.allow_shrink);
		next.rows = old.rows;
	} else if (r == 0) {
		r = find_number(a, &next.rows);
	}
	if (r)
		return r;
	a->changed = true;
	pa_record_put_crl(&a->record, &next);
	pa_txn_put(a->txn, PA_TABLE_CRL, &key, &a->record, change->crl.der);
	return put_rows(a, change, next.rows, !there);
}

int pa_apply_crl_remove(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_crl *head = &change->crl.head;
	struct pa_key key = pa_record_crl_key(&head->issuer, head->scope), rows;
	struct pa_crl_head old;
	struct pa_bytes value;
	int r;

	if (!is_scope(head->scope))
		return -EINVAL;
	r = pa_txn_get(a->txn, PA_TABLE_CRL, &key, &value);
	if (r == PA_DB_NOT_FOUND)
		return pa_apply_when(change->when, false);
	if (r == 0)
		r = pa_record_get_crl(pa_record_key_bytes(&key), value, &old);
	if (r)
		return r;
	if (memcmp(old.crl.sha256, head->sha256, PA_DIGEST_LEN) != 0)
		return PA_DB_CONFLICT; /* another one came meanwhile: nobody asked for its end */
	r = pa_apply_drop(a, PA_TABLE_CRL, &key, change->when);
	if (r)
		return r;
	rows = pa_record_rows_key(old.rows);
	pa_txn_del_prefix(a->txn, PA_TABLE_SERIAL, &rows);
	return a->txn->err;
}

/* --- what holds of an issuer's CRLs --- */

static bool is_crl_policy(const struct pa_crl_policy *policy)
{
	bool missing = policy->missing == PA_CRL_REALM || policy->missing == PA_CRL_DENY ||
		       policy->missing == PA_CRL_IGNORE;
	bool stale = policy->stale >= PA_CRL_REALM && policy->stale <= PA_CRL_IGNORE;

	return missing && stale && policy->grace_s >= 0 && policy->grace_s <= PA_CRL_GRACE_MAX &&
	       (policy->grace_s == 0 || policy->stale == PA_CRL_GRACE) &&
	       policy->extended_until_s >= 0 &&
	       pa_is_terminated(policy->issuer_name, sizeof(policy->issuer_name)) &&
	       pa_is_terminated(policy->reason, sizeof(policy->reason));
}

/* Only the parts that are meant, so that of two changes at once neither takes the other back. */
static void merge_policy(
	struct pa_crl_policy *into, const struct pa_crl_policy *from, unsigned fields)
{
	into->issuer = from->issuer;
	memcpy(into->issuer_name, from->issuer_name, sizeof(into->issuer_name));
	if (fields & PA_CRL_SET_MISSING)
		into->missing = from->missing;
	if (fields & PA_CRL_SET_STALE) {
		into->stale = from->stale;
		into->grace_s = from->grace_s;
	}
	if (fields & PA_CRL_SET_EXTENSION) {
		into->extended_until_s = from->extended_until_s;
		memcpy(into->reason, from->reason, sizeof(into->reason));
	}
}

int pa_apply_crl_policy_put(struct pa_apply *a, const struct pa_change *change)
{
	const unsigned all = PA_CRL_SET_MISSING | PA_CRL_SET_STALE | PA_CRL_SET_EXTENSION;
	const struct pa_crl_policy *policy = &change->crl_policy.policy;
	const unsigned fields = change->crl_policy.fields;
	struct pa_key key = pa_record_crl_policy_key(&policy->issuer);
	struct pa_crl_policy next = { .missing = PA_CRL_REALM };
	struct pa_bytes old;
	bool there;
	int r;

	if (!fields || (fields & ~all) || !is_crl_policy(policy))
		return -EINVAL;
	r = pa_apply_look(a, PA_TABLE_META, &key, change->when, &there, &old);
	if (r == 0 && there)
		r = pa_record_get_crl_policy(pa_record_key_bytes(&key), old, &next);
	if (r)
		return r;
	merge_policy(&next, policy, fields);
	if (next.missing == PA_CRL_REALM && next.stale == PA_CRL_REALM && !next.extended_until_s)
		return pa_apply_drop(a, PA_TABLE_META, &key, PA_WHEN_ANY);
	pa_record_put_crl_policy(&a->record, &next);
	return pa_apply_store(a, PA_TABLE_META, &key, (struct pa_bytes){ NULL, 0 }, old);
}
