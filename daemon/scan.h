/*
 * Sources that ask for many devices.
 */
#ifndef DAEMON_SCAN_H
#define DAEMON_SCAN_H

#include "daemon/run.h"

/*
 * A real request was denied for this reason, whatever the client is told: where it is that the
 * device is not on the list, or the file another's, its source has asked for one device more. A
 * scan is a warning in the log, once an hour for each network and once in 10 s for all.
 */
void pa_scan_note(const struct pa_run *run, enum pa_reason reason);

#endif
