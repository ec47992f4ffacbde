/* frontend test without its network: what is sent, that it can harm nobody, and how answers are
 * judged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "clients/ctl/frontend.h"

#define ROWS(rows) (sizeof(rows) / sizeof(*(rows)))

#define PEM                                         \
	"some text\n-----BEGIN CERTIFICATE-----\n"  \
	"AbC+\r\n/z9=\n-----END CERTIFICATE-----\n" \
	"-----BEGIN CERTIFICATE-----\nsecond\n-----END CERTIFICATE-----\n"

/* --- judging --- */

#define OWN "secret of one"

static const struct pa_probe own_file = { .name = "own", .target = "{own}", .must = PA_MUST_SERVE };
static const struct pa_probe other = { .name = "other", .target = "{victim}" };
static const struct pa_probe bare = { .name = "bare", .target = "{own}", .flags = PA_PROBE_BARE };
static const struct pa_probe plain = {
	.name = "plain",
	.target = "{own}",
	.flags = PA_PROBE_BARE | PA_PROBE_PLAIN,
};
static const struct pa_probe target = {
	.name = "target",
	.target = "{victim}?",
	.must = PA_MUST_NOT_SERVE,
};
static const struct pa_probe header = {
	.name = "header",
	.target = "{own}",
	.must = PA_MUST_NOT_SERVE,
};

#define UNKNOWN             \
	{                   \
		false, 0, 0 \
	}
#define NOBODY             \
	{                  \
		true, 0, 0 \
	}
#define DENIED             \
	{                  \
		true, 1, 0 \
	}
#define ALLOWED            \
	{                  \
		true, 1, 1 \
	}
#define BOTH               \
	{                  \
		true, 2, 1 \
	}

