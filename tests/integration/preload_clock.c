/*
 * For LD_PRELOAD: the system clock is what the file says that TEST_CLOCK names, in seconds since
 * 1970. A file, so that the clock of a daemon that runs can be set.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PUBLIC __attribute__((visibility("default")))

static time_t set_by_test(time_t real)
{
	const char *name = getenv("TEST_CLOCK");
	FILE *file = name ? fopen(name, "re") : NULL;
	char text[32] = "";

	if (!file)
		return real;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	(void)fclose(file);
	return text[0] ? (time_t)strtoll(text, NULL, 10) : real;
}

PUBLIC int clock_gettime(clockid_t id, struct timespec *ret)
{
	int (*next)(clockid_t, struct timespec *);
	int r;

	*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	r = next(id, ret);
	if (r == 0 && id == CLOCK_REALTIME)
		ret->tv_sec = set_by_test(ret->tv_sec);
	return r;
}

PUBLIC time_t time(time_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}
