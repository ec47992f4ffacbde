#include "proto/authorize.h"

#include "proto/wire.h"

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
	struct pa_wire_reader r;
	uint32_t seen; /* singular fields, by number */
	bool malformed;
	enum pa_reason limit; /* the first limit that was hit; PA_R_NONE: none */
};

/* A singular field may stand once: two parsers could take different ones. */
static void once(struct decoder *d, uint32_t number)
{
	uint32_t bit = (uint32_t)1 << number;

	if (d->seen & bit)
		d->malformed = true;
	d->seen |= bit;
}

static void hit(struct decoder *d, enum pa_reason reason)
{
	if (d->limit == PA_R_NONE)
		d->limit = reason;
}

static void get_bytes(struct decoder *d, const struct pa_wire_field *f, struct pa_bytes *ret)
{
	once(d, f->number);
	if (f->type != PA_WIRE_LEN)
		d->malformed = true;
	else
		*ret = f->bytes;
}

static void get_limited(struct decoder *d, const struct pa_wire_field *f, size_t max,
	enum pa_reason reason, struct pa_bytes *ret)
{
	get_bytes(d, f, ret);
	if (ret->len > max)
		hit(d, reason);
}

static uint64_t get_uint(struct decoder *d, const struct pa_wire_field *f, uint64_t max)
{
	once(d, f->number);
	if (f->type != PA_WIRE_VARINT || f->varint > max) {
		d->malformed = true;
		return 0;
	}
	return f->varint;
}

/* A message of two byte strings: Header, Credentials, Attribute. */
static void get_pair(struct decoder *d, const struct pa_wire_field *f, struct pa_pair *ret)
{
	struct decoder inner = { .malformed = false };
	struct pa_wire_field field;

	*ret = (struct pa_pair){ .name = { NULL, 0 } };
	if (f->type != PA_WIRE_LEN) {
		d->malformed = true;
		return;
	}
	pa_wire_read(&inner.r, f->bytes);
	while (pa_wire_next(&inner.r, &field)) {
		if (field.number == PAIR_NAME)
			get_bytes(&inner, &field, &ret->name);
		else if (field.number == PAIR_VALUE)
			get_bytes(&inner, &field, &ret->value);
	}
	if (inner.malformed || inner.r.failed)
		d->malformed = true;
}

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

static void get_header(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_request *req)
{
	struct pa_pair header;

	get_pair(d, f, &header);
	if (req->headers_len == PA_HEADERS_MAX) {
		hit(d, PA_R_TOO_MANY_HEADERS);
		return;
	}
	if (!is_header_name(header.name) || header.value.len > PA_HEADER_VALUE_MAX)
		hit(d, PA_R_HEADER_INVALID);
	for (size_t i = 0; i < req->headers_len; i++) {
		if (pa_bytes_eq(req->headers[i].name, header.name))
			hit(d, PA_R_HEADER_INVALID);
	}
	req->headers[req->headers_len++] = header;
}

static void get_certificate(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_request *req)
{
	if (f->type != PA_WIRE_LEN)
		d->malformed = true;
	else if (req->chain_len == PA_CHAIN_CERTS_MAX)
		hit(d, PA_R_TOO_MANY_CERTIFICATES);
	else
		req->chain[req->chain_len++] = f->bytes;
}

static void check_user(struct decoder *d, struct pa_bytes user)
{
	if (user.len > PA_USER_MAX)
		hit(d, PA_R_USER_INVALID);
	for (size_t i = 0; i < user.len && i < PA_USER_MAX; i++) {
		if (user.data[i] < ' ' || user.data[i] == 0x7f)
			hit(d, PA_R_USER_INVALID);
	}
}

static void get_credentials(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_request *req)
{
	struct pa_pair pair;

	once(d, f->number);
	get_pair(d, f, &pair);
	req->has_credentials = true;
	req->user = pair.name;
	req->password = pair.value;
	check_user(d, req->user);
	if (req->password.len > PA_PASSWORD_MAX)
		hit(d, PA_R_PASSWORD_TOO_LONG);
	else if (pa_bytes_has(req->password, 0))
		hit(d, PA_R_PASSWORD_INVALID);
}

static void get_request_number(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_request *req)
{
	switch (f->number) {
	case REQ_ID:
		req->id = get_uint(d, f, UINT64_MAX);
		break;
	case REQ_FRONT_VERIFY:
		req->front_verify = (enum pa_front_verify)get_uint(d, f, PA_FRONT_FAILED);
		break;
	case REQ_FRONT_CODE:
		req->front_verify_code = (uint32_t)get_uint(d, f, UINT32_MAX);
		break;
	case REQ_SOURCE_PORT:
		req->source_port = (uint32_t)get_uint(d, f, UINT32_MAX);
		break;
	case REQ_TIMEOUT:
		req->timeout_ms = (uint32_t)get_uint(d, f, UINT32_MAX);
		break;
	case REQ_RESUMED:
		req->session_resumed = get_uint(d, f, 1) != 0;
		break;
	case REQ_WANT_HANDLE:
		req->want_handle = get_uint(d, f, 1) != 0;
		break;
	default:
		break; /* unknown: from a newer shim */
	}
}

