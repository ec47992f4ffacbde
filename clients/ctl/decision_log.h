/*
 * Decision lines of polyauthd's log, as daemon/log.c writes them: `decision id=... verdict=...`,
 * values plain or quoted with \xNN. What syslog or the journal puts before them is passed over.
 * Phones and strangers wrote part of the values, so every byte is looked at with suspicion.
 */
#ifndef CLIENTS_CTL_DECISION_LOG_H
#define CLIENTS_CTL_DECISION_LOG_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_DECISION_LINE_MAX 4096u /* a line of the log has 2048, and what stands before it */

enum pa_decision_line {
	PA_DECISION_LINE = 0,
	PA_DECISION_LINE_OTHER, /* it tells of something else */
	PA_DECISION_LINE_UNREADABLE
};

/* Of one decision. What the line does not name is empty. */
struct pa_decision_fields {
	struct pa_bytes verdict, reason, realm, method, target;
	struct pa_bytes device; /* proven or claimed */
};

/* Read one line (without its newline). The fields are views into line, whose escapes are resolved.
 */
enum pa_decision_line pa_decision_line_read(
	uint8_t *line, size_t len, struct pa_decision_fields *ret) PA_MUST_CHECK;

#endif
