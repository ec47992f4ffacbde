/*
 * A run: one request from its bytes to its reply.
 *
 * A run belongs to its worker. Who started it is told of the reply once, by
 * done(), maybe before pa_run_start() returns; or lets go of it by
 * pa_run_detach() and is told nothing. A run whose deadline passes answers ERROR
 * at once; its memory stays until the job it waits for is through.
 */
#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

#include "daemon/worker.h"
#include "daemon/request.h"
#include "proto/arena.h"

/* The reply and the trace are valid until done() returns. */
typedef void pa_run_done_fn(struct pa_run *run, const struct pa_authorize_reply *reply);

struct pa_run {
	struct pa_worker *worker;
	struct pa_arena arena;

	/* zeroed for each request */
	struct pa_run *next; /* in the worker's free list, or its owner's list */
	struct pa_run *prev;
	void *owner;
	pa_run_done_fn *done; /* NULL once answered or detached */
	uid_t peer_uid;
	bool dry_run;
	bool is_secret; /* what it was sent: arena and payload are wiped */

	/*
	 * What it was sent, where that is the connection's still: it is good until pa_run_start()
	 * returns. Whoever must wait has it copied first, and begins again. NULL: it is in the
	 * arena.
	 */
	struct pa_bytes borrowed;
	bool must_own; /* a check would wait */
	/* what `facts` were made from, and, where a handle was sent, req.chain; NULL: the request
	 * alone */
	struct pa_known_chain *known;
	struct pa_facts facts;
	struct pa_mac fetched; /* whose places in memory were fetched last; 0: nobody's */
	const struct pa_realm *realm;
	struct pa_config *config; /* a reference of its own, once it has waited */
	int64_t now_s;            /* when it began, or has waited the last time */

	/* the stack */
	struct pa_known_chain *verified; /* what the rule that verifies has published */
	struct pa_tally tally;
	uint8_t *state; /* realm->state_size bytes */
	size_t at;      /* the rule that runs or waits */
	enum pa_reason error_reason, deny_reason, challenge_reason; /* the first of each kind */
	uint32_t retry_after_s;                                     /* of a DENY that counted */
	uint64_t revision;
	unsigned restarts;
	bool is_torn; /* it waits, and what it has read so far is of two states of the store */
	size_t trace_len;
	bool settles;   /* a check has something to learn of the verdict */
	bool is_lifted; /* a row of the trace was asked in another mode than enforced */

	/* waiting */
	struct pa_effect *effect; /* that is with the store's writer; NULL: it waits for its job */
	struct pa_run *next_written; /* in the worker's mailbox */
	pa_check_fn *resume;
	bool waits; /* for the job or the set: on the worker's list of waiting runs */
	struct pa_run *next_waiting, *prev_waiting;

	uint64_t started_ns, deadline_ns; /* by uv_hrtime() */
	bool has_slot;
	uint8_t detail_len; /* of a refusal before the stack, in ctx.detail; bytes, not a string */
	struct pa_ctx ctx;  /* up to its detail */

	/* what each request writes anew before it reads it */
	struct pa_job job;
	struct pa_changeset set;
	struct pa_seen_slot slot; /* the password that let it in, where it has_slot */
	struct pa_authorize_request req;
	struct pa_trace trace[PA_TRACE_MAX]; /* trace_len of them */
};

struct pa_run_started {
	struct pa_run *waits; /* NULL: done() was called already */
	bool is_malformed;    /* the reply has id 0 */
	bool is_secret;       /* the payload must be wiped */
};

/*
 * Decide the payload of a frame (copied where it waits), which came at worker->clock_ns. 0;
 * -ENOMEM: nothing was started, done() is not called; *ret is set all the same.
 */
int pa_run_start(struct pa_worker *worker, struct pa_bytes payload, const struct pa_peer *peer,
	pa_run_done_fn *done, void *owner, struct pa_run_started *ret) PA_MUST_CHECK;

/* Such a payload comes next: a hint to the processor. */
void pa_run_foresee(struct pa_worker *worker, struct pa_bytes payload);

/*
 * The same for a decoded request, dry: consumes and learns nothing, and any realm may be asked. The
 * request is copied, what it points to as well. limit: what its decoder said, or
 * NONE.
 */
int pa_run_check(struct pa_worker *worker, const struct pa_authorize_request *req,
	enum pa_reason limit, uid_t peer_uid, pa_run_done_fn *done, void *owner) PA_MUST_CHECK;

/* What there is to say of a refusal before the stack; empty: nothing. A view. */
struct pa_bytes pa_run_detail(const struct pa_run *run);

/* The owner is gone: done() will not be called. */
void pa_run_detach(struct pa_run *run);

/* Answer ERROR for every run whose deadline has passed. */
void pa_run_expire(struct pa_worker *worker);

/* Free the idle runs of a worker. */
void pa_run_free_all(struct pa_worker *worker);

/* For the pipeline: the run waits for its job, or does so no longer. */
void pa_run_set_waiting(struct pa_run *run, bool waits);

/* For the pipeline, its stack rewound: what it was sent is copied, and it begins again. */
void pa_run_own(struct pa_run *run);

/* For the pipeline: the stack is through (or gave up). */
void pa_run_finish(struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason);

#endif
