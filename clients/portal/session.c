#include "clients/portal/session.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

struct pa_sessions {
	unsigned max;
	uint64_t idle_ms, life_ms;
	struct pa_session list[];
};

int pa_session_random(char out[PA_SESSION_ID_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[PA_SESSION_ID_LEN / 2];

	out[0] = '\0';
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EAGAIN;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[PA_SESSION_ID_LEN] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

bool pa_session_equal(struct pa_bytes text, struct pa_bytes id)
{
	unsigned differ = 0;

	if (text.len != PA_SESSION_ID_LEN || id.len != PA_SESSION_ID_LEN)
		return false;
	for (size_t i = 0; i < PA_SESSION_ID_LEN; i++)
		differ |= (unsigned)text.data[i] ^ (unsigned)id.data[i];
	return differ == 0;
}

int pa_sessions_new(unsigned max, uint64_t idle_ms, uint64_t life_ms, struct pa_sessions **ret)
{
	*ret = calloc(1, sizeof(**ret) + max * sizeof((*ret)->list[0]));
	if (!*ret)
		return -ENOMEM;
	(*ret)->max = max;
	(*ret)->idle_ms = idle_ms;
	(*ret)->life_ms = life_ms;
	return 0;
}

void pa_sessions_free(struct pa_sessions *sessions)
{
	if (sessions)
		explicit_bzero(sessions->list, sessions->max * sizeof(sessions->list[0]));
	free(sessions);
}

void pa_session_end(struct pa_session *session)
{
	if (session)
		explicit_bzero(session, sizeof(*session));
}

/* What has run out is free. */
static bool is_alive(const struct pa_sessions *sessions, struct pa_session *s, uint64_t now_ms)
{
	if (!s->id[0])
		return false;
	if (now_ms - s->seen_ms < sessions->idle_ms && now_ms - s->began_ms < sessions->life_ms)
		return true;
	pa_session_end(s);
	return false;
}

/* A free place; else that of the one which is idle for longest, of the same account if it has many.
 */
static struct pa_session *find_place(
	struct pa_sessions *sessions, struct pa_bytes account, uint64_t now_ms)
{
	struct pa_session *place = NULL, *oldest = NULL, *oldest_own = NULL;
	unsigned own = 0;

	for (unsigned i = 0; i < sessions->max; i++) {
		struct pa_session *s = &sessions->list[i];

		if (!is_alive(sessions, s, now_ms)) {
			place = s;
			continue;
		}
		if (!oldest || s->seen_ms < oldest->seen_ms)
			oldest = s;
		if (!pa_bytes_eq_str(account, s->account))
			continue;
		own++;
		if (!oldest_own || s->seen_ms < oldest_own->seen_ms)
			oldest_own = s;
	}
	if (own >= PA_SESSION_PERSONS)
		return oldest_own;
	return place ? place : oldest;
}

struct pa_session *pa_session_begin(struct pa_sessions *sessions, struct pa_bytes account,
	struct pa_bytes revision, uint64_t now_ms)
{
	struct pa_session *s = find_place(sessions, account, now_ms);

	pa_session_end(s);
	if (!s || account.len > PA_NAME_MAX || revision.len >= sizeof(s->revision) ||
		pa_session_random(s->token) != 0 || pa_session_random(s->id) != 0) {
		pa_session_end(s);
		return NULL;
	}
	pa_bytes_copy(s->account, sizeof(s->account), account);
	pa_bytes_copy(s->revision, sizeof(s->revision), revision);
	s->began_ms = s->seen_ms = now_ms;
	return s;
}

struct pa_session *pa_session_find(
	struct pa_sessions *sessions, struct pa_bytes id, uint64_t now_ms)
{
	struct pa_session *found = NULL;

	/* all of them, each in the same time */
	for (unsigned i = 0; i < sessions->max; i++) {
		if (pa_session_equal(id, pa_bytes_str(sessions->list[i].id)))
			found = &sessions->list[i];
	}
	if (!found || !is_alive(sessions, found, now_ms))
		return NULL;
	found->seen_ms = now_ms;
	return found;
}

enum pa_session_form pa_session_take(struct pa_session *session, struct pa_bytes token)
{
	if (pa_session_equal(token, pa_bytes_str(session->taken)))
		return PA_SESSION_AGAIN;
	if (!pa_session_equal(token, pa_bytes_str(session->token)))
		return PA_SESSION_FORGED;
	memcpy(session->taken, session->token, sizeof(session->taken));
	return pa_session_random(session->token) == 0 ? PA_SESSION_FRESH : PA_SESSION_FORGED;
}
