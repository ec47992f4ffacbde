/*
 * What people type.
 */
#ifndef CLIENTS_PORTAL_TYPED_H
#define CLIENTS_PORTAL_TYPED_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/mac.h"

/*
 * A MAC as it stands on labels and in lists: 12 hex digits, or groups of 2, 4 or 6 of them, joined
 * by one kind of `:`, `-`, `.` or blank; blanks around it. Of a device. 0; 1: it is none.
 */
int pa_typed_mac(struct pa_bytes text, struct pa_mac *ret) PA_MUST_CHECK;

#define PA_TYPED_MAC_MAX 18u
/* With colons, as on labels. */
void pa_typed_format(struct pa_mac mac, char out[PA_TYPED_MAC_MAX]);

/* 1 to max bytes of UTF-8, without control bytes. */
bool pa_typed_is_name(struct pa_bytes text, size_t max);
/* 1 to 256 bytes, none of them NUL. */
bool pa_typed_is_password(struct pa_bytes text);

/* Minutes and hours as `15m`, `8h`; seconds. 0; 1: no duration, or outside of [min_s, max_s]. */
int pa_typed_duration(
	const char *text, unsigned min_s, unsigned max_s, unsigned *ret_s) PA_MUST_CHECK;

#endif
