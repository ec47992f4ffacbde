/* crl.import, crl.show, crl.list */
#include "daemon/admin.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/crl.h"

#define CRLS_MAX 64u /* of one crl.import */

struct crl_file {
	struct pa_trust *trust;
	int64_t now_s;
	size_t len;
	struct pa_crl_parsed parsed[CRLS_MAX];
	int result; /* of the work: 0, 1: refused, diag says why; negative */
};

static void crl_file_free(void *opaque)
{
	struct crl_file *file = opaque;

	for (size_t i = 0; i < file->len; i++)
		pa_crl_parsed_finish(&file->parsed[i]);
	pa_trust_unref(file->trust);
	free(file);
}

static int import_one(void *arg, struct pa_bytes der)
{
	struct pa_admin_call *call = arg;
	struct crl_file *file = call->scratch;
	int r;

	if (file->len == CRLS_MAX) {
		pa_diag_set(&call->diag, "more than %u CRLs", CRLS_MAX);
		return 1;
	}
	r = pa_crl_parse(file->trust, der, file->now_s, &file->parsed[file->len], &call->diag);
	if (r == 0)
		file->len++;
	return r;
}

static void crl_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct crl_file *file = call->scratch;

	file->result = pa_pem_each(call->upload, "X509 CRL", import_one, call, &call->diag);
}

/* Leading zero octets are gone already, so the number of digits says how large it is. */
static void number_text(const struct pa_crl *crl, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	if (crl->number_len) {
		out[at++] = '0';
		out[at++] = 'x';
	}
	for (size_t i = 0; i < crl->number_len; i++) {
		out[at++] = digits[crl->number[i] >> 4];
		out[at++] = digits[crl->number[i] & 15];
	}
	out[at] = '\0';
}

static void id_text(const struct pa_crl *crl, char out[17])
{
	for (size_t i = 0; i < 8; i++)
		snprintf(out + 2 * i, 3, "%02x", crl->issuer.bytes[i]);
}

static const char *scope_name(enum pa_crl_scope scope)
{
	static const char *const names[] = { "all", "user", "ca" };

	return names[scope];
}

