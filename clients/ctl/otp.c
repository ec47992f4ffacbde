/* otp issue */
#include "clients/ctl/ctl.h"

int pa_ctl_otp_issue(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const bool digits = pa_ctl_option("digits") != NULL;
	int r = 0;

	if (*operands || !pa_ctl_option("device") || !pa_ctl_option("realm") ||
		(digits && pa_ctl_option("letters"))) {
		fprintf(stderr,
			"polyauthctl: %s --device MAC --realm NAME, and at most one of --digits, --letters\n",
			command->words);
		return PA_CTL_USAGE;
	}
	if (digits)
		r = pa_ctl_arg(ctl, "alphabet", pa_bytes_str("digits"));
	return r ? r : pa_ctl_ask_and_print(ctl);
}
