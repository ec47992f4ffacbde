/*
 * make_seeds CORPUS: writes the seeds of CORPUS/crl, CORPUS/chain and CORPUS/known_issuer anew,
 * each one file, named by what it is. They are signed by the CAs of fuzz_pki.h.
 */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz_pki.h"

static const char *corpus;
static struct fuzz_world w;

static void write_seed(
	const char *kind, const char *name, const struct pa_bytes *pieces, size_t len)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s/%s.der", corpus, kind, name);
	out = fopen(path, "wb");
	pa_pki_require(out, path);
	for (size_t i = 0; i < len; i++)
		pa_pki_require(fwrite(pieces[i].data, pieces[i].len, 1, out) == 1, path);
	pa_pki_require(fclose(out) == 0, path);
}

/* --- CRLs --- */

static const struct pa_pki_revoked two[] = {
	{ .serial = PA_BYTES_LIT("\x10\x00\x01"), .reason = 1 },
	{ .serial = PA_BYTES_LIT("\x05"), .reason = 6 },
	{ .serial = PA_BYTES_LIT("\x10\x00\x01") },
	{ .serial = { NULL, 0 } },
};
static const struct pa_pki_revoked of_another_ca[] = {
	{ .serial = PA_BYTES_LIT("\x05"),
		.extra = { "2.5.29.29", true,
			PA_BYTES_LIT("\x30\x11\xa4\x0f\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03"
				     "\x13\x02"
				     "CA") } },
	{ .serial = { NULL, 0 } },
};
static const struct pa_pki_revoked taken_back[] = {
	{ .serial = PA_BYTES_LIT("\x05"), .reason = 8 },
	{ .serial = { NULL, 0 } },
};
static const struct pa_pki_revoked longest[] = {
	{ .serial = PA_BYTES_LIT("\x7f\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
				 "\x10\x11\x12\x13") },
	{ .serial = { NULL, 0 } },
};

static void crl(const char *name, struct pa_pki_crl spec)
{
	struct pa_bytes der;

	if (!spec.issuer)
		spec.issuer = &w.ca[FUZZ_ROOT];
	der = pa_pki_make_crl(&spec);
	write_seed("crl", name, &der, 1);
	pa_pki_free_der(der);
}

/* With one more extension, 2.5.29.ID. */
static struct pa_pki_crl with(const char *oid, bool critical, struct pa_bytes value)
{
	return (struct pa_pki_crl){ .revoked = two, .extra = { { oid, critical, value } } };
}

#define SCOPE "2.5.29.28"

static void make_crls(void)
{
	const struct pa_bytes number = PA_BYTES_LIT("\x11");

	crl("plain", (struct pa_pki_crl){ .revoked = two, .number = number, .aki = true });
	crl("empty", (struct pa_pki_crl){ .number = number });
	crl("version-1", (struct pa_pki_crl){ .version_1 = true });
	crl("issuing", (struct pa_pki_crl){ .issuer = &w.ca[FUZZ_ISSUING], .revoked = two });
	crl("longest-serial", (struct pa_pki_crl){ .revoked = longest });
	crl("removed", (struct pa_pki_crl){ .revoked = taken_back });
	crl("entry-of-another-ca", (struct pa_pki_crl){ .revoked = of_another_ca });
	crl("number-critical", (struct pa_pki_crl){ .number = number, .number_critical = true });
	crl("number-negative", (struct pa_pki_crl){ .number = number, .number_negative = true });
	crl("no-next-update", (struct pa_pki_crl){ .no_next_update = true });
	crl("future", (struct pa_pki_crl){ .this_update_s = PA_PKI_NOW + 60 });
	crl("broken", (struct pa_pki_crl){ .revoked = two, .broken = true });
	crl("users", with(SCOPE, true, PA_BYTES_LIT("\x30\x03\x81\x01\xff")));
	crl("cas", with(SCOPE, true, PA_BYTES_LIT("\x30\x03\x82\x01\xff")));
	crl("indirect", with(SCOPE, true, PA_BYTES_LIT("\x30\x03\x84\x01\xff")));
	crl("reasons", with(SCOPE, true, PA_BYTES_LIT("\x30\x04\x83\x02\x05\x20")));
	crl("point", with(SCOPE, true, PA_BYTES_LIT("\x30\x0c\xa0\x0a\xa0\x08\x86\x06http:a")));
	crl("delta", with("2.5.29.27", true, PA_BYTES_LIT("\x02\x01\x10")));
	crl("unknown-critical", with("2.5.29.99", true, PA_BYTES_LIT("\x05\x00")));
	crl("unknown", with("2.5.29.99", false, PA_BYTES_LIT("\x05\x00")));
}

