/* path.test: what the path rules of a realm say of requests, whoever may send them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/admin/judge.h"
#include "daemon/admin/patterns.h"
#include "proto/lines.h"

struct path_test {
	struct pa_config *config;
	const struct pa_realm *realm;
	bool report;
	int64_t after; /* lines that were answered before */
	/* what the front end would serve for each of them: PATH?QUERY; empty: it tells nothing */
	char served[PA_TARGET_MAX + 1];
	struct pa_arena arena; /* of one line */
	uint8_t method[256], target[PA_TARGET_MAX + 1];
	struct pa_patterns *patterns; /* of a report; the labels are reasons */
	int result;                   /* of the work: 0, 1: refused, diag says why; negative */
};

static void path_test_free(void *opaque)
{
	struct path_test *test = opaque;

	pa_patterns_free(test->patterns);
	pa_arena_finish(&test->arena);
	pa_config_unref(test->config);
	free(test);
}

/* --- on the pool: the lines of the list --- */

/* METHOD, TARGET. 0, or 1: it is no such line. */
static int read_line(struct path_test *test, struct pa_bytes line, struct pa_admin_judged *ret)
{
	struct pa_bytes method, target;
	size_t len;

	if (!pa_lines_field(&line, &method) || !pa_lines_field(&line, &target) || line.data ||
		pa_lines_unescape(method, test->method, sizeof(test->method), &len))
		return 1;
	ret->method = (struct pa_bytes){ test->method, len };
	/* one that is too long is cut to what is still too long */
	if (pa_lines_unescape(target, test->target, sizeof(test->target), &len) &&
		len < sizeof(test->target))
		return 1;
	ret->target = (struct pa_bytes){ test->target, len };
	return 0;
}

/* What the front end would serve, once the request itself is allowed. 0, negative. */
static int judge_served(const struct path_test *test, struct pa_admin_judged *one)
{
	struct pa_bytes path = pa_bytes_str(test->served), query = { NULL, 0 };
	const uint8_t *mark = path.len ? memchr(path.data, '?', path.len) : NULL;
	int r;

	if (!path.len || one->reason != PA_R_OK)
		return 0;
	if (mark) {
		query = (struct pa_bytes){ mark + 1, path.len - (size_t)(mark + 1 - path.data) };
		path.len = (size_t)(mark - path.data);
	}
	r = pa_request_served(path, query, test->realm, &one->facts, &one->reason);
	if (r == 0 && !(one->facts.served->methods & one->facts.method))
		one->reason = PA_R_METHOD_NOT_ALLOWED;
	return r < 0 ? r : 0;
}

/* --- one row a request --- */

static void put_rule(struct pa_admin_call *call, const struct pa_path_rule *rule)
{
	char where[512], names[512] = "";
	size_t at = 0;

	pa_admin_judged_where(rule, where, sizeof(where));
	for (const char *const *g = rule ? rule->groups : NULL; g && *g && at < sizeof(names); g++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at ? " " : "", *g);
	pa_admin_cell_str(call, rule ? rule->template : "");
	pa_admin_cell_str(call, where);
	pa_admin_cell_str(call, names);
}

static void put_judged(
	struct pa_admin_call *call, const struct path_test *test, const struct pa_admin_judged *one)
{
	const struct pa_facts *facts = &one->facts;
	const struct pa_path_rule *rule = facts->matched ? facts->match.rule : NULL;
	const char *prefix = pa_paths_prefix(test->realm->paths, false);

	pa_admin_cell_str(call, pa_reason_name(one->reason));
	pa_admin_cell(call, one->method);
	pa_admin_cell(call, one->target);
	pa_admin_cell(call, facts->target.path);
	pa_admin_cell(call, facts->target.query);
	pa_admin_cell_str(call, prefix ? prefix : "");
	pa_admin_cell_str(call, rule ? rule->class_name : "");
	pa_admin_cell_str(
		call, rule && facts->match.has_owner ? pa_mac_format(facts->match.owner).text : "");
	put_rule(call, rule);
	pa_admin_cell_str(call, one->reason == PA_R_OK ? "" : pa_reason_text(one->reason));
}

/* --- the report --- */

