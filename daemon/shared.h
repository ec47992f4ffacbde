/*
 * What all threads share: the store, and two snapshots that are replaced whole,
 * the configuration and the trust.
 *
 * A thread keeps a reference to the snapshots that it saw last. Asking for the
 * current one costs a load and a comparison; only when it was replaced are
 * references moved, under a lock. The old snapshot goes when its last
 * reference goes, that is when every thread has passed by.
 */
#ifndef DAEMON_SHARED_H
#define DAEMON_SHARED_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/config/config.h"
#include "daemon/highest.h"
#include "daemon/pki/chain_handle.h"
#include "daemon/pki/otp.h"
#include "daemon/pki/secret_key.h"
#include "daemon/pki/trust.h"
#include "daemon/submit.h"
#include "daemon/throttle.h"
#include "daemon/voided.h"
#include "db/seen.h"

typedef int64_t pa_clock_fn(void *arg); /* seconds since the epoch */

struct pa_shared {
	struct pa_db *db;
	struct pa_seen *seen; /* NULL: nothing is remembered */
	struct pa_submits *submits;
	struct pa_throttle *throttle;
	struct pa_otp_key otp_key;
	struct pa_highest highest; /* written by the thread of `seen` */
	pthread_mutex_t lock;
	struct pa_config *_Atomic config;
	struct pa_trust *_Atomic trust; /* NULL: it could not be built; chains are then an ERROR */
	struct pa_diag no_trust;        /* why not; under the lock */
	_Atomic size_t tested_serials;  /* revoked ones that the latest self-test saw denied */
	struct pa_secret_key secret;    /* immutable once the store is open */
	struct pa_voided voided;        /* digests of another one; of the main loop */
	struct pa_handle_key *handle_key;
	bool plain;               /* POLYAUTH_PLAIN is set: no check takes a short cut */
	_Atomic uint64_t hash_ms; /* what a new password hash takes; 0: nobody measured */
	pa_clock_fn *clock;
	void *clock_arg;
	int64_t earliest_s;           /* that the clock may say */
	_Atomic bool clock_was_wrong; /* and the log says so */
};

/* Takes over the reference to config. clock NULL: the system's. 0 or negative. */
int pa_shared_init(struct pa_shared *shared, struct pa_config *config, pa_clock_fn *clock,
	void *clock_arg) PA_MUST_CHECK;

/*
 * Open the store that the configuration names, and the keys beside it, for so many reading threads
 * (workers; their numbers are below), and build the trust. Where that cannot be built from what the
 * store holds there is none, and the log says why: every chain is an ERROR, and polyauthctl can put
 * it right.
 */
int pa_shared_open(struct pa_shared *shared, unsigned readers, struct pa_diag *diag) PA_MUST_CHECK;

/* Close the store and let go of the snapshots. NULL-safe. */
void pa_shared_finish(struct pa_shared *shared);

/* Whether a configuration enforces the CRLs that are in force; see daemon/selftest.h. 0, negative.
 */
int pa_shared_test_config(
	struct pa_shared *shared, struct pa_config *config, struct pa_diag *diag) PA_MUST_CHECK;

/*
 * Whether there would be a trust, and it would be enforced, with these CAs in the store, too. Slow.
 * 0; 1: no, diag says why; negative.
 */
int pa_shared_test_cas(struct pa_shared *shared, struct pa_config *config, const struct pa_ca *cas,
	size_t len, struct pa_diag *diag) PA_MUST_CHECK;

/* Why there is no trust; "": there is one. */
void pa_shared_no_trust(struct pa_shared *shared, struct pa_diag *ret);

/* Replace the configuration; takes over the reference. */
void pa_shared_set_config(struct pa_shared *shared, struct pa_config *config);

/* Move a held reference (NULL at first) to the current snapshot. */
void pa_shared_hold_config(struct pa_shared *shared, struct pa_config **held);
void pa_shared_hold_trust(struct pa_shared *shared, struct pa_trust **held);

int64_t pa_shared_now(const struct pa_shared *shared);

/* Log that the clock is wrong, or no longer is; once, whoever sees it. */
void pa_shared_tell_clock(struct pa_shared *shared, int64_t now_s);

/* Whether nothing can be decided at a time that the clock says. */
static inline bool pa_shared_clock_is_wrong(struct pa_shared *shared, int64_t now_s)
{
	const bool is_wrong = now_s < shared->earliest_s;

	if (is_wrong != atomic_load_explicit(&shared->clock_was_wrong, memory_order_relaxed))
		pa_shared_tell_clock(shared, now_s);
	return is_wrong;
}

#endif
