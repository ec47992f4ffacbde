/*
 * Lines of the decision log, read back: held against what the daemon writes, and against lines that
 * nobody wrote. (T94)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/ctl/decision_log.h"
#include "daemon/decision.h"
#include "daemon/log.h"

#define ROUNDS 20000

static uint8_t line[PA_DECISION_LINE_MAX];

/* What the daemon writes of a decision, without its newline, behind a prefix. */
static size_t write_line(const struct pa_decision *d, const char *prefix)
{
	size_t at = strlen(prefix);
	int ends[2], saved = dup(STDERR_FILENO);
	struct pa_line text;
	ssize_t n;

	memcpy(line, prefix, at);
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	pa_decision_line(&text, d);
	pa_line_write(&text);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(ends[1]);
	n = read(ends[0], line + at, sizeof(line) - at);
	close(ends[0]);
	assert_true(n > 1 && line[at + (size_t)n - 1] == '\n');
	return at + (size_t)n - 1;
}

static struct pa_decision sample(void)
{
	struct pa_decision d = { .id = "65a1b2c3-1-2f",
		.verdict = PA_VERDICT_DENY,
		.reason = PA_R_NOT_OWNER,
		.realm = PA_BYTES_LIT("provisioning"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.class_name = PA_BYTES_LIT("device") };

	d.has_device = d.proven = true;
	d.device = (struct pa_mac){ 0x0004a11a1a1a };
	return d;
}

static void assert_text(struct pa_bytes value, const char *expected)
{
	assert_int_equal(value.len, strlen(expected));
	assert_memory_equal(value.data, expected, value.len);
}

static void what_the_daemon_writes_is_read(void **state)
{
	static const char *const prefixes[] = { "", "<6>", "Nov 25 23:02:21 host polyauthd[812]: ",
		"2026-11-25T23:02:21.123456+01:00 host polyauthd[812]: <6>",
		"nov 25 23:02:21\thost polyauthd[812]:\t" };
	struct pa_decision d = sample();
	struct pa_decision_fields fields;

	(void)state;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = write_line(&d, prefixes[i]);

		assert_int_equal(pa_decision_line_read(line, len, &fields), PA_DECISION_LINE);
		assert_text(fields.verdict, "DENY");
		assert_text(fields.reason, "not-owner");
		assert_text(fields.realm, "provisioning");
		assert_text(fields.method, "GET");
		assert_text(fields.target, "/0004f282e824.cfg");
		assert_text(fields.device, "0004a11a1a1a");
	}
	d.proven = false;
	d.method.len = d.target.len = 0;
	assert_int_equal(
		pa_decision_line_read(line, write_line(&d, ""), &fields), PA_DECISION_LINE);
	assert_text(fields.device, "0004a11a1a1a");
	assert_int_equal(fields.method.len + fields.target.len, 0);
}

static struct pa_trace shadowed(const char *check, enum pa_mode mode)
{
	return (struct pa_trace){ .check = check,
		.control = PA_REQUIRED,
		.answer = PA_DENY,
		.reason = PA_R_CHECK,
		.mode = mode,
		.shadow = true };
}

static void every_octet_of_a_source_is_written(void **state)
{
	struct pa_decision d = sample();

	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		const uint8_t four[4] = { (uint8_t)octet, (uint8_t)(255 - octet), 0,
			(uint8_t)octet };
		char address[INET_ADDRSTRLEN], expected[64];

		assert_non_null(inet_ntop(AF_INET, four, address, sizeof(address)));
		snprintf(expected, sizeof(expected), " source=%s peer-uid=0 ", address);
		d.source = (struct pa_bytes){ four, sizeof(four) };
		line[write_line(&d, "")] = '\0';
		assert_non_null(strstr((const char *)line, expected));
	}
}

/* Fields that stand there several times, and the longest line that there is. */
static void a_full_line_is_read(void **state)
{
	static uint8_t breaks[PA_REALM_MAX], spaces[PA_METHOD_MAX], quotes[PA_DECISION_TARGET_MAX],
		deletes[PA_DECISION_TEXT_MAX], backslashes[PA_FRONTEND_MAX];
	struct pa_trace trace[PA_TRACE_MAX];
	struct pa_decision d = sample();
	struct pa_decision_fields fields;
	size_t len;

	(void)state;
	for (size_t i = 0; i < PA_TRACE_MAX; i++) {
		trace[i] = shadowed("abcdefghijklmnopqrstuvw", PA_MODE_REPORT);
		memset(trace[i].detail, '"', sizeof(trace[i].detail) - 1);
	}
	d.reason = PA_R_CHECK;
	d.trace = trace;
	d.trace_len = PA_TRACE_MAX;
	memset(breaks, '\n', sizeof(breaks));
	d.realm = (struct pa_bytes){ breaks, sizeof(breaks) };
	memset(spaces, ' ', sizeof(spaces));
	d.method = (struct pa_bytes){ spaces, sizeof(spaces) };
	memset(quotes, '"', sizeof(quotes));
	d.target = (struct pa_bytes){ quotes, sizeof(quotes) };
	memset(deletes, 0x7f, sizeof(deletes));
	d.user = (struct pa_bytes){ deletes, sizeof(deletes) };
	memset(backslashes, '\\', sizeof(backslashes));
	d.frontend = (struct pa_bytes){ backslashes, sizeof(backslashes) };
	len = write_line(&d, "Nov 25 23:02:21 host polyauthd[812]: ");
	assert_true(len > 1900);
	assert_int_equal(pa_decision_line_read(line, len, &fields), PA_DECISION_LINE);
	assert_true(pa_bytes_eq(fields.realm, d.realm));
	assert_true(pa_bytes_eq(fields.method, d.method));
	assert_true(pa_bytes_eq(fields.target, d.target));
}

