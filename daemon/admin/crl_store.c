/* crl.list, crl.show, crl.export, crl.remove */
#include "daemon/admin/crl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void pa_admin_crl_hex(const uint8_t *bytes, size_t len, char out[PA_CRL_TEXT_MAX])
{
	const size_t max = (PA_CRL_TEXT_MAX - 3) / 2;

	if (len) {
		memcpy(out, "0x", 2);
		out += 2;
	}
	pa_admin_hex(bytes, len < max ? len : max, out);
}

/* Leading zero octets are gone already, so the number of digits says how large it is. */
void pa_admin_crl_number(const struct pa_crl *crl, char out[PA_CRL_TEXT_MAX])
{
	pa_admin_crl_hex(crl->number, crl->number_len, out);
}

void pa_admin_crl_id(const struct pa_crl *crl, char out[PA_CRL_ID_MAX])
{
	pa_admin_hex(crl->issuer.bytes, 8, out);
}

void pa_admin_crl_sha256(const struct pa_crl *crl, char out[PA_CRL_SHA256_MAX])
{
	pa_admin_hex(crl->sha256, PA_DIGEST_LEN, out);
}

const char *pa_admin_crl_scope(enum pa_crl_scope scope)
{
	static const char *const names[] = { "all", "user", "ca" };

	return names[scope];
}

/* "number 0x05" or, where a CRL has none, "thisUpdate 1790000000". */
static void version_text(const struct pa_crl *crl, bool by_number, char *out, size_t size)
{
	char number[PA_CRL_TEXT_MAX];

	pa_admin_crl_number(crl, number);
	if (by_number)
		snprintf(out, size, "number %s", number);
	else
		snprintf(out, size, "thisUpdate %" PRId64, crl->this_update_s);
}

void pa_admin_crl_explain(
	struct pa_diag *diag, int why, const struct pa_crl *old, const struct pa_crl *next)
{
	bool by_number = old->number_len && next->number_len;
	char was[64], is[64];

	version_text(old, by_number, was, sizeof(was));
	version_text(next, by_number, is, sizeof(is));
	if (why == PA_DB_ROLLBACK)
		pa_diag_set(diag,
			"the CRL of %.160s: its %s is older than the one in force, a newer CRL with "
			"%s; an older one would un-revoke. Fetch the current one, or give "
			"--allow-rollback (revoked serials stay revoked)",
			next->issuer_name, is, was);
	else if (why == PA_DB_CONFLICT)
		pa_diag_set(diag,
			"the CRL of %.160s: the one in force has the same number or date (%s) and "
			"other content: ask the issuer which one is right; its next one will do",
			next->issuer_name, is);
	else
		pa_diag_set(diag,
			"the CRL of %.160s: its list shrinks from %" PRIu64 " to %" PRIu64
			" entries; is the file whole, and the right one? The serials that are gone "
			"stay revoked anyway. If the issuer says that it is right, give "
			"--allow-shrink",
			next->issuer_name, old->entries, next->entries);
}

/* --- finding one --- */

struct wanted {
	char id[PA_CRL_ID_MAX];
	const char *scope; /* within id; NULL: any */
};

static bool is_wanted(const struct wanted *wanted, const struct pa_crl *crl)
{
	char id[PA_CRL_ID_MAX];

	pa_admin_crl_id(crl, id);
	return strcmp(id, wanted->id) == 0 &&
	       (!wanted->scope || strcmp(wanted->scope, pa_admin_crl_scope(crl->scope)) == 0);
}

int pa_admin_crl_find(struct pa_admin_call *call, struct pa_crl *ret)
{
	struct pa_crl crl, last;
	struct wanted wanted = { .scope = NULL };
	size_t seen = 0, found = 0;
	char *colon;
	int r;

	if (pa_admin_string(call, "id", wanted.id, sizeof(wanted.id), true) || pa_admin_view(call))
		return 1;
	colon = strchr(wanted.id, ':');
	if (colon) {
		*colon = '\0';
		wanted.scope = colon + 1;
	}
	while ((r = pa_db_crl_next(pa_admin_reader(call), seen++ ? &last : NULL, &crl)) == 0) {
		last = crl;
		if (is_wanted(&wanted, &crl)) {
			*ret = crl;
			found++;
		}
	}
	if (r >= 0 && found == 1)
		return 0;
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0)
		pa_admin_fail(call, "the store could not be read", r);
	else if (found)
		pa_admin_refuse(call,
			"%s: the issuer has CRLs of several scopes: add one, as in %s:user",
			wanted.id, wanted.id);
	else
		pa_admin_refuse(call, "no CRL with the id %s%s%s: see crl list", wanted.id,
			wanted.scope ? ":" : "", wanted.scope ? wanted.scope : "");
	return 1;
}

/* --- crl.list, crl.show --- */

