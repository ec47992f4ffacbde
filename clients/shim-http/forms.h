/*
 * Forms besides HTTP in which front ends ask. What they ask becomes a request whose headers are
 * what the front end says; that there is nothing that could be taken for another's header is the
 * dialect's matter.
 */
#ifndef CLIENTS_SHIM_HTTP_FORMS_H
#define CLIENTS_SHIM_HTTP_FORMS_H

#include "clients/http/request.h"

/*
 * FastCGI 1.0, one request of a connection at a time. The method is the role: AUTHORIZER or
 * RESPONDER. Headers are the CGI variables (RFC 3875) under their own names; those that bear the
 * client's headers (HTTP_X_Y) have the name of the header (x-y); what else begins with a lower case
 * letter is left out. Management records are refused.
 */
extern const struct pa_http_form pa_form_fastcgi;

/*
 * The protocol of Cyrus saslauthd: login, password, service and realm, each behind its length in
 * two bytes, become headers of these names; one request a connection. 200 is "OK", all else "NO".
 */
extern const struct pa_http_form pa_form_saslauthd;

#endif
