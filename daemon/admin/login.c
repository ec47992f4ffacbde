/*
 * portal.login, portal.find: who is it? For role issue. A portal learns whether a name and a
 * password belong together, at the same cost and with the same answer for a name that nobody has,
 * and never sees a hash. Who guesses is delayed, and locks nobody out.
 */
#include "daemon/admin/portal.h"

#include <arpa/inet.h>

#include "daemon/log.h"
#include "daemon/pki/kdf.h"
#include "daemon/throttle.h"
#include "proto/text.h"

/* Wrong passwords of one source for one person, and of a network for all of them. */
#define TRIES         5u
#define WAIT_S        30u
#define NETWORK_TRIES 50u
#define NETWORK_WAIT  10u

struct login {
	struct pa_throttle *throttle;
	struct pa_throttle_try tries[2];
	size_t tries_len;        /* taken, and not given back */
	struct pa_person person; /* name "": there is none */
	char name[PA_NAME_MAX + 1];
	char password[PA_PASSWORD_MAX + 1];
	char source[INET6_ADDRSTRLEN];
	char setting[PA_KDF_MAX], hash[PA_KDF_MAX];
	unsigned cost;
	int result;
};

/* What was taken goes back, unless the password was wrong. It goes with the call's arena. */
static void give_back(void *opaque)
{
	struct login *login = opaque;

	for (; login->tries_len; login->tries_len--)
		pa_throttle_right(login->throttle, &login->tries[login->tries_len - 1]);
}

static void say(struct pa_admin_call *call, const struct login *login, const char *result)
{
	struct pa_line line;

	pa_line_start(&line, PA_LOG_INFO, "login");
	pa_line_str(&line, "name", login->name);
	pa_line_str(&line, "source", login->source);
	pa_line_uint(&line, "uid", call->peer.uid);
	pa_line_str(&line, "result", result);
	pa_line_write(&line);
}

static void answer(struct pa_admin_call *call, const char *result)
{
	const struct login *login = call->scratch;

	say(call, login, result);
	pa_admin_record(call, "result", result);
	if (strcmp(result, "right") == 0)
		pa_admin_put_person(call, &login->person);
	pa_admin_answer(call, PA_STATUS_OK);
}

/* `account`: what nobody can be called is nobody's name. 0, or 1: the call is answered. */
static int read_person(struct pa_admin_call *call, const char *name, struct pa_person *ret)
{
	int r;

	*ret = (struct pa_person){ 0 };
	if (!name[0])
		return 0;
	if (pa_admin_view(call))
		return 1;
	r = pa_db_person_get(pa_admin_reader(call), name, ret);
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0)
		pa_admin_fail(call, "the account could not be read", r);
	return r < 0;
}

static void read_name(struct pa_admin_call *call, char name[PA_NAME_MAX + 1])
{
	struct pa_bytes text = pa_admin_arg(&call->req, "account");

	name[0] = '\0';
	if (text.len <= PA_NAME_MAX && pa_text_is_utf8(text) && !pa_text_has_control(text))
		pa_bytes_copy(name, PA_NAME_MAX + 1, text);
}

/* --- portal.login --- */

static void hash_work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct login *login = call->scratch;

	login->result = 0;
	if (!login->setting[0])
		login->result = pa_kdf_dummy_setting(login->cost, login->setting);
	if (login->result == 0)
		login->result = pa_kdf_hash(login->password, login->setting, login->hash);
}

/* The person may have been changed, or removed, while the password was hashed. */
static void hashed(struct pa_admin_call *call)
{
	struct login *login = call->scratch;
	const int64_t now_s = pa_shared_now(call->admin->shared);
	struct pa_person now;

	if (login->result) {
		pa_admin_fail(call, "the password could not be hashed", login->result);
		return;
	}
	if (read_person(call, login->name, &now))
		return;
	if (now.revision != login->person.revision) {
		pa_admin_refuse(call, "the account was changed meanwhile: try again");
		return;
	}
	if (now.name[0] && now.hash[0] && pa_kdf_equal(login->hash, now.hash)) {
		pa_throttle_know(login->throttle, &login->tries[0], now_s);
		answer(call, "right");
		return;
	}
	for (; login->tries_len; login->tries_len--)
		pa_throttle_wrong(login->throttle, &login->tries[login->tries_len - 1], now_s);
	answer(call, "wrong");
}

