/*
 * What a client and its front end may say in one request; made by tables, or from them by chance.
 * And, said by nobody of the daemon's, which of it may be allowed.
 */
#ifndef TESTS_CONFORMANCE_PATHS_ASKED_H
#define TESTS_CONFORMANCE_PATHS_ASKED_H

#include "proto/err.h"
#include "proto/message.h"

#define ASKED_MAX 4096u

struct text {
	size_t len;
	uint8_t bytes[ASKED_MAX];
};

struct asked {
	char realm[32], certificate[32], method[PA_METHOD_MAX + 1];
	struct text target, served, path_info, query;
	bool has_served;
	char header[PA_HEADER_NAME_MAX + 1], value[256]; /* one header; "": none */
};

void text_set(struct text *text, struct pa_bytes bytes);
/* \\ and \xNN as tables write them. 0; 1: something else. */
int text_unescape(struct text *text, const char *escaped) PA_MUST_CHECK;

void asked_request(
	const struct asked *asked, struct pa_bytes leaf, struct pa_authorize_request *ret);
/* On one line, with what is not printable escaped. */
void asked_print(const struct asked *asked);

/* The same numbers from the same seed, everywhere. */
uint64_t chance(uint64_t *state);
size_t below(uint64_t *state, size_t limit); /* 0 for 0 */

/* One request like one of the seeds, changed in one to four places. */
void mutate(uint64_t *state, const struct asked *seeds, size_t len, struct asked *ret);

/*
 * Whether the request may be allowed. Realm `shipped`: it plainly asks for a file of the attacker's
 * own or a shared one, by a name that stands on a list here. Realm `wide`: nothing in it can be
 * read as the victim's name, or as the way to another directory.
 */
bool may_be_allowed(const struct asked *asked);

#endif
