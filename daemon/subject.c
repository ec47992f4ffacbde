#include "daemon/subject.h"

#include <errno.h>
#include <strings.h>

#include "daemon/mac_pattern.h"
#include "daemon/path/paths.h"
#include "daemon/pki/leaf.h"
#include "proto/arena.h"
#include "proto/message.h"

static int refuse(enum pa_reason *reason, enum pa_reason why)
{
	*reason = why;
	return 1;
}

/*
 * Whether every run of 12 or more hex digits is these very digits: an expression takes one of
 * several windows, and who asks may choose which.
 */
static bool is_alone(struct pa_bytes input, struct pa_mac mac)
{
	size_t end;

	for (size_t at = 0; at < input.len; at = end + 1) {
		struct pa_mac other;

		for (end = at; end < input.len && pa_is_hex(input.data[end]); end++)
			;
		if (end - at < PA_MAC_DIGITS)
			continue;
		if (pa_mac_parse((struct pa_bytes){ input.data + at, end - at }, &other) != 0 ||
			!pa_mac_eq(other, mac))
			return false;
	}
	return true;
}

static bool has_control(struct pa_bytes input)
{
	for (size_t i = 0; i < input.len; i++) {
		if (input.data[i] < 0x20 || input.data[i] == 0x7f)
			return true;
	}
	return false;
}

/*
 * What the expression finds in the input, and nothing else that could be meant. open: the input as
 * far as it is who asks that wrote it, byte for byte.
 */
static int search(const struct pa_identity *identity, struct pa_bytes input, const uint8_t *open,
	enum pa_reason no_mac, struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_bytes found = { NULL, 0 }; /* where nothing is found */
	struct pa_mac mac;

	if (pa_mac_pattern_find(identity->pattern, input, &found) == PA_MAC_PATTERN_LIMIT)
		return refuse(reason, PA_R_MAC_PATTERN);
	if (pa_mac_parse(found, &mac) != 0)
		return refuse(reason, no_mac);
	if (!pa_mac_is_device(mac))
		return refuse(reason, PA_R_MAC_RESERVED);
	if (memcmp(open + (found.data - input.data), found.data, found.len) != 0 ||
		!is_alone((struct pa_bytes){ open, input.len }, mac))
		return refuse(reason, PA_R_MAC_AMBIGUOUS);
	*ret = mac;
	return 0;
}

/* no_mac: what it is where the profile finds nothing. */
static int read_mac(const struct pa_identity *identity, struct pa_bytes input,
	enum pa_reason no_mac, struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_mac mac;
	int r;

	if (has_control(input))
		return refuse(reason, no_mac);
	if (identity->profile == PA_PROFILE_BROADWORKS)
		return search(identity, input, input.data, no_mac, ret, reason);
	if (identity->profile == PA_PROFILE_SEPARATED)
		r = pa_mac_parse_separated(input, &mac);
	else
		r = pa_mac_parse(input, &mac);
	if (r)
		return refuse(reason, no_mac);
	if (!pa_mac_is_device(mac))
		return refuse(reason, PA_R_MAC_RESERVED);
	*ret = mac;
	return 0;
}

static bool is_generic(const struct pa_identity *identity, struct pa_bytes cn)
{
	for (size_t i = 0; i < identity->generic_len; i++) {
		const char *name = identity->generic[i];
		size_t len = strlen(name);
		bool is_prefix = len && name[len - 1] == '*';

		len -= is_prefix;
		if ((is_prefix ? cn.len >= len : cn.len == len) &&
			strncasecmp((const char *)cn.data, name, len) == 0)
			return true;
	}
	return false;
}

int pa_subject_from_certificate(const struct pa_leaf *leaf, const struct pa_identity *identity,
	struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_bytes cn;
	int r;

	r = pa_leaf_common_name(leaf, &cn, reason);
	if (r)
		return r;
	if (is_generic(identity, cn))
		return refuse(reason, PA_R_CN_GENERIC);
	return read_mac(identity, cn, PA_R_CN_NOT_A_MAC, ret, reason);
}

int pa_subject_from_header(const struct pa_authorize_request *req,
	const struct pa_identity *identity, struct pa_mac *ret, enum pa_reason *reason)
{
	const struct pa_pair *found = NULL;
	size_t len = strlen(identity->header);

	for (size_t i = 0; i < req->headers_len; i++) {
		const struct pa_pair *header = &req->headers[i];

		if (header->name.len != len ||
			strncasecmp((const char *)header->name.data, identity->header, len) != 0)
			continue;
		if (found)
			return refuse(reason, PA_R_MAC_HEADER);
		found = header;
	}
	if (!found)
		return refuse(reason, PA_R_MAC_HEADER);
	return read_mac(identity, found->value, PA_R_MAC_HEADER, ret, reason);
}

int pa_subject_from_path(struct pa_bytes path, const struct pa_path_match *match,
	const struct pa_identity *identity, struct pa_arena *arena, struct pa_mac *ret,
	enum pa_reason *reason)
{
	uint8_t *open;

	if (identity->profile == PA_PROFILE_BROADWORKS) {
		open = pa_arena_alloc(arena, path.len);
		if (!open)
			return -ENOMEM;
		pa_paths_blank_literals(match, path, open);
		return search(identity, path, open, PA_R_NO_SUBJECT, ret, reason);
	}
	if (!match->has_owner)
		return refuse(reason, PA_R_NO_SUBJECT);
	*ret = match->owner;
	return 0;
}
