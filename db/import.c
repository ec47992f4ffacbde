#include "db/import.h"

#include <errno.h>
#include <stdlib.h>

#include "db/pages.h"
#include "db/sort.h"
#include "db/store.h"

#define ROOM_MIN 1024u
#define SIZE_LEN 2u /* bytes before an entry that tell its size */

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

int pa_import_reserve(struct pa_device_import *import, size_t rows)
{
	if (import->len || import->rows)
		return 0;
	if (rows > PA_IMPORT_ROWS_MAX)
		rows = PA_IMPORT_ROWS_MAX;
	import->rows = pa_pages_alloc(rows * sizeof(*import->rows));
	import->room = import->rows ? rows : 0;
	return import->rows ? 0 : -ENOMEM;
}

static bool is_device(struct pa_mac mac)
{
	return pa_mac_is_device(mac) && mac.value >> 48 == 0;
}

static struct pa_bytes entry_at(const struct pa_device_import *import, uint32_t at)
{
	const uint8_t *entry = import->data + at;

	return (struct pa_bytes){ entry + SIZE_LEN, (size_t)entry[0] << 8 | entry[1] };
}

static int add_row(struct pa_device_import *import, struct pa_mac mac, uint32_t line, uint32_t at)
{
	if (import->len == PA_IMPORT_ROWS_MAX)
		return PA_E_LIMIT;
	if (import->len == import->room) {
		void *rows = import->rows;
		int r = grow(&rows, import->len, 1, &import->room, sizeof(*import->rows));

		import->rows = rows;
		if (r)
			return r;
	}
	import->rows[import->len++] =
		(struct pa_import_row){ .mac = mac.value, .line = line, .at = at };
	import->last = at;
	return 0;
}

int pa_import_add(struct pa_device_import *import, const struct pa_device *device, uint32_t line)
{
	void *data = import->data;
	struct pa_record record;
	size_t at = import->data_len;
	int r;

	if (!is_device(device->mac) || device->state < PA_DEVICE_ALLOWED ||
		device->state > PA_DEVICE_REMOVED || !pa_device_has_good_texts(device))
		return -EINVAL;
	pa_record_put_device(&record, device);
	if (record.failed)
		return -EINVAL;
	if (import->len && pa_bytes_eq(entry_at(import, import->last),
				   (struct pa_bytes){ record.bytes, record.len }))
		return add_row(import, device->mac, line, import->last);
	if (at > UINT32_MAX - SIZE_LEN - record.len)
		return PA_E_LIMIT;
	r = grow(&data, at, SIZE_LEN + record.len, &import->data_room, 1);
	import->data = data;
	if (r)
		return r;
	import->data[at] = (uint8_t)(record.len >> 8);
	import->data[at + 1] = (uint8_t)record.len;
	memcpy(import->data + at + SIZE_LEN, record.bytes, record.len);
	r = add_row(import, device->mac, line, (uint32_t)at);
	if (r == 0)
		import->data_len += SIZE_LEN + record.len;
	return r;
}

int pa_import_add_again(struct pa_device_import *import, struct pa_mac mac, uint32_t line)
{
	if (!is_device(mac) || !import->len)
		return -EINVAL;
	return add_row(import, mac, line, import->last);
}

int pa_import_sort(struct pa_device_import *import)
{
	void *rows = import->rows;
	int r = pa_sort(&rows, import->len);

	_Static_assert(
		sizeof(*import->rows) == PA_SORT_SIZE && offsetof(struct pa_import_row, mac) == 0,
		"rows are sorted by their addresses");
	if (rows != import->rows)
		import->room = import->len;
	import->rows = rows;
	return r;
}

void pa_import_finish(struct pa_device_import *import)
{
	free(import->rows);
	free(import->data);
	*import = (struct pa_device_import){ 0 };
}

struct pa_bytes pa_import_entry(const struct pa_device_import *import, size_t i)
{
	return entry_at(import, import->rows[i].at);
}

int pa_import_get(const struct pa_device_import *import, size_t i, struct pa_device *ret)
{
	struct pa_key key = pa_record_device_key((struct pa_mac){ import->rows[i].mac });

	return pa_record_get_device(pa_record_key_bytes(&key), pa_import_entry(import, i), ret);
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
