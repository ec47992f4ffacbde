/*
 * How often which time was measured, to 1 of 128: buckets that double, each in 128 steps.
 */
#ifndef TESTS_BENCH_HISTOGRAM_H
#define TESTS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define BENCH_HISTOGRAM_STEPS 128u
#define BENCH_HISTOGRAM_SIZE  (BENCH_HISTOGRAM_STEPS * 40u) /* up to 18 hours in ns */

/* Zero is an empty one. */
struct bench_histogram {
	uint64_t total;
	uint64_t counts[BENCH_HISTOGRAM_SIZE];
};

void bench_histogram_add(struct bench_histogram *h, uint64_t value);
void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from);

/* The value that so many per mille do not exceed, rounded up to its step. Empty: 0. */
uint64_t bench_histogram_per_mille(const struct bench_histogram *h, unsigned per_mille);

#endif
