/*
 * Whose file is it: whole decisions about requests by which web servers with rules of their own
 * serve the victim's files to the attacker; about requests by chance that are like them; about what
 * phones really ask for.
 *
 *	paths TABLE
 *
 * SEED and COUNT from the environment say which mutations, and how many. With POLYAUTH_TESTDATA
 * also the collected path attacks and phone requests. (T40-T47, T49-T51)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/authorize.h"
#include "tests/conformance/paths_asked.h"
#include "tests/conformance/paths_world.h"

#define SEEDS_MAX     512u
#define ATTACKS       28u
#define TARGETS       60u
#define LOGGED        19u
#define COUNT_DEFAULT 10000u

struct suite {
	struct world world;
	struct asked *seeds;
	size_t seeds_len;
	unsigned tests, failed;
};

static void result(struct suite *s, bool good, const char *what)
{
	s->tests++;
	s->failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", s->tests, what);
}

static enum pa_verdict ask(struct suite *s, const struct asked *asked)
{
	struct pa_authorize_request req;

	asked_request(asked, world_certificate(&s->world, asked->certificate), &req);
	return world_ask(&s->world, &req);
}

static void add_seed(struct suite *s, const struct asked *asked)
{
	require(s->seeds_len < SEEDS_MAX, "there are too many seeds");
	s->seeds[s->seeds_len++] = *asked;
}

static void complain(struct suite *s, const struct asked *asked, const char *wanted)
{
	printf("# %s %s, not %s: ", pa_verdict_name(s->world.verdict), s->world.reason, wanted);
	asked_print(asked);
}

/* --- the table --- */

struct row {
	const char *number, *realms, *verdict, *reason;
	struct asked asked;
};

static const char *field(char **line)
{
	const char *ret = strsep(line, "\t\n");

	require(ret != NULL, "a row of the table has too few columns");
	return strcmp(ret, "-") == 0 ? "" : ret;
}

static void parse_row(char *line, struct row *row)
{
	struct asked *a = &row->asked;
	const char *header, *colon;

	memset(a, 0, sizeof(*a));
	row->number = field(&line);
	row->realms = field(&line);
	pa_bytes_copy(a->certificate, sizeof(a->certificate), pa_bytes_str(field(&line)));
	pa_bytes_copy(a->method, sizeof(a->method), pa_bytes_str(field(&line)));
	require(text_unescape(&a->target, field(&line)) == 0 &&
			text_unescape(&a->served, field(&line)) == 0 &&
			text_unescape(&a->path_info, field(&line)) == 0 &&
			text_unescape(&a->query, field(&line)) == 0,
		"an escape of the table");
	a->has_served = a->served.len != 0;
	header = field(&line);
	colon = strstr(header, ": ");
	if (colon) {
		pa_bytes_copy(a->header, sizeof(a->header),
			(struct pa_bytes){ (const uint8_t *)header, (size_t)(colon - header) });
		pa_bytes_copy(a->value, sizeof(a->value), pa_bytes_str(colon + 2));
	}
	row->verdict = field(&line);
	row->reason = field(&line);
}

/* Of an attack; 0: the row is no attack. */
static size_t attack_number(const struct row *row)
{
	unsigned long number = strtoul(row->number, NULL, 10);

	require(number <= ATTACKS, "a number of the table");
	return number;
}

static bool row_holds(struct suite *s, struct row *row, const char *realm)
{
	bool good;

	pa_bytes_copy(row->asked.realm, sizeof(row->asked.realm), pa_bytes_str(realm));
	good = strcmp(pa_verdict_name(ask(s, &row->asked)), row->verdict) == 0 &&
	       (!*row->reason || strcmp(s->world.reason, row->reason) == 0);
	if (!good)
		complain(s, &row->asked, row->verdict);
	return good;
}

static void run_table(struct suite *s, const char *file)
{
	bool seen[ATTACKS + 1] = { false };
	unsigned asked = 0, wrong = 0, attacks = 0;
	FILE *table = fopen(file, "r");
	static struct row row;
	size_t size = 0;
	char *line = NULL;

	require(table != NULL, file);
	while (getline(&line, &size, table) > 0) {
		if (line[0] == '#')
			continue;
		parse_row(line, &row);
		attacks += attack_number(&row) && !seen[attack_number(&row)];
		seen[attack_number(&row)] = true;
		add_seed(s, &row.asked);
		if (strcmp(row.realms, "both") == 0) {
			wrong += !row_holds(s, &row, "shipped");
			wrong += !row_holds(s, &row, "wide");
			asked += 2;
		} else {
			wrong += !row_holds(s, &row, row.realms);
			asked++;
		}
	}
	free(line);
	fclose(table);
	printf("# %u attacks on hand-written rules and what these refuse wrongly: %u decisions, %u wrong\n",
		attacks, asked, wrong);
	result(s, attacks == ATTACKS, "the table has all attacks");
	result(s, asked && !wrong, "each row of the table is decided as it says");
}

