#include "daemon/path/compare.h"

#include <stdlib.h>

#define STATES_MAX    512u
#define SET_WORDS     (STATES_MAX / 64)
#define SETS_MAX      (2 * PA_TOKENS_MAX + 1)
#define NODES_MAX     4096u
#define BUCKETS       8192u
#define TEMPLATES_MAX 3u
#define BYTES_MAX     256u
/* Steps of all searches of one set of rules: below a second. */
#define STEPS_MAX 4000000u

#define ANY_HEX 256u /* in a shape: a digit of {mac} or {hex} */

enum test {
	NEVER = 0,
	BYTE,
	ZERO,
	NONZERO,
	EVEN,
	EVEN_NONZERO,
	HEX,
	SEGMENT, /* any but a slash */
	ANY
};

/* What a byte that passes the test leads to: a state, or all states of a set. */
struct edge {
	uint8_t test, byte;
	bool is_set;
	uint16_t to;
};

struct set {
	uint64_t words[SET_WORDS];
};

struct automaton {
	bool ignore_case;
	uint16_t len, sets_len, accept, start; /* start: a set */
	struct edge edges[STATES_MAX][2];
	struct set sets[SETS_MAX];
};

/* Where a search has come to: the states of each template, and where in a segment. */
struct node {
	struct set sets[TEMPLATES_MAX];
	uint8_t segment, byte;
	uint16_t parent, next; /* 0: none; next of the same bucket */
};

struct pa_compare {
	size_t steps_left;
	struct automaton automata[TEMPLATES_MAX];
	size_t nodes_len; /* node 0 is none */
	struct node nodes[NODES_MAX + 1];
	uint16_t buckets[BUCKETS];
	size_t bytes_len;
	uint8_t bytes[BYTES_MAX];
};

struct pa_compare *pa_compare_new(void)
{
	struct pa_compare *c = calloc(1, sizeof(*c));

	if (c)
		c->steps_left = STEPS_MAX;
	return c;
}

void pa_compare_free(struct pa_compare *c)
{
	free(c);
}

/* --- a template as an automaton --- */

static void set_add(struct set *set, unsigned state)
{
	set->words[state / 64] |= UINT64_C(1) << state % 64;
}

static bool set_has(const struct set *set, unsigned state)
{
	return set->words[state / 64] >> state % 64 & 1;
}

static void set_join(struct set *set, const struct set *other)
{
	for (size_t i = 0; i < SET_WORDS; i++)
		set->words[i] |= other->words[i];
}

static bool set_is_empty(const struct set *set)
{
	uint64_t all = 0;

	for (size_t i = 0; i < SET_WORDS; i++)
		all |= set->words[i];
	return all == 0;
}

/* So many states, the first of which is returned; no room: STATES_MAX. */
static uint16_t add_states(struct automaton *m, size_t n)
{
	uint16_t first = m->len;

	if (STATES_MAX - m->len < n)
		return STATES_MAX;
	memset(m->edges[first], 0, n * sizeof(m->edges[0]));
	m->len = (uint16_t)(m->len + n);
	return first;
}

/* A set that holds what `from` holds. */
static uint16_t add_set(struct automaton *m, const struct set *from)
{
	m->sets[m->sets_len] = *from;
	return m->sets_len++;
}

static struct edge to_state(enum test test, uint8_t byte, size_t state)
{
	return (struct edge){
		.test = (uint8_t)test, .byte = byte, .is_set = false, .to = (uint16_t)state
	};
}

static struct edge to_set(enum test test, uint8_t byte, uint16_t set)
{
	return (struct edge){ .test = (uint8_t)test, .byte = byte, .is_set = true, .to = set };
}

/* Each adds one token before the set `next`, and returns the set where it begins; SETS_MAX: no
 * room. */

