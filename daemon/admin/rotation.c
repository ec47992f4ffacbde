/* password.rotate, password.rotation, password.rotation.devices, password.retire */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "daemon/admin/password.h"
#include "daemon/admin/seen.h"
#include "daemon/rotation.h"

#define WINDOW_MIN_S INT64_C(60)
#define NAMES_MAX    (PA_SLOTS_MAX * (PA_NAME_MAX + 1))

/*
 * The account without its void slots: nobody comes in with these, so that none of them is the new
 * password, and none lets anybody in until the new one is with him. 0, or 1: answered.
 */
static int read_account(struct pa_admin_call *call, const struct pa_account_key *key,
	struct pa_account *ret, char voided[NAMES_MAX])
{
	if (pa_admin_account_read(call, key, ret) < 0)
		return 1;
	pa_voided_drop(&call->admin->shared->voided, ret, voided, NAMES_MAX);
	return 0;
}

/* Why there is less than password list shows. */
static const char *why_not(const char *voided)
{
	return voided[0] ? "; void, since they were made with another secret.key (password remove, "
			   "password set): slot "
			 : "";
}

/* --- begin --- */

/* A name for the new slot: the day. */
static void name_slot(struct pa_slot *slot, int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm tm;

	if (!slot->name[0] && gmtime_r(&now, &tm))
		(void)strftime(slot->name, sizeof(slot->name), "%Y-%m-%d", &tm);
}

/* The slot that is valid, and from which one goes on; NULL: the call is answered. */
static const struct pa_slot *find_former(struct pa_admin_call *call,
	const struct pa_account *account, const char *voided, int64_t now_s)
{
	const struct pa_slot *former = NULL;
	struct pa_rotation rotation;

	for (size_t i = 0; i < account->slots_len; i++) {
		if (pa_slot_is_open(&account->slots[i], now_s))
			former = &account->slots[i];
	}
	if (!former) {
		pa_admin_refuse(call, "%s %s has no password that is valid now: password set%s%s",
			pa_account_scope_name(account->key.scope), account->key.name,
			why_not(voided), voided);
		return NULL;
	}
	if (pa_rotation_find(account, now_s, &rotation) != 0)
		return former;
	for (size_t i = 0; i < rotation.old_len; i++) {
		if (!pa_slot_is_open(rotation.old[i], now_s))
			continue;
		pa_admin_refuse(call,
			"a rotation to slot %s is under way, and slot %s is valid still: password "
			"rotation retire it first",
			rotation.new_slot->name, rotation.old[i]->name);
		return NULL;
	}
	return rotation.new_slot;
}

static void rotated(struct pa_admin_call *call)
{
	const struct pa_change *change = call->changes;

	if (call->set.result == PA_DB_EXISTS)
		pa_admin_refuse(call, "%s %s has a slot %s already: name another with --slot",
			pa_account_scope_name(change->account.key.scope), change->account.key.name,
			change->account.slot.name);
	else if (call->set.result == PA_DB_CONFLICT)
		pa_admin_refuse(call,
			"the account changed meanwhile, or has %u slots: look at password list, "
			"and do it again",
			PA_SLOTS_MAX);
	else if (call->set.result)
		pa_admin_fail(call, "password.rotate", call->set.result);
	else {
		pa_admin_record(call, "slot", change->account.slot.name);
		pa_admin_record(call, "user", change->account.slot.user);
		pa_admin_record_int(call, "until", change->account.until_s);
		pa_admin_answer(call, PA_STATUS_OK);
	}
}

static void submit(struct pa_admin_call *call)
{
	pa_admin_change(call, call->changes, 1, rotated);
}

/* 0, or 1: the call is answered. */
static int read_rotate(struct pa_admin_call *call, struct pa_change *change, int64_t now_s)
{
	struct pa_slot *slot = &change->account.slot;

	if (pa_admin_account_key(call, &change->account.key) ||
		pa_admin_string(call, "slot", slot->name, sizeof(slot->name), false) ||
		pa_admin_string(call, "user", slot->user, sizeof(slot->user), false) ||
		pa_admin_int(call, "until", 0, &change->account.until_s))
		return 1;
	if (change->account.until_s < now_s + WINDOW_MIN_S) {
		pa_admin_refuse(call, "until: how long is the former password to be valid, as in "
				      "--window 30d?");
		return 1;
	}
	name_slot(slot, now_s);
	slot->added_s = slot->not_before_s = now_s;
	return 0;
}

