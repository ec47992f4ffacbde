/*
 * The short way and the full one: what is accepted as a leaf of a known issuer is accepted by the
 * full verification, too, as the same chain.
 *
 *	cold PKITS-TABLE
 *
 * Asked about: shapes of leaves; leaves that are made of them by chance and signed by the issuing
 * CA (mostly), COUNT of them from SEED; the malformed certificates of the fleet ($FLEET/bad); and,
 * with POLYAUTH_TESTDATA, each end entity of PKITS under each CA of it that a path of it has made
 * known. So that it proves something, a fifth of what was made by chance must be accepted by both.
 * (T07, T13, T14, T16)
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/snapshot.h"
#include "tests/conformance/cold_mutate.h"
#include "tests/conformance/cold_world.h"
#include "tests/conformance/pkits_row.h"

#define COUNT_DEFAULT 20000u
#define WORLDS        2u
#define RSA_EVERY     16u /* signing with RSA is dear: so often */
#define PKITS_S       INT64_C(1302825600)
#define FILE_MAX      65536u
#define LEAVES_MAX    256u

struct suite {
	struct cold_world worlds[WORLDS];
	struct cold_rule rules[WORLDS][COLD_RULES];
	unsigned tests, failed;
};

static void result(struct suite *s, bool good, const char *what)
{
	s->tests++;
	s->failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", s->tests, what);
}

static void print_hex(struct pa_bytes der)
{
	printf("# ");
	for (size_t i = 0; i < der.len; i++)
		printf("%02x", der.data[i]);
	printf("\n");
}

static void print_counts(const char *what, const uint64_t *counts)
{
	printf("# %s: %" PRIu64 " accepted both ways, %" PRIu64 " only in full, %" PRIu64
	       " refused, %" PRIu64 " not read, %" PRIu64 " accepted the short way alone\n",
		what, counts[COLD_BOTH], counts[COLD_FULL_ONLY], counts[COLD_NEITHER],
		counts[COLD_UNREAD], counts[COLD_WRONG]);
}

/* --- shapes --- */

static void try_shapes(struct suite *s)
{
	bool good = true;

	for (size_t w = 0; w < WORLDS; w++) {
		for (size_t i = 0; i < s->worlds[w].shapes_len; i++) {
			const struct cold_shape *shape = &s->worlds[w].shapes[i];
			const struct cold_rule *rule = &s->rules[w][0];
			enum cold_outcome outcome = cold_verify(
				rule, shape->der, rule->hints, rule->hints_len, PA_PKI_NOW);

			if (outcome != COLD_WRONG && (outcome == COLD_BOTH) == shape->is_usual)
				continue;
			printf("# world %zu: a leaf %s: outcome %d\n", w, shape->name, outcome);
			good = false;
		}
	}
	result(s, good, "what is usual is accepted the short way, the rest is not");
}

/* --- by chance --- */

struct made {
	uint8_t bytes[2 * COLD_DER_MAX];
	struct pa_bytes der;
	struct pa_bytes hints[3];
	size_t hints_len;
	int64_t now_s;
};

static void choose_hints(struct cold_chance *chance, const struct cold_world *world,
	const struct cold_rule *rule, struct made *ret)
{
	const struct pa_bytes choices[] = { world->issuing.der, world->policy.der, world->root.der,
		world->other.der, ret->der, PA_BYTES_LIT("junk") };

	ret->hints_len = 0;
	if (cold_chance(chance, 16)) {
		ret->hints_len = rule->hints_len;
		memcpy(ret->hints, rule->hints, sizeof(rule->hints));
		if (cold_chance(chance, 8))
			return;
	}
	ret->hints[ret->hints_len++] =
		choices[cold_chance(chance, sizeof(choices) / sizeof(*choices))];
}

static int64_t choose_time(struct cold_chance *chance)
{
	static const int64_t times[] = { PA_PKI_NOW - 86401, PA_PKI_NOW - 86400, PA_PKI_NOW + 999,
		PA_PKI_NOW + 1000, PA_PKI_NOW + 1001, PA_PKI_NOW + 1049, PA_PKI_NOW + 1050,
		PA_PKI_NOW + 1500, PA_PKI_NOW + 1501, PA_PKI_NOW + 20 * PA_PKI_YEAR };

	if (cold_chance(chance, 8))
		return PA_PKI_NOW;
	return times[cold_chance(chance, sizeof(times) / sizeof(*times))];
}

