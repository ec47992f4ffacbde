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
	bool separated, ignore_case;
	/*
	 * It leaves nothing open: what it matches is plain bytes (target.h) of literals, and digits
	 * that {mac} or {hex} stands for. Such a path is its own decoding, safe, and unambiguous.
	 */
	bool is_closed;
	size_t shortest, longest; /* of what it matches */
};

enum pa_template_flags {
	PA_TEMPLATE_SEPARATED = 1,   /* {mac} also in separated forms */
	PA_TEMPLATE_IGNORE_CASE = 2, /* ASCII letters of literals in either case */
	PA_TEMPLATE_VALUE = 4        /* of a query's field, not of a path */
};

/* Where each token begins: where the one before it ends. */
struct pa_spans {
	size_t start[PA_TOKENS_MAX + 1];
	bool has_mac;
	struct pa_mac mac;
};

/* Compile; views point into text, which must outlive ret. 0; 1: refused, diag says why. */
int pa_template_compile(const char *text, unsigned flags, struct pa_template *ret,
	struct pa_diag *diag) PA_MUST_CHECK;

/* A letter as the others see it where case is ignored: ASCII alone. */
static inline uint8_t pa_template_fold(uint8_t c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool pa_template_has(const struct pa_template *template, enum pa_token_kind kind);

/*
 * Match a whole path. A `*` takes as little as it can; where the rest does not
 * fit only the last `*` is tried longer, so that the work is bounded by the length of a segment
 * times the length of the template. 0; 1: no match.
 */
int pa_template_match(const struct pa_template *template, struct pa_bytes path,
	struct pa_spans *ret) PA_MUST_CHECK;

/*
 * Whether a file system that ignores case could take the name for another one: bytes beyond ASCII,
 * ':' or '~', or a dot or blank at the end of a segment, but where the template's literals say so.
 */
bool pa_template_is_alias(
	const struct pa_template *template, struct pa_bytes path, const struct pa_spans *spans);

/*
 * Whether no run of 12 or more hex digits in a matched path could be taken for another device: each
 * is wholly literal, or exactly what {mac} or {hex} stands for (next to literals), or
 * exactly the owner's MAC (that of the spans). With separated forms, an address in one of them is
 * such a run, together with what continues it in the same form.
 */
bool pa_template_is_unambiguous(
	const struct pa_template *template, struct pa_bytes path, const struct pa_spans *spans);

/* A copy of a matched path with a slash in place of every byte that the template spells out. */
void pa_template_blank_literals(const struct pa_template *template, struct pa_bytes path,
	const struct pa_spans *spans, uint8_t *out);

#endif
