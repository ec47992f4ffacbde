#include "clients/http/place.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct pa_diag *diag, const char *what, const char *why)
{
	pa_diag_set(diag, "%s: %s", what, why);
	return -EINVAL;
}

int pa_http_number(
	const char *text, int base, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, base);
	return errno || *end || text[0] < '0' || text[0] > '9' || *ret < min || *ret > max ? -EINVAL
											   : 0;
}

static int set_peer(struct pa_http_place *place, const char *value, struct pa_diag *diag)
{
	const struct passwd *user;
	unsigned long uid;

	if (place->peers_len == PA_HTTP_PEERS_MAX)
		return refuse(diag, value, "too many peers");
	if (pa_http_number(value, 10, 0, (uid_t)-2, &uid) != 0) {
		user = getpwnam(value);
		if (!user)
			return refuse(diag, value, "there is no such user");
		uid = user->pw_uid;
	}
	place->peers[place->peers_len++] = (uid_t)uid;
	return 0;
}

static int set_mode(struct pa_http_place *place, const char *value, struct pa_diag *diag)
{
	unsigned long mode;

	if (place->has_mode)
		return refuse(diag, "mode", "stands there twice");
	if (pa_http_number(value, 8, 0, 0777, &mode) != 0)
		return refuse(diag, value, "is no file mode, like 0660");
	place->mode = (mode_t)mode;
	place->has_mode = true;
	return 0;
}

int pa_http_place_address(struct pa_http_place *place, char *text, struct pa_diag *diag)
{
	unsigned long port;
	char *colon;

	if (strncmp(text, "unix:/", 6) == 0) {
		place->path = text + 5;
		return 0;
	}
	colon = strrchr(text, ':');
	if (strncmp(text, "tcp:", 4) != 0 || colon < text + 4 ||
		pa_http_number(colon + 1, 10, 0, 65535, &port) != 0)
		return refuse(diag, text, "unix:/PATH or tcp:ADDRESS:PORT is meant");
	*colon = '\0';
	place->host = text + 4;
	place->port = (uint16_t)port;
	if (place->host[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		place->host++;
	}
	return 0;
}

int pa_http_place_key(
	struct pa_http_place *place, const char *key, const char *value, struct pa_diag *diag)
{
	if (strcmp(key, "peer") == 0)
		return set_peer(place, value, diag);
	if (strcmp(key, "mode") == 0)
		return set_mode(place, value, diag);
	return 1;
}

bool pa_http_place_knows(const struct pa_http_place *place, uid_t uid)
{
	for (size_t i = 0; i < place->peers_len; i++) {
		if (place->peers[i] == uid)
			return true;
	}
	return false;
}
