#include "db/audit.h"
#include "db/db.h"

#include <signal.h>
#include <sys/prctl.h>

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

static int open_store(struct fixture *f)
{
	f->diag.text[0] = '\0';
	f->options.dir = f->dir;
	return pa_db_open(&f->options, &f->db, &f->diag);
}

/* Opening fails, explains itself, and leaves nothing open. */
static void assert_refused(struct fixture *f, int result, const char *part)
{
	assert_int_equal(open_store(f), result);
	assert_null(f->db);
	if (!strstr(f->diag.text, part))
		fail_msg("\"%s\" does not say \"%s\"", f->diag.text, part);
}

static void write_file(const struct fixture *f, const char *name, const void *data, size_t len)
{
	char path[512];
	int fd;

	fixture_path(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

static size_t read_file(const struct fixture *f, uint8_t **ret)
{
	char path[512];
	struct stat st;
	int fd;

	fixture_path(f, "data.mdb", path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ret = malloc((size_t)st.st_size);
	assert_non_null(*ret);
	assert_int_equal(read(fd, *ret, (size_t)st.st_size), st.st_size);
	assert_int_equal(close(fd), 0);
	return (size_t)st.st_size;
}

static mode_t mode_of(const struct fixture *f, const char *name)
{
	char path[512];
	struct stat st;

	fixture_path(f, name, path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void creates(void **state)
{
	struct fixture *f = *state;
	struct pa_db_stat stat;

	assert_int_equal(mode_of(f, "data.mdb"), 0600);
	assert_int_equal(mode_of(f, "data.mdb-lock"), 0600);
	assert_int_equal(mode_of(f, "lock"), 0600);
	assert_int_equal(pa_db_revision(f->db), 0);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.schema, PA_DB_SCHEMA);
	assert_int_equal(stat.revision, 0);
	assert_int_equal(stat.devices + stat.accounts + stat.cas + stat.crls + stat.revoked, 0);
	assert_int_equal(stat.map_size, 64u << 20);
	assert_int_equal(stat.map_used, 0);
	assert_int_equal(stat.readers_used, 1);
	assert_int_equal(stat.readers_max, f->options.readers + 4);
}

static void finds_everything_again(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(0x0004f2010203);
	struct pa_device device;
	struct pa_db_stat stat;

	apply_changes(f, &change);
	fixture_reopen(f);
	assert_int_equal(pa_db_revision(f->db), 1);
	view(f);
	assert_int_equal(pa_db_device_get(f->reader, change.device.mac, &device), 0);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.revision, 1);
	assert_int_equal(stat.devices, 1);
	assert_true(stat.map_used > 0 && stat.map_used < 100000);
}

static void refuses_options(void **state)
{
	struct fixture *f = *state;
	struct pa_db_options good = f->options;

	f->options.map_size = 0;
	assert_refused(f, -EINVAL, "options");
	f->options = good;
	f->options.queue_max = 0;
	assert_refused(f, -EINVAL, "options");
	f->options = good;
	f->options.readers = 1u << 30;
	assert_refused(f, -EINVAL, "options");
	pa_db_close(NULL);
	pa_db_reader_close(NULL);
	pa_db_read_end(NULL);
	assert_false(pa_db_read_active(NULL));
}

static void refuses_directory(void **state)
{
	struct fixture *f = *state;
	char real[256], other[512];

	(void)snprintf(real, sizeof(real), "%s", f->dir);
	assert_int_equal(chmod(real, 0770), 0);
	assert_refused(f, PA_E_STORE, "chmod go-w");
	assert_int_equal(chmod(real, 0702), 0);
	assert_refused(f, PA_E_STORE, "chmod go-w");
	assert_int_equal(chmod(real, 0750), 0);

	fixture_path(f, "other", other);
	assert_int_equal(symlink(real, other), 0);
	(void)snprintf(f->dir, sizeof(f->dir), "%.200s/other", real);
	assert_refused(f, PA_E_STORE, "symbolic link");
	(void)snprintf(f->dir, sizeof(f->dir), "%.200s/other//", real);
	assert_refused(f, PA_E_STORE, "symbolic link");
	assert_int_equal(unlink(other), 0);
	assert_refused(f, -ENOENT, "create the directory");
	f->dir[0] = '\0';
	assert_refused(f, -EINVAL, "empty");
	(void)snprintf(f->dir, sizeof(f->dir), "%s", real);

	write_file(f, "other", "x", 1);
	(void)snprintf(f->dir, sizeof(f->dir), "%.200s/other", real);
	assert_refused(f, PA_E_STORE, "no directory");
	(void)snprintf(f->dir, sizeof(f->dir), "%.200s//", real);
	assert_int_equal(open_store(f), 0); /* slashes at the end are fine */
	(void)snprintf(f->dir, sizeof(f->dir), "%s", real);
}

static void refuses_foreign_owner(void **state)
{
	struct fixture *f = *state;
	char path[512];

	if (geteuid() != 0)
		skip(); /* needs chown */
	assert_int_equal(chown(f->dir, 12345, (gid_t)-1), 0);
	assert_refused(f, PA_E_STORE, "belongs to uid 12345");
	assert_int_equal(chown(f->dir, 0, (gid_t)-1), 0);
	write_file(f, "data.mdb", "", 0);
	fixture_path(f, "data.mdb", path);
	assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
	assert_refused(f, PA_E_STORE, "data.mdb belongs to uid 12345");
}

static void refuses_file(void **state)
{
	struct fixture *f = *state;
	char data[512], other[512];

	fixture_path(f, "data.mdb", data);
	fixture_path(f, "other", other);
	write_file(f, "other", "", 0);
	assert_int_equal(symlink(other, data), 0);
	assert_refused(f, PA_E_STORE, "symbolic link");
	assert_int_equal(unlink(data), 0);
	write_file(f, "data.mdb", "", 0);
	assert_int_equal(chmod(data, 0640), 0);
	assert_refused(f, PA_E_STORE, "chmod 0600");
	assert_int_equal(chmod(data, 0600), 0);
	assert_int_equal(open_store(f), 0); /* empty: a creation that was cut short */
}

static void refuses_garbage(void **state)
{
	struct fixture *f = *state;
	uint8_t garbage[16384];

	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)(i * 2654435761u >> 13);
	write_file(f, "data.mdb", garbage, sizeof(garbage));
	assert_refused(f, PA_E_STORE, "backup");
	write_file(f, "data.mdb", garbage, 100);
	assert_refused(f, PA_E_STORE, "backup");
	memset(garbage, 0, sizeof(garbage));
	write_file(f, "data.mdb", garbage, sizeof(garbage));
	assert_refused(f, PA_E_STORE, "backup");
}

static void refuses_foreign_database(void **state)
{
	struct fixture *f = *state;

	poke(f, "users", "a", 1, "b", 1);
	assert_refused(f, PA_E_STORE, "not a store of Polyauth");
}

/* Whatever is cut off, the rest is read, or refused with an error. */
static void survives_truncation(void **state)
{
	struct fixture *f = *state;
	struct pa_change change;
	uint8_t *good;
	size_t len;
	unsigned opened = 0;

	for (uint64_t i = 1; i <= 300; i++) {
		change = device_put(i);
		apply_changes(f, &change);
	}
	fixture_close(f);
	len = read_file(f, &good);
	for (size_t cut = len; cut >= 4096; cut -= 4096) {
		struct pa_mac at = { 0 };
		struct pa_device device;
		int r;

		write_file(f, "data.mdb", good, cut);
		r = open_store(f);
		if (r) {
			assert_int_equal(r, PA_E_STORE);
			continue;
		}
		opened++;
		assert_int_equal(pa_db_reader_open(f->db, &f->reader), 0);
		view(f);
		while ((r = pa_db_device_next(f->reader, &at, &device)) == 0)
			at = device.mac;
		assert_true(r == PA_DB_NOT_FOUND || r == PA_E_STORE);
		fixture_close(f);
	}
	assert_true(opened >= 1);
	free(good);
}

static void newer_schema(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(0x0004f2010203);
	uint8_t *before, *after;
	size_t len;

	apply_changes(f, &change);
	fixture_close(f);
	poke_number(f, "meta", PA_META_SCHEMA, PA_DB_SCHEMA + 1);
	len = read_file(f, &before);
	assert_refused(f, PA_E_SCHEMA, "upgrade Polyauth");
	assert_int_equal(read_file(f, &after), len);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
	poke_number(f, "meta", PA_META_SCHEMA, PA_DB_SCHEMA);
	assert_int_equal(open_store(f), 0);
	assert_int_equal(pa_db_revision(f->db), 1);
}

/* What an earlier Polyauth made is brought up to date, and says so to it. */
static void older_schema(void **state)
{
	struct pa_key key = pa_record_meta_key(PA_META_SCHEMA);
	struct pa_change change = device_put(0x0004f2010203);
	struct fixture *f = *state;
	struct pa_bytes value;
	uint64_t schema;

	apply_changes(f, &change);
	fixture_close(f);
	poke_number(f, "meta", PA_META_SCHEMA, 1);
	poke_table(f, "revoked");
	fixture_open(f);
	view(f);
	assert_int_equal(pa_txn_get(pa_db_view(f->reader), PA_TABLE_META, &key, &value), 0);
	assert_int_equal(pa_record_get_number(value, &schema), 0);
	assert_int_equal(schema, PA_DB_SCHEMA);
	assert_int_equal(count_devices(f), 1);
	assert_int_equal(pa_db_revision(f->db), 1);
}

static void damaged_meta(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	poke_number(f, "meta", PA_META_SCHEMA, 0);
	assert_refused(f, PA_E_STORE, "schema does not exist");
	poke(f, "meta", PA_META_SCHEMA, strlen(PA_META_SCHEMA), "x", 1);
	assert_refused(f, PA_E_STORE, "schema cannot be read");
	poke(f, "meta", PA_META_SCHEMA, strlen(PA_META_SCHEMA), NULL, 0);
	assert_refused(f, PA_E_STORE, "schema cannot be read");
	poke_number(f, "meta", PA_META_SCHEMA, PA_DB_SCHEMA);
	poke(f, "meta", PA_META_REVISION, strlen(PA_META_REVISION), "\1\0\0", 3);
	assert_refused(f, PA_E_STORE, "revision cannot be read");
	poke_number(f, "meta", PA_META_REVISION, 9);
	poke(f, "audit", NULL, 0, NULL, 0);
	assert_refused(f, PA_E_STORE, "table is missing");
}

static void locked_in_this_process(void **state)
{
	struct fixture *f = *state;
	struct pa_db *second;
	struct pa_change change = device_put(1);

	assert_int_equal(pa_db_open(&f->options, &second, &f->diag), PA_E_LOCKED);
	assert_null(second);
	assert_non_null(strstr(f->diag.text, "/lock"));
	apply_changes(f, &change);
}

/*
 * A child tells its result and is then killed by its parent: it must not end by
 * itself, where tools that watch for leaks would look at what it inherited.
 */
static _Noreturn void end_child(int fd, int code)
{
	char c = (char)code;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* should a test fail before it comes to that */
	(void)!write(fd, &c, 1);
	for (;;)
		(void)pause();
}

static int end_of_child(int fd, pid_t child)
{
	int status;
	char c;

	assert_int_equal(read(fd, &c, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return c;
}

/* The child is forked before any thread exists here, and waits until the store is open. */
static void locked_by_another_process(void **state)
{
	struct fixture *f = *state;
	int go[2], back[2];
	pid_t child;
	char c = 0;

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(back), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int r = read(go[0], &c, 1) == 1 ? open_store(f) : 0;

		end_child(back[1],
			r == PA_E_LOCKED && strstr(f->diag.text, "stop the process") ? 0 : 1);
	}
	assert_int_equal(open_store(f), 0);
	assert_int_equal(write(go[1], &c, 1), 1);
	assert_int_equal(end_of_child(back[0], child), 0);
	for (size_t i = 0; i < 2; i++) {
		(void)close(go[i]);
		(void)close(back[i]);
	}
}

/* A killed process leaves neither the lock nor the slot of its reader behind. */
static void killed_process(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(1);
	struct pa_db_stat stat;
	int ready[2], killed[2];
	pid_t child;
	char c = 0;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(killed), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int r = open_store(f) != 0 || pa_db_reader_open(f->db, &f->reader) != 0 ||
			apply(f, &change) != 0 || pa_db_read_begin(f->reader) != 0;

		(void)!write(ready[1], &c, 1);
		end_child(killed[1], r);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_refused(f, PA_E_LOCKED, "stop the process");
	assert_int_equal(end_of_child(killed[0], child), 0);
	for (size_t i = 0; i < 2; i++) {
		(void)close(ready[i]);
		(void)close(killed[i]);
	}
	fixture_open(f);
	assert_int_equal(pa_db_revision(f->db), 1);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.readers_used, 1);
	change = device_put(2);
	apply_changes(f, &change);
}

/* A child that was forked from an open store can do no harm to it. */
static void forked_child(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(1);
	int back[2];
	pid_t child;

	assert_int_equal(pipe(back), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct pa_db_reader *reader;
		int code = 0;

		if (apply(f, &change) != PA_E_CLOSED)
			code = 1;
		if (pa_db_reader_open(f->db, &reader) != PA_E_CLOSED)
			code = 2;
		pa_db_close(f->db);
		end_child(back[1], code);
	}
	assert_int_equal(end_of_child(back[0], child), 0);
	(void)close(back[0]);
	(void)close(back[1]);
	apply_changes(f, &change);
	fixture_reopen(f);
	assert_int_equal(pa_db_revision(f->db), 1);
}

static void readers_exhausted(void **state)
{
	struct fixture *f = *state;
	struct pa_db_reader *readers[64];
	struct pa_db_stat stat;
	size_t n = 0;
	int r = 0;

	while (n < 64 && (r = pa_db_reader_open(f->db, &readers[n])) == 0) {
		assert_int_equal(pa_db_read_begin(readers[n]), 0);
		n++;
	}
	assert_int_equal(r, PA_E_READERS);
	assert_null(readers[n]);
	assert_true(n + 1 >= f->options.readers); /* the fixture has one */
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.readers_used, stat.readers_max);
	pa_db_reader_close(readers[--n]);
	assert_int_equal(pa_db_reader_open(f->db, &readers[n]), 0);
	while (n > 0)
		pa_db_reader_close(readers[n--]);
	pa_db_reader_close(readers[0]);
}

static void views(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(1);
	struct pa_device device;
	struct pa_ca ca;
	struct pa_crl crl;
	struct pa_account account;
	struct pa_audit audit;
	const uint8_t digest[PA_DIGEST_LEN] = { 0 };

	assert_false(pa_db_read_active(f->reader));
	assert_int_equal(pa_db_device_get(f->reader, change.device.mac, &device), -EINVAL);
	assert_int_equal(pa_db_device_next(f->reader, NULL, &device), -EINVAL);
	assert_int_equal(pa_db_ca_get(f->reader, digest, &ca), -EINVAL);
	assert_int_equal(pa_db_crl_next(f->reader, NULL, &crl), -EINVAL);
	assert_int_equal(pa_db_account_next(f->reader, NULL, &account), -EINVAL);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), -EINVAL);
	assert_int_equal(pa_db_read_begin(f->reader), 0);
	assert_true(pa_db_read_active(f->reader));
	assert_int_equal(pa_db_read_begin(f->reader), -EINVAL);
	apply_changes(f, &change);
	assert_int_equal(/* a view does not move */
		pa_db_device_get(f->reader, change.device.mac, &device), PA_DB_NOT_FOUND);
	view(f);
	assert_int_equal(pa_db_device_get(f->reader, change.device.mac, &device), 0);
	pa_db_read_end(f->reader);
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_read_begin(NULL), -EINVAL);
}

