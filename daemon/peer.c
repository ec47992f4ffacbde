#include "daemon/peer.h"

#include <errno.h>
#include <sys/socket.h>

int pa_peer_of_socket(int fd, struct pa_peer *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*ret = (struct pa_peer){ .uid = PA_PEER_NOBODY, .gid = PA_PEER_NOBODY };
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	len = sizeof(ret->groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, ret->groups, &len) == 0)
		ret->groups_len = len / sizeof(ret->groups[0]);
	return 0;
}

static bool has_gid(const struct pa_peers *peers, gid_t gid)
{
	for (size_t i = 0; i < peers->gids_len; i++) {
		if (peers->gids[i] == gid && gid != PA_PEER_NOBODY)
			return true;
	}
	return false;
}

bool pa_peers_has(const struct pa_peers *peers, const struct pa_peer *peer)
{
	if (peer->uid == PA_PEER_NOBODY)
		return false;
	for (size_t i = 0; i < peers->uids_len; i++) {
		if (peers->uids[i] == peer->uid)
			return true;
	}
	if (has_gid(peers, peer->gid))
		return true;
	for (size_t i = 0; i < peer->groups_len; i++) {
		if (has_gid(peers, peer->groups[i]))
			return true;
	}
	return false;
}
