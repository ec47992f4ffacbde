#include "daemon/control.h"

static const char *const control_names[] = {
	[PA_REQUISITE] = "requisite",
	[PA_REQUIRED] = "required",
	[PA_SUFFICIENT] = "sufficient",
	[PA_OPTIONAL] = "optional",
};

static void remember(struct pa_tally *tally, enum pa_answer answer)
{
	if (answer == PA_DENY)
		tally->deny = true;
	else if (answer == PA_CHALLENGE)
		tally->challenge = true;
	else
		tally->error = true; /* ERROR, and whatever is no answer at all */
}

static bool is_refusal(enum pa_answer answer)
{
	return answer == PA_DENY || answer == PA_CHALLENGE;
}

enum pa_answer pa_control_lift(enum pa_mode mode, enum pa_answer answer)
{
	switch (mode) {
	case PA_MODE_SHADOW:
		return PA_SKIP;
	case PA_MODE_REPORT:
		return is_refusal(answer) ? PA_SKIP : answer;
	case PA_MODE_ENFORCED:
		break;
	}
	return answer;
}

static void apply_sufficient(struct pa_tally *tally, enum pa_answer answer)
{
	if (answer == PA_SKIP || is_refusal(answer))
		return;
	if (answer != PA_PASS) {
		remember(tally, answer);
		tally->ended = true;
		return;
	}
	if (tally->counted && !tally->error && !tally->deny && !tally->challenge) {
		tally->allowed = true;
		tally->ended = true;
	}
}

void pa_control_apply(struct pa_tally *tally, enum pa_control control, enum pa_answer answer)
{
	if (tally->ended)
		return;
	switch (control) {
	case PA_REQUISITE:
	case PA_REQUIRED:
		if (answer == PA_PASS) {
			tally->counted = true;
		} else if (answer != PA_SKIP) {
			remember(tally, answer);
			tally->ended = control == PA_REQUISITE;
		}
		return;
	case PA_SUFFICIENT:
		apply_sufficient(tally, answer);
		return;
	case PA_OPTIONAL:
		return;
	case PA_CONTROL_NONE:
		break;
	}
	tally->error = true;
	tally->ended = true;
}

bool pa_control_allows(const struct pa_tally *tally, enum pa_control control, enum pa_mode mode)
{
	struct pa_tally then = *tally;

	if (tally->ended || control == PA_OPTIONAL || mode != PA_MODE_ENFORCED)
		return false;
	pa_control_apply(&then, control, PA_PASS);
	return pa_control_verdict(&then, false) == PA_VERDICT_ALLOW;
}

enum pa_verdict pa_control_verdict(const struct pa_tally *tally, bool hides)
{
	if (tally->error)
		return PA_VERDICT_ERROR;
	if (tally->deny && !(hides && tally->challenge))
		return PA_VERDICT_DENY;
	if (tally->challenge)
		return PA_VERDICT_CHALLENGE;
	return tally->allowed || tally->counted ? PA_VERDICT_ALLOW : PA_VERDICT_DENY;
}

const char *pa_control_name(enum pa_control control)
{
	if ((unsigned)control < sizeof(control_names) / sizeof(*control_names) &&
		control_names[control])
		return control_names[control];
	return "none";
}

int pa_control_find(const char *name, enum pa_control *ret)
{
	for (size_t i = PA_REQUISITE; i <= PA_OPTIONAL; i++) {
		if (strcmp(name, control_names[i]) == 0) {
			*ret = (enum pa_control)i;
			return 0;
		}
	}
	return 1;
}

const char *pa_answer_name(enum pa_answer answer)
{
	switch (answer) {
	case PA_DENY:
		return "DENY";
	case PA_PASS:
		return "PASS";
	case PA_SKIP:
		return "SKIP";
	case PA_CHALLENGE:
		return "CHALLENGE";
	case PA_WAIT:
	case PA_ERROR:
		break;
	}
	return "ERROR";
}
