/*
 * crl.preview: which of the devices that were seen an import would cut off or bring back. All CRLs
 * of the file count together, as they come into force together.
 */
#include "daemon/admin/crl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/issued.h"
#include "daemon/pki/revocation.h"
#include "db/device.h"
#include "db/seen.h"

enum when { BEFORE, AFTER, WHENS };

/* A CA certificate of the store. */
struct ca {
	const struct pa_cert *cert;
	struct pa_issuer_id id, parent;
	uint8_t key[PA_DIGEST_LEN];
	bool has_parent, is_anchor;
	bool is_cut[WHENS]; /* no chain through it is good */
};

/* The devices that go one way: all are counted, the first are named. */
struct group {
	const char *count_item, *item;
	uint64_t len;
	struct pa_seen_record first[PA_CRL_DEVICES_NAMED];
};

struct devices {
	struct pa_admin_call *call;
	const struct pa_crl_file *file;
	struct pa_db_reader *reader;
	struct ca *cas;
	size_t cas_len;
	struct group cut_off, back;
};

/* --- serials --- */

static int compare_serials(const void *a, const void *b)
{
	const struct pa_revoked *left = a, *right = b;

	return pa_serial_cmp(&left->serial, &right->serial);
}

bool pa_admin_crl_lists(const struct pa_crl_parsed *crl, const struct pa_serial *serial)
{
	struct pa_revoked key = { .serial = *serial };

	return crl->revoked_len &&
	       bsearch(&key, crl->revoked, crl->revoked_len, sizeof(key), compare_serials);
}

static bool is_same(const struct pa_issuer_id *a, const struct pa_issuer_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool pa_admin_crl_speaks_of(
	const struct pa_trust *trust, const struct pa_crl *crl, const struct pa_issuer_id *issuer)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(trust, issuer, speakers);

	for (size_t i = 0; i < len; i++) {
		if (is_same(&speakers[i].id, &crl->issuer))
			return true;
	}
	return false;
}

/* Whether a CRL of the file takes the place of this one. */
static bool is_replaced(
	const struct devices *d, const struct pa_issuer_id *issuer, enum pa_crl_scope scope)
{
	for (size_t i = 0; i < d->file->len; i++) {
		const struct pa_crl *crl = &d->file->parsed[i].head;

		if (crl->scope == scope && is_same(&crl->issuer, issuer))
			return true;
	}
	return false;
}

/* Whether what is revoked stays so where no CRL of the file lists it. 0: yes; 1: no; negative. */
static int stays_revoked(
	struct devices *d, const struct pa_issuer_id *issuer, const struct pa_serial *serial)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(d->file->trust, issuer, speakers);

	for (size_t i = 0; i < len; i++) {
		for (enum pa_crl_scope scope = PA_CRL_ALL; scope <= PA_CRL_CA_ONLY; scope++) {
			const struct pa_issuer_id *id = &speakers[i].id;
			struct pa_revoked row;
			int r = pa_db_revoked_in(d->reader, id, scope, serial, &row);

			if (r < 0)
				return r;
			if (r == 0 && !(row.on_hold && is_replaced(d, id, scope)))
				return 0;
		}
	}
	return 1;
}

/* Is the serial revoked, before and after? 0 or negative. */
static int judge_serial(struct devices *d, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial, bool is[WHENS])
{
	struct pa_revoked row;
	int r = pa_revocation_find(d->reader, d->file->trust, issuer, serial, &row);

	if (r < 0)
		return r;
	is[BEFORE] = r == 0;
	is[AFTER] = false;
	for (size_t i = 0; i < d->file->len && !is[AFTER]; i++) {
		const struct pa_crl_parsed *crl = &d->file->parsed[i];

		is[AFTER] = pa_admin_crl_lists(crl, serial) &&
			    pa_admin_crl_speaks_of(d->file->trust, &crl->head, issuer);
	}
	if (!is[BEFORE] || is[AFTER])
		return 0;
	r = stays_revoked(d, issuer, serial);
	is[AFTER] = r == 0;
	return r < 0 ? r : 0;
}

/* --- CAs --- */

