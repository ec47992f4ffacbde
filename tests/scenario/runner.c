/*
 * Stories: what operators and phones do, and what must come out. In process, no
 * sockets, a clock that the story sets. One story a file; see README.md beside.
 *
 *	runner FLEET STORY...
 *
 * FLEET is a directory made by make_fleet. Prints TAP, one line an `expect`.
 */
#include "tests/scenario/story.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/pki/crl.h"
#include "daemon/pki/kdf.h"
#include "proto/authorize.h"

#define WORDS_MAX 24

void story_fail(const struct story *s, const char *what, const char *more)
{
	fprintf(stderr, "%s:%u: %s%s%s\n", s->file, s->line, what, more ? ": " : "",
		more ? more : "");
	exit(1);
}

static int64_t story_clock(void *arg)
{
	const struct story *s = arg;

	return s->now_s;
}

int64_t story_time(const struct story *s, const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end)
		story_fail(s, "a time is written 2026-01-15T00:00:00Z", text);
	return timegm(&tm);
}

/* --- the world of a story --- */

static void open_world(struct story *s)
{
	struct pa_config_errors errors;
	struct pa_diag diag = { "" };
	struct pa_config *config;
	char text[sizeof(s->config) + 256];
	int len;

	if (s->open)
		return;
	snprintf(s->dir, sizeof(s->dir), "%s/story.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(s->dir))
		story_fail(s, "mkdtemp", s->dir);
	len = snprintf(text, sizeof(text),
		"store %s\nmap-size 64M\nlog-decisions none\nhash-cost 1\n%s", s->dir, s->config);
	if (pa_config_parse(s->file, (struct pa_bytes){ (uint8_t *)text, (size_t)len }, &config,
		    &errors) != 0)
		story_fail(s, "the configuration is refused", errors.len ? errors.lines[0] : NULL);
	pa_config_errors_finish(&errors);
	if (pa_shared_init(&s->shared, config, story_clock, s) != 0 ||
		pa_shared_open(&s->shared, 2, &diag) != 0)
		story_fail(s, "the store does not open", diag.text);
	if (uv_loop_init(&s->loop) != 0 ||
		pa_worker_init(&s->worker, &s->shared, &s->loop, 0, 0) != 0)
		story_fail(s, "the worker does not start", NULL);
	s->open = true;
}

static void close_world(struct story *s)
{
	static const char *const files[] = { "data.mdb", "data.mdb-lock", "seen.mdb",
		"seen.mdb-lock", "secret.key", "otp.key", "revision", "lock" };
	char path[128];

	if (!s->open)
		return;
	pa_worker_finish(&s->worker);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&s->loop);
	pa_shared_finish(&s->shared);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, files[i]);
		unlink(path);
	}
	if (rmdir(s->dir) != 0)
		story_fail(s, "the story's directory is not empty", s->dir);
}

static struct pa_bytes read_file(const struct story *s, const char *name)
{
	static uint8_t data[8][65536];
	static unsigned turn;
	uint8_t *slot = data[turn++ % 8];
	char path[512];
	FILE *in;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", s->fleet, name);
	in = fopen(path, "rb");
	if (!in)
		story_fail(s, "cannot be read", path);
	len = fread(slot, 1, sizeof(data[0]), in);
	fclose(in);
	return (struct pa_bytes){ slot, len };
}

void story_apply(struct story *s, struct pa_change *change)
{
	struct pa_changeset set = {
		.changes = change, .changes_len = 1, .time_s = s->now_s, .summary = "story"
	};
	int r = pa_db_apply(s->shared.db, &set);

	if (r)
		story_fail(s, "the change is refused", r < 0 ? pa_strerror(r) : "a precondition");
}

/* --- directives --- */

const char *story_option(char **words, const char *key)
{
	size_t len = strlen(key);

	for (; *words; words++) {
		if (strncmp(*words, key, len) == 0 && (*words)[len] == '=')
			return *words + len + 1;
	}
	return NULL;
}

static void do_clock(struct story *s, char **words)
{
	s->now_s = story_time(s, words[1]);
}

