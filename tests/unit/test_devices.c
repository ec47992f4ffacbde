/* The table of devices in memory, held against the store's rows. */
#include "db/devices.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

#define BASE UINT64_C(0x0004f2000000)
#define MANY 20000u

static struct pa_mac mac_at(uint64_t n)
{
	return (struct pa_mac){ BASE + n * 5 };
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *seed >> 33;
}

/* What the table says in the reader's view. */
static enum pa_devices_answer ask(struct pa_db_reader *reader, struct pa_mac mac)
{
	enum pa_device_state state = PA_DEVICE_NONE;
	const char *group = "";

	return pa_devices_find(&reader->db->devices, pa_txn_id(&reader->txn), mac, &state, &group);
}

/* The two answers of one view are the same in all their parts. */
static bool agrees(struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s)
{
	struct pa_device_status fast;
	struct pa_device_found slow;
	int r = pa_db_device_status(reader, mac, now_s, &fast);

	return r == pa_db_device_find(reader, mac, now_s, &slow) && fast.source == slow.source &&
	       fast.standing == slow.standing && fast.bits == slow.bits &&
	       strcmp(fast.group, pa_device_group(&slow)) == 0 &&
	       (slow.source != PA_DEVICE_BY_PREFIX || pa_mac_eq(fast.prefix, slow.entry.mac));
}

static struct pa_change put_at(uint64_t n, const char *group, int64_t expires_s)
{
	struct pa_change change = device_put(mac_at(n).value);

	(void)snprintf(change.device.group, sizeof(change.device.group), "%s", group);
	change.device.expires_s = expires_s;
	return change;
}

static void the_usual_device_is_in_memory(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = put_at(1, "acme", 0), expiring = put_at(2, "", 50);

	apply_changes(f, &change);
	apply_changes(f, &expiring);
	for (unsigned i = 0; i < 2; i++) {
		view(f);
		assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_FOUND);
		assert_int_equal(ask(f->reader, mac_at(2)), PA_DEVICES_ASK);
		assert_int_equal(ask(f->reader, mac_at(3)), PA_DEVICES_ABSENT);
		for (uint64_t n = 0; n < 4; n++) {
			assert_true(agrees(f->reader, mac_at(n), 49));
			assert_true(agrees(f->reader, mac_at(n), 50));
		}
		fixture_reopen(f); /* once more, as it was loaded */
	}
}

/* A view keeps its answer, and the table is no help to it any more. */
static void a_view_of_before_asks_the_store(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = put_at(1, "acme", 0), gone = device_remove(mac_at(1).value);
	struct pa_device_status status;

	apply_changes(f, &change);
	view(f);
	apply_changes(f, &gone);
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_ASK);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_ALLOWED);
	view(f);
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_FOUND);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_REMOVED);
}

static bool has_account(struct pa_db_reader *reader)
{
	const struct pa_account_key key = { .scope = PA_ACCOUNT_REALM, .name = "r" };
	struct pa_account account;

	return pa_db_account_get(reader, &key, &account) == 0;
}

/* What is in memory needs no view; what is not takes one, and says where the two differ. */
static void a_late_view_tells_what_is_torn(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = put_at(1, "acme", 0), gone = device_remove(mac_at(1).value);
	struct pa_device_status status;

	apply_changes(f, &change);
	assert_int_equal(pa_db_read_begin_late(f->reader), 0);
	assert_int_equal(pa_db_read_begin_late(f->reader), -EINVAL);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_ALLOWED);
	assert_true(f->reader->late);
	/* nothing has changed */
	assert_false(has_account(f->reader));
	assert_false(f->reader->late);
	assert_false(pa_db_read_is_torn(f->reader));
	pa_db_read_end(f->reader);

	/* it has, behind the first answer */
	assert_int_equal(pa_db_read_begin_late(f->reader), 0);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_ALLOWED);
	apply_changes(f, &gone);
	assert_false(pa_db_read_is_torn(f->reader));
	assert_false(has_account(f->reader));
	assert_true(pa_db_read_is_torn(f->reader));
	pa_db_read_end(f->reader);
	assert_false(pa_db_read_is_torn(f->reader));

	/* the same device again: the second answer is of another state */
	apply_changes(f, &change);
	assert_int_equal(pa_db_read_begin_late(f->reader), 0);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	apply_changes(f, &gone);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_REMOVED);
	assert_true(pa_db_read_is_torn(f->reader));
	pa_db_read_end(f->reader);

	/* it has, before the first one: what is told is how it is now */
	assert_int_equal(pa_db_read_begin_late(f->reader), 0);
	apply_changes(f, &change);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_int_equal(status.standing, PA_STANDING_ALLOWED);
	assert_false(has_account(f->reader));
	assert_false(pa_db_read_is_torn(f->reader));
	pa_db_read_end(f->reader);
}

