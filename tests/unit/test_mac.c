/* MAC addresses as text and as devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/mac.h"

#define UNTOUCHED UINT64_C(0xdeadbeef)

static int parse(const char *text, uint64_t *ret)
{
	struct pa_mac mac = { UNTOUCHED };
	int r = pa_mac_parse(pa_bytes_str(text), &mac);

	*ret = mac.value;
	return r;
}

static int parse_separated(const char *text, uint64_t *ret)
{
	struct pa_mac mac = { UNTOUCHED };
	int r = pa_mac_parse_separated(pa_bytes_str(text), &mac);

	*ret = mac.value;
	return r;
}

static void test_plain(void **state)
{
	static const char *const bad[] = { "", "0004f282e82", "0004f282e8244", " 004f282e824",
		"0004f282e82 ", "0004f282e82g", "0004f282e82G", "0004f282e82/",
		"0004f282e82:", "0004f282e82@", "0004f282e82`", "0x04f282e824", "+004f282e824",
		"00:04:f2:82:e8:24", "0004.f282.e824", "0004f282e82\n", "0004f282e8\xc3\xa4" };
	const struct pa_bytes with_nul = PA_BYTES_LIT("0004f2\0002e824");
	struct pa_mac mac = { UNTOUCHED };
	uint64_t value;

	(void)state;
	assert_int_equal(parse("0004f282e824", &value), 0);
	assert_int_equal(value, 0x0004f282e824);
	assert_int_equal(parse("0004F282E824", &value), 0);
	assert_int_equal(value, 0x0004f282e824);
	assert_int_equal(parse("aAbBcCdDeEfF", &value), 0);
	assert_int_equal(value, 0xaabbccddeeff);
	assert_int_equal(parse("123456789012", &value), 0);
	assert_int_equal(value, 0x123456789012);
	assert_int_equal(parse("ffffffffffff", &value), 0);
	assert_int_equal(value, 0xffffffffffff);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parse(bad[i], &value), 1);
		assert_int_equal(value, UNTOUCHED);
	}
	assert_int_equal(with_nul.len, PA_MAC_DIGITS);
	assert_int_equal(pa_mac_parse(with_nul, &mac), 1);
	assert_int_equal(mac.value, UNTOUCHED);
	assert_int_equal(pa_mac_parse((struct pa_bytes){ NULL, 0 }, &mac), 1);
}

/* Of all 256 bytes, 22 are hex digits. */
static void test_digits(void **state)
{
	unsigned good = 0;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t text[PA_MAC_DIGITS] = "000000000000";
		struct pa_mac mac;

		text[11] = (uint8_t)c;
		if (pa_mac_parse((struct pa_bytes){ text, sizeof(text) }, &mac) == 0) {
			assert_true(pa_is_hex((uint8_t)c));
			assert_true(mac.value < 16);
			good++;
		} else {
			assert_false(pa_is_hex((uint8_t)c));
		}
	}
	assert_int_equal(good, 22);
}

static void test_separated(void **state)
{
	static const char *const good[] = { "0004f282e824", "0004F282E824", "00:04:f2:82:e8:24",
		"00:04:F2:82:E8:24", "00-04-f2-82-e8-24", "0004.f282.e824", "0004.F282.E824" };
	static const char *const bad[] = { "", ":", "00:04:f2:82:e8",
		"00:04:f2:82:e8:", "00:04:f2:82:e8:24:", ":00:04:f2:82:e8:24", "00:04-f2:82:e8:24",
		"00:04:f2:82:e8-24", "00.04.f2.82.e8.24", "00 04 f2 82 e8 24", "0004:f282:e824",
		"0004-f282-e824", "0004.f282-e824", "0004.f282.e82", "0004f282.e824",
		"0:04:f2:82:e8:244", "00:04:f2:82:e8:2g", "00::4:f2:82:e8:24", "0004.f282.e8.4",
		"0004f2-82e824", "00:04:f2:82:e8:24\n", "0:4:f2:82:e8:24" };
	const struct pa_bytes with_nul = PA_BYTES_LIT("00:04:f2:82:e8:2\0");
	struct pa_mac mac = { UNTOUCHED };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(parse_separated(good[i], &value), 0);
		assert_int_equal(value, 0x0004f282e824);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parse_separated(bad[i], &value), 1);
		assert_int_equal(value, UNTOUCHED);
	}
	assert_int_equal(pa_mac_parse_separated(with_nul, &mac), 1);
	assert_int_equal(pa_mac_parse_separated((struct pa_bytes){ NULL, 0 }, &mac), 1);
	assert_int_equal(mac.value, UNTOUCHED);
}

static void test_format(void **state)
{
	uint64_t value;

	(void)state;
	assert_string_equal(pa_mac_format((struct pa_mac){ 0 }).text, "000000000000");
	assert_string_equal(pa_mac_format((struct pa_mac){ 0x0004f282e824 }).text, "0004f282e824");
	assert_string_equal(pa_mac_format((struct pa_mac){ 0xabcdef012345 }).text, "abcdef012345");
	for (uint64_t v = 1; v < UINT64_C(1) << 48; v = v * 3 + 1) {
		assert_int_equal(parse(pa_mac_format((struct pa_mac){ v }).text, &value), 0);
		assert_int_equal(value, v);
	}
}

static void t47_what_is_no_device(void **state)
{
	(void)state;
	assert_true(pa_mac_is_device((struct pa_mac){ 0x0004f282e824 }));
	assert_true(pa_mac_is_device((struct pa_mac){ 1 }));
	assert_true(pa_mac_is_device((struct pa_mac){ 0xfeffffffffff }));
	/* a local address is somebody's */
	assert_true(pa_mac_is_device((struct pa_mac){ 0x020000000001 }));
	assert_false(pa_mac_is_device((struct pa_mac){ 0 }));
	assert_false(pa_mac_is_device((struct pa_mac){ 0xffffffffffff }));
	assert_false(pa_mac_is_device((struct pa_mac){ 0x01005e000001 }));
	assert_false(pa_mac_is_device((struct pa_mac){ 0x010000000000 }));
	/* more than 48 bits is no address */
	assert_false(pa_mac_is_device((struct pa_mac){ UINT64_C(0x1000004f282e824) }));
	assert_true(pa_mac_eq((struct pa_mac){ 7 }, (struct pa_mac){ 7 }));
	assert_false(pa_mac_eq((struct pa_mac){ 7 }, (struct pa_mac){ 8 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_separated),
		cmocka_unit_test(test_format),
		cmocka_unit_test(t47_what_is_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
