/*
 * The routes from a leaf to an anchor that names and key identifiers allow. Internal to
 * daemon/pki/.
 */
#ifndef DAEMON_PKI_ROUTE_H
#define DAEMON_PKI_ROUTE_H

#include <openssl/x509.h>

#include "daemon/pki/chain.h"

#define PA_ROUTES_MAX      16u
#define PA_ROUTE_CERTS_MAX (PA_CHAIN_LINKS_MAX - 1u) /* the leaf is not in it */

struct pa_route {
	X509 *certs[PA_ROUTE_CERTS_MAX]; /* borrowed; the last one is the anchor */
	size_t len;
};

struct pa_routes {
	struct pa_route routes[PA_ROUTES_MAX];
	size_t len;
	bool ambiguous; /* somewhere more than one issuer fits, be it one that leads nowhere */
};

/* No more than PA_ROUTES_MAX, anchors and the store's CAs first. No signature is checked. */
void pa_route_find(struct pa_routes *ret, X509 *leaf, STACK_OF(X509) * anchors,
	STACK_OF(X509) * untrusted, unsigned max_depth);

/* The anchor, and the rest of a route; to be freed without their certificates, also on failure. */
int pa_route_stacks(const struct pa_routes *routes, size_t which, STACK_OF(X509) * *anchor,
	STACK_OF(X509) * *between) PA_MUST_CHECK;

#endif
