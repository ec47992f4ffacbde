/*
 * handles MODE SOCKET [PHONES]: libpolyauth with the handle of a TLS connection. Exits non-zero and
 * says what is wrong. `peer` is against a peer of its own at SOCKET, which looks at what it is sent
 * and answers what a row says; the others are against a real daemon, with the certificates of that
 * directory: `restart` writes a line and reads one where the test does its part.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "clients/c/stream.h"
#include "proto/authorize.h"
#include "proto/frame.h"

#define SHORT_MS 200
#define LONG_MS  10000

#define CHECK(what, condition)                                           \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "# %s: %s\n", what, #condition); \
			exit(1);                                         \
		}                                                        \
	} while (0)

/* --- a peer -------------------------------------------------------------------------------- */

enum sent { CHAIN, CHAIN_WANTS, HANDLE, NOTHING };

/* One request, as it must be, and its answer. */
struct step {
	enum sent sent;
	char handle; /* HANDLE: of so many of this letter */
	enum pa_verdict verdict;
	const char *reason;
	char given; /* a handle of so many of this letter; 0: none */
	size_t given_len;
	enum { ANSWER, OTHER_ID, SILENCE, HANG_UP } how;
};

struct peer {
	const char *what;
	int fd;
	const struct step *steps;
	size_t steps_len, done;
	pthread_t thread;
};

static void check_request(
	const char *what, const struct step *step, const struct pa_authorize_request *req)
{
	uint8_t letters[PA_HANDLE_LEN];

	memset(letters, step->handle, sizeof(letters));
	CHECK(what, req->chain_len == (step->sent == CHAIN || step->sent == CHAIN_WANTS ? 2 : 0));
	CHECK(what, req->want_handle == (step->sent == CHAIN_WANTS));
	CHECK(what, req->chain_handle.len == (step->sent == HANDLE ? PA_HANDLE_LEN : 0));
	CHECK(what, step->sent != HANDLE ||
			    memcmp(req->chain_handle.data, letters, PA_HANDLE_LEN) == 0);
	/* all else is there each time */
	CHECK(what, pa_bytes_eq_str(req->realm, "provisioning"));
	CHECK(what, req->session_resumed && req->front_verify == PA_FRONT_SUCCESS);
	CHECK(what, req->timeout_ms > 0 && req->timeout_ms <= LONG_MS);
}

static void answer(int fd, const struct step *step, uint64_t id)
{
	uint8_t letters[PA_HANDLE_LEN + 1], out[512];
	struct pa_authorize_reply reply = { .id = step->how == OTHER_ID ? id + 1 : id,
		.verdict = step->verdict,
		.reason = pa_bytes_str(step->reason) };
	size_t len;

	memset(letters, step->given, sizeof(letters));
	if (step->given)
		reply.chain_handle = (struct pa_bytes){ letters, step->given_len };
	CHECK("reply", pa_authorize_reply_encode(&reply, out + PA_FRAME_HEADER,
			       sizeof(out) - PA_FRAME_HEADER, &len) == 0);
	pa_frame_header(out, len);
	(void)!send(fd, out, PA_FRAME_HEADER + len, MSG_NOSIGNAL);
}

