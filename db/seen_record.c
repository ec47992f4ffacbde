#include "db/seen_record.h"

#include "db/record_io.h"

/* Workers are written one after the other, so that order in time is lost within a batch; a larger
 * step back is the clock's. */
#define DISORDER_S 60

static bool is_later(int64_t time_s, int64_t than_s)
{
	return time_s >= than_s || than_s - time_s > DISORDER_S;
}

static void take_denial(struct pa_seen_denial *denial, const struct pa_sighting *sighting)
{
	if (!is_later(sighting->time_s, denial->time_s))
		return;
	denial->time_s = sighting->time_s;
	memcpy(denial->reason, sighting->reason, sizeof(denial->reason));
	memcpy(denial->realm, sighting->realm, sizeof(denial->realm));
}

/* A certificate that is denied must not take the place of the one that the device is known by. */
static void take_cert(struct pa_seen_record *record, const struct pa_sighting *s, bool allowed)
{
	if (!s->has_cert || (record->cert_allowed && !allowed))
		return;
	record->has_cert = true;
	record->cert_allowed = allowed;
	record->cert = s->cert;
}

/* Of each account the slot that was used last; the account that was not used for longest goes. */
static void take_slot(struct pa_seen_record *record, const struct pa_seen_slot *slot)
{
	size_t at = 0;

	if (slot->account.scope == PA_ACCOUNT_NONE)
		return;
	while (at < record->slots_len &&
		(record->slots[at].account.scope != slot->account.scope ||
			strcmp(record->slots[at].account.name, slot->account.name) != 0))
		at++;
	if (at == PA_SEEN_SLOTS_MAX)
		at--;
	else if (at == record->slots_len)
		record->slots_len++;
	memmove(&record->slots[1], &record->slots[0], at * sizeof(record->slots[0]));
	record->slots[0] = *slot;
}

static void take_visit(struct pa_seen_record *record, const struct pa_sighting *s)
{
	record->count++;
	if (!is_later(s->time_s, record->last_s))
		return;
	record->last_s = s->time_s;
	memcpy(record->realm, s->realm, sizeof(record->realm));
	memcpy(record->class_name, s->class_name, sizeof(record->class_name));
	memcpy(record->method, s->method, sizeof(record->method));
	memcpy(record->source, s->source, sizeof(record->source));
	record->source_len = s->source_len;
	if (s->model[0]) {
		memcpy(record->model, s->model, sizeof(record->model));
		memcpy(record->firmware, s->firmware, sizeof(record->firmware));
	}
	take_cert(record, s, true);
	take_slot(record, &s->slot);
}

bool pa_seen_merge(struct pa_seen_record *record, const struct pa_sighting *s, bool is_new)
{
	switch (s->what) {
	case PA_SEEN_ALLOWED:
	case PA_SEEN_UNKNOWN:
		take_visit(record, s);
		break;
	case PA_SEEN_DENIED:
		take_denial(&record->denied, s);
		take_cert(record, s, false);
		break;
	case PA_SEEN_CLAIMED:
		if (is_new)
			return false;
		take_denial(&record->claimed, s);
		return true;
	case PA_SEEN_NOTHING:
		return false;
	}
	if (record->first_s == 0 || s->time_s < record->first_s)
		record->first_s = s->time_s;
	if (s->would_deny[0] && is_later(s->time_s, record->would_deny_s)) {
		record->would_deny_s = s->time_s;
		memcpy(record->would_deny, s->would_deny, sizeof(record->would_deny));
	}
	return true;
}

static void put_denial(struct pa_record *out, const struct pa_seen_denial *denial)
{
	put_time(out, denial->time_s);
	put_text(out, denial->reason, sizeof(denial->reason));
	put_text(out, denial->realm, sizeof(denial->realm));
}

static void get_denial(struct cursor *c, struct pa_seen_denial *ret)
{
	ret->time_s = get_time(c);
	get_text(c, ret->reason, sizeof(ret->reason));
	get_text(c, ret->realm, sizeof(ret->realm));
}

/* Some bytes with their number in front. */
static void put_short(struct pa_record *out, const uint8_t *bytes, uint8_t len, size_t max)
{
	if (len > max)
		out->failed = true;
	put_number(out, len, 1);
	if (len <= max)
		put_bytes(out, bytes, len);
}

static uint8_t get_short(struct cursor *c, uint8_t *out, unsigned max)
{
	unsigned len = get_choice(c, 0, max);

	get_exact(c, out, len <= max ? len : 0);
	return (uint8_t)len;
}

