/*
 * Up to the first line end a request target, behind it a path template: what is accepted holds
 * nothing that two servers could read in two ways, and no other device's address, neither in the
 * path nor in the query; and what is said of two templates holds for the path. (T40-T47, T49)
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/path/compare.h"
#include "daemon/path/paths.h"
#include "daemon/path/target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#define TEMPLATE_MAX 200u

/* The rules of one set share what is known of their matches: literals without hex at their edges.
 */
static const char *const device_rules[] = { "/{mac}.cfg", "/{mac}-phone.cfg", "/prov/{mac}/**",
	"/*/{mac}-*.log", NULL };
static const char *const open_rules[] = { "/*.ld", "/**", NULL };
static const char *const query_fields[] = { "mac={mac}", "file=*", "dir=a/b", NULL };
static struct pa_paths *devices, *separated, *everything, *queries, *below;

static int add(struct pa_paths *paths, const char *template, const char *class_name, bool separate)
{
	struct pa_path_source source = { .template = template,
		.class_name = class_name,
		.file = "fuzz",
		.separated = separate };
	struct pa_diag diag;

	return pa_paths_add(paths, &source, &diag);
}

static void add_query(struct pa_paths *paths, const char *template)
{
	struct pa_path_source source = {
		.template = template, .class_name = "device", .file = "fuzz", .query = query_fields
	};

	CHECK(pa_paths_add(paths, &source, NULL) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	devices = pa_paths_new();
	separated = pa_paths_new();
	everything = pa_paths_new();
	queries = pa_paths_new();
	below = pa_paths_new();
	CHECK(devices && separated && everything && queries && below);
	CHECK(pa_paths_set_prefix(below, "/prov", "/", NULL) == 0);
	add_query(queries, "/{mac}.cfg");
	add_query(queries, "/**");
	add_query(below, "/{mac}.cfg");
	add_query(below, "/**");
	for (const char *const *rule = device_rules; *rule; rule++) {
		CHECK(add(devices, *rule, "device", false) == 0);
		CHECK(add(separated, *rule, "device", true) == 0);
	}
	for (const char *const *rule = open_rules; *rule; rule++)
		CHECK(add(everything, *rule, "shared", false) == 0);
	return 0;
}

static bool is_path_reason(enum pa_reason reason)
{
	return reason >= PA_R_PATH_NOT_ABSOLUTE && reason <= PA_R_PATH_NOT_UTF8;
}

/* The same again, with the means of a library: the path in out, which has room; its length. */
static size_t decode_plainly(struct pa_bytes raw, uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < raw.len && raw.data[i] != '?'; i++) {
		char hex[3] = "";

		if (raw.data[i] != '%') {
			out[len++] = raw.data[i];
			continue;
		}
		CHECK(raw.len - i > 2);
		memcpy(hex, raw.data + i + 1, 2);
		out[len++] = (uint8_t)strtoul(hex, NULL, 16);
		i += 2;
	}
	return len;
}

/* A NUL-terminated path, as strict as the strictest server. */
static void check_safe(const char *path, size_t len)
{
	CHECK(path[0] == '/' && strlen(path) == len);
	CHECK(!strpbrk(path, "%\\;#\x7f"));
	for (const char *p = path; *p; p++)
		CHECK((uint8_t)*p >= ' ');
	CHECK(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
	CHECK(len < 2 || strcmp(path + len - 2, "/.") != 0);
	CHECK(len < 3 || strcmp(path + len - 3, "/..") != 0);
}

/* Decoded once more it is the same, as far as it can be a target at all. */
static void check_stable(struct pa_bytes path)
{
	enum pa_reason reason = PA_R_NONE;
	struct pa_target again;
	uint8_t *buf;

	CHECK(pa_target_check_path(path, &reason) == 0);
	if (pa_bytes_has(path, ' ') || pa_bytes_has(path, '?'))
		return;
	buf = malloc(path.len);
	CHECK(buf);
	CHECK(pa_target_decode(path, buf, &again, &reason) == 0);
	CHECK(pa_bytes_eq(again.path, path) && !again.has_query);
	free(buf);
}

/* Every run of 12 or more hex digits is the owner's address; how many there are. */
static size_t check_runs(struct pa_bytes path, const struct pa_path_match *match)
{
	size_t runs = 0, run = 0;

	for (size_t i = 0; i <= path.len; i++) {
		struct pa_mac mac;

		if (i < path.len && pa_is_hex(path.data[i])) {
			run++;
			continue;
		}
		if (run >= PA_MAC_DIGITS) {
			CHECK(match->has_owner && run == PA_MAC_DIGITS);
			CHECK(pa_mac_parse((struct pa_bytes){ path.data + i - run, run }, &mac) ==
				0);
			CHECK(pa_mac_eq(mac, match->owner));
			runs++;
		}
		run = 0;
	}
	return runs;
}

/* An encoded slash would be a segment for one server and none for another. */
static size_t count_slashes(struct pa_bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && text.data[i] != '?'; i++)
		n += text.data[i] == '/';
	return n;
}

