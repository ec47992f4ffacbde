/*
 * Many devices in one change, in little memory: a small row each, and the entry
 * as it will be stored, which neighbours in the list may have in common.
 */
#ifndef DB_IMPORT_H
#define DB_IMPORT_H

#include "db/device.h"

#define PA_IMPORT_ROWS_MAX 8000000u

struct pa_import_row {
	uint64_t mac;
	uint32_t line; /* of the file; for the caller */
	uint32_t at;   /* of its entry in data, behind two bytes that tell its size */
};

struct pa_import_counts {
	uint64_t added, changed, removed, unchanged;
	uint64_t restored; /* of those added: devices that had been removed */
};

struct pa_device_import {
	unsigned fields; /* PA_DEVICE_SET_*: of devices that are there, only these are set */
	bool replace;    /* devices that are on the list and not among the rows are removed */
	bool restore;    /* rows may bring back a device that was removed; else PA_DB_REMOVED */
	size_t len, room;
	struct pa_import_row *rows;
	size_t data_len, data_room;
	uint8_t *data;
	uint32_t last; /* where the entry of the row that was added last is */
	/* filled in by the change */
	struct pa_import_counts counts;
	uint64_t refused_mac; /* with PA_DB_REMOVED */
};

/* Room for so many rows, which saves time. 0, -ENOMEM. */
int pa_import_reserve(struct pa_device_import *import, size_t rows) PA_MUST_CHECK;
/* A row more; it is copied. 0, -ENOMEM, PA_E_LIMIT, -EINVAL (as DEVICE_PUT; may be removed). */
int pa_import_add(struct pa_device_import *import, const struct pa_device *device,
	uint32_t line) PA_MUST_CHECK;
/* The same entry as that of the row before, which there must be, for another address. */
int pa_import_add_again(
	struct pa_device_import *import, struct pa_mac mac, uint32_t line) PA_MUST_CHECK;
/* In the order of addresses, stably. 0, -ENOMEM. */
int pa_import_sort(struct pa_device_import *import) PA_MUST_CHECK;
void pa_import_finish(struct pa_device_import *import);

/* The entry of a row as it is stored. */
struct pa_bytes pa_import_entry(const struct pa_device_import *import, size_t i);
/* The device of a row. 0, PA_E_STORE. */
int pa_import_get(
	const struct pa_device_import *import, size_t i, struct pa_device *ret) PA_MUST_CHECK;

/* What a row would do, given the entry that is there (NULL: none). next: what will be stored. */
enum pa_import_effect {
	PA_IMPORT_ADDS = 1,
	PA_IMPORT_CHANGES,
	PA_IMPORT_REMOVES, /* the row says `removed` */
	PA_IMPORT_RESTORES,
	PA_IMPORT_LEAVES
};
enum pa_import_effect pa_import_judge(const struct pa_device_import *import,
	const struct pa_device *row, const struct pa_device *old, struct pa_device *next);

#endif
