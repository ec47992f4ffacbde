/*
 * Wrong and right secrets of whomever, in the smallest memory that there is.
 */
#ifndef TESTS_UNIT_THROTTLE_TRIES_H
#define TESTS_UNIT_THROTTLE_TRIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/throttle.h"

#define UNUSED __attribute__((unused))

#define NOW      INT64_C(1767225600)
#define SMALLEST (64u << 10)
#define PHONE    0x0004f282e824

UNUSED static int setup(void **state)
{
	struct pa_throttle *t;
	int r = pa_throttle_open(SMALLEST, &t);

	*state = t;
	return r;
}

UNUSED static int teardown(void **state)
{
	pa_throttle_close(*state);
	return 0;
}

static const uint8_t home[4] = { 192, 0, 2, 7 };

UNUSED static struct pa_throttle_who who(const uint8_t *source, size_t len, uint64_t mac)
{
	return (struct pa_throttle_who){ .kind = PA_THROTTLE_DEVICE,
		.source = { source, len },
		.mac = { mac },
		.proven = true,
		.realm = PA_BYTES_LIT("provisioning"),
		.user = PA_BYTES_LIT("user") };
}

/* Of five tries, one a minute. */
UNUSED static struct pa_throttle_try a_try(
	const struct pa_throttle *t, struct pa_throttle_who w, unsigned secret)
{
	struct pa_throttle_try try = { .tries = 5, .wait_s = 60 };
	char text[16];

	w.password = (struct pa_bytes){ (const uint8_t *)text,
		(size_t)snprintf(text, sizeof(text), "%u", secret) };
	assert_int_equal(pa_throttle_prepare(t, &w, &try), 0);
	return try;
}

/* A wrong secret, from begin to end. 0: it was let in; else how long to wait. */
UNUSED static int64_t guess(
	struct pa_throttle *t, struct pa_throttle_who w, unsigned secret, int64_t now_s)
{
	struct pa_throttle_try try = a_try(t, w, secret);
	int64_t wait_s;

	if (pa_throttle_enter(t, &try, now_s, &wait_s) == PA_THROTTLE_WAIT)
		return wait_s;
	pa_throttle_wrong(t, &try, now_s);
	return 0;
}

UNUSED static int64_t good(struct pa_throttle *t, struct pa_throttle_who w, int64_t now_s)
{
	struct pa_throttle_try try = a_try(t, w, 4711000);
	int64_t wait_s;

	if (pa_throttle_enter(t, &try, now_s, &wait_s) == PA_THROTTLE_WAIT)
		return wait_s;
	pa_throttle_right(t, &try);
	return 0;
}

UNUSED static size_t rows(struct pa_throttle *t, struct pa_throttle_row *last)
{
	size_t at = 0, n = 0;

	while (pa_throttle_next(t, &at, NOW, last))
		n++;
	return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
