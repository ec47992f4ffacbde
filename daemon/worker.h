/*
 * A worker: one loop, and everything that decisions on it need. Nothing of it
 * is shared with other workers. The main loop is one as well (for `check`).
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <uv.h>

#include "daemon/check.h"
#include "daemon/decision.h"
#include "daemon/log.h"
#include "daemon/pki/chain_cache.h"
#include "daemon/shadows.h"
#include "daemon/shared.h"
#include "daemon/stats.h"
#include "daemon/work.h"

struct pa_conn;
struct pa_noted;
struct pa_run;

#define PA_READ_BUFFER (64u * 1024)

/* What connections have sent in one turn of the loop, see conn.h: read, and not looked at yet. */
#ifndef PA_TURN_BUFFER /* PA_READ_BUFFER: each read is a turn, see PERFORMANCE.md */
#define PA_TURN_BUFFER (2 * PA_READ_BUFFER)
#endif
struct pa_turn {
	uint8_t *buffer; /* PA_TURN_BUFFER */
	size_t len;      /* bytes in it */
	struct pa_conn *first, *last;
	uv_check_t *end;
};

struct pa_worker {
	struct pa_shared *shared;
	uv_loop_t *loop;
	unsigned number;

	struct pa_db_reader *reader;
	struct pa_config *config;      /* held; moved on when a request begins */
	struct pa_trust *trust;        /* held; may be NULL */
	struct pa_chain_cache *chains; /* of this configuration and this trust */
	struct pa_hmac *hmac;          /* of the process's secret key */
	struct pa_work work[PA_WORK_CLASSES];
	struct pa_stats stats;
	struct pa_shadows shadows;
	struct pa_decisions decisions;
	struct pa_lines lines;  /* for the log */
	bool holds_lines;       /* more of them are to come before anything is answered */
	struct pa_noted *noted; /* what a sighting said of late */

	struct pa_run *free_runs;
	size_t runs; /* that are in use */
	struct pa_run *waiting;
	uv_timer_t *deadlines;                 /* ticks while runs wait */
	uv_async_t *wake;                      /* by the store's writer */
	pthread_mutex_t lock;                  /* of written */
	struct pa_run *written, *last_written; /* whose effects are through */
	struct pa_conn *conns;
	size_t conns_len;
	struct pa_turn turn;
	uint64_t clock_ns; /* uv_hrtime() when it was looked at, see below */
};

/* number tells workers apart in decision ids. 0 or negative; then nothing is left behind. */
int pa_worker_init(struct pa_worker *worker, struct pa_shared *shared, uv_loop_t *loop,
	unsigned number, int64_t started_s) PA_MUST_CHECK;

/*
 * No run may be in use, no connection open. Closes the timer, so the loop must be run once
 * more before it is closed. NULL-safe, also for a zeroed worker.
 */
void pa_worker_finish(struct pa_worker *worker);

/* Move on to the configuration, or the trust, that counts now. */
void pa_worker_follow_config(struct pa_worker *worker);
void pa_worker_follow_trust(struct pa_worker *worker);

/* A line of what was asked of this worker: it ends, and is written now or where they are held. */
void pa_worker_log(struct pa_worker *worker, struct pa_line *line);

/*
 * Around what is decided before anything is answered: the lines go out together, and the store's
 * tables stay where they are.
 */
void pa_worker_hold(struct pa_worker *worker);
void pa_worker_release(struct pa_worker *worker);

/* When bytes came, and after what takes long: what takes less is over at once. */
static inline void pa_worker_look_at_clock(struct pa_worker *worker)
{
	worker->clock_ns = uv_hrtime();
}

/* Whether the deadlines of waiting runs must be watched. */
void pa_worker_tick(struct pa_worker *worker, bool on);

#endif
