#include "db/devices.h"

#include <errno.h>
#include <stdlib.h>

#include "db/pages.h"

/* A slot: the address, 13 bits of group, 3 of state. 0: free, since no device has address 0. */
#define STATE_BITS 3u
#define ASK        7u /* in place of a state */
#define ASK_SLOT   ((uint64_t)ASK)

#define ROOM_MIN   1024u /* entries */
#define NOTED_KEPT 4096u /* notes whose memory is kept for the next ones */
#define AHEAD      PA_DEVICES_AHEAD
#define MANY       4096u /* changes that are worth a table of their own */

struct pa_devices_table {
	struct pa_block block;
	size_t room; /* entries that may be in it: three of four slots */
	uint64_t len;
	_Atomic uint64_t slots[];
};

/* Who is on the list is the operator's choice: nobody else could make addresses collide. */
static size_t first_of(uint64_t slots, uint64_t mac)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t mixed = (mac ^ mac >> 24) * odd;

	mixed = (mixed ^ mixed >> 32) * odd;
	return (size_t)((mixed >> 32) * slots >> 32);
}

static size_t first_slot(const struct pa_devices_table *table, uint64_t mac)
{
	return first_of(table->len, mac);
}

/* The slot of the address, or the free one where it would stand; looked for from slot `at` on. */
static inline _Atomic uint64_t *slot_from(
	struct pa_devices_table *table, size_t at, uint64_t mac, uint64_t *ret)
{
	for (;;) {
		*ret = atomic_load_explicit(&table->slots[at], memory_order_acquire);
		if (*ret >> PA_DEVICES_REST_BITS == mac || *ret == 0)
			return &table->slots[at];
		if (++at == table->len)
			at = 0;
	}
}

static inline _Atomic uint64_t *slot_of(struct pa_devices_table *table, uint64_t mac, uint64_t *ret)
{
	return slot_from(table, first_slot(table, mac), mac, ret);
}

/* 1: the device had no slot. */
static size_t write_slot(struct pa_devices_table *table, size_t at, uint64_t value)
{
	uint64_t there;
	_Atomic uint64_t *slot = slot_from(table, at, value >> PA_DEVICES_REST_BITS, &there);

	atomic_store_explicit(slot, value, memory_order_release);
	return there == 0;
}

static size_t ask_for(const struct pa_devices_table *table, uint64_t value)
{
	const size_t at = first_slot(table, value >> PA_DEVICES_REST_BITS);

	__builtin_prefetch(&table->slots[at], 1);
	return at;
}

/* Each waits for memory: it is asked for those that come next. */
static void put(struct pa_devices *devices, struct pa_devices_table *table, const uint64_t *values,
	size_t len)
{
	size_t at[AHEAD];

	for (size_t i = 0; i < len + AHEAD; i++) {
		if (i >= AHEAD)
			devices->used += write_slot(table, at[i % AHEAD], values[i - AHEAD]);
		if (i < len)
			at[i % AHEAD] = ask_for(table, values[i]);
	}
}

static struct pa_devices_table *table_of(const struct pa_devices *devices)
{
	return atomic_load_explicit(&devices->table, memory_order_relaxed);
}

/* Readers find it from now on. Returns the one that they found before. */
static struct pa_devices_table *set_table(
	struct pa_devices *devices, struct pa_devices_table *table)
{
	atomic_store(&devices->hint.slots, table ? (uintptr_t)table->slots : 0);
	atomic_store(&devices->hint.len, table ? table->len : 0);
	return atomic_exchange(&devices->table, table);
}

void pa_devices_finish(struct pa_devices *devices)
{
	for (size_t i = 1; i <= devices->groups_len; i++)
		free((void *)(uintptr_t)atomic_load(&devices->groups[i]));
	pa_block_free(set_table(devices, NULL));
	pa_devices_rewind(devices, 0);
	free(devices->noted);
	devices->noted = NULL;
	devices->groups_len = devices->used = devices->noted_len = devices->noted_room = 0;
}

/* --- groups --- */

static size_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

/* 0, -ENOMEM; *ret is 0 for "", above PA_DEVICES_GROUPS where there are too many. */
static int number_of(struct pa_devices *devices, const char *name, unsigned *ret)
{
	const size_t len = sizeof(devices->by_name) / sizeof(devices->by_name[0]);
	size_t at = hash_of(name) % len;
	char *copy;

	*ret = 0;
	if (!name[0])
		return 0;
	for (; devices->by_name[at]; at = (at + 1) % len) {
		*ret = devices->by_name[at];
		if (strcmp(atomic_load_explicit(&devices->groups[*ret], memory_order_relaxed),
			    name) == 0)
			return 0;
	}
	*ret = PA_DEVICES_GROUPS + 1;
	if (devices->groups_len == PA_DEVICES_GROUPS)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*ret = (unsigned)++devices->groups_len;
	devices->by_name[at] = (uint16_t)*ret;
	atomic_store_explicit(&devices->groups[*ret], copy, memory_order_release);
	return 0;
}

