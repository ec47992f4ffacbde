#include "daemon/pki/crl_sort.h"

#include <stdlib.h>

#define REASON_HOLD 6u

uint64_t pa_crl_begin(const struct pa_serial *serial)
{
	uint64_t begin = serial->len;

	for (size_t i = 0; i < 7; i++)
		begin = begin << 8 | (i < serial->len ? serial->bytes[i] : 0u);
	return begin;
}

static int compare(const void *a, const void *b)
{
	const struct pa_revoked *left = a, *right = b;

	return pa_serial_cmp(&left->serial, &right->serial);
}

/* The rows from the i-th on that begin alike, in full order. Returns where they end. */
static size_t sort_alike(struct pa_revoked *rows, size_t len, size_t i)
{
	const uint64_t begin = pa_crl_begin(&rows[i].serial);
	size_t end = i + 1;

	while (end < len && pa_crl_begin(&rows[end].serial) == begin)
		end++;
	if (end - i > 1)
		qsort(rows + i, end - i, sizeof(*rows), compare);
	return end;
}

static void merge(struct pa_revoked *into, const struct pa_revoked *from)
{
	if (into->reason == REASON_HOLD)
		into->reason = from->reason;
	if (from->revoked_s < into->revoked_s)
		into->revoked_s = from->revoked_s;
}

void pa_crl_settle(struct pa_revoked *rows, size_t *len)
{
	size_t kept = 1, i = 1;

	while (i < *len && compare(&rows[i - 1], &rows[i]) < 0)
		i++;
	if (i >= *len)
		return; /* nearly every CRL */
	for (i = 0; i < *len;)
		i = sort_alike(rows, *len, i);
	for (i = 1; i < *len; i++) {
		if (compare(&rows[kept - 1], &rows[i]) == 0)
			merge(&rows[kept - 1], &rows[i]);
		else
			rows[kept++] = rows[i];
	}
	*len = kept;
}
