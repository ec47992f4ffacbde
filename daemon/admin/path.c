/* path.test: what the path rules of a realm say of requests, whoever may send them. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/admin/admin.h"
#include "daemon/request.h"

#define LINE_ROOM      (2 * PA_TARGET_MAX) /* what is longer is refused as too long, whatever it is */
#define TEXT_MAX       160u                /* of a pattern or an example in a report */
#define EXAMPLES_MAX   3u
#define GROUPS_MAX     16384u /* that a report tells apart, so that no log fills the memory */
#define PATTERNS_SHOWN 10u    /* of each reason */

struct text {
	size_t len;
	uint8_t bytes[TEXT_MAX];
};

/* Requests that were refused for one reason and look alike. */
struct group {
	enum pa_reason reason;
	uint64_t count;
	struct text method, pattern;
	size_t examples_len;
	struct text examples[EXAMPLES_MAX];
};

struct path_test {
	struct pa_config *config;
	const struct pa_realm *realm;
	bool report;
	int64_t after;         /* lines that were answered before */
	struct pa_arena arena; /* of one line */
	uint8_t line[LINE_ROOM];
	void *tree; /* of groups, by what they have in common */
	size_t groups_len;
	struct group *groups[GROUPS_MAX];
	uint64_t totals[PA_REASON_COUNT];
	int result; /* of the work: 0, 1: refused, diag says why; negative */
};

/* One request, and what the rules say of it: OK, or the reason of the refusal. */
struct judged {
	struct pa_bytes method, target;
	struct pa_facts facts;
	enum pa_reason reason;
};

static void path_test_free(void *opaque)
{
	struct path_test *test = opaque;

	if (test->tree)
		tdestroy(test->tree, free);
	pa_arena_finish(&test->arena);
	pa_config_unref(test->config);
	free(test);
}

/* --- on the pool: the lines of the list --- */

static uint8_t digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* METHOD TARGET, with \xNN for what no line may hold, to test->line. 0, or 1: it is no such line.
 */
static int read_line(struct path_test *test, struct pa_bytes text, struct judged *ret)
{
	const uint8_t *space;
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < LINE_ROOM; i++) {
		uint8_t c = text.data[i];

		if (c == '\\') {
			if (text.len - i < 4 || text.data[i + 1] != 'x' ||
				!pa_is_hex(text.data[i + 2]) || !pa_is_hex(text.data[i + 3]))
				return 1;
			c = (uint8_t)(digit(text.data[i + 2]) << 4 | digit(text.data[i + 3]));
			i += 3;
		}
		test->line[len++] = c;
	}
	space = len ? memchr(test->line, ' ', len) : NULL;
	if (!space)
		return 1;
	ret->method = (struct pa_bytes){ test->line, (size_t)(space - test->line) };
	ret->target = (struct pa_bytes){ space + 1, len - ret->method.len - 1 };
	return 0;
}

/* As a request is judged before its stack, and by the check `owner` but for the owner. 0, negative.
 */
static int judge(struct path_test *test, struct judged *one)
{
	const struct pa_path_rule *rule;
	int r;

	one->facts = (struct pa_facts){ .now_s = 0 };
	one->reason = PA_R_OK;
	pa_arena_reset(&test->arena);
	if (one->target.len > PA_TARGET_MAX) {
		one->reason = PA_R_TARGET_TOO_LONG;
		return 0;
	}
	r = pa_request_target(
		one->method, one->target, test->realm, &test->arena, &one->facts, &one->reason);
	if (r)
		return r < 0 ? r : 0;
	rule = one->facts.match.rule;
	if (!one->facts.matched)
		one->reason = one->facts.unmatched;
	else if (rule->class == PA_CLASS_DENY)
		one->reason = PA_R_CLASS_DENIED;
	else if (!(rule->methods & one->facts.method))
		one->reason = PA_R_METHOD_NOT_ALLOWED;
	return 0;
}

/* --- one row a request --- */

