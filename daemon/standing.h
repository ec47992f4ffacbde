/*
 * What holds of a device where it asks. Part of the check ABI: check.h includes it.
 */
#ifndef DAEMON_STANDING_H
#define DAEMON_STANDING_H

#include "db/device.h"

struct pa_ctx;

/*
 * In this realm and for what is asked: the entry of a prefix only where `acl` is asked and takes it
 * (prefixes yes); else the device is unknown. 0 or negative.
 */
int pa_device_here(
	const struct pa_ctx *ctx, struct pa_mac mac, struct pa_device_status *ret) PA_MUST_CHECK;

#endif
