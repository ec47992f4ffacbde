/* The keys that devices are known by: the first one wins. */
#include "tests/unit/db_fixture.h"

#include "tests/unit/db_raw.h"

#define MAC 0x0004f2aabbccu

static struct pa_change key_change(enum pa_change_kind kind, uint64_t mac, uint8_t key)
{
	struct pa_change change = { .kind = kind };

	change.key = (struct pa_device_key){ .mac = { mac }, .since_s = 1000 };
	memset(change.key.key, key, sizeof(change.key.key));
	return change;
}

static int get(struct fixture *f, uint64_t mac, struct pa_device_key *ret)
{
	view(f);
	return pa_db_key_get(f->reader, (struct pa_mac){ mac }, ret);
}

static void the_first_one_wins(void **state)
{
	struct fixture *f = *state;
	struct pa_change first = key_change(PA_CHANGE_KEY_LEARN, MAC, 1);
	struct pa_change second = key_change(PA_CHANGE_KEY_LEARN, MAC, 2);
	struct pa_device_key key;

	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND);
	apply_changes(f, &first);
	apply_leaves(f, &first, 0);
	first.key.since_s = 2000; /* later again */
	apply_leaves(f, &first, 0);
	apply_leaves(f, &second, PA_DB_CONFLICT);
	assert_int_equal(get(f, MAC, &key), 0);
	assert_int_equal(key.key[0], 1);
	assert_int_equal(key.since_s, 1000);
	assert_int_equal(key.mac.value, MAC);
	fixture_reopen(f);
	apply_leaves(f, &second, PA_DB_CONFLICT);
}

static bool is_of(void *arg, const struct pa_device_key *key)
{
	const uint8_t *anchor = arg;

	return key->anchor.bytes[0] == *anchor;
}

static int find(struct fixture *f, uint8_t anchor, struct pa_device_key *ret)
{
	view(f);
	return pa_db_key_find(f->reader, (struct pa_mac){ MAC }, is_of, &anchor, ret);
}

/* Nobody takes a device by coming first under another anchor. */
static void each_anchor_has_its_own(void **state)
{
	struct fixture *f = *state;
	struct pa_change none = key_change(PA_CHANGE_KEY_LEARN, MAC, 1), low = none, high = none;
	struct pa_change before = key_change(PA_CHANGE_KEY_LEARN, MAC - 1, 4);
	struct pa_change after = key_change(PA_CHANGE_KEY_LEARN, MAC + 1, 5);
	struct pa_change forget = key_change(PA_CHANGE_KEY_FORGET, MAC, 0);
	struct pa_device_key key;

	memset(&before.key.anchor, 0xff, sizeof(before.key.anchor));
	memset(&after.key.anchor, 0x11, sizeof(after.key.anchor));
	memset(&low.key.anchor, 0x11, sizeof(low.key.anchor));
	memset(low.key.key, 2, sizeof(low.key.key));
	memset(&high.key.anchor, 0xff, sizeof(high.key.anchor));
	memset(high.key.key, 3, sizeof(high.key.key));
	high.key.since_s = 900;
	apply_changes(f, &before);
	apply_changes(f, &after);
	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND);
	apply_changes(f, &low);
	assert_int_equal(find(f, 0xff, &key), PA_DB_NOT_FOUND);
	assert_int_equal(key.since_s, 0);
	apply_changes(f, &high);
	apply_changes(f, &none);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(find(f, 0, &key), 0);
		assert_int_equal(key.key[0], 1);
		assert_int_equal(find(f, 0x11, &key), 0);
		assert_int_equal(key.key[0], 2);
		assert_int_equal(find(f, 0xff, &key), 0);
		assert_int_equal(key.key[0], 3);
		assert_memory_equal(&key.anchor, &high.key.anchor, sizeof(key.anchor));
		/* of all, the one that is known for the longest */
		assert_int_equal(get(f, MAC, &key), 0);
		assert_int_equal(key.key[0], 3);
		fixture_reopen(f);
	}
	/* under the same anchor another key is told so */
	low.key.key[0]++;
	apply_leaves(f, &low, PA_DB_CONFLICT);
	apply_changes(f, &forget);
	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND);
	assert_int_equal(get(f, MAC - 1, &key), 0);
	assert_int_equal(key.key[0], 4);
	assert_int_equal(get(f, MAC + 1, &key), 0);
	assert_int_equal(key.key[0], 5);
	forget.when = PA_WHEN_THERE;
	apply_leaves(f, &forget, PA_DB_NOT_FOUND);
	apply_changes(f, &high);
	apply_changes(f, &forget); /* also where there is none without an anchor */
	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND);
}

