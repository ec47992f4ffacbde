/* ca.add, ca.remove, ca.show, ca.list */
#include "daemon/admin/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/pem.h"

#define CRL_URLS_MAX 16u /* that ca.show names */
#define CAS_MAX      64u /* of one ca.add */

/* What ca.add read from its upload. */
struct ca_file {
	size_t len;
	struct pa_cert *certs[CAS_MAX];
	bool known[CAS_MAX]; /* stored already */
	bool anchor, force, dry_run;
	int64_t now_s;
	struct pa_config *config;
	enum pa_reason reason;
	int result; /* of the work: 0, 1: refused, diag says why; negative */
};

static const char *kind_name(enum pa_ca_kind kind)
{
	return kind == PA_CA_ANCHOR ? "anchor" : "intermediate";
}

static int add_one(void *arg, struct pa_bytes der)
{
	struct pa_admin_call *call = arg;
	struct ca_file *file = call->scratch;
	struct pa_cert *cert;
	int r;

	if (file->len == CAS_MAX) {
		pa_diag_set(&call->diag, "more than %u certificates", CAS_MAX);
		return 1;
	}
	r = pa_cert_parse(der, &cert, &file->reason);
	if (r > 0)
		pa_diag_set(&call->diag, "certificate %zu: %s", file->len + 1,
			pa_reason_text(file->reason));
	if (r)
		return r;
	file->certs[file->len++] = cert;
	r = pa_cert_check_ca(cert, file->anchor, file->now_s, &call->diag);
	return r == PA_CERT_DOUBTFUL && file->force ? 0 : r;
}

/* What is stored holds for every realm at once: one CA too many, and none has a trust. */
static int test_trust(struct pa_admin_call *call, const struct ca_file *file)
{
	struct pa_ca cas[CAS_MAX] = { 0 };
	struct pa_diag diag = { "" };
	int r;

	for (size_t i = 0; i < file->len; i++) {
		cas[i].kind = file->anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE;
		cas[i].der = pa_cert_der(file->certs[i]);
	}
	r = pa_shared_test_cas(call->admin->shared, file->config, cas, file->len, &diag);
	if (r > 0)
		pa_diag_set(&call->diag, "with it no chain would be accepted: %s", diag.text);
	return r;
}

/* On a thread of the pool. */
static void ca_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct ca_file *file = call->scratch;

	file->result = pa_pem_each(call->upload, "CERTIFICATE", add_one, call, &call->diag);
	if (file->result == 0)
		file->result = test_trust(call, file);
}

static void ca_file_free(void *opaque)
{
	struct ca_file *file = opaque;

	for (size_t i = 0; i < file->len; i++)
		pa_cert_free(file->certs[i]);
	pa_config_unref(file->config);
	free(file);
}

