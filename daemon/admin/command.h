/*
 * The table of commands of admin.sock.
 */
#ifndef DAEMON_ADMIN_COMMAND_H
#define DAEMON_ADMIN_COMMAND_H

#include <stddef.h>

struct pa_admin_call;
typedef void pa_admin_fn(struct pa_admin_call *call);

/* One row of the table. */
struct pa_admin_command {
	const char *name;
	unsigned role;     /* bits: each of them allows it, as admin does */
	size_t upload_max; /* bytes of its bulk input; 0: it takes none */
	pa_admin_fn *handler;
	const char *args; /* names that it knows, separated by spaces */
};

/* The commands, one list in each file here; each ends with an empty row. */
extern const struct pa_admin_command pa_admin_daemon_commands[], pa_admin_device_commands[],
	pa_admin_ca_commands[], pa_admin_crl_commands[], pa_admin_password_commands[],
	pa_admin_path_commands[], pa_admin_report_commands[], pa_admin_fleet_commands[],
	pa_admin_pending_commands[], pa_admin_shadow_commands[], pa_admin_prefix_commands[],
	pa_admin_explain_commands[], pa_admin_throttle_commands[], pa_admin_rotation_commands[],
	pa_admin_password_import_commands[], pa_admin_otp_commands[], pa_admin_person_commands[],
	pa_admin_login_commands[];

#endif
