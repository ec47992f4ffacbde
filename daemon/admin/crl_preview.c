/* crl.preview: what the import of a file would do, without doing it */
#include "daemon/admin/crl.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/pki/issued.h"
#include "daemon/pki/revocation.h"

/* Rows that every CRL has; what they leave of the answer is for names. */
#define ROWS_OF_CRL 7u

struct preview {
	struct pa_admin_call *call;
	const struct pa_crl_file *file;
	struct pa_db_reader *reader;
	size_t names_left; /* rows for single serials and CAs */
	/* of the CRL at hand */
	const struct pa_crl_parsed *crl;
	struct pa_crl old;
	bool has_old;
	uint64_t newly, unlisted, released, cas;
};

static void put_row(
	const struct preview *p, const char *item, const char *before, const char *after)
{
	pa_admin_cell_str(p->call, p->crl->head.issuer_name);
	pa_admin_cell_str(p->call, item);
	pa_admin_cell_str(p->call, before);
	pa_admin_cell_str(p->call, after);
}

static void put_count(const struct preview *p, const char *item, const char *before, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	put_row(p, item, before, text);
}

/* One serial or CA by its name, while there is room; all of them are counted. */
static void put_name(struct preview *p, const char *item, const char *name, const char *what)
{
	if (!p->names_left || pa_admin_page_is_full(p->call))
		return;
	p->names_left--;
	put_row(p, item, name, what);
}

/* --- serials --- */

static void put_unlisted(struct preview *p, const struct pa_revoked *row)
{
	char serial[PA_CRL_TEXT_MAX];

	/* one that left the list before is no news */
	if (!row->listed)
		return;
	pa_admin_crl_hex(row->serial.bytes, row->serial.len, serial);
	if (row->on_hold) {
		p->released++;
		put_name(p, "serial", serial, "hold released, no longer revoked");
	} else {
		p->unlisted++;
		put_name(p, "serial", serial, "no longer listed, stays revoked");
	}
}

/* Both lists are in the same order: walk them side by side. 0 or negative. */
static int compare_lists(struct preview *p)
{
	const struct pa_crl_parsed *crl = p->crl;
	struct pa_revoked row = { 0 };
	struct pa_serial last;
	size_t at = 0;
	int r;

	r = p->has_old
		    ? pa_db_revoked_next(p->reader, &crl->head.issuer, crl->head.scope, NULL, &row)
		    : PA_DB_NOT_FOUND;
	while (r == 0) {
		while (at < crl->revoked_len &&
			pa_serial_cmp(&crl->revoked[at].serial, &row.serial) < 0) {
			p->newly++;
			at++;
		}
		if (at < crl->revoked_len &&
			pa_serial_cmp(&crl->revoked[at].serial, &row.serial) == 0)
			at++;
		else
			put_unlisted(p, &row);
		last = row.serial;
		r = pa_db_revoked_next(p->reader, &crl->head.issuer, crl->head.scope, &last, &row);
	}
	p->newly += crl->revoked_len - at;
	return r < 0 ? r : 0;
}

/* --- CAs --- */

/* 0 or negative. */
static int judge_ca(struct preview *p, const struct pa_cert *cert)
{
	const struct pa_crl_parsed *crl = p->crl;
	struct pa_revoked row;
	struct pa_issued issued;
	char subject[256];
	int r = pa_issued_by(p->file->trust, cert, &issued);

	if (r)
		return r < 0 ? r : 0;
	if (issued.is_anchor || !pa_admin_crl_lists(crl, &issued.serial) ||
		!pa_admin_crl_speaks_of(p->file->trust, &crl->head, &issued.issuer))
		return 0;
	r = pa_revocation_find(p->reader, p->file->trust, &issued.issuer, &issued.serial, &row);
	if (r == PA_DB_NOT_FOUND) {
		p->cas++;
		pa_cert_subject(cert, subject, sizeof(subject));
		put_name(p, "ca", subject, "would be revoked, and all below it denied");
	}
	return r < 0 ? r : 0;
}

