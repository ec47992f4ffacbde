#include "db/crl.h"

#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"

enum { KEY_COMPROMISE = 1, HOLD = 6 };

/* A CRL of issuer 1 in the making. */
struct crl {
	struct pa_change change;
	struct pa_revoked rows[16];
};

static struct pa_serial serial(unsigned n)
{
	struct pa_serial s = { .len = 1 };

	if (n > 255) {
		s.len = 2;
		s.bytes[0] = (uint8_t)(n >> 8);
	}
	s.bytes[s.len - 1] = (uint8_t)n;
	return s;
}

static struct crl *start(struct crl *c, unsigned number, int64_t this_update_s)
{
	*c = (struct crl){ 0 };
	c->change.kind = PA_CHANGE_CRL_PUT;
	c->change.crl.head.issuer.bytes[0] = 1;
	c->change.crl.head.this_update_s = this_update_s;
	c->change.crl.head.sha256[0] = (uint8_t)number; /* tells one from another */
	c->change.crl.head.sha256[1] = (uint8_t)this_update_s;
	if (number) {
		c->change.crl.head.number_len = number > 255 ? 2 : 1;
		c->change.crl.head.number[0] = (uint8_t)(number > 255 ? number >> 8 : number);
		c->change.crl.head.number[1] = (uint8_t)(number > 255 ? number : 0);
	}
	c->change.crl.revoked = c->rows;
	return c;
}

static struct crl *list(struct crl *c, unsigned n, uint8_t reason)
{
	c->rows[c->change.crl.revoked_len++] =
		(struct pa_revoked){ .serial = serial(n), .revoked_s = 100 + n, .reason = reason };
	return c;
}

static int lookup(struct fixture *f, unsigned n, struct pa_revoked *ret)
{
	struct pa_issuer_id issuer = { { 1 } };
	struct pa_serial s = serial(n);

	view(f);
	return pa_db_revoked_get(f->reader, &issuer, &s, ret);
}

static void assert_listed(struct fixture *f, unsigned n, uint8_t reason)
{
	struct pa_revoked row;

	assert_int_equal(lookup(f, n, &row), 0);
	assert_true(row.listed);
	assert_int_equal(row.reason, reason);
	assert_int_equal(row.revoked_s, 100 + n);
}

static void assert_dropped(struct fixture *f, unsigned n)
{
	struct pa_revoked row;

	assert_int_equal(lookup(f, n, &row), 0);
	assert_false(row.listed);
}

static void assert_free(struct fixture *f, unsigned n)
{
	struct pa_revoked row;

	assert_int_equal(lookup(f, n, &row), PA_DB_NOT_FOUND);
	assert_int_equal(row.serial.len, 0);
}

static void keeps_all_fields(void **state)
{
	struct fixture *f = *state;
	struct crl c;
	struct pa_crl *head = &start(&c, 0, -5)->change.crl.head, got;
	struct pa_revoked row;

	memset(head->issuer.bytes, 0xee, sizeof(head->issuer.bytes));
	head->scope = PA_CRL_CA_ONLY;
	memset(head->issuer_name, 'i', PA_CRL_ISSUER_MAX);
	head->number_len = PA_CRL_NUMBER_MAX;
	memset(head->number, 0xff, sizeof(head->number));
	head->next_update_s = 77;
	head->imported_s = 78;
	head->entries = 1;
	c.change.crl.revoked_len = 1;
	c.rows[0] =
		(struct pa_revoked){ .serial.len = PA_SERIAL_MAX, .revoked_s = -1, .reason = 4 };
	memset(c.rows[0].serial.bytes, 0xff, PA_SERIAL_MAX);
	apply_changes(f, &c.change);
	fixture_reopen(f);
	view(f);
	assert_int_equal(pa_db_crl_get(f->reader, &head->issuer, PA_CRL_CA_ONLY, &got), 0);
	assert_memory_equal(got.issuer.bytes, head->issuer.bytes, sizeof(got.issuer.bytes));
	assert_int_equal(got.scope, PA_CRL_CA_ONLY);
	assert_string_equal(got.issuer_name, head->issuer_name);
	assert_int_equal(got.number_len, PA_CRL_NUMBER_MAX);
	assert_memory_equal(got.number, head->number, sizeof(got.number));
	assert_int_equal(got.this_update_s, -5);
	assert_int_equal(got.next_update_s, 77);
	assert_int_equal(got.imported_s, 78);
	assert_memory_equal(got.sha256, head->sha256, sizeof(got.sha256));
	assert_int_equal(got.entries, 1);
	assert_int_equal(
		pa_db_crl_get(f->reader, &head->issuer, PA_CRL_ALL, &got), PA_DB_NOT_FOUND);
	assert_int_equal(pa_db_revoked_get(f->reader, &head->issuer, &c.rows[0].serial, &row), 0);
	assert_memory_equal(row.serial.bytes, c.rows[0].serial.bytes, PA_SERIAL_MAX);
	assert_int_equal(row.revoked_s, -1);
	assert_int_equal(row.reason, 4);
	assert_true(row.listed);
	row.serial.len--;
	assert_int_equal(pa_db_revoked_get(f->reader, &head->issuer, &row.serial, &row),
		PA_DB_NOT_FOUND); /* a prefix is another serial */
}