static bool make_one(struct cold_chance *chance, const struct cold_world *world,
	const struct cold_rule *rule, struct made *ret)
{
	const struct cold_shape *shape = &world->shapes[cold_chance(chance, world->shapes_len)];
	bool is_own = cold_chance(chance, 64) != 0;
	uint8_t tbs[COLD_DER_MAX];
	size_t len;

	if (cold_chance(chance, 5))
		shape = &world->shapes[cold_chance(chance, 6)];
	len = cold_mutate(chance, cold_tbs(shape->der), tbs);
	len = cold_sign((struct pa_bytes){ tbs, len },
		is_own ? world->issuing.key : world->other.key, ret->bytes, sizeof(ret->bytes));
	if (len && cold_chance(chance, 64) == 0)
		ret->bytes[cold_chance(chance, len)] ^= (uint8_t)(1u << cold_chance(chance, 8));
	ret->der = (struct pa_bytes){ ret->bytes, len };
	choose_hints(chance, world, rule, ret);
	ret->now_s = choose_time(chance);
	return len != 0;
}

static void try_by_chance(struct suite *s)
{
	const char *seed_text = getenv("SEED"), *count_text = getenv("COUNT");
	uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : 1;
	uint64_t count = count_text ? strtoull(count_text, NULL, 10) : COUNT_DEFAULT;
	struct cold_chance chance = { seed };
	uint64_t counts[COLD_OUTCOMES] = { 0 };
	static struct made made;
	char what[80];

	for (uint64_t i = 0; i < count;) {
		size_t w = i % RSA_EVERY == 0;
		const struct cold_rule *rule = &s->rules[w][cold_chance(&chance, COLD_RULES)];
		enum cold_outcome outcome;

		if (!make_one(&chance, &s->worlds[w], rule, &made))
			continue;
		outcome = cold_verify(rule, made.der, made.hints, made.hints_len, made.now_s);
		counts[outcome]++;
		i++;
		if (outcome == COLD_WRONG && counts[outcome] <= 10)
			print_hex(made.der);
	}
	snprintf(what, sizeof(what), "%" PRIu64 " leaves by chance, of seed %" PRIu64, count, seed);
	print_counts(what, counts);
	result(s, counts[COLD_WRONG] == 0,
		"of leaves by chance, none is accepted the short way alone");
	result(s, counts[COLD_BOTH] >= count / 5 && counts[COLD_NEITHER] >= count / 10,
		"many of them are accepted both ways, and many refused");
}

/* --- files --- */

static struct pa_bytes load(const char *dir, const char *name)
{
	uint8_t *data = malloc(FILE_MAX);
	char path[512];
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "rb");
	cold_require(data && in, path);
	len = fread(data, 1, FILE_MAX, in);
	fclose(in);
	return (struct pa_bytes){ data, len };
}

/* Each of them as it is, and its tbs, where it has one, signed by the issuing CA. */
static void try_malformed(struct suite *s)
{
	const char *fleet = getenv("FLEET");
	uint64_t counts[COLD_OUTCOMES] = { 0 };
	static uint8_t again[2 * FILE_MAX];
	char dir[400];
	struct dirent *entry;
	DIR *list;

	snprintf(dir, sizeof(dir), "%s/bad", fleet ? fleet : "");
	list = opendir(dir);
	if (!list) {
		printf("ok %u # SKIP FLEET is not set\n", ++s->tests);
		return;
	}
	while ((entry = readdir(list)) != NULL) {
		struct cold_rule *rule = &s->rules[0][0];
		struct pa_bytes der;
		struct pa_leaf leaf;
		enum pa_reason reason;
		size_t len = 0;

		if (entry->d_name[0] == '.')
			continue;
		der = load(dir, entry->d_name);
		counts[cold_verify(rule, der, NULL, 0, PA_PKI_NOW)]++;
		if (pa_leaf_read(der, &leaf, &reason) == 0)
			len = cold_sign(
				cold_tbs(der), s->worlds[0].issuing.key, again, sizeof(again));
		counts[cold_verify(rule, (struct pa_bytes){ again, len }, NULL, 0, PA_PKI_NOW)]++;
		pa_pki_free_der(der);
	}
	closedir(list);
	print_counts("malformed", counts);
	result(s, counts[COLD_WRONG] == 0 && counts[COLD_BOTH] == 0 && counts[COLD_UNREAD] > 0,
		"nothing malformed is accepted");
}

/* --- PKITS --- */

struct leaves {
	char *names[LEAVES_MAX];
	struct pa_bytes ders[LEAVES_MAX];
	size_t len;
};

static void add_leaf(struct leaves *leaves, const char *dir, const char *name)
{
	for (size_t i = 0; i < leaves->len; i++) {
		if (strcmp(leaves->names[i], name) == 0)
			return;
	}
	cold_require(leaves->len < LEAVES_MAX, "too many end entities");
	leaves->names[leaves->len] = strdup(name);
	leaves->ders[leaves->len++] = load(dir, name);
}

static struct pa_trust *trust_of(const struct pkits_row *row, const char *dir)
{
	struct pa_trust *trust = NULL;
	enum pa_reason reason;

