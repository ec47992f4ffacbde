#include <pthread.h>

#include "tests/unit/db_dir.h"

#define READERS 6u
#define COMMITS 30000u /* LMDB alone gives some 30 views by another's number meanwhile */

/* Who is halted long keeps all pages that are free since then. */
#define MAP_SIZE ((size_t)1 << 30)

struct race {
	struct pa_env env;
	atomic_bool over;
};

static int own_id(struct pa_txn *txn, uint64_t *ret)
{
	const struct pa_key key = pa_record_meta_key(PA_META_REVISION);
	struct pa_bytes value;
	int r = pa_txn_get(txn, PA_TABLE_META, &key, &value);

	return r ? r : pa_record_get_number(value, ret);
}

/* Each transaction writes what its number is. Nothing has to be durable. */
static int commit_one(struct pa_env *env)
{
	const struct pa_key key = pa_record_meta_key(PA_META_REVISION);
	struct pa_record record;
	struct pa_txn txn;

	if (pa_txn_begin(&txn, env, NULL, true) != 0)
		return txn.err;
	pa_record_put_number(&record, pa_txn_id(&txn));
	pa_txn_put(&txn, PA_TABLE_META, &key, &record, (struct pa_bytes){ NULL, 0 });
	return pa_txn_commit(&txn);
}

static void *look(void *arg)
{
	struct race *race = arg;
	uintptr_t wrong = 0;
	struct pa_txn txn;
	uint64_t id;

	wrong += pa_txn_begin(&txn, &race->env, NULL, false) != 0;
	while (!wrong && !atomic_load(&race->over)) {
		wrong += own_id(&txn, &id) != 0 || id != pa_txn_id(&txn);
		pa_txn_reset(&txn);
		wrong += pa_txn_renew(&txn) != 0;
	}
	pa_txn_abort(&txn);
	return (void *)wrong;
}

static void open_env(const struct fixture *f, struct pa_env *env)
{
	char path[512];
	MDB_txn *txn;

	fixture_path(f, "data.mdb", path);
	assert_int_equal(mdb_env_create(&env->mdb), 0);
	assert_int_equal(mdb_env_set_maxdbs(env->mdb, 1), 0);
	assert_int_equal(mdb_env_set_mapsize(env->mdb, MAP_SIZE), 0);
	assert_int_equal(
		mdb_env_open(env->mdb, path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NOSYNC, 0600), 0);
	assert_int_equal(mdb_txn_begin(env->mdb, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, pa_txn_table_name(PA_TABLE_META), MDB_CREATE,
				 &env->tables[PA_TABLE_META]),
		0);
	assert_int_equal(mdb_txn_commit(txn), 0);
}

/* However long who takes it is halted, and whatever is committed meanwhile. */
static void a_view_is_of_the_transaction_that_it_names(void **state)
{
	const struct fixture *f = *state;
	struct race race = { .over = false };
	pthread_t readers[READERS];
	void *wrong;

	open_env(f, &race.env);
	assert_int_equal(commit_one(&race.env), 0);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, look, &race), 0);
	for (unsigned i = 0; i < COMMITS; i++)
		assert_int_equal(commit_one(&race.env), 0);
	atomic_store(&race.over, true);
	for (size_t i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(readers[i], &wrong), 0);
		assert_null(wrong);
	}
	mdb_env_close(race.env.mdb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_dir_test(a_view_is_of_the_transaction_that_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