static void t23_rollback_by_number(void **state)
{
	struct fixture *f = *state;
	struct crl c;
	struct pa_crl head;

	apply_changes(f, &list(start(&c, 255, 1000), 1, KEY_COMPROMISE)->change);
	apply_leaves(
		f, &start(&c, 254, 2000)->change, PA_DB_ROLLBACK); /* newer date, older number */
	assert_listed(f, 1, KEY_COMPROMISE);
	apply_leaves(f, &start(&c, 255, 2000)->change, PA_DB_CONFLICT);
	start(&c, 255, 2000)->change.crl.allow_rollback = true;
	apply_leaves(f, &c.change, PA_DB_CONFLICT);
	apply_leaves(f, &start(&c, 255, 1000)->change, 0); /* the very same */
	assert_listed(f, 1, KEY_COMPROMISE);
	apply_changes(
		f, &start(&c, 256, 500)->change); /* longer, so higher; the date is no matter */
	assert_dropped(f, 1);
	apply_leaves(f, &start(&c, 3, 3000)->change, PA_DB_ROLLBACK);
	start(&c, 3, 3000)->change.crl.allow_rollback = true;
	apply_changes(f, &c.change);
	view(f);
	assert_int_equal(pa_db_crl_get(f->reader, &c.change.crl.head.issuer, PA_CRL_ALL, &head), 0);
	assert_int_equal(head.number[0], 3);
	assert_dropped(f, 1); /* a way back for the CRL is none for the serial */
}

static void t23_rollback_by_date(void **state)
{
	struct fixture *f = *state;
	struct crl c;

	apply_changes(f, &start(&c, 0, 100)->change);
	apply_leaves(f, &start(&c, 0, 99)->change, PA_DB_ROLLBACK);
	start(&c, 0, 100)->change.crl.head.sha256[5] = 1;
	apply_leaves(f, &c.change, PA_DB_CONFLICT);
	apply_changes(f, &start(&c, 9, 101)->change); /* one of them has a number */
	apply_leaves(f, &start(&c, 0, 100)->change, PA_DB_ROLLBACK);
	apply_leaves(f, &start(&c, 0, 101)->change, PA_DB_CONFLICT);
	start(&c, 0, 90)->change.crl.allow_rollback = true;
	apply_changes(f, &c.change);
}

static void dropped_and_held(void **state)
{
	struct fixture *f = *state;
	struct pa_db_stat stat;
	struct crl c;

	apply_changes(f,
		&list(list(list(start(&c, 1, 1), 10, KEY_COMPROMISE), 11, HOLD), 300, 0)->change);
	assert_listed(f, 10, KEY_COMPROMISE);
	assert_listed(f, 11, HOLD);
	assert_listed(f, 300, 0);
	assert_free(f, 12);
	apply_changes(f, &list(start(&c, 2, 2), 300, 0)->change);
	assert_dropped(f, 10);
	assert_free(f, 11); /* the hold was lifted */
	assert_listed(f, 300, 0);
	apply_changes(f, &list(list(start(&c, 3, 3), 10, HOLD), 11, KEY_COMPROMISE)->change);
	assert_listed(f, 10, HOLD);
	assert_listed(f, 11, KEY_COMPROMISE);
	assert_dropped(f, 300);
	apply_changes(f, &start(&c, 4, 4)->change);
	assert_dropped(f, 10); /* revoked for good once: a later hold does not undo it */
	assert_dropped(f, 11);
	assert_dropped(f, 300);
	fixture_reopen(f);
	assert_dropped(f, 300);
	assert_free(f, 12);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.crls, 1);
	assert_int_equal(stat.revoked, 3);
}

