/* Decisions: their line in the log, which no request can forge, and the latest ones by their id.
 * (T94) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "daemon/decision.h"
#include "daemon/log.h"

#define FIELDS_MAX 40u
#define ROUNDS     5000u

/* A line as its readers take it apart. */
struct parsed {
	char text[4096];
	size_t len;
	char *keys[FIELDS_MAX], *values[FIELDS_MAX];
};

/* The one write that pa_decision_line() makes, without its newline. */
static void log_text(const struct pa_decision *d, char *out, size_t size)
{
	int ends[2], saved = dup(STDERR_FILENO);
	struct pa_line text;
	ssize_t len, more;
	char rest;

	assert_true(saved >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	fflush(stderr);
	dup2(ends[0], STDERR_FILENO);
	pa_decision_line(&text, d);
	pa_line_write(&text);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	len = recv(ends[1], out, size, MSG_DONTWAIT);
	more = recv(ends[1], &rest, 1, MSG_DONTWAIT);
	close(ends[1]);
	assert_true(len > 0 && (size_t)len < size);
	assert_int_equal(more, -1);
	assert_int_equal(out[len - 1], '\n');
	out[len - 1] = '\0';
	assert_int_equal(strlen(out), len - 1);
	for (const char *p = out; *p; p++)
		assert_in_range(*p, 0x20, 0x7e);
}

/* key=value or key="value"; between quotes a quote cannot stand. Values stay escaped. */
static void log_parsed(const struct pa_decision *d, struct parsed *ret)
{
	char *at;

	log_text(d, ret->text, sizeof(ret->text));
	ret->len = 0;
	assert_int_equal(strncmp(ret->text, "decision ", 9), 0);
	for (at = ret->text + 9; at && *at;) {
		assert_true(ret->len < FIELDS_MAX);
		ret->keys[ret->len] = strsep(&at, "=");
		assert_non_null(at);
		if (*at == '"') {
			at++;
			ret->values[ret->len++] = strsep(&at, "\"");
			assert_non_null(at);
			assert_true(*at == ' ' || !*at);
			at += *at == ' ';
		} else {
			ret->values[ret->len++] = strsep(&at, " ");
		}
	}
}

static const char *value_of(const struct parsed *p, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; i < p->len; i++) {
		if (strcmp(p->keys[i], key) != 0)
			continue;
		assert_null(found); /* each once */
		found = p->values[i];
	}
	return found;
}

static void assert_value(const struct parsed *p, const char *key, const char *expected)
{
	const char *found = value_of(p, key);

	if (!found || strcmp(found, expected) != 0)
		fail_msg("%s is %s, not %s", key, found ? found : "missing", expected);
}

static struct pa_trace trace[PA_TRACE_MAX]; /* of ordinary() */

static struct pa_decision ordinary(void)
{
	static const uint8_t source[] = { 192, 0, 2, 1 };

