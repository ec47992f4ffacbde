/*
 * One transfer of `crl fetch`: by libcurl, from a URL that is allowed.
 */
#ifndef CLIENTS_CTL_FETCH_H
#define CLIENTS_CTL_FETCH_H

#include "clients/ctl/fetch_state.h"
#include "clients/ctl/urls.h"

#define PA_FETCH_REDIRECTS_MAX 3u

struct pa_fetch_limits {
	int64_t connect_ms;
	int64_t total_ms; /* redirects included */
	size_t size;
};

enum pa_fetch_result {
	PA_FETCH_FAILED = 0, /* why: no answer, or not the one that was wanted */
	PA_FETCH_REFUSED,    /* why: what it answered is not taken */
	PA_FETCH_NOT_MODIFIED,
	PA_FETCH_DONE /* body, etag, modified */
};

struct pa_fetch_reply {
	long status; /* of HTTP; 0: none */
	uint8_t *body;
	size_t len, size;
	char etag[PA_FETCH_TAG_MAX + 1], modified[PA_FETCH_TAG_MAX + 1]; /* "": none */
	int64_t wish_s;                                                  /* Retry-After; 0: none */
	char why[256];
};

/* Once a process, before the first transfer. 0, or -ENOMEM. */
int pa_fetch_start(void) PA_MUST_CHECK;
void pa_fetch_stop(void);

/* known: what the server said last; NULL: fetch in any case. The reply is to be finished always. */
enum pa_fetch_result pa_fetch_get(const struct pa_url_list *allowed, const struct pa_url *url,
	const struct pa_fetch_state *known, const struct pa_fetch_limits *limits,
	struct pa_fetch_reply *reply);

void pa_fetch_reply_finish(struct pa_fetch_reply *reply);

#endif