/* --- changes --- */

/* For so many entries, and some more. */
static struct pa_devices_table *new_table(size_t entries)
{
	const size_t room = entries < ROOM_MIN ? ROOM_MIN : entries + entries / 4;
	const size_t slots = room / 3 * 4 + 4;
	struct pa_devices_table *table = NULL;

	if (slots <= UINT32_MAX)
		table = pa_block_new(sizeof(*table) + slots * sizeof(table->slots[0]));
	if (table) {
		table->room = room;
		table->len = slots;
	}
	return table;
}

/* Entries of devices that are not there any more are left behind. How many are not. */
static size_t copy(const struct pa_devices_table *from, struct pa_devices_table *to)
{
	size_t count = 0;

	for (uint64_t i = 0; from && i < from->len; i++) {
		const uint64_t value = atomic_load_explicit(&from->slots[i], memory_order_relaxed);

		/* slots are in the order in which they come in the other table, too */
		if (value & ((1u << STATE_BITS) - 1))
			count += write_slot(
				to, first_slot(to, value >> PA_DEVICES_REST_BITS), value);
	}
	return count;
}

static void write_ahead(struct pa_devices *devices, size_t i)
{
	devices->next_used += write_slot(
		devices->next, devices->ahead[i % AHEAD].at, devices->ahead[i % AHEAD].value);
}

/* Those that are not written yet. */
static void catch_up(struct pa_devices *devices)
{
	const size_t len = devices->ahead_len;

	for (size_t i = len < AHEAD ? 0 : len - AHEAD; i < len; i++)
		write_ahead(devices, i);
	devices->ahead_len = 0;
}

/* More than were expected. */
static int grow_next(struct pa_devices *devices)
{
	struct pa_devices_table *table = new_table(2 * devices->next->room);

	if (!table)
		return -ENOMEM;
	catch_up(devices);
	devices->next_used = copy(devices->next, table);
	pa_block_free(devices->next);
	devices->next = table;
	return 0;
}

static int note_next(struct pa_devices *devices, uint64_t value)
{
	const size_t i = devices->ahead_len++;

	if (i >= AHEAD)
		write_ahead(devices, i);
	devices->ahead[i % AHEAD].value = value;
	devices->ahead[i % AHEAD].at = ask_for(devices->next, value);
	return devices->next_used + AHEAD < devices->next->room ? 0 : grow_next(devices);
}

