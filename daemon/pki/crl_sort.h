/*
 * The entries of a CRL in the order of the store. Internal to daemon/pki/.
 */
#ifndef DAEMON_PKI_CRL_SORT_H
#define DAEMON_PKI_CRL_SORT_H

#include "db/change.h"

/*
 * By pa_serial_cmp(); of two entries of a serial one is left, which has the earlier date and, if
 * one of them is no hold, is none. *rows may be replaced (it is the caller's all the same). 0,
 * -ENOMEM.
 */
int pa_crl_sort(struct pa_revoked **rows, size_t *len) PA_MUST_CHECK;

#endif
