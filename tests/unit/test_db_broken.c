/* Where LMDB aborts the process because of what is in the file, it is told before what to do. */
#include "tests/unit/db_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PAGE     4096u
#define FLAGS_AT 10u /* in the head of a page; little endian, as what follows */
#define LOWER_AT 12u
#define BRANCH   1u
#define ONE_KEY  18u

/* A branch page has two keys at least, which LMDB asserts. */
static unsigned break_branches(struct fixture *f)
{
	uint8_t page[PAGE];
	unsigned broken = 0;
	char path[512];
	int fd;

	fixture_path(f, "data.mdb", path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	for (off_t at = 0; pread(fd, page, PAGE, at) == (ssize_t)PAGE; at += PAGE) {
		if (page[FLAGS_AT] != BRANCH || page[FLAGS_AT + 1])
			continue;
		page[LOWER_AT] = ONE_KEY;
		page[LOWER_AT + 1] = 0;
		assert_int_equal(pwrite(fd, page, PAGE, at), PAGE);
		broken++;
	}
	assert_int_equal(close(fd), 0);
	return broken;
}

static void tell(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

/* A process of its own, whose output is the tube. */
static _Noreturn void open_and_die(struct fixture *f, int tube)
{
	const struct rlimit no_core = { 0, 0 };
	struct pa_db *db;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(SIGABRT, SIG_DFL);
	(void)dup2(tube, STDOUT_FILENO);
	f->options.dir = f->dir;
	f->options.broken = tell;
	_exit(pa_db_open(&f->options, &db, &f->diag) == 0 ? 0 : 2);
}

static void the_fix_is_told_before_the_end(void **state)
{
	struct fixture *f = *state;
	char text[1024] = "", wanted[1024];
	struct pa_change put;
	int status, tube[2];
	pid_t child;

	for (uint64_t i = 0; i < 300; i++) {
		put = device_put(0x0004f2000000 + i);
		apply_changes(f, &put);
	}
	fixture_close(f);
	assert_true(break_branches(f) > 0);
	assert_int_equal(pipe(tube), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		open_and_die(f, tube[1]);
	assert_int_equal(close(tube[1]), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_true(read(tube[0], text, sizeof(text) - 1) >= 0);
	assert_int_equal(close(tube[0]), 0);
	(void)snprintf(wanted, sizeof(wanted),
		"%s/data.mdb is damaged: restore it from a backup, see BACKUP in polyauthd(8)",
		f->dir);
	assert_string_equal(text, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(the_fix_is_told_before_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