/* 0; 1: the call is answered, it has to wait. */
static int enter(struct pa_admin_call *call, struct login *login, struct pa_bytes source)
{
	const int64_t now_s = pa_shared_now(call->admin->shared);
	struct pa_throttle_who who = { .kind = PA_THROTTLE_LOGIN,
		.source = source,
		.realm = pa_bytes_str(login->name),
		.user = pa_bytes_str(login->name),
		.password = pa_bytes_str(login->password) };

	login->throttle = call->admin->shared->throttle;
	for (size_t i = 0; i < 2; i++) {
		struct pa_throttle_try *try = &login->tries[i];
		int64_t wait_s = 0;
		int r = pa_throttle_prepare(login->throttle, &who, try);

		if (r) {
			pa_admin_fail(call, "portal.login", r);
			return 1;
		}
		try->tries = i ? NETWORK_TRIES : TRIES;
		try->wait_s = i ? NETWORK_WAIT : WAIT_S;
		if (pa_throttle_enter(login->throttle, try, now_s, &wait_s) == PA_THROTTLE_WAIT) {
			pa_admin_record_int(call, "wait-s", wait_s);
			answer(call, "wait");
			return 1;
		}
		login->tries_len++;
		/* strangers must not make somebody wait where they are at home */
		if (pa_throttle_knows(login->throttle, &login->tries[0], now_s))
			break;
		who.kind = PA_THROTTLE_LOGINS;
		who.realm = (struct pa_bytes){ NULL, 0 };
	}
	return 0;
}

/* An address; none: the portal does not know. 0, or 1: the call is answered. */
static int read_source(
	struct pa_admin_call *call, struct login *login, uint8_t address[16], struct pa_bytes *ret)
{
	*ret = (struct pa_bytes){ NULL, 0 };
	if (pa_admin_string(call, "source", login->source, sizeof(login->source), false))
		return 1;
	if (inet_pton(AF_INET, login->source, address) == 1)
		*ret = (struct pa_bytes){ address, 4 };
	else if (inet_pton(AF_INET6, login->source, address) == 1)
		*ret = (struct pa_bytes){ address, 16 };
	else if (login->source[0]) {
		pa_admin_refuse(call, "source: an address");
		return 1;
	}
	return 0;
}

static struct login *new_login(struct pa_admin_call *call)
{
	struct login *login = pa_arena_alloc(&call->arena, sizeof(*login));

	if (!login) {
		pa_admin_fail(call, "portal", PA_E_LIMIT);
		return NULL;
	}
	*login = (struct login){ .cost = (unsigned)call->admin->worker->config->hash_cost };
	read_name(call, login->name);
	call->scratch = login;
	call->scratch_free = give_back;
	return login;
}

static void portal_login(struct pa_admin_call *call)
{
	struct pa_bytes password = pa_admin_arg(&call->req, "password");
	struct login *login = new_login(call);
	struct pa_bytes source;
	uint8_t address[16];

	if (!login || read_source(call, login, address, &source))
		return;
	if (!password.len || password.len > PA_PASSWORD_MAX || pa_bytes_has(password, 0)) {
		pa_admin_refuse(
			call, "a password has 1 to %u bytes, none of them NUL", PA_PASSWORD_MAX);
		return;
	}
	pa_bytes_copy(login->password, sizeof(login->password), password);
	if (enter(call, login, source) || read_person(call, login->name, &login->person))
		return;
	if (login->person.hash[0] && pa_kdf_setting(login->person.hash, login->setting) != 0)
		login->setting[0] = '\0';
	pa_admin_work_soon(call, hash_work, hashed);
}

/* --- portal.find: somebody else has asked for the password --- */

static void portal_find(struct pa_admin_call *call)
{
	struct login *login = new_login(call);

	if (!login || read_person(call, login->name, &login->person))
		return;
	answer(call, login->person.name[0] ? "right" : "wrong");
}

/* --- for the commands about codes --- */

int pa_admin_account(struct pa_admin_call *call, struct pa_person *ret)
{
	char name[PA_NAME_MAX + 1];
	int64_t revision;

	*ret = (struct pa_person){ 0 };
	if (!pa_admin_has_arg(&call->req, "account"))
		return 0;
	read_name(call, name);
	if (pa_admin_int(call, "account-revision", 0, &revision) || read_person(call, name, ret))
		return 1;
	if (ret->name[0] && (!revision || (uint64_t)revision == ret->revision))
		return 0;
	pa_diag_set(&call->diag, "there is no such account, or it was changed");
	pa_admin_answer(call, PA_STATUS_FORBIDDEN);
	return 1;
}

const struct pa_admin_command pa_admin_login_commands[] = {
	{ "portal.login", PA_ROLE_ISSUE, 0, portal_login, "account password source" },
	{ "portal.find", PA_ROLE_ISSUE, 0, portal_find, "account" },
	{ NULL, 0, 0, NULL, NULL },
};
