/*
 * A request against the path rules of a realm, and what comes of it: a reason, or class and owner.
 */
#ifndef TESTS_UNIT_PATH_REQUEST_H
#define TESTS_UNIT_PATH_REQUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/config.h"
#include "daemon/pki/cert.h"
#include "daemon/request.h"
#include "proto/arena.h"
#include "tests/fixtures/pki.h"

#define UNUSED __attribute__((unused))

#define OWN "0004f2000001"
#define NEW "0004f2000002"

struct row {
	const char *target, *result;          /* a reason, or class and owner */
	const char *served, *served_query;    /* NULL: the front end tells none */
	const char *method;                   /* NULL: GET */
	const char *header, *value, *another; /* a header; a second one of the same name */
};

static struct pa_pki_cert leaf;

UNUSED static int set_up(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf("0004F2000001", NULL);

	(void)state;
	pa_pki_make(&leaf, &spec);
	return 0;
}

UNUSED static int tear_down(void **state)
{
	(void)state;
	pa_pki_finish(&leaf);
	return 0;
}

UNUSED static struct pa_config *load(const char *rules)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	char *text;

	assert_true(asprintf(&text,
			    "realm r {\npeers uid:0\nidentity poly from certificate\n"
			    "stack {\nrequisite chain\nrequired owner\n}\n%s\n}\n",
			    rules) > 0);
	if (pa_config_parse("test", pa_bytes_str(text), &config, &errors) != 0)
		fail_msg("%s", errors.len ? errors.lines[0] : "no message");
	pa_config_errors_finish(&errors);
	free(text);
	return config;
}

UNUSED static struct pa_authorize_request request_of(const struct row *row)
{
	struct pa_authorize_request req = { .chain = { leaf.der },
		.chain_len = 1,
		.method = pa_bytes_str(row->method ? row->method : "GET"),
		.target = pa_bytes_str(row->target),
		.served_path = pa_bytes_str(row->served),
		.has_served_path = row->served != NULL,
		.served_query = pa_bytes_str(row->served_query) };

	if (row->value)
		req.headers[req.headers_len++] =
			(struct pa_pair){ pa_bytes_str(row->header), pa_bytes_str(row->value) };
	if (row->another)
		req.headers[req.headers_len++] =
			(struct pa_pair){ pa_bytes_str(row->header), pa_bytes_str(row->another) };
	return req;
}

UNUSED static void judge(const struct pa_config *config, const struct row *row)
{
	struct pa_authorize_request req = request_of(row);
	enum pa_reason reason = PA_R_NONE;
	char result[128] = "";
	struct pa_facts facts;
	struct pa_arena arena;
	int r;

	pa_arena_init(&arena, 4 * PA_TARGET_MAX);
	r = pa_request_facts(
		&req, &config->realms[0], NULL, NULL, PA_PKI_NOW, &arena, &facts, &reason);
	assert_in_range(r, 0, 1);
	if (r == 0 && facts.matched && !(facts.match.rule->methods & facts.method))
		snprintf(result, sizeof(result), "method-not-allowed");
	else if (r == 0 && facts.matched)
		snprintf(result, sizeof(result), "%s%s%s", facts.match.rule->class_name,
			facts.match.has_owner ? " " : "",
			facts.match.has_owner ? pa_mac_format(facts.match.owner).text : "");
	else
		snprintf(
			result, sizeof(result), "%s", pa_reason_name(r ? reason : facts.unmatched));
	if (strcmp(result, row->result) != 0)
		fail_msg("%s %s: %s, not %s (served %s?%s, %s: %s)",
			row->method ? row->method : "GET", row->target, result, row->result,
			row->served ? row->served : "-", row->served_query ? row->served_query : "",
			row->header ? row->header : "", row->value ? row->value : "");
	pa_arena_finish(&arena);
}

#endif
