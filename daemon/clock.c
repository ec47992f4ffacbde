#include "daemon/clock.h"

#include <time.h>

/* Set by the Makefile. */
#ifndef PA_BUILD_DATE
#define PA_BUILD_DATE 1767225600
#endif

/* Clocks of two machines differ; one that lost its battery differs by years. */
#define SLACK_S 86400

int64_t pa_clock_build_date(void)
{
	return PA_BUILD_DATE;
}

int64_t pa_clock_earliest(void)
{
	return PA_BUILD_DATE - SLACK_S;
}

static void format(int64_t time_s, char out[32])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm))
		out[0] = '\0';
}

int pa_clock_check(int64_t now_s, struct pa_diag *diag)
{
	char now[32], built[32];

	if (now_s >= pa_clock_earliest())
		return 0;
	format(now_s, now);
	format(pa_clock_build_date(), built);
	pa_diag_set(diag,
		"the system clock says %s, but polyauthd is of %s: set the clock (is NTP running?)",
		now, built);
	return 1;
}
