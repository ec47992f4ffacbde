/* CRLs, what is revoked by them, and what holds of an issuer's, as bytes. */
#include <endian.h>

#include "db/record_io.h"

/* Of a CRL's value: 1 has no number of its rows, which then have other keys (db/upgrade.c). */
#define CRL_FORMAT 2u

/* What of a row differs from most: there are many, too. */
enum {
	ROW_REASON = 0x0f,
	ROW_LISTED = 0x10,
	ROW_DEFINITE = 0x20,
	ROW_WIDE = 0x40 /* the time takes 64 bits */
};

/* Keys */

struct pa_key pa_record_crl_key(const struct pa_issuer_id *issuer, enum pa_crl_scope scope)
{
	struct pa_key key = { .len = sizeof(issuer->bytes) + 1 };

	memcpy(key.bytes, issuer->bytes, sizeof(issuer->bytes));
	key.bytes[sizeof(issuer->bytes)] = (uint8_t)scope;
	return key;
}

struct pa_key pa_record_rows_key(unsigned rows)
{
	return (struct pa_key){ PA_ROWS_WIDTH, { (uint8_t)(rows >> 8), (uint8_t)rows } };
}

void pa_record_row_key(struct pa_key *out, unsigned rows, const struct pa_serial *serial)
{
	const size_t len = serial->len <= PA_SERIAL_MAX ? serial->len : PA_SERIAL_MAX;

	out->bytes[0] = (uint8_t)(rows >> 8);
	out->bytes[1] = (uint8_t)rows;
	out->bytes[PA_ROWS_WIDTH] = serial->len;
	memcpy(out->bytes + PA_ROWS_WIDTH + 1, serial->bytes, sizeof(serial->bytes));
	out->len = PA_ROWS_WIDTH + 1 + len;
}

int pa_record_row_serial(struct pa_bytes key, unsigned *rows, struct pa_serial *serial)
{
	const size_t head = PA_ROWS_WIDTH + 1;

	if (key.len <= head || key.len - head > PA_SERIAL_MAX ||
		key.data[head - 1] != key.len - head)
		return PA_E_STORE;
	*rows = (unsigned)key.data[0] << 8 | key.data[1];
	*serial = (struct pa_serial){ .len = (uint8_t)(key.len - head) };
	memcpy(serial->bytes, key.data + head, serial->len);
	return 0;
}

/* In the meta table, since a store that was made before has no table for them. */
#define POLICY_PREFIX "crl-policy:"

struct pa_key pa_record_crl_policy_key(const struct pa_issuer_id *issuer)
{
	struct pa_key key = pa_record_meta_key(POLICY_PREFIX);

	if (issuer) {
		memcpy(key.bytes + key.len, issuer->bytes, sizeof(issuer->bytes));
		key.len += sizeof(issuer->bytes);
	}
	return key;
}

bool pa_record_is_crl_policy(struct pa_bytes key)
{
	return key.len > strlen(POLICY_PREFIX) &&
	       memcmp(key.data, POLICY_PREFIX, strlen(POLICY_PREFIX)) == 0;
}

/* Values */

void pa_record_put_crl(struct pa_record *out, const struct pa_crl_head *head)
{
	const struct pa_crl *crl = &head->crl;

	start(out);
	out->bytes[0] = CRL_FORMAT;
	out->failed = head->rows == 0 || head->rows > PA_CRL_ROWS_MAX;
	put_number(out, head->rows, PA_ROWS_WIDTH);
	put_number(out, crl->number_len, 1);
	if (crl->number_len <= sizeof(crl->number))
		put_bytes(out, crl->number, crl->number_len);
	else
		out->failed = true;
	put_time(out, crl->this_update_s);
	put_time(out, crl->next_update_s);
	put_time(out, crl->imported_s);
	put_bytes(out, crl->sha256, sizeof(crl->sha256));
	put_number(out, crl->entries, 8);
	put_text(out, crl->issuer_name, sizeof(crl->issuer_name));
}

