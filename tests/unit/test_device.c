#include "db/device.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

#define MAC UINT64_C(0x0004f2010203)

static int get(struct fixture *f, uint64_t mac, struct pa_device *ret)
{
	view(f);
	return pa_db_device_get(f->reader, (struct pa_mac){ mac }, ret);
}

static void names(void **state)
{
	enum pa_device_state found;

	(void)state;
	assert_string_equal(pa_device_state_name(PA_DEVICE_ALLOWED), "allowed");
	assert_string_equal(pa_device_state_name(PA_DEVICE_NONE), "none");
	assert_string_equal(pa_device_state_name((enum pa_device_state)99), "none");
	for (int s = PA_DEVICE_ALLOWED; s <= PA_DEVICE_REMOVED; s++) {
		const char *name = pa_device_state_name((enum pa_device_state)s);

		assert_int_equal(pa_device_state_find(pa_bytes_str(name), &found), 0);
		assert_int_equal(found, s);
	}
	assert_int_equal(pa_device_state_find(PA_BYTES_LIT("none"), &found), 1);
	assert_int_equal(pa_device_state_find(PA_BYTES_LIT("allowed\0"), &found), 1);
	assert_int_equal(pa_device_state_find(PA_BYTES_LIT("Allowed"), &found), 1);
	assert_int_equal(pa_device_state_find((struct pa_bytes){ NULL, 0 }, &found), 1);
}

static void keeps_all_fields(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(MAC);
	struct pa_device device;

	change.device.state = PA_DEVICE_QUARANTINED;
	change.device.added_s = -3;
	change.device.expires_s = INT64_MAX;
	memset(change.device.group, 'g', PA_NAME_MAX);
	memset(change.device.comment, 'c', PA_COMMENT_MAX);
	memset(change.device.ticket, 't', PA_TICKET_MAX);
	assert_int_equal(get(f, MAC, &device), PA_DB_NOT_FOUND);
	assert_int_equal(device.state, PA_DEVICE_NONE);
	apply_changes(f, &change);
	fixture_reopen(f);
	assert_int_equal(get(f, MAC, &device), 0);
	assert_int_equal(device.mac.value, MAC);
	assert_int_equal(device.state, PA_DEVICE_QUARANTINED);
	assert_int_equal(device.added_s, -3);
	assert_int_equal(device.expires_s, INT64_MAX);
	assert_string_equal(device.group, change.device.group);
	assert_string_equal(device.comment, change.device.comment);
	assert_string_equal(device.ticket, change.device.ticket);
}

static void preconditions(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = device_put(MAC), removal = device_remove(MAC);
	struct pa_device device;

	put.when = removal.when = PA_WHEN_THERE;
	apply_leaves(f, &put, PA_DB_NOT_FOUND);
	apply_leaves(f, &removal, PA_DB_NOT_FOUND);
	removal.when = PA_WHEN_ANY;
	apply_leaves(f, &removal, 0);
	put.when = PA_WHEN_NEW;
	apply_changes(f, &put);
	put.device.state = PA_DEVICE_DISABLED;
	apply_leaves(f, &put, PA_DB_EXISTS);
	assert_int_equal(get(f, MAC, &device), 0);
	assert_int_equal(device.state, PA_DEVICE_ALLOWED);
	put.when = PA_WHEN_THERE;
	apply_changes(f, &put);
	assert_int_equal(get(f, MAC, &device), 0);
	assert_int_equal(device.state, PA_DEVICE_DISABLED);
	apply_leaves(f, &put, 0); /* the same again changes nothing */
	put.when = PA_WHEN_ANY;
	put.device.comment[0] = 'x';
	apply_changes(f, &put);
	removal.when = PA_WHEN_NEW;
	apply_leaves(f, &removal, PA_DB_EXISTS);
	removal.when = PA_WHEN_THERE;
	apply_changes(f, &removal);
	assert_int_equal(get(f, MAC, &device), 0);
	assert_int_equal(device.state, PA_DEVICE_REMOVED);
	put.when = (enum pa_change_when)9;
	apply_leaves(f, &put, -EINVAL);
}