static uint16_t add_literal(struct automaton *m, struct pa_bytes text, uint16_t next)
{
	uint16_t first = add_states(m, text.len);
	struct set begin = { { 0 } };

	if (first == STATES_MAX)
		return SETS_MAX;
	for (size_t i = 0; i < text.len; i++)
		m->edges[first + i][0] = i + 1 < text.len
						 ? to_state(BYTE, text.data[i], first + i + 1)
						 : to_set(BYTE, text.data[i], next);
	set_add(&begin, first);
	return add_set(m, &begin);
}

static uint16_t add_loop(struct automaton *m, enum test test, uint16_t next)
{
	uint16_t state = add_states(m, 1), begin;

	if (state == STATES_MAX)
		return SETS_MAX;
	begin = add_set(m, &m->sets[next]);
	set_add(&m->sets[begin], state);
	m->edges[state][0] = to_set(test, 0, begin);
	return begin;
}

static uint16_t add_hex(struct automaton *m, uint16_t next)
{
	uint16_t more = add_loop(m, HEX, next), first;
	struct set begin = { { 0 } };

	if (more == SETS_MAX)
		return SETS_MAX;
	first = add_states(m, PA_MAC_DIGITS);
	if (first == STATES_MAX)
		return SETS_MAX;
	for (size_t i = 0; i < PA_MAC_DIGITS; i++)
		m->edges[first + i][0] = i + 1 < PA_MAC_DIGITS ? to_state(HEX, 0, first + i + 1)
							       : to_set(HEX, 0, more);
	set_add(&begin, first);
	return add_set(m, &begin);
}

/*
 * An address in one form: digits, after every `group` of them a separator. Two chains: of those
 * that are zeros so far, and of the others; only the latter ends. The group bit is the lowest of
 * the second digit.
 */
static bool add_form(
	struct automaton *m, size_t group, uint8_t separator, uint16_t next, struct set *begin)
{
	size_t len = PA_MAC_DIGITS + PA_MAC_DIGITS / group - 1, digit = 0;
	uint16_t first = add_states(m, 2 * len);

	if (first == STATES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		struct edge *zeros = m->edges[first + 2 * i], *others = zeros + 2;
		size_t then = first + 2 * (i + 1);
		bool is_last = i + 1 == len;

		if (i % (group + 1) == group) {
			zeros[0] = to_state(BYTE, separator, then);
			others[0] = to_state(BYTE, separator, then + 1);
			continue;
		}
		zeros[1] = to_state(digit == 1 ? EVEN_NONZERO : NONZERO, 0, then + 1);
		others[0] = to_state(digit == 1 ? EVEN : HEX, 0, then + 1);
		if (is_last) {
			zeros[1] = to_set(NONZERO, 0, next);
			others[0] = to_set(HEX, 0, next);
		} else {
			zeros[0] = to_state(ZERO, 0, then);
		}
		digit++;
	}
	set_add(begin, first);
	return true;
}

static uint16_t add_mac(struct automaton *m, bool separated, uint16_t next)
{
	static const struct {
		size_t group;
		uint8_t separator;
	} forms[] = { { PA_MAC_DIGITS, 0 }, { 2, ':' }, { 2, '-' }, { 4, '.' } };
	struct set begin = { { 0 } };

	for (size_t i = 0; i < (separated ? sizeof(forms) / sizeof(*forms) : 1); i++) {
		if (!add_form(m, forms[i].group, forms[i].separator, next, &begin))
			return SETS_MAX;
	}
	return add_set(m, &begin);
}

static uint16_t add_token(struct automaton *m, const struct pa_template *t,
	const struct pa_token *token, uint16_t next)
{
	switch (token->kind) {
	case PA_TOKEN_LITERAL:
		return add_literal(m, token->literal, next);
	case PA_TOKEN_MAC:
		return add_mac(m, t->separated, next);
	case PA_TOKEN_HEX:
		return add_hex(m, next);
	case PA_TOKEN_STAR:
		return add_loop(m, SEGMENT, next);
	case PA_TOKEN_REST:
		return add_loop(m, ANY, next);
	}
	return SETS_MAX;
}

