#include "clients/portal/settings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/portal/files.h"
#include "clients/portal/typed.h"

enum { EXIT_USAGE = 2 };

#define DEFAULT_SOCKET "/run/polyauth/admin.sock"

static int refuse(struct pa_diag *diag, const char *what, const char *why)
{
	pa_diag_set(diag, "%s: %s", what, why);
	return -EINVAL;
}

/* --- one function for each option --- */

typedef int pa_settings_fn(struct pa_settings *s, const char *value, struct pa_diag *diag);

static int set_listen(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	struct pa_http_place *place = &s->places[s->places_len];
	char *rest, *word, *equals;
	int r;

	if (s->places_len == PA_SETTINGS_PLACES)
		return refuse(diag, value, "too many listeners");
	rest = s->place_texts[s->places_len] = strdup(value);
	if (!rest)
		return -ENOMEM;
	s->places_len++;
	*place = (struct pa_http_place){ .mode = 0666 };
	word = strsep(&rest, ",");
	r = pa_http_place_address(place, word, diag);
	while (r == 0 && (word = strsep(&rest, ",")) != NULL) {
		equals = strchr(word, '=');
		if (!equals)
			return refuse(diag, word, "KEY=VALUE is meant");
		*equals = '\0';
		r = pa_http_place_key(place, word, equals + 1, diag);
		if (r == 1)
			return refuse(diag, word, "there is no such key");
	}
	if (r == 0 && place->path && !place->peers_len)
		return refuse(diag, value, "peer= is wanted: the user of the front end");
	if (r == 0 && !place->path && place->peers_len)
		return refuse(diag, value, "peer= is for Unix sockets");
	return r;
}

static int set_socket(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	s->socket = value;
	return value[0] == '/' ? 0 : refuse(diag, value, "is no path");
}

static int set_realm(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	s->realm = value;
	return pa_typed_is_name(pa_bytes_str(value), PA_REALM_MAX)
		       ? 0
		       : refuse(diag, value, "is no name of a realm");
}

static bool is_local(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(host, names[i], len) == 0 && (!host[len] || host[len] == ':'))
			return true;
	}
	return false;
}

/* As browsers write it: in lower case, without a path. */
static int set_origin(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	size_t skip = strncmp(value, "https://", 8) == 0 ? 8 : 7;

	s->secure = skip == 8;
	if (!s->secure && strncmp(value, "http://", 7) != 0)
		return refuse(diag, value, "https://HOST is meant");
	s->origin = value;
	s->host = value + skip;
	if (!s->host[0] || s->host[strspn(s->host, letters)])
		return refuse(
			diag, value, "https://HOST is meant, in lower case and without a path");
	if (!s->secure && !is_local(s->host))
		return refuse(diag, value, "without TLS, only on this host: use https");
	return 0;
}

static int set_server(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	s->server = value;
	return pa_typed_is_name(pa_bytes_str(value), 255)
		       ? 0
		       : refuse(diag, value, "no control bytes, and at most 255 bytes");
}

static int set_header(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	size_t len = strlen(value);

	if (!len || len > PA_HEADER_NAME_MAX)
		return refuse(diag, value, "is no name of a header");
	for (size_t i = 0; i <= len; i++) {
		if (i < len && !isalnum((unsigned char)value[i]) && value[i] != '-')
			return refuse(diag, value, "is no name of a header");
		s->user_header[i] = (char)tolower((unsigned char)value[i]);
	}
	return 0;
}

static int set_texts(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	(void)diag;
	s->texts_file = value;
	return 0;
}

static int check_duration(
	const char *value, unsigned min_s, unsigned max_s, unsigned *ret, struct pa_diag *diag)
{
	if (pa_typed_duration(value, min_s, max_s, ret) == 0)
		return 0;
	pa_diag_set(
		diag, "%s: a duration from %us to %us is meant, as in 15m", value, min_s, max_s);
	return -EINVAL;
}

static int set_ttl(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	unsigned seconds;

	s->ttl = value;
	return check_duration(value, 60, 86400, &seconds, diag);
}

static int set_within(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	unsigned seconds;

	s->uses_within = value;
	return check_duration(value, 1, 3600, &seconds, diag);
}

static int set_idle(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	return check_duration(value, 1, 86400, &s->idle_s, diag);
}

static int set_life(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	return check_duration(value, 1, 7 * 86400, &s->life_s, diag);
}

static int set_alphabet(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	s->letters = strcmp(value, "letters") == 0;
	return s->letters || strcmp(value, "digits") == 0
		       ? 0
		       : refuse(diag, value, "digits or letters is meant");
}

static int check_number(const char *value, unsigned long min, unsigned long max, unsigned *ret,
	struct pa_diag *diag)
{
	unsigned long number;

	if (pa_http_number(value, 10, min, max, &number) != 0) {
		pa_diag_set(diag, "%s: a number from %lu to %lu is meant", value, min, max);
		return -EINVAL;
	}
	*ret = (unsigned)number;
	return 0;
}

static int set_sessions(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	return check_number(value, 1, 100000, &s->sessions, diag);
}

static int set_ready(struct pa_settings *s, const char *value, struct pa_diag *diag)
{
	unsigned fd = 0;
	int r = check_number(value, 0, 1u << 20, &fd, diag);

	s->ready_fd = (int)fd;
	return r;
}

/* --- all of them --- */

