#include "db/change.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/db_job.h"

/* Fill the store to the brim; then it must still read, refuse, shrink and take in again. */
static void map_full(void **state)
{
	enum { BIG = 6000 };
	struct fixture *f = *state;
	struct pa_change *changes = calloc(BIG, sizeof(*changes)), change;
	struct job held, jobs[3];
	struct pa_changeset set;
	uint64_t n = 0, kept;
	int r;
	sem_t gate;

	assert_non_null(changes);
	fixture_close(f);
	f->options.map_size = 1u << 20;
	fixture_open(f);
	for (uint64_t i = 0; i < BIG; i++) {
		changes[i] = device_put((i + 1) * 4 + (UINT64_C(1) << 32));
		memset(changes[i].device.comment, 'c', PA_COMMENT_MAX);
	}
	/* one that is too big, between two that are not, in one group */
	hold(&held, f, &gate);
	job_submit(job_init(&jobs[0], f, device_put(4)));
	job_init(&jobs[1], f, device_put(8));
	jobs[1].set.changes = changes;
	jobs[1].set.changes_len = BIG;
	job_submit(&jobs[1]);
	job_submit(job_init(&jobs[2], f, device_put(12)));
	sem_post(&gate);
	assert_int_equal(job_wait(&jobs[0]), 0);
	assert_int_equal(job_wait(&jobs[1]), PA_E_FULL);
	assert_int_equal(jobs[1].set.revision, 1);
	assert_int_equal(job_wait(&jobs[2]), 0);
	assert_int_equal(jobs[2].set.revision, 2);
	assert_int_equal(count_devices(f), 2);

	while ((r = apply_set(f, &changes[n], 1, &set)) == 0 && n < BIG)
		n++;
	assert_int_equal(r, PA_E_FULL);
	assert_int_equal(set.revision, 2 + n);
	kept = count_devices(f);
	assert_int_equal(kept, 2 + n);
	assert_int_equal(pa_db_revision(f->db), 2 + n);
	assert_true(has_device(f, changes[n - 1].device.mac.value));
	assert_false(has_device(f, changes[n].device.mac.value));
	pa_db_read_end(f->reader);
	for (uint64_t i = 0; i < n / 2; i++) {
		change = device_remove(changes[i].device.mac.value);
		apply_changes(f, &change);
		change.kind = PA_CHANGE_DEVICE_FORGET; /* what is left of it takes room, too */
		apply_changes(f, &change);
	}
	assert_int_equal(apply_set(f, &changes[n], 1, &set), 0);
	fixture_reopen(f);
	assert_int_equal(count_devices(f), kept - n / 2 + 1);
	sem_destroy(&gate);
	free(changes);
}

/* A set so large that LMDB itself runs out of map, its reserve included. */
static void map_overrun(void **state)
{
	enum { BIG = 1300 }; /* of 64 KiB: above 1 + 64 MiB */
	struct fixture *f = *state;
	struct pa_change *changes = calloc(BIG, sizeof(*changes));
	uint8_t *der = calloc(1, PA_CHAIN_MAX);
	struct pa_changeset set;
	struct pa_change change = device_put(4);
	struct pa_db_stat stat;

	assert_true(changes && der);
	fixture_close(f);
	f->options.map_size = 1u << 20;
	fixture_open(f);
	apply_changes(f, &change);
	for (size_t i = 0; i < BIG; i++) {
		changes[i].kind = PA_CHANGE_CA_PUT;
		changes[i].ca = (struct pa_ca){ .sha256 = { (uint8_t)(i >> 8), (uint8_t)i },
			.kind = PA_CA_ANCHOR,
			.der = { der, PA_CHAIN_MAX } };
	}
	assert_int_equal(apply_set(f, changes, BIG, &set), PA_E_FULL);
	assert_true(set.failed_at > 900 && set.failed_at < BIG);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.cas, 0);
	assert_int_equal(stat.revision, 1);
	assert_int_equal(apply_set(f, changes, 10, &set), 0);
	change = device_put(8);
	apply_changes(f, &change);
	fixture_reopen(f);
	assert_int_equal(count_devices(f), 2);
	free(changes);
	free(der);
}

/* A disk that is full, played by a limit on the size of files. */
static void disk_full(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small;
	struct pa_changeset set;
	struct pa_change change;
	struct pa_db_stat stat;
	uint64_t n = 0;
	int r = 0;

	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 256 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	while (r == 0 && n < 5000) {
		change = device_put(4 * ++n);
		memset(change.device.comment, 'c', PA_COMMENT_MAX);
		r = apply_set(f, &change, 1, &set);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, PA_E_DISK);
	assert_int_equal(pa_db_revision(f->db), n - 1);
	assert_int_equal(count_devices(f), n - 1);
	pa_db_read_end(f->reader);
	apply_changes(f, &change); /* space was made: it goes on */
	fixture_reopen(f);
	assert_int_equal(count_devices(f), n);
	assert_true(has_device(f, 4 * n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		writer_test(map_full),
		writer_test(map_overrun),
		writer_test(disk_full),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
