/*
 * Who guesses secrets, and who asks for many devices: what all workers remember of it, in memory
 * whose size is fixed at the start. It belongs to the process: a reload of the configuration does
 * not touch it.
 *
 * A key (who, at which device) has a bucket. A secret that is new to it takes a place when the try
 * begins, so that tries at the same time cannot pass together, and gives it back unless it was
 * wrong. A full bucket lets nothing new in. One place is free again every `wait`: within T seconds
 * at most tries + T / wait wrong secrets are looked at, and who waits, waits for `wait` at most.
 *
 * Buckets stand in sets of PA_THROTTLE_WAYS, found by a keyed digest and equal in the whole key. A
 * new one takes the place of an empty one, else of the one of its set that would be empty first.
 */
#ifndef DAEMON_THROTTLE_H
#define DAEMON_THROTTLE_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/mac.h"

#define PA_THROTTLE_WAYS         8u
#define PA_THROTTLE_SECRETS      7u  /* that a bucket knows again: the latest ones */
#define PA_THROTTLE_SCAN_DEVICES 32u /* so many different ones within ... are a scan */
#define PA_THROTTLE_SCAN_S       3600
#define PA_THROTTLE_KNOWN_S      (30 * 86400) /* how long a source is known for its device */
#define PA_THROTTLE_SOURCE_MAX   64u          /* a source in text, its NUL included */

struct pa_throttle;

enum pa_throttle_kind {
	PA_THROTTLE_NONE = 0,
	PA_THROTTLE_DEVICE,  /* one source, at one device */
	PA_THROTTLE_NETWORK, /* all sources of a network, at one device */
	PA_THROTTLE_REALM,   /* all sources of a network, at all devices that are only claimed */
	PA_THROTTLE_LOGIN,   /* one source, at one person of the portal, whose name is the realm */
	PA_THROTTLE_LOGINS,  /* all sources of a network, at all of them */
	PA_THROTTLE_SCAN     /* all sources of a network */
};

/* Compared as bytes: what is not used is 0. */
struct pa_throttle_key {
	uint8_t kind;        /* enum pa_throttle_kind */
	uint8_t address_len; /* 4, 16; 0: the front end told none */
	uint8_t proven;      /* the device is: others, who only claim it, count apart */
	uint8_t zero;
	uint32_t realm;     /* pa_throttle_realm() */
	uint8_t address[8]; /* source: 4 bytes or 8 (/64); network: 3 (/24) or 6 (/48); then zeroes
			     */
	struct pa_mac mac;
};

/* One secret at one key. */
struct pa_throttle_try {
	struct pa_throttle_key key;
	uint64_t digest; /* of the key */
	uint32_t secret; /* its digest */
	uint32_t tries, wait_s;
	uint8_t charge; /* what it has taken; the table's own */
};

/* 0; -ENOMEM, PA_E_CRYPTO. memory: bytes, at least 64 KiB; all that it will ever take. */
int pa_throttle_open(size_t memory, struct pa_throttle **ret) PA_MUST_CHECK;
void pa_throttle_close(struct pa_throttle *throttle); /* NULL-safe */

/*
 * The key of a try, with its digests. source: 4 or 16 bytes, or none; IPv4 within IPv6 is IPv4.
 * Sets key, digest and secret; tries and wait_s are the caller's. 0; PA_E_CRYPTO.
 */
struct pa_throttle_who {
	enum pa_throttle_kind kind;
	struct pa_bytes source;
	struct pa_mac mac;
	bool proven;
	struct pa_bytes realm, user, password;
};
int pa_throttle_prepare(const struct pa_throttle *throttle, const struct pa_throttle_who *who,
	struct pa_throttle_try *ret) PA_MUST_CHECK;

enum pa_throttle_entry {
	PA_THROTTLE_WAIT = 0, /* not now: *wait_s seconds, at least 1 */
	PA_THROTTLE_TRY,      /* a new secret: it may be tried */
	PA_THROTTLE_SAME,     /* it is being tried: that is one guess */
	PA_THROTTLE_REPEAT    /* it was wrong already: that is none */
};
/* A try begins. What it takes is given back by right(), or kept by wrong(): one of them, once. */
enum pa_throttle_entry pa_throttle_enter(
	struct pa_throttle *throttle, struct pa_throttle_try *try, int64_t now_s, int64_t *wait_s);
/* The secret was wrong: what it took stays taken. */
void pa_throttle_wrong(
	struct pa_throttle *throttle, const struct pa_throttle_try *try, int64_t now_s);
/* It was right, or nobody knows: it takes nothing. */
void pa_throttle_right(struct pa_throttle *throttle, const struct pa_throttle_try *try);

/*
 * The source of a try of kind DEVICE has had a right secret of the device: strangers of its network
 * cannot make it wait. No lock; kept for PA_THROTTLE_KNOWN_S while there is room; somebody else is
 * taken for it with a probability of 2^-37.
 */
void pa_throttle_know(
	struct pa_throttle *throttle, const struct pa_throttle_try *try, int64_t now_s);
bool pa_throttle_knows(
	const struct pa_throttle *throttle, const struct pa_throttle_try *try, int64_t now_s);

/*
 * A source asked for a device that is none of ours or not its own. True: just now its network has
 * come to PA_THROTTLE_SCAN_DEVICES different ones, and that may be told: *untold scans before were
 * not, since one in 10 s is enough. No more are counted than there were.
 */
bool pa_throttle_scan(struct pa_throttle *throttle, struct pa_bytes source, struct pa_mac mac,
	int64_t now_s, uint64_t *untold);

/* --- for administrators --- */

struct pa_throttle_row {
	enum pa_throttle_kind kind;
	char source[PA_THROTTLE_SOURCE_MAX]; /* "": none was told */
	struct pa_mac mac;                   /* DEVICE, NETWORK */
	bool proven;
	uint32_t realm;
	uint32_t count; /* wrong secrets; devices of a scan */
	int64_t until_s,
		forgotten_s; /* nothing new is let in until then (0: it is); it goes then */
};
/* The next bucket with something in it (of scans: only those that are one) from *at on, which is
 * moved behind it. False: the end. */
bool pa_throttle_next(
	struct pa_throttle *throttle, size_t *at, int64_t now_s, struct pa_throttle_row *ret);

/*
 * Forget: of this source and its network (network: of all its sources; empty: of any), at this
 * device (NULL: any). How many went that were listed.
 */
size_t pa_throttle_clear(struct pa_throttle *throttle, struct pa_bytes source, bool network,
	const struct pa_mac *mac, int64_t now_s);

/* A realm as keys name it. */
uint32_t pa_throttle_realm(const struct pa_throttle *throttle, struct pa_bytes realm);

struct pa_throttle_stat {
	size_t memory, buckets;
	uint64_t guesses, scans, sourceless; /* sourceless: claims without a source */
};
void pa_throttle_stat(const struct pa_throttle *throttle, struct pa_throttle_stat *ret);
/* A claim came without a source, and cannot be counted. */
void pa_throttle_note_sourceless(struct pa_throttle *throttle);

#endif
