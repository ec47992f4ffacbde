#include "tests/conformance/cold_mutate.h"

#include "daemon/pki/der.h"

#define NODES_MAX 600
#define NONE      (-1)
#define DEPTH_MAX 20

struct node {
	uint8_t tag;
	bool has_prefix;         /* a BIT STRING that is opened: an octet stands before it */
	struct pa_bytes content; /* of a leaf of the tree */
	int first, next;
};

struct tree {
	struct node nodes[NODES_MAX];
	int len;
	uint8_t made[512]; /* contents that are nowhere else */
	size_t made_len;
};

/* What certificates are made of. */
static const struct pa_bytes words[] = {
	PA_BYTES_LIT("\x55\x1d\x0f"),
	PA_BYTES_LIT("\x55\x1d\x25"),
	PA_BYTES_LIT("\x55\x1d\x13"),
	PA_BYTES_LIT("\x55\x1d\x0e"),
	PA_BYTES_LIT("\x55\x1d\x23"),
	PA_BYTES_LIT("\x55\x1d\x11"),
	PA_BYTES_LIT("\x55\x1d\x1f"),
	PA_BYTES_LIT("\x55\x1d\x1e"),
	PA_BYTES_LIT("\x55\x1d\x20"),
	PA_BYTES_LIT("\x55\x1d\x24"),
	PA_BYTES_LIT("\x55\x1d\x2e"),
	PA_BYTES_LIT("\x55\x1d\x36"),
	PA_BYTES_LIT("\x55\x1d\x25\x00"),
	PA_BYTES_LIT("\x55\x04\x03"),
	PA_BYTES_LIT("\x55\x04\x0a"),
	PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x03\x02"),
	PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x03\x01"),
	PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x01\x01"),
	PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x01\x0e"),
	PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x01\x07"),
	PA_BYTES_LIT("\x60\x86\x48\x01\x86\xf8\x42\x01\x01"),
	PA_BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
	PA_BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
	PA_BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
	PA_BYTES_LIT("\x2a\x86\x48\xce\x3d\x03\x01\x07"),
	PA_BYTES_LIT("\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	PA_BYTES_LIT("\x2b\x81\x04\x00\x22"),
	PA_BYTES_LIT("\xff"),
	PA_BYTES_LIT("\x00"),
	PA_BYTES_LIT("\x01"),
	PA_BYTES_LIT("\x02"),
	PA_BYTES_LIT(""),
	PA_BYTES_LIT("\x05\xa0"),
	PA_BYTES_LIT("\x07\x80"),
	PA_BYTES_LIT("\x02\x04"),
	PA_BYTES_LIT("\x01\x06"),
	PA_BYTES_LIT("\x07\x00\x80"),
	PA_BYTES_LIT("\x30\x03\x01\x01\xff"),
	PA_BYTES_LIT("\x30\x06\x01\x01\xff\x02\x01\x00"),
	PA_BYTES_LIT("\x30\x00"),
	PA_BYTES_LIT("\x05\x00"),
	PA_BYTES_LIT("0004F2E00001"),
	PA_BYTES_LIT("0004F2E00001\0"),
	PA_BYTES_LIT("Issuing"),
	PA_BYTES_LIT(" iSSuing "),
	PA_BYTES_LIT("\xc3\xa9"),
	PA_BYTES_LIT("\xe9"),
	PA_BYTES_LIT("260921141320Z"),
	PA_BYTES_LIT("270921141320Z"),
	PA_BYTES_LIT("500101000000Z"),
	PA_BYTES_LIT("20260921141320Z"),
	PA_BYTES_LIT("20260921141321Z"),
	PA_BYTES_LIT("99991231235959Z"),
	PA_BYTES_LIT("00000101000000Z"),
	PA_BYTES_LIT("20270230000000Z"),
};

static const uint8_t tags[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14,
	0x16, 0x17, 0x18, 0x1a, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa2,
	0xa3, 0xa4 };

uint64_t cold_chance(struct cold_chance *chance, uint64_t below)
{
	uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* --- a tree and its bytes --- */

static int read_run(struct tree *tree, struct pa_bytes in, unsigned depth);

static bool is_run(struct pa_bytes in)
{
	return in.len > 1 && pa_der_valid(in);
}

static void open_node(struct tree *tree, int at, unsigned depth)
{
	struct node *node = &tree->nodes[at];
	struct pa_bytes inner = node->content;

	if (node->tag == PA_DER_BIT_STRING && inner.len && inner.data[0] == 0) {
		inner.data++;
		inner.len--;
		if (!is_run(inner))
			return;
		node->has_prefix = true;
	} else if (node->tag == PA_DER_OCTET_STRING ? !is_run(inner) : !(node->tag & 0x20)) {
		return;
	}
	if (depth < DEPTH_MAX) {
		int first = read_run(tree, inner, depth + 1);

		tree->nodes[at].first = first;
	}
}

/* The first of the nodes, or NONE. */
static int read_run(struct tree *tree, struct pa_bytes in, unsigned depth)
{
	int first = NONE, last = NONE;
	struct pa_der element;

	while (in.len && tree->len < NODES_MAX && pa_der_next(&in, &element) == 0) {
		int at = tree->len++;

		tree->nodes[at] = (struct node){
			.tag = element.tag, .content = element.content, .first = NONE, .next = NONE
		};
		if (last == NONE)
			first = at;
		else
			tree->nodes[last].next = at;
		last = at;
		open_node(tree, at, depth);
	}
	return first;
}

size_t cold_put_header(uint8_t *out, uint8_t tag, size_t len)
{
	size_t octets = 0;

	out[0] = tag;
	if (len < 0x80) {
		out[1] = (uint8_t)len;
		return 2;
	}
	while (len >> (8 * octets))
		octets++;
	out[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(len >> (8 * (octets - 1 - i)));
	return 2 + octets;
}

/* Written from its end towards its beginning: *room is what is left before it. */
static bool write_run(const struct tree *tree, int at, uint8_t *out, size_t *room, unsigned depth)
{
	const struct node *node;
	size_t end, len, head_len;
	uint8_t head[8];

	if (at == NONE)
		return true;
	node = &tree->nodes[at];
	if (depth > DEPTH_MAX * 2 || !write_run(tree, node->next, out, room, depth))
		return false;
	end = *room;
	if (node->first == NONE) {
		if (*room < node->content.len)
			return false;
		*room -= node->content.len;
		if (node->content.len)
			memcpy(out + *room, node->content.data, node->content.len);
	} else if (!write_run(tree, node->first, out, room, depth + 1)) {
		return false;
	}
	if (node->has_prefix && node->first != NONE) {
		if (*room < 1)
			return false;
		out[--*room] = 0;
	}
	len = end - *room;
	head_len = cold_put_header(head, node->tag, len);
	if (*room < head_len)
		return false;
	*room -= head_len;
	memcpy(out + *room, head, head_len);
	return true;
}

/* --- changes --- */

static int before(const struct tree *tree, int at)
{
	for (int i = 0; i < tree->len; i++) {
		if (tree->nodes[i].next == at)
			return i;
	}
	return NONE;
}

static void take_out(struct tree *tree, int at)
{
	int previous = before(tree, at), next = tree->nodes[at].next;

	if (previous != NONE)
		tree->nodes[previous].next = next;
	for (int i = 0; previous == NONE && i < tree->len; i++) {
		if (tree->nodes[i].first == at) {
			tree->nodes[i].first = next;
			if (next == NONE)
				tree->nodes[i].content.len = 0;
		}
	}
}

static void put_in_behind(struct tree *tree, int at, int which)
{
	int copy = tree->len;

	if (tree->len == NODES_MAX)
		return;
	tree->len++;
	tree->nodes[copy] = tree->nodes[which];
	tree->nodes[copy].next = tree->nodes[at].next;
	tree->nodes[at].next = copy;
}

static void swap_with_next(struct tree *tree, int at)
{
	int next = tree->nodes[at].next;
	struct node own = tree->nodes[at];

	if (next == NONE)
		return;
	tree->nodes[at] = tree->nodes[next];
	tree->nodes[at].next = next;
	own.next = tree->nodes[next].next;
	tree->nodes[next] = own;
}

/* Content of its own, one octet longer at most. */
static uint8_t *own_content(struct tree *tree, int at)
{
	struct node *node = &tree->nodes[at];
	uint8_t *ret = tree->made + tree->made_len;

	if (node->first != NONE || node->content.len + 1 > sizeof(tree->made) - tree->made_len)
		return NULL;
	if (node->content.len)
		memcpy(ret, node->content.data, node->content.len);
	tree->made_len += node->content.len + 1;
	node->content.data = ret;
	return ret;
}

static void change_content(struct tree *tree, struct cold_chance *chance, int at)
{
	struct node *node = &tree->nodes[at];
	uint8_t *own = own_content(tree, at);

	if (!own)
		return;
	switch (cold_chance(chance, 4)) {
	case 0:
		own[node->content.len++] = (uint8_t)cold_chance(chance, 256);
		break;
	case 1:
		node->content.len -= node->content.len > 0;
		break;
	case 2:
		if (node->content.len)
			own[cold_chance(chance, node->content.len)] =
				(uint8_t)cold_chance(chance, 256);
		break;
	default:
		if (node->content.len)
			own[cold_chance(chance, node->content.len)] ^=
				(uint8_t)(1u << cold_chance(chance, 8));
	}
}

static void graft(struct tree *tree, int at, int from)
{
	int next = tree->nodes[at].next;

	tree->nodes[at] = tree->nodes[from];
	tree->nodes[at].next = next;
}

static void change(struct tree *tree, struct cold_chance *chance)
{
	/* not the whole tbs */
	int at = 1 + (int)cold_chance(chance, (uint64_t)tree->len - 1);
	int other = 1 + (int)cold_chance(chance, (uint64_t)tree->len - 1);
	size_t words_len = sizeof(words) / sizeof(*words);

	switch (cold_chance(chance, 16)) {
	case 0:
		tree->nodes[at].tag = tags[cold_chance(chance, sizeof(tags))];
		break;
	case 1:
		take_out(tree, at);
		break;
	case 2:
		put_in_behind(tree, at, at);
		break;
	case 3:
		put_in_behind(tree, at, other);
		break;
	case 4:
		swap_with_next(tree, at);
		break;
	case 5:
		graft(tree, at, other);
		break;
	case 6:
	case 7:
		if (tree->nodes[at].first == NONE)
			tree->nodes[at].content = words[cold_chance(chance, words_len)];
		break;
	default:
		change_content(tree, chance, at);
	}
}

size_t cold_mutate(struct cold_chance *chance, struct pa_bytes tbs, uint8_t *out)
{
	static struct tree tree;
	size_t room = COLD_DER_MAX;
	uint64_t times = 1 + cold_chance(chance, 8) / 6 + cold_chance(chance, 16) / 15;

	tree.len = 0;
	tree.made_len = 0;
	if (read_run(&tree, tbs, 0) == NONE || tree.len < 2)
		return 0;
	while (times--)
		change(&tree, chance);
	if (!write_run(&tree, 0, out, &room, 0))
		return 0;
	memmove(out, out + room, COLD_DER_MAX - room);
	return COLD_DER_MAX - room;
}
