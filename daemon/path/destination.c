#include "daemon/path/destination.h"

#include "daemon/path/target.h"
#include "daemon/path/template.h"

#define METHODS_OF_TWO_PATHS (PA_METHOD(COPY) | PA_METHOD(MOVE))

/* Without case; '_' and '-' are one: behind CGI and its kind nothing tells them apart. */
static bool is_header(struct pa_bytes name, const char *lower)
{
	size_t len = strlen(lower);

	if (name.len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = name.data[i] == '_' ? '-' : pa_template_fold(name.data[i]);

		if (c != (uint8_t)lower[i])
			return false;
	}
	return true;
}

bool pa_destination_is_overridden(const struct pa_authorize_request *req)
{
	static const char *const names[] = { "x-http-method-override", "x-http-method",
		"x-method-override" };

	for (size_t i = 0; i < req->headers_len; i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			if (is_header(req->headers[i].name, names[k]) &&
				!pa_bytes_eq(req->headers[i].value, req->method))
				return true;
		}
	}
	return false;
}

bool pa_destination_is_tunnel(const struct pa_authorize_request *req)
{
	for (size_t i = 0; i < req->headers_len; i++) {
		if (is_header(req->headers[i].name, "upgrade"))
			return true;
	}
	return false;
}

/* --- an absolute URI: its path and query --- */

static bool begins_with(struct pa_bytes text, const char *lower)
{
	size_t len = strlen(lower);

	for (size_t i = 0; i < len; i++) {
		if (i == text.len || pa_template_fold(text.data[i]) != (uint8_t)lower[i])
			return false;
	}
	return true;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* A name or an IPv4 address; [IPv6]; then maybe a port. Nobody's name before it. */
static bool is_authority(struct pa_bytes host)
{
	bool is_v6 = host.len && host.data[0] == '[';
	size_t i = is_v6, begin = i;

	for (; i < host.len; i++) {
		uint8_t c = pa_template_fold(host.data[i]);
		bool is_letter = c >= 'a' && c <= 'z';

		if (is_v6 ? !pa_is_hex(c) && c != ':' && c != '.'
			  : !is_letter && !is_digit(c) && c != '.' && c != '-')
			break;
	}
	if (i == begin)
		return false;
	if (is_v6 && (i == host.len || host.data[i++] != ']'))
		return false;
	if (i == host.len)
		return true;
	if (host.data[i++] != ':' || i == host.len)
		return false;
	while (i < host.len && is_digit(host.data[i]))
		i++;
	return i == host.len;
}

/* Cut off scheme and host, where they are there. 0, or 1: it is no such URI. */
static int target_of(struct pa_bytes uri, struct pa_bytes *ret)
{
	size_t scheme = begins_with(uri, "http://") ? 7 : begins_with(uri, "https://") ? 8 : 0;
	const uint8_t *slash;

	*ret = uri;
	if (!scheme)
		return uri.len == 0 || uri.data[0] != '/';
	slash = uri.len > scheme ? memchr(uri.data + scheme, '/', uri.len - scheme) : NULL;
	if (!slash)
		return 1;
	*ret = (struct pa_bytes){ slash, uri.len - (size_t)(slash - uri.data) };
	return !is_authority(
		(struct pa_bytes){ uri.data + scheme, (size_t)(slash - uri.data) - scheme });
}

/* --- the header --- */

static int refuse(enum pa_reason *reason)
{
	*reason = PA_R_DESTINATION;
	return 1;
}

/* The one that is there. 0; 1: there are several. */
static int find(const struct pa_authorize_request *req, const struct pa_bytes **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < req->headers_len; i++) {
		if (!is_header(req->headers[i].name, "destination"))
			continue;
		if (*ret)
			return 1;
		*ret = &req->headers[i].value;
	}
	return 0;
}

/* Of a Destination that is there. */
static PA_COLD int judge(struct pa_bytes value, const struct pa_paths *paths,
	const struct pa_path_match *asked, pa_methods method, const struct pa_path_rule **ret,
	enum pa_reason *reason)
{
	uint8_t room[PA_TARGET_MAX];
	struct pa_path_match match;
	struct pa_target target;
	struct pa_bytes raw;

	if (target_of(value, &raw) != 0 || raw.len > sizeof(room) ||
		pa_target_decode(raw, room, &target, reason) != 0)
		return refuse(reason);
	if (pa_paths_match(paths, &(struct pa_path_asked){ target.path, target.query, false },
		    &match, reason) != 0)
		return refuse(reason);
	if (!pa_paths_agree(&match, asked) || !(match.rule->methods & method))
		return refuse(reason);
	*ret = match.rule;
	return 0;
}

int pa_destination_judge(const struct pa_authorize_request *req, const struct pa_paths *paths,
	const struct pa_path_match *asked, pa_methods method, const struct pa_path_rule **ret,
	enum pa_reason *reason)
{
	const struct pa_bytes *value;

	*ret = NULL;
	if (find(req, &value) != 0)
		return refuse(reason);
	if (value)
		return judge(*value, paths, asked, method, ret, reason);
	return method & METHODS_OF_TWO_PATHS ? refuse(reason) : 0;
}
