#include "daemon/rotation.h"

static int64_t begins_s(const struct pa_slot *slot)
{
	return slot->not_before_s > slot->added_s ? slot->not_before_s : slot->added_s;
}

int pa_rotation_find(const struct pa_account *account, int64_t now_s, struct pa_rotation *ret)
{
	*ret = (struct pa_rotation){ .account = account };
	for (size_t i = 0; i < account->slots_len; i++) {
		const struct pa_slot *slot = &account->slots[i];

		if (slot->not_before_s > now_s)
			continue;
		/* of two that begin together, the one that was added last */
		if (!ret->new_slot || begins_s(slot) >= begins_s(ret->new_slot))
			ret->new_slot = slot;
	}
	if (!ret->new_slot)
		return 1;
	ret->since_s = begins_s(ret->new_slot);
	for (size_t i = 0; i < account->slots_len; i++) {
		const struct pa_slot *slot = &account->slots[i];
		bool endless = ret->old_len && ret->until_s == 0;

		if (slot == ret->new_slot || slot->not_before_s > now_s)
			continue;
		if (slot->not_after_s == 0 || endless)
			ret->until_s = 0;
		else if (slot->not_after_s > ret->until_s)
			ret->until_s = slot->not_after_s;
		ret->old[ret->old_len++] = slot;
	}
	return ret->old_len ? 0 : 1;
}

const char *pa_rotation_use_name(enum pa_rotation_use use)
{
	static const char *const names[PA_ROTATION_USES] = { "not concerned", "new", "old",
		"unseen", "other" };

	return use < PA_ROTATION_USES ? names[use] : names[0];
}

static bool is_account(const struct pa_account_key *a, const struct pa_account_key *b)
{
	return a->scope == b->scope && strcmp(a->name, b->name) == 0;
}

/* Who is on the list belongs to it by the list; who is not, by what it did. */
static bool is_concerned(const struct pa_account_key *key, const struct pa_device *device,
	const struct pa_seen_slot *used, int64_t now_s)
{
	if (!device)
		return used != NULL;
	if (device->state != PA_DEVICE_ALLOWED || (device->expires_s && now_s >= device->expires_s))
		return false;
	switch (key->scope) {
	case PA_ACCOUNT_DEVICE:
		return strcmp(pa_mac_format(device->mac).text, key->name) == 0;
	case PA_ACCOUNT_GROUP:
		return strcmp(device->group, key->name) == 0;
	case PA_ACCOUNT_REALM:
		return true;
	case PA_ACCOUNT_NONE:
		break;
	}
	return false;
}

static bool is_old(const struct pa_rotation *rotation, const char *name)
{
	for (size_t i = 0; i < rotation->old_len; i++) {
		if (strcmp(rotation->old[i]->name, name) == 0)
			return true;
	}
	return false;
}

enum pa_rotation_use pa_rotation_judge(const struct pa_rotation *rotation,
	const struct pa_device *device, const struct pa_seen_record *seen, int64_t now_s,
	const struct pa_seen_slot **slot)
{
	const struct pa_account_key *key = &rotation->account->key;
	bool used_other = false;

	*slot = NULL;
	for (size_t i = 0; seen && i < seen->slots_len; i++) {
		const struct pa_seen_slot *used = &seen->slots[i];

		if (is_account(&used->account, key))
			*slot = used;
		else if (used->time_s >= rotation->since_s)
			used_other = true;
	}
	if (!is_concerned(key, device, *slot, now_s))
		return PA_ROTATION_NOT_CONCERNED;
	if (*slot && strcmp((*slot)->name, rotation->new_slot->name) == 0 &&
		(*slot)->time_s >= rotation->since_s)
		return PA_ROTATION_MOVED;
	if (*slot && (*slot)->time_s >= rotation->since_s && is_old(rotation, (*slot)->name))
		return PA_ROTATION_OLD;
	return used_other ? PA_ROTATION_OTHER : PA_ROTATION_UNSEEN;
}

uint64_t pa_rotation_waits(const struct pa_rotation_counts *counts)
{
	return counts->uses[PA_ROTATION_OLD] + counts->uses[PA_ROTATION_UNSEEN];
}

void pa_rotation_foresee(const struct pa_rotation *rotation,
	const struct pa_rotation_counts *counts, int64_t now_s, struct pa_rotation_forecast *ret)
{
	const double moved = (double)counts->uses[PA_ROTATION_MOVED];
	const double waits = (double)pa_rotation_waits(counts);
	const double elapsed_s = (double)(now_s - rotation->since_s);
	const double left_s = (double)(rotation->until_s - now_s);
	double left;

	*ret = (struct pa_rotation_forecast){ .left_at_until = pa_rotation_waits(counts) };
	if (moved == 0 || elapsed_s <= 0 || waits == 0)
		return;
	/* a rate so slow has no date that anybody could read */
	if (waits * elapsed_s / moved < 1e10)
		ret->all_s = now_s + (int64_t)(waits * elapsed_s / moved);
	left = left_s > 0 ? waits - moved / elapsed_s * left_s : waits;
	ret->left_at_until = left > 0 ? (uint64_t)(left + 0.5) : 0;
}
