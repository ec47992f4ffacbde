#include "clients/c/polyauth.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "clients/c/base64.h"

int polyauth_set_basic(struct polyauth_request *request, const char *field, size_t len, void *room)
{
	static const char scheme[] = "basic ";
	size_t at = sizeof(scheme) - 1;
	const uint8_t *both = room, *colon;

	if (len < at || strncasecmp(field, scheme, at) != 0)
		return -EINVAL;
	while (at < len && field[at] == ' ')
		at++;
	if (pa_base64_decode(
		    (struct pa_bytes){ (const uint8_t *)field + at, len - at }, room, &len) != 0 ||
		!len)
		return -EINVAL;
	colon = memchr(both, ':', len);
	if (!colon)
		return -EINVAL;
	request->has_credentials = 1;
	request->user = (struct polyauth_bytes){ both, (size_t)(colon - both) };
	request->password = (struct polyauth_bytes){ colon + 1, len - (size_t)(colon - both) - 1 };
	return 0;
}