	cold_require(pa_snapshot_new(&trust) == 0, "memory");
	for (size_t i = 0; i < row->cas_len; i++) {
		struct pa_bytes der = load(dir, row->cas[i]);

		cold_require(pa_snapshot_add_ca(trust, i ? PA_CA_INTERMEDIATE : PA_CA_ANCHOR, der,
				     &reason) >= 0,
			row->cas[i]);
		pa_pki_free_der(der);
	}
	cold_require(pa_snapshot_seal(trust) == 0, "memory");
	return trust;
}

/* Whether the path makes its issuer known. */
static bool learn(struct cold_rule *rule, const struct pa_bytes der)
{
	struct pa_known_issuer *issuer = NULL;
	struct pa_cert *cert = NULL;
	enum pa_reason reason;
	struct pa_chain chain;
	struct pa_leaf leaf;
	struct pa_coming coming = { .trust = rule->trust, .leaf = &leaf };
	char detail[160];
	bool yes;

	yes = pa_leaf_read(der, &leaf, &reason) == 0 && pa_cert_parse(der, &cert, &reason) == 0 &&
	      pa_chain_verify(rule->trust, cert, NULL, 0, &rule->policy, PKITS_S, &chain, &reason,
		      detail, sizeof(detail)) == 0 &&
	      pa_known_issuer_learn(&coming, &rule->policy, &chain, &issuer) == 0;
	pa_cert_free(cert);
	if (yes)
		pa_known_issuers_add(rule->issuers, issuer);
	pa_known_issuer_unref(issuer);
	return yes;
}

static void try_path(const struct pkits_row *row, const char *dir, const struct leaves *leaves,
	uint64_t *counts, unsigned *known)
{
	struct pa_trust *trust = trust_of(row, dir);
	struct cold_rule rule = { .trust = trust, .policy = { .ca_leaf = true } };
	struct pa_bytes own = load(dir, row->leaf);

	cold_require(pa_known_issuers_new(&rule.issuers) == 0, "memory");
	if (learn(&rule, own)) {
		(*known)++;
		for (size_t i = 0; i < leaves->len; i++)
			counts[cold_verify(&rule, leaves->ders[i], NULL, 0, PKITS_S)]++;
	}
	pa_pki_free_der(own);
	cold_rule_finish(&rule);
	pa_trust_unref(trust);
}

static void try_pkits(struct suite *s, const char *table)
{
	const char *data = getenv("POLYAUTH_TESTDATA");
	uint64_t counts[COLD_OUTCOMES] = { 0 };
	struct leaves leaves = { .len = 0 };
	struct pkits_suite suite;
	struct pkits_row row;
	unsigned known = 0;
	char dir[400];

	if (!data) {
		printf("ok %u # SKIP POLYAUTH_TESTDATA is not set\n", ++s->tests);
		return;
	}
	snprintf(dir, sizeof(dir), "%s/pkits", data);
	for (int round = 0; round < 2; round++) {
		cold_require(pkits_open(&suite, table, data) == 0, suite.why);
		while (pkits_next(&suite, &row) == 0) {
			if (round == 0)
				add_leaf(&leaves, dir, row.leaf);
			else
				try_path(&row, dir, &leaves, counts, &known);
		}
		cold_require(!suite.why[0], suite.why);
		pkits_close(&suite);
	}
	for (size_t i = 0; i < leaves.len; i++) {
		free(leaves.names[i]);
		pa_pki_free_der(leaves.ders[i]);
	}
	printf("# PKITS: %u paths make their issuer known\n", known);
	print_counts("PKITS", counts);
	result(s, counts[COLD_WRONG] == 0 && known > 50,
		"PKITS: nothing is accepted the short way alone");
}

int main(int argc, char **argv)
{
	static struct suite s;

	if (argc != 2) {
		fprintf(stderr, "usage: cold PKITS-TABLE\n");
		return 2;
	}
	cold_world_make(&s.worlds[0], pa_pki_ec(1), pa_pki_ec(2), pa_pki_ec(3));
	cold_world_make(&s.worlds[1], pa_pki_rsa(2048), pa_pki_ec(2), pa_pki_rsa(2048));
	for (size_t w = 0; w < WORLDS; w++) {
		for (unsigned i = 0; i < COLD_RULES; i++)
			cold_rule_make(&s.rules[w][i], &s.worlds[w], i);
	}
	try_shapes(&s);
	try_by_chance(&s);
	try_malformed(&s);
	try_pkits(&s, argv[1]);
	for (size_t w = 0; w < WORLDS; w++) {
		for (unsigned i = 0; i < COLD_RULES; i++)
			cold_rule_finish(&s.rules[w][i]);
		cold_world_finish(&s.worlds[w]);
	}
	printf("1..%u\n", s.tests);
	return s.failed ? 1 : 0;
}
