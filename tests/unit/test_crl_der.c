/* What is signed by the right key, and all the same no CRL: of millions of entries each is looked
 * at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/crl.h"
#include "tests/fuzz/fuzz_pki.h"
#include "tests/unit/trust_fixture.h"

static struct pa_pki_cert ca;
static struct pa_trust *trust;
static struct pa_diag diag;

static int make_world(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 0);

	(void)state;
	pa_pki_make(&ca, &spec);
	trust = make_trust(CERTS(&ca), NULL);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pa_trust_unref(trust);
	pa_pki_finish(&ca);
	return 0;
}

/* refusal: what the diagnosis must say; NULL: it is taken. */
static void expect(struct pa_bytes der, const char *refusal)
{
	struct pa_crl_parsed parsed;
	int r = pa_crl_parse(trust, der, PA_PKI_NOW, &parsed, &diag);

	if (r == 0)
		pa_crl_parsed_finish(&parsed);
	if (r != (refusal ? 1 : 0) || (refusal && !strstr(diag.text, refusal)))
		fail_msg("%d \"%s\" where \"%s\" was expected", r, diag.text,
			refusal ? refusal : "");
}

/* Two entries, one with an extension, and an extension of the whole. */
static struct pa_bytes make(void)
{
	static const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT("\x41\x42\x43\x44"), .reason = 1 },
		{ .serial = PA_BYTES_LIT("\x31\x32\x33\x34"),
			.extra = { "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") } },
		{ .reason = 0 },
	};
	const struct pa_pki_crl spec = {
		.issuer = &ca,
		.revoked = revoked,
		.number = PA_BYTES_LIT("\x05"),
		.extra = { { "1.2.3.5", false, PA_BYTES_LIT("\x05\x00") } },
	};

	return pa_pki_make_crl(&spec);
}

/* Each of these in the place of what is there, once, and signed again. */
static void what_is_no_der(void **state)
{
	static const struct {
		struct pa_bytes is, becomes;
		const char *refusal;
	} rows[] = {
		{ PA_BYTES_LIT("\x02\x04\x41"), PA_BYTES_LIT("\x02\x04\x40"), NULL },
		{ PA_BYTES_LIT("\x02\x04\x41\x42"), PA_BYTES_LIT("\x02\x04\x00\x42"), "an entry" },
		{ PA_BYTES_LIT("\x02\x04\x31\x32"), PA_BYTES_LIT("\x02\x04\x00\x32"), "an entry" },
		{ PA_BYTES_LIT("\x02\x04\x31"), PA_BYTES_LIT("\x02\x04\xb1"), "negative" },
		{ PA_BYTES_LIT("\x02\x04\x31"), PA_BYTES_LIT("\x0a\x04\x31"), "an entry" },
		{ PA_BYTES_LIT("\x02\x04\x31"), PA_BYTES_LIT("\x02\x05\x31"), "an entry" },
		{ PA_BYTES_LIT("\x06\x03\x2a\x03\x04"), PA_BYTES_LIT("\x06\x03\x2a\x80\x04"),
			"an entry" },
		{ PA_BYTES_LIT("\x06\x03\x2a\x03\x05"), PA_BYTES_LIT("\x06\x03\x2a\x80\x05"),
			"the file is no valid DER" },
	};
	struct pa_bytes der = make();

	(void)state;
	expect(der, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *copy = malloc(der.len), *at;
		struct pa_bytes again;

		assert_non_null(copy);
		memcpy(copy, der.data, der.len);
		at = memmem(copy, der.len, rows[i].is.data, rows[i].is.len);
		assert_non_null(at);
		memcpy(at, rows[i].becomes.data, rows[i].becomes.len);
		expect((struct pa_bytes){ copy, der.len },
			rows[i].refusal ? "" : "its signature"); /* it covers all of it */
		again = fuzz_sign((struct pa_bytes){ copy, der.len }, ca.key);
		expect(again, rows[i].refusal);
		fuzz_free(again);
		free(copy);
	}
	pa_pki_free_der(der);
}

/* A signature that says of its last octet that some bits of it are none. */
static void bits_that_are_not_used(void **state)
{
	struct pa_bytes der = make(), again = { NULL, 0 };
	union {
		const uint8_t *in;
		uint8_t *out;
	} at;

	(void)state;
	do { /* until the last bit is zero, as DER has it there */
		fuzz_free(again);
		again = fuzz_sign(der, ca.key);
	} while (again.data[again.len - 1] & 1);
	expect(again, NULL);
	at.in = again.data + again.len;
	while (at.in[0] != 0 || at.in[-2] != 0x03)
		at.in--;
	*at.out = 1;
	expect(again, "its signature");
	fuzz_free(again);
	pa_pki_free_der(der);
}

/* The algorithm of another kind of key, over a signature that is good. */
static void another_kind_of_key(void **state)
{
	static const uint8_t sha256_with_rsa[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00 };
	struct pa_bytes der = make(), rest = der, again;
	struct pa_der outer, version = { 0 }, algorithm;
	struct pa_signed parts;
	uint8_t *out = malloc(der.len + 64), head[8];
	size_t len, at;

	(void)state;
	assert_non_null(out);
	assert_int_equal(pa_der_expect(&rest, PA_DER_SEQUENCE, &outer), 0);
	assert_int_equal(pa_signature_split(outer.content, &parts), 0);
	rest = parts.tbs_content;
	assert_int_equal(pa_der_expect(&rest, PA_DER_INTEGER, &version), 0);
	assert_int_equal(pa_der_expect(&rest, PA_DER_SEQUENCE, &algorithm), 0);
	len = version.whole.len + sizeof(sha256_with_rsa) + rest.len;
	at = fuzz_put_header(head, PA_DER_SEQUENCE, len);
	len += at + sizeof(sha256_with_rsa) + parts.signature.len;
	at = fuzz_put_header(out, PA_DER_SEQUENCE, len);
	len = version.whole.len + sizeof(sha256_with_rsa) + rest.len;
	at += fuzz_put_header(out + at, PA_DER_SEQUENCE, len);
	memcpy(out + at, version.whole.data, version.whole.len);
	at += version.whole.len;
	memcpy(out + at, sha256_with_rsa, sizeof(sha256_with_rsa));
	at += sizeof(sha256_with_rsa);
	memcpy(out + at, rest.data, rest.len);
	at += rest.len;
	memcpy(out + at, sha256_with_rsa, sizeof(sha256_with_rsa));
	at += sizeof(sha256_with_rsa);
	memcpy(out + at, parts.signature.data, parts.signature.len);
	at += parts.signature.len;
	again = fuzz_sign((struct pa_bytes){ out, at }, ca.key);
	assert_true(again.len > 0);
	expect(again, "its signature");
	fuzz_free(again);
	free(out);
	pa_pki_free_der(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_der),
		cmocka_unit_test(bits_that_are_not_used),
		cmocka_unit_test(another_kind_of_key),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
