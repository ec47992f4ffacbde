#include "proto/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_MIN 4096u
#define KEPT_MAX  (32u * 1024)

struct pa_arena_block {
	struct pa_arena_block *next;
	size_t size, used; /* of data */
	alignas(max_align_t) uint8_t data[];
};

void pa_arena_init(struct pa_arena *arena, size_t cap)
{
	*arena = (struct pa_arena){ .cap = cap };
}

static void block_free(struct pa_arena_block *block)
{
	explicit_bzero(block->data, block->used);
	free(block);
}

static void free_after(struct pa_arena_block *block)
{
	while (block) {
		struct pa_arena_block *next = block->next;

		block_free(block);
		block = next;
	}
}

void pa_arena_rewind(struct pa_arena *arena)
{
	struct pa_arena_block *first = arena->first;

	arena->used = 0;
	arena->last = first;
	if (!first)
		return;
	free_after(first->next);
	first->next = NULL;
	if (first->size > KEPT_MAX) {
		block_free(first);
		arena->first = arena->last = NULL;
	} else {
		first->used = 0;
	}
}

void pa_arena_reset(struct pa_arena *arena)
{
	if (arena->first)
		explicit_bzero(arena->first->data, arena->first->used);
	pa_arena_rewind(arena);
}

void pa_arena_finish(struct pa_arena *arena)
{
	if (!arena)
		return;
	free_after(arena->first);
	*arena = (struct pa_arena){ .cap = arena->cap };
}

static bool add_block(struct pa_arena *arena, size_t size)
{
	size_t room = size > BLOCK_MIN ? size : BLOCK_MIN;
	struct pa_arena_block *block = malloc(sizeof(*block) + room);

	if (!block)
		return false;
	*block = (struct pa_arena_block){ .size = room };
	if (arena->last)
		arena->last->next = block;
	else
		arena->first = block;
	arena->last = block;
	return true;
}

void *pa_arena_alloc(struct pa_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct pa_arena_block *block;
	void *data;

	/* so that rounding up cannot wrap */
	if (size > arena->cap || size > PTRDIFF_MAX)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size > arena->cap - arena->used)
		return NULL;
	block = arena->last;
	if (!block || size > block->size - block->used) {
		if (!add_block(arena, size))
			return NULL;
		block = arena->last;
	}
	data = block->data + block->used;
	block->used += size;
	arena->used += size;
	return data;
}

char *pa_arena_copy(struct pa_arena *arena, struct pa_bytes bytes)
{
	char *copy;

	if (bytes.len >= arena->cap)
		return NULL;
	copy = pa_arena_alloc(arena, bytes.len + 1);
	if (!copy)
		return NULL;
	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	copy[bytes.len] = '\0';
	return copy;
}