/* Of a set that is refused, nothing comes into the table. */
static void a_refused_set_is_not_in_it(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[2] = { put_at(1, "acme", 0), device_remove(mac_at(2).value) };
	struct pa_changeset set;

	changes[1].when = PA_WHEN_THERE;
	assert_int_equal(apply_set(f, changes, 2, &set), PA_DB_NOT_FOUND);
	changes[0] = put_at(3, "", 0);
	apply_changes(f, changes);
	view(f);
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_ABSENT);
	assert_int_equal(ask(f->reader, mac_at(3)), PA_DEVICES_FOUND);
}

static void a_damaged_row_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct pa_key key = pa_record_device_key(mac_at(1));
	struct pa_change change = put_at(1, "", 0);
	struct pa_device_status status;

	poke_record(f, "device", &key, "?", 1);
	view(f);
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_ASK);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), PA_E_STORE);
	assert_int_equal(status.standing, PA_STANDING_UNKNOWN);
	apply_changes(f, &change);
	view(f);
	assert_true(agrees(f->reader, mac_at(1), 0));
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_FOUND);
}

/* More groups than have numbers: those that have none are asked of the store. */
static void groups_without_end(void **state)
{
	struct fixture *f = *state;
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
	size_t found = 0;

	for (unsigned n = 0; n < PA_DEVICES_GROUPS + 100; n++) {
		struct pa_device device = { .mac = mac_at(n), .state = PA_DEVICE_ALLOWED };

		(void)snprintf(device.group, sizeof(device.group), "group-%u", n);
		assert_int_equal(pa_import_add(&import, &device, n), 0);
	}
	apply_changes(f, &change);
	pa_import_finish(&import);
	view(f);
	for (unsigned n = 0; n < PA_DEVICES_GROUPS + 100; n++) {
		assert_true(agrees(f->reader, mac_at(n), 0));
		found += ask(f->reader, mac_at(n)) == PA_DEVICES_FOUND;
	}
	assert_int_equal(found, PA_DEVICES_GROUPS);
}

static void it_is_small(void **state)
{
	struct fixture *f = *state;
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
	struct pa_devices_size size;

	for (unsigned n = 0; n < MANY; n++) {
		struct pa_device device = { .mac = mac_at(n), .state = PA_DEVICE_ALLOWED };

		assert_int_equal(pa_import_add(&import, &device, n), 0);
	}
	apply_changes(f, &change);
	pa_import_finish(&import);
	for (unsigned n = MANY; n < MANY + MANY / 2; n++) {
		struct pa_change one = put_at(n, "", 0);

		if (n % 64 == 0) /* each is a commit to the disk */
			apply_changes(f, &one);
		size = pa_devices_size(&f->db->devices);
		assert_true(size.bytes <= 20 * size.entries);
	}
	fixture_reopen(f);
	size = pa_devices_size(&f->db->devices);
	assert_true(size.bytes <= 14 * size.entries);
}

