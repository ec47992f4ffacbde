#include "proto/authorize.h"

#include "proto/text.h"
#include "proto/wire_writer.h"

/* Field numbers of polyauth/v1/authorize.proto. */
enum {
	REQ_ID = 1,
	REQ_REALM,
	REQ_CHAIN,
	REQ_HANDLE,
	REQ_FRONT_VERIFY,
	REQ_FRONT_CODE,
	REQ_METHOD,
	REQ_TARGET,
	REQ_SERVED_PATH,
	REQ_SERVED_QUERY,
	REQ_PATH_INFO,
	REQ_HOST,
	REQ_HEADERS,
	REQ_SOURCE,
	REQ_SOURCE_PORT,
	REQ_CREDENTIALS,
	REQ_FRONTEND,
	REQ_TIMEOUT,
	REQ_RESUMED,
	REQ_WANT_HANDLE
};
enum {
	REP_ID = 1,
	REP_VERDICT,
	REP_REASON,
	REP_REALM,
	REP_REVISION,
	REP_DECISION,
	REP_DEVICE,
	REP_CLASS,
	REP_RETRY,
	REP_HANDLE,
	REP_ATTRIBUTES,
	REP_WOULD_DENY,
	REP_WOULD_CHALLENGE
};
enum { PAIR_NAME = 1, PAIR_VALUE = 2 };

struct decoder {
	uint32_t seen; /* singular fields, by number */
	bool malformed;
};

/* A singular field may stand once: two parsers could take different ones. */
static void once(struct decoder *d, uint32_t number)
{
	uint32_t bit = (uint32_t)1 << number;

	if (d->seen & bit)
		d->malformed = true;
	d->seen |= bit;
}

static void get_bytes(struct decoder *d, const struct pa_wire_field *f, struct pa_bytes *ret)
{
	once(d, pa_wire_number(f));
	if (pa_wire_type(f) != PA_WIRE_LEN)
		d->malformed = true;
	else
		*ret = f->bytes;
}

static uint64_t get_uint(struct decoder *d, const struct pa_wire_field *f, uint64_t max)
{
	once(d, pa_wire_number(f));
	if (pa_wire_type(f) != PA_WIRE_VARINT || f->varint > max) {
		d->malformed = true;
		return 0;
	}
	return f->varint;
}

/* A message of two byte strings: Header, Credentials, Attribute. false: it is malformed. */
static bool get_pair(struct pa_bytes message, struct pa_pair *ret)
{
	struct decoder d = { .malformed = false };
	struct pa_wire_reader r;
	struct pa_wire_field field;

	*ret = (struct pa_pair){ .name = { NULL, 0 } };
	pa_wire_read(&r, message);
	while (pa_wire_next(&r, &field)) {
		if (pa_wire_number(&field) == PAIR_NAME)
			get_bytes(&d, &field, &ret->name);
		else if (pa_wire_number(&field) == PAIR_VALUE)
			get_bytes(&d, &field, &ret->value);
	}
	return !d.malformed && !r.failed;
}

/* --- the request: what it must hold is a table, and what it breaks is a reason --- */

static bool is_header_name(struct pa_bytes name)
{
	static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110, 5.6.2, lower case */

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
			(c == 0 || !strchr(others, c)))
			return false;
	}
	return name.len != 0 && name.len <= PA_HEADER_NAME_MAX;
}

/* The limit that it breaks, or NONE; so do those below. */
static enum pa_reason add_header(struct pa_authorize_request *req, struct pa_pair header)
{
	enum pa_reason limit = PA_R_NONE;

	if (req->headers_len == PA_HEADERS_MAX)
		return PA_R_TOO_MANY_HEADERS;
	if (!is_header_name(header.name) || header.value.len > PA_HEADER_VALUE_MAX)
		limit = PA_R_HEADER_INVALID;
	for (size_t i = 0; i < req->headers_len; i++) {
		if (pa_bytes_eq(req->headers[i].name, header.name))
			limit = PA_R_HEADER_INVALID;
	}
	req->headers[req->headers_len++] = header;
	return limit;
}

