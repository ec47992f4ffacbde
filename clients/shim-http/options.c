#include "clients/shim-http/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static int refuse(struct pa_diag *diag, const char *what, const char *why)
{
	pa_diag_set(diag, "%s: %s", what, why);
	return -EINVAL;
}

/* --- a listener --- */

static int set_dialect(struct pa_listener *l, const char *value, struct pa_diag *diag)
{
	l->dialect = pa_dialect_find(value);
	return l->dialect ? 0 : refuse(diag, value, "there is no such dialect");
}

static int set_realm(struct pa_listener *l, const char *value, struct pa_diag *diag)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	/* it is said to clients, within quotes */
	if (!*value || strlen(value) > PA_REALM_MAX || value[strspn(value, letters)])
		return refuse(diag, value, "is no name of a realm");
	l->realm = value;
	return 0;
}

/* One line of printable characters, 16 at least. */
static int set_token(struct pa_listener *l, const char *value, struct pa_diag *diag)
{
	char text[PA_TOKEN_MAX + 3];
	struct stat st;
	ssize_t n = -1;
	int fd = open(value, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return refuse(diag, value, "cannot be read");
	if (st.st_mode & 077)
		return refuse(diag, value, "others may read it: chmod 600");
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	for (ssize_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			n = 0;
	}
	if (n < 16 || n > (ssize_t)PA_TOKEN_MAX)
		return refuse(
			diag, value, "holds no token: one line of 16 to 128 letters and digits");
	pa_bytes_copy(l->token, sizeof(l->token), pa_bytes_str(text));
	explicit_bzero(text, sizeof(text));
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct pa_listener *l, const char *value, struct pa_diag *diag);
} keys[] = {
	{ "dialect", set_dialect },
	{ "realm", set_realm },
	{ "token-file", set_token },
};

/* seen: a bit of each key that was there. */
static int set_key(struct pa_listener *l, char *text, unsigned *seen, struct pa_diag *diag)
{
	char *value = strchr(text, '=');
	int r;

	if (!value)
		return refuse(diag, text, "KEY=VALUE is meant");
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(keys[i].name, text) != 0)
			continue;
		if (*seen & 1u << i)
			return refuse(diag, text, "stands there twice");
		*seen |= 1u << i;
		return keys[i].set(l, value, diag);
	}
	r = pa_http_place_key(&l->at, text, value, diag);
	return r == 1 ? refuse(diag, text, "there is no such key") : r;
}

/* A socket that anybody may use is none: on a Unix socket peers are known, on TCP a token is. */
static int check_listener(const struct pa_listener *l, bool metrics, struct pa_diag *diag)
{
	const char *where = l->at.path ? l->at.path : l->at.host;

	if (metrics && (l->dialect || l->realm || l->token[0]))
		return refuse(diag, where, "--metrics has no dialect, realm or token");
	if (l->at.path && l->token[0])
		return refuse(diag, where, "a Unix socket has peer=, no token");
	if (!l->at.path && l->at.peers_len)
		return refuse(diag, where, "peer= is for Unix sockets: use token-file=");
	if (metrics)
		return 0;
	if (!l->dialect || !l->realm)
		return refuse(diag, where, "dialect= and realm= are wanted");
	if (!l->at.path && l->dialect->form)
		return refuse(diag, where, "this dialect has no token: use a Unix socket");
	if (l->at.path && !l->at.peers_len)
		return refuse(diag, where, "peer= is wanted: the user of the front end");
	if (!l->at.path && !l->token[0])
		return refuse(
			diag, where, "token-file= is wanted: every user of this host reaches it");
	return 0;
}

int pa_options_listener(const char *text, bool metrics, struct pa_listener *l, struct pa_diag *diag)
{
	unsigned seen = 0;
	char *rest, *word;
	int r;

	*l = (struct pa_listener){ .at.mode = 0666, .text = strdup(text) };
	if (!l->text)
		return -ENOMEM;
	rest = l->text;
	word = strsep(&rest, ",");
	r = pa_http_place_address(&l->at, word, diag);
	while (r == 0 && (word = strsep(&rest, ",")) != NULL)
		r = set_key(l, word, &seen, diag);
	return r ? r : check_listener(l, metrics, diag);
}

/* --- all --- */

