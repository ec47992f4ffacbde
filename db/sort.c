#include "db/sort.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "db/pages.h"

#define FEW      24u /* are sorted one by one */
#define BITS_MAX 10u /* of a digit: more places to write to at a time would not be in a cache */

/* A copy of what an element holds, whatever its type is. */
struct element {
	uint64_t key;
	uint64_t rest;
};

_Static_assert(sizeof(struct element) == PA_SORT_SIZE, "an element is copied whole");

static uint64_t key_at(const uint8_t *at, size_t i)
{
	uint64_t key;

	memcpy(&key, at + i * PA_SORT_SIZE, sizeof(key));
	return key;
}

static struct element get(const uint8_t *at, size_t i)
{
	struct element element;

	memcpy(&element, at + i * PA_SORT_SIZE, sizeof(element));
	return element;
}

static void put(uint8_t *at, size_t i, struct element element)
{
	memcpy(at + i * PA_SORT_SIZE, &element, sizeof(element));
}

/* One by one from where they are to where they are to be, which may be the same place. */
static void sort_few(const uint8_t *from, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct element element = get(from, i);
		size_t k = i;

		for (; k && key_at(to, k - 1) > element.key; k--)
			put(to, k, get(to, k - 1));
		put(to, k, element);
	}
}

/* The bits in which the keys differ. */
static uint64_t differences(const uint8_t *at, size_t len)
{
	const uint64_t first = key_at(at, 0);
	uint64_t bits = 0;

	for (size_t i = 1; i < len; i++)
		bits |= key_at(at, i) ^ first;
	return bits;
}

/* Of a digit that parts len elements into pieces of a few. */
static unsigned bits_for(size_t len)
{
	unsigned bits = 3;

	while (bits < BITS_MAX && len >> bits > 2)
		bits++;
	return bits;
}

/*
 * By the first digit in which they differ from at to other, then each piece from there. The result
 * is to be in other, or where it was.
 */
static void sort(uint8_t *at, uint8_t *other, size_t len, bool to_other)
{
	uint32_t places[1u << BITS_MAX];
	const uint64_t bits = len > FEW ? differences(at, len) : 0;
	unsigned width, shift;
	size_t start = 0, longest = 0;

	if (bits == 0) {
		if (len <= FEW)
			sort_few(at, to_other ? other : at, len);
		else if (to_other)
			memcpy(other, at, len * PA_SORT_SIZE);
		return;
	}
	width = bits_for(len);
	shift = 64 - (unsigned)__builtin_clzll(bits);
	shift = shift > width ? shift - width : 0;
	memset(places, 0, sizeof(*places) << width);
	for (size_t i = 0; i < len; i++)
		places[key_at(at, i) >> shift & ((1u << width) - 1)]++;
	for (size_t i = 0; i < (size_t)1 << width; i++) {
		const uint32_t count = places[i];

		places[i] = (uint32_t)start;
		start += count;
	}
	for (size_t i = 0; i < len; i++)
		put(other, places[key_at(at, i) >> shift & ((1u << width) - 1)]++, get(at, i));
	/* a place is now the end of its piece */
	for (size_t i = 0, begin = 0; i < (size_t)1 << width; begin = places[i++])
		longest = places[i] - begin > longest ? places[i] - begin : longest;
	if (longest <= FEW) {
		/* at once: no element leaves its piece */
		sort_few(other, to_other ? other : at, len);
		return;
	}
	for (size_t i = 0, begin = 0; i < (size_t)1 << width; begin = places[i++]) {
		if (places[i] != begin)
			sort(other + begin * PA_SORT_SIZE, at + begin * PA_SORT_SIZE,
				places[i] - begin, !to_other);
	}
}

static bool is_sorted(const uint8_t *at, size_t len)
{
	size_t i = 1;

	while (i < len && key_at(at, i - 1) <= key_at(at, i))
		i++;
	return i >= len;
}

int pa_sort(void **elements, size_t len)
{
	void *other;

	if (is_sorted(*elements, len))
		return 0;
	if (len > UINT32_MAX)
		return -ENOMEM;
	other = pa_pages_alloc(len * PA_SORT_SIZE);
	if (!other)
		return -ENOMEM;
	sort(*elements, other, len, true);
	free(*elements);
	*elements = other;
	return 0;
}
