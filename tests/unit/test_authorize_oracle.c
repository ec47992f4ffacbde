/* The strict codec against protobuf-c, on messages of every kind and on thousands of damaged ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/authorize.h"
#include "proto/wire.h"
#include "tests/fixtures/oracle.h"
#include "tests/unit/authorize_sample.h"

#define ROUNDS 20000u
#define SIZE   4096u

struct random {
	uint64_t x;
};

/* xorshift64: the same damage in every run */
static size_t below(struct random *random, size_t limit)
{
	random->x ^= random->x << 13;
	random->x ^= random->x >> 7;
	random->x ^= random->x << 17;
	return (size_t)(random->x % limit);
}

struct message {
	size_t len;
	uint8_t data[SIZE];
};

static void insert(struct message *m, size_t at, const void *data, size_t len)
{
	if (len > SIZE - m->len)
		return;
	memmove(m->data + at + len, m->data + at, m->len - at);
	memcpy(m->data + at, data, len);
	m->len += len;
}

static void drop(struct message *m, size_t at, size_t len)
{
	memmove(m->data + at, m->data + at + len, m->len - at - len);
	m->len -= len;
}

/* Where a field begins. */
static size_t some_field(const struct message *m, struct random *random)
{
	size_t starts[256], n = 0;
	struct pa_wire_reader r;
	struct pa_wire_field field;

	pa_wire_read(&r, (struct pa_bytes){ m->data, m->len });
	do
		starts[n++] = (size_t)(r.at - m->data);
	while (n < 256 && pa_wire_next(&r, &field));
	return starts[below(random, n)];
}