static enum pa_reason set_credentials(struct pa_authorize_request *req, struct pa_pair pair)
{
	req->has_credentials = true;
	req->user = pair.name;
	req->password = pair.value;
	if (pair.name.len > PA_USER_MAX || pa_text_has_control(pair.name))
		return PA_R_USER_INVALID;
	if (pair.value.len > PA_PASSWORD_MAX)
		return PA_R_PASSWORD_TOO_LONG;
	return pa_bytes_has(pair.value, 0) ? PA_R_PASSWORD_INVALID : PA_R_NONE;
}

/* false: it is malformed. */
static bool get_message(uint32_t number, struct pa_bytes message, struct pa_authorize_request *req,
	enum pa_reason *limit)
{
	struct pa_pair pair;

	if (!get_pair(message, &pair))
		return false;
	*limit = number == REQ_HEADERS ? add_header(req, pair) : set_credentials(req, pair);
	return true;
}

/* false: it is above what its type can hold. */
static bool set_number(uint32_t number, uint64_t value, struct pa_authorize_request *req)
{
	const uint32_t low = (uint32_t)value;

	switch (number) {
	case REQ_ID:
		req->id = value;
		return true;
	case REQ_FRONT_VERIFY:
		req->front_verify = (enum pa_front_verify)low;
		return value <= PA_FRONT_FAILED;
	case REQ_FRONT_CODE:
		req->front_verify_code = low;
		return value <= UINT32_MAX;
	case REQ_SOURCE_PORT:
		req->source_port = low;
		return value <= UINT32_MAX;
	case REQ_TIMEOUT:
		req->timeout_ms = low;
		return value <= UINT32_MAX;
	case REQ_RESUMED:
		req->session_resumed = value != 0;
		return value <= 1;
	case REQ_WANT_HANDLE:
		req->want_handle = value != 0;
		return value <= 1;
	default:
		return false;
	}
}

/*
 * What a field must be, by its key: of a number of ours, any other type has the row of zeros. A
 * view is a byte string that is taken as it stands.
 */
struct row {
	uint32_t bit;    /* its own; of a list, LISTED */
	uint32_t max;    /* of a view, the longest */
	uint16_t reason; /* of a longer one */
	uint16_t at;     /* of a view, where in the request; else 0 */
};

/* No field has number 0. */
#define LISTED 1u

#define VIEW(number, member, max, reason)                                          \
	[PA_WIRE_KEY(number, PA_WIRE_LEN)] = { 1u << (number), max, PA_R_##reason, \
		offsetof(struct pa_authorize_request, member) }
#define NUMBER(number)  [PA_WIRE_KEY(number, PA_WIRE_VARINT)] = { 1u << (number), 0, 0, 0 }
#define MESSAGE(number) [PA_WIRE_KEY(number, PA_WIRE_LEN)] = { 1u << (number), 0, 0, 0 }
#define LIST(number)    [PA_WIRE_KEY(number, PA_WIRE_LEN)] = { LISTED, 0, 0, 0 }

static const struct row rows[PA_WIRE_KEY(REQ_WANT_HANDLE + 1, 0)] = {
	NUMBER(REQ_ID),
	VIEW(REQ_REALM, realm, PA_REALM_MAX, FIELD_TOO_LONG),
	LIST(REQ_CHAIN),
	VIEW(REQ_HANDLE, chain_handle, UINT32_MAX, NONE), /* check_request() looks at it */
	NUMBER(REQ_FRONT_VERIFY),
	NUMBER(REQ_FRONT_CODE),
	VIEW(REQ_METHOD, method, PA_METHOD_MAX, METHOD_UNKNOWN),
	VIEW(REQ_TARGET, target, PA_TARGET_MAX, TARGET_TOO_LONG),
	VIEW(REQ_SERVED_PATH, served_path, PA_TARGET_MAX, TARGET_TOO_LONG),
	VIEW(REQ_SERVED_QUERY, served_query, PA_TARGET_MAX, TARGET_TOO_LONG),
	VIEW(REQ_PATH_INFO, path_info, PA_TARGET_MAX, TARGET_TOO_LONG),
	VIEW(REQ_HOST, host, PA_HOST_MAX, FIELD_TOO_LONG),
	LIST(REQ_HEADERS),
	VIEW(REQ_SOURCE, source, UINT32_MAX, NONE), /* as above */
	NUMBER(REQ_SOURCE_PORT),
	MESSAGE(REQ_CREDENTIALS),
	VIEW(REQ_FRONTEND, frontend, PA_FRONTEND_MAX, FIELD_TOO_LONG),
	NUMBER(REQ_TIMEOUT),
	NUMBER(REQ_RESUMED),
	NUMBER(REQ_WANT_HANDLE),
};

