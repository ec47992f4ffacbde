#include "daemon/submit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/log.h"

struct slot {
	struct pa_submits *submits;
	struct slot *next;
	struct pa_changeset set;
	struct pa_change change;
	char summary[200];
};

struct pa_submits {
	pthread_mutex_t lock; /* of free */
	struct slot *free;
	_Atomic uint64_t dropped, alarms;
	struct slot slots[PA_SUBMITS_MAX];
};

static struct slot *take(struct pa_submits *submits)
{
	struct slot *slot;

	pthread_mutex_lock(&submits->lock);
	slot = submits->free;
	if (slot)
		submits->free = slot->next;
	pthread_mutex_unlock(&submits->lock);
	return slot;
}

static void give_back(struct slot *slot)
{
	struct pa_submits *submits = slot->submits;

	pthread_mutex_lock(&submits->lock);
	slot->next = submits->free;
	submits->free = slot;
	pthread_mutex_unlock(&submits->lock);
}

bool pa_submits_takes(const struct pa_change *change)
{
	switch (change->kind) {
	case PA_CHANGE_DEVICE_PUT:
	case PA_CHANGE_DEVICE_SET:
	case PA_CHANGE_DEVICE_REMOVE:
	case PA_CHANGE_KEY_LEARN:
	case PA_CHANGE_KEY_FORGET:
	case PA_CHANGE_SLOT_REHASH:
	case PA_CHANGE_OTP_USE:
	case PA_CHANGE_OTP_FAIL:
		return true;
	default:
		return false;
	}
}

/* On the writer's thread. */
static void on_done(struct pa_changeset *set)
{
	struct slot *slot = set->arg;

	if (set->result == 0) {
		pa_log_change(set);
	} else if (set->result > 0) {
		atomic_fetch_add(&slot->submits->alarms, 1);
		pa_log(PA_LOG_WARNING, "alarm: the store holds something else: %s", slot->summary);
	} else {
		atomic_fetch_add(&slot->submits->dropped, 1);
		pa_log(PA_LOG_WARNING, "not stored: %s: %s", slot->summary,
			pa_strerror(set->result));
	}
	give_back(slot);
}

void pa_submits_add(struct pa_submits *submits, struct pa_db *db, int64_t time_s,
	const struct pa_change *change, const char *summary)
{
	struct slot *slot = pa_submits_takes(change) ? take(submits) : NULL;

	if (!slot) {
		atomic_fetch_add(&submits->dropped, 1);
		return;
	}
	slot->change = *change;
	pa_bytes_copy(slot->summary, sizeof(slot->summary), pa_bytes_str(summary));
	slot->set = (struct pa_changeset){
		.changes = &slot->change,
		.changes_len = 1,
		.time_s = time_s,
		.actor = geteuid(),
		.summary = slot->summary,
		.done = on_done,
		.arg = slot,
	};
	if (pa_db_submit(db, &slot->set) != 0) {
		atomic_fetch_add(&submits->dropped, 1);
		give_back(slot);
	}
}

void pa_submits_alarm(struct pa_submits *submits)
{
	atomic_fetch_add(&submits->alarms, 1);
}

void pa_submits_stat(struct pa_submits *submits, struct pa_submits_stat *ret)
{
	ret->dropped = atomic_load(&submits->dropped);
	ret->alarms = atomic_load(&submits->alarms);
}

int pa_submits_new(struct pa_submits **ret)
{
	struct pa_submits *submits = calloc(1, sizeof(*submits));
	int r;

	if (!submits)
		return -ENOMEM;
	r = -pthread_mutex_init(&submits->lock, NULL);
	if (r) {
		free(submits);
		return r;
	}
	for (size_t i = 0; i < PA_SUBMITS_MAX; i++) {
		submits->slots[i].submits = submits;
		give_back(&submits->slots[i]);
	}
	*ret = submits;
	return 0;
}

void pa_submits_free(struct pa_submits *submits)
{
	if (!submits)
		return;
	pthread_mutex_destroy(&submits->lock);
	free(submits);
}
