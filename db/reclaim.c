#include "db/reclaim.h"

#include "db/pages.h"

int pa_reclaim_init(struct pa_reclaim *reclaim)
{
	*reclaim = (struct pa_reclaim){ .visitors = NULL };
	return -pthread_mutex_init(&reclaim->lock, NULL);
}

void pa_reclaim_finish(struct pa_reclaim *reclaim)
{
	while (reclaim->replaced) {
		struct pa_block *next = reclaim->replaced->next;

		pa_block_free(reclaim->replaced);
		reclaim->replaced = next;
	}
	pthread_mutex_destroy(&reclaim->lock);
}

void pa_reclaim_join(struct pa_reclaim *reclaim, struct pa_visitor *visitor)
{
	atomic_store(&visitor->entered, 0);
	pthread_mutex_lock(&reclaim->lock);
	visitor->next = reclaim->visitors;
	visitor->link = &reclaim->visitors;
	if (visitor->next)
		visitor->next->link = &visitor->next;
	reclaim->visitors = visitor;
	pthread_mutex_unlock(&reclaim->lock);
}

void pa_reclaim_part(struct pa_reclaim *reclaim, struct pa_visitor *visitor)
{
	pthread_mutex_lock(&reclaim->lock);
	*visitor->link = visitor->next;
	if (visitor->next)
		visitor->next->link = visitor->link;
	pthread_mutex_unlock(&reclaim->lock);
}

void *pa_block_new(size_t size)
{
	struct pa_block *block = pa_pages_map(size);

	if (block)
		block->size = size;
	return block;
}

void pa_block_free(void *table)
{
	const struct pa_block *block = table;

	if (block)
		pa_pages_unmap(table, block->size);
}

void pa_reclaim_give(struct pa_reclaim *reclaim, void *table)
{
	struct pa_block *block = table;

	if (!block)
		return;
	/* who enters from now on does so after the table was replaced, and is above this */
	block->replaced_at = atomic_fetch_add(&reclaim->now, 1) + 1;
	block->next = reclaim->replaced;
	reclaim->replaced = block;
}

/* The time of entry of who has been inside the longest. */
static uint64_t oldest(struct pa_reclaim *reclaim)
{
	uint64_t first = UINT64_MAX;

	pthread_mutex_lock(&reclaim->lock);
	for (struct pa_visitor *v = reclaim->visitors; v; v = v->next) {
		uint64_t entered = atomic_load(&v->entered);

		if (entered && entered < first)
			first = entered;
	}
	pthread_mutex_unlock(&reclaim->lock);
	return first;
}

bool pa_reclaim_sweep(struct pa_reclaim *reclaim)
{
	struct pa_block **at = &reclaim->replaced;
	uint64_t first;

	if (!*at)
		return false;
	first = oldest(reclaim);
	while (*at) {
		struct pa_block *block = *at;

		if (block->replaced_at >= first) {
			at = &block->next;
			continue;
		}
		*at = block->next;
		pa_block_free(block);
	}
	return reclaim->replaced != NULL;
}
