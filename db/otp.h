/*
 * One-time passwords. A code belongs to one device in one realm; there is at most one of them, and
 * a new one replaces it. The store never sees a code, only its keyed digest, whose key stands
 * outside the store.
 */
#ifndef DB_OTP_H
#define DB_OTP_H

#include "db/ca.h"
#include "proto/network.h"

#define PA_OTP_SHAPE_MAX  64u /* symbols of a code */
#define PA_OTP_KEY_ID_LEN 4u

enum pa_otp_alphabet { PA_OTP_NONE = 0, PA_OTP_DIGITS, PA_OTP_LETTERS };

struct pa_otp {
	struct pa_mac mac;
	char realm[PA_NAME_MAX + 1];
	uint8_t code[PA_DIGEST_LEN];    /* keyed digest; tells codes apart */
	enum pa_otp_alphabet alphabet;  /* what a code is made of ... */
	unsigned length;                /* ... and of how many: 1 .. PA_OTP_SHAPE_MAX */
	int64_t issued_s, expires_s;    /* valid in [issued, expires) */
	uint32_t within_s;              /* how long the first use may be repeated; 0: not at all */
	uint8_t tries;                  /* wrong ones that are left */
	struct pa_network source;       /* where it must come from; none: anywhere */
	uid_t issuer;                   /* of the peer who had it issued ... */
	char user[PA_NAME_MAX + 1];     /* ... and for whom, by that peer's word */
	int64_t used_s;                 /* the first use; 0: not yet */
	bool has_used_by;               /* the first use came with a certificate ... */
	uint8_t used_by[PA_DIGEST_LEN]; /* ... with this key */
	/* What the key of the digest is known by, until the first use; 0: nobody noted it. */
	uint8_t key_id[PA_OTP_KEY_ID_LEN];
};

enum pa_otp_state {
	PA_OTP_LIVE = 0,
	PA_OTP_EXHAUSTED, /* no try is left */
	PA_OTP_EXPIRED,
	PA_OTP_USED
};

/* What holds of a code at a time; whether it may be repeated is another question. */
enum pa_otp_state pa_otp_state_at(const struct pa_otp *otp, int64_t now_s);
const char *pa_otp_state_name(enum pa_otp_state state);

/*
 * Whether it was used, and whoever comes with this key (NULL: without a certificate) may do so
 * again: the same key, within the window after the first use, before the code expires, with tries
 * left.
 */
bool pa_otp_may_repeat(const struct pa_otp *otp, const uint8_t *key, int64_t now_s);

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_otp_get(struct pa_db_reader *reader, struct pa_mac mac, const char *realm,
	struct pa_otp *ret) PA_MUST_CHECK;
/* In the order of devices, then realms; after may be NULL (its mac and realm count). 0,
 * PA_DB_NOT_FOUND (the end), negative. */
int pa_db_otp_next(
	struct pa_db_reader *reader, const struct pa_otp *after, struct pa_otp *ret) PA_MUST_CHECK;

#endif
