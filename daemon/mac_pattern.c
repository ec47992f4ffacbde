#include "daemon/mac_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdalign.h>
#include <stdlib.h>

#include "proto/mac.h"

#define OPTIONS                                                                        \
	(PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | \
		PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C)

/*
 * Of one match. The longest input takes the default expression some 10,000 steps. The library
 * begins with 20 KiB for its frames and doubles that up to the limit, each in a new piece; the rest
 * of the room is for its small structs.
 */
#define STEPS_MAX  100000u
#define DEPTH_MAX  1000u
#define FRAMES_KIB 60u
#define ROOM       (128u * 1024)

#define TRIES_MAX 5000u /* of the search for a MAC address that a group takes */

struct pa_mac_pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	char *text;
};

/* --- memory of a match: a piece of the stack, given out from its beginning, never taken back ---
 */

struct room {
	size_t used;
	alignas(max_align_t) uint8_t bytes[ROOM];
};

static void *room_take(size_t size, void *opaque)
{
	const size_t align = alignof(max_align_t);
	struct room *room = opaque;
	void *piece = room->bytes + room->used;

	if (size > ROOM - room->used || ROOM - room->used - size < align)
		return NULL;
	room->used += (size + align - 1) / align * align;
	return piece;
}

static void room_give_back(void *piece, void *opaque)
{
	(void)piece;
	(void)opaque;
}

/* --- compiling --- */

static pcre2_match_context *make_limits(void)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);

	if (!limits)
		return NULL;
	pcre2_set_match_limit(limits, STEPS_MAX);
	pcre2_set_depth_limit(limits, DEPTH_MAX);
	pcre2_set_heap_limit(limits, FRAMES_KIB);
	return limits;
}

/* Returns the index of the closing bracket of a class that opens at i, or of the last byte. */
static size_t skip_class(const char *text, size_t i, size_t len)
{
	i++;
	i += text[i] == '^';
	i += text[i] == ']';
	for (; i < len && text[i] != ']'; i++) {
		if (text[i] == '\\')
			i++;
		else if (text[i] == '[' && text[i + 1] == ':')
			i += strcspn(text + i + 2, ":") + 2;
	}
	return i;
}

/*
 * The text between the parentheses of the first group. false: it is not plain where it stands, or
 * what stands before it changes what it means.
 */
static bool find_group(const char *text, struct pa_bytes *ret)
{
	size_t len = strlen(text), start = 0, depth = 0;

	if (strstr(text, "\\Q") || strncmp(text, "(*", 2) == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\') {
			i++;
		} else if (text[i] == '[') {
			i = skip_class(text, i, len);
		} else if (text[i] == '(' && text[i + 1] == '?' && text[i + 2] != ':') {
			return false;
		} else if (text[i] == '(' && (start || text[i + 1] != '?')) {
			start = start ? start : i + 1;
			depth++;
		} else if (text[i] == ')' && depth && --depth == 0) {
			*ret = (struct pa_bytes){ (const uint8_t *)text + start, i - start };
			return true;
		}
	}
	return false;
}

/* Look for a MAC address that the code takes, digit by digit, as far as it could still be one. */
static bool takes_mac(const pcre2_code *code, pcre2_match_data *data, pcre2_match_context *limits)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char mac[PA_MAC_DIGITS];
	size_t next[PA_MAC_DIGITS] = { 0 }, len = 0;

	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		bool whole = len + 1 == PA_MAC_DIGITS;
		int r;

		if (next[len] == sizeof(digits) - 1) {
			if (len == 0)
				return false;
			next[len--] = 0;
			continue;
		}
		mac[len] = digits[next[len]++];
		r = pcre2_match(code, (PCRE2_SPTR)mac, len + 1, 0,
			whole ? PCRE2_ENDANCHORED : PCRE2_PARTIAL_HARD, data, limits);
		if (whole && r >= 0)
			return true;
		if (!whole && (r >= 0 || r == PCRE2_ERROR_PARTIAL))
			len++;
	}
	return false;
}