struct pa_mac story_mac(const struct story *s, const char *text)
{
	struct pa_mac mac;

	if (pa_mac_parse_separated(pa_bytes_str(text), &mac) != 0)
		story_fail(s, "no MAC", text);
	return mac;
}

static void do_ca(struct story *s, char **words)
{
	bool anchor = strcmp(words[1], "anchor") == 0;
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };
	struct pa_diag diag = { "" };
	enum pa_reason reason;
	struct pa_cert *cert;

	if (pa_cert_parse(read_file(s, words[2]), &cert, &reason) != 0)
		story_fail(s, "no certificate", words[2]);
	if (pa_cert_check_ca(cert, anchor, s->now_s, &diag) != 0)
		story_fail(s, words[2], diag.text);
	change.ca.kind = anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE;
	change.ca.added_s = s->now_s;
	change.ca.der = pa_cert_der(cert);
	if (pa_cert_sha256(cert, change.ca.sha256) != 0)
		story_fail(s, "digest", NULL);
	story_apply(s, &change);
	pa_cert_free(cert);
}

static void do_crl(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_crl_parsed parsed;
	struct pa_trust *trust = NULL;
	struct pa_diag diag = { "" };

	pa_shared_hold_trust(&s->shared, &trust);
	if (pa_crl_parse(trust, read_file(s, words[1]), s->now_s, &parsed, &diag) != 0)
		story_fail(s, words[1], diag.text);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	story_apply(s, &change);
	pa_crl_parsed_finish(&parsed);
	pa_trust_unref(trust);
}

/* By the file of a CA that the store holds. */
static struct pa_issuer_id parse_issuer(struct story *s, const char *file)
{
	struct pa_bytes der = read_file(s, file);
	struct pa_trust *trust = NULL;
	uint8_t sha256[PA_DIGEST_LEN];
	const struct pa_cert *cert;
	struct pa_issuer_id id = { { 0 } };
	size_t i = 0;

	pa_shared_hold_trust(&s->shared, &trust);
	while ((cert = pa_trust_ca(trust, i++, sha256, &id)) &&
		!pa_bytes_eq(pa_cert_der(cert), der))
		;
	if (!cert)
		story_fail(s, "no CA of the store", file);
	pa_trust_unref(trust);
	return id;
}

static enum pa_crl_lenience parse_lenience(const struct story *s, const char *text)
{
	static const char *const names[] = { "realm", "deny", "grace", "ignore" };
	size_t i = 0;

	while (i <= PA_CRL_IGNORE && strcmp(names[i], text) != 0)
		i++;
	if (i > PA_CRL_IGNORE)
		story_fail(s, "realm, deny, grace or ignore", text);
	return (enum pa_crl_lenience)i;
}

/* crl-policy CA [missing=LENIENCE] [stale=LENIENCE] [seconds=N] [until=TIME] */
static void do_crl_policy(struct story *s, char **words)
{
	const char *missing = story_option(words, "missing"), *stale = story_option(words, "stale");
	const char *seconds = story_option(words, "seconds"), *until = story_option(words, "until");
	struct pa_change change = { .kind = PA_CHANGE_CRL_POLICY_PUT };
	struct pa_crl_policy *policy = &change.crl_policy.policy;

	policy->issuer = parse_issuer(s, words[1]);
	if (missing) {
		change.crl_policy.fields |= PA_CRL_SET_MISSING;
		policy->missing = parse_lenience(s, missing);
	}
	if (stale) {
		change.crl_policy.fields |= PA_CRL_SET_STALE;
		policy->stale = parse_lenience(s, stale);
		policy->grace_s = seconds ? strtoll(seconds, NULL, 10) : 0;
	}
	if (until) {
		change.crl_policy.fields |= PA_CRL_SET_EXTENSION;
		policy->extended_until_s = story_time(s, until);
	}
	story_apply(s, &change);
}

