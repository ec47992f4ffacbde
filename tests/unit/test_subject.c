/* From a certificate's name to a device, by the profile of the realm. (T01-T06, T44-T48) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/mac_pattern.h"
#include "daemon/pki/leaf.h"
#include "daemon/subject.h"
#include "proto/message.h"
#include "tests/fixtures/pki.h"

#define DEVICE    UINT64_C(0x0004f282e824)
#define UNTOUCHED UINT64_C(0xdeadbeef)

/* OK: *ret is the device. The certificate is self-signed: whether it is trusted is asked elsewhere.
 */
static enum pa_reason identify(
	const struct pa_pki_spec *spec, const struct pa_identity *identity, uint64_t *ret)
{
	struct pa_mac mac = { UNTOUCHED };
	enum pa_reason reason = PA_R_NONE;
	struct pa_pki_cert made;
	struct pa_leaf leaf;
	int r;

	pa_pki_make(&made, spec);
	assert_int_equal(pa_leaf_read(made.der, &leaf, &reason), 0);
	r = pa_subject_from_certificate(&leaf, identity, &mac, &reason);
	pa_pki_finish(&made);
	assert_in_range(r, 0, 1);
	*ret = mac.value;
	return r == 0 ? PA_R_OK : reason;
}

static enum pa_reason subject_of(
	const struct pa_pki_spec *spec, enum pa_profile profile, uint64_t *ret)
{
	return identify(spec, &(struct pa_identity){ .profile = profile }, ret);
}

static enum pa_reason subject_of_cn(const char *cn, enum pa_profile profile, uint64_t *ret)
{
	struct pa_pki_spec spec = pa_pki_leaf(cn, NULL);

	return subject_of(&spec, profile, ret);
}

struct row {
	const char *cn;
	enum pa_reason poly, separated;
};

