#include "daemon/pki/route.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/x509.h"

/* Comparisons that one search may cost; hints can be made to fit each other in any order. */
#define STEPS_MAX 4096u

struct search {
	struct pa_routes *found;
	STACK_OF(X509) * anchors, *untrusted;
	struct pa_route route; /* as far as we are */
	size_t between_max;
	unsigned steps;
};

static bool is_issuer(struct search *search, X509 *issuer, X509 *subject)
{
	int r;

	if (search->steps >= STEPS_MAX)
		return false;
	search->steps++;
	r = X509_check_issued(issuer, subject);
	/* OpenSSL would choose it all the same, by its name, and end there */
	if (r == X509_V_ERR_KEYUSAGE_NO_CERTSIGN)
		search->found->ambiguous = true;
	return r == X509_V_OK;
}

/* The number of anchors that fit. */
static unsigned end_at_anchors(struct search *search, X509 *last)
{
	unsigned fitting = 0;

	for (int i = 0; i < sk_X509_num(search->anchors); i++) {
		X509 *anchor = sk_X509_value(search->anchors, i);

		if (search->found->len == PA_ROUTES_MAX)
			break;
		if (!is_issuer(search, anchor, last))
			continue;
		fitting++;
		search->found->routes[search->found->len] = search->route;
		search->found->routes[search->found->len].certs[search->route.len] = anchor;
		search->found->routes[search->found->len].len++;
		search->found->len++;
	}
	return fitting;
}

static bool on_route(const struct search *search, const X509 *cert)
{
	for (size_t i = 0; i < search->route.len; i++) {
		if (search->route.certs[i] == cert)
			return true;
	}
	return false;
}

static void walk(struct search *search, X509 *last)
{
	unsigned fitting = end_at_anchors(search, last);

	if (fitting > 1)
		search->found->ambiguous = true;
	if (search->route.len == search->between_max)
		return;
	for (int i = 0; i < sk_X509_num(search->untrusted); i++) {
		X509 *cert = sk_X509_value(search->untrusted, i);

		if (search->found->len == PA_ROUTES_MAX || search->steps >= STEPS_MAX)
			return;
		if (on_route(search, cert) || !is_issuer(search, cert, last))
			continue;
		if (++fitting > 1)
			search->found->ambiguous = true;
		search->route.certs[search->route.len++] = cert;
		walk(search, cert);
		search->route.len--;
	}
}

void pa_route_find(struct pa_routes *ret, X509 *leaf, STACK_OF(X509) * anchors,
	STACK_OF(X509) * untrusted, unsigned max_depth)
{
	struct search search = { .found = ret, .anchors = anchors, .untrusted = untrusted };

	search.between_max = max_depth;
	if (search.between_max > PA_ROUTE_CERTS_MAX - 1)
		search.between_max = PA_ROUTE_CERTS_MAX - 1;
	ret->len = 0;
	ret->ambiguous = false;
	walk(&search, leaf);
	ERR_clear_error();
}

int pa_route_stacks(const struct pa_routes *routes, size_t which, STACK_OF(X509) * *anchor,
	STACK_OF(X509) * *between)
{
	const struct pa_route *route = &routes->routes[which];

	*anchor = sk_X509_new_null();
	*between = sk_X509_new_null();
	if (!*anchor || !*between || !sk_X509_push(*anchor, route->certs[route->len - 1]))
		return pa_x509_error(-ENOMEM);
	for (size_t i = 0; i + 1 < route->len; i++) {
		if (!sk_X509_push(*between, route->certs[i]))
			return pa_x509_error(-ENOMEM);
	}
	return 0;
}
