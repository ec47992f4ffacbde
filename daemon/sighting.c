#include "daemon/sighting.h"

#include "daemon/model.h"
#include "daemon/noted.h"

/* Of the leaf, as the verified chain has it, where it is what names the device. */
static void take_cert(const struct pa_run *run, struct pa_sighting *ret)
{
	const struct pa_chain *chain = run->ctx.chain;
	const struct pa_leaf *leaf = run->facts.leaf;
	struct pa_seen_cert *cert = &ret->cert;

	if (!pa_subject_is_proven(&run->ctx) || !leaf)
		return;
	cert->not_after_s = leaf->not_after_s;
	cert->issuer = chain->links[0].issuer;
	cert->serial = chain->links[0].serial;
	memcpy(cert->key, chain->links[0].key, sizeof(cert->key));
	pa_bytes_copy(cert->issuer_name, sizeof(cert->issuer_name),
		pa_bytes_str(run->verified->issuer_name));
	if (!cert->issuer_name[0])
		pa_bytes_copy(cert->issuer_name, sizeof(cert->issuer_name),
			pa_bytes_str(chain->links[0].issuer_name));
	ret->has_cert = true;
}

static void take_shadows(const struct pa_run *run, struct pa_sighting *ret)
{
	for (size_t i = 0; i < run->trace_len && !ret->would_deny[0]; i++) {
		if (run->trace[i].shadow && run->trace[i].answer == PA_DENY)
			pa_bytes_copy(ret->would_deny, sizeof(ret->would_deny),
				pa_bytes_str(run->trace[i].check));
	}
}

static void note(const struct pa_run *run, enum pa_seen_what what, enum pa_reason reason)
{
	const struct pa_authorize_request *req = &run->req;
	const struct pa_facts *facts = &run->facts;
	struct pa_worker *worker = run->worker;
	struct pa_sighting s = { .what = what, .mac = facts->claim };

	s.time_s = run->now_s;
	pa_bytes_copy(s.realm, sizeof(s.realm), req->realm);
	pa_bytes_copy(s.method, sizeof(s.method), req->method);
	if (facts->matched)
		pa_bytes_copy(s.class_name, sizeof(s.class_name), facts->match.rule->class_view);
	if (req->source.len == 4 || req->source.len == 16) {
		s.source_len = (uint8_t)req->source.len;
		memcpy(s.source, req->source.data, req->source.len);
	}
	if (what == PA_SEEN_ALLOWED && run->has_slot)
		s.slot = run->slot;
	if (what == PA_SEEN_DENIED || what == PA_SEEN_CLAIMED)
		pa_bytes_copy(s.reason, sizeof(s.reason), pa_reason_bytes(reason));
	if (what != PA_SEEN_CLAIMED) {
		take_cert(run, &s);
		take_shadows(run, &s);
	}
	if (what == PA_SEEN_ALLOWED || what == PA_SEEN_UNKNOWN)
		pa_model_parse(pa_request_agent(req), s.model, s.firmware);
	pa_seen_note(worker->shared->seen, worker->number, &s);
}

/* --- what was noted just now --- */

static uint64_t mix(uint64_t hash, uint64_t more)
{
	hash = (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, struct pa_bytes bytes)
{
	hash = mix(hash, bytes.len);
	while (bytes.len) {
		size_t len = bytes.len < sizeof(uint64_t) ? bytes.len : sizeof(uint64_t);
		uint64_t piece = 0;

		memcpy(&piece, bytes.data, len);
		hash = mix(hash, piece);
		bytes.data += len;
		bytes.len -= len;
	}
	return hash;
}

/* Everything that note() would say of it but the time. */
static uint64_t hash_of(const struct pa_run *run)
{
	const struct pa_facts *facts = &run->facts;
	uint64_t hash = mix(facts->claim.value, (uintptr_t)run->realm);

	if (facts->matched)
		hash = mix(hash, (uintptr_t)facts->match.rule);
	hash = mix(hash, facts->method);
	hash = mix_bytes(hash, run->req.source);
	if (run->req.headers_len)
		hash = mix_bytes(hash, pa_request_agent(&run->req));
	if (run->ctx.chain)
		hash = mix(hash, run->verified->hash);
	if (run->has_slot) {
		hash = mix(hash, (uint64_t)run->slot.account.scope);
		hash = mix_bytes(hash, pa_bytes_str(run->slot.account.name));
		hash = mix_bytes(hash, pa_bytes_str(run->slot.name));
	}
	for (size_t i = 0; run->is_lifted && i < run->trace_len; i++) {
		if (run->trace[i].shadow && run->trace[i].answer == PA_DENY)
			hash = mix(hash, i);
	}
	return hash;
}

static uint64_t place_of(struct pa_mac mac)
{
	return mix(0, mac.value);
}

void pa_sighting_fetch(const struct pa_worker *worker, struct pa_mac mac)
{
	pa_noted_fetch(worker->noted, place_of(mac));
}

/* What finds no room now is not noted: the next request may be. */
static void note_allowed(const struct pa_run *run)
{
	struct pa_worker *worker = run->worker;
	const uint64_t place = place_of(run->facts.claim), what = hash_of(run);

	if (pa_noted_has(worker->noted, place, what, run->now_s) ||
		!pa_seen_has_room(worker->shared->seen, worker->number))
		return;
	note(run, PA_SEEN_ALLOWED, PA_R_NONE);
	pa_noted_add(worker->noted, place, what, run->now_s);
}

/* A file of the device itself: where the device is only claimed, its own password has opened it. */
static bool is_of_device(const struct pa_facts *facts)
{
	return facts->matched && facts->match.rule->class == PA_CLASS_DEVICE;
}

void pa_sighting_note(const struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason)
{
	bool proven = run->ctx.facts && pa_subject_is_proven(&run->ctx);

	if (run->dry_run || run->facts.claim_source == PA_SOURCE_NONE)
		return;
	if (verdict == PA_VERDICT_ALLOW) {
		if (proven || is_of_device(&run->facts))
			note_allowed(run);
	} else if (verdict == PA_VERDICT_DENY) {
		note(run, proven ? PA_SEEN_DENIED : PA_SEEN_CLAIMED, reason);
	}
}

void pa_sighting_note_unknown(const struct pa_run *run)
{
	if (!run->dry_run && pa_subject_is_proven(&run->ctx))
		note(run, PA_SEEN_UNKNOWN, PA_R_NONE);
}
