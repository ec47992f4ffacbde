/*
 * Handles in place of chains: those that a story has by name; and, where it is told once more by
 * handle, those of all its chains, for which a handle must change nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/scenario/story.h"

static struct story_handle *find(struct story *s, const char *name)
{
	for (size_t i = 0; i < s->handles_len; i++) {
		if (strcmp(s->handles[i].name, name) == 0)
			return &s->handles[i];
	}
	return NULL;
}

static struct story_handle *find_or_add(struct story *s, const char *name)
{
	struct story_handle *handle = find(s, name);

	if (handle)
		return handle;
	if (s->handles_len == sizeof(s->handles) / sizeof(*s->handles))
		story_fail(s, "too many handles", name);
	handle = &s->handles[s->handles_len++];
	pa_bytes_copy(handle->name, sizeof(handle->name), pa_bytes_str(name));
	return handle;
}

void story_handle_take(struct story *s, struct pa_bytes handle)
{
	struct story_handle *wanted = s->wanted;

	if (!wanted) {
		if (handle.len)
			story_fail(s, "a handle came that nobody wanted", NULL);
		return;
	}
	if (handle.len && handle.len != PA_HANDLE_LEN)
		story_fail(s, "a handle of another length", NULL);
	wanted->len = handle.len;
	if (handle.len)
		memcpy(wanted->bytes, handle.data, handle.len);
}

static void ask(struct story *s, const struct pa_authorize_request *req, const struct pa_peer *peer,
	bool dry, struct story_handle *wanted)
{
	s->wanted = wanted;
	story_ask(s, req, peer, dry);
	s->wanted = NULL;
}

/* FNV-1a: what a front end knows by its TLS connection. */
static uint64_t mix(uint64_t hash, struct pa_bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static struct story_handle *handle_of_chain(
	struct story *s, const struct pa_authorize_request *req, uid_t peer)
{
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), req->realm);
	char name[64];

	for (size_t i = 0; i < req->chain_len; i++)
		hash = mix(hash, req->chain[i]);
	snprintf(name, sizeof(name), "#%u-%016llx", (unsigned)peer, (unsigned long long)hash);
	return find_or_add(s, name);
}

/* As libpolyauth does. */
static void ask_by_handle(
	struct story *s, struct pa_authorize_request *req, const struct pa_peer *peer)
{
	struct story_handle *handle = handle_of_chain(s, req, peer->uid);
	size_t chain_len = req->chain_len;

	if (handle->len) {
		req->chain_len = 0;
		req->chain_handle = (struct pa_bytes){ handle->bytes, handle->len };
		ask(s, req, peer, false, NULL);
		if (s->verdict != PA_VERDICT_ERROR || strcmp(s->reason, "need-chain") != 0) {
			s->by_handle_len++;
			return;
		}
		req->chain_len = chain_len;
		req->chain_handle = (struct pa_bytes){ NULL, 0 };
	}
	req->want_handle = true;
	ask(s, req, peer, false, handle);
}

void story_handle_ask(struct story *s, char **words, struct pa_authorize_request *req, bool dry)
{
	const char *want = story_option(words, "want"), *sent = story_option(words, "handle");
	const char *uid = story_option(words, "peer");
	const struct pa_peer peer = { .uid = uid ? (uid_t)strtoul(uid, NULL, 10) : getuid(),
		.gid = getgid() };
	struct story_handle *handle = sent ? find(s, sent) : NULL;

	if (sent && (!handle || !handle->len))
		story_fail(s, "no such handle was given", sent);
	if (handle)
		req->chain_handle = (struct pa_bytes){ handle->bytes, handle->len };
	req->want_handle = want != NULL;
	if (s->by_handle && !dry && !want && !sent && req->chain_len)
		ask_by_handle(s, req, &peer);
	else
		ask(s, req, &peer, dry, want ? find_or_add(s, want) : NULL);
}

/* expect-handle NAME [none] */
void story_expect_handle(struct story *s, char **words)
{
	const struct story_handle *handle = find(s, words[1]);
	bool none = words[2] && strcmp(words[2], "none") == 0;

	story_result(s, handle && (handle->len == 0) == none, "a handle", none ? "none" : "given");
}

/* What follows is about what is remembered. */
void story_unless_plain(struct story *s, char **words)
{
	(void)words;
	s->left_out = s->shared.plain;
	if (s->left_out)
		story_result(s, true, "# SKIP", "nothing is remembered");
}