/* Whether the first group could ever be 12 hex digits, as far as that is plain to see. */
static int check_group(const char *text, pcre2_match_context *limits, bool *ret)
{
	struct pa_bytes group;
	uint32_t references = 0;
	pcre2_match_data *data;
	pcre2_code *code;
	PCRE2_SIZE at;
	int error;

	*ret = true;
	if (!find_group(text, &group))
		return 0;
	/* what may still go on has no end */
	code = pcre2_compile(
		group.data, group.len, OPTIONS & ~(unsigned)PCRE2_ENDANCHORED, &error, &at, NULL);
	if (!code)
		return 0;
	pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &references);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	if (data && !references)
		*ret = takes_mac(code, data, limits);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return data ? 0 : -ENOMEM;
}

static int compile(const char *text, pcre2_code **ret, struct pa_diag *diag)
{
	uint32_t groups = 0;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int error;

	*ret = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, OPTIONS, &error, &at, NULL);
	if (!*ret) {
		if (pcre2_get_error_message(error, why, sizeof(why)) < 0)
			why[0] = '\0';
		pa_diag_set(diag, "regex: %s: %s, at byte %zu", text, (const char *)why, at);
		return 1;
	}
	pcre2_pattern_info(*ret, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups)
		return 0;
	pa_diag_set(diag, "regex: %s: has no group: put ( ) around what is the MAC address", text);
	return 1;
}

int pa_mac_pattern_new(const char *text, struct pa_mac_pattern **ret, struct pa_diag *diag)
{
	size_t len = strlen(text);
	struct pa_mac_pattern *pattern;
	bool good = true;
	int r;

	if (!len || len > PA_MAC_PATTERN_MAX) {
		pa_diag_set(diag, "regex: has 1 to %u bytes", PA_MAC_PATTERN_MAX);
		return 1;
	}
	pattern = calloc(1, sizeof(*pattern));
	if (!pattern)
		return -ENOMEM;
	pattern->text = strdup(text);
	pattern->limits = make_limits();
	r = pattern->text && pattern->limits ? compile(text, &pattern->code, diag) : -ENOMEM;
	if (r == 0)
		r = check_group(text, pattern->limits, &good);
	if (r == 0 && !good) {
		pa_diag_set(diag, "regex: %s: its first group is never 12 hex digits", text);
		r = 1;
	}
	if (r)
		pa_mac_pattern_free(pattern);
	else
		*ret = pattern;
	return r;
}

void pa_mac_pattern_free(struct pa_mac_pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_code_free(pattern->code);
	pcre2_match_context_free(pattern->limits);
	free(pattern->text);
	free(pattern);
}

const char *pa_mac_pattern_text(const struct pa_mac_pattern *pattern)
{
	return pattern->text;
}

/* --- matching --- */

int pa_mac_pattern_find(
	const struct pa_mac_pattern *pattern, struct pa_bytes input, struct pa_bytes *ret)
{
	struct room room;
	pcre2_general_context *memory;
	pcre2_match_data *data;
	const PCRE2_SIZE *found;
	int r;

	room.used = 0;
	memory = pcre2_general_context_create(room_take, room_give_back, &room);
	data = memory ? pcre2_match_data_create(2, memory) : NULL;
	if (!data)
		return PA_MAC_PATTERN_LIMIT;
	r = pcre2_match(pattern->code, input.len ? input.data : (PCRE2_SPTR) "", input.len, 0, 0,
		data, pattern->limits);
	if (r == PCRE2_ERROR_NOMATCH || r == 1)
		return 1;
	/* 0: more groups than there is room for, and the first one is there */
	if (r < 0)
		return PA_MAC_PATTERN_LIMIT;
	found = pcre2_get_ovector_pointer(data);
	if (found[2] == PCRE2_UNSET)
		return 1;
	if (found[2] > found[3] || found[3] > input.len)
		return PA_MAC_PATTERN_LIMIT;
	*ret = (struct pa_bytes){ input.data + found[2], found[3] - found[2] };
	return 0;
}
