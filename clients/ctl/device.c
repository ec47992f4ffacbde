/* device disable, device enable, device quarantine */
#include "clients/ctl/ctl.h"

int pa_ctl_device_state(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	static const struct {
		const char *words, *state;
	} states[] = {
		{ "device disable", "disabled" },
		{ "device enable", "allowed" },
		{ "device quarantine", "quarantined" },
	};
	int r = PA_CTL_USAGE;

	if (!operands[0] || operands[1]) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (strcmp(command->words, states[i].words) == 0)
			r = pa_ctl_arg(ctl, "state", pa_bytes_str(states[i].state));
	}
	if (r == 0)
		r = pa_ctl_arg(ctl, "mac", pa_bytes_str(operands[0]));
	return r ? r : pa_ctl_ask_and_print(ctl);
}
