/*
 * Threads look at accounts while these change: whoever has the same mark has read the same account,
 * whether he took his view at first or late. (T80)
 */
#include "tests/unit/db_fixture.h"

#include "db/account.h"

#include <pthread.h>
#include <stdatomic.h>

#define READERS 3u
#define CHANGES 400u

static _Atomic uint64_t revisions[4 * CHANGES]; /* of the account, by mark; 0: nobody had it yet */
static _Atomic bool stop;

struct reader {
	struct fixture *f;
	bool begins_late;
	uint64_t seen; /* how often there was a mark */
	const char *error;
};

static const struct pa_account_key key = { PA_ACCOUNT_GROUP, "acme" };

/* One look. NULL, or what is wrong. */
static const char *look(struct reader *r, struct pa_db_reader *reader)
{
	struct pa_account account = { .revision = 0 };
	uint64_t first, mark, was = 0;
	int found;

	if ((r->begins_late ? pa_db_read_begin_late(reader) : pa_db_read_begin(reader)) != 0)
		return "no view";
	first = pa_db_accounts_mark(reader);
	found = pa_db_account_get(reader, &key, &account);
	mark = pa_db_accounts_mark(reader);
	if (found < 0)
		return "the account cannot be read";
	/* of a torn one, what was told at first is of another state */
	if (first && mark && first != mark && !pa_db_read_is_torn(reader))
		return "the mark of a view has changed";
	pa_db_read_end(reader);
	if (!mark)
		return NULL;
	r->seen++;
	if (mark >= 4 * CHANGES)
		return "an unlikely mark";
	if (!atomic_compare_exchange_strong(&revisions[mark], &was, account.revision + 1) &&
		was != account.revision + 1)
		return "one mark, and two accounts";
	return NULL;
}

static void *read_on(void *arg)
{
	struct reader *r = arg;
	struct pa_db_reader *reader;

	if (pa_db_reader_open(r->f->db, &reader) != 0)
		r->error = "no reader";
	while (!r->error && !atomic_load(&stop))
		r->error = look(r, reader);
	if (!r->error || strcmp(r->error, "no reader") != 0)
		pa_db_reader_close(reader);
	return NULL;
}

/* A slot that comes and goes, with other changes between. */
static void change(struct fixture *f, unsigned n)
{
	struct pa_change change =
		n % 3 == 2 ? device_put(1 + n) : (struct pa_change){ .kind = PA_CHANGE_SLOT_PUT };

	if (n % 3 == 1)
		change.kind = PA_CHANGE_SLOT_REMOVE;
	if (n % 3 < 2) {
		change.account.key = key;
		memcpy(change.account.slot.name, "s", 2);
		memcpy(change.account.slot.hash, "h", 2);
	}
	apply_changes(f, &change);
}

static void one_mark_one_account(void **state)
{
	struct fixture *f = *state;
	struct reader readers[READERS];
	pthread_t threads[READERS];
	uint64_t seen = 0;

	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ .f = f, .begins_late = i % 2 == 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
	}
	for (unsigned n = 0; n < CHANGES; n++)
		change(f, n);
	atomic_store(&stop, true);
	for (size_t i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < READERS; i++) {
		if (readers[i].error)
			fail_msg("%s", readers[i].error);
		seen += readers[i].seen;
	}
	assert_true(seen > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(one_mark_one_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
