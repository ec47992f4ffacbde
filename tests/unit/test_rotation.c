/* A rotation as it is read from slots and sightings; ten thousand phones go through one. (T82) */
#include "daemon/rotation.h"

#include "tests/unit/db_fixture.h"

#define DAY INT64_C(86400)
#define T0  (INT64_C(20000) * DAY)

static struct pa_slot slot(const char *name, int64_t from_s, int64_t until_s, int64_t added_s)
{
	struct pa_slot s = { .not_before_s = from_s, .not_after_s = until_s, .added_s = added_s };

	pa_bytes_copy(s.name, sizeof(s.name), pa_bytes_str(name));
	pa_bytes_copy(s.hash, sizeof(s.hash), PA_BYTES_LIT("h"));
	return s;
}

static struct pa_account account(enum pa_account_scope scope, const char *name)
{
	struct pa_account a = { .key.scope = scope, .slots_len = 2 };

	pa_bytes_copy(a.key.name, sizeof(a.key.name), pa_bytes_str(name));
	a.slots[0] = slot("old", 0, T0 + 30 * DAY, T0 - 300 * DAY);
	a.slots[1] = slot("new", T0, 0, T0);
	return a;
}

static void the_one_that_begins_last_is_the_new_one(void **state)
{
	struct pa_account a = account(PA_ACCOUNT_REALM, "r");
	struct pa_rotation rotation;

	(void)state;
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 0);
	assert_string_equal(rotation.new_slot->name, "new");
	assert_int_equal(rotation.old_len, 1);
	assert_string_equal(rotation.old[0]->name, "old");
	assert_int_equal(rotation.since_s, T0);
	assert_int_equal(rotation.until_s, T0 + 30 * DAY);
	/* whatever their order */
	a.slots[2] = a.slots[0];
	a.slots[0] = a.slots[1];
	a.slots[1] = a.slots[2];
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 0);
	assert_string_equal(rotation.new_slot->name, "new");
	/* one that is planned is none yet, at the very second it is */
	a.slots[a.slots_len++] = slot("next", T0 + 60 * DAY, 0, T0 + DAY);
	assert_int_equal(pa_rotation_find(&a, T0 + 60 * DAY - 1, &rotation), 0);
	assert_string_equal(rotation.new_slot->name, "new");
	assert_int_equal(pa_rotation_find(&a, T0 + 60 * DAY, &rotation), 0);
	assert_string_equal(rotation.new_slot->name, "next");
	assert_int_equal(rotation.since_s, T0 + 60 * DAY);
	assert_int_equal(rotation.old_len, 2);
	assert_int_equal(rotation.until_s, 0); /* "new" has no end */
}

static void one_slot_is_no_rotation(void **state)
{
	struct pa_account a = account(PA_ACCOUNT_REALM, "r");
	struct pa_rotation rotation;

	(void)state;
	a.slots_len = 1;
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 1);
	a.slots_len = 0;
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 1);
	a = account(PA_ACCOUNT_REALM, "r");
	a.slots[1].not_before_s = T0 + DAY;
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 1);
}

static struct pa_seen_slot used(
	enum pa_account_scope scope, const char *name, const char *slot_name, int64_t time_s)
{
	struct pa_seen_slot s = { .account.scope = scope, .time_s = time_s };

	pa_bytes_copy(s.account.name, sizeof(s.account.name), pa_bytes_str(name));
	pa_bytes_copy(s.name, sizeof(s.name), pa_bytes_str(slot_name));
	return s;
}

static void who_depends_on_what_goes(void **state)
{
	static const struct {
		enum pa_account_scope scope;
		const char *name, *slot;
		int64_t time_s;
		enum pa_rotation_use use;
	} rows[] = {
		{ PA_ACCOUNT_GROUP, "acme", "new", T0, PA_ROTATION_MOVED },
		{ PA_ACCOUNT_GROUP, "acme", "new", T0 - 1, PA_ROTATION_UNSEEN }, /* of the name */
		{ PA_ACCOUNT_GROUP, "acme", "old", T0, PA_ROTATION_OLD },
		{ PA_ACCOUNT_GROUP, "acme", "old", T0 - 1, PA_ROTATION_UNSEEN },
		{ PA_ACCOUNT_GROUP, "acme", "removed", T0, PA_ROTATION_UNSEEN },
		{ PA_ACCOUNT_GROUP, "blue", "new", T0, PA_ROTATION_OTHER },
		{ PA_ACCOUNT_REALM, "acme", "old", T0, PA_ROTATION_OTHER },
		{ PA_ACCOUNT_REALM, "r", "2026", T0 - 1, PA_ROTATION_UNSEEN },
	};
	struct pa_device device = { .mac = { 0x0004f2000001 }, .state = PA_DEVICE_ALLOWED };
	struct pa_account a = account(PA_ACCOUNT_GROUP, "acme");
	const struct pa_seen_slot *found;
	struct pa_rotation rotation;

	(void)state;
	pa_bytes_copy(device.group, sizeof(device.group), PA_BYTES_LIT("acme"));
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_seen_record seen = { .slots_len = 1 };

		seen.slots[0] = used(rows[i].scope, rows[i].name, rows[i].slot, rows[i].time_s);
		if (pa_rotation_judge(&rotation, &device, &seen, T0, &found) != rows[i].use)
			fail_msg("row %zu", i);
	}
	assert_int_equal(
		pa_rotation_judge(&rotation, &device, NULL, T0, &found), PA_ROTATION_UNSEEN);
	assert_null(found);
}

