#include "daemon/highest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS 20u /* of 2^64 - 1 */
#define LENGTH (DIGITS + 1)

/* --- read --- */

/* Digits, all of them, and the end of the line: as it is written. */
static bool parse(const char *text, size_t len, uint64_t *ret)
{
	if (len != LENGTH || text[DIGITS] != '\n' || strspn(text, "0123456789") != DIGITS)
		return false;
	errno = 0;
	*ret = strtoull(text, NULL, 10);
	return errno == 0;
}

static int failed(const char *dir, int r, struct pa_diag *diag)
{
	if (r == -EACCES) /* root has put it back */
		pa_diag_set(diag,
			"%s/" PA_HIGHEST_FILE ": it must belong to the daemon's user: chown it",
			dir);
	else
		pa_diag_set(diag, "%s/" PA_HIGHEST_FILE ": %s: it must be a regular file", dir,
			pa_strerror(r));
	return r;
}

static int read_file(int fd, const char *dir, uint64_t *ret, struct pa_diag *diag)
{
	char text[LENGTH + 2] = "";
	ssize_t len = read(fd, text, LENGTH + 1);

	if (len < 0)
		return failed(dir, -errno, diag);
	if (parse(text, (size_t)len, ret))
		return 0;
	if (len == 0) /* the power went before it was written for the first time */
		return PA_HIGHEST_UNKNOWN;
	pa_diag_set(diag,
		"%s/" PA_HIGHEST_FILE " was damaged and is made anew: if the store was restored "
		"from a backup, remove otp.key and restart, which voids one-time passwords",
		dir);
	return PA_HIGHEST_UNKNOWN;
}

int pa_highest_open(const char *dir, uint64_t reached, struct pa_highest *highest, uint64_t *ret,
	struct pa_diag *diag)
{
	char path[sizeof(highest->dir) + sizeof("/" PA_HIGHEST_FILE)];
	struct stat st;
	int fd, r;

	*ret = 0;
	*highest = (struct pa_highest){ .reached = reached };
	pa_bytes_copy(highest->dir, sizeof(highest->dir), pa_bytes_str(dir));
	(void)snprintf(path, sizeof(path), "%s/" PA_HIGHEST_FILE, highest->dir);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? PA_HIGHEST_UNKNOWN : failed(dir, -errno, diag);
	if (fstat(fd, &st) != 0)
		r = failed(dir, -errno, diag);
	else if (!S_ISREG(st.st_mode))
		r = failed(dir, PA_E_STORE, diag);
	else
		r = read_file(fd, dir, ret, diag);
	(void)close(fd);
	if (r == 0) {
		highest->written = *ret;
		highest->has_written = true;
	}
	return r;
}

/* --- write --- */

/*
 * In place, so that it needs no room on a full disk. It is a part of one sector, which is written
 * whole or not at all.
 */
static int write_file(int dir_fd, const char *text)
{
	int fd = openat(dir_fd, PA_HIGHEST_FILE,
		O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int r = 0;

	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* where less is written */
	if (pwrite(fd, text, LENGTH, 0) != (ssize_t)LENGTH || ftruncate(fd, LENGTH) != 0 ||
		fsync(fd) != 0)
		r = -errno;
	(void)close(fd);
	return r;
}

static int write_number(const struct pa_highest *highest, uint64_t number)
{
	int dir_fd = open(highest->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	char text[LENGTH + 1];

	if (dir_fd < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%0*" PRIu64 "\n", (int)DIGITS, number);
	r = write_file(dir_fd, text);
	/* a new file's name must survive a power cut */
	if (r == 0 && !highest->has_written && fsync(dir_fd) != 0)
		r = -errno;
	(void)close(dir_fd);
	return r;
}

int pa_highest_write(struct pa_highest *highest, struct pa_diag *diag)
{
	const uint64_t reached = atomic_load(&highest->reached);
	int r;

	if (highest->has_written && highest->written == reached)
		return 0;
	r = write_number(highest, reached);
	if (r == 0) {
		highest->written = reached;
		highest->has_written = true;
	} else if (!highest->has_failed) {
		pa_diag_set(diag,
			"%s/" PA_HIGHEST_FILE
			": %s: until it can be written, nobody notices if the store goes back",
			highest->dir, pa_strerror(r));
	}
	highest->has_failed = r != 0;
	return r;
}
