/*
 * Option rows: what each type reads, what it refuses and how it says so, and that what is written
 * reads as the same value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/option.h"

struct settings {
	bool flag;
	uint64_t count, size;
	int64_t duration;
	char *text, *unset;
	int choice;
	struct pa_lenience lenience;
};

static const char *const choices[] = { "all", "some", "none", NULL };

enum { FLAG, COUNT, SIZE, DURATION, TEXT, UNSET, CHOICE, LENIENCE, OPTIONS };

static const struct pa_option options[] = {
	[FLAG] = { "flag", PA_OPTION_BOOL, PA_OPTION_FIELD(struct settings, flag), 0, 0, NULL,
		"yes", "" },
	[COUNT] = { "count", PA_OPTION_UINT, PA_OPTION_FIELD(struct settings, count), 2, 256, NULL,
		"7", "" },
	[SIZE] = { "size", PA_OPTION_SIZE, PA_OPTION_FIELD(struct settings, size), 1024,
		INT64_C(1) << 42, NULL, "16G", "" },
	[DURATION] = { "duration", PA_OPTION_DURATION, PA_OPTION_FIELD(struct settings, duration),
		0, 31622400, NULL, "5s", "" },
	[TEXT] = { "text", PA_OPTION_STRING, PA_OPTION_FIELD(struct settings, text), 0, 0, NULL,
		"/run/here", "" },
	[UNSET] = { "unset", PA_OPTION_STRING, PA_OPTION_FIELD(struct settings, unset), 0, 0, NULL,
		NULL, "" },
	[CHOICE] = { "choice", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct settings, choice), 0, 0,
		choices, "some", "" },
	[LENIENCE] = { "lenience", PA_OPTION_LENIENCE, PA_OPTION_FIELD(struct settings, lenience),
		0, 0, NULL, "grace 72h", "" },
};

static int set(struct settings *s, int row, const char *first, const char *second, char *why)
{
	const char *const words[] = { first, second };
	struct pa_diag diag = { "" };
	int r = pa_option_set(&options[row], s, words, !first ? 0 : second ? 2 : 1, &diag);

	(void)snprintf(why, sizeof(diag.text), "%s", diag.text);
	return r;
}

static void assert_refused(int row, const char *first, const char *second, const char *expected)
{
	struct settings s = { .count = 99, .size = 99, .duration = 99, .choice = 1 };
	char why[512];

	assert_int_equal(set(&s, row, first, second, why), -EINVAL);
	assert_string_equal(why, expected);
	/* nothing is half set */
	assert_false(s.flag);
	assert_int_equal(s.count, 99);
	assert_int_equal(s.size, 99);
	assert_int_equal(s.duration, 99);
	assert_int_equal(s.choice, 1);
	assert_null(s.text);
}