static void damage(struct message *m, struct random *random)
{
	static const struct pa_bytes pieces[] = {
		PA_BYTES_LIT("\x00"),
		PA_BYTES_LIT("\x08\x07"),
		PA_BYTES_LIT("\x10\x02"),
		PA_BYTES_LIT("\x28\x02"),
		PA_BYTES_LIT("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		PA_BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
		PA_BYTES_LIT("\x30\xff\xff\xff\xff\xff\x01"),
		PA_BYTES_LIT("\x30\x85\x80\x80\x80\x80\x80\x00"),
		PA_BYTES_LIT("\x98\x01\x80\x80\x01"),
		PA_BYTES_LIT("\x88\x80\x80\x80\x80\x00\x01"),
		PA_BYTES_LIT("\xf8\xff\xff\xff\x7f\x01"),
		PA_BYTES_LIT("\x12\x00"),
		PA_BYTES_LIT("\x92\x00\x83\x00"
			     "abc"),
		PA_BYTES_LIT("\x6a\x00"),
		PA_BYTES_LIT("\x6a\x03\x0a\x01"
			     "h"),
		PA_BYTES_LIT("\x82\x01\x00"),
		PA_BYTES_LIT("\x82\x01\x03\x0a\x01"
			     "u"),
		PA_BYTES_LIT("\xa2\x06\x03"
			     "new"),
		PA_BYTES_LIT("\x5a\x00\x62\x00\x6a\x00"),
		PA_BYTES_LIT("\x13\x14"),
	};
	size_t from = some_field(m, random), at = from, len;

	switch (below(random, 8)) {
	case 0: /* a bit */
		if (m->len)
			m->data[below(random, m->len)] ^= (uint8_t)(1u << below(random, 8));
		break;
	case 1: /* a byte */
		if (m->len)
			m->data[below(random, m->len)] = (uint8_t)below(random, 256);
		break;
	case 2: /* the end */
		m->len = below(random, m->len + 1);
		break;
	case 3: /* a field, or more, gone */
		len = some_field(m, random);
		if (len < at) {
			at = len;
			len = from;
		}
		drop(m, at, len - at);
		break;
	case 4: /* a byte gone */
		if (m->len)
			drop(m, below(random, m->len), 1);
		break;
	case 5: /* a byte more */
		insert(m, below(random, m->len + 1), &(uint8_t){ (uint8_t)below(random, 256) }, 1);
		break;
	default: /* something between two fields */
		len = below(random, sizeof(pieces) / sizeof(*pieces));
		insert(m, at, pieces[len].data, pieces[len].len);
	}
}

typedef const char *oracle_fn(struct pa_bytes payload, bool *accepted);

static bool judge(oracle_fn *oracle, const struct message *m)
{
	/* on the heap, exactly: one byte read too far would be seen */
	uint8_t *copy = malloc(m->len);
	const char *wrong;
	bool accepted;

	assert_true(copy || !m->len);
	if (m->len)
		memcpy(copy, m->data, m->len);
	wrong = oracle((struct pa_bytes){ copy, m->len }, &accepted);
	if (wrong) {
		print_error("they disagree about %s:", wrong);
		for (size_t i = 0; i < m->len; i++)
			print_error(" %02x", m->data[i]);
		print_error("\n");
	}
	assert_null(wrong);
	free(copy);
	return accepted;
}

static void run(oracle_fn *oracle, const struct message *bases, size_t n, uint64_t seed)
{
	struct random random = { seed };
	size_t accepted = 0;

	for (size_t round = 0; round < ROUNDS; round++) {
		struct message m = bases[below(&random, n)];

		for (size_t i = below(&random, 4); i < 4; i++)
			damage(&m, &random);
		if (judge(oracle, &m))
			accepted++;
	}
	/* both sides of the decoder were reached */
	assert_in_range(accepted, ROUNDS / 20, ROUNDS - ROUNDS / 20);
}

static void encode_request(const struct pa_authorize_request *req, struct message *m)
{
	assert_int_equal(pa_authorize_request_encode(req, m->data, SIZE, &m->len), 0);
	assert_true(judge(pa_oracle_request, m));
	assert_true(pa_oracle_packs_request((struct pa_bytes){ m->data, m->len }));
}

static void test_request(void **state)
{
	struct pa_authorize_request req = sample_request();
	struct message bases[4];

	(void)state;
	encode_request(&req, &bases[0]);
	req.has_credentials = req.has_served_path = false;
	req.headers_len = req.chain_len = 0;
	encode_request(&req, &bases[1]);
	req = (struct pa_authorize_request){ .realm = PA_BYTES_LIT("r"), .timeout_ms = 1 };
	encode_request(&req, &bases[2]);
	req = (struct pa_authorize_request){ .id = 0 };
	encode_request(&req, &bases[3]);
	assert_int_equal(bases[3].len, 0);
	run(pa_oracle_request, bases, 4, 90);
}

static void encode_reply(const struct pa_authorize_reply *reply, struct message *m)
{
	assert_int_equal(pa_authorize_reply_encode(reply, m->data, SIZE, &m->len), 0);
	assert_true(judge(pa_oracle_reply, m));
	assert_true(pa_oracle_packs_reply((struct pa_bytes){ m->data, m->len }));
}

static void test_reply(void **state)
{
	struct pa_authorize_reply reply = sample_reply();
	struct message bases[3];

	(void)state;
	encode_reply(&reply, &bases[0]);
	reply = (struct pa_authorize_reply){ .id = 1, .verdict = PA_VERDICT_ALLOW };
	encode_reply(&reply, &bases[1]);
	reply = (struct pa_authorize_reply){ .id = 0 };
	encode_reply(&reply, &bases[2]);
	run(pa_oracle_reply, bases, 3, 91);
}

/* Where ours must be the stricter one: protobuf-c takes these. */
static void test_stricter(void **state)
{
	static const struct message rows[] = {
		{ 4, "\x08\x01\x08\x02" },
		{ 6, "\x12\x01\x61\x12\x01\x62" },
		{ 2, "\x28\x04" },
		{ 3, "\x98\x01\x02" },
		{ 6, "\x82\x01\x00\x82\x01\x00" },
		{ 6, "\x30\x80\x80\x80\x80\x10" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_false(judge(pa_oracle_request, &rows[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_stricter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
