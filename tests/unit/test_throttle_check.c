/*
 * The check throttle alone: what of a request it counts, and that whatever else becomes of it
 * counts nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/check.h"
#include "daemon/pki/chain.h"
#include "daemon/throttle.h"

extern const struct pa_check pa_check_throttle;

#define NOW INT64_C(1767225600)

struct world {
	struct pa_throttle *throttle;
	struct pa_authorize_request req;
	struct pa_facts facts;
	struct pa_chain chain;
	struct pa_ctx ctx;
	char password[16];
	void *conf;
};

static const uint8_t home[4] = { 192, 0, 2, 7 };

static int setup(void **state)
{
	static const char *const tries[] = { "2" }, *const network[] = { "3" };
	const struct pa_check *check = &pa_check_throttle;
	struct world *w = calloc(1, sizeof(*w));
	struct pa_diag diag;

	assert_non_null(w);
	w->conf = calloc(1, check->conf_size);
	w->ctx.state = calloc(1, check->state_size);
	assert_true(w->conf && w->ctx.state);
	assert_int_equal(pa_option_defaults(check->options, check->options_len, w->conf), 0);
	assert_int_equal(pa_option_set(&check->options[0], w->conf, tries, 1, &diag), 0);
	assert_int_equal(pa_option_set(&check->options[1], w->conf, network, 1, &diag), 0);
	assert_int_equal(pa_throttle_open(64 << 10, &w->throttle), 0);
	w->req = (struct pa_authorize_request){ .source = { home, 4 }, .has_credentials = true };
	w->facts = (struct pa_facts){ .req = &w->req,
		.now_s = NOW,
		.claim_source = PA_SOURCE_CERTIFICATE,
		.claim = { 0x0004f282e824 } };
	w->ctx.facts = &w->facts;
	w->ctx.realm = "r";
	w->ctx.conf = w->conf;
	w->ctx.throttle = w->throttle;
	w->ctx.chain = &w->chain;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pa_throttle_close(w->throttle);
	free(w->conf);
	free(w->ctx.state);
	free(w);
	return 0;
}

static enum pa_answer begin(struct world *w, unsigned secret)
{
	memset(w->ctx.state, 0, pa_check_throttle.state_size);
	w->req.password = (struct pa_bytes){ (uint8_t *)w->password,
		(size_t)snprintf(w->password, sizeof(w->password), "%u", secret) };
	return pa_check_throttle.run(&w->ctx);
}

static void end(struct world *w, enum pa_verdict verdict, enum pa_secret secret)
{
	w->ctx.secret = secret;
	pa_check_throttle.settle(&w->ctx, verdict);
	pa_check_throttle.drop(w->ctx.state);
}

static enum pa_answer guess(struct world *w, unsigned secret)
{
	enum pa_answer answer = begin(w, secret);

	end(w, PA_VERDICT_DENY, answer == PA_SKIP ? PA_SECRET_WRONG : PA_SECRET_UNTRIED);
	return answer;
}

static uint64_t counted(const struct world *w)
{
	struct pa_throttle_stat stat;

	pa_throttle_stat(w->throttle, &stat);
	return stat.guesses;
}

static void wrong_secrets_are_counted_once_each(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(guess(w, 1), PA_SKIP);
	assert_int_equal(guess(w, 2), PA_SKIP);
	assert_int_equal(counted(w), 2);
	assert_int_equal(begin(w, 3), PA_DENY);
	assert_int_equal(w->ctx.reason, PA_R_THROTTLED);
	assert_int_equal(w->ctx.retry_after_s, 60);
	end(w, PA_VERDICT_DENY, PA_SECRET_UNTRIED);
	w->facts.now_s += 60;
	assert_int_equal(guess(w, 3), PA_SKIP);
	assert_int_equal(counted(w), 3);
}

static void nothing_else_is(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 100; i++) {
		/* allowed, not decided, denied for something else */
		assert_int_equal(begin(w, i), PA_SKIP);
		end(w, PA_VERDICT_ALLOW, i % 2 ? PA_SECRET_WRONG : PA_SECRET_RIGHT);
		assert_int_equal(begin(w, i), PA_SKIP);
		end(w, PA_VERDICT_ERROR, i % 2 ? PA_SECRET_WRONG : PA_SECRET_UNTRIED);
		assert_int_equal(begin(w, i), PA_SKIP);
		end(w, PA_VERDICT_DENY, i % 2 ? PA_SECRET_RIGHT : PA_SECRET_UNTRIED);
		/* broken off, or dry */
		assert_int_equal(begin(w, i), PA_SKIP);
		pa_check_throttle.drop(w->ctx.state);
		/* begun again, since the store has changed */
		assert_int_equal(begin(w, i), PA_SKIP);
		for (unsigned k = 0; k < 16; k++)
			assert_int_equal(pa_check_throttle.run(&w->ctx), PA_SKIP);
		end(w, PA_VERDICT_ERROR, PA_SECRET_WRONG);
		/* never run at all */
		memset(w->ctx.state, 0, pa_check_throttle.state_size);
		pa_check_throttle.drop(w->ctx.state);
		/* no credentials */
		w->req.has_credentials = false;
		assert_int_equal(begin(w, i), PA_SKIP);
		end(w, PA_VERDICT_DENY, PA_SECRET_WRONG);
		w->req.has_credentials = true;
	}
	assert_int_equal(counted(w), 0);
	assert_int_equal(guess(w, 1000), PA_SKIP);
	assert_int_equal(guess(w, 1001), PA_SKIP);
	assert_int_equal(begin(w, 1002), PA_DENY);
}

