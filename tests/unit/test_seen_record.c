/* Records of what was seen: how they grow, and how they are written. */
#include "tests/unit/db_dir.h"

#include "db/seen_record.h"

#define DAY 86400

static struct pa_sighting sighting(enum pa_seen_what what, int64_t time_s)
{
	struct pa_sighting s = { .what = what, .mac = { 0x0004f2aabbcc }, .time_s = time_s };

	pa_bytes_copy(s.realm, sizeof(s.realm), PA_BYTES_LIT("provisioning"));
	return s;
}

static void add_cert(struct pa_sighting *s, uint8_t id)
{
	s->has_cert = true;
	s->cert.not_after_s = 1000 * DAY;
	memset(s->cert.key, id, sizeof(s->cert.key));
	memset(s->cert.issuer.bytes, 0xcc, sizeof(s->cert.issuer.bytes));
	s->cert.serial = (struct pa_serial){ 2, { id, 1 } };
	pa_bytes_copy(s->cert.issuer_name, sizeof(s->cert.issuer_name),
		PA_BYTES_LIT("Polycom Equipment Issuing CA 1"));
}

static struct pa_sighting denial(enum pa_seen_what what, int64_t time_s, const char *reason)
{
	struct pa_sighting s = sighting(what, time_s);

	pa_bytes_copy(s.reason, sizeof(s.reason), pa_bytes_str(reason));
	return s;
}

static void use(
	struct pa_sighting *s, enum pa_account_scope scope, const char *name, const char *slot)
{
	s->slot = (struct pa_seen_slot){ .account.scope = scope, .time_s = s->time_s };
	pa_bytes_copy(s->slot.account.name, sizeof(s->slot.account.name), pa_bytes_str(name));
	pa_bytes_copy(s->slot.name, sizeof(s->slot.name), pa_bytes_str(slot));
}

/* A record with every field set. */
static struct pa_seen_record full_record(void)
{
	struct pa_seen_record record = { .mac = { 0x0004f2aabbcc } };
	struct pa_sighting s = sighting(PA_SEEN_ALLOWED, 100);

	add_cert(&s, 7);
	pa_bytes_copy(s.class_name, sizeof(s.class_name), PA_BYTES_LIT("device"));
	pa_bytes_copy(s.method, sizeof(s.method), PA_BYTES_LIT("GET"));
	pa_bytes_copy(s.model, sizeof(s.model), PA_BYTES_LIT("VVX_500"));
	pa_bytes_copy(s.firmware, sizeof(s.firmware), PA_BYTES_LIT("5.9.7.4477"));
	pa_bytes_copy(s.would_deny, sizeof(s.would_deny), PA_BYTES_LIT("crl"));
	s.source_len = 4;
	memcpy(s.source, "\x0a\x00\x00\x01", 4);
	use(&s, PA_ACCOUNT_REALM, "provisioning", "2026");
	assert_true(pa_seen_merge(&record, &s, true));
	s = denial(PA_SEEN_DENIED, 200, "device-disabled");
	assert_true(pa_seen_merge(&record, &s, false));
	s = denial(PA_SEEN_CLAIMED, 300, "chain-untrusted");
	assert_true(pa_seen_merge(&record, &s, false));
	return record;
}

static void grows_by_visits(void **state)
{
	struct pa_seen_record record = { 0 };
	struct pa_sighting s = sighting(PA_SEEN_ALLOWED, 100);

	(void)state;
	assert_true(pa_seen_merge(&record, &s, true));
	s.time_s = 150;
	pa_bytes_copy(s.class_name, sizeof(s.class_name), PA_BYTES_LIT("shared"));
	assert_true(pa_seen_merge(&record, &s, false));
	s.time_s = 149; /* of another worker, written later */
	s.class_name[0] = '\0';
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.first_s, 100);
	assert_int_equal(record.last_s, 150);
	assert_int_equal(record.count, 3);
	assert_string_equal(record.class_name, "shared");
}