/* A list for an empty store, then single devices in the same set: most are new, one is changed. */
static void a_list_and_more_in_one_set(void **state)
{
	enum { LIST = 5000, MORE = 3000 };
	struct fixture *f = *state;
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
	struct pa_change *changes = calloc(MORE + 3, sizeof(*changes));
	struct pa_changeset set;

	assert_non_null(changes);
	for (unsigned n = 0; n < LIST; n++) {
		struct pa_device device = { .mac = mac_at(n), .state = PA_DEVICE_ALLOWED };

		if (n % 7 == 0)
			(void)snprintf(device.group, sizeof(device.group), "g%u", n % 3);
		assert_int_equal(pa_import_add(&import, &device, n), 0);
	}
	changes[0] = (struct pa_change){ .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
	for (unsigned n = 0; n < MORE; n++)
		changes[n + 1] = put_at(LIST + n, n % 2 ? "more" : "", n % 5 ? 0 : 7);
	changes[MORE + 1] = put_at(3, "other", 0);
	changes[MORE + 1].device.state = PA_DEVICE_DISABLED;
	changes[MORE + 2] = device_put(0); /* no device's: all of it is refused */
	assert_int_equal(apply_set(f, changes, MORE + 3, &set), -EINVAL);
	view(f);
	for (unsigned n = 0; n < LIST + MORE; n++)
		assert_true(ask(f->reader, mac_at(n)) != PA_DEVICES_FOUND);
	assert_int_equal(count_devices(f), 0);
	assert_int_equal(apply_set(f, changes, MORE + 2, &set), 0);
	for (unsigned again = 0; again < 2; again++) {
		view(f);
		for (unsigned n = 0; n < LIST + MORE + 100; n++) {
			enum pa_devices_answer is = ask(f->reader, mac_at(n));

			assert_true(agrees(f->reader, mac_at(n), 5));
			if (n < LIST)
				assert_int_equal(is, PA_DEVICES_FOUND);
			else if (n < LIST + MORE)
				assert_int_equal(
					is, (n - LIST) % 5 ? PA_DEVICES_FOUND : PA_DEVICES_ASK);
			else
				assert_int_equal(is, PA_DEVICES_ABSENT);
		}
		fixture_reopen(f); /* then they are read from the rows */
	}
	free(changes);
	pa_import_finish(&import);
}

static void plain_is_without(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = put_at(1, "acme", 0);
	struct pa_device_status status;

	fixture_close(f);
	f->options.plain = true;
	fixture_open(f);
	apply_changes(f, &change);
	view(f);
	assert_int_equal(ask(f->reader, mac_at(1)), PA_DEVICES_ASK);
	assert_int_equal(pa_db_device_status(f->reader, mac_at(1), 0, &status), 0);
	assert_string_equal(status.group, "acme");
	assert_int_equal(pa_devices_size(&f->db->devices).bytes, 0);
}

/* --- while it changes --- */

struct race {
	struct pa_db *db;
	_Atomic uint64_t range; /* of the devices that are changed; it grows */
	atomic_bool over;
	_Atomic size_t answered; /* by the table */
};

static void *watch(void *arg)
{
	struct race *race = arg;
	struct pa_db_reader *reader;
	uintptr_t wrong = 0;
	uint64_t seed = (uintptr_t)&reader;
	size_t answered = 0;

	if (pa_db_reader_open(race->db, &reader) != 0)
		return (void *)1;
	while (!atomic_load(&race->over)) {
		/* what was asked before there was a view is right, or is known to be torn */
		wrong += pa_db_read_begin_late(reader) != 0;
		wrong += !agrees(reader, mac_at(next(&seed) % atomic_load(&race->range)), 0) &&
			 !pa_db_read_is_torn(reader);
		pa_db_read_end(reader);
		wrong += pa_db_read_begin(reader) != 0;
		for (unsigned i = 0; i < 50; i++) {
			struct pa_mac mac = mac_at(next(&seed) % atomic_load(&race->range));

			answered += ask(reader, mac) != PA_DEVICES_ASK;
			wrong += !agrees(reader, mac, 0);
		}
		pa_db_read_end(reader);
	}
	pa_db_reader_close(reader);
	atomic_fetch_add(&race->answered, answered);
	return (void *)wrong;
}

/* Some change of some device, of any kind. */
static struct pa_change change_at(uint64_t n, uint64_t *seed)
{
	static const char *const groups[] = { "", "acme", "blue", "a-third-one" };
	struct pa_change change =
		put_at(n, groups[next(seed) % 4], next(seed) % 8 == 0 ? 1 + next(seed) % 2 : 0);

	switch (next(seed) % 8) {
	case 0:
		return device_remove(mac_at(n).value);
	case 1:
		change.kind = PA_CHANGE_DEVICE_FORGET;
		break;
	case 2:
		change = (struct pa_change){ .kind = PA_CHANGE_PREFIX_PUT,
			.prefix = { 40, { .state = PA_DEVICE_ALLOWED } } };
		change.prefix.entry.mac = pa_prefix_of(mac_at(n), 40);
		break;
	case 3:
		change.device.state = PA_DEVICE_QUARANTINED;
		break;
	default:
		break;
	}
	return change;
}

static void import_range(struct fixture *f, uint64_t from, uint64_t len)
{
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL, .restore = true };
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };

	for (uint64_t n = from; n < from + len; n++) {
		struct pa_device device = { .mac = mac_at(n), .state = PA_DEVICE_ALLOWED };

		assert_int_equal(pa_import_add(&import, &device, 1), 0);
	}
	assert_int_equal(apply(f, &change), 0);
	pa_import_finish(&import);
}

