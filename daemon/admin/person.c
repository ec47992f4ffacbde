/* portal.user.add, portal.user.set, portal.user.remove, portal.user.list */
#include "daemon/admin/portal.h"

#include <stdio.h>

#include "daemon/admin/device.h"
#include "daemon/admin/password.h"
#include "proto/text.h"

static int read_group(struct pa_admin_call *call, struct pa_person *person, struct pa_bytes group)
{
	if (!group.len || group.len > PA_NAME_MAX || pa_text_has_control(group) ||
		!pa_text_is_utf8(group)) {
		pa_admin_refuse(call, "group: a name of 1 to %u bytes of UTF-8", PA_NAME_MAX);
		return 1;
	}
	if (person->groups_len == PA_PERSON_GROUPS_MAX) {
		pa_admin_refuse(
			call, "group: at most %u of them; or all-groups", PA_PERSON_GROUPS_MAX);
		return 1;
	}
	pa_bytes_copy(person->groups[person->groups_len++], sizeof(person->groups[0]), group);
	return 0;
}

/* `group`, any number of times, or `all-groups`. *ret_given: either is there. 0, or 1: answered. */
static int read_groups(struct pa_admin_call *call, struct pa_person *person, bool *ret_given)
{
	if (pa_admin_flag(call, "all-groups", &person->all_groups))
		return 1;
	for (size_t i = 0; i < call->req.args_len; i++) {
		if (pa_bytes_eq_str(call->req.args[i].name, "group") &&
			read_group(call, person, call->req.args[i].value))
			return 1;
	}
	*ret_given = person->all_groups || person->groups_len;
	if (person->all_groups && person->groups_len) {
		pa_admin_refuse(call, "either groups, or all-groups");
		return 1;
	}
	return 0;
}

/* The change with its person, of which `name` is read. NULL: the call is answered. */
static struct pa_change *new_change(struct pa_admin_call *call, enum pa_change_kind kind,
	enum pa_change_when when, struct pa_person **ret)
{
	struct pa_change *change = pa_admin_new_change(call, kind, when);
	struct pa_person *person = change ? pa_arena_alloc(&call->arena, sizeof(*person)) : NULL;

	*ret = person;
	if (!change)
		return NULL;
	if (!person) {
		pa_admin_fail(call, "the change", PA_E_LIMIT);
		return NULL;
	}
	*person = (struct pa_person){ 0 };
	change->person.person = person;
	call->changes = change;
	if (!pa_admin_has_arg(&call->req, "name") || !pa_admin_arg(&call->req, "name").len) {
		pa_admin_refuse(call, "name is missing");
		return NULL;
	}
	return pa_admin_text(call, "name", person->name, sizeof(person->name)) ? NULL : change;
}