static void who_is_concerned(void **state)
{
	struct pa_seen_record seen = { .slots_len = 2 };
	struct pa_device device = { .mac = { 0x0004f2000001 }, .state = PA_DEVICE_ALLOWED };
	struct pa_account a = account(PA_ACCOUNT_GROUP, "acme");
	const struct pa_seen_slot *found;
	struct pa_rotation rotation;

	(void)state;
	seen.slots[0] = used(PA_ACCOUNT_REALM, "r", "x", T0 + 5);
	seen.slots[1] = used(PA_ACCOUNT_GROUP, "acme", "old", T0 + 1);
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 0);
	/* it went over to another group */
	assert_int_equal(pa_rotation_judge(&rotation, &device, &seen, T0, &found),
		PA_ROTATION_NOT_CONCERNED);
	pa_bytes_copy(device.group, sizeof(device.group), PA_BYTES_LIT("acme"));
	/* the other account does not help it here */
	assert_int_equal(pa_rotation_judge(&rotation, &device, &seen, T0, &found), PA_ROTATION_OLD);
	assert_int_equal(found->time_s, T0 + 1);
	device.expires_s = T0;
	assert_int_equal(pa_rotation_judge(&rotation, &device, &seen, T0, &found),
		PA_ROTATION_NOT_CONCERNED);
	device.expires_s = T0 + 1;
	assert_int_equal(pa_rotation_judge(&rotation, &device, &seen, T0, &found), PA_ROTATION_OLD);
	device.state = PA_DEVICE_DISABLED;
	assert_int_equal(pa_rotation_judge(&rotation, &device, &seen, T0, &found),
		PA_ROTATION_NOT_CONCERNED);
	/* one of a prefix stands on no list */
	assert_int_equal(pa_rotation_judge(&rotation, NULL, &seen, T0, &found), PA_ROTATION_OLD);
	seen.slots_len = 1;
	assert_int_equal(
		pa_rotation_judge(&rotation, NULL, &seen, T0, &found), PA_ROTATION_NOT_CONCERNED);
	a = account(PA_ACCOUNT_DEVICE, "0004f2000001");
	device.state = PA_DEVICE_ALLOWED;
	assert_int_equal(
		pa_rotation_judge(&rotation, &device, NULL, T0, &found), PA_ROTATION_UNSEEN);
	device.mac.value++;
	assert_int_equal(
		pa_rotation_judge(&rotation, &device, NULL, T0, &found), PA_ROTATION_NOT_CONCERNED);
}

static void a_forecast_goes_on_as_it_went(void **state)
{
	struct pa_account a = account(PA_ACCOUNT_REALM, "r");
	struct pa_rotation_counts counts = { { 0 } };
	struct pa_rotation_forecast forecast;
	struct pa_rotation rotation;

	(void)state;
	assert_int_equal(pa_rotation_find(&a, T0, &rotation), 0);
	counts.uses[PA_ROTATION_UNSEEN] = 100;
	pa_rotation_foresee(&rotation, &counts, T0 + DAY, &forecast);
	assert_int_equal(forecast.all_s, 0); /* nothing to go by */
	assert_int_equal(forecast.left_at_until, 100);
	counts.uses[PA_ROTATION_MOVED] = 20; /* ten a day */
	counts.uses[PA_ROTATION_OLD] = 300;
	pa_rotation_foresee(&rotation, &counts, T0 + 2 * DAY, &forecast);
	assert_int_equal(forecast.all_s, T0 + 42 * DAY);
	assert_int_equal(forecast.left_at_until, 120);
	pa_rotation_foresee(&rotation, &counts, T0 + 30 * DAY, &forecast); /* it is over */
	assert_int_equal(forecast.left_at_until, 400);
	counts.uses[PA_ROTATION_OLD] = counts.uses[PA_ROTATION_UNSEEN] = 0;
	counts.uses[PA_ROTATION_OTHER] = 5;
	pa_rotation_foresee(&rotation, &counts, T0 + 2 * DAY, &forecast);
	assert_int_equal(forecast.all_s, 0);
	assert_int_equal(forecast.left_at_until, 0);
	/* a clock that stepped back, and a rate that is next to nothing */
	counts.uses[PA_ROTATION_UNSEEN] = UINT64_MAX / 4;
	pa_rotation_foresee(&rotation, &counts, T0 - 1, &forecast);
	assert_int_equal(forecast.all_s, 0);
	pa_rotation_foresee(&rotation, &counts, T0 + DAY, &forecast);
	assert_int_equal(forecast.all_s, 0);
}

