/* What each dialect makes of good headers, and what it makes of headers that were forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/dialect_text.h"

/* "foo" and "bar", as a certificate is written */
#define FOO      "-----BEGIN%20CERTIFICATE-----%0AZm9v%0A-----END%20CERTIFICATE-----%0A"
#define BAR      "-----BEGIN%20CERTIFICATE-----%0AYmFy%0A-----END%20CERTIFICATE-----%0A"
#define NGINX    "X-Original-Method: GET\nX-Original-URI: /a%20b?c\nX-Decoded-URI: /a b\n"
#define NGINX_OK NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: " FOO "\n"
#define NO_CERT  NGINX "X-SSL-Client-Verify: NONE\n"

struct row {
	const char *dialect, *lines;
	int result;
	const char *chain; /* certificates, with commas */
	const char *what;  /* method target served(or -) verify/code resumed source-length
			      user:password */
};

static const struct row rows[] = {
	{ "nginx", NGINX_OK, 0, "foo", "GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NO_CERT, 0, "", "GET /a%20b?c /a b 1/0 0 0 -" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,YmFy\n", 0, "foo,bar",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "X-SSL-Session-Reused: r\nX-Forwarded-For: ::1\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 1 16 -" },
	{ "nginx", NGINX_OK "X-Forwarded-For: unix:\nX-SSL-Session-Reused: .\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: bAsIc  dTpwOnE=\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 u:p:q" },
	{ "nginx", NGINX_OK "Authorization: Basic Og==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 :" },
	{ "nginx", NGINX_OK "Authorization: Digest username=\"u\"\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:certificate has expired\n",
		0, "foo", "GET /a%20b?c /a b 3/10 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:unable to verify the first certificate\n",
		0, "foo", "GET /a%20b?c /a b 3/21 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:certificate revoked\n",
		0, "foo", "GET /a%20b?c /a b 3/1 0 0 -" },
	/* headers of others (T60), aliases (T61) */
	{ "nginx",
		NO_CERT "X_SSL_Client_Cert: " FOO
			"\nClient-Cert: :Zm9v:\nX-Forwarded-Client-Cert: Cert=\"" FOO
			"\"\nX-Forwarded-Tls-Client-Cert: Zm9v\nX-SSL-Chain-DER: Zm9v\n",
		0, "", "GET /a%20b?c /a b 1/0 0 0 -" },
	/* what contradicts itself (T60, T62) */
	{ "nginx", NO_CERT "X-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: FAILED:x\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: YmFy,Zm9v\n", 1, "", "" },
	/* twice (T63) */
	{ "nginx", NGINX_OK "X-SSL-Client-Cert: " BAR "\n", 1, "", "" },
	{ "nginx", NGINX_OK "x-ssl-client-verify: SUCCESS\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Original-URI: /b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Original-Method: GET\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Decoded-URI: /b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Decoded-Args: a\nX-Decoded-Args: b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Session-Reused: r\nX-SSL-Session-Reused: r\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Forwarded-For: 192.0.2.1\nX-Forwarded-For: 192.0.2.1\n", 1, "", "" },
	{ "nginx", NGINX_OK "Authorization: Basic Og==\nAuthorization: Basic Og==\n", 1, "", "" },
	/* not there */
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-Method: GET\nX-Original-URI: /\n", 1, "",
		"" },
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-Method: GET\nX-Decoded-URI: /\n", 1, "",
		"" },
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-URI: /\nX-Decoded-URI: /\n", 1, "", "" },
	{ "nginx", "X-SSL-Client-Verify: NONE\n", 1, "", "" },
	/* without TLS */
	{ "nginx", NGINX "X-SSL-Client-Verify:\n", 0, "", "GET /a%20b?c /a b 0/0 0 0 -" },
	{ "nginx", NGINX, 0, "", "GET /a%20b?c /a b 0/0 0 0 -" },
	/* malformed */
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: Zm9v\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: " FOO BAR "\n", 1, "",
		"" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: %\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: success\nX-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,,YmFy\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,A,A,A,A,A,A,A,A,A\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==\n", 1,
		"", "" },
	{ "nginx", NGINX_OK "X-Forwarded-For: 192.0.2.1, 192.0.2.2\n", 1, "", "" },
	{ "nginx", NGINX_OK "Authorization: Basic dQ==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: Basic dTpwAA==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: Basic dTpw dTpw\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: Basic\n", 0, "foo", "GET /a%20b?c /a b 2/0 0 0 -" },
};

