/*
 * What the commands about passwords share.
 */
#ifndef CLIENTS_CTL_PASSWORD_H
#define CLIENTS_CTL_PASSWORD_H

#include "clients/ctl/ctl.h"

/* Add scope and name from --device, --group or --realm, just one of them. 0 or PA_CTL_USAGE. */
int pa_ctl_account(struct pa_ctl *ctl) PA_MUST_CHECK;

/* The value of a record that the daemon answered with; empty: there is none of this name. */
struct pa_bytes pa_ctl_record(const struct pa_admin_reply *reply, const char *name);
/* The same as a number; 0: none. */
int64_t pa_ctl_record_int(const struct pa_admin_reply *reply, const char *name);

#endif
