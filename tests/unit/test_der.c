#include "daemon/pki/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define VALID(text)   assert_true(pa_der_valid(PA_BYTES_LIT(text)))
#define INVALID(text) assert_false(pa_der_valid(PA_BYTES_LIT(text)))

static void t14_lengths_and_forms(void **state)
{
	(void)state;
	assert_true(pa_der_valid((struct pa_bytes){ NULL, 0 }));
	VALID("\x30\x00");
	VALID("\x30\x03\x02\x01\x05\x05\x00");
	INVALID("\x30");
	INVALID("\x30\x03\x02\x01");
	INVALID("\x30\x80\x00\x00");     /* indefinite */
	INVALID("\x30\x81\x02\x05\x00"); /* the short form was the one to use */
	INVALID("\x1f\x81\x00\x00");     /* a tag of several octets */
	INVALID("\x10\x00");             /* a SEQUENCE that is not constructed */
	INVALID("\x24\x02\x04\x00");     /* an OCTET STRING in pieces */
}

static void t14_contents(void **state)
{
	(void)state;
	VALID("\x01\x01\xff");
	INVALID("\x01\x00");
	INVALID("\x01\x02\x00\x00");
	VALID("\x02\x01\x00");
	VALID("\x02\x02\x00\x80");
	VALID("\x02\x02\xff\x7f");
	INVALID("\x02\x00");
	INVALID("\x02\x02\x00\x7f");
	INVALID("\x02\x02\xff\x80");
	INVALID("\x0a\x02\x00\x01");
	VALID("\x03\x01\x00");
	VALID("\x03\x02\x07\x80");
	INVALID("\x03\x00");
	INVALID("\x03\x01\x01");
	INVALID("\x03\x02\x08\x80");
	VALID("\x05\x00");
	INVALID("\x05\x01\x00");
	VALID("\x06\x03\x55\x1d\x15");
	VALID("\x06\x03\x55\x81\x00");
	INVALID("\x06\x00");
	INVALID("\x06\x03\x55\x1d\x95"); /* its last number does not end */
	INVALID("\x06\x03\x55\x80\x15"); /* it begins with a zero too many */
}

/* The plain way: digits one by one, and the C library's calendar. 0; 1: it is none. */
static int plain_time(uint8_t tag, const char *text, size_t len, int64_t *ret)
{
	static const int lows[] = { 0, 1, 1, 0, 0, 0 }, highs[] = { 99, 12, 31, 23, 59, 59 };
	int parts[7], count = 0, year;
	struct tm tm = { 0 };

	if (len != (tag == PA_DER_UTC_TIME ? 13u : 15u) || text[len - 1] != 'Z')
		return 1;
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (text[i] < '0' || text[i] > '9' || text[i + 1] < '0' || text[i + 1] > '9')
			return 1;
		parts[count++] = (text[i] - '0') * 10 + text[i + 1] - '0';
	}
	for (int i = 0; i < 6; i++) {
		int part = parts[count - 6 + i];

		if (part < lows[i] || part > highs[i])
			return 1;
	}
	year = count == 7 ? parts[0] * 100 + parts[1] : parts[0] + (parts[0] < 50 ? 2000 : 1900);
	tm.tm_year = year - 1900;
	tm.tm_mon = parts[count - 5] - 1;
	tm.tm_mday = parts[count - 4];
	tm.tm_hour = parts[count - 3];
	tm.tm_min = parts[count - 2];
	tm.tm_sec = parts[count - 1];
	*ret = timegm(&tm);
	return tm.tm_mday != parts[count - 4]; /* there is no such day */
}

static void same_time(uint8_t tag, const char *text, size_t len)
{
	const struct pa_der element = { .tag = tag, .content = { (const uint8_t *)text, len } };
	int64_t is = 0, good = 0;
	int r = plain_time(tag, text, len, &good);

	if (pa_der_time(&element, &is) != r || (r == 0 && is != good))
		fail_msg("%.*s: %lld is not %lld", (int)len, text, (long long)is, (long long)good);
}

/* Each day of all years, and days that are none. */
static void every_day(void **state)
{
	unsigned second = 0;
	char text[40];

	(void)state;
	for (unsigned year = 0; year < 10000; year++) {
		for (unsigned day = 0; day < 13 * 33; day++, second = (second + 7919) % 86400) {
			(void)snprintf(text, sizeof(text), "%04u%02u%02u%02u%02u%02uZ", year,
				day / 33, day % 33, second / 3600, second / 60 % 60, second % 60);
			same_time(PA_DER_GENERALIZED_TIME, text, 15);
			if (year < 100)
				same_time(PA_DER_UTC_TIME, text + 2, 13);
		}
	}
}

/* Each byte of a time in the place of each other one. */
static void every_byte(void **state)
{
	static const char good[] = "20240229235959Z";
	char text[16];

	(void)state;
	for (size_t i = 0; i < 15; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(text));
			text[i] = (char)c;
			same_time(PA_DER_GENERALIZED_TIME, text, 15);
			if (i >= 2)
				same_time(PA_DER_UTC_TIME, text + 2, 13);
		}
	}
	same_time(PA_DER_GENERALIZED_TIME, good, 13);
	same_time(PA_DER_GENERALIZED_TIME, good, 14);
	same_time(PA_DER_UTC_TIME, good, 15);
	same_time(PA_DER_UTC_TIME, good + 2, 12);
	same_time(PA_DER_UTC_TIME, "", 0);
	assert_int_equal(pa_der_time(&(const struct pa_der){ .tag = PA_DER_INTEGER,
					     .content = PA_BYTES_LIT("20240229235959Z") },
				 &(int64_t){ 0 }),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t14_lengths_and_forms),
		cmocka_unit_test(t14_contents),
		cmocka_unit_test(every_day),
		cmocka_unit_test(every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