#define B(b) (int)(b).len, (const char *)((b).data ? (b).data : "")

static void describe(const struct polyauth_request *ask, char *out, size_t size)
{
	char served[64] = "-", user[64] = "-";

	if (ask->has_served_path)
		snprintf(served, sizeof(served), "%.*s%s%.*s", B(ask->served_path),
			ask->served_query.len ? "?" : "", B(ask->served_query));
	if (ask->has_credentials)
		snprintf(user, sizeof(user), "%.*s:%.*s", B(ask->user), B(ask->password));
	snprintf(out, size, "%.*s %.*s %s %d/%u %d %zu %s", B(ask->method), B(ask->target), served,
		(int)ask->front_verify, (unsigned)ask->front_verify_code, ask->session_resumed,
		ask->source.len, user);
}

static void test_rows(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dialect_text *t;
		char what[256] = "", chain[64] = "";
		int r = dialect_text_read(
			rows[i].dialect, rows[i].lines, strlen(rows[i].lines), &t);

		if (r == 0) {
			describe(&t->question.ask, what, sizeof(what));
			for (size_t j = 0; j < t->question.ask.chain_len; j++)
				snprintf(chain + strlen(chain), sizeof(chain) - strlen(chain),
					"%s%.*s", j ? "," : "", B(t->question.ask.chain[j]));
		} else if (!t->question.why) {
			wrong++;
		}
		if (r != rows[i].result || strcmp(what, rows[i].what) != 0 ||
			strcmp(chain, rows[i].chain) != 0) {
			print_error("# row %zu of %s: %d \"%s\" \"%s\"\n%s", i, rows[i].dialect, r,
				chain, what, rows[i].lines);
			wrong++;
		}
		dialect_text_finish(t);
	}
	assert_int_equal(wrong, 0);
}

/* Those that polyauthd judges are told, each of them, whatever stands in the place of a hyphen. */
static void test_told_headers(void **state)
{
	static const char lines[] = NO_CERT
		"User-Agent: a\nDestination: /b\nDESTINATION: /c\nX-HTTP_Method: PUT\nAccept: d\n"
		"X_HTTP_Method_Override: e\nX-Method-Override: f\nUser-Agents: g\n";
	static const char many[] = NO_CERT
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\n";
	struct dialect_text *t;
	char values[64] = "";

	(void)state;
	assert_int_equal(dialect_text_read("nginx", lines, strlen(lines), &t), 0);
	for (size_t i = 0; i < t->question.ask.headers_len; i++)
		snprintf(values + strlen(values), sizeof(values) - strlen(values), "%.*s ",
			B(t->question.ask.headers[i].value));
	assert_string_equal(values, "a /b /c PUT e f ");
	dialect_text_finish(t);
	assert_int_equal(dialect_text_read("nginx", many, strlen(many), &t), 1);
	dialect_text_finish(t);
}

static void test_names(void **state)
{
	const struct pa_dialect *dialect;

	(void)state;
	assert_null(pa_dialect_find(""));
	assert_null(pa_dialect_find("apache"));
	for (size_t i = 0; (dialect = pa_dialect_at(i)) != NULL; i++) {
		assert_ptr_equal(pa_dialect_find(dialect->name), dialect);
		assert_true(dialect->throttled == 403 || dialect->throttled == 429);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_told_headers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
