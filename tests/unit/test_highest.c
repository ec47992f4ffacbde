/* The highest revision that was seen is there again after a stop, and never above what was
 * reached. */
#include "tests/unit/db_dir.h"

#include "daemon/highest.h"

/* What is read of it then. */
static uint64_t opened(struct fixture *f, uint64_t reached, struct pa_highest *highest, int result)
{
	uint64_t number = 1;

	f->diag.text[0] = '\0';
	assert_int_equal(pa_highest_open(f->dir, reached, highest, &number, &f->diag), result);
	return number;
}

static void write_text(struct fixture *f, const char *text)
{
	char path[512];
	FILE *file;

	fixture_path(f, PA_HIGHEST_FILE, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void it_is_what_was_reached_at_last(void **state)
{
	struct fixture *f = *state;
	struct pa_highest highest, again;
	char path[512];
	struct stat st;

	assert_int_equal(opened(f, 0, &highest, PA_HIGHEST_UNKNOWN), 0);
	assert_string_equal(f->diag.text, "");
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
	assert_int_equal(opened(f, 0, &again, 0), 0);
	fixture_path(f, PA_HIGHEST_FILE, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777u, 0600);

	atomic_store(&highest.reached, 17);
	assert_int_equal(opened(f, 17, &again, 0), 0); /* nothing is written by saying so */
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
	assert_int_equal(opened(f, 17, &again, 0), 17);
	atomic_store(&highest.reached, UINT64_MAX);
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
	assert_int_equal(opened(f, 5, &highest, 0), UINT64_MAX);
	/* and what went back is told once */
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
	assert_int_equal(opened(f, 5, &again, 0), 5);
}

static void what_did_not_change_is_not_written(void **state)
{
	struct fixture *f = *state;
	struct pa_highest highest;

	write_text(f, "00000000000000000007\n");
	assert_int_equal(opened(f, 7, &highest, 0), 7);
	write_text(f, "00000000000000000009\n");
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
	assert_int_equal(opened(f, 7, &highest, 0), 9);
}

static void what_is_damaged_says_nothing(void **state)
{
	static const char *const texts[] = { "7\n", "0000000000000000000\n",
		"0000000000000000007\n", "00000000000000000007", "00000000000000000007\n\n",
		"0000000000000000000x\n", " 0000000000000000007\n", "-0000000000000000007\n",
		"99999999999999999999\n" };
	struct fixture *f = *state;
	struct pa_highest highest;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_text(f, texts[i]);
		(void)opened(f, 3, &highest, PA_HIGHEST_UNKNOWN);
		assert_non_null(strstr(f->diag.text, "revision was damaged and is made anew"));
		assert_int_equal(pa_highest_write(&highest, &f->diag), 0);
		assert_int_equal(opened(f, 3, &highest, 0), 3);
	}
	write_text(f, ""); /* made when the power went */
	(void)opened(f, 3, &highest, PA_HIGHEST_UNKNOWN);
	assert_string_equal(f->diag.text, "");
}

/* Nothing is asked of a file that is not ours, and whoever cannot write says so once. */
static void another_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pa_highest highest;
	char path[512];

	fixture_path(f, PA_HIGHEST_FILE, path);
	(void)opened(f, 3, &highest, PA_HIGHEST_UNKNOWN);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(pa_highest_write(&highest, &f->diag), -EISDIR);
	assert_non_null(strstr(f->diag.text, "/revision: "));
	f->diag.text[0] = '\0';
	assert_int_equal(pa_highest_write(&highest, &f->diag), -EISDIR);
	assert_string_equal(f->diag.text, "");
	(void)opened(f, 3, &highest, PA_E_STORE);
	assert_non_null(strstr(f->diag.text, "/revision: "));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("lock", path), 0);
	(void)opened(f, 3, &highest, -ELOOP);
	assert_int_equal(pa_highest_write(&highest, &f->diag), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pa_highest_write(&highest, &f->diag), 0); /* it is tried again */
	assert_int_equal(opened(f, 3, &highest, 0), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_dir_test(it_is_what_was_reached_at_last),
		fixture_dir_test(what_did_not_change_is_not_written),
		fixture_dir_test(what_is_damaged_says_nothing),
		fixture_dir_test(another_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
