/* portal user add, portal user set */
#include "clients/ctl/ctl.h"
#include "clients/ctl/secret.h"

/* A new account has a password, unless it says that it has none. */
static bool wants_password(const struct pa_ctl_command *command)
{
	if (strcmp(command->remote, "portal.user.add") == 0)
		return pa_ctl_option("no-password") == NULL;
	return pa_ctl_option("password") || pa_ctl_option("password-fd");
}

int pa_ctl_portal_user(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct pa_secret secret = { "" };
	const char *group;
	int r = 0;

	if (!operands[0] || operands[1]) {
		fprintf(stderr,
			"polyauthctl: %s NAME; a password is never given on the command line\n",
			command->words);
		return PA_CTL_USAGE;
	}
	r = pa_ctl_arg(ctl, "name", pa_bytes_str(operands[0]));
	for (size_t i = 0; r == 0 && (group = pa_ctl_option_at("group", i)) != NULL; i++)
		r = pa_ctl_arg(ctl, "group", pa_bytes_str(group));
	if (r == 0 && wants_password(command)) {
		r = pa_secret_read(pa_ctl_option("password-fd"), true, &secret);
		if (r == 0)
			r = pa_ctl_arg(ctl, "password", pa_bytes_str(secret.text));
	}
	if (r == 0)
		r = pa_ctl_ask_and_print(ctl);
	explicit_bzero(&secret, sizeof(secret));
	return r;
}