static void password_rotate(struct pa_admin_call *call)
{
	const int64_t now_s = pa_shared_now(call->admin->shared);
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));
	const struct pa_slot *former;
	struct pa_account account;
	struct pa_slot *slot;
	char until[32] = "", voided[NAMES_MAX];
	struct tm tm;
	time_t end;

	if (!change) {
		pa_admin_fail(call, "password.rotate", PA_E_LIMIT);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_SLOT_ROTATE };
	if (read_rotate(call, change, now_s) ||
		read_account(call, &change->account.key, &account, voided))
		return;
	account.key = change->account.key;
	former = find_former(call, &account, voided, now_s);
	if (!former)
		return;
	slot = &change->account.slot;
	if (!slot->user[0])
		memcpy(slot->user, former->user, sizeof(slot->user));
	change->account.revision = account.revision;
	end = (time_t)change->account.until_s;
	if (gmtime_r(&end, &tm))
		(void)strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(call->summary, sizeof(call->summary),
		"password.rotate %s %s slot %s, the former until %s",
		pa_account_scope_name(account.key.scope), account.key.name, slot->name, until);
	call->changes = change;
	pa_admin_hash(call, &account, call->changes[0].account.slot.hash, submit);
}

/* --- how far it is --- */

/* What the work on the pool needs. */
struct look {
	struct pa_account account;
	int64_t now_s;
	bool all, force; /* of the list: also who has moved; of retire: whoever waits */
	struct pa_rotation rotation;
	struct pa_rotation_counts counts;
	struct pa_mac example; /* one of those that wait */
};

static enum pa_rotation_use judge(
	const struct look *look, const struct pa_admin_walk *walk, const struct pa_seen_slot **slot)
{
	return pa_rotation_judge(&look->rotation, walk->has_device ? &walk->device : NULL,
		walk->has_seen ? &walk->seen : NULL, look->now_s, slot);
}

static int count(struct pa_admin_call *call, struct look *look)
{
	const struct pa_seen_slot *slot;
	struct pa_admin_walk walk;
	int r = pa_admin_walk_begin(&walk, call, NULL);

	if (r)
		return r;
	while ((r = pa_admin_walk_next(&walk)) == 0) {
		enum pa_rotation_use use = judge(look, &walk, &slot);

		look->counts.uses[use]++;
		if (use == PA_ROTATION_OLD || use == PA_ROTATION_UNSEEN)
			look->example = walk.mac;
	}
	pa_admin_walk_end(&walk);
	return r < 0 ? r : 0;
}

static void join_old(const struct pa_rotation *rotation, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < rotation->old_len && len < size; i++)
		len += (size_t)snprintf(
			out + len, size - len, "%s%s", i ? " " : "", rotation->old[i]->name);
}

static int put_status(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	struct look *look = (struct look *)(uintptr_t)scan->kind;
	const struct pa_rotation *rotation = &look->rotation;
	struct pa_rotation_forecast forecast;
	char old[NAMES_MAX];
	uint64_t devices = 0;
	int r = count(call, look);

	if (r)
		return r;
	pa_rotation_foresee(rotation, &look->counts, look->now_s, &forecast);
	join_old(rotation, old, sizeof(old));
	for (size_t use = PA_ROTATION_MOVED; use < PA_ROTATION_USES; use++)
		devices += look->counts.uses[use];
	pa_admin_record(call, "scope", pa_account_scope_name(look->account.key.scope));
	pa_admin_record(call, "name", look->account.key.name);
	pa_admin_record(call, "slot", rotation->new_slot->name);
	pa_admin_record(call, "old-slots", old);
	pa_admin_record_int(call, "since", rotation->since_s);
	pa_admin_record_int(call, "until", rotation->until_s);
	pa_admin_record_int(call, "time", look->now_s);
	pa_admin_record_int(call, "devices", (int64_t)devices);
	for (size_t use = PA_ROTATION_MOVED; use < PA_ROTATION_USES; use++)
		pa_admin_record_int(call, pa_rotation_use_name((enum pa_rotation_use)use),
			(int64_t)look->counts.uses[use]);
	pa_admin_record_int(call, "all-moved", forecast.all_s);
	pa_admin_record_int(call, "left-at-until", (int64_t)forecast.left_at_until);
	return 0;
}

static int put_devices(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	static const char *const columns[] = { "mac", "group", "uses", "slot", "last-used",
		"last-seen", NULL };
	const struct look *look = scan->kind;
	const struct pa_seen_slot *slot;
	struct pa_mac last = scan->after;
	struct pa_admin_walk walk;
	int r = pa_admin_walk_begin(&walk, call, scan->has_after ? &scan->after : NULL);

	if (r)
		return r;
	pa_admin_columns(call, columns);
	while ((r = pa_admin_walk_next(&walk)) == 0) {
		enum pa_rotation_use use = judge(look, &walk, &slot);

		if (use == PA_ROTATION_NOT_CONCERNED || (use == PA_ROTATION_MOVED && !look->all))
			continue;
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, pa_mac_format(last).text);
			break;
		}
		pa_admin_cell_str(call, pa_mac_format(walk.mac).text);
		pa_admin_cell_str(call, walk.has_device ? walk.device.group : "");
		pa_admin_cell_str(call, pa_rotation_use_name(use));
		pa_admin_cell_str(call, slot ? slot->name : "");
		pa_admin_cell_int(call, slot ? slot->time_s : 0);
		pa_admin_cell_int(call, walk.has_seen ? walk.seen.last_s : 0);
		last = walk.mac;
	}
	pa_admin_walk_end(&walk);
	return r < 0 ? r : 0;
}

