/* Slow work: so much at a time, so much in wait, the rest refused; on a real loop. (T76, T96) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/work.h"

#define POOL      "3" /* threads */
#define TASKS_MAX 64u

/* A job, what it is to do and what became of it. */
struct task {
	struct pa_job job;
	struct world *world;
	uv_sem_t *wait_for;       /* NULL: go on at once */
	uv_barrier_t *meet;       /* NULL: alone */
	struct task *submit_next; /* by done() */
	unsigned number, rounds;  /* rounds: done() submits it again so often */
	bool ran, done, free_itself;
	int status, nice;
	pthread_t ran_on;
};

struct world {
	uv_loop_t loop;
	struct pa_work work;
	struct task tasks[TASKS_MAX];
	pthread_t loop_thread;
	atomic_uint running, most_running;
	unsigned order[TASKS_MAX], done_len;
};

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w || uv_loop_init(&w->loop) != 0)
		return -1;
	w->loop_thread = pthread_self();
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		w->tasks[i].world = w;
		w->tasks[i].number = i;
	}
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;
	int r = uv_loop_close(&w->loop); /* fails if anything is left in it */

	free(w);
	return r;
}

static void run(void *state)
{
	struct task *task = state;
	struct world *w = task->world;
	unsigned now = atomic_fetch_add(&w->running, 1) + 1;
	unsigned most = atomic_load(&w->most_running);

	while (now > most && !atomic_compare_exchange_weak(&w->most_running, &most, now))
		continue;
	if (task->meet)
		(void)uv_barrier_wait(task->meet);
	if (task->wait_for)
		uv_sem_wait(task->wait_for);
	task->ran = true;
	task->ran_on = pthread_self();
	task->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	atomic_fetch_sub(&w->running, 1);
}

static int submit(struct task *task);

static void done(struct pa_job *job, int status)
{
	struct task *task = job->state;
	struct world *w = task->world;

	assert_true(pthread_equal(pthread_self(), w->loop_thread));
	assert_ptr_equal(job, &task->job);
	task->done = true;
	task->status = status;
	if (w->done_len < TASKS_MAX)
		w->order[w->done_len] = task->number;
	w->done_len++;
	if (task->rounds) {
		task->rounds--;
		assert_int_equal(submit(task), 0);
	}
	if (task->submit_next)
		assert_int_equal(submit(task->submit_next), 0);
	if (task->free_itself) {
		memset(task, 0xa5, sizeof(*task));
		free(task);
	}
}

static int submit(struct task *task)
{
	return pa_work_submit(&task->world->work, &task->job, run, task, done);
}

static void run_loop(struct world *w)
{
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(w->work.running, 0);
	assert_int_equal(w->work.waiting, 0);
	assert_null(w->work.first);
	assert_null(w->work.last);
}

static void test_a_job_runs_on_the_pool_and_is_done_on_the_loop(void **state)
{
	struct world *w = *state;

	pa_work_init(&w->work, &w->loop, 2, 0);
	assert_int_equal(submit(&w->tasks[0]), 0);
	/* not from within the call */
	assert_false(w->tasks[0].done);
	run_loop(w);
	assert_true(w->tasks[0].ran);
	assert_true(w->tasks[0].done);
	assert_int_equal(w->tasks[0].status, 0);
	assert_false(pthread_equal(w->tasks[0].ran_on, w->loop_thread));
}

static void test_one_at_a_time_goes_in_order(void **state)
{
	struct world *w = *state;

	pa_work_init(&w->work, &w->loop, 1, TASKS_MAX);
	for (unsigned i = 0; i < TASKS_MAX; i++)
		assert_int_equal(submit(&w->tasks[i]), 0);
	assert_int_equal(w->work.running, 1);
	assert_int_equal(w->work.waiting, TASKS_MAX - 1);
	run_loop(w);
	assert_int_equal(w->most_running, 1);
	assert_int_equal(w->done_len, TASKS_MAX);
	for (unsigned i = 0; i < TASKS_MAX; i++)
		assert_int_equal(w->order[i], i);
}

/* Two of three threads, though there is work for all: the pool is never held whole. */
static void test_so_many_at_a_time_and_no_more(void **state)
{
	struct world *w = *state;
	uv_barrier_t both;

	pa_work_init(&w->work, &w->loop, 2, TASKS_MAX);
	assert_int_equal(uv_barrier_init(&both, 2), 0);
	/* each waits until another one runs, too */
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		w->tasks[i].meet = &both;
		assert_int_equal(submit(&w->tasks[i]), 0);
	}
	run_loop(w);
	uv_barrier_destroy(&both);
	assert_int_equal(w->most_running, 2);
	assert_int_equal(w->done_len, TASKS_MAX);
}

