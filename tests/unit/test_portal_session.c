/* Sessions of the portal: ids, times, places, and forms that are taken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "clients/portal/session.h"

#define IDLE 1000u
#define LIFE 5000u

static struct pa_sessions *make(unsigned max)
{
	struct pa_sessions *sessions;

	assert_int_equal(pa_sessions_new(max, IDLE, LIFE, &sessions), 0);
	return sessions;
}

static void begin(struct pa_sessions *sessions, const char *account, uint64_t now_ms,
	char id[PA_SESSION_ID_LEN + 1])
{
	struct pa_session *s =
		pa_session_begin(sessions, pa_bytes_str(account), PA_BYTES_LIT("7"), now_ms);

	assert_non_null(s);
	assert_int_equal(strlen(s->id), PA_SESSION_ID_LEN);
	assert_string_equal(s->account, account);
	memcpy(id, s->id, PA_SESSION_ID_LEN + 1);
}

static struct pa_session *find(struct pa_sessions *sessions, const char *id, uint64_t now_ms)
{
	return pa_session_find(sessions, pa_bytes_str(id), now_ms);
}

static void a_session_ends_by_itself(void **state)
{
	struct pa_sessions *sessions = make(4);
	char id[PA_SESSION_ID_LEN + 1], other[PA_SESSION_ID_LEN + 1];

	(void)state;
	begin(sessions, "alice", 100, id);
	assert_non_null(find(sessions, id, 100 + IDLE - 1));
	assert_null(find(sessions, id, 100 + 2 * IDLE - 1)); /* idle */
	assert_null(find(sessions, id, 100 + IDLE));         /* and it stays away */
	begin(sessions, "alice", 10000, id);
	for (uint64_t t = 10000; t < 10000 + LIFE; t += IDLE / 2)
		assert_non_null(find(sessions, id, t));
	assert_null(find(sessions, id, 10000 + LIFE)); /* too long, though it was never idle */
	begin(sessions, "alice", 20000, id);
	begin(sessions, "alice", 20000, other);
	assert_string_not_equal(id, other);
	pa_session_end(find(sessions, id, 20000));
	assert_null(find(sessions, id, 20000));
	assert_non_null(find(sessions, other, 20000));
	pa_session_end(NULL);
	pa_sessions_free(sessions);
	pa_sessions_free(NULL);
}

static void what_is_no_id_finds_nothing(void **state)
{
	struct pa_sessions *sessions = make(2);
	char id[PA_SESSION_ID_LEN + 1], zeros[PA_SESSION_ID_LEN] = { 0 };

	(void)state;
	assert_null(find(sessions, "", 0));
	assert_null(pa_session_find(
		sessions, (struct pa_bytes){ (const uint8_t *)zeros, sizeof(zeros) }, 0));
	begin(sessions, "alice", 0, id);
	id[PA_SESSION_ID_LEN - 1] ^= 1;
	assert_null(find(sessions, id, 0));
	id[PA_SESSION_ID_LEN - 1] ^= 1;
	assert_non_null(find(sessions, id, 0));
	id[PA_SESSION_ID_LEN - 1] = '\0';
	assert_null(find(sessions, id, 0));
	pa_sessions_free(sessions);
}

static void there_are_so_many_and_no_more(void **state)
{
	struct pa_sessions *sessions = make(3);
	char ids[4][PA_SESSION_ID_LEN + 1], name[8];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		begin(sessions, name, i, ids[i]);
	}
	assert_non_null(find(sessions, ids[0], 10));
	begin(sessions, "p3", 11, ids[3]);
	assert_non_null(find(sessions, ids[0], 12));
	assert_null(find(sessions, ids[1], 12)); /* idle for longest */
	assert_non_null(find(sessions, ids[2], 12));
	assert_non_null(find(sessions, ids[3], 12));
	pa_sessions_free(sessions);
}

static void one_account_does_not_take_all_places(void **state)
{
	struct pa_sessions *sessions = make(PA_SESSION_PERSONS + 4);
	char first[PA_SESSION_ID_LEN + 1], id[PA_SESSION_ID_LEN + 1], bob[PA_SESSION_ID_LEN + 1];

	(void)state;
	begin(sessions, "bob", 0, bob);
	begin(sessions, "alice", 1, first);
	for (uint64_t i = 0; i < PA_SESSION_PERSONS; i++)
		begin(sessions, "alice", 2 + i, id);
	assert_null(find(sessions, first, 50));
	assert_non_null(find(sessions, id, 50));
	assert_non_null(find(sessions, bob, 50));
	pa_sessions_free(sessions);
}

static void a_form_is_taken_once(void **state)
{
	struct pa_sessions *sessions = make(1);
	char id[PA_SESSION_ID_LEN + 1], token[PA_SESSION_ID_LEN + 1], next[PA_SESSION_ID_LEN + 1];
	struct pa_session *s;

	(void)state;
	begin(sessions, "alice", 0, id);
	s = find(sessions, id, 0);
	memcpy(token, s->token, sizeof(token));
	assert_string_not_equal(token, id);
	assert_int_equal(pa_session_take(s, PA_BYTES_LIT("")), PA_SESSION_FORGED);
	assert_int_equal(pa_session_take(s, pa_bytes_str(id)), PA_SESSION_FORGED);
	assert_int_equal(pa_session_take(s, pa_bytes_str(token)), PA_SESSION_FRESH);
	assert_string_not_equal(token, s->token);
	assert_int_equal(pa_session_take(s, pa_bytes_str(token)), PA_SESSION_AGAIN);
	memcpy(next, s->token, sizeof(next));
	assert_int_equal(pa_session_take(s, pa_bytes_str(next)), PA_SESSION_FRESH);
	assert_int_equal(pa_session_take(s, pa_bytes_str(token)), PA_SESSION_FORGED);
	pa_sessions_free(sessions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_ends_by_itself),
		cmocka_unit_test(what_is_no_id_finds_nothing),
		cmocka_unit_test(there_are_so_many_and_no_more),
		cmocka_unit_test(one_account_does_not_take_all_places),
		cmocka_unit_test(a_form_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