/* Whether no certificate of this issuer in the store leads anywhere. */
static bool is_issuer_cut(
	const struct devices *d, const struct pa_issuer_id *issuer, enum when when)
{
	for (size_t i = 0; i < d->cas_len; i++) {
		const struct ca *ca = &d->cas[i];
		/* one that has signed itself, and is no anchor, leads to itself alone */
		bool leads = ca->is_anchor || !ca->has_parent || !is_same(&ca->parent, &ca->id);

		if (leads && !ca->is_cut[when] && is_same(&ca->id, issuer))
			return false;
	}
	return true;
}

/* A revoked CA's key is good in none of its certificates. */
static void cut_keys(struct devices *d, enum when when)
{
	for (size_t i = 0; i < d->cas_len; i++) {
		for (size_t k = 0; d->cas[i].is_cut[when] && k < d->cas_len; k++) {
			if (memcmp(d->cas[i].key, d->cas[k].key, PA_DIGEST_LEN) == 0)
				d->cas[k].is_cut[when] |= !d->cas[k].is_anchor;
		}
	}
}

/* All below a CA that is cut off goes with it. */
static void cut_below(struct devices *d, enum when when)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < d->cas_len; i++) {
			struct ca *ca = &d->cas[i];

			if (ca->is_cut[when] || !ca->has_parent || ca->is_anchor ||
				!is_issuer_cut(d, &ca->parent, when))
				continue;
			ca->is_cut[when] = again = true;
		}
	}
}

/* 0 or negative. */
static int read_ca(struct devices *d, const struct pa_cert *cert, const struct pa_issuer_id *id)
{
	struct ca *ca = &d->cas[d->cas_len++];
	struct pa_issued issued;
	int r = pa_issued_by(d->file->trust, cert, &issued);

	if (r < 0)
		return r;
	*ca = (struct ca){ .cert = cert,
		.id = *id,
		.parent = issued.issuer,
		.has_parent = r == 0,
		.is_anchor = issued.is_anchor };
	memcpy(ca->key, issued.key, sizeof(ca->key));
	if (!ca->has_parent || ca->is_anchor)
		return 0;
	return judge_serial(d, &issued.issuer, &issued.serial, ca->is_cut);
}

/* 0 or negative. */
static int read_cas(struct devices *d)
{
	const struct pa_trust *trust = d->file->trust;
	const struct pa_cert *cert;
	struct pa_issuer_id id;
	uint8_t sha256[PA_DIGEST_LEN];

	d->cas = calloc(
		pa_trust_anchors(trust) + pa_trust_intermediates(trust) + 1, sizeof(*d->cas));
	if (!d->cas)
		return -ENOMEM;
	while ((cert = pa_trust_ca(trust, d->cas_len, sha256, &id))) {
		int r = read_ca(d, cert, &id);

		if (r)
			return r;
	}
	for (enum when when = BEFORE; when < WHENS; when++) {
		cut_keys(d, when);
		cut_below(d, when);
	}
	return 0;
}

/* --- devices --- */

static void take(struct group *group, const struct pa_seen_record *seen)
{
	if (group->len < PA_CRL_DEVICES_NAMED)
		group->first[group->len] = *seen;
	group->len++;
}

/* 0 or negative. */
static int judge_device(struct devices *d, const struct pa_seen_record *seen)
{
	bool is[WHENS];
	int r = seen->has_cert ? judge_serial(d, &seen->cert.issuer, &seen->cert.serial, is) : 1;

	if (r)
		return r < 0 ? r : 0;
	for (enum when when = BEFORE; when < WHENS; when++)
		is[when] |= is_issuer_cut(d, &seen->cert.issuer, when);
	/* what was never let in is not cut off */
	if (!is[BEFORE] && is[AFTER] && seen->cert_allowed)
		take(&d->cut_off, seen);
	else if (is[BEFORE] && !is[AFTER])
		take(&d->back, seen);
	return 0;
}

/* 0 or negative. */
static int walk_seen(struct devices *d)
{
	struct pa_seen *seen = d->call->admin->shared->seen;
	struct pa_seen_record record;
	struct pa_seen_view *view;
	int r;

	pa_seen_flush(seen);
	r = pa_seen_view_open(seen, &view);
	if (r)
		return r == PA_E_CLOSED ? 0 : r; /* not open: nothing was seen */
	r = pa_seen_next(view, PA_SEEN_DEVICES, NULL, &record);
	while (r == 0) {
		struct pa_mac mac = record.mac;

		r = judge_device(d, &record);
		if (r == 0)
			r = pa_seen_next(view, PA_SEEN_DEVICES, &mac, &record);
	}
	pa_seen_view_close(view);
	return r < 0 ? r : 0;
}

