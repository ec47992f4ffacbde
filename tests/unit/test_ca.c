#include "db/ca.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

static const uint8_t der[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };

static struct pa_change ca_put(uint8_t digest, enum pa_ca_kind kind)
{
	struct pa_change change = {
		.kind = PA_CHANGE_CA_PUT,
		.ca = { .kind = kind, .added_s = 9, .der = { der, sizeof(der) } },
	};

	memset(change.ca.sha256, digest, sizeof(change.ca.sha256));
	return change;
}

static void keeps_all_fields(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = ca_put(1, PA_CA_INTERMEDIATE);
	uint8_t *big = malloc(PA_CHAIN_MAX + 1);
	struct pa_ca ca;

	assert_non_null(big);
	for (size_t i = 0; i < PA_CHAIN_MAX + 1; i++)
		big[i] = (uint8_t)(i * 31 >> 3);
	change.ca.der = (struct pa_bytes){ big, PA_CHAIN_MAX + 1 };
	apply_leaves(f, &change, PA_E_LIMIT);
	change.ca.der.len = PA_CHAIN_MAX;
	apply_changes(f, &change);
	fixture_reopen(f);
	view(f);
	assert_int_equal(pa_db_ca_get(f->reader, change.ca.sha256, &ca), 0);
	assert_memory_equal(ca.sha256, change.ca.sha256, sizeof(ca.sha256));
	assert_int_equal(ca.kind, PA_CA_INTERMEDIATE);
	assert_int_equal(ca.added_s, 9);
	assert_true(pa_bytes_eq(ca.der, change.ca.der));
	apply_leaves(f, &change, 0);
	big[PA_CHAIN_MAX - 1] ^= 1;
	apply_changes(f, &change);
	free(big);
}

static void preconditions(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = ca_put(1, PA_CA_ANCHOR);
	struct pa_change removal = { .kind = PA_CHANGE_CA_REMOVE, .ca = put.ca };
	struct pa_ca ca;

	put.when = removal.when = PA_WHEN_THERE;
	apply_leaves(f, &put, PA_DB_NOT_FOUND);
	apply_leaves(f, &removal, PA_DB_NOT_FOUND);
	put.when = PA_WHEN_NEW;
	apply_changes(f, &put);
	apply_leaves(f, &put, PA_DB_EXISTS);
	put.when = PA_WHEN_ANY;
	apply_leaves(f, &put, 0);
	put.ca.kind = PA_CA_INTERMEDIATE;
	apply_changes(f, &put);
	apply_changes(f, &removal);
	view(f);
	assert_int_equal(pa_db_ca_get(f->reader, put.ca.sha256, &ca), PA_DB_NOT_FOUND);
	put.ca.kind = PA_CA_NONE;
	apply_leaves(f, &put, -EINVAL);
	put.ca.kind = (enum pa_ca_kind)3;
	apply_leaves(f, &put, -EINVAL);
	put = ca_put(1, PA_CA_ANCHOR);
	put.ca.der.len = 0;
	apply_leaves(f, &put, -EINVAL);
}

static void in_order(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[] = { ca_put(3, PA_CA_ANCHOR), ca_put(1, PA_CA_ANCHOR),
		ca_put(2, PA_CA_INTERMEDIATE) };
	struct pa_changeset set;
	struct pa_ca ca;

	assert_int_equal(apply_set(f, changes, 3, &set), 0);
	view(f);
	assert_int_equal(pa_db_ca_next(f->reader, NULL, &ca), 0);
	assert_int_equal(ca.sha256[0], 1);
	assert_int_equal(pa_db_ca_next(f->reader, ca.sha256, &ca), 0);
	assert_int_equal(ca.sha256[0], 2);
	assert_int_equal(ca.kind, PA_CA_INTERMEDIATE);
	assert_int_equal(pa_db_ca_next(f->reader, ca.sha256, &ca), 0);
	assert_int_equal(ca.sha256[0], 3);
	assert_int_equal(pa_db_ca_next(f->reader, ca.sha256, &ca), PA_DB_NOT_FOUND);
	assert_int_equal(ca.kind, PA_CA_NONE);
}

static void damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = ca_put(1, PA_CA_ANCHOR);
	struct pa_key key = pa_record_ca_key(put.ca.sha256);
	struct pa_record record;
	struct pa_ca ca;

	pa_record_put_ca(&record, &put.ca);
	for (size_t len = 0; len <= record.len; len++) { /* at its full length the DER is empty */
		poke_record(f, "ca", &key, record.bytes, len);
		view(f);
		assert_int_equal(pa_db_ca_get(f->reader, put.ca.sha256, &ca), PA_E_STORE);
	}
	record.bytes[1] = 3;
	poke_record(f, "ca", &key, record.bytes, record.len + 5);
	view(f);
	assert_int_equal(pa_db_ca_next(f->reader, NULL, &ca), PA_E_STORE);
	assert_int_equal(ca.kind, PA_CA_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(keeps_all_fields),
		fixture_test(preconditions),
		fixture_test(in_order),
		fixture_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
