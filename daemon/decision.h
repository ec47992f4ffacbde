/*
 * Decisions: one log line each, and a ring of the latest in memory for
 * `polyauthctl explain`.
 */
#ifndef DAEMON_DECISION_H
#define DAEMON_DECISION_H

#include <pthread.h>

#include "daemon/control.h"
#include "proto/mac.h"

#define PA_DECISIONS_KEPT 1024u /* of each worker */

/* One check of a stack, as it ran. */
struct pa_trace {
	char check[PA_CHECK_NAME_MAX + 1];
	enum pa_control control;
	enum pa_answer answer;
	enum pa_reason reason;
	enum pa_mode mode; /* in which it was asked */
	bool shadow;       /* it decided nothing */
	char detail[96];
};

/* Copies throughout: a decision outlives its request. Text is cut to what fits. */
struct pa_decision {
	char id[PA_DECISION_ID_MAX + 1];
	int64_t time_s;
	enum pa_verdict verdict;
	enum pa_reason reason;
	uint64_t revision, microseconds;
	uid_t peer_uid;
	bool dry_run; /* an administrator asked, not a front end */
	bool has_device, proven, has_owner;
	struct pa_mac device, owner;
	char realm[PA_REALM_MAX + 1];
	char method[PA_METHOD_MAX + 1];
	char target[256];
	char class_name[PA_NAME_MAX + 1];
	char user[64];
	char agent[64]; /* User-Agent, as the front end passed it on; not in the log */
	char frontend[PA_FRONTEND_MAX + 1];
	uint8_t source[16];
	size_t source_len;
	size_t trace_len;
	struct pa_trace trace[PA_TRACE_MAX];
};

struct pa_decisions {
	pthread_mutex_t lock;
	struct pa_decision *ring; /* PA_DECISIONS_KEPT */
	uint64_t made;            /* in all */
	char prefix[20];          /* of the ids: start of the process, worker */
	size_t prefix_len;
};

/* worker: its number; started_s tells processes apart. 0 or negative. */
int pa_decisions_init(
	struct pa_decisions *decisions, unsigned worker, int64_t started_s) PA_MUST_CHECK;
void pa_decisions_finish(struct pa_decisions *decisions);

/* The slot of the next decision, locked, with its id set; pa_decisions_end() unlocks. */
struct pa_decision *pa_decisions_begin(struct pa_decisions *decisions);
void pa_decisions_end(struct pa_decisions *decisions);

/* Copy the decision of this id. 0, or 1: it is not there (any more). */
int pa_decisions_find(
	struct pa_decisions *decisions, struct pa_bytes id, struct pa_decision *ret) PA_MUST_CHECK;

/*
 * fn() for each decision about a request with this User-Agent, the oldest first, until it says
 * false. It is called with the ring locked: the worker waits for it.
 */
typedef bool pa_decisions_fn(void *arg, const struct pa_decision *decision);
void pa_decisions_of_agent(
	struct pa_decisions *decisions, struct pa_bytes agent, pa_decisions_fn *fn, void *arg);

/* The log line. */
void pa_decision_log(const struct pa_decision *decision);

#endif
