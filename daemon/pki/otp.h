/*
 * One-time passwords: how codes are made, read and digested.
 */
#ifndef DAEMON_PKI_OTP_H
#define DAEMON_PKI_OTP_H

#include "db/otp.h"

#define PA_OTP_KEY_LEN    32u
#define PA_OTP_KEY_FILE   "otp.key"
#define PA_OTP_OPEN_BITS  80u /* a code with less is worth nothing without a certificate */
#define PA_OTP_TEXT_MAX   (PA_OTP_SHAPE_MAX + PA_OTP_SHAPE_MAX / 4u + 1u) /* groups, NUL */
#define PA_OTP_LENGTH_MIN 6u

/* What codes are digested with. It is in no store and in no backup of one. */
struct pa_otp_key {
	uint8_t bytes[PA_OTP_KEY_LEN];
	uint8_t id[PA_OTP_KEY_ID_LEN]; /* that it is known by; tells nothing else of it */
};

/* A code as it is digested: lower case, without what joins its groups. Wipe it. */
struct pa_otp_code {
	char text[PA_OTP_SHAPE_MAX + 1]; /* NUL-terminated */
	size_t length;                   /* 0: what was read is no code */
};

/*
 * Read the key from dir/otp.key, or make it there (mode 0600, durable) where there is none. dir is
 * the store's, which must be open: so nobody else makes one at the same time. 0; 1: made; or
 * PA_E_STORE, PA_E_CRYPTO, -errno: diag names the file and the fix.
 */
int pa_otp_key_open(const char *dir, struct pa_otp_key *ret, struct pa_diag *diag) PA_MUST_CHECK;

/* Make it anew, whatever is there: all codes that are not used yet are void. 1 or negative, as
 * above. */
int pa_otp_key_replace(const char *dir, struct pa_otp_key *ret, struct pa_diag *diag) PA_MUST_CHECK;

/* A fresh code, each symbol equally likely. length: PA_OTP_LENGTH_MIN .. PA_OTP_SHAPE_MAX. 0,
 * -EINVAL, PA_E_CRYPTO. */
int pa_otp_make(
	enum pa_otp_alphabet alphabet, unsigned length, struct pa_otp_code *ret) PA_MUST_CHECK;

/* How many symbols give PA_OTP_OPEN_BITS; and the entropy of a code, in whole bits. */
unsigned pa_otp_open_length(enum pa_otp_alphabet alphabet);
unsigned pa_otp_bits(enum pa_otp_alphabet alphabet, unsigned length);

/* For people: groups of four, joined by hyphens. */
void pa_otp_format(const struct pa_otp_code *code, char out[PA_OTP_TEXT_MAX]);

/*
 * What somebody typed: either case, hyphens and blanks anywhere, o for 0, i and l for 1. Of what
 * can be no code, the length is 0.
 */
void pa_otp_read(struct pa_bytes text, struct pa_otp_code *ret);

/* Whether it is not used yet, and was digested with another key: no code fits it. */
bool pa_otp_is_void(const struct pa_otp_key *key, const struct pa_otp *otp);

/* Whether it could be a code of this kind. */
bool pa_otp_has_shape(const struct pa_otp_code *code, const struct pa_otp *otp);

/* HMAC-SHA-256 of the code, the device and the realm. 0, PA_E_CRYPTO. */
int pa_otp_digest(const struct pa_otp_key *key, struct pa_mac mac, const char *realm,
	const struct pa_otp_code *code, uint8_t out[PA_DIGEST_LEN]) PA_MUST_CHECK;

/* In a time that tells nothing of where they differ. */
bool pa_otp_equal(const uint8_t a[PA_DIGEST_LEN], const uint8_t b[PA_DIGEST_LEN]);

#endif