static int make_room(struct pa_devices *devices, size_t changes)
{
	size_t room = devices->noted_len + changes;
	uint64_t *grown;

	if (room <= devices->noted_room)
		return 0;
	grown = pa_pages_alloc(room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	if (devices->noted_len)
		memcpy(grown, devices->noted, devices->noted_len * sizeof(*grown));
	free(devices->noted);
	devices->noted = grown;
	devices->noted_room = room;
	return 0;
}

int pa_devices_expect(struct pa_devices *devices, size_t changes)
{
	if (devices->off || devices->next)
		return 0;
	if (!devices->is_whole || devices->used || devices->noted_len || changes < MANY)
		return make_room(devices, changes);
	devices->next = new_table(changes);
	return devices->next ? 0 : -ENOMEM;
}

static int note(struct pa_devices *devices, uint64_t value)
{
	const size_t len = devices->noted_len;

	devices->last = value;
	if (devices->next)
		return note_next(devices, value);
	if (len == devices->noted_room &&
		make_room(devices, len < NOTED_KEPT ? NOTED_KEPT : len) != 0)
		return -ENOMEM;
	devices->noted[devices->noted_len++] = value;
	return 0;
}

int pa_devices_note(struct pa_devices *devices, const struct pa_device *device)
{
	uint64_t value = device->mac.value << PA_DEVICES_REST_BITS;
	unsigned group;
	int r;

	if (devices->off)
		return 0;
	r = number_of(devices, device->group, &group);
	if (r)
		return r;
	if (device->expires_s || group > PA_DEVICES_GROUPS)
		return note(devices, value | ASK_SLOT);
	return note(devices, value | (uint64_t)group << STATE_BITS | (uint64_t)device->state);
}

int pa_devices_note_unknown(struct pa_devices *devices, struct pa_mac mac)
{
	return devices->off ? 0 : note(devices, mac.value << PA_DEVICES_REST_BITS | ASK_SLOT);
}

int pa_devices_note_again(struct pa_devices *devices, struct pa_mac mac)
{
	const uint64_t rest = devices->last & ((UINT64_C(1) << PA_DEVICES_REST_BITS) - 1);

	return devices->off ? 0 : note(devices, mac.value << PA_DEVICES_REST_BITS | rest);
}

void pa_devices_rewind(struct pa_devices *devices, size_t mark)
{
	pa_block_free(devices->next);
	devices->next = NULL;
	devices->next_used = devices->ahead_len = 0;
	devices->noted_len = mark;
}

/* How many of the notes may need a slot of their own. */
static size_t count_new(const struct pa_devices *devices, struct pa_devices_table *table)
{
	size_t count = 0;
	uint64_t there;

	if (!table)
		return devices->noted_len;
	for (size_t i = 0; i < devices->noted_len; i++) {
		(void)slot_of(table, devices->noted[i] >> PA_DEVICES_REST_BITS, &there);
		count += there == 0;
	}
	return count;
}

int pa_devices_reserve(struct pa_devices *devices)
{
	struct pa_devices_table *old = table_of(devices), *table;
	size_t room = devices->used + devices->noted_len;

	if (devices->next)
		catch_up(devices);
	if (devices->off || devices->next || (old && room <= old->room))
		return 0;
	room = devices->used + count_new(devices, old);
	if (old && room <= old->room)
		return 0;
	table = new_table(room);
	if (!table)
		return -ENOMEM;
	devices->used = copy(old, table);
	pa_reclaim_give(devices->reclaim, set_table(devices, table));
	return 0;
}

/* The table that was made in its place. */
static void replace_table(struct pa_devices *devices)
{
	pa_reclaim_give(devices->reclaim, set_table(devices, devices->next));
	devices->used = devices->next_used;
	devices->next = NULL;
	devices->next_used = 0;
}

void pa_devices_publish(struct pa_devices *devices, uint64_t txn)
{
	struct pa_devices_table *table = table_of(devices);

	if (devices->off)
		return;
	if (devices->noted_len || devices->next) /* what a slot says is read before this again */
		atomic_store_explicit(&devices->as_of, 0, memory_order_relaxed);
	if (devices->next)
		replace_table(devices);
	else if (table)
		put(devices, table, devices->noted, devices->noted_len);
	atomic_store_explicit(&devices->as_of, txn, memory_order_release);
	devices->noted_len = 0;
	if (devices->noted_room > NOTED_KEPT) {
		free(devices->noted);
		devices->noted = NULL;
		devices->noted_room = 0;
	}
}

/* --- questions --- */

void pa_devices_fetch(const struct pa_devices *devices, struct pa_mac mac)
{
	const uintptr_t slots = atomic_load_explicit(&devices->hint.slots, memory_order_relaxed);
	const uint64_t len = atomic_load_explicit(&devices->hint.len, memory_order_relaxed);

	__builtin_prefetch((const void *)(slots + first_of(len, mac.value) * sizeof(uint64_t)));
}

enum pa_devices_answer pa_devices_find(struct pa_devices *devices, uint64_t txn, struct pa_mac mac,
	enum pa_device_state *state, const char **group)
{
	struct pa_devices_table *table;
	unsigned number, what;
	uint64_t value = 0;

	/* the image of this very transaction, both before and after the slot was read */
	if (atomic_load_explicit(&devices->as_of, memory_order_acquire) != txn || !txn)
		return PA_DEVICES_ASK;
	table = atomic_load(&devices->table);
	if (table)
		(void)slot_of(table, mac.value, &value);
	if (atomic_load_explicit(&devices->as_of, memory_order_relaxed) != txn)
		return PA_DEVICES_ASK;
	what = (unsigned)value & ((1u << STATE_BITS) - 1);
	number = ((unsigned)value & ((1u << PA_DEVICES_REST_BITS) - 1)) >> STATE_BITS;
	if (what == ASK)
		return PA_DEVICES_ASK;
	if (what == PA_DEVICE_NONE)
		return PA_DEVICES_ABSENT;
	*state = (enum pa_device_state)what;
	*group = number ? atomic_load_explicit(&devices->groups[number], memory_order_acquire) : "";
	return PA_DEVICES_FOUND;
}

struct pa_devices_size pa_devices_size(const struct pa_devices *devices)
{
	const struct pa_devices_table *table = table_of(devices);

	return (struct pa_devices_size){
		.entries = devices->used,
		.bytes = table ? sizeof(*table) + table->len * sizeof(table->slots[0]) : 0,
	};
}