static const struct {
	const struct pa_probe *probe;
	long status;
	const char *body;
	struct pa_probe_asked asked;
	enum pa_probe_result result;
} judged[] = {
	/* the own file: nothing else will do */
	{ &own_file, 200, OWN, ALLOWED, PA_PROBE_OK },
	{ &own_file, 200, OWN, BOTH, PA_PROBE_OK },
	{ &own_file, 200, OWN, UNKNOWN, PA_PROBE_OK },
	{ &own_file, 200, OWN, NOBODY, PA_PROBE_NOT_ASKED },
	{ &own_file, 200, OWN, DENIED, PA_PROBE_NOT_OBEYED },
	{ &own_file, 200, "secret of two", ALLOWED, PA_PROBE_NOT_SERVED },
	{ &own_file, 200, "", ALLOWED, PA_PROBE_NOT_SERVED },
	{ &own_file, 203, OWN, ALLOWED, PA_PROBE_NOT_SERVED },
	{ &own_file, 301, OWN, ALLOWED, PA_PROBE_NOT_SERVED },
	{ &own_file, 403, "", DENIED, PA_PROBE_NOT_SERVED },
	{ &own_file, 503, "", NOBODY, PA_PROBE_NOT_SERVED },
	{ &own_file, 503, "", UNKNOWN, PA_PROBE_NOT_SERVED },
	{ &own_file, 0, "", UNKNOWN, PA_PROBE_NOT_SERVED },
	/* what must be refused, whatever it is */
	{ &other, 403, "", DENIED, PA_PROBE_OK },
	{ &other, 404, "", NOBODY, PA_PROBE_OK },
	{ &other, 503, "", UNKNOWN, PA_PROBE_OK },
	{ &other, 0, "", NOBODY, PA_PROBE_OK },
	{ &other, 404, "", ALLOWED, PA_PROBE_MISLED },
	{ &other, 0, "", BOTH, PA_PROBE_MISLED },
	{ &other, 200, "secret of two", UNKNOWN, PA_PROBE_SERVED },
	{ &other, 200, "secret of two", NOBODY, PA_PROBE_NOT_ASKED },
	{ &other, 200, "secret of two", DENIED, PA_PROBE_NOT_OBEYED },
	{ &other, 200, "secret of two", ALLOWED, PA_PROBE_MISLED },
	{ &other, 204, "", UNKNOWN, PA_PROBE_SERVED },
	{ &other, 207, "", NOBODY, PA_PROBE_NOT_ASKED },
	{ &other, 302, "", NOBODY, PA_PROBE_REDIRECTED },
	{ &other, 304, "", UNKNOWN, PA_PROBE_REDIRECTED },
	{ &bare, 200, OWN, UNKNOWN, PA_PROBE_SERVED },
	{ &bare, 200, OWN, ALLOWED, PA_PROBE_MISLED },
	{ &bare, 403, OWN, ALLOWED, PA_PROBE_MISLED },
	{ &bare, 401, "", DENIED, PA_PROBE_OK },
	/* the own file is as good */
	{ &target, 200, OWN, UNKNOWN, PA_PROBE_OK },
	{ &target, 200, OWN, ALLOWED, PA_PROBE_OK },
	{ &target, 200, OWN, NOBODY, PA_PROBE_NOT_ASKED },
	{ &target, 200, OWN, DENIED, PA_PROBE_NOT_OBEYED },
	{ &target, 200, OWN "!", UNKNOWN, PA_PROBE_SERVED },
	{ &target, 200, "", ALLOWED, PA_PROBE_MISLED },
	{ &target, 206, OWN, UNKNOWN, PA_PROBE_SERVED },
	{ &target, 400, "", NOBODY, PA_PROBE_OK },
	{ &target, 404, "", ALLOWED, PA_PROBE_MISLED },
	{ &target, 308, "", NOBODY, PA_PROBE_REDIRECTED },
	/* it is the own file that was asked for */
	{ &header, 200, OWN, ALLOWED, PA_PROBE_OK },
	{ &header, 404, "", ALLOWED, PA_PROBE_OK },
	{ &header, 200, "secret of two", ALLOWED, PA_PROBE_MISLED },
	/* whoever answered so */
	{ &header, 101, "", ALLOWED, PA_PROBE_SWITCHED },
	{ &header, 101, OWN, UNKNOWN, PA_PROBE_SWITCHED },
	{ &own_file, 101, "", ALLOWED, PA_PROBE_SWITCHED },
	{ &plain, 301, "", NOBODY, PA_PROBE_REDIRECTED },
	{ &plain, 0, "", NOBODY, PA_PROBE_OK },
};

static void test_answers_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(judged); i++) {
		struct pa_probe_answer answer = { .status = judged[i].status };

		answer.body = (uint8_t *)(uintptr_t)judged[i].body;
		answer.len = strlen(judged[i].body);
		if (pa_probe_judge(judged[i].probe, &answer, PA_BYTES_LIT(OWN), &judged[i].asked) !=
			judged[i].result)
			fail_msg("row %zu: not %s", i, pa_probe_result_name(judged[i].result));
	}
}

static void test_what_breaks_off_proves_nothing(void **state)
{
	static const struct pa_probe_asked unknown = UNKNOWN, allowed = ALLOWED;
	const struct pa_bytes own = PA_BYTES_LIT(OWN);
	struct pa_probe_answer answer = { .timeout = true };

	(void)state;
	assert_int_equal(pa_probe_judge(&other, &answer, own, &unknown), PA_PROBE_NO_ANSWER);
	assert_int_equal(pa_probe_judge(&own_file, &answer, own, &unknown), PA_PROBE_NO_ANSWER);
	/* an answer began: that it does not end makes it no refusal, and no own file */
	answer.status = 200;
	answer.body = (uint8_t *)(uintptr_t)own.data;
	answer.len = own.len;
	assert_int_equal(pa_probe_judge(&target, &answer, own, &unknown), PA_PROBE_SERVED);
	answer.timeout = false;
	answer.cut = true;
	assert_int_equal(pa_probe_judge(&target, &answer, own, &unknown), PA_PROBE_SERVED);
	assert_int_equal(pa_probe_judge(&own_file, &answer, own, &allowed), PA_PROBE_NOT_SERVED);
	/* where the own file could not be got, nothing is it */
	answer = (struct pa_probe_answer){ .status = 200 };
	assert_int_equal(pa_probe_judge(&target, &answer, (struct pa_bytes){ NULL, 0 }, &allowed),
		PA_PROBE_MISLED);
	assert_int_equal(pa_probe_judge(&own_file, &answer, (struct pa_bytes){ NULL, 0 }, &allowed),
		PA_PROBE_NOT_SERVED);
}