/* slot SCOPE NAME SLOT PASSWORD [user=U] [from=T] [until=T] [hash=CRYPT] */
static void do_slot(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };
	struct pa_slot *slot = &change.account.slot;
	const char *from = story_option(words, "from"), *until = story_option(words, "until");
	char setting[PA_KDF_MAX];

	for (enum pa_account_scope a = PA_ACCOUNT_DEVICE; a <= PA_ACCOUNT_REALM; a++) {
		if (strcmp(words[1], pa_account_scope_name(a)) == 0)
			change.account.key.scope = a;
	}
	pa_bytes_copy(
		change.account.key.name, sizeof(change.account.key.name), pa_bytes_str(words[2]));
	pa_bytes_copy(slot->name, sizeof(slot->name), pa_bytes_str(words[3]));
	pa_bytes_copy(slot->user, sizeof(slot->user), pa_bytes_str(story_option(words, "user")));
	slot->not_before_s = from ? story_time(s, from) : 0;
	slot->not_after_s = until ? story_time(s, until) : 0;
	if (pa_kdf_new_setting(1, setting) != 0 || pa_kdf_hash(words[4], setting, slot->hash) != 0)
		story_fail(s, "hash", NULL);
	story_apply(s, &change);
}

static void join(char *out, size_t size, const struct pa_bytes *names, size_t n)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%.*s", i ? "," : "",
			(int)names[i].len, (const char *)names[i].data);
}

static void take_reply(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct story *s = run->owner;

	s->answered = true;
	story_handle_take(s, reply->chain_handle);
	s->verdict = reply->verdict;
	s->retry_after_s = reply->retry_after_s;
	pa_bytes_copy(s->reason, sizeof(s->reason), reply->reason);
	join(s->would_deny, sizeof(s->would_deny), reply->would_deny, reply->would_deny_len);
	join(s->would_challenge, sizeof(s->would_challenge), reply->would_challenge,
		reply->would_challenge_len);
}

/* \xNN in a word becomes the byte. */
static struct pa_bytes unescape(char *text)
{
	uint8_t *out = (uint8_t *)text;
	size_t len = 0;

	for (const char *at = text; *at; at++) {
		unsigned byte;

		if (at[0] == '\\' && at[1] == 'x' && sscanf(at + 2, "%2x", &byte) == 1) {
			out[len++] = (uint8_t)byte;
			at += 3;
		} else {
			out[len++] = (uint8_t)*at;
		}
	}
	return (struct pa_bytes){ out, len };
}

/* @N stands for a path of N bytes. */
static struct pa_bytes long_path(const char *count)
{
	static char path[PA_TARGET_MAX * 2];
	size_t len = strtoul(count, NULL, 10);

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	return (struct pa_bytes){ (const uint8_t *)path, len < sizeof(path) ? len : sizeof(path) };
}

static struct pa_bytes bytes_option(char **words, const char *key, const char *fallback)
{
	const char *value = story_option(words, key);

	if (value && value[0] == '@')
		return long_path(value + 1);
	return value ? unescape((char *)(uintptr_t)value) : pa_bytes_str(fallback);
}

static void add_chain(struct story *s, char **words, struct pa_authorize_request *req)
{
	const char *cert = story_option(words, "cert"), *chain = story_option(words, "chain");
	char names[512], *save = NULL, path[600];

	if (cert)
		req->chain[req->chain_len++] = read_file(s, cert);
	pa_bytes_copy(names, sizeof(names), pa_bytes_str(chain));
	for (char *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		snprintf(path, sizeof(path), "ca/%s.der", name);
		req->chain[req->chain_len++] = read_file(s, path);
	}
}

/* agent=VALUE; header=NAME:VALUE, any number of times */
static void add_headers(struct story *s, char **words, struct pa_authorize_request *req)
{
	if (story_option(words, "agent"))
		req->headers[req->headers_len++] = (struct pa_pair){ PA_BYTES_LIT("user-agent"),
			bytes_option(words, "agent", NULL) };
	for (; *words; words++) {
		char *colon = strchr(*words, ':');

		if (strncmp(*words, "header=", 7) != 0)
			continue;
		if (!colon || req->headers_len == PA_HEADERS_MAX)
			story_fail(s, "no header", *words);
		*colon = '\0';
		req->headers[req->headers_len++] =
			(struct pa_pair){ pa_bytes_str(*words + 7), unescape(colon + 1) };
	}
}

