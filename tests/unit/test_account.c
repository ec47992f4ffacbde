#include "db/account.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

static struct pa_change slot_put(
	enum pa_account_scope scope, const char *name, const char *slot, const char *hash)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };

	change.account.key.scope = scope;
	(void)snprintf(change.account.key.name, sizeof(change.account.key.name), "%s", name);
	(void)snprintf(change.account.slot.name, sizeof(change.account.slot.name), "%s", slot);
	(void)snprintf(change.account.slot.hash, sizeof(change.account.slot.hash), "%s", hash);
	return change;
}

static int get(struct fixture *f, const struct pa_change *change, struct pa_account *ret)
{
	view(f);
	return pa_db_account_get(f->reader, &change->account.key, ret);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(pa_account_scope_name(PA_ACCOUNT_DEVICE), "device");
	assert_string_equal(pa_account_scope_name(PA_ACCOUNT_GROUP), "group");
	assert_string_equal(pa_account_scope_name(PA_ACCOUNT_REALM), "realm");
	assert_string_equal(pa_account_scope_name(PA_ACCOUNT_NONE), "none");
	assert_string_equal(pa_account_scope_name((enum pa_account_scope)9), "none");
}

static void keeps_all_fields(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_DEVICE, "0004f2010203", "one", "$y$hash");
	struct pa_slot *slot = &put.account.slot;
	struct pa_account account;

	memset(slot->name, 'n', PA_NAME_MAX);
	memset(slot->user, 'u', PA_USER_MAX);
	memset(slot->hash, 'h', PA_HASH_MAX);
	slot->not_before_s = 1;
	slot->not_after_s = 2;
	slot->added_s = 3;
	for (char i = 0; i < (char)PA_SLOTS_MAX; i++) { /* as long as an account can get */
		slot->name[0] = (char)('a' + i);
		apply_changes(f, &put);
	}
	fixture_reopen(f);
	assert_int_equal(get(f, &put, &account), 0);
	assert_int_equal(account.key.scope, PA_ACCOUNT_DEVICE);
	assert_string_equal(account.key.name, "0004f2010203");
	assert_int_equal(account.revision, PA_SLOTS_MAX);
	assert_int_equal(account.slots_len, PA_SLOTS_MAX);
	assert_string_equal(account.slots[PA_SLOTS_MAX - 1].name, slot->name);
	assert_string_equal(account.slots[PA_SLOTS_MAX - 1].user, slot->user);
	assert_int_equal(account.slots[PA_SLOTS_MAX - 1].not_before_s, 1);
	assert_int_equal(account.slots[PA_SLOTS_MAX - 1].not_after_s, 2);
	assert_int_equal(account.slots[PA_SLOTS_MAX - 1].added_s, 3);
	assert_string_equal(account.slots[0].hash, slot->hash);
	assert_int_equal(account.slots[0].name[0], 'a');
}

static void preconditions(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h1"), other, removal;
	struct pa_account account;

	removal = put;
	removal.kind = PA_CHANGE_SLOT_REMOVE;
	put.when = removal.when = PA_WHEN_THERE;
	apply_leaves(f, &put, PA_DB_NOT_FOUND);
	apply_leaves(f, &removal, PA_DB_NOT_FOUND);
	put.when = PA_WHEN_NEW;
	apply_changes(f, &put);
	apply_leaves(f, &put, PA_DB_EXISTS);
	put.when = PA_WHEN_ANY;
	apply_leaves(f, &put, 0); /* the same again */
	assert_int_equal(get(f, &put, &account), 0);
	assert_int_equal(account.revision, 1);
	put.account.slot.not_after_s = 50;
	apply_changes(f, &put);
	assert_int_equal(get(f, &put, &account), 0);
	assert_int_equal(account.revision, 2);
	assert_int_equal(account.slots_len, 1);
	assert_int_equal(account.slots[0].not_after_s, 50);

	other = slot_put(PA_ACCOUNT_GROUP, "acme", "two", "h2");
	apply_changes(f, &other);
	removal.when = PA_WHEN_ANY;
	apply_changes(f, &removal);
	assert_int_equal(get(f, &put, &account), 0);
	assert_int_equal(account.slots_len, 1);
	assert_string_equal(account.slots[0].name, "two");
	apply_leaves(f, &removal, 0); /* gone already */
	other.kind = PA_CHANGE_SLOT_REMOVE;
	other.when = PA_WHEN_THERE;
	apply_changes(f, &other);
	assert_int_equal(get(f, &put, &account), PA_DB_NOT_FOUND); /* with its last slot */
	assert_int_equal(account.slots_len, 0);
}

