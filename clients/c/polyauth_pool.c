/* A pool of connections. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "clients/c/polyauth_conn.h"
#include "clients/c/stream.h"

#define POOL_MAX 1024u

struct polyauth_pool {
	char *path;    /* NULL: the default */
	pid_t process; /* whose it is; negative: that is making it its own */
	unsigned max, open, idle_len;
	pthread_mutex_t lock;
	pthread_cond_t freed; /* a connection, or the right to open one */
	struct polyauth_conn *idle[POOL_MAX];
};

static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int r = pthread_condattr_init(&attributes);

	if (r)
		return -r;
	r = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (r == 0)
		r = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return -r;
}

/* With no connections. 0, negative. */
static int init(struct polyauth_pool *pool)
{
	int r = init_condition(&pool->freed);

	pool->open = pool->idle_len = 0;
	if (r)
		return r;
	r = -pthread_mutex_init(&pool->lock, NULL);
	if (r)
		pthread_cond_destroy(&pool->freed);
	return r;
}

int polyauth_pool_new(const char *path, unsigned max, struct polyauth_pool **ret)
{
	struct polyauth_pool *pool;
	int r = -ENOMEM;

	*ret = NULL;
	if (max < 1 || max > POOL_MAX)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return r;
	pool->process = getpid();
	pool->max = max;
	pool->path = path ? strdup(path) : NULL;
	if (pool->path || !path)
		r = init(pool);
	if (r) {
		free(pool->path);
		free(pool);
		return r;
	}
	*ret = pool;
	return 0;
}

/*
 * In a process that has it by fork(), the connections are those of the other one, and so are lock
 * and condition, which may have been held: it gets its own. 0, negative.
 */
static int adopt(struct polyauth_pool *pool)
{
	const pid_t own = getpid();
	pid_t seen = __atomic_load_n(&pool->process, __ATOMIC_ACQUIRE);
	int r;

	while (seen != own) {
		if (seen == -own) { /* by another thread */
			sched_yield();
			seen = __atomic_load_n(&pool->process, __ATOMIC_ACQUIRE);
			continue;
		}
		if (!__atomic_compare_exchange_n(
			    &pool->process, &seen, -own, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
			continue;
		for (unsigned i = 0; i < pool->idle_len; i++)
			polyauth_conn_close(pool->idle[i]);
		r = init(pool);
		__atomic_store_n(&pool->process, r ? seen : own, __ATOMIC_RELEASE);
		return r;
	}
	return 0;
}

void polyauth_pool_free(struct polyauth_pool *pool)
{
	if (!pool || adopt(pool) != 0)
		return;
	for (unsigned i = 0; i < pool->idle_len; i++)
		polyauth_conn_close(pool->idle[i]);
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
	free(pool->path);
	free(pool);
}

/*
 * The right to one connection: a kept one in *ret, or NULL to open one. Waits
 * while all are in use. 0 or -ETIMEDOUT.
 */
static int acquire(struct polyauth_pool *pool, int64_t deadline_ms, struct polyauth_conn **ret)
{
	struct timespec until = { (time_t)(deadline_ms / 1000),
		(long)(deadline_ms % 1000) * 1000000 };
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	while (!pool->idle_len && pool->open >= pool->max && r == 0)
		r = pthread_cond_timedwait(&pool->freed, &pool->lock, &until);
	*ret = NULL;
	if (pool->idle_len) {
		*ret = pool->idle[--pool->idle_len];
		/* a child that is forked just now closes what stands here */
		pool->idle[pool->idle_len] = NULL;
		r = 0;
	} else if (pool->open < pool->max) {
		pool->open++;
		r = 0;
	}
	pthread_mutex_unlock(&pool->lock);
	return r ? -ETIMEDOUT : 0;
}

/* Give the right back; conn NULL: with no connection to keep. */
static void release(struct polyauth_pool *pool, struct polyauth_conn *conn)
{
	pthread_mutex_lock(&pool->lock);
	if (conn)
		pool->idle[pool->idle_len++] = conn;
	else
		pool->open--;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}

int polyauth_pool_authorize(struct polyauth_pool *pool, const struct polyauth_request *request,
	uint32_t timeout_ms, struct polyauth_reply *reply)
{
	int64_t deadline_ms = pa_stream_now_ms() + timeout_ms;
	struct polyauth_conn *conn;
	bool kept;
	int r;

	memset(reply, 0, sizeof(*reply));
	r = adopt(pool);
	if (r == 0)
		r = acquire(pool, deadline_ms, &conn);
	if (r)
		return r;
	kept = conn != NULL;
	if (kept) {
		r = pa_polyauth_conn_ask(conn, request, deadline_ms, reply);
		if (r) {
			polyauth_conn_close(conn);
			conn = NULL;
		}
	}
	/* only a connection that was closed while it lay idle is worth a second try */
	if (!kept || r == PA_E_CLOSED) {
		r = pa_polyauth_conn_open(pool->path, deadline_ms, &conn);
		if (r == 0)
			r = pa_polyauth_conn_ask(conn, request, deadline_ms, reply);
		if (r) {
			polyauth_conn_close(conn);
			conn = NULL;
		}
	}
	/* the daemon closes a stream that it could not follow */
	if (r == 0 && reply->verdict == POLYAUTH_ERROR) {
		polyauth_conn_close(conn);
		conn = NULL;
	}
	release(pool, conn);
	return r;
}
