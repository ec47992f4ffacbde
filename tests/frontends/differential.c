/*
 * Real web servers over a tree with files of two devices, and polyauthd's decision: wherever a
 * server serves the victim's file, the attacker must be denied, whatever the target looks like.
 *
 *	differential NAME=ADDRESS:PORT...
 *
 * The driver, differential.bats, starts the servers. SEED and COUNT from the environment. (T40-T45,
 * T49, T50)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/conformance/paths_asked.h"
#include "tests/conformance/paths_world.h"
#include "tests/frontends/differential_server.h"

#define SERVERS_MAX   16u
#define BATCH         512u
#define COUNT_DEFAULT 2000u
#define TARGET_MAX    1024u
/* One of so many gives the victim's file away; fewer would prove little. */
#define VICTIMS_SHARE 20u

/* Which files there are, and the ways into the tree that the driver configured. */
static const char *const patterns[] = { "/0004f2000001.cfg", "/0004f2000002.cfg",
	"/0004f2000002-phone.cfg", "/0004f2000001/site.cfg", "/0004f2000002/site.cfg",
	"/0004f2000001/x/site.cfg", "/0004f2000001/0004f2000002.cfg",
	"/configs/0004f2000001/0004f2000002.cfg", "/000000000000.cfg", "/sip.ld",
	"/prov/0004f2000002.cfg", "/prov/0004f2000001.cfg", "/prov../tree/0004f2000002.cfg",
	"/virt/0004f2000002.cfg", "/virt/0004f2000001.cfg", "/get?mac=0004f2000002",
	"/index.php?mac=0004f2000002", "/index.php?mac=0004f2000001",
	"/index.php?mac=0004f2000002&mac=0004f2000001", "/0004f2000001.cfg?mac=0004f2000002",
	"/0004f2000002", "/0004f2000002.cfg/0004f2000001", "/0004f2000002.cfg;0004f2000001",
	"/0004f2000001/..;/0004f2000002.cfg", "/0004f2000001/../0004f2000002.cfg",
	"/0004f2000001/%2e%2e/0004f2000002.cfg", "/0004f2000001/..%2f0004f2000002.cfg",
	"/0004f2000001.cfg/..%2f0004f2000002.cfg", "//0004f2000001//..//0004f2000002.cfg",
	"/./0004f2000002.cfg", "/0004f2000001/./../0004f2000002.cfg",
	"/x/0004f2000001.cfg/../../0004f2000002.cfg",
	"http://localhost/0004f2000001/../0004f2000002.cfg",
	"http://0004f2000001.cfg/0004f2000002.cfg", "/%30%30%30%34%66%32%30%30%30%30%30%32.cfg",
	"/0004f2000001/\\../../0004f2000002.cfg", "/0004f2000002.cfg#0004f2000001",
	"/0004f2000002%2ecfg?0004f2000001", "/0004f2000001/..///0004f2000002.cfg",
	"/private/keys.cfg", "/languages/../private/keys.cfg", "/languages/%2e%2e/private/keys.cfg",
	"/0004f2000001/../private/keys.cfg", "/languages/..%2fprivate/keys.cfg",
	"//private/keys.cfg", "/./private/keys.cfg", "/private;/keys.cfg", "/private/keys.cfg;x",
	"/private\\/keys.cfg", "/%70rivate/keys.cfg", "/languages/x/../../private//keys.cfg",
	"/virt/private/keys.cfg", "/prov../tree/private/keys.cfg", "/get?mac=private/keys",
	"/private/keys" };

static const char *const segments[] = { "..", "..", "..", ".", "0004f2000001", "0004f2000001",
	"0004f2000001.cfg", "0004f2000002", "x", "configs", "prov", "virt", "prov..", "%2e%2e",
	".%2e", "%2E.", "%2e", "..;", "...", "..%00", "", "tree", "private", "languages" };
static const char *const separators[] = { "/", "/", "/", "/", "//", "///", "/./", "%2f", "%2F",
	"\\", "/;/", "%5c" };
static const char *const files[] = { "0004f2000002.cfg", "0004f2000002.cfg",
	"0004f2000002-phone.cfg", "0004F2000002.cfg", "0004f200000%32.cfg", "0004f2000002%2ecfg",
	"0004f2000002", "0004f2000001.cfg", "site.cfg", "sip.ld", "keys.cfg", "private/keys.cfg",
	"private/keys.cfg", "private/keys.cfg", "private/keys.cfg" };

