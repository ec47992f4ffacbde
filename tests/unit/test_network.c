/* Networks, from text and back, and who is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/network.h"

static void they_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *written; /* NULL: refused */
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "192.0.2.128/25", "192.0.2.128/25" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:DB8:0::1", "2001:db8::1/128" },
		{ "::/0", "::/0" },
		{ "192.0.2.1/24", NULL },
		{ "192.0.2.128/24", NULL },
		{ "2001:db8::1/127", NULL },
		{ "192.0.2.0/33", NULL },
		{ "::/129", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/024", NULL },
		{ "192.0.2.0/+4", NULL },
		{ "192.0.2.0/4294967320", NULL },
		{ "192.0.2.0/24/24", NULL },
		{ "192.0.2/24", NULL },
		{ "192.0.02.0", NULL },
		{ "", NULL },
		{ "/24", NULL },
		{ "example.org", NULL },
		{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", NULL },
	};
	struct pa_network network;
	char text[PA_NETWORK_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = pa_network_parse(pa_bytes_str(rows[i].text), &network);

		pa_network_format(&network, text);
		if (r != !rows[i].written || strcmp(text, rows[i].written ? rows[i].written : ""))
			fail_msg("%s: %d %s", rows[i].text, r, text);
	}
	assert_int_equal(
		pa_network_parse((struct pa_bytes){ (const uint8_t *)"::\0", 3 }, &network), 1);
}

static struct pa_bytes address(const char *text)
{
	static struct pa_network network;

	assert_int_equal(pa_network_parse(pa_bytes_str(text), &network), 0);
	return (struct pa_bytes){ network.address, network.len };
}

static void they_hold_addresses(void **state)
{
	static const struct {
		const char *network, *address;
		bool has;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
		{ "192.0.2.0/24", "::192.0.2.9", false },
		{ "192.0.2.0/25", "192.0.2.127", true },
		{ "192.0.2.0/25", "192.0.2.128", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};
	struct pa_network network;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(pa_network_parse(pa_bytes_str(rows[i].network), &network), 0);
		if (pa_network_has(&network, address(rows[i].address)) != rows[i].has)
			fail_msg("%s in %s", rows[i].address, rows[i].network);
	}
	network = (struct pa_network){ 0 };
	assert_false(pa_network_has(&network, address("192.0.2.1")));
	assert_false(pa_network_has(&network, (struct pa_bytes){ NULL, 0 }));
	network = (struct pa_network){ .len = 4, .bits = 200 };
	assert_false(pa_network_has(&network, address("0.0.0.0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_read_and_written),
		cmocka_unit_test(they_hold_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
