/*
 * The subject: from which device a request claims to come.
 */
#ifndef DAEMON_SUBJECT_H
#define DAEMON_SUBJECT_H

#include "proto/err.h"
#include "proto/mac.h"
#include "proto/reason.h"

struct pa_arena;
struct pa_authorize_request;
struct pa_leaf;
struct pa_mac_pattern;
struct pa_path_match;

enum pa_profile {
	PA_PROFILE_NONE = 0,
	PA_PROFILE_POLY,
	PA_PROFILE_SEPARATED,
	PA_PROFILE_BROADWORKS
};

/* Who says so. A certificate can be proven; a path or a header is the client's own word. */
enum pa_source { PA_SOURCE_NONE = 0, PA_SOURCE_CERTIFICATE, PA_SOURCE_PATH, PA_SOURCE_HEADER };

#define PA_GENERIC_MAX      64u
#define PA_GENERIC_NAME_MAX 128u

/* How a realm tells devices apart. */
struct pa_identity {
	enum pa_profile profile;
	enum pa_source source;
	char *header;                   /* HEADER: its name, in lower case */
	struct pa_mac_pattern *pattern; /* BROADWORKS */
	size_t generic_len;
	char *generic[PA_GENERIC_MAX]; /* common names of nobody; a * at the end: and what begins so
					*/
};

/* By the client's own word. */
static inline bool pa_identity_is_claimed(const struct pa_identity *identity)
{
	return identity->source == PA_SOURCE_PATH || identity->source == PA_SOURCE_HEADER;
}

/*
 * The MAC in a certificate's subject, by the realm's profile: `poly` wants exactly 12 hex digits as
 * the one common name, `separated` takes the usual separators as well, `broadworks` what its
 * expression finds, where no other run of 12 or more hex digits stands beside it.
 * A claim: it holds only once the chain is verified.
 * 0; 1: refused, *reason is one of the CN_ or MAC_ reasons.
 */
int pa_subject_from_certificate(const struct pa_leaf *leaf, const struct pa_identity *identity,
	struct pa_mac *ret, enum pa_reason *reason) PA_MUST_CHECK;

/*
 * The MAC in the one header that the realm names, by its profile. A claim that nothing proves.
 * 0; 1: refused, *reason is MAC_HEADER (none, several, or no MAC) or another MAC_ reason.
 */
int pa_subject_from_header(const struct pa_authorize_request *req,
	const struct pa_identity *identity, struct pa_mac *ret,
	enum pa_reason *reason) PA_MUST_CHECK;

/*
 * The MAC in a decoded path that a rule has matched: that of {mac}; by `broadworks` what the
 * expression finds in the whole path, outside of what the rule itself spells out. A claim that
 * nothing proves. Memory comes from arena.
 * 0; 1: refused, *reason is NO_SUBJECT (there is none) or one of the MAC_ reasons; -ENOMEM.
 */
int pa_subject_from_path(struct pa_bytes path, const struct pa_path_match *match,
	const struct pa_identity *identity, struct pa_arena *arena, struct pa_mac *ret,
	enum pa_reason *reason) PA_MUST_CHECK;

#endif
