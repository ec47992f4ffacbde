/* crl.import, crl.preview, and the table of the commands about CRLs */
#include "daemon/admin/crl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/cert.h"

static void crl_file_free(void *opaque)
{
	struct pa_crl_file *file = opaque;

	for (size_t i = 0; i < file->len; i++) {
		pa_crl_parsed_finish(&file->parsed[i]);
		free(file->owned[i]);
	}
	pa_trust_unref(file->trust);
	free(file);
}

/* --- reading the file; on the pool --- */

/* What PEM decodes to is gone with its block. 0 or -ENOMEM. */
static int keep_der(struct pa_crl_file *file, struct pa_bytes upload, struct pa_bytes der)
{
	uint8_t *copy = NULL;

	if (der.data != upload.data) {
		copy = malloc(der.len);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, der.data, der.len);
		der.data = copy;
	}
	file->owned[file->len] = copy;
	file->der[file->len] = der;
	return 0;
}

/* An earlier CRL of the file with the issuer and scope of the one behind the last; NULL: none. */
static const struct pa_crl *same_list(const struct pa_crl_file *file)
{
	const struct pa_crl *crl = &file->parsed[file->len].head;

	for (size_t i = 0; i < file->len; i++) {
		const struct pa_crl *other = &file->parsed[i].head;

		if (other->scope == crl->scope &&
			memcmp(&other->issuer, &crl->issuer, sizeof(crl->issuer)) == 0)
			return other;
	}
	return NULL;
}

/* Also says which of several it is. */
static int refuse_one(struct pa_admin_call *call, const struct pa_crl_file *file, int r)
{
	struct pa_diag why = call->diag;

	if (r > 0 && file->len)
		pa_diag_set(&call->diag, "CRL %zu of the file: %.460s", file->len + 1, why.text);
	return r;
}

static int import_one(void *arg, struct pa_bytes der)
{
	struct pa_admin_call *call = arg;
	struct pa_crl_file *file = call->scratch;
	const struct pa_crl *other;
	struct pa_crl_parsed *crl;
	int r;

	if (file->len == PA_CRLS_MAX) {
		pa_diag_set(&call->diag, "more than %u CRLs in a file: split it", PA_CRLS_MAX);
		return 1;
	}
	crl = &file->parsed[file->len];
	r = pa_crl_parse(file->trust, der, file->now_s, crl, &call->diag);
	if (r)
		return refuse_one(call, file, r);
	other = same_list(file);
	if (other) {
		r = memcmp(other->sha256, crl->head.sha256, PA_DIGEST_LEN) != 0;
		if (r)
			pa_diag_set(&call->diag,
				"the CRL of %.200s: the file holds two; leave the older one out",
				crl->head.issuer_name);
		pa_crl_parsed_finish(crl);
		return r;
	}
	r = keep_der(file, call->upload, der);
	if (r)
		pa_crl_parsed_finish(crl);
	else
		file->len++;
	return r;
}

static void crl_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct pa_crl_file *file = call->scratch;

	file->result = pa_pem_each(call->upload, "X509 CRL", import_one, call, &call->diag);
	if (file->result == 0 && file->dry_run)
		file->result = pa_admin_crl_preview(call, file);
}

/* --- the change --- */

static void put_imported(struct pa_admin_call *call, const struct pa_crl_file *file)
{
	static const char *const columns[] = { "issuer", "number", "this-update", "next-update",
		"entries", "result", NULL };
	char number[PA_CRL_TEXT_MAX];

	pa_admin_columns(call, columns);
	for (size_t i = 0; i < file->len; i++) {
		const struct pa_crl *crl = &file->parsed[i].head;

		pa_admin_crl_number(crl, number);
		pa_admin_cell_str(call, crl->issuer_name);
		pa_admin_cell_str(call, number);
		pa_admin_cell_int(call, crl->this_update_s);
		pa_admin_cell_int(call, crl->next_update_s);
		pa_admin_cell_int(call, (int64_t)crl->entries);
		pa_admin_cell_str(call, "in force");
	}
}

/* The store's answer names no numbers; they are read again. */
static void refuse_order(struct pa_admin_call *call, const struct pa_crl *crl)
{
	struct pa_crl old = { 0 };
	int r;

	if (pa_admin_view(call))
		return;
	r = pa_db_crl_get(pa_admin_reader(call), &crl->issuer, crl->scope, &old);
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0) {
		pa_admin_fail(call, "the store could not be read", r);
		return;
	}
	pa_admin_crl_explain(&call->diag, call->set.result, &old, crl);
	pa_admin_answer(call, PA_STATUS_REFUSED);
}

static void imported(struct pa_admin_call *call)
{
	struct pa_crl_file *file = call->scratch;
	int r = call->set.result;

	if (r == PA_DB_ROLLBACK || r == PA_DB_CONFLICT || r == PA_DB_SHRINK) {
		refuse_order(call, &file->parsed[call->set.failed_at].head);
	} else if (r) {
		pa_admin_fail(call, "crl.import", r);
	} else {
		put_imported(call, file);
		pa_admin_answer(call, PA_STATUS_OK);
	}
}

