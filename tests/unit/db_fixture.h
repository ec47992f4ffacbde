/*
 * Changesets and what became of them, for the tests of db/.
 */
#ifndef TESTS_UNIT_DB_FIXTURE_H
#define TESTS_UNIT_DB_FIXTURE_H

#include "tests/unit/db_dir.h"

UNUSED static int apply_set(
	struct fixture *f, const struct pa_change *changes, size_t n, struct pa_changeset *set)
{
	*set = (struct pa_changeset){
		.changes = changes, .changes_len = n, .time_s = 1000, .actor = 7, .summary = "test"
	};
	return pa_db_apply(f->db, set);
}

/* A set of one change. */
UNUSED static int apply(struct fixture *f, const struct pa_change *change)
{
	struct pa_changeset set;

	return apply_set(f, change, 1, &set);
}

/* One that must change the store, or must leave it as it is. */
UNUSED static void apply_changes(struct fixture *f, const struct pa_change *change)
{
	uint64_t before = pa_db_revision(f->db);

	assert_int_equal(apply(f, change), 0);
	assert_int_equal(pa_db_revision(f->db), before + 1);
}

UNUSED static void apply_leaves(struct fixture *f, const struct pa_change *change, int result)
{
	uint64_t before = pa_db_revision(f->db);

	assert_int_equal(apply(f, change), result);
	assert_int_equal(pa_db_revision(f->db), before);
}

UNUSED static void view(struct fixture *f)
{
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_read_begin(f->reader), 0);
}

UNUSED static struct pa_change device_put(uint64_t mac)
{
	return (struct pa_change){
		.kind = PA_CHANGE_DEVICE_PUT,
		.device = { .mac = { mac }, .state = PA_DEVICE_ALLOWED, .added_s = 5 },
	};
}

UNUSED static struct pa_change device_remove(uint64_t mac)
{
	return (struct pa_change){ .kind = PA_CHANGE_DEVICE_REMOVE, .device.mac = { mac } };
}

UNUSED static uint64_t count_devices(struct fixture *f)
{
	struct pa_db_stat stat;

	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	return stat.devices;
}

#endif
