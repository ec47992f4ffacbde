/*
 * Up to the first line end a request target, behind it a path template: what is accepted holds
 * nothing that two servers could read in two ways, and no other device's address.
 */
#include <stdio.h>
#include <stdlib.h>

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
static struct pa_paths *devices, *separated, *everything;

static int add(struct pa_paths *paths, const char *template, const char *class_name, bool separate)
{
	struct pa_path_source source = { .template = template,
		.class_name = class_name,
		.file = "fuzz",
		.separated = separate };
	struct pa_diag diag;

	return pa_paths_add(paths, &source, &diag);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	devices = pa_paths_new();
	separated = pa_paths_new();
	everything = pa_paths_new();
	CHECK(devices && separated && everything);
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
		check_template(template, target.path);
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
