/*
 * From message to facts: what a request says, made safe to reason about.
 * Facts are immutable once made, and claims until a check proves them.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include "daemon/path/paths.h"
#include "daemon/path/target.h"
#include "daemon/pki/leaf.h"
#include "daemon/subject.h"
#include "proto/message.h"

struct pa_arena;
struct pa_known_chain;
struct pa_realm;

struct pa_facts {
	const struct pa_authorize_request *req;
	int64_t now_s;
	bool dry_run;

	/* what was sent, where the realm's identity asks for it; NULL: nothing. It may be own_leaf,
	 * or of a known chain that the run holds: facts are not to be copied */
	const struct pa_leaf *leaf;
	struct pa_leaf own_leaf; /* `leaf`, where it had to be read; else not set */

	/*
	 * Who the request claims to come from, and by what; NONE: by nothing. What a certificate
	 * says is proven once `chain` has passed; a path or a header never is.
	 */
	enum pa_source claim_source;
	struct pa_mac claim;

	/* What it asks for. */
	pa_methods method; /* one */
	struct pa_target target;
	bool matched; /* a path rule matches: `match` is set */
	struct pa_path_match match;
	enum pa_reason unmatched; /* else why not */
	/* of the file that the front end will serve, where it tells; same class and owner as
	 * `match` */
	const struct pa_path_rule *served;
	/* of the path that a Destination names; NULL: there is none. Same class and owner, too. */
	const struct pa_path_rule *destination;
};

/* The chain of the request, where the realm's chain rule has verified it before; NULL: it has not.
 */
typedef const struct pa_known_chain *pa_request_known_fn(void *arg);

/*
 * Make the facts of a decoded request in a realm. They point into the request; other memory comes
 * from arena. known: NULL, or asked once where a certificate is to name the device, as late as it
 * can be: the facts then point into what it tells, too. 0; 1: refused before any check, *reason
 * says why; negative: an error.
 */
int pa_request_facts(const struct pa_authorize_request *req, const struct pa_realm *realm,
	pa_request_known_fn *known, void *arg, int64_t now_s, struct pa_arena *arena,
	struct pa_facts *ret, enum pa_reason *reason) PA_MUST_CHECK;

/* Whether it is the certificate that names the device. */
bool pa_request_wants_certificate(
	const struct pa_authorize_request *req, const struct pa_realm *realm);

/*
 * The part of it that method and target say: fills these facts of *ret alone. Memory comes from
 * arena. As above.
 */
int pa_request_target(struct pa_bytes method, struct pa_bytes target, const struct pa_realm *realm,
	struct pa_arena *arena, struct pa_facts *ret, enum pa_reason *reason) PA_MUST_CHECK;

/* The part of it that the front end's served path says, which is decoded, and its raw query. */
int pa_request_served(struct pa_bytes path, struct pa_bytes query, const struct pa_realm *realm,
	struct pa_facts *facts, enum pa_reason *reason) PA_MUST_CHECK;

/* The User-Agent that the front end passed on, the last one of several; empty: none. */
struct pa_bytes pa_request_agent(const struct pa_authorize_request *req);

#endif
