/*
 * The board on which the threads that verify chains in full tell each other of issuers: a first
 * chain is verified once, whoever asks for another one of the same issuer meanwhile waits for it
 * and then finds the issuer known. Any thread.
 */
#ifndef DAEMON_PKI_ISSUER_BOARD_H
#define DAEMON_PKI_ISSUER_BOARD_H

#include "daemon/pki/known_issuer.h"

struct pa_issuer_board;

int pa_issuer_board_new(struct pa_issuer_board **ret) PA_MUST_CHECK; /* 0, -ENOMEM */
void pa_issuer_board_free(struct pa_issuer_board *board);            /* NULL-safe; nobody is in */

/*
 * The issuer of what came, a reference. NULL: it is not known; the caller verifies in full, and
 * leaves. While another thread is doing so for the same issuer, wait for it, once: if it fails,
 * everybody goes on by himself. What came must stay where it is until then.
 */
struct pa_known_issuer *pa_issuer_board_enter(
	struct pa_issuer_board *board, const struct pa_coming *coming) PA_MUST_CHECK;

/* learnt: what others are to know from now on (a reference is taken); NULL: nothing. */
void pa_issuer_board_leave(struct pa_issuer_board *board, const struct pa_coming *coming,
	struct pa_known_issuer *learnt);

#endif