/* A request of a connection; false: it has ended. */
static bool serve_one(struct peer *peer, int fd, uint8_t *in, size_t size)
{
	const struct step *step = &peer->steps[peer->done];
	struct pa_authorize_request req;
	struct pa_bytes payload;
	enum pa_reason reason;
	size_t len = 0, used;
	ssize_t n;

	do {
		n = recv(fd, in + len, size - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
	} while (pa_frame_next((struct pa_bytes){ in, len }, &payload, &used) != 0);
	CHECK(peer->what, used == len && peer->done < peer->steps_len);
	CHECK(peer->what, pa_authorize_request_decode(payload, &req, &reason) == 0);
	check_request(peer->what, step, &req);
	peer->done++;
	if (step->how != SILENCE && step->how != HANG_UP)
		answer(fd, step, req.id);
	return step->how != HANG_UP;
}

static void *serve(void *arg)
{
	static uint8_t in[65536];
	struct peer *peer = arg;
	int fd;

	while ((fd = accept(peer->fd, NULL, NULL)) >= 0) {
		while (serve_one(peer, fd, in, sizeof(in)))
			;
		close(fd);
	}
	return NULL;
}

static void peer_start(
	struct peer *peer, const char *what, const char *path, const struct step *steps, size_t len)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	*peer = (struct peer){ .what = what, .steps = steps, .steps_len = len };
	CHECK(path, strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(path, peer->fd >= 0 && bind(peer->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
			    listen(peer->fd, 8) == 0);
	CHECK(path, pthread_create(&peer->thread, NULL, serve, peer) == 0);
}

static void peer_stop(struct peer *peer, const char *path)
{
	shutdown(peer->fd, SHUT_RDWR); /* ends accept() */
	pthread_join(peer->thread, NULL);
	close(peer->fd);
	unlink(path);
	CHECK(peer->what, peer->done == peer->steps_len);
}

/* --- calls against the peer ------------------------------------------------------------------ */

/* What is left in the handle after a call: so many of a letter; 0: it is not set. */
struct call {
	enum { KEEPS, KEEPS_NONE, SENDS_NONE } how; /* handle NULL; a request without a chain */
	int result;
	enum polyauth_verdict verdict;
	char left;
	uint32_t timeout_ms;
};

static struct polyauth_request request(void)
{
	static const struct polyauth_bytes chain[] = { { "leaf", 4 }, { "hint", 4 } };

	return (struct polyauth_request){ .realm = "provisioning",
		.chain = chain,
		.chain_len = 2,
		.front_verify = POLYAUTH_FRONT_SUCCESS,
		.session_resumed = 1,
		.method = { "GET", 3 },
		.target = { "/0004f282e824.cfg", 17 } };
}

static void check_left(const char *what, const struct polyauth_handle *handle, char left)
{
	struct polyauth_handle want = { .is_set = left != 0 };

	memset(want.bytes, left, sizeof(want.bytes));
	CHECK(what, memcmp(handle, &want, sizeof(want)) == 0);
}

static void play(const char *what, const char *path, bool pool, const struct step *steps,
	size_t steps_len, const struct call *calls, size_t calls_len)
{
	struct polyauth_handle handle = { 0 };
	struct polyauth_conn *conn = NULL;
	struct polyauth_pool *conns = NULL;
	struct peer peer;

	peer_start(&peer, what, path, steps, steps_len);
	CHECK(what, pool ? polyauth_pool_new(path, 1, &conns) == 0
			 : polyauth_conn_open(path, LONG_MS, &conn) == 0);
	for (size_t i = 0; i < calls_len; i++) {
		const struct call *call = &calls[i];
		uint32_t timeout_ms = call->timeout_ms ? call->timeout_ms : LONG_MS;
		struct polyauth_request req = request();
		struct polyauth_reply reply = { .verdict = POLYAUTH_ALLOW };
		int r;

		req.handle = call->how == KEEPS_NONE ? NULL : &handle;
		if (call->how == SENDS_NONE)
			req.chain_len = 0;
		r = pool ? polyauth_pool_authorize(conns, &req, timeout_ms, &reply)
			 : polyauth_conn_authorize(conn, &req, timeout_ms, &reply);
		CHECK(what, r == call->result);
		CHECK(what, reply.verdict == call->verdict);
		check_left(what, &handle, call->left);
	}
	polyauth_conn_close(conn);
	polyauth_pool_free(conns);
	peer_stop(&peer, path);
}

#define ALLOWED(sent, handle, given)                                    \
	{                                                               \
		sent, handle, PA_VERDICT_ALLOW, "ok", given, 32, ANSWER \
	}
#define NEEDED(sent, handle)                                               \
	{                                                                  \
		sent, handle, PA_VERDICT_ERROR, "need-chain", 0, 0, ANSWER \
	}
#define PLAY(what, pool, steps, calls)                                         \
	play(what, path, pool, steps, sizeof(steps) / sizeof(*(steps)), calls, \
		sizeof(calls) / sizeof(*(calls)))

static void what_is_sent(const char *path)
{
	static const struct step kept[] = { ALLOWED(CHAIN_WANTS, 0, 'a'), ALLOWED(HANDLE, 'a', 0),
		ALLOWED(HANDLE, 'a', 'b'), ALLOWED(HANDLE, 'b', 0) };
	static const struct call keeps[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, 0, POLYAUTH_ALLOW, 'a', 0 }, { 0, 0, POLYAUTH_ALLOW, 'b', 0 },
		{ 0, 0, POLYAUTH_ALLOW, 'b', 0 } };
	static const struct step refused[] = { { CHAIN_WANTS, 0, PA_VERDICT_DENY, "not-owner", 'a',
						       32, ANSWER },
		{ HANDLE, 'a', PA_VERDICT_DENY, "not-owner", 0, 0, ANSWER } };
	static const struct call refuses[] = { { 0, 0, POLYAUTH_DENY, 'a', 0 },
		{ 0, 0, POLYAUTH_DENY, 'a', 0 } };
	static const struct step never[] = { ALLOWED(CHAIN_WANTS, 0, 0),
		{ CHAIN_WANTS, 0, PA_VERDICT_ALLOW, "ok", 'a', 31, ANSWER },
		{ CHAIN_WANTS, 0, PA_VERDICT_ALLOW, "ok", 'a', 33, ANSWER },
		ALLOWED(CHAIN_WANTS, 0, 0) };
	static const struct call none[] = { { 0, 0, POLYAUTH_ALLOW, 0, 0 },
		{ 0, 0, POLYAUTH_ALLOW, 0, 0 }, { 0, 0, POLYAUTH_ALLOW, 0, 0 },
		{ 0, 0, POLYAUTH_ALLOW, 0, 0 } };
	static const struct step others[] = { ALLOWED(CHAIN, 0, 'x'), ALLOWED(NOTHING, 0, 'x'),
		ALLOWED(CHAIN_WANTS, 0, 'a'), ALLOWED(CHAIN, 0, 'x'), ALLOWED(NOTHING, 0, 'x'),
		ALLOWED(HANDLE, 'a', 0) };
	static const struct call of_others[] = { { KEEPS_NONE, 0, POLYAUTH_ALLOW, 0, 0 },
		{ SENDS_NONE, 0, POLYAUTH_ALLOW, 0, 0 }, { KEEPS, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ KEEPS_NONE, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ SENDS_NONE, 0, POLYAUTH_ALLOW, 'a', 0 }, { KEEPS, 0, POLYAUTH_ALLOW, 'a', 0 } };

	PLAY("it is kept, and replaced", false, kept, keeps);
	PLAY("of a pool, too", true, kept, keeps);
	PLAY("whatever the verdict", false, refused, refuses);
	PLAY("a daemon that gives none, or what is none", false, never, none);
	PLAY("a call without a handle, a request without a chain", false, others, of_others);
}

static void unknown(const char *path)
{
	static const struct step again[] = { ALLOWED(CHAIN_WANTS, 0, 'a'), NEEDED(HANDLE, 'a'),
		ALLOWED(CHAIN_WANTS, 0, 'b'), ALLOWED(HANDLE, 'b', 0), NEEDED(HANDLE, 'b'),
		{ CHAIN_WANTS, 0, PA_VERDICT_DENY, "chain-untrusted", 0, 0, ANSWER },
		ALLOWED(CHAIN_WANTS, 0, 0) };
	static const struct call asked[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, 0, POLYAUTH_ALLOW, 'b', 0 }, { 0, 0, POLYAUTH_ALLOW, 'b', 0 },
		{ 0, 0, POLYAUTH_DENY, 0, 0 }, { 0, 0, POLYAUTH_ALLOW, 0, 0 } };
	static const struct step twice[] = { ALLOWED(CHAIN_WANTS, 0, 'a'), NEEDED(HANDLE, 'a'),
		NEEDED(CHAIN_WANTS, 0), NEEDED(CHAIN_WANTS, 0) };
	static const struct call not_thrice[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, 0, POLYAUTH_ERROR, 0, 0 }, { 0, 0, POLYAUTH_ERROR, 0, 0 } };
	static const struct step another[] = { ALLOWED(CHAIN_WANTS, 0, 'a'),
		{ HANDLE, 'a', PA_VERDICT_DENY, "need-chain", 0, 0, ANSWER },
		{ HANDLE, 'a', PA_VERDICT_ERROR, "timeout", 0, 0, ANSWER } };
	static const struct call not_again[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, 0, POLYAUTH_DENY, 'a', 0 }, { 0, 0, POLYAUTH_ERROR, 'a', 0 } };

	PLAY("unknown: the chain, in the same call", false, again, asked);
	PLAY("of a pool, on the same connection", true, again, asked);
	PLAY("unknown twice", false, twice, not_thrice);
	PLAY("another verdict, another reason", false, another, not_again);
}