static void invalid(void **state)
{
	static const uint64_t macs[] = { 0, UINT64_C(0xffffffffffff), UINT64_C(0x010000000000),
		UINT64_C(0x1000004f2010203), UINT64_C(1) << 48 };
	struct fixture *f = *state;
	struct pa_device device;
	struct pa_change change;

	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		change = device_put(macs[i]);
		apply_leaves(f, &change, -EINVAL);
		change = device_remove(macs[i]);
		apply_leaves(f, &change, -EINVAL);
	}
	change = device_put(MAC);
	change.device.state = PA_DEVICE_NONE;
	apply_leaves(f, &change, -EINVAL);
	change.device.state = PA_DEVICE_REMOVED;
	apply_leaves(f, &change, -EINVAL);
	change.device.state = (enum pa_device_state)5;
	apply_leaves(f, &change, -EINVAL);
	change = device_put(MAC);
	memset(change.device.group, 'g', sizeof(change.device.group));
	apply_leaves(f, &change, -EINVAL);
	change = device_put(MAC);
	memset(change.device.comment, 'c', sizeof(change.device.comment));
	apply_leaves(f, &change, -EINVAL);
	change = device_put(MAC);
	memset(change.device.ticket, 't', sizeof(change.device.ticket));
	apply_leaves(f, &change, -EINVAL);
	change = device_put(MAC);
	memcpy(change.device.comment, "\xc3", 2); /* cut within a character */
	apply_leaves(f, &change, -EINVAL);
	memcpy(change.device.comment, "\n", 2);
	apply_leaves(f, &change, -EINVAL);
	change = device_put(MAC);
	change.kind = PA_CHANGE_NONE;
	apply_leaves(f, &change, -EINVAL);
	change.kind = (enum pa_change_kind)99;
	apply_leaves(f, &change, -EINVAL);
	assert_int_equal(count_devices(f), 0);
	assert_int_equal(get(f, UINT64_C(1) << 48 | MAC, &device), -EINVAL);
}

static void in_order(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[200];
	struct pa_changeset set;
	struct pa_device device = { 0 };
	uint64_t seen = 0;
	int r;

	for (uint64_t i = 0; i < 200; i++) /* 7 and 200 have no common factor: each once */
		changes[i] = device_put((i * 7 % 200 + 1) << 20);
	assert_int_equal(apply_set(f, changes, 200, &set), 0);
	assert_int_equal(set.revision, 1);
	view(f);
	assert_int_equal(pa_db_device_next(f->reader, NULL, &device), 0);
	do {
		struct pa_device other;

		assert_int_equal(device.mac.value, ++seen << 20);
		if (seen % 3 == 0) { /* reads in between do not disturb the walk */
			assert_int_equal(pa_db_device_next(f->reader, NULL, &other), 0);
			assert_int_equal(other.mac.value, 1 << 20);
		}
		r = pa_db_device_next(f->reader, &device.mac, &device);
	} while (r == 0);
	assert_int_equal(r, PA_DB_NOT_FOUND);
	assert_int_equal(seen, 200);
	assert_int_equal(/* above one that is not there */
		pa_db_device_next(f->reader, &(struct pa_mac){ (5 << 20) + 1 }, &device), 0);
	assert_int_equal(device.mac.value, 6 << 20);
	assert_int_equal(
		pa_db_device_next(f->reader, &(struct pa_mac){ UINT64_C(1) << 48 }, &device),
		-EINVAL);
}

#define GROUP_AT 7u /* where its length stands, behind format, state and time */

/* What there are millions of takes little; what differs from it is kept all the same. */
static void most_are_short(void **state)
{
	static const int64_t added[] = { 0, 1767225600, (INT64_C(1) << 40) - 1, INT64_C(1) << 40,
		-1, INT64_MAX, INT64_MIN };
	struct pa_key key = pa_record_device_key((struct pa_mac){ MAC });
	struct pa_device device = { .mac = { MAC }, .state = PA_DEVICE_ALLOWED }, found;
	struct pa_record record;

	(void)state;
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		device.added_s = added[i];
		pa_record_put_device(&record, &device);
		assert_false(record.failed);
		assert_int_equal(record.len, i < 3 ? 7 : 10);
		assert_int_equal(pa_record_get_device(pa_record_key_bytes(&key),
					 (struct pa_bytes){ record.bytes, record.len }, &found),
			0);
		assert_int_equal(found.added_s, added[i]);
		assert_int_equal(found.state, PA_DEVICE_ALLOWED);
	}
}