static void put_rule(struct pa_admin_call *call, const struct pa_path_rule *rule)
{
	char where[512] = "", names[512] = "";
	size_t at = 0;

	if (rule)
		snprintf(where, sizeof(where), "%s:%u", rule->file, rule->line);
	for (const char *const *g = rule ? rule->groups : NULL; g && *g && at < sizeof(names); g++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at ? " " : "", *g);
	pa_admin_cell_str(call, rule ? rule->template : "");
	pa_admin_cell_str(call, where);
	pa_admin_cell_str(call, names);
}

static void put_judged(struct pa_admin_call *call, const struct judged *one)
{
	const struct pa_facts *facts = &one->facts;
	const struct pa_path_rule *rule = facts->matched ? facts->match.rule : NULL;

	pa_admin_cell_str(call, pa_reason_name(one->reason));
	pa_admin_cell(call, one->method);
	pa_admin_cell(call, one->target);
	pa_admin_cell(call, facts->target.path);
	pa_admin_cell_str(call, rule ? rule->class_name : "");
	pa_admin_cell_str(
		call, rule && facts->match.has_owner ? pa_mac_format(facts->match.owner).text : "");
	put_rule(call, rule);
	pa_admin_cell_str(call, one->reason == PA_R_OK ? "" : pa_reason_text(one->reason));
}

/* --- the report --- */

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
	int r = (a->reason > b->reason) - (a->reason < b->reason);

	if (r == 0)
		r = compare_text(&a->method, &b->method);
	return r ? r : compare_text(&a->pattern, &b->pattern);
}

/* The group that is alike, made where there is none. NULL: there are enough of them. -ENOMEM. */
static int find_group(struct path_test *test, const struct group *like, struct group **ret)
{
	struct group **found = tfind(like, &test->tree, compare_groups), *new;

	*ret = found ? *found : NULL;
	if (found || test->groups_len == GROUPS_MAX)
		return 0;
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = *like;
	/* a node holds the pointer first: what comes back is where it stands */
	if (!tsearch(new, &test->tree, compare_groups)) {
		free(new);
		return -ENOMEM;
	}
	test->groups[test->groups_len++] = new;
	*ret = new;
	return 0;
}

static int count(struct path_test *test, const struct judged *one)
{
	struct group like = { .reason = one->reason }, *group;
	struct text example;
	int r;

	test->totals[one->reason]++;
	if (one->reason == PA_R_OK)
		return 0;
	like.method = text_of(one->method);
	like.pattern = pattern_of(one->target);
	r = find_group(test, &like, &group);
	if (r || !group)
		return r;
	group->count++;
	if (group->examples_len == EXAMPLES_MAX)
		return 0;
	example = text_of(one->target);
	for (size_t i = 0; i < group->examples_len; i++) {
		if (compare_text(&group->examples[i], &example) == 0)
			return 0;
	}
	group->examples[group->examples_len++] = example;
	return 0;
}