static void imported(struct pa_admin_call *call)
{
	static const char *const columns[] = { "issuer", "number", "this-update", "next-update",
		"entries", "result", NULL };
	struct crl_file *file = call->scratch;
	char number[2 * PA_CRL_NUMBER_MAX + 3];
	int r = call->set.result;

	if (r == 0)
		pa_admin_columns(call, columns);
	for (size_t i = 0; r == 0 && i < file->len; i++) {
		const struct pa_crl *crl = &file->parsed[i].head;

		number_text(crl, number);
		pa_admin_cell_str(call, crl->issuer_name);
		pa_admin_cell_str(call, number);
		pa_admin_cell_int(call, crl->this_update_s);
		pa_admin_cell_int(call, crl->next_update_s);
		pa_admin_cell_int(call, (int64_t)crl->entries);
		pa_admin_cell_str(call, "in force");
	}
	if (r == PA_DB_ROLLBACK)
		pa_admin_refuse(call,
			"%s: a newer CRL is in force already; an older one would un-revoke. Fetch "
			"the current one",
			file->parsed[call->set.failed_at].head.issuer_name);
	else if (r == PA_DB_CONFLICT)
		pa_admin_refuse(call,
			"%s: the CRL in force has the same number and other content: ask the issuer "
			"which one is right",
			file->parsed[call->set.failed_at].head.issuer_name);
	else if (r)
		pa_admin_fail(call, "crl.import", r);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void crl_parsed(struct pa_admin_call *call)
{
	struct crl_file *file = call->scratch;
	struct pa_change *changes;

	if (file->result > 0) {
		pa_admin_answer(call, PA_STATUS_REFUSED);
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
	}
	snprintf(call->summary, sizeof(call->summary), "crl.import %zu, first of %.160s", file->len,
		file->parsed[0].head.issuer_name);
	pa_admin_change(call, changes, file->len, imported);
}

static void crl_import(struct pa_admin_call *call)
{
	struct crl_file *file = calloc(1, sizeof(*file));

	if (!file) {
		pa_admin_fail(call, "crl.import", PA_E_LIMIT);
		return;
	}
	pa_shared_hold_trust(call->admin->shared, &file->trust);
	file->now_s = pa_shared_now(call->admin->shared);
	call->scratch = file;
	call->scratch_free = crl_file_free;
	if (!file->trust) {
		pa_admin_refuse(call, "the store has no usable CA: add the issuers first (ca add)");
		return;
	}
	pa_admin_work(call, crl_work, crl_parsed);
}

static const char *state_of(const struct pa_admin_call *call, const struct pa_crl *crl)
{
	return pa_shared_now(call->admin->shared) < crl->next_update_s ? "current" : "stale";
}

static void put_crl(struct pa_admin_call *call, const struct pa_crl *crl)
{
	char number[2 * PA_CRL_NUMBER_MAX + 3], id[17];

	number_text(crl, number);
	id_text(crl, id);
	pa_admin_cell_str(call, crl->issuer_name);
	pa_admin_cell_str(call, id);
	pa_admin_cell_str(call, scope_name(crl->scope));
	pa_admin_cell_str(call, number);
	pa_admin_cell_int(call, crl->this_update_s);
	pa_admin_cell_int(call, crl->next_update_s);
	pa_admin_cell_int(call, (int64_t)crl->entries);
	pa_admin_cell_int(call, crl->imported_s);
	pa_admin_cell_str(call, state_of(call, crl));
}

/* CRLs in force are few (one an issuer), so a listing is one page; `after` is not needed. */
static void crl_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "issuer", "id", "scope", "number", "this-update",
		"next-update", "entries", "imported", "state", NULL };
	struct pa_crl crl, last;
	bool has_last = false;
	int r;

	if (pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_crl_next(pa_admin_reader(call), has_last ? &last : NULL, &crl)) == 0) {
		if (pa_admin_page_is_full(call)) {
			call->overflow = true;
			break;
		}
		put_crl(call, &crl);
		last = crl;
		has_last = true;
	}
	pa_admin_listed(call, r);
}

static void crl_show(struct pa_admin_call *call)
{
	static const char *const names[] = { "issuer", "id", "scope", "number", "this-update",
		"next-update", "entries", "imported", "state" };
	struct pa_crl crl, last;
	bool has_last = false, found = false;
	char wanted[17], id[17], number[2 * PA_CRL_NUMBER_MAX + 3];
	int r;

	if (pa_admin_string(call, "id", wanted, sizeof(wanted), true) || pa_admin_view(call))
		return;
	while ((r = pa_db_crl_next(pa_admin_reader(call), has_last ? &last : NULL, &crl)) == 0) {
		last = crl;
		has_last = true;
		id_text(&crl, id);
		if (strcmp(id, wanted) != 0)
			continue;
		found = true;
		number_text(&crl, number);
		pa_admin_record(call, names[0], crl.issuer_name);
		pa_admin_record(call, names[1], id);
		pa_admin_record(call, names[2], scope_name(crl.scope));
		pa_admin_record(call, names[3], number);
		pa_admin_record_int(call, names[4], crl.this_update_s);
		pa_admin_record_int(call, names[5], crl.next_update_s);
		pa_admin_record_int(call, names[6], (int64_t)crl.entries);
		pa_admin_record_int(call, names[7], crl.imported_s);
		pa_admin_record(call, names[8], state_of(call, &crl));
	}
	if (r >= 0 && !found) {
		pa_db_read_end(pa_admin_reader(call));
		pa_admin_refuse(call, "no CRL with the id %s: see crl list", wanted);
		return;
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_crl_commands[] = {
	{ "crl.import", PA_ROLE_ADMIN, true, crl_import, "" },
	{ "crl.show", PA_ROLE_READ, false, crl_show, "id" },
	{ "crl.list", PA_ROLE_READ, false, crl_list, "" },
	{ NULL, 0, false, NULL, NULL },
};