static void broken(const char *path)
{
	static const struct step wrong[] = { ALLOWED(CHAIN_WANTS, 0, 'a'),
		{ HANDLE, 'a', PA_VERDICT_ALLOW, "ok", 'b', 32, OTHER_ID } };
	static const struct call refused[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, -EPROTO, POLYAUTH_ERROR, 'a', 0 } };
	static const struct step silent[] = { ALLOWED(CHAIN_WANTS, 0, 'a'), NEEDED(HANDLE, 'a'),
		{ .sent = CHAIN_WANTS, .how = SILENCE } };
	static const struct call late[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, -ETIMEDOUT, POLYAUTH_ERROR, 0, SHORT_MS } };
	static const struct step closed[] = { ALLOWED(CHAIN_WANTS, 0, 'a'),
		{ .sent = HANDLE, .handle = 'a', .how = HANG_UP }, NEEDED(HANDLE, 'a'),
		ALLOWED(CHAIN_WANTS, 0, 'b') };
	static const struct call reopened[] = { { 0, 0, POLYAUTH_ALLOW, 'a', 0 },
		{ 0, 0, POLYAUTH_ALLOW, 'b', 0 } };

	PLAY("the reply to another request", false, wrong, refused);
	PLAY("no reply to the chain", false, silent, late);
	PLAY("a connection that was closed while it lay idle", true, closed, reopened);
}

