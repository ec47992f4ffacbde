/*
 * What a pool needs of a connection besides the public calls. Not exported.
 */
#ifndef CLIENTS_C_POLYAUTH_CONN_H
#define CLIENTS_C_POLYAUTH_CONN_H

#include "clients/c/polyauth.h"
#include "proto/err.h"

/* With a deadline by pa_stream_now_ms() in place of a time-out. */
int pa_polyauth_conn_open(
	const char *path, int64_t deadline_ms, struct polyauth_conn **ret) PA_MUST_CHECK;
int pa_polyauth_conn_ask(struct polyauth_conn *conn, const struct polyauth_request *request,
	int64_t deadline_ms, struct polyauth_reply *reply) PA_MUST_CHECK;

#endif