/* --- collected data --- */

static FILE *open_data(const char *name, char **line, size_t *size)
{
	const char *dir = getenv("POLYAUTH_TESTDATA");
	char path[512];
	FILE *file;

	if (!dir)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	require(file != NULL, path);
	require(getline(line, size, file) > 0, path); /* the names of the columns */
	return file;
}

static void skip(struct suite *s, const char *what)
{
	printf("ok %u - %s # SKIP POLYAUTH_TESTDATA is not set\n", ++s->tests, what);
}

static void run_path_attacks(struct suite *s)
{
	static const char *const realms[] = { "shipped", "wide" }, *const methods[] = { "GET",
		"HEAD", "PUT" };
	static const char what[] =
		"no target by which a server served the victim's file is allowed";
	struct asked asked = { .certificate = ATTACKER };
	unsigned targets = 0, decisions = 0, allowed = 0;
	char *line = NULL, *rest;
	size_t size = 0;
	FILE *file = open_data("path-attacks/must_deny_sample.tsv", &line, &size);

	if (!file) {
		skip(s, what);
		return;
	}
	while (getline(&line, &size, file) > 0) {
		rest = line;
		require(text_unescape(&asked.target, strsep(&rest, "\t\n")) == 0, "an escape");
		targets++;
		for (size_t i = 0; i < 6; i++) {
			pa_bytes_copy(
				asked.realm, sizeof(asked.realm), pa_bytes_str(realms[i % 2]));
			pa_bytes_copy(
				asked.method, sizeof(asked.method), pa_bytes_str(methods[i / 2]));
			decisions++;
			if (i == 0)
				add_seed(s, &asked);
			if (ask(s, &asked) != PA_VERDICT_ALLOW)
				continue;
			allowed++;
			complain(s, &asked, "DENY");
		}
	}
	free(line);
	fclose(file);
	printf("# %u targets by which Apache or nginx served the victim's file: %u decisions, %u allowed\n",
		targets, decisions, allowed);
	result(s, targets == TARGETS && !allowed, what);
}

/* A request that a phone logged: allowed for its owner, refused for another; a shared one, for
 * both. */
static unsigned judge_logged(struct suite *s, struct asked *asked, const char *owner)
{
	bool is_shared = strcmp(owner, "shared") == 0;
	unsigned wrong = 0;

	pa_bytes_copy(asked->certificate, sizeof(asked->certificate),
		pa_bytes_str(is_shared ? VICTIM : owner));
	if (ask(s, asked) != PA_VERDICT_ALLOW) {
		complain(s, asked, "ALLOW");
		wrong++;
	}
	pa_bytes_copy(asked->certificate, sizeof(asked->certificate), pa_bytes_str(ATTACKER));
	if ((ask(s, asked) == PA_VERDICT_ALLOW) != is_shared) {
		complain(s, asked, is_shared ? "ALLOW" : "DENY");
		wrong++;
	}
	pa_bytes_copy(asked->certificate, sizeof(asked->certificate), pa_bytes_str("none"));
	if (ask(s, asked) == PA_VERDICT_ALLOW) {
		complain(s, asked, "DENY");
		wrong++;
	}
	return wrong;
}

