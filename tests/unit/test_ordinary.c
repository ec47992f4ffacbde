/* Which leaves are ordinary: each row is a leaf with one thing about it that is another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/ordinary.h"
#include "tests/unit/der_hex.h"

/* --- leaves --- */

#define RSA_SHA(n)   "300d06092a864886f70d0101" n "0500"
#define ECDSA_SHA(n) "300a06082a8648ce3d0403" n
#define EC           "06072a8648ce3d0201"
#define P256         "06082a8648ce3d030107"
#define G_X          "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G_Y          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define CLIENT       "06082b06010505070302"
#define SERVER       "06082b06010505070301"

struct parts {
	const char *version, *serial, *inner, *outer, *issuer, *subject, *key, *rest, *signature;
	const char *extensions; /* in place of rest */
	struct pa_chain_policy policy;
};

static const char *key_of(const char *algorithm, const char *bits)
{
	return SEQUENCE(SEQUENCE(algorithm), DER("03", "00", bits));
}

/* modulus of so many octets whose first is `top` */
static const char *rsa_bits(const char *top, size_t octets, const char *exponent)
{
	return SEQUENCE(DER("02", top, repeat("c5", octets - 1)), DER("02", exponent));
}

#define RSA_KEY "06092a864886f70d0101010500"

static struct parts ordinary(void)
{
	hex_forget();
	return (struct parts){
		.version = "a003020102",
		.serial = DER("02", "100001"),
		.inner = RSA_SHA("0b"),
		.outer = RSA_SHA("0b"),
		.issuer = cn(PRINTABLE, "Issuing"),
		.subject = cn(PRINTABLE, "0004F2E00001"),
		.key = key_of(RSA_KEY, rsa_bits("00c5", 256, "010001")),
		.signature = DER("03", "00", "aabbcc"),
		.extensions = extension("551d25", SEQUENCE(CLIENT)),
		.policy = { .min_rsa_bits = 2048, .max_rsa_bits = 4096, .min_signature_bits = 128 },
	};
}

static struct pa_ordinary found;

/* 0, 1 as it says; the leaf must be readable. */
static int ask(const struct parts *p)
{
	static uint8_t der[HEX_ROOM];
	const char *rest = p->rest ? p->rest : DER("a3", SEQUENCE(p->extensions));
	struct pa_curves curves = { { NULL } };
	enum pa_reason reason;
	struct pa_leaf leaf;
	size_t len;
	int r;

	len = bytes_of(
		SEQUENCE(SEQUENCE(p->version, p->serial, p->inner, SEQUENCE(p->issuer),
				 SEQUENCE(TEXT("17", "260101000000Z"), TEXT("17", "360101000000Z")),
				 SEQUENCE(p->subject), p->key, rest),
			p->outer, p->signature),
		der);
	assert_int_equal(pa_leaf_read((struct pa_bytes){ der, len }, &leaf, &reason), 0);
	r = pa_ordinary_read(&leaf, &p->policy, &curves, &found);
	pa_curves_finish(&curves);
	return r;
}

#define ORDINARY(field, value)                 \
	do {                                   \
		struct parts p_ = ordinary();  \
		p_.field = value;              \
		assert_int_equal(ask(&p_), 0); \
	} while (0)
#define UNUSUAL(field, value)                  \
	do {                                   \
		struct parts p_ = ordinary();  \
		p_.field = value;              \
		assert_int_equal(ask(&p_), 1); \
	} while (0)

static void test_what_is_read(void **state)
{
	struct parts p = ordinary();

	(void)state;
	p.extensions = extension("551d23", SEQUENCE(DER("80", "0102")));
	assert_int_equal(ask(&p), 0);
	assert_int_equal(found.digest, PA_ORDINARY_SHA256);
	assert_false(found.is_ecdsa);
	assert_true(pa_bytes_eq(found.signature, PA_BYTES_LIT("\xaa\xbb\xcc")));
	assert_true(pa_bytes_eq(found.authority, PA_BYTES_LIT("\x01\x02")));
	assert_int_equal(found.serial.len, 3);
	assert_memory_equal(found.serial.bytes, "\x10\x00\x01", 3);
	ORDINARY(version, "a003020102");
	assert_int_equal(found.authority.len, 0);
}

