/*
 * What the commands about CRLs share. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_CRL_H
#define DAEMON_ADMIN_CRL_H

#include "daemon/admin/admin.h"
#include "daemon/pki/crl.h"

#define PA_CRLS_MAX       64u                         /* of one crl.import */
#define PA_CRL_TEXT_MAX   (2 * PA_CRL_NUMBER_MAX + 3) /* "0x", digits, NUL; serials are as long */
#define PA_CRL_ID_MAX     32u
#define PA_CRL_STATE_MAX  64u
#define PA_CRL_SHA256_MAX (2 * PA_DIGEST_LEN + 1)
#define PA_CRL_PAGE_MAX   (2 * PA_DIGEST_LEN + 16)

/* What crl.import read from its upload. */
struct pa_crl_file {
	struct pa_trust *trust;
	int64_t now_s;
	bool dry_run, allow_rollback, allow_shrink;
	size_t len;
	struct pa_crl_parsed parsed[PA_CRLS_MAX];
	struct pa_bytes der[PA_CRLS_MAX];
	uint8_t *owned[PA_CRLS_MAX]; /* der, where it is not in the upload */
	int result;                  /* of the work: 0, 1: refused, diag says why; negative */
};

/* Numbers and serials: "0x0a"; "" where len is 0. */
void pa_admin_crl_hex(const uint8_t *bytes, size_t len, char out[PA_CRL_TEXT_MAX]);
void pa_admin_crl_number(const struct pa_crl *crl, char out[PA_CRL_TEXT_MAX]);

/* By what people name a CRL: the first digits of its issuer's digest. */
void pa_admin_crl_id(const struct pa_crl *crl, char out[PA_CRL_ID_MAX]);
void pa_admin_crl_sha256(const struct pa_crl *crl, char out[PA_CRL_SHA256_MAX]);
const char *pa_admin_crl_scope(enum pa_crl_scope scope);

/* "current", "stale", and what its issuer's own policy makes of that. Needs an active view. 0,
 * negative. */
int pa_admin_crl_state(struct pa_admin_call *call, const struct pa_crl *crl,
	char out[PA_CRL_STATE_MAX]) PA_MUST_CHECK;
/* How many rows of status tell of CRLs, and how many of policies; the others are summed up. */
#define PA_CRL_STATUS_ROWS 100u
/* A row of a record for each issuer whose policy is lenient. Needs an active view. 0, negative. */
int pa_admin_crl_put_lenient(struct pa_admin_call *call) PA_MUST_CHECK;

/*
 * The CRL that the argument `id` names: ID, or ID:SCOPE. Opens a view, which stays open with
 * 0. 0, or 1: the call is answered.
 */
int pa_admin_crl_find(struct pa_admin_call *call, struct pa_crl *ret) PA_MUST_CHECK;

/* Why next may not follow old, with what can be done: the text of a refusal. */
void pa_admin_crl_explain(
	struct pa_diag *diag, int why, const struct pa_crl *old, const struct pa_crl *next);

/*
 * crl.preview: fill the answer with what the CRLs of the file would do. Runs on the
 * pool, with a reader of its own. 0; 1: the import would be refused, call->diag says why;
 * negative.
 */
int pa_admin_crl_preview(struct pa_admin_call *call, const struct pa_crl_file *file) PA_MUST_CHECK;

/* Of a CRL that was read: whether it lists the serial; whether it speaks of what an issuer signed.
 */
bool pa_admin_crl_lists(const struct pa_crl_parsed *crl, const struct pa_serial *serial);
bool pa_admin_crl_speaks_of(
	const struct pa_trust *trust, const struct pa_crl *crl, const struct pa_issuer_id *issuer);

#define PA_CRL_DEVICES_NAMED 20u /* of those that are cut off, and of those that come back */
#define PA_CRL_DEVICE_ROWS   (2 * (PA_CRL_DEVICES_NAMED + 2))

/*
 * Its rows about devices that were seen, PA_CRL_DEVICE_ROWS at most. The reader has an active view.
 * 0 or negative.
 */
int pa_admin_crl_devices(struct pa_admin_call *call, const struct pa_crl_file *file,
	struct pa_db_reader *reader) PA_MUST_CHECK;

pa_admin_fn pa_admin_crl_list, pa_admin_crl_show, pa_admin_crl_export, pa_admin_crl_remove,
	pa_admin_crl_test, pa_admin_crl_policy, pa_admin_crl_policies, pa_admin_crl_grace_extend,
	pa_admin_crl_grace_end;

#endif