static void usage(FILE *out)
{
	const struct pa_dialect *dialect;

	fputs("usage: polyauth-http --listen ADDRESS,dialect=D,realm=R,… [options]\n"
	      "  -l, --listen ADDRESS,KEY=VALUE,…  serve a front end; again for each\n"
	      "        unix:/PATH,dialect=D,realm=R,peer=USER[,mode=0666]\n"
	      "        tcp:127.0.0.1:PORT,dialect=D,realm=R,token-file=FILE\n"
	      "  -m, --metrics ADDRESS[,peer=USER] serve /metrics, /healthz and /readyz\n"
	      "  -s, --socket PATH                 of polyauthd (" POLYAUTH_DEFAULT_SOCKET ")\n"
	      "      --connections N               to polyauthd (4)\n"
	      "      --timeout MS                  of one request (2000)\n"
	      "      --in-flight N                 requests at a time (4096)\n"
	      "      --clients N                   connections of front ends (1024)\n"
	      "      --ready-fd N                  write a line there once requests are served\n"
	      "      --version                     print the version and end\n"
	      "  -h, --help                        print this and end\n"
	      "dialects:\n",
		out);
	for (size_t i = 0; (dialect = pa_dialect_at(i)) != NULL; i++)
		fprintf(out, "  %-9s %s\n", dialect->name, dialect->help);
}

static int add_listener(struct pa_options *options, const char *text, bool metrics)
{
	struct pa_diag diag = { "" };
	int r = -EINVAL;

	if (options->listeners_len == PA_LISTENERS_MAX)
		pa_diag_set(&diag, "%s: too many listeners", text);
	else
		r = pa_options_listener(
			text, metrics, &options->listeners[options->listeners_len++], &diag);
	if (r)
		fprintf(stderr, "polyauth-http: %s\n", diag.text[0] ? diag.text : pa_strerror(r));
	return r ? EXIT_USAGE : -1;
}

static int set_number(const char *name, unsigned min, unsigned max, unsigned *ret)
{
	unsigned long value;

	if (pa_http_number(optarg, 10, min, max, &value) != 0) {
		fprintf(stderr, "polyauth-http: --%s wants a number from %u to %u\n", name, min,
			max);
		return EXIT_USAGE;
	}
	*ret = (unsigned)value;
	return -1;
}

enum { OPT_CONNECTIONS = 256, OPT_TIMEOUT, OPT_INFLIGHT, OPT_CLIENTS, OPT_READY, OPT_VERSION };

static int take(struct pa_options *options, int c)
{
	unsigned value = 0;
	int r;

	switch (c) {
	case 'l':
	case 'm':
		return add_listener(options, optarg, c == 'm');
	case 's':
		options->socket = optarg;
		return -1;
	case OPT_CONNECTIONS:
		return set_number("connections", 1, 16, &options->connections);
	case OPT_TIMEOUT:
		return set_number("timeout", 10, PA_TIMEOUT_MS_MAX, &options->timeout_ms);
	case OPT_INFLIGHT:
		return set_number("in-flight", 1, 1u << 20, &options->inflight);
	case OPT_CLIENTS:
		return set_number("clients", 1, 1u << 16, &options->clients);
	case OPT_READY:
		r = set_number("ready-fd", 0, 1u << 20, &value);
		options->ready_fd = (int)value;
		return r;
	case OPT_VERSION:
		puts("polyauth-http " PA_VERSION);
		return EXIT_SUCCESS;
	case 'h':
		usage(stdout);
		return EXIT_SUCCESS;
	default:
		usage(stderr);
		return EXIT_USAGE;
	}
}

int pa_options_parse(int argc, char **argv, struct pa_options *options)
{
	static const struct option longs[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "metrics", required_argument, NULL, 'm' },
		{ "socket", required_argument, NULL, 's' },
		{ "connections", required_argument, NULL, OPT_CONNECTIONS },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "in-flight", required_argument, NULL, OPT_INFLIGHT },
		{ "clients", required_argument, NULL, OPT_CLIENTS },
		{ "ready-fd", required_argument, NULL, OPT_READY },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, r = -1;

	*options = (struct pa_options){ .socket = POLYAUTH_DEFAULT_SOCKET,
		.connections = 4,
		.timeout_ms = 2000,
		.inflight = 4096,
		.clients = 1024,
		.ready_fd = -1 };
	while (r < 0 && (c = getopt_long(argc, argv, "l:m:s:h", longs, NULL)) != -1)
		r = take(options, c);
	if (r >= 0)
		return r;
	for (size_t i = 0; i < options->listeners_len; i++) {
		if (options->listeners[i].dialect && optind == argc)
			return -1;
	}
	usage(stderr);
	return EXIT_USAGE;
}

void pa_options_finish(struct pa_options *options)
{
	for (size_t i = 0; i < options->listeners_len; i++) {
		free(options->listeners[i].text);
		explicit_bzero(options->listeners[i].token, sizeof(options->listeners[i].token));
	}
	options->listeners_len = 0;
}
