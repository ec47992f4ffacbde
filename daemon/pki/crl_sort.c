#include "daemon/pki/crl_sort.h"

#include <errno.h>
#include <stdlib.h>

#define REASON_HOLD 6u
#define DIGITS      8u   /* of what is sorted by, of 8 bits each */
#define VALUES      256u /* more places to write to at a time would not be in a cache */

/* Enough of a serial to tell most of them apart, in their order: its length, and seven bytes. */
struct item {
	uint64_t begin;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct pa_revoked *left = a, *right = b;

	return pa_serial_cmp(&left->serial, &right->serial);
}

static bool is_sorted(const struct pa_revoked *rows, size_t len)
{
	size_t i = 1;

	while (i < len && compare(&rows[i - 1], &rows[i]) < 0)
		i++;
	return i >= len;
}

static uint64_t begin_of(const struct pa_serial *serial)
{
	uint64_t begin = serial->len;

	for (size_t i = 0; i < 7; i++)
		begin = begin << 8 | (i < serial->len ? serial->bytes[i] : 0u);
	return begin;
}

static size_t digit_of(uint64_t begin, unsigned pass)
{
	return begin >> (8 * pass) & (VALUES - 1);
}

/* One pass over the digits, the last one first. Items and other change places where one is made. */
static void sort_by_digit(struct item **items, struct item **other, size_t len, unsigned pass)
{
	size_t places[VALUES] = { 0 }, sum = 0;
	struct item *from = *items, *to = *other;

	for (size_t i = 0; i < len; i++)
		places[digit_of(from[i].begin, pass)]++;
	if (places[digit_of(from[0].begin, pass)] == len)
		return; /* all have the same digit there */
	for (size_t i = 0; i < VALUES; i++) {
		size_t count = places[i];

		places[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < len; i++)
		to[places[digit_of(from[i].begin, pass)]++] = from[i];
	*items = to;
	*other = from;
}

/* Rows in the order of items, and in full order where those cannot tell them apart. */
static void take(
	struct pa_revoked *to, const struct pa_revoked *from, const struct item *items, size_t len)
{
	size_t end;

	for (size_t i = 0; i < len; i++)
		to[i] = from[items[i].index];
	for (size_t i = 0; i < len; i = end) {
		for (end = i + 1; end < len && items[end].begin == items[i].begin;)
			end++;
		if (end - i > 1)
			qsort(to + i, end - i, sizeof(*to), compare);
	}
}

static int sort(struct pa_revoked **rows, size_t len)
{
	struct pa_revoked *sorted = reallocarray(NULL, len, sizeof(*sorted));
	struct item *items = reallocarray(NULL, len, sizeof(*items));
	struct item *other = reallocarray(NULL, len, sizeof(*other));
	int r = -ENOMEM;

	if (sorted && items && other) {
		for (size_t i = 0; i < len; i++)
			items[i] = (struct item){ begin_of(&(*rows)[i].serial), i };
		for (unsigned pass = 0; pass < DIGITS; pass++)
			sort_by_digit(&items, &other, len, pass);
		take(sorted, *rows, items, len);
		free(*rows);
		*rows = sorted;
		sorted = NULL;
		r = 0;
	}
	free(sorted);
	free(items);
	free(other);
	return r;
}

static void merge(struct pa_revoked *into, const struct pa_revoked *from)
{
	if (into->reason == REASON_HOLD)
		into->reason = from->reason;
	if (from->revoked_s < into->revoked_s)
		into->revoked_s = from->revoked_s;
}

int pa_crl_sort(struct pa_revoked **rows, size_t *len)
{
	struct pa_revoked *all;
	size_t kept = 1;
	int r;

	if (is_sorted(*rows, *len))
		return 0;
	r = sort(rows, *len);
	if (r)
		return r;
	all = *rows;
	for (size_t i = 1; i < *len; i++) {
		if (compare(&all[kept - 1], &all[i]) == 0)
			merge(&all[kept - 1], &all[i]);
		else
			all[kept++] = all[i];
	}
	*len = kept;
	return 0;
}