static void test_plain_http_may_lead_to_tls(void **state)
{
	static const struct pa_probe_asked nobody = NOBODY;
	struct pa_probe_answer answer = { .status = 301, .to_https = true };

	(void)state;
	assert_int_equal(pa_probe_judge(&plain, &answer, PA_BYTES_LIT(OWN), &nobody), PA_PROBE_OK);
	/* what has TLS may not lead anywhere */
	assert_int_equal(
		pa_probe_judge(&other, &answer, PA_BYTES_LIT(OWN), &nobody), PA_PROBE_REDIRECTED);
	answer.status = 200;
	assert_int_equal(
		pa_probe_judge(&plain, &answer, PA_BYTES_LIT(OWN), &nobody), PA_PROBE_NOT_ASKED);
}

static void test_every_result_has_words(void **state)
{
	(void)state;
	for (enum pa_probe_result r = 0; r < PA_PROBE_RESULTS; r++) {
		assert_non_null(pa_probe_result_name(r));
		assert_non_null(pa_probe_result_text(r));
	}
	for (enum pa_probe_must m = 0; m <= PA_MUST_SERVE; m++)
		assert_non_null(pa_probe_must_name(m));
}

/* --- words --- */

static int make(struct pa_probe_words *words, const char *own, const char *victim_url,
	const char *pem, const char **why)
{
	struct pa_url url, other_url;

	assert_int_equal(pa_url_parse(pa_bytes_str(own), &url, why), 0);
	if (victim_url)
		assert_int_equal(pa_url_parse(pa_bytes_str(victim_url), &other_url, why), 0);
	return pa_probe_words_make(words, &url, "0004f20000ab", victim_url ? &other_url : NULL,
		pa_bytes_str(pem), why);
}

static void assert_filled(
	const struct pa_probe_words *words, const char *template, const char *expected)
{
	char *text = pa_probe_fill(template, words);

	if (expected) {
		assert_non_null(text);
		assert_string_equal(text, expected);
	} else {
		assert_null(text);
	}
	free(text);
}

