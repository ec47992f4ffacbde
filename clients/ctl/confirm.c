#include "clients/ctl/confirm.h"

#include <stdio.h>
#include <unistd.h>

bool pa_confirm(const char *question)
{
	char answer[8] = "";

	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

bool pa_confirm_possible(const char *consequence)
{
	if (isatty(STDIN_FILENO))
		return true;
	fprintf(stderr,
		"polyauthctl: nothing was removed: nobody is there to confirm it: give --yes\n%s",
		consequence);
	return false;
}
