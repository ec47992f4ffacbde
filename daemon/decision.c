#include "daemon/decision.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"
#include "proto/authorize.h"

/* In the ring: a head, then the text of all views, then of each check a row and its text. */
struct head {
	uint32_t size; /* of all of it; 0: the rest of the ring is empty */
	uint8_t verdict, trace_len, source_len;
	bool dry_run, has_device, proven, has_owner;
	uint16_t reason;
	uint16_t realm_len, method_len, target_len, class_len, user_len, agent_len, frontend_len,
		detail_len;
	uid_t peer_uid;
	int64_t time_s;
	uint64_t number, revision, microseconds;
	struct pa_mac device, owner;
};
#define ALIGN 8u

/* A row: a trace up to its detail, then its length, then itself. */
#define ROW_LEN    offsetof(struct pa_trace, detail)
#define DETAIL_MAX (sizeof(((struct pa_trace *)NULL)->detail) - 1)
_Static_assert(DETAIL_MAX <= UINT8_MAX, "a byte tells its length");

/* The longest of all views and rows, each with a NUL, must fit. */
_Static_assert(sizeof(struct head) + 4 * (PA_REALM_MAX + 1) + PA_DECISION_TARGET_MAX + 1 +
			       2 * (PA_DECISION_TEXT_MAX + 1) + PA_DECISION_DETAIL_MAX + 1 + 16 +
			       ALIGN + PA_TRACE_MAX * (ROW_LEN + 1 + DETAIL_MAX) <=
		       PA_DECISION_PACKED_MAX,
	"PA_DECISION_PACKED_MAX");
_Static_assert(PA_METHOD_MAX <= PA_REALM_MAX, "the realm is the longest view");
_Static_assert(PA_NAME_MAX <= PA_REALM_MAX, "the realm is the longest view");
_Static_assert(PA_FRONTEND_MAX <= PA_REALM_MAX, "the realm is the longest view");

int pa_decisions_init(struct pa_decisions *decisions, unsigned worker, int64_t started_s)
{
	*decisions = (struct pa_decisions){ 0 };
	decisions->ring = aligned_alloc(64, PA_DECISIONS_BYTES);
	if (!decisions->ring)
		return -ENOMEM;
	snprintf(decisions->prefix, sizeof(decisions->prefix), "%08x-%x-",
		(unsigned)(started_s & 0xffffffff), worker & 0xfff);
	decisions->prefix_len = strlen(decisions->prefix);
	return -pthread_mutex_init(&decisions->lock, NULL);
}

void pa_decisions_finish(struct pa_decisions *decisions)
{
	if (!decisions->ring)
		return;
	pthread_mutex_destroy(&decisions->lock);
	free(decisions->ring);
	decisions->ring = NULL;
}

/* In hexadecimal, NUL-terminated. Returns the length. */
static size_t put_hex(char *out, uint64_t number)
{
	const size_t digits = (67 - (size_t)__builtin_clzll(number | 1)) / 4;

	out[digits] = '\0';
	for (size_t at = digits; at; number >>= 4)
		out[--at] = "0123456789abcdef"[number & 15];
	return digits;
}

/* Returns the length. */
static size_t put_id(const struct pa_decisions *decisions, uint64_t number, char *out)
{
	memcpy(out, decisions->prefix, decisions->prefix_len);
	return decisions->prefix_len +
	       put_hex(out + decisions->prefix_len, number & 0xffffffffffff);
}

/* --- packing --- */

/* As memcpy() of a few bytes, for which gcc takes `rep movs`: that is slow to begin. */
static inline void copy_few(uint8_t *out, const uint8_t *in, size_t len)
{
	const size_t word = sizeof(uint64_t), half = word / 2;

	if (len >= word) {
		for (size_t at = 0; at + word < len; at += word)
			memcpy(out + at, in + at, word);
		memcpy(out + len - word, in + len - word, word);
	} else if (len >= half) {
		memcpy(out, in, half);
		memcpy(out + len - half, in + len - half, half);
	} else if (len) {
		out[0] = in[0];
		out[len / 2] = in[len / 2];
		out[len - 1] = in[len - 1];
	}
}

