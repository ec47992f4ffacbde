/*
 * Decisions: one log line each, and a ring of the latest in memory for
 * `polyauthctl explain`. They are packed there: what a request writes without anybody reading it
 * shall touch little memory.
 */
#ifndef DAEMON_DECISION_H
#define DAEMON_DECISION_H

#include <pthread.h>

#include "daemon/control.h"
#include "proto/mac.h"

/* What each worker keeps of them: thousands of common ones, and some hundreds of the longest. */
#define PA_DECISIONS_BYTES (1024u * 1024)

/* Longer text is cut. */
#define PA_DECISION_TARGET_MAX 255u
#define PA_DECISION_TEXT_MAX   63u
#define PA_DECISION_DETAIL_MAX 159u

/* One check of a stack, as it ran. */
struct pa_trace {
	const char *check; /* its name, which stays while the process runs */
	enum pa_control control;
	enum pa_answer answer;
	enum pa_reason reason;
	enum pa_mode mode; /* in which it was asked */
	bool shadow;       /* it decided nothing */
	char detail[96];
};

/* Views throughout. */
struct pa_decision {
	char id[PA_DECISION_ID_MAX + 1];
	size_t id_len;
	int64_t time_s;
	enum pa_verdict verdict;
	enum pa_reason reason;
	uint64_t revision, microseconds;
	uid_t peer_uid;
	bool dry_run; /* an administrator asked, not a front end */
	bool has_device, proven, has_owner;
	struct pa_mac device, owner;
	struct pa_bytes realm, method, class_name, frontend;
	struct pa_bytes target; /* PA_DECISION_TARGET_MAX at most */
	struct pa_bytes user;   /* PA_DECISION_TEXT_MAX at most, as is the next one */
	struct pa_bytes agent;  /* User-Agent, as the front end passed it on; not in the log */
	struct pa_bytes source; /* 0, 4 or 16 bytes */
	struct pa_bytes detail; /* of a refusal before the stack; PA_DECISION_DETAIL_MAX at most */
	const struct pa_trace *trace;
	size_t trace_len; /* PA_TRACE_MAX at most */
};

/* Bytes that a decision takes where it is kept, at most. */
#define PA_DECISION_PACKED_MAX 4096u

/* A decision that has outlived its request. */
struct pa_decision_copy {
	struct pa_decision decision; /* points into the rest */
	struct pa_trace trace[PA_TRACE_MAX];
	uint8_t packed[PA_DECISION_PACKED_MAX];
};

struct pa_decisions {
	pthread_mutex_t lock;
	uint8_t *ring;       /* PA_DECISIONS_BYTES: packed, one behind the other */
	uint64_t tail, head; /* bytes: of the oldest, behind the latest; they only grow */
	uint64_t made;       /* decisions, in all */
	char prefix[20];     /* of the ids: start of the process, worker */
	size_t prefix_len;
};

/* worker: its number; started_s tells processes apart. 0 or negative. */
int pa_decisions_init(
	struct pa_decisions *decisions, unsigned worker, int64_t started_s) PA_MUST_CHECK;
void pa_decisions_finish(struct pa_decisions *decisions);

/* A hint to the processor: one is to come. */
void pa_decisions_fetch(const struct pa_decisions *decisions);

/* Give it its id, and keep it (copied) for as long as there is room; the oldest go first. */
void pa_decisions_add(struct pa_decisions *decisions, struct pa_decision *decision);

/* Copy the decision of this id. 0, or 1: it is not there (any more). */
int pa_decisions_find(struct pa_decisions *decisions, struct pa_bytes id,
	struct pa_decision_copy *ret) PA_MUST_CHECK;

/*
 * fn() for each decision about a request with this User-Agent, the oldest first, until it says
 * false. It is called with the ring locked: the worker waits for it.
 */
typedef bool pa_decisions_fn(void *arg, const struct pa_decision *decision);
void pa_decisions_of_agent(
	struct pa_decisions *decisions, struct pa_bytes agent, pa_decisions_fn *fn, void *arg);

/* The log line; the caller ends it. */
struct pa_line;
void pa_decision_line(struct pa_line *line, const struct pa_decision *decision);

#endif