/* A table of what was, or would be, stored. */
static void put_cas(struct pa_admin_call *call)
{
	static const char *const columns[] = { "sha256", "kind", "subject", "not-before",
		"not-after", "doubts", "result", NULL };
	const struct ca_file *file = call->scratch;

	pa_admin_columns(call, columns);
	for (size_t i = 0; i < file->len; i++) {
		char sha256[2 * PA_DIGEST_LEN + 1], subject[256] = "", doubts[PA_CERT_DOUBTS_MAX];

		pa_admin_hex(call->changes[i].ca.sha256, PA_DIGEST_LEN, sha256);
		pa_cert_subject(file->certs[i], subject, sizeof(subject));
		pa_cert_doubts(file->certs[i], file->now_s, doubts);
		pa_admin_cell_str(call, sha256);
		pa_admin_cell_str(call, kind_name(call->changes[i].ca.kind));
		pa_admin_cell_str(call, subject);
		pa_admin_cell_int(call, pa_cert_not_before(file->certs[i]));
		pa_admin_cell_int(call, pa_cert_not_after(file->certs[i]));
		pa_admin_cell_str(call, doubts);
		pa_admin_cell_str(call, !file->dry_run   ? "stored"
					: file->known[i] ? "known"
							 : "new");
	}
	/* what is stored is stored, whether all of it can be told or not */
	if (call->overflow && file->dry_run)
		pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void ca_added(struct pa_admin_call *call)
{
	if (call->set.result)
		pa_admin_fail(call, "ca.add", call->set.result);
	else
		put_cas(call);
}

/* For the audit trail: what, and over which doubts it was forced. */
static void summarize(struct pa_admin_call *call, const struct ca_file *file)
{
	char doubts[PA_CERT_DOUBTS_MAX] = "", subject[64] = "";

	for (size_t i = 0; i < file->len && !doubts[0]; i++) {
		pa_cert_doubts(file->certs[i], file->now_s, doubts);
		pa_cert_subject(file->certs[i], subject, sizeof(subject));
	}
	snprintf(call->summary, sizeof(call->summary), "ca.add %zu %s", file->len,
		kind_name(file->anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE));
	if (doubts[0])
		snprintf(call->summary, sizeof(call->summary), "ca.add %zu %s, forced: %s: %s",
			file->len, kind_name(file->anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE),
			subject, doubts);
}

static int make_changes(struct pa_admin_call *call, struct ca_file *file, struct pa_change *changes)
{
	for (size_t i = 0; i < file->len; i++) {
		struct pa_ca *ca = &changes[i].ca;
		int r;

		changes[i] = (struct pa_change){ .kind = PA_CHANGE_CA_PUT };
		ca->kind = file->anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE;
		ca->added_s = file->now_s;
		ca->der = pa_cert_der(file->certs[i]);
		r = pa_cert_sha256(file->certs[i], ca->sha256);
		if (r)
			return r;
	}
	summarize(call, file);
	return 0;
}

/* The fingerprint that the operator compared, if one was sent. 0, or 1: another. */
static int check_fingerprint(
	struct pa_admin_call *call, const struct ca_file *file, const struct pa_change *changes)
{
	struct pa_bytes wanted = pa_admin_arg(&call->req, "sha256");
	char have[2 * PA_DIGEST_LEN + 1];
	size_t digits = 0, i;

	if (!wanted.data)
		return 0;
	pa_admin_hex(changes[0].ca.sha256, PA_DIGEST_LEN, have);
	/* as vendors print it: any case, with or without colons */
	for (i = 0; i < wanted.len; i++) {
		if (wanted.data[i] == ':')
			continue;
		if (digits == 2 * PA_DIGEST_LEN || (wanted.data[i] | 0x20) != (have[digits] | 0x20))
			break;
		digits++;
	}
	if (i == wanted.len && digits == 2 * PA_DIGEST_LEN && file->len == 1)
		return 0;
	pa_diag_set(&call->diag, "%s",
		file->len == 1
			? "the certificate has another SHA-256 fingerprint"
			: "a fingerprint is compared with one certificate, and there are several");
	return 1;
}

/* An anchor that comes along in a bundle of intermediates must not stop to be one. 0, 1, negative.
 */
static int check_kinds(
	struct pa_admin_call *call, struct ca_file *file, const struct pa_change *changes)
{
	struct pa_db_reader *reader = pa_admin_reader(call);
	int r = pa_db_read_begin(reader);

	if (r)
		return r;
	for (size_t i = 0; i < file->len && !r; i++) {
		char subject[256] = "";
		struct pa_ca stored;

		r = pa_db_ca_get(reader, changes[i].ca.sha256, &stored);
		if (r == PA_DB_NOT_FOUND || (r == 0 && stored.kind == changes[i].ca.kind)) {
			file->known[i] = r == 0;
			r = 0;
			continue;
		}
		if (r < 0)
			break;
		pa_cert_subject(file->certs[i], subject, sizeof(subject));
		pa_diag_set(&call->diag,
			"%s: it is stored as an %s; leave it out, or remove it first (ca remove)",
			subject, kind_name(stored.kind));
		r = 1;
	}
	pa_db_read_end(reader);
	return r;
}

static void ca_parsed(struct pa_admin_call *call)
{
	struct ca_file *file = call->scratch;
	struct pa_change *changes = NULL;
	int r = file->result;

	if (r == 0) {
		changes = pa_arena_alloc(&call->arena, file->len * sizeof(*changes));
		r = changes ? make_changes(call, file, changes) : PA_E_LIMIT;
	}
	if (r == 0)
		r = check_fingerprint(call, file, changes);
	if (r == 0)
		r = check_kinds(call, file, changes);
	call->changes = changes;
	if (r > 0)
		pa_admin_answer(call, PA_STATUS_REFUSED);
	else if (r < 0)
		pa_admin_fail(call, "ca.add", r);
	else if (file->dry_run)
		put_cas(call);
	else
		pa_admin_change(call, changes, file->len, ca_added);
}

static void ca_add(struct pa_admin_call *call)
{
	struct ca_file *file = calloc(1, sizeof(*file));
	char kind[16];

	if (!file) {
		pa_admin_fail(call, "ca.add", -ENOMEM);
		return;
	}
	call->scratch = file;
	call->scratch_free = ca_file_free;
	file->now_s = pa_shared_now(call->admin->shared);
	file->config = pa_config_ref(call->admin->worker->config);
	if (pa_admin_flag(call, "force", &file->force) ||
		pa_admin_flag(call, "dry-run", &file->dry_run) ||
		pa_admin_string(call, "kind", kind, sizeof(kind), true))
		return;
	file->anchor = strcmp(kind, "anchor") == 0;
	if (!file->anchor && strcmp(kind, "intermediate") != 0) {
		pa_admin_refuse(call, "kind: anchor or intermediate");
		return;
	}
	pa_admin_work(call, ca_work, ca_parsed);
}

/* Find the one CA whose digest begins with the argument. 0, or 1: answered. An active view is
 * needed. */
static int find_ca(struct pa_admin_call *call, struct pa_ca *ret)
{
	char wanted[2 * PA_DIGEST_LEN + 1], have[2 * PA_DIGEST_LEN + 1];
	uint8_t last[PA_DIGEST_LEN];
	struct pa_ca ca;
	size_t found = 0;
	int r;

	pa_bytes_copy(wanted, sizeof(wanted), pa_admin_arg(&call->req, "sha256"));
	if (strlen(wanted) < 8) {
		pa_diag_set(&call->diag, "sha256: at least the first 8 digits of the fingerprint");
		return 1;
	}
	r = pa_db_ca_next(pa_admin_reader(call), NULL, &ca);
	while (r == 0) {
		pa_admin_hex(ca.sha256, PA_DIGEST_LEN, have);
		if (strncasecmp(have, wanted, strlen(wanted)) == 0) {
			*ret = ca;
			found++;
		}
		memcpy(last, ca.sha256, sizeof(last));
		r = pa_db_ca_next(pa_admin_reader(call), last, &ca);
	}
	if (r < 0)
		return r;
	if (found != 1)
		pa_diag_set(&call->diag,
			found ? "sha256: several begin with %s: give more digits"
			      : "no certificate with the fingerprint %s",
			wanted);
	return found == 1 ? 0 : 1;
}

static void end_find(struct pa_admin_call *call, int r)
{
	pa_db_read_end(pa_admin_reader(call));
	if (r > 0)
		pa_admin_answer(call, PA_STATUS_REFUSED);
	else
		pa_admin_fail(call, "the store could not be read", r);
}

static void ca_removed(struct pa_admin_call *call)
{
	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "the certificate is gone already");
	else if (call->set.result)
		pa_admin_fail(call, "ca.remove", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

/*
 * The key of a revoked CA is barred as long as its certificate is here: gone, the key would speak
 * again where another CA has signed it, too. 0; 1: refused, diag says why; negative.
 */
static int check_removal(struct pa_admin_call *call, const struct pa_ca *ca)
{
	struct pa_trust *trust = NULL;
	enum pa_reason reason;
	struct pa_cert *cert;
	int r = pa_cert_parse(ca->der, &cert, &reason);

	if (r)
		return r < 0 ? r : 0; /* what does not parse bars nothing */
	pa_shared_hold_trust(call->admin->shared, &trust);
	r = trust ? pa_trust_bars(trust, cert) : 1;
	pa_trust_unref(trust);
	pa_cert_free(cert);
	if (r == 0)
		pa_diag_set(&call->diag,
			"it is revoked, and bars its key on every path while it is stored: keep it, or "
			"--force");
	return r < 0 ? r : !r;
}

/* Names of a stored certificate, for show and list. Empty where it does not parse. */
static void put_cert(struct pa_admin_call *call, const struct pa_ca *ca, bool record)
{
	static const char *const names[] = { "subject", "issuer", "not-before", "not-after" };
	char subject[256] = "", issuer[256] = "";
	int64_t dates[2] = { 0, 0 };
	enum pa_reason reason;
	struct pa_cert *cert;

	if (pa_cert_parse(ca->der, &cert, &reason) == 0) {
		pa_cert_subject(cert, subject, sizeof(subject));
		pa_cert_issuer(cert, issuer, sizeof(issuer));
		dates[0] = pa_cert_not_before(cert);
		dates[1] = pa_cert_not_after(cert);
		pa_cert_free(cert);
	}
	for (size_t i = 0; i < 4; i++) {
		if (record)
			pa_admin_cell_str(call, names[i]);
		if (i < 2)
			pa_admin_cell_str(call, i == 0 ? subject : issuer);
		else
			pa_admin_cell_int(call, dates[i - 2]);
	}
}

/* How many anchors the store would have left. An active view is needed. 0, negative. */
static int count_anchors_left(struct pa_admin_call *call, const struct pa_ca *doomed, int64_t *ret)
{
	uint8_t last[PA_DIGEST_LEN];
	struct pa_ca ca;
	int r = pa_db_ca_next(pa_admin_reader(call), NULL, &ca);

	*ret = 0;
	for (; r == 0; r = pa_db_ca_next(pa_admin_reader(call), last, &ca)) {
		*ret += ca.kind == PA_CA_ANCHOR &&
			memcmp(ca.sha256, doomed->sha256, PA_DIGEST_LEN) != 0;
		memcpy(last, ca.sha256, sizeof(last));
	}
	return r < 0 ? r : 0;
}

static int count_crls(struct pa_admin_call *call, const struct pa_issuer_id *issuer, int64_t *ret)
{
	struct pa_crl crl, last;
	size_t seen = 0;
	int r;

	*ret = 0;
	while ((r = pa_db_crl_next(pa_admin_reader(call), seen++ ? &last : NULL, &crl)) == 0) {
		*ret += memcmp(&crl.issuer, issuer, sizeof(*issuer)) == 0;
		last = crl;
	}
	return r < 0 ? r : 0;
}

/* The other CAs that name it as their issuer, and its CRLs in force. 0, negative. */
static int put_dependents(
	struct pa_admin_call *call, const struct pa_trust *trust, const struct pa_ca *doomed)
{
	char subject[256] = "", issuer[256];
	struct pa_issuer_id id = { { 0 } }, other;
	uint8_t sha256[PA_DIGEST_LEN];
	const struct pa_cert *cert;
	int64_t cas = 0, crls;
	int r;

	for (size_t i = 0; (cert = pa_trust_ca(trust, i, sha256, &other)) != NULL; i++) {
		if (memcmp(sha256, doomed->sha256, sizeof(sha256)) != 0)
			continue;
		pa_cert_subject(cert, subject, sizeof(subject));
		id = other;
	}
	for (size_t i = 0; (cert = pa_trust_ca(trust, i, sha256, &other)) != NULL; i++) {
		pa_cert_issuer(cert, issuer, sizeof(issuer));
		cas += memcmp(sha256, doomed->sha256, sizeof(sha256)) != 0 &&
		       strcmp(issuer, subject) == 0;
	}
	r = count_crls(call, &id, &crls);
	pa_admin_record_int(call, "issued-cas", cas);
	pa_admin_record_int(call, "crls", crls);
	return r;
}

/* For who is asked whether it is meant. Ends the view. */
static void put_doomed(struct pa_admin_call *call, const struct pa_ca *ca)
{
	char sha256[2 * PA_DIGEST_LEN + 1];
	struct pa_trust *trust = NULL;
	int64_t left;
	int r = count_anchors_left(call, ca, &left);

	pa_admin_hex(ca->sha256, PA_DIGEST_LEN, sha256);
	pa_admin_record(call, "sha256", sha256);
	pa_admin_record(call, "kind", kind_name(ca->kind));
	put_cert(call, ca, true);
	pa_admin_record_int(call, "anchors-left", left);
	pa_shared_hold_trust(call->admin->shared, &trust);
	if (r == 0 && trust) /* without, nobody can tell */
		r = put_dependents(call, trust, ca);
	pa_trust_unref(trust);
	pa_admin_listed(call, r);
}

static void ca_remove(struct pa_admin_call *call)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));
	char sha256[2 * PA_DIGEST_LEN + 1];
	struct pa_ca ca;
	bool force, dry_run;
	int r;

	if (!change) {
		pa_admin_fail(call, "ca.remove", PA_E_LIMIT);
		return;
	}
	if (pa_admin_flag(call, "force", &force) || pa_admin_flag(call, "dry-run", &dry_run) ||
		pa_admin_view(call))
		return;
	r = find_ca(call, &ca);
	if (r == 0 && !force)
		r = check_removal(call, &ca);
	if (r) {
		end_find(call, r);
		return;
	}
	if (dry_run) {
		put_doomed(call, &ca);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_CA_REMOVE, .when = PA_WHEN_THERE };
	memcpy(change->ca.sha256, ca.sha256, PA_DIGEST_LEN);
	pa_db_read_end(pa_admin_reader(call));
	pa_admin_hex(change->ca.sha256, PA_DIGEST_LEN, sha256);
	snprintf(call->summary, sizeof(call->summary), "ca.remove %s%s", sha256,
		force ? ", forced" : "");
	pa_admin_change(call, change, 1, ca_removed);
}