/* A clock that was years ahead must not freeze what is seen last. */
static void a_clock_that_went_back_is_believed(void **state)
{
	struct pa_seen_record record = { 0 };
	struct pa_sighting s = sighting(PA_SEEN_ALLOWED, 4000 * (int64_t)DAY);

	(void)state;
	assert_true(pa_seen_merge(&record, &s, true));
	s.time_s = 100 * DAY;
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.last_s, 100 * DAY);
	assert_int_equal(record.first_s, 100 * DAY);
}

static void a_model_that_is_not_said_stays(void **state)
{
	struct pa_seen_record record = full_record();
	struct pa_sighting s = sighting(PA_SEEN_ALLOWED, 400);

	(void)state;
	assert_true(pa_seen_merge(&record, &s, false));
	assert_string_equal(record.model, "VVX_500");
	assert_string_equal(record.firmware, "5.9.7.4477");
	assert_true(record.has_cert);
}

/* Who only says to be a device makes no record, and moves nothing but one row of one that is there.
 */
static void t96_a_claim_alone_is_not_remembered(void **state)
{
	struct pa_seen_record record = { 0 }, before = full_record();
	struct pa_sighting s = denial(PA_SEEN_CLAIMED, 500, "chain-self-signed");

	(void)state;
	add_cert(&s, 9);
	assert_false(pa_seen_merge(&record, &s, true));
	record = before;
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.claimed.time_s, 500);
	assert_string_equal(record.claimed.reason, "chain-self-signed");
	record.claimed = before.claimed;
	assert_memory_equal(&record, &before, sizeof(record));
}

static void a_denied_certificate_does_not_replace_an_allowed_one(void **state)
{
	struct pa_seen_record record = { 0 };
	struct pa_sighting s = denial(PA_SEEN_DENIED, 100, "certificate-revoked");

	(void)state;
	add_cert(&s, 1);
	assert_true(pa_seen_merge(&record, &s, true));
	assert_int_equal(record.cert.key[0], 1); /* better than nothing */
	assert_false(record.cert_allowed);
	assert_int_equal(record.last_s, 0);
	s = sighting(PA_SEEN_ALLOWED, 200);
	add_cert(&s, 2);
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.cert.key[0], 2);
	s = denial(PA_SEEN_DENIED, 300, "key-changed");
	add_cert(&s, 3);
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.cert.key[0], 2);
	assert_true(record.cert_allowed);
	assert_string_equal(record.denied.reason, "key-changed");
}

/* One an account, the latest first; who uses many loses the one that he did not use for longest. */
static void slots_are_remembered_by_account(void **state)
{
	static const char *const groups[] = { "a", "b", "a", "c", "d", "e" };
	static const char *const left[] = { "e", "d", "c", "a" };
	struct pa_seen_record record = { 0 };
	struct pa_sighting s;

	(void)state;
	for (int64_t i = 0; i < 6; i++) {
		s = sighting(PA_SEEN_ALLOWED, 100 + i);
		use(&s, PA_ACCOUNT_GROUP, groups[i], i ? "new" : "old");
		assert_true(pa_seen_merge(&record, &s, i == 0));
	}
	s = sighting(PA_SEEN_ALLOWED, 103); /* of another worker, written late */
	use(&s, PA_ACCOUNT_GROUP, "a", "old");
	assert_true(pa_seen_merge(&record, &s, false));
	s = sighting(PA_SEEN_ALLOWED, 200); /* without a password */
	assert_true(pa_seen_merge(&record, &s, false));
	s = denial(PA_SEEN_DENIED, 201, "credentials-wrong");
	use(&s, PA_ACCOUNT_GROUP, "a", "old");
	assert_true(pa_seen_merge(&record, &s, false));
	assert_int_equal(record.slots_len, PA_SEEN_SLOTS_MAX);
	for (size_t i = 0; i < PA_SEEN_SLOTS_MAX; i++) {
		assert_string_equal(record.slots[i].account.name, left[i]);
		assert_string_equal(record.slots[i].name, "new");
	}
	assert_int_equal(record.slots[3].time_s, 102);
}