static void test_words_of_an_installation(void **state)
{
	static const struct {
		const char *own, *victim_url, *template, *filled;
	} rows[] = {
		{ "https://h/0004f2000001.cfg", NULL, "{own} {victim} {mac} {other}",
			"/0004f2000001.cfg /0004f20000ab.cfg 0004f2000001 0004f20000ab" },
		{ "https://h/a/0004f2000001.cfg", NULL, "{dir} {file} {file-escaped} {file-upper}",
			"/a/ 0004f20000ab.cfg %30004f20000ab.cfg 0004F20000AB.CFG" },
		{ "https://h:8443/a/0004f2000001.cfg", NULL, "{test} {origin} {host}",
			"/a/0004f20000ab-polyauthctl-test https://h:8443 h:8443" },
		/* letters as the file has them; every place; the last address is the device's */
		{ "https://h/0004F200000A.cfg", NULL, "{victim}", "/0004F20000AB.cfg" },
		{ "https://h/0004f2000001/0004f2000001.cfg", NULL, "{victim} {dir}",
			"/0004f20000ab/0004f20000ab.cfg /0004f20000ab/" },
		{ "https://h/ffffffffffff/0004f2000001.cfg", NULL, "{victim}",
			"/ffffffffffff/0004f20000ab.cfg" },
		{ "https://h/0004f2000001/phone.cfg", NULL, "{victim} {test}",
			"/0004f20000ab/phone.cfg /0004f20000ab/0004f20000ab-polyauthctl-test" },
		{ "https://h/x/i.php?mac=0004f2000001", NULL, "{victim} {dir}|{file}",
			"/x/i.php?mac=0004f20000ab /x/|i.php?mac=0004f20000ab" },
		{ "https://h/d41d8cd98f00b204e9800998ecf8427e/0004f2000001.cfg", NULL, "{victim}",
			"/d41d8cd98f00b204e9800998ecf8427e/0004f20000ab.cfg" },
		{ "https://h/0004f2000001.cfg", "https://h/b/other.cfg", "{victim} {dir} {test}",
			"/b/other.cfg /b/ /b/0004f20000ab-polyauthctl-test" },
		{ "https://h/0004f2000001.cfg", NULL, "{der}", "AbC+/z9=" },
		{ "https://h/0004f2000001.cfg", NULL, "{pem}",
			"%2D%2D%2D%2D%2DBEGIN%20CERTIFICATE%2D%2D%2D%2D%2D%0AAbC%2B%0D%0A%2Fz9%3D%0A"
			"%2D%2D%2D%2D%2DEND%20CERTIFICATE%2D%2D%2D%2D%2D" },
		{ "https://h/0004f2000001.cfg", NULL, "", "" },
		{ "https://h/0004f2000001.cfg", NULL, "no words}", "no words}" },
		{ "https://h/0004f2000001.cfg", NULL, "{nothing}", NULL },
		{ "https://h/0004f2000001.cfg", NULL, "{ow}", NULL },
		{ "https://h/0004f2000001.cfg", NULL, "{own", NULL },
	};
	struct pa_probe_words words;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(make(&words, rows[i].own, rows[i].victim_url, PEM, &why), 0);
		assert_filled(&words, rows[i].template, rows[i].filled);
		pa_probe_words_finish(&words);
	}
}

static void test_what_cannot_be_tested(void **state)
{
	static const struct {
		const char *own, *victim_url, *pem, *why;
	} rows[] = {
		{ "http://h/0004f2000001.cfg", NULL, PEM, "https" },
		{ "https://h/phone.cfg", NULL, PEM, "address" },
		{ "https://h/0004f20000012.cfg", NULL, PEM, "address" },
		{ "https://h/0004f2000001/", NULL, PEM, "directory" },
		{ "https://h/0004f20000ab.cfg", NULL, PEM, "itself" },
		{ "https://h/0004F20000AB.cfg", NULL, PEM, "itself" },
		{ "https://h/0004f2000001.cfg", "https://h/0004f2000001.cfg", PEM, "itself" },
		{ "https://h/0004f2000001.cfg", "https://g/0004f20000ab.cfg", PEM,
			"another server" },
		{ "https://h/0004f2000001.cfg", "https://h:444/0004f20000ab.cfg", PEM,
			"another server" },
		{ "https://h/0004f2000001.cfg", NULL, "", "PEM" },
		{ "https://h/0004f2000001.cfg", NULL, "-----BEGIN CERTIFICATE-----\nAA", "PEM" },
	};
	struct pa_probe_words words;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
			make(&words, rows[i].own, rows[i].victim_url, rows[i].pem, &why), 1);
		assert_non_null(strstr(why, rows[i].why));
		pa_probe_words_finish(&words);
		pa_probe_words_finish(&words);
	}
}

/* --- the table --- */

static bool is_one_of(const char *text, const char *const *list)
{
	while (*list && strcmp(text, *list) != 0)
		list++;
	return *list != NULL;
}

