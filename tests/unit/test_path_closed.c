/*
 * What a rule that leaves nothing open lets a request do without: decoding, a second look at its
 * addresses. By chance from a seed: the general way must come to the same. (T40-T45)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/config/config.h"
#include "daemon/path/target.h"
#include "daemon/path/template.h"
#include "daemon/request.h"
#include "proto/arena.h"

#define SEED     20261u
#define ROUNDS   20000u
#define TARGETS  20u
#define TEXT_MAX 512u

static const char *const parts[] = { "/", "/", "/a", "/a", "/.", "/..", "//", ".cfg", ".cfg", "-b",
	"B", "0", "12ab", "deadbeef0000", "000000000000", "%", "%20", "%41", "?", "#", ";", " ",
	"+", "~", ":", "_", "\\", "\x01", "\xc3\xa4", "{mac}", "{mac}", "{mac}", "{hex}", "{hex}",
	"*", "**" };

static const char *const stuff[] = { "0004f2000001", "0004F2000001", "0004f2000002", "000000000000",
	"010000000000", "00:04:f2:00:00:01", "00-04-f2-00-00-02", "0004.f200.0001",
	"0004f20000010004f2000002", "0004f2", "12ab", "f", "g", "a", "A", "/", "//", "/./", "/../",
	"/.", ".", "..", "%2e", "%2f", "%30", "%41", "%00", "%", "%25", "%3f", "?", "?x=1", "#",
	"%23", ";", "\\", "%5c", " ", "%20", "+", "~", ":", "_", "\n", "\x7f", "\xc3\xa4", "%c3%a4",
	"\xff" };

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static uint32_t random_state = SEED;

static uint32_t random_below(size_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % (uint32_t)n;
}

static void add_text(char *text, size_t *len, const char *more)
{
	size_t n = strlen(more);

	assert_in_range(*len + n, 0, TEXT_MAX - 1);
	memcpy(text + *len, more, n + 1);
	*len += n;
}

static void random_text(char text[TEXT_MAX])
{
	size_t len = 0;

	add_text(text, &len, "/");
	for (size_t n = 1 + random_below(5); n > 0; n--)
		add_text(text, &len, parts[random_below(COUNT(parts))]);
}

/* Something that the template matches, maybe; then changed in up to two places, or not at all. */
static void random_target(const struct pa_template *t, char *target)
{
	size_t len = 0;

	for (size_t i = 0; i < t->len; i++) {
		const struct pa_token *token = &t->tokens[i];
		char literal[TEXT_MAX];

		pa_bytes_copy(literal, sizeof(literal), token->literal);
		add_text(target, &len,
			token->kind == PA_TOKEN_LITERAL                  ? literal
			: token->kind == PA_TOKEN_MAC && random_below(4) ? stuff[random_below(3)]
			: token->kind == PA_TOKEN_HEX && random_below(4)
				? "0004f20000010004f2000002"
				: stuff[random_below(COUNT(stuff))]);
	}
	for (size_t n = random_below(5); n > 2 && len; n--) {
		const char *more = stuff[random_below(COUNT(stuff))];
		size_t at = random_below(len + 1), cut = random_below(2) && at < len, more_len;

		if (random_below(4) == 0)
			more = "";
		more_len = strlen(more);
		assert_in_range(len + more_len, 0, TEXT_MAX - 1);
		memmove(target + at + more_len, target + at + cut, len - at - cut + 1);
		memcpy(target + at, more, more_len);
		len += more_len - cut;
	}
}

static int decode(struct pa_bytes raw, uint8_t *buf, struct pa_target *ret)
{
	enum pa_reason reason;

	return pa_target_decode(raw, buf, ret, &reason);
}

static void assert_is_own_decoding(struct pa_bytes raw, const char *text)
{
	uint8_t buf[TEXT_MAX];
	struct pa_target target;

	if (decode(raw, buf, &target) != 0 || target.has_query || target.query.len ||
		!pa_bytes_eq(target.path, raw))
		fail_msg("%s: \"%.*s\" is not its own decoding", text, (int)raw.len,
			(const char *)raw.data);
}

