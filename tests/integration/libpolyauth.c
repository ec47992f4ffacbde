/*
 * libpolyauth MODE SOCKET [PHONES]: the blocking calls of the client library. Exits non-zero and
 * says what is wrong. Without PHONES against a peer of its own at SOCKET that misbehaves; else
 * against a real daemon, with the certificates of that directory: restart and stop write a line
 * and read one before they ask again.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "clients/c/stream.h"
#include "proto/limits.h"
#include "tests/integration/peer.h"

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	CHECK("descriptors", dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* --- one connection against the peer ------------------------------------------------------- */

static const struct {
	const char *what;
	struct part part;
	int result;
	enum polyauth_verdict verdict;
} rows[] = {
	{ "an ALLOW", PART(ALLOW_1, KEEP), 0, POLYAUTH_ALLOW },
	{ "a DENY, then the end", PART(DENY_1, CLOSE), 0, POLYAUTH_DENY },
	{ "a reply byte by byte", PART(ALLOW_1, DRIP), 0, POLYAUTH_ALLOW },
	{ "a reply without a verdict", PART("\0\0\0\2\x08\1", KEEP), 0, POLYAUTH_ERROR },
	{ "the ERROR of a stream that was not understood",
		PART("\0\0\0\x0b\x1a\x09"
		     "bad-frame",
			CLOSE),
		0, POLYAUTH_ERROR },
	{ "an ALLOW to another request", PART("\0\0\0\4\x08\2\x10\2", KEEP), -EPROTO, 0 },
	{ "an ALLOW to the first request of somebody who counts from 1",
		PART("\0\0\0\4\x10\2\x08\1", KEEP), -EPROTO, 0 },
	{ "an ALLOW to no request", PART("\0\0\0\2\x10\2", KEEP), -EPROTO, 0 },
	{ "nothing", PART("", KEEP), -ETIMEDOUT, 0 },
	{ "half a reply", PART("\0\0\0\4\x08\1", KEEP), -ETIMEDOUT, 0 },
	{ "half a header", PART("\0\0", KEEP), -ETIMEDOUT, 0 },
	{ "a byte at a time, without an end",
		PART("\0\0\1\0________________________________", DRIP), -ETIMEDOUT, 0 },
	{ "the end", PART("", CLOSE), PA_E_CLOSED, 0 },
	{ "the end within a header", PART("\0\0\0", CLOSE), PA_E_CLOSED, 0 },
	{ "the end within a reply", PART("\0\0\0\4\x08\1\x10", CLOSE), PA_E_CLOSED, 0 },
	{ "a frame of length 0", PART("\0\0\0\0" ALLOW_1, KEEP), PA_E_FRAME, 0 },
	{ "a frame of 4 GiB", PART("\xff\xff\xff\xff", KEEP), PA_E_FRAME, 0 },
	{ "another protocol", PART("HTTP/1.0 200 OK\r\n\r\n", CLOSE), PA_E_FRAME, 0 },
	{ "no message", PART("\0\0\0\2\xff\xff", KEEP), PA_E_MESSAGE, 0 },
	{ "a verdict of 9", PART("\0\0\0\4\x08\1\x10\x09", KEEP), PA_E_MESSAGE, 0 },
	{ "two verdicts", PART("\0\0\0\6\x08\1\x10\1\x10\2", KEEP), PA_E_MESSAGE, 0 },
};

static const struct polyauth_request small = { .realm = "provisioning" };

/* Whether that took about SHORT_MS where it timed out, and less than LONG_MS in any case. */
static void check_time(const char *what, int r, int64_t started_ms)
{
	int64_t took_ms = pa_stream_now_ms() - started_ms;

	CHECK(what, r != -ETIMEDOUT || took_ms >= SHORT_MS - 1);
	CHECK(what, took_ms < SHORT_MS + SLOWER_MS);
}

