/* From the bytes of a certificate to its common name: nothing crashes, and no name holds a NUL. */
#include <stdlib.h>

#include "daemon/pki/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_name(const struct pa_cert *cert)
{
	enum pa_reason reason = PA_R_NONE;
	struct pa_bytes cn;

	if (pa_cert_common_name(cert, &cn, &reason) == 0) {
		require(!pa_bytes_has(cn, 0));
		return;
	}
	require(reason == PA_R_CN_MISSING || reason == PA_R_CN_DUPLICATE ||
		reason == PA_R_CN_TYPE || reason == PA_R_CN_NUL);
}

static void check_text(const struct pa_cert *cert)
{
	char text[64];

	pa_cert_subject(cert, text, sizeof(text));
	require(strlen(text) < sizeof(text));
	for (const char *p = text; *p; p++)
		require(*p >= 0x20 && *p <= 0x7e);
	pa_cert_issuer(cert, text, sizeof(text));
	require(strlen(text) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_bytes der = { data, size };
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *cert = NULL;
	struct pa_diag diag;

	if (pa_cert_parse(der, &cert, &reason) != 0) {
		require(cert == NULL);
		require(reason == PA_R_CERTIFICATE_EMPTY || reason == PA_R_CERTIFICATE_IS_PEM ||
			reason == PA_R_CERTIFICATE_MALFORMED ||
			reason == PA_R_CERTIFICATE_TRAILING);
		return 0;
	}
	require(pa_bytes_eq(pa_cert_der(cert), der));
	check_name(cert);
	check_text(cert);
	/* the judgement of CAs walks all extensions */
	(void)!pa_cert_check_ca(cert, false, pa_cert_not_before(cert), &diag);
	pa_cert_free(cert);
	return 0;
}