/* false: it has too many states. */
static bool build(struct automaton *m, const struct pa_template *t)
{
	struct set end = { { 0 } };

	m->ignore_case = t->ignore_case;
	m->len = m->sets_len = 0;
	m->accept = add_states(m, 1);
	set_add(&end, m->accept);
	m->start = add_set(m, &end);
	for (size_t i = t->len; i > 0 && m->start != SETS_MAX; i--)
		m->start = add_token(m, t, &t->tokens[i - 1], m->start);
	return m->start != SETS_MAX;
}

/* --- one step --- */

static bool passes(const struct automaton *m, const struct edge *edge, uint8_t c)
{
	switch ((enum test)edge->test) {
	case NEVER:
		return false;
	case BYTE:
		return m->ignore_case ? pa_template_fold(c) == pa_template_fold(edge->byte)
				      : c == edge->byte;
	case ZERO:
		return c == '0';
	case NONZERO:
		return pa_is_hex(c) && c != '0';
	case EVEN:
		return pa_is_hex(c) && pa_hex_value(c) % 2 == 0;
	case EVEN_NONZERO:
		return pa_is_hex(c) && c != '0' && pa_hex_value(c) % 2 == 0;
	case HEX:
		return pa_is_hex(c);
	case SEGMENT:
		return c != '/';
	case ANY:
		return true;
	}
	return false;
}

static void step(const struct automaton *m, const struct set *from, uint8_t c, struct set *to)
{
	size_t words = (m->len + 63u) / 64;

	*to = (struct set){ { 0 } };
	for (size_t i = 0; i < words; i++) {
		for (uint64_t word = from->words[i]; word; word &= word - 1) {
			const struct edge *edges = m->edges[i * 64 + (size_t)__builtin_ctzll(word)];

			for (size_t k = 0; k < 2; k++) {
				if (!passes(m, &edges[k], c))
					continue;
				if (edges[k].is_set)
					set_join(to, &m->sets[edges[k].to]);
				else
					set_add(to, edges[k].to);
			}
		}
	}
}

/* --- safe paths: where in a segment we are --- */

enum segment { UNSAFE = 0, BEFORE, EMPTY, DOT, TWO_DOTS, NAME };

static enum segment segment_step(enum segment at, uint8_t c)
{
	if (at == BEFORE || c == '/')
		return c == '/' && (at == BEFORE || at == NAME) ? EMPTY : UNSAFE;
	if (c == '.' && at == EMPTY)
		return DOT;
	return c == '.' && at == DOT ? TWO_DOTS : NAME;
}

static bool may_end(enum segment at)
{
	return at == EMPTY || at == NAME;
}

/* --- the bytes that make a difference --- */

static void add_byte(struct pa_compare *c, uint8_t byte)
{
	if (!c->bytes_len || !memchr(c->bytes, byte, c->bytes_len))
		c->bytes[c->bytes_len++] = byte;
}

/* One byte of a kind that no literal names stands for all of its kind. false: there is none. */
static bool add_one_of(struct pa_compare *c, const bool *named, const char *kind)
{
	while (*kind && named[(uint8_t)*kind])
		kind++;
	if (*kind)
		add_byte(c, (uint8_t)*kind);
	return *kind != '\0';
}

/* Marks what the literals name, in either case where that makes no difference. */
static void name_literals(const struct pa_template *t, bool *named)
{
	for (size_t i = 0; i < t->len; i++) {
		struct pa_bytes text = t->tokens[i].literal;

		for (size_t k = 0; k < text.len; k++) {
			uint8_t byte = text.data[k], folded = pa_template_fold(byte);

			named[byte] = true;
			if (t->ignore_case && folded >= 'a' && folded <= 'z')
				named[folded] = named[folded - 'a' + 'A'] = true;
		}
	}
}