	trace[0] = (struct pa_trace){ .check = "chain", .answer = PA_PASS, .reason = PA_R_OK };
	trace[1] = (struct pa_trace){ .check = "owner",
		.answer = PA_DENY,
		.reason = PA_R_NOT_OWNER,
		.detail = "owner 0004f2000002" };
	return (struct pa_decision){ .id = "65f0c2aa-0-1f",
		.verdict = PA_VERDICT_DENY,
		.reason = PA_R_NOT_OWNER,
		.revision = 77,
		.microseconds = 412,
		.peer_uid = 33,
		.has_device = true,
		.proven = true,
		.has_owner = true,
		.device = { 0x0004f2000001 },
		.owner = { 0x0004f2000002 },
		.realm = PA_BYTES_LIT("provisioning"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f2000002.cfg"),
		.class_name = PA_BYTES_LIT("device"),
		.user = PA_BYTES_LIT("phone"),
		.frontend = PA_BYTES_LIT("apache/2.4"),
		.source = { source, sizeof(source) },
		.trace = trace,
		.trace_len = 2 };
}

static void test_the_whole_line(void **state)
{
	struct pa_decision d = ordinary();
	char text[4096];

	(void)state;
	log_text(&d, text, sizeof(text));
	assert_string_equal(text,
		"decision id=65f0c2aa-0-1f verdict=DENY reason=not-owner device=0004f2000001"
		" owner=0004f2000002 realm=provisioning method=GET target=/0004f2000002.cfg"
		" class=device user=phone source=192.0.2.1 frontend=apache/2.4 peer-uid=33"
		" detail=\"owner 0004f2000002\" revision=77 us=412");
}

static void test_a_claim_is_not_called_a_device(void **state)
{
	struct pa_decision d = ordinary();
	struct parsed p;

	(void)state;
	d.proven = false;
	log_parsed(&d, &p);
	assert_null(value_of(&p, "device"));
	assert_value(&p, "claims", "0004f2000001");
	d.has_device = d.has_owner = false;
	log_parsed(&d, &p);
	assert_null(value_of(&p, "device"));
	assert_null(value_of(&p, "claims"));
	assert_null(value_of(&p, "owner"));
}

static void test_a_zeroed_decision_is_an_error(void **state)
{
	const struct pa_decision d = { 0 };
	char text[4096];

	(void)state;
	log_text(&d, text, sizeof(text));
	assert_string_equal(text, "decision verdict=ERROR reason=none peer-uid=0 revision=0 us=0");
}

static void test_sources(void **state)
{
	static const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct pa_decision d = ordinary();
	struct parsed p;

	(void)state;
	d.source = (struct pa_bytes){ six, sizeof(six) };
	log_parsed(&d, &p);
	assert_value(&p, "source", "2001:db8::1");
	d.source.len = 0;
	log_parsed(&d, &p);
	assert_null(value_of(&p, "source"));
}

static void test_errors_are_warnings(void **state)
{
	struct pa_decision d = ordinary();
	char text[4096];

	(void)state;
	setenv("JOURNAL_STREAM", "8:1234", 1);
	pa_log_open();
	log_text(&d, text, sizeof(text));
	assert_int_equal(strncmp(text, "<6>decision id=", 15), 0);
	d.verdict = PA_VERDICT_ERROR;
	log_text(&d, text, sizeof(text));
	assert_int_equal(strncmp(text, "<4>decision id=", 15), 0);
	unsetenv("JOURNAL_STREAM");
	pa_log_open();
}

static void test_what_shadow_rules_would_have_done(void **state)
{
	struct pa_decision d = ordinary();
	char text[4096];

	(void)state;
	d.verdict = PA_VERDICT_ALLOW;
	d.reason = PA_R_OK;
	trace[0] = (struct pa_trace){ .check = "one", .answer = PA_DENY, .shadow = true };
	trace[1] = (struct pa_trace){ .check = "two", .answer = PA_CHALLENGE, .shadow = true };
	trace[2] = (struct pa_trace){ .check = "three", .answer = PA_ERROR, .shadow = true };
	trace[3] = (struct pa_trace){ .check = "four", .answer = PA_PASS, .shadow = true };
	trace[4] = (struct pa_trace){ .check = "five", .answer = PA_SKIP, .shadow = true };
	trace[5] = (struct pa_trace){ .check = "six", .answer = PA_DENY };
	d.trace_len = 6;
	log_text(&d, text, sizeof(text));
	assert_non_null(strstr(text,
		" peer-uid=33 would-deny=one would-challenge=two shadow-error=three revision"));
}

static void test_only_the_detail_of_the_reason_is_said(void **state)
{
	struct pa_decision d = ordinary();
	struct parsed p;

	(void)state;
	snprintf(trace[0].detail, sizeof(trace[0].detail), "not this one");
	log_parsed(&d, &p);
	assert_value(&p, "detail", "owner 0004f2000002");
	trace[1].detail[0] = '\0';
	log_parsed(&d, &p);
	assert_null(value_of(&p, "detail"));
	/* of a refusal before the stack */
	d.detail = PA_BYTES_LIT("CN a\nb\0\"c, issuer CN d");
	log_parsed(&d, &p);
	assert_value(&p, "detail", "CN a\\x0ab\\x00\\x22c, issuer CN d");
}

/* What a client or a front end can put into a decision, and what it would like to have said. */
static void test_no_request_forges_a_line(void **state)
{
	static const char *const hostile[] = {
		"x\ndecision id=1 verdict=ALLOW",
		"x verdict=ALLOW reason=ok",
		"x\" verdict=ALLOW device=\"0004f2000001",
		"\" verdict=ALLOW",
		"x\\\" verdict=ALLOW",
		"=verdict=ALLOW",
		"\x1b]0;title\x07\x1b[2J",
		"\r\x08\x08verdict=ALLOW",
		"\xc2\x9b[31m\xe2\x80\xae",
		"\xff\xfe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct pa_bytes text = pa_bytes_str(hostile[i]);
		struct pa_decision d = ordinary();
		struct parsed p;

		d.realm = d.method = d.target = d.user = d.frontend = text;
		pa_bytes_copy(trace[1].detail, sizeof(trace[1].detail), text);
		log_parsed(&d, &p);
		assert_int_equal(p.len, 16);
		assert_value(&p, "verdict", "DENY");
		assert_value(&p, "reason", "not-owner");
		assert_value(&p, "device", "0004f2000001");
		assert_value(&p, "owner", "0004f2000002");
		assert_value(&p, "us", "412");
		assert_null(strchr(p.text, '\033'));
	}
}

/* All that it can hold, at its longest: what is first is whole, and no number is a part of one. */
static void test_the_longest_decision(void **state)
{
	uint8_t breaks[PA_DECISION_TARGET_MAX];
	struct pa_decision d = ordinary();
	char text[4096], *number;

	(void)state;
	memset(breaks, '\n', sizeof(breaks));
	d.realm = (struct pa_bytes){ breaks, PA_REALM_MAX };
	d.method = (struct pa_bytes){ breaks, PA_METHOD_MAX };
	d.target = (struct pa_bytes){ breaks, PA_DECISION_TARGET_MAX };
	d.class_name =
		PA_BYTES_LIT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	d.user = (struct pa_bytes){ breaks, PA_DECISION_TEXT_MAX };
	d.frontend = (struct pa_bytes){ breaks, PA_FRONTEND_MAX };
	d.trace_len = PA_TRACE_MAX;
	for (size_t i = 0; i < PA_TRACE_MAX; i++) {
		trace[i] = (struct pa_trace){ .check = "xxxxxxxxxxxxxxxxxxxxxxx",
			.reason = d.reason,
			.answer = PA_DENY,
			.shadow = true };
		memset(trace[i].detail, '\n', sizeof(trace[i].detail) - 1);
	}
	d.revision = d.microseconds = UINT64_MAX;
	log_text(&d, text, sizeof(text));
	assert_true(strlen(text) < sizeof(struct pa_line));
	assert_int_equal(strncmp(text,
				 "decision id=65f0c2aa-0-1f verdict=DENY reason=not-owner"
				 " device=0004f2000001 owner=0004f2000002 realm=\"\\x0a",
				 99),
		0);
	number = strstr(text, " us=");
	assert_true(!number || strcmp(number, " us=18446744073709551615") == 0);
}

/* --- the ring --- */

static void add(struct pa_decisions *decisions, uint64_t revision, char *id)
{
	struct pa_decision d = ordinary();

	d.revision = d.microseconds = revision;
	pa_decisions_add(decisions, &d);
	memcpy(id, d.id, sizeof(d.id));
}

static void assert_bytes(struct pa_bytes found, struct pa_bytes expected)
{
	assert_int_equal(found.len, expected.len);
	assert_memory_equal(found.data, expected.data, expected.len);
}

static void assert_same(const struct pa_decision *found, const struct pa_decision *expected)
{
	assert_string_equal(found->id, expected->id);
	assert_int_equal(found->time_s, expected->time_s);
	assert_int_equal(found->verdict, expected->verdict);
	assert_int_equal(found->reason, expected->reason);
	assert_int_equal(found->revision, expected->revision);
	assert_int_equal(found->microseconds, expected->microseconds);
	assert_int_equal(found->peer_uid, expected->peer_uid);
	assert_int_equal(found->dry_run, expected->dry_run);
	assert_int_equal(found->has_device, expected->has_device);
	assert_int_equal(found->proven, expected->proven);
	assert_int_equal(found->has_owner, expected->has_owner);
	assert_int_equal(found->device.value, expected->device.value);
	assert_int_equal(found->owner.value, expected->owner.value);
	assert_bytes(found->realm, expected->realm);
	assert_bytes(found->method, expected->method);
	assert_bytes(found->target, expected->target);
	assert_bytes(found->class_name, expected->class_name);
	assert_bytes(found->user, expected->user);
	assert_bytes(found->agent, expected->agent);
	assert_bytes(found->frontend, expected->frontend);
	assert_bytes(found->detail, expected->detail);
	assert_bytes(found->source, expected->source);
	assert_int_equal(found->trace_len, expected->trace_len);
	for (size_t i = 0; i < found->trace_len; i++) {
		const struct pa_trace *a = &found->trace[i], *b = &expected->trace[i];

		assert_string_equal(a->check, b->check);
		assert_string_equal(a->detail, b->detail);
		assert_int_equal(a->control, b->control);
		assert_int_equal(a->answer, b->answer);
		assert_int_equal(a->reason, b->reason);
		assert_int_equal(a->mode, b->mode);
		assert_int_equal(a->shadow, b->shadow);
	}
}

static void test_what_is_kept_is_what_was_decided(void **state)
{
	struct pa_decision d = ordinary(), bare = { .verdict = PA_VERDICT_ERROR };
	struct pa_decision_copy *found = calloc(1, sizeof(*found));
	struct pa_decisions decisions;

	(void)state;
	assert_non_null(found);
	assert_int_equal(pa_decisions_init(&decisions, 3, 1790000000), 0);
	d.time_s = 1790000001;
	d.dry_run = true;
	d.detail = PA_BYTES_LIT("CN a\0b");
	d.agent = PA_BYTES_LIT("FileTransport PolycomVVX-VVX_411-UA/5.9.0");
	trace[1].control = PA_REQUIRED;
	trace[1].mode = PA_MODE_REPORT;
	trace[1].shadow = true;
	pa_decisions_add(&decisions, &d);
	pa_decisions_add(&decisions, &bare);
	assert_int_equal(pa_decisions_find(&decisions, pa_bytes_str(d.id), found), 0);
	assert_same(&found->decision, &d);
	assert_int_equal(pa_decisions_find(&decisions, pa_bytes_str(bare.id), found), 0);
	assert_same(&found->decision, &bare);
	free(found);
	pa_decisions_finish(&decisions);
}

/* The longest that there are leave the fewest; each of them is whole, and no other one is found. */
static void test_the_latest_are_found_by_their_id(void **state)
{
	static uint8_t text[2 * PA_DECISION_TARGET_MAX];
	static char ids[20000][PA_DECISION_ID_MAX + 1];
	const size_t made = sizeof(ids) / sizeof(*ids);
	struct pa_decision_copy *found = calloc(1, sizeof(*found));
	struct pa_decisions decisions;
	size_t first_kept = made;

	(void)state;
	assert_non_null(found);
	memset(text, 'x', sizeof(text));
	assert_int_equal(pa_decisions_init(&decisions, 3, 1790000000), 0);
	assert_int_equal(pa_decisions_find(&decisions, PA_BYTES_LIT(""), found), 1);
	for (size_t i = 0; i < made; i++) {
		struct pa_decision d = ordinary();

		d.revision = i;
		d.target = (struct pa_bytes){ text, i % 3 ? i % sizeof(text) : 1 };
		d.user = (struct pa_bytes){ text, i % 5 ? 0 : i % sizeof(text) };
		pa_decisions_add(&decisions, &d);
		memcpy(ids[i], d.id, sizeof(d.id));
	}
	for (size_t i = made; i--;) {
		bool kept = pa_decisions_find(&decisions, pa_bytes_str(ids[i]), found) == 0;

		/* with no gap between them */
		assert_true(!kept || first_kept == i + 1);
		if (!kept)
			continue;
		first_kept = i;
		assert_string_equal(found->decision.id, ids[i]);
		assert_int_equal(found->decision.revision, i);
		assert_int_equal(found->decision.target.len,
			i % 3 && i % sizeof(text) < PA_DECISION_TARGET_MAX
				? i % sizeof(text)
				: (i % 3 ? PA_DECISION_TARGET_MAX : 1));
		assert_string_equal(found->trace[1].detail, "owner 0004f2000002");
		assert_bytes(found->decision.frontend, PA_BYTES_LIT("apache/2.4"));
	}
	assert_in_range(made - first_kept, 2000, 5000);
	assert_int_equal(decisions.made, made);
	assert_int_equal(pa_decisions_find(&decisions, PA_BYTES_LIT("nothing"), found), 1);
	/* the beginning that all of them have is none */
	assert_int_equal(pa_decisions_find(&decisions, pa_bytes_str(decisions.prefix), found), 1);
	free(found);
	pa_decisions_finish(&decisions);
	pa_decisions_finish(&decisions);
}

static void test_ids_tell_workers_and_processes_apart(void **state)
{
	static const struct {
		unsigned worker;
		int64_t started_s;
	} rows[] = { { 0, 1790000000 }, { 1, 1790000000 }, { 0, 1790000001 }, { 17, 1790000000 } };
	char ids[4][PA_DECISION_ID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct pa_decisions decisions;

		assert_int_equal(
			pa_decisions_init(&decisions, rows[i].worker, rows[i].started_s), 0);
		add(&decisions, 0, ids[i]);
		pa_decisions_finish(&decisions);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

static void test_ids_fit_whatever_their_numbers(void **state)
{
	struct pa_decisions decisions;
	char first[PA_DECISION_ID_MAX + 1], second[PA_DECISION_ID_MAX + 1];

	(void)state;
	assert_int_equal(pa_decisions_init(&decisions, UINT32_MAX, INT64_MAX), 0);
	decisions.made = UINT64_C(0xfffffffffffd);
	add(&decisions, 0, first);
	add(&decisions, 0, second);
	assert_string_not_equal(first, second);
	assert_in_range(strlen(first), 1, PA_DECISION_ID_MAX);
	assert_string_equal(second + strlen(second) - 13, "-ffffffffffff");
	pa_decisions_finish(&decisions);
}

struct found {
	char ids[4][PA_DECISION_ID_MAX + 1];
	size_t len, max;
};

static bool take_found(void *arg, const struct pa_decision *decision)
{
	struct found *found = arg;

	memcpy(found->ids[found->len++], decision->id, sizeof(decision->id));
	return found->len < found->max;
}

static void decide_for(struct pa_decisions *decisions, const char *agent)
{
	struct pa_decision d = { .agent = pa_bytes_str(agent) };

	pa_decisions_add(decisions, &d);
}

static void assert_found(struct pa_decisions *decisions, const char *agent, size_t max, size_t len)
{
	struct found found = { .max = max };

	pa_decisions_of_agent(decisions, pa_bytes_str(agent), take_found, &found);
	assert_int_equal(found.len, len);
	/* the oldest first */
	for (size_t i = 1; i < len; i++)
		assert_true(strcmp(found.ids[i - 1], found.ids[i]) < 0);
}

static void test_decisions_of_one_agent(void **state)
{
	struct pa_decisions decisions;

	(void)state;
	assert_int_equal(pa_decisions_init(&decisions, 0, 1790000000), 0);
	assert_found(&decisions, "one", 4, 0);
	assert_found(&decisions, "", 4, 0);
	/* on both sides of the ring's end */
	while (decisions.head < PA_DECISIONS_BYTES - PA_DECISION_PACKED_MAX - 200)
		decide_for(&decisions, "another");
	decide_for(&decisions, "one");
	decide_for(&decisions, "one more");
	decide_for(&decisions, "one");
	decide_for(&decisions, "on");
	decide_for(&decisions, "one");
	assert_found(&decisions, "one", 4, 3);
	assert_found(&decisions, "one", 2, 2);
	assert_found(&decisions, "one more", 4, 1);
	assert_found(&decisions, "One", 4, 0);
	pa_decisions_finish(&decisions);
}

static void *make_many(void *arg)
{
	char id[PA_DECISION_ID_MAX + 1];

	for (uint64_t i = 0; i < ROUNDS; i++)
		add(arg, i, id);
	return NULL;
}

/* Who asks while a worker decides sees a whole decision or none. */
static void test_explain_while_decisions_are_made(void **state)
{
	struct pa_decisions decisions;
	struct pa_decision_copy *found = calloc(1, sizeof(*found));
	char id[PA_DECISION_ID_MAX + 1];
	pthread_t thread;

	(void)state;
	assert_non_null(found);
	assert_int_equal(pa_decisions_init(&decisions, 0, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, make_many, &decisions), 0);
	for (unsigned i = 1; i < 200; i++) {
		snprintf(id, sizeof(id), "%s%x", decisions.prefix, i * 20);
		if (pa_decisions_find(&decisions, pa_bytes_str(id), found) == 0) {
			assert_int_equal(found->decision.revision, i * 20 - 1);
			assert_int_equal(found->decision.revision, found->decision.microseconds);
		}
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	snprintf(id, sizeof(id), "%s%x", decisions.prefix, ROUNDS);
	assert_int_equal(pa_decisions_find(&decisions, pa_bytes_str(id), found), 0);
	assert_int_equal(found->decision.revision, ROUNDS - 1);
	free(found);
	pa_decisions_finish(&decisions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_line),
		cmocka_unit_test(test_a_claim_is_not_called_a_device),
		cmocka_unit_test(test_a_zeroed_decision_is_an_error),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_errors_are_warnings),
		cmocka_unit_test(test_what_shadow_rules_would_have_done),
		cmocka_unit_test(test_only_the_detail_of_the_reason_is_said),
		cmocka_unit_test(test_no_request_forges_a_line),
		cmocka_unit_test(test_the_longest_decision),
		cmocka_unit_test(test_what_is_kept_is_what_was_decided),
		cmocka_unit_test(test_the_latest_are_found_by_their_id),
		cmocka_unit_test(test_decisions_of_one_agent),
		cmocka_unit_test(test_ids_tell_workers_and_processes_apart),
		cmocka_unit_test(test_ids_fit_whatever_their_numbers),
		cmocka_unit_test(test_explain_while_decisions_are_made),
	};

	unsetenv("JOURNAL_STREAM");
	pa_log_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
