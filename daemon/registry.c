#include "daemon/registry.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control.h"

extern const struct pa_check pa_check_chain, pa_check_crl, pa_check_acl, pa_check_owner,
	pa_check_throttle, pa_check_password, pa_check_continuity, pa_check_otp;

static const struct pa_check *const builtin[] = {
	&pa_check_chain,
	&pa_check_crl,
	&pa_check_acl,
	&pa_check_owner,
	&pa_check_throttle,
	&pa_check_password,
	&pa_check_continuity,
	&pa_check_otp,
};
#define BUILTIN_LEN (sizeof(builtin) / sizeof(*builtin))

struct loaded {
	struct loaded *next;
	void *object;
	const struct pa_check *check;
	char path[];
};

struct pa_registry {
	struct loaded *first;
};

/* Names of checks that were ever loaded; there are few, and a decision outlives its check. */
struct kept_name {
	struct kept_name *next;
	char name[PA_CHECK_NAME_MAX + 1];
};

const char *pa_registry_keep_name(const char *name)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct kept_name *first;
	struct kept_name *kept;

	pthread_mutex_lock(&lock);
	for (kept = first; kept && strcmp(kept->name, name) != 0;)
		kept = kept->next;
	if (!kept) {
		kept = malloc(sizeof(*kept));
		if (kept) {
			pa_bytes_copy(kept->name, sizeof(kept->name), pa_bytes_str(name));
			kept->next = first;
			first = kept;
		}
	}
	pthread_mutex_unlock(&lock);
	return kept ? kept->name : NULL;
}

struct pa_registry *pa_registry_new(void)
{
	return calloc(1, sizeof(struct pa_registry));
}

void pa_registry_free(struct pa_registry *registry)
{
	if (!registry)
		return;
	while (registry->first) {
		struct loaded *l = registry->first;

		registry->first = l->next;
		dlclose(l->object);
		free(l);
	}
	free(registry);
}

/* Code that the daemon runs must not be writable by anybody but root and the daemon's user. */
static int check_owner_and_mode(const char *path, struct pa_diag *diag)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		int err = -errno;

		pa_diag_set(diag, "%s: %s", path, pa_strerror(err));
		return err;
	}
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		pa_diag_set(diag,
			"%s: must be owned by root and not writable by group or others "
			"(chown root, chmod go-w)",
			path);
		return -EPERM;
	}
	return 0;
}

static int check_file(const char *path, struct pa_diag *diag)
{
	char dir[PATH_MAX];
	int r;

	if (path[0] != '/' || strlen(path) >= sizeof(dir)) {
		pa_diag_set(diag, "%s: a check is loaded from an absolute path", path);
		return -EINVAL;
	}
	memcpy(dir, path, strlen(path) + 1);
	r = check_owner_and_mode(dirname(dir), diag);
	return r ? r : check_owner_and_mode(path, diag);
}

static int accept_check(struct pa_registry *registry, const char *path,
	const struct pa_check *check, struct pa_diag *diag)
{
	if (!check) {
		pa_diag_set(diag, "%s: has no symbol pa_check_module", path);
		return PA_E_ABI;
	}
	if (check->abi != PA_CHECK_ABI) {
		pa_diag_set(diag, "%s: built for check ABI %u, this daemon has %u: rebuild it",
			path, check->abi, PA_CHECK_ABI);
		return PA_E_ABI;
	}
	if (!check->name || !check->name[0] || !check->run) {
		pa_diag_set(diag, "%s: the check has no name or no run()", path);
		return PA_E_ABI;
	}
	if (strlen(check->name) > PA_CHECK_NAME_MAX) {
		pa_diag_set(diag, "%s: the check's name has more than %u bytes", path,
			PA_CHECK_NAME_MAX);
		return PA_E_ABI;
	}
	if (pa_registry_find(registry, check->name)) {
		pa_diag_set(diag, "%s: there is a check named %s already", path, check->name);
		return -EEXIST;
	}
	return 0;
}

int pa_registry_load(struct pa_registry *registry, const char *path, struct pa_diag *diag)
{
	const struct pa_check *check;
	struct loaded *l, **tail;
	void *object;
	int r;

	r = check_file(path, diag);
	if (r)
		return r;
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		pa_diag_set(diag, "%s", dlerror());
		return PA_E_ABI;
	}
	check = dlsym(object, "pa_check_module");
	r = accept_check(registry, path, check, diag);
	if (r)
		goto out;
	l = malloc(sizeof(*l) + strlen(path) + 1);
	if (!l) {
		r = -ENOMEM;
		goto out;
	}
	for (tail = &registry->first; *tail; tail = &(*tail)->next)
		continue;
	l->next = NULL;
	*tail = l;
	l->object = object;
	l->check = check;
	memcpy(l->path, path, strlen(path) + 1);
	object = NULL;
out:
	if (object)
		dlclose(object);
	return r;
}

const struct pa_check *pa_registry_find(const struct pa_registry *registry, const char *name)
{
	for (size_t i = 0; i < BUILTIN_LEN; i++) {
		if (strcmp(builtin[i]->name, name) == 0)
			return builtin[i];
	}
	for (const struct loaded *l = registry ? registry->first : NULL; l; l = l->next) {
		if (strcmp(l->check->name, name) == 0)
			return l->check;
	}
	return NULL;
}

const char *pa_registry_path(const struct pa_registry *registry, size_t i)
{
	const struct loaded *l = registry->first;

	while (l && i--)
		l = l->next;
	return l ? l->path : NULL;
}

const struct pa_check *pa_registry_builtin(size_t i)
{
	return i < BUILTIN_LEN ? builtin[i] : NULL;
}