#undef VIEW
#undef NUMBER
#undef MESSAGE
#undef LIST

static enum pa_reason first_of(enum pa_reason first, enum pa_reason limit)
{
	return first == PA_R_NONE ? limit : first;
}

/* false: it is malformed. */
static PA_INLINE bool get_fields(struct pa_bytes payload, struct pa_authorize_request *req,
	uint32_t *seen, enum pa_reason *first)
{
	struct pa_wire_reader r;
	struct pa_wire_field f;
	uint32_t open = UINT32_MAX; /* the bits of what may still come */

	pa_wire_read(&r, payload);
	while (pa_wire_next(&r, &f)) {
		enum pa_reason limit = PA_R_NONE;
		const struct row *row;

		if (f.key >= sizeof(rows) / sizeof(*rows))
			continue; /* unknown: from a newer shim */
		row = &rows[f.key];
		if (!(open & row->bit))
			return false;
		open = (open & ~row->bit) | LISTED;
		if (row->at) {
			*(struct pa_bytes *)((uint8_t *)req + row->at) = f.bytes;
			if (f.bytes.len <= row->max)
				continue;
			limit = (enum pa_reason)row->reason;
		} else if (pa_wire_type(&f) == PA_WIRE_VARINT) {
			if (!set_number(pa_wire_number(&f), f.varint, req))
				return false;
			continue;
		} else if (pa_wire_number(&f) != REQ_CHAIN) {
			if (!get_message(pa_wire_number(&f), f.bytes, req, &limit))
				return false;
		} else if (req->chain_len == PA_CHAIN_CERTS_MAX) {
			limit = PA_R_TOO_MANY_CERTIFICATES;
		} else {
			req->chain[req->chain_len++] = f.bytes;
			continue;
		}
		*first = first_of(*first, limit);
	}
	*seen = ~open;
	return !r.failed;
}

/* The limit that a field as a whole breaks, or NONE. */
static enum pa_reason check_request(const struct pa_authorize_request *req)
{
	size_t total = 0;

	for (size_t i = 0; i < req->chain_len; i++)
		total += req->chain[i].len;
	if (req->chain_len && req->chain[0].len > PA_LEAF_MAX)
		return PA_R_LEAF_TOO_LARGE;
	if (total > PA_CHAIN_MAX)
		return PA_R_CHAIN_TOO_LARGE;
	if (req->chain_handle.len && req->chain_handle.len != PA_HANDLE_LEN)
		return PA_R_NEED_CHAIN;
	if (req->source.len && req->source.len != 4 && req->source.len != 16)
		return PA_R_SOURCE_INVALID;
	return PA_R_NONE;
}

/* Only what is looked at: there are none of the certificates and headers at its end. */
static void clear_request(struct pa_authorize_request *req)
{
	memset(req, 0, offsetof(struct pa_authorize_request, chain));
}

int pa_authorize_request_decode(
	struct pa_bytes payload, struct pa_authorize_request *req, enum pa_reason *reason)
{
	enum pa_reason limit = PA_R_NONE;
	uint32_t seen = 0;

	clear_request(req);
	if (!get_fields(payload, req, &seen, &limit)) {
		clear_request(req);
		*reason = PA_R_BAD_MESSAGE;
		return PA_E_MESSAGE;
	}
	req->has_served_path = (seen & 1u << REQ_SERVED_PATH) != 0;
	*reason = limit == PA_R_NONE ? check_request(req) : limit;
	return *reason == PA_R_NONE ? 0 : 1;
}

