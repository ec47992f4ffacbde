/* seen.mdb: what workers note comes to be found, and never stands in their way. */
#include "tests/unit/db_dir.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <time.h>

#include "db/seen.h"

#define MAC 0x0004f2000000u

static int open_seen(struct fixture *f, struct pa_seen_options options, struct pa_seen **ret)
{
	options.dir = f->dir;
	if (!options.map_size)
		options.map_size = 64u << 20;
	if (!options.workers)
		options.workers = 2;
	return pa_seen_open(&options, ret, &f->diag);
}

static struct pa_seen *opened(struct fixture *f, int result)
{
	struct pa_seen *seen;

	assert_int_equal(open_seen(f, (struct pa_seen_options){ 0 }, &seen), result);
	return seen;
}

static void note(
	struct pa_seen *seen, unsigned worker, enum pa_seen_what what, uint64_t mac, int64_t time_s)
{
	struct pa_sighting s = { .what = what, .mac = { mac }, .time_s = time_s };

	pa_bytes_copy(s.realm, sizeof(s.realm), PA_BYTES_LIT("r"));
	pa_seen_note(seen, worker, &s);
}

/* 0, or PA_DB_NOT_FOUND. */
static int find(
	struct pa_seen *seen, enum pa_seen_table table, uint64_t mac, struct pa_seen_record *ret)
{
	struct pa_seen_view *view;
	int r;

	pa_seen_flush(seen);
	assert_int_equal(pa_seen_view_open(seen, &view), 0);
	r = pa_seen_get(view, table, (struct pa_mac){ mac }, ret);
	assert_true(r >= 0);
	pa_seen_view_close(view);
	return r;
}

static struct pa_seen_stat stat_of(struct pa_seen *seen)
{
	struct pa_seen_stat stat;

	pa_seen_stat(seen, &stat);
	return stat;
}

static void a_file(struct fixture *f, const char *name, size_t at, const void *data, size_t len)
{
	char path[512];
	int fd;

	fixture_path(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void sightings_of_a_device_are_merged(void **state)
{
	struct pa_seen_record record;
	struct pa_seen *seen = opened(*state, PA_SEEN_MADE);

	for (int64_t i = 0; i < 100; i++)
		note(seen, (unsigned)i % 2, PA_SEEN_ALLOWED, MAC + (i % 4 == 0), 1000 + i);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC, &record), 0);
	assert_int_equal(record.count, 75);
	assert_int_equal(record.first_s, 1001);
	assert_int_equal(record.last_s, 1099);
	assert_int_equal(record.mac.value, MAC);
	assert_string_equal(record.realm, "r");
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC + 1, &record), 0);
	assert_int_equal(record.count, 25);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC + 2, &record), PA_DB_NOT_FOUND);
	assert_int_equal(find(seen, PA_SEEN_PENDING, MAC, &record), PA_DB_NOT_FOUND);
	assert_int_equal(stat_of(seen).devices, 2);
	assert_int_equal(stat_of(seen).dropped, 0);
	pa_seen_close(seen);
}

static void what_was_noted_survives_the_end(void **state)
{
	struct pa_seen_record record;
	struct pa_seen *seen = opened(*state, PA_SEEN_MADE);

	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	note(seen, 1, PA_SEEN_UNKNOWN, MAC + 1, 1001);
	pa_seen_close(seen);
	seen = opened(*state, 0);
	assert_int_equal(stat_of(seen).devices, 1);
	assert_int_equal(stat_of(seen).pending, 1);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC, &record), 0);
	assert_int_equal(record.last_s, 1000);
	assert_int_equal(find(seen, PA_SEEN_PENDING, MAC + 1, &record), 0);
	pa_seen_close(seen);
}

/* Nobody asks for it to be written, and it is. */
static void it_is_written_by_itself(void **state)
{
	struct pa_seen *seen = opened(*state, PA_SEEN_MADE);
	struct timespec now, end;

	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 60;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (stat_of(seen).devices == 0 && now.tv_sec < end.tv_sec);
	assert_int_equal(stat_of(seen).devices, 1);
	pa_seen_close(seen);
}

