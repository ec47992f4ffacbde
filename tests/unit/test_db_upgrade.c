/* A store of schema 2 is opened: what is revoked stays revoked, and nothing else is. */
#include "tests/fixtures/old_serials.h"
#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

enum { KEY_COMPROMISE = 1, HOLD = 6 };

static const struct pa_issuer_id issuers[] = { { { 9 } }, { { 1 } }, { { 5 } } };

static struct pa_revoked entry(unsigned n, uint8_t reason)
{
	struct pa_revoked ret = { .revoked_s = n % 7 ? 100 + (int64_t)n : -1, .reason = reason };

	ret.serial.len = n > 255 ? 2 : 1;
	ret.serial.bytes[0] = (uint8_t)(n > 255 ? n >> 8 : n);
	ret.serial.bytes[1] = (uint8_t)(n > 255 ? n : 0);
	return ret;
}

static void put(struct fixture *f, const struct pa_issuer_id *issuer, enum pa_crl_scope scope,
	unsigned number, const struct pa_revoked *list, size_t len)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };

	change.crl.head.issuer = *issuer;
	change.crl.head.scope = scope;
	change.crl.head.number_len = 1;
	change.crl.head.number[0] = (uint8_t)number;
	change.crl.head.sha256[0] = (uint8_t)number;
	(void)snprintf(
		change.crl.head.issuer_name, sizeof(change.crl.head.issuer_name), "CN=%u", number);
	change.crl.revoked = list;
	change.crl.revoked_len = len;
	change.crl.der = (struct pa_bytes){ (const uint8_t *)"the file", scope ? 0 : 8 };
	apply_changes(f, &change);
}

/* Three issuers, one of them with two scopes and serials that have left its list. */
static void fill(struct fixture *f)
{
	const struct pa_revoked all[] = { entry(4, HOLD), entry(5, KEY_COMPROMISE), entry(7, HOLD),
		entry(300, KEY_COMPROMISE) };
	const struct pa_revoked later[] = { entry(5, HOLD), entry(7, HOLD) };

	put(f, &issuers[0], PA_CRL_ALL, 1, all, 4);
	put(f, &issuers[0], PA_CRL_ALL, 2, later, 2);
	put(f, &issuers[0], PA_CRL_CA_ONLY, 3, all + 3, 1);
	put(f, &issuers[1], PA_CRL_ALL, 4, all + 1, 1);
	put(f, &issuers[2], PA_CRL_USER_ONLY, 5, NULL, 0);
}

/* What the store says of all of it, as one text. */
static void describe(struct fixture *f, char out[4096])
{
	struct pa_crl crl, last;
	struct pa_revoked row;
	struct pa_bytes der;
	size_t at = 0, i = 0;

	view(f);
	for (; pa_db_crl_next(f->reader, i ? &last : NULL, &crl) == 0; last = crl, i++) {
		struct pa_serial serial;
		bool first = true;

		if (pa_db_crl_der(f->reader, &crl.issuer, crl.scope, &der) != 0)
			der.len = 0;
		at += (size_t)snprintf(out + at, 4096 - at, "%u.%d %s %u entries %u file %zu:\n",
			crl.issuer.bytes[0], (int)crl.scope, crl.issuer_name, crl.number[0],
			(unsigned)crl.entries, der.len);
		while (pa_db_revoked_next(f->reader, &crl.issuer, crl.scope, first ? NULL : &serial,
			       &row) == 0) {
			first = false;
			serial = row.serial;
			at += (size_t)snprintf(out + at, 4096 - at, " %u.%02x%02x %lld %u%s%s\n",
				serial.len, serial.bytes[0], serial.bytes[1],
				(long long)row.revoked_s, row.reason, row.listed ? " listed" : "",
				row.on_hold ? " hold" : "");
			assert_int_equal(
				pa_db_revoked_get(f->reader, &crl.issuer, &serial, &row), 0);
		}
	}
	assert_true(at < 4096);
}

