/*
 * Why a verdict is what it is. One table: the name on the wire and in the log,
 * and what an operator can do. Names never change their meaning; new ones are
 * added at the end of their group.
 */
#ifndef PROTO_REASON_H
#define PROTO_REASON_H

#include "proto/bytes.h"

/* X(ENUM, "name", "what it means and what to do") */
#define PA_REASONS(X)                                                                              \
	X(NONE, "none", "No reason was given: a fault of the daemon, report it.")                  \
	X(OK, "ok", "Every enforced check passed.")                                                \
	/* the message and the daemon */                                                           \
	X(BAD_FRAME, "bad-frame", "A frame's length is 0 or too large; the connection is closed.") \
	X(BAD_MESSAGE, "bad-message", "The frame holds no well-formed AuthorizeRequest.")          \
	X(INTERNAL, "internal", "The daemon failed; its log has the error.")                       \
	X(OVERLOADED, "overloaded", "Too much slow work is waiting; try again.")                   \
	X(TIMEOUT, "timeout", "No decision within the request's time; try again.")                 \
	X(STOPPING, "stopping", "The daemon is shutting down; try again.")                         \
	X(STORE, "store", "The store could not be read; see the daemon's log.")                    \
	X(UNSTABLE, "unstable", "The store kept changing while a slow check ran; try again.")      \
	X(CLOCK_WRONG, "clock-wrong", "The system's clock is before polyauthd's build: set it.")   \
	/* the request */                                                                          \
	X(REALM_UNKNOWN, "realm-unknown", "The configuration has no realm of this name.")          \
	X(REALM_FORBIDDEN, "realm-forbidden", "The peer's uid may not ask in this realm.")         \
	X(NEED_CHAIN, "need-chain", "The chain handle is unknown here; send the chain.")           \
	X(TOO_MANY_CERTIFICATES, "too-many-certificates", "The chain has more than 8.")            \
	X(LEAF_TOO_LARGE, "leaf-too-large", "The leaf certificate has more than 16 KiB.")          \
	X(CHAIN_TOO_LARGE, "chain-too-large", "The chain has more than 64 KiB.")                   \
	X(TARGET_TOO_LONG, "target-too-long", "The request target has more than 8 KiB.")           \
	X(METHOD_UNKNOWN, "method-unknown", "The method is empty or none of HTTP or WebDAV.")      \
	X(TOO_MANY_HEADERS, "too-many-headers", "More than 32 headers were passed.")               \
	X(HEADER_INVALID, "header-invalid", "A header is too long, twice there or misnamed.")      \
	X(FIELD_TOO_LONG, "field-too-long", "Realm, host or front-end name is too long.")          \
	X(SOURCE_INVALID, "source-invalid", "The client's address has neither 4 nor 16 bytes.")    \
	X(USER_INVALID, "user-invalid",                                                            \
		"The user name is too long or holds NUL or control bytes.")                        \
	X(PASSWORD_TOO_LONG, "password-too-long", "The password has more than 256 bytes.")         \
	X(PASSWORD_INVALID, "password-invalid", "The password holds a NUL byte.")                  \
	/* the certificate and the identity */                                                     \
	X(NO_CERTIFICATE, "no-certificate", "The client presented no certificate.")                \
	X(CERTIFICATE_EMPTY, "certificate-empty", "A certificate of the chain has no bytes.")      \
	X(CERTIFICATE_IS_PEM, "certificate-is-pem", "PEM was sent; shims convert it to DER.")      \
	X(CERTIFICATE_MALFORMED, "certificate-malformed", "A certificate is no valid DER.")        \
	X(CERTIFICATE_TRAILING, "certificate-trailing-bytes", "Bytes follow a certificate.")       \
	X(CN_MISSING, "cn-missing", "The subject has no common name.")                             \
	X(CN_DUPLICATE, "cn-duplicate", "The subject has several common names.")                   \
	X(CN_TYPE, "cn-type", "The common name is no Printable, UTF8 or IA5 string.")              \
	X(CN_NUL, "cn-nul", "The common name holds a NUL byte.")                                   \
	X(CN_NOT_A_MAC, "cn-not-a-mac", "The common name is no MAC address.")                      \
	X(MAC_RESERVED, "mac-reserved", "Zero, broadcast and group addresses are no device.")      \
	X(MAC_AMBIGUOUS, "mac-ambiguous", "The identity's source holds more than one MAC.")        \
	X(NO_SUBJECT, "no-subject", "A check needs a device, and the request names none.")         \
	X(MAC_PATTERN, "mac-pattern", "The identity's expression came to no end in time.")         \
	X(CN_GENERIC, "cn-generic", "Many devices share the certificate: it names none.")          \
	X(MAC_HEADER, "mac-header", "The realm's header is missing, twice there or no MAC.")       \
	/* the path */                                                                             \
	X(PATH_MISSING, "path-missing", "The request names no target.")                            \
	X(PATH_NOT_ABSOLUTE, "path-not-absolute", "The target does not begin with a slash.")       \
	X(PATH_BAD_ESCAPE, "path-bad-escape", "A percent sign without two hex digits.")            \
	X(PATH_FORBIDDEN_ESCAPE, "path-forbidden-escape",                                          \
		"%2f, %5c, %00, %25 or %3f in the path.")                                          \
	X(PATH_CONTROL, "path-control", "A control byte in the path.")                             \
	X(PATH_BACKSLASH, "path-backslash", "A backslash in the path.")                            \
	X(PATH_PARAMETER, "path-parameter", "A semicolon in the path.")                            \
	X(PATH_FRAGMENT, "path-fragment", "A number sign in the target.")                          \
	X(PATH_DOT_SEGMENT, "path-dot-segment", "A segment of the path is . or ..")                \
	X(PATH_EMPTY_SEGMENT, "path-empty-segment", "Two slashes in a row in the path.")           \
	X(PATH_NOT_UTF8, "path-not-utf8", "The decoded path is no valid UTF-8.")                   \
	X(PATH_QUERY, "path-query", "The query is not what the path's rule names.")                \
	X(PATH_INFO, "path-info", "The front end reports path info behind the file.")              \
	X(PATH_MISMATCH, "path-mismatch", "The front end would serve a file of another owner.")    \
	X(PATH_UNMATCHED, "path-unmatched", "No path rule of the realm matches.")                  \
	X(PATH_FOREIGN_MAC, "path-foreign-mac", "The path holds a second MAC or a long hex run.")  \
	X(METHOD_NOT_ALLOWED, "method-not-allowed", "The path's rule does not name the method.")   \
	X(CLASS_DENIED, "class-denied", "The path's rule has class deny.")                         \
	X(NOT_OWNER, "not-owner", "The file belongs to another device.")                           \
	X(GROUP_NOT_ALLOWED, "group-not-allowed", "The path's rule names other groups.")           \
	X(PATH_PREFIX, "path-prefix", "The path does not begin with the realm's prefix.")          \
	X(PATH_ALIAS, "path-alias", "A name that a file system may take for another one.")         \
	X(DESTINATION, "destination", "The Destination is missing or not the same device's.")      \
	X(METHOD_OVERRIDE, "method-override", "A header asks for another method.")                 \
	X(UPGRADE, "upgrade", "Another protocol is asked for, in which nobody would be asked.")    \
	/* chain */                                                                                \
	X(TRUST_MISSING, "trust-missing", "The store has no trust anchor: polyauthctl ca add.")    \
	X(CHAIN_INCOMPLETE, "chain-incomplete", "An issuer is missing: add its certificate.")      \
	X(CHAIN_UNTRUSTED, "chain-untrusted", "The chain ends in a root that is no anchor.")       \
	X(CHAIN_SELF_SIGNED, "chain-self-signed", "The leaf is self-signed.")                      \
	X(CHAIN_SIGNATURE, "chain-signature", "A signature of the chain is wrong.")                \
	X(CHAIN_EXPIRED, "chain-expired", "A certificate of the chain has expired.")               \
	X(CHAIN_NOT_YET_VALID, "chain-not-yet-valid", "Not valid yet; is the clock right?")        \
	X(CHAIN_NOT_A_CA, "chain-not-a-ca", "An issuer in the chain is no CA.")                    \
	X(CHAIN_LEAF_IS_CA, "chain-leaf-is-ca", "The leaf is a CA certificate.")                   \
	X(CHAIN_USAGE, "chain-usage", "Key usage or extended key usage forbids this use.")         \
	X(CHAIN_CONSTRAINT, "chain-constraint", "A name or path-length constraint is violated.")   \
	X(CHAIN_EXTENSION, "chain-extension", "A critical extension is unknown or broken.")        \
	X(CHAIN_WEAK, "chain-weak", "A key or signature is below the realm's floor.")              \
	X(CHAIN_INVALID, "chain-invalid", "The chain is not valid; the detail says why.")          \
	X(FRONT_VERIFY_FAILED, "front-verify-failed", "The front end refused the certificate.")    \
	X(CHAIN_POLICY, "chain-policy", "The chain has no policy that the realm asks for.")        \
	/* crl */                                                                                  \
	X(CERTIFICATE_REVOKED, "certificate-revoked", "The issuer revoked the certificate.")       \
	X(CA_REVOKED, "ca-revoked", "A CA of the chain is revoked.")                               \
	X(CRL_MISSING, "crl-missing", "No CRL of an issuer: polyauthctl crl import.")              \
	X(CRL_STALE, "crl-stale", "An issuer's CRL is past its nextUpdate: import a new one.")     \
	/* acl */                                                                                  \
	X(DEVICE_UNKNOWN, "device-unknown", "The device is not on the list: device add.")          \
	X(DEVICE_DISABLED, "device-disabled", "An operator disabled the device.")                  \
	X(DEVICE_QUARANTINED, "device-quarantined", "An operator quarantined the device.")         \
	X(DEVICE_EXPIRED, "device-expired", "The device's entry has expired.")                     \
	X(DEVICE_REMOVED, "device-removed", "An operator removed the device: device forget.")      \
	/* continuity */                                                                           \
	X(KEY_CHANGED, "key-changed", "Another key than before: device rekey, if that is right.")  \
	/* password */                                                                             \
	X(CREDENTIALS_MISSING, "credentials-missing", "User name and password are needed.")        \
	X(CREDENTIALS_WRONG, "credentials-wrong", "No password of the device matches.")            \
	/* throttle */                                                                             \
	X(THROTTLED, "throttled", "Too many wrong passwords; retry_after_s says when to retry.")   \
	/* otp */                                                                                  \
	X(OTP_NONE, "otp-none", "The device has no one-time password in this realm.")              \
	X(OTP_WRONG, "otp-wrong", "The password is not the device's one-time password.")           \
	X(OTP_USED, "otp-used", "The one-time password was used already: otp issue.")              \
	X(OTP_EXPIRED, "otp-expired", "The one-time password has expired: otp issue.")             \
	X(OTP_EXHAUSTED, "otp-exhausted", "Too many wrong tries: otp issue.")                      \
	X(OTP_SOURCE, "otp-source", "The one-time password is for another source network.")        \
	X(OTP_SHORT, "otp-short", "A short one-time password counts with a certificate only.")     \
	/* the stack */                                                                            \
	X(NOTHING_PASSED, "nothing-passed", "No check of the stack applied to the request.")       \
	X(CHECK, "check", "A loaded check decided; the detail is its own.")

enum pa_reason {
#define X(id, name, text) PA_R_##id,
	PA_REASONS(X)
#undef X
		PA_REASON_COUNT
};

/* Static strings, never NULL; of NONE for a number out of range. */
const char *pa_reason_name(enum pa_reason reason);
struct pa_bytes pa_reason_bytes(enum pa_reason reason); /* its name */
const char *pa_reason_text(enum pa_reason reason);

/* 0, or 1 if there is no reason of this name. */
int pa_reason_find(struct pa_bytes name, enum pa_reason *ret);

#endif
