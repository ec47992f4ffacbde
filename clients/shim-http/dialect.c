#include "clients/shim-http/dialect.h"

static const struct pa_dialect dialects[] = {
	/* nginx takes 401 and 403 alone for an answer, and its log is the operator's */
	{ "nginx", "auth_request of nginx", pa_dialect_nginx, 403, true, false },
};

const struct pa_dialect *pa_dialect_at(size_t i)
{
	return i < sizeof(dialects) / sizeof(*dialects) ? &dialects[i] : NULL;
}

const struct pa_dialect *pa_dialect_find(const char *name)
{
	const struct pa_dialect *dialect;

	for (size_t i = 0; (dialect = pa_dialect_at(i)) != NULL; i++) {
		if (strcmp(dialect->name, name) == 0)
			return dialect;
	}
	return NULL;
}