/* What one scope says of the serial 5 of issuer 1. */
static void one_scope(struct fixture *f, enum pa_crl_scope scope, bool listed, bool on_hold)
{
	struct pa_issuer_id issuer = { { 1 } };
	struct pa_serial five = serial(5);
	struct pa_revoked row;

	assert_int_equal(pa_db_revoked_in(f->reader, &issuer, scope, &five, &row), 0);
	assert_int_equal(row.listed, listed);
	assert_int_equal(row.on_hold, on_hold);
}

static void scopes_and_issuers(void **state)
{
	struct fixture *f = *state;
	struct crl c;
	struct pa_crl head = { 0 };
	struct pa_issuer_id other = { { 2 } };
	struct pa_serial five = serial(5);
	struct pa_revoked row;

	list(start(&c, 9, 9), 5, KEY_COMPROMISE)->change.crl.head.scope = PA_CRL_CA_ONLY;
	apply_changes(f, &c.change);
	list(start(&c, 1, 1), 6, HOLD)->change.crl.head.scope = PA_CRL_USER_ONLY;
	apply_changes(f, &c.change); /* a scope has numbers of its own */
	assert_listed(f, 5, KEY_COMPROMISE);
	assert_listed(f, 6, HOLD);
	assert_int_equal(pa_db_revoked_get(f->reader, &other, &five, &row), PA_DB_NOT_FOUND);

	apply_changes(f, &start(&c, 1, 1)->change); /* PA_CRL_ALL, empty */
	c.change.crl.head.issuer = other;
	apply_changes(f, &c.change);
	assert_listed(f, 5, KEY_COMPROMISE);
	start(&c, 10, 10)->change.crl.head.scope = PA_CRL_CA_ONLY;
	apply_changes(f, &c.change);
	assert_dropped(f, 5);
	apply_changes(f, &list(start(&c, 2, 2), 5, HOLD)->change);
	assert_listed(f, 5, HOLD); /* of several rows, one that is listed */
	one_scope(f, PA_CRL_ALL, true, true);
	one_scope(f, PA_CRL_CA_ONLY, false, false);
	assert_int_equal(pa_db_revoked_in(f->reader, &c.change.crl.head.issuer, PA_CRL_USER_ONLY,
				 &five, &row),
		PA_DB_NOT_FOUND);
	assert_int_equal(
		pa_db_revoked_in(f->reader, &other, PA_CRL_ALL, &five, &row), PA_DB_NOT_FOUND);
	five.len = 0;
	assert_int_equal(pa_db_revoked_in(f->reader, &other, PA_CRL_ALL, &five, &row), -EINVAL);

	view(f);
	for (unsigned i = 0; i < 4; i++) {
		static const uint8_t issuers[] = { 1, 1, 1, 2 };

		assert_int_equal(pa_db_crl_next(f->reader, i ? &head : NULL, &head), 0);
		assert_int_equal(head.issuer.bytes[0], issuers[i]);
		assert_int_equal(head.scope, i % 3);
	}
	assert_int_equal(pa_db_crl_next(f->reader, &head, &head), PA_DB_NOT_FOUND);
}

static void removal(void **state)
{
	struct fixture *f = *state;
	struct pa_db_stat stat;
	struct pa_change gone;
	struct crl c;

	apply_changes(f, &list(list(start(&c, 1, 1), 5, KEY_COMPROMISE), 6, HOLD)->change);
	apply_changes(f, &list(start(&c, 2, 2), 7, KEY_COMPROMISE)->change);
	list(start(&c, 1, 1), 5, KEY_COMPROMISE)->change.crl.head.scope = PA_CRL_USER_ONLY;
	apply_changes(f, &c.change);
	gone = c.change;
	gone.kind = PA_CHANGE_CRL_REMOVE;
	gone.crl.head.scope = PA_CRL_ALL;
	gone.when = PA_WHEN_THERE;
	apply_leaves(f, &gone, PA_DB_CONFLICT); /* the one that the second CRL replaced */
	gone.crl.head.sha256[0] = gone.crl.head.sha256[1] = 2;
	apply_changes(f, &gone);
	apply_leaves(f, &gone, PA_DB_NOT_FOUND);
	gone.when = PA_WHEN_ANY;
	apply_leaves(f, &gone, 0);
	assert_free(f, 6);
	assert_free(f, 7);
	assert_listed(f, 5, KEY_COMPROMISE); /* that of the other scope */
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.revoked, 1);
	assert_int_equal(stat.crls, 1);
	apply_changes(f, &list(start(&c, 1, 1), 8, HOLD)->change); /* number 1 may come again */
	assert_listed(f, 8, HOLD);
}

