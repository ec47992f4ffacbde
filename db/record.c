#include "db/record.h"

#include <endian.h>

#include "db/record_io.h"

/* Of a device's value: 1 and 2 have all fields at their full width, 1 no ticket. */
#define DEVICE_FORMAT 3u

/*
 * What of a device differs from most: there are many. With the time when it was added in 40 bits,
 * most of them have 7 bytes.
 */
enum {
	DEVICE_STATE = 0x07,
	DEVICE_EXPIRES = 0x08,
	DEVICE_GROUP = 0x10,
	DEVICE_COMMENT = 0x20,
	DEVICE_TICKET = 0x40,
	DEVICE_WIDE = 0x80 /* the time takes 64 bits */
};

/* Keys */

static void key_add(struct pa_key *key, const void *data, size_t len)
{
	memcpy(key->bytes + key->len, data, len);
	key->len += len;
}

static void key_add_byte(struct pa_key *key, unsigned value)
{
	key->bytes[key->len++] = (uint8_t)value;
}

static void key_add_number(struct pa_key *key, uint64_t value, unsigned width)
{
	while (width-- > 0)
		key_add_byte(key, (unsigned)(value >> (8 * width)) & 0xffu);
}

/* There are millions of them, in one go. */
struct pa_key pa_record_device_key(struct pa_mac mac)
{
	const uint64_t digits = htobe64(mac.value << 16);
	struct pa_key key;

	memcpy(key.bytes, &digits, sizeof(digits));
	key.len = 6;
	return key;
}

struct pa_key pa_record_known_key(const struct pa_device_key *known)
{
	static const struct pa_issuer_id nobody;
	struct pa_key key = pa_record_device_key(known->mac);

	if (memcmp(&known->anchor, &nobody, sizeof(nobody)) != 0)
		key_add(&key, known->anchor.bytes, sizeof(known->anchor.bytes));
	return key;
}

struct pa_key pa_record_prefix_key(struct pa_mac mac, unsigned bits)
{
	struct pa_key key = pa_record_device_key(mac);

	key_add_byte(&key, bits);
	return key;
}

struct pa_key pa_record_ca_key(const uint8_t sha256[PA_DIGEST_LEN])
{
	struct pa_key key = { 0 };

	key_add(&key, sha256, PA_DIGEST_LEN);
	return key;
}

struct pa_key pa_record_account_key(const struct pa_account_key *account)
{
	struct pa_key key = { 0 };

	key_add_byte(&key, (unsigned)account->scope);
	key_add(&key, account->name, strnlen(account->name, PA_NAME_MAX));
	return key;
}

struct pa_key pa_record_otp_key(struct pa_mac mac, const char *realm)
{
	struct pa_key key = pa_record_device_key(mac);

	key_add(&key, realm, strnlen(realm, PA_NAME_MAX));
	return key;
}

struct pa_key pa_record_person_key(const char *name)
{
	struct pa_key key = { 0 };

	key_add(&key, name, strnlen(name, PA_NAME_MAX));
	return key;
}

struct pa_key pa_record_audit_key(uint64_t revision)
{
	struct pa_key key = { 0 };

	key_add_number(&key, revision, 8);
	return key;
}

struct pa_key pa_record_meta_key(const char *name)
{
	struct pa_key key = { 0 };

	key_add(&key, name, strnlen(name, PA_KEY_MAX));
	return key;
}

/* Values */

/* A text below 256 bytes that is not empty. */
static void put_short_text(struct pa_record *out, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size || len == 0 || len > UINT8_MAX)
		out->failed = true;
	put_number(out, len, 1);
	put_bytes(out, text, len);
}

static void get_short_text(struct cursor *c, char *out, size_t size)
{
	copy_text(c, get_bytes(c, get_choice(c, 1, UINT8_MAX)), out, size);
}