/* source=ADDRESS */
static void add_source(
	const struct story *s, char **words, uint8_t address[16], struct pa_authorize_request *req)
{
	const char *source = story_option(words, "source");

	if (!source)
		return;
	req->source.data = address;
	req->source.len = inet_pton(AF_INET, source, address) == 1    ? 4
			  : inet_pton(AF_INET6, source, address) == 1 ? 16
								      : 0;
	if (!req->source.len)
		story_fail(s, "no address", source);
}

/* What the daemon itself submitted is carried out. */
static void settle_changes(struct story *s)
{
	struct pa_changeset nothing = { .summary = "story" };

	if (pa_db_apply(s->shared.db, &nothing) != 0)
		story_fail(s, "the store is closed", NULL);
}

void story_ask(struct story *s, const struct pa_authorize_request *req, const struct pa_peer *peer,
	bool dry)
{
	static uint8_t frame[PA_FRAME_MAX];
	struct pa_run_started started;
	size_t len;
	int r;

	if (pa_authorize_request_encode(req, frame, sizeof(frame), &len) != 0)
		story_fail(s, "the request does not fit a frame", NULL);
	s->answered = false;
	pa_worker_look_at_clock(&s->worker);
	if (dry)
		r = pa_run_check(&s->worker, req, PA_R_NONE, peer->uid, take_reply, s);
	else
		r = pa_run_start(
			&s->worker, (struct pa_bytes){ frame, len }, peer, take_reply, s, &started);
	if (r)
		story_fail(s, "the run does not start", NULL);
	while (!s->answered || s->worker.runs)
		(void)uv_run(&s->loop, UV_RUN_ONCE);
	settle_changes(s);
}

static void do_request(struct story *s, char **words)
{
	struct pa_authorize_request req = { .id = 7 };
	const char *front = story_option(words, "front");
	uint8_t address[16];

	open_world(s);
	add_source(s, words, address, &req);
	req.realm = bytes_option(words, "realm", "provisioning");
	req.method = bytes_option(words, "method", "GET");
	req.target = bytes_option(words, "target", "/");
	req.served_path = bytes_option(words, "served", NULL);
	req.has_served_path = story_option(words, "served") != NULL;
	req.served_query = bytes_option(words, "served-query", NULL);
	req.path_info = bytes_option(words, "path-info", NULL);
	req.user = bytes_option(words, "user", NULL);
	req.password = bytes_option(words, "password", NULL);
	req.has_credentials = story_option(words, "user") || story_option(words, "password");
	if (front) {
		req.front_verify = PA_FRONT_FAILED;
		req.front_verify_code = (uint32_t)strtoul(front, NULL, 10);
	}
	add_chain(s, words, &req);
	add_headers(s, words, &req);
	story_handle_ask(s, words, &req, strcmp(words[0], "check") == 0);
}

void story_result(struct story *s, bool good, const char *what, const char *more)
{
	s->tests++;
	s->failed += !good;
	printf("%sok %u - %s:%u %s %s%s\n", good ? "" : "not ", s->tests, s->file, s->line, what,
		more, s->by_handle ? " (by handle)" : "");
}

static void do_expect(struct story *s, char **words)
{
	const char *shadows = story_option(words, "would-deny");
	const char *challenges = story_option(words, "would-challenge");
	const char *retry = story_option(words, "retry");
	const char *reason = words[2] && !strchr(words[2], '=') ? words[2] : NULL;
	bool good = s->answered && strcmp(pa_verdict_name(s->verdict), words[1]) == 0 &&
		    (!reason || strcmp(reason, s->reason) == 0) &&
		    (retry ? strtoul(retry, NULL, 10) : 0) == s->retry_after_s &&
		    strcmp(shadows ? shadows : "", s->would_deny) == 0 &&
		    strcmp(challenges ? challenges : "", s->would_challenge) == 0;

	story_result(s, good, words[1], reason ? reason : "");
	if (!good)
		printf("# got %s %s retry=%u would-deny=%s would-challenge=%s\n",
			pa_verdict_name(s->verdict), s->reason, (unsigned)s->retry_after_s,
			s->would_deny, s->would_challenge);
}