static void t23_shrinking(void **state)
{
	static const struct {
		unsigned before, after;
		int result;
	} rows[] = {
		{ 10, 5, 0 },
		{ 10, 4, PA_DB_SHRINK },
		{ 11, 6, 0 },
		{ 11, 5, PA_DB_SHRINK },
		{ 10, 0, PA_DB_SHRINK },
		{ 9, 0, 0 }, /* short lists may */
		{ 12, 13, 0 },
	};
	struct fixture *f = *state;
	struct crl c;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		start(&c, 1, 1)->change.crl.head.issuer.bytes[1] = (uint8_t)i;
		for (unsigned n = 0; n < rows[i].before; n++)
			list(&c, 10 + n, KEY_COMPROMISE);
		apply_changes(f, &c.change);
		start(&c, 2, 2)->change.crl.head.issuer.bytes[1] = (uint8_t)i;
		for (unsigned n = 0; n < rows[i].after; n++)
			list(&c, 10 + n, KEY_COMPROMISE);
		if (rows[i].result)
			apply_leaves(f, &c.change, rows[i].result);
		c.change.crl.allow_rollback = true; /* is no leave to shrink */
		if (rows[i].result)
			apply_leaves(f, &c.change, rows[i].result);
		c.change.crl.allow_shrink = true;
		apply_changes(f, &c.change);
	}
	/* what has gone from the first of them stays revoked */
	assert_listed(f, 14, KEY_COMPROMISE);
	assert_dropped(f, 15);
	/* leave to shrink is none to go back */
	start(&c, 1, 9)->change.crl.allow_shrink = true;
	apply_leaves(f, &c.change, PA_DB_ROLLBACK);
}

static void assert_der(struct fixture *f, const struct crl *c, const char *der)
{
	struct pa_bytes got;
	int r;

	view(f);
	r = pa_db_crl_der(f->reader, &c->change.crl.head.issuer, c->change.crl.head.scope, &got);
	assert_int_equal(r, der ? 0 : PA_DB_NOT_FOUND);
	assert_int_equal(got.len, der ? strlen(der) : 0);
	if (der)
		assert_memory_equal(got.data, der, got.len);
}

static void keeps_the_der(void **state)
{
	struct fixture *f = *state;
	struct pa_bytes large = { NULL, 3u << 20 }, got;
	uint8_t *bytes = calloc(1, large.len);
	struct crl c;

	assert_non_null(bytes);
	assert_der(f, start(&c, 1, 1), NULL); /* no CRL at all */
	apply_changes(f, &list(&c, 5, KEY_COMPROMISE)->change);
	assert_der(f, &c, NULL); /* as of a store of before it was kept */
	c.change.crl.der = PA_BYTES_LIT("first");
	apply_changes(f, &c.change);
	assert_der(f, &c, "first");
	assert_listed(f, 5, KEY_COMPROMISE);
	apply_leaves(f, &c.change, 0);
	c.change.crl.der = (struct pa_bytes){ NULL, 0 };
	apply_leaves(f, &c.change, 0); /* it does not go again */
	assert_der(f, &c, "first");
	list(start(&c, 2, 2), 6, HOLD)->change.crl.der = PA_BYTES_LIT("second");
	apply_changes(f, &c.change);
	fixture_reopen(f);
	assert_der(f, &c, "second");
	assert_listed(f, 6, HOLD);
	memset(bytes, 0x5a, large.len);
	large.data = bytes;
	start(&c, 3, 3)->change.crl.der = large;
	apply_changes(f, &c.change);
	view(f);
	assert_int_equal(pa_db_crl_der(f->reader, &c.change.crl.head.issuer, PA_CRL_ALL, &got), 0);
	assert_true(pa_bytes_eq(got, large));
	start(&c, 4, 4)->change.crl.der = (struct pa_bytes){ bytes, PA_CRL_FILE_MAX + 1 };
	apply_leaves(f, &c.change, PA_E_LIMIT);
	start(&c, 3, 3)->change.kind = PA_CHANGE_CRL_REMOVE;
	apply_changes(f, &c.change);
	assert_der(f, &c, NULL);
	free(bytes);
}

static unsigned next_serial(struct fixture *f, const struct crl *c, struct pa_revoked *row)
{
	struct pa_serial after = row->serial;
	int r = pa_db_revoked_next(f->reader, &c->change.crl.head.issuer, c->change.crl.head.scope,
		after.len ? &after : NULL, row);

	if (r == PA_DB_NOT_FOUND)
		return 0;
	assert_int_equal(r, 0);
	return row->serial.len == 2 ? 256u * row->serial.bytes[0] + row->serial.bytes[1]
				    : row->serial.bytes[0];
}