static void full(void **state)
{
	struct fixture *f = *state;
	struct pa_change put;
	struct pa_account account;
	char name[8];

	for (unsigned i = 0; i < PA_SLOTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		put = slot_put(PA_ACCOUNT_REALM, "provisioning", name, "h");
		apply_changes(f, &put);
	}
	put = slot_put(PA_ACCOUNT_REALM, "provisioning", "more", "h");
	apply_leaves(f, &put, PA_DB_CONFLICT);
	put = slot_put(PA_ACCOUNT_REALM, "provisioning", "s3", "new");
	apply_changes(f, &put); /* an old one can still be changed */
	assert_int_equal(get(f, &put, &account), 0);
	assert_string_equal(account.slots[3].hash, "new");
	put.kind = PA_CHANGE_SLOT_REMOVE;
	apply_changes(f, &put);
	assert_int_equal(get(f, &put, &account), 0);
	assert_int_equal(account.slots_len, PA_SLOTS_MAX - 1);
	assert_string_equal(account.slots[2].name, "s2");
	assert_string_equal(account.slots[3].name, "s4");
	assert_string_equal(account.slots[6].name, "s7");
}

static void invalid(void **state)
{
	static const char *const devices[] = { "", "0004F2010203", "0004f201020", "0004f20102031",
		"00:04:f2:01:02:03", "000000000000", "ffffffffffff", "0104f2010203", "acme" };
	struct fixture *f = *state;
	struct pa_change put;
	struct pa_account account;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		put = slot_put(PA_ACCOUNT_DEVICE, devices[i], "one", "h");
		apply_leaves(f, &put, -EINVAL);
	}
	put = slot_put(PA_ACCOUNT_NONE, "acme", "one", "h");
	apply_leaves(f, &put, -EINVAL);
	put = slot_put((enum pa_account_scope)4, "acme", "one", "h");
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(PA_ACCOUNT_GROUP, "", "one", "h");
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(PA_ACCOUNT_GROUP, "acme", "", "h");
	apply_leaves(f, &put, -EINVAL);
	put.kind = PA_CHANGE_SLOT_REMOVE;
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(
		PA_ACCOUNT_GROUP, "acme", "one", ""); /* matched by nothing, or by anything */
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h");
	memset(put.account.slot.user, 'u', sizeof(put.account.slot.user));
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h");
	memset(put.account.slot.hash, 'h', sizeof(put.account.slot.hash));
	apply_leaves(f, &put, -EINVAL);
	put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h");
	memset(put.account.key.name, 'k', sizeof(put.account.key.name));
	apply_leaves(f, &put, -EINVAL);
	assert_int_equal(get(f, &put, &account), -EINVAL);
	assert_int_equal(pa_db_account_next(f->reader, &put.account.key, &account), -EINVAL);
	assert_int_equal(pa_db_account_next(f->reader, NULL, &account), PA_DB_NOT_FOUND);
}

static void in_order(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[] = {
		slot_put(PA_ACCOUNT_REALM, "a", "s", "h"),
		slot_put(PA_ACCOUNT_GROUP, "b", "s", "h"),
		slot_put(PA_ACCOUNT_GROUP, "ab", "s", "h"),
		slot_put(PA_ACCOUNT_DEVICE, "0004f2010203", "s", "h"),
	};
	static const char *const want[] = { "0004f2010203", "ab", "b", "a" };
	struct pa_changeset set;
	struct pa_account account;

	assert_int_equal(apply_set(f, changes, 4, &set), 0);
	view(f);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
			pa_db_account_next(f->reader, i ? &account.key : NULL, &account), 0);
		assert_string_equal(account.key.name, want[i]);
	}
	assert_int_equal(pa_db_account_next(f->reader, &account.key, &account), PA_DB_NOT_FOUND);
}

static void damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h");
	struct pa_key key = pa_record_account_key(&put.account.key);
	struct pa_account account = { .key = put.account.key, .revision = 1, .slots_len = 2 };
	struct pa_record good;
	struct pa_bytes bytes;

	account.slots[0] = account.slots[1] = put.account.slot;
	pa_record_put_account(&good, &account);
	assert_false(good.failed);
	bytes.data = good.bytes;
	for (bytes.len = 0; bytes.len <= good.len; bytes.len++) {
		int r = pa_record_get_account(pa_record_key_bytes(&key), bytes, &account);

		assert_int_equal(r, bytes.len == good.len ? 0 : PA_E_STORE);
		assert_int_equal(account.slots_len, bytes.len == good.len ? 2 : 0);
	}
	for (unsigned slots = 0; slots < 256; slots++) {
		struct pa_record bad = good;

		bad.bytes[9] = (uint8_t)slots;
		bytes = (struct pa_bytes){ bad.bytes, bad.len };
		if (slots != 2)
			assert_int_equal(
				pa_record_get_account(pa_record_key_bytes(&key), bytes, &account),
				PA_E_STORE);
	}
	poke_record(f, "account", &key, good.bytes, good.len - 1);
	assert_int_equal(get(f, &put, &account), PA_E_STORE);
	apply_leaves(f, &put, PA_E_STORE); /* not guessed at, not overwritten */
	key.bytes[0] = 9;
	poke_record(f, "account", &key, good.bytes, good.len);
	view(f);
	assert_int_equal(pa_db_account_next(f->reader,
				 &(struct pa_account_key){ .scope = PA_ACCOUNT_REALM, .name = "z" },
				 &account),
		PA_E_STORE);
}