/* More than the ring holds, and nobody takes from it: the worker goes on, and it is counted. */
static void what_does_not_fit_is_dropped_and_counted(void **state)
{
	struct pa_seen_view *view;
	struct pa_seen_record record;
	struct pa_seen *seen;
	unsigned found = 0;
	struct pa_mac at = { 0 };

	assert_int_equal(
		open_seen(*state, (struct pa_seen_options){ .workers = 1 }, &seen), PA_SEEN_MADE);
	for (uint64_t i = 0; i < 1000000; i++)
		note(seen, 0, PA_SEEN_ALLOWED, MAC + i % 50000, 1000);
	note(seen, 1, PA_SEEN_ALLOWED, MAC, 1000); /* no such worker */
	pa_seen_flush(seen);
	assert_true(stat_of(seen).dropped > 0);
	assert_int_equal(pa_seen_view_open(seen, &view), 0);
	while (pa_seen_next(view, PA_SEEN_DEVICES, found ? &at : NULL, &record) == 0) {
		assert_true(found == 0 || record.mac.value > at.value);
		at = record.mac;
		found++;
	}
	pa_seen_view_close(view);
	assert_int_equal(found, stat_of(seen).devices);
	pa_seen_close(seen);
}

struct flood {
	struct pa_seen *seen;
	unsigned worker;
};

static void *run_flood(void *arg)
{
	struct flood *flood = arg;

	for (uint64_t i = 0; i < 20000; i++)
		note(flood->seen, flood->worker, PA_SEEN_ALLOWED, MAC + i % 7, 1000);
	return NULL;
}

/* Each sighting is counted once: in a record or as dropped. */
static void workers_and_readers_at_once(void **state)
{
	struct flood floods[4];
	pthread_t threads[4];
	struct pa_seen_record record;
	struct pa_seen *seen;
	uint64_t counted = 0;

	assert_int_equal(
		open_seen(*state, (struct pa_seen_options){ .workers = 4 }, &seen), PA_SEEN_MADE);
	for (unsigned i = 0; i < 4; i++) {
		floods[i] = (struct flood){ seen, i };
		assert_int_equal(pthread_create(&threads[i], NULL, run_flood, &floods[i]), 0);
	}
	for (unsigned i = 0; i < 50; i++)
		(void)find(seen, PA_SEEN_DEVICES, MAC, &record);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (uint64_t i = 0; i < 7; i++) {
		if (find(seen, PA_SEEN_DEVICES, MAC + i, &record) == 0)
			counted += record.count;
	}
	assert_int_equal(counted + stat_of(seen).dropped, 80000);
	pa_seen_close(seen);
}

static void t96_claims_do_not_fill_the_store(void **state)
{
	struct pa_seen_record record;
	struct pa_seen *seen = opened(*state, PA_SEEN_MADE);

	for (uint64_t i = 0; i < 200; i++)
		note(seen, 0, PA_SEEN_CLAIMED, MAC + i, 1000);
	note(seen, 1, PA_SEEN_ALLOWED, MAC + 5, 1000);
	pa_seen_flush(seen);
	assert_int_equal(stat_of(seen).devices, 1);
	note(seen, 0, PA_SEEN_CLAIMED, MAC + 5, 1001);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC + 5, &record), 0);
	assert_int_equal(record.claimed.time_s, 1001);
	pa_seen_close(seen);
}

/* One device that is refused all the time does not keep visits of others from being written. */
static void t96_refusals_leave_room_for_visits(void **state)
{
	static const enum pa_seen_what refusals[] = { PA_SEEN_DENIED, PA_SEEN_CLAIMED };
	struct pa_seen_record record;
	struct pa_seen *seen = opened(*state, PA_SEEN_MADE);

	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	for (uint64_t i = 1; i <= 100; i++) {
		for (unsigned k = 0; k < 1000; k++)
			note(seen, 0, refusals[k % 2], MAC, 1000);
		note(seen, 0, i % 2 ? PA_SEEN_ALLOWED : PA_SEEN_UNKNOWN, MAC + i, 1000);
	}
	for (uint64_t i = 1; i <= 100; i++)
		assert_int_equal(
			find(seen, i % 2 ? PA_SEEN_DEVICES : PA_SEEN_PENDING, MAC + i, &record), 0);
	assert_true(stat_of(seen).dropped > 0);
	pa_seen_close(seen);
}