static void put_pem(struct pa_admin_call *call, struct pa_bytes der)
{
	char *pem = pa_arena_alloc(&call->arena, pa_pem_size(der, "CERTIFICATE"));

	if (!pem) {
		call->overflow = true;
		return;
	}
	pa_pem_write(der, "CERTIFICATE", pem);
	pa_admin_record(call, "pem", pem);
}

struct crl_urls {
	struct pa_admin_call *call;
	unsigned len;
};

static void put_crl_url(void *arg, struct pa_bytes url)
{
	struct crl_urls *urls = arg;
	char name[24] = "crl-url";

	if (urls->len == CRL_URLS_MAX)
		return;
	if (++urls->len > 1) /* an object of JSON has a name once */
		snprintf(name, sizeof(name), "crl-url-%u", urls->len);
	pa_admin_cell_str(urls->call, name);
	pa_admin_cell(urls->call, url);
}

static void put_crl_urls(struct pa_admin_call *call, const struct pa_ca *ca)
{
	struct crl_urls urls = { .call = call };
	enum pa_reason reason;
	struct pa_cert *cert;

	if (pa_cert_parse(ca->der, &cert, &reason) != 0)
		return;
	pa_cert_crl_urls(cert, put_crl_url, &urls);
	pa_cert_free(cert);
}

