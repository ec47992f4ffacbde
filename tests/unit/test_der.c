#include "daemon/pki/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t14_lengths_and_forms),
		cmocka_unit_test(t14_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