/* Digits first, so that the paths that are found look like addresses. */
static bool collect_bytes(
	struct pa_compare *c, const struct pa_template *const templates[TEMPLATES_MAX])
{
	bool named[256] = { false };

	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		if (templates[i])
			name_literals(templates[i], named);
	}
	c->bytes_len = 0;
	add_byte(c, '0');
	(void)add_one_of(c, named, "2468aceACE");
	(void)add_one_of(c, named, "13579bdfBDF");
	for (unsigned byte = 0; byte < 256; byte++) {
		if (named[byte])
			add_byte(c, (uint8_t)byte);
	}
	for (const char *other = "/.-:"; *other; other++)
		add_byte(c, (uint8_t)*other);
	return add_one_of(c, named, "xyzwvutsrqponmlkjihgXYZWVUTSRQPONMLKJIHG_,!$'()@ ");
}

/* --- the search --- */

static size_t bucket_of(const struct node *node)
{
	uint64_t hash = node->segment;

	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		for (size_t k = 0; k < SET_WORDS; k++)
			hash = (hash ^ node->sets[i].words[k]) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return hash >> 32 & (BUCKETS - 1);
}

/* 0: it is there already, or there is no more room (then *full). */
static uint16_t add_node(struct pa_compare *c, const struct node *like, bool *full)
{
	size_t bucket = bucket_of(like);
	struct node *node;

	for (uint16_t i = c->buckets[bucket]; i; i = c->nodes[i].next) {
		if (c->nodes[i].segment == like->segment &&
			memcmp(c->nodes[i].sets, like->sets, sizeof(like->sets)) == 0)
			return 0;
	}
	if (c->nodes_len == NODES_MAX) {
		*full = true;
		return 0;
	}
	node = &c->nodes[++c->nodes_len];
	*node = *like;
	node->next = c->buckets[bucket];
	c->buckets[bucket] = (uint16_t)c->nodes_len;
	return c->buckets[bucket];
}

/* The path that led to the node. false: it is too long. */
static bool path_of(const struct pa_compare *c, uint16_t at, char ret[PA_COMPARE_PATH_MAX])
{
	size_t len = 0;

	for (uint16_t i = at; c->nodes[i].parent; i = c->nodes[i].parent)
		len++;
	if (len >= PA_COMPARE_PATH_MAX)
		return false;
	ret[len] = '\0';
	for (uint16_t i = at; len > 0; i = c->nodes[i].parent)
		ret[--len] = (char)c->nodes[i].byte;
	return true;
}

/* The first two templates must take the path, where they are there; the third must not. */
static bool is_goal(const struct pa_compare *c, const struct node *node, const bool there[])
{
	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		bool wanted = i + 1 < TEMPLATES_MAX;

		if (there[i] && set_has(&node->sets[i], c->automata[i].accept) != wanted)
			return false;
	}
	return may_end(node->segment);
}

/* Whether the search goes on there. */
static bool next_node(
	const struct pa_compare *c, uint16_t at, uint8_t byte, const bool there[], struct node *ret)
{
	const struct node *from = &c->nodes[at];

	ret->segment = (uint8_t)segment_step(from->segment, byte);
	ret->byte = byte;
	ret->parent = at;
	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		if (!there[i])
			continue;
		step(&c->automata[i], &from->sets[i], byte, &ret->sets[i]);
		if (i + 1 < TEMPLATES_MAX && set_is_empty(&ret->sets[i]))
			return false;
	}
	return ret->segment != UNSAFE;
}

static enum pa_compare_answer search(
	struct pa_compare *c, const bool there[], char ret[PA_COMPARE_PATH_MAX])
{
	struct node node = { .segment = BEFORE };
	bool full = false;