static void walks_what_is_revoked(void **state)
{
	struct fixture *f = *state;
	struct pa_revoked row = { 0 };
	struct crl c;

	list(start(&c, 1, 1), 9, KEY_COMPROMISE)->change.crl.head.scope = PA_CRL_USER_ONLY;
	apply_changes(f, &c.change);
	start(&c, 1, 1);
	list(list(list(list(&c, 4, HOLD), 5, KEY_COMPROMISE), 6, HOLD), 300, HOLD);
	apply_changes(f, &c.change);
	apply_changes(f, &list(list(start(&c, 2, 2), 6, HOLD), 7, KEY_COMPROMISE)->change);
	view(f);
	assert_int_equal(next_serial(f, &c, &row), 5); /* 4 is a hold that was lifted */
	assert_false(row.listed);
	assert_false(row.on_hold);
	assert_int_equal(next_serial(f, &c, &row), 6);
	assert_true(row.listed);
	assert_true(row.on_hold);
	assert_int_equal(row.reason, HOLD);
	assert_int_equal(next_serial(f, &c, &row), 7);
	assert_true(row.listed);
	assert_int_equal(next_serial(f, &c, &row), 0); /* 300 is one, too; 9 is of the next scope */
	assert_int_equal(row.serial.len, 0);
	c.change.crl.head.scope = PA_CRL_CA_ONLY;
	assert_int_equal(next_serial(f, &c, &row), 0);
}

static void preconditions(void **state)
{
	struct fixture *f = *state;
	struct crl c;

	start(&c, 1, 1)->change.when = PA_WHEN_THERE;
	apply_leaves(f, &c.change, PA_DB_NOT_FOUND);
	c.change.when = PA_WHEN_NEW;
	apply_changes(f, &c.change);
	apply_leaves(f, &c.change, PA_DB_EXISTS);
}

static void invalid(void **state)
{
	struct fixture *f = *state;
	struct pa_issuer_id issuer = { { 1 } };
	struct pa_revoked row;
	struct pa_db_stat stat;
	struct crl c;

	start(&c, 1, 1)->change.crl.head.scope = (enum pa_crl_scope)3;
	apply_leaves(f, &c.change, -EINVAL);
	c.change.kind = PA_CHANGE_CRL_REMOVE;
	apply_leaves(f, &c.change, -EINVAL);
	start(&c, 1, 1)->change.crl.head.number_len = PA_CRL_NUMBER_MAX + 1;
	apply_leaves(f, &c.change, -EINVAL);
	start(&c, 1, 1)->change.crl.head.number_len = 2;
	c.change.crl.head.number[0] = 0;
	apply_leaves(f, &c.change, -EINVAL);
	start(&c, 1, 1);
	memset(c.change.crl.head.issuer_name, 'i', sizeof(c.change.crl.head.issuer_name));
	apply_leaves(f, &c.change, -EINVAL);
	list(list(start(&c, 1, 1), 5, 0), 4, 0);
	apply_leaves(f, &c.change, -EINVAL); /* not in order */
	list(list(start(&c, 1, 1), 5, 0), 5, 0);
	apply_leaves(f, &c.change, -EINVAL); /* a double */
	list(start(&c, 1, 1), 5, 0)->rows[0].serial.len = 0;
	apply_leaves(f, &c.change, -EINVAL);
	list(start(&c, 1, 1), 5, 0)->rows[0].serial.len = PA_SERIAL_MAX + 1;
	apply_leaves(f, &c.change, -EINVAL);
	list(start(&c, 1, 1), 300, 0)->rows[0].serial.bytes[0] = 0;
	apply_leaves(f, &c.change, -EINVAL); /* could never be found */
	start(&c, 1, 1)->change.crl.revoked = NULL;
	c.change.crl.revoked_len = 1;
	apply_leaves(f, &c.change, -EINVAL);
	view(f);
	c.rows[0].serial.len = 0;
	assert_int_equal(pa_db_revoked_get(f->reader, &issuer, &c.rows[0].serial, &row), -EINVAL);
	c.rows[0].serial.len = PA_SERIAL_MAX + 1;
	assert_int_equal(pa_db_revoked_get(f->reader, &issuer, &c.rows[0].serial, &row), -EINVAL);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.crls + stat.revoked, 0);
	list(start(&c, 1, 1), 0, 0); /* serial 0 is one octet 00 */
	apply_changes(f, &c.change);
	assert_listed(f, 0, 0);
}

