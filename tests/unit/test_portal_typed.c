/* What people type at the portal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clients/portal/typed.h"
#include "proto/limits.h"

static void is_mac(const char *text)
{
	struct pa_mac mac = { 0 };
	char shown[PA_TYPED_MAC_MAX];

	assert_int_equal(pa_typed_mac(pa_bytes_str(text), &mac), 0);
	pa_typed_format(mac, shown);
	assert_string_equal(shown, "00:04:f2:82:e8:24");
}

static void is_none(struct pa_bytes text)
{
	struct pa_mac mac = { 42 };

	assert_int_equal(pa_typed_mac(text, &mac), 1);
	assert_int_equal(mac.value, 42);
}

static void macs_in_every_usual_notation(void **state)
{
	static const char *const good[] = { "0004f282e824", "0004F282E824", "00:04:F2:82:e8:24",
		"00-04-f2-82-e8-24", "00.04.f2.82.e8.24", "00 04 f2 82 e8 24", "0004.f282.e824",
		"0004-f282-e824", "0004:f282:e824", "0004f2-82e824", "0004f2:82e824",
		"  0004f282e824 " };
	static const char *const bad[] = { "", " ", "0004f282e82", "0004f282e8244",
		"00:04:f2:82:e8", "00:04:f2:82:e8:2", "00:04:f2:82:e8:24:", ":00:04:f2:82:e8:24",
		"00:04-f2:82:e8:24", "000:4f2:82:e8:24", "0:0:0:4:f:2:8:2:e:8:2:4",
		"0004 f282-e824", "0004/f282/e824", "0004f282e82g", "0x04f282e824",
		"\t0004f282e824", "0004f282e824\n", "000000000000", "ffffffffffff",
		"01:04:f2:82:e8:24", "0004f282e824 0004f282e824" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		is_mac(good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_none(pa_bytes_str(bad[i]));
	is_none((struct pa_bytes){ (const uint8_t *)"0004f282e824\0", 13 });
	is_none((struct pa_bytes){ NULL, 0 });
}

static void names_and_passwords(void **state)
{
	uint8_t many[PA_PASSWORD_MAX + 1];

	(void)state;
	memset(many, 'a', sizeof(many));
	assert_true(pa_typed_is_name(PA_BYTES_LIT("al ice"), 64));
	assert_true(pa_typed_is_name(PA_BYTES_LIT("b\xc3\xbc"), 64));
	assert_true(pa_typed_is_name((struct pa_bytes){ many, 64 }, 64));
	assert_false(pa_typed_is_name((struct pa_bytes){ many, 65 }, 64));
	assert_false(pa_typed_is_name(PA_BYTES_LIT(""), 64));
	assert_false(pa_typed_is_name(PA_BYTES_LIT("a\0"), 64));
	assert_false(pa_typed_is_name(PA_BYTES_LIT("a\n"), 64));
	assert_false(pa_typed_is_name(PA_BYTES_LIT("\xff"), 64));
	assert_true(pa_typed_is_password(PA_BYTES_LIT("\xff\n:")));
	assert_true(pa_typed_is_password((struct pa_bytes){ many, PA_PASSWORD_MAX }));
	assert_false(pa_typed_is_password((struct pa_bytes){ many, PA_PASSWORD_MAX + 1 }));
	assert_false(pa_typed_is_password(PA_BYTES_LIT("")));
	assert_false(pa_typed_is_password(PA_BYTES_LIT("a\0b")));
}

static void durations(void **state)
{
	unsigned s = 0;

	(void)state;
	assert_int_equal(pa_typed_duration("90s", 1, 3600, &s), 0);
	assert_int_equal(s, 90);
	assert_int_equal(pa_typed_duration("15m", 1, 3600, &s), 0);
	assert_int_equal(s, 900);
	assert_int_equal(pa_typed_duration("1h", 1, 3600, &s), 0);
	assert_int_equal(s, 3600);
	assert_int_equal(pa_typed_duration("61m", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("0s", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("15", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("m", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("1d", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("1mm", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("-1m", 1, 3600, &s), 1);
	assert_int_equal(pa_typed_duration("9999999s", 1, 3600, &s), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs_in_every_usual_notation),
		cmocka_unit_test(names_and_passwords),
		cmocka_unit_test(durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