/* The most frequent reason first, within it the most frequent pattern. */
static int compare_rows(const void *left, const void *right, void *arg)
{
	const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
	const struct path_test *test = arg;
	uint64_t as = test->totals[a->reason], bs = test->totals[b->reason];

	if (a->reason != b->reason && as != bs)
		return as < bs ? 1 : -1;
	if (a->reason == b->reason && a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return compare_groups(a, b);
}

static void put_group(struct pa_admin_call *call, const struct group *group)
{
	pa_admin_cell_str(call, pa_reason_name(group->reason));
	pa_admin_cell_str(call, pa_reason_text(group->reason));
	pa_admin_cell_int(call, (int64_t)group->count);
	pa_admin_cell(call, bytes_of(&group->method));
	pa_admin_cell(call, bytes_of(&group->pattern));
	for (size_t i = 0; i < EXAMPLES_MAX; i++)
		pa_admin_cell(call, bytes_of(&group->examples[i]));
}

/* What is allowed, then each reason with its patterns; last of each, without one, all the others.
 */
static void put_report(struct pa_admin_call *call, struct path_test *test)
{
	struct group allowed = { .reason = PA_R_OK, .count = test->totals[PA_R_OK] };

	put_group(call, &allowed);
	qsort_r(test->groups, test->groups_len, sizeof(*test->groups), compare_rows, test);
	for (size_t i = 0; i < test->groups_len;) {
		enum pa_reason reason = test->groups[i]->reason;
		struct group others = { .reason = reason, .count = test->totals[reason] };

		for (size_t shown = 0; i < test->groups_len && test->groups[i]->reason == reason;
			i++, shown++) {
			if (shown >= PATTERNS_SHOWN || pa_admin_page_is_full(call))
				continue;
			put_group(call, test->groups[i]);
			others.count -= test->groups[i]->count;
		}
		if (others.count)
			put_group(call, &others);
	}
}

/* --- the work --- */

static int each_line(struct pa_admin_call *call, struct path_test *test)
{
	struct pa_bytes rest = call->upload;
	struct judged one;
	char next[24];
	int r = 0;

	for (int64_t n = 1; r == 0 && rest.len; n++) {
		const uint8_t *end = memchr(rest.data, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.data) : rest.len;

		if (n > test->after && read_line(test, (struct pa_bytes){ rest.data, len }, &one)) {
			pa_diag_set(&call->diag, "line %lld of the list is no METHOD TARGET",
				(long long)n);
			return 1;
		}
		if (n > test->after && !test->report && pa_admin_page_is_full(call)) {
			snprintf(next, sizeof(next), "%lld", (long long)n - 1);
			pa_admin_next(call, next);
			return 0;
		}
		if (n > test->after) {
			r = judge(test, &one);
			if (r == 0 && test->report)
				r = count(test, &one);
			else if (r == 0)
				put_judged(call, &one);
		}
		len += end ? 1 : 0;
		rest = (struct pa_bytes){ rest.data + len, rest.len - len };
	}
	return r;
}

static void test_work(void *opaque)
{
	static const char *const rows[] = { "result", "method", "target", "decoded", "class",
		"owner", "rule", "where", "groups", "meaning", NULL };
	static const char *const report[] = { "reason", "meaning", "requests", "method", "pattern",
		"example", "example-2", "example-3", NULL };
	struct pa_admin_call *call = opaque;
	struct path_test *test = call->scratch;

	pa_admin_columns(call, test->report ? report : rows);
	test->result = each_line(call, test);
	if (test->result == 0 && test->report)
		put_report(call, test);
}

static void tested(struct pa_admin_call *call)
{
	const struct path_test *test = call->scratch;
	int r = call->overflow && test->result == 0 ? PA_E_LIMIT : test->result;

	if (r == 0) {
		pa_admin_answer(call, PA_STATUS_OK);
		return;
	}
	call->reply.columns_len = call->reply.rows_len = 0;
	if (r > 0)
		pa_admin_answer(call, PA_STATUS_REFUSED);
	else
		pa_admin_fail(call, "path.test", r);
}

/* The realm that is named, or the only one. 0, or 1: the call is answered. */
static int find_realm(struct pa_admin_call *call, struct path_test *test)
{
	char name[PA_REALM_MAX + 1];

	if (pa_admin_string(call, "realm", name, sizeof(name), false))
		return 1;
	if (name[0])
		test->realm = pa_config_realm(test->config, pa_bytes_str(name));
	else if (test->config->realms_len == 1)
		test->realm = &test->config->realms[0];
	if (test->realm)
		return 0;
	if (name[0])
		pa_admin_refuse(call, "the configuration has no realm %s", name);
	else
		pa_admin_refuse(call, "there is not just one realm: name it");
	return 1;
}

static void path_test(struct pa_admin_call *call)
{
	struct path_test *test = calloc(1, sizeof(*test));

	if (!test) {
		pa_admin_fail(call, "path.test", -ENOMEM);
		return;
	}
	call->scratch = test;
	call->scratch_free = path_test_free;
	pa_arena_init(&test->arena, 4 * PA_TARGET_MAX);
	/* the rules of now, also if others come into force while they are asked */
	test->config = pa_config_ref(call->admin->worker->config);
	if (pa_admin_flag(call, "report", &test->report) ||
		pa_admin_int(call, "after", 0, &test->after) || find_realm(call, test))
		return;
	pa_admin_work(call, test_work, tested);
}

const struct pa_admin_command pa_admin_path_commands[] = {
	{ "path.test", PA_ROLE_READ, PA_PATH_LIST_MAX, path_test, "realm report after" },
	{ NULL, 0, 0, NULL, NULL },
};
