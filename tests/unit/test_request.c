/* From a message to facts: what is refused before any check, each for its own reason. (T43, T50,
 * T51) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/config/config.h"
#include "daemon/pki/cert.h"
#include "daemon/request.h"
#include "proto/arena.h"
#include "tests/fixtures/pki.h"

#define OWNER UINT64_C(0x0004f2000001)

static struct {
	struct pa_config *config;
	struct pa_pki_cert phone, text, reserved;
} world;

static int set_up(void **state)
{
	static const char text[] = "realm phones {\n peers uid:0\n identity poly from certificate\n"
				   " stack {\n requisite chain\n required owner\n }\n"
				   " path \"/{mac}.cfg\" class device\n"
				   " path \"/{mac}-app.log\" class device methods PUT\n}\n";
	struct pa_pki_spec phone = pa_pki_leaf("0004F2000001", NULL);
	struct pa_pki_spec name = pa_pki_leaf("Phone 0004F2000001", NULL);
	struct pa_pki_spec reserved = pa_pki_leaf("FFFFFFFFFFFF", NULL);
	struct pa_config_errors errors;

	(void)state;
	if (pa_config_parse("test", PA_BYTES_LIT(text), &world.config, &errors) != 0)
		fail_msg("%s", errors.len ? errors.lines[0] : "no message");
	pa_config_errors_finish(&errors);
	pa_pki_make(&world.phone, &phone);
	pa_pki_make(&world.text, &name);
	pa_pki_make(&world.reserved, &reserved);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pa_pki_finish(&world.phone);
	pa_pki_finish(&world.text);
	pa_pki_finish(&world.reserved);
	pa_config_unref(world.config);
	return 0;
}

static struct pa_authorize_request request(const char *method, const char *target)
{
	return (struct pa_authorize_request){ .chain = { world.phone.der },
		.chain_len = 1,
		.method = pa_bytes_str(method),
		.target = pa_bytes_str(target) };
}

/* OK: facts were made, for the phone and its own file. */
static enum pa_reason judge(const struct pa_authorize_request *req, struct pa_facts *facts)
{
	enum pa_reason reason = PA_R_NONE;
	struct pa_arena arena;
	int r;

	pa_arena_init(&arena, 4096);
	r = pa_request_facts(
		req, &world.config->realms[0], NULL, NULL, PA_PKI_NOW, &arena, facts, &reason);
	assert_in_range(r, 0, 1);
	pa_arena_finish(&arena);
	if (r)
		return reason;
	assert_true(facts->claim_source == PA_SOURCE_CERTIFICATE);
	assert_int_equal(facts->claim.value, OWNER);
	return facts->matched ? PA_R_OK : facts->unmatched;
}

static void assert_reason(const struct pa_authorize_request *req, enum pa_reason reason)
{
	struct pa_facts facts;

	assert_string_equal(pa_reason_name(judge(req, &facts)), pa_reason_name(reason));
}

static void test_an_ordinary_request(void **state)
{
	struct pa_authorize_request req = request("GET", "/0004f2000001.cfg");
	struct pa_facts facts;

	(void)state;
	assert_int_equal(judge(&req, &facts), PA_R_OK);
	assert_int_equal(facts.method, PA_METHOD(GET));
	assert_int_equal(facts.match.owner.value, OWNER);
	req = request("PUT", "/0004f2000001-app.log");
	assert_int_equal(judge(&req, &facts), PA_R_OK);
	assert_int_equal(facts.method, PA_METHOD(PUT));
}

static void t51_a_method_that_nobody_knows(void **state)
{
	static const char *const names[] = { "", "get", "Get", "GETS", "GE", "GET ", " GET", "BREW",
		"VERSION-CONTROL", "M-SEARCH", "PUT\nGET" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pa_authorize_request req = request(names[i], "/0004f2000001.cfg");

		assert_reason(&req, PA_R_METHOD_UNKNOWN);
	}
}

static void t43_a_target_that_cannot_be_read(void **state)
{
	struct pa_authorize_request req = request("GET", "");

	(void)state;
	assert_reason(&req, PA_R_PATH_MISSING);
	req = request("GET", "/0004f2000001.cfg/../0004f2000002.cfg");
	assert_reason(&req, PA_R_PATH_DOT_SEGMENT);
	req = request("GET", "/%zz");
	assert_reason(&req, PA_R_PATH_BAD_ESCAPE);
	req = request("GET", "/0004f2000001.cfg?x");
	assert_reason(&req, PA_R_PATH_QUERY);
}

static void t50_what_would_be_served_is_read_as_strictly(void **state)
{
	struct pa_authorize_request req = request("GET", "/0004f2000001.cfg");

	(void)state;
	req.has_served_path = true;
	assert_reason(&req, PA_R_PATH_NOT_ABSOLUTE);
	req.served_path = PA_BYTES_LIT("/0004f2000002.cfg");
	assert_reason(&req, PA_R_PATH_MISMATCH);
	req.served_path = PA_BYTES_LIT("/0004f2000001.cfg");
	assert_reason(&req, PA_R_OK);
	req.served_query = PA_BYTES_LIT("mac=0004f2000002");
	assert_reason(&req, PA_R_PATH_QUERY);
	req.served_query.len = 0;
	req.path_info = PA_BYTES_LIT("/0004f2000001");
	assert_reason(&req, PA_R_PATH_INFO);
}

/* What matches no rule is nobody's, wherever it would be copied to. */
static void t51_a_destination_beside_no_rule(void **state)
{
	struct pa_authorize_request req = request("COPY", "/nothing");

	(void)state;
	req.headers[0] =
		(struct pa_pair){ PA_BYTES_LIT("destination"), PA_BYTES_LIT("/0004f2000001.cfg") };
	req.headers_len = 1;
	assert_reason(&req, PA_R_PATH_UNMATCHED);
}

static void test_who_asks_comes_first(void **state)
{
	struct pa_authorize_request req = request("BREW", "/%zz");

	(void)state;
	req.chain_len = 0;
	assert_reason(&req, PA_R_NO_CERTIFICATE);
	req.chain_len = 1;
	req.chain[0] = PA_BYTES_LIT("no certificate");
	assert_reason(&req, PA_R_CERTIFICATE_MALFORMED);
	req.chain[0] = world.text.der;
	assert_reason(&req, PA_R_CN_NOT_A_MAC);
	req.chain[0] = world.reserved.der;
	assert_reason(&req, PA_R_MAC_RESERVED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_ordinary_request),
		cmocka_unit_test(t51_a_method_that_nobody_knows),
		cmocka_unit_test(t43_a_target_that_cannot_be_read),
		cmocka_unit_test(t50_what_would_be_served_is_read_as_strictly),
		cmocka_unit_test(t51_a_destination_beside_no_rule),
		cmocka_unit_test(test_who_asks_comes_first),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
