#include "daemon/pki/crl_sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "db/sort.h"

#define LEN    3000u
#define ROUNDS 40u
#define HOLD   6u

static uint64_t seed = 88172645463325252u;

static unsigned next(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 16) % below);
}

/* As a CRL is read. */
static int sort(struct pa_revoked **rows, size_t *len)
{
	struct pa_crl_item *items = calloc(*len + 1, sizeof(*items));
	struct pa_revoked *sorted = calloc(*len + 2, sizeof(*sorted));
	void *in_order = items;
	int r;

	assert_true(items && sorted);
	for (size_t i = 0; i < *len; i++)
		items[i] = (struct pa_crl_item){ pa_crl_begin(&(*rows)[i].serial), i };
	r = pa_sort(&in_order, *len);
	items = in_order;
	for (size_t i = 0; i < *len; i++)
		sorted[i] = (*rows)[items[i].at];
	free(items);
	free(*rows);
	*rows = sorted;
	pa_crl_settle(sorted, len);
	return r;
}

/* Of any length, many with a long beginning in common, some the same. */
static struct pa_revoked some_row(unsigned round)
{
	struct pa_revoked row = { .listed = true };

	row.serial.len = (uint8_t)(round % 3 ? 1 + next(PA_SERIAL_MAX) : 8);
	memset(row.serial.bytes, 0x5a, row.serial.len);
	for (unsigned i = 0; i < 3; i++)
		row.serial.bytes[next(row.serial.len)] = (uint8_t)(1 + next(round % 2 ? 3 : 255));
	row.revoked_s = 1 + next(1000);
	row.reason = next(2) ? HOLD : 1;
	return row;
}

/* What is to be left of the serial: looked for in all of them. */
static struct pa_revoked expected(const struct pa_revoked *all, const struct pa_serial *serial)
{
	struct pa_revoked ret = { .revoked_s = INT64_MAX, .reason = HOLD };

	for (size_t i = 0; i < LEN; i++) {
		if (pa_serial_cmp(&all[i].serial, serial) != 0)
			continue;
		if (all[i].revoked_s < ret.revoked_s)
			ret.revoked_s = all[i].revoked_s;
		if (all[i].reason != HOLD)
			ret.reason = all[i].reason;
	}
	return ret;
}

static void sorts_and_merges(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct pa_revoked *rows = calloc(LEN, sizeof(*rows)), all[LEN];
		size_t len = LEN, distinct = 0;

		assert_non_null(rows);
		for (size_t i = 0; i < LEN; i++)
			rows[i] = all[i] = some_row(round);
		for (size_t i = 0; i < LEN; i++) {
			size_t k = 0;

			while (pa_serial_cmp(&all[k].serial, &all[i].serial) != 0)
				k++;
			distinct += k == i;
		}
		for (unsigned again = 0; again < 2; again++) { /* then it is in order already */
			assert_int_equal(sort(&rows, &len), 0);
			assert_int_equal(len, distinct);
			for (size_t i = 0; i < len; i++) {
				struct pa_revoked good = expected(all, &rows[i].serial);

				assert_true(!i || pa_serial_cmp(&rows[i - 1].serial,
							  &rows[i].serial) < 0);
				assert_int_equal(rows[i].revoked_s, good.revoked_s);
				assert_int_equal(rows[i].reason, good.reason);
			}
		}
		free(rows);
	}
}

static void few(void **state)
{
	struct pa_revoked *rows = calloc(2, sizeof(*rows));
	size_t len = 0;

	(void)state;
	assert_non_null(rows);
	assert_int_equal(sort(&rows, &len), 0);
	assert_int_equal(len, 0);
	rows[0].serial = rows[1].serial = (struct pa_serial){ 1, { 7 } };
	len = 1;
	assert_int_equal(sort(&rows, &len), 0);
	assert_int_equal(len, 1);
	rows[1] = rows[0];
	len = 2;
	assert_int_equal(sort(&rows, &len), 0);
	assert_int_equal(len, 1);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_and_merges),
		cmocka_unit_test(few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