static const struct {
	const char *name, *value, *help;
	pa_settings_fn *set;
} options[] = {
	{ "listen", "ADDRESS,…", "unix:/PATH,peer=USER[,mode=0666] or tcp:127.0.0.1:PORT",
		set_listen },
	{ "origin", "URL", "what browsers call the portal: https://HOST", set_origin },
	{ "realm", "NAME", "the realm in which codes are asked for", set_realm },
	{ "server", "ADDRESS", "the address that is typed on the phone", set_server },
	{ "socket", "PATH", "polyauthd's admin.sock; default: /run/polyauth/admin.sock",
		set_socket },
	{ "ttl", "DURATION", "how long a code is valid; default: 15m", set_ttl },
	{ "uses-within", "DURATION", "how long a code's first use may be repeated; default: not",
		set_within },
	{ "alphabet", "NAME", "what codes are made of, digits or letters; default: digits",
		set_alphabet },
	{ "texts", "FILE", "a translation of what the portal says", set_texts },
	{ "user-header", "NAME", "the header in which a single sign-on says who it is",
		set_header },
	{ "idle", "DURATION", "when an idle session ends; default: 15m", set_idle },
	{ "session", "DURATION", "when any session ends; default: 8h", set_life },
	{ "sessions", "N", "sessions at a time; default: 1000", set_sessions },
	{ "ready-fd", "N", "write a line there once pages are served", set_ready },
	{ "version", NULL, "print the version and end", NULL },
	{ "help", NULL, "print this and end", NULL },
};

#define OPTIONS (sizeof(options) / sizeof(*options))

static void usage(FILE *out)
{
	fputs("usage: polyauth-portal --listen ADDRESS --origin URL --realm NAME --server ADDRESS "
	      "[options]\n",
		out);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  --%s %s\n        %s\n", options[i].name,
			options[i].value ? options[i].value : "", options[i].help);
}

static int say(const char *option, const char *what)
{
	fprintf(stderr, "polyauth-portal: %s%s%s\n", option ? option : "", option ? ": " : "",
		what);
	return EXIT_USAGE;
}

/* One of the command line. -1, or how to end. */
static int take(struct pa_settings *s, size_t i, const char *value)
{
	struct pa_diag diag = { "" };
	char name[32];
	int r;

	if (!options[i].set && strcmp(options[i].name, "version") == 0) {
		puts("polyauth-portal " PA_VERSION);
		return EXIT_SUCCESS;
	}
	if (!options[i].set) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	r = options[i].set(s, value, &diag);
	snprintf(name, sizeof(name), "--%s", options[i].name);
	return r ? say(name, diag.text[0] ? diag.text : pa_strerror(r)) : -1;
}

static int load_texts(struct pa_settings *s)
{
	struct pa_texts *original = NULL;
	struct pa_diag diag = { "" };
	char *file = NULL;
	ssize_t n = 0;
	int fd = -1, r;

	r = pa_texts_load(pa_files_get("texts.en"), NULL, &original, &diag);
	if (r || !s->texts_file) {
		s->texts = original;
		return r ? say("texts.en", diag.text) : -1;
	}
	file = malloc(PA_TEXTS_FILE_MAX + 1);
	fd = open(s->texts_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	n = fd >= 0 && file ? read(fd, file, PA_TEXTS_FILE_MAX + 1) : -1;
	if (n < 0)
		r = say(s->texts_file, "cannot be read");
	else if (pa_texts_load((struct pa_bytes){ (const uint8_t *)file, (size_t)n }, original,
			 &s->texts, &diag) != 0)
		r = say(s->texts_file, diag.text);
	if (fd >= 0)
		close(fd);
	free(file);
	pa_texts_free(original);
	return r ? r : -1;
}

/* What belongs together. -1, or how to end. */
static int check(struct pa_settings *s)
{
	if (!s->places_len || !s->origin || !s->realm || !s->server) {
		usage(stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < s->places_len; i++) {
		if (s->user_header[0] && !s->places[i].path)
			return say("--user-header",
				"every user of this host reaches a TCP port, and could name "
				"anybody: listen on a Unix socket alone");
	}
	return load_texts(s);
}

int pa_settings_parse(int argc, char **argv, struct pa_settings *s)
{
	struct option longs[OPTIONS + 1] = { { NULL, 0, NULL, 0 } };
	int c, r = -1;

	for (size_t i = 0; i < OPTIONS; i++)
		longs[i] = (struct option){ options[i].name,
			options[i].value ? required_argument : no_argument, NULL, (int)i + 256 };
	*s = (struct pa_settings){ .socket = DEFAULT_SOCKET,
		.ttl = "15m",
		.idle_s = 15 * 60,
		.life_s = 8 * 3600,
		.sessions = 1000,
		.ready_fd = -1 };
	while (r < 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c >= 256) {
			r = take(s, (size_t)c - 256, optarg);
		} else {
			usage(c == 'h' ? stdout : stderr);
			r = c == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
		}
	}
	if (r < 0 && optind != argc)
		return say(argv[optind], "no such word is meant");
	return r < 0 ? check(s) : r;
}

void pa_settings_finish(struct pa_settings *s)
{
	for (size_t i = 0; i < s->places_len; i++)
		free(s->place_texts[i]);
	s->places_len = 0;
	pa_texts_free(s->texts);
	s->texts = NULL;
}