static void t96_pending_devices_are_bounded(void **state)
{
	struct pa_seen_record record;
	struct pa_seen *seen;

	assert_int_equal(open_seen(*state, (struct pa_seen_options){ .pending_max = 10 }, &seen),
		PA_SEEN_MADE);
	for (uint64_t i = 0; i < 30; i++)
		note(seen, 0, PA_SEEN_UNKNOWN, MAC + i, 1000);
	pa_seen_flush(seen);
	assert_int_equal(stat_of(seen).pending, 10);
	assert_int_equal(stat_of(seen).dropped, 20);
	note(seen, 0, PA_SEEN_UNKNOWN, MAC, 1001); /* those that are in go on */
	assert_int_equal(find(seen, PA_SEEN_PENDING, MAC, &record), 0);
	assert_int_equal(record.count, 2);
	assert_int_equal(pa_seen_forget(seen, PA_SEEN_PENDING, (struct pa_mac){ MAC }), 0);
	assert_int_equal(stat_of(seen).pending, 9);
	assert_int_equal(
		pa_seen_forget(seen, PA_SEEN_PENDING, (struct pa_mac){ MAC }), PA_DB_NOT_FOUND);
	note(seen, 0, PA_SEEN_UNKNOWN, MAC + 100, 1001); /* and there is room again */
	assert_int_equal(find(seen, PA_SEEN_PENDING, MAC + 100, &record), 0);
	pa_seen_close(seen);
}

/* A map of one page: no new records, and those that are there still grow. */
static void a_full_map_drops_new_devices_only(void **state)
{
	struct pa_seen_record record;
	struct pa_seen *seen;

	assert_int_equal(open_seen(*state, (struct pa_seen_options){ .map_size = 4096 }, &seen),
		PA_SEEN_MADE);
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	pa_seen_flush(seen);
	for (uint64_t i = 1; i < 200; i++)
		note(seen, 0, PA_SEEN_ALLOWED, MAC + i, 1000);
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1002);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC, &record), 0);
	assert_int_equal(record.count, 2);
	assert_int_equal(stat_of(seen).devices, 1);
	assert_int_equal(stat_of(seen).dropped, 199);
	pa_seen_close(seen);
}

static void t92_garbage_is_made_anew(void **state)
{
	static const char text[] = "this is no store, whatever its name may be";
	struct fixture *f = *state;
	uint8_t noise[4 * 4096];
	struct pa_seen *seen;

	memset(noise, 0xa5, sizeof(noise));
	a_file(f, "seen.mdb", 0, text, sizeof(text));
	seen = opened(f, PA_SEEN_ANEW);
	assert_non_null(strstr(f->diag.text, "seen.mdb"));
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	pa_seen_close(seen);
	a_file(f, "seen.mdb", 0, noise, sizeof(noise));
	seen = opened(f, PA_SEEN_ANEW);
	assert_int_equal(stat_of(seen).devices, 0);
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	pa_seen_flush(seen);
	assert_int_equal(stat_of(seen).devices, 1);
	pa_seen_close(seen);
}

/* The head is whole, the pages behind it are gone. */
static void t92_a_cut_file_is_made_anew(void **state)
{
	struct fixture *f = *state;
	struct pa_seen *seen = opened(f, PA_SEEN_MADE);
	struct pa_seen_record record;
	char path[512];

	for (uint64_t i = 0; i < 400; i++)
		note(seen, 0, PA_SEEN_ALLOWED, MAC + i, 1000);
	pa_seen_close(seen);
	fixture_path(f, "seen.mdb", path);
	assert_int_equal(truncate(path, 2L * 4096), 0);
	seen = opened(f, PA_SEEN_ANEW);
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 2000);
	assert_int_equal(find(seen, PA_SEEN_DEVICES, MAC, &record), 0);
	assert_int_equal(record.first_s, 2000);
	pa_seen_close(seen);
}

