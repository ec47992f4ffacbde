#include "db/seen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "db/seen_env.h"

#define RING   512u       /* a power of 2 */
#define ENOUGH (RING / 2) /* not to wait for more */
/* For refusals, of which one device can have any number: visits of the others find room still. */
#define REFUSALS_MAX (RING / 2)
/* How often what waits is written; no more often, however much that is: requests come first. */
#define PERIOD_MS   1000
#define PAUSE_MS    200
#define WORKERS_MAX 4096u

/* One writes at head, one at a time reads at tail; both only grow. */
struct ring {
	_Atomic uint64_t head;
	_Atomic uint64_t dropped; /* written by the worker */
	_Atomic uint64_t tail __attribute__((aligned(64)));
	struct pa_sighting slots[RING];
};

struct pa_seen {
	struct pa_seen_env env;
	struct ring *rings;
	unsigned rings_len;
	pthread_mutex_t writing; /* of who takes from the rings and writes */
	const struct pa_sighting *order[RING];
	_Atomic uint64_t refused, anew;
	/* the thread */
	void (*round)(void *arg);
	void *round_arg;
	pthread_mutex_t mutex; /* of `closing` */
	pthread_cond_t wake;
	bool closing;
	pthread_t thread;
};

/* --- the workers' side --- */

/* Of the worker's ring, the slots that wait to be read. */
static uint64_t used_of(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed) -
	       atomic_load_explicit(&ring->tail, memory_order_acquire);
}

static bool has_room(struct pa_seen *seen, unsigned worker, uint64_t slots)
{
	struct ring *ring;

	if (!seen || worker >= seen->rings_len)
		return false;
	ring = &seen->rings[worker];
	if (used_of(ring) < slots)
		return true;
	atomic_store_explicit(&ring->dropped,
		atomic_load_explicit(&ring->dropped, memory_order_relaxed) + 1,
		memory_order_relaxed);
	return false;
}

bool pa_seen_has_room(struct pa_seen *seen, unsigned worker)
{
	return has_room(seen, worker, RING);
}

static uint64_t room_for(enum pa_seen_what what)
{
	return what == PA_SEEN_DENIED || what == PA_SEEN_CLAIMED ? REFUSALS_MAX : RING;
}

void pa_seen_note(struct pa_seen *seen, unsigned worker, const struct pa_sighting *sighting)
{
	struct ring *ring;
	uint64_t head;

	if (!seen || !has_room(seen, worker, room_for(sighting->what)))
		return;
	ring = &seen->rings[worker];
	head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	ring->slots[head % RING] = *sighting;
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	/* once on the way up; where the thread is busy, it looks before it sleeps */
	if (used_of(ring) == ENOUGH)
		pthread_cond_signal(&seen->wake);
}

/* --- the thread's side --- */

/* By table, by device, by time. */
static int compare(const void *a, const void *b)
{
	const struct pa_sighting *x = *(const struct pa_sighting *const *)a;
	const struct pa_sighting *y = *(const struct pa_sighting *const *)b;
	const bool x_pends = x->what == PA_SEEN_UNKNOWN, y_pends = y->what == PA_SEEN_UNKNOWN;

	if (x_pends != y_pends)
		return x_pends ? 1 : -1;
	if (x->mac.value != y->mac.value)
		return x->mac.value > y->mac.value ? 1 : -1;
	return (x->time_s > y->time_s) - (x->time_s < y->time_s);
}

static bool is_same(const struct pa_sighting *a, const struct pa_sighting *b)
{
	return pa_mac_eq(a->mac, b->mac) &&
	       (a->what == PA_SEEN_UNKNOWN) == (b->what == PA_SEEN_UNKNOWN);
}

/* Everything of a ring into the batch. Returns how many there were. */
static size_t take(struct pa_seen *seen, struct ring *ring, struct pa_seen_batch *batch)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	size_t len = (size_t)(head - tail), n;

	for (size_t i = 0; i < len; i++)
		seen->order[i] = &ring->slots[(tail + i) % RING];
	qsort(seen->order, len, sizeof(*seen->order), compare);
	for (size_t i = 0; i < len && batch; i += n) {
		for (n = 1; i + n < len && is_same(seen->order[i], seen->order[i + n]);)
			n++;
		pa_seen_batch_add(batch, seen->order + i, n);
	}
	atomic_store_explicit(&ring->tail, head, memory_order_release);
	return len;
}

/* Whether so many wait in the ring of one worker. */
static bool do_wait(const struct pa_seen *seen, uint64_t many)
{
	for (unsigned i = 0; i < seen->rings_len; i++) {
		if (atomic_load_explicit(&seen->rings[i].head, memory_order_acquire) -
				atomic_load_explicit(&seen->rings[i].tail, memory_order_relaxed) >=
			many)
			return true;
	}
	return false;
}

/* With the lock of `writing`: what is not open, or is damaged, is opened again. 0 or negative. */
static int reopen(struct pa_seen *seen)
{
	struct pa_diag diag;
	int r;

	pthread_rwlock_wrlock(&seen->env.lock);
	pa_seen_env_close(&seen->env);
	r = pa_seen_env_open(&seen->env, &diag);
	pthread_rwlock_unlock(&seen->env.lock);
	if (r == PA_SEEN_ANEW)
		atomic_fetch_add(&seen->anew, 1);
	return r < 0 ? r : 0;
}