/* What was allowed stands first: a summary may be cut. */
static void summarize(struct pa_admin_call *call, const struct pa_crl_file *file)
{
	snprintf(call->summary, sizeof(call->summary), "crl.import%s%s %zu, first of %.160s",
		file->allow_rollback ? " allow-rollback" : "",
		file->allow_shrink ? " allow-shrink" : "", file->len,
		file->parsed[0].head.issuer_name);
}

static void crl_parsed(struct pa_admin_call *call)
{
	struct pa_crl_file *file = call->scratch;
	struct pa_change *changes;

	if (file->result > 0) {
		pa_admin_answer(call, PA_STATUS_REFUSED);
		return;
	}
	if (file->result == 0 && file->dry_run) {
		if (call->overflow)
			pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
		else
			pa_admin_answer(call, PA_STATUS_OK);
		return;
	}
	changes = file->result ? NULL : pa_arena_alloc(&call->arena, file->len * sizeof(*changes));
	if (!changes) {
		pa_admin_fail(call, "crl.import", file->result ? file->result : PA_E_LIMIT);
		return;
	}
	for (size_t i = 0; i < file->len; i++) {
		changes[i] = (struct pa_change){ .kind = PA_CHANGE_CRL_PUT };
		changes[i].crl.head = file->parsed[i].head;
		changes[i].crl.head.imported_s = file->now_s;
		changes[i].crl.revoked = file->parsed[i].revoked;
		changes[i].crl.revoked_len = file->parsed[i].revoked_len;
		changes[i].crl.der = file->der[i];
		changes[i].crl.allow_rollback = file->allow_rollback;
		changes[i].crl.allow_shrink = file->allow_shrink;
	}
	summarize(call, file);
	pa_admin_change(call, changes, file->len, imported);
}

/* Who only brings what is newer cannot make a revoked certificate good again. 0, or 1: answered. */
static int check_insistence(struct pa_admin_call *call, const struct pa_crl_file *file)
{
	unsigned roles = pa_config_roles(call->admin->worker->config, &call->peer);

	if ((!file->allow_rollback && !file->allow_shrink) || (roles & PA_ROLE_ADMIN))
		return 0;
	pa_diag_set(&call->diag,
		"your uid has no role for a CRL that takes back what is revoked: it needs admin");
	pa_admin_answer(call, PA_STATUS_FORBIDDEN);
	return 1;
}

static void begin(struct pa_admin_call *call, bool dry_run)
{
	struct pa_crl_file *file = calloc(1, sizeof(*file));

	if (!file) {
		pa_admin_fail(call, "crl.import", -ENOMEM);
		return;
	}
	call->scratch = file;
	call->scratch_free = crl_file_free;
	file->dry_run = dry_run;
	if (pa_admin_flag(call, "allow-rollback", &file->allow_rollback) ||
		pa_admin_flag(call, "allow-shrink", &file->allow_shrink) ||
		check_insistence(call, file))
		return;
	pa_shared_hold_trust(call->admin->shared, &file->trust);
	file->now_s = pa_shared_now(call->admin->shared);
	if (!file->trust) {
		pa_admin_refuse(call, "the store has no usable CA: add the issuers first (ca add)");
		return;
	}
	pa_admin_work(call, crl_work, crl_parsed);
}

static void crl_import(struct pa_admin_call *call)
{
	begin(call, false);
}

/* A command of its own, no argument: a daemon that does not know it must not import instead. */
static void crl_preview(struct pa_admin_call *call)
{
	begin(call, true);
}

const struct pa_admin_command pa_admin_crl_commands[] = {
	{ "crl.import", PA_ROLE_CRL, PA_CRL_FILE_MAX, crl_import, "allow-rollback allow-shrink" },
	{ "crl.preview", PA_ROLE_ADMIN, PA_CRL_FILE_MAX, crl_preview,
		"allow-rollback allow-shrink" },
	{ "crl.show", PA_ROLE_READ, 0, pa_admin_crl_show, "id" },
	{ "crl.list", PA_ROLE_READ | PA_ROLE_CRL, 0, pa_admin_crl_list, "after" },
	{ "crl.export", PA_ROLE_READ, 0, pa_admin_crl_export, "id after" },
	{ "crl.remove", PA_ROLE_ADMIN, 0, pa_admin_crl_remove, "id sha256" },
	{ "crl.test", PA_ROLE_READ, PA_CERT_FILE_MAX, pa_admin_crl_test, "" },
	{ "crl.policy", PA_ROLE_ADMIN, 0, pa_admin_crl_policy, "issuer missing stale" },
	{ "crl.policies", PA_ROLE_READ, 0, pa_admin_crl_policies, "after" },
	{ "crl.grace.extend", PA_ROLE_ADMIN, 0, pa_admin_crl_grace_extend, "issuer for reason" },
	{ "crl.grace.end", PA_ROLE_ADMIN, 0, pa_admin_crl_grace_end, "issuer" },
	{ NULL, 0, 0, NULL, NULL },
};
