#include "tests/conformance/pkits_row.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 114 valid and 135 invalid ones: a table that was cut must not pass. */
#define ROWS 249u

int pkits_open(struct pkits_suite *suite, const char *table, const char *test_data)
{
	char path[512];

	*suite = (struct pkits_suite){ .why = "" };
	snprintf(path, sizeof(path), "%s/pkits/expectations.tsv", test_data);
	suite->table = fopen(table, "r");
	suite->data = fopen(path, "r");
	if (suite->table && suite->data &&
		getline(&suite->data_line, &suite->data_size, suite->data) > 0)
		return 0; /* its first line names the columns */
	snprintf(suite->why, sizeof(suite->why), "%.250s cannot be read",
		suite->table ? path : table);
	return -1;
}

static char *field(char **line)
{
	char *ret = strsep(line, "\t\n");

	return ret ? ret : (char *)(uintptr_t) "";
}

/* NULL: the end. */
static char *table_line(struct pkits_suite *suite)
{
	while (getline(&suite->table_line, &suite->table_size, suite->table) > 0) {
		if (suite->table_line[0] != '#')
			return suite->table_line;
	}
	return NULL;
}

static size_t split(struct pkits_suite *suite, char *list, const char **ret)
{
	size_t len = 0;
	char *item;

	while ((item = strsep(&list, ",")) != NULL) {
		if (!*item)
			continue;
		if (len == PKITS_FILES_MAX) {
			snprintf(suite->why, sizeof(suite->why), "a list of the data is too long");
			return len;
		}
		ret[len++] = item;
	}
	return len;
}

static void parse_data(struct pkits_suite *suite, struct pkits_row *row)
{
	char *rest = suite->data_line;

	row->number = field(&rest);
	row->name = field(&rest);
	row->cas_len = split(suite, field(&rest), row->cas);
	row->crls_len = split(suite, field(&rest), row->crls);
	row->policies_len = split(suite, field(&rest), row->policies);
	row->explicit_policy = strcmp(field(&rest), "1") == 0;
	row->inhibit_mapping = strcmp(field(&rest), "1") == 0;
	row->inhibit_any = strcmp(field(&rest), "1") == 0;
	row->leaf = row->cas_len > 1 ? row->cas[--row->cas_len] : "";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int pkits_next(struct pkits_suite *suite, struct pkits_row *ret)
{
	char *line = table_line(suite);
	bool more = getline(&suite->data_line, &suite->data_size, suite->data) > 0;
	const char *number, *leaf, *expected;

	*ret = (struct pkits_row){ .number = "" };
	if (!line || !more) {
		if (line || more || suite->rows != ROWS)
			snprintf(suite->why, sizeof(suite->why),
				"%u rows where %u were expected of table and data", suite->rows,
				ROWS);
		return 1;
	}
	parse_data(suite, ret);
	number = field(&line);
	leaf = field(&line);
	expected = field(&line);
	ret->is_valid = strcmp(expected, "valid") == 0;
	if (strcmp(number, ret->number) != 0 || strcmp(leaf, base_name(ret->leaf)) != 0 ||
		(!ret->is_valid && strcmp(expected, "invalid") != 0))
		snprintf(suite->why, sizeof(suite->why),
			"the table has %.20s %.80s where the data has %.20s %.80s", number, leaf,
			ret->number, base_name(ret->leaf));
	suite->rows++;
	return suite->why[0] ? 1 : 0;
}

void pkits_close(struct pkits_suite *suite)
{
	if (suite->table)
		fclose(suite->table);
	if (suite->data)
		fclose(suite->data);
	free(suite->table_line);
	free(suite->data_line);
}
