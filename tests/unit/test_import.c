#include "db/import.h"

#include "tests/unit/db_fixture.h"

enum { DEVICES = 300, ROUNDS = 60 };

static struct pa_device device(uint64_t mac, enum pa_device_state state, const char *group)
{
	struct pa_device d = { .mac = { mac }, .state = state, .added_s = 9 };

	(void)snprintf(d.group, sizeof(d.group), "%s", group);
	return d;
}

static void add(struct pa_device_import *import, struct pa_device d)
{
	assert_int_equal(pa_import_add(import, &d, 1 + (uint32_t)import->len), 0);
}

static void sorts_stably(void **state)
{
	struct pa_device_import import = { 0 };
	uint64_t seed = 88172645463325252u;
	struct pa_device found;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		/* many doubles, all bytes in use */
		add(&import,
			device(((seed % 900) * UINT64_C(0x45f491adc7) & UINT64_C(0xfeffffffffff)) |
					4,
				PA_DEVICE_ALLOWED, ""));
	}
	assert_int_equal(pa_import_sort(&import), 0);
	for (size_t i = 1; i < import.len; i++) {
		const struct pa_import_row *row = &import.rows[i];

		assert_true(row[-1].mac < row->mac ||
			    (row[-1].mac == row->mac && row[-1].line < row->line));
		assert_int_equal(pa_import_get(&import, i, &found), 0);
		assert_int_equal(found.mac.value, row->mac);
	}
	pa_import_finish(&import);
	assert_int_equal(pa_import_sort(&import), 0); /* of none */
}

static void refuses_what_is_no_device(void **state)
{
	struct pa_device_import import = { 0 };
	struct pa_device d = device(0, PA_DEVICE_ALLOWED, "");

	(void)state;
	assert_int_equal(pa_import_add(&import, &d, 1), -EINVAL);
	d = device(UINT64_C(0x010000000004), PA_DEVICE_ALLOWED, "");
	assert_int_equal(pa_import_add(&import, &d, 1), -EINVAL);
	d = device(4, PA_DEVICE_NONE, "");
	assert_int_equal(pa_import_add(&import, &d, 1), -EINVAL);
	d = device(4, PA_DEVICE_ALLOWED, "\xff");
	assert_int_equal(pa_import_add(&import, &d, 1), -EINVAL);
	d = device(4, PA_DEVICE_ALLOWED, "");
	memset(d.ticket, 't', sizeof(d.ticket));
	assert_int_equal(pa_import_add(&import, &d, 1), -EINVAL);
	assert_int_equal(import.len, 0);
	pa_import_finish(&import);
}

static void entries_are_shared(void **state)
{
	struct pa_device_import import = { 0 };
	struct pa_device d = device(8, PA_DEVICE_DISABLED, "acme"), found;
	size_t len;

	(void)state;
	assert_int_equal(pa_import_add_again(&import, d.mac, 1), -EINVAL);
	add(&import, d);
	len = import.data_len;
	assert_int_equal(pa_import_add_again(&import, (struct pa_mac){ 4 }, 2), 0);
	assert_int_equal(
		pa_import_add_again(&import, (struct pa_mac){ UINT64_C(1) << 40 }, 2), -EINVAL);
	d.mac.value = 12;
	add(&import, d);
	assert_int_equal(import.data_len, len);
	d.group[0] = 'b';
	add(&import, d);
	assert_true(import.data_len > len);
	assert_int_equal(pa_import_sort(&import), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pa_import_get(&import, i, &found), 0);
		assert_int_equal(found.mac.value, import.rows[i].mac);
		assert_int_equal(found.state, PA_DEVICE_DISABLED);
		assert_string_equal(found.group, i < 3 ? "acme" : "bcme");
	}
	pa_import_finish(&import);
}

static int import_into(struct fixture *f, struct pa_device_import *import)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = import };

	return apply(f, &change);
}

/* Out of order, or twice the same: nothing of it is taken. */
static void order_is_demanded(void **state)
{
	struct fixture *f = *state;
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };

	for (int full = 0; full < 2; full++) {
		add(&import, device(8, PA_DEVICE_ALLOWED, ""));
		add(&import, device(4, PA_DEVICE_ALLOWED, ""));
		assert_int_equal(import_into(f, &import), -EINVAL);
		import.rows[1].mac = 8;
		assert_int_equal(import_into(f, &import), -EINVAL);
		assert_int_equal(count_devices(f), full);
		import.rows[1].mac = 12;
		if (!full) { /* the same again into a table that is not empty */
			struct pa_change change = device_put(4);

			apply_changes(f, &change);
		}
		pa_import_finish(&import);
		import.fields = PA_DEVICE_SET_ALL;
	}
	pa_import_finish(&import);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 24;
}

