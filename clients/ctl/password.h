/*
 * What the commands about passwords share.
 */
#ifndef CLIENTS_CTL_PASSWORD_H
#define CLIENTS_CTL_PASSWORD_H

#include "clients/ctl/ctl.h"
#include "clients/ctl/list.h"
#include "proto/lines.h"

#define PA_HASH_CELL_MAX 257u /* of a password, a hash or a name, with its NUL */

/* Add scope and name from --device, --group or --realm, just one of them. 0 or PA_CTL_USAGE. */
int pa_ctl_account(struct pa_ctl *ctl) PA_MUST_CHECK;

/* The value of a record that the daemon answered with; empty: there is none of this name. */
struct pa_bytes pa_ctl_record(const struct pa_admin_reply *reply, const char *name);
/* The same as a number; 0: none. */
int64_t pa_ctl_record_int(const struct pa_admin_reply *reply, const char *name);

/* A line of password.import. */
struct pa_ctl_password_row {
	unsigned long line; /* of the file that it comes from */
	const char *scope;
	struct pa_bytes name, slot, user, value;
	bool is_hash;
	int64_t not_before_s, not_after_s; /* 0: none */
};

/*
 * A list of them: room for so many bytes at once, so that nothing is copied about (0, or how to
 * end; says why), lines, sending (see pa_ctl_upload(); the file is named in messages), and the end,
 * which wipes it.
 */
int pa_ctl_password_room(struct pa_ctl_list *list, size_t size) PA_MUST_CHECK;
int pa_ctl_password_line(
	struct pa_ctl_list *list, const struct pa_ctl_password_row *row) PA_MUST_CHECK;
/* In place of a line what is wrong with it: the daemon tells it with what it finds itself. */
int pa_ctl_password_fault(
	struct pa_ctl_list *list, unsigned long line, const char *what) PA_MUST_CHECK;
int pa_ctl_password_send(struct pa_ctl *ctl, const char *name, const struct pa_ctl_list *list,
	struct pa_admin_reply *reply) PA_MUST_CHECK;
void pa_ctl_password_finish(struct pa_ctl_list *list);

#endif