static void for_each_probe(
	void (*fn)(const struct pa_probe *probe, const char *sent, const char *headers))
{
	struct pa_probe_words words;
	const char *why;

	assert_int_equal(make(&words, "https://h/a/0004f2000001.cfg", NULL, PEM, &why), 0);
	for (const struct pa_probe *probe = pa_probes; probe->name; probe++) {
		char *sent = pa_probe_fill(probe->target, &words);
		char *headers = pa_probe_fill(probe->headers ? probe->headers : "", &words);

		if (!sent || !headers)
			fail_msg("%s: a word that there is not", probe->name);
		fn(probe, sent, headers);
		free(sent);
		free(headers);
	}
	pa_probe_words_finish(&words);
}

static void assert_well_formed(const struct pa_probe *probe, const char *sent, const char *headers)
{
	/* a request line has no more than this: what is to break it is written as an escape */
	for (const char *c = sent; *c; c++)
		assert_in_range(*c, '!', '~');
	assert_true(sent[0] == '/' || strncmp(sent, "http", 4) == 0);
	while (*headers) {
		size_t len = strcspn(headers, "\n"), name = strcspn(headers, ":");

		/* without a value libcurl takes the header away */
		if (name + 2 >= len)
			fail_msg("%s: a header without a value", probe->name);
		headers += len + (headers[len] == '\n');
	}
	if (probe->flags & PA_PROBE_PLAIN)
		assert_true(probe->flags & PA_PROBE_BARE);
	if (probe->flags & PA_PROBE_BARE)
		assert_int_equal(probe->must, PA_MUST_REFUSE);
	for (const struct pa_probe *p = pa_probes; p != probe; p++)
		assert_string_not_equal(p->name, probe->name);
}

static void test_every_probe_is_well_formed(void **state)
{
	size_t last = 0;

	(void)state;
	for_each_probe(assert_well_formed);
	while (pa_probes[last + 1].name)
		last++;
	/* at both ends the own file, and nowhere else: if it is not served, the others prove
	 * nothing */
	for (size_t i = 0; i <= last; i++)
		assert_int_equal(pa_probes[i].must == PA_MUST_SERVE, i == 0 || i == last);
	assert_string_equal(pa_probes[0].target, "{own}");
	assert_string_equal(pa_probes[last].target, "{own}");
}

#define TEST_NAME "/a/0004f20000ab-polyauthctl-test"

/* Nothing but names of the test is written, whoever lets it pass. */
static void assert_harmless(const struct pa_probe *probe, const char *sent, const char *headers)
{
	static const char *const reading[] = { "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND",
		"BREW", NULL };
	static const char *const overrides[] = {
		"Method: ", "Method-Override: ", "Method_Override: ", NULL
	};
	const char *destination = strstr(headers, "Destination: ");
	bool writes = !is_one_of(probe->method, reading) || destination;

	for (const char *const *o = overrides; *o; o++) {
		const char *value = strstr(headers, *o);

		if (value)
			writes |= !strstr(value, ": GET") && !strstr(value, ": PROPFIND");
	}
	if (writes != !!(probe->flags & PA_PROBE_WRITES))
		fail_msg("%s: what writes is marked, and nothing else", probe->name);
	if (!writes)
		return;
	if (strcmp(probe->method, "COPY") == 0)
		sent = destination ? strstr(destination, TEST_NAME) : NULL;
	if (!sent || strncmp(sent, TEST_NAME, strlen(TEST_NAME)) != 0)
		fail_msg("%s: it writes what is not the test's", probe->name);
}

static void test_no_probe_harms(void **state)
{
	(void)state;
	for_each_probe(assert_harmless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_are_judged),
		cmocka_unit_test(test_what_breaks_off_proves_nothing),
		cmocka_unit_test(test_plain_http_may_lead_to_tls),
		cmocka_unit_test(test_every_result_has_words),
		cmocka_unit_test(test_words_of_an_installation),
		cmocka_unit_test(test_what_cannot_be_tested),
		cmocka_unit_test(test_every_probe_is_well_formed),
		cmocka_unit_test(test_no_probe_harms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
