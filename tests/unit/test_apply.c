#include "db/change.h"

#include "tests/unit/db_job.h"

enum { DEVICES = 400, ROUNDS = 60, GROUP = 20, CHANGES = 12 };

/* What the store must hold: added_s of each device, negative where it was removed, 0 where it never
 * was there. */
struct model {
	int64_t devices[DEVICES];
	uint64_t revision;
	uint64_t seed;
};

struct
try {
	struct job job;
	struct pa_change changes[CHANGES];
	int want;
	size_t failed_at;
};

static uint64_t next_random(struct model *model)
{
	model->seed ^= model->seed << 13;
	model->seed ^= model->seed >> 7;
	model->seed ^= model->seed << 17;
	return model->seed;
}

/* Make up a set, and carry it out in the model. */
static void make_up(struct try *try, struct model *model, int64_t round)
{
	struct model next = *model;
	size_t c;

	try->want = 0;
	for (c = 0; c < CHANGES && !try->want; c++) {
		uint64_t random = next_random(model);
		size_t n = (size_t)(random >> 40) % DEVICES;
		bool put = random >> 20 & 1;
		int64_t old = next.devices[n], value = put ? round : old > 0 ? -old : old;

		try->changes[c] = put ? device_put(4 * n + 4) : device_remove(4 * n + 4);
		if (put)
			try->changes[c].device.added_s = round;
		if ((random >> 24) % 8 == 0) {
			try->changes[c].when = PA_WHEN_THERE;
			if (old <= 0)
				try->want = old ? PA_DB_REMOVED : PA_DB_NOT_FOUND;
		}
		if (old != value)
			next.revision = model->revision + 1;
		next.devices[n] = value;
	}
	try->failed_at = try->want ? c - 1 : 0;
	if (try->want)
		return;
	memcpy(model->devices, next.devices, sizeof(model->devices));
	model->revision = next.revision;
}

static void compare(struct fixture *f, const struct model *model)
{
	uint64_t removed = 0, there = 0;
	struct pa_device device;
	struct pa_db_stat stat;

	assert_int_equal(pa_db_revision(f->db), model->revision);
	view(f);
	for (size_t n = 0; n < DEVICES; n++) {
		int r = pa_db_device_get(f->reader, (struct pa_mac){ 4 * n + 4 }, &device);

		assert_int_equal(r, model->devices[n] ? 0 : PA_DB_NOT_FOUND);
		assert_int_equal(device.added_s, llabs(model->devices[n]));
		assert_int_equal(device.state == PA_DEVICE_REMOVED, model->devices[n] < 0);
		removed += model->devices[n] < 0;
		there += model->devices[n] > 0;
	}
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.devices, there);
	assert_int_equal(stat.removed, removed);
	pa_db_read_end(f->reader);
}

/* Many random sets, good and refused, in groups: the store holds what a plain array holds. */
static void against_a_model(void **state)
{
	struct fixture *f = *state;
	struct try *tries = calloc(GROUP, sizeof(*tries));
	struct model model = { .seed = 88172645463325252u };
	struct job held;
	sem_t gate;

	assert_non_null(tries);
	for (int64_t round = 1; round <= ROUNDS; round++) {
		hold(&held, f, &gate);
		for (size_t g = 0; g < GROUP; g++) {
			struct job *job = &tries[g].job;

			make_up(&tries[g], &model, round);
			job_init(job, f, device_put(4));
			job->set.changes = tries[g].changes;
			job->set.changes_len = tries[g].want ? tries[g].failed_at + 1 : CHANGES;
			job_submit(job);
		}
		sem_post(&gate);
		for (size_t g = 0; g < GROUP; g++) {
			assert_int_equal(job_wait(&tries[g].job), tries[g].want);
			assert_int_equal(tries[g].job.set.failed_at, tries[g].failed_at);
		}
		if (round % 20 == 0)
			fixture_reopen(f);
		compare(f, &model);
		sem_destroy(&gate);
	}
	free(tries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		writer_test(against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
