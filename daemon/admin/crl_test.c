/* crl.test: would the CRLs in force deny these certificates? */
#include "daemon/admin/crl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/issued.h"
#include "daemon/pki/revocation.h"

#define CERTS_MAX 64u

struct tested {
	struct pa_issued issued;
	bool is_foreign; /* of no CA of the store */
	char subject[256], issuer[256];
};

struct test_file {
	struct pa_trust *trust;
	size_t len;
	struct tested certs[CERTS_MAX];
	size_t revoked;
	struct pa_diag unknown; /* why nobody can tell of the first such certificate; "": of all */
	int result;             /* of the work: 0, 1: refused, diag says why; negative */
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
	pa_cert_free(cert);
	if (r < 0)
		return r;
	tested->is_foreign = r > 0;
	file->len++;
	return 0;
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

static PA_PRINTF(2, 3) void note_unknown(struct test_file *file, const char *fmt, ...)
{
	va_list ap;

	if (file->unknown.text[0])
		return;
	va_start(ap, fmt);
	(void)vsnprintf(file->unknown.text, sizeof(file->unknown.text), fmt, ap);
	va_end(ap);
}

static int put_foreign(struct pa_admin_call *call, const struct tested *tested)
{
	note_unknown(call->scratch,
		"%.160s: no CA of the store made its signature; add its issuer, %.160s (ca add)",
		tested->subject, tested->issuer);
	return put_cert(call, tested, NULL, NULL, "not known", "no CA of the store signed it");
}

static int put_without_crl(struct pa_admin_call *call, const struct tested *tested)
{
	note_unknown(call->scratch,
		"%.160s: no CRL of its issuer is in force, %.160s, so nobody can tell; "
		"import one (crl import)",
		tested->subject, tested->issuer);
	return put_cert(call, tested, NULL, NULL, "not known", "no CRL of its issuer");
}

/* As the check `crl` would. 0, negative. */
static int judge(struct pa_admin_call *call, const struct tested *tested)
{
	struct test_file *file = call->scratch;
	const struct pa_issued *issued = &tested->issued;
	struct pa_db_reader *reader = pa_admin_reader(call);
	struct pa_revoked revoked;
	struct pa_crl crl;
	int found, r;

	if (tested->is_foreign)
		return put_foreign(call, tested);
	if (issued->is_anchor)
		return put_cert(call, tested, NULL, NULL, "anchor, never looked up", "");
	found = pa_revocation_crl(reader, file->trust, &issued->issuer, issued->is_ca, &crl);
	if (found < 0)
		return found;
	r = pa_revocation_find(reader, file->trust, &issued->issuer, &issued->serial, &revoked);
	if (r < 0)
		return r;
	if (r == 0 || (issued->is_ca && pa_trust_is_barred(file->trust, issued->key))) {
		file->revoked++;
		return put_cert(call, tested, r == 0 ? &revoked : NULL, found == 0 ? &crl : NULL,
			"revoked",
			r == 0 ? reason_name(revoked.reason) : "its key is a revoked CA's");
	}
	if (found != 0)
		return put_without_crl(call, tested);
	return put_cert(call, tested, NULL, &crl, "not revoked", "");
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
		/* what is revoked is told, whatever is not known of the others */
		if (r < 0 || file->revoked || !file->unknown.text[0]) {
			pa_admin_listed(call, r);
			return;
		}
		pa_db_read_end(pa_admin_reader(call));
		call->reply.columns_len = call->reply.rows_len = 0;
		call->diag = file->unknown;
		r = 1;
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
	pa_shared_hold_trust(call->admin->shared, &file->trust);
	if (!file->trust) {
		pa_admin_refuse(call, "the store has no usable CA: add the issuers first (ca add)");
		return;
	}
	pa_admin_work(call, test_work, tested);
}