#define PICK(state, table) table[below(state, sizeof(table) / sizeof(*(table)))]

/* Of paths_world.c: the first has the rules that are installed, the others stand in nobody's way.
 */
static const char *const realms[] = { "shipped", "wide", "prefixed", "blind" };
#define REALMS (sizeof(realms) / sizeof(*realms))

struct test {
	struct world world;
	size_t servers_len, seeds_len;
	struct server servers[SERVERS_MAX];
	struct asked *seeds;
	/* one batch */
	size_t len;
	struct text targets[BATCH];
	struct pa_bytes views[BATCH];
	struct answer answers[SERVERS_MAX][BATCH];
	uint64_t allowed[REALMS], allowed_own[REALMS];
	uint64_t asked, gave_away, gave_own, wrong;
};

/* --- targets --- */

static void make_seeds(struct test *t)
{
	t->seeds_len = sizeof(patterns) / sizeof(*patterns);
	t->seeds = calloc(t->seeds_len, sizeof(*t->seeds));
	require(t->seeds != NULL, "memory");
	for (size_t i = 0; i < t->seeds_len; i++)
		text_set(&t->seeds[i].target, pa_bytes_str(patterns[i]));
}

static void append(struct text *text, const char *piece)
{
	size_t len = strlen(piece);

	memcpy(text->bytes + text->len, piece, len);
	text->len += len;
}

/* A way through the tree, by the words of all dialects. */
static void wander(uint64_t *state, struct text *text)
{
	size_t steps = below(state, 6);

	text->len = 0;
	append(text, below(state, 20) ? "/" : "http://localhost/");
	for (size_t i = 0; i < steps; i++) {
		append(text, PICK(state, segments));
		append(text, PICK(state, separators));
	}
	append(text, PICK(state, files));
	if (below(state, 12) == 0)
		append(text, below(state, 2) ? "/0004f2000001" : "?0004f2000001.cfg");
}

/* A request line holds no line end, and these servers end the connection at a NUL or a blank. */
static bool fits_a_line(const struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (memchr("\0\r\n ", text->bytes[i], 4))
			return false;
	}
	return text->len > 0 && text->len < TARGET_MAX;
}

/* The patterns as they are, the caller's own file among them; then what chance makes. */
static void make_target(struct test *t, uint64_t *state, uint64_t nth, struct text *text)
{
	static struct asked asked;

	if (nth < t->seeds_len) {
		*text = t->seeds[nth].target;
		return;
	}
	do {
		if (below(state, 2)) {
			wander(state, text);
		} else {
			mutate(state, t->seeds, t->seeds_len, &asked);
			*text = asked.target;
		}
	} while (!fits_a_line(text));
}

/* --- judging --- */

static bool is_allowed(struct test *t, size_t realm, struct pa_bytes target, const char *served)
{
	struct pa_authorize_request req = { .realm = pa_bytes_str(realms[realm]),
		.method = PA_BYTES_LIT("GET"),
		.target = target,
		.has_served_path = served != NULL,
		.served_path = pa_bytes_str(served),
		.chain = { world_certificate(&t->world, ATTACKER) },
		.chain_len = 1,
		.front_verify = PA_FRONT_SUCCESS };

	return world_ask(&t->world, &req) == PA_VERDICT_ALLOW;
}

/*
 * Whether the realm's rules are those of the server: an alias needs a prefix to be known, or what
 * it leads to is a file of another name.
 */
static bool fits(const struct server *server, size_t realm)
{
	return realm == 0 || !strstr(server->name, "alias") ||
	       strcmp(realms[realm], "prefixed") == 0;
}

/*
 * A server gives away what is not the caller's: whether the realm lets it, by the target alone or
 * with what the server says it serves. Only a rewrite to a name without an address needs the
 * latter.
 */
static bool lets_it(struct test *t, size_t realm, size_t k, size_t i, bool by_target)
{
	const struct answer *answer = &t->answers[k][i];
	const char *served = answer->served[0] ? answer->served : NULL;

	if (answer->found == FOUND_NOBODYS && !fits(&t->servers[k], realm))
		return false;
	if (answer->found == FOUND_NOBODYS && strstr(t->servers[k].name, "rewrite"))
		by_target = false;
	return by_target || is_allowed(t, realm, t->views[i], served);
}

