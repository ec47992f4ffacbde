/*
 * The policy algebra, held against an independent statement of it: every stack
 * of up to three rules, every control, every answer. (T83)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/control.h"

#define RULES 3

struct line {
	enum pa_control control;
	enum pa_answer answer;
	enum pa_mode mode;
};

/*
 * The table of the design, said the other way round: not by walking with a
 * state, but by asking of the whole stack what holds.
 */
static size_t ends_at(const struct line *lines, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool refused = false, counted = false;

		for (size_t j = 0; j < i; j++) {
			bool enforced =
				lines[j].control == PA_REQUISITE || lines[j].control == PA_REQUIRED;

			counted |= enforced && lines[j].answer == PA_PASS;
			refused |= enforced && lines[j].answer != PA_PASS &&
				   lines[j].answer != PA_SKIP;
		}
		switch (lines[i].control) {
		case PA_REQUISITE:
			if (lines[i].answer != PA_PASS && lines[i].answer != PA_SKIP)
				return i;
			break;
		case PA_SUFFICIENT:
			if (lines[i].answer == PA_ERROR)
				return i;
			if (lines[i].answer == PA_PASS && counted && !refused)
				return i;
			break;
		default:
			break;
		}
	}
	return len;
}

static enum pa_verdict expected(const struct line *lines, size_t len)
{
	size_t end = ends_at(lines, len);
	size_t errors = 0, denies = 0, challenges = 0, passes = 0;

	for (size_t i = 0; i < len && i <= end; i++) {
		if (lines[i].control == PA_SUFFICIENT) {
			errors += lines[i].answer == PA_ERROR;
			/* it ends a stack with ALLOW only where nothing is remembered */
			passes += i == end && lines[i].answer == PA_PASS;
		} else if (lines[i].control != PA_OPTIONAL) {
			errors += lines[i].answer == PA_ERROR;
			denies += lines[i].answer == PA_DENY;
			challenges += lines[i].answer == PA_CHALLENGE;
			passes += lines[i].answer == PA_PASS;
		}
	}
	if (errors)
		return PA_VERDICT_ERROR;
	if (denies)
		return PA_VERDICT_DENY;
	if (challenges)
		return PA_VERDICT_CHALLENGE;
	return passes ? PA_VERDICT_ALLOW : PA_VERDICT_DENY;
}

static enum pa_verdict actual(const struct line *lines, size_t len)
{
	struct pa_tally tally = { 0 };
	enum pa_verdict verdict, hidden;

	for (size_t i = 0; i < len && !tally.ended; i++)
		pa_control_apply(
			&tally, lines[i].control, pa_control_lift(lines[i].mode, lines[i].answer));
	verdict = pa_control_verdict(&tally, false);
	/* a refusal that tells nothing, where credentials would have been asked for; no other */
	hidden = verdict == PA_VERDICT_DENY && tally.challenge ? PA_VERDICT_CHALLENGE : verdict;
	assert_int_equal(pa_control_verdict(&tally, true), hidden);
	return verdict;
}

static void every_stack_agrees_with_the_table(void **state)
{
	static const enum pa_answer answers[] = { PA_ERROR, PA_DENY, PA_PASS, PA_SKIP,
		PA_CHALLENGE };
	const size_t kinds = 4 * 5;
	size_t total = 0, allowed = 0;

	(void)state;
	for (size_t len = 0; len <= RULES; len++) {
		size_t stacks = 1;

		for (size_t i = 0; i < len; i++)
			stacks *= kinds;
		for (size_t n = 0; n < stacks; n++) {
			struct line lines[RULES];
			size_t rest = n;

			for (size_t i = 0; i < len; i++) {
				lines[i].control = (enum pa_control)(PA_REQUISITE + rest % 4);
				lines[i].answer = answers[rest / 4 % 5];
				rest /= kinds;
			}
			assert_int_equal(actual(lines, len), expected(lines, len));
			total++;
			allowed += expected(lines, len) == PA_VERDICT_ALLOW;
		}
	}
	assert_int_equal(total, 1 + 20 + 400 + 8000);
	assert_true(allowed > 0 && allowed < total);
}

/*
 * Modes, said of the whole stack: a shadowed line might as well not be there, and so might a
 * reported one that refuses; one that passes, skips or errs is the line that it is without its
 * mode.
 */
static size_t without_lifted(const struct line *lines, size_t len, struct line *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		bool refuses = lines[i].answer == PA_DENY || lines[i].answer == PA_CHALLENGE;

		if (lines[i].mode == PA_MODE_SHADOW || (lines[i].mode == PA_MODE_REPORT && refuses))
			continue;
		out[kept++] = (struct line){ lines[i].control, lines[i].answer, PA_MODE_ENFORCED };
	}
	return kept;
}

static void every_stack_with_modes_agrees_with_the_table(void **state)
{
	static const enum pa_answer answers[] = { PA_ERROR, PA_DENY, PA_PASS, PA_SKIP,
		PA_CHALLENGE };
	const size_t kinds = 4 * 5 * 3;
	size_t lifted = 0;

	(void)state;
	for (size_t n = 0; n < kinds * kinds * kinds; n++) {
		struct line lines[RULES], rest[RULES];
		size_t left = n, len;

		for (size_t i = 0; i < RULES; i++) {
			lines[i].control = (enum pa_control)(PA_REQUISITE + left % 4);
			lines[i].answer = answers[left / 4 % 5];
			lines[i].mode = (enum pa_mode)(left / 20 % 3);
			left /= kinds;
		}
		len = without_lifted(lines, RULES, rest);
		assert_int_equal(actual(lines, RULES), expected(rest, len));
		lifted += len < RULES;
	}
	assert_true(lifted > 0 && lifted < kinds * kinds * kinds);
}