static void test_closed(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
		bool is_closed;
		size_t shortest, longest;
	} rows[] = {
		{ "/{mac}.cfg", 0, true, 17, 17 },
		{ "/a-b/{mac}-0.Z9", 0, true, 22, 22 },
		{ "/{hex}/{mac}", PA_TEMPLATE_IGNORE_CASE, true, 26, SIZE_MAX },
		{ "/sip.ld", 0, true, 7, 7 },
		{ "/", 0, true, 1, 1 },
		{ "/{mac}.cfg", PA_TEMPLATE_SEPARATED, false, 17, 22 },
		{ "/{mac}-*", 0, false, 14, SIZE_MAX },
		{ "/a/**", 0, false, 3, SIZE_MAX },
		{ "/*.cfg", 0, false, 5, SIZE_MAX },
		{ "/%20", 0, false, 4, 4 },
		{ "/a?b", 0, false, 4, 4 },
		{ "/a b", 0, false, 4, 4 },
		{ "/a_b", 0, false, 4, 4 },
		{ "/\xc3\xa4/{mac}", 0, false, 16, 16 },
		{ "{mac}", PA_TEMPLATE_VALUE, true, 12, 12 },
		{ "a:b", PA_TEMPLATE_VALUE, false, 3, 3 },
		{ "", PA_TEMPLATE_VALUE, true, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pa_template t;

		assert_int_equal(pa_template_compile(rows[i].text, rows[i].flags, &t, NULL), 0);
		if (t.is_closed != rows[i].is_closed || t.shortest != rows[i].shortest ||
			t.longest != rows[i].longest)
			fail_msg("%s: %d, %zu to %zu", rows[i].text, t.is_closed, t.shortest,
				t.longest);
	}
}

static void test_plain(void **state)
{
	const struct pa_bytes begun = { (const uint8_t *)"/a", 0 };

	(void)state;
	assert_true(pa_target_is_plain(PA_BYTES_LIT("/")));
	assert_true(pa_target_is_plain(PA_BYTES_LIT("/a-Z.9/")));
	assert_false(pa_target_is_plain(begun));
	assert_false(pa_target_is_plain((struct pa_bytes){ NULL, 0 }));
}

/* Lengths exclude nothing that the tokens match; what a closed template matches needs no more. */
static void test_templates(void **state)
{
	size_t matched = 0, closed = 0, plain = 0, refused = 0;

	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		unsigned flags = (random_below(4) ? 0 : PA_TEMPLATE_SEPARATED) |
				 (random_below(4) ? 0 : PA_TEMPLATE_IGNORE_CASE);
		char text[TEXT_MAX], target[TEXT_MAX];
		struct pa_template t, any_length;
		struct pa_bytes raw;

		do
			random_text(text);
		while (pa_template_compile(text, flags, &t, NULL) != 0);
		any_length = t;
		any_length.shortest = 0;
		any_length.longest = SIZE_MAX;
		for (size_t i = 0; i < TARGETS; i++) {
			struct pa_spans spans, same;
			struct pa_target ignored;
			uint8_t buf[TEXT_MAX];
			int r;

			target[0] = '\0';
			random_target(&t, target);
			raw = pa_bytes_str(target);
			r = pa_template_match(&t, raw, &spans);
			if (r != pa_template_match(&any_length, raw, &same))
				fail_msg("%s: the length of \"%s\"", text, target);
			refused += decode(raw, buf, &ignored) != 0;
			if (pa_target_is_plain(raw)) {
				plain++;
				assert_is_own_decoding(raw, text);
			}
			if (r != 0)
				continue;
			matched++;
			assert_int_equal(spans.has_mac, pa_template_has(&t, PA_TOKEN_MAC));
			if (!t.is_closed)
				continue;
			closed++;
			assert_is_own_decoding(raw, text);
			if (!pa_template_is_unambiguous(&t, raw, &spans))
				fail_msg("%s: \"%s\" is ambiguous", text, target);
			if (t.ignore_case && pa_template_is_alias(&t, raw, &spans))
				fail_msg("%s: \"%s\" is an alias", text, target);
		}
	}
	print_message("seed %u: %zu match, %zu of them closed, %zu are plain, %zu refused\n", SEED,
		matched, closed, plain, refused);
	assert_true(matched > ROUNDS && closed > ROUNDS / 2 && plain > ROUNDS && refused > ROUNDS);
}