	memset(c->buckets, 0, sizeof(c->buckets));
	c->nodes_len = 0;
	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		if (there[i])
			node.sets[i] = c->automata[i].sets[c->automata[i].start];
	}
	(void)add_node(c, &node, &full);
	for (size_t at = 1; at <= c->nodes_len; at++) {
		for (size_t i = 0; i < c->bytes_len; i++) {
			uint16_t added;

			if (c->steps_left == 0)
				return PA_COMPARE_UNKNOWN;
			c->steps_left--;
			if (!next_node(c, (uint16_t)at, c->bytes[i], there, &node))
				continue;
			added = add_node(c, &node, &full);
			if (full)
				return PA_COMPARE_UNKNOWN;
			if (added && is_goal(c, &node, there))
				return path_of(c, added, ret) ? PA_COMPARE_FOUND
							      : PA_COMPARE_UNKNOWN;
		}
	}
	return PA_COMPARE_NONE;
}

enum pa_compare_answer pa_compare_find(struct pa_compare *c, const struct pa_template *a,
	const struct pa_template *b, const struct pa_template *without,
	char ret[PA_COMPARE_PATH_MAX])
{
	const struct pa_template *const templates[TEMPLATES_MAX] = { a, b, without };
	bool there[TEMPLATES_MAX];

	ret[0] = '\0';
	for (size_t i = 0; i < TEMPLATES_MAX; i++) {
		there[i] = templates[i] != NULL;
		if (there[i] && !build(&c->automata[i], templates[i]))
			return PA_COMPARE_UNKNOWN;
	}
	if (!collect_bytes(c, templates))
		return PA_COMPARE_UNKNOWN;
	return search(c, there, ret);
}

/* --- shapes --- */

static size_t shape_room(size_t len, size_t wanted)
{
	return wanted < PA_COMPARE_SHAPE_MAX - len ? wanted : PA_COMPARE_SHAPE_MAX - len;
}

/* The token's bytes behind those that are there. false: nothing is known of what comes then. */
static bool add_shape(const struct pa_template *t, const struct pa_token *token, bool from_end,
	uint16_t *shape, size_t *len)
{
	bool is_literal = token->kind == PA_TOKEN_LITERAL;
	size_t wanted = is_literal ? token->literal.len : PA_MAC_DIGITS, n;

	if (!is_literal && token->kind != PA_TOKEN_HEX &&
		(token->kind != PA_TOKEN_MAC || t->separated))
		return false;
	n = shape_room(*len, wanted);
	for (size_t i = 0; i < n; i++) {
		size_t at = from_end ? wanted - 1 - i : i;
		uint8_t c = is_literal ? token->literal.data[at] : 0;

		shape[(*len)++] = !is_literal ? ANY_HEX : t->ignore_case ? pa_template_fold(c) : c;
	}
	return n == wanted && token->kind != PA_TOKEN_HEX;
}

void pa_compare_shape(const struct pa_template *template, struct pa_compare_shape *ret)
{
	size_t i = 0, k = template->len;

	*ret = (struct pa_compare_shape){ .first_len = 0 };
	while (i < template->len &&
		add_shape(template, &template->tokens[i], false, ret->first, &ret->first_len))
		i++;
	ret->is_whole = i == template->len;
	while (k > 0 &&
		add_shape(template, &template->tokens[k - 1], true, ret->last, &ret->last_len))
		k--;
}

static bool differs(const uint16_t *a, size_t a_len, const uint16_t *b, size_t b_len)
{
	for (size_t i = 0; i < a_len && i < b_len; i++) {
		bool same = a[i] == b[i] || (a[i] == ANY_HEX && pa_is_hex((uint8_t)b[i])) ||
			    (b[i] == ANY_HEX && pa_is_hex((uint8_t)a[i]));

		if (!same)
			return true;
	}
	return false;
}

bool pa_compare_is_apart(const struct pa_compare_shape *a, const struct pa_compare_shape *b)
{
	if (a->is_whole && b->is_whole && a->first_len != b->first_len)
		return true;
	return differs(a->first, a->first_len, b->first, b->first_len) ||
	       differs(a->last, a->last_len, b->last, b->last_len);
}