static void test_version_and_serial(void **state)
{
	(void)state;
	UNUSUAL(version, "");
	UNUSUAL(version, "a003020101");
	UNUSUAL(version, "a003020103");
	UNUSUAL(version, "a006020102020102");
	ORDINARY(serial, DER("02", "00"));
	ORDINARY(serial, DER("02", repeat("7f", 20)));
	UNUSUAL(serial, DER("02", repeat("7f", 21)));
	UNUSUAL(serial, DER("02", "81"));
}

static void test_algorithms(void **state)
{
	static const struct {
		const char *der;
		enum pa_ordinary_digest digest;
		bool is_ecdsa;
		unsigned bits;
	} rows[] = {
		{ RSA_SHA("0b"), PA_ORDINARY_SHA256, false, 128 },
		{ RSA_SHA("0c"), PA_ORDINARY_SHA384, false, 192 },
		{ RSA_SHA("0d"), PA_ORDINARY_SHA512, false, 256 },
		{ ECDSA_SHA("02"), PA_ORDINARY_SHA256, true, 128 },
		{ ECDSA_SHA("03"), PA_ORDINARY_SHA384, true, 192 },
		{ ECDSA_SHA("04"), PA_ORDINARY_SHA512, true, 256 },
	};
	static const char *const others[] = { RSA_SHA("04"), RSA_SHA("05"), RSA_SHA("0e"),
		ECDSA_SHA("01"), "300b06092a864886f70d01010b", "300506032b6570" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct parts p = ordinary();

		p.inner = p.outer = rows[i].der;
		p.policy.min_signature_bits = rows[i].bits;
		assert_int_equal(ask(&p), 0);
		assert_int_equal(found.digest, rows[i].digest);
		assert_int_equal(found.is_ecdsa, rows[i].is_ecdsa);
		p.policy.min_signature_bits = rows[i].bits + 1;
		assert_int_equal(ask(&p), 1);
		p = ordinary();
		p.outer = rows[i].der;
		assert_int_equal(ask(&p), i == 0 ? 0 : 1);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct parts p = ordinary();

		p.inner = p.outer = others[i];
		assert_int_equal(ask(&p), 1);
	}
}

static void test_signatures_of_whole_octets(void **state)
{
	(void)state;
	UNUSUAL(signature, DER("03", "04aabbc0"));
	UNUSUAL(signature, DER("03", "00"));
	ORDINARY(signature, DER("03", "0000"));
}

static void test_subjects(void **state)
{
	(void)state;
	ORDINARY(subject, cn(UTF8, "0004F2E00001"));
	ORDINARY(subject, cn(IA5, "0004F2E00001"));
	ORDINARY(subject, cn(UTF8, "caf\xc3\xa9"));
}

static void test_subjects_that_are_read_in_two_ways(void **state)
{
	static const char *const tags[] = { "14", "1e", "1a", "12", "04" };
	const char *cn_hex = "0603550403";

	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		struct parts p = ordinary();

		p.subject = DER("31", SEQUENCE(cn_hex, TEXT(tags[i], "0004")));
		assert_int_equal(ask(&p), 1);
	}
	/* octets that are no ASCII, in strings that hold nothing else */
	UNUSUAL(subject, DER("31", SEQUENCE(cn_hex, DER(PRINTABLE, "e9"))));
	UNUSUAL(subject, DER("31", SEQUENCE(cn_hex, DER(IA5, "e9"))));
}

