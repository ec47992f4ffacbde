/* Changes that the daemon makes by itself: bounded, copied, and nobody waits for them. */
#include "tests/unit/db_fixture.h"

#include "daemon/submit.h"

#define MAC 0x0004f2aabbccu

static struct pa_change learn(uint8_t key)
{
	struct pa_change change = { .kind = PA_CHANGE_KEY_LEARN };

	change.key = (struct pa_device_key){ .mac = { MAC }, .since_s = 1000 };
	change.key.key[0] = key;
	return change;
}

/* What was submitted before is carried out. */
static void settle(struct fixture *f)
{
	struct pa_changeset set;

	assert_int_equal(apply_set(f, NULL, 0, &set), 0);
}

static struct pa_submits *submits(void)
{
	struct pa_submits *ret;

	assert_int_equal(pa_submits_new(&ret), 0);
	return ret;
}

static struct pa_submits_stat stat_of(struct pa_submits *s)
{
	struct pa_submits_stat stat;

	pa_submits_stat(s, &stat);
	return stat;
}

static void a_change_is_copied_and_audited(void **state)
{
	struct fixture *f = *state;
	struct pa_submits *s = submits();
	struct pa_change change = learn(1);
	char summary[] = "continuity 0004f2aabbcc";
	struct pa_device_key key;
	struct pa_audit line;

	pa_submits_add(s, f->db, 1234, &change, summary);
	memset(&change, 0xff, sizeof(change));
	memset(summary, 'x', sizeof(summary) - 1);
	settle(f);
	view(f);
	assert_int_equal(pa_db_key_get(f->reader, (struct pa_mac){ MAC }, &key), 0);
	assert_int_equal(key.key[0], 1);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &line), 0);
	assert_string_equal(line.summary, "continuity 0004f2aabbcc");
	assert_int_equal(line.time_s, 1234);
	assert_int_equal(line.actor, geteuid());
	assert_int_equal(stat_of(s).dropped, 0);
	assert_int_equal(stat_of(s).alarms, 0);
	fixture_close(f);
	pa_submits_free(s);
}

static void two_keys_at_once_are_an_alarm(void **state)
{
	struct fixture *f = *state;
	struct pa_submits *s = submits();
	struct pa_change first = learn(1), second = learn(2);
	struct pa_device_key key;

	pa_submits_add(s, f->db, 1, &first, "first");
	pa_submits_add(s, f->db, 1, &second, "second");
	pa_submits_add(s, f->db, 1, &first, "first");
	settle(f);
	view(f);
	assert_int_equal(pa_db_key_get(f->reader, (struct pa_mac){ MAC }, &key), 0);
	assert_int_equal(key.key[0], 1);
	assert_int_equal(stat_of(s).alarms, 1);
	assert_int_equal(stat_of(s).dropped, 0);
	fixture_close(f);
	pa_submits_free(s);
}

/* What it points to would be gone: it is not taken. */
static void a_change_with_views_is_not_taken(void **state)
{
	struct fixture *f = *state;
	struct pa_submits *s = submits();
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };

	change.ca.kind = PA_CA_ANCHOR;
	change.ca.der = PA_BYTES_LIT("x");
	pa_submits_add(s, f->db, 1, &change, "a CA");
	settle(f);
	assert_int_equal(pa_db_revision(f->db), 0);
	assert_int_equal(stat_of(s).dropped, 1);
	fixture_close(f);
	pa_submits_free(s);
}

struct gate {
	pthread_mutex_t mutex;
	struct pa_changeset set;
};

static void wait_at_gate(struct pa_changeset *set)
{
	struct gate *gate = set->arg;

	pthread_mutex_lock(&gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

/* The writer stands still: so many wait, the rest is dropped and counted, and nobody waits. */
static void t96_what_waits_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct pa_submits *s = submits();
	struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER };
	struct pa_change change = learn(1);

	gate.set = (struct pa_changeset){ .done = wait_at_gate, .arg = &gate };
	pthread_mutex_lock(&gate.mutex);
	assert_int_equal(pa_db_submit(f->db, &gate.set), 0);
	for (unsigned i = 0; i < PA_SUBMITS_MAX + 50; i++) {
		change.key.mac.value = MAC + i;
		pa_submits_add(s, f->db, 1, &change, "key");
	}
	assert_int_equal(stat_of(s).dropped, 50);
	pthread_mutex_unlock(&gate.mutex);
	settle(f);
	pa_submits_add(s, f->db, 1, &change, "key"); /* and there is room again */
	settle(f);
	assert_int_equal(stat_of(s).dropped, 50);
	assert_int_equal(pa_db_revision(f->db), PA_SUBMITS_MAX + 1);
	fixture_close(f);
	pa_submits_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_change_is_copied_and_audited),
		fixture_test(two_keys_at_once_are_an_alarm),
		fixture_test(a_change_with_views_is_not_taken),
		fixture_test(t96_what_waits_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
