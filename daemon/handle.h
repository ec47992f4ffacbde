/*
 * Handles: what a peer may send in place of a chain that it has sent before.
 *
 * A handle stands for the bytes of the chain: they are put where they would be had they been sent,
 * so that nothing behind this can tell the difference, and nothing is proven by a handle that the
 * chain would not prove.
 */
#ifndef DAEMON_HANDLE_H
#define DAEMON_HANDLE_H

#include "daemon/run.h"

/* Whether the request has a handle in place of its chain, and (still) no chain. */
static inline bool pa_handle_is_alone(const struct pa_run *run)
{
	return !run->req.chain_len && run->req.chain_handle.len;
}

/* Put the chain in the place of such a handle; it is run->known then. NULL: it is not known. */
const struct pa_known_chain *pa_handle_resolve(struct pa_run *run);
/* Say so; the run ends. */
void pa_handle_refuse(struct pa_run *run);

/* What the reply tells the peer to send next time, if it has asked; valid while the run is. */
struct pa_bytes pa_handle_give(struct pa_run *run);

#endif