/* Since when the reader keeps what it may look into; 0: it does not. */
static uint64_t keeps(const struct fixture *f)
{
	return atomic_load(&f->reader->visitor.entered);
}

static void view_as(struct fixture *f, bool late)
{
	assert_int_equal(late ? pa_db_read_begin_late(f->reader) : pa_db_read_begin(f->reader), 0);
	assert_true(keeps(f));
	pa_db_read_end(f->reader);
}

/* What is in memory stays as long as a view or who holds the reader may look into it. */
static void held_between_views(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(0x0004f2010203);
	uint64_t since;

	for (int late = 0; late <= 1; late++) {
		view_as(f, late);
		assert_false(keeps(f));
		pa_db_read_hold(f->reader);
		since = keeps(f);
		assert_true(since);
		view_as(f, late);
		change.device.mac.value++;
		apply_changes(f, &change);
		view_as(f, late);
		assert_int_equal(keeps(f), since);
		pa_db_read_release(f->reader);
		assert_false(keeps(f));
	}
	/* a view that begins before, or ends after */
	assert_int_equal(pa_db_read_begin(f->reader), 0);
	pa_db_read_hold(f->reader);
	pa_db_read_end(f->reader);
	assert_true(keeps(f));
	assert_int_equal(pa_db_read_begin(f->reader), 0);
	pa_db_read_release(f->reader);
	assert_true(keeps(f));
	pa_db_read_end(f->reader);
	assert_false(keeps(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first those that fork: a process with threads forks badly under sanitizers */
		fixture_dir_test(locked_by_another_process),
		fixture_dir_test(killed_process),
		fixture_test(forked_child),
		fixture_test(creates),
		fixture_test(finds_everything_again),
		fixture_dir_test(refuses_options),
		fixture_dir_test(refuses_directory),
		fixture_dir_test(refuses_foreign_owner),
		fixture_dir_test(refuses_file),
		fixture_dir_test(refuses_garbage),
		fixture_dir_test(refuses_foreign_database),
		fixture_test(survives_truncation),
		fixture_test(newer_schema),
		fixture_test(older_schema),
		fixture_test(damaged_meta),
		fixture_test(locked_in_this_process),
		fixture_test(readers_exhausted),
		fixture_test(views),
		fixture_test(held_between_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
