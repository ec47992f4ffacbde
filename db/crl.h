/*
 * CRLs: what is in force of each issuer key and scope, and the revoked serials.
 *
 * An issuer is known by a digest of its name and its key (the caller computes
 * it), so that the CRLs of a key and of its successor are both in force.
 */
#ifndef DB_CRL_H
#define DB_CRL_H

#include "db/ca.h"

#define PA_SERIAL_MAX     20u /* RFC 5280, 4.1.2.2: content octets of the INTEGER */
#define PA_CRL_NUMBER_MAX 20u /* RFC 5280, 5.2.3 */
#define PA_CRL_ISSUER_MAX 256u

/* What a CRL covers (issuingDistributionPoint, RFC 5280 5.2.5). */
enum pa_crl_scope { PA_CRL_ALL = 0, PA_CRL_USER_ONLY = 1, PA_CRL_CA_ONLY = 2 };

struct pa_issuer_id {
	uint8_t bytes[PA_DIGEST_LEN];
};

struct pa_serial {
	uint8_t len;                  /* 1 .. PA_SERIAL_MAX */
	uint8_t bytes[PA_SERIAL_MAX]; /* content octets as in DER, leading zero octets removed */
};

struct pa_crl {
	struct pa_issuer_id issuer;
	enum pa_crl_scope scope;
	char issuer_name[PA_CRL_ISSUER_MAX + 1]; /* for humans, cut */
	uint8_t number_len;                      /* 0: the CRL has no crlNumber */
	uint8_t number[PA_CRL_NUMBER_MAX];       /* big-endian, leading zero octets removed */
	int64_t this_update_s, next_update_s;    /* next_update_s 0: none */
	int64_t imported_s;
	uint8_t sha256[PA_DIGEST_LEN]; /* of the CRL's DER */
	uint64_t entries;              /* that this CRL lists */
};

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_crl_get(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, struct pa_crl *ret) PA_MUST_CHECK;
/* In a fixed order; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_db_crl_next(
	struct pa_db_reader *reader, const struct pa_crl *after, struct pa_crl *ret) PA_MUST_CHECK;

/* The CRL as it was imported, while the view lasts. 0, PA_DB_NOT_FOUND (also: it was imported
 * before its bytes were kept), negative. */
int pa_db_crl_der(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, struct pa_bytes *ret) PA_MUST_CHECK;

#define PA_CRL_SHRINK_MIN 10u /* entries of a list that must not lose more than half of them */

/*
 * Whether `next` may replace `old`, of the same issuer and scope: the rules of CRL_PUT, for
 * who wants to know before. 0 (also where they are the same CRL), PA_DB_CONFLICT, PA_DB_ROLLBACK,
 * PA_DB_SHRINK.
 */
int pa_crl_may_follow(const struct pa_crl *old, const struct pa_crl *next, bool allow_rollback,
	bool allow_shrink) PA_MUST_CHECK;

struct pa_revoked {
	struct pa_serial serial;
	uint8_t reason; /* CRLReason, RFC 5280 5.3.1; 6 = certificateHold */
	bool listed;    /* the CRL in force lists it; else it was listed before and stays revoked */
	bool on_hold;   /* never but on hold: free again when no CRL lists it any more */
	int64_t revoked_s;
};

#define PA_CRL_GRACE_MAX  (INT64_C(100) * 366 * 86400)
#define PA_CRL_REASON_MAX 200u

enum pa_crl_lenience {
	PA_CRL_REALM = 0, /* as each realm says */
	PA_CRL_DENY,
	PA_CRL_GRACE,
	PA_CRL_IGNORE
};

/* What holds of one issuer's CRLs, of every scope, in place of the realms' settings. */
struct pa_crl_policy {
	struct pa_issuer_id issuer;
	char issuer_name[PA_CRL_ISSUER_MAX + 1]; /* for humans, cut */
	enum pa_crl_lenience missing, stale;     /* missing is never PA_CRL_GRACE */
	int64_t grace_s;          /* counted from nextUpdate; 0 but for PA_CRL_GRACE */
	int64_t extended_until_s; /* a stale CRL passes before it, whatever stale says; 0: never */
	char reason[PA_CRL_REASON_MAX + 1]; /* of the extension */
};

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_crl_policy_get(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	struct pa_crl_policy *ret) PA_MUST_CHECK;
/* In a fixed order; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_db_crl_policy_next(struct pa_db_reader *reader, const struct pa_issuer_id *after,
	struct pa_crl_policy *ret) PA_MUST_CHECK;

/* Is the serial revoked by this issuer, in any scope? 0: yes; PA_DB_NOT_FOUND: no; negative. */
int pa_db_revoked_get(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial, struct pa_revoked *ret) PA_MUST_CHECK;
/* As pa_db_revoked_get(), in one scope alone. */
int pa_db_revoked_in(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, const struct pa_serial *serial,
	struct pa_revoked *ret) PA_MUST_CHECK;
/* Those that are revoked in one scope, in the order of pa_serial_cmp(); after may be NULL. 0,
 * PA_DB_NOT_FOUND (the end), negative. */
int pa_db_revoked_next(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, const struct pa_serial *after,
	struct pa_revoked *ret) PA_MUST_CHECK;

/* The parts of an issuer's policy that PA_CHANGE_CRL_POLICY_PUT sets; the others stay as they are.
 */
enum {
	PA_CRL_SET_MISSING = 1,
	PA_CRL_SET_STALE = 2,    /* stale, grace_s */
	PA_CRL_SET_EXTENSION = 4 /* extended_until_s, reason */
};

/* The order of serials: by length, then by bytes. <0, 0, >0. */
int pa_serial_cmp(const struct pa_serial *a, const struct pa_serial *b);

#endif