/* Any bytes as a target come back as they were. */
static void every_target_comes_back(void **state)
{
	struct pa_decision_fields fields;
	uint32_t seed = 20261125;

	(void)state;
	for (size_t round = 0; round < 500; round++) {
		uint8_t target[PA_DECISION_TARGET_MAX];
		struct pa_decision d = sample();
		size_t n = round % sizeof(target) + 1, len;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245u + 12345u;
			target[i] = (uint8_t)(1 + (seed >> 16) % 255);
		}
		d.target = (struct pa_bytes){ target, n };
		len = write_line(&d, "");
		assert_int_equal(pa_decision_line_read(line, len, &fields), PA_DECISION_LINE);
		assert_int_equal(fields.target.len, n);
		assert_memory_equal(fields.target.data, target, n);
		assert_text(fields.reason, "not-owner");
	}
}

static enum pa_decision_line read_text(const char *text)
{
	struct pa_decision_fields fields;
	size_t len = strlen(text);

	memcpy(line, text, len);
	return pa_decision_line_read(line, len, &fields);
}

static void lines_of_other_events_are_none(void **state)
{
	static const char *const others[] = { "",
		"ready version=0.1.0 query=/q admin=/a revision=1",
		"change revision=3 uid=0: device add", "a decision", "decision", "decision id",
		"indecision id=1 verdict=DENY reason=check",
		/* what others wrote, in a value of another event */
		"connection frontend=\"x decision id=1 verdict=ALLOW reason=ok\"",
		"note text=\" decision id=1 verdict=ALLOW reason=ok\"",
		"kernel: x=1 decision id=1 verdict=ALLOW reason=ok" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(read_text(others[i]), PA_DECISION_LINE_OTHER);
}

static void t94_a_broken_line_is_none(void **state)
{
	static const char *const broken[] = { "decision id=", "decision id=1",
		"decision id=1 verdict=DENY", "decision id=1 reason=check",
		"decision id=1 verdict=DENY reason=check target=\"/x",
		"decision id=1 verdict=DENY reason=check target=\"/x\\",
		"decision id=1 verdict=DENY reason=check target=\"/x\\x4\"",
		"decision id=1 verdict=DENY reason=check target=\"/x\\n\"",
		"decision id=1 verdict=DENY reason=check target=/x\"y\"",
		"decision id=1 verdict=DENY reason=check target=\"/x\"y",
		"decision id=1 verdict=DENY reason=check target=/x\x80",
		"decision id=1 verdict=DENY reason=check target=",
		"decision id=1 verdict=DENY reason=check =x",
		"decision id=1 verdict=DENY reason=check  target=/x",
		"decision id=1 verdict=DENY reason=check target=/x target=/y",
		"decision id=1 verdict=ALLOW verdict=DENY reason=check",
		"decision id=1 verdict=DENY reason=check claims=000000000001 device=000000000002",
		"decision id=1 verdict=DENY reason=check Target=/x",
		"decision id=1 verdict=DENY reason" };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		assert_int_equal(read_text(broken[i]), PA_DECISION_LINE_UNREADABLE);
	assert_int_equal(read_text("decision id=1 verdict=DENY reason=check new-field=\"\\x41\""),
		PA_DECISION_LINE);
	assert_int_equal(read_text("decision id=1 verdict=DENY reason=check\r"), PA_DECISION_LINE);
}

/* One byte of a good line is another one: nothing is read behind its end. */
static void no_byte_leads_astray(void **state)
{
	struct pa_decision d = sample();
	struct pa_decision_fields fields;
	uint32_t seed = 20261126;
	uint8_t good[PA_DECISION_LINE_MAX];
	size_t len;

	(void)state;
	d.target = PA_BYTES_LIT("/a\"b\\c d");
	len = write_line(&d, "host polyauthd: ");
	memcpy(good, line, len);
	for (size_t round = 0; round < ROUNDS; round++) {
		uint8_t *copy = malloc(len);
		size_t n = round % len + 1;

		assert_non_null(copy);
		memcpy(copy, good, n);
		seed = seed * 1103515245u + 12345u;
		copy[(seed >> 8) % n] = (uint8_t)(seed >> 24);
		if (pa_decision_line_read(copy, n, &fields) == PA_DECISION_LINE)
			assert_true(fields.verdict.len && fields.reason.len);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_daemon_writes_is_read),
		cmocka_unit_test(every_octet_of_a_source_is_written),
		cmocka_unit_test(a_full_line_is_read),
		cmocka_unit_test(every_target_comes_back),
		cmocka_unit_test(lines_of_other_events_are_none),
		cmocka_unit_test(t94_a_broken_line_is_none),
		cmocka_unit_test(no_byte_leads_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