/* What is not ours alone is neither used nor taken away; memory goes on once it is gone. */
static void a_foreign_file_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct pa_seen_view *view;
	struct pa_seen *seen;
	char path[512], other[512];

	fixture_path(f, "seen.mdb", path);
	fixture_path(f, "other", other);
	a_file(f, "other", 0, "x", 1);
	assert_int_equal(symlink(other, path), 0);
	seen = opened(f, PA_SEEN_CLOSED);
	assert_non_null(strstr(f->diag.text, "symbolic link"));
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	pa_seen_flush(seen);
	assert_int_equal(stat_of(seen).dropped, 1);
	assert_int_equal(pa_seen_view_open(seen, &view), PA_E_CLOSED);
	assert_int_equal(unlink(path), 0);
	note(seen, 0, PA_SEEN_ALLOWED, MAC, 1000);
	pa_seen_flush(seen);
	assert_int_equal(stat_of(seen).devices, 1);
	pa_seen_close(seen);
}

static void tell_of_round(void *arg)
{
	assert_int_equal(write(*(int *)arg, "x", 1), 1);
}

/* Also where nothing is written, and once more when it closes. */
static void the_thread_tells_of_its_rounds(void **state)
{
	struct pa_seen_options options = { .round = tell_of_round };
	struct pa_seen *seen;
	int tube[2], before, len;
	char byte;

	assert_int_equal(pipe(tube), 0);
	options.round_arg = &tube[1];
	assert_int_equal(open_seen(*state, options, &seen), PA_SEEN_MADE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(read(tube[0], &byte, 1), 1);
	assert_int_equal(ioctl(tube[0], FIONREAD, &before), 0);
	pa_seen_close(seen);
	assert_int_equal(ioctl(tube[0], FIONREAD, &len), 0);
	assert_true(len > before);
	(void)close(tube[0]);
	(void)close(tube[1]);
}

/* A kill at any moment: the store opens, with what was committed. */
static void t92_a_kill_harms_nothing(void **state)
{
	struct fixture *f = *state;
	struct pa_seen *seen;
	int status, tube[2];
	char byte;
	pid_t pid;

	for (int round = 0; round < 5; round++) {
		assert_int_equal(pipe(tube), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			if (open_seen(f, (struct pa_seen_options){ 0 }, &seen) < 0)
				_exit(1);
			for (uint64_t i = 0;; i++) {
				note(seen, 0, PA_SEEN_ALLOWED, MAC + i % 3000, 1000);
				if (i % 300 == 299)
					pa_seen_flush(seen);
				if (i == 3000 && write(tube[1], "x", 1) != 1)
					_exit(1);
			}
		}
		assert_int_equal(read(tube[0], &byte, 1), 1);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		(void)close(tube[0]);
		(void)close(tube[1]);
		seen = opened(f, 0);
		assert_int_equal(stat_of(seen).devices, 3000);
		pa_seen_close(seen);
	}
}

static void options_and_nothing(void **state)
{
	struct fixture *f = *state;
	struct pa_seen_stat stat;
	struct pa_seen *seen;

	assert_int_equal(
		open_seen(f, (struct pa_seen_options){ .workers = 100000 }, &seen), -EINVAL);
	assert_null(seen);
	pa_seen_close(NULL);
	pa_seen_flush(NULL);
	pa_seen_note(NULL, 0, NULL);
	pa_seen_view_close(NULL);
	pa_seen_stat(NULL, &stat);
	assert_int_equal(stat.devices, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_dir_test(sightings_of_a_device_are_merged),
		fixture_dir_test(what_was_noted_survives_the_end),
		fixture_dir_test(it_is_written_by_itself),
		fixture_dir_test(what_does_not_fit_is_dropped_and_counted),
		fixture_dir_test(workers_and_readers_at_once),
		fixture_dir_test(t96_claims_do_not_fill_the_store),
		fixture_dir_test(t96_refusals_leave_room_for_visits),
		fixture_dir_test(t96_pending_devices_are_bounded),
		fixture_dir_test(a_full_map_drops_new_devices_only),
		fixture_dir_test(t92_garbage_is_made_anew),
		fixture_dir_test(t92_a_cut_file_is_made_anew),
		fixture_dir_test(a_foreign_file_is_left_alone),
		fixture_dir_test(the_thread_tells_of_its_rounds),
		fixture_dir_test(t92_a_kill_harms_nothing),
		fixture_dir_test(options_and_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
