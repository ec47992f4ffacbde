#include "daemon/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/query.h"

#define UIDS 65536u /* see pa_pool_held() */

struct handed {
	struct handed *next;
	int fd;
	_Atomic uint32_t *held; /* of its uid: it is counted from here on */
	struct pa_peer peer;
};

struct thread {
	pthread_t id;
	uv_loop_t loop;
	uv_async_t wake;
	uv_prepare_t idle; /* looks whether a draining worker is through */
	uv_timer_t cut;
	struct pa_worker worker;
	pthread_mutex_t lock; /* guards what follows */
	struct handed *mail;
	bool drain;
	int64_t drain_s;
};

struct pa_pool {
	unsigned len, next;
	struct thread *threads;
	_Atomic uint32_t
		*held; /* UIDS: connections; counted up by the main loop, down by workers */
};

static void cut_all(struct thread *t)
{
	while (t->worker.conns)
		pa_conn_close(t->worker.conns);
}

static void on_cut(uv_timer_t *timer)
{
	cut_all(timer->data);
}

static void close_if_through(uv_prepare_t *idle)
{
	struct thread *t = idle->data;

	if (t->worker.conns || t->worker.runs)
		return;
	uv_close((uv_handle_t *)&t->wake, NULL);
	uv_close((uv_handle_t *)&t->idle, NULL);
	uv_close((uv_handle_t *)&t->cut, NULL);
	pa_worker_finish(&t->worker);
}

static void begin_drain(struct thread *t, int64_t drain_s)
{
	struct pa_conn *next;

	for (struct pa_conn *conn = t->worker.conns; conn; conn = next) {
		next = conn->next;
		pa_conn_drain(conn);
	}
	(void)uv_timer_start(&t->cut, on_cut, (uint64_t)drain_s * 1000, 0);
	(void)uv_prepare_start(&t->idle, close_if_through);
}

static void open_handed(struct thread *t, const struct handed *h)
{
	if (pa_conn_open(&t->worker, h->fd, &h->peer, &pa_query_class, h->held) == 0)
		return;
	atomic_fetch_sub(h->held, 1);
	pa_log(PA_LOG_ERROR, "connection uid=%u dropped: out of memory", (unsigned)h->peer.uid);
}

static void on_wake(uv_async_t *async)
{
	struct thread *t = async->data;
	struct handed *mail;
	int64_t drain_s;
	bool drain;

	pthread_mutex_lock(&t->lock);
	mail = t->mail;
	t->mail = NULL;
	drain = t->drain;
	drain_s = t->drain_s;
	pthread_mutex_unlock(&t->lock);
	while (mail) {
		struct handed *h = mail;

		mail = h->next;
		if (drain)
			close(h->fd);
		else
			open_handed(t, h);
		free(h);
	}
	if (drain && !uv_is_active((uv_handle_t *)&t->idle))
		begin_drain(t, drain_s);
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	return NULL;
}

static int thread_init(
	struct thread *t, struct pa_shared *shared, unsigned number, int64_t started_s)
{
	int r = uv_loop_init(&t->loop);

	if (r)
		return r;
	t->wake.data = t->idle.data = t->cut.data = t;
	pthread_mutex_init(&t->lock, NULL);
	r = uv_async_init(&t->loop, &t->wake, on_wake);
	if (r) {
		(void)uv_loop_close(&t->loop);
		return r;
	}
	(void)uv_prepare_init(&t->loop, &t->idle);
	(void)uv_timer_init(&t->loop, &t->cut);
	r = pa_worker_init(&t->worker, shared, &t->loop, number, started_s);
	if (r == 0)
		r = -pthread_create(&t->id, NULL, thread_main, t);
	if (r == 0)
		return 0;
	uv_close((uv_handle_t *)&t->wake, NULL);
	uv_close((uv_handle_t *)&t->idle, NULL);
	uv_close((uv_handle_t *)&t->cut, NULL);
	pa_worker_finish(&t->worker);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&t->loop);
	pthread_mutex_destroy(&t->lock);
	return r;
}

int pa_pool_start(struct pa_shared *shared, unsigned n, int64_t started_s, struct pa_pool **ret)
{
	struct pa_pool *pool = calloc(1, sizeof(*pool));
	int r = 0;

	if (!pool)
		return -ENOMEM;
	pool->threads = calloc(n, sizeof(*pool->threads));
	/* pages that no uid touches take no memory */
	pool->held = calloc(UIDS, sizeof(*pool->held));
	if (!pool->threads || !pool->held)
		r = -ENOMEM;
	for (; r == 0 && pool->len < n; pool->len++) {
		/* number 0 is the main loop */
		r = thread_init(&pool->threads[pool->len], shared, pool->len + 1, started_s);
		if (r)
			break;
	}
	if (r) {
		pa_pool_drain(pool, 0);
		pa_pool_join(pool);
		return r;
	}
	*ret = pool;
	return 0;
}

void pa_pool_give(struct pa_pool *pool, int fd, const struct pa_peer *peer)
{
	struct thread *t = &pool->threads[pool->next++ % pool->len];
	struct handed *h = malloc(sizeof(*h));

	if (!h) {
		close(fd);
		return;
	}
	pthread_mutex_lock(&t->lock);
	*h = (struct handed){ t->mail, fd, &pool->held[peer->uid % UIDS], *peer };
	atomic_fetch_add(h->held, 1);
	t->mail = h;
	pthread_mutex_unlock(&t->lock);
	(void)uv_async_send(&t->wake);
}

uint32_t pa_pool_held(const struct pa_pool *pool, uid_t uid)
{
	return atomic_load(&pool->held[uid % UIDS]);
}

void pa_pool_drain(struct pa_pool *pool, int64_t drain_s)
{
	for (unsigned i = 0; i < pool->len; i++) {
		struct thread *t = &pool->threads[i];

		pthread_mutex_lock(&t->lock);
		t->drain = true;
		t->drain_s = drain_s;
		pthread_mutex_unlock(&t->lock);
		(void)uv_async_send(&t->wake);
	}
}

void pa_pool_join(struct pa_pool *pool)
{
	if (!pool)
		return;
	for (unsigned i = 0; i < pool->len; i++) {
		struct thread *t = &pool->threads[i];

		pthread_join(t->id, NULL);
		(void)uv_loop_close(&t->loop);
		pthread_mutex_destroy(&t->lock);
	}
	free(pool->threads);
	free(pool->held);
	free(pool);
}

struct pa_worker *pa_pool_worker(struct pa_pool *pool, unsigned i)
{
	return i < pool->len ? &pool->threads[i].worker : NULL;
}