static void assert_printed(const struct settings *s, int row, const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	pa_option_print(&options[row], s, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void assert_set(struct settings *s, int row, const char *first, const char *second)
{
	char why[512];

	assert_int_equal(set(s, row, first, second, why), 0);
	assert_string_equal(why, "");
}

static void a_switch_is_yes_or_no(void **state)
{
	struct settings s = { 0 };

	(void)state;
	assert_set(&s, FLAG, "yes", NULL);
	assert_true(s.flag);
	assert_printed(&s, FLAG, "flag yes");
	assert_set(&s, FLAG, "no", NULL);
	assert_false(s.flag);
	assert_printed(&s, FLAG, "flag no");
	assert_refused(FLAG, "y", NULL, "flag: y is not good here; yes or no");
	assert_refused(FLAG, "Yes", NULL, "flag: Yes is not good here; yes or no");
	assert_refused(FLAG, "true", NULL, "flag: true is not good here; yes or no");
	assert_refused(FLAG, "1", NULL, "flag: 1 is not good here; yes or no");
	assert_refused(FLAG, "", NULL, "flag:  is not good here; yes or no");
}

static void a_number_has_a_range_and_no_sign(void **state)
{
	struct settings s = { 0 };

	(void)state;
	assert_set(&s, COUNT, "2", NULL);
	assert_int_equal(s.count, 2);
	assert_set(&s, COUNT, "0256", NULL);
	assert_int_equal(s.count, 256);
	assert_printed(&s, COUNT, "count 256");
	assert_refused(COUNT, "1", NULL, "count: 1 is outside 2 .. 256");
	assert_refused(COUNT, "257", NULL, "count: 257 is outside 2 .. 256");
	assert_refused(COUNT, "-3", NULL, "count: -3 is not good here; a number");
	assert_refused(COUNT, "+3", NULL, "count: +3 is not good here; a number");
	assert_refused(COUNT, " 3", NULL, "count:  3 is not good here; a number");
	assert_refused(COUNT, "3 ", NULL, "count: 3  is not good here; a number");
	assert_refused(COUNT, "0x10", NULL, "count: 0x10 is not good here; a number");
	assert_refused(COUNT, "3K", NULL, "count: 3K is not good here; a number");
	assert_refused(COUNT, "many", NULL, "count: many is not good here; a number");
	assert_refused(COUNT, "", NULL, "count:  is not good here; a number");
	assert_refused(COUNT, "9223372036854775807", NULL,
		"count: 9223372036854775807 is outside 2 .. 256");
	/* 2^64 + 3 */
	assert_refused(COUNT, "18446744073709551619", NULL,
		"count: 18446744073709551619 is not good here; a number");
}

static void a_size_has_units_of_1024(void **state)
{
	static const struct {
		const char *word;
		uint64_t bytes;
		const char *printed;
	} rows[] = {
		{ "1024", 1024, "size 1K" },
		{ "1025", 1025, "size 1025" },
		{ "64K", 65536, "size 64K" },
		{ "3M", 3145728, "size 3M" },
		{ "1024M", 1073741824, "size 1G" },
		{ "4096G", UINT64_C(4398046511104), "size 4096G" },
	};
	struct settings s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_set(&s, SIZE, rows[i].word, NULL);
		assert_true(s.size == rows[i].bytes);
		assert_printed(&s, SIZE, rows[i].printed);
	}
	assert_refused(SIZE, "1023", NULL, "size: 1023 is outside 1K .. 4096G");
	assert_refused(SIZE, "4097G", NULL, "size: 4097G is outside 1K .. 4096G");
	assert_refused(SIZE, "1k", NULL, "size: 1k is not good here; a size as in 64M, 16G");
	assert_refused(SIZE, "1KB", NULL, "size: 1KB is not good here; a size as in 64M, 16G");
	assert_refused(SIZE, "1T", NULL, "size: 1T is not good here; a size as in 64M, 16G");
	assert_refused(SIZE, "K", NULL, "size: K is not good here; a size as in 64M, 16G");
	/* 2^34 G: times 2^30 it would be 0 again */
	assert_refused(SIZE, "17179869184G", NULL,
		"size: 17179869184G is not good here; a size as in 64M, 16G");
}

static void a_duration_has_units(void **state)
{
	static const struct {
		const char *word;
		int64_t seconds;
		const char *printed;
	} rows[] = {
		{ "0", 0, "duration 0" },
		{ "0s", 0, "duration 0" },
		{ "59", 59, "duration 59s" },
		{ "90s", 90, "duration 90s" },
		{ "120", 120, "duration 2m" },
		{ "60m", 3600, "duration 1h" },
		{ "72h", 259200, "duration 3d" },
		{ "15d", 1296000, "duration 15d" },
		{ "2w", 1209600, "duration 2w" },
		{ "366d", 31622400, "duration 366d" },
	};
	struct settings s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_set(&s, DURATION, rows[i].word, NULL);
		assert_true(s.duration == rows[i].seconds);
		assert_printed(&s, DURATION, rows[i].printed);
	}
	assert_refused(DURATION, "367d", NULL, "duration: 367d is outside 0 .. 366d");
	assert_refused(DURATION, "1y", NULL,
		"duration: 1y is not good here; a duration as in 30s, 72h, 15d");
	assert_refused(DURATION, "1h30m", NULL,
		"duration: 1h30m is not good here; a duration as in 30s, 72h, 15d");
	assert_refused(DURATION, "1H", NULL,
		"duration: 1H is not good here; a duration as in 30s, 72h, 15d");
	assert_refused(DURATION, "-1s", NULL,
		"duration: -1s is not good here; a duration as in 30s, 72h, 15d");
	assert_refused(DURATION, "30500568904944w", NULL,
		"duration: 30500568904944w is not good here; a duration as in 30s, 72h, 15d");
}