/* --- of a whole request --- */

/* What pa_request_target() says of a target, and what decoding it first and then matching says. */
static void compare(const struct pa_realm *realm, struct pa_arena *arena, struct pa_bytes raw,
	const char *what, size_t *allowed)
{
	struct pa_facts facts = { .now_s = 0 };
	struct pa_path_match match = { .rule = NULL };
	enum pa_reason reason = PA_R_NONE, general = PA_R_NONE, unmatched = PA_R_NONE;
	struct pa_target target;
	uint8_t buf[TEXT_MAX];
	bool matched = false;
	int r = pa_request_target(PA_BYTES_LIT("GET"), raw, realm, arena, &facts, &reason), g;

	g = raw.len ? pa_target_decode(raw, buf, &target, &general) : 1;
	if (g == 0) {
		const struct pa_path_asked asked = { target.path, target.query, false };

		matched = pa_paths_match(realm->paths, &asked, &match, &unmatched) == 0;
	}
	if (r != g || facts.matched != matched || facts.match.rule != match.rule ||
		facts.match.has_owner != match.has_owner ||
		(match.has_owner && !pa_mac_eq(facts.match.owner, match.owner)) ||
		!pa_bytes_eq(facts.match.path, match.path))
		fail_msg("%s: \"%s\" is %d %d, not %d %d", what, (const char *)raw.data, r,
			facts.matched, g, matched);
	if (g != 0) {
		assert_int_equal(reason, raw.len ? general : PA_R_PATH_MISSING);
		assert_int_equal(facts.unmatched, PA_R_NONE);
		return;
	}
	assert_int_equal(facts.unmatched, unmatched);
	assert_true(pa_bytes_eq(facts.target.path, target.path));
	assert_true(pa_bytes_eq(facts.target.query, target.query));
	assert_int_equal(facts.target.has_query, target.has_query);
	*allowed += matched;
}

static void test_requests(void **state)
{
	static const char *const prefixes[] = { "/", "/", "/a", "/%41", "/a b", "/\xc3\xa4",
		"/a?" };
	static const char *const no_query[] = { "x=*", NULL };
	size_t allowed = 0;
	struct pa_arena arena;

	(void)state;
	pa_arena_init(&arena, 4 * PA_TARGET_MAX);
	for (size_t round = 0; round < ROUNDS / 4; round++) {
		struct pa_realm realm = { .paths = pa_paths_new() };
		const char *prefix = prefixes[random_below(COUNT(prefixes))];
		char texts[4][TEXT_MAX], target[TEXT_MAX];
		size_t len = 0;

		assert_non_null(realm.paths);
		if (random_below(4) == 0)
			pa_paths_ignore_case(realm.paths);
		assert_int_equal(pa_paths_set_prefix(realm.paths, prefix, NULL, NULL), 0);
		for (size_t tries = 0; len < COUNT(texts) && tries < 12; tries++) {
			const struct pa_path_source source = {
				.template = texts[len],
				.class_name = random_below(4) ? "shared" : "deny",
				.file = "rules",
				.query = random_below(4) ? NULL : no_query,
				.separated = random_below(4) == 0,
			};

			random_text(texts[len]);
			len += pa_paths_add(realm.paths, &source, NULL) == 0;
		}
		pa_paths_seal(realm.paths);
		for (size_t i = 0; len && i < TARGETS; i++) {
			size_t at =
				strcmp(prefix, "/") != 0 && random_below(8) ? strlen(prefix) : 0;
			struct pa_template t;

			if (pa_template_compile(texts[random_below(len)], 0, &t, NULL) != 0)
				continue;
			pa_arena_reset(&arena);
			memcpy(target, prefix, at);
			target[at] = '\0';
			random_target(&t, target + at);
			compare(&realm, &arena, pa_bytes_str(target), prefix, &allowed);
		}
		pa_paths_free(realm.paths);
	}
	pa_arena_finish(&arena);
	print_message("seed %u: %zu are matched\n", SEED, allowed);
	assert_true(allowed > ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