static struct pa_change rotation(
	const struct pa_change *base, const char *slot, int64_t until_s, uint64_t revision)
{
	struct pa_change change =
		slot_put(base->account.key.scope, base->account.key.name, slot, "h-new");

	change.kind = PA_CHANGE_SLOT_ROTATE;
	change.account.slot.not_before_s = change.account.slot.added_s = 1000;
	change.account.until_s = until_s;
	change.account.revision = revision;
	return change;
}

/* Sets are carried out at 1000, see db_fixture.h. */
static void a_rotation_is_one_step(void **state)
{
	struct fixture *f = *state;
	struct pa_change base = slot_put(PA_ACCOUNT_REALM, "r", "open", "h"), put, change;
	struct pa_account account;
	static const struct {
		const char *name;
		int64_t from_s, until_s, ends_s; /* ends_s -1: it is gone */
	} rows[] = { { "open", 0, 0, 2000 }, { "longer", 0, 3000, 2000 },
		{ "short", 0, 1500, 1500 }, { "over", 0, 1000, -1 }, { "planned", 1001, 0, 0 } };

	change = rotation(&base, "new", 2000, 0);
	apply_changes(f, &change); /* of nothing: a first one */
	put = change;
	put.kind = PA_CHANGE_SLOT_REMOVE;
	apply_changes(f, &put);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put = slot_put(PA_ACCOUNT_REALM, "r", rows[i].name, "h");
		put.account.slot.not_before_s = rows[i].from_s;
		put.account.slot.not_after_s = rows[i].until_s;
		apply_changes(f, &put);
	}
	assert_int_equal(get(f, &base, &account), 0);
	change = rotation(&base, "new", 2000, account.revision - 1);
	apply_leaves(f, &change, PA_DB_CONFLICT);
	change = rotation(&base, "open", 2000, account.revision);
	apply_leaves(f, &change, PA_DB_EXISTS);
	change = rotation(&base, "new", 1000, account.revision);
	apply_leaves(f, &change, -EINVAL); /* the window would be over */
	change = rotation(&base, "new", 2000, account.revision);
	change.account.slot.hash[0] = '\0';
	apply_leaves(f, &change, -EINVAL);
	change = rotation(&base, "new", 2000, account.revision);
	apply_changes(f, &change);
	assert_int_equal(get(f, &base, &account), 0);
	assert_int_equal(account.slots_len, 5);
	assert_string_equal(account.slots[4].name, "new");
	assert_int_equal(account.slots[4].not_after_s, 0);
	for (size_t i = 0, at = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].ends_s < 0)
			continue;
		assert_string_equal(account.slots[at].name, rows[i].name);
		assert_int_equal(account.slots[at++].not_after_s, rows[i].ends_s);
	}
	for (char i = 'a'; account.slots_len < PA_SLOTS_MAX; i++) {
		put = slot_put(PA_ACCOUNT_REALM, "r", (char[]){ i, 0 }, "h");
		apply_changes(f, &put);
		assert_int_equal(get(f, &base, &account), 0);
	}
	change = rotation(&base, "more", 2000, account.revision);
	apply_leaves(f, &change, PA_DB_CONFLICT);
}

/* At its edges, and with a clock that steps back. (T82) */
static void t82_windows_have_two_edges(void **state)
{
	struct pa_slot slot = { .not_before_s = 100, .not_after_s = 200 };

	(void)state;
	assert_false(pa_slot_is_open(&slot, 99));
	assert_true(pa_slot_is_open(&slot, 100));
	assert_true(pa_slot_is_open(&slot, 199));
	assert_false(pa_slot_is_open(&slot, 200));
	assert_true(pa_slot_is_open(&slot, 199));
	slot.not_after_s = 0;
	assert_true(pa_slot_is_open(&slot, INT64_MAX));
}

