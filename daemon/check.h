/*
 * The check ABI: the only header that a check includes for it.
 *
 * A check answers one question about one request. It sees the facts, its conf and a view of the
 * store; it cannot reach the connection, the other checks or the order in which they run.
 *
 * A check is one const descriptor, declared by PA_CHECK_MODULE. Built in, it is listed in
 * registry.c; compiled with -DPA_CHECK_PLUGIN into a shared object, it is the one symbol that the
 * daemon looks up in a file that the configuration names (`load`).
 *
 * A check that must wait returns what pa_wait_work() returns. work() runs on a thread of the pool
 * with the check's state alone; done() runs on the loop again, its answer is the check's answer:
 *
 *	static enum pa_answer slow_run(struct pa_ctx *ctx)   gather inputs into ctx->state
 *	static void           slow_work(void *state)         compute
 *	static enum pa_answer slow_done(struct pa_ctx *ctx)  PASS, DENY or ERROR
 *
 * If the store changed meanwhile, the stack starts again; `state` holds what the check left there.
 */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "daemon/config/option.h"
#include "daemon/remember.h"
#include "daemon/request.h"
#include "daemon/settle.h"
#include "daemon/standing.h"
#include "daemon/wait.h"

#define PA_CHECK_ABI 8u

/* Answers; the zero is ERROR, so that what is forgotten never allows. */
enum pa_answer {
	PA_ERROR = 0, /* the question could not be answered */
	PA_DENY,
	PA_PASS,
	PA_SKIP, /* the question does not apply to this request; listed in the check's manual */
	PA_CHALLENGE, /* would PASS with credentials that are not there */
	PA_WAIT       /* only as the result of pa_wait_work() or pa_wait_write() */
};

/* Facts, as bits: a check's `needs` must be provided by an enforced check before it. */
enum { PA_FACT_CHAIN = 1, PA_FACT_SUBJECT = 2 }; /* the verified chain; a device, maybe claimed */
/* What the checks that ask for a secret have found. */
enum pa_secret { PA_SECRET_UNTRIED = 0, PA_SECRET_WRONG, PA_SECRET_RIGHT };

enum pa_check_flags {
	PA_CHECK_ALWAYS_ENFORCED = 1, /* may not be shadow */
	PA_CHECK_MAY_SKIP = 2,
	PA_CHECK_NEVER_DENIES = 4,
	PA_CHECK_DEVICE_SECRET = 8, /* asks for what only the device knows: password */
	PA_CHECK_GUARD = 16,        /* may not stand after a `sufficient`: owner, crl, acl */
	PA_CHECK_LIMITS_TRIES = 32, /* of a secret, whose check it precedes; see stack.c */
	PA_CHECK_EFFECT = 64,       /* calls pa_wait_write(): otp */
	PA_CHECK_IGNORES_PASS = 128 /* settle() is not called where it passed: acl */
};

struct pa_anchors;
struct pa_chain;
struct pa_otp_key;
struct pa_run;
struct pa_throttle;
struct pa_trust;

struct pa_ctx {
	struct pa_run *run; /* the daemon's own; NULL: it asks itself, and remembers nothing */
	const struct pa_facts *facts;
	const char *realm; /* its name */
	const void *conf;  /* of this rule; immutable */
	void *state;       /* state_size bytes, zeroed when the request begins, wiped after it */
	void *kept;        /* kept_size bytes; NULL: not asked for, or memory is short */
	struct pa_db_reader *db;          /* an active view; not to be kept over a wait */
	const struct pa_trust *trust;     /* NULL: none could be built */
	const struct pa_anchors *anchors; /* of the store, that count in the realm; NULL: all */
	const struct pa_chain *chain;     /* verified; NULL before an enforced `chain` passed */
	struct pa_throttle *throttle;     /* what the process remembers of guesses */
	const struct pa_otp_key *otp_key; /* what one-time passwords are digested with */
	bool plain;             /* take no short cut, whatever is known: see polyauthd(8) */
	int status;             /* in done(): 0, -ECANCELED; or the effect's result */
	uint32_t retry_after_s; /* set with a DENY that ends by itself */
	enum pa_answer answer;  /* in settle(): the check's own ... */
	bool sole_denial;       /* ... is DENY, no other is remembered, nor an ERROR */
	enum pa_secret secret;  /* in settle() */
	enum pa_reason reason;  /* set with every DENY, CHALLENGE and ERROR; in settle(): its own */
	char detail[160];       /* free text for log and trace; NUL-terminated; no secrets */
};

typedef enum pa_answer pa_check_fn(struct pa_ctx *ctx);
typedef void pa_work_fn(void *state);

struct pa_check {
	uint32_t abi;             /* PA_CHECK_ABI, exact */
	const char *name;         /* 23 bytes at most */
	const char *help;         /* one line */
	uint32_t needs, provides; /* PA_FACT_ */
	uint32_t flags;
	const struct pa_option *options;
	size_t options_len;
	size_t conf_size, state_size;
	enum pa_work_class work; /* the queue of what it waits for */
	/* After the options were read; may refuse them. 0, or negative with diag. May be NULL. */
	int (*open)(void *conf, struct pa_diag *diag);
	void (*close)(void *conf); /* may be NULL */
	pa_check_fn *run;
	/*
	 * The request's state goes: let go of what it holds. Once, after done() and settle(),
	 * whatever became of the request, also where run() was never called. May be NULL.
	 */
	void (*drop)(void *state);
	/*
	 * What the rule keeps on one thread from request to request, such as a cache: kept_size
	 * bytes, zeroed, then kept_open() (0, or negative: it has none); until the configuration is
	 * replaced.
	 */
	size_t kept_size;
	int (*kept_open)(void *kept, const void *conf); /* may be NULL */
	void (*kept_close)(void *kept);                 /* may be NULL */
	/* Once, with the final verdict of a real (not a dry) run; may be NULL. Cannot change it. */
	void (*settle)(struct pa_ctx *ctx, enum pa_verdict verdict);
};

#ifdef PA_CHECK_PLUGIN
#define PA_CHECK_MODULE(name)                         \
	extern const struct pa_check pa_check_module; \
	__attribute__((visibility("default"))) const struct pa_check pa_check_module
#else
#define PA_CHECK_MODULE(name)                         \
	extern const struct pa_check pa_check_##name; \
	const struct pa_check pa_check_##name
#endif

/* Wait for work(state) on the pool; done() then answers. PA_WAIT; or PA_ERROR: OVERLOADED. */
enum pa_answer pa_wait_work(struct pa_ctx *ctx, pa_work_fn *work, pa_check_fn *done);
/* The same of an effect (see wait.h), then durable; done() is called now where it is skipped. */
enum pa_answer pa_wait_write(struct pa_ctx *ctx, struct pa_effect *apply, pa_check_fn *done);

/*
 * The device that the request speaks for: proven by its certificate, once `chain` passed; or
 * claimed, and nothing may be learned of it. 0; 1: there is none (never where `needs` has
 * PA_FACT_SUBJECT).
 */
int pa_subject(const struct pa_ctx *ctx, struct pa_mac *ret) PA_MUST_CHECK;
bool pa_subject_is_proven(const struct pa_ctx *ctx);

/* Set the reason (and the detail) and return the answer, so that a check can say it in one line. */
enum pa_answer pa_answer(struct pa_ctx *ctx, enum pa_answer answer, enum pa_reason reason);
enum pa_answer pa_answer_detail(struct pa_ctx *ctx, enum pa_answer answer, enum pa_reason reason,
	const char *fmt, ...) PA_PRINTF(4, 5);

#endif
