/*
 * What is remembered of devices: a second LMDB environment, dir/seen.mdb. It holds facts for people
 * and no policy, so it may lose its last seconds, and is made anew where it is damaged.
 *
 * A worker notes a sighting in a ring of its own: no lock, no waiting; what does not fit is dropped
 * and counted. A thread of the store's own writes what waits about every second, the
 * sightings of one device merged, in one transaction.
 */
#ifndef DB_SEEN_H
#define DB_SEEN_H

#include "db/account.h"
#include "db/crl.h"

#define PA_SEEN_ISSUER_MAX 64u
#define PA_SEEN_REASON_MAX 39u
#define PA_SEEN_CHECK_MAX  23u
#define PA_MODEL_MAX       31u
#define PA_SEEN_SLOTS_MAX  4u

enum pa_seen_table {
	PA_SEEN_DEVICES = 0,
	PA_SEEN_PENDING, /* unknown to the list, with a proven certificate: for an operator */
	PA_SEEN_TABLES
};

/* Of a certificate that was proven. */
struct pa_seen_cert {
	int64_t not_after_s;
	struct pa_issuer_id issuer;
	char issuer_name[PA_SEEN_ISSUER_MAX + 1]; /* its common name, for humans, cut */
	struct pa_serial serial;
	uint8_t key[PA_DIGEST_LEN]; /* SHA-256 of the SubjectPublicKeyInfo */
};

/* The password that opened. */
struct pa_seen_slot {
	struct pa_account_key account; /* scope NONE: there was none */
	char name[PA_NAME_MAX + 1];
	int64_t time_s; /* when it last did */
};

enum pa_seen_what {
	PA_SEEN_NOTHING = 0,
	PA_SEEN_ALLOWED,
	PA_SEEN_DENIED,  /* and the device was proven */
	PA_SEEN_CLAIMED, /* denied, and anybody may have said to be the device */
	PA_SEEN_UNKNOWN  /* goes to PA_SEEN_PENDING */
};

/* One event. */
struct pa_sighting {
	enum pa_seen_what what;
	struct pa_mac mac;
	int64_t time_s;
	char realm[PA_REALM_MAX + 1];
	char class_name[PA_NAME_MAX + 1];
	char method[PA_METHOD_MAX + 1];
	uint8_t source[16];
	uint8_t source_len;                     /* 0, 4, 16 */
	char reason[PA_SEEN_REASON_MAX + 1];    /* DENIED, CLAIMED */
	char would_deny[PA_SEEN_CHECK_MAX + 1]; /* "" : no shadowed check would */
	char model[PA_MODEL_MAX + 1];           /* "" : it did not say */
	char firmware[PA_MODEL_MAX + 1];
	bool has_cert;
	struct pa_seen_cert cert;
	struct pa_seen_slot slot; /* ALLOWED */
};

struct pa_seen_denial {
	int64_t time_s; /* 0: none */
	char reason[PA_SEEN_REASON_MAX + 1];
	char realm[PA_REALM_MAX + 1];
};

struct pa_seen_record {
	struct pa_mac mac;
	int64_t first_s, last_s; /* first proven; allowed (pending: seen) the last time */
	uint64_t count;          /* allowed (pending: seen) so often */
	/* of the last time that it was allowed */
	char realm[PA_REALM_MAX + 1];
	char class_name[PA_NAME_MAX + 1];
	char method[PA_METHOD_MAX + 1];
	uint8_t source[16];
	uint8_t source_len;
	char model[PA_MODEL_MAX + 1];
	char firmware[PA_MODEL_MAX + 1];
	struct pa_seen_denial denied, claimed;
	int64_t would_deny_s; /* 0: never */
	char would_deny[PA_SEEN_CHECK_MAX + 1];
	bool has_cert, cert_allowed; /* it was allowed with this certificate */
	struct pa_seen_cert cert;
	size_t slots_len;
	struct pa_seen_slot slots[PA_SEEN_SLOTS_MAX]; /* one an account, the latest first */
};

struct pa_seen;
struct pa_seen_view;

struct pa_seen_options {
	const char *dir; /* of an open store: nobody else has it */
	size_t map_size; /* bytes */
	unsigned workers;
	uint64_t pending_max;     /* devices that may be pending; 0: PA_SEEN_PENDING_MAX */
	void (*round)(void *arg); /* may be NULL; by the thread, each second and when it closes */
	void *round_arg;
};
#define PA_SEEN_PENDING_MAX 100000u
/* Of pa_seen_open(). */
enum {
	PA_SEEN_MADE = 1,  /* there was none */
	PA_SEEN_ANEW = 2,  /* what was there is damaged or of another version: it is gone */
	PA_SEEN_CLOSED = 3 /* it cannot be opened now: sightings are dropped, it is tried again */
};

/* 0; as above, diag says why; -EINVAL, -ENOMEM, -EAGAIN: there is nothing. */
int pa_seen_open(const struct pa_seen_options *options, struct pa_seen **ret,
	struct pa_diag *diag) PA_MUST_CHECK;
/* Write what waits, and close. All views must be closed, and no worker may note any more. */
void pa_seen_close(struct pa_seen *seen); /* NULL-safe */

/* Remember (copied), by the one thread of a worker; refusals have half of its room. NULL-safe. */
void pa_seen_note(struct pa_seen *seen, unsigned worker, const struct pa_sighting *sighting);
/* Whether a visit would be now; if not, it is counted as dropped. NULL: no. */
bool pa_seen_has_room(struct pa_seen *seen, unsigned worker);

/* Everything that was noted before is in views that are opened after. Waits for the disk. */
void pa_seen_flush(struct pa_seen *seen); /* NULL-safe */

/* A consistent view, for one thread, not for long. 0, PA_E_CLOSED, negative. close is NULL-safe. */
int pa_seen_view_open(struct pa_seen *seen, struct pa_seen_view **ret) PA_MUST_CHECK;
void pa_seen_view_close(struct pa_seen_view *view);
/* 0, PA_DB_NOT_FOUND (also: the record cannot be read), negative. */
int pa_seen_get(struct pa_seen_view *view, enum pa_seen_table table, struct pa_mac mac,
	struct pa_seen_record *ret) PA_MUST_CHECK;
/* In the order of MACs; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_seen_next(struct pa_seen_view *view, enum pa_seen_table table, const struct pa_mac *after,
	struct pa_seen_record *ret) PA_MUST_CHECK;

/* Waits for the disk. 0, PA_DB_NOT_FOUND, negative. */
int pa_seen_forget(struct pa_seen *seen, enum pa_seen_table table, struct pa_mac mac) PA_MUST_CHECK;

struct pa_seen_stat {
	uint64_t devices, pending;
	uint64_t dropped; /* sightings, since it was opened */
	uint64_t anew;    /* how often it was made anew meanwhile */
};
void pa_seen_stat(struct pa_seen *seen, struct pa_seen_stat *ret); /* NULL-safe */

#endif
