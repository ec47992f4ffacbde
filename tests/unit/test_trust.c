/* The trust snapshot: built from the store, immutable, shared. */
#include "daemon/pki/trust.h"

#include "tests/unit/db_fixture.h"

#include <pthread.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "daemon/pki/snapshot.h"
#include "tests/fixtures/pki.h"

#define THREADS 4u
#define ROUNDS  200u

static struct pa_pki_cert root, issuing, device;

static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

static int make_certs(void **state)
{
	(void)state;
	root = made(pa_pki_ca("Root", NULL, 0));
	issuing = made(pa_pki_ca("Issuing", &root, 1));
	device = made(pa_pki_leaf("0004F282E824", &issuing));
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&root);
	pa_pki_finish(&issuing);
	pa_pki_finish(&device);
	return 0;
}

static void put_ca(struct fixture *f, enum pa_ca_kind kind, struct pa_bytes der)
{
	struct pa_change change = {
		.kind = PA_CHANGE_CA_PUT,
		.ca = { .kind = kind, .added_s = 9, .der = der },
	};

	assert_int_equal(pa_x509_sha256(der, change.ca.sha256), 0);
	apply_changes(f, &change);
}

static struct pa_trust *build(struct fixture *f)
{
	struct pa_trust *trust = NULL;

	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), 0);
	pa_db_read_end(f->reader);
	return trust;
}

static int verify(const struct pa_trust *trust, enum pa_reason *reason)
{
	struct pa_chain_policy policy = { 0 };
	struct pa_chain chain;
	struct pa_cert *leaf;
	int r;

	r = pa_cert_parse(device.der, &leaf, reason);
	if (r)
		return r;
	r = pa_chain_verify(trust, leaf, NULL, 0, &policy, PA_PKI_NOW, &chain, reason, NULL, 0);
	pa_cert_free(leaf);
	return r;
}

static void test_an_empty_store(void **state)
{
	struct pa_trust *trust = build(*state);
	enum pa_reason reason;

	assert_int_equal(pa_trust_anchors(trust), 0);
	assert_int_equal(pa_trust_intermediates(trust), 0);
	assert_int_equal(verify(trust, &reason), 1);
	assert_int_equal(reason, PA_R_TRUST_MISSING);
	pa_trust_unref(trust);
	assert_null(pa_trust_ref(NULL));
	pa_trust_unref(NULL);
}

static void test_what_the_store_holds(void **state)
{
	struct fixture *f = *state;
	enum pa_reason reason;
	struct pa_trust *before, *after;
	struct pa_change removal = { .kind = PA_CHANGE_CA_REMOVE };

	put_ca(f, PA_CA_ANCHOR, root.der);
	put_ca(f, PA_CA_INTERMEDIATE, issuing.der);
	before = build(f);
	assert_int_equal(pa_trust_anchors(before), 1);
	assert_int_equal(pa_trust_intermediates(before), 1);
	assert_int_equal(verify(before, &reason), 0);
	assert_int_equal(pa_x509_sha256(issuing.der, removal.ca.sha256), 0);
	apply_changes(f, &removal);
	after = build(f);
	assert_int_equal(verify(after, &reason), 1);
	assert_int_equal(reason, PA_R_CHAIN_INCOMPLETE);
	assert_int_equal(verify(before, &reason), 0); /* a snapshot stays as it was */
	pa_trust_unref(before);
	pa_trust_unref(after);
}

static void test_a_broken_entry_is_named(void **state)
{
	struct fixture *f = *state;
	struct pa_trust *trust = NULL;

	put_ca(f, PA_CA_ANCHOR, root.der);
	put_ca(f, PA_CA_INTERMEDIATE, PA_BYTES_LIT("\x30\x03\x02\x01\x00"));
	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), PA_E_STORE);
	assert_non_null(strstr(f->diag.text, "polyauthctl ca remove"));
	assert_int_equal(pa_trust_build(f->reader, &trust, NULL), PA_E_STORE);
	assert_null(trust);
}

/* An anchor and CAs of its name, each with another key, that it has signed. */
static void test_too_many_keys_of_one_ca(void **state)
{
	struct fixture *f = *state;
	struct pa_pki_cert rolling = made(pa_pki_ca("Rolling", NULL, 2)), keys[PA_SPEAKERS_MAX];
	struct pa_ca more[PA_SPEAKERS_MAX] = { 0 };
	struct pa_trust *trust = NULL;

	put_ca(f, PA_CA_ANCHOR, rolling.der);
	for (unsigned i = 0; i < PA_SPEAKERS_MAX; i++) {
		keys[i] = made(pa_pki_ca("Rolling", &rolling, 3 + i));
		more[i] = (struct pa_ca){ .kind = PA_CA_INTERMEDIATE, .der = keys[i].der };
	}
	for (unsigned i = 0; i + 1 < PA_SPEAKERS_MAX; i++)
		put_ca(f, PA_CA_INTERMEDIATE, keys[i].der);
	pa_trust_unref(build(f));
	view(f);
	/* those that are there already count once */
	assert_int_equal(
		pa_trust_build_with(f->reader, more, PA_SPEAKERS_MAX - 1, &trust, &f->diag), 0);
	assert_int_equal(pa_trust_intermediates(trust), PA_SPEAKERS_MAX - 1);
	pa_trust_unref(trust);
	trust = NULL;
	assert_int_equal(pa_trust_build_with(f->reader, more, PA_SPEAKERS_MAX, &trust, &f->diag),
		PA_E_LIMIT);
	assert_null(trust);
	assert_non_null(strstr(f->diag.text, "CN=Rolling has more than 8 keys"));
	assert_non_null(strstr(f->diag.text, "polyauthctl ca list, ca remove"));
	pa_db_read_end(f->reader);
	put_ca(f, PA_CA_INTERMEDIATE, keys[PA_SPEAKERS_MAX - 1].der);
	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), PA_E_LIMIT);
	assert_null(trust);
	assert_non_null(strstr(f->diag.text, "polyauthctl ca list, ca remove"));
	pa_pki_finish(&rolling);
	for (unsigned i = 0; i < PA_SPEAKERS_MAX; i++)
		pa_pki_finish(&keys[i]);
}

static void *verify_often(void *arg)
{
	struct pa_trust *trust = arg;
	enum pa_reason reason;
	size_t good = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		good += verify(trust, &reason) == 0;
	pa_trust_unref(trust);
	return good == ROUNDS ? arg : NULL;
}

static void test_threads_share_a_snapshot(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	struct pa_trust *trust;

	put_ca(f, PA_CA_ANCHOR, root.der);
	put_ca(f, PA_CA_INTERMEDIATE, issuing.der);
	trust = build(f);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, verify_often, pa_trust_ref(trust)), 0);
	pa_trust_unref(trust); /* the last thread frees it */
	for (unsigned i = 0; i < THREADS; i++) {
		void *good = NULL;

		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_an_empty_store),
		fixture_test(test_what_the_store_holds),
		fixture_test(test_a_broken_entry_is_named),
		fixture_test(test_too_many_keys_of_one_ca),
		fixture_test(test_threads_share_a_snapshot),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