static void put_cert(struct pa_record *out, const struct pa_seen_cert *cert)
{
	put_time(out, cert->not_after_s);
	put_bytes(out, cert->issuer.bytes, sizeof(cert->issuer.bytes));
	put_text(out, cert->issuer_name, sizeof(cert->issuer_name));
	put_short(out, cert->serial.bytes, cert->serial.len, sizeof(cert->serial.bytes));
	put_bytes(out, cert->key, sizeof(cert->key));
}

static void get_cert(struct cursor *c, struct pa_seen_cert *ret)
{
	ret->not_after_s = get_time(c);
	get_exact(c, ret->issuer.bytes, sizeof(ret->issuer.bytes));
	get_text(c, ret->issuer_name, sizeof(ret->issuer_name));
	ret->serial.len = get_short(c, ret->serial.bytes, PA_SERIAL_MAX);
	get_exact(c, ret->key, sizeof(ret->key));
}

static void put_slots(struct pa_record *out, const struct pa_seen_record *record)
{
	put_number(out, record->slots_len, 1);
	if (record->slots_len > PA_SEEN_SLOTS_MAX)
		out->failed = true;
	for (size_t i = 0; i < record->slots_len && i < PA_SEEN_SLOTS_MAX; i++) {
		const struct pa_seen_slot *slot = &record->slots[i];

		put_number(out, (uint64_t)slot->account.scope, 1);
		put_text(out, slot->account.name, sizeof(slot->account.name));
		put_text(out, slot->name, sizeof(slot->name));
		put_time(out, slot->time_s);
	}
}

static void get_slots(struct cursor *c, struct pa_seen_record *ret)
{
	ret->slots_len = get_choice(c, 0, PA_SEEN_SLOTS_MAX);
	for (size_t i = 0; i < ret->slots_len && !c->failed; i++) {
		struct pa_seen_slot *slot = &ret->slots[i];

		slot->account.scope =
			(enum pa_account_scope)get_choice(c, PA_ACCOUNT_DEVICE, PA_ACCOUNT_REALM);
		get_text(c, slot->account.name, sizeof(slot->account.name));
		get_text(c, slot->name, sizeof(slot->name));
		slot->time_s = get_time(c);
	}
}

void pa_seen_record_put(struct pa_record *out, const struct pa_seen_record *record)
{
	start(out);
	put_time(out, record->first_s);
	put_time(out, record->last_s);
	put_number(out, record->count, 8);
	put_text(out, record->realm, sizeof(record->realm));
	put_text(out, record->class_name, sizeof(record->class_name));
	put_text(out, record->method, sizeof(record->method));
	put_short(out, record->source, record->source_len, sizeof(record->source));
	put_text(out, record->model, sizeof(record->model));
	put_text(out, record->firmware, sizeof(record->firmware));
	put_denial(out, &record->denied);
	put_denial(out, &record->claimed);
	put_time(out, record->would_deny_s);
	put_text(out, record->would_deny, sizeof(record->would_deny));
	put_number(out, record->cert_allowed, 1);
	put_number(out, record->has_cert, 1);
	if (record->has_cert)
		put_cert(out, &record->cert);
	put_slots(out, record);
}

int pa_seen_record_get(struct pa_bytes key, struct pa_bytes value, struct pa_seen_record *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_seen_record){ 0 };
	ret->mac.value = get_number(&k, 6);
	ret->first_s = get_time(&c);
	ret->last_s = get_time(&c);
	ret->count = get_number(&c, 8);
	get_text(&c, ret->realm, sizeof(ret->realm));
	get_text(&c, ret->class_name, sizeof(ret->class_name));
	get_text(&c, ret->method, sizeof(ret->method));
	ret->source_len = get_short(&c, ret->source, sizeof(ret->source));
	get_text(&c, ret->model, sizeof(ret->model));
	get_text(&c, ret->firmware, sizeof(ret->firmware));
	get_denial(&c, &ret->denied);
	get_denial(&c, &ret->claimed);
	ret->would_deny_s = get_time(&c);
	get_text(&c, ret->would_deny, sizeof(ret->would_deny));
	ret->cert_allowed = get_choice(&c, 0, 1) == 1;
	ret->has_cert = get_choice(&c, 0, 1) == 1;
	if (ret->has_cert)
		get_cert(&c, &ret->cert);
	if (!complete(&c)) /* a record of before slots were remembered ends here */
		get_slots(&c, ret);
	if (complete(&k) && complete(&c) &&
		(ret->source_len == 0 || ret->source_len == 4 || ret->source_len == 16))
		return 0;
	*ret = (struct pa_seen_record){ 0 };
	return PA_E_STORE;
}