static void a_user_name_is_part_of_the_secret(void **state)
{
	struct world *w = *state;

	w->req.user = PA_BYTES_LIT("a");
	assert_int_equal(guess(w, 1), PA_SKIP);
	w->req.user = PA_BYTES_LIT("b");
	assert_int_equal(guess(w, 1), PA_SKIP);
	w->req.user = PA_BYTES_LIT("c");
	assert_int_equal(guess(w, 1), PA_DENY);
}

/* A source that the network makes wait gives back the place that it took for itself. */
static void a_network_is_counted_besides(void **state)
{
	uint8_t source[4] = { 192, 0, 2, 8 };
	struct world *w = *state;

	w->req.source.data = source;
	for (unsigned i = 0; i < 3; i++, source[3]++)
		assert_int_equal(guess(w, i), PA_SKIP);
	for (unsigned i = 3; i < 20; i++)
		assert_int_equal(guess(w, i), PA_DENY);
	w->facts.now_s += 60;
	assert_int_equal(guess(w, 20), PA_SKIP);
	assert_int_equal(guess(w, 21), PA_DENY);
}

static void a_device_at_home_does_not_wait_for_its_network(void **state)
{
	static const uint8_t passing[4] = { 192, 0, 2, 6 };
	uint8_t source[4] = { 192, 0, 2, 8 };
	struct world *w = *state;

	/* what nobody looked at says nothing */
	w->req.source.data = passing;
	assert_int_equal(begin(w, 1), PA_SKIP);
	end(w, PA_VERDICT_ALLOW, PA_SECRET_UNTRIED);
	w->req.source.data = home;
	assert_int_equal(begin(w, 4711), PA_SKIP);
	end(w, PA_VERDICT_ALLOW, PA_SECRET_RIGHT);
	w->req.source.data = source;
	for (unsigned i = 0; i < 10; i++, source[3]++)
		(void)guess(w, i);
	assert_int_equal(guess(w, 99), PA_DENY);
	w->req.source.data = passing;
	assert_int_equal(guess(w, 99), PA_DENY);
	w->req.source.data = home;
	assert_int_equal(begin(w, 4711), PA_SKIP);
	end(w, PA_VERDICT_ALLOW, PA_SECRET_RIGHT);
}

/* A common password opens what is shared: it does not say that the device itself is there. */
static void a_claim_is_at_home_with_its_own_password_only(void **state)
{
	static struct pa_path_rule rule;
	uint8_t source[4] = { 192, 0, 2, 8 };
	struct world *w = *state;

	w->facts.claim_source = PA_SOURCE_PATH;
	w->facts.matched = true;
	w->facts.match.rule = &rule;
	for (unsigned round = 0; round < 2; round++) {
		rule.class = round ? PA_CLASS_DEVICE : PA_CLASS_SHARED;
		w->req.source.data = home;
		assert_int_equal(begin(w, 4711), PA_SKIP);
		end(w, PA_VERDICT_ALLOW, PA_SECRET_RIGHT);
		w->req.source.data = source;
		for (unsigned i = 0; i < 10; i++, source[3]++)
			(void)guess(w, 1000 * round + i);
		w->req.source.data = home;
		assert_int_equal(begin(w, 4711), round ? PA_SKIP : PA_DENY);
		end(w, PA_VERDICT_ALLOW, PA_SECRET_RIGHT);
		w->facts.now_s += 3600;
	}
}

static void without_a_source_only_a_proven_device_is_counted(void **state)
{
	struct pa_throttle_stat stat;
	struct world *w = *state;

	w->req.source.len = 0;
	assert_int_equal(guess(w, 1), PA_SKIP);
	assert_int_equal(guess(w, 2), PA_SKIP);
	assert_int_equal(guess(w, 3), PA_DENY);
	w->facts.claim_source = PA_SOURCE_HEADER;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(guess(w, 10 + i), PA_SKIP);
	pa_throttle_stat(w->throttle, &stat);
	assert_int_equal(stat.sourceless, 10);
	assert_int_equal(stat.guesses, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_secrets_are_counted_once_each),
		TEST(nothing_else_is),
		TEST(a_user_name_is_part_of_the_secret),
		TEST(a_network_is_counted_besides),
		TEST(a_device_at_home_does_not_wait_for_its_network),
		TEST(a_claim_is_at_home_with_its_own_password_only),
		TEST(without_a_source_only_a_proven_device_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
