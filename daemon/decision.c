#include "daemon/decision.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"
#include "proto/authorize.h"

int pa_decisions_init(struct pa_decisions *decisions, unsigned worker, int64_t started_s)
{
	*decisions = (struct pa_decisions){ 0 };
	decisions->ring = calloc(PA_DECISIONS_KEPT, sizeof(*decisions->ring));
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

/* In hexadecimal, NUL-terminated; not 0. */
static void put_hex(char *out, uint64_t number)
{
	size_t digits = 1;

	while (digits < 16 && number >> (4 * digits))
		digits++;
	out[digits] = '\0';
	for (; digits; number >>= 4)
		out[--digits] = "0123456789abcdef"[number & 15];
}

struct pa_decision *pa_decisions_begin(struct pa_decisions *decisions)
{
	struct pa_decision *d;

	pthread_mutex_lock(&decisions->lock);
	d = &decisions->ring[decisions->made++ % PA_DECISIONS_KEPT];
	memcpy(d->id, decisions->prefix, decisions->prefix_len);
	put_hex(d->id + decisions->prefix_len, decisions->made & 0xffffffffffff);
	return d;
}

void pa_decisions_end(struct pa_decisions *decisions)
{
	pthread_mutex_unlock(&decisions->lock);
}

int pa_decisions_find(struct pa_decisions *decisions, struct pa_bytes id, struct pa_decision *ret)
{
	int r = 1;

	pthread_mutex_lock(&decisions->lock);
	for (size_t i = 0; r && i < PA_DECISIONS_KEPT; i++) {
		const struct pa_decision *d = &decisions->ring[i];

		if (d->id[0] && pa_bytes_eq_str(id, d->id)) {
			*ret = *d;
			r = 0;
		}
	}
	pthread_mutex_unlock(&decisions->lock);
	return r;
}

void pa_decisions_of_agent(
	struct pa_decisions *decisions, struct pa_bytes agent, pa_decisions_fn *fn, void *arg)
{
	bool more = true;

	pthread_mutex_lock(&decisions->lock);
	for (size_t i = 0; more && i < PA_DECISIONS_KEPT; i++) {
		const struct pa_decision *d =
			&decisions->ring[(decisions->made + i) % PA_DECISIONS_KEPT];

		if (d->id[0] && pa_bytes_eq_str(agent, d->agent))
			more = fn(arg, d);
	}
	pthread_mutex_unlock(&decisions->lock);
}

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

static void log_source(struct pa_line *line, const struct pa_decision *d)
{
	char text[INET6_ADDRSTRLEN];

	if (d->source_len &&
		inet_ntop(d->source_len == 4 ? AF_INET : AF_INET6, d->source, text, sizeof(text)))
		pa_line_str(line, "source", text);
}

void pa_decision_log(const struct pa_decision *d)
{
	enum pa_log_level level = d->verdict == PA_VERDICT_ERROR ? PA_LOG_WARNING : PA_LOG_INFO;
	struct pa_line line;

	pa_line_start(&line, level, "decision");
	pa_line_str(&line, "id", d->id);
	pa_line_str(&line, "verdict", pa_verdict_name(d->verdict));
	pa_line_str(&line, "reason", pa_reason_name(d->reason));
	if (d->has_device)
		pa_line_str(&line, d->proven ? "device" : "claims", pa_mac_format(d->device).text);
	if (d->has_owner)
		pa_line_str(&line, "owner", pa_mac_format(d->owner).text);
	pa_line_str(&line, "realm", d->realm);
	pa_line_str(&line, "method", d->method);
	pa_line_str(&line, "target", d->target);
	pa_line_str(&line, "class", d->class_name);
	pa_line_str(&line, "user", d->user);
	log_source(&line, d);
	pa_line_str(&line, "frontend", d->frontend);
	pa_line_uint(&line, "peer-uid", d->peer_uid);
	if (d->dry_run)
		pa_line_str(&line, "dry-run", "yes");
	log_shadows(&line, d);
	for (size_t i = 0; i < d->trace_len; i++) {
		if (d->trace[i].reason == d->reason && d->trace[i].detail[0])
			pa_line_str(&line, "detail", d->trace[i].detail);
	}
	pa_line_uint(&line, "revision", d->revision);
	pa_line_uint(&line, "us", d->microseconds);
	pa_line_write(&line);
}
