#include <errno.h>
#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/der.h"
#include "daemon/pki/x509.h"

static const char begin[] = "-----BEGIN ";
static const char certificate[] = "CERTIFICATE";

/* --- PKCS#7 (RFC 2315): what CAs hand out as .p7b, certificates in an empty envelope --- */

static const char *const pkcs7_labels[] = { "PKCS7", "PKCS \0437 SIGNED DATA", "CMS" };

static bool is_pkcs7_label(const char *name)
{
	for (size_t i = 0; i < sizeof(pkcs7_labels) / sizeof(*pkcs7_labels); i++) {
		if (strcmp(name, pkcs7_labels[i]) == 0)
			return true;
	}
	return false;
}

/* A SEQUENCE that begins with an identifier of PKCS#7; its length may be BER's. */
static bool is_pkcs7(struct pa_bytes file)
{
	static const uint8_t pkcs7[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x07 };
	size_t at;

	if (file.len < 2 || file.data[0] != PA_DER_SEQUENCE)
		return false;
	at = 2 + (file.data[1] & 0x80 ? file.data[1] & 0x7fu : 0);
	return file.len > at + sizeof(pkcs7) && memcmp(file.data + at, pkcs7, sizeof(pkcs7)) == 0;
}

/* NULL: certificates and nothing else. */
static const char *judge_pkcs7(const PKCS7 *pkcs7)
{
	const PKCS7_SIGNED *sign;

	if (!PKCS7_type_is_signed(pkcs7) || !pkcs7->d.sign)
		return "it is PKCS#7 of another kind than certificates";
	sign = pkcs7->d.sign;
	if (sk_PKCS7_SIGNER_INFO_num(sign->signer_info) > 0)
		return "it is a signed message, no bundle of certificates";
	if (sk_X509_CRL_num(sign->crl) > 0)
		return "it holds CRLs besides; take it apart (openssl pkcs7 -print_certs)";
	return sk_X509_num(sign->cert) > 0 ? NULL : "it is PKCS#7 without a certificate";
}

static int each_of_pkcs7(struct pa_bytes file, pa_pem_fn *each, void *arg, struct pa_diag *diag)
{
	const uint8_t *at = file.data;
	PKCS7 *pkcs7 = file.len > LONG_MAX ? NULL : d2i_PKCS7(NULL, &at, (long)file.len);
	const char *why = pkcs7 ? judge_pkcs7(pkcs7) : "it is no well-formed PKCS#7";
	int r = pkcs7 ? 0 : pa_x509_error(0);

	if (!why && at != file.data + file.len)
		why = "bytes follow the PKCS#7; copy the file again";
	if (r == 0 && why) {
		pa_diag_set(diag, "%s", why);
		r = 1;
	}
	for (int i = 0; r == 0 && i < sk_X509_num(pkcs7->d.sign->cert); i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(pkcs7->d.sign->cert, i), &der);

		r = len > 0 ? each(arg, (struct pa_bytes){ der, (size_t)len })
			    : pa_x509_error(-ENOMEM);
		OPENSSL_free(der);
	}
	PKCS7_free(pkcs7);
	ERR_clear_error();
	return r;
}

/* --- PEM --- */

struct block {
	char *name, *header;
	unsigned char *data;
	long len;
};

static void block_finish(struct block *block)
{
	OPENSSL_free(block->name);
	OPENSSL_free(block->header);
	OPENSSL_free(block->data);
	*block = (struct block){ 0 };
}

/* 0; 1: refused; 2: the end; negative. */
static int read_block(BIO *bio, struct block *block, struct pa_diag *diag)
{
	unsigned long error;
	int r;

	if (PEM_read_bio(bio, &block->name, &block->header, &block->data, &block->len) == 1)
		return 0;
	error = ERR_peek_last_error();
	r = pa_x509_error(1);
	if (r < 0)
		return r;
	if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE)
		return 2;
	pa_diag_set(diag, "a PEM block is broken or cut off; copy the file again");
	return 1;
}

static int judge_block(const struct block *block, const char *label, struct pa_diag *diag)
{
	bool fits = strcmp(block->name, label) == 0 ||
		    (strcmp(label, certificate) == 0 && is_pkcs7_label(block->name));

	if (!fits) {
		pa_diag_set(diag,
			"a PEM block is labelled \"%.64s\" where \"%s\" is needed; remove it",
			block->name, label);
		return 1;
	}
	if (block->header[0] != '\0') {
		pa_diag_set(diag, "a PEM block has header lines (is it encrypted?); remove them");
		return 1;
	}
	return 0;
}

static int each_block(BIO *bio, const char *label, pa_pem_fn *each, void *arg, struct pa_diag *diag)
{
	struct block block = { 0 };
	struct pa_bytes der;
	size_t count = 0;
	int r;

	for (;; count++) {
		r = read_block(bio, &block, diag);
		if (r)
			break;
		der = (struct pa_bytes){ block.data, (size_t)block.len };
		r = judge_block(&block, label, diag);
		if (r == 0)
			r = is_pkcs7_label(block.name) ? each_of_pkcs7(der, each, arg, diag)
						       : each(arg, der);
		block_finish(&block);
		if (r)
			return r;
	}
	if (r == 2 && count == 0) {
		pa_diag_set(diag, "there is no PEM block labelled \"%s\" in it", label);
		return 1;
	}
	return r == 2 ? 0 : r;
}

int pa_pem_each(
	struct pa_bytes file, const char *label, pa_pem_fn *each, void *arg, struct pa_diag *diag)
{
	bool pem = file.len && memmem(file.data, file.len, begin, sizeof(begin) - 1);
	struct pa_bytes rest = file;
	struct pa_der outer;
	bool der;
	BIO *bio;
	int r;

	/* a DER file may hold anything, even what looks like PEM; so one object exactly comes first
	 */
	der = pa_der_expect(&rest, PA_DER_SEQUENCE, &outer) == 0 && rest.len == 0;
	if (!der && !pem)
		der = file.len && file.data[0] == PA_DER_SEQUENCE;
	if (der && strcmp(label, certificate) == 0 && is_pkcs7(file))
		return each_of_pkcs7(file, each, arg, diag);
	if (der)
		return each(arg, file);
	if (!pem || file.len > INT_MAX) {
		pa_diag_set(diag, pem ? "the file is too large"
				      : "the file is neither PEM nor DER; is it the right one?");
		return 1;
	}
	bio = BIO_new_mem_buf(file.data, (int)file.len);
	if (!bio)
		return pa_x509_error(-ENOMEM);
	r = each_block(bio, label, each, arg, diag);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}
