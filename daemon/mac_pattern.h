/*
 * An operator's regular expression that finds a MAC address, as BroadWorks has it. The only place
 * that knows PCRE2. Compiled when the configuration loads, then immutable and free for all threads.
 *
 * It works on bytes, must match the whole input, and is bounded in steps and memory: a match takes
 * no memory but a fixed piece of the stack.
 */
#ifndef DAEMON_MAC_PATTERN_H
#define DAEMON_MAC_PATTERN_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_MAC_PATTERN_MAX     256u /* bytes of an expression */
#define PA_MAC_PATTERN_DEFAULT ".*([0-9a-fA-F]{12}).*"

struct pa_mac_pattern;

/*
 * Refused: an expression that is empty or too long, does not compile, has no capture group, or
 * whose first group is plainly never 12 hex digits. 0; 1: refused, diag says why; -ENOMEM.
 */
int pa_mac_pattern_new(
	const char *text, struct pa_mac_pattern **ret, struct pa_diag *diag) PA_MUST_CHECK;
void pa_mac_pattern_free(struct pa_mac_pattern *pattern); /* NULL-safe */

const char *pa_mac_pattern_text(const struct pa_mac_pattern *pattern);

#define PA_MAC_PATTERN_LIMIT 2

/*
 * What the first group takes of the input; a view into it; *ret is written only with 0. 0; 1: no
 * match, or the group takes no part in it; PA_MAC_PATTERN_LIMIT: a bound was reached, and nothing
 * is known.
 */
int pa_mac_pattern_find(const struct pa_mac_pattern *pattern, struct pa_bytes input,
	struct pa_bytes *ret) PA_MUST_CHECK;

#endif