/*
 * When an effect is carried out, said of the whole stack: its line is enforced and no `optional`,
 * the stack comes to it, and with its PASS as the last line would be an ALLOW. Where it is skipped,
 * the PASS that the check answers all the same lets nothing through: whatever line stands before or
 * behind it, there is an ALLOW only if there were one without it.
 */
static void an_effect_is_carried_out_only_where_it_lets_in(void **state)
{
	static const enum pa_answer answers[] = { PA_ERROR, PA_DENY, PA_PASS, PA_SKIP,
		PA_CHALLENGE };
	const size_t kinds = 4 * 5;
	size_t carried_out = 0, skipped = 0;

	(void)state;
	for (size_t n = 0; n < kinds * kinds * kinds * 8; n++) {
		struct line lines[4], without[4];
		struct pa_tally tally = { 0 };
		size_t left = n / 8;
		bool allows;

		for (size_t i = 0; i < 4; i++) {
			if (i == 2)
				continue;
			lines[i] = (struct line){ (enum pa_control)(PA_REQUISITE + left % 4),
				answers[left / 4 % 5], PA_MODE_ENFORCED };
			left /= kinds;
		}
		lines[2] = (struct line){ (enum pa_control)(PA_REQUISITE + n % 4), PA_PASS,
			n / 4 % 2 ? PA_MODE_SHADOW : PA_MODE_ENFORCED };
		for (size_t i = 0; i < 2; i++)
			pa_control_apply(&tally, lines[i].control, lines[i].answer);
		allows = pa_control_allows(&tally, lines[2].control, lines[2].mode);
		assert_int_equal(allows,
			lines[2].mode == PA_MODE_ENFORCED && lines[2].control != PA_OPTIONAL &&
				ends_at(lines, 2) == 2 && expected(lines, 3) == PA_VERDICT_ALLOW);
		carried_out += allows;
		skipped += !allows;
		memcpy(without, lines, sizeof(lines));
		without[2].answer = PA_SKIP;
		if (!allows && actual(lines, 4) == PA_VERDICT_ALLOW)
			assert_int_equal(actual(without, 4), PA_VERDICT_ALLOW);
	}
	assert_true(carried_out > 0 && skipped > carried_out);
	assert_false(pa_control_allows(
		&(struct pa_tally){ .counted = true }, PA_REQUIRED, PA_MODE_REPORT));
	assert_false(pa_control_allows(
		&(struct pa_tally){ .counted = true }, PA_CONTROL_NONE, PA_MODE_ENFORCED));
}

/* An ERROR is an ERROR in report mode, and so is what is no answer at all. */
static void a_report_lifts_refusals_alone(void **state)
{
	(void)state;
	assert_int_equal(pa_control_lift(PA_MODE_REPORT, PA_DENY), PA_SKIP);
	assert_int_equal(pa_control_lift(PA_MODE_REPORT, PA_CHALLENGE), PA_SKIP);
	assert_int_equal(pa_control_lift(PA_MODE_REPORT, PA_ERROR), PA_ERROR);
	assert_int_equal(pa_control_lift(PA_MODE_REPORT, PA_PASS), PA_PASS);
	assert_int_equal(pa_control_lift(PA_MODE_REPORT, (enum pa_answer)77), 77);
	for (enum pa_answer answer = PA_ERROR; answer <= PA_CHALLENGE; answer++) {
		assert_int_equal(pa_control_lift(PA_MODE_ENFORCED, answer), answer);
		assert_int_equal(pa_control_lift((enum pa_mode)77, answer), answer);
		assert_int_equal(pa_control_lift(PA_MODE_SHADOW, answer), PA_SKIP);
	}
}

static void a_zeroed_control_is_an_error(void **state)
{
	struct pa_tally tally = { 0 };

	(void)state;
	pa_control_apply(&tally, PA_CONTROL_NONE, PA_PASS);
	assert_int_equal(pa_control_verdict(&tally, false), PA_VERDICT_ERROR);
}

static void an_empty_stack_denies(void **state)
{
	const struct pa_tally tally = { 0 };

	(void)state;
	assert_int_equal(pa_control_verdict(&tally, false), PA_VERDICT_DENY);
}

static void nonsense_answers_are_errors(void **state)
{
	(void)state;
	for (enum pa_control control = PA_REQUISITE; control <= PA_SUFFICIENT; control++) {
		struct pa_tally tally = { .counted = true };

		pa_control_apply(&tally, control, PA_WAIT);
		assert_int_equal(pa_control_verdict(&tally, false), PA_VERDICT_ERROR);
		tally = (struct pa_tally){ .counted = true };
		pa_control_apply(&tally, control, (enum pa_answer)77);
		assert_int_equal(pa_control_verdict(&tally, false), PA_VERDICT_ERROR);
	}
}

static void names_go_there_and_back(void **state)
{
	enum pa_control control;

	(void)state;
	for (enum pa_control c = PA_REQUISITE; c <= PA_OPTIONAL; c++) {
		assert_int_equal(pa_control_find(pa_control_name(c), &control), 0);
		assert_int_equal(control, c);
	}
	assert_int_equal(pa_control_find("require", &control), 1);
	assert_string_equal(pa_control_name(PA_CONTROL_NONE), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stack_agrees_with_the_table),
		cmocka_unit_test(every_stack_with_modes_agrees_with_the_table),
		cmocka_unit_test(an_effect_is_carried_out_only_where_it_lets_in),
		cmocka_unit_test(a_report_lifts_refusals_alone),
		cmocka_unit_test(a_zeroed_control_is_an_error),
		cmocka_unit_test(an_empty_stack_denies),
		cmocka_unit_test(nonsense_answers_are_errors),
		cmocka_unit_test(names_go_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
