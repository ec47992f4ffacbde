/* The directives about devices and prefixes. */
#include <stdlib.h>

#include "tests/scenario/story.h"

void story_device(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_PUT };
	struct pa_device *d = &change.device;
	const char *state = story_option(words, "state"), *group = story_option(words, "group");
	const char *expires = story_option(words, "expires");

	d->mac = story_mac(s, words[1]);
	d->state = PA_DEVICE_ALLOWED;
	d->added_s = s->now_s;
	if (state && pa_device_state_find(pa_bytes_str(state), &d->state) != 0)
		story_fail(s, "no such state", state);
	pa_bytes_copy(d->group, sizeof(d->group), pa_bytes_str(group));
	d->expires_s = expires ? story_time(s, expires) : 0;
	story_apply(s, &change);
}

/* device-set MAC [group=G] [state=S] [expires=TIME] [ticket=T] */
void story_device_set(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_SET };
	struct pa_device *d = &change.set.device;
	const char *state = story_option(words, "state"), *group = story_option(words, "group");
	const char *expires = story_option(words, "expires"),
		   *ticket = story_option(words, "ticket");

	d->mac = story_mac(s, words[1]);
	change.set.fields =
		(state ? PA_DEVICE_SET_STATE : 0u) | (group ? PA_DEVICE_SET_GROUP : 0u) |
		(expires ? PA_DEVICE_SET_EXPIRES : 0u) | (ticket ? PA_DEVICE_SET_TICKET : 0u);
	if (state && pa_device_state_find(pa_bytes_str(state), &d->state) != 0)
		story_fail(s, "no such state", state);
	pa_bytes_copy(d->group, sizeof(d->group), pa_bytes_str(group));
	pa_bytes_copy(d->ticket, sizeof(d->ticket), pa_bytes_str(ticket));
	d->expires_s = expires ? story_time(s, expires) : 0;
	story_apply(s, &change);
}

void story_device_remove(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_REMOVE, .when = PA_WHEN_THERE };

	change.device.mac = story_mac(s, words[1]);
	story_apply(s, &change);
}

void story_device_forget(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_FORGET, .when = PA_WHEN_THERE };

	change.device.mac = story_mac(s, words[1]);
	story_apply(s, &change);
}

/* DIGITS/BITS: all digits of an address, those behind the bits 0 */
static void parse_prefix(const struct story *s, const char *text, struct pa_prefix *prefix)
{
	char digits[PA_MAC_DIGITS + 1] = "000000000000";
	const char *slash = strchr(text, '/');

	if (!slash || slash - text > (ptrdiff_t)PA_MAC_DIGITS)
		story_fail(s, "a prefix is DIGITS/BITS", text);
	memcpy(digits, text, (size_t)(slash - text));
	prefix->entry.mac = story_mac(s, digits);
	prefix->bits = (unsigned)strtoul(slash + 1, NULL, 10);
}

void story_prefix(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_PREFIX_PUT };
	struct pa_device *d = &change.prefix.entry;
	const char *state = story_option(words, "state"), *group = story_option(words, "group");
	const char *expires = story_option(words, "expires");

	parse_prefix(s, words[1], &change.prefix);
	d->state = PA_DEVICE_ALLOWED;
	d->added_s = s->now_s;
	if (state && pa_device_state_find(pa_bytes_str(state), &d->state) != 0)
		story_fail(s, "no such state", state);
	pa_bytes_copy(d->group, sizeof(d->group), pa_bytes_str(group));
	d->expires_s = expires ? story_time(s, expires) : 0;
	story_apply(s, &change);
}

void story_prefix_remove(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_PREFIX_REMOVE, .when = PA_WHEN_THERE };

	parse_prefix(s, words[1], &change.prefix);
	story_apply(s, &change);
}