static bool check_match(
	const struct pa_paths *paths, struct pa_bytes path, struct pa_path_match *match)
{
	enum pa_reason reason = PA_R_NONE;

	*match = (struct pa_path_match){ 0 };
	if (pa_paths_match(paths, &(struct pa_path_asked){ .path = path }, match, &reason) != 0) {
		CHECK(reason == PA_R_PATH_UNMATCHED || reason == PA_R_PATH_FOREIGN_MAC);
		CHECK(!match->rule);
		return false;
	}
	CHECK(match->rule);
	CHECK(match->rule->class != PA_CLASS_DEVICE || match->has_owner);
	CHECK(!match->has_owner || pa_mac_is_device(match->owner));
	return true;
}

static void check_rules(struct pa_bytes path)
{
	struct pa_path_match match, wider;

	if (check_match(devices, path, &match)) {
		CHECK(match.has_owner && check_runs(path, &match) > 0);
		/* what the narrow rules take, the wider ones take for the same device */
		CHECK(check_match(separated, path, &wider));
		CHECK(pa_mac_eq(match.owner, wider.owner));
	}
	if (check_match(separated, path, &match))
		(void)check_runs(path, &match);
	if (check_match(everything, path, &match))
		CHECK(!match.has_owner && check_runs(path, &match) == 0);
}

/* A template of the input's own; it may hold runs of its own, too. */
static void check_template(struct pa_bytes text, struct pa_bytes path)
{
	struct pa_paths *paths = pa_paths_new();
	char template[TEMPLATE_MAX + 1];
	struct pa_path_match match;

	CHECK(paths);
	pa_bytes_copy(template, sizeof(template), text);
	if (add(paths, template, "any", false) == 0 && check_match(paths, path, &match) &&
		match.has_owner) {
		struct pa_mac mac;
		bool found = false;

		for (size_t i = 0; i + PA_MAC_DIGITS <= path.len && !found; i++)
			found = pa_mac_parse((struct pa_bytes){ path.data + i, PA_MAC_DIGITS },
					&mac) == 0 &&
				pa_mac_eq(mac, match.owner);
		CHECK(found);
	}
	pa_paths_free(paths);
}

/* One value of a query that was accepted, decoded plainly. */
static void check_value(struct pa_bytes raw, const struct pa_path_match *match)
{
	char *value = malloc(raw.len + 1);
	size_t len;

	CHECK(value);
	CHECK(!pa_bytes_has(raw, '?'));
	len = decode_plainly(raw, (uint8_t *)value);
	value[len] = '\0';
	CHECK(strlen(value) == len && !strpbrk(value, "%&=+?;#\\"));
	for (const char *p = value; *p; p++)
		CHECK((uint8_t)*p >= ' ' && *p != 0x7f);
	/* the one value with a slash is the rule's own */
	CHECK(!strchr(value, '/') || strcmp(value, "a/b") == 0);
	CHECK(strcmp(value, ".") != 0 && strcmp(value, "..") != 0);
	(void)check_runs((struct pa_bytes){ (const uint8_t *)value, len }, match);
	free(value);
}

/* Every field that was accepted is named by the rule, and there once; as a library cuts them. */
static void check_fields(struct pa_bytes query, const struct pa_path_match *match)
{
	char *text = malloc(query.len + 1), *rest = text, *field;
	unsigned seen[3] = { 0 };

	CHECK(text);
	memcpy(text, query.data, query.len);
	text[query.len] = '\0';
	CHECK(strlen(text) == query.len);
	while ((field = strsep(&rest, "&")) != NULL) {
		char *value = strchr(field, '=');
		size_t i = 0;

		CHECK(value);
		*value++ = '\0';
		while (query_fields[i] && (strncmp(query_fields[i], field, strlen(field)) != 0 ||
						  query_fields[i][strlen(field)] != '='))
			i++;
		CHECK(query_fields[i] && seen[i]++ == 0);
		check_value(pa_bytes_str(value), match);
	}
	free(text);
}