static void changed(struct pa_admin_call *call)
{
	const char *name = call->changes[0].person.person->name;

	if (call->set.result == PA_DB_EXISTS)
		pa_admin_refuse(call, "%s is there already: `portal user set` changes", name);
	else if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "the portal has no user %s", name);
	else if (call->set.result)
		pa_admin_fail(call, "portal.user", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void submit(struct pa_admin_call *call)
{
	pa_admin_change(call, call->changes, 1, changed);
}

/* With a password, once that is hashed. */
static void hash_and_submit(struct pa_admin_call *call, struct pa_person *person, bool has_password)
{
	if (pa_admin_summarize(call, person->name))
		return;
	if (has_password)
		pa_admin_hash(call, NULL, person->hash, submit);
	else
		submit(call);
}

/* *ret: a password is there. 0, or 1: the call is answered. */
static int read_password(struct pa_admin_call *call, bool *ret, bool *ret_none)
{
	*ret = pa_admin_has_arg(&call->req, "password");
	if (pa_admin_flag(call, "no-password", ret_none))
		return 1;
	if (*ret && *ret_none) {
		pa_admin_refuse(call, "either a password, or no-password");
		return 1;
	}
	return 0;
}

static void user_add(struct pa_admin_call *call)
{
	bool has_password, no_password, has_groups;
	struct pa_person *person;

	if (!new_change(call, PA_CHANGE_PERSON_PUT, PA_WHEN_NEW, &person) ||
		read_password(call, &has_password, &no_password) ||
		read_groups(call, person, &has_groups))
		return;
	if (!has_groups) {
		pa_admin_refuse(call, "say of which devices: group, or all-groups");
		return;
	}
	if (!has_password && !no_password) {
		pa_admin_refuse(call, "say how they log in: a password, or no-password");
		return;
	}
	person->added_s = pa_shared_now(call->admin->shared);
	hash_and_submit(call, person, has_password);
}

static void user_set(struct pa_admin_call *call)
{
	bool has_password, no_password, has_groups;
	struct pa_person *person;
	struct pa_change *change = new_change(call, PA_CHANGE_PERSON_SET, PA_WHEN_THERE, &person);

	if (!change || read_password(call, &has_password, &no_password) ||
		read_groups(call, person, &has_groups))
		return;
	change->person.fields = (has_password || no_password ? PA_PERSON_SET_HASH : 0) |
				(has_groups ? PA_PERSON_SET_GROUPS : 0);
	if (!change->person.fields) {
		pa_admin_refuse(
			call, "say what to set: a password, no-password, group, all-groups");
		return;
	}
	hash_and_submit(call, person, has_password);
}

static void user_remove(struct pa_admin_call *call)
{
	struct pa_person *person;

	if (new_change(call, PA_CHANGE_PERSON_REMOVE, PA_WHEN_THERE, &person) &&
		pa_admin_summarize(call, person->name) == 0)
		submit(call);
}

/* Separated by commas; "*" where it is all of them. */
static void format_groups(const struct pa_person *person, char *out, size_t size)
{
	size_t len = 0;

	(void)snprintf(out, size, "%s", person->all_groups ? "*" : "");
	for (size_t i = 0; i < person->groups_len && len < size; i++)
		len += (size_t)snprintf(
			out + len, size - len, "%s%s", i ? "," : "", person->groups[i]);
}

void pa_admin_put_person(struct pa_admin_call *call, const struct pa_person *person)
{
	char groups[PA_PERSON_GROUPS_MAX * (PA_NAME_MAX + 1) + 1];

	format_groups(person, groups, sizeof(groups));
	pa_admin_record(call, "account", person->name);
	pa_admin_record_int(call, "account-revision", (int64_t)person->revision);
	pa_admin_record(call, "groups", groups);
}

static void put_row(struct pa_admin_call *call, const struct pa_person *person)
{
	char groups[PA_PERSON_GROUPS_MAX * (PA_NAME_MAX + 1) + 1];

	format_groups(person, groups, sizeof(groups));
	pa_admin_cell_str(call, person->name);
	pa_admin_cell_str(call, groups);
	pa_admin_cell_str(call, person->hash[0] ? pa_kdf_method(person->hash) : "");
	pa_admin_cell_int(call, person->added_s);
	pa_admin_cell_int(call, (int64_t)person->revision);
}

static void user_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "name", "groups", "method", "added", "revision",
		NULL };
	char last[PA_NAME_MAX + 1];
	struct pa_person person;
	int r;

	if (pa_admin_string(call, "after", last, sizeof(last), false) || pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_person_next(pa_admin_reader(call), last[0] ? last : NULL, &person)) ==
		0) {
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, last);
			break;
		}
		memcpy(last, person.name, sizeof(last));
		put_row(call, &person);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_person_commands[] = {
	{ "portal.user.add", PA_ROLE_ADMIN, 0, user_add,
		"name password no-password group all-groups reason" },
	{ "portal.user.set", PA_ROLE_ADMIN, 0, user_set,
		"name password no-password group all-groups reason" },
	{ "portal.user.remove", PA_ROLE_ADMIN, 0, user_remove, "name reason" },
	{ "portal.user.list", PA_ROLE_READ, 0, user_list, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