/* The scan of an account that rotates; NULL: the call is answered. */
static struct pa_admin_scan *begin(struct pa_admin_call *call, struct look **ret)
{
	struct look *look = pa_arena_alloc(&call->arena, sizeof(*look));
	char voided[NAMES_MAX];
	struct pa_account_key key;
	struct pa_admin_scan *scan;

	if (!look) {
		pa_admin_fail(call, "password.rotation", PA_E_LIMIT);
		return NULL;
	}
	*look = (struct look){ .now_s = pa_shared_now(call->admin->shared) };
	*ret = look;
	if (pa_admin_account_key(call, &key) || pa_admin_flag(call, "all", &look->all) ||
		pa_admin_flag(call, "force", &look->force) ||
		read_account(call, &key, &look->account, voided))
		return NULL;
	if (pa_rotation_find(&look->account, look->now_s, &look->rotation) != 0) {
		pa_admin_refuse(call, "no password of %s %s is being rotated%s%s",
			pa_account_scope_name(key.scope), key.name, why_not(voided), voided);
		return NULL;
	}
	scan = pa_admin_scan_new(call);
	if (scan)
		scan->kind = look;
	return scan;
}

static void password_rotation(struct pa_admin_call *call)
{
	struct look *look;
	struct pa_admin_scan *scan = begin(call, &look);

	if (!scan)
		return;
	scan->work = put_status;
	pa_admin_scan_start(call);
}

static void password_rotation_devices(struct pa_admin_call *call)
{
	struct look *look;
	struct pa_admin_scan *scan = begin(call, &look);

	if (!scan)
		return;
	scan->work = put_devices;
	pa_admin_scan_start(call);
}

/* --- the end --- */

static void retire_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct pa_admin_scan *scan = call->scratch;

	scan->result = count(call, (struct look *)(uintptr_t)scan->kind);
}

static void retired(struct pa_admin_call *call)
{
	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "the account changed meanwhile: do it again");
	else if (call->set.result)
		pa_admin_fail(call, "password.retire", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void retire(struct pa_admin_call *call)
{
	const struct pa_admin_scan *scan = call->scratch;
	const struct look *look = scan->kind;
	const struct pa_rotation *rotation = &look->rotation;
	const uint64_t old = look->counts.uses[PA_ROTATION_OLD];
	const uint64_t unseen = look->counts.uses[PA_ROTATION_UNSEEN];
	char names[NAMES_MAX];
	struct pa_change *changes;

	if (scan->result) {
		pa_admin_fail(call, "the store could not be read", scan->result);
		return;
	}
	join_old(rotation, names, sizeof(names));
	if (old + unseen && !look->force) {
		pa_admin_refuse(call,
			"%" PRIu64 " devices used %s last, %" PRIu64 " have not been seen since "
			"the cut-over (for one, %s): they would be locked out. See password "
			"rotation status --devices; --force retires it all the same",
			old, names, unseen, pa_mac_format(look->example).text);
		return;
	}
	changes = pa_arena_alloc(&call->arena, rotation->old_len * sizeof(*changes));
	if (!changes) {
		pa_admin_fail(call, "password.retire", PA_E_LIMIT);
		return;
	}
	for (size_t i = 0; i < rotation->old_len; i++) {
		changes[i] =
			(struct pa_change){ .kind = PA_CHANGE_SLOT_REMOVE, .when = PA_WHEN_THERE };
		changes[i].account.key = look->account.key;
		changes[i].account.slot = *rotation->old[i];
	}
	snprintf(call->summary, sizeof(call->summary),
		"password.retire%s %s %.64s slot %.80s, %" PRIu64 " used it last, %" PRIu64
		" unseen",
		old + unseen ? " by force" : "", pa_account_scope_name(look->account.key.scope),
		look->account.key.name, names, old, unseen);
	pa_admin_change(call, changes, rotation->old_len, retired);
}

static void password_retire(struct pa_admin_call *call)
{
	struct look *look;

	if (begin(call, &look))
		pa_admin_work(call, retire_work, retire);
}

const struct pa_admin_command pa_admin_rotation_commands[] = {
	{ "password.rotate", PA_ROLE_ADMIN, 0, password_rotate,
		"scope name slot user password until generated" },
	{ "password.rotation", PA_ROLE_READ, 0, password_rotation, "scope name" },
	{ "password.rotation.devices", PA_ROLE_READ, 0, password_rotation_devices,
		"scope name all after" },
	{ "password.retire", PA_ROLE_ADMIN, 0, password_retire, "scope name force" },
	{ NULL, 0, 0, NULL, NULL },
};