void pa_record_put_device(struct pa_record *out, const struct pa_device *device)
{
	const bool is_wide = device->added_s < 0 || device->added_s > SHORT_TIME_MAX;
	const unsigned parts =
		(device->expires_s ? DEVICE_EXPIRES : 0u) | (device->group[0] ? DEVICE_GROUP : 0u) |
		(device->comment[0] ? DEVICE_COMMENT : 0u) |
		(device->ticket[0] ? DEVICE_TICKET : 0u) | (is_wide ? DEVICE_WIDE : 0u);

	_Static_assert((int)PA_DEVICE_REMOVED <= DEVICE_STATE, "a state has three bits");
	start(out);
	out->bytes[0] = DEVICE_FORMAT;
	put_number(out, (uint64_t)device->state | parts, 1);
	put_number(out, (uint64_t)device->added_s, is_wide ? 8 : SHORT_TIME_WIDTH);
	if (parts & DEVICE_EXPIRES)
		put_time(out, device->expires_s);
	if (parts & DEVICE_GROUP)
		put_short_text(out, device->group, sizeof(device->group));
	if (parts & DEVICE_COMMENT)
		put_short_text(out, device->comment, sizeof(device->comment));
	if (parts & DEVICE_TICKET)
		put_short_text(out, device->ticket, sizeof(device->ticket));
}

static void get_old_device(struct cursor *c, unsigned format, struct pa_device *ret)
{
	ret->state = (enum pa_device_state)get_choice(c, PA_DEVICE_ALLOWED, PA_DEVICE_REMOVED);
	ret->added_s = get_time(c);
	ret->expires_s = get_time(c);
	get_text(c, ret->group, sizeof(ret->group));
	get_text(c, ret->comment, sizeof(ret->comment));
	if (format == DEVICE_FORMAT - 1)
		get_text(c, ret->ticket, sizeof(ret->ticket));
}

static bool get_device(struct pa_bytes value, struct pa_device *ret)
{
	struct cursor c = { value, false };
	unsigned format = get_choice(&c, FORMAT, DEVICE_FORMAT), parts;

	if (format < DEVICE_FORMAT) {
		get_old_device(&c, format, ret);
		return complete(&c);
	}
	parts = (unsigned)get_number(&c, 1);
	ret->state = (enum pa_device_state)(parts & DEVICE_STATE);
	if (ret->state < PA_DEVICE_ALLOWED || ret->state > PA_DEVICE_REMOVED)
		c.failed = true;
	ret->added_s = (int64_t)get_number(&c, parts & DEVICE_WIDE ? 8 : SHORT_TIME_WIDTH);
	if (parts & DEVICE_EXPIRES)
		ret->expires_s = get_time(&c);
	if (parts & DEVICE_GROUP)
		get_short_text(&c, ret->group, sizeof(ret->group));
	if (parts & DEVICE_COMMENT)
		get_short_text(&c, ret->comment, sizeof(ret->comment));
	if (parts & DEVICE_TICKET)
		get_short_text(&c, ret->ticket, sizeof(ret->ticket));
	return complete(&c);
}

int pa_record_device_mac(struct pa_bytes key, struct pa_mac *ret)
{
	struct cursor k = { key, false };

	ret->value = get_number(&k, 6);
	return complete(&k) ? 0 : PA_E_STORE;
}

int pa_record_get_device(struct pa_bytes key, struct pa_bytes value, struct pa_device *ret)
{
	*ret = (struct pa_device){ .state = PA_DEVICE_NONE };
	if (pa_record_device_mac(key, &ret->mac) == 0 && get_device(value, ret))
		return 0;
	*ret = (struct pa_device){ 0 };
	return PA_E_STORE;
}

void pa_record_put_prefix(struct pa_record *out, const struct pa_prefix *prefix)
{
	pa_record_put_device(out, &prefix->entry);
}

int pa_record_get_prefix(struct pa_bytes key, struct pa_bytes value, struct pa_prefix *ret)
{
	struct cursor k = { key, false };

	*ret = (struct pa_prefix){ .entry.mac = { get_number(&k, 6) } };
	ret->bits = get_choice(&k, PA_PREFIX_MIN, PA_PREFIX_MAX);
	if (get_device(value, &ret->entry) && complete(&k) && pa_prefix_is_good(ret) &&
		ret->entry.state != PA_DEVICE_REMOVED)
		return 0;
	*ret = (struct pa_prefix){ 0 };
	return PA_E_STORE;
}

