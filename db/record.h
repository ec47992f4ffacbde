/*
 * Keys and values as bytes. Every value begins with a format byte, numbers are
 * big-endian, strings carry their length; what does not decode exactly is
 * PA_E_STORE. Internal to db/.
 */
#ifndef DB_RECORD_H
#define DB_RECORD_H

#include "db/account.h"
#include "db/audit.h"
#include "db/ca.h"
#include "db/change.h"
#include "db/crl.h"
#include "db/device.h"
#include "db/key.h"
#include "db/otp.h"
#include "db/person.h"
#include "db/prefix.h"

#define PA_KEY_MAX    80u
#define PA_RECORD_MAX 5120u

struct pa_key {
	size_t len;
	uint8_t bytes[PA_KEY_MAX];
};

struct pa_record {
	size_t len;
	bool failed; /* something did not fit: never written */
	uint8_t bytes[PA_RECORD_MAX];
};

#define PA_CRL_ROWS_MAX UINT16_MAX
#define PA_ROWS_WIDTH   2u

/* A CRL in force, as it is stored. */
struct pa_crl_head {
	struct pa_crl crl;
	unsigned rows; /* 1 to PA_CRL_ROWS_MAX: the number that its serials' keys begin with */
	struct pa_bytes der; /* until the view ends; empty: imported before it was kept */
};

/* A serial that is or was listed: listed, definite or both. */
struct pa_crl_row {
	int64_t revoked_s;
	uint8_t reason; /* below PA_ROW_REASONS */
	bool listed;    /* by the CRL in force */
	bool definite;  /* listed once for another reason than a hold: stays revoked */
};

#define PA_REASON_HOLD 6u  /* certificateHold, RFC 5280 5.3.1 */
#define PA_ROW_REASONS 16u /* that fit a row */

struct pa_key pa_record_device_key(struct pa_mac mac);
/* That of the device, with the anchor behind it where one was noted. */
struct pa_key pa_record_known_key(const struct pa_device_key *known);
struct pa_key pa_record_prefix_key(struct pa_mac mac, unsigned bits);
struct pa_key pa_record_ca_key(const uint8_t sha256[PA_DIGEST_LEN]);
struct pa_key pa_record_crl_key(const struct pa_issuer_id *issuer, enum pa_crl_scope scope);
/* What the keys of a CRL's rows begin with. */
struct pa_key pa_record_rows_key(unsigned rows);
/* The same, then the serial in the order of pa_serial_cmp(). There are millions of them, in one go.
 */
void pa_record_row_key(struct pa_key *out, unsigned rows, const struct pa_serial *serial);
/* And back. 0, PA_E_STORE. */
int pa_record_row_serial(
	struct pa_bytes key, unsigned *rows, struct pa_serial *serial) PA_MUST_CHECK;
/* NULL: below those of all issuers. */
struct pa_key pa_record_crl_policy_key(const struct pa_issuer_id *issuer);
bool pa_record_is_crl_policy(struct pa_bytes key);
struct pa_key pa_record_account_key(const struct pa_account_key *account);
struct pa_key pa_record_otp_key(struct pa_mac mac, const char *realm);
struct pa_key pa_record_person_key(const char *name);
struct pa_key pa_record_audit_key(uint64_t revision);
struct pa_key pa_record_meta_key(const char *name);

/* 0, PA_E_STORE: no device has such a key. */
int pa_record_device_mac(struct pa_bytes key, struct pa_mac *ret) PA_MUST_CHECK;

void pa_record_put_device(struct pa_record *out, const struct pa_device *device);
void pa_record_put_prefix(struct pa_record *out, const struct pa_prefix *prefix);
void pa_record_put_device_key(struct pa_record *out, const struct pa_device_key *key);
void pa_record_put_ca(struct pa_record *out, const struct pa_ca *ca); /* der goes behind it */
void pa_record_put_crl(struct pa_record *out, const struct pa_crl_head *head); /* so here */
void pa_record_put_row(struct pa_record *out, const struct pa_crl_row *row);
void pa_record_put_crl_policy(struct pa_record *out, const struct pa_crl_policy *policy);
void pa_record_put_account(struct pa_record *out, const struct pa_account *account);
void pa_record_put_otp(struct pa_record *out, const struct pa_otp *otp);
void pa_record_put_person(struct pa_record *out, const struct pa_person *person);
void pa_record_put_audit(struct pa_record *out, const struct pa_audit *audit);
void pa_record_put_number(struct pa_record *out, uint64_t number);

/* All: 0 or PA_E_STORE; *ret is then zeroed. */
int pa_record_get_device(
	struct pa_bytes key, struct pa_bytes value, struct pa_device *ret) PA_MUST_CHECK;
int pa_record_get_prefix(
	struct pa_bytes key, struct pa_bytes value, struct pa_prefix *ret) PA_MUST_CHECK;
int pa_record_get_device_key(
	struct pa_bytes key, struct pa_bytes value, struct pa_device_key *ret) PA_MUST_CHECK;
int pa_record_get_ca(struct pa_bytes key, struct pa_bytes value, struct pa_ca *ret) PA_MUST_CHECK;
int pa_record_get_crl(
	struct pa_bytes key, struct pa_bytes value, struct pa_crl_head *ret) PA_MUST_CHECK;
int pa_record_get_row(struct pa_bytes value, struct pa_crl_row *ret) PA_MUST_CHECK;
int pa_record_get_crl_policy(
	struct pa_bytes key, struct pa_bytes value, struct pa_crl_policy *ret) PA_MUST_CHECK;
int pa_record_get_account(
	struct pa_bytes key, struct pa_bytes value, struct pa_account *ret) PA_MUST_CHECK;
int pa_record_get_otp(struct pa_bytes key, struct pa_bytes value, struct pa_otp *ret) PA_MUST_CHECK;
int pa_record_get_person(
	struct pa_bytes key, struct pa_bytes value, struct pa_person *ret) PA_MUST_CHECK;
int pa_record_get_audit(
	struct pa_bytes key, struct pa_bytes value, struct pa_audit *ret) PA_MUST_CHECK;
int pa_record_audit_revision(struct pa_bytes key, uint64_t *ret) PA_MUST_CHECK;
int pa_record_get_number(struct pa_bytes value, uint64_t *ret) PA_MUST_CHECK;

static inline struct pa_bytes pa_record_key_bytes(const struct pa_key *key)
{
	return (struct pa_bytes){ key->bytes, key->len };
}

#endif
