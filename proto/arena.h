/*
 * An arena: memory of one message or one request, freed whole. It has a hard
 * cap, set at birth: what an attacker sends cannot make it grow further. There
 * is no free of a single piece. Released memory is wiped.
 */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_arena_block;

struct pa_arena {
	struct pa_arena_block *first; /* kept over a reset, unless it is large */
	struct pa_arena_block *last;
	size_t used; /* bytes given out, padding included */
	size_t cap;  /* `used` never exceeds it */
};

/* cap: bytes. No memory is taken before the first use. */
void pa_arena_init(struct pa_arena *arena, size_t cap);

/* Wipe and forget everything given out; keeps a first block of at most 32 KiB for the next use. */
void pa_arena_reset(struct pa_arena *arena);

/* The same without wiping: for what was no secret. */
void pa_arena_rewind(struct pa_arena *arena);

/* Wipe and free everything. NULL-safe; a zeroed arena is finished already. */
void pa_arena_finish(struct pa_arena *arena);

/* Aligned for any type, uninitialised. NULL: the cap is reached, or no memory. */
void *pa_arena_alloc(struct pa_arena *arena, size_t size) PA_MUST_CHECK;

/* A copy of bytes in the arena, NUL-terminated for convenience. NULL as above. */
char *pa_arena_copy(struct pa_arena *arena, struct pa_bytes bytes) PA_MUST_CHECK;

#endif
