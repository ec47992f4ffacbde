/*
 * Memory for large arrays: by huge pages, which cost less to get and to look into.
 */
#ifndef DB_PAGES_H
#define DB_PAGES_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PA_HUGE_PAGE ((size_t)2 << 20)

static inline size_t pa_pages_whole(size_t size)
{
	return (size + PA_HUGE_PAGE - 1) / PA_HUGE_PAGE * PA_HUGE_PAGE;
}

/* Memory that is about to be written to, of somebody else: whole huge pages in it are made so. */
static inline void pa_pages_advise(void *memory, size_t size)
{
	const size_t before = (PA_HUGE_PAGE - (uintptr_t)memory % PA_HUGE_PAGE) % PA_HUGE_PAGE;

	if (size >= before + 2 * PA_HUGE_PAGE)
		(void)madvise((uint8_t *)memory + before,
			(size - before) / PA_HUGE_PAGE * PA_HUGE_PAGE, MADV_HUGEPAGE);
}

/* As malloc(); what was not written to takes no memory. free() frees it. */
static inline void *pa_pages_alloc(size_t size)
{
	void *memory;

	if (size < 2 * PA_HUGE_PAGE || size > SIZE_MAX - PA_HUGE_PAGE)
		return malloc(size);
	size = pa_pages_whole(size);
	memory = aligned_alloc(PA_HUGE_PAGE, size);
	if (memory)
		(void)madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

/*
 * The same of zeros, as they come from the kernel: that they are is not to be paid for twice.
 * NULL: none is left. pa_pages_unmap() frees it, given the same size.
 */
static inline void *pa_pages_map(size_t size)
{
	uint8_t *memory, *whole;
	size_t before;

	if (size < 2 * PA_HUGE_PAGE || size > SIZE_MAX / 2)
		return calloc(1, size);
	size = pa_pages_whole(size);
	memory = mmap(NULL, size + PA_HUGE_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	before = (PA_HUGE_PAGE - (uintptr_t)memory % PA_HUGE_PAGE) % PA_HUGE_PAGE;
	whole = memory + before;
	(void)madvise(whole, size, MADV_HUGEPAGE);
	if (before < PA_HUGE_PAGE)
		(void)munmap(whole + size, PA_HUGE_PAGE - before);
	if (before)
		(void)munmap(memory, before);
	return whole;
}

static inline void pa_pages_unmap(void *memory, size_t size)
{
	if (size < 2 * PA_HUGE_PAGE)
		free(memory);
	else
		(void)munmap(memory, pa_pages_whole(size));
}

#endif