static int put_crl(struct pa_admin_call *call, const struct pa_crl *crl)
{
	char number[PA_CRL_TEXT_MAX], id[PA_CRL_ID_MAX], state[PA_CRL_STATE_MAX];
	int r = pa_admin_crl_state(call, crl, state);

	pa_admin_crl_number(crl, number);
	pa_admin_crl_id(crl, id);
	pa_admin_cell_str(call, crl->issuer_name);
	pa_admin_cell_str(call, id);
	pa_admin_cell_str(call, pa_admin_crl_scope(crl->scope));
	pa_admin_cell_str(call, number);
	pa_admin_cell_int(call, crl->this_update_s);
	pa_admin_cell_int(call, crl->next_update_s);
	pa_admin_cell_int(call, (int64_t)crl->entries);
	pa_admin_cell_int(call, crl->imported_s);
	pa_admin_cell_str(call, state);
	return r;
}

/* Where a page ends: the issuer's digits, a colon, the number of the scope. */
static void page_text(const struct pa_crl *crl, char out[PA_CRL_PAGE_MAX])
{
	const size_t digits = 2 * sizeof(crl->issuer.bytes);

	pa_admin_hex(crl->issuer.bytes, sizeof(crl->issuer.bytes), out);
	snprintf(out + digits, PA_CRL_PAGE_MAX - digits, ":%d", (int)crl->scope);
}

/* The CRL behind which a page begins. 0; 1: it is the first page; 2: refused. */
static int read_page(struct pa_admin_call *call, struct pa_crl *ret)
{
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	const size_t digits = 2 * sizeof(ret->issuer.bytes);
	bool good = after.len == digits + 2 && after.data[digits] == ':' &&
		    after.data[digits + 1] >= '0' && after.data[digits + 1] <= '0' + PA_CRL_CA_ONLY;

	*ret = (struct pa_crl){ .scope = PA_CRL_ALL };
	if (!after.len)
		return 1;
	if (!good || pa_admin_unhex((struct pa_bytes){ after.data, digits }, ret->issuer.bytes,
			     sizeof(ret->issuer.bytes)) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return 2;
	}
	ret->scope = (enum pa_crl_scope)(after.data[digits + 1] - '0');
	return 0;
}

void pa_admin_crl_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "issuer", "id", "scope", "number", "this-update",
		"next-update", "entries", "imported", "state", NULL };
	char next[PA_CRL_PAGE_MAX];
	struct pa_crl crl, last;
	bool has_last;
	int r = read_page(call, &last);

	if (r > 1 || pa_admin_view(call))
		return;
	has_last = r == 0;
	pa_admin_columns(call, columns);
	while ((r = pa_db_crl_next(pa_admin_reader(call), has_last ? &last : NULL, &crl)) == 0) {
		if (pa_admin_page_is_full(call)) {
			page_text(&last, next);
			pa_admin_next(call, next);
			break;
		}
		r = put_crl(call, &crl);
		if (r)
			break;
		last = crl;
		has_last = true;
	}
	pa_admin_listed(call, r);
}

void pa_admin_crl_show(struct pa_admin_call *call)
{
	char id[PA_CRL_ID_MAX], number[PA_CRL_TEXT_MAX], sha256[PA_CRL_SHA256_MAX];
	char state[PA_CRL_STATE_MAX];
	struct pa_crl crl;
	int r;

	if (pa_admin_crl_find(call, &crl))
		return;
	r = pa_admin_crl_state(call, &crl, state);
	pa_admin_crl_id(&crl, id);
	pa_admin_crl_number(&crl, number);
	pa_admin_crl_sha256(&crl, sha256);
	pa_admin_record(call, "issuer", crl.issuer_name);
	pa_admin_record(call, "id", id);
	pa_admin_record(call, "scope", pa_admin_crl_scope(crl.scope));
	pa_admin_record(call, "number", number);
	pa_admin_record_int(call, "this-update", crl.this_update_s);
	pa_admin_record_int(call, "next-update", crl.next_update_s);
	pa_admin_record_int(call, "entries", (int64_t)crl.entries);
	pa_admin_record_int(call, "imported", crl.imported_s);
	pa_admin_record(call, "sha256", sha256);
	pa_admin_record(call, "state", state);
	pa_admin_listed(call, r);
}

/* --- crl.export: the DER in pieces --- */

#define EXPORT_DIGITS 16u

/* Where to go on: the first digits of the CRL's digest, a colon, the offset. */
static void where_text(const struct pa_crl *crl, size_t offset, char *out, size_t size)
{
	pa_admin_hex(crl->sha256, EXPORT_DIGITS / 2, out);
	snprintf(out + EXPORT_DIGITS, size - EXPORT_DIGITS, ":%zu", offset);
}

