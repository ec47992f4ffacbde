#include "clients/ctl/fetch_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD      "polyauth-fetch 1"
#define TAIL      "end"
#define FILE_MAX  (8u * 1024)
#define NAME_SIZE 32u /* 16 digits, and what stands behind them */

uint64_t pa_fetch_mark(const char *const *texts)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *texts; texts++) {
		const char *c = *texts;

		/* its NUL parts it from the next */
		do {
			hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
		} while (*c++);
	}
	return hash;
}

static void name_of(const char *url, const char *suffix, char out[NAME_SIZE])
{
	const char *const texts[] = { url, NULL };

	snprintf(out, NAME_SIZE, "%016llx%s", (unsigned long long)pa_fetch_mark(texts), suffix);
}

int pa_fetch_state_open(const char *path, int *ret_fd)
{
	int fd, r;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* the directory itself, so that no file of another user can stand in the way */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		r = errno == EWOULDBLOCK ? 1 : -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

bool pa_fetch_tag_is_plain(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return len && len <= PA_FETCH_TAG_MAX;
}

/* --- reading --- */

static bool read_number(const char *text, int base, unsigned long long max, uint64_t *ret)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, base);
	*ret = n;
	return *text >= '0' && *text <= 'f' && !errno && !*end && n <= max;
}

static bool read_tag(const char *text, char out[PA_FETCH_TAG_MAX + 1])
{
	if (!pa_fetch_tag_is_plain(text))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

/* What stands behind NAME and a blank; NULL: it is another line. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

/* One line between the first two and the last. */
static bool read_line(const char *line, struct pa_fetch_state *state)
{
	const char *value;
	uint64_t n;

	if ((value = value_of(line, "etag")))
		return read_tag(value, state->etag);
	if ((value = value_of(line, "modified")))
		return read_tag(value, state->modified);
	if ((value = value_of(line, "in-force"))) {
		if (state->marks_len == PA_FETCH_MARKS_MAX ||
			!read_number(value, 16, UINT64_MAX, &n))
			return false;
		state->marks[state->marks_len++] = n;
		return true;
	}
	if ((value = value_of(line, "failures"))) {
		if (!read_number(value, 10, INT32_MAX, &n))
			return false;
		state->failures = (unsigned)n;
		return true;
	}
	value = value_of(line, "next-try");
	if (!value || !read_number(value, 10, INT64_MAX, &n))
		return false;
	state->next_try_s = (int64_t)n;
	return true;
}

static bool read_text(char *text, const char *url, struct pa_fetch_state *state)
{
	for (unsigned number = 1; *text; number++) {
		char *end = strchr(text, '\n');
		const char *value;

		if (!end)
			return false; /* cut */
		*end = '\0';
		value = value_of(text, "url");
		if (number == 1 && strcmp(text, HEAD) != 0)
			return false;
		if (number == 2 && (!value || strcmp(value, url) != 0))
			return false;
		if (number > 2 && strcmp(text, TAIL) == 0)
			return !end[1];
		if (number > 2 && !read_line(text, state))
			return false;
		text = end + 1;
	}
	return false;
}

int pa_fetch_state_load(int dir, const char *url, struct pa_fetch_state *ret)
{
	char name[NAME_SIZE], text[FILE_MAX + 1];
	size_t len = 0;
	ssize_t n;
	int fd;

	*ret = (struct pa_fetch_state){ 0 };
	name_of(url, "", name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 1 : errno == ELOOP ? 2 : -errno;
	while ((n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	if (n < 0 || len == FILE_MAX || strlen(text) != len || !read_text(text, url, ret)) {
		*ret = (struct pa_fetch_state){ 0 };
		return 2;
	}
	return 0;
}

/* --- writing --- */

static int write_text(FILE *file, const char *url, const struct pa_fetch_state *state)
{
	fprintf(file, "%s\nurl %s\n", HEAD, url);
	if (state->etag[0])
		fprintf(file, "etag %s\n", state->etag);
	if (state->modified[0])
		fprintf(file, "modified %s\n", state->modified);
	fprintf(file, "failures %u\nnext-try %lld\n", state->failures,
		(long long)state->next_try_s);
	for (size_t i = 0; i < state->marks_len; i++)
		fprintf(file, "in-force %016llx\n", (unsigned long long)state->marks[i]);
	fprintf(file, "%s\n", TAIL);
	return ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0 ? -EIO : 0;
}

int pa_fetch_state_save(int dir, const char *url, const struct pa_fetch_state *state)
{
	char name[NAME_SIZE], made[NAME_SIZE];
	FILE *file;
	int fd, r;

	name_of(url, "", name);
	name_of(url, ".new", made);
	/* one of a run that was killed; this process has the directory for itself */
	if (unlinkat(dir, made, 0) != 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	r = write_text(file, url, state);
	if (fclose(file) != 0 && r == 0)
		r = -EIO;
	if (r == 0 && (renameat(dir, made, dir, name) != 0 || fsync(dir) != 0))
		r = -errno;
	return r;
}

/* --- when --- */

void pa_fetch_state_failed(
	struct pa_fetch_state *state, int64_t now_s, int64_t wish_s, uint32_t random)
{
	int64_t wait_s = PA_FETCH_BACKOFF_MIN_S;

	for (unsigned i = 0; i < state->failures && wait_s < PA_FETCH_BACKOFF_MAX_S; i++)
		wait_s *= 2;
	if (wait_s > PA_FETCH_BACKOFF_MAX_S)
		wait_s = PA_FETCH_BACKOFF_MAX_S;
	wait_s -= random % (wait_s / 2 + 1);
	if (wish_s > wait_s)
		wait_s = wish_s < PA_FETCH_BACKOFF_MAX_S ? wish_s : PA_FETCH_BACKOFF_MAX_S;
	if (state->failures < INT32_MAX)
		state->failures++;
	state->next_try_s = now_s + wait_s;
}

bool pa_fetch_state_waits(const struct pa_fetch_state *state, int64_t now_s)
{
	return state->next_try_s > now_s && state->next_try_s - now_s <= PA_FETCH_BACKOFF_MAX_S;
}
