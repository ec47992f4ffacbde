/*
 * Requests that look alike, counted: what a report shows of a long log. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_PATTERNS_H
#define DAEMON_ADMIN_PATTERNS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_PATTERN_EXAMPLES 3u

struct pa_patterns;

/* labels: how many kinds of requests there are, from 0. NULL: no memory. */
struct pa_patterns *pa_patterns_new(size_t labels);
void pa_patterns_free(struct pa_patterns *patterns); /* NULL-safe */

/* Count one of a label, without looking at it. */
void pa_patterns_add(struct pa_patterns *patterns, size_t label);
/* And with what it looks like. What is too much to be told apart is only counted. 0 or -ENOMEM. */
int pa_patterns_add_request(struct pa_patterns *patterns, size_t label, struct pa_bytes method,
	struct pa_bytes target) PA_MUST_CHECK;

uint64_t pa_patterns_total(const struct pa_patterns *patterns, size_t label);

struct pa_pattern {
	size_t label;
	uint64_t count;
	struct pa_bytes method, pattern; /* without both: all others of the label */
	struct pa_bytes examples[PA_PATTERN_EXAMPLES];
};

/*
 * The most frequent label first, within it the most frequent pattern; last of each, all the others.
 * Labels that were only counted do not come. fn: false where no more patterns are wanted: the rest
 * is then counted with the others.
 */
void pa_patterns_each(struct pa_patterns *patterns, bool (*is_full)(void *arg),
	void (*fn)(void *arg, const struct pa_pattern *row), void *arg);

#endif
