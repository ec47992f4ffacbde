/*
 * For LD_PRELOAD: each password that is hashed adds a line to the file that CRYPT_LOG names, with
 * the method and the cost, as the setting has them.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC char *crypt_rn(const char *phrase, const char *setting, void *data, int size);

PUBLIC char *crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	const char *name = getenv("CRYPT_LOG");
	int fd = name ? open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	char *(*next)(const char *, const char *, void *, int);

	if (fd >= 0) {
		(void)dprintf(fd, "%.6s\n", setting);
		close(fd);
	}
	*(void **)&next = dlsym(RTLD_NEXT, "crypt_rn");
	return next(phrase, setting, data, size);
}
