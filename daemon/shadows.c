#include "daemon/shadows.h"

#include <errno.h>
#include <stdlib.h>

int pa_shadows_init(struct pa_shadows *shadows)
{
	shadows->rows = calloc(PA_SHADOWS_MAX, sizeof(*shadows->rows));
	return shadows->rows ? 0 : -ENOMEM;
}

void pa_shadows_finish(struct pa_shadows *shadows)
{
	free(shadows->rows);
	shadows->rows = NULL;
}

/* FNV-1a; the names are the configuration's, nobody chooses them to collide. */
static size_t hash(const char *realm, const char *check)
{
	const char *const names[] = { realm, check };
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < 2; i++) {
		for (const char *at = names[i]; *at; at++)
			sum = (sum ^ (uint8_t)*at) * 16777619u;
		sum = (sum ^ '/') * 16777619u;
	}
	return sum;
}

static bool is_published(const struct pa_shadow *row)
{
	return atomic_load_explicit(&row->published, memory_order_acquire);
}

/* The row of these names, or the empty one where it would stand. NULL: the table is full. */
static struct pa_shadow *place(
	const struct pa_shadows *shadows, const char *realm, const char *check)
{
	size_t start = hash(realm, check);

	for (size_t i = 0; shadows->rows && i < PA_SHADOWS_MAX; i++) {
		struct pa_shadow *row = &shadows->rows[(start + i) % PA_SHADOWS_MAX];

		if (!is_published(row) ||
			(strcmp(row->realm, realm) == 0 && strcmp(row->check, check) == 0))
			return row;
	}
	return NULL;
}

static void count(
	struct pa_shadows *shadows, const char *realm, const struct pa_trace *trace, int64_t now_s)
{
	struct pa_shadow *row = place(shadows, realm, trace->check);
	bool would = trace->answer == PA_DENY || trace->answer == PA_CHALLENGE;

	if (!row) {
		pa_stats_add(&shadows->lost, 1);
		return;
	}
	if (!is_published(row)) {
		pa_bytes_copy(row->realm, sizeof(row->realm), pa_bytes_str(realm));
		pa_bytes_copy(row->check, sizeof(row->check), pa_bytes_str(trace->check));
		row->since_s = now_s;
		atomic_store_explicit(&row->published, true, memory_order_release);
	}
	pa_stats_add(&row->answers[trace->answer], 1);
	if (would)
		atomic_store_explicit(&row->last_s, (uint64_t)now_s, memory_order_relaxed);
}

void pa_shadows_count(struct pa_shadows *shadows, const char *realm, const struct pa_trace *trace,
	size_t len, int64_t now_s)
{
	for (size_t i = 0; i < len; i++) {
		bool applied = trace[i].answer != PA_SKIP && trace[i].answer <= PA_CHALLENGE;

		if (trace[i].mode != PA_MODE_ENFORCED && applied)
			count(shadows, realm, &trace[i], now_s);
	}
}

const struct pa_shadow *pa_shadows_at(const struct pa_shadows *shadows, size_t i)
{
	return i < PA_SHADOWS_MAX && is_published(&shadows->rows[i]) ? &shadows->rows[i] : NULL;
}

const struct pa_shadow *pa_shadows_find(
	const struct pa_shadows *shadows, const char *realm, const char *check)
{
	const struct pa_shadow *row = place(shadows, realm, check);

	return row && is_published(row) ? row : NULL;
}
