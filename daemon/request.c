#include "daemon/request.h"

#include <errno.h>
#include <strings.h>

#include "daemon/config/config.h"
#include "daemon/path/destination.h"
#include "daemon/pki/chain_cache.h"
#include "daemon/subject.h"
#include "proto/arena.h"

static int refuse(enum pa_reason *reason, enum pa_reason why)
{
	*reason = why;
	return 1;
}

/* What the front end says that it will serve must be the same file in the policy's eyes. */
int pa_request_served(struct pa_bytes path, struct pa_bytes query, const struct pa_realm *realm,
	struct pa_facts *facts, enum pa_reason *reason)
{
	const struct pa_path_asked asked = { path, query, true };
	struct pa_path_match served;
	enum pa_reason why;
	int r = pa_target_check_path(path, reason);

	if (r)
		return r;
	if (!facts->matched)
		return 0; /* denied already by what the client asked for */
	if (pa_paths_match(realm->paths, &asked, &served, &why) != 0)
		return refuse(reason, why == PA_R_PATH_QUERY ? why : PA_R_PATH_MISMATCH);
	if (!pa_paths_agree(&served, &facts->match))
		return refuse(reason, PA_R_PATH_MISMATCH);
	facts->served = served.rule;
	return 0;
}

static int check_served(const struct pa_authorize_request *req, const struct pa_realm *realm,
	struct pa_facts *facts, enum pa_reason *reason)
{
	if (req->path_info.len)
		return refuse(reason, PA_R_PATH_INFO);
	if (req->has_served_path)
		return pa_request_served(req->served_path, req->served_query, realm, facts, reason);
	/* of which file? */
	return req->served_query.len ? refuse(reason, PA_R_PATH_QUERY) : 0;
}

/* Of a target that has to be decoded first: what it matched as it stands is forgotten. */
static int read_target(struct pa_bytes target, const struct pa_realm *realm, struct pa_arena *arena,
	struct pa_facts *facts, enum pa_reason *reason)
{
	uint8_t *buf = pa_arena_alloc(arena, target.len);
	struct pa_path_asked asked;
	int r;

	facts->match = (struct pa_path_match){ .rule = NULL };
	facts->unmatched = PA_R_NONE;
	if (!buf)
		return -ENOMEM;
	r = pa_target_decode(target, buf, &facts->target, reason);
	if (r)
		return r;
	asked = (struct pa_path_asked){ facts->target.path, facts->target.query, false };
	facts->matched =
		pa_paths_match(realm->paths, &asked, &facts->match, &facts->unmatched) == 0;
	return 0;
}

int pa_request_target(struct pa_bytes method, struct pa_bytes target, const struct pa_realm *realm,
	struct pa_arena *arena, struct pa_facts *facts, enum pa_reason *reason)
{
	const struct pa_path_asked asked = { target, { NULL, 0 }, false };
	bool matched;

	facts->method = pa_method_find(method);
	if (!facts->method)
		return refuse(reason, PA_R_METHOD_UNKNOWN);
	if (!target.len)
		return refuse(reason, PA_R_PATH_MISSING);
	/* what a closed rule matches as it stands, or is plain, is its own decoding */
	matched = pa_paths_match(realm->paths, &asked, &facts->match, &facts->unmatched) == 0;
	if (!(matched && facts->match.is_closed) && !pa_target_is_plain(target))
		return read_target(target, realm, arena, facts, reason);
	facts->target = (struct pa_target){ .path = target };
	facts->matched = matched;
	return 0;
}

static int target_facts(const struct pa_authorize_request *req, const struct pa_realm *realm,
	struct pa_arena *arena, struct pa_facts *facts, enum pa_reason *reason)
{
	int r = pa_request_target(req->method, req->target, realm, arena, facts, reason);

	if (r)
		return r;
	if (pa_destination_is_overridden(req))
		return refuse(reason, PA_R_METHOD_OVERRIDE);
	if (pa_destination_is_tunnel(req))
		return refuse(reason, PA_R_UPGRADE);
	r = check_served(req, realm, facts, reason);
	/* what matches no rule is denied already */
	if (r || !facts->matched)
		return r;
	return pa_destination_judge(
		req, realm->paths, &facts->match, facts->method, &facts->destination, reason);
}

static int claim_by_certificate(const struct pa_authorize_request *req,
	const struct pa_realm *realm, const struct pa_known_chain *known, struct pa_facts *facts,
	enum pa_reason *reason)
{
	int r;

	if (known) {
		facts->leaf = &known->leaf;
		facts->claim = known->claim;
		facts->claim_source = PA_SOURCE_CERTIFICATE;
		return 0;
	}
	if (!req->chain_len)
		return refuse(reason, PA_R_NO_CERTIFICATE);
	r = pa_leaf_read(req->chain[0], &facts->own_leaf, reason);
	if (r)
		return r;
	facts->leaf = &facts->own_leaf;
	r = pa_subject_from_certificate(facts->leaf, &realm->identity, &facts->claim, reason);
	if (r == 0)
		facts->claim_source = PA_SOURCE_CERTIFICATE;
	return r;
}

