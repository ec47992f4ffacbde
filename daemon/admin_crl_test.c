/* crl.test: would the CRLs in force deny these certificates? */
#include "daemon/admin_crl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/issued.h"

#define CERTS_MAX 64u
#define FILE_MAX  (1024u * 1024)

struct tested {
	struct pa_issued issued;
	char subject[256], issuer[256];
};

struct test_file {
	struct pa_trust *trust;
	size_t len;
	struct tested certs[CERTS_MAX];
	int result; /* of the work: 0, 1: refused, diag says why; negative */
};

static void test_file_free(void *opaque)
{
	struct test_file *file = opaque;

	pa_trust_unref(file->trust);
	free(file);
}

/* --- on the pool --- */

static int read_one(void *arg, struct pa_bytes der)
{
	struct pa_admin_call *call = arg;
	struct test_file *file = call->scratch;
	struct tested *tested = &file->certs[file->len];
	enum pa_reason reason;
	struct pa_cert *cert;
	int r;

	if (file->len == CERTS_MAX) {
		pa_diag_set(&call->diag, "more than %u certificates", CERTS_MAX);
		return 1;
	}
	r = pa_cert_parse(der, &cert, &reason);
	if (r) {
		if (r > 0)
			pa_diag_set(&call->diag, "certificate %zu: %s", file->len + 1,
				pa_reason_text(reason));
		return r;
	}
	pa_cert_subject(cert, tested->subject, sizeof(tested->subject));
	pa_cert_issuer(cert, tested->issuer, sizeof(tested->issuer));
	r = pa_issued_by(file->trust, cert, &tested->issued);
	if (r > 0)
		pa_diag_set(&call->diag,
			"%.160s: no CA of the store made its signature; add its issuer, %.160s "
			"(ca add)",
			tested->subject, tested->issuer);
	pa_cert_free(cert);
	if (r == 0)
		file->len++;
	return r;
}

static void test_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct test_file *file = call->scratch;

	file->result = pa_pem_each(call->upload, "CERTIFICATE", read_one, call, &call->diag);
}

/* --- the answer --- */

static const char *reason_name(uint8_t reason)
{
	static const char *const names[] = { "unspecified", "keyCompromise", "cACompromise",
		"affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
		"unspecified", "removeFromCRL", "privilegeWithdrawn", "aACompromise" };

	return reason < sizeof(names) / sizeof(*names) ? names[reason] : names[0];
}

/* A CRL that the check `crl` would ask about it, of any key of its issuer; NULL: there is none. */
static const struct pa_crl *crl_of(const struct pa_trust *trust, const struct pa_issued *issued)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(trust, &issued->issuer, speakers);
	const struct pa_crl *crl = NULL;

	for (size_t i = 0; i < len && !crl; i++) {
		if (speakers[i].barred)
			continue;
		crl = pa_trust_crl(trust, &speakers[i].id, PA_CRL_ALL);
		if (!crl)
			crl = pa_trust_crl(trust, &speakers[i].id,
				issued->is_ca ? PA_CRL_CA_ONLY : PA_CRL_USER_ONLY);
	}
	return crl;
}

/* As the check looks it up. 0: revoked; PA_DB_NOT_FOUND; negative. */
static int find_revoked(
	struct pa_admin_call *call, const struct pa_issued *issued, struct pa_revoked *ret)
{
	const struct test_file *file = call->scratch;
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(file->trust, &issued->issuer, speakers);
	int r = PA_DB_NOT_FOUND;

	for (size_t i = 0; i < len && r == PA_DB_NOT_FOUND; i++)
		r = pa_db_revoked_get(pa_admin_reader(call), &speakers[i].id, &issued->serial, ret);
	return r;
}

/* 0, negative. */
static int put_cert(struct pa_admin_call *call, const struct tested *tested,
	const struct pa_revoked *revoked, const struct pa_crl *crl, const char *result,
	const char *reason)
{
	char text[PA_CRL_TEXT_MAX] = "", state[PA_CRL_STATE_MAX] = "";
	int r = crl ? pa_admin_crl_state(call, crl, state) : 0;

	pa_admin_crl_hex(tested->issued.serial.bytes, tested->issued.serial.len, text);
	pa_admin_cell_str(call, tested->subject);
	pa_admin_cell_str(call, tested->issuer);
	pa_admin_cell_str(call, text);
	pa_admin_cell_str(call, result);
	pa_admin_cell_str(call, reason);
	if (revoked)
		pa_admin_cell_int(call, revoked->revoked_s);
	else
		pa_admin_cell_str(call, "");
	pa_admin_cell_str(call, !revoked ? "" : revoked->listed ? "yes" : "no longer");
	pa_admin_cell_str(call, state);
	return r;
}

/* 0, 1: refused, diag says why; negative. */
static int judge(struct pa_admin_call *call, const struct tested *tested)
{
	const struct test_file *file = call->scratch;
	const struct pa_crl *crl = crl_of(file->trust, &tested->issued);
	struct pa_revoked revoked;
	int r;

	if (tested->issued.is_anchor)
		return put_cert(call, tested, NULL, NULL, "anchor, never looked up", "");
	r = find_revoked(call, &tested->issued, &revoked);
	if (r < 0)
		return r;
	if (r == 0)
		return put_cert(
			call, tested, &revoked, crl, "revoked", reason_name(revoked.reason));
	if (tested->issued.is_ca && pa_trust_is_barred(file->trust, tested->issued.key))
		return put_cert(call, tested, NULL, crl, "revoked", "its key is a revoked CA's");
	if (!crl) {
		pa_diag_set(&call->diag,
			"%.160s: no CRL of its issuer is in force, %.160s, so nobody can tell; "
			"import one (crl import)",
			tested->subject, tested->issuer);
		return 1;
	}
	return put_cert(call, tested, NULL, crl, "not revoked", "");
}

static void tested(struct pa_admin_call *call)
{
	static const char *const columns[] = { "subject", "issuer", "serial", "result", "reason",
		"revoked-at", "listed", "crl", NULL };
	const struct test_file *file = call->scratch;
	int r = file->result;

	if (r == 0 && pa_admin_view(call))
		return;
	if (r == 0) {
		pa_admin_columns(call, columns);
		for (size_t i = 0; r == 0 && i < file->len; i++)
			r = judge(call, &file->certs[i]);
		if (r <= 0) {
			pa_admin_listed(call, r);
			return;
		}
		pa_db_read_end(pa_admin_reader(call));
		call->reply.columns_len = call->reply.rows_len = 0;
	}
	if (r > 0)
		pa_admin_answer(call, PA_STATUS_REFUSED);
	else
		pa_admin_fail(call, "crl.test", r);
}

void pa_admin_crl_test(struct pa_admin_call *call)
{
	struct test_file *file = calloc(1, sizeof(*file));

	if (!file) {
		pa_admin_fail(call, "crl.test", -ENOMEM);
		return;
	}
	call->scratch = file;
	call->scratch_free = test_file_free;
	if (call->upload.len > FILE_MAX) {
		pa_admin_refuse(call, "a file of certificates has at most %u bytes", FILE_MAX);
		return;
	}
	pa_shared_hold_trust(call->admin->shared, &file->trust);
	if (!file->trust) {
		pa_admin_refuse(call, "the store has no usable CA: add the issuers first (ca add)");
		return;
	}
	pa_admin_work(call, test_work, tested);
}
