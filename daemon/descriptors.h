/*
 * File descriptors: each connection takes one. Where the process may have too few for all that
 * connections-max allows, fewer connections are accepted, so that there is one left for whoever
 * finds out why.
 */
#ifndef DAEMON_DESCRIPTORS_H
#define DAEMON_DESCRIPTORS_H

#include "daemon/config/config.h"

/* Once: as many as the process may give itself (RLIMIT_NOFILE, its hard limit). */
void pa_descriptors_raise(void);

/* connections-max, which is of each of the two sockets, where there are not enough descriptors for
 * it: as many as there are for, and the log says so. */
void pa_descriptors_bound(struct pa_config *config);

#endif