/* One transaction below the store, which is closed for it. */
static void below(struct fixture *f, int (*change)(MDB_txn *txn))
{
	char path[512];
	MDB_env *env;
	MDB_txn *txn;

	fixture_close(f);
	fixture_path(f, "data.mdb", path);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(change(txn), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	poke_number(f, "meta", PA_META_SCHEMA, 2);
}

/* A row that a hold has left behind, which the first issuer has lifted. */
static int lifted_hold(MDB_txn *txn)
{
	const struct pa_key crl = pa_record_crl_key(&issuers[0], PA_CRL_ALL);
	const struct pa_crl_row row = { .reason = HOLD };
	const struct pa_revoked four = entry(4, HOLD);
	MDB_dbi revoked;
	int r = old_serials(txn);

	if (r == 0)
		r = mdb_dbi_open(txn, "revoked", 0, &revoked);
	return r ? r : old_put_row(txn, revoked, &crl, &four.serial, &row, OLD_GENERATION - 1);
}

/* A serial of an issuer that has no CRL. */
static int orphan(MDB_txn *txn)
{
	const struct pa_issuer_id nobody = { { 2 } };
	const struct pa_key crl = pa_record_crl_key(&nobody, PA_CRL_ALL);
	const struct pa_crl_row row = { .reason = 1, .definite = true };
	const struct pa_revoked four = entry(4, 1);
	MDB_dbi revoked;
	int r = old_serials(txn);

	if (r == 0)
		r = mdb_dbi_open(txn, "revoked", 0, &revoked);
	return r ? r : old_put_row(txn, revoked, &crl, &four.serial, &row, OLD_GENERATION);
}

static int without_table(MDB_txn *txn)
{
	MDB_dbi revoked;
	int r = old_serials(txn);

	if (r == 0)
		r = mdb_dbi_open(txn, "revoked", 0, &revoked);
	return r ? r : mdb_drop(txn, revoked, 1);
}

static int broken_row(MDB_txn *txn)
{
	char key[] = "x", value[] = "y";
	MDB_dbi revoked;
	int r = old_serials(txn);

	if (r == 0)
		r = mdb_dbi_open(txn, "revoked", 0, &revoked);
	return r ? r : old_put(txn, revoked, key, 1, value, 1);
}

static void all_stays(void **state)
{
	struct fixture *f = *state;
	char before[4096], after[4096];
	struct pa_db_stat stat;
	uint64_t revision;

	fill(f);
	describe(f, before);
	assert_non_null(strstr(before, " 1.0500 105 6 listed\n")); /* a hold after all, no end */
	assert_non_null(strstr(before, " 2.012c 400 1\n"));
	revision = pa_db_revision(f->db);
	below(f, lifted_hold);
	fixture_open(f);
	describe(f, after);
	assert_string_equal(after, before);
	assert_int_equal(pa_db_revision(f->db), revision);
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.schema, PA_DB_SCHEMA);
	assert_int_equal(stat.revoked, 5);
	/* and goes on as before: the rows of each CRL are its own */
	put(f, &issuers[1], PA_CRL_ALL, 6, NULL, 0);
	put(f, &(const struct pa_issuer_id){ { 77 } }, PA_CRL_ALL, 7, NULL, 0);
	fixture_reopen(f);
	describe(f, after);
	assert_non_null(strstr(after, "1.0 CN=6 6 entries 0 file 8:\n 1.0500 105 1\n5.1"));
	assert_non_null(strstr(after, "77.0 CN=7 7 entries 0 file 8:\n"));
}

static void assert_damaged(struct fixture *f, int (*change)(MDB_txn *txn))
{
	fill(f);
	below(f, change);
	for (int i = 0; i < 2; i++) { /* the second time, too: nothing was done to it */
		assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), PA_E_STORE);
		assert_non_null(strstr(f->diag.text, "cannot be brought up to date"));
	}
}

static void orphan_is_damage(void **state)
{
	assert_damaged(*state, orphan);
}

static void missing_table_is_damage(void **state)
{
	assert_damaged(*state, without_table);
}

static void broken_row_is_damage(void **state)
{
	assert_damaged(*state, broken_row);
}

/* Of its own schema, no table of serials is no empty one. */
static void missing_serials_are_damage(void **state)
{
	struct fixture *f = *state;

	fill(f);
	fixture_close(f);
	poke(f, "serial", NULL, 0, NULL, 0);
	assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), PA_E_STORE);
	assert_non_null(strstr(f->diag.text, "table is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(all_stays),
		fixture_test(orphan_is_damage),
		fixture_test(missing_table_is_damage),
		fixture_test(broken_row_is_damage),
		fixture_test(missing_serials_are_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
