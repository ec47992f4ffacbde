/*
 * Memory for large arrays: by huge pages, which cost less to get and to look into. Internal to db/.
 */
#ifndef DB_PAGES_H
#define DB_PAGES_H

#include <stdlib.h>
#include <sys/mman.h>

#define PA_HUGE_PAGE ((size_t)2 << 20)

/* As malloc(); what was not written to takes no memory. free() frees it. */
static inline void *pa_pages_alloc(size_t size)
{
	void *memory;

	if (size < 2 * PA_HUGE_PAGE || size > SIZE_MAX - PA_HUGE_PAGE)
		return malloc(size);
	size = (size + PA_HUGE_PAGE - 1) / PA_HUGE_PAGE * PA_HUGE_PAGE;
	memory = aligned_alloc(PA_HUGE_PAGE, size);
	if (memory)
		(void)madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

#endif