static void test_a_full_queue_refuses_at_once(void **state)
{
	struct world *w = *state;
	uv_sem_t go;

	pa_work_init(&w->work, &w->loop, 1, 2);
	assert_int_equal(uv_sem_init(&go, 0), 0);
	w->tasks[0].wait_for = &go;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit(&w->tasks[i]), 0);
	assert_int_equal(submit(&w->tasks[3]), PA_E_BUSY);
	assert_int_equal(submit(&w->tasks[4]), PA_E_BUSY);
	assert_int_equal(w->work.running, 1);
	assert_int_equal(w->work.waiting, 2);
	uv_sem_post(&go);
	run_loop(w);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(w->tasks[i].ran, i < 3);
		assert_int_equal(w->tasks[i].done, i < 3);
	}
	/* what was refused may be tried again */
	assert_int_equal(submit(&w->tasks[3]), 0);
	run_loop(w);
	assert_true(w->tasks[3].done);
	assert_int_equal(w->done_len, 4);
	uv_sem_destroy(&go);
}

static void test_a_queue_without_room_for_those_who_wait(void **state)
{
	struct world *w = *state;
	uv_sem_t go;

	pa_work_init(&w->work, &w->loop, 2, 0);
	assert_int_equal(uv_sem_init(&go, 0), 0);
	w->tasks[0].wait_for = w->tasks[1].wait_for = &go;
	assert_int_equal(submit(&w->tasks[0]), 0);
	assert_int_equal(submit(&w->tasks[1]), 0);
	assert_int_equal(submit(&w->tasks[2]), PA_E_BUSY);
	uv_sem_post(&go);
	uv_sem_post(&go);
	run_loop(w);
	assert_false(w->tasks[2].done);
	uv_sem_destroy(&go);
}

static void test_done_may_submit_again(void **state)
{
	struct world *w = *state;

	pa_work_init(&w->work, &w->loop, 1, 1);
	w->tasks[0].rounds = 100;
	w->tasks[0].submit_next = NULL;
	w->tasks[1].submit_next = &w->tasks[2];
	assert_int_equal(submit(&w->tasks[0]), 0);
	run_loop(w);
	assert_int_equal(w->done_len, 101);
	assert_int_equal(submit(&w->tasks[1]), 0);
	run_loop(w);
	assert_true(w->tasks[2].done);
	assert_int_equal(w->most_running, 1);
}

/* Who waits longest is next, before what done() submits. */
static void test_who_waits_goes_before_who_comes_back(void **state)
{
	static const unsigned expected[] = { 0, 1, 2, 0 };
	struct world *w = *state;

	pa_work_init(&w->work, &w->loop, 1, 3);
	w->tasks[0].rounds = 1;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit(&w->tasks[i]), 0);
	run_loop(w);
	assert_int_equal(w->done_len, 4);
	assert_memory_equal(w->order, expected, sizeof(expected));
}

static void test_done_may_free_its_job(void **state)
{
	struct world *w = *state;

	pa_work_init(&w->work, &w->loop, 1, TASKS_MAX);
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		struct task *task = malloc(sizeof(*task));

		assert_non_null(task);
		*task = (struct task){ .world = w, .number = i, .free_itself = true };
		assert_int_equal(submit(task), 0);
	}
	run_loop(w);
	assert_int_equal(w->done_len, TASKS_MAX);
}

static void test_each_loop_has_a_queue_of_its_own(void **state)
{
	struct world *w = *state;
	struct world *other;
	uv_sem_t go;

	assert_int_equal(open_world((void **)&other), 0);
	pa_work_init(&w->work, &w->loop, 1, 0);
	pa_work_init(&other->work, &other->loop, 1, 0);
	assert_int_equal(uv_sem_init(&go, 0), 0);
	w->tasks[0].wait_for = &go;
	assert_int_equal(submit(&w->tasks[0]), 0);
	assert_int_equal(submit(&w->tasks[1]), PA_E_BUSY);
	/* what one holds back does not keep the other */
	assert_int_equal(submit(&other->tasks[0]), 0);
	run_loop(other);
	assert_true(other->tasks[0].done);
	uv_sem_post(&go);
	run_loop(w);
	uv_sem_destroy(&go);
	assert_int_equal(close_world((void **)&other), 0);
}

