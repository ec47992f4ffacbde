/*
 * What an int result means, everywhere in Polyauth:
 *   0     good
 *   < 0   an error: -errno or one of PA_E_*; forwarded unchanged
 *   > 0   a condition that the header of that function documents; always
 *         handled by the caller, never forwarded
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#define PA_MUST_CHECK __attribute__((warn_unused_result))
/* Of what few requests need: kept out of the way of what nearly all of them do. */
#define PA_COLD __attribute__((cold, noinline))
/* Of what takes a cursor, see proto/wire.h. */
#define PA_INLINE       inline __attribute__((always_inline))
#define PA_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum pa_err {
	PA_E_FRAME = -1001,   /* a frame's length is 0 or above PA_FRAME_MAX */
	PA_E_MESSAGE = -1002, /* not a well-formed message: see PROTOCOL.md */
	PA_E_LIMIT = -1003,   /* above a limit of proto/limits.h or of the configuration */
	PA_E_CLOSED = -1004,  /* the other side closed, or we are closing */
	PA_E_CONFIG = -1005,  /* the configuration is refused; the diag says why */
	PA_E_STORE = -1006,   /* the store is damaged, or not ours */
	PA_E_SCHEMA = -1007,  /* the store was written by a newer Polyauth */
	PA_E_LOCKED = -1008,  /* another process has the store open */
	PA_E_FULL = -1009,    /* the store has grown to its map-size */
	PA_E_READERS = -1010, /* the store has no free reader slot */
	PA_E_BUSY = -1011,    /* a bounded queue is full */
	PA_E_CRYPTO = -1012,  /* the cryptographic library failed where it must not */
	PA_E_ABI = -1013,     /* a loaded check was built for another Polyauth */
	PA_E_DISK = -1014,    /* the store's disk is full, or what a user may have of it */
};

/* A text for a negative result, never NULL; a static string. Thread-safe. */
const char *pa_strerror(int err);

/*
 * A message for a human, where one waits (configuration, administration). The
 * last parameter of functions that can explain themselves; may be NULL.
 */
struct pa_diag {
	char text[512];
};

/* Set the message; cut where it is too long. Does nothing if diag is NULL. */
void pa_diag_set(struct pa_diag *diag, const char *fmt, ...) PA_PRINTF(2, 3);

#endif
