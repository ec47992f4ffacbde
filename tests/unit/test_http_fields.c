/* Fields of forms and cookies: what browsers send, and what cannot be followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "clients/http/fields.h"

struct parsed {
	uint8_t *room;
	struct pa_fields fields;
};

/* In room of just the size that is promised to be enough, so that a sanitizer sees what is not. */
static int parse_bytes(const char *body, size_t len, struct parsed *ret)
{
	ret->room = malloc(len ? len : 1);
	assert_non_null(ret->room);
	return pa_fields_parse(
		(struct pa_bytes){ (const uint8_t *)body, len }, ret->room, &ret->fields);
}

static void good(const char *body, size_t fields, const char *name, const char *value)
{
	struct parsed p;

	assert_int_equal(parse_bytes(body, strlen(body), &p), 0);
	assert_int_equal(p.fields.len, fields);
	assert_true(pa_bytes_eq_str(pa_fields_get(&p.fields, name), value));
	free(p.room);
}

static void bad(const char *body)
{
	struct parsed p;

	assert_int_equal(parse_bytes(body, strlen(body), &p), 1);
	assert_int_equal(p.fields.len, 0);
	free(p.room);
}

static void forms_are_read(void **state)
{
	(void)state;
	good("", 0, "a", "");
	good("a=b", 1, "a", "b");
	good("a=b&c=d", 2, "c", "d");
	good("a=&c=d", 2, "a", "");
	good("a", 1, "a", "");
	good("name=al+ice&x=1%2B1%3D2", 2, "x", "1+1=2");
	good("name=al+ice", 1, "name", "al ice");
	good("%6eame=b%C3%BC", 1, "name", "b\xc3\xbc");
	good("a=b&", 1, "a", "b");
	good("a=%3Cscript%3E", 1, "b", "");
	good("a=%3cscript%3E", 1, "a", "<script>");
}

static void what_is_no_form_is_refused(void **state)
{
	char many[17 * 4 + 1] = "";

	(void)state;
	bad("a=%");
	bad("a=%4");
	bad("a=%zz");
	bad("a=%4g");
	bad("%=b");
	bad("=b");
	bad("&a=b");
	bad("a=b&&c=d");
	bad("a=b&a=c");
	bad("a=b&%61=c");
	bad("a=b c");
	bad("a=<b>");
	bad("a=b\r\n");
	bad("a=b=c");
	bad("a=\xc3\xbc");
	for (size_t i = 0; i < 17; i++)
		memcpy(many + i * 4, (const char[]){ (char)('a' + i), '=', '1', '&' }, 4);
	bad(many);
	many[16 * 4] = '\0';
	good(many, 16, "p", "1");
}

static void any_byte_may_stand_in_a_value(void **state)
{
	struct pa_bytes value;
	struct parsed p;

	(void)state;
	assert_int_equal(parse_bytes("a=x%00y", 7, &p), 0);
	value = pa_fields_get(&p.fields, "a");
	assert_int_equal(value.len, 3);
	assert_memory_equal(value.data, "x\0y", 3);
	free(p.room);
	assert_int_equal(parse_bytes("a=x\0y", 5, &p), 1);
	free(p.room);
}

static void cookie(const char *header, int expected, const char *value)
{
	struct pa_bytes got;

	assert_int_equal(pa_fields_cookie(pa_bytes_str(header), "id", &got), expected);
	assert_true(pa_bytes_eq_str(got, value));
}

static void cookies_are_read(void **state)
{
	(void)state;
	cookie("id=abc", 0, "abc");
	cookie("x=1; id=abc; y=2", 0, "abc");
	cookie("x=1;id=abc", 0, "abc");
	cookie("id=", 0, "");
	cookie("id=a=b", 0, "a=b");
	cookie("", 1, "");
	cookie("xid=abc", 1, "");
	cookie("ID=abc", 1, "");
	cookie("x=id=abc", 1, "");
	/* whose is it? */
	cookie("id=abc; id=def", 1, "");
	cookie("id=abc; x=1; id=abc", 1, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_read),
		cmocka_unit_test(what_is_no_form_is_refused),
		cmocka_unit_test(any_byte_may_stand_in_a_value),
		cmocka_unit_test(cookies_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
