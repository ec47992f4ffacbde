/* Lists by chance, one after the other, held against a model that is too simple to be wrong. */
#include "tests/unit/db_fixture.h"

enum { HOLD = 6, CRLS = 4, SERIALS = 60, ROUNDS = 600 };

/* What is known of one serial in one CRL. */
struct known {
	bool listed, definite;
	uint8_t reason;
	int64_t revoked_s;
};

struct model {
	bool there[CRLS];
	uint8_t number[CRLS];
	struct known of[CRLS][SERIALS];
};

static uint64_t seed = 1;

static unsigned chance(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* In the order of serials: 20 of one octet, 20 of two, 20 of twenty. */
static struct pa_serial serial_of(unsigned n)
{
	static const uint8_t lens[] = { 1, 2, PA_SERIAL_MAX };
	struct pa_serial ret = { .len = lens[n / 20] };

	ret.bytes[0] = 1;
	ret.bytes[ret.len - 1] = (uint8_t)(1 + n % 20);
	return ret;
}

static struct pa_change crl_of(unsigned i)
{
	struct pa_change ret = { .kind = PA_CHANGE_CRL_PUT };

	ret.crl.head.issuer.bytes[0] = (uint8_t)(7 + i / 2);
	ret.crl.head.scope = i % 2 ? PA_CRL_CA_ONLY : PA_CRL_ALL;
	return ret;
}

static void list_some(struct fixture *f, struct model *m, unsigned i)
{
	const unsigned of_ten = chance(11);
	struct pa_change change = crl_of(i);
	struct pa_revoked list[SERIALS];
	size_t len = 0;

	for (unsigned n = 0; n < SERIALS; n++) {
		struct known *known = &m->of[i][n];

		known->listed = chance(10) < of_ten;
		if (!known->listed) {
			if (!known->definite)
				*known = (struct known){ .listed = false };
			continue;
		}
		known->reason = chance(3) ? HOLD : (uint8_t)chance(PA_ROW_REASONS);
		known->definite |= known->reason != HOLD;
		known->revoked_s = chance(4) ? 1700000000 + (int64_t)chance(3) : -5;
		list[len++] = (struct pa_revoked){ .serial = serial_of(n),
			.revoked_s = known->revoked_s,
			.reason = known->reason };
	}
	m->there[i] = true;
	m->number[i] = (uint8_t)(1 + (m->number[i] + chance(100)) % 200);
	change.crl.head.number_len = 1;
	change.crl.head.number[0] = m->number[i];
	(void)memcpy(change.crl.head.sha256, &seed, sizeof(seed));
	change.crl.allow_rollback = change.crl.allow_shrink = true;
	change.crl.revoked = list;
	change.crl.revoked_len = len;
	if (apply(f, &change) == PA_DB_CONFLICT) { /* by chance the same number: so with the next */
		change.crl.head.number[0] = ++m->number[i];
		apply_changes(f, &change);
	}
}

static void remove_one(struct fixture *f, struct model *m, unsigned i)
{
	struct pa_change change = crl_of(i);
	struct pa_crl crl;

	if (!m->there[i])
		return;
	view(f);
	assert_int_equal(
		pa_db_crl_get(f->reader, &change.crl.head.issuer, change.crl.head.scope, &crl), 0);
	change.kind = PA_CHANGE_CRL_REMOVE;
	change.crl.head = crl;
	apply_changes(f, &change);
	memset(m->of[i], 0, sizeof(m->of[i]));
	m->there[i] = false;
	m->number[i] = 0;
}

static void assert_is(const struct pa_revoked *row, unsigned n, const struct known *known)
{
	const struct pa_serial serial = serial_of(n);

	assert_int_equal(pa_serial_cmp(&row->serial, &serial), 0);
	assert_int_equal(row->listed, known->listed);
	assert_int_equal(row->on_hold, !known->definite);
	assert_int_equal(row->reason, known->reason);
	assert_int_equal(row->revoked_s, known->revoked_s);
}

static size_t assert_crl(struct fixture *f, const struct model *m, unsigned i)
{
	const struct pa_crl head = crl_of(i).crl.head;
	struct pa_serial last = { 0 };
	struct pa_revoked row;
	size_t count = 0;

	for (unsigned n = 0; n < SERIALS; n++) {
		const struct known *known = &m->of[i][n];
		const struct pa_serial serial = serial_of(n);
		int r = pa_db_revoked_in(f->reader, &head.issuer, head.scope, &serial, &row);

		if (!known->listed && !known->definite) {
			assert_int_equal(r, PA_DB_NOT_FOUND);
			continue;
		}
		assert_int_equal(r, 0);
		assert_is(&row, n, known);
		assert_int_equal(pa_db_revoked_get(f->reader, &head.issuer, &serial, &row), 0);
		assert_int_equal(pa_db_revoked_next(f->reader, &head.issuer, head.scope,
					 count ? &last : NULL, &row),
			0);
		assert_is(&row, n, known);
		last = row.serial;
		count++;
	}
	assert_int_equal(
		pa_db_revoked_next(f->reader, &head.issuer, head.scope, count ? &last : NULL, &row),
		PA_DB_NOT_FOUND);
	return count;
}

static void lists_by_chance(void **state)
{
	struct fixture *f = *state;
	struct model *m = calloc(1, sizeof(*m));
	struct pa_db_stat stat;

	assert_non_null(m);
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t rows = 0;

		if (chance(20) == 0)
			remove_one(f, m, chance(CRLS));
		else
			list_some(f, m, chance(CRLS));
		if (round % 50 == 49)
			fixture_reopen(f);
		view(f);
		for (unsigned i = 0; i < CRLS; i++)
			rows += assert_crl(f, m, i);
		assert_int_equal(pa_db_stat(f->reader, &stat), 0);
		assert_int_equal(stat.revoked, rows);
	}
	free(m);
}