#define FIRST_USE 1u /* how a key came to be known */

void pa_record_put_device_key(struct pa_record *out, const struct pa_device_key *key)
{
	start(out);
	put_number(out, FIRST_USE, 1);
	put_time(out, key->since_s);
	put_bytes(out, key->key, sizeof(key->key));
}

int pa_record_get_device_key(struct pa_bytes key, struct pa_bytes value, struct pa_device_key *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_device_key){ 0 };
	ret->mac.value = get_number(&k, 6);
	if (k.in.len)
		get_exact(&k, ret->anchor.bytes, sizeof(ret->anchor.bytes));
	(void)get_choice(&c, FIRST_USE, FIRST_USE);
	ret->since_s = get_time(&c);
	get_exact(&c, ret->key, sizeof(ret->key));
	if (complete(&k) && complete(&c))
		return 0;
	*ret = (struct pa_device_key){ 0 };
	return PA_E_STORE;
}

void pa_record_put_ca(struct pa_record *out, const struct pa_ca *ca)
{
	start(out);
	put_number(out, (uint64_t)ca->kind, 1);
	put_time(out, ca->added_s);
}

int pa_record_get_ca(struct pa_bytes key, struct pa_bytes value, struct pa_ca *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_ca){ 0 };
	get_exact(&k, ret->sha256, sizeof(ret->sha256));
	ret->kind = (enum pa_ca_kind)get_choice(&c, PA_CA_ANCHOR, PA_CA_INTERMEDIATE);
	ret->added_s = get_time(&c);
	ret->der = get_bytes(&c, c.in.len);
	if (complete(&k) && complete(&c) && ret->der.len)
		return 0;
	*ret = (struct pa_ca){ 0 };
	return PA_E_STORE;
}

void pa_record_put_account(struct pa_record *out, const struct pa_account *account)
{
	start(out);
	put_number(out, account->revision, 8);
	put_number(out, account->slots_len, 1);
	if (account->slots_len > PA_SLOTS_MAX)
		out->failed = true;
	for (size_t i = 0; i < account->slots_len && i < PA_SLOTS_MAX; i++) {
		const struct pa_slot *slot = &account->slots[i];

		put_text(out, slot->name, sizeof(slot->name));
		put_text(out, slot->user, sizeof(slot->user));
		put_text(out, slot->hash, sizeof(slot->hash));
		put_time(out, slot->not_before_s);
		put_time(out, slot->not_after_s);
		put_time(out, slot->added_s);
	}
}

int pa_record_get_account(struct pa_bytes key, struct pa_bytes value, struct pa_account *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_account){ 0 };
	ret->key.scope = (enum pa_account_scope)get_choice(&k, PA_ACCOUNT_DEVICE, PA_ACCOUNT_REALM);
	copy_text(&k, get_bytes(&k, k.in.len), ret->key.name, sizeof(ret->key.name));
	ret->revision = get_number(&c, 8);
	ret->slots_len = get_choice(&c, 1, PA_SLOTS_MAX);
	for (size_t i = 0; i < ret->slots_len && !c.failed; i++) {
		struct pa_slot *slot = &ret->slots[i];

		get_text(&c, slot->name, sizeof(slot->name));
		get_text(&c, slot->user, sizeof(slot->user));
		get_text(&c, slot->hash, sizeof(slot->hash));
		slot->not_before_s = get_time(&c);
		slot->not_after_s = get_time(&c);
		slot->added_s = get_time(&c);
	}
	if (complete(&k) && complete(&c))
		return 0;
	*ret = (struct pa_account){ 0 };
	return PA_E_STORE;
}

