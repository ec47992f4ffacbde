/*
 * bench_growth POLYAUTHD POLYAUTHCTL PHONES [PART...]: what devices and revoked serials take, how
 * fast lists of them are imported, how long a daemon that has many takes to start, and what a
 * request costs it. Parts are devices, serials, start, warm; without any all are measured.
 *
 * How each row is measured stands in growth_*.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/growth.h"

static bool is_wanted(const char *part, char **parts)
{
	bool wanted = !*parts;

	for (; *parts; parts++)
		wanted |= strcmp(*parts, part) == 0;
	return wanted;
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	static struct bench_table table;
	char dir[64];

	if (argc < 4) {
		fprintf(stderr, "usage: bench_growth POLYAUTHD POLYAUTHCTL PHONES [PART...]\n");
		return 2;
	}
	snprintf(dir, sizeof(dir), "%.40s/pa-growth-XXXXXX", tmp ? tmp : "/tmp");
	bench_require(mkdtemp(dir) != NULL, dir);
	if (is_wanted("devices", argv + 4))
		growth_devices(&table, dir);
	if (is_wanted("serials", argv + 4))
		growth_serials(&table, dir);
	if (is_wanted("start", argv + 4))
		growth_start(&table, argv[1]);
	if (is_wanted("warm", argv + 4))
		growth_warm(&table, argv[1], argv[2], argv[3]);
	bench_require(remove(dir) == 0, dir);
	(void)bench_table_end(&table, "growth", stdout);
	return 0;
}