static void a_string_is_copied_and_printed_in_quotes(void **state)
{
	struct settings s = { 0 };
	char word[] = "a \"b\\c\" 'd";

	(void)state;
	assert_set(&s, TEXT, word, NULL);
	word[0] = 'x';
	assert_string_equal(s.text, "a \"b\\c\" 'd");
	assert_printed(&s, TEXT, "text \"a \\\"b\\\\c\\\" 'd\"");
	/* the first one is not leaked */
	assert_set(&s, TEXT, "", NULL);
	assert_printed(&s, TEXT, "text \"\"");
	pa_option_release(options, OPTIONS, &s);
	assert_null(s.text);
	pa_option_release(options, OPTIONS, &s);
}

static void a_choice_is_one_of_its_words(void **state)
{
	struct settings s = { 0 };

	(void)state;
	for (int i = 0; choices[i]; i++) {
		char printed[32];

		assert_set(&s, CHOICE, choices[i], NULL);
		assert_int_equal(s.choice, i);
		(void)snprintf(printed, sizeof(printed), "choice %s", choices[i]);
		assert_printed(&s, CHOICE, printed);
	}
	assert_refused(CHOICE, "al", NULL, "choice: al is not good here; one of all some none");
	assert_refused(CHOICE, "ALL", NULL, "choice: ALL is not good here; one of all some none");
	assert_refused(CHOICE, "", NULL, "choice:  is not good here; one of all some none");
}

/* More choices than fit the message are still all known. */
static void many_choices_do_not_overflow_the_message(void **state)
{
	static char names[40][16];
	const char *many[41] = { NULL };
	const struct pa_option option = { "many", PA_OPTION_CHOICE, 0, 0, 0, many, NULL, "" };
	const char *word = "none-of-them";
	struct pa_diag diag = { "" };
	int choice = 0;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "choice-%zu-long", i);
		many[i] = names[i];
	}
	assert_int_equal(pa_option_set(&option, &choice, &word, 1, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "one of choice-0-long choice-1-long"));
	word = names[39];
	assert_int_equal(pa_option_set(&option, &choice, &word, 1, &diag), 0);
	assert_int_equal(choice, 39);
}

static void lenience_is_deny_ignore_or_grace(void **state)
{
	struct settings s = { .lenience.grace_s = 5 };

	(void)state;
	assert_set(&s, LENIENCE, "deny", NULL);
	assert_int_equal(s.lenience.kind, PA_LENIENCE_DENY);
	assert_int_equal(s.lenience.grace_s, 0);
	assert_printed(&s, LENIENCE, "lenience deny");
	assert_set(&s, LENIENCE, "grace", "72h");
	assert_int_equal(s.lenience.kind, PA_LENIENCE_GRACE);
	assert_int_equal(s.lenience.grace_s, 259200);
	assert_printed(&s, LENIENCE, "lenience grace 3d");
	assert_set(&s, LENIENCE, "grace", "0");
	assert_printed(&s, LENIENCE, "lenience grace 0");
	assert_set(&s, LENIENCE, "ignore", NULL);
	assert_int_equal(s.lenience.kind, PA_LENIENCE_IGNORE);
	assert_int_equal(s.lenience.grace_s, 0);
	assert_printed(&s, LENIENCE, "lenience ignore");
	assert_refused(LENIENCE, "grace", NULL,
		"lenience: grace is not good here; deny, ignore, or grace DURATION");
	assert_refused(LENIENCE, "allow", NULL,
		"lenience: allow is not good here; deny, ignore, or grace DURATION");
	assert_refused(LENIENCE, "grace", "soon",
		"lenience: soon is not good here; a duration as in 30s, 72h, 15d");
	assert_refused(LENIENCE, "grace", "36601d", "lenience: 36601d is outside 0 .. 36600d");
	assert_refused(LENIENCE, "deny", "72h", "lenience: wants fewer words");
}