/* A large CRL, replaced by one that lists every other serial; next to others in one set. */
static void large(void **state)
{
	enum { N = 60000 };
	struct fixture *f = *state;
	struct pa_revoked *rows = calloc(N, sizeof(*rows)), row;
	struct pa_db_stat stat;
	struct pa_change changes[2];
	struct pa_changeset set;
	struct crl c;

	assert_non_null(rows);
	for (unsigned i = 0; i < N; i++) {
		rows[i] = (struct pa_revoked){ .serial = { .len = 4 }, .reason = i % 3 ? 1 : HOLD };
		rows[i].serial.bytes[0] = 1;
		rows[i].serial.bytes[1] = (uint8_t)(i >> 16);
		rows[i].serial.bytes[2] = (uint8_t)(i >> 8);
		rows[i].serial.bytes[3] = (uint8_t)i;
	}
	start(&c, 1, 1)->change.crl.revoked = rows;
	c.change.crl.revoked_len = N;
	changes[0] = device_put(1);
	changes[1] = c.change;
	assert_int_equal(apply_set(f, changes, 2, &set), 0);
	start(&c, 2, 2)->change.crl.revoked = rows;
	for (unsigned i = 0; i < N / 2; i++)
		rows[i] = rows[(size_t)i * 2];
	c.change.crl.revoked_len = N / 2;
	apply_changes(f, &c.change);
	view(f);
	for (unsigned i = 0; i < N; i += 7) {
		struct pa_serial s = { 4,
			{ 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
		int r = pa_db_revoked_get(f->reader, &c.change.crl.head.issuer, &s, &row);

		assert_int_equal(r, i % 2 && i % 3 == 0 ? PA_DB_NOT_FOUND : 0);
		if (r == 0)
			assert_int_equal(row.listed, i % 2 == 0);
	}
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.revoked, N - N / 6); /* every second of a third was a hold */
	c.change.kind = PA_CHANGE_CRL_REMOVE;
	apply_changes(f, &c.change);
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	assert_int_equal(stat.revoked, 0);
	free(rows);
}

static void damaged(void **state)
{
	struct fixture *f = *state;
	struct pa_serial five = serial(5);
	struct pa_key head_key, row_key;
	struct pa_crl_row row = { .reason = 1, .listed = true, .definite = true };
	struct pa_record good;
	struct pa_revoked got;
	struct crl c;

	apply_changes(f, &list(start(&c, 1, 1), 5, KEY_COMPROMISE)->change);
	head_key = pa_record_crl_key(&c.change.crl.head.issuer, PA_CRL_ALL);
	pa_record_row_key(&row_key, 1, &five);
	pa_record_put_row(&good, &row);
	for (size_t len = 0; len < good.len; len++) {
		poke_record(f, "serial", &row_key, good.bytes, len);
		assert_int_equal(lookup(f, 5, &got), PA_E_STORE); /* never "not revoked" */
	}
	poke_record(f, "serial", &row_key, good.bytes, good.len);
	assert_int_equal(lookup(f, 5, &got), 0);
	apply_changes(f, &start(&c, 2, 2)->change);
	assert_dropped(f, 5);
	good.bytes[1] &= 0x0f; /* neither listed nor revoked for good: no such row is written */
	poke_record(f, "serial", &row_key, good.bytes, good.len);
	assert_int_equal(lookup(f, 5, &got), PA_E_STORE);
	apply_leaves(f, &start(&c, 3, 3)->change, PA_E_STORE);
	fixture_close(f);
	poke(f, "crl", head_key.bytes, head_key.len, "\2\1\3", 3);
	assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), PA_E_STORE);
	assert_non_null(strstr(f->diag.text, "revoked serials cannot be read"));
	poke(f, "crl", head_key.bytes, head_key.len, NULL, 0); /* a serial without its CRL */
	assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), PA_E_STORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(keeps_all_fields),
		fixture_test(t23_rollback_by_number),
		fixture_test(t23_rollback_by_date),
		fixture_test(dropped_and_held),
		fixture_test(scopes_and_issuers),
		fixture_test(removal),
		fixture_test(t23_shrinking),
		fixture_test(keeps_the_der),
		fixture_test(walks_what_is_revoked),
		fixture_test(preconditions),
		fixture_test(invalid),
		fixture_test(large),
		fixture_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
