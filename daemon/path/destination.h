/*
 * Headers with which a request acts on another path, by another method or in another protocol than
 * it seems to.
 */
#ifndef DAEMON_PATH_DESTINATION_H
#define DAEMON_PATH_DESTINATION_H

#include "daemon/path/paths.h"
#include "proto/message.h"

/*
 * The request's Destination (RFC 4918, 10.3), for which `asked` is the rule of its target: a COPY
 * or MOVE has exactly one, any other request at most one. It is a path or an http or https URI,
 * decoded as a target is, and its rule is of the same class and owner and names the method.
 * *ret is that rule, NULL where there is no Destination. 0; 1: refused, *reason is DESTINATION.
 */
int pa_destination_judge(const struct pa_authorize_request *req, const struct pa_paths *paths,
	const struct pa_path_match *asked, pa_methods method, const struct pa_path_rule **ret,
	enum pa_reason *reason) PA_MUST_CHECK;

/* Whether a header such as X-HTTP-Method-Override names another method than the request's. */
bool pa_destination_is_overridden(const struct pa_authorize_request *req);

/* Whether a header Upgrade is there: who passes it on becomes a tunnel that asks nobody. */
bool pa_destination_is_tunnel(const struct pa_authorize_request *req);

#endif
