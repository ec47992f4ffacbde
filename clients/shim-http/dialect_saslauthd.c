/* Clients of Cyrus saslauthd: user and password, and what they are for. No certificate. */
#include "clients/shim-http/dialect.h"

#include <errno.h>

/* LOGIN, with @REALM behind it where the client names one */
static int full_name(struct pa_question *q, struct pa_bytes login, struct pa_bytes realm,
	struct polyauth_bytes *ret)
{
	uint8_t *name = pa_arena_alloc(&q->arena, login.len + 1 + realm.len);

	if (!name)
		return -ENOMEM;
	memcpy(name, login.data, login.len);
	name[login.len] = '@';
	if (realm.len)
		memcpy(name + login.len + 1, realm.data, realm.len);
	*ret = (struct polyauth_bytes){ name, realm.len ? login.len + 1 + realm.len : login.len };
	return 0;
}

static int set_target(
	struct pa_question *q, struct polyauth_bytes service, struct polyauth_bytes name)
{
	size_t len = polyauth_login_target(service, name, NULL, 0);
	char *target = pa_arena_alloc(&q->arena, len);

	if (!target)
		return -ENOMEM;
	(void)polyauth_login_target(service, name, target, len);
	q->ask.method = pa_question_bytes(pa_bytes_str("GET"));
	q->ask.target = (struct polyauth_bytes){ target, len };
	return 0;
}

int pa_dialect_saslauthd(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes login, password, service = { NULL, 0 }, realm = { NULL, 0 };
	struct polyauth_bytes name;
	int r = pa_question_need(q, request, "login", &login);

	if (r == 0)
		r = pa_question_header(q, request, "password", &password);
	if (r == 0)
		r = pa_question_need(q, request, "service", &service);
	if (r == 0)
		r = pa_question_header(q, request, "realm", &realm);
	if (r == 0)
		r = full_name(q, login, realm, &name);
	if (r)
		return r;
	q->ask.has_credentials = 1;
	q->ask.user = pa_question_bytes(login);
	q->ask.password = pa_question_bytes(password);
	return set_target(q, pa_question_bytes(service), name);
}
