#include "daemon/pki/secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME     PA_SECRET_KEY_FILE
#define NEW_NAME NAME ".new"

static int fail(const char *dir, const char *what, int r, struct pa_diag *diag)
{
	pa_diag_set(diag, "%s/" NAME ": %s", dir, what);
	return r;
}

/* Whole or not at all: what a crash leaves of a new one is made anew. 0 or negative. */
static int make(int dir_fd, struct pa_secret_key *ret)
{
	int fd, r = 0;

	if (getrandom(ret->bytes, sizeof(ret->bytes), 0) != (ssize_t)sizeof(ret->bytes))
		return -EIO;
	if (unlinkat(dir_fd, NEW_NAME, 0) != 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir_fd, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = 0;
	if (write(fd, ret->bytes, sizeof(ret->bytes)) != (ssize_t)sizeof(ret->bytes) ||
		fsync(fd) != 0)
		r = errno ? -errno : -EIO;
	if (close(fd) != 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(dir_fd, NEW_NAME, dir_fd, NAME) != 0)
		r = -errno;
	if (r == 0 && fsync(dir_fd) != 0)
		r = -errno;
	return r;
}

static int read_key(int fd, const char *dir, struct pa_secret_key *ret, struct pa_diag *diag)
{
	uint8_t bytes[PA_SECRET_KEY_LEN + 1];
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st) != 0)
		return fail(dir, pa_strerror(-errno), -errno, diag);
	if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) ||
		(st.st_mode & (S_IRWXG | S_IRWXO)))
		return fail(dir,
			"it must be a regular file of the daemon's user or root, that nobody else "
			"may read or write: chmod 0600",
			PA_E_STORE, diag);
	len = read(fd, bytes, sizeof(bytes));
	if (len == (ssize_t)PA_SECRET_KEY_LEN)
		memcpy(ret->bytes, bytes, PA_SECRET_KEY_LEN);
	explicit_bzero(bytes, sizeof(bytes));
	if (len == (ssize_t)PA_SECRET_KEY_LEN)
		return 0;
	return fail(dir,
		"it does not have 32 bytes: put back the one that was made with this store, or "
		"remove it to have a new one (passwords that were made are then void)",
		PA_E_STORE, diag);
}

int pa_secret_key_load(const char *dir, struct pa_secret_key *ret, bool *made, struct pa_diag *diag)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, r;

	*made = false;
	if (dir_fd < 0)
		return fail(dir, pa_strerror(-errno), -errno, diag);
	fd = openat(dir_fd, NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		r = read_key(fd, dir, ret, diag);
		close(fd);
	} else if (errno == ENOENT) {
		r = make(dir_fd, ret);
		*made = r == 0;
		if (r)
			(void)fail(dir, pa_strerror(r), r, diag);
	} else if (errno == EACCES) { /* root has put it back */
		r = fail(dir, "it must belong to the daemon's user: chown it", -EACCES, diag);
	} else {
		r = fail(dir, pa_strerror(-errno), -errno, diag);
	}
	close(dir_fd);
	return r;
}
