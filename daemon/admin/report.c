/* device.report.expiring, .unseen, .denied, .shadow: a page of devices each, from the pool */
#include "daemon/admin/seen.h"

#define DAY_S INT64_C(86400)

struct report {
	const char *const *columns;
	int64_t until_s, since_s; /* from now on, back from now: where none is given */
	bool (*picks)(const struct pa_admin_walk *walk, const struct pa_admin_scan *scan);
	void (*put)(struct pa_admin_call *call, const struct pa_admin_walk *walk);
};

static void put_head(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	pa_admin_cell_str(call, pa_mac_format(walk->mac).text);
	pa_admin_cell_str(
		call, walk->has_device ? pa_device_state_name(walk->device.state) : "unknown");
	pa_admin_cell_str(call, walk->has_device ? walk->device.group : "");
}

static void put_last(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	pa_admin_cell_int(call, walk->has_seen ? walk->seen.last_s : 0);
}

/* --- expiring --- */

static bool expiring_picks(const struct pa_admin_walk *walk, const struct pa_admin_scan *scan)
{
	bool cert = walk->has_seen && walk->seen.has_cert &&
		    walk->seen.cert.not_after_s < scan->until_s;
	bool entry = walk->has_device && walk->device.expires_s &&
		     walk->device.expires_s < scan->until_s;

	return pa_admin_is_listed(walk) && (cert || entry);
}

static void expiring_put(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	put_head(call, walk);
	pa_admin_cell_int(
		call, walk->has_seen && walk->seen.has_cert ? walk->seen.cert.not_after_s : 0);
	pa_admin_cell_int(call, walk->has_device ? walk->device.expires_s : 0);
	pa_admin_cell_str(call, walk->has_seen ? walk->seen.cert.issuer_name : "");
	pa_admin_cell_str(call, walk->has_seen ? walk->seen.model : "");
	put_last(call, walk);
}

/* --- unseen --- */

/* One that is new on the list has had no time to be seen. */
static bool unseen_picks(const struct pa_admin_walk *walk, const struct pa_admin_scan *scan)
{
	return pa_admin_is_listed(walk) && walk->device.added_s < scan->since_s &&
	       (!walk->has_seen || walk->seen.last_s < scan->since_s);
}

static void unseen_put(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	put_head(call, walk);
	pa_admin_cell_int(call, walk->device.added_s);
	put_last(call, walk);
	pa_admin_cell_str(call, walk->has_seen ? walk->seen.model : "");
}

/* --- denied --- */

static bool denied_picks(const struct pa_admin_walk *walk, const struct pa_admin_scan *scan)
{
	return walk->has_seen && walk->seen.denied.time_s &&
	       walk->seen.denied.time_s >= scan->since_s;
}

static void denied_put(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	put_head(call, walk);
	pa_admin_cell_int(call, walk->seen.denied.time_s);
	pa_admin_cell_str(call, walk->seen.denied.reason);
	pa_admin_cell_str(call, walk->seen.denied.realm);
	put_last(call, walk);
}

/* --- shadow --- */

static bool shadow_picks(const struct pa_admin_walk *walk, const struct pa_admin_scan *scan)
{
	return walk->has_seen && walk->seen.would_deny_s &&
	       walk->seen.would_deny_s >= scan->since_s;
}

static void shadow_put(struct pa_admin_call *call, const struct pa_admin_walk *walk)
{
	put_head(call, walk);
	pa_admin_cell_int(call, walk->seen.would_deny_s);
	pa_admin_cell_str(call, walk->seen.would_deny);
	put_last(call, walk);
}

/* --- all of them --- */

static const char *const expiring_columns[] = { "mac", "state", "group", "certificate-expires",
	"expires", "issuer", "model", "last-seen", NULL };
static const char *const unseen_columns[] = { "mac", "state", "group", "added", "last-seen",
	"model", NULL };
static const char *const denied_columns[] = { "mac", "state", "group", "last-denied", "reason",
	"realm", "last-seen", NULL };
static const char *const shadow_columns[] = { "mac", "state", "group", "would-be-denied", "check",
	"last-seen", NULL };

static const struct report expiring = { expiring_columns, 90 * DAY_S, 0, expiring_picks,
	expiring_put };
static const struct report unseen = { unseen_columns, 0, 30 * DAY_S, unseen_picks, unseen_put };
static const struct report denied = { denied_columns, 0, 7 * DAY_S, denied_picks, denied_put };
static const struct report shadow = { shadow_columns, 0, 7 * DAY_S, shadow_picks, shadow_put };

static int fill_page(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	const struct report *report = scan->kind;
	struct pa_admin_walk walk;
	struct pa_mac last = scan->after;
	int r = pa_admin_walk_begin(&walk, call, scan->has_after ? &scan->after : NULL);

	if (r)
		return r;
	pa_admin_columns(call, report->columns);
	while ((r = pa_admin_walk_next(&walk)) == 0) {
		if (!report->picks(&walk, scan))
			continue;
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, pa_mac_format(last).text);
			break;
		}
		report->put(call, &walk);
		last = walk.mac;
	}
	pa_admin_walk_end(&walk);
	return r < 0 ? r : 0;
}

static void start(struct pa_admin_call *call, const struct report *report)
{
	const int64_t now_s = pa_shared_now(call->admin->shared);
	struct pa_admin_scan *scan = pa_admin_scan_new(call);

	if (!scan || pa_admin_int(call, "until", now_s + report->until_s, &scan->until_s) ||
		pa_admin_int(call, "since", now_s - report->since_s, &scan->since_s))
		return;
	scan->kind = report;
	scan->work = fill_page;
	pa_admin_scan_start(call);
}

static void report_expiring(struct pa_admin_call *call)
{
	start(call, &expiring);
}

static void report_unseen(struct pa_admin_call *call)
{
	start(call, &unseen);
}

static void report_denied(struct pa_admin_call *call)
{
	start(call, &denied);
}

static void report_shadow(struct pa_admin_call *call)
{
	start(call, &shadow);
}

const struct pa_admin_command pa_admin_report_commands[] = {
	{ "device.report.expiring", PA_ROLE_READ, false, report_expiring, "until after" },
	{ "device.report.unseen", PA_ROLE_READ, false, report_unseen, "since after" },
	{ "device.report.denied", PA_ROLE_READ, false, report_denied, "since after" },
	{ "device.report.shadow", PA_ROLE_READ, false, report_shadow, "since after" },
	{ NULL, 0, 0, NULL, NULL },
};
