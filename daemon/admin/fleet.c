/* fleet: how many devices there are, of which issuer, model and year of expiry */
#include "daemon/admin/seen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KINDS_MAX  100u /* of issuers and models each; the rest are others */
#define FIRST_YEAR 1970
#define YEARS      200u

struct kinds {
	size_t len;
	uint64_t others;
	struct {
		char name[PA_SEEN_ISSUER_MAX + 1];
		struct pa_issuer_id id; /* of issuers: two may have one name */
		uint64_t devices;
	} list[KINDS_MAX];
};

struct fleet {
	uint64_t listed, seen, denied_only, without_cert;
	struct kinds issuers, models;
	uint64_t years[YEARS], other_years;
};

static void count_kind(struct kinds *kinds, const char *name, const struct pa_issuer_id *id)
{
	size_t i = 0;

	while (i < kinds->len && (strcmp(kinds->list[i].name, name) != 0 ||
					 memcmp(&kinds->list[i].id, id, sizeof(*id)) != 0))
		i++;
	if (i == KINDS_MAX) {
		kinds->others++;
		return;
	}
	if (i == kinds->len) {
		pa_bytes_copy(kinds->list[i].name, sizeof(kinds->list[i].name), pa_bytes_str(name));
		kinds->list[i].id = *id;
		kinds->len++;
	}
	kinds->list[i].devices++;
}

static void count_year(struct fleet *fleet, int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm tm;
	int year = gmtime_r(&t, &tm) ? tm.tm_year + 1900 - FIRST_YEAR : -1;

	if (year >= 0 && (unsigned)year < YEARS)
		fleet->years[year]++;
	else
		fleet->other_years++;
}

/* Which issuers and models there are is told by who was allowed, so that no stranger adds a row. */
static void count(struct fleet *fleet, const struct pa_admin_walk *walk)
{
	static const struct pa_issuer_id none;
	const struct pa_seen_record *seen = &walk->seen;

	fleet->listed += pa_admin_is_listed(walk);
	if (!walk->has_seen)
		return;
	if (!seen->count) {
		fleet->denied_only++;
		return;
	}
	fleet->seen++;
	count_kind(&fleet->models, seen->model[0] ? seen->model : "unknown", &none);
	if (!seen->has_cert) {
		fleet->without_cert++;
		return;
	}
	count_kind(&fleet->issuers, seen->cert.issuer_name, &seen->cert.issuer);
	count_year(fleet, seen->cert.not_after_s);
}

static void put_row(
	struct pa_admin_call *call, const char *item, const char *value, uint64_t devices)
{
	pa_admin_cell_str(call, item);
	pa_admin_cell_str(call, value);
	pa_admin_cell_int(call, (int64_t)devices);
}

static void put_kinds(struct pa_admin_call *call, const char *item, const struct kinds *kinds)
{
	for (size_t i = 0; i < kinds->len; i++)
		put_row(call, item, kinds->list[i].name, kinds->list[i].devices);
	if (kinds->others)
		put_row(call, item, "others", kinds->others);
}

static void put_fleet(struct pa_admin_call *call, const struct fleet *fleet)
{
	static const char *const columns[] = { "item", "value", "devices", NULL };
	char year[16];

	pa_admin_columns(call, columns);
	put_row(call, "total", "listed", fleet->listed);
	put_row(call, "total", "seen", fleet->seen);
	put_row(call, "total", "denied-only", fleet->denied_only);
	put_kinds(call, "issuer", &fleet->issuers);
	if (fleet->without_cert)
		put_row(call, "issuer", "", fleet->without_cert);
	put_kinds(call, "model", &fleet->models);
	for (unsigned i = 0; i < YEARS; i++) {
		if (!fleet->years[i])
			continue;
		snprintf(year, sizeof(year), "%u", FIRST_YEAR + i);
		put_row(call, "certificate-expires-in", year, fleet->years[i]);
	}
	if (fleet->other_years)
		put_row(call, "certificate-expires-in", "later", fleet->other_years);
}

static int fill_fleet(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	struct pa_admin_walk walk;
	int r;

	(void)scan;
	if (!fleet)
		return -ENOMEM;
	r = pa_admin_walk_begin(&walk, call, NULL);
	if (r == 0) {
		while ((r = pa_admin_walk_next(&walk)) == 0)
			count(fleet, &walk);
		pa_admin_walk_end(&walk);
	}
	if (r > 0)
		put_fleet(call, fleet);
	free(fleet);
	return r < 0 ? r : 0;
}

static void fleet(struct pa_admin_call *call)
{
	struct pa_admin_scan *scan = pa_admin_scan_new(call);

	if (!scan)
		return;
	scan->work = fill_fleet;
	pa_admin_scan_start(call);
}

const struct pa_admin_command pa_admin_fleet_commands[] = {
	{ "fleet", PA_ROLE_READ, false, fleet, "" },
	{ NULL, 0, 0, NULL, NULL },
};
