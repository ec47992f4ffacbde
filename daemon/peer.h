/*
 * Who is at the other end of a Unix socket, by the kernel's word, and lists of those who may ask.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proto/err.h"

#define PA_PEER_GROUPS_MAX 64u
/* The overflow id: what the kernel says in place of an id that has none here. Nobody's. */
#define PA_PEER_NOBODY 65534u

struct pa_peer {
	uid_t uid;
	gid_t gid;
	/* the supplementary ones; of somebody who has more, none */
	size_t groups_len;
	gid_t groups[PA_PEER_GROUPS_MAX];
};

/* As it was when the socket was connected (SO_PEERCRED, SO_PEERGROUPS). 0, negative. */
int pa_peer_of_socket(int fd, struct pa_peer *ret) PA_MUST_CHECK;

struct pa_peers {
	size_t uids_len, gids_len;
	uid_t *uids;
	gid_t *gids;
};

/* By uid, by gid or by a supplementary group; never where it is the overflow id. */
bool pa_peers_has(const struct pa_peers *peers, const struct pa_peer *peer);

#endif
