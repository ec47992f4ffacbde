/* password.set, password.remove, password.list */
#include "daemon/admin/password.h"

#include <errno.h>
#include <stdio.h>

int pa_admin_account_key(struct pa_admin_call *call, struct pa_account_key *key)
{
	char scope[16], name[PA_NAME_MAX + 1];
	struct pa_mac mac;

	if (pa_admin_string(call, "scope", scope, sizeof(scope), true) ||
		pa_admin_string(call, "name", name, sizeof(name), true))
		return 1;
	*key = (struct pa_account_key){ .scope = PA_ACCOUNT_NONE };
	for (enum pa_account_scope s = PA_ACCOUNT_DEVICE; s <= PA_ACCOUNT_REALM; s++) {
		if (strcmp(scope, pa_account_scope_name(s)) == 0)
			key->scope = s;
	}
	if (key->scope == PA_ACCOUNT_NONE) {
		pa_admin_refuse(call, "scope: one of device, group, realm");
		return 1;
	}
	if (key->scope == PA_ACCOUNT_DEVICE) {
		if (pa_admin_mac(call, "name", &mac))
			return 1;
		pa_bytes_copy(name, sizeof(name), pa_bytes_str(pa_mac_format(mac).text));
	}
	if (key->scope == PA_ACCOUNT_REALM &&
		!pa_config_realm(call->admin->worker->config, pa_bytes_str(name))) {
		pa_admin_refuse(call, "the configuration has no realm %s", name);
		return 1;
	}
	memcpy(key->name, name, sizeof(key->name));
	return 0;
}

int pa_admin_account_read(
	struct pa_admin_call *call, const struct pa_account_key *key, struct pa_account *ret)
{
	int r;

	if (pa_admin_view(call))
		return -EIO;
	r = pa_db_account_get(pa_admin_reader(call), key, ret);
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0)
		pa_admin_fail(call, "the account could not be read", r);
	return r;
}

static void hash_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct pa_admin_hashing *hashing = call->scratch;

	hashing->result = 0;
	if (!hashing->setting[0])
		hashing->result = pa_kdf_new_setting(hashing->cost, hashing->setting);
	if (hashing->result == 0)
		hashing->result = pa_kdf_hash(hashing->password, hashing->setting, hashing->hash);
}

static void hashed(struct pa_admin_call *call)
{
	struct pa_admin_hashing *hashing = call->scratch;

	if (hashing->result) {
		pa_admin_fail(call, "the password could not be hashed", hashing->result);
		return;
	}
	memcpy(hashing->out, hashing->hash, PA_KDF_MAX);
	hashing->done(call);
}

/* Nobody can try enough of these, so that the digest need not be slow. */
static void keep_generated(struct pa_admin_call *call, struct pa_bytes password, char *out,
	void (*done)(struct pa_admin_call *call))
{
	char text[PA_HMAC_MADE_LEN + 1];
	int r;

	if (!pa_hmac_is_made(password)) {
		pa_admin_refuse(call, "generated: this password was not made by polyauthctl");
		return;
	}
	pa_bytes_copy(text, sizeof(text), password);
	r = pa_hmac_password_once(&call->admin->shared->secret, text, out);
	explicit_bzero(text, sizeof(text));
	if (r)
		pa_admin_fail(call, "the password could not be hashed", r);
	else
		done(call);
}

void pa_admin_hash(struct pa_admin_call *call, const struct pa_account *account, char *out,
	void (*done)(struct pa_admin_call *call))
{
	struct pa_bytes password = pa_admin_arg(&call->req, "password");
	struct pa_admin_hashing *hashing = pa_arena_alloc(&call->arena, sizeof(*hashing));
	bool generated;

	if (!hashing) {
		pa_admin_fail(call, "the password", PA_E_LIMIT);
		return;
	}
	if (!password.len || password.len > PA_PASSWORD_MAX || pa_bytes_has(password, 0)) {
		pa_admin_refuse(
			call, "a password has 1 to %u bytes, none of them NUL", PA_PASSWORD_MAX);
		return;
	}
	if (pa_admin_flag(call, "generated", &generated))
		return;
	if (generated) {
		keep_generated(call, password, out, done);
		return;
	}
	*hashing = (struct pa_admin_hashing){
		.done = done, .out = out, .cost = (unsigned)call->admin->worker->config->hash_cost
	};
	for (size_t i = 0; account && i < account->slots_len && !hashing->setting[0]; i++) {
		if (strcmp(pa_kdf_method(account->slots[i].hash), "yescrypt") == 0 &&
			pa_kdf_setting(account->slots[i].hash, hashing->setting) != 0)
			hashing->setting[0] = '\0';
	}
	pa_bytes_copy(hashing->password, sizeof(hashing->password), password);
	call->scratch = hashing;
	pa_admin_work_soon(call, hash_work, hashed);
}

