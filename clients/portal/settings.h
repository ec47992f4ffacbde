/*
 * The command line of polyauth-portal.
 */
#ifndef CLIENTS_PORTAL_SETTINGS_H
#define CLIENTS_PORTAL_SETTINGS_H

#include "clients/http/place.h"
#include "clients/portal/texts.h"
#include "proto/limits.h"

#define PA_SETTINGS_PLACES 8u

struct pa_settings {
	struct pa_http_place places[PA_SETTINGS_PLACES];
	char *place_texts[PA_SETTINGS_PLACES]; /* what the places point into */
	size_t places_len;
	const char *socket, *realm, *server, *texts_file, *ttl, *uses_within;
	const char *origin, *host; /* host: the part of the origin that a Host header must be */
	bool secure;               /* https: cookies are for it alone */
	bool letters;              /* codes of letters, not of digits */
	char user_header[PA_HEADER_NAME_MAX + 1]; /* in lower case; "": none */
	unsigned idle_s, life_s, sessions;
	int ready_fd;
	struct pa_texts *texts;
};

/*
 * -1: go on; else the status to end with. What is wrong is printed. Finish in any case.
 */
int pa_settings_parse(int argc, char **argv, struct pa_settings *settings) PA_MUST_CHECK;
void pa_settings_finish(struct pa_settings *settings);

#endif
