/*
 * What `crl fetch` remembers of a URL between two runs: what the server said about
 * the CRL that was imported, and when to try again after failures. One file a URL.
 * None of it is needed: where it is missing or damaged, everything is fetched.
 */
#ifndef CLIENTS_CTL_FETCH_STATE_H
#define CLIENTS_CTL_FETCH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

#define PA_FETCH_TAG_MAX   256u
#define PA_FETCH_MARKS_MAX 64u /* CRLs of one file */

#define PA_FETCH_BACKOFF_MIN_S INT64_C(600)
#define PA_FETCH_BACKOFF_MAX_S INT64_C(21600)

struct pa_fetch_state {
	char etag[PA_FETCH_TAG_MAX + 1];     /* as the server wrote it; "": none */
	char modified[PA_FETCH_TAG_MAX + 1]; /* the same */
	unsigned failures;                   /* in a row */
	int64_t next_try_s;                  /* 0: any time */
	/* Of the CRLs that were imported: pa_fetch_mark() each. */
	size_t marks_len;
	uint64_t marks[PA_FETCH_MARKS_MAX];
};

/* A digest of texts (NULL ends them), to find something again; no cryptography. */
uint64_t pa_fetch_mark(const char *const *texts);

/*
 * Open the directory, which is made where it is missing, for this process alone.
 * 0; 1: another process has it; -errno.
 */
int pa_fetch_state_open(const char *path, int *ret_fd) PA_MUST_CHECK;

/* 0; 1: there is none; 2: it is damaged; -errno. Where it is not 0, *ret is zero. */
int pa_fetch_state_load(int dir, const char *url, struct pa_fetch_state *ret) PA_MUST_CHECK;

/* Atomically and durably. 0 or -errno. */
int pa_fetch_state_save(int dir, const char *url, const struct pa_fetch_state *state) PA_MUST_CHECK;

/*
 * Count a failure: the next try is put off for longer each time, up to 6 hours, by between half
 * of it and all (random decides), so that hosts do not come back together. wish_s: what the
 * server asked for, 0 if nothing.
 */
void pa_fetch_state_failed(
	struct pa_fetch_state *state, int64_t now_s, int64_t wish_s, uint32_t random);

/* Whether it is too early. A time that no failure can have set (the clock was put back) is not. */
bool pa_fetch_state_waits(const struct pa_fetch_state *state, int64_t now_s);

/* Whether a header's value may be kept: printable ASCII, not too long. */
bool pa_fetch_tag_is_plain(const char *text);

#endif