static void nothing_is_nothing(void **state)
{
	struct pa_seen_record record = { 0 };
	struct pa_sighting s = sighting(PA_SEEN_NOTHING, 100);

	(void)state;
	assert_false(pa_seen_merge(&record, &s, true));
}

static void round_trip(void **state)
{
	const struct pa_seen_record in = full_record();
	struct pa_key key = pa_record_device_key(in.mac);
	struct pa_seen_record out;
	struct pa_record bytes;

	(void)state;
	pa_seen_record_put(&bytes, &in);
	assert_false(bytes.failed);
	assert_int_equal(pa_seen_record_get(pa_record_key_bytes(&key),
				 (struct pa_bytes){ bytes.bytes, bytes.len }, &out),
		0);
	assert_memory_equal(&in, &out, sizeof(in));
}

/* Cut anywhere, or with a byte more: damage, and nothing of it is believed. */
static void what_is_cut_is_damage(void **state)
{
	const struct pa_seen_record in = full_record(), none = { 0 };
	struct pa_key key = pa_record_device_key(in.mac);
	struct pa_seen_record out;
	/* of before slots were remembered: their number, and one of them */
	const size_t slots = 1 + 1 + 2 + strlen("provisioning") + 2 + strlen("2026") + 8;
	struct pa_record bytes;
	size_t without;

	(void)state;
	pa_seen_record_put(&bytes, &in);
	without = bytes.len - slots;
	assert_int_equal(pa_seen_record_get(pa_record_key_bytes(&key),
				 (struct pa_bytes){ bytes.bytes, without }, &out),
		0);
	assert_int_equal(out.slots_len, 0);
	assert_int_equal(out.count, in.count);
	bytes.bytes[bytes.len] = 0;
	for (size_t len = 0; len <= bytes.len + 1; len++) {
		if (len == bytes.len || len == without)
			continue;
		assert_int_equal(pa_seen_record_get(pa_record_key_bytes(&key),
					 (struct pa_bytes){ bytes.bytes, len }, &out),
			PA_E_STORE);
		assert_memory_equal(&out, &none, sizeof(out));
	}
	key.len = 5;
	assert_int_equal(pa_seen_record_get(pa_record_key_bytes(&key),
				 (struct pa_bytes){ bytes.bytes, bytes.len }, &out),
		PA_E_STORE);
}

/* Whatever stands in the file, reading it stays within it. */
static void any_byte_may_be_wrong(void **state)
{
	const struct pa_seen_record in = full_record();
	struct pa_key key = pa_record_device_key(in.mac);
	struct pa_seen_record out;
	struct pa_record good, bad;

	(void)state;
	pa_seen_record_put(&good, &in);
	for (size_t i = 0; i < good.len; i++) {
		int r;

		bad = good;
		bad.bytes[i] ^= 0xff;
		r = pa_seen_record_get(
			pa_record_key_bytes(&key), (struct pa_bytes){ bad.bytes, bad.len }, &out);
		assert_true(r == 0 || r == PA_E_STORE);
		assert_non_null(memchr(out.realm, 0, sizeof(out.realm)));
		assert_true(out.cert.serial.len <= PA_SERIAL_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_by_visits),
		cmocka_unit_test(a_clock_that_went_back_is_believed),
		cmocka_unit_test(a_model_that_is_not_said_stays),
		cmocka_unit_test(t96_a_claim_alone_is_not_remembered),
		cmocka_unit_test(a_denied_certificate_does_not_replace_an_allowed_one),
		cmocka_unit_test(slots_are_remembered_by_account),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(what_is_cut_is_damage),
		cmocka_unit_test(any_byte_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