/* What a zeroed struct says is the strict one. */
static void forgotten_lenience_denies(void **state)
{
	const struct settings s = { 0 };

	(void)state;
	assert_int_equal(s.lenience.kind, PA_LENIENCE_DENY);
}

static void the_number_of_words_is_known(void **state)
{
	(void)state;
	for (int row = FLAG; row < LENIENCE; row++) {
		char expected[64];

		assert_int_equal(pa_option_words(&options[row], "grace"), 1);
		(void)snprintf(
			expected, sizeof(expected), "%s: wants fewer words", options[row].name);
		assert_refused(row, "1", "2", expected);
		(void)snprintf(expected, sizeof(expected), "%s: wants a value", options[row].name);
		assert_refused(row, NULL, NULL, expected);
	}
	assert_int_equal(pa_option_words(&options[LENIENCE], "grace"), 2);
	assert_int_equal(pa_option_words(&options[LENIENCE], "deny"), 1);
	assert_int_equal(pa_option_words(&options[LENIENCE], NULL), 1);
}

static void a_message_is_not_owed(void **state)
{
	const char *const words[] = { "maybe" };
	struct settings s = { 0 };

	(void)state;
	for (int row = FLAG; row < OPTIONS; row++) {
		if (options[row].type != PA_OPTION_STRING)
			assert_int_equal(pa_option_set(&options[row], &s, words, 1, NULL), -EINVAL);
		assert_int_equal(pa_option_set(&options[row], &s, words, 0, NULL), -EINVAL);
	}
}

static void fallbacks_are_read_as_if_written(void **state)
{
	struct settings s = { 0 };

	(void)state;
	assert_int_equal(pa_option_defaults(options, OPTIONS, &s), 0);
	assert_true(s.flag);
	assert_int_equal(s.count, 7);
	assert_true(s.size == UINT64_C(16) << 30);
	assert_int_equal(s.duration, 5);
	assert_string_equal(s.text, "/run/here");
	assert_null(s.unset);
	assert_int_equal(s.choice, 1);
	assert_int_equal(s.lenience.kind, PA_LENIENCE_GRACE);
	assert_int_equal(s.lenience.grace_s, 259200);
	pa_option_release(options, OPTIONS, &s);
}

static void a_wrong_row_is_seen(void **state)
{
	static const char *const wrong[] = { "1", "257", "seven", "7 8", "7 8 9 10", "" };
	struct settings s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct pa_option option = options[COUNT];

		option.fallback = wrong[i];
		assert_int_equal(pa_option_defaults(&option, 1, &s), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_is_yes_or_no),
		cmocka_unit_test(a_number_has_a_range_and_no_sign),
		cmocka_unit_test(a_size_has_units_of_1024),
		cmocka_unit_test(a_duration_has_units),
		cmocka_unit_test(a_string_is_copied_and_printed_in_quotes),
		cmocka_unit_test(a_choice_is_one_of_its_words),
		cmocka_unit_test(many_choices_do_not_overflow_the_message),
		cmocka_unit_test(lenience_is_deny_ignore_or_grace),
		cmocka_unit_test(forgotten_lenience_denies),
		cmocka_unit_test(the_number_of_words_is_known),
		cmocka_unit_test(a_message_is_not_owed),
		cmocka_unit_test(fallbacks_are_read_as_if_written),
		cmocka_unit_test(a_wrong_row_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