/* --- ten thousand phones --- */

#define PHONES UINT64_C(10000)
#define MAC    UINT64_C(0x0004f2000000)
#define WINDOW 30
#define OFF    (WINDOW + 1) /* phones that are switched off miss the window */

struct phone {
	bool has_new;     /* in its configuration */
	int last;         /* the day on which it used ... */
	const char *with; /* ... this one; NULL: nothing yet */
};

struct fleet {
	struct fixture *f;
	struct pa_seen *seen;
	struct phone phones[PHONES];
	struct pa_account account;
};

/* Phones ask once in one to seven days; one of a hundred is switched off for long. */
static bool asks(uint64_t phone, int day)
{
	if (phone % 100 == 99 && day > -10 && day < OFF + (int)(phone % 7))
		return false;
	return ((int)phone + day + 70) % (int)(1 + phone % 7) == 0;
}

static void apply_at(struct fleet *fleet, const struct pa_change *changes, size_t n, int day)
{
	struct pa_changeset set = {
		.changes = changes, .changes_len = n, .time_s = T0 + day * DAY, .summary = "test"
	};

	assert_int_equal(pa_db_apply(fleet->f->db, &set), 0);
}

static void put_fleet(struct fleet *fleet)
{
	struct pa_change *puts = calloc(PHONES, sizeof(*puts));
	struct pa_change first = { .kind = PA_CHANGE_SLOT_PUT };

	assert_non_null(puts);
	for (uint64_t i = 0; i < PHONES; i++)
		puts[i] = device_put(MAC + i);
	apply_at(fleet, puts, PHONES, -100);
	free(puts);
	first.account.key.scope = PA_ACCOUNT_REALM;
	pa_bytes_copy(first.account.key.name, sizeof(first.account.key.name), PA_BYTES_LIT("r"));
	first.account.slot = slot("old", 0, 0, T0 - 100 * DAY);
	apply_at(fleet, &first, 1, -100);
}

static void read_account(struct fleet *fleet)
{
	const struct pa_account_key key = { .scope = PA_ACCOUNT_REALM, .name = "r" };

	view(fleet->f);
	assert_int_equal(pa_db_account_get(fleet->f->reader, &key, &fleet->account), 0);
}

static bool lets_in(const struct fleet *fleet, const char *name, int64_t now_s)
{
	for (size_t i = 0; i < fleet->account.slots_len; i++) {
		if (strcmp(fleet->account.slots[i].name, name) == 0)
			return pa_slot_is_open(&fleet->account.slots[i], now_s);
	}
	return false;
}

/* A phone asks with what it has, and takes what it is given. It is let in, or the window is over.
 */
static void ask(struct fleet *fleet, uint64_t i, int day)
{
	struct phone *phone = &fleet->phones[i];
	struct pa_sighting s = { .what = PA_SEEN_ALLOWED, .mac = { MAC + i } };
	const char *with = phone->has_new ? "new" : "old";

	/* the last second of the day: the edge of the window is one */
	s.time_s = T0 + day * DAY + DAY - 1;
	if (!lets_in(fleet, with, s.time_s)) {
		assert_true(day >= WINDOW && !phone->has_new);
		return;
	}
	s.slot = used(PA_ACCOUNT_REALM, "r", with, s.time_s);
	pa_seen_note(fleet->seen, 0, &s);
	phone->last = day;
	phone->with = with;
	phone->has_new |= day >= 0;
}

static void live_a_day(struct fleet *fleet, int day)
{
	struct pa_seen_stat stat;

	for (uint64_t i = 0; i < PHONES; i++) {
		if (asks(i, day))
			ask(fleet, i, day);
		if (i % 200 == 0)
			pa_seen_flush(fleet->seen);
	}
	pa_seen_flush(fleet->seen);
	pa_seen_stat(fleet->seen, &stat);
	assert_int_equal(stat.dropped, 0);
}

/* What is true of a phone, by the phone itself. */
static enum pa_rotation_use truth(const struct phone *phone)
{
	if (!phone->with || phone->last < 0)
		return PA_ROTATION_UNSEEN;
	return strcmp(phone->with, "new") == 0 ? PA_ROTATION_MOVED : PA_ROTATION_OLD;
}