static int count(struct path_test *test, const struct pa_admin_judged *one)
{
	if (one->reason != PA_R_OK)
		return pa_patterns_add_request(
			test->patterns, one->reason, one->method, one->target);
	pa_patterns_add(test->patterns, PA_R_OK);
	return 0;
}

static bool is_full(void *arg)
{
	return pa_admin_page_is_full(arg);
}

static void put_pattern(void *arg, const struct pa_pattern *row)
{
	struct pa_admin_call *call = arg;
	enum pa_reason reason = (enum pa_reason)row->label;

	pa_admin_cell_str(call, pa_reason_name(reason));
	pa_admin_cell_str(call, pa_reason_text(reason));
	pa_admin_cell_int(call, (int64_t)row->count);
	pa_admin_cell(call, row->method);
	pa_admin_cell(call, row->pattern);
	for (size_t i = 0; i < PA_PATTERN_EXAMPLES; i++)
		pa_admin_cell(call, row->examples[i]);
}

/* What is allowed, then each reason with its patterns. */
static void put_report(struct pa_admin_call *call, const struct path_test *test)
{
	struct pa_pattern allowed = { .label = PA_R_OK };

	allowed.count = pa_patterns_total(test->patterns, PA_R_OK);
	put_pattern(call, &allowed);
	pa_patterns_each(test->patterns, is_full, put_pattern, call);
}

/* --- the work --- */

static int test_line(void *arg, struct pa_bytes line)
{
	struct pa_admin_call *call = arg;
	struct path_test *test = call->scratch;
	struct pa_admin_judged one;
	int r = read_line(test, line, &one);

	if (r == 0)
		r = pa_admin_judge(test->realm, NULL, &test->arena, &one);
	if (r == 0)
		r = judge_served(test, &one);
	if (r == 0 && test->report)
		r = count(test, &one);
	else if (r == 0)
		put_judged(call, test, &one);
	return r;
}

static void test_work(void *opaque)
{
	static const char *const rows[] = { "result", "method", "target", "decoded", "query",
		"prefix", "class", "owner", "rule", "where", "groups", "meaning", NULL };
	static const char *const report[] = { "reason", "meaning", "requests", "method", "pattern",
		"example", "example-2", "example-3", NULL };
	struct pa_admin_call *call = opaque;
	struct path_test *test = call->scratch;

	pa_admin_columns(call, test->report ? report : rows);
	test->result = pa_admin_each_line(
		call, test->after, !test->report, "METHOD TARGET", test_line, call);
	if (test->result == 0 && test->report)
		put_report(call, test);
}

static void tested(struct pa_admin_call *call)
{
	pa_admin_worked(call, "path.test", ((const struct path_test *)call->scratch)->result);
}

static void refuse_choice(struct pa_admin_call *call, const struct pa_config *config)
{
	char names[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < config->realms_len && at < sizeof(names); i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", i ? ", " : "",
			config->realms[i].name);
	pa_admin_refuse(call, "there is not just one realm: name it with --realm: %s%s", names,
		at < sizeof(names) ? "" : " ...");
}

/* The realm that is named, or the only one. 0, or 1: the call is answered. */
static int find_realm(struct pa_admin_call *call, struct path_test *test)
{
	char name[PA_REALM_MAX + 1];

	if (pa_admin_string(call, "realm", name, sizeof(name), false))
		return 1;
	if (!name[0] && test->config->realms_len == 1) {
		test->realm = &test->config->realms[0];
		return 0;
	}
	if (name[0])
		test->realm = pa_config_realm(test->config, pa_bytes_str(name));
	if (test->realm)
		return 0;
	if (name[0])
		pa_admin_refuse(call, "the configuration has no realm %s", name);
	else
		refuse_choice(call, test->config);
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
		pa_admin_string(call, "served", test->served, sizeof(test->served), false) ||
		pa_admin_int(call, "after", 0, &test->after) || find_realm(call, test))
		return;
	test->patterns = pa_patterns_new(PA_REASON_COUNT);
	if (!test->patterns) {
		pa_admin_fail(call, "path.test", -ENOMEM);
		return;
	}
	pa_admin_work(call, test_work, tested);
}

const struct pa_admin_command pa_admin_path_commands[] = {
	{ "path.test", PA_ROLE_READ, PA_PATH_LIST_MAX, path_test, "realm report after served" },
	{ NULL, 0, 0, NULL, NULL },
};
