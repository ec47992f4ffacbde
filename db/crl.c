#include "db/crl.h"

#include <endian.h>
#include <errno.h>

#include "db/store.h"

int pa_serial_cmp(const struct pa_serial *a, const struct pa_serial *b)
{
	uint64_t left, right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->len >= sizeof(left)) { /* nearly all differ there */
		memcpy(&left, a->bytes, sizeof(left));
		memcpy(&right, b->bytes, sizeof(right));
		if (left != right)
			return be64toh(left) < be64toh(right) ? -1 : 1;
	}
	return memcmp(a->bytes, b->bytes, a->len <= PA_SERIAL_MAX ? a->len : PA_SERIAL_MAX);
}

static int get_head(struct pa_txn *view, const struct pa_issuer_id *issuer, enum pa_crl_scope scope,
	struct pa_crl_head *ret)
{
	struct pa_key key = pa_record_crl_key(issuer, scope);
	struct pa_bytes value;
	int r = pa_txn_get(view, PA_TABLE_CRL, &key, &value);

	return r ? r : pa_record_get_crl(pa_record_key_bytes(&key), value, ret);
}

int pa_db_crl_get(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, struct pa_crl *ret)
{
	struct pa_crl_head head = { 0 };
	int r = get_head(pa_db_view(reader), issuer, scope, &head);

	*ret = head.crl;
	return r;
}

int pa_db_crl_der(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, struct pa_bytes *ret)
{
	struct pa_crl_head head = { 0 };
	int r = get_head(pa_db_view(reader), issuer, scope, &head);

	*ret = head.der;
	return r == 0 && !head.der.len ? PA_DB_NOT_FOUND : r;
}

static int compare_numbers(const struct pa_crl *a, const struct pa_crl *b)
{
	if (a->number_len != b->number_len)
		return a->number_len < b->number_len ? -1 : 1;
	return memcmp(a->number, b->number, a->number_len);
}

int pa_crl_may_follow(
	const struct pa_crl *old, const struct pa_crl *next, bool allow_rollback, bool allow_shrink)
{
	int order;

	if (memcmp(old->sha256, next->sha256, sizeof(old->sha256)) == 0)
		return 0;
	if (old->number_len && next->number_len)
		order = compare_numbers(next, old);
	else
		order = (next->this_update_s > old->this_update_s) -
			(next->this_update_s < old->this_update_s);
	if (order == 0)
		return PA_DB_CONFLICT;
	if (order < 0 && !allow_rollback)
		return PA_DB_ROLLBACK;
	if (old->entries >= PA_CRL_SHRINK_MIN && next->entries < old->entries - old->entries / 2 &&
		!allow_shrink)
		return PA_DB_SHRINK;
	return 0;
}

int pa_db_crl_next(struct pa_db_reader *reader, const struct pa_crl *after, struct pa_crl *ret)
{
	struct pa_crl_head head = { 0 };
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	if (after)
		from = pa_record_crl_key(&after->issuer, after->scope);
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_CRL, after ? &from : NULL, &key, &value);
	if (r == 0)
		r = pa_record_get_crl(key, value, &head);
	*ret = head.crl;
	return r;
}

int pa_db_crl_policy_get(
	struct pa_db_reader *reader, const struct pa_issuer_id *issuer, struct pa_crl_policy *ret)
{
	struct pa_key key = pa_record_crl_policy_key(issuer);
	struct pa_bytes value;
	int r = pa_txn_get(pa_db_view(reader), PA_TABLE_META, &key, &value);

	*ret = (struct pa_crl_policy){ 0 };
	return r ? r : pa_record_get_crl_policy(pa_record_key_bytes(&key), value, ret);
}

int pa_db_crl_policy_next(
	struct pa_db_reader *reader, const struct pa_issuer_id *after, struct pa_crl_policy *ret)
{
	struct pa_key from = pa_record_crl_policy_key(after);
	struct pa_bytes key, value;
	int r = pa_txn_after(pa_db_view(reader), PA_TABLE_META, &from, &key, &value);