static void one_peer(const char *path, size_t i)
{
	uint32_t timeout_ms = rows[i].result == -ETIMEDOUT ? SHORT_MS : LONG_MS;
	struct polyauth_reply reply = careless();
	struct polyauth_conn *conn;
	struct peer peer;
	int64_t started_ms;
	int r;

	peer_start(&peer, path, &rows[i].part, 1);
	CHECK(rows[i].what, polyauth_conn_open(path, LONG_MS, &conn) == 0);
	started_ms = pa_stream_now_ms();
	r = polyauth_conn_authorize(conn, &small, timeout_ms, &reply);
	check_time(rows[i].what, r, started_ms);
	CHECK(rows[i].what, r == rows[i].result);
	CHECK(rows[i].what, reply.verdict == rows[i].verdict);
	if (r) {
		CHECK(rows[i].what, is_zero(&reply));
		/* it can only be closed */
		reply = careless();
		CHECK(rows[i].what, polyauth_conn_authorize(conn, &small, LONG_MS, &reply) < 0);
		CHECK(rows[i].what, is_zero(&reply));
	}
	polyauth_conn_close(conn);
	peer_stop(&peer, path);
}

/* A peer that reads nothing, and a request that no socket's buffer holds. */
static void deaf_peer(const char *path)
{
	static const struct part deaf = { "", 0, DEAF };
	static uint8_t zeros[PA_FRAME_MAX];
	struct polyauth_request large = small;
	struct polyauth_reply reply = careless();
	struct polyauth_conn *conn;
	struct peer peer;
	int64_t started_ms;
	int r, size = 4096;

	large.target = (struct polyauth_bytes){ zeros, PA_FRAME_MAX - 64 };
	peer_start(&peer, path, &deaf, 1);
	(void)setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	CHECK("deaf", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	started_ms = pa_stream_now_ms();
	r = polyauth_conn_authorize(conn, &large, SHORT_MS, &reply);
	check_time("deaf", r, started_ms);
	CHECK("deaf", r == -ETIMEDOUT && is_zero(&reply));
	polyauth_conn_close(conn);
	peer_stop(&peer, path);
}

/* What is refused before a byte is sent. */
static void bad_calls(const char *path)
{
	static const struct part part = { ALLOW_1, 8, KEEP };
	static uint8_t zeros[PA_FRAME_MAX];
	struct polyauth_request req = { .realm = NULL };
	struct polyauth_reply reply = careless();
	struct polyauth_conn *conn;
	struct polyauth_pool *pool;
	struct peer peer;

	CHECK("open", polyauth_conn_open(path, LONG_MS, &conn) == -ENOENT && !conn);
	memset(zeros, 'x', 200);
	CHECK("open", polyauth_conn_open((char *)zeros, LONG_MS, &conn) == -ENAMETOOLONG && !conn);
	CHECK("pool", polyauth_pool_new(path, 0, &pool) == -EINVAL && !pool);
	CHECK("pool", polyauth_pool_new(path, 1025, &pool) == -EINVAL && !pool);
	polyauth_conn_close(NULL);
	polyauth_pool_free(NULL);

	peer_start(&peer, path, &part, 1);
	CHECK("call", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	CHECK("call", polyauth_conn_authorize(conn, &req, LONG_MS, &reply) == -EINVAL);
	CHECK("call", is_zero(&reply));
	polyauth_conn_close(conn);
	CHECK("call", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	req = (struct polyauth_request){ .realm = "r", .target = { zeros, sizeof(zeros) } };
	reply = careless();
	CHECK("call", polyauth_conn_authorize(conn, &req, LONG_MS, &reply) == -EMSGSIZE);
	CHECK("call", is_zero(&reply));
	polyauth_conn_close(conn);
	CHECK("call", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	reply = careless();
	CHECK("call", polyauth_conn_authorize(conn, &small, 0, &reply) == -ETIMEDOUT);
	CHECK("call", is_zero(&reply));
	polyauth_conn_close(conn);
	peer_stop(&peer, path);
}

static void peers(const char *path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		one_peer(path, i);
	deaf_peer(path);
	bad_calls(path);
}

/* A socket that nobody accepts from, with a full backlog: connecting has a deadline, too. */
static void backlog(const char *path)
{
	int fd = listen_at(path, 0), r = 0;
	struct polyauth_conn *conns[16] = { NULL };
	int64_t started_ms = 0;

	for (size_t i = 0; i < 16 && r == 0; i++) {
		started_ms = pa_stream_now_ms();
		r = polyauth_conn_open(path, SHORT_MS, &conns[i]);
	}
	CHECK("backlog", r == -ETIMEDOUT);
	check_time("backlog", r, started_ms);
	for (size_t i = 0; i < 16; i++)
		polyauth_conn_close(conns[i]);
	close(fd);
	unlink(path);
}

/* --- a pool against the peer ----------------------------------------------------------------- */

struct call {
	uint32_t timeout_ms;
	int result;
	enum polyauth_verdict verdict;
	size_t accepted; /* connections so far */
};

static void play_pool(const char *what, const char *path, const struct part *parts,
	size_t parts_len, const struct call *calls, size_t calls_len)
{
	struct polyauth_pool *pool;
	struct peer peer;

	peer_start(&peer, path, parts, parts_len);
	CHECK(what, polyauth_pool_new(path, 1, &pool) == 0);
	for (size_t i = 0; i < calls_len; i++) {
		struct polyauth_reply reply = careless();
		int r = polyauth_pool_authorize(pool, &small, calls[i].timeout_ms, &reply);

		CHECK(what, r == calls[i].result);
		CHECK(what, reply.verdict == calls[i].verdict);
		CHECK(what, r == 0 || is_zero(&reply));
		CHECK(what, atomic_load(&peer.accepted) == calls[i].accepted);
	}
	polyauth_pool_free(pool);
	peer_stop(&peer, path);
}

#define PLAY(what, parts, calls)                                              \
	play_pool(what, path, parts, sizeof(parts) / sizeof(*(parts)), calls, \
		sizeof(calls) / sizeof(*(calls)))

static void pools(const char *path)
{
	static const struct part again[] = { PART(ALLOW_1, CLOSE), PART(DENY_1, KEEP) };
	static const struct call answered_again[] = { { LONG_MS, 0, POLYAUTH_ALLOW, 1 },
		{ LONG_MS, 0, POLYAUTH_DENY, 2 } };
	static const struct part twice[] = { PART(ALLOW_1, CLOSE), PART("", CLOSE),
		PART(DENY_1, KEEP) };
	static const struct call not_thrice[] = { { LONG_MS, 0, POLYAUTH_ALLOW, 1 },
		{ LONG_MS, PA_E_CLOSED, 0, 2 }, { LONG_MS, 0, POLYAUTH_DENY, 3 } };
	static const struct part silent[] = { PART(ALLOW_1, KEEP), PART(DENY_1, KEEP) };
	static const struct call not_again[] = { { LONG_MS, 0, POLYAUTH_ALLOW, 1 },
		{ SHORT_MS, -ETIMEDOUT, 0, 1 }, { LONG_MS, 0, POLYAUTH_DENY, 2 } };
	static const struct part error[] = { PART("\0\0\0\2\x08\1", KEEP), PART(ALLOW_1, KEEP) };
	static const struct call dropped[] = { { LONG_MS, 0, POLYAUTH_ERROR, 1 },
		{ LONG_MS, 0, POLYAUTH_ALLOW, 2 } };
	static const struct part wrong[] = { PART("\0\0\0\4\x08\2\x10\2", KEEP),
		PART(DENY_1, KEEP) };
	static const struct call refused[] = { { LONG_MS, -EPROTO, 0, 1 },
		{ LONG_MS, 0, POLYAUTH_DENY, 2 } };

	PLAY("closed while it lay idle", again, answered_again);
	PLAY("closed twice", twice, not_thrice);
	PLAY("silent", silent, not_again);
	PLAY("an ERROR", error, dropped);
	PLAY("the reply of another", wrong, refused);
}

static void *ask_in_vain(void *arg)
{
	struct polyauth_reply reply = careless();
	int64_t started_ms = pa_stream_now_ms();
	int r = polyauth_pool_authorize(arg, &small, SHORT_MS, &reply);

	check_time("all in use", r, started_ms);
	CHECK("all in use", r == -ETIMEDOUT && is_zero(&reply));
	return NULL;
}

/* Four threads, one connection, no answer: who waits for the connection waits no longer either. */
static void all_in_use(const char *path)
{
	static const struct part parts[] = { PART("", KEEP), PART("", KEEP), PART("", KEEP),
		PART("", KEEP) };
	struct polyauth_pool *pool;
	pthread_t threads[4];
	struct peer peer;

	peer_start(&peer, path, parts, 4);
	CHECK("all in use", polyauth_pool_new(path, 1, &pool) == 0);
	for (size_t i = 0; i < 4; i++)
		CHECK("threads", pthread_create(&threads[i], NULL, ask_in_vain, pool) == 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	polyauth_pool_free(pool);
	peer_stop(&peer, path);
}

/* The child's own exit status is 0. */
static void wait_for(const char *what, pid_t child)
{
	int status;

	CHECK(what, child > 0);
	CHECK(what, waitpid(child, &status, 0) == child);
	CHECK(what, WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A thread of the parent has the only connection, and the child has no such thread. */
static void forked_in_use(const char *path)
{
	static const struct part parts[] = { PART(ALLOW_1, KEEP) };
	int fd = listen_at(path, 64);
	struct polyauth_pool *pool;
	pthread_t thread;
	pid_t child;

	CHECK("forked in use", polyauth_pool_new(path, 1, &pool) == 0);
	CHECK("forked in use", pthread_create(&thread, NULL, ask_in_vain, pool) == 0);
	wait_for_hangup(fd, LONG_MS, POLLIN); /* it has connected */
	child = fork();
	if (child == 0) {
		struct polyauth_reply reply = careless();
		struct peer peer;

		peer_start(&peer, path, parts, 1);
		CHECK("a child's right",
			polyauth_pool_authorize(pool, &small, LONG_MS, &reply) == 0);
		_exit(reply.verdict != POLYAUTH_ALLOW);
	}
	wait_for("a child's right", child);
	pthread_join(thread, NULL);
	polyauth_pool_free(pool);
	close(fd);
}

/* --- against a real daemon ----------------------------------------------------------------- */

static const char *const phones[] = { "phone-a", "phone-b" };
static const char *const macs[] = { "0004f282e824", "0004a11a1a1a" };
static const char *const targets[] = { "/0004f282e824.cfg", "/0004a11a1a1a.cfg" };
static struct polyauth_bytes certificates[2];

static void read_certificates(const char *dir)
{
	static uint8_t data[2][8192];

	for (size_t i = 0; i < 2; i++) {
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

static struct polyauth_request question(size_t phone, size_t target)
{
	return (struct polyauth_request){
		.realm = "provisioning",
		.frontend = "libpolyauth",
		.chain = &certificates[phone],
		.chain_len = 1,
		.method = BYTES("GET"),
		.target = BYTES(targets[target]),
	};
}

static void check_answer(
	const char *what, size_t phone, size_t target, int r, const struct polyauth_reply *reply)
{
	if (r)
		fprintf(stderr, "# %s\n", polyauth_strerror(r));
	CHECK(what, r == 0);
	CHECK(what, reply->verdict == (phone == target ? POLYAUTH_ALLOW : POLYAUTH_DENY));
	CHECK(what, strcmp(reply->reason, phone == target ? "ok" : "not-owner") == 0);
	CHECK(what, strcmp(reply->device, macs[phone]) == 0);
	CHECK(what, strcmp(reply->realm, "provisioning") == 0);
	CHECK(what, strcmp(reply->path_class, "device") == 0);
	CHECK(what, reply->decision[0] && reply->revision);
}

#define THREADS 8
#define CONNS   3
#define EACH    100

struct asker {
	struct polyauth_pool *pool;
	unsigned seed;
};

static void *ask_much(void *arg)
{
	struct asker *asker = arg;

	for (size_t i = 0; i < EACH; i++) {
		size_t phone = (unsigned)rand_r(&asker->seed) % 2;
		size_t target = (unsigned)rand_r(&asker->seed) % 2;
		struct polyauth_request req = question(phone, target);
		struct polyauth_reply reply = careless();
		int r = polyauth_pool_authorize(asker->pool, &req, LONG_MS, &reply);

		check_answer("threads", phone, target, r, &reply);
	}
	return NULL;
}

/* What was opened before fork() is the parent's: two that read from it would get each other's
 * replies. */
static void forked(const char *path)
{
	struct polyauth_request req = question(0, 0);
	struct polyauth_reply reply = careless();
	struct asker asker = { NULL, 1 };
	struct polyauth_conn *conn;
	pid_t children[2];

	CHECK("forked", polyauth_pool_new(path, CONNS, &asker.pool) == 0);
	CHECK("forked", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	check_answer(
		"forked", 0, 0, polyauth_pool_authorize(asker.pool, &req, LONG_MS, &reply), &reply);
	for (unsigned i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i])
			continue;
		reply = careless();
		CHECK("a child's connection",
			polyauth_conn_authorize(conn, &req, LONG_MS, &reply) == PA_E_CLOSED &&
				is_zero(&reply));
		asker.seed += i + 1;
		(void)ask_much(&asker);
		polyauth_conn_close(conn);
		polyauth_pool_free(asker.pool);
		_exit(0);
	}
	(void)ask_much(&asker);
	for (unsigned i = 0; i < 2; i++)
		wait_for("a child", children[i]);
	reply = careless();
	check_answer("the parent's connection", 0, 0,
		polyauth_conn_authorize(conn, &req, LONG_MS, &reply), &reply);
	polyauth_conn_close(conn);
	polyauth_pool_free(asker.pool);
}

static void threads(const char *path)
{
	struct asker askers[THREADS];
	pthread_t ids[THREADS];
	struct polyauth_pool *pool;
	int before = count_descriptors();

	CHECK("threads", polyauth_pool_new(path, CONNS, &pool) == 0);
	for (unsigned i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ pool, i + 1 };
		CHECK("threads", pthread_create(&ids[i], NULL, ask_much, &askers[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	CHECK("kept connections", count_descriptors() > before);
	CHECK("kept connections", count_descriptors() <= before + CONNS);
	polyauth_pool_free(pool);
}

/* Tell the test that something has happened, and wait until it has done its part. */
static void meet(void)
{
	char line[16];

	puts("ready");
	fflush(stdout);
	CHECK("the test went away", fgets(line, sizeof(line), stdin));
}

static void restart(const char *path)
{
	struct polyauth_request req = question(0, 0);
	struct polyauth_reply reply = careless();
	struct polyauth_conn *conn;
	struct polyauth_pool *pool;
	int r;

	CHECK("restart", polyauth_pool_new(path, CONNS, &pool) == 0);
	CHECK("restart", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	r = polyauth_pool_authorize(pool, &req, LONG_MS, &reply);
	check_answer("pool", 0, 0, r, &reply);
	r = polyauth_conn_authorize(conn, &req, LONG_MS, &reply);
	check_answer("connection", 0, 0, r, &reply);
	meet(); /* it is started again */
	reply = careless();
	r = polyauth_pool_authorize(pool, &req, LONG_MS, &reply);
	check_answer("pool", 0, 0, r, &reply);
	reply = careless();
	r = polyauth_conn_authorize(conn, &req, LONG_MS, &reply);
	CHECK("a single connection ends with the daemon", r == PA_E_CLOSED && is_zero(&reply));
	meet(); /* it is gone */
	reply = careless();
	r = polyauth_pool_authorize(pool, &req, LONG_MS, &reply);
	CHECK("no daemon", r == -ENOENT && is_zero(&reply));
	polyauth_conn_close(conn);
	polyauth_pool_free(pool);
}

static void stop(const char *path)
{
	struct polyauth_request req = question(1, 0);
	struct polyauth_reply reply = careless();
	struct polyauth_conn *conn;
	int64_t started_ms;
	int r;

	/* many on one connection */
	CHECK("stop", polyauth_conn_open(path, LONG_MS, &conn) == 0);
	for (size_t i = 0; i < 100; i++) {
		r = polyauth_conn_authorize(conn, &req, LONG_MS, &reply);
		check_answer("stop", 1, 0, r, &reply);
	}
	meet(); /* it does not run */
	started_ms = pa_stream_now_ms();
	reply = careless();
	r = polyauth_conn_authorize(conn, &req, SHORT_MS, &reply);
	check_time("stop", r, started_ms);
	CHECK("stop", r == -ETIMEDOUT && is_zero(&reply));
	meet(); /* it runs; the late reply is nobody's */
	reply = careless();
	r = polyauth_conn_authorize(conn, &req, LONG_MS, &reply);
	CHECK("stop", r == PA_E_CLOSED && is_zero(&reply));
	polyauth_conn_close(conn);
}

static const struct {
	const char *name;
	void (*run)(const char *path);
} modes[] = { { "forked", forked }, { "forked-in-use", forked_in_use }, { "peers", peers },
	{ "pools", pools }, { "all-in-use", all_in_use }, { "backlog", backlog },
	{ "threads", threads }, { "restart", restart }, { "stop", stop } };

int main(int argc, char **argv)
{
	int before;

	if (argc < 3)
		return 2;
	if (argc > 3)
		read_certificates(argv[3]);
	before = count_descriptors();
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run(argv[2]);
		CHECK("descriptors are left open", count_descriptors() == before);
		return 0;
	}
	return 2;
}
