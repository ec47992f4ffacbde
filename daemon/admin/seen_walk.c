/* What reports and lists of seen devices are made of. */
#include "daemon/admin/seen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

/* --- side by side --- */

static void step_device(struct pa_admin_walk *walk, const struct pa_mac *after)
{
	walk->device_result = pa_db_device_next(walk->reader, after, &walk->next_device);
}

static void step_seen(struct pa_admin_walk *walk, const struct pa_mac *after)
{
	walk->seen_result =
		walk->view ? pa_seen_next(walk->view, PA_SEEN_DEVICES, after, &walk->next_seen)
			   : PA_DB_NOT_FOUND;
}

int pa_admin_walk_begin(
	struct pa_admin_walk *walk, struct pa_admin_call *call, const struct pa_mac *after)
{
	struct pa_shared *shared = call->admin->shared;
	int r;

	*walk = (struct pa_admin_walk){ 0 };
	pa_seen_flush(shared->seen);
	r = pa_seen_view_open(shared->seen, &walk->view);
	if (r && r != PA_E_CLOSED) /* not open: nothing was seen */
		return r;
	r = pa_db_reader_open(shared->db, &walk->reader);
	if (r == 0)
		r = pa_db_read_begin(walk->reader);
	if (r) {
		pa_admin_walk_end(walk);
		return r;
	}
	step_device(walk, after);
	step_seen(walk, after);
	return 0;
}

int pa_admin_walk_next(struct pa_admin_walk *walk)
{
	if (walk->device_result < 0 || walk->seen_result < 0)
		return walk->device_result < 0 ? walk->device_result : walk->seen_result;
	if (walk->device_result && walk->seen_result)
		return PA_DB_NOT_FOUND;
	walk->has_device =
		walk->device_result == 0 &&
		(walk->seen_result || walk->next_device.mac.value <= walk->next_seen.mac.value);
	walk->has_seen =
		walk->seen_result == 0 &&
		(walk->device_result || walk->next_seen.mac.value <= walk->next_device.mac.value);
	walk->mac = walk->has_device ? walk->next_device.mac : walk->next_seen.mac;
	if (walk->has_device) {
		walk->device = walk->next_device;
		step_device(walk, &walk->mac);
	}
	if (walk->has_seen) {
		walk->seen = walk->next_seen;
		step_seen(walk, &walk->mac);
	}
	return 0;
}

void pa_admin_walk_end(struct pa_admin_walk *walk)
{
	pa_db_read_end(walk->reader);
	pa_db_reader_close(walk->reader);
	pa_seen_view_close(walk->view);
	*walk = (struct pa_admin_walk){ 0 };
}

/* --- on the pool --- */

static void run(void *arg)
{
	struct pa_admin_call *call = arg;
	struct pa_admin_scan *scan = call->scratch;

	scan->result = scan->work(call, scan);
}

static void done(struct pa_admin_call *call)
{
	pa_admin_worked(call, "the store could not be read",
		((const struct pa_admin_scan *)call->scratch)->result);
}

struct pa_admin_scan *pa_admin_scan_new(struct pa_admin_call *call)
{
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct pa_admin_scan *scan = calloc(1, sizeof(*scan));

	if (!scan) {
		pa_admin_fail(call, "no memory", -ENOMEM);
		return NULL;
	}
	call->scratch = scan;
	call->scratch_free = free;
	scan->has_after = after.len != 0;
	if (scan->has_after && pa_mac_parse(after, &scan->after) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return NULL;
	}
	return scan;
}

void pa_admin_scan_start(struct pa_admin_call *call)
{
	pa_admin_work(call, run, done);
}

/* --- cells --- */

void pa_admin_source(const struct pa_seen_record *seen, char out[64])
{
	out[0] = '\0';
	if (seen->source_len)
		(void)inet_ntop(seen->source_len == 4 ? AF_INET : AF_INET6, seen->source, out, 64);
}
