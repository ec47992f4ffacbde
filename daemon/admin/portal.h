/*
 * What the commands about people and about one-time passwords share. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_PORTAL_H
#define DAEMON_ADMIN_PORTAL_H

#include "daemon/admin/admin.h"
#include "db/person.h"

/*
 * The person for whom the peer asks, by the arguments `account` and `account-revision`; without
 * them the name is "", and the peer asks for itself. 0, or 1: the call is answered, with FORBIDDEN
 * where there is no such person, or where it was changed since that revision.
 */
int pa_admin_account(struct pa_admin_call *call, struct pa_person *ret) PA_MUST_CHECK;

/* Rows of a record: who it is, and what a session of it needs. */
void pa_admin_put_person(struct pa_admin_call *call, const struct pa_person *person);

#endif
