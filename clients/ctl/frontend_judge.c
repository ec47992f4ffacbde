/* What an answer, and what the daemon decided, say of a front end. Pure. */
#include "clients/ctl/frontend.h"

#include <string.h>

static const struct {
	const char *name, *text;
} results[PA_PROBE_RESULTS] = {
	[PA_PROBE_SERVED] = { "served", "something was served that is not the own file" },
	[PA_PROBE_NOT_SERVED] = { "own file not served",
		"the device does not get its own file: other answers prove nothing" },
	[PA_PROBE_NOT_ASKED] = { "not asked",
		"served without a decision of this daemon: the front end does not ask it here (or does not "
		"pass on User-Agent)" },
	[PA_PROBE_NOT_OBEYED] = { "not obeyed", "served though the daemon refused it" },
	[PA_PROBE_MISLED] = { "misled",
		"the daemon allowed it: the front end told it of another request, path or certificate" },
	[PA_PROBE_REDIRECTED] = { "redirected", "the front end answers before it asks" },
	[PA_PROBE_SWITCHED] = { "switched",
		"the front end becomes a tunnel: nobody is asked about what comes through it" },
	[PA_PROBE_NO_ANSWER] = { "no answer", "nothing came in time" },
	[PA_PROBE_OK] = { "ok", "as it must be" },
};

const char *pa_probe_result_name(enum pa_probe_result result)
{
	return results[result].name;
}

const char *pa_probe_result_text(enum pa_probe_result result)
{
	return results[result].text;
}

const char *pa_probe_must_name(enum pa_probe_must must)
{
	static const char *const names[] = { "refused", "refused or own file", "own file" };

	return names[must];
}

static bool is_own(const struct pa_probe_answer *answer, struct pa_bytes own)
{
	return answer->status == 200 && !answer->cut && !answer->timeout && own.len &&
	       pa_bytes_eq((struct pa_bytes){ answer->body, answer->len }, own);
}

/* Of a request that is the own file's, but for its headers, ALLOW is right. */
static bool may_be_allowed(const struct pa_probe *probe)
{
	return probe->must != PA_MUST_REFUSE && strcmp(probe->target, "{own}") == 0;
}

enum pa_probe_result pa_probe_judge(const struct pa_probe *probe,
	const struct pa_probe_answer *answer, struct pa_bytes own,
	const struct pa_probe_asked *asked)
{
	bool allowed = asked->known && asked->allowed;

	if (!answer->status && answer->timeout)
		return PA_PROBE_NO_ANSWER;
	if (answer->status == 101)
		return PA_PROBE_SWITCHED;
	if (probe->must == PA_MUST_SERVE && !is_own(answer, own))
		return PA_PROBE_NOT_SERVED;
	/* refused: by the front end itself, by what it was told, or the connection was closed */
	if (!answer->status || answer->status >= 400)
		return allowed && !may_be_allowed(probe) ? PA_PROBE_MISLED : PA_PROBE_OK;
	if (answer->status >= 300)
		return probe->flags & PA_PROBE_PLAIN && answer->to_https ? PA_PROBE_OK
									 : PA_PROBE_REDIRECTED;
	if (asked->known && !asked->decisions)
		return PA_PROBE_NOT_ASKED;
	if (asked->known && !asked->allowed)
		return PA_PROBE_NOT_OBEYED;
	if (probe->must != PA_MUST_REFUSE && is_own(answer, own))
		return PA_PROBE_OK;
	return allowed ? PA_PROBE_MISLED : PA_PROBE_SERVED;
}
