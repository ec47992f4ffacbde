/*
 * A store in a directory of its own, for the tests of db/.
 */
#ifndef TESTS_UNIT_DB_DIR_H
#define TESTS_UNIT_DB_DIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/store.h"

#define UNUSED __attribute__((unused))

struct fixture {
	char dir[256];
	struct pa_db *db;
	struct pa_db_reader *reader;
	struct pa_db_options options;
	struct pa_diag diag;
};

UNUSED static void fixture_path(const struct fixture *f, const char *name, char out[512])
{
	(void)snprintf(out, 512, "%s/%s", f->dir, name);
}

UNUSED static void fixture_open(struct fixture *f)
{
	f->options.dir = f->dir;
	assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), 0);
	assert_int_equal(pa_db_reader_open(f->db, &f->reader), 0);
}

UNUSED static void fixture_close(struct fixture *f)
{
	pa_db_reader_close(f->reader);
	f->reader = NULL;
	pa_db_close(f->db);
	f->db = NULL;
}

UNUSED static void fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	fixture_open(f);
}

/* Only a directory. */
UNUSED static int fixture_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "%s/pa-db-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	f->options = (struct pa_db_options){
		.dir = f->dir, .map_size = 64u << 20, .readers = 4, .queue_max = 1024
	};
	*state = f;
	return 0;
}

/* A directory with an open store and a reader. */
UNUSED static int fixture_setup(void **state)
{
	if (fixture_make(state))
		return -1;
	fixture_open(*state);
	return 0;
}

UNUSED static int fixture_teardown(void **state)
{
	static const char *const names[] = { "data.mdb", "data.mdb-lock", "seen.mdb",
		"seen.mdb-lock", "secret.key", "otp.key", "revision", "lock", "other" };
	struct fixture *f = *state;
	char path[512];

	fixture_close(f);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fixture_path(f, names[i], path);
		(void)unlink(path);
	}
	if (rmdir(f->dir) != 0)
		return -1;
	free(f);
	return 0;
}

#define fixture_test(name)     cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define fixture_dir_test(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_teardown)

#endif