/* Path and query with the rules that name one; below the prefix it is the same. */
static void check_query(const struct pa_target *target)
{
	struct pa_path_asked asked = { target->path, target->query, false };
	struct pa_path_match match = { 0 }, other = { 0 };
	enum pa_reason reason = PA_R_NONE, again = PA_R_NONE;
	int r = pa_paths_match(queries, &asked, &match, &reason);
	uint8_t *longer = malloc(target->path.len + 5);

	CHECK(longer);
	memcpy(longer, "/prov", 5);
	memcpy(longer + 5, target->path.data, target->path.len);
	asked.path = (struct pa_bytes){ longer, target->path.len + 5 };
	CHECK(pa_paths_match(below, &asked, &other, &again) == r);
	if (r == 0) {
		CHECK(match.has_owner && other.has_owner && pa_mac_eq(match.owner, other.owner));
		(void)check_runs(target->path, &match);
		if (target->query.len)
			check_fields(target->query, &match);
	} else {
		CHECK(reason == again && !match.rule && !other.rule);
		CHECK(reason == PA_R_PATH_QUERY || reason == PA_R_PATH_FOREIGN_MAC);
	}
	/* served without a prefix: as it stands there */
	asked = (struct pa_path_asked){ target->path, target->query, true };
	CHECK(pa_paths_match(below, &asked, &other, &again) == r);
	free(longer);
}

/* What is said of the input's template and one of the rules holds for the path. */
static void check_pair(const struct pa_template *own, const char *text, struct pa_bytes path)
{
	struct pa_compare *compare = pa_compare_new();
	char found[PA_COMPARE_PATH_MAX];
	struct pa_template rule;
	struct pa_spans spans;
	bool a, b;

	CHECK(compare && pa_template_compile(text, 0, &rule, NULL) == 0);
	a = pa_template_match(own, path, &spans) == 0;
	b = pa_template_match(&rule, path, &spans) == 0;
	if (a && b)
		CHECK(pa_compare_find(compare, own, &rule, NULL, found) != PA_COMPARE_NONE);
	if (a && !b)
		CHECK(pa_compare_find(compare, own, NULL, &rule, found) != PA_COMPARE_NONE);
	if (!a && b)
		CHECK(pa_compare_find(compare, &rule, NULL, own, found) != PA_COMPARE_NONE);
	pa_compare_free(compare);
}

static void check_compare(struct pa_bytes text, struct pa_bytes path)
{
	char template[TEMPLATE_MAX + 1];
	struct pa_template own;

	pa_bytes_copy(template, sizeof(template), text);
	if (!text.len || pa_template_compile(template, 0, &own, NULL) != 0)
		return;
	for (const char *const *rule = device_rules; *rule; rule++)
		check_pair(&own, *rule, path);
	for (const char *const *rule = open_rules; *rule; rule++)
		check_pair(&own, *rule, path);
}

static void check_target(struct pa_bytes raw, struct pa_bytes template)
{
	/* of exactly the size that is asked for */
	uint8_t *buf = malloc(raw.len ? raw.len : 1), *plain = malloc(raw.len + 1);
	enum pa_reason reason = PA_R_NONE;
	struct pa_target target;

	CHECK(buf && plain);
	if (pa_target_decode(raw, buf, &target, &reason) != 0) {
		CHECK(is_path_reason(reason));
	} else {
		size_t len = decode_plainly(raw, plain);

		plain[len] = '\0';
		CHECK(target.path.len == len && memcmp(target.path.data, plain, len) == 0);
		CHECK(target.has_query == pa_bytes_has(raw, '?'));
		CHECK(!target.query.len ||
			target.query.data + target.query.len == raw.data + raw.len);
		check_safe((const char *)plain, len);
		if (!pa_bytes_has(target.path, '?'))
			CHECK(count_slashes(raw) == count_slashes(target.path));
		check_stable(target.path);
		check_rules(target.path);
		check_query(&target);
		check_template(template, target.path);
		check_compare(template, target.path);
	}
	free(buf);
	free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct pa_bytes whole = { data, size }, template = { NULL, 0 };

	check_target(whole, template);
	if (end) {
		size_t len = (size_t)(end - data);

		template = (struct pa_bytes){ end + 1, size - len - 1 };
		/* the line end of a file */
		if (template.len && template.data[template.len - 1] == '\n')
			template.len--;
		check_target((struct pa_bytes){ data, len }, template);
	}
	return 0;
}