static int find_cas(struct preview *p)
{
	uint8_t last[PA_DIGEST_LEN];
	enum pa_reason reason;
	struct pa_cert *cert;
	struct pa_ca ca;
	int r = pa_db_ca_next(p->reader, NULL, &ca);

	while (r == 0) {
		r = pa_cert_parse(ca.der, &cert, &reason);
		if (r == 0) {
			r = judge_ca(p, cert);
			pa_cert_free(cert);
		}
		if (r < 0)
			return r;
		memcpy(last, ca.sha256, sizeof(last));
		r = pa_db_ca_next(p->reader, last, &ca);
	}
	return r < 0 ? r : 0;
}

/* --- one CRL --- */

/* What is in force, and whether this one may replace it. 0, 1: refused, negative. */
static int judge_order(struct preview *p)
{
	const struct pa_crl *next = &p->crl->head;
	int r = pa_db_crl_get(p->reader, &next->issuer, next->scope, &p->old);

	p->has_old = r == 0;
	if (r)
		return r < 0 ? r : 0;
	r = pa_crl_may_follow(&p->old, next, p->file->allow_rollback, p->file->allow_shrink);
	if (r <= 0)
		return r;
	pa_admin_crl_explain(&p->call->diag, r, &p->old, next);
	return 1;
}

static void put_head(const struct preview *p)
{
	char before[PA_CRL_TEXT_MAX] = "", after[PA_CRL_TEXT_MAX], entries[24] = "";

	pa_admin_crl_number(&p->crl->head, after);
	if (p->has_old) {
		pa_admin_crl_number(&p->old, before);
		snprintf(entries, sizeof(entries), "%" PRIu64, p->old.entries);
	}
	put_row(p, "number", before, after);
	put_count(p, "entries", entries, p->crl->head.entries);
}

static const char *result_text(const struct preview *p)
{
	if (p->has_old && memcmp(p->old.sha256, p->crl->head.sha256, PA_DIGEST_LEN) == 0)
		return "is in force already";
	if (p->crl->head.next_update_s <= p->file->now_s)
		return "would come into force, and is stale";
	return p->has_old ? "would come into force"
			  : "would come into force, the first of this issuer";
}

static int preview_one(struct preview *p)
{
	int r = judge_order(p);

	if (r)
		return r;
	p->newly = p->unlisted = p->released = p->cas = 0;
	put_head(p);
	/* CAs before serials: where there is no room for all names, theirs say more */
	r = find_cas(p);
	if (r == 0)
		r = compare_lists(p);
	if (r)
		return r;
	put_count(p, "cas-newly-revoked", "", p->cas);
	put_count(p, "serials-newly-revoked", "", p->newly);
	put_count(p, "serials-no-longer-listed", "", p->unlisted);
	put_count(p, "holds-released", "", p->released);
	put_row(p, "result", "", result_text(p));
	return 0;
}

int pa_admin_crl_preview(struct pa_admin_call *call, const struct pa_crl_file *file)
{
	static const char *const columns[] = { "issuer", "item", "before", "after", NULL };
	struct preview p = { .call = call, .file = file };
	int r = pa_db_reader_open(call->admin->shared->db, &p.reader);

	if (r)
		return r;
	_Static_assert(PA_CRLS_MAX * ROWS_OF_CRL + PA_CRL_DEVICE_ROWS < PA_ADMIN_ROWS_MAX,
		"all CRLs fit one answer");
	p.names_left = PA_ADMIN_ROWS_MAX - file->len * ROWS_OF_CRL - PA_CRL_DEVICE_ROWS;
	pa_admin_columns(call, columns);
	r = pa_db_read_begin(p.reader);
	for (size_t i = 0; r == 0 && i < file->len; i++) {
		p.crl = &file->parsed[i];
		r = preview_one(&p);
	}
	if (r == 0)
		r = pa_admin_crl_devices(call, file, p.reader);
	pa_db_read_end(p.reader);
	pa_db_reader_close(p.reader);
	if (r > 0) { /* a refusal has no table */
		call->reply.columns_len = call->reply.rows_len = 0;
		call->overflow = false;
	}
	return r;
}
