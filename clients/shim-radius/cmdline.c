#include "clients/shim-radius/cmdline.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

static int refuse(struct pa_diag *diag, const char *why)
{
	pa_diag_set(diag, "%s", why);
	return -EINVAL;
}

static int set_timeout(struct pa_cmdline *line, const char *text, struct pa_diag *diag)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || value < PA_CMDLINE_TIMEOUT_MS_MIN ||
		value > PA_CMDLINE_TIMEOUT_MS_MAX)
		return refuse(diag, "--timeout takes 10 to 9000 milliseconds");
	line->timeout_ms = (uint32_t)value;
	return 0;
}

int pa_cmdline_parse(int argc, char **argv, struct pa_cmdline *ret, struct pa_diag *diag)
{
	static const struct option options[] = {
		{ "realm", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int option, r = 0;

	*ret = (struct pa_cmdline){ .timeout_ms = PA_CMDLINE_TIMEOUT_MS };
	optind = 0; /* from the beginning */
	opterr = 0;
	/* +: no option behind the first operand */
	while (r == 0 && (option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'r')
			ret->realm = optarg;
		else if (option == 's')
			ret->socket = optarg;
		else if (option == 't')
			r = set_timeout(ret, optarg, diag);
		else
			r = refuse(diag, "the options are --realm NAME, --socket PATH and "
					 "--timeout MS; then come -- FILE TARGET");
	}
	if (r)
		return r;
	if (!ret->realm || !*ret->realm)
		return refuse(diag, "--realm NAME is needed");
	if (argc - optind != 2)
		return refuse(diag, "two operands are needed: FILE TARGET");
	ret->file = argv[optind];
	ret->target = argv[optind + 1];
	return 0;
}