static void against_peer(const char *path)
{
	what_is_sent(path);
	unknown(path);
	broken(path);
}

/* --- against a real daemon ----------------------------------------------------------------- */

#define PHONES  2u
#define THREADS 8u
#define CONNS   3u
#define EACH    100u

static const char *const phones[PHONES] = { "phone-a", "phone-b" };
static const char *const targets[PHONES] = { "/0004f282e824.cfg", "/0004a11a1a1a.cfg" };
static struct polyauth_bytes certificates[PHONES];

static void read_certificates(const char *dir)
{
	static uint8_t data[PHONES][8192];

	for (size_t i = 0; i < PHONES; i++) {
		char path[512];
		FILE *in;

		snprintf(path, sizeof(path), "%s/%s.der", dir, phones[i]);
		in = fopen(path, "rb");
		CHECK(path, in);
		certificates[i] =
			(struct polyauth_bytes){ data[i], fread(data[i], 1, sizeof(data[i]), in) };
		fclose(in);
	}
}

static void ask(
	struct polyauth_pool *pool, struct polyauth_handle *handle, size_t phone, size_t target)
{
	const struct polyauth_request req = { .realm = "provisioning",
		.chain = &certificates[phone],
		.chain_len = 1,
		.handle = handle,
		.method = { "GET", 3 },
		.target = { targets[target], strlen(targets[target]) } };
	struct polyauth_reply reply;
	int r = polyauth_pool_authorize(pool, &req, LONG_MS, &reply);

	CHECK(polyauth_strerror(r), r == 0);
	CHECK(reply.reason, reply.verdict == (phone == target ? POLYAUTH_ALLOW : POLYAUTH_DENY));
	CHECK(reply.reason, strcmp(reply.reason, phone == target ? "ok" : "not-owner") == 0);
	CHECK("a handle", handle->is_set);
}

struct asker {
	struct polyauth_pool *pool;
	unsigned seed;
};

/* As of a TLS connection of each phone. */
static void *ask_much(void *arg)
{
	struct polyauth_handle handles[PHONES] = { 0 };
	struct asker *asker = arg;

	for (size_t i = 0; i < EACH; i++) {
		size_t phone = (unsigned)rand_r(&asker->seed) % PHONES;

		ask(asker->pool, &handles[phone], phone, (unsigned)rand_r(&asker->seed) % PHONES);
	}
	return NULL;
}

static void threads(const char *path)
{
	struct asker askers[THREADS];
	pthread_t ids[THREADS];
	struct polyauth_pool *pool;

	CHECK("threads", polyauth_pool_new(path, CONNS, &pool) == 0);
	for (unsigned i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ pool, i + 1 };
		CHECK("threads", pthread_create(&ids[i], NULL, ask_much, &askers[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	polyauth_pool_free(pool);
}

/* The daemon is another one after the test has done its part. */
static void restart(const char *path)
{
	struct polyauth_handle handle = { 0 };
	struct polyauth_pool *pool;
	char line[16];

	CHECK("restart", polyauth_pool_new(path, 1, &pool) == 0);
	ask(pool, &handle, 0, 0);
	ask(pool, &handle, 0, 0);
	puts("ready");
	fflush(stdout);
	CHECK("the test went away", fgets(line, sizeof(line), stdin));
	ask(pool, &handle, 0, 1);
	ask(pool, &handle, 0, 0);
	polyauth_pool_free(pool);
}

static const struct {
	const char *name;
	void (*run)(const char *path);
} modes[] = { { "peer", against_peer }, { "threads", threads }, { "restart", restart } };

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (argc > 3)
		read_certificates(argv[3]);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run(argv[2]);
		return 0;
	}
	return 2;
}
