#include "daemon/subject.h"

#include <strings.h>

#include "daemon/mac_pattern.h"
#include "daemon/pki/cert.h"

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

/* no_mac: what it is where the profile finds nothing. */
static int read_mac(const struct pa_identity *identity, struct pa_bytes input,
	enum pa_reason no_mac, struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_bytes found = input;
	struct pa_mac mac;
	int r = 1;

	if (has_control(input))
		return refuse(reason, no_mac);
	if (identity->profile == PA_PROFILE_BROADWORKS)
		r = pa_mac_pattern_find(identity->pattern, input, &found);
	if (r == PA_MAC_PATTERN_LIMIT)
		return refuse(reason, PA_R_MAC_PATTERN);
	if (identity->profile == PA_PROFILE_SEPARATED)
		r = pa_mac_parse_separated(input, &mac);
	else if (identity->profile == PA_PROFILE_POLY || r == 0)
		r = pa_mac_parse(found, &mac);
	if (r)
		return refuse(reason, no_mac);
	if (!pa_mac_is_device(mac))
		return refuse(reason, PA_R_MAC_RESERVED);
	if (identity->profile == PA_PROFILE_BROADWORKS && !is_alone(input, mac))
		return refuse(reason, PA_R_MAC_AMBIGUOUS);
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

int pa_subject_from_certificate(const struct pa_cert *leaf, const struct pa_identity *identity,
	struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_bytes cn;
	int r;

	r = pa_cert_common_name(leaf, &cn, reason);
	if (r)
		return r;
	if (is_generic(identity, cn))
		return refuse(reason, PA_R_CN_GENERIC);
	return read_mac(identity, cn, PA_R_CN_NOT_A_MAC, ret, reason);
}
