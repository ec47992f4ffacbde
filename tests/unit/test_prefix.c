#include "db/prefix.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

#define MAC UINT64_C(0x0004f282e824)

static struct pa_change prefix_put(uint64_t mac, unsigned bits, const char *group)
{
	struct pa_change change = { .kind = PA_CHANGE_PREFIX_PUT };

	change.prefix.bits = bits;
	change.prefix.entry =
		(struct pa_device){ .mac = { mac }, .state = PA_DEVICE_ALLOWED, .added_s = 5 };
	(void)snprintf(change.prefix.entry.group, sizeof(change.prefix.entry.group), "%s", group);
	return change;
}

static struct pa_device_found find(struct fixture *f, uint64_t mac, int64_t now_s)
{
	struct pa_device_found found;

	view(f);
	assert_int_equal(pa_db_device_find(f->reader, (struct pa_mac){ mac }, now_s, &found), 0);
	return found;
}

static void as_text(void **state)
{
	(void)state;
	assert_string_equal(pa_prefix_format((struct pa_mac){ UINT64_C(0x0004f2000000) }, 24).text,
		"0004f2/24");
	assert_string_equal(pa_prefix_format((struct pa_mac){ UINT64_C(0x0004f2800000) }, 25).text,
		"0004f28/25");
	assert_string_equal(pa_prefix_format((struct pa_mac){ UINT64_C(0x0004f282e820) }, 44).text,
		"0004f282e82/44");
	assert_int_equal(pa_prefix_of((struct pa_mac){ MAC }, 24).value, UINT64_C(0x0004f2000000));
	assert_int_equal(pa_prefix_of((struct pa_mac){ MAC }, 44).value, UINT64_C(0x0004f282e820));
	assert_int_equal(pa_prefix_of((struct pa_mac){ MAC }, 48).value, MAC);
}

static void invalid(void **state)
{
	static const struct {
		uint64_t mac;
		unsigned bits;
	} bad[] = {
		{ UINT64_C(0x0004f2000000), 23 },
		{ UINT64_C(0x0004f2000000), 45 },
		{ UINT64_C(0x0004f2000000), 0 },
		{ UINT64_C(0x0004f2000001), 24 },
		{ UINT64_C(0x0004f2800000), 24 },
		{ UINT64_C(0x0104f2000000), 24 }, /* group addresses */
		{ UINT64_C(0xffffff000000), 24 },
		{ UINT64_C(1) << 48, 24 },
	};
	struct fixture *f = *state;
	struct pa_change change;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		change = prefix_put(bad[i].mac, bad[i].bits, "");
		apply_leaves(f, &change, -EINVAL);
		change.kind = PA_CHANGE_PREFIX_REMOVE;
		apply_leaves(f, &change, -EINVAL);
	}
	change = prefix_put(UINT64_C(0x0004f2000000), 24, "");
	change.prefix.entry.state = PA_DEVICE_REMOVED;
	apply_leaves(f, &change, -EINVAL);
	change.prefix.entry.state = PA_DEVICE_NONE;
	apply_leaves(f, &change, -EINVAL);
}

/* Every prefix of an address, put and taken away by chance: the longest that is there counts. */
static void the_longest_counts(void **state)
{
	struct fixture *f = *state;
	uint64_t there = 0, seed = 88172645463325252u;

	for (int round = 0; round < 400; round++) {
		struct pa_change change;
		struct pa_device_found found;
		unsigned bits, longest = 0;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		bits = PA_PREFIX_MIN + (unsigned)(seed >> 20) % (PA_PREFIX_MAX - PA_PREFIX_MIN + 1);
		change = prefix_put(pa_prefix_of((struct pa_mac){ MAC }, bits).value, bits, "acme");
		if (there >> bits & 1)
			change.kind = PA_CHANGE_PREFIX_REMOVE;
		apply_changes(f, &change);
		there ^= UINT64_C(1) << bits;
		for (bits = PA_PREFIX_MIN; bits <= PA_PREFIX_MAX; bits++)
			longest = there >> bits & 1 ? bits : longest;
		found = find(f, MAC, 0);
		assert_int_equal(found.bits, longest);
		assert_int_equal(
			found.standing, longest ? PA_STANDING_ALLOWED : PA_STANDING_UNKNOWN);
		assert_string_equal(pa_device_group(&found), longest ? "acme" : "");
		/* a neighbour under none of them */
		assert_int_equal(find(f, MAC ^ UINT64_C(1) << 40, 0).source, PA_DEVICE_NOWHERE);
	}
}

/* What denies gives no way to what is more general, and has no group. */
static void own_entry_counts(void **state)
{
	struct fixture *f = *state;
	struct pa_change prefix = prefix_put(UINT64_C(0x0004f2000000), 24, "acme");
	struct pa_change put = device_put(MAC), removal = device_remove(MAC);
	struct pa_device_found found;

	apply_changes(f, &prefix);
	put.device.expires_s = 100;
	(void)snprintf(put.device.group, sizeof(put.device.group), "blue");
	apply_changes(f, &put);
	found = find(f, MAC, 99);
	assert_int_equal(found.source, PA_DEVICE_EXACT);
	assert_string_equal(pa_device_group(&found), "blue");
	found = find(f, MAC, 100);
	assert_int_equal(found.standing, PA_STANDING_EXPIRED);
	assert_string_equal(pa_device_group(&found), "");
	removal.when = PA_WHEN_THERE;
	apply_changes(f, &removal);
	found = find(f, MAC, 99);
	assert_int_equal(found.standing, PA_STANDING_REMOVED);
	assert_string_equal(pa_device_group(&found), "");
	fixture_reopen(f);
	assert_int_equal(find(f, MAC, 99).standing, PA_STANDING_REMOVED);
	put.when = PA_WHEN_NEW;
	apply_leaves(f, &put, PA_DB_REMOVED);
	removal.kind = PA_CHANGE_DEVICE_FORGET;
	apply_changes(f, &removal);
	assert_int_equal(find(f, MAC, 99).standing, PA_STANDING_ALLOWED);
	prefix.prefix.entry.expires_s = 50;
	apply_changes(f, &prefix);
	assert_int_equal(find(f, MAC, 49).standing, PA_STANDING_ALLOWED);
	assert_int_equal(find(f, MAC, 50).standing, PA_STANDING_EXPIRED);
}

static void damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = prefix_put(UINT64_C(0x0004f2000000), 24, "acme");
	struct pa_key key = pa_record_prefix_key(change.prefix.entry.mac, 24);
	struct pa_device_found found;
	struct pa_record record;
	struct pa_prefix prefix;

	pa_record_put_prefix(&record, &change.prefix);
	for (size_t len = 0; len < record.len; len++) {
		poke_record(f, "prefix", &key, record.bytes, len);
		view(f);
		assert_int_equal(pa_db_device_find(f->reader, (struct pa_mac){ MAC }, 0, &found),
			PA_E_STORE);
		assert_int_equal(found.standing, PA_STANDING_UNKNOWN);
	}
	change.prefix.entry.state = PA_DEVICE_REMOVED;
	pa_record_put_prefix(&record, &change.prefix);
	poke_record(f, "prefix", &key, record.bytes, record.len);
	view(f);
	assert_int_equal(pa_db_prefix_next(f->reader, NULL, &prefix), PA_E_STORE);
	assert_int_equal(prefix.bits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		fixture_test(invalid),
		fixture_test(the_longest_counts),
		fixture_test(own_entry_counts),
		fixture_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