/* State and group of each device; NONE: never there. */
struct model {
	enum pa_device_state states[DEVICES];
	int groups[DEVICES];
};

/* Make up a list, and carry it out in the model. Returns what the store must say. */
static int make_up(struct pa_device_import *import, struct model *model, uint64_t *seed)
{
	struct model next = *model;
	int want = 0;

	import->fields = next_random(seed) % 2 ? PA_DEVICE_SET_ALL : PA_DEVICE_SET_GROUP;
	import->replace = next_random(seed) % 4 == 0;
	import->restore = next_random(seed) % 2;
	for (size_t n = 0; n < DEVICES; n++) {
		bool removes = next_random(seed) % 5 == 0,
		     all = import->fields != PA_DEVICE_SET_GROUP;
		int group = (int)(next_random(seed) % 3);
		char name[8];

		if (next_random(seed) % 3) {
			if (import->replace && next.states[n])
				next.states[n] = PA_DEVICE_REMOVED;
			continue;
		}
		removes &= all;
		(void)snprintf(name, sizeof(name), "%d", group);
		add(import, device(4 * n + 4, removes ? PA_DEVICE_REMOVED : PA_DEVICE_ALLOWED,
				    removes ? "" : name));
		if (!removes && next.states[n] == PA_DEVICE_REMOVED && !import->restore)
			want = PA_DB_REMOVED;
		next.states[n] = removes ? PA_DEVICE_REMOVED : PA_DEVICE_ALLOWED;
		next.groups[n] = group;
	}
	if (!want)
		*model = next;
	return want;
}

static void compare(struct fixture *f, const struct model *model)
{
	uint64_t there = 0, removed = 0;
	struct pa_device d;
	struct pa_db_stat stat;

	view(f);
	for (size_t n = 0; n < DEVICES; n++) {
		int r = pa_db_device_get(f->reader, (struct pa_mac){ 4 * n + 4 }, &d);

		assert_int_equal(r, model->states[n] ? 0 : PA_DB_NOT_FOUND);
		assert_int_equal(d.state, model->states[n]);
		there += d.state == PA_DEVICE_ALLOWED;
		removed += d.state == PA_DEVICE_REMOVED;
		if (d.state == PA_DEVICE_ALLOWED)
			assert_int_equal(strtol(d.group, NULL, 10), model->groups[n]);
		if (d.state == PA_DEVICE_REMOVED)
			assert_string_equal(d.group, "");
	}
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.devices, there);
	assert_int_equal(stat.removed, removed);
	pa_db_read_end(f->reader);
}

/* Lists by chance, merged and in place of all: the store holds what a plain array holds. */
static void against_a_model(void **state)
{
	struct fixture *f = *state;
	struct model model = { 0 };
	uint64_t seed = 2463534242u, refused = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct pa_device_import import = { 0 };
		uint64_t before = pa_db_revision(f->db);
		int want = make_up(&import, &model, &seed);

		assert_int_equal(import_into(f, &import), want);
		if (want)
			assert_int_equal(pa_db_revision(f->db), before);
		refused += want != 0;
		compare(f, &model);
		pa_import_finish(&import);
	}
	assert_in_range(refused, 5, ROUNDS - 5);
}

static void one_line_of_the_trail(void **state)
{
	struct fixture *f = *state;
	struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
	struct pa_change change = device_put(4);
	struct pa_audit audit;

	apply_changes(f, &change);
	add(&import, device(8, PA_DEVICE_ALLOWED, "acme"));
	add(&import, device(12, PA_DEVICE_DISABLED, ""));
	import.replace = true;
	assert_int_equal(import_into(f, &import), 0);
	assert_int_equal(pa_db_revision(f->db), 2);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 1, &audit), 0);
	assert_int_equal(audit.changes, 3);
	assert_string_equal(audit.summary, "test: added 2, changed 0, removed 1");
	assert_int_equal(import_into(f, &import), 0); /* the same again changes nothing */
	assert_int_equal(pa_db_revision(f->db), 2);
	assert_int_equal(import.counts.unchanged, 2);
	pa_import_finish(&import);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_stably),
		cmocka_unit_test(refuses_what_is_no_device),
		cmocka_unit_test(entries_are_shared),
		fixture_test(order_is_demanded),
		fixture_test(against_a_model),
		fixture_test(one_line_of_the_trail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
