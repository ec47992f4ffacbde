/*
 * One path of PKITS: what the project's table expects of it, and what the data says it is made of.
 */
#ifndef TESTS_CONFORMANCE_PKITS_ROW_H
#define TESTS_CONFORMANCE_PKITS_ROW_H

#include <stdbool.h>
#include <stdio.h>

#define PKITS_FILES_MAX 10u

struct pkits_row {
	const char *number, *name;
	const char *cas[PKITS_FILES_MAX]; /* anchor first */
	size_t cas_len;
	const char *leaf;
	const char *crls[PKITS_FILES_MAX];
	size_t crls_len;
	/* RFC 5280, 6.1.1 (c) and (e) to (g); policies by name, "anyPolicy" */
	const char *policies[PKITS_FILES_MAX];
	size_t policies_len;
	bool explicit_policy, inhibit_mapping, inhibit_any;
	bool is_valid;
};

struct pkits_suite {
	FILE *table, *data;
	char *table_line, *data_line; /* what the latest row points into */
	size_t table_size, data_size;
	unsigned rows;
	char why[300]; /* what is wrong with the table or the data; empty: nothing */
};

/* 0; -1: why says why. */
int pkits_open(struct pkits_suite *suite, const char *table, const char *test_data);

/* 0; 1: that was the last one, or why says what is wrong. */
int pkits_next(struct pkits_suite *suite, struct pkits_row *ret);

void pkits_close(struct pkits_suite *suite);

#endif