static int claim_by_header(const struct pa_authorize_request *req, const struct pa_realm *realm,
	struct pa_facts *facts, enum pa_reason *reason)
{
	int r = pa_subject_from_header(req, &realm->identity, &facts->claim, reason);

	if (r == 0)
		facts->claim_source = PA_SOURCE_HEADER;
	return r;
}

/* A path that names no device leaves nobody to judge. */
static int claim_by_path(const struct pa_realm *realm, struct pa_arena *arena,
	struct pa_facts *facts, enum pa_reason *reason)
{
	int r;

	if (!facts->matched)
		return refuse(reason, facts->unmatched);
	if (facts->match.rule->class == PA_CLASS_DENY)
		return refuse(reason, PA_R_CLASS_DENIED);
	r = pa_subject_from_path(
		facts->target.path, &facts->match, &realm->identity, arena, &facts->claim, reason);
	if (r == 0)
		facts->claim_source = PA_SOURCE_PATH;
	return r;
}

/* Not one that the front end has seen and kept to itself, either. */
static bool has_no_certificate(const struct pa_authorize_request *req)
{
	return !req->chain_len && !req->chain_handle.len &&
	       (req->front_verify == PA_FRONT_UNSPECIFIED || req->front_verify == PA_FRONT_NONE);
}

/* Clients that have none, such as a phone's browser, may claim the device of a rule that says so.
 */
static int claim_without_certificate(const struct pa_authorize_request *req,
	const struct pa_realm *realm, struct pa_arena *arena, struct pa_facts *facts,
	enum pa_reason *reason)
{
	int r = target_facts(req, realm, arena, facts, reason);

	if (r < 0)
		return r;
	if (r > 0 || !facts->matched || facts->match.rule->access != PA_ACCESS_PASSWORD ||
		!facts->match.has_owner)
		return refuse(reason, PA_R_NO_CERTIFICATE);
	facts->claim = facts->match.owner;
	facts->claim_source = PA_SOURCE_PATH;
	return 0;
}

bool pa_request_wants_certificate(
	const struct pa_authorize_request *req, const struct pa_realm *realm)
{
	return realm->identity.source != PA_SOURCE_PATH &&
	       realm->identity.source != PA_SOURCE_HEADER && !has_no_certificate(req);
}

/* Of a request whose identity is refused, the target says nothing. */
static void forget_target(struct pa_facts *facts)
{
	facts->method = 0;
	facts->target = (struct pa_target){ .has_query = false };
	facts->matched = false;
	facts->match = (struct pa_path_match){ .rule = NULL };
	facts->unmatched = PA_R_NONE;
	facts->served = facts->destination = NULL;
}

int pa_request_facts(const struct pa_authorize_request *req, const struct pa_realm *realm,
	pa_request_known_fn *known, void *arg, int64_t now_s, struct pa_arena *arena,
	struct pa_facts *ret, enum pa_reason *reason)
{
	enum pa_reason why_target = PA_R_INTERNAL;
	int r, r_target;

	*ret = (struct pa_facts){ .req = req, .now_s = now_s };
	if (realm->identity.source == PA_SOURCE_PATH) {
		r = target_facts(req, realm, arena, ret, reason);
		return r ? r : claim_by_path(realm, arena, ret, reason);
	}
	if (realm->identity.source != PA_SOURCE_HEADER && has_no_certificate(req))
		return claim_without_certificate(req, realm, arena, ret, reason);
	/*
	 * The identity counts first: whatever else is wrong, the log can name who claims to ask.
	 * It is looked at last: what is known of the chain comes out of memory meanwhile.
	 */
	r_target = target_facts(req, realm, arena, ret, &why_target);
	if (realm->identity.source == PA_SOURCE_HEADER)
		r = claim_by_header(req, realm, ret, reason);
	else
		r = claim_by_certificate(req, realm, known ? known(arg) : NULL, ret, reason);
	if (r)
		forget_target(ret);
	if (r || !r_target)
		return r;
	*reason = why_target;
	return r_target;
}

struct pa_bytes pa_request_agent(const struct pa_authorize_request *req)
{
	static const char name[] = "user-agent";
	struct pa_bytes agent = { NULL, 0 };

	for (size_t i = 0; i < req->headers_len; i++) {
		struct pa_bytes found = req->headers[i].name;

		if (found.len == sizeof(name) - 1 &&
			strncasecmp((const char *)found.data, name, found.len) == 0)
			agent = req->headers[i].value;
	}
	return agent;
}