/* --- the answer --- */

static void put_row(
	const struct devices *d, const char *issuer, const char *item, const char *b, const char *a)
{
	pa_admin_cell_str(d->call, issuer);
	pa_admin_cell_str(d->call, item);
	pa_admin_cell_str(d->call, b);
	pa_admin_cell_str(d->call, a);
}

/* As in the other rows, by its whole name; where the CA is not in the store, by what was kept. */
static void name_issuer(const struct devices *d, const struct pa_seen_cert *cert, char out[256])
{
	for (size_t i = 0; i < d->cas_len; i++) {
		if (is_same(&d->cas[i].id, &cert->issuer)) {
			pa_cert_subject(d->cas[i].cert, out, 256);
			return;
		}
	}
	pa_bytes_copy(out, 256, pa_bytes_str(cert->issuer_name));
}

/* What the list says of it. 0 or negative. */
static int describe_standing(
	const struct devices *d, struct pa_mac mac, char out[PA_NAME_MAX + sizeof("group ")])
{
	static const char *const texts[] = {
		[PA_STANDING_UNKNOWN] = "not on the list",
		[PA_STANDING_ALLOWED] = "no group",
		[PA_STANDING_DISABLED] = "disabled",
		[PA_STANDING_QUARANTINED] = "quarantined",
		[PA_STANDING_EXPIRED] = "expired",
		[PA_STANDING_REMOVED] = "removed",
	};
	struct pa_device_found found;
	int r = pa_db_device_find(d->reader, mac, d->file->now_s, &found);
	const char *group = pa_device_group(&found);

	snprintf(out, PA_NAME_MAX + sizeof("group "), "%s%s", group[0] ? "group " : "",
		group[0] ? group : texts[found.standing]);
	return r;
}

/* 0 or negative. */
static int put_device(
	const struct devices *d, const struct group *group, const struct pa_seen_record *seen)
{
	char standing[PA_NAME_MAX + sizeof("group ")], serial[PA_CRL_TEXT_MAX], issuer[256];
	char text[sizeof(standing) + sizeof(serial) + sizeof(seen->model) + 32];
	int r = describe_standing(d, seen->mac, standing);

	if (r)
		return r;
	pa_admin_crl_hex(seen->cert.serial.bytes, seen->cert.serial.len, serial);
	snprintf(text, sizeof(text), "%s, serial %s%s%s", standing, serial,
		seen->model[0] ? ", " : "", seen->model);
	name_issuer(d, &seen->cert, issuer);
	put_row(d, issuer, group->item, pa_mac_format(seen->mac).text, text);
	return 0;
}

/* 0 or negative. */
static int put_group(const struct devices *d, const struct group *group)
{
	char text[40];
	int r = 0;

	snprintf(text, sizeof(text), "%" PRIu64, group->len);
	put_row(d, "", group->count_item, "", text);
	for (size_t i = 0; r == 0 && i < group->len && i < PA_CRL_DEVICES_NAMED; i++)
		r = put_device(d, group, &group->first[i]);
	if (r == 0 && group->len > PA_CRL_DEVICES_NAMED) {
		snprintf(text, sizeof(text), "and %" PRIu64 " more",
			group->len - PA_CRL_DEVICES_NAMED);
		put_row(d, "", group->item, "", text);
	}
	return r;
}

int pa_admin_crl_devices(
	struct pa_admin_call *call, const struct pa_crl_file *file, struct pa_db_reader *reader)
{
	struct devices *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	*d = (struct devices){ .call = call,
		.file = file,
		.reader = reader,
		.cut_off = { .count_item = "devices-cut-off", .item = "device-cut-off" },
		.back = { .count_item = "devices-coming-back", .item = "device-coming-back" } };
	r = read_cas(d);
	if (r == 0)
		r = walk_seen(d);
	if (r == 0)
		r = put_group(d, &d->cut_off);
	if (r == 0)
		r = put_group(d, &d->back);
	free(d->cas);
	free(d);
	return r;
}
