/* The board of issuers: who finds one there, who waits, and many threads at once. */
#include "tests/unit/chain_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/pki/issuer_board.h"

#define THREADS 4u
#define ROUNDS  200u

static struct pa_issuer_board *board;

static void come(struct pa_coming *ret, struct pa_leaf *leaf, const struct pa_trust *trust,
	struct pa_bytes der)
{
	enum pa_reason reason;

	pa_pki_require(pa_leaf_read(der, leaf, &reason) == 0, "a leaf");
	*ret = (struct pa_coming){ .trust = trust, .leaf = leaf };
}

static int verify_fully(const struct pa_coming *coming, struct pa_chain *ret)
{
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	enum pa_reason reason;
	struct pa_cert *cert;
	char text[160];
	int r = pa_cert_parse(coming->leaf->der, &cert, &reason);

	pa_pki_require(r == 0, "a certificate");
	r = pa_chain_verify(coming->trust, cert, coming->hints, coming->hints_len, &policy,
		PA_PKI_NOW, ret, &reason, text, sizeof(text));
	pa_cert_free(cert);
	return r;
}

static struct pa_known_issuer *learn(const struct pa_coming *coming)
{
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	struct pa_known_issuer *issuer = NULL;
	struct pa_chain chain;

	pa_pki_require(verify_fully(coming, &chain) == 0 &&
			       pa_known_issuer_learn(coming, &policy, &chain, &issuer) == 0,
		"an issuer");
	return issuer;
}

static int open_board(void **state)
{
	(void)state;
	return pa_issuer_board_new(&board);
}

static int close_board(void **state)
{
	(void)state;
	pa_issuer_board_free(board);
	return 0;
}

static void test_what_one_has_learnt_others_find(void **state)
{
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.issuing));
	struct pa_known_issuer *learnt, *found;
	struct pa_coming coming, other;
	struct pa_leaf leaf, again;

	(void)state;
	come(&coming, &leaf, w.trust, w.device.der);
	assert_null(pa_issuer_board_enter(board, &coming));
	learnt = learn(&coming);
	pa_issuer_board_leave(board, &coming, learnt);
	found = pa_issuer_board_enter(board, &coming);
	assert_ptr_equal(found, learnt);
	pa_known_issuer_unref(found);
	/* under other CAs it is another one */
	come(&other, &again, fewer, w.device.der);
	assert_null(pa_issuer_board_enter(board, &other));
	pa_issuer_board_leave(board, &other, NULL);
	pa_known_issuer_unref(learnt);
	pa_trust_unref(fewer);
}

static void test_nothing_is_learnt_of_a_failure(void **state)
{
	struct pa_coming coming;
	struct pa_leaf leaf;

	(void)state;
	come(&coming, &leaf, w.trust, w.device.der);
	for (unsigned i = 0; i < 100; i++) {
		assert_null(pa_issuer_board_enter(board, &coming));
		pa_issuer_board_leave(board, &coming, NULL);
	}
}

/* --- several threads --- */

static atomic_uint in_full, wrong;
static pthread_barrier_t all_are_here;

static void verify_first(const struct pa_coming *coming, bool learns)
{
	struct pa_known_issuer *issuer = NULL;
	struct pa_chain chain;

	atomic_fetch_add(&in_full, 1);
	if (learns)
		issuer = learn(coming);
	else if (verify_fully(coming, &chain) != 0)
		atomic_fetch_add(&wrong, 1);
	pa_issuer_board_leave(board, coming, issuer);
	pa_known_issuer_unref(issuer);
}

static void verify_known(struct pa_known_issuers *issuers, const struct pa_coming *coming)
{
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	struct pa_chain chain;

	if (pa_known_issuers_verify(issuers, coming, &policy, PA_PKI_NOW, &chain) !=
		PA_KNOWN_VERIFIED)
		atomic_fetch_add(&wrong, 1);
}

static void *ask_board(void *arg)
{
	struct pa_known_issuers *issuers;
	struct pa_known_issuer *issuer;
	struct pa_coming coming;
	struct pa_leaf leaf;

	(void)arg;
	come(&coming, &leaf, w.trust, w.device.der);
	pa_pki_require(pa_known_issuers_new(&issuers) == 0, "memory");
	pthread_barrier_wait(&all_are_here);
	issuer = pa_issuer_board_enter(board, &coming);
	if (issuer) {
		pa_known_issuers_add(issuers, issuer);
		pa_known_issuer_unref(issuer);
		for (unsigned i = 0; i < ROUNDS; i++)
			verify_known(issuers, &coming);
	} else {
		verify_first(&coming, true);
	}
	pa_known_issuers_free(issuers);
	return NULL;
}

static void run_threads(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	assert_int_equal(pthread_barrier_init(&all_are_here, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all_are_here);
	assert_int_equal(atomic_load(&wrong), 0);
}

static void test_a_first_chain_is_verified_once(void **state)
{
	(void)state;
	atomic_store(&in_full, 0);
	run_threads(ask_board);
	assert_int_equal(atomic_load(&in_full), 1);
}

/* Each of them fails to learn; whoever has waited once does not wait again, and all come through.
 */
static void *ask_in_vain(void *arg)
{
	struct pa_known_issuer *issuer;
	struct pa_coming coming;
	struct pa_leaf leaf;

	(void)arg;
	come(&coming, &leaf, w.trust, w.device.der);
	pthread_barrier_wait(&all_are_here);
	for (unsigned i = 0; i < 20; i++) {
		issuer = pa_issuer_board_enter(board, &coming);
		if (issuer)
			atomic_fetch_add(&wrong, 1);
		else
			verify_first(&coming, false);
	}
	return NULL;
}

static void test_nobody_waits_for_ever(void **state)
{
	(void)state;
	atomic_store(&in_full, 0);
	run_threads(ask_in_vain);
	assert_int_equal(atomic_load(&in_full), THREADS * 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_one_has_learnt_others_find, open_board, close_board),
		cmocka_unit_test_setup_teardown(
			test_nothing_is_learnt_of_a_failure, open_board, close_board),
		cmocka_unit_test_setup_teardown(
			test_a_first_chain_is_verified_once, open_board, close_board),
		cmocka_unit_test_setup_teardown(
			test_nobody_waits_for_ever, open_board, close_board),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