int pa_record_get_crl(struct pa_bytes key, struct pa_bytes value, struct pa_crl_head *ret)
{
	struct cursor k = { key, false }, c = { value, false };
	struct pa_crl *crl = &ret->crl;

	*ret = (struct pa_crl_head){ 0 };
	(void)get_choice(&c, CRL_FORMAT, CRL_FORMAT);
	get_exact(&k, crl->issuer.bytes, sizeof(crl->issuer.bytes));
	crl->scope = (enum pa_crl_scope)get_choice(&k, PA_CRL_ALL, PA_CRL_CA_ONLY);
	ret->rows = (unsigned)get_number(&c, PA_ROWS_WIDTH);
	crl->number_len = (uint8_t)get_choice(&c, 0, PA_CRL_NUMBER_MAX);
	get_exact(&c, crl->number, crl->number_len <= PA_CRL_NUMBER_MAX ? crl->number_len : 0);
	crl->this_update_s = get_time(&c);
	crl->next_update_s = get_time(&c);
	crl->imported_s = get_time(&c);
	get_exact(&c, crl->sha256, sizeof(crl->sha256));
	crl->entries = get_number(&c, 8);
	get_text(&c, crl->issuer_name, sizeof(crl->issuer_name));
	ret->der = get_bytes(&c, c.in.len);
	if (complete(&k) && complete(&c) && ret->rows)
		return 0;
	*ret = (struct pa_crl_head){ 0 };
	return PA_E_STORE;
}

void pa_record_put_row(struct pa_record *out, const struct pa_crl_row *row)
{
	const bool is_wide = row->revoked_s < 0 || row->revoked_s > SHORT_TIME_MAX;
	const unsigned width = is_wide ? 8 : SHORT_TIME_WIDTH;
	const uint64_t time = htobe64((uint64_t)row->revoked_s << (8 * (8 - width)));

	out->failed = row->reason >= PA_ROW_REASONS || !(row->listed || row->definite);
	out->bytes[0] = FORMAT;
	out->bytes[1] = (uint8_t)((row->reason & ROW_REASON) | (row->listed ? ROW_LISTED : 0) |
				  (row->definite ? ROW_DEFINITE : 0) | (is_wide ? ROW_WIDE : 0));
	memcpy(out->bytes + 2, &time, sizeof(time));
	out->len = 2 + width;
}

int pa_record_get_row(struct pa_bytes value, struct pa_crl_row *ret)
{
	struct cursor c = open_value(value);
	const unsigned parts = (unsigned)get_number(&c, 1);
	const unsigned known = ROW_REASON | ROW_LISTED | ROW_DEFINITE | ROW_WIDE;

	*ret = (struct pa_crl_row){
		.revoked_s = (int64_t)get_number(&c, parts & ROW_WIDE ? 8 : SHORT_TIME_WIDTH),
		.reason = parts & ROW_REASON,
		.listed = parts & ROW_LISTED,
		.definite = parts & ROW_DEFINITE,
	};
	if (complete(&c) && !(parts & ~known) && (ret->listed || ret->definite))
		return 0;
	*ret = (struct pa_crl_row){ 0 };
	return PA_E_STORE;
}

void pa_record_put_crl_policy(struct pa_record *out, const struct pa_crl_policy *policy)
{
	start(out);
	put_number(out, (uint64_t)policy->missing, 1);
	put_number(out, (uint64_t)policy->stale, 1);
	put_time(out, policy->grace_s);
	put_time(out, policy->extended_until_s);
	put_text(out, policy->issuer_name, sizeof(policy->issuer_name));
	put_text(out, policy->reason, sizeof(policy->reason));
}

int pa_record_get_crl_policy(struct pa_bytes key, struct pa_bytes value, struct pa_crl_policy *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_crl_policy){ 0 };
	(void)get_bytes(&k, strlen(POLICY_PREFIX));
	get_exact(&k, ret->issuer.bytes, sizeof(ret->issuer.bytes));
	ret->missing = (enum pa_crl_lenience)get_choice(&c, PA_CRL_REALM, PA_CRL_IGNORE);
	ret->stale = (enum pa_crl_lenience)get_choice(&c, PA_CRL_REALM, PA_CRL_IGNORE);
	ret->grace_s = get_time(&c);
	ret->extended_until_s = get_time(&c);
	get_text(&c, ret->issuer_name, sizeof(ret->issuer_name));
	get_text(&c, ret->reason, sizeof(ret->reason));
	if (complete(&k) && complete(&c) && ret->missing != PA_CRL_GRACE && ret->grace_s >= 0 &&
		ret->grace_s <= PA_CRL_GRACE_MAX && ret->extended_until_s >= 0)
		return 0;
	*ret = (struct pa_crl_policy){ 0 };
	return PA_E_STORE;
}