/* Two at once, in one transaction or not: one is stored, the other is told so. */
static void two_at_once(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[2] = { key_change(PA_CHANGE_KEY_LEARN, MAC, 1),
		key_change(PA_CHANGE_KEY_LEARN, MAC, 2) };
	struct pa_changeset set;
	struct pa_device_key key;

	assert_int_equal(apply_set(f, changes, 2, &set), PA_DB_CONFLICT);
	assert_int_equal(set.failed_at, 1);
	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND); /* all or nothing */
	apply_changes(f, &changes[1]);
	apply_leaves(f, &changes[0], PA_DB_CONFLICT);
	assert_int_equal(get(f, MAC, &key), 0);
	assert_int_equal(key.key[0], 2);
}

/* The same of two vendors' anchors, where both count. */
static void two_at_once_under_two_anchors(void **state)
{
	struct fixture *f = *state;
	struct pa_change first = key_change(PA_CHANGE_KEY_LEARN, MAC, 1), second = first;
	struct pa_change beside = key_change(PA_CHANGE_KEY_LEARN, MAC + 1, 3);
	struct pa_device_key key;

	memset(&first.key.anchor, 0x22, sizeof(first.key.anchor));
	memset(&second.key.anchor, 0x11, sizeof(second.key.anchor));
	first.when = second.when = beside.when = PA_WHEN_NEW;
	apply_changes(f, &first);
	apply_changes(f, &beside);
	apply_changes(f, &second); /* the same key, now with two */
	apply_leaves(f, &second, 0);
	memset(&second.key.anchor, 0x33, sizeof(second.key.anchor));
	memset(second.key.key, 2, sizeof(second.key.key));
	apply_leaves(f, &second, PA_DB_CONFLICT);
	assert_int_equal(find(f, 0x33, &key), PA_DB_NOT_FOUND);
	second.when = PA_WHEN_ANY; /* where the first one's does not count */
	apply_changes(f, &second);
	assert_int_equal(find(f, 0x33, &key), 0);
	assert_int_equal(find(f, 0x22, &key), 0);
	assert_int_equal(key.key[0], 1);
}

static void it_is_forgotten_by_an_operator_alone(void **state)
{
	struct fixture *f = *state;
	struct pa_change learn = key_change(PA_CHANGE_KEY_LEARN, MAC, 1);
	struct pa_change other = key_change(PA_CHANGE_KEY_LEARN, MAC, 2);
	struct pa_change forget = key_change(PA_CHANGE_KEY_FORGET, MAC, 0);
	struct pa_change add = device_put(MAC), remove = device_remove(MAC);
	struct pa_device_key key;

	forget.when = PA_WHEN_THERE;
	apply_leaves(f, &forget, PA_DB_NOT_FOUND);
	apply_changes(f, &add);
	apply_changes(f, &learn);
	apply_changes(f, &remove);
	assert_int_equal(get(f, MAC, &key), 0);
	apply_changes(f, &add);
	assert_int_equal(get(f, MAC, &key), 0);
	apply_leaves(f, &other, PA_DB_CONFLICT);
	apply_changes(f, &forget);
	assert_int_equal(get(f, MAC, &key), PA_DB_NOT_FOUND);
	apply_changes(f, &other);
}

static void no_device_has_no_key(void **state)
{
	struct fixture *f = *state;
	struct pa_device_key key;
	static const uint64_t bad[] = { 0, 0xffffffffffff, 0x010000000000, 0x1000000000001 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct pa_change learn = key_change(PA_CHANGE_KEY_LEARN, bad[i], 1);
		struct pa_change forget = key_change(PA_CHANGE_KEY_FORGET, bad[i], 1);

		apply_leaves(f, &learn, -EINVAL);
		apply_leaves(f, &forget, -EINVAL);
	}
	view(f);
	assert_int_equal(
		pa_db_key_get(f->reader, (struct pa_mac){ 0x1000000000001 }, &key), -EINVAL);
}

/* A record that is damaged is an error for the check, never an unknown key. */
static void t92_damage_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct pa_change learn = key_change(PA_CHANGE_KEY_LEARN, MAC, 1);
	struct pa_key name = pa_record_device_key((struct pa_mac){ MAC });
	struct pa_record record;
	struct pa_device_key key;

	apply_changes(f, &learn);
	pa_record_put_device_key(&record, &learn.key);
	for (size_t len = 0; len < record.len; len++) {
		poke_record(f, "key", &name, record.bytes, len);
		assert_int_equal(get(f, MAC, &key), PA_E_STORE);
		assert_int_equal(key.since_s, 0);
	}
	apply_leaves(f, &learn, PA_E_STORE);
	/* half an anchor */
	poke_record(f, "key", &name, record.bytes, record.len);
	memset(name.bytes + name.len, 0x11, 16);
	name.len += 16;
	poke_record(f, "key", &name, record.bytes, record.len);
	assert_int_equal(get(f, MAC, &key), PA_E_STORE);
	assert_int_equal(key.since_s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(the_first_one_wins),
		fixture_test(each_anchor_has_its_own),
		fixture_test(two_at_once),
		fixture_test(two_at_once_under_two_anchors),
		fixture_test(it_is_forgotten_by_an_operator_alone),
		fixture_test(no_device_has_no_key),
		fixture_test(t92_damage_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