static void test_subjects_of_several_attributes(void **state)
{
	(void)state;
	ORDINARY(subject, both(cn(PRINTABLE, "1"), organisation(PRINTABLE, "O")));
	ORDINARY(subject, both(organisation(PRINTABLE, "O"), cn(PRINTABLE, "1")));
	UNUSUAL(subject, both(organisation("14", "O"), cn(PRINTABLE, "1")));
	UNUSUAL(subject, organisation(PRINTABLE, "O"));
	UNUSUAL(subject, both(cn(PRINTABLE, "1"), cn(PRINTABLE, "2")));
	UNUSUAL(subject, DER("31", attribute("550403", PRINTABLE, "1"),
				 attribute("55040a", PRINTABLE, "O")));
	UNUSUAL(subject, both(cn(PRINTABLE, "1"), DER("31", attribute("55040a", PRINTABLE, "O"),
							  attribute("55040b", PRINTABLE, "U"))));
}

static void test_the_issuers_own_name_in_any_spelling(void **state)
{
	(void)state;
	UNUSUAL(subject, cn(PRINTABLE, "Issuing"));
	UNUSUAL(subject, cn(UTF8, "ISSUING"));
	UNUSUAL(subject, cn(IA5, "  issuing\t"));
	UNUSUAL(subject, cn(UTF8, "Is suing"));
	UNUSUAL(subject, cn(UTF8, "Issuing\r\n"));
	ORDINARY(subject, cn(UTF8, "Issuing."));
	ORDINARY(subject, cn(UTF8, "Issuin"));
	ORDINARY(subject, both(cn(PRINTABLE, "Issuing"), organisation(PRINTABLE, "O")));
	for (unsigned i = 0; i < 2; i++) {
		struct parts p = ordinary();

		p.issuer = both(cn(PRINTABLE, "Issuing"), organisation(UTF8, "A"));
		p.subject = both(cn(PRINTABLE, "Issuing"), organisation(UTF8, i ? "B" : "a"));
		assert_int_equal(ask(&p), i ? 0 : 1);
		/* what cannot be compared here does not count as another one */
		p.subject = cn(PRINTABLE, "Issuing");
		p.issuer = DER("31", attribute("550403", PRINTABLE, "Issuing"),
			attribute("55040a", UTF8, "A"));
		assert_int_equal(ask(&p), 0);
		p.subject = both(cn(PRINTABLE, "Issuing"), organisation(UTF8, i ? "B" : "a"));
		p.issuer = both(cn(PRINTABLE, "Issuing"), organisation("14", "A"));
		assert_int_equal(ask(&p), 1);
		p.issuer = both(cn(PRINTABLE, "Issuing"),
			DER("31", SEQUENCE("060355040a", DER(IA5, "e9"))));
		assert_int_equal(ask(&p), 1);
		p.issuer = both(cn(PRINTABLE, "Issuing"),
			DER("31", attribute("55040b", UTF8, i ? "B" : "a")));
		assert_int_equal(ask(&p), 0);
		p.issuer = DER("31", attribute("550403", PRINTABLE, "Issuing"),
			attribute("55040a", UTF8, i ? "B" : "a"));
		assert_int_equal(ask(&p), 0);
	}
}

