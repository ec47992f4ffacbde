#include "daemon/scan.h"

#include <arpa/inet.h>

#include "daemon/log.h"

static void report(const struct pa_run *run, uint64_t untold)
{
	const struct pa_bytes source = run->req.source;
	char text[INET6_ADDRSTRLEN] = "";
	struct pa_line line;

	(void)inet_ntop(source.len == 4 ? AF_INET : AF_INET6, source.data, text, sizeof(text));
	pa_line_start(&line, PA_LOG_WARNING, "scan");
	pa_line_str(&line, "source", text);
	pa_line_bytes(&line, "realm", run->req.realm);
	pa_line_str(&line, "detail",
		"its network has asked for many devices that are not on the "
		"list or not its own: polyauthctl throttle list");
	if (untold)
		pa_line_uint(&line, "untold", untold);
	pa_worker_log(run->worker, &line);
}

void pa_scan_note(const struct pa_run *run, enum pa_reason reason)
{
	const struct pa_facts *facts = &run->facts;
	struct pa_mac mac = facts->claim;
	uint64_t untold;

	if (reason == PA_R_NOT_OWNER)
		mac = facts->match.owner;
	else if (reason != PA_R_DEVICE_UNKNOWN && reason != PA_R_DEVICE_REMOVED)
		return;
	if (!run->dry_run && pa_throttle_scan(run->worker->shared->throttle, run->req.source, mac,
				     facts->now_s, &untold))
		report(run, untold);
}