void pa_record_put_otp(struct pa_record *out, const struct pa_otp *otp)
{
	uint8_t last[PA_DIGEST_LEN] = { 0 };

	start(out);
	put_bytes(out, otp->code, sizeof(otp->code));
	put_number(out, (uint64_t)otp->alphabet, 1);
	put_number(out, otp->length, 1);
	put_time(out, otp->issued_s);
	put_time(out, otp->expires_s);
	put_number(out, otp->within_s, 4);
	put_number(out, otp->tries, 1);
	put_number(out, otp->source.len, 1);
	put_number(out, otp->source.bits, 1);
	put_bytes(out, otp->source.address, sizeof(otp->source.address));
	put_number(out, otp->issuer, 4);
	put_text(out, otp->user, sizeof(otp->user));
	put_time(out, otp->used_s);
	put_number(out, otp->has_used_by, 1);
	/* whose digest it is matters until it is used, and who used it from then on: one place */
	if (!otp->used_s)
		memcpy(last, otp->key_id, sizeof(otp->key_id));
	put_bytes(out, otp->used_s ? otp->used_by : last, sizeof(otp->used_by));
}

static void get_network(struct cursor *c, struct pa_network *ret)
{
	ret->len = (uint8_t)get_choice(c, 0, 16);
	if (ret->len != 0 && ret->len != 4 && ret->len != 16)
		c->failed = true;
	ret->bits = (uint8_t)get_choice(c, 0, 8u * ret->len);
	get_exact(c, ret->address, sizeof(ret->address));
}

int pa_record_get_otp(struct pa_bytes key, struct pa_bytes value, struct pa_otp *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_otp){ 0 };
	ret->mac.value = get_number(&k, 6);
	copy_text(&k, get_bytes(&k, k.in.len), ret->realm, sizeof(ret->realm));
	get_exact(&c, ret->code, sizeof(ret->code));
	ret->alphabet = (enum pa_otp_alphabet)get_choice(&c, PA_OTP_DIGITS, PA_OTP_LETTERS);
	ret->length = get_choice(&c, 1, PA_OTP_SHAPE_MAX);
	ret->issued_s = get_time(&c);
	ret->expires_s = get_time(&c);
	ret->within_s = (uint32_t)get_number(&c, 4);
	ret->tries = (uint8_t)get_number(&c, 1);
	get_network(&c, &ret->source);
	ret->issuer = (uid_t)get_number(&c, 4);
	get_text(&c, ret->user, sizeof(ret->user));
	ret->used_s = get_time(&c);
	ret->has_used_by = get_choice(&c, 0, 1);
	get_exact(&c, ret->used_by, sizeof(ret->used_by));
	if (!ret->used_s) {
		memcpy(ret->key_id, ret->used_by, sizeof(ret->key_id));
		memset(ret->used_by, 0, sizeof(ret->used_by));
	}
	if (complete(&k) && complete(&c))
		return 0;
	*ret = (struct pa_otp){ 0 };
	return PA_E_STORE;
}

void pa_record_put_audit(struct pa_record *out, const struct pa_audit *audit)
{
	start(out);
	put_time(out, audit->time_s);
	put_number(out, audit->actor, 4);
	put_number(out, audit->changes, 4);
	put_text(out, audit->summary, sizeof(audit->summary));
}

int pa_record_audit_revision(struct pa_bytes key, uint64_t *ret)
{
	struct cursor k = { key, false };

	*ret = get_number(&k, 8);
	return complete(&k) ? 0 : PA_E_STORE;
}

int pa_record_get_audit(struct pa_bytes key, struct pa_bytes value, struct pa_audit *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_audit){ 0 };
	ret->revision = get_number(&k, 8);
	ret->time_s = get_time(&c);
	ret->actor = (uid_t)get_number(&c, 4);
	ret->changes = (uint32_t)get_number(&c, 4);
	get_text(&c, ret->summary, sizeof(ret->summary));
	if (complete(&k) && complete(&c))
		return 0;
	*ret = (struct pa_audit){ 0 };
	return PA_E_STORE;
}

void pa_record_put_number(struct pa_record *out, uint64_t number)
{
	start(out);
	put_number(out, number, 8);
}

int pa_record_get_number(struct pa_bytes value, uint64_t *ret)
{
	struct cursor c = open_value(value);

	*ret = get_number(&c, 8);
	if (complete(&c))
		return 0;
	*ret = 0;
	return PA_E_STORE;
}
