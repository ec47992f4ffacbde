/* libpolyauth without I/O: what it tells a shim of a request and of a reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "clients/c/polyauth.h"

static void an_authorization_field_is_read_strictly(void **state)
{
	static const struct {
		const char *field, *user, *password; /* NULL: none are set */
	} rows[] = {
		{ "Basic cGhvbmU6c2VjcmV0", "phone", "secret" },
		{ "bASIC   cGhvbmU6c2VjcmV0", "phone", "secret" },
		{ "Basic cGhvbmU6", "phone", "" },
		{ "Basic OnM6ZWM=", "", "s:ec" },
		{ "", NULL, NULL },
		{ "Basic", NULL, NULL },
		{ "Basic ", NULL, NULL },
		{ "Basic !", NULL, NULL },
		{ "Basic cGhvbmU=", NULL, NULL },          /* no colon */
		{ "Basic cGhvbmU6c2VjcmV0=", NULL, NULL }, /* padding of nothing */
		{ "Basic cGhvbmU6c2Vj cmV0", NULL, NULL }, /* blank */
		{ "Basic cGhvbmU6c2VjcmV0\n", NULL, NULL },
		{ "Basic OnM6ZWN=", NULL, NULL }, /* bits that stand for nothing */
		{ "BasiccGhvbmU6c2VjcmV0", NULL, NULL },
		{ "Digest cGhvbmU6c2VjcmV0", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct polyauth_request request = { .realm = "r" };
		char room[64];
		int r = polyauth_set_basic(&request, rows[i].field, strlen(rows[i].field), room);

		assert_int_equal(r, rows[i].user ? 0 : -EINVAL);
		assert_int_equal(request.has_credentials, rows[i].user != NULL);
		if (!rows[i].user) {
			assert_null(request.user.data);
			continue;
		}
		assert_int_equal(request.user.len, strlen(rows[i].user));
		assert_memory_equal(request.user.data, rows[i].user, request.user.len);
		assert_int_equal(request.password.len, strlen(rows[i].password));
		assert_memory_equal(request.password.data, rows[i].password, request.password.len);
	}
}

/* What stands behind a NUL is told, too: the daemon refuses it. */
static void a_nul_hides_nothing(void **state)
{
	struct polyauth_request request = { .realm = "r" };
	char room[64];

	(void)state;
	assert_int_equal(polyauth_set_basic(&request, "Basic cABoOnMAeA==", 18, room), 0);
	assert_int_equal(request.user.len, 3);
	assert_memory_equal(request.user.data, "p\0h", 3);
	assert_int_equal(request.password.len, 3);
	assert_memory_equal(request.password.data, "s\0x", 3);
}

/* Only where a handle was sent, and only that reason. */
static void the_chain_is_needed_where_the_handle_is_unknown(void **state)
{
	static const struct polyauth_bytes chain = { "c", 1 };
	struct polyauth_handle handle = { .is_set = 1 };
	struct polyauth_request request = { .chain = &chain, .chain_len = 1, .handle = &handle };
	struct polyauth_reply reply = { .reason = "need-chain" };

	(void)state;
	assert_true(polyauth_needs_chain(&request, &reply));
	reply.verdict = POLYAUTH_DENY;
	assert_false(polyauth_needs_chain(&request, &reply));
	reply = (struct polyauth_reply){ .reason = "internal" };
	assert_false(polyauth_needs_chain(&request, &reply));
	reply = (struct polyauth_reply){ .reason = "need-chain" };
	handle.is_set = 0;
	assert_false(polyauth_needs_chain(&request, &reply));
	handle.is_set = 1;
	request.chain_len = 0;
	assert_false(polyauth_needs_chain(&request, &reply));
	request.chain_len = 1;
	request.handle = NULL;
	assert_false(polyauth_needs_chain(&request, &reply));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_authorization_field_is_read_strictly),
		cmocka_unit_test(a_nul_hides_nothing),
		cmocka_unit_test(the_chain_is_needed_where_the_handle_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
