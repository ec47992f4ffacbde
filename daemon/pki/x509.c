#include "daemon/pki/x509.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "daemon/pki/der.h"

#define MIN_EC_BITS    256
#define EXTENSIONS_MAX 64
/* all ASCII, in the order of the DER, as openssl(1) shows it */
#define NAME_FLAGS \
	(ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS)

void pa_x509_name(const X509_NAME *name, char *out, size_t size)
{
	char *text = NULL;
	long len = 0;
	BIO *bio;

	if (!size)
		return;
	out[0] = '\0';
	bio = BIO_new(BIO_s_mem());
	if (bio && X509_NAME_print_ex(bio, name, 0, NAME_FLAGS) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		pa_bytes_copy(out, size, (struct pa_bytes){ (const uint8_t *)text, (size_t)len });
	for (; *out; out++) {
		if (*out < 0x20 || *out > 0x7e)
			*out = '?';
	}
	BIO_free(bio);
	ERR_clear_error();
}

int pa_x509_time(const ASN1_TIME *time, int64_t *ret_s)
{
	struct pa_der element = { 0 };

	if (!time)
		return 1;
	element.tag = (uint8_t)ASN1_STRING_type(time);
	element.content =
		(struct pa_bytes){ ASN1_STRING_get0_data(time), (size_t)ASN1_STRING_length(time) };
	return pa_der_time(&element, ret_s);
}

static int serial_of(struct pa_bytes magnitude, struct pa_serial *ret)
{
	while (magnitude.len > 1 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	if (magnitude.len > PA_SERIAL_MAX)
		return 1;
	*ret = (struct pa_serial){ .len = 1 };
	if (magnitude.len) {
		ret->len = (uint8_t)magnitude.len;
		memcpy(ret->bytes, magnitude.data, magnitude.len);
	}
	return 0;
}

int pa_x509_serial_content(struct pa_bytes content, struct pa_serial *ret)
{
	if (content.len == 0 || (content.data[0] & 0x80))
		return 1;
	return serial_of(content, ret);
}

int pa_x509_serial(const X509 *x509, struct pa_serial *ret)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);

	if (!serial || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		return 1;
	return serial_of((struct pa_bytes){ ASN1_STRING_get0_data(serial),
				 (size_t)ASN1_STRING_length(serial) },
		ret);
}

const char *pa_x509_weak_key(EVP_PKEY *key, unsigned min_rsa_bits, unsigned max_rsa_bits)
{
	int bits;

	if (!key)
		return "the key is of no kind that is understood";
	bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		if (bits < 0 || (unsigned)bits < min_rsa_bits)
			return "the RSA key is too short";
		return (unsigned)bits > max_rsa_bits ? "the RSA key is too long" : NULL;
	case EVP_PKEY_EC:
		return bits < MIN_EC_BITS ? "the elliptic curve is too small" : NULL;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return NULL;
	default:
		return "the key is neither RSA nor of an elliptic curve";
	}
}

const char *pa_x509_weak_digest(int digest_nid, int key_nid)
{
	if (key_nid == NID_ED25519 || key_nid == NID_ED448)
		return NULL;
	switch (digest_nid) {
	case NID_sha224:
	case NID_sha256:
	case NID_sha384:
	case NID_sha512:
	case NID_sha512_256:
	case NID_sha3_256:
	case NID_sha3_384:
	case NID_sha3_512:
		return NULL;
	case NID_md5:
	case NID_sha1:
	case NID_md5_sha1:
		return "the signature is made with MD5 or SHA-1";
	default:
		return "the signature is of no kind that is understood";
	}
}

const char *pa_x509_weak_signature(X509 *x509)
{
	int digest = NID_undef, key = NID_undef;

	if (!X509_get_signature_info(x509, &digest, &key, NULL, NULL)) {
		/* it fails for what it knows to be weak, too; digest is set where it is known */
		ERR_clear_error();
	}
	return pa_x509_weak_digest(digest, key);
}

unsigned pa_x509_signature_bits(X509 *x509)
{
	int bits = 0;

	if (!X509_get_signature_info(x509, NULL, NULL, &bits, NULL) || bits < 0)
		bits = 0;
	ERR_clear_error();
	return (unsigned)bits;
}

const char *pa_x509_bad_extensions(X509 *x509)
{
	int count = X509_get_ext_count(x509);

	if (X509_get_extension_flags(x509) & EXFLAG_INVALID)
		return "an extension is broken or there twice";
	if (count > EXTENSIONS_MAX)
		return "there are too many extensions";
	for (int i = 0; i < count; i++) {
		const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(x509, i));

		if (X509_get_ext_by_OBJ(x509, object, i) >= 0)
			return "an extension is there twice";
	}
	return NULL;
}

bool pa_x509_self_signed(X509 *x509)
{
	bool yes = X509_self_signed(x509, 1) == 1;

	ERR_clear_error();
	return yes;
}

int pa_x509_error(int other)
{
	unsigned long error;

	while ((error = ERR_get_error()) != 0) {
		if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
			other = -ENOMEM;
	}
	return other;
}

int pa_x509_sha256(struct pa_bytes in, uint8_t out[PA_DIGEST_LEN])
{
	if (!EVP_Digest(in.data, in.len, out, NULL, EVP_sha256(), NULL))
		return pa_x509_error(PA_E_CRYPTO);
	return 0;
}