/* A CRL that was removed leaves its number to the next one, and nothing else. */
static void numbers_come_again(void **state)
{
	struct fixture *f = *state;
	const struct pa_revoked five = { .serial = { 1, { 5 } }, .revoked_s = 1, .reason = 1 };
	struct pa_change first = crl_of(0), change;
	struct pa_revoked row;

	first.crl.head.number_len = 1;
	first.crl.head.number[0] = 1;
	first.crl.revoked = &five;
	first.crl.revoked_len = 1;
	apply_changes(f, &first);
	change = first;
	change.kind = PA_CHANGE_CRL_REMOVE;
	apply_changes(f, &change);
	change = first;
	change.crl.head.issuer.bytes[0] = 99;
	change.crl.revoked_len = 0;
	apply_changes(f, &change);
	view(f);
	assert_int_equal(pa_db_revoked_get(f->reader, &change.crl.head.issuer, &five.serial, &row),
		PA_DB_NOT_FOUND);
	first.crl.head.sha256[0]++;
	apply_changes(f, &first);
	fixture_reopen(f);
	view(f);
	assert_int_equal(pa_db_revoked_get(f->reader, &change.crl.head.issuer, &five.serial, &row),
		PA_DB_NOT_FOUND);
	assert_int_equal(
		pa_db_revoked_get(f->reader, &first.crl.head.issuer, &five.serial, &row), 0);
}

static void serial_order(void **state)
{
	const struct pa_serial a = { 1, { 5 } }, b = { 1, { 6 } }, c = { 2, { 1, 0 } };

	(void)state;
	assert_true(pa_serial_cmp(&a, &b) < 0);
	assert_true(pa_serial_cmp(&b, &a) > 0);
	assert_true(pa_serial_cmp(&a, &a) == 0);
	assert_true(pa_serial_cmp(&b, &c) < 0); /* by length first */
	assert_true(pa_serial_cmp(&c, &b) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serial_order),
		fixture_test(lists_by_chance),
		fixture_test(numbers_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