struct pa_request_peek pa_authorize_request_peek(struct pa_bytes payload)
{
	struct pa_request_peek ret = { .leaf = { NULL, 0 } };
	struct pa_wire_field f = { .key = 0 };
	struct pa_wire_reader r;

	pa_wire_read(&r, payload);
	while (pa_wire_next(&r, &f) && f.key < PA_WIRE_KEY(REQ_FRONT_VERIFY, 0)) {
		if (f.key == PA_WIRE_KEY(REQ_CHAIN, PA_WIRE_LEN)) {
			ret.leaf = f.bytes;
			break;
		}
		if (f.key == PA_WIRE_KEY(REQ_HANDLE, PA_WIRE_LEN)) {
			ret.chain_handle = f.bytes;
			break;
		}
	}
	return ret;
}

/* --- the reply --- */

static void get_element(struct decoder *d, const struct pa_wire_field *f, struct pa_bytes *list,
	size_t *len, size_t max)
{
	if (pa_wire_type(f) != PA_WIRE_LEN || *len == max)
		d->malformed = true;
	else
		list[(*len)++] = f->bytes;
}

static void get_reply_field(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_reply *reply)
{
	switch (pa_wire_number(f)) {
	case REP_ID:
		reply->id = get_uint(d, f, UINT64_MAX);
		break;
	case REP_VERDICT:
		reply->verdict = (enum pa_verdict)get_uint(d, f, PA_VERDICT_CHALLENGE);
		break;
	case REP_REASON:
		get_bytes(d, f, &reply->reason);
		break;
	case REP_REALM:
		get_bytes(d, f, &reply->realm);
		break;
	case REP_REVISION:
		reply->revision = get_uint(d, f, UINT64_MAX);
		break;
	case REP_DECISION:
		get_bytes(d, f, &reply->decision);
		break;
	case REP_DEVICE:
		get_bytes(d, f, &reply->device);
		break;
	case REP_CLASS:
		get_bytes(d, f, &reply->class_name);
		break;
	case REP_RETRY:
		reply->retry_after_s = (uint32_t)get_uint(d, f, UINT32_MAX);
		break;
	case REP_HANDLE:
		get_bytes(d, f, &reply->chain_handle);
		break;
	case REP_ATTRIBUTES:
		if (pa_wire_type(f) != PA_WIRE_LEN || reply->attributes_len == PA_REPLY_ATTRS_MAX ||
			!get_pair(f->bytes, &reply->attributes[reply->attributes_len++]))
			d->malformed = true;
		break;
	case REP_WOULD_DENY:
		get_element(d, f, reply->would_deny, &reply->would_deny_len, PA_TRACE_MAX);
		break;
	case REP_WOULD_CHALLENGE:
		get_element(
			d, f, reply->would_challenge, &reply->would_challenge_len, PA_TRACE_MAX);
		break;
	default:
		break;
	}
}

int pa_authorize_reply_decode(struct pa_bytes payload, struct pa_authorize_reply *reply)
{
	struct decoder d = { .malformed = false };
	struct pa_wire_reader r;
	struct pa_wire_field field;

	*reply = (struct pa_authorize_reply){ .id = 0 };
	pa_wire_read(&r, payload);
	while (pa_wire_next(&r, &field))
		get_reply_field(&d, &field, reply);
	if (!d.malformed && !r.failed)
		return 0;
	*reply = (struct pa_authorize_reply){ .id = 0 };
	return PA_E_MESSAGE;
}

/* --- encoding --- */

static void put_pair(struct pa_wire_writer *w, uint32_t number, const struct pa_pair *pair)
{
	struct pa_wire_writer inner = { .len = 0 };

	pa_wire_put_bytes(&inner, PAIR_NAME, pair->name);
	pa_wire_put_bytes(&inner, PAIR_VALUE, pair->value);
	pa_wire_put_head(w, number, inner.len);
	pa_wire_put_bytes(w, PAIR_NAME, pair->name);
	pa_wire_put_bytes(w, PAIR_VALUE, pair->value);
}

static int finish(const struct pa_wire_writer *w, size_t *len)
{
	*len = w->len;
	return w->len > w->size ? PA_E_LIMIT : 0;
}

