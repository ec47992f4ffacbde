/*
 * What path templates have in common. A template is an automaton over bytes, and questions
 * about several of them are searches in their product, over the paths that target.h lets through.
 * The work is bounded; what a bound cuts off is not known.
 */
#ifndef DAEMON_PATH_COMPARE_H
#define DAEMON_PATH_COMPARE_H

#include "daemon/path/template.h"

enum pa_compare_answer {
	PA_COMPARE_UNKNOWN = 0,
	PA_COMPARE_NONE, /* there is no such path */
	PA_COMPARE_FOUND /* there is one */
};

#define PA_COMPARE_PATH_MAX  256u
#define PA_COMPARE_SHAPE_MAX 48u

/* How all paths of a template begin and end, as far as that is bytes and hex digits. */
struct pa_compare_shape {
	size_t first_len, last_len;
	uint16_t first[PA_COMPARE_SHAPE_MAX], last[PA_COMPARE_SHAPE_MAX]; /* last: from the end */
	bool is_whole; /* `first` is all there is */
};

void pa_compare_shape(const struct pa_template *template, struct pa_compare_shape *ret);

/* Whether the shapes alone say that no path matches both: cheap, for the many pairs. */
bool pa_compare_is_apart(const struct pa_compare_shape *a, const struct pa_compare_shape *b);

/* Memory of the searches, and how much work they may do together. */
struct pa_compare;
struct pa_compare *pa_compare_new(void);    /* NULL: no memory */
void pa_compare_free(struct pa_compare *c); /* NULL-safe */

/*
 * A path that `a` and `b` match and `without` does not; `b` and `without` may be NULL. FOUND: *ret
 * is a shortest one, NUL-terminated. Templates of one question have the same rule about case.
 */
enum pa_compare_answer pa_compare_find(struct pa_compare *c, const struct pa_template *a,
	const struct pa_template *b, const struct pa_template *without,
	char ret[PA_COMPARE_PATH_MAX]);

#endif