static void get_request_field(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_request *req)
{
	switch (f->number) {
	case REQ_REALM:
		get_limited(d, f, PA_REALM_MAX, PA_R_FIELD_TOO_LONG, &req->realm);
		break;
	case REQ_CHAIN:
		get_certificate(d, f, req);
		break;
	case REQ_HANDLE:
		get_bytes(d, f, &req->chain_handle);
		break;
	case REQ_METHOD:
		get_limited(d, f, PA_METHOD_MAX, PA_R_METHOD_UNKNOWN, &req->method);
		break;
	case REQ_TARGET:
		get_limited(d, f, PA_TARGET_MAX, PA_R_TARGET_TOO_LONG, &req->target);
		break;
	case REQ_SERVED_PATH:
		get_limited(d, f, PA_TARGET_MAX, PA_R_TARGET_TOO_LONG, &req->served_path);
		req->has_served_path = true;
		break;
	case REQ_SERVED_QUERY:
		get_limited(d, f, PA_TARGET_MAX, PA_R_TARGET_TOO_LONG, &req->served_query);
		break;
	case REQ_PATH_INFO:
		get_limited(d, f, PA_TARGET_MAX, PA_R_TARGET_TOO_LONG, &req->path_info);
		break;
	case REQ_HOST:
		get_limited(d, f, PA_HOST_MAX, PA_R_FIELD_TOO_LONG, &req->host);
		break;
	case REQ_HEADERS:
		get_header(d, f, req);
		break;
	case REQ_SOURCE:
		get_bytes(d, f, &req->source);
		break;
	case REQ_CREDENTIALS:
		get_credentials(d, f, req);
		break;
	case REQ_FRONTEND:
		get_limited(d, f, PA_FRONTEND_MAX, PA_R_FIELD_TOO_LONG, &req->frontend);
		break;
	default:
		get_request_number(d, f, req);
		break;
	}
}

/* Limits that concern a field as a whole. */
static void check_request(struct decoder *d, const struct pa_authorize_request *req)
{
	size_t total = 0;

	for (size_t i = 0; i < req->chain_len; i++)
		total += req->chain[i].len;
	if (req->chain_len && req->chain[0].len > PA_LEAF_MAX)
		hit(d, PA_R_LEAF_TOO_LARGE);
	if (total > PA_CHAIN_MAX)
		hit(d, PA_R_CHAIN_TOO_LARGE);
	if (req->chain_handle.len && req->chain_handle.len != PA_HANDLE_LEN)
		hit(d, PA_R_NEED_CHAIN);
	if (req->source.len && req->source.len != 4 && req->source.len != 16)
		hit(d, PA_R_SOURCE_INVALID);
}

/* Only what is looked at: there are none of the certificates and headers at its end. */
static void clear_request(struct pa_authorize_request *req)
{
	memset(req, 0, offsetof(struct pa_authorize_request, chain));
}

int pa_authorize_request_decode(
	struct pa_bytes payload, struct pa_authorize_request *req, enum pa_reason *reason)
{
	struct decoder d = { .limit = PA_R_NONE };
	struct pa_wire_field field;

	clear_request(req);
	pa_wire_read(&d.r, payload);
	while (pa_wire_next(&d.r, &field))
		get_request_field(&d, &field, req);
	if (d.malformed || d.r.failed) {
		clear_request(req);
		*reason = PA_R_BAD_MESSAGE;
		return PA_E_MESSAGE;
	}
	check_request(&d, req);
	*reason = d.limit;
	return d.limit == PA_R_NONE ? 0 : 1;
}

/* --- the reply --- */

static void get_element(struct decoder *d, const struct pa_wire_field *f, struct pa_bytes *list,
	size_t *len, size_t max)
{
	if (f->type != PA_WIRE_LEN || *len == max)
		d->malformed = true;
	else
		list[(*len)++] = f->bytes;
}

static void get_reply_field(
	struct decoder *d, const struct pa_wire_field *f, struct pa_authorize_reply *reply)
{
	switch (f->number) {
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
		if (reply->attributes_len == PA_REPLY_ATTRS_MAX)
			d->malformed = true;
		else
			get_pair(d, f, &reply->attributes[reply->attributes_len++]);
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
	struct decoder d = { .limit = PA_R_NONE };
	struct pa_wire_field field;

	*reply = (struct pa_authorize_reply){ .id = 0 };
	pa_wire_read(&d.r, payload);
	while (pa_wire_next(&d.r, &field))
		get_reply_field(&d, &field, reply);
	if (!d.malformed && !d.r.failed)
		return 0;
	*reply = (struct pa_authorize_reply){ .id = 0 };
	return PA_E_MESSAGE;
}

/* --- encoding --- */

static void put_pair(struct pa_wire_writer *w, uint32_t number, const struct pa_pair *pair)
{
	struct pa_wire_writer inner = { .out = NULL };

	pa_wire_put_bytes(&inner, PAIR_NAME, pair->name);
	pa_wire_put_bytes(&inner, PAIR_VALUE, pair->value);
	pa_wire_put_head(w, number, inner.len);
	pa_wire_put_bytes(w, PAIR_NAME, pair->name);
	pa_wire_put_bytes(w, PAIR_VALUE, pair->value);
}

static int finish(const struct pa_wire_writer *w, size_t *len)
{
	*len = w->len;
	return w->len > w->size || w->failed ? PA_E_LIMIT : 0;
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
