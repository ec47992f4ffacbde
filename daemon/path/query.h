/*
 * What a path rule says of the query behind the path: fields by name, each with a template.
 *
 *	path "/index.php" class device query "mac={mac}" "file=*"
 *
 * A query is cut at '&' alone and each value decoded once. Every field that is there must be named
 * by the rule, byte for byte and not escaped, stand there once, and fit its template. A field
 * whose template holds {mac} must be there where the path holds none; the others may be.
 * Refused in a value, raw or decoded: what two readers of queries could understand differently.
 */
#ifndef DAEMON_PATH_QUERY_H
#define DAEMON_PATH_QUERY_H

#include "daemon/path/template.h"

#define PA_QUERY_FIELDS_MAX 8u

struct pa_query {
	size_t len;
	struct {
		struct pa_bytes name;
		struct pa_template value;
	} fields[PA_QUERY_FIELDS_MAX];
};

/*
 * Compile words FIELD=TEMPLATE (NULL-terminated); views point into them. A name has letters,
 * digits, '_' and '-'. The templates are those of paths, without **. 0; 1: refused, diag says why.
 */
int pa_query_compile(const char *const *words, unsigned flags, struct pa_query *ret,
	struct pa_diag *diag) PA_MUST_CHECK;

bool pa_query_has(const struct pa_query *query, enum pa_token_kind kind);

/* The fields of one query, decoded. */
struct pa_query_match {
	size_t len;
	struct {
		const struct pa_template *template;
		struct pa_bytes value;
		struct pa_spans spans;
	} fields[PA_QUERY_FIELDS_MAX];
};

/*
 * Match a raw query, maybe empty; needs_mac: the path holds no {mac}. Values are decoded into room,
 * which has raw.len bytes. 0; 1: it is not what the rule says.
 */
int pa_query_match(const struct pa_query *query, struct pa_bytes raw, bool needs_mac, uint8_t *room,
	struct pa_query_match *ret) PA_MUST_CHECK;

#endif
