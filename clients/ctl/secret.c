#include "clients/ctl/secret.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include "clients/ctl/ctl.h"

static int no_descriptor(int fd)
{
	fprintf(stderr, "polyauthctl: the password could not be read from descriptor %d: %s\n", fd,
		pa_strerror(-errno));
	return PA_CTL_USAGE;
}

static int read_line(int fd, struct pa_secret *ret)
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return no_descriptor(fd);
		if (n == 0 || c == '\n')
			break;
		/* what follows it would be cut off, silently */
		if (!c) {
			fputs("polyauthctl: a password holds no NUL\n", stderr);
			return PA_CTL_USAGE;
		}
		if (len == sizeof(ret->text) - 1) {
			fprintf(stderr, "polyauthctl: a password has at most %u bytes\n",
				PA_PASSWORD_MAX);
			return PA_CTL_USAGE;
		}
		ret->text[len++] = c;
	}
	ret->text[len] = '\0';
	if (len)
		return 0;
	fputs("polyauthctl: no password was given\n", stderr);
	return PA_CTL_USAGE;
}

/* Of what is there by now: who holds a pipe open is not waited for. 0, or PA_CTL_USAGE; says why.
 */
static int refuse_more(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char c;

	if (poll(&wait, 1, 0) <= 0 || !(wait.revents & POLLIN) || read(fd, &c, 1) != 1)
		return 0;
	fputs("polyauthctl: a password is one line, and more than one was given\n", stderr);
	return PA_CTL_USAGE;
}

/* One that is to be set is given alone: of several lines, the first may be the wrong one. */
static int read_given(int fd, bool alone, struct pa_secret *ret)
{
	int r = read_line(fd, ret);

	return r || !alone || isatty(fd) ? r : refuse_more(fd);
}

static int ask(const char *prompt, struct pa_secret *ret)
{
	struct termios before, quiet;
	int r;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return PA_CTL_USAGE;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	fputs(prompt, stderr); /* after it: what is typed at once is neither shown nor lost */
	r = read_line(STDIN_FILENO, ret);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return r;
}

int pa_secret_read(const char *fd_text, bool is_new, struct pa_secret *ret)
{
	struct pa_secret again;
	char *end;
	long fd;
	int r;

	if (fd_text) {
		fd = strtol(fd_text, &end, 10);
		if (*end || end == fd_text || fd < 0 || fd > 1 << 20) {
			fprintf(stderr, "polyauthctl: --password-fd %s: no descriptor\n", fd_text);
			return PA_CTL_USAGE;
		}
		return read_given((int)fd, is_new, ret);
	}
	if (!isatty(STDIN_FILENO))
		return read_given(STDIN_FILENO, is_new, ret);
	r = ask("Password: ", ret);
	if (r || !is_new)
		return r;
	r = ask("Once more: ", &again);
	if (r == 0 && strcmp(again.text, ret->text) != 0) {
		fputs("polyauthctl: the two differ\n", stderr);
		r = PA_CTL_USAGE;
	}
	explicit_bzero(&again, sizeof(again));
	return r;
}

int pa_secret_make(struct pa_secret *ret)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint8_t bytes[PA_SECRET_MADE_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		fputs("polyauthctl: the system gives no random bytes\n", stderr);
		return PA_CTL_REFUSED;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		ret->text[i] = letters[bytes[i] % 32];
	ret->text[sizeof(bytes)] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}