static inline uint8_t *put(uint8_t *out, struct pa_bytes text, uint16_t *len, size_t max)
{
	*len = (uint16_t)(text.len < max ? text.len : max);
	copy_few(out, text.data, *len);
	return out + *len;
}

static uint8_t *put_row(uint8_t *out, const struct pa_trace *trace)
{
	const size_t detail_len = trace->detail[0] ? strnlen(trace->detail, DETAIL_MAX) : 0;

	memcpy(out, trace, ROW_LEN);
	out[ROW_LEN] = (uint8_t)detail_len;
	out += ROW_LEN + 1;
	if (detail_len)
		memcpy(out, trace->detail, detail_len);
	return out + detail_len;
}

/* To where a head may stand. Returns the bytes that it took. */
static size_t pack(const struct pa_decision *d, uint64_t number, uint8_t *out)
{
	struct head *head = (struct head *)(void *)out;
	uint8_t *at = (uint8_t *)(head + 1);
	uint16_t source_len;

	*head = (struct head){ .verdict = (uint8_t)d->verdict,
		.trace_len = (uint8_t)d->trace_len,
		.dry_run = d->dry_run,
		.has_device = d->has_device,
		.proven = d->proven,
		.has_owner = d->has_owner,
		.reason = (uint16_t)d->reason,
		.peer_uid = d->peer_uid,
		.time_s = d->time_s,
		.number = number,
		.revision = d->revision,
		.microseconds = d->microseconds,
		.device = d->device,
		.owner = d->owner };

	at = put(at, d->source, &source_len, 16);
	head->source_len = (uint8_t)source_len;
	at = put(at, d->realm, &head->realm_len, PA_REALM_MAX);
	at = put(at, d->method, &head->method_len, PA_METHOD_MAX);
	at = put(at, d->target, &head->target_len, PA_DECISION_TARGET_MAX);
	at = put(at, d->class_name, &head->class_len, PA_NAME_MAX);
	at = put(at, d->user, &head->user_len, PA_DECISION_TEXT_MAX);
	at = put(at, d->agent, &head->agent_len, PA_DECISION_TEXT_MAX);
	at = put(at, d->frontend, &head->frontend_len, PA_FRONTEND_MAX);
	at = put(at, d->detail, &head->detail_len, PA_DECISION_DETAIL_MAX);
	for (size_t i = 0; i < d->trace_len; i++)
		at = put_row(at, &d->trace[i]);
	head->size = (uint32_t)(((size_t)(at - out) + ALIGN - 1) / ALIGN * ALIGN);
	return head->size;
}

static struct pa_bytes take(const uint8_t **at, size_t len)
{
	const uint8_t *data = *at;

	*at += len;
	return (struct pa_bytes){ data, len };
}

static void take_row(const uint8_t **at, struct pa_trace *trace)
{
	const struct pa_bytes head = take(at, ROW_LEN), len = take(at, 1);

	memcpy(trace, head.data, head.len);
	pa_bytes_copy(trace->detail, sizeof(trace->detail), take(at, len.data[0]));
}

/* The decision points into `in` and trace. */
static void unpack(const struct pa_decisions *decisions, const uint8_t *in, struct pa_decision *ret,
	struct pa_trace *trace)
{
	const uint8_t *at = in + sizeof(struct head);
	struct head head;

