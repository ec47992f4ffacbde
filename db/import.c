#include "db/import.h"

#include <errno.h>
#include <stdlib.h>

#include "db/store.h"

#define ROOM_MIN 1024u

/* Room for `more` behind the first len of *room elements. 0, -ENOMEM. */
static int grow(void **array, size_t len, size_t more, size_t *room, size_t size)
{
	size_t wanted = *room ? *room : ROOM_MIN;
	void *grown;

	if (more <= *room - len)
		return 0;
	while (wanted - len < more)
		wanted *= 2;
	grown = reallocarray(*array, wanted, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = wanted;
	return 0;
}

int pa_import_add(struct pa_device_import *import, const struct pa_device *device, uint32_t line)
{
	void *rows = import->rows, *data = import->data;
	struct pa_record record;
	int r;

	if (!pa_mac_is_device(device->mac) || device->mac.value >> 48 ||
		device->state < PA_DEVICE_ALLOWED || device->state > PA_DEVICE_REMOVED ||
		!pa_device_has_good_texts(device))
		return -EINVAL;
	if (import->len == PA_IMPORT_ROWS_MAX)
		return PA_E_LIMIT;
	pa_record_put_device(&record, device);
	if (record.failed)
		return -EINVAL;
	r = grow(&rows, import->len, 1, &import->room, sizeof(*import->rows));
	import->rows = rows;
	if (r == 0)
		r = grow(&data, import->data_len, record.len, &import->data_room, 1);
	import->data = data;
	if (r)
		return r;
	import->rows[import->len++] = (struct pa_import_row){
		.mac = device->mac.value,
		.line = line,
		.size = (uint32_t)record.len,
		.at = import->data_len,
	};
	memcpy(import->data + import->data_len, record.bytes, record.len);
	import->data_len += record.len;
	return 0;
}

/* One pass: from -> to, in the order of one byte of the address. */
static void sort_by_byte(const struct pa_import_row *from, struct pa_import_row *to, size_t len,
	unsigned shift, const size_t counts[256])
{
	size_t starts[256], sum = 0;

	for (size_t i = 0; i < 256; i++) {
		starts[i] = sum;
		sum += counts[i];
	}
	for (size_t i = 0; i < len; i++)
		to[starts[from[i].mac >> shift & 255]++] = from[i];
}

int pa_import_sort(struct pa_device_import *import)
{
	const size_t len = import->len;
	struct pa_import_row *other;
	bool sorted = true;

	for (size_t i = 1; i < len && sorted; i++)
		sorted = import->rows[i - 1].mac <= import->rows[i].mac;
	if (sorted)
		return 0;
	other = reallocarray(NULL, len, sizeof(*other));
	if (!other)
		return -ENOMEM;
	for (unsigned shift = 0; shift < 48; shift += 8) {
		struct pa_import_row *rows = import->rows;
		size_t counts[256] = { 0 };

		for (size_t i = 0; i < len; i++)
			counts[rows[i].mac >> shift & 255]++;
		if (counts[rows[0].mac >> shift & 255] == len)
			continue; /* all have the same byte there */
		sort_by_byte(rows, other, len, shift, counts);
		import->rows = other;
		other = rows;
	}
	import->room = len;
	free(other);
	return 0;
}

void pa_import_finish(struct pa_device_import *import)
{
	free(import->rows);
	free(import->data);
	*import = (struct pa_device_import){ 0 };
}

int pa_import_get(const struct pa_device_import *import, size_t i, struct pa_device *ret)
{
	struct pa_key key = pa_record_device_key((struct pa_mac){ import->rows[i].mac });

	return pa_record_get_device(pa_record_key_bytes(&key),
		(struct pa_bytes){ import->data + import->rows[i].at, import->rows[i].size }, ret);
}

static bool is_same(const struct pa_device *a, const struct pa_device *b)
{
	return pa_device_diff(a, b, NULL, 0) == 0;
}

enum pa_import_effect pa_import_judge(const struct pa_device_import *import,
	const struct pa_device *row, const struct pa_device *old, struct pa_device *next)
{
	*next = *row;
	if (!old)
		return PA_IMPORT_ADDS;
	if (old->state == PA_DEVICE_REMOVED && row->state != PA_DEVICE_REMOVED)
		return PA_IMPORT_RESTORES;
	*next = *old;
	pa_device_merge(next, row, import->fields);
	if (next->state == PA_DEVICE_REMOVED) {
		memset(next->group, 0, sizeof(next->group));
		next->expires_s = 0;
	}
	if (is_same(old, next))
		return PA_IMPORT_LEAVES;
	return next->state == PA_DEVICE_REMOVED && old->state != PA_DEVICE_REMOVED
		       ? PA_IMPORT_REMOVES
		       : PA_IMPORT_CHANGES;
}
