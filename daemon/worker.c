#include "daemon/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conn.h"
#include "daemon/noted.h"
#include "daemon/pki/hmac.h"
#include "daemon/run.h"
#include "daemon/write.h"
#include "db/db.h"

/* Slow jobs of one class and loop that run at a time; the pool has more threads than all together.
 */
#define JOBS_RUNNING 1u

#define DEADLINE_TICK_MS 20u

static void tick(uv_timer_t *timer)
{
	pa_run_expire(timer->data);
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static int init_timer(struct pa_worker *worker)
{
	worker->deadlines = malloc(sizeof(*worker->deadlines));
	if (!worker->deadlines)
		return -ENOMEM;
	worker->deadlines->data = worker;
	return uv_timer_init(worker->loop, worker->deadlines);
}

/* While somebody waits for it, the deadlines keep the loop going. */
static int init_wake(struct pa_worker *worker)
{
	uv_async_t *wake = malloc(sizeof(*wake));
	int r;

	if (!wake)
		return -ENOMEM;
	r = uv_async_init(worker->loop, wake, pa_write_wake);
	if (r) {
		free(wake);
		return r;
	}
	wake->data = worker;
	uv_unref((uv_handle_t *)wake);
	worker->wake = wake;
	return 0;
}

/* What was read ends by itself: it keeps no loop going. */
static int init_turn(struct pa_worker *worker)
{
	struct pa_turn *turn = &worker->turn;

	turn->buffer = malloc(PA_TURN_BUFFER);
	turn->end = malloc(sizeof(*turn->end));
	if (!turn->buffer || !turn->end || uv_check_init(worker->loop, turn->end) != 0) {
		free(turn->buffer);
		free(turn->end);
		*turn = (struct pa_turn){ .len = 0 };
		return -ENOMEM;
	}
	turn->end->data = worker;
	uv_unref((uv_handle_t *)turn->end);
	return uv_check_start(turn->end, pa_conn_turn_ends);
}

void pa_worker_tick(struct pa_worker *worker, bool on)
{
	if (on && !uv_is_active((uv_handle_t *)worker->deadlines))
		(void)uv_timer_start(worker->deadlines, tick, DEADLINE_TICK_MS, DEADLINE_TICK_MS);
	else if (!on)
		(void)uv_timer_stop(worker->deadlines);
}

void pa_worker_follow_config(struct pa_worker *worker)
{
	const struct pa_config *was = worker->config;

	pa_shared_hold_config(worker->shared, &worker->config);
	if (worker->config != was)
		pa_chain_cache_clear(worker->chains, worker->config->chain_cache);
}

void pa_worker_follow_trust(struct pa_worker *worker)
{
	const struct pa_trust *was = worker->trust;

	pa_shared_hold_trust(worker->shared, &worker->trust);
	if (worker->trust != was)
		pa_chain_cache_follow(worker->chains, worker->trust);
}

void pa_worker_log(struct pa_worker *worker, struct pa_line *line)
{
	pa_lines_add(&worker->lines, line);
	if (!worker->holds_lines)
		pa_lines_write(&worker->lines);
}

void pa_worker_hold(struct pa_worker *worker)
{
	worker->holds_lines = true;
	pa_db_read_hold(worker->reader);
}

void pa_worker_release(struct pa_worker *worker)
{
	pa_db_read_release(worker->reader);
	worker->holds_lines = false;
	pa_lines_write(&worker->lines);
}

static int init_chains(struct pa_worker *worker)
{
	int r = pa_chain_cache_new(worker->config->chain_cache, &worker->chains);

	if (r == 0)
		pa_chain_cache_follow(worker->chains, worker->trust);
	return r;
}

int pa_worker_init(struct pa_worker *worker, struct pa_shared *shared, uv_loop_t *loop,
	unsigned number, int64_t started_s)
{
	int r;

	*worker = (struct pa_worker){ .shared = shared, .loop = loop, .number = number };
	pthread_mutex_init(&worker->lock, NULL);
	pa_shared_hold_config(shared, &worker->config);
	pa_shared_hold_trust(shared, &worker->trust);
	pa_work_init(&worker->work[PA_WORK_HASH], loop, JOBS_RUNNING, worker->config->hash_queue);
	pa_work_init(
		&worker->work[PA_WORK_VERIFY], loop, JOBS_RUNNING, worker->config->verify_queue);
	pa_work_init(&worker->work[PA_WORK_BULK], loop, JOBS_RUNNING, worker->config->hash_queue);
	worker->noted = pa_noted_new();
	r = worker->noted ? init_chains(worker) : -ENOMEM;
	if (r == 0)
		r = pa_hmac_new(&shared->secret, &worker->hmac);
	if (r == 0)
		r = init_timer(worker);
	if (r == 0)
		r = init_wake(worker);
	if (r == 0)
		r = init_turn(worker);
	if (r == 0)
		r = pa_decisions_init(&worker->decisions, number, started_s);
	if (r == 0)
		r = pa_shadows_init(&worker->shadows);
	if (r == 0)
		r = pa_db_reader_open(shared->db, &worker->reader);
	if (r)
		pa_worker_finish(worker);
	return r;
}

void pa_worker_finish(struct pa_worker *worker)
{
	if (!worker)
		return;
	pa_run_free_all(worker);
	if (worker->deadlines)
		uv_close((uv_handle_t *)worker->deadlines, free_handle);
	if (worker->wake)
		uv_close((uv_handle_t *)worker->wake, free_handle);
	if (worker->turn.end)
		uv_close((uv_handle_t *)worker->turn.end, free_handle);
	pa_db_reader_close(worker->reader);
	pa_decisions_finish(&worker->decisions);
	pa_shadows_finish(&worker->shadows);
	pa_chain_cache_free(worker->chains);
	pa_hmac_free(worker->hmac);
	pa_config_unref(worker->config);
	pa_trust_unref(worker->trust);
	free(worker->noted);
	if (worker->turn.buffer)
		explicit_bzero(worker->turn.buffer, PA_TURN_BUFFER);
	free(worker->turn.buffer);
	pthread_mutex_destroy(&worker->lock);
	*worker = (struct pa_worker){ 0 };
}
