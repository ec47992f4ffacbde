/*
 * The entries of a CRL in the order of the store: sorted by the beginnings of their serials, which
 * are small, then taken in that order, then settled. Internal to daemon/pki/.
 */
#ifndef DAEMON_PKI_CRL_SORT_H
#define DAEMON_PKI_CRL_SORT_H

#include "db/change.h"

/* What pa_sort() sorts. */
struct pa_crl_item {
	uint64_t begin; /* of the entry's serial */
	uint64_t at;    /* which row is read of it */
};

/* Enough of a serial to tell most of them apart, in their order: its length, and seven bytes. */
uint64_t pa_crl_begin(const struct pa_serial *serial);

/*
 * Rows in the order of pa_crl_begin() into that of pa_serial_cmp(); of entries of one serial one is
 * left, which has the earliest date and, if one of them is no hold, is none.
 */
void pa_crl_settle(struct pa_revoked *rows, size_t *len);

#endif
