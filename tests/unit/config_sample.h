/*
 * A configuration that is good, to be put wrong in one place, and what is told of it then.
 */
#ifndef TESTS_UNIT_CONFIG_SAMPLE_H
#define TESTS_UNIT_CONFIG_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/config/config.h"

#define UNUSED __attribute__((unused))

/* A realm that is good but for what a test puts into it; it begins in line 1, a stack in line 4. */
#define PEERS    "peers uid:33\n"
#define IDENTITY "identity poly from certificate\n"
#define STACK    "stack {\nrequisite chain\nrequired owner\n}\n"
#define PATH     "path \"/{mac}.cfg\" class device\n"
#define REALM    "realm r {\n" PEERS IDENTITY STACK PATH "}\n"

UNUSED static struct pa_config *parse_good(const char *text)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	int r = pa_config_parse("c", pa_bytes_str(text), &config, &errors);

	for (size_t i = 0; i < errors.len; i++)
		print_message("%s\n", errors.lines[i]);
	assert_int_equal(errors.len, 0);
	assert_int_equal(r, 0);
	assert_non_null(config);
	pa_config_errors_finish(&errors);
	return config;
}

/* All lines, each with a newline; to be freed. */
UNUSED static char *join_lines(const struct pa_config_errors *errors)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < errors->len; i++)
		fprintf(out, "%s\n", errors->lines[i]);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* No lines expected: it is good. */
UNUSED static void expect(const char *text, const char *lines)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	int r = pa_config_parse("c", pa_bytes_str(text), &config, &errors);
	char *told = join_lines(&errors);

	assert_string_equal(told, lines);
	assert_int_equal(r, *lines ? PA_E_CONFIG : 0);
	assert_int_equal(config == NULL, *lines != '\0');
	pa_config_unref(config);
	pa_config_errors_finish(&errors);
	free(told);
}

/* A good configuration with one more directive behind it, in line 10. */
UNUSED static void expect_directive(const char *directive, const char *lines)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s%s\n", REALM, directive);
	expect(text, lines);
}

/* A good realm with one more directive in it, in line 9. */
UNUSED static void expect_in_realm(const char *directive, const char *lines)
{
	char text[2048];

	(void)snprintf(
		text, sizeof(text), "realm r {\n" PEERS IDENTITY STACK PATH "%s\n}\n", directive);
	expect(text, lines);
}

#endif
