/*
 * Which denials are those of a source that asks for devices that are not its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "daemon/scan.h"

struct world {
	struct pa_shared shared;
	struct pa_worker worker;
	struct pa_run run;
};

static const uint8_t source[4] = { 192, 0, 2, 7 };

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(pa_throttle_open(64 << 10, &w->shared.throttle), 0);
	w->worker.shared = &w->shared;
	w->run.worker = &w->worker;
	w->run.req.source = (struct pa_bytes){ source, 4 };
	w->run.facts.now_s = 1767225600;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pa_throttle_close(w->shared.throttle);
	free(w);
	return 0;
}

/* Denied for this reason, with so many different devices that claim, or that own what is asked for.
 */
static uint64_t scans_of(struct world *w, enum pa_reason reason, bool claims, bool owns)
{
	struct pa_throttle_stat before, after;

	pa_throttle_stat(w->shared.throttle, &before);
	(void)pa_throttle_clear(w->shared.throttle, (struct pa_bytes){ NULL, 0 }, false, NULL, 0);
	for (unsigned i = 0; i < 200; i++) {
		w->run.facts.claim.value = 0x0004f2000000 + (claims ? i : 0);
		w->run.facts.match.owner.value = 0x0004f2100000 + (owns ? i : 0);
		pa_scan_note(&w->run, reason);
	}
	pa_throttle_stat(w->shared.throttle, &after);
	return after.scans - before.scans;
}

static void only_unknown_devices_and_files_of_others_count(void **state)
{
	struct world *w = *state;

	for (enum pa_reason reason = PA_R_NONE; reason < PA_REASON_COUNT; reason++) {
		bool unknown = reason == PA_R_DEVICE_UNKNOWN || reason == PA_R_DEVICE_REMOVED;

		assert_int_equal(scans_of(w, reason, true, false), unknown);
		assert_int_equal(scans_of(w, reason, false, true), reason == PA_R_NOT_OWNER);
		assert_int_equal(scans_of(w, reason, false, false), 0);
	}
}

static void dry_runs_and_requests_without_a_source_do_not(void **state)
{
	struct world *w = *state;

	w->run.dry_run = true;
	assert_int_equal(scans_of(w, PA_R_NOT_OWNER, false, true), 0);
	w->run.dry_run = false;
	w->run.req.source.len = 0;
	assert_int_equal(scans_of(w, PA_R_NOT_OWNER, false, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			only_unknown_devices_and_files_of_others_count, setup, teardown),
		cmocka_unit_test_setup_teardown(
			dry_runs_and_requests_without_a_source_do_not, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
