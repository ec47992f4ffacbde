#include "clients/shim-radius/certfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/c/pem.h"

static int refuse(struct pa_diag *diag, const char *why)
{
	pa_diag_set(diag, "the certificate file %s", why);
	return -EINVAL;
}

static int fail(struct pa_diag *diag, int error)
{
	pa_diag_set(diag, "the certificate file cannot be read: %s", pa_strerror(-error));
	return -error;
}

/* As much as there is, and at most one byte too many: its length, or negative. */
static ssize_t read_all(int fd, struct pa_certfile *file, struct pa_diag *diag)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, file->text + len, sizeof(file->text) - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? fail(diag, errno) : (ssize_t)len;
}

static ssize_t read_file(const char *path, struct pa_certfile *file, struct pa_diag *diag)
{
	/* a FIFO without a writer must not hold it up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t r;

	if (fd < 0)
		return fail(diag, errno);
	if (fstat(fd, &st) != 0)
		r = fail(diag, errno);
	else if (!S_ISREG(st.st_mode))
		r = refuse(diag, "is no regular file");
	else
		r = read_all(fd, file, diag);
	close(fd);
	return r;
}

int pa_certfile_read(const char *path, struct pa_certfile *ret, struct pa_diag *diag)
{
	struct pa_bytes rest;
	ssize_t size;
	size_t len, n = 0;

	ret->chain_len = 0;
	size = read_file(path, ret, diag);
	if (size < 0)
		return (int)size;
	if (!size)
		return refuse(diag, "is empty");
	if (size > (ssize_t)PA_CERTFILE_MAX)
		return refuse(diag, "is too large");
	rest = (struct pa_bytes){ ret->text, (size_t)size };
	while (rest.len) {
		/* in place: what is written lies before what is still to be read */
		uint8_t *der = ret->text + (rest.data - ret->text);

		if (n == PA_CHAIN_CERTS_MAX)
			return refuse(diag, "holds more than 8 certificates");
		if (pa_pem_certificate(&rest, der, &len) != 0)
			return refuse(diag, "is not PEM certificates and nothing else");
		ret->chain[n++] = (struct polyauth_bytes){ der, len };
	}
	ret->chain_len = n;
	return 0;
}