/* 0, or 1: refused, diag says why. */
static int read_where(struct pa_admin_call *call, const struct pa_crl *crl, size_t *ret)
{
	char text[64], prefix[64], *end;

	*ret = 0;
	pa_bytes_copy(text, sizeof(text), pa_admin_arg(&call->req, "after"));
	if (!text[0])
		return 0;
	where_text(crl, 0, prefix, sizeof(prefix));
	if (strncmp(text, prefix, EXPORT_DIGITS + 1) != 0) {
		pa_diag_set(&call->diag,
			"the CRL of %.200s was replaced meanwhile: export it again",
			crl->issuer_name);
		return 1;
	}
	*ret = strtoul(text + EXPORT_DIGITS + 1, &end, 10);
	if (*end || end == text + EXPORT_DIGITS + 1) {
		pa_diag_set(&call->diag, "after: not what an earlier page said");
		return 1;
	}
	return 0;
}

static void put_piece(
	struct pa_admin_call *call, const struct pa_crl *crl, struct pa_bytes der, size_t offset)
{
	static const char *const columns[] = { "der", NULL };
	size_t len = der.len - offset;
	char next[64];

	if (len > PA_ADMIN_CHUNK_MAX)
		len = PA_ADMIN_CHUNK_MAX;
	pa_admin_columns(call, columns);
	pa_admin_cell(call, (struct pa_bytes){ der.data + offset, len });
	if (offset + len == der.len)
		return;
	where_text(crl, offset + len, next, sizeof(next));
	pa_admin_next(call, next);
}

void pa_admin_crl_export(struct pa_admin_call *call)
{
	struct pa_bytes der;
	struct pa_crl crl;
	size_t offset;
	int r;

	if (pa_admin_crl_find(call, &crl))
		return;
	r = read_where(call, &crl, &offset);
	if (r == 0) {
		r = pa_db_crl_der(pa_admin_reader(call), &crl.issuer, crl.scope, &der);
		if (r > 0)
			pa_diag_set(&call->diag,
				"the CRL of %.200s was imported before its bytes were kept: "
				"import it again",
				crl.issuer_name);
	}
	if (r == 0 && offset >= der.len) {
		pa_diag_set(&call->diag, "after: not what an earlier page said");
		r = 1;
	}
	if (r > 0) {
		pa_db_read_end(pa_admin_reader(call));
		pa_admin_answer(call, PA_STATUS_REFUSED);
		return;
	}
	if (r == 0)
		put_piece(call, &crl, der, offset);
	pa_admin_listed(call, r);
}

/* --- crl.remove --- */

static void refuse_replaced(struct pa_admin_call *call, const struct pa_crl *crl)
{
	pa_admin_refuse(call, "the CRL of %.200s was replaced meanwhile: look at the new one first",
		crl->issuer_name);
}

/* Whether the CRL is the one that somebody looked at before; without a digest any is. */
static bool is_meant(struct pa_admin_call *call, const struct pa_crl *crl)
{
	struct pa_bytes meant = pa_admin_arg(&call->req, "sha256");
	char sha256[PA_CRL_SHA256_MAX];

	pa_admin_crl_sha256(crl, sha256);
	return !meant.len || pa_bytes_eq_str(meant, sha256);
}

static void removed(struct pa_admin_call *call)
{
	static const char *const columns[] = { "issuer", "entries", "result", NULL };
	const struct pa_crl *crl = &call->changes[0].crl.head;

	if (call->set.result == PA_DB_NOT_FOUND) {
		pa_admin_refuse(call, "the CRL of %.200s is gone already", crl->issuer_name);
		return;
	}
	if (call->set.result == PA_DB_CONFLICT) {
		refuse_replaced(call, crl);
		return;
	}
	if (call->set.result) {
		pa_admin_fail(call, "crl.remove", call->set.result);
		return;
	}
	pa_admin_columns(call, columns);
	pa_admin_cell_str(call, crl->issuer_name);
	pa_admin_cell_int(call, (int64_t)crl->entries);
	pa_admin_cell_str(call, "removed, and its revoked serials are forgotten");
	pa_admin_answer(call, PA_STATUS_OK);
}

void pa_admin_crl_remove(struct pa_admin_call *call)
{
	char id[PA_CRL_ID_MAX], number[PA_CRL_TEXT_MAX];
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));
	struct pa_crl crl;

	if (!change) {
		pa_admin_fail(call, "crl.remove", PA_E_LIMIT);
		return;
	}
	if (pa_admin_crl_find(call, &crl))
		return;
	pa_db_read_end(pa_admin_reader(call));
	if (!is_meant(call, &crl)) {
		refuse_replaced(call, &crl);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_CRL_REMOVE, .when = PA_WHEN_THERE };
	change->crl.head = crl;
	pa_admin_crl_id(&crl, id);
	pa_admin_crl_number(&crl, number);
	snprintf(call->summary, sizeof(call->summary),
		"crl.remove %s:%s number %s, %" PRIu64 " serials, of %.120s", id,
		pa_admin_crl_scope(crl.scope), number[0] ? number : "-", crl.entries,
		crl.issuer_name);
	pa_admin_change(call, change, 1, removed);
}
