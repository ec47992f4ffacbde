/*
 * One compiled path template: tokens, and where they stand in a path that they match.
 */
#ifndef DAEMON_PATH_TEMPLATE_H
#define DAEMON_PATH_TEMPLATE_H

#include "proto/err.h"
#include "proto/mac.h"

#define PA_TOKENS_MAX 32u

enum pa_token_kind {
	PA_TOKEN_LITERAL = 1,
	PA_TOKEN_MAC,  /* {mac} */
	PA_TOKEN_HEX,  /* {hex} */
	PA_TOKEN_STAR, /* any bytes but '/' */
	PA_TOKEN_REST  /* ** */
};

struct pa_token {
	enum pa_token_kind kind;
	struct pa_bytes literal; /* a view into the template */
};

struct pa_template {
	size_t len;
	struct pa_token tokens[PA_TOKENS_MAX];
	bool separated;
};

/* Where each token stands. */
struct pa_spans {
	size_t start[PA_TOKENS_MAX], end[PA_TOKENS_MAX];
	bool has_mac;
	struct pa_mac mac;
};

/* Compile; views point into text, which must outlive ret. 0; 1: refused, diag says why. */
int pa_template_compile(const char *text, bool separated, struct pa_template *ret,
	struct pa_diag *diag) PA_MUST_CHECK;

bool pa_template_has(const struct pa_template *template, enum pa_token_kind kind);

/*
 * Match a whole path. A `*` takes as little as it can; where the rest does not
 * fit only the last `*` is tried longer, so that the work is bounded by the length of a segment
 * times the length of the template. 0; 1: no match.
 */
int pa_template_match(const struct pa_template *template, struct pa_bytes path,
	struct pa_spans *ret) PA_MUST_CHECK;

/*
 * Whether no run of 12 or more hex digits in a matched path could be taken for another device: each
 * is wholly literal, or exactly what {mac} or {hex} stands for (next to literals), or
 * exactly the owner's MAC.
 */
bool pa_template_is_unambiguous(
	const struct pa_template *template, struct pa_bytes path, const struct pa_spans *spans);

#endif