static const struct {
	const char *name;
	void (*run)(struct story *s, char **words);
	int words_min;
	bool needs_world;
} directives[] = {
	{ "clock", do_clock, 2, false },
	{ "device", story_device, 2, true },
	{ "device-set", story_device_set, 3, true },
	{ "device-remove", story_device_remove, 2, true },
	{ "device-forget", story_device_forget, 2, true },
	{ "prefix", story_prefix, 2, true },
	{ "prefix-remove", story_prefix_remove, 2, true },
	{ "ca", do_ca, 3, true },
	{ "crl", do_crl, 2, true },
	{ "crl-policy", do_crl_policy, 3, true },
	{ "slot", do_slot, 5, true },
	{ "request", do_request, 1, true },
	{ "check", do_request, 1, true },
	{ "expect", do_expect, 2, true },
	{ "expect-handle", story_expect_handle, 2, true },
	{ "unless-plain", story_unless_plain, 1, true },
	{ "expect-seen", story_expect_seen, 2, true },
	{ "expect-key", story_expect_key, 3, true },
	{ "rekey", story_rekey, 2, true },
	{ "expect-pending", story_expect_pending, 2, true },
	{ "otp", story_otp, 4, true },
	{ "otp-revoke", story_otp_revoke, 3, true },
	{ "expect-otp", story_expect_otp, 4, true },
};

static void do_line(struct story *s, char *line)
{
	char *words[WORDS_MAX + 1] = { NULL }, *save = NULL;
	int len = 0;

	for (char *w = strtok_r(line, " \t\n", &save); w && len < WORDS_MAX;
		w = strtok_r(NULL, " \t\n", &save))
		words[len++] = w;
	if (!len || s->left_out || words[0][0] == '#')
		return;
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		if (strcmp(words[0], directives[i].name) != 0)
			continue;
		if (len < directives[i].words_min)
			story_fail(s, "too few words", words[0]);
		if (directives[i].needs_world)
			open_world(s);
		directives[i].run(s, words);
		return;
	}
	story_fail(s, "no such directive", words[0]);
}

static void tell(struct story *s)
{
	FILE *in = fopen(s->file, "r");
	char line[4096];
	bool in_config = false;

	if (!in)
		story_fail(s, "cannot be read", NULL);
	for (s->line = 1; fgets(line, sizeof(line), in); s->line++) {
		size_t used = strlen(s->config);

		if (strcmp(line, "config\n") == 0) {
			if (s->open)
				story_fail(
					s, "the configuration stands before everything else", NULL);
			in_config = true;
			s->config[0] = '\0';
		} else if (in_config && strcmp(line, "end\n") == 0) {
			in_config = false;
		} else if (in_config) {
			snprintf(s->config + used, sizeof(s->config) - used, "%s", line);
		} else {
			do_line(s, line);
		}
	}
	fclose(in);
	close_world(s);
}

/* Returns how many of its tests have failed; *tests counts on. */
static unsigned tell_once(const char *fleet, const char *file, bool by_handle, unsigned *tests)
{
	struct story *s = calloc(1, sizeof(*s));
	unsigned failed;

	if (!s)
		exit(1);
	s->fleet = fleet;
	s->file = file;
	s->by_handle = by_handle;
	s->now_s = 1767225600;
	s->tests = *tests;
	tell(s);
	if (by_handle)
		printf("# %s: %u requests by handle\n", file, s->by_handle_len);
	*tests = s->tests;
	failed = s->failed;
	free(s);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned tests = 0, failed = 0;

	if (argc < 3) {
		fputs("usage: runner FLEET STORY...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		failed += tell_once(argv[1], argv[i], false, &tests);
		failed += tell_once(argv[1], argv[i], true, &tests);
	}
	printf("1..%u\n", tests);
	return failed || !tests ? 1 : 0;
}
