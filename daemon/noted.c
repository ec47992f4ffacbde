#include "daemon/noted.h"

#include <stdlib.h>
#include <string.h>

/* A line of the processor's cache. */
#define WAYS   8u
#define PLACES (PA_NOTED_MAX / WAYS)

/* In a way: the upper bits of `what`, never 0, above the time, which begins anew every 194 days. */
#define TIME_BITS 24
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)
#define TAG_SET   (UINT64_C(1) << TIME_BITS)

struct pa_noted {
	uint64_t ways[WAYS];
};

_Static_assert(sizeof(struct pa_noted) == 64, "a place is a line of the cache");

struct pa_noted *pa_noted_new(void)
{
	struct pa_noted *noted = aligned_alloc(sizeof(*noted), PLACES * sizeof(*noted));

	if (noted)
		memset(noted, 0, PLACES * sizeof(*noted));
	return noted;
}

static uint64_t tag_of(uint64_t what)
{
	return (what & ~TIME_MASK) | TAG_SET;
}

/* Of one from later, as after the clock was set back: very old. */
static uint64_t age_of(uint64_t way, int64_t now_s)
{
	return ((uint64_t)now_s - way) & TIME_MASK;
}

bool pa_noted_has(const struct pa_noted *noted, uint64_t device, uint64_t what, int64_t now_s)
{
	const struct pa_noted *place = &noted[device % PLACES];
	const uint64_t tag = tag_of(what);

	for (unsigned i = 0; i < WAYS; i++) {
		if ((place->ways[i] & ~TIME_MASK) == tag)
			return age_of(place->ways[i], now_s) < PA_NOTED_PERIOD_S;
	}
	return false;
}

void pa_noted_add(struct pa_noted *noted, uint64_t device, uint64_t what, int64_t now_s)
{
	struct pa_noted *place = &noted[device % PLACES];
	const uint64_t tag = tag_of(what);
	unsigned at = 0;

	for (unsigned i = 0; i < WAYS; i++) {
		const uint64_t way = place->ways[i];

		if ((way & ~TIME_MASK) == tag || !way) {
			at = i;
			break;
		}
		if (age_of(way, now_s) > age_of(place->ways[at], now_s))
			at = i;
	}
	place->ways[at] = tag | ((uint64_t)now_s & TIME_MASK);
}

void pa_noted_fetch(const struct pa_noted *noted, uint64_t device)
{
	__builtin_prefetch(&noted[device % PLACES], 1);
}
