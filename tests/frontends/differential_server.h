/*
 * A web server that is asked over plain sockets, many requests at a time, with targets as they are.
 */
#ifndef TESTS_FRONTENDS_DIFFERENTIAL_SERVER_H
#define TESTS_FRONTENDS_DIFFERENTIAL_SERVER_H

#include "proto/bytes.h"

#define SERVED_MAX 1024u

/* What a file of the tree says of itself. */
enum found {
	FOUND_NOTHING = 0,
	FOUND_OWN,
	FOUND_VICTIMS,
	FOUND_SHARED,
	FOUND_NOBODYS,
	FOUND_KINDS
};

struct answer {
	enum found found;
	char served[SERVED_MAX]; /* the path that the server says it serves; "": it does not say */
};

struct server {
	const char *name; /* NAME=ADDRESS:PORT, as the driver gives it */
	const char *address;
	int port;
	int fd; /* -1: not connected */
	size_t len;
	char buf[65536];
	uint64_t kinds[FOUND_KINDS], connections;
};

/* Ends the program if it is no NAME=ADDRESS:PORT. */
void server_parse(struct server *server, char *text);

/*
 * Ask for each target; what was answered stands in ret. A server that closes the connection behind
 * an answer is connected to again; one that answers nothing has found nothing. Ends the program
 * where it cannot be reached.
 */
void server_ask(
	struct server *server, const struct pa_bytes *targets, size_t len, struct answer *ret);

void server_close(struct server *server);

#endif
