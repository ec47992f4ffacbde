/* password set, password remove */
#include "clients/ctl/password.h"

#include "clients/ctl/secret.h"

int pa_ctl_account(struct pa_ctl *ctl)
{
	static const char *const scopes[] = { "device", "group", "realm" };
	const char *scope = NULL;
	int r;

	for (size_t i = 0; i < 3; i++) {
		if (!pa_ctl_option(scopes[i]))
			continue;
		if (scope) {
			scope = NULL;
			break;
		}
		scope = scopes[i];
	}
	if (!scope) {
		fputs("polyauthctl: say whose: one of --device MAC, --group NAME, --realm NAME\n",
			stderr);
		return PA_CTL_USAGE;
	}
	r = pa_ctl_arg(ctl, "scope", pa_bytes_str(scope));
	return r ? r : pa_ctl_arg(ctl, "name", pa_bytes_str(pa_ctl_option(scope)));
}

int pa_ctl_password(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	bool is_set = strcmp(command->remote, "password.set") == 0;
	struct pa_secret secret = { "" };
	int r = pa_ctl_account(ctl);

	if (r == 0 && !pa_ctl_option("slot")) {
		fputs("polyauthctl: say whose and which: --slot NAME\n", stderr);
		r = PA_CTL_USAGE;
	}
	if (r == 0 && *operands) {
		fputs("polyauthctl: a password is never given on the command line\n", stderr);
		r = PA_CTL_USAGE;
	}
	if (r == 0 && is_set)
		r = pa_secret_read(pa_ctl_option("password-fd"), true, &secret);
	if (r == 0 && is_set)
		r = pa_ctl_arg(ctl, "password", pa_bytes_str(secret.text));
	if (r == 0)
		r = pa_ctl_ask_and_print(ctl);
	explicit_bzero(&secret, sizeof(secret));
	return r;
}
