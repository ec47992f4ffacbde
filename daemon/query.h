/*
 * What is spoken on query.sock: AuthorizeRequest, AuthorizeReply.
 */
#ifndef DAEMON_QUERY_H
#define DAEMON_QUERY_H

#include "daemon/conn.h"

extern const struct pa_conn_class pa_query_class;

#endif
