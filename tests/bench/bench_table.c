/*
 * bench_table NAME FILE: the rows of a file, as a table; for benchmarks that are scripts. They are
 * also written to build/bench/NAME.tsv.
 */
#include "tests/bench/table.h"

int main(int argc, char **argv)
{
	static struct bench_table table;
	unsigned number;
	FILE *in;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_table NAME FILE\n");
		return 2;
	}
	in = fopen(argv[2], "r");
	if (!in) {
		perror(argv[2]);
		return 1;
	}
	number = bench_table_read(&table, in);
	fclose(in);
	if (number) {
		fprintf(stderr, "bench: %s:%u: not a row of a table\n", argv[2], number);
		return 1;
	}
	(void)bench_table_end(&table, argv[1], stdout);
	return 0;
}