static void put(struct pa_admin_call *call)
{
	const struct pa_change *change = call->changes;

	if (call->set.result == PA_DB_EXISTS)
		pa_admin_refuse(call, "%s %s has a slot %s already: remove it, or name another",
			pa_account_scope_name(change->account.key.scope), change->account.key.name,
			change->account.slot.name);
	else if (call->set.result == PA_DB_CONFLICT)
		pa_admin_refuse(
			call, "an account has at most %u slots: remove an old one", PA_SLOTS_MAX);
	else if (call->set.result)
		pa_admin_fail(call, "password.set", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void submit(struct pa_admin_call *call)
{
	pa_admin_change(call, call->changes, 1, put);
}

static void password_set(struct pa_admin_call *call)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));
	struct pa_account account;
	struct pa_slot *slot;

	if (!change) {
		pa_admin_fail(call, "password.set", PA_E_LIMIT);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_SLOT_PUT, .when = PA_WHEN_NEW };
	slot = &change->account.slot;
	slot->added_s = pa_shared_now(call->admin->shared);
	if (pa_admin_account_key(call, &change->account.key) ||
		pa_admin_string(call, "slot", slot->name, sizeof(slot->name), true) ||
		pa_admin_string(call, "user", slot->user, sizeof(slot->user), false) ||
		pa_admin_int(call, "not-before", 0, &slot->not_before_s) ||
		pa_admin_int(call, "not-after", 0, &slot->not_after_s))
		return;
	if (slot->not_after_s && slot->not_after_s <= slot->not_before_s) {
		pa_admin_refuse(call, "the slot would end before it begins");
		return;
	}
	if (pa_admin_account_read(call, &change->account.key, &account) < 0)
		return;
	snprintf(call->summary, sizeof(call->summary), "password.set %s %s slot %s",
		pa_account_scope_name(change->account.key.scope), change->account.key.name,
		slot->name);
	call->changes = change;
	pa_admin_hash(call, &account, slot->hash, submit);
}

static void removed(struct pa_admin_call *call)
{
	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "there is no such slot");
	else if (call->set.result)
		pa_admin_fail(call, "password.remove", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void password_remove(struct pa_admin_call *call)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));

	if (!change) {
		pa_admin_fail(call, "password.remove", PA_E_LIMIT);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_SLOT_REMOVE, .when = PA_WHEN_THERE };
	if (pa_admin_account_key(call, &change->account.key) ||
		pa_admin_string(call, "slot", change->account.slot.name,
			sizeof(change->account.slot.name), true))
		return;
	snprintf(call->summary, sizeof(call->summary), "password.remove %s %s slot %s",
		pa_account_scope_name(change->account.key.scope), change->account.key.name,
		change->account.slot.name);
	pa_admin_change(call, change, 1, removed);
}

static const char *slot_state(
	const struct pa_admin_call *call, const struct pa_slot *slot, int64_t now_s)
{
	if (pa_voided_is(&call->admin->shared->voided, slot))
		return "void";
	if (now_s < slot->not_before_s)
		return "future";
	return slot->not_after_s && now_s >= slot->not_after_s ? "past" : "current";
}

static void put_account(struct pa_admin_call *call, const struct pa_account *account)
{
	int64_t now_s = pa_shared_now(call->admin->shared);

	for (size_t i = 0; i < account->slots_len; i++) {
		const struct pa_slot *slot = &account->slots[i];

		pa_admin_cell_str(call, pa_account_scope_name(account->key.scope));
		pa_admin_cell_str(call, account->key.name);
		pa_admin_cell_str(call, slot->name);
		pa_admin_cell_str(call, slot->user);
		pa_admin_cell_int(call, slot->not_before_s);
		pa_admin_cell_int(call, slot->not_after_s);
		pa_admin_cell_int(call, slot->added_s);
		pa_admin_cell_str(call, slot_state(call, slot, now_s));
		pa_admin_cell_str(call, pa_kdf_method(slot->hash));
	}
}

/* `after` is "<scope number>/<name>". */
static bool parse_after(struct pa_bytes after, struct pa_account_key *key)
{
	if (after.len < 3 || after.data[1] != '/' || after.data[0] < '1' || after.data[0] > '3')
		return false;
	key->scope = (enum pa_account_scope)(after.data[0] - '0');
	pa_bytes_copy(
		key->name, sizeof(key->name), (struct pa_bytes){ after.data + 2, after.len - 2 });
	return true;
}

static void password_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "scope", "name", "slot", "user", "not-before",
		"not-after", "added", "state", "method", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct pa_account_key last = { .scope = PA_ACCOUNT_NONE };
	bool has_last = after.len != 0;
	struct pa_account account;
	char next[PA_NAME_MAX + 3];
	int r;

	if (has_last && !parse_after(after, &last)) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_account_next(pa_admin_reader(call), has_last ? &last : NULL, &account)) ==
		0) {
		if (call->reply.rows_len + PA_SLOTS_MAX > PA_ADMIN_ROWS_MAX ||
			pa_admin_page_is_full(call)) {
			snprintf(next, sizeof(next), "%d/%s", (int)last.scope, last.name);
			pa_admin_next(call, next);
			break;
		}
		last = account.key;
		has_last = true;
		put_account(call, &account);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_password_commands[] = {
	{ "password.set", PA_ROLE_ADMIN, 0, password_set,
		"scope name slot user password not-before not-after generated" },
	{ "password.remove", PA_ROLE_ADMIN, 0, password_remove, "scope name slot" },
	{ "password.list", PA_ROLE_READ, 0, password_list, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
