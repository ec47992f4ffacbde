#include "daemon/pki/issued.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/issuer.h"
#include "daemon/pki/snapshot.h"

static bool made_by(X509 *x509, X509 *ca)
{
	EVP_PKEY *key = X509_get0_pubkey(ca);
	bool yes = key && X509_verify(x509, key) == 1;

	ERR_clear_error();
	return yes;
}

int pa_issued_by(const struct pa_trust *trust, const struct pa_cert *cert, struct pa_issued *ret)
{
	X509 *x509 = cert->x509;

	*ret = (struct pa_issued){ 0 };
	if (pa_x509_serial(x509, &ret->serial))
		return 1;
	ret->is_ca = X509_check_ca(x509) == 1;
	if (pa_key_id(x509, ret->key))
		return PA_E_CRYPTO;
	for (size_t i = 0; trust && i < trust->cas_len; i++) {
		const struct pa_trust_ca *ca = &trust->cas[i];

		if (X509_NAME_cmp(X509_get_subject_name(ca->cert->x509),
			    X509_get_issuer_name(x509)) != 0 ||
			!made_by(x509, ca->cert->x509))
			continue;
		ret->issuer = ca->id;
		ret->is_anchor = ca->kind == PA_CA_ANCHOR &&
				 pa_bytes_eq(pa_cert_der(ca->cert), pa_cert_der(cert));
		return 0;
	}
	return 1;
}
