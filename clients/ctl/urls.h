/*
 * URLs of CRLs, and the list of those that the operator allowed.
 *
 * A URL is compared as text, so there is one way to write it: scheme and host in
 * lower case, no default port, escapes in upper case. What could be read in two
 * ways (a user name before the host, dot segments, escaped slashes) is refused.
 */
#ifndef CLIENTS_CTL_URLS_H
#define CLIENTS_CTL_URLS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_URL_MAX 2048u

enum pa_url_scheme { PA_URL_HTTP = 0, PA_URL_HTTPS, PA_URL_FILE };

struct pa_url {
	enum pa_url_scheme scheme;
	size_t origin_len; /* of text: up to the slash with which the path begins */
	char text[PA_URL_MAX + 1];
};

/* Read a URL and write it in the one way. 0, or 1: refused, *why says it in a few words. */
int pa_url_parse(struct pa_bytes text, struct pa_url *ret, const char **why) PA_MUST_CHECK;

/* The scheme's name, as libcurl calls it. */
const char *pa_url_scheme_name(enum pa_url_scheme scheme);

/* Same scheme, host and port. */
bool pa_url_same_origin(const struct pa_url *a, const struct pa_url *b);

/* One line of the list: this URL, or (is_prefix) every one that begins so. */
struct pa_url_rule {
	bool is_prefix;
	struct pa_url url;
};

/* Zero is a list that allows nothing. */
struct pa_url_list {
	struct pa_url_rule *rules;
	size_t len;
};

void pa_url_list_finish(struct pa_url_list *list); /* NULL-safe */

/*
 * Add a URL, or a prefix that ends in `*` and holds the whole host and a slash.
 * 0; 1: refused, diag says why; -ENOMEM.
 */
int pa_url_list_add(
	struct pa_url_list *list, struct pa_bytes word, struct pa_diag *diag) PA_MUST_CHECK;

/*
 * Add the lines of a file: blank lines and what follows a # at the beginning of a
 * word is skipped. As pa_url_list_add(); diag begins with name:line.
 */
int pa_url_list_read(struct pa_url_list *list, struct pa_bytes file, const char *name,
	struct pa_diag *diag) PA_MUST_CHECK;

bool pa_url_list_allows(const struct pa_url_list *list, const struct pa_url *url);

#endif