static void test_rsa_keys(void **state)
{
	(void)state;
	ORDINARY(key, key_of(RSA_KEY, rsa_bits("0080", 256, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("7f", 256, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("00ff", 255, "03")));
	ORDINARY(key, key_of(RSA_KEY, rsa_bits("00ff", 512, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("01", 513, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("80", 256, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("0000c5", 256, "03")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("00c5", 256, "00")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("00c5", 256, "01")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("00c5", 256, "83")));
	UNUSUAL(key, key_of(RSA_KEY, rsa_bits("00c5", 256, "010000000000000001")));
	UNUSUAL(key, key_of(RSA_KEY, SEQUENCE(DER("02", "00", repeat("c5", 256)))));
	UNUSUAL(key, key_of(RSA_KEY, SEQUENCE(DER("02", "00", repeat("c5", 256)), DER("02", "03"),
					     DER("02", "03"))));
	UNUSUAL(key, key_of(RSA_KEY, both(rsa_bits("00c5", 256, "03"), "0500")));
	UNUSUAL(key,
		key_of(RSA_KEY, SEQUENCE(DER("04", "00", repeat("c5", 256)), DER("02", "03"))));
	UNUSUAL(key,
		key_of(RSA_KEY, SEQUENCE(DER("02", "00", repeat("c5", 256)), DER("04", "03"))));
	UNUSUAL(key,
		key_of(RSA_KEY, DER("31", DER("02", "00", repeat("c5", 256)), DER("02", "03"))));
}

static void test_keys_on_curves(void **state)
{
	(void)state;
	ORDINARY(key, key_of(EC P256, "04" G_X G_Y));
	UNUSUAL(key, key_of(EC P256, "04" G_X G_X));
	UNUSUAL(key, key_of(EC P256, "03" G_X));
	UNUSUAL(key, key_of(EC P256, "07" G_X G_Y));
	UNUSUAL(key, key_of(EC P256, "04" G_X G_Y "00"));
	UNUSUAL(key, key_of(EC P256, "00"));
	UNUSUAL(key, key_of(EC "06052b81040022", "04" G_X G_Y));
	UNUSUAL(key, key_of(EC "06052b81040021", "04" G_X G_Y));
	UNUSUAL(key, key_of(EC "06052b8104000a", "04" G_X G_Y));
}

static void test_keys_of_other_shapes(void **state)
{
	(void)state;
	UNUSUAL(key, key_of("06032b6570", repeat("11", 32)));
	UNUSUAL(key, key_of("06092a864886f70d01010a0500", rsa_bits("00c5", 256, "03")));
	UNUSUAL(key, key_of("06092a864886f70d010101", rsa_bits("00c5", 256, "03")));
	UNUSUAL(key, EMPTY("30"));
	UNUSUAL(key, SEQUENCE(SEQUENCE(RSA_KEY)));
	UNUSUAL(key, SEQUENCE(SEQUENCE(RSA_KEY), DER("03", "00")));
	UNUSUAL(key, SEQUENCE(SEQUENCE(RSA_KEY), "0500"));
	UNUSUAL(key, SEQUENCE(SEQUENCE(EC P256), DER("03", "0704" G_X G_Y)));
	UNUSUAL(key, SEQUENCE(SEQUENCE(EC P256), DER("03", "0004" G_X G_Y), "0500"));
}

static void test_usages(void **state)
{
	static const char *const good[] = { "03020780", "03020308", "030205a0", "03020388",
		"03020080" };
	static const char *const bad[] = { "03020520", "03020284", "03020182", "03020006",
		"03020781", "0303078080", "030100", "03020880", "03024080", "02020780",
		"030207800500", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ORDINARY(extensions, extension("551d0f", good[i]));
		ORDINARY(extensions, critical("551d0f", good[i]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNUSUAL(extensions, extension("551d0f", bad[i]));
}

static void test_purposes(void **state)
{
	(void)state;
	ORDINARY(extensions, critical("551d25", SEQUENCE(CLIENT)));
	ORDINARY(extensions, extension("551d25", SEQUENCE(SERVER, CLIENT)));
	ORDINARY(extensions, extension("551d25", SEQUENCE("0604551d2500")));
	UNUSUAL(extensions, extension("551d25", SEQUENCE(SERVER)));
	UNUSUAL(extensions, extension("551d25", EMPTY("30")));
	UNUSUAL(extensions, extension("551d25", both(SEQUENCE(CLIENT), "0500")));
	UNUSUAL(extensions, extension("551d25", SEQUENCE(CLIENT, "0500")));
	UNUSUAL(extensions, extension("551d25", SEQUENCE(CLIENT, "0600")));
	UNUSUAL(extensions, extension("551d25", SEQUENCE(CLIENT, "060180")));
	UNUSUAL(extensions, extension("551d25", DER("31", CLIENT)));
}

static void test_basic_constraints_and_key_ids(void **state)
{
	(void)state;
	ORDINARY(extensions, critical("551d13", "3000"));
	UNUSUAL(extensions, extension("551d13", "30030101ff"));
	UNUSUAL(extensions, extension("551d13", "3003010100"));
	UNUSUAL(extensions, extension("551d13", "3003020100"));
	UNUSUAL(extensions, extension("551d13", ""));
	ORDINARY(extensions, extension("551d0e", "0401aa"));
	UNUSUAL(extensions, critical("551d0e", "0401aa"));
	UNUSUAL(extensions, extension("551d0e", "0400"));
	UNUSUAL(extensions, extension("551d0e", "0401aa0500"));
	UNUSUAL(extensions, extension("551d0e", "0301aa"));
	UNUSUAL(extensions, critical("551d23", SEQUENCE("8001aa")));
	UNUSUAL(extensions, extension("551d23", EMPTY("30")));
	UNUSUAL(extensions, extension("551d23", SEQUENCE("8000")));
	UNUSUAL(extensions, extension("551d23", SEQUENCE("8001aa", "820101")));
	UNUSUAL(extensions, extension("551d23", both(SEQUENCE("8001aa"), "0500")));
	UNUSUAL(extensions, extension("551d23", SEQUENCE("820101")));
	UNUSUAL(extensions, extension("551d23", DER("31", "8001aa")));
}

static void test_names_and_points(void **state)
{
	const char *uri = "860161";

	(void)state;
	ORDINARY(
		extensions, extension("551d11", SEQUENCE("820161", "810161", uri, "870461626364")));
	UNUSUAL(extensions, critical("551d11", SEQUENCE("820161")));
	UNUSUAL(extensions, extension("551d11", EMPTY("30")));
	UNUSUAL(extensions, extension("551d11", SEQUENCE("820161", "a000")));
	UNUSUAL(extensions, extension("551d11", SEQUENCE("820161", "82")));
	UNUSUAL(extensions, extension("551d11", both(SEQUENCE("820161"), "0500")));
	UNUSUAL(extensions, extension("551d11", DER("31", "820161")));
	ORDINARY(extensions,
		extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", DER("a0", uri, uri))))));
	UNUSUAL(extensions, extension("551d1f", EMPTY("30")));
	UNUSUAL(extensions, extension("551d1f", DER("31", SEQUENCE(DER("a0", DER("a0", uri))))));
	UNUSUAL(extensions, extension("551d1f", SEQUENCE(DER("31", DER("a0", DER("a0", uri))))));
	UNUSUAL(extensions, extension("551d1f", SEQUENCE(EMPTY("30"))));
	UNUSUAL(extensions, extension("551d1f", SEQUENCE(SEQUENCE(DER("a1", DER("a0", uri))))));
	UNUSUAL(extensions, extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", DER("a1", uri))))));
	UNUSUAL(extensions, extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", EMPTY("a0"))))));
	UNUSUAL(extensions,
		extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", DER("a0", "820161"))))));
	UNUSUAL(extensions,
		extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", DER("a0", uri)), "81020780"))));
	UNUSUAL(extensions,
		extension("551d1f", SEQUENCE(SEQUENCE(DER("a0", DER("a0", uri), "0500")))));
	UNUSUAL(extensions,
		extension("551d1f", both(SEQUENCE(SEQUENCE(DER("a0", DER("a0", uri)))), "0500")));
}

static void test_what_is_looked_over(void **state)
{
	static const char *const oids[] = { "551d20", "2b06010505070101", "2b0601040182371402",
		"2b0601040182371507", "2b060104018237150a", "2a864886f70d01090f" };

	(void)state;
	for (size_t i = 0; i < sizeof(oids) / sizeof(*oids); i++) {
		ORDINARY(extensions, extension(oids[i], "ff"));
		UNUSUAL(extensions, critical(oids[i], "3000"));
	}
}

static void test_extensions_of_companies(void **state)
{
	char oid[32];

	(void)state;
	ORDINARY(extensions,
		both(extension("2b060104018237150a", "ff"), extension("2b0601040182371507", "ff")));
	UNUSUAL(extensions, both(extension("2b060104018237150a", "ff"),
				    extension("2b060104018237150a", "3000")));
	UNUSUAL(extensions, extension("2b06010401", "ff"));
	UNUSUAL(extensions, extension("2b06010402", "ff"));
	UNUSUAL(extensions, extension("2b0601040201", "ff"));
	for (unsigned count = 8; count <= 9; count++) {
		struct parts p = ordinary();

		p.extensions = "";
		for (unsigned i = 0; i < count; i++) {
			snprintf(oid, sizeof(oid), "2b060104010%x", i);
			p.extensions = both(p.extensions, extension(oid, "3000"));
		}
		assert_int_equal(ask(&p), count == 8 ? 0 : 1);
	}
}

static void test_extensions_that_are_none_of_these(void **state)
{
	static const char *const oids[] = { "2a0304", "551d1e", "551d24", "551d36", "551d2e",
		"2b0601050507010e", "2b06010505070107", "6086480186f8420101" };

	(void)state;
	for (size_t i = 0; i < sizeof(oids) / sizeof(*oids); i++)
		UNUSUAL(extensions, extension(oids[i], "3000"));
	UNUSUAL(extensions,
		both(extension("551d25", SEQUENCE(CLIENT)), extension("551d25", SEQUENCE(CLIENT))));
	UNUSUAL(extensions, both(extension("551d20", "3000"), extension("551d20", "3000")));
	UNUSUAL(extensions, "");
	UNUSUAL(extensions, DER("31", OID("551d20"), DER("04", "3000")));
	UNUSUAL(extensions, SEQUENCE(OID("551d13"), "010101", DER("04", "3000")));
	UNUSUAL(extensions, SEQUENCE(OID("551d13"), "010100", DER("04", "3000")));
	UNUSUAL(extensions, SEQUENCE(OID("551d13"), DER("04", "3000"), "0500"));
	UNUSUAL(extensions, SEQUENCE(OID("551d13"), DER("03", "003000")));
	UNUSUAL(extensions, SEQUENCE(DER("04", "551d13"), DER("04", "3000")));
}

static void test_what_stands_behind_the_key(void **state)
{
	(void)state;
	ORDINARY(rest, DER("a3", SEQUENCE(extension("551d13", "3000"))));
	UNUSUAL(rest, "");
	UNUSUAL(rest, EMPTY("a3"));
	UNUSUAL(rest, DER("a3", EMPTY("30")));
	UNUSUAL(rest, both("81020011", DER("a3", SEQUENCE(extension("551d13", "3000")))));
	UNUSUAL(rest, both(DER("a3", SEQUENCE(extension("551d13", "3000"))), "0500"));
	UNUSUAL(rest, DER("a3", SEQUENCE(extension("551d13", "3000")), "0500"));
	UNUSUAL(rest, DER("a3", DER("31", extension("551d13", "3000"))));
	UNUSUAL(rest, DER("a2", SEQUENCE(extension("551d13", "3000"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_version_and_serial),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_signatures_of_whole_octets),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_subjects_that_are_read_in_two_ways),
		cmocka_unit_test(test_subjects_of_several_attributes),
		cmocka_unit_test(test_the_issuers_own_name_in_any_spelling),
		cmocka_unit_test(test_rsa_keys),
		cmocka_unit_test(test_keys_on_curves),
		cmocka_unit_test(test_keys_of_other_shapes),
		cmocka_unit_test(test_usages),
		cmocka_unit_test(test_purposes),
		cmocka_unit_test(test_basic_constraints_and_key_ids),
		cmocka_unit_test(test_names_and_points),
		cmocka_unit_test(test_what_is_looked_over),
		cmocka_unit_test(test_extensions_of_companies),
		cmocka_unit_test(test_extensions_that_are_none_of_these),
		cmocka_unit_test(test_what_stands_behind_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