static struct pa_rotation_counts count(
	struct fleet *fleet, const struct pa_rotation *rotation, int day)
{
	struct pa_rotation_counts counts = { { 0 } };
	const struct pa_seen_slot *found;
	struct pa_seen_record record;
	struct pa_seen_view *seen;
	struct pa_device device;

	view(fleet->f);
	assert_int_equal(pa_seen_view_open(fleet->seen, &seen), 0);
	for (uint64_t i = 0; i < PHONES; i++) {
		const struct pa_mac mac = { MAC + i };
		bool is_seen = pa_seen_get(seen, PA_SEEN_DEVICES, mac, &record) == 0;
		enum pa_rotation_use use;

		assert_int_equal(pa_db_device_get(fleet->f->reader, mac, &device), 0);
		use = pa_rotation_judge(
			rotation, &device, is_seen ? &record : NULL, T0 + (day + 1) * DAY, &found);
		if (use != truth(&fleet->phones[i]))
			fail_msg("day %d, phone %u: %s", day, (unsigned)i,
				pa_rotation_use_name(use));
		counts.uses[use]++;
	}
	pa_seen_view_close(seen);
	return counts;
}

static void rotate(struct fleet *fleet)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_ROTATE };

	read_account(fleet);
	change.account.key = fleet->account.key;
	change.account.slot = slot("new", T0, 0, T0);
	change.account.until_s = T0 + WINDOW * DAY;
	change.account.revision = fleet->account.revision;
	apply_at(fleet, &change, 1, 0);
	read_account(fleet);
}

/* What status, forecast and retire are told on the evening of a day. */
static void look(struct fleet *fleet, int day, uint64_t *waits)
{
	const int64_t now_s = T0 + (day + 1) * DAY;
	struct pa_rotation_forecast forecast;
	struct pa_rotation_counts counts;
	struct pa_rotation rotation;
	int64_t moved;

	assert_int_equal(pa_rotation_find(&fleet->account, now_s, &rotation), 0);
	assert_int_equal(rotation.since_s, T0);
	assert_int_equal(rotation.until_s, T0 + WINDOW * DAY);
	counts = count(fleet, &rotation, day);
	moved = (int64_t)counts.uses[PA_ROTATION_MOVED];
	*waits = pa_rotation_waits(&counts);
	assert_int_equal((uint64_t)moved + *waits, PHONES);
	pa_rotation_foresee(&rotation, &counts, now_s, &forecast);
	if (!moved || !*waits)
		assert_int_equal(forecast.all_s, 0);
	else
		assert_true(llabs(forecast.all_s - now_s -
				    (int64_t)*waits * (day + 1) * DAY / moved) <= 1);
	if (!*waits)
		assert_int_equal(forecast.left_at_until, 0);
	else if (day + 1 >= WINDOW)
		assert_int_equal(forecast.left_at_until, *waits);
}

static void ten_thousand_phones_rotate(void **state)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	struct pa_seen_options options = { .map_size = 64u << 20, .workers = 1 };
	uint64_t waits = PHONES, before = PHONES;

	assert_non_null(fleet);
	fleet->f = *state;
	options.dir = fleet->f->dir;
	assert_int_equal(pa_seen_open(&options, &fleet->seen, &fleet->f->diag), PA_SEEN_MADE);
	put_fleet(fleet);
	read_account(fleet);
	for (int day = -14; day < 0; day++)
		live_a_day(fleet, day);
	rotate(fleet);
	for (int day = 0; day < WINDOW + 15; day++) {
		live_a_day(fleet, day);
		look(fleet, day, &waits);
		assert_true(waits <= before);
		before = waits;
		/* all that ask have moved after two of their own periods */
		if (day == 14)
			assert_int_equal(waits, PHONES / 100);
	}
	/* those that were off for the whole window are named, not forgotten */
	assert_int_equal(waits, PHONES / 100);
	for (uint64_t i = 99; i < PHONES; i += 100) { /* they are given the new one by hand */
		fleet->phones[i].has_new = true;
		ask(fleet, i, WINDOW + 15);
	}
	pa_seen_flush(fleet->seen);
	look(fleet, WINDOW + 15, &waits);
	assert_int_equal(waits, 0);
	pa_seen_close(fleet->seen);
	free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_that_begins_last_is_the_new_one),
		cmocka_unit_test(one_slot_is_no_rotation),
		cmocka_unit_test(who_depends_on_what_goes),
		cmocka_unit_test(who_is_concerned),
		cmocka_unit_test(a_forecast_goes_on_as_it_went),
		fixture_test(ten_thousand_phones_rotate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