static void only_a_lone_slot_is_hashed_again(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h1"), again, other;
	struct pa_account account;

	again = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h2");
	again.kind = PA_CHANGE_SLOT_REHASH;
	apply_leaves(f, &again, 0); /* gone meanwhile */
	put.account.slot.not_after_s = 50;
	apply_changes(f, &put);
	again.account.revision = 2;
	apply_leaves(f, &again, 0); /* changed since */
	again.account.revision = 1;
	apply_changes(f, &again);
	assert_int_equal(get(f, &put, &account), 0);
	assert_string_equal(account.slots[0].hash, "h2");
	assert_int_equal(account.slots[0].not_after_s, 50); /* nothing else is touched */
	other = slot_put(PA_ACCOUNT_GROUP, "acme", "two", "h3");
	apply_changes(f, &other);
	assert_int_equal(get(f, &put, &account), 0);
	again = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h4");
	again.kind = PA_CHANGE_SLOT_REHASH;
	again.account.revision = account.revision;
	apply_leaves(f, &again, 0); /* the salt that they share */
}

static uint64_t mark(struct fixture *f)
{
	view(f);
	return pa_db_accounts_mark(f->reader);
}

/* A change, and that it makes another mark, which is not that of any view from before. */
static void changes_mark(struct fixture *f, const struct pa_change *change)
{
	uint64_t before = mark(f);

	apply_changes(f, change);
	assert_int_equal(pa_db_accounts_mark(f->reader), 0); /* the view that was there */
	assert_true(mark(f) > before);
	assert_int_equal(mark(f), mark(f));
}

static void a_mark_stands_for_the_accounts_of_a_view(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h1"), next = put;
	struct pa_change device = device_put(1);
	uint64_t before;

	assert_int_not_equal(mark(f), 0);
	changes_mark(f, &put);
	next.kind = PA_CHANGE_SLOT_REHASH;
	next.account.revision = 1;
	memcpy(next.account.slot.hash, "h2", 3);
	changes_mark(f, &next);
	next = rotation(&put, "two", 2000, 2);
	changes_mark(f, &next);
	put.kind = PA_CHANGE_SLOT_REMOVE;
	changes_mark(f, &put);
	/* what changes no account */
	before = mark(f);
	apply_leaves(f, &put, 0);
	apply_leaves(f, &next, PA_DB_CONFLICT);
	apply_changes(f, &device);
	assert_int_equal(mark(f), before);
	fixture_reopen(f);
	assert_int_not_equal(mark(f), 0);
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_accounts_mark(f->reader), 0);
	assert_int_equal(pa_db_accounts_mark(NULL), 0);
	f->options.plain = true;
	fixture_reopen(f);
	assert_int_equal(mark(f), 0);
}

/* Without a view; and what is read of the view after a change does not go with it. */
static void a_mark_needs_no_view(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h1"),
			 device = device_put(1);
	struct pa_account account;
	uint64_t before = mark(f);

	for (unsigned changes = 0; changes < 3; changes++) {
		pa_db_read_end(f->reader);
		assert_int_equal(pa_db_read_begin_late(f->reader), 0);
		assert_int_equal(pa_db_accounts_mark(f->reader), before);
		assert_true(f->reader->late);
		if (changes)
			apply_changes(f, changes == 1 ? &put : &device);
		assert_int_equal(pa_db_accounts_mark(f->reader), changes == 1 ? 0 : before);
		assert_int_equal(pa_db_account_get(f->reader, &put.account.key, &account),
			changes ? 0 : PA_DB_NOT_FOUND);
		assert_int_equal(pa_db_read_is_torn(f->reader), changes != 0);
		before = pa_db_accounts_mark(f->reader);
		assert_int_equal(mark(f), before);
	}
}

static uint64_t published;

/* The change is in views already; nobody was told of it yet. */
static void look_at_mark(void *arg, struct pa_db *db, uint64_t revision, unsigned touched)
{
	struct pa_db_reader *reader;

	(void)arg;
	(void)revision;
	(void)touched;
	assert_int_equal(pa_db_reader_open(db, &reader), 0);
	assert_int_equal(pa_db_read_begin(reader), 0);
	published = pa_db_accounts_mark(reader);
	pa_db_reader_close(reader);
}

static void a_mark_is_there_before_its_accounts_can_be_seen(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = slot_put(PA_ACCOUNT_GROUP, "acme", "one", "h1");
	uint64_t before = mark(f);

	fixture_close(f);
	f->options.publish = look_at_mark;
	fixture_open(f);
	apply_changes(f, &put);
	assert_int_not_equal(published, 0);
	assert_int_not_equal(published, before);
	assert_int_equal(published, mark(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		fixture_test(keeps_all_fields),
		fixture_test(preconditions),
		fixture_test(full),
		fixture_test(invalid),
		fixture_test(in_order),
		fixture_test(damaged),
		fixture_test(a_rotation_is_one_step),
		cmocka_unit_test(t82_windows_have_two_edges),
		fixture_test(only_a_lone_slot_is_hashed_again),
		fixture_test(a_mark_stands_for_the_accounts_of_a_view),
		fixture_test(a_mark_needs_no_view),
		fixture_test(a_mark_is_there_before_its_accounts_can_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