/* Without a certificate: by the device's own password, where the operator's rule says so. */
static unsigned judge_microbrowser(struct suite *s, struct asked *asked, const char *owner)
{
	static const struct {
		const char *certificate, *password;
		enum pa_verdict verdict;
	} rows[] = {
		{ "none", "owners", PA_VERDICT_ALLOW },
		{ "none", NULL, PA_VERDICT_CHALLENGE },
		{ "none", "attackers", PA_VERDICT_DENY },
		{ ATTACKER, "attackers", PA_VERDICT_DENY },
	};
	struct pa_authorize_request req;
	unsigned wrong = 0;

	(void)world_certificate(&s->world, owner);
	world_password(&s->world, owner, "owners");
	world_password(&s->world, ATTACKER, "attackers");
	pa_bytes_copy(asked->realm, sizeof(asked->realm), PA_BYTES_LIT("microbrowser"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		pa_bytes_copy(asked->certificate, sizeof(asked->certificate),
			pa_bytes_str(rows[i].certificate));
		asked_request(asked, world_certificate(&s->world, rows[i].certificate), &req);
		req.has_credentials = rows[i].password != NULL;
		req.password = pa_bytes_str(rows[i].password);
		req.user = PA_BYTES_LIT("x");
		if (world_ask(&s->world, &req) == rows[i].verdict)
			continue;
		complain(s, asked, pa_verdict_name(rows[i].verdict));
		wrong++;
	}
	return wrong;
}

static void run_phone_requests(struct suite *s)
{
	static const char what[] =
		"what phones asked for is allowed for them, and refused to others";
	struct asked asked = { .realm = "" };
	unsigned requests = 0, without = 0, wrong = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file = open_data("phone-requests/requests.tsv", &line, &size);

	if (!file) {
		skip(s, what);
		return;
	}
	while (getline(&line, &size, file) > 0) {
		char *rest = line, *agent, *owner;

		pa_bytes_copy(
			asked.method, sizeof(asked.method), pa_bytes_str(strsep(&rest, "\t")));
		text_set(&asked.target, pa_bytes_str(strsep(&rest, "\t")));
		agent = strsep(&rest, "\t");
		owner = strsep(&rest, "\t");
		if (strcmp(strsep(&rest, "\t"), "log") != 0)
			continue;
		requests++;
		pa_bytes_copy(asked.realm, sizeof(asked.realm), PA_BYTES_LIT("shipped"));
		wrong += judge_logged(s, &asked, owner);
		if (strncmp(agent, "Microbrowser/", 13) != 0)
			continue;
		without++;
		wrong += judge_microbrowser(s, &asked, owner);
	}
	free(line);
	fclose(file);
	printf("# %u requests that phones logged, for the owner, another device and nobody, and %u of "
	       "them without a certificate, by a password: %u wrong\n",
		requests, without, wrong);
	result(s, requests == LOGGED && without && !wrong, what);
}

/* --- mutations --- */

static uint64_t number(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : fallback;
}

static void run_mutations(struct suite *s)
{
	uint64_t seed = number("SEED", 1), count = number("COUNT", COUNT_DEFAULT);
	uint64_t state = seed, allowed = 0, wrong = 0, errors = 0;
	static struct asked asked;

	for (uint64_t i = 0; i < count; i++) {
		mutate(&state, s->seeds, s->seeds_len, &asked);
		switch (ask(s, &asked)) {
		case PA_VERDICT_ALLOW:
			allowed++;
			if (may_be_allowed(&asked))
				break;
			if (wrong++ < 20)
				complain(s, &asked, "DENY");
			break;
		case PA_VERDICT_ERROR:
			if (errors++ < 20)
				complain(s, &asked, "a verdict");
			break;
		default:
			break;
		}
	}
	printf("# SEED=%" PRIu64 " COUNT=%" PRIu64 ": mutations of %zu requests; %" PRIu64
	       " allowed, as they ask for the attacker's own or a shared file; %" PRIu64
	       " allowed wrongly; %" PRIu64 " errors\n",
		seed, count, s->seeds_len, allowed - wrong, wrong, errors);
	result(s, !wrong && !errors,
		"no mutation is allowed that does not ask for the attacker's own files");
	result(s, allowed > wrong, "and some that do");
}

int main(int argc, char **argv)
{
	bool failed;
	struct suite *s;

	if (argc != 2) {
		fprintf(stderr, "usage: paths TABLE\n");
		return 2;
	}
	s = calloc(1, sizeof(*s));
	require(s != NULL, "memory");
	s->seeds = calloc(SEEDS_MAX, sizeof(*s->seeds));
	require(s->seeds != NULL, "memory");
	world_open(&s->world);
	run_table(s, argv[1]);
	run_path_attacks(s);
	run_phone_requests(s);
	run_mutations(s);
	printf("# %" PRIu64 " decisions\n1..%u\n", s->world.decisions, s->tests);
	world_close(&s->world);
	free(s->seeds);
	failed = s->failed != 0;
	free(s);
	return failed;
}
