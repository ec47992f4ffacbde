/*
 * In place of a fuzzing engine: runs a fuzz target over every file of the directories
 * given as arguments, as one test. What crashes it is named on standard error.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target may have one, for what it needs before its first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static char path[4096];

static void name_the_input(int signal_number)
{
	static const char before[] = "# failed on ";

	if (write(STDERR_FILENO, before, sizeof(before) - 1) < 0 ||
		write(STDERR_FILENO, path, strlen(path)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(1);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* Of exactly the file's size, so that one byte read too far is seen. NULL: why is printed. */
static uint8_t *read_whole(FILE *file, size_t size)
{
	uint8_t *data = malloc(size);

	if (data && (!size || fread(data, size, 1, file) == 1))
		return data;
	printf("# %s could not be read\n", path);
	free(data);
	return NULL;
}

/* 1: it was an input; 0: a directory; -1: it could not be read. */
static int replay_file(void)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	int r = -1;

	if (!file || fstat(fileno(file), &st) != 0) {
		printf("# %s could not be opened\n", path);
		goto out;
	}
	r = 0;
	if (!S_ISREG(st.st_mode))
		goto out;
	r = -1;
	data = read_whole(file, (size_t)st.st_size);
	if (!data)
		goto out;
	(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	r = 1;
out:
	if (file)
		fclose(file);
	return r;
}

/* The number of inputs, or -1. */
static int replay_directory(const char *name)
{
	struct dirent **entries;
	int n = scandir(name, &entries, NULL, alphasort);
	int inputs = 0;

	if (n < 0) {
		printf("# %s could not be read\n", name);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		int r = -1;

		if (snprintf(path, sizeof(path), "%s/%s", name, entries[i]->d_name) <
			(int)sizeof(path))
			r = replay_file();
		inputs = r < 0 || inputs < 0 ? -1 : inputs + r;
		free(entries[i]);
	}
	free(entries);
	return inputs;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int inputs = 0;

	signal(SIGABRT, name_the_input);
	signal(SIGSEGV, name_the_input);
	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	name = name ? name + 1 : argv[0];
	puts("1..1");
	for (int i = 1; i < argc; i++) {
		int n = replay_directory(argv[i]);

		inputs = n < 0 || inputs < 0 ? -1 : inputs + n;
	}
	if (inputs <= 0) {
		printf("not ok 1 - %s: there is no input, or one could not be read\n", name);
		return 1;
	}
	printf("ok 1 - %s: %d inputs\n", name, inputs);
	return 0;
}
