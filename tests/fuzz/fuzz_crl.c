/*
 * Any bytes as a CRL, as they come and signed again by a CA of the store. What is accepted, OpenSSL
 * reads too, with the same issuer, number and dates; it is a complete CRL of a key that the store
 * knows; and no serial that OpenSSL finds in it is lost. (T24-T27, T30, T33)
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/crl.h"
#include "daemon/pki/issuer.h"
#include "tests/fuzz/fuzz_pki.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static struct fuzz_world w;

__attribute__((destructor)) static void finish(void)
{
	fuzz_world_free(&w);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_world_make(&w);
	return 0;
}

/* A refusal says why, in one line that a terminal can show. */
static void check_refusal(const struct pa_diag *diag)
{
	CHECK(diag->text[0] && strlen(diag->text) < sizeof(diag->text));
	for (const char *p = diag->text; *p; p++)
		CHECK(*p >= 0x20 && *p <= 0x7e);
}

static void check_order(const struct pa_crl_parsed *parsed)
{
	CHECK((parsed->revoked_len == 0) == (parsed->revoked == NULL) || !parsed->revoked_len);
	for (size_t i = 0; i < parsed->revoked_len; i++) {
		const struct pa_revoked *row = &parsed->revoked[i];

		CHECK(row->listed && row->serial.len >= 1 && row->serial.len <= PA_SERIAL_MAX);
		CHECK(row->serial.len == 1 || row->serial.bytes[0] != 0);
		CHECK(i == 0 || pa_serial_cmp(&row[-1].serial, &row->serial) < 0);
	}
}

static bool is_listed(const struct pa_crl_parsed *parsed, const ASN1_INTEGER *serial)
{
	struct pa_serial wanted = { .len = 1 };
	int len = ASN1_STRING_length(serial);
	const uint8_t *octets = ASN1_STRING_get0_data(serial);

	while (len > 1 && octets[0] == 0) {
		octets++;
		len--;
	}
	CHECK(ASN1_STRING_type(serial) != V_ASN1_NEG_INTEGER && len <= (int)PA_SERIAL_MAX);
	if (len > 0) {
		wanted.len = (uint8_t)len;
		memcpy(wanted.bytes, octets, (size_t)len);
	}
	for (size_t i = 0; i < parsed->revoked_len; i++) {
		if (pa_serial_cmp(&parsed->revoked[i].serial, &wanted) == 0)
			return true;
	}
	return false;
}

static void check_entries(X509_CRL *crl, const struct pa_crl_parsed *parsed)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	int count = sk_X509_REVOKED_num(entries) > 0 ? sk_X509_REVOKED_num(entries) : 0;

	CHECK((size_t)count >= parsed->revoked_len && (count > 0) == (parsed->revoked_len > 0));
	for (int i = 0; i < count; i++) {
		X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		CHECK(is_listed(parsed, X509_REVOKED_get0_serialNumber(entry)));
		CHECK(X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) < 0);
	}
}

/* Of a key of the store, under its name, with the right to sign CRLs. */
static void check_issuer(X509_CRL *crl, const struct pa_crl *head)
{
	bool known = false;

	for (size_t i = 0; i < FUZZ_CAS; i++) {
		const struct pa_pki_cert *ca = &w.ca[i];
		struct pa_issuer_id id;

		CHECK(pa_issuer_id(ca->x509, &id) == 0);
		if (memcmp(&id, &head->issuer, sizeof(id)) != 0)
			continue;
		known = true;
		CHECK(X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(ca->x509)) ==
			0);
		CHECK(X509_CRL_verify(crl, ca->key) == 1);
	}
	CHECK(known);
}

static void check_scope(X509_CRL *crl, const struct pa_crl *head)
{
	ISSUING_DIST_POINT *idp =
		X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);

	CHECK(X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0);
	if (!idp) {
		CHECK(head->scope == PA_CRL_ALL);
		return;
	}
	CHECK(!idp->distpoint && !idp->onlysomereasons);
	CHECK(idp->indirectCRL <= 0 && idp->onlyattr <= 0);
	CHECK((idp->onlyuser > 0) == (head->scope == PA_CRL_USER_ONLY));
	CHECK((idp->onlyCA > 0) == (head->scope == PA_CRL_CA_ONLY));
	ISSUING_DIST_POINT_free(idp);
}

static void check_times(X509_CRL *crl, const struct pa_crl *head)
{
	time_t this_update = (time_t)head->this_update_s, next_update = (time_t)head->next_update_s;

	CHECK(X509_CRL_get0_nextUpdate(crl) && head->this_update_s <= PA_PKI_NOW);
	CHECK(ASN1_TIME_cmp_time_t(X509_CRL_get0_lastUpdate(crl), this_update) == 0);
	CHECK(ASN1_TIME_cmp_time_t(X509_CRL_get0_nextUpdate(crl), next_update) == 0);
}

/* No critical extension but the one that says the scope. */
static void check_critical(X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);

		CHECK(!X509_EXTENSION_get_critical(extension) ||
			OBJ_obj2nid(X509_EXTENSION_get_object(extension)) ==
				NID_issuing_distribution_point);
	}
}

/* Whether it is accepted. */
static bool parse(struct pa_bytes der)
{
	struct pa_crl_parsed parsed;
	struct pa_diag diag = { "" };
	const uint8_t *at = der.data;
	X509_CRL *crl;
	int r = pa_crl_parse(w.trust, der, PA_PKI_NOW, &parsed, &diag);

	CHECK(r == 0 || r == 1);
	CHECK(ERR_peek_error() == 0);
	if (r) {
		check_refusal(&diag);
		return false;
	}
	check_order(&parsed);
	crl = d2i_X509_CRL(NULL, &at, (long)der.len);
	CHECK(crl && at == der.data + der.len);
	check_issuer(crl, &parsed.head);
	check_times(crl, &parsed.head);
	check_scope(crl, &parsed.head);
	check_critical(crl);
	check_entries(crl, &parsed);
	X509_CRL_free(crl);
	pa_crl_parsed_finish(&parsed);
	ERR_clear_error();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_bytes der = { data, size }, again;

	parse(der);
	again = fuzz_sign(der, w.root_key);
	if (again.len)
		parse(again);
	fuzz_free(again);
	return 0;
}