	memcpy(&head, in, sizeof(head));
	*ret = (struct pa_decision){ .time_s = head.time_s,
		.verdict = (enum pa_verdict)head.verdict,
		.reason = (enum pa_reason)head.reason,
		.revision = head.revision,
		.microseconds = head.microseconds,
		.peer_uid = head.peer_uid,
		.dry_run = head.dry_run,
		.has_device = head.has_device,
		.proven = head.proven,
		.has_owner = head.has_owner,
		.device = head.device,
		.owner = head.owner,
		.trace = trace,
		.trace_len = head.trace_len };
	ret->id_len = put_id(decisions, head.number, ret->id);
	ret->source = take(&at, head.source_len);
	ret->realm = take(&at, head.realm_len);
	ret->method = take(&at, head.method_len);
	ret->target = take(&at, head.target_len);
	ret->class_name = take(&at, head.class_len);
	ret->user = take(&at, head.user_len);
	ret->agent = take(&at, head.agent_len);
	ret->frontend = take(&at, head.frontend_len);
	ret->detail = take(&at, head.detail_len);
	for (size_t i = 0; i < ret->trace_len; i++)
		take_row(&at, &trace[i]);
}

/* --- the ring --- */

/* The size of what begins there; at the ring's end, of what is left of it. */
static size_t size_at(const struct pa_decisions *decisions, uint64_t position, bool *is_decision)
{
	const size_t at = position % PA_DECISIONS_BYTES;
	uint32_t size;

	memcpy(&size, decisions->ring + at, sizeof(size));
	*is_decision = size != 0;
	return size ? size : PA_DECISIONS_BYTES - at;
}

/* Where the next one may stand, of the longest there are: the oldest make room for it. */
static uint8_t *make_room(struct pa_decisions *decisions)
{
	const size_t left = PA_DECISIONS_BYTES - decisions->head % PA_DECISIONS_BYTES;
	bool is_decision;

	if (left < PA_DECISION_PACKED_MAX) {
		memset(decisions->ring + decisions->head % PA_DECISIONS_BYTES, 0, sizeof(uint32_t));
		decisions->head += left;
	}
	while (decisions->head + PA_DECISION_PACKED_MAX - decisions->tail > PA_DECISIONS_BYTES)
		decisions->tail += size_at(decisions, decisions->tail, &is_decision);
	return decisions->ring + decisions->head % PA_DECISIONS_BYTES;
}

void pa_decisions_fetch(const struct pa_decisions *decisions)
{
	const size_t at = decisions->tail % PA_DECISIONS_BYTES;

	for (size_t i = 0; i < 5; i++)
		__builtin_prefetch(decisions->ring + at + 64 * i, 1);
}

void pa_decisions_add(struct pa_decisions *decisions, struct pa_decision *decision)
{
	pthread_mutex_lock(&decisions->lock);
	decisions->made++;
	decision->id_len = put_id(decisions, decisions->made, decision->id);
	decisions->head += pack(decision, decisions->made, make_room(decisions));
	pthread_mutex_unlock(&decisions->lock);
}

/* The next one, from *position on, which moves behind it. NULL: there is none. */
static const uint8_t *next(const struct pa_decisions *decisions, uint64_t *position)
{
	while (*position < decisions->head) {
		const uint8_t *at = decisions->ring + *position % PA_DECISIONS_BYTES;
		bool is_decision;

		*position += size_at(decisions, *position, &is_decision);
		if (is_decision)
			return at;
	}
	return NULL;
}

int pa_decisions_find(
	struct pa_decisions *decisions, struct pa_bytes id, struct pa_decision_copy *ret)
{
	const uint8_t *at;
	uint64_t position;
	int r = 1;

	pthread_mutex_lock(&decisions->lock);
	position = decisions->tail;
	while (r && (at = next(decisions, &position)) != NULL) {
		char name[PA_DECISION_ID_MAX + 1];
		struct head head;

		memcpy(&head, at, sizeof(head));
		put_id(decisions, head.number, name);
		if (!pa_bytes_eq_str(id, name))
			continue;
		memcpy(ret->packed, at, head.size);
		unpack(decisions, ret->packed, &ret->decision, ret->trace);
		r = 0;
	}
	pthread_mutex_unlock(&decisions->lock);
	return r;
}

