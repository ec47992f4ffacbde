/*
 * Headers of front ends, in the dialect that the first byte names, then the decoders alone. What is
 * accepted lies within the limits of libpolyauth, and says nothing that contradicts itself.
 */
#include <errno.h>
#include <stdio.h>

#include "clients/c/base64.h"
#include "clients/c/pem.h"
#include "clients/shim-http/decode.h"
#include "tests/unit/dialect_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static void decode_alone(const uint8_t *data, size_t size)
{
	struct pa_bytes in = { data, size }, rest = in;
	uint8_t *out = malloc(size ? size : 1), address[16];
	size_t len;
	int r;

	CHECK(out);
	r = pa_base64_decode(in, out, &len);
	CHECK((r == 0 && len <= size / 4 * 3) || (r == 1 && len == 0));
	r = pa_decode_percent(in, out, &len);
	CHECK((r == 0 && len <= size) || (r == 1 && len == 0));
	while ((r = pa_pem_certificate(&rest, out, &len)) == 0)
		CHECK(len > 0 && len < size);
	CHECK(r == 2 ? rest.len == 0 : r == 1);
	r = pa_decode_address(in, address, &len);
	CHECK(r == 0 ? len == 4 || len == 16 : len == 0);
	free(out);
}

/* Reading all bytes lets a sanitizer see where they are not ours. */
static size_t sum(struct polyauth_bytes bytes)
{
	const uint8_t *at = bytes.data;
	size_t total = 0;

	for (size_t i = 0; i < bytes.len; i++)
		total += at[i];
	return total;
}

static void check_question(const struct pa_question *q)
{
	const struct polyauth_request *ask = &q->ask;
	size_t len, total = sum(ask->method) + sum(ask->target) + sum(ask->host) + sum(ask->user) +
			    sum(ask->password) + sum(ask->served_path) + sum(ask->served_query);

	CHECK(ask->chain_len <= PA_CHAIN_CERTS_MAX && ask->headers_len <= PA_HEADERS_MAX);
	CHECK(!ask->chain_len || ask->chain == q->chain);
	for (size_t i = 0; i < ask->chain_len; i++) {
		CHECK(ask->chain[i].len > 0);
		total += sum(ask->chain[i]);
	}
	CHECK(ask->method.len && ask->target.len);
	CHECK(ask->front_verify != POLYAUTH_FRONT_NONE || !ask->chain_len);
	CHECK(ask->front_verify != POLYAUTH_FRONT_SUCCESS || ask->chain_len);
	CHECK(ask->source.len == 0 || ask->source.len == 4 || ask->source.len == 16);
	if (ask->user.len)
		CHECK(!memchr(ask->user.data, '\0', ask->user.len) &&
			!memchr(ask->user.data, ':', ask->user.len));
	CHECK(polyauth_encode(ask, total, 1, NULL, 0, &len) == -EMSGSIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pa_dialect *dialect;
	struct dialect_text *t;
	size_t dialects = 0;
	int r;

	while (pa_dialect_at(dialects))
		dialects++;
	if (!size)
		return 0;
	dialect = pa_dialect_at(data[0] % dialects);
	r = dialect_text_read(dialect->name, (const char *)data + 1, size - 1, &t);
	CHECK(r >= 0);
	if (r == 0)
		check_question(&t->question);
	else if (r == 1)
		CHECK(t->question.why);
	dialect_text_finish(t);
	decode_alone(data + 1, size - 1);
	return 0;
}