/* --- chains --- */

static void chain(const char *name, struct pa_pki_spec leaf, const struct pa_pki_cert *const *hints)
{
	struct pa_pki_cert cert;
	struct pa_bytes pieces[4];
	size_t len = 1;

	leaf.key = w.leaf_key;
	pa_pki_make(&cert, &leaf);
	pieces[0] = cert.der;
	for (; hints && *hints; hints++)
		pieces[len++] = (*hints)->der;
	write_seed("chain", name, pieces, len);
	if (len == 1)
		write_seed("known_issuer", name, pieces, len);
	pa_pki_finish(&cert);
}

#define HINTS(...) ((const struct pa_pki_cert *const[]){ __VA_ARGS__, NULL })

/* Under a CA of the root that only the phone sends. */
static void sent_along(const char *name, struct pa_pki_spec spec)
{
	struct pa_pki_cert ca;

	spec.issuer = &w.ca[FUZZ_ROOT];
	spec.key = w.issuing_key;
	pa_pki_make(&ca, &spec);
	chain(name, pa_pki_leaf("0004F282E824", &ca), HINTS(&ca));
	pa_pki_finish(&ca);
}

static void make_chains(void)
{
	struct pa_pki_spec phone = pa_pki_leaf("0004F282E824", &w.ca[FUZZ_ISSUING]), spec;

	chain("phone", phone, NULL);
	chain("phone-and-all", phone,
		HINTS(&w.ca[FUZZ_ISSUING], &w.ca[FUZZ_CROSS], &w.ca[FUZZ_ROOT]));
	spec = phone;
	spec.issuer = NULL;
	chain("self-signed", spec, NULL);
	spec = phone;
	spec.extended = "serverAuth";
	chain("server", spec, NULL);
	spec = phone;
	spec.basic = "critical,CA:TRUE";
	chain("leaf-is-ca", spec, NULL);
	spec = phone;
	spec.not_after_s = PA_PKI_NOW;
	chain("last-second", spec, NULL);
	spec = phone;
	spec.not_after_s = PA_PKI_NOW - 1;
	chain("expired", spec, NULL);
	spec = phone;
	spec.alt = "DNS:phone.example,IP:192.0.2.1";
	chain("alternative-names", spec, NULL);
	spec = phone;
	spec.extra[0] = (struct pa_pki_extension){ "2.5.29.99", true, PA_BYTES_LIT("\x05\x00") };
	chain("unknown-critical", spec, NULL);
	spec = phone;
	spec.bare = true;
	chain("bare", spec, NULL);

	spec = pa_pki_ca("Sent", NULL, 0);
	sent_along("sent", spec);
	spec.basic = "critical,CA:TRUE,pathlen:0";
	sent_along("path-length", spec);
	spec.names = "critical,permitted;DNS:example";
	sent_along("constraints", spec);
	spec = pa_pki_ca("Sent", NULL, 0);
	spec.usage = "digitalSignature";
	sent_along("no-cert-sign", spec);
	spec.basic = "CA:FALSE";
	sent_along("signed-by-a-leaf", spec);
	spec = pa_pki_ca("Sent", NULL, 0);
	spec.extra[0] = (struct pa_pki_extension){ "2.5.29.36", true,
		PA_BYTES_LIT("\x30\x03\x80\x01\x00") };
	sent_along("policy-demanded", spec);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_seeds CORPUS\n");
		return 2;
	}
	corpus = argv[1];
	fuzz_world_make(&w);
	make_crls();
	make_chains();
	fuzz_world_free(&w);
	return 0;
}
