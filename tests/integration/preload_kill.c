/*
 * For LD_PRELOAD: while the file exists that KILL_WHEN names, the process is killed where its
 * store's writer would wake the loop that waits for it: what was written is durable, and nobody has
 * heard of it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int uv_async_send(uv_async_t *async)
{
	const char *name = getenv("KILL_WHEN");
	int (*next)(uv_async_t *);
	char thread[16] = "";

	if (name && access(name, F_OK) == 0 &&
		pthread_getname_np(pthread_self(), thread, sizeof(thread)) == 0 &&
		strcmp(thread, "pa-writer") == 0)
		(void)kill(getpid(), SIGKILL);
	*(void **)&next = dlsym(RTLD_NEXT, "uv_async_send");
	return next(async);
}