	*ret = (struct pa_crl_policy){ 0 };
	if (r == 0 && !pa_record_is_crl_policy(key))
		r = PA_DB_NOT_FOUND;
	return r ? r : pa_record_get_crl_policy(key, value, ret);
}

static void tell_row(
	const struct pa_crl_row *row, const struct pa_serial *serial, struct pa_revoked *ret)
{
	*ret = (struct pa_revoked){
		.serial = *serial,
		.revoked_s = row->revoked_s,
		.reason = row->reason,
		.listed = row->listed,
		.on_hold = !row->definite,
	};
}

/* As pa_db_revoked_get(), in one scope. */
static int get_row(struct pa_txn *view, const struct pa_issuer_id *issuer, enum pa_crl_scope scope,
	const struct pa_serial *serial, struct pa_revoked *ret)
{
	struct pa_crl_head head;
	struct pa_crl_row row;
	struct pa_bytes value;
	struct pa_key key;
	int r = get_head(view, issuer, scope, &head);

	if (r)
		return r;
	pa_record_row_key(&key, head.rows, serial);
	r = pa_txn_get(view, PA_TABLE_SERIAL, &key, &value);
	if (r == 0)
		r = pa_record_get_row(value, &row);
	if (r == 0)
		tell_row(&row, serial, ret);
	return r;
}

int pa_db_revoked_next(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, const struct pa_serial *after, struct pa_revoked *ret)
{
	struct pa_txn *view = pa_db_view(reader);
	struct pa_bytes found = { NULL, 0 }, value;
	struct pa_crl_head head;
	struct pa_serial serial;
	struct pa_crl_row row;
	struct pa_key key;
	unsigned rows = 0;
	int r = get_head(view, issuer, scope, &head);

	if (r == 0) {
		key = pa_record_rows_key(head.rows);
		if (after)
			pa_record_row_key(&key, head.rows, after);
		r = pa_txn_after(view, PA_TABLE_SERIAL, &key, &found, &value);
	}
	if (r == 0)
		r = pa_record_row_serial(found, &rows, &serial);
	if (r == 0 && rows != head.rows)
		r = PA_DB_NOT_FOUND;
	if (r == 0)
		r = pa_record_get_row(value, &row);
	*ret = (struct pa_revoked){ 0 };
	if (r == 0)
		tell_row(&row, &serial, ret);
	return r;
}

/* As pa_db_revoked_get(), of a serial that may be. */
static int get_rows(struct pa_txn *view, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial, struct pa_revoked *ret)
{
	const struct pa_serial asked = *serial; /* it may stand in *ret */
	struct pa_revoked row;
	bool found = false;

	*ret = (struct pa_revoked){ 0 };
	for (enum pa_crl_scope scope = PA_CRL_ALL; scope <= PA_CRL_CA_ONLY; scope++) {
		int r = get_row(view, issuer, scope, &asked, &row);

		if (r < 0) {
			*ret = (struct pa_revoked){ 0 };
			return r;
		}
		if (r == 0 && (!found || (row.listed && !ret->listed))) {
			*ret = row; /* one that is listed tells more */
			found = true;
		}
	}
	return found ? 0 : PA_DB_NOT_FOUND;
}

int pa_db_revoked_get(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial, struct pa_revoked *ret)
{
	struct pa_txn *view = pa_db_view(reader);
	int r = PA_DB_NOT_FOUND;

	/* nearly all that are asked for are good: no more is done for them than must be */
	if (serial->len == 0 || serial->len > PA_SERIAL_MAX)
		r = -EINVAL;
	else if (!view || reader->db->plain || pa_serials_has(&reader->db->serials, issuer, serial))
		return get_rows(view, issuer, serial, ret);
	*ret = (struct pa_revoked){ 0 };
	return r;
}

int pa_db_revoked_in(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, const struct pa_serial *serial, struct pa_revoked *ret)
{
	const struct pa_serial asked = *serial;
	int r;

	*ret = (struct pa_revoked){ 0 };
	if (asked.len == 0 || asked.len > PA_SERIAL_MAX)
		return -EINVAL;
	r = get_row(pa_db_view(reader), issuer, scope, &asked, ret);
	if (r)
		*ret = (struct pa_revoked){ 0 };
	return r;
}