static void assert_rows(const struct row *rows, size_t len)
{
	uint64_t mac;

	for (size_t i = 0; i < len; i++) {
		enum pa_reason poly = subject_of_cn(rows[i].cn, PA_PROFILE_POLY, &mac);
		enum pa_reason separated;

		if (poly != rows[i].poly)
			fail_msg("%s: %s", rows[i].cn, pa_reason_name(poly));
		assert_true(poly != PA_R_OK || mac == DEVICE);
		separated = subject_of_cn(rows[i].cn, PA_PROFILE_SEPARATED, &mac);
		if (separated != rows[i].separated)
			fail_msg("%s separated: %s", rows[i].cn, pa_reason_name(separated));
		assert_true(separated != PA_R_OK || mac == DEVICE);
	}
}
#define ASSERT_ROWS(rows) assert_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void test_twelve_digits_of_either_case(void **state)
{
	static const struct row rows[] = {
		{ "0004F282E824", PA_R_OK, PA_R_OK },
		{ "0004f282e824", PA_R_OK, PA_R_OK },
		{ "0004f282E824", PA_R_OK, PA_R_OK },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void test_separators_only_by_the_other_profile(void **state)
{
	static const struct row rows[] = {
		{ "00:04:F2:82:E8:24", PA_R_CN_NOT_A_MAC, PA_R_OK },
		{ "00-04-f2-82-e8-24", PA_R_CN_NOT_A_MAC, PA_R_OK },
		{ "0004.f282.e824", PA_R_CN_NOT_A_MAC, PA_R_OK },
		{ "00:04-f2:82:e8:24", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "00.04.f2.82.e8.24", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004:f282:e824", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004f2-82e824", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ ":00:04:f2:82:e8:24", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "00:04:f2:82:e8:24:", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void test_nothing_is_searched_for_a_mac(void **state)
{
	static const struct row rows[] = {
		{ "*", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E8**", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E82", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E8244", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E824 ", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ " 0004F282E824", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E824.", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E82O", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E824.example.com", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "Polycom 0004F282E824", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F282E8240004F282E825", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "Polycom Equipment Issuing CA 1", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

/* Some vendors give one certificate to all phones, or to all of a model: it is nobody's. */
static void t11_a_certificate_that_many_share(void **state)
{
	static const struct row rows[] = {
		{ "Generic Device", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "Yealink Equipment", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "VVX500", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "phone.example.com", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "0004F2", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "00:04:F2", PA_R_CN_NOT_A_MAC, PA_R_CN_NOT_A_MAC },
		{ "000000000000", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void test_addresses_that_are_no_device(void **state)
{
	static const struct row rows[] = {
		{ "000000000000", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
		{ "ffffffffffff", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
		{ "FFFFFFFFFFFF", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
		{ "01005E000001", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
		{ "333300000001", PA_R_MAC_RESERVED, PA_R_MAC_RESERVED },
		{ "00:00:00:00:00:00", PA_R_CN_NOT_A_MAC, PA_R_MAC_RESERVED },
		{ "ff-ff-ff-ff-ff-ff", PA_R_CN_NOT_A_MAC, PA_R_MAC_RESERVED },
		{ "0100.5e00.0001", PA_R_CN_NOT_A_MAC, PA_R_MAC_RESERVED },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

#define CN(type_, value_)                                             \
	{                                                             \
		.nid = NID_commonName, .type = type_, .value = value_ \
	}

/* What is wrong with the name itself is said, and nothing else is looked at in its place. */
static void test_names_that_are_refused(void **state)
{
	static const struct {
		struct pa_pki_attribute subject[4];
		enum pa_reason reason;
	} rows[] = {
		{ { { .nid = NID_organizationName, .value = "0004F282E824" },
			  { .nid = NID_serialNumber, .value = "0004F282E824" } },
			PA_R_CN_MISSING },
		{ { CN(0, "0004F282E824"), CN(0, "0004F282E825") }, PA_R_CN_DUPLICATE },
		{ { CN(0, "0004F282E824"), CN(0, "0004F282E824") }, PA_R_CN_DUPLICATE },
		{ { CN(V_ASN1_T61STRING, "0004F282E824") }, PA_R_CN_TYPE },
		{ { { .nid = NID_commonName,
			  .type = V_ASN1_UTF8STRING,
			  .value = "0004F282E824\0.evil",
			  .len = 18 } },
			PA_R_CN_NUL },
		/* full-width digits look alike */
		{ { CN(V_ASN1_UTF8STRING, "\xef\xbc\x90"
					  "004F282E824") },
			PA_R_CN_NOT_A_MAC },
		/* a separator of DN strings makes no second name */
		{ { { .nid = NID_organizationName, .value = "x,CN=0004F282E824" }, CN(0, "Phone") },
			PA_R_CN_NOT_A_MAC },
		{ { CN(V_ASN1_UTF8STRING, "0004F282E824") }, PA_R_OK },
		{ { CN(V_ASN1_IA5STRING, "0004F282E824") }, PA_R_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec spec = { 0 };
		uint64_t mac;

		memcpy(spec.subject, rows[i].subject, sizeof(rows[i].subject));
		for (enum pa_profile p = PA_PROFILE_POLY; p <= PA_PROFILE_SEPARATED; p++) {
			enum pa_reason found = subject_of(&spec, p, &mac);

			if (found != rows[i].reason)
				fail_msg("row %zu: %s, not %s", i, pa_reason_name(found),
					pa_reason_name(rows[i].reason));
			assert_true(found != PA_R_OK || mac == DEVICE);
		}
	}
}

/* An alternative name is no name: only the subject's CN is. */
static void test_alternative_names_are_not_looked_at(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf("Phone", NULL);
	uint64_t mac;

	(void)state;
	spec.alt = "DNS:0004F282E824";
	assert_int_equal(subject_of(&spec, PA_PROFILE_POLY, &mac), PA_R_CN_NOT_A_MAC);
	spec = pa_pki_leaf("0004F282E824", NULL);
	spec.alt = "DNS:0004F282E825";
	assert_int_equal(subject_of(&spec, PA_PROFILE_POLY, &mac), PA_R_OK);
	assert_int_equal(mac, DEVICE);
}

/* --- an expression of the operator's --- */

static enum pa_reason found_by(const char *regex, const char *cn, uint64_t *ret)
{
	struct pa_pki_spec spec = pa_pki_leaf(cn, NULL);
	struct pa_identity identity = { .profile = PA_PROFILE_BROADWORKS };
	struct pa_diag diag;
	enum pa_reason reason;

	assert_int_equal(pa_mac_pattern_new(regex, &identity.pattern, &diag), 0);
	reason = identify(&spec, &identity, ret);
	pa_mac_pattern_free(identity.pattern);
	return reason;
}

struct found {
	const char *cn;
	enum pa_reason reason;
};

static void assert_found(const char *regex, const struct found *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t mac;
		enum pa_reason reason = found_by(regex, rows[i].cn, &mac);

		if (reason != rows[i].reason)
			fail_msg("%s: %s", rows[i].cn, pa_reason_name(reason));
		assert_true(mac == (reason == PA_R_OK ? DEVICE : UNTOUCHED));
	}
}
#define ASSERT_FOUND(rows) \
	assert_found(PA_MAC_PATTERN_DEFAULT, rows, sizeof(rows) / sizeof(*(rows)))

static void the_expression_finds_a_mac_within_text(void **state)
{
	static const struct found rows[] = {
		{ "0004F282E824", PA_R_OK },
		{ "Phone 0004F282E824 (demo)", PA_R_OK },
		{ "SEP0004f282e824.example.com", PA_R_OK },
		{ "0004F282E824 0004f282e824", PA_R_OK },
		{ "0004F282E824 cafe", PA_R_OK },
	};

	(void)state;
	ASSERT_FOUND(rows);
}

/* The expression takes the last window, so who is asked for would be up to who asks. */
static void t44_two_macs_in_one_name(void **state)
{
	static const struct found rows[] = {
		{ "0004F2DDEEFF 0004F282E824", PA_R_MAC_AMBIGUOUS },
		{ "0004F282E824 0004F2DDEEFF", PA_R_MAC_AMBIGUOUS },
		{ "Phone 0004F282E824 (demo) deadbeefcafe", PA_R_MAC_AMBIGUOUS },
		{ "phone-0004f282e824.2024010112000000", PA_R_MAC_RESERVED },
		{ "phone-0004f282e824.2024100012000000", PA_R_MAC_AMBIGUOUS },
		{ "0004F282E824 000000000000", PA_R_MAC_RESERVED },
		{ "000000000000 0004F282E824", PA_R_MAC_AMBIGUOUS },
	};

	(void)state;
	ASSERT_FOUND(rows);
}

static void t45_a_mac_within_a_longer_run(void **state)
{
	static const struct found rows[] = {
		{ "0004F282E8241", PA_R_MAC_AMBIGUOUS },
		{ "10004F282E824", PA_R_MAC_AMBIGUOUS },
		{ "deadbeef0004F282E824", PA_R_MAC_AMBIGUOUS },
		{ "0004F282E8240004F282E824", PA_R_MAC_AMBIGUOUS },
		{ "0004F282E824AABBCCDDEE", PA_R_MAC_AMBIGUOUS },
		{ "d41d8cd98f00b204e9800998ecf8427e", PA_R_MAC_RESERVED },
		{ "d41d8cd98f00b204e9801098ecf8427e", PA_R_MAC_AMBIGUOUS },
		/* "Phone " ends with a digit as good as any other: e */
		{ "Phone0004F282E824", PA_R_MAC_AMBIGUOUS },
	};

	(void)state;
	ASSERT_FOUND(rows);
}

static void t46_separators_are_not_for_the_expression(void **state)
{
	static const struct found rows[] = {
		{ "00:04:F2:82:E8:24", PA_R_CN_NOT_A_MAC },
		{ "00-04-f2-82-e8-24", PA_R_CN_NOT_A_MAC },
		{ "0004.f282.e824", PA_R_CN_NOT_A_MAC },
		{ "0004F282E8%324", PA_R_CN_NOT_A_MAC },
		{ "*", PA_R_CN_NOT_A_MAC },
		{ "0004F282E8**", PA_R_CN_NOT_A_MAC },
	};

	(void)state;
	ASSERT_FOUND(rows);
}

static void t47_an_expression_finds_no_device(void **state)
{
	static const struct found rows[] = {
		{ "Phone 000000000000", PA_R_MAC_RESERVED },
		{ "Phone ffffffffffff", PA_R_MAC_RESERVED },
		{ "Phone 01005e000001", PA_R_MAC_RESERVED },
	};

	(void)state;
	ASSERT_FOUND(rows);
}

static void t48_newlines_and_endless_searches(void **state)
{
	static const struct found rows[] = {
		{ "0004F282E824\n", PA_R_CN_NOT_A_MAC },
		{ "\n0004F282E824", PA_R_CN_NOT_A_MAC },
		{ "0004F2DDEEFF\n0004F282E824", PA_R_CN_NOT_A_MAC },
		{ "0004F282E824\x7f", PA_R_CN_NOT_A_MAC },
	};
	static const struct found endless = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		PA_R_MAC_PATTERN };

	(void)state;
	ASSERT_FOUND(rows);
	assert_found("(?:a+)+[gh]([0-9a-f]{12})", &endless, 1);
	/* an expression that would take a line break does not get one */
	assert_found("(?s).*([0-9a-fA-F]{12}).*", rows, sizeof(rows) / sizeof(*rows));
}

/* --- names of many --- */

static void t11_a_generic_name_is_nobody(void **state)
{
	static const struct found rows[] = {
		{ "0004F282E824", PA_R_OK },
		{ "0004F282E825", PA_R_CN_GENERIC },
		{ "0004f282e825", PA_R_CN_GENERIC },
		{ "Example Phone", PA_R_CN_GENERIC },
		{ "EXAMPLE PHONE", PA_R_CN_GENERIC },
		{ "Example Phone 2", PA_R_CN_NOT_A_MAC },
		{ "0011220000aa", PA_R_CN_GENERIC },
		{ "001122", PA_R_CN_GENERIC },
		{ "00112", PA_R_CN_NOT_A_MAC },
	};
	struct pa_identity identity = { .profile = PA_PROFILE_POLY,
		.generic_len = 3,
		.generic = { (char[]){ "Example Phone" }, (char[]){ "0004F282E825" },
			(char[]){ "001122*" } } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec spec = pa_pki_leaf(rows[i].cn, NULL);
		uint64_t mac;
		enum pa_reason reason = identify(&spec, &identity, &mac);

		if (reason != rows[i].reason)
			fail_msg("%s: %s", rows[i].cn, pa_reason_name(reason));
	}
}

/* --- a header --- */

/* A decoder that let two of a name through, or one in upper case, would not be the only guard. */
static void one_header_and_no_other(void **state)
{
	static const struct {
		const char *name, *value;
		const char *other;
		enum pa_reason reason;
	} rows[] = {
		{ "x-device", "0004f282e824", NULL, PA_R_OK },
		{ "X-Device", "0004f282e824", NULL, PA_R_OK },
		{ "x-device", "0004f282e824", "x-devices", PA_R_OK },
		{ "x-device", "0004f282e824", "X-DEVICE", PA_R_MAC_HEADER },
		{ "x-devic", "0004f282e824", NULL, PA_R_MAC_HEADER },
		{ "x-devices", "0004f282e824", NULL, PA_R_MAC_HEADER },
		{ "x-devise", "0004f282e824", NULL, PA_R_MAC_HEADER },
		{ "x-device", "", NULL, PA_R_MAC_HEADER },
		{ "x-device", "0004f282e82*", NULL, PA_R_MAC_HEADER },
		{ "x-device", "000000000000", NULL, PA_R_MAC_RESERVED },
	};
	const struct pa_identity identity = { .profile = PA_PROFILE_POLY,
		.source = PA_SOURCE_HEADER,
		.header = (char[]){ "x-device" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_authorize_request req = {
			.headers = { { pa_bytes_str(rows[i].name), pa_bytes_str(rows[i].value) },
				{ pa_bytes_str(rows[i].other), PA_BYTES_LIT("0004f282e824") } },
			.headers_len = rows[i].other ? 2 : 1
		};
		enum pa_reason reason = PA_R_OK;
		struct pa_mac mac = { UNTOUCHED };
		int r = pa_subject_from_header(&req, &identity, &mac, &reason);

		if (r != (rows[i].reason != PA_R_OK) || reason != rows[i].reason)
			fail_msg("row %zu: %s", i, pa_reason_name(reason));
		assert_true(mac.value == (r ? UNTOUCHED : DEVICE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twelve_digits_of_either_case),
		cmocka_unit_test(test_separators_only_by_the_other_profile),
		cmocka_unit_test(test_nothing_is_searched_for_a_mac),
		cmocka_unit_test(t11_a_certificate_that_many_share),
		cmocka_unit_test(test_addresses_that_are_no_device),
		cmocka_unit_test(test_names_that_are_refused),
		cmocka_unit_test(test_alternative_names_are_not_looked_at),
		cmocka_unit_test(the_expression_finds_a_mac_within_text),
		cmocka_unit_test(t44_two_macs_in_one_name),
		cmocka_unit_test(t45_a_mac_within_a_longer_run),
		cmocka_unit_test(t46_separators_are_not_for_the_expression),
		cmocka_unit_test(t47_an_expression_finds_no_device),
		cmocka_unit_test(t48_newlines_and_endless_searches),
		cmocka_unit_test(t11_a_generic_name_is_nobody),
		cmocka_unit_test(one_header_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