int pa_authorize_request_encode(
	const struct pa_authorize_request *req, uint8_t *out, size_t size, size_t *len)
{
	struct pa_wire_writer w = { .out = out, .size = size };
	const struct pa_pair credentials = { req->user, req->password };

	pa_wire_put_uint(&w, REQ_ID, req->id);
	pa_wire_put_bytes(&w, REQ_REALM, req->realm);
	for (size_t i = 0; i < req->chain_len; i++)
		pa_wire_put_element(&w, REQ_CHAIN, req->chain[i]);
	pa_wire_put_bytes(&w, REQ_HANDLE, req->chain_handle);
	pa_wire_put_uint(&w, REQ_FRONT_VERIFY, req->front_verify);
	pa_wire_put_uint(&w, REQ_FRONT_CODE, req->front_verify_code);
	pa_wire_put_bytes(&w, REQ_METHOD, req->method);
	pa_wire_put_bytes(&w, REQ_TARGET, req->target);
	if (req->has_served_path)
		pa_wire_put_element(&w, REQ_SERVED_PATH, req->served_path);
	pa_wire_put_bytes(&w, REQ_SERVED_QUERY, req->served_query);
	pa_wire_put_bytes(&w, REQ_PATH_INFO, req->path_info);
	pa_wire_put_bytes(&w, REQ_HOST, req->host);
	for (size_t i = 0; i < req->headers_len; i++)
		put_pair(&w, REQ_HEADERS, &req->headers[i]);
	pa_wire_put_bytes(&w, REQ_SOURCE, req->source);
	pa_wire_put_uint(&w, REQ_SOURCE_PORT, req->source_port);
	if (req->has_credentials)
		put_pair(&w, REQ_CREDENTIALS, &credentials);
	pa_wire_put_bytes(&w, REQ_FRONTEND, req->frontend);
	pa_wire_put_uint(&w, REQ_TIMEOUT, req->timeout_ms);
	pa_wire_put_uint(&w, REQ_RESUMED, req->session_resumed);
	pa_wire_put_uint(&w, REQ_WANT_HANDLE, req->want_handle);
	return finish(&w, len);
}

int pa_authorize_reply_encode(
	const struct pa_authorize_reply *reply, uint8_t *out, size_t size, size_t *len)
{
	struct pa_wire_writer w = { .out = out, .size = size };

	pa_wire_put_uint(&w, REP_ID, reply->id);
	pa_wire_put_uint(&w, REP_VERDICT, reply->verdict);
	pa_wire_put_bytes(&w, REP_REASON, reply->reason);
	pa_wire_put_bytes(&w, REP_REALM, reply->realm);
	pa_wire_put_uint(&w, REP_REVISION, reply->revision);
	pa_wire_put_bytes(&w, REP_DECISION, reply->decision);
	pa_wire_put_bytes(&w, REP_DEVICE, reply->device);
	pa_wire_put_bytes(&w, REP_CLASS, reply->class_name);
	pa_wire_put_uint(&w, REP_RETRY, reply->retry_after_s);
	pa_wire_put_bytes(&w, REP_HANDLE, reply->chain_handle);
	for (size_t i = 0; i < reply->attributes_len; i++)
		put_pair(&w, REP_ATTRIBUTES, &reply->attributes[i]);
	for (size_t i = 0; i < reply->would_deny_len; i++)
		pa_wire_put_element(&w, REP_WOULD_DENY, reply->would_deny[i]);
	for (size_t i = 0; i < reply->would_challenge_len; i++)
		pa_wire_put_element(&w, REP_WOULD_CHALLENGE, reply->would_challenge[i]);
	return finish(&w, len);
}

const char *pa_verdict_name(enum pa_verdict verdict)
{
	switch (verdict) {
	case PA_VERDICT_DENY:
		return "DENY";
	case PA_VERDICT_ALLOW:
		return "ALLOW";
	case PA_VERDICT_CHALLENGE:
		return "CHALLENGE";
	case PA_VERDICT_ERROR:
		break;
	}
	return "ERROR";
}