static void judge_server(struct test *t, size_t realm, size_t k, size_t i, bool by_target)
{
	const struct answer *answer = &t->answers[k][i];

	if (answer->found != FOUND_VICTIMS && answer->found != FOUND_NOBODYS)
		return;
	if (!lets_it(t, realm, k, i, by_target) || t->wrong++ >= 20)
		return;
	printf("# %s serves it as %s, and realm %s allows the attacker: %.*s\n", t->servers[k].name,
		answer->served[0] ? answer->served : "it is", realms[realm], (int)t->views[i].len,
		(const char *)t->views[i].data);
}

static void judge(struct test *t, size_t i)
{
	bool gives_away = false, gives_own = false;

	for (size_t k = 0; k < t->servers_len; k++) {
		enum found found = t->answers[k][i].found;

		gives_away = gives_away || found == FOUND_VICTIMS || found == FOUND_NOBODYS;
		gives_own = gives_own || found == FOUND_OWN;
	}
	t->asked++;
	t->gave_away += gives_away;
	t->gave_own += gives_own;
	for (size_t realm = 0; realm < REALMS; realm++) {
		bool allowed = is_allowed(t, realm, t->views[i], NULL);

		t->allowed[realm] += allowed;
		t->allowed_own[realm] += allowed && gives_own;
		for (size_t k = 0; k < t->servers_len; k++)
			judge_server(t, realm, k, i, allowed);
	}
}

static void run_batch(struct test *t, uint64_t *state, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		make_target(t, state, t->asked + i, &t->targets[i]);
		t->views[i] = (struct pa_bytes){ t->targets[i].bytes, t->targets[i].len };
	}
	for (size_t k = 0; k < t->servers_len; k++)
		server_ask(&t->servers[k], t->views, len, t->answers[k]);
	for (size_t i = 0; i < len; i++)
		judge(t, i);
}

static bool enough(const struct test *t)
{
	return t->gave_away && t->gave_away >= t->asked / VICTIMS_SHARE;
}

static void report(const struct test *t, uint64_t seed, uint64_t count)
{
	printf("# SEED=%" PRIu64 " COUNT=%" PRIu64 "\n", seed, count);
	printf("# %-18s %10s %10s %10s %10s %10s\n", "served files of", "the victim", "nobody",
		"the caller", "everybody", "(none)");
	for (size_t k = 0; k < t->servers_len; k++) {
		const uint64_t *kinds = t->servers[k].kinds;

		printf("# %-18s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		       "\n",
			t->servers[k].name, kinds[FOUND_VICTIMS], kinds[FOUND_NOBODYS],
			kinds[FOUND_OWN], kinds[FOUND_SHARED], kinds[FOUND_NOTHING]);
	}
	printf("# %" PRIu64 " targets: by %" PRIu64
	       " some server serves what is not the caller's, by %" PRIu64 " what is\n",
		t->asked, t->gave_away, t->gave_own);
	for (size_t realm = 0; realm < REALMS; realm++)
		printf("# realm %-8s allows the caller %" PRIu64 " of them, of which %" PRIu64
		       " lead to files of the caller's\n",
			realms[realm], t->allowed[realm], t->allowed_own[realm]);
	printf("1..3\n%sok 1 - by one target of %u some server serves what is not the caller's\n",
		enough(t) ? "" : "not ", VICTIMS_SHARE);
	printf("%sok 2 - none of these is allowed to the attacker\n", t->wrong ? "not " : "");
	printf("%sok 3 - own files are\n", t->allowed_own[0] && t->allowed_own[1] ? "" : "not ");
}

static uint64_t number(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : fallback;
}

int main(int argc, char **argv)
{
	uint64_t seed = number("SEED", 1), count = number("COUNT", COUNT_DEFAULT), state = seed;
	struct test *t = calloc(1, sizeof(*t));
	bool good;

	if (argc < 2 || (size_t)argc - 1 > SERVERS_MAX || !t) {
		fprintf(stderr, "usage: differential NAME=ADDRESS:PORT...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		server_parse(&t->servers[t->servers_len++], argv[i]);
	make_seeds(t);
	world_open(&t->world);
	for (uint64_t done = 0; done < count; done += BATCH)
		run_batch(t, &state, count - done < BATCH ? count - done : BATCH);
	for (size_t k = 0; k < t->servers_len; k++)
		server_close(&t->servers[k]);
	report(t, seed, count);
	good = enough(t) && !t->wrong && t->allowed_own[0] && t->allowed_own[1];
	world_close(&t->world);
	free(t->seeds);
	free(t);
	return good ? 0 : 1;
}
