#include "db/audit.h"
#include "db/change.h"

#include "tests/unit/db_job.h"
#include "tests/unit/db_raw.h"

static void audit_lines(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[] = { device_put(4), device_put(8) };
	struct pa_changeset set = { .changes = changes,
		.changes_len = 2,
		.time_s = -77,
		.actor = UINT32_MAX - 1,
		.summary = "device add" };
	struct pa_audit audit;
	char text[300];

	assert_int_equal(pa_db_apply(f->db, &set), 0);
	set.changes_len = 1;
	changes[0] = device_remove(4);
	memset(text, 'a', sizeof(text));
	memcpy(text + 253, "\xe2\x82\xac", 3); /* would be cut in its midst */
	text[299] = '\0';
	set.summary = text;
	assert_int_equal(pa_db_apply(f->db, &set), 0);
	changes[0] = device_remove(8);
	set.summary = NULL;
	assert_int_equal(pa_db_apply(f->db, &set), 0);
	fixture_reopen(f);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), 0);
	assert_int_equal(audit.revision, 1);
	assert_int_equal(audit.time_s, -77);
	assert_int_equal(audit.actor, UINT32_MAX - 1);
	assert_int_equal(audit.changes, 2);
	assert_string_equal(audit.summary, "device add");
	assert_int_equal(pa_db_audit_next(f->reader, 1, &audit), 0);
	assert_int_equal(audit.changes, 1);
	assert_int_equal(strlen(audit.summary), 253);
	assert_int_equal(pa_db_audit_next(f->reader, 2, &audit), 0);
	assert_string_equal(audit.summary, "state allowed -> removed");
	assert_int_equal(pa_db_audit_next(f->reader, 3, &audit), PA_DB_NOT_FOUND);
	assert_int_equal(pa_db_audit_next(f->reader, UINT64_MAX, &audit), PA_DB_NOT_FOUND);
}

/* What is not in the store has its line, too, and changes nothing else. */
static void audit_note(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = { .kind = PA_CHANGE_NOTE };
	struct pa_changeset set = { .changes = &change, .changes_len = 1, .summary = "cleared" };
	struct pa_audit audit;
	struct pa_db_stat stat;

	assert_int_equal(pa_db_apply(f->db, &set), 0);
	assert_int_equal(set.revision, 1);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), 0);
	assert_string_equal(audit.summary, "cleared");
	assert_int_equal(audit.changes, 1);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.devices + stat.accounts + stat.cas + stat.crls, 0);
}

/* The trail keeps the newest 100,000; what is too long shrinks, two lines a set. */
static void audit_bound(void **state)
{
	struct fixture *f = *state;
	struct pa_changeset set;
	struct pa_audit audit;
	struct pa_change change;

	for (uint64_t i = 1; i <= 5; i++) {
		change = device_put(4 * i);
		apply_changes(f, &change);
	}
	fixture_close(f);
	poke_number(f, "meta", PA_META_REVISION, 99999);
	fixture_open(f);
	change = device_put(100);
	assert_int_equal(apply_set(f, &change, 1, &set), 0);
	assert_int_equal(set.revision, 100000);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), 0);
	assert_int_equal(audit.revision, 1);
	change = device_put(104);
	apply_changes(f, &change); /* 100001 */
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), 0);
	assert_int_equal(audit.revision, 2);
	fixture_close(f);
	poke_number(f, "meta", PA_META_REVISION, 200000);
	fixture_open(f);
	change = device_put(108);
	apply_changes(f, &change);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), 0);
	assert_int_equal(audit.revision, 4);
	assert_int_equal(pa_db_audit_next(f->reader, 100001, &audit), 0);
	assert_int_equal(audit.revision, 200001);
}

static void audit_damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(4);
	struct pa_key key = pa_record_audit_key(1);
	struct pa_audit audit;

	apply_changes(f, &change);
	poke_record(f, "audit", &key, "\1\2", 2);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), PA_E_STORE);
	change = device_put(8);
	apply_changes(f, &change); /* a damaged line stops no change */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		writer_test(audit_lines),
		writer_test(audit_note),
		writer_test(audit_bound),
		writer_test(audit_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