/* Records of schema 1: 20 bytes, then the length of each text in two. */
static void old_records_are_read(void **state)
{
	static const uint8_t first[] = "\1\2\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\6\0\2gr\0\3com";
	static const uint8_t second[] = "\2\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\6\0\2gr\0\0\0\4tick";
	struct pa_key key = pa_record_device_key((struct pa_mac){ MAC });
	struct pa_bytes name = pa_record_key_bytes(&key);
	struct pa_device device;

	(void)state;
	for (size_t cut = 1; cut < 3; cut++) {
		assert_int_equal(pa_record_get_device(name,
					 (struct pa_bytes){ first, sizeof(first) - cut }, &device),
			cut == 1 ? 0 : PA_E_STORE);
		assert_int_equal(device.state, cut == 1 ? PA_DEVICE_DISABLED : PA_DEVICE_NONE);
	}
	assert_int_equal(
		pa_record_get_device(name, (struct pa_bytes){ first, sizeof(first) - 1 }, &device),
		0);
	assert_int_equal(device.added_s, 5);
	assert_int_equal(device.expires_s, 6);
	assert_string_equal(device.group, "gr");
	assert_string_equal(device.comment, "com");
	assert_int_equal(pa_record_get_device(
				 name, (struct pa_bytes){ second, sizeof(second) - 1 }, &device),
		0);
	assert_int_equal(device.state, PA_DEVICE_ALLOWED);
	assert_string_equal(device.comment, "");
	assert_string_equal(device.ticket, "tick");
}

/* Every length of a good record but its own, and each of its bytes changed where that matters. */
static void damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(MAC);
	struct pa_key key = pa_record_device_key(change.device.mac);
	struct pa_record good, bad;
	struct pa_device device;

	(void)snprintf(change.device.group, sizeof(change.device.group), "acme");
	pa_record_put_device(&good, &change.device);
	for (size_t len = 0; len <= good.len + 1; len++) {
		bad = good;
		bad.bytes[good.len] = 0;
		poke_record(f, "device", &key, bad.bytes, len);
		assert_int_equal(get(f, MAC, &device), len == good.len ? 0 : PA_E_STORE);
		if (len != good.len) {
			assert_int_equal(device.state, PA_DEVICE_NONE);
			assert_int_equal(device.mac.value, 0);
		}
	}
	for (size_t i = 0; i < good.len; i++) {
		int r;

		bad = good;
		bad.bytes[i] ^= 0xff;
		r = pa_record_get_device(pa_record_key_bytes(&key),
			(struct pa_bytes){ bad.bytes, bad.len }, &device);
		if (i < 2 || i == GROUP_AT) /* format, state, length */
			assert_int_equal(r, PA_E_STORE);
	}
	bad = good;
	bad.bytes[GROUP_AT + 2] = 0; /* a NUL within the group would cut it */
	poke_record(f, "device", &key, bad.bytes, bad.len);
	assert_int_equal(get(f, MAC, &device), PA_E_STORE);
	view(f);
	assert_int_equal(pa_db_device_next(f->reader, NULL, &device), PA_E_STORE);
	apply_changes(f, &change); /* and a new entry repairs it */
	assert_int_equal(get(f, MAC, &device), 0);
	key.len = 5;
	poke_record(f, "device", &key, good.bytes, good.len);
	view(f);
	assert_int_equal(pa_db_device_next(f->reader, NULL, &device), PA_E_STORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		fixture_test(keeps_all_fields),
		fixture_test(preconditions),
		fixture_test(invalid),
		fixture_test(in_order),
		cmocka_unit_test(most_are_short),
		cmocka_unit_test(old_records_are_read),
		fixture_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