/* Work that no thread has begun can be cancelled: done() is told, and the next one starts. */
static void test_cancelled_work(void **state)
{
	struct world *w = *state;
	uv_sem_t go;

	pa_work_init(&w->work, &w->loop, 4, 1);
	assert_int_equal(uv_sem_init(&go, 0), 0);
	/* all threads of the pool wait */
	for (unsigned i = 0; i < 3; i++) {
		w->tasks[i].wait_for = &go;
		assert_int_equal(submit(&w->tasks[i]), 0);
	}
	assert_int_equal(submit(&w->tasks[3]), 0);
	assert_int_equal(submit(&w->tasks[4]), 0);
	assert_int_equal(w->work.waiting, 1);
	assert_int_equal(uv_cancel((uv_req_t *)&w->tasks[3].job.uv), 0);
	for (unsigned i = 0; i < 3; i++)
		uv_sem_post(&go);
	run_loop(w);
	assert_int_equal(w->tasks[3].status, -ECANCELED);
	assert_false(w->tasks[3].ran);
	assert_true(w->tasks[4].ran);
	assert_int_equal(w->tasks[4].status, 0);
	assert_int_equal(w->done_len, 5);
	uv_sem_destroy(&go);
}

/* Decisions go before hashes; the loop's own thread stays as it is. */
static void test_work_is_nice(void **state)
{
	struct world *w = *state;
	int before = getpriority(PRIO_PROCESS, (id_t)gettid());

	pa_work_init(&w->work, &w->loop, 2, TASKS_MAX);
	for (unsigned i = 0; i < TASKS_MAX; i++)
		assert_int_equal(submit(&w->tasks[i]), 0);
	run_loop(w);
	for (unsigned i = 0; i < TASKS_MAX; i++)
		assert_in_range(w->tasks[i].nice, 10, 19);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)gettid()), before);
}

/* Five wait behind one that runs; the second, the last and the first are wanted no more. (T76) */
static void test_what_nobody_wants_any_more_is_not_done(void **state)
{
	static const unsigned kept[] = { 2, 5, 1, 0, 3, 4 };
	struct world *w = *state;
	uv_sem_t go;

	assert_int_equal(uv_sem_init(&go, 0), 0);
	pa_work_init(&w->work, &w->loop, 1, 5);
	w->tasks[0].wait_for = &go;
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(submit(&w->tasks[i]), 0);
	assert_int_equal(submit(&w->tasks[6]), PA_E_BUSY);
	pa_work_cancel(&w->work, &w->tasks[2].job);
	pa_work_cancel(&w->work, &w->tasks[5].job);
	pa_work_cancel(&w->work, &w->tasks[1].job);
	assert_int_equal(w->work.waiting, 2);
	/* one that runs, and one that nobody queued, go their way */
	pa_work_cancel(&w->work, &w->tasks[0].job);
	pa_work_cancel(&w->work, &w->tasks[7].job);
	uv_sem_post(&go);
	run_loop(w);
	uv_sem_destroy(&go);
	assert_int_equal(w->done_len, 6);
	for (unsigned i = 0; i < 6; i++) {
		bool is_kept = i == 0 || i == 3 || i == 4;

		assert_int_equal(w->order[i], kept[i]);
		assert_int_equal(w->tasks[i].ran, is_kept);
		assert_int_equal(w->tasks[i].status, is_kept ? 0 : -ECANCELED);
	}
	assert_false(w->tasks[7].done);
}

#define WORK_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORK_TEST(test_a_job_runs_on_the_pool_and_is_done_on_the_loop),
		WORK_TEST(test_one_at_a_time_goes_in_order),
		WORK_TEST(test_so_many_at_a_time_and_no_more),
		WORK_TEST(test_a_full_queue_refuses_at_once),
		WORK_TEST(test_a_queue_without_room_for_those_who_wait),
		WORK_TEST(test_done_may_submit_again),
		WORK_TEST(test_who_waits_goes_before_who_comes_back),
		WORK_TEST(test_done_may_free_its_job),
		WORK_TEST(test_each_loop_has_a_queue_of_its_own),
		WORK_TEST(test_cancelled_work),
		WORK_TEST(test_what_nobody_wants_any_more_is_not_done),
		WORK_TEST(test_work_is_nice),
	};

	/* before the pool starts */
	setenv("UV_THREADPOOL_SIZE", POOL, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
