/*
 * Where a server listens, and to whom, as the options of a program say it.
 */
#ifndef CLIENTS_HTTP_PLACE_H
#define CLIENTS_HTTP_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/err.h"

#define PA_HTTP_PEERS_MAX 16u

struct pa_http_place {
	const char *path; /* a Unix socket; NULL: TCP */
	char *host;
	uint16_t port;
	mode_t mode;   /* of the socket file */
	bool has_mode; /* it was said */
	uid_t peers[PA_HTTP_PEERS_MAX];
	size_t peers_len;
};

/* unix:/PATH or tcp:ADDRESS:PORT; text is cut into pieces, and must outlive the place. 0 or
 * negative; diag says why. */
int pa_http_place_address(
	struct pa_http_place *place, char *text, struct pa_diag *diag) PA_MUST_CHECK;

/* peer: a user's name or number, again for each; mode: of the socket, once. 0; 1: there is no such
 * key; negative, diag says why. */
int pa_http_place_key(struct pa_http_place *place, const char *key, const char *value,
	struct pa_diag *diag) PA_MUST_CHECK;

/* Whether it is one of the peers. */
bool pa_http_place_knows(const struct pa_http_place *place, uid_t uid);

/* A number of nothing but digits. 0, -EINVAL. */
int pa_http_number(const char *text, int base, unsigned long min, unsigned long max,
	unsigned long *ret) PA_MUST_CHECK;

#endif
