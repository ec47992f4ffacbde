/* People who log in to the portal: kept, changed, removed; a new revision with each change. */
#include "tests/unit/db_fixture.h"

static const struct pa_person alice = { .name = "alice",
	.hash = "$y$j9T$salt$hash",
	.groups_len = 2,
	.groups = { "acme", "blue" },
	.added_s = 1000 };

static struct pa_change change_of(enum pa_change_kind kind, const struct pa_person *person)
{
	struct pa_change change = { .kind = kind };

	change.person.person = person;
	if (kind == PA_CHANGE_PERSON_SET)
		change.when = PA_WHEN_THERE;
	return change;
}

static int get(struct fixture *f, const char *name, struct pa_person *ret)
{
	view(f);
	return pa_db_person_get(f->reader, name, ret);
}

static void it_is_kept_as_it_was_added(void **state)
{
	struct pa_change put = change_of(PA_CHANGE_PERSON_PUT, &alice);
	struct fixture *f = *state;
	struct pa_person person;

	assert_int_equal(get(f, "alice", &person), PA_DB_NOT_FOUND);
	apply_changes(f, &put);
	fixture_reopen(f);
	assert_int_equal(get(f, "alice", &person), 0);
	assert_string_equal(person.name, "alice");
	assert_string_equal(person.hash, alice.hash);
	assert_int_equal(person.groups_len, 2);
	assert_string_equal(person.groups[1], "blue");
	assert_false(person.all_groups);
	assert_int_equal(person.added_s, 1000);
	assert_int_equal(person.revision, pa_db_revision(f->db));
	put.when = PA_WHEN_NEW;
	apply_leaves(f, &put, PA_DB_EXISTS);
	assert_int_equal(get(f, "alic", &person), PA_DB_NOT_FOUND);
	assert_int_equal(get(f, "alice2", &person), PA_DB_NOT_FOUND);
}

static void a_change_sets_what_is_named(void **state)
{
	struct pa_change put = change_of(PA_CHANGE_PERSON_PUT, &alice);
	struct pa_person next = { .name = "alice", .hash = "$y$other", .all_groups = true };
	struct pa_change set = change_of(PA_CHANGE_PERSON_SET, &next);
	struct fixture *f = *state;
	struct pa_person person;

	set.person.fields = PA_PERSON_SET_HASH;
	apply_leaves(f, &set, PA_DB_NOT_FOUND);
	apply_changes(f, &put);
	apply_changes(f, &set);
	assert_int_equal(get(f, "alice", &person), 0);
	assert_string_equal(person.hash, "$y$other");
	assert_int_equal(person.groups_len, 2);
	assert_int_equal(person.added_s, 1000);
	assert_int_equal(person.revision, pa_db_revision(f->db));
	set.person.fields = PA_PERSON_SET_GROUPS;
	apply_changes(f, &set);
	assert_int_equal(get(f, "alice", &person), 0);
	assert_true(person.all_groups);
	assert_int_equal(person.groups_len, 0);
	/* the same once more is a change, too: it ends sessions */
	apply_changes(f, &set);
	set.person.fields = 0;
	apply_leaves(f, &set, -EINVAL);
}

static void what_is_no_person_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pa_person bad = alice;
	struct pa_change put = change_of(PA_CHANGE_PERSON_PUT, &bad);

	bad.name[0] = '\0';
	apply_leaves(f, &put, -EINVAL);
	bad = alice;
	bad.groups_len = 0; /* neither all groups nor one */
	apply_leaves(f, &put, -EINVAL);
	bad.groups_len = 1;
	bad.all_groups = true;
	apply_leaves(f, &put, -EINVAL);
	bad = alice;
	bad.groups[1][0] = '\0';
	apply_leaves(f, &put, -EINVAL);
	bad = alice;
	bad.groups_len = PA_PERSON_GROUPS_MAX + 1;
	apply_leaves(f, &put, -EINVAL);
	bad = alice;
	memset(bad.name, 'a', sizeof(bad.name));
	apply_leaves(f, &put, -EINVAL);
	put.person.person = NULL;
	apply_leaves(f, &put, -EINVAL);
}

static void they_are_listed_in_order_and_removed(void **state)
{
	struct pa_person bob = alice;
	struct pa_change puts[] = { change_of(PA_CHANGE_PERSON_PUT, &bob),
		change_of(PA_CHANGE_PERSON_PUT, &alice) };
	struct pa_change drop = change_of(PA_CHANGE_PERSON_REMOVE, &alice);
	struct fixture *f = *state;
	struct pa_person person;

	memcpy(bob.name, "bob", sizeof("bob"));
	apply_changes(f, &puts[0]);
	apply_changes(f, &puts[1]);
	view(f);
	assert_int_equal(pa_db_person_next(f->reader, NULL, &person), 0);
	assert_string_equal(person.name, "alice");
	assert_int_equal(pa_db_person_next(f->reader, "alice", &person), 0);
	assert_string_equal(person.name, "bob");
	assert_int_equal(pa_db_person_next(f->reader, "bob", &person), PA_DB_NOT_FOUND);
	drop.when = PA_WHEN_THERE;
	apply_changes(f, &drop);
	assert_int_equal(get(f, "alice", &person), PA_DB_NOT_FOUND);
	apply_leaves(f, &drop, PA_DB_NOT_FOUND);
}

static void groups_are_equal_or_not(void **state)
{
	struct pa_person all = { .all_groups = true };

	(void)state;
	assert_true(pa_person_has_group(&alice, "acme"));
	assert_false(pa_person_has_group(&alice, "acm"));
	assert_false(pa_person_has_group(&alice, "Acme"));
	assert_false(pa_person_has_group(&alice, ""));
	assert_true(pa_person_has_group(&all, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(it_is_kept_as_it_was_added),
		fixture_test(a_change_sets_what_is_named),
		fixture_test(what_is_no_person_is_refused),
		fixture_test(they_are_listed_in_order_and_removed),
		cmocka_unit_test(groups_are_equal_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
