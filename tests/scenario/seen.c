/*
 * What stories expect of the memory of devices.
 */
#include "tests/scenario/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const char *wanted, const char *is)
{
	return !wanted || strcmp(wanted, is) == 0;
}

static bool is_time(const struct story *s, const char *wanted, int64_t is)
{
	return !wanted || story_time(s, wanted) == is;
}

/* The slot that was used last, as SCOPE/NAME/SLOT; "none". */
static bool is_slot(const char *wanted, const struct pa_seen_record *is)
{
	char text[256] = "none";

	if (is->slots_len)
		snprintf(text, sizeof(text), "%s/%s/%s",
			pa_account_scope_name(is->slots[0].account.scope),
			is->slots[0].account.name, is->slots[0].name);
	return is_text(wanted, text);
}

/* Every key of the words, compared with the record. */
static bool fits(const struct story *s, char **words, const struct pa_seen_record *is)
{
	const char *count = story_option(words, "count");

	return is_time(s, story_option(words, "first"), is->first_s) &&
	       is_time(s, story_option(words, "last"), is->last_s) &&
	       (!count || strtoull(count, NULL, 10) == is->count) &&
	       is_text(story_option(words, "class"), is->class_name) &&
	       is_text(story_option(words, "realm"), is->realm) &&
	       is_text(story_option(words, "denied"), is->denied.reason) &&
	       is_time(s, story_option(words, "denied-at"), is->denied.time_s) &&
	       is_text(story_option(words, "claimed"), is->claimed.reason) &&
	       is_text(story_option(words, "would-deny"), is->would_deny) &&
	       is_text(story_option(words, "model"), is->model) &&
	       is_text(story_option(words, "firmware"), is->firmware) &&
	       is_text(story_option(words, "cert"), is->has_cert ? "yes" : "no") &&
	       is_slot(story_option(words, "slot"), is);
}

static void expect(struct story *s, char **words, enum pa_seen_table table)
{
	bool none = words[2] && strcmp(words[2], "none") == 0;
	struct pa_seen_record is = { 0 };
	struct pa_seen_view *view;
	int r;

	pa_seen_flush(s->shared.seen);
	if (pa_seen_view_open(s->shared.seen, &view) != 0)
		story_fail(s, "seen.mdb is not open", NULL);
	r = pa_seen_get(view, table, story_mac(s, words[1]), &is);
	pa_seen_view_close(view);
	if (r == 0)
		story_result(s, !none && fits(s, words, &is), words[0], words[1]);
	else
		story_result(s, none, words[0], words[1]);
	printf("# count=%llu class=%s denied=%s claimed=%s would-deny=%s model=%s cert=%s\n",
		(unsigned long long)is.count, is.class_name, is.denied.reason, is.claimed.reason,
		is.would_deny, is.model, is.has_cert ? "yes" : "no");
}

void story_expect_seen(struct story *s, char **words)
{
	expect(s, words, PA_SEEN_DEVICES);
}

void story_expect_pending(struct story *s, char **words)
{
	expect(s, words, PA_SEEN_PENDING);
}

/* expect-key MAC none, expect-key MAC since=TIME */
void story_expect_key(struct story *s, char **words)
{
	bool none = strcmp(words[2], "none") == 0;
	struct pa_device_key key = { 0 };
	int r = pa_db_read_begin(s->worker.reader);

	if (r == 0)
		r = pa_db_key_get(s->worker.reader, story_mac(s, words[1]), &key);
	pa_db_read_end(s->worker.reader);
	if (r < 0)
		story_fail(s, "the store could not be read", pa_strerror(r));
	story_result(s,
		none ? r == PA_DB_NOT_FOUND
		     : r == 0 && is_time(s, story_option(words, "since"), key.since_s),
		words[0], words[1]);
}

void story_rekey(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_KEY_FORGET, .when = PA_WHEN_THERE };

	change.key.mac = story_mac(s, words[1]);
	story_apply(s, &change);
}
