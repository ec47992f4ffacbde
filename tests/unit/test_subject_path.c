/* From a path that a rule has matched to the device that it names. (T44, T45) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mac_pattern.h"
#include "daemon/path/paths.h"
#include "daemon/subject.h"
#include "proto/arena.h"

#define OWN UINT64_C(0x0004f2000001)

static struct pa_paths *make_paths(void)
{
	static const struct pa_path_source sources[] = {
		{ .template = "/{mac}.cfg", .class_name = "device", .file = "f", .line = 1 },
		{ .template = "/dms/*.cfg", .class_name = "shared", .file = "f", .line = 2 },
		{ .template = "/0004f2aabbcc/**", .class_name = "shared", .file = "f", .line = 3 },
	};
	struct pa_paths *paths = pa_paths_new();
	struct pa_diag diag = { "" };

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		assert_int_equal(pa_paths_add(paths, &sources[i], &diag), 0);
	return paths;
}

/* What the path says by the profile; OK: *ret is the device. */
static enum pa_reason subject_of(
	const struct pa_identity *identity, const char *text, struct pa_mac *ret)
{
	struct pa_path_asked asked = { .path = pa_bytes_str(text) };
	struct pa_paths *paths = make_paths();
	enum pa_reason reason = PA_R_NONE;
	struct pa_path_match match;
	struct pa_arena arena;
	int r;

	pa_arena_init(&arena, 4096);
	*ret = (struct pa_mac){ 0 };
	assert_int_equal(pa_paths_match(paths, &asked, &match, &reason), 0);
	r = pa_subject_from_path(asked.path, &match, identity, &arena, ret, &reason);
	assert_in_range(r, 0, 1);
	pa_arena_finish(&arena);
	pa_paths_free(paths);
	return r == 0 ? PA_R_OK : reason;
}

static void the_owner_of_the_rule(void **state)
{
	const struct pa_identity identity = { .profile = PA_PROFILE_POLY,
		.source = PA_SOURCE_PATH };
	struct pa_mac mac;

	(void)state;
	assert_int_equal(subject_of(&identity, "/0004f2000001.cfg", &mac), PA_R_OK);
	assert_true(mac.value == OWN);
	assert_int_equal(subject_of(&identity, "/dms/a.cfg", &mac), PA_R_NO_SUBJECT);
}

static void t44_what_the_expression_finds(void **state)
{
	static const struct {
		const char *text, *path;
		enum pa_reason reason;
	} rows[] = {
		{ PA_MAC_PATTERN_DEFAULT, "/0004f2000001.cfg", PA_R_OK },
		{ PA_MAC_PATTERN_DEFAULT, "/dms/a.cfg", PA_R_NO_SUBJECT },
		/* the rule's own words name nobody, whoever finds an address in them */
		{ PA_MAC_PATTERN_DEFAULT, "/0004f2aabbcc/a", PA_R_MAC_AMBIGUOUS },
		{ "/([0-9a-f]{12})/.*", "/0004f2aabbcc/a", PA_R_MAC_AMBIGUOUS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_identity identity = { .profile = PA_PROFILE_BROADWORKS,
			.source = PA_SOURCE_PATH };
		struct pa_diag diag = { "" };
		enum pa_reason found;
		struct pa_mac mac;

		assert_int_equal(pa_mac_pattern_new(rows[i].text, &identity.pattern, &diag), 0);
		found = subject_of(&identity, rows[i].path, &mac);
		pa_mac_pattern_free(identity.pattern);
		if (found != rows[i].reason)
			fail_msg("row %zu: %s", i, pa_reason_name(found));
		assert_true(mac.value == (found == PA_R_OK ? OWN : 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_of_the_rule),
		cmocka_unit_test(t44_what_the_expression_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
