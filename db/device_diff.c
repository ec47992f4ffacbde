/* What sets two entries of a device apart. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "db/device.h"

void pa_device_merge(struct pa_device *into, const struct pa_device *from, unsigned fields)
{
	if (fields & PA_DEVICE_SET_STATE)
		into->state = from->state;
	if (fields & PA_DEVICE_SET_GROUP)
		memcpy(into->group, from->group, sizeof(into->group));
	if (fields & PA_DEVICE_SET_EXPIRES)
		into->expires_s = from->expires_s;
	if (fields & PA_DEVICE_SET_COMMENT)
		memcpy(into->comment, from->comment, sizeof(into->comment));
	if (fields & PA_DEVICE_SET_TICKET)
		memcpy(into->ticket, from->ticket, sizeof(into->ticket));
}

struct text {
	char *out;
	size_t size, len;
	unsigned fields;
};

static void say(struct text *text, unsigned field, const char *fmt, ...) PA_PRINTF(3, 4);

static void say(struct text *text, unsigned field, const char *fmt, ...)
{
	char words[2 * PA_COMMENT_MAX + 64];
	va_list ap;
	int len;

	text->fields |= field;
	if (text->len >= text->size)
		return;
	va_start(ap, fmt);
	len = vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	text->len += (size_t)snprintf(text->out + text->len, text->size - text->len, "%s%s",
		text->len ? ", " : "", words);
}

static const char *shown(const char *text)
{
	return text[0] ? text : "-";
}

static void say_text(
	struct text *text, unsigned field, const char *name, const char *old, const char *next)
{
	if (strcmp(old, next) != 0)
		say(text, field, "%s %s -> %s", name, shown(old), shown(next));
}

static void time_text(int64_t time_s, char out[32])
{
	const time_t t = (time_t)time_s;
	struct tm tm;

	if (!time_s)
		(void)snprintf(out, 32, "never");
	else if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		(void)snprintf(out, 32, "%lld", (long long)time_s);
}

unsigned pa_device_diff(
	const struct pa_device *old, const struct pa_device *next, char *out, size_t size)
{
	struct text text = { .out = out, .size = size };
	char was[32], is[32];

	if (size)
		out[0] = '\0';
	if (old->state != next->state)
		say(&text, PA_DEVICE_SET_STATE, "state %s -> %s", pa_device_state_name(old->state),
			pa_device_state_name(next->state));
	say_text(&text, PA_DEVICE_SET_GROUP, "group", old->group, next->group);
	if (old->expires_s != next->expires_s) {
		time_text(old->expires_s, was);
		time_text(next->expires_s, is);
		say(&text, PA_DEVICE_SET_EXPIRES, "expires %s -> %s", was, is);
	}
	say_text(&text, PA_DEVICE_SET_TICKET, "ticket", old->ticket, next->ticket);
	say_text(&text, PA_DEVICE_SET_COMMENT, "comment", old->comment, next->comment);
	return text.fields;
}