static void ca_show(struct pa_admin_call *call)
{
	char sha256[2 * PA_DIGEST_LEN + 1];
	struct pa_ca ca;
	int r;

	if (pa_admin_view(call))
		return;
	r = find_ca(call, &ca);
	if (r) {
		end_find(call, r);
		return;
	}
	pa_admin_hex(ca.sha256, PA_DIGEST_LEN, sha256);
	pa_admin_record(call, "sha256", sha256);
	pa_admin_record(call, "kind", kind_name(ca.kind));
	put_cert(call, &ca, true);
	pa_admin_record_int(call, "added", ca.added_s);
	put_crl_urls(call, &ca);
	put_pem(call, ca.der);
	pa_admin_listed(call, 0);
}

static void ca_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "sha256", "kind", "subject", "issuer", "not-before",
		"not-after", "added", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	char sha256[2 * PA_DIGEST_LEN + 1];
	uint8_t last[PA_DIGEST_LEN] = { 0 };
	bool has_last = after.len != 0;
	struct pa_ca ca;
	int r;

	if (has_last && pa_admin_unhex(after, last, sizeof(last)) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_ca_next(pa_admin_reader(call), has_last ? last : NULL, &ca)) == 0) {
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, sha256);
			break;
		}
		memcpy(last, ca.sha256, sizeof(last));
		has_last = true;
		pa_admin_hex(ca.sha256, PA_DIGEST_LEN, sha256);
		pa_admin_cell_str(call, sha256);
		pa_admin_cell_str(call, kind_name(ca.kind));
		put_cert(call, &ca, false);
		pa_admin_cell_int(call, ca.added_s);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_ca_commands[] = {
	{ "ca.add", PA_ROLE_ADMIN, PA_CA_FILE_MAX, ca_add, "kind sha256 force dry-run" },
	{ "ca.remove", PA_ROLE_ADMIN, 0, ca_remove, "sha256 force dry-run" },
	{ "ca.show", PA_ROLE_READ | PA_ROLE_CRL, 0, ca_show, "sha256" },
	{ "ca.list", PA_ROLE_READ | PA_ROLE_CRL, 0, ca_list, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
