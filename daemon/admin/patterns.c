#include "daemon/admin/patterns.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "proto/mac.h"

#define TEXT_MAX     160u   /* of a pattern or an example */
#define GROUPS_MAX   16384u /* that are told apart, so that no log fills the memory */
#define GROUPS_SHOWN 10u    /* of each label */

struct text {
	size_t len;
	uint8_t bytes[TEXT_MAX];
};

/* Requests of one label that look alike. */
struct group {
	size_t label;
	uint64_t count;
	struct text method, pattern;
	size_t examples_len;
	struct text examples[PA_PATTERN_EXAMPLES];
};

struct pa_patterns {
	void *tree; /* of groups, by what they have in common */
	size_t groups_len;
	struct group *groups[GROUPS_MAX];
	size_t labels;
	uint64_t totals[]; /* of each label */
};

struct pa_patterns *pa_patterns_new(size_t labels)
{
	struct pa_patterns *patterns =
		calloc(1, sizeof(*patterns) + labels * sizeof(patterns->totals[0]));

	if (patterns)
		patterns->labels = labels;
	return patterns;
}

void pa_patterns_free(struct pa_patterns *patterns)
{
	if (patterns && patterns->tree)
		tdestroy(patterns->tree, free);
	free(patterns);
}

void pa_patterns_add(struct pa_patterns *patterns, size_t label)
{
	patterns->totals[label]++;
}

uint64_t pa_patterns_total(const struct pa_patterns *patterns, size_t label)
{
	return patterns->totals[label];
}

static void put_text(struct text *text, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text->len < TEXT_MAX)
			text->bytes[text->len++] = (uint8_t)bytes[i];
		else
			memcpy(text->bytes + TEXT_MAX - 3, "...", 3);
	}
}

static struct text text_of(struct pa_bytes bytes)
{
	struct text text = { .len = 0 };

	/* one byte more shows that it is too long */
	put_text(&text, (const char *)bytes.data, bytes.len > TEXT_MAX ? TEXT_MAX + 1 : bytes.len);
	return text;
}

static struct pa_bytes bytes_of(const struct text *text)
{
	return (struct pa_bytes){ text->bytes, text->len };
}

/* How many bytes a device's address takes with which rest begins; 0: none. */
static size_t mac_len(struct pa_bytes rest)
{
	static const size_t lens[] = { 17, 14, PA_MAC_DIGITS };
	struct pa_mac mac;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		size_t len = lens[i];

		if (rest.len >= len && (rest.len == len || !pa_is_hex(rest.data[len])) &&
			pa_mac_parse_separated((struct pa_bytes){ rest.data, len }, &mac) == 0 &&
			pa_mac_is_device(mac))
			return len;
	}
	return 0;
}

/* The target with {mac}, {hex} and ?* for what differs from device to device. */
static struct text pattern_of(struct pa_bytes target)
{
	struct text text = { .len = 0 };
	size_t run;

	for (size_t i = 0; i < target.len && text.len < TEXT_MAX; i += run) {
		struct pa_bytes rest = { target.data + i, target.len - i };
		size_t mac = mac_len(rest);

		for (run = 0; run < rest.len && pa_is_hex(rest.data[run]);)
			run++;
		if (mac) {
			put_text(&text, "{mac}", 5);
			run = mac;
		} else if (run > PA_MAC_DIGITS) {
			put_text(&text, "{hex}", 5);
		} else if (rest.data[0] == '?' && rest.len > 1) {
			put_text(&text, "?*", 2);
			break;
		} else {
			run = run ? run : 1;
			put_text(&text, (const char *)rest.data, run);
		}
	}
	return text;
}

static int compare_text(const struct text *a, const struct text *b)
{
	int r = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return r ? r : (a->len > b->len) - (a->len < b->len);
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	int r = (a->label > b->label) - (a->label < b->label);

	if (r == 0)
		r = compare_text(&a->method, &b->method);
	return r ? r : compare_text(&a->pattern, &b->pattern);
}

/* The group that is alike, made where there is none. NULL: there are enough of them. -ENOMEM. */
static int find_group(struct pa_patterns *patterns, const struct group *like, struct group **ret)
{
	struct group **found = tfind(like, &patterns->tree, compare_groups), *new;

	*ret = found ? *found : NULL;
	if (found || patterns->groups_len == GROUPS_MAX)
		return 0;
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = *like;
	/* a node holds the pointer first: what comes back is where it stands */
	if (!tsearch(new, &patterns->tree, compare_groups)) {
		free(new);
		return -ENOMEM;
	}
	patterns->groups[patterns->groups_len++] = new;
	*ret = new;
	return 0;
}

int pa_patterns_add_request(
	struct pa_patterns *patterns, size_t label, struct pa_bytes method, struct pa_bytes target)
{
	struct group like = { .label = label }, *group;
	struct text example;
	int r;

	patterns->totals[label]++;
	like.method = text_of(method);
	like.pattern = pattern_of(target);
	r = find_group(patterns, &like, &group);
	if (r || !group)
		return r;
	group->count++;
	if (group->examples_len == PA_PATTERN_EXAMPLES)
		return 0;
	example = text_of(target);
	for (size_t i = 0; i < group->examples_len; i++) {
		if (compare_text(&group->examples[i], &example) == 0)
			return 0;
	}
	group->examples[group->examples_len++] = example;
	return 0;
}

/* The most frequent label first, within it the most frequent pattern. */
static int compare_rows(const void *left, const void *right, void *arg)
{
	const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
	const struct pa_patterns *patterns = arg;
	uint64_t as = patterns->totals[a->label], bs = patterns->totals[b->label];

	if (a->label != b->label && as != bs)
		return as < bs ? 1 : -1;
	if (a->label == b->label && a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return compare_groups(a, b);
}

static struct pa_pattern row_of(const struct group *group)
{
	struct pa_pattern row = { .label = group->label, .count = group->count };

	row.method = bytes_of(&group->method);
	row.pattern = bytes_of(&group->pattern);
	for (size_t i = 0; i < group->examples_len; i++)
		row.examples[i] = bytes_of(&group->examples[i]);
	return row;
}

void pa_patterns_each(struct pa_patterns *patterns, bool (*is_full)(void *arg),
	void (*fn)(void *arg, const struct pa_pattern *row), void *arg)
{
	struct group *const *groups = patterns->groups;

	qsort_r(patterns->groups, patterns->groups_len, sizeof(*patterns->groups), compare_rows,
		patterns);
	for (size_t i = 0; i < patterns->groups_len;) {
		size_t label = groups[i]->label;
		struct pa_pattern row, others = { .label = label };

		others.count = patterns->totals[label];
		for (size_t shown = 0; i < patterns->groups_len && groups[i]->label == label;
			i++, shown++) {
			if (shown >= GROUPS_SHOWN || is_full(arg))
				continue;
			row = row_of(groups[i]);
			fn(arg, &row);
			others.count -= groups[i]->count;
		}
		if (others.count)
			fn(arg, &others);
	}
}
