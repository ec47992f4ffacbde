#include "clients/c/polyauth.h"

#include <errno.h>
#include <string.h>

/*
 * The codes that the daemon may put right (X509_V_ERR_ of OpenSSL); 1, unspecified, stands for all
 * others, and is a refusal. In the words of OpenSSL 3 and 1.1.
 */
static uint32_t code_of(const char *words, size_t len)
{
	static const struct {
		const char *words;
		uint32_t code;
	} rows[] = {
		{ "unable to get issuer certificate", 2 },
		{ "certificate has expired", 10 },
		{ "self-signed certificate", 18 },
		{ "self signed certificate", 18 },
		{ "self-signed certificate in certificate chain", 19 },
		{ "self signed certificate in certificate chain", 19 },
		{ "unable to get local issuer certificate", 20 },
		{ "unable to verify the first certificate", 21 },
		{ "certificate not trusted", 27 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strlen(rows[i].words) == len && memcmp(rows[i].words, words, len) == 0)
			return rows[i].code;
	}
	return 1;
}

static int is(const char *said, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(said, word, len) == 0;
}

int polyauth_set_verify(struct polyauth_request *request, const char *said, size_t len)
{
	static const char failed[] = "FAILED:";
	const size_t head = sizeof(failed) - 1;

	if (!said) {
		return -EINVAL;
	} else if (is(said, len, "NONE")) {
		request->front_verify = POLYAUTH_FRONT_NONE;
		request->front_verify_code = 0;
	} else if (is(said, len, "SUCCESS")) {
		request->front_verify = POLYAUTH_FRONT_SUCCESS;
		request->front_verify_code = 0;
	} else if (len >= head && memcmp(said, failed, head) == 0) {
		request->front_verify = POLYAUTH_FRONT_FAILED;
		request->front_verify_code = code_of(said + head, len - head);
	} else {
		return -EINVAL;
	}
	return 0;
}
