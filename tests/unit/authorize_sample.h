/*
 * For the tests of the codecs: a request and a reply in which every field has a
 * value. To be included behind cmocka.h.
 */
#ifndef TESTS_UNIT_AUTHORIZE_SAMPLE_H
#define TESTS_UNIT_AUTHORIZE_SAMPLE_H

#include <stdlib.h>

#include "proto/authorize.h"

static inline struct pa_authorize_request sample_request(void)
{
	return (struct pa_authorize_request){
		.id = UINT64_C(0xfedcba9876543210),
		.realm = PA_BYTES_LIT("provisioning"),
		.chain = { PA_BYTES_LIT("\x30\x03\x02\x01\x00"), PA_BYTES_LIT("\x30\x00"),
			PA_BYTES_LIT("") },
		.chain_len = 3,
		.chain_handle = PA_BYTES_LIT("0123456789abcdef0123456789abcde\0"),
		.front_verify = PA_FRONT_FAILED,
		.front_verify_code = 20,
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/a%20b/0004f282e824.cfg?x=1"),
		.served_path = PA_BYTES_LIT("/a b/0004f282e824.cfg"),
		.served_query = PA_BYTES_LIT("x=1"),
		.path_info = PA_BYTES_LIT("/more"),
		.host = PA_BYTES_LIT("prov.example.net"),
		.headers = { { PA_BYTES_LIT("user-agent"), PA_BYTES_LIT("FileTransport Poly\xff") },
			{ PA_BYTES_LIT("x-mac"), PA_BYTES_LIT("") } },
		.headers_len = 2,
		.source = PA_BYTES_LIT("\xc0\x00\x02\x01"),
		.source_port = 65535,
		.has_served_path = true,
		.has_credentials = true,
		.user = PA_BYTES_LIT("phone"),
		.password = PA_BYTES_LIT("s\xc3\xa9same"),
		.frontend = PA_BYTES_LIT("apache/2.4"),
		.timeout_ms = 4000000000,
		.session_resumed = true,
		.want_handle = true,
	};
}

static inline struct pa_authorize_reply sample_reply(void)
{
	return (struct pa_authorize_reply){
		.id = UINT64_MAX,
		.verdict = PA_VERDICT_CHALLENGE,
		.reason = PA_BYTES_LIT("credentials-missing"),
		.realm = PA_BYTES_LIT("provisioning"),
		.revision = UINT64_C(1) << 40,
		.decision = PA_BYTES_LIT("8f3-17"),
		.device = PA_BYTES_LIT("0004f282e824"),
		.class_name = PA_BYTES_LIT("device"),
		.retry_after_s = 30,
		.chain_handle = PA_BYTES_LIT("0123456789abcdef0123456789abcdef"),
		.attributes = { { PA_BYTES_LIT("group"), PA_BYTES_LIT("acme\0corp") },
			{ PA_BYTES_LIT(""), PA_BYTES_LIT("") } },
		.attributes_len = 2,
		.would_deny = { PA_BYTES_LIT("continuity"), PA_BYTES_LIT("") },
		.would_deny_len = 2,
		.would_challenge = { PA_BYTES_LIT("password") },
		.would_challenge_len = 1,
	};
}

/* Decode exactly these bytes, on the heap; views in *req are gone afterwards. */
static inline int decode(
	const void *data, size_t len, struct pa_authorize_request *req, enum pa_reason *reason)
{
	uint8_t *copy = malloc(len);
	int r;

	assert_true(copy || !len);
	if (len)
		memcpy(copy, data, len);
	r = pa_authorize_request_decode((struct pa_bytes){ copy, len }, req, reason);
	free(copy);
	return r;
}

static inline void assert_bytes(struct pa_bytes a, struct pa_bytes b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.data, b.data, a.len);
}

#endif