void pa_decisions_of_agent(
	struct pa_decisions *decisions, struct pa_bytes agent, pa_decisions_fn *fn, void *arg)
{
	struct pa_trace trace[PA_TRACE_MAX];
	const uint8_t *at;
	uint64_t position;
	bool more = true;

	pthread_mutex_lock(&decisions->lock);
	position = decisions->tail;
	while (more && (at = next(decisions, &position)) != NULL) {
		struct pa_decision decision;

		unpack(decisions, at, &decision, trace);
		if (pa_bytes_eq(agent, decision.agent))
			more = fn(arg, &decision);
	}
	pthread_mutex_unlock(&decisions->lock);
}

/* --- the log --- */

static void log_shadows(struct pa_line *line, const struct pa_decision *d)
{
	bool reported = false;

	for (size_t i = 0; i < d->trace_len; i++) {
		const struct pa_trace *row = &d->trace[i];

		if (!row->shadow)
			continue;
		reported |= row->mode == PA_MODE_REPORT;
		if (row->answer == PA_DENY)
			pa_line_str(line, "would-deny", row->check);
		else if (row->answer == PA_CHALLENGE)
			pa_line_str(line, "would-challenge", row->check);
		else if (row->answer == PA_ERROR)
			pa_line_str(line, "shadow-error", row->check);
	}
	if (reported)
		pa_line_str(line, "report", "yes");
}

/* As inet_ntop() does, by printf(), which would take a quarter of the time of the line. */
static void put_ipv4(const uint8_t octets[4], char out[INET_ADDRSTRLEN])
{
	for (size_t i = 0; i < 4; i++) {
		if (octets[i] >= 100)
			*out++ = (char)('0' + octets[i] / 100);
		if (octets[i] >= 10)
			*out++ = (char)('0' + octets[i] / 10 % 10);
		*out++ = (char)('0' + octets[i] % 10);
		*out++ = i < 3 ? '.' : '\0';
	}
}

static void log_source(struct pa_line *line, const struct pa_decision *d)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (d->source.len == 4)
		put_ipv4(d->source.data, text);
	else if (d->source.len == 16)
		(void)inet_ntop(AF_INET6, d->source.data, text, sizeof(text));
	pa_line_str(line, "source", text);
}

void pa_decision_line(struct pa_line *line, const struct pa_decision *d)
{
	enum pa_log_level level = d->verdict == PA_VERDICT_ERROR ? PA_LOG_WARNING : PA_LOG_INFO;

	pa_line_start(line, level, "decision");
	pa_line_str(line, "id", d->id);
	pa_line_str(line, "verdict", pa_verdict_name(d->verdict));
	pa_line_str(line, "reason", pa_reason_name(d->reason));
	if (d->has_device)
		pa_line_str(line, d->proven ? "device" : "claims", pa_mac_format(d->device).text);
	if (d->has_owner)
		pa_line_str(line, "owner", pa_mac_format(d->owner).text);
	pa_line_bytes(line, "realm", d->realm);
	pa_line_bytes(line, "method", d->method);
	pa_line_bytes(line, "target", d->target);
	pa_line_bytes(line, "class", d->class_name);
	pa_line_bytes(line, "user", d->user);
	log_source(line, d);
	pa_line_bytes(line, "frontend", d->frontend);
	pa_line_uint(line, "peer-uid", d->peer_uid);
	if (d->dry_run)
		pa_line_str(line, "dry-run", "yes");
	log_shadows(line, d);
	pa_line_bytes(line, "detail", d->detail);
	for (size_t i = 0; i < d->trace_len; i++) {
		if (d->trace[i].reason == d->reason && d->trace[i].detail[0])
			pa_line_str(line, "detail", d->trace[i].detail);
	}
	pa_line_uint(line, "revision", d->revision);
	pa_line_uint(line, "us", d->microseconds);
}