static void write_batch(struct pa_seen *seen)
{
	struct pa_seen_batch batch;
	size_t len = 0;
	int r = 0;

	if (atomic_load(&seen->env.damaged) || !seen->env.env.mdb)
		r = reopen(seen);
	if (r == 0)
		r = pa_seen_batch_begin(&batch, &seen->env);
	for (unsigned i = 0; i < seen->rings_len; i++)
		len += take(seen, &seen->rings[i], r == 0 ? &batch : NULL);
	if (r == 0) {
		atomic_fetch_add(&seen->refused, batch.refused);
		len -= batch.refused;
		r = pa_seen_batch_end(&batch);
	}
	if (r)
		atomic_fetch_add(&seen->refused, len);
	if (r == PA_E_STORE)
		atomic_store(&seen->env.damaged, true);
}

void pa_seen_flush(struct pa_seen *seen)
{
	if (!seen)
		return;
	pthread_mutex_lock(&seen->writing);
	if (do_wait(seen, 1))
		write_batch(seen);
	pthread_mutex_unlock(&seen->writing);
}

/* For so long, or until so many wait in a ring. Returns whether it closes. */
static bool doze(struct pa_seen *seen, int64_t ms, uint64_t many)
{
	struct timespec until;
	bool closing;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&seen->mutex);
	while (!seen->closing && !do_wait(seen, many) && r == 0)
		r = pthread_cond_clockwait(&seen->wake, &seen->mutex, CLOCK_MONOTONIC, &until);
	closing = seen->closing;
	pthread_mutex_unlock(&seen->mutex);
	return closing;
}

static void *run(void *arg)
{
	struct pa_seen *seen = arg;
	bool closing;

	do {
		closing = doze(seen, PAUSE_MS, UINT64_MAX) ||
			  doze(seen, PERIOD_MS - PAUSE_MS, ENOUGH);
		pa_seen_flush(seen);
		if (seen->round)
			seen->round(seen->round_arg);
	} while (!closing);
	return NULL;
}

/* --- open and close --- */

static int start(struct pa_seen *seen)
{
	sigset_t all, old;
	int r;

	sigfillset(&all); /* signals are for the threads of our user */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&seen->thread, NULL, run, seen);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r == 0)
		(void)pthread_setname_np(seen->thread, "pa-seen");
	return r;
}

static void release(struct pa_seen *seen)
{
	pa_seen_env_close(&seen->env);
	pthread_rwlock_destroy(&seen->env.lock);
	pthread_mutex_destroy(&seen->writing);
	pthread_mutex_destroy(&seen->mutex);
	pthread_cond_destroy(&seen->wake);
	free(seen->rings);
	free(seen);
}

int pa_seen_open(const struct pa_seen_options *options, struct pa_seen **ret, struct pa_diag *diag)
{
	struct pa_seen *seen;
	int r, started;

	*ret = NULL;
	if (options->workers == 0 || options->workers > WORKERS_MAX || options->map_size == 0 ||
		options->map_size > SIZE_MAX / 4)
		return -EINVAL;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	seen->rings_len = options->workers;
	seen->rings = aligned_alloc(64, seen->rings_len * sizeof(*seen->rings));
	if (!seen->rings) {
		free(seen);
		return -ENOMEM;
	}
	memset(seen->rings, 0, seen->rings_len * sizeof(*seen->rings));
	snprintf(seen->env.path, sizeof(seen->env.path), "%s/seen.mdb", options->dir);
	seen->round = options->round;
	seen->round_arg = options->round_arg;
	seen->env.map_size = options->map_size;
	seen->env.pending_max = options->pending_max ? options->pending_max : PA_SEEN_PENDING_MAX;
	pthread_rwlock_init(&seen->env.lock, NULL);
	pthread_mutex_init(&seen->writing, NULL);
	pthread_mutex_init(&seen->mutex, NULL);
	pthread_cond_init(&seen->wake, NULL);
	r = pa_seen_env_open(&seen->env, diag);
	started = start(seen);
	if (started != 0) {
		release(seen);
		return started;
	}
	*ret = seen;
	return r < 0 ? PA_SEEN_CLOSED : r;
}

void pa_seen_close(struct pa_seen *seen)
{
	if (!seen)
		return;
	pthread_mutex_lock(&seen->mutex);
	seen->closing = true;
	pthread_cond_signal(&seen->wake);
	pthread_mutex_unlock(&seen->mutex);
	pthread_join(seen->thread, NULL);
	if (seen->env.env.mdb)
		(void)mdb_env_sync(seen->env.env.mdb, 1);
	release(seen);
}

int pa_seen_view_open(struct pa_seen *seen, struct pa_seen_view **ret)
{
	*ret = NULL;
	return seen ? pa_seen_env_view(&seen->env, ret) : PA_E_CLOSED;
}

int pa_seen_forget(struct pa_seen *seen, enum pa_seen_table table, struct pa_mac mac)
{
	struct pa_seen_batch batch;
	int r, end;

	if (!seen)
		return PA_E_CLOSED;
	pthread_mutex_lock(&seen->writing);
	if (do_wait(seen, 1))
		write_batch(seen);
	r = pa_seen_batch_begin(&batch, &seen->env);
	if (r == 0) {
		r = pa_seen_batch_forget(&batch, table, mac);
		end = pa_seen_batch_end(&batch);
		r = end ? end : r;
	}
	pthread_mutex_unlock(&seen->writing);
	return r;
}

void pa_seen_stat(struct pa_seen *seen, struct pa_seen_stat *ret)
{
	*ret = (struct pa_seen_stat){ 0 };
	if (!seen)
		return;
	ret->devices = atomic_load(&seen->env.devices);
	ret->pending = atomic_load(&seen->env.pending);
	ret->dropped = atomic_load(&seen->refused);
	for (unsigned i = 0; i < seen->rings_len; i++)
		ret->dropped += atomic_load_explicit(&seen->rings[i].dropped, memory_order_relaxed);
	ret->anew = atomic_load(&seen->anew);
}
