#include "tests/bench/histogram.h"

#define STEPS BENCH_HISTOGRAM_STEPS
#define BITS  7u /* of STEPS */

_Static_assert(1u << BITS == STEPS, "a power of two");

static uint64_t index_of(uint64_t value)
{
	unsigned shift;
	uint64_t index;

	if (value < STEPS)
		return value;
	/* the highest bit counts doublings, the next ones are the step */
	shift = 63u - (unsigned)__builtin_clzll(value) - BITS;
	index = (uint64_t)(shift + 1) * STEPS + ((value >> shift) - STEPS);
	return index < BENCH_HISTOGRAM_SIZE ? index : BENCH_HISTOGRAM_SIZE - 1;
}

/* The largest value of an index. */
static uint64_t value_of(uint64_t index)
{
	unsigned shift;

	if (index < STEPS)
		return index;
	shift = (unsigned)(index / STEPS) - 1;
	return ((index % STEPS + STEPS + 1) << shift) - 1;
}

void bench_histogram_add(struct bench_histogram *h, uint64_t value)
{
	h->counts[index_of(value)]++;
	h->total++;
}

void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from)
{
	for (uint64_t i = 0; i < BENCH_HISTOGRAM_SIZE; i++)
		into->counts[i] += from->counts[i];
	into->total += from->total;
}

uint64_t bench_histogram_per_mille(const struct bench_histogram *h, unsigned per_mille)
{
	uint64_t wanted = (h->total * per_mille + 999) / 1000, seen = 0;

	for (uint64_t i = 0; i < BENCH_HISTOGRAM_SIZE; i++) {
		seen += h->counts[i];
		if (seen >= wanted && seen)
			return value_of(i);
	}
	return 0;
}