static void no_view_hears_two_answers(void **state)
{
	struct fixture *f = *state;
	struct race race = { .db = f->db, .range = 100 };
	pthread_t watchers[2];
	uint64_t seed = 7;
	void *wrong;

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&watchers[i], NULL, watch, &race), 0);
	for (unsigned round = 0; round < 400; round++) {
		struct pa_change changes[6];
		struct pa_changeset set;
		size_t len = 1 + next(&seed) % 6;

		for (size_t i = 0; i < len; i++)
			changes[i] = change_at(next(&seed) % atomic_load(&race.range), &seed);
		(void)apply_set(f, changes, len, &set); /* some are refused */
		if (round % 40 == 39) {                 /* the table grows under their eyes */
			import_range(f, atomic_load(&race.range), 1000);
			atomic_fetch_add(&race.range, 1000);
		}
	}
	atomic_store(&race.over, true);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(watchers[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_true(atomic_load(&race.answered) > 1000);
	for (unsigned i = 0; i < 2; i++) {
		view(f);
		for (uint64_t n = 0; n < atomic_load(&race.range); n++)
			assert_true(agrees(f->reader, mac_at(n), 0));
		fixture_reopen(f);
	}
}

/* --- the table alone, as fast as it goes --- */

#define TABLE_ROUNDS 100000u
#define TABLE_LEN    8u

struct spin {
	struct pa_devices devices;
	struct pa_reclaim reclaim;
	_Atomic uint64_t committed; /* so views of it may be open, while it is not published */
};

static enum pa_device_state state_in(uint64_t txn)
{
	return txn % 2 ? PA_DEVICE_ALLOWED : PA_DEVICE_DISABLED;
}

static void *spin_ask(void *arg)
{
	struct spin *spin = arg;
	struct pa_visitor visitor;
	uintptr_t wrong = 0;
	uint64_t txn, n = 0;

	pa_reclaim_join(&spin->reclaim, &visitor);
	do {
		enum pa_device_state state = PA_DEVICE_NONE;
		const char *group;

		txn = atomic_load(&spin->committed);
		pa_reclaim_enter(&spin->reclaim, &visitor);
		if (pa_devices_find(&spin->devices, txn, mac_at(n++ % TABLE_LEN), &state, &group) ==
			PA_DEVICES_FOUND)
			wrong += state != state_in(txn);
		pa_reclaim_leave(&visitor);
	} while (txn < TABLE_ROUNDS);
	pa_reclaim_part(&spin->reclaim, &visitor);
	return (void *)wrong;
}

static void no_answer_is_of_another_transaction(void **state)
{
	struct spin *spin = calloc(1, sizeof(*spin));
	pthread_t askers[2];
	void *wrong;

	(void)state;
	assert_non_null(spin);
	spin->devices.reclaim = &spin->reclaim;
	assert_int_equal(pa_reclaim_init(&spin->reclaim), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&askers[i], NULL, spin_ask, spin), 0);
	for (uint64_t txn = 1; txn <= TABLE_ROUNDS; txn++) {
		struct pa_device device = { .state = state_in(txn) };

		for (uint64_t n = 0; n < TABLE_LEN; n++) {
			device.mac = mac_at(n);
			assert_int_equal(pa_devices_note(&spin->devices, &device), 0);
		}
		assert_int_equal(pa_devices_reserve(&spin->devices), 0);
		atomic_store(&spin->committed, txn);
		pa_devices_publish(&spin->devices, txn);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(askers[i], &wrong), 0);
		assert_null(wrong);
	}
	pa_devices_finish(&spin->devices);
	pa_reclaim_finish(&spin->reclaim);
	free(spin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(the_usual_device_is_in_memory),
		fixture_test(a_view_of_before_asks_the_store),
		fixture_test(a_late_view_tells_what_is_torn),
		fixture_test(a_refused_set_is_not_in_it),
		fixture_test(a_damaged_row_is_an_error),
		fixture_test(groups_without_end),
		fixture_test(it_is_small),
		fixture_test(a_list_and_more_in_one_set),
		fixture_test(plain_is_without),
		fixture_test(no_view_hears_two_answers),
		cmocka_unit_test(no_answer_is_of_another_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
