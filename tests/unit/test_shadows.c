/*
 * Counters of checks on trial: what is counted, where, and that nothing grows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "daemon/shadows.h"

#define ROUNDS 20000

static int setup(void **state)
{
	static struct pa_shadows shadows;

	shadows = (struct pa_shadows){ .rows = NULL };
	*state = &shadows;
	return pa_shadows_init(&shadows);
}

static int teardown(void **state)
{
	pa_shadows_finish(*state);
	return 0;
}

static struct pa_trace trace_of(const char *check, enum pa_mode mode, enum pa_answer answer)
{
	return (struct pa_trace){
		.check = check, .control = PA_REQUIRED, .answer = answer, .mode = mode
	};
}

static void count(struct pa_shadows *shadows, const char *realm, const char *check,
	enum pa_mode mode, enum pa_answer answer, int64_t now_s)
{
	struct pa_trace trace = trace_of(check, mode, answer);

	pa_shadows_count(shadows, realm, &trace, 1, now_s);
}

static uint64_t answers(const struct pa_shadow *row, enum pa_answer answer)
{
	assert_non_null(row);
	return pa_stats_get(&row->answers[answer]);
}

static void each_realm_and_check_has_a_row(void **state)
{
	struct pa_shadows *shadows = *state;
	const struct pa_shadow *row;
	const struct pa_trace trace[] = {
		trace_of("chain", PA_MODE_ENFORCED, PA_PASS),
		trace_of("acl", PA_MODE_SHADOW, PA_DENY),
		trace_of("password", PA_MODE_REPORT, PA_CHALLENGE),
	};

	pa_shadows_count(shadows, "a", trace, 3, 100);
	pa_shadows_count(shadows, "a", trace, 2, 200);
	count(shadows, "b", "acl", PA_MODE_SHADOW, PA_PASS, 300);
	count(shadows, "b", "acl", PA_MODE_SHADOW, PA_ERROR, 400);
	row = pa_shadows_find(shadows, "a", "acl");
	assert_int_equal(answers(row, PA_DENY), 2);
	assert_int_equal(answers(row, PA_PASS), 0);
	assert_int_equal(row->since_s, 100);
	assert_int_equal(pa_stats_get(&row->last_s), 200);
	row = pa_shadows_find(shadows, "a", "password");
	assert_int_equal(answers(row, PA_CHALLENGE), 1);
	assert_int_equal(pa_stats_get(&row->last_s), 100);
	row = pa_shadows_find(shadows, "b", "acl");
	assert_int_equal(answers(row, PA_PASS), 1);
	assert_int_equal(answers(row, PA_ERROR), 1);
	/* only what would be refused is a last time */
	assert_int_equal(pa_stats_get(&row->last_s), 0);
	/* what is enforced is none of it */
	assert_null(pa_shadows_find(shadows, "a", "chain"));
	assert_null(pa_shadows_find(shadows, "b", "password"));
	/* names are not run together */
	assert_null(pa_shadows_find(shadows, "aa", "cl"));
}

static void what_did_not_apply_is_not_counted(void **state)
{
	struct pa_shadows *shadows = *state;

	count(shadows, "a", "acl", PA_MODE_SHADOW, PA_SKIP, 100);
	count(shadows, "a", "acl", PA_MODE_SHADOW, PA_WAIT, 100);
	assert_null(pa_shadows_find(shadows, "a", "acl"));
	for (size_t i = 0; i < PA_SHADOWS_MAX; i++)
		assert_null(pa_shadows_at(shadows, i));
	assert_null(pa_shadows_at(shadows, PA_SHADOWS_MAX));
}

static void a_full_table_loses_and_says_so(void **state)
{
	struct pa_shadows *shadows = *state;
	char realm[16];

	for (size_t i = 0; i < PA_SHADOWS_MAX + 10; i++) {
		snprintf(realm, sizeof(realm), "realm-%zu", i);
		count(shadows, realm, "acl", PA_MODE_SHADOW, PA_DENY, 100);
		count(shadows, realm, "acl", PA_MODE_SHADOW, PA_DENY, 100);
	}
	assert_int_equal(pa_stats_get(&shadows->lost), 20);
	for (size_t i = 0; i < PA_SHADOWS_MAX; i++) {
		assert_int_equal(answers(pa_shadows_at(shadows, i), PA_DENY), 2);
		snprintf(realm, sizeof(realm), "realm-%zu", i);
		assert_int_equal(answers(pa_shadows_find(shadows, realm, "acl"), PA_DENY), 2);
	}
	assert_null(pa_shadows_find(shadows, "realm-256", "acl"));
}

static void *write_rows(void *arg)
{
	struct pa_shadows *shadows = arg;
	char realm[16];

	for (size_t i = 0; i < ROUNDS; i++) {
		snprintf(realm, sizeof(realm), "realm-%zu", i * 31 % 200);
		count(shadows, realm, "acl", PA_MODE_SHADOW, PA_DENY, 100);
	}
	return NULL;
}

/* Whoever reads meanwhile finds whole names. */
static void a_row_is_whole_once_it_is_seen(void **state)
{
	struct pa_shadows *shadows = *state;
	uint64_t sum = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, write_rows, shadows), 0);
	for (size_t n = 0; n < 200; n++) {
		for (size_t i = 0; i < PA_SHADOWS_MAX; i++) {
			const struct pa_shadow *row = pa_shadows_at(shadows, i);

			if (!row)
				continue;
			assert_memory_equal(row->realm, "realm-", 6);
			assert_string_equal(row->check, "acl");
			assert_int_equal(row->since_s, 100);
		}
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (size_t i = 0; i < PA_SHADOWS_MAX; i++) {
		if (pa_shadows_at(shadows, i))
			sum += answers(pa_shadows_at(shadows, i), PA_DENY);
	}
	assert_int_equal(sum, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_realm_and_check_has_a_row, setup, teardown),
		cmocka_unit_test_setup_teardown(what_did_not_apply_is_not_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_table_loses_and_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_is_whole_once_it_is_seen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
