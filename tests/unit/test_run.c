/*
 * A run outlives who asked: it is answered for want of time while its chain is being verified, and
 * what it was asked with is gone before the verification begins.
 */
#include "tests/unit/run_world.h"

#include <time.h>

static void hold(uv_work_t *work)
{
	uv_sem_wait(work->data);
}

static void held(uv_work_t *work, int status)
{
	(void)work;
	assert_int_equal(status, 0);
}

static struct pa_bytes heap_copy(struct pa_bytes bytes)
{
	uint8_t *copy = malloc(bytes.len);

	assert_non_null(copy);
	memcpy(copy, bytes.data, bytes.len);
	return (struct pa_bytes){ copy, bytes.len };
}

/* The device's chain in memory of its own, 1 ms to decide; the pool is busy with something else. */
static void test_what_was_asked_may_go_before_the_work_begins(void **state)
{
	struct world *w = *state;
	struct pa_authorize_request req = { .id = 1,
		.realm = PA_BYTES_LIT("r"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.timeout_ms = 1,
		.chain_len = 2 };
	uv_work_t busy;
	uv_sem_t go;

	assert_int_equal(uv_sem_init(&go, 0), 0);
	busy.data = &go;
	assert_int_equal(uv_queue_work(&w->loop, &busy, hold, held), 0);
	req.chain[0] = heap_copy(w->device.der);
	req.chain[1] = heap_copy(w->issuing.der);
	assert_int_equal(pa_run_check(&w->worker, &req, PA_R_NONE, 0, take_answer, w), 0);
	while (!w->answers)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->verdict, PA_VERDICT_ERROR);
	assert_string_equal(w->reason, "timeout");
	/* whole as it is, so that the one who still reads it does, and a sanitizer sees it */
	free((void *)(uintptr_t)req.chain[0].data);
	free((void *)(uintptr_t)req.chain[1].data);
	uv_sem_post(&go);
	while (w->worker.runs)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->answers, 1);
	uv_sem_destroy(&go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_asked_may_go_before_the_work_begins),
	};

	/* one thread, so that what occupies it holds up everything else */
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
