/*
 * consistency QUERY-SOCKET ADMIN-SOCKET PHONES SECONDS: exits non-zero and says what is wrong
 *
 * 64 connections ask, 8 requests deep each, about four devices, while another
 * connection takes these devices off the list and puts them back. Then, of
 * every reply:
 *   - its verdict is that of some revision not older than the one it names;
 *   - the revision it names is not older than any change that was acknowledged before the
 *     request was sent;
 *   - a change is in the first reply after its acknowledgement;
 *   - it answers a request that was sent and not answered yet, and in the end none is left.
 * Up to SLOW_MAX requests at a time go to a realm with a password, so that stacks wait.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "tests/integration/admin_link.h"

#define CONNS       64
#define DEPTH       8
#define DEVICES     4
#define SLOW_MAX    4
#define ALONE       200
#define CHANGES_MAX 2000000
#define BUFFER      65536
#define TIMEOUT_MS  30000

static const char *const phones[DEVICES] = { "phone-a", "phone-b", "phone-c", "unknown" };
static const char *const macs[DEVICES] = { "0004f282e824", "0004a11a1a1a", "0004f2000003",
	"0004f2000006" };

static struct polyauth_bytes certificates[DEVICES];
static char targets[DEVICES][32];

/* Which devices are on the list at a revision: bit d. Written before the change is submitted. */
static uint8_t *listed;
static uint64_t first_revision;
static _Atomic uint64_t acknowledged, submitted;
static _Atomic int stop;

static void die(const char *what, int r)
{
	fprintf(stderr, "# %s: %s\n", what, r ? polyauth_strerror(r) : "");
	exit(1);
}

/* --- the one who changes --- */

static uint64_t administer(struct admin_link *link, const char *command, const char *const *args)
{
	struct pa_admin_reply reply;
	int r = admin_ask(link, command, args, &reply);

	if (r)
		die(command, r);
	if (reply.status != PA_STATUS_OK)
		die("the daemon refused a change", 0);
	return reply.revision;
}

/* On the list and allowed, or in one of the ways off it. */
static uint64_t administer_device(
	struct admin_link *link, const char *mac, int allowed, unsigned way)
{
	const char *const on[] = { "mac", mac, "replace", "yes", NULL };
	const char *const ways[][7] = {
		{ "device.remove", "mac", mac, NULL },
		{ "device.set", "mac", mac, "state", "disabled", NULL },
		{ "device.set", "mac", mac, "state", "quarantined", NULL },
		{ "device.set", "mac", mac, "expires", "1", NULL },
	};

	if (allowed)
		return administer(link, "device.add", on);
	return administer(link, ways[way % 4][0], ways[way % 4] + 1);
}

struct changer {
	struct admin_link link;
	struct polyauth_conn *probe; /* asks about a change as soon as it is acknowledged */
	unsigned seed;
};

/* Put a device on the list or take it off; returns which. */
static unsigned change_one(struct changer *c)
{
	uint64_t now = atomic_load(&acknowledged), next = now + 1;
	unsigned device = (unsigned)rand_r(&c->seed) % DEVICES;
	uint8_t bit = (uint8_t)(1u << device);
	uint8_t before = listed[now - first_revision];

	if (next - first_revision >= CHANGES_MAX)
		die("too many changes", 0);
	listed[next - first_revision] = before ^ bit;
	atomic_store(&submitted, next);
	if (administer_device(&c->link, macs[device], !(before & bit),
		    (unsigned)rand_r(&c->seed) >> 4) != next)
		die("a change got another revision than the next", 0);
	atomic_store(&acknowledged, next);
	return device;
}

/* Nobody else changes: the first reply after the acknowledgement must have the change in it. */
static void probe(struct changer *c, unsigned device)
{
	const struct polyauth_request request = {
		.realm = "fast",
		.chain = &certificates[device],
		.chain_len = 1,
		.method = { "GET", 3 },
		.target = { targets[device], strlen(targets[device]) },
	};
	uint64_t now = atomic_load(&acknowledged);
	int is_listed = listed[now - first_revision] >> device & 1;
	struct polyauth_reply reply;
	int r = polyauth_conn_authorize(c->probe, &request, TIMEOUT_MS, &reply);

	if (r)
		die("a probe was not answered", r);
	if (reply.revision != now || is_listed != (reply.verdict == POLYAUTH_ALLOW))
		die("an acknowledged change is not in the first reply after it", 0);
}

static void *change_things(void *arg)
{
	struct changer *c = arg;

	for (unsigned n = 0; !atomic_load(&stop); n++) {
		unsigned device = change_one(c);

		if (n % 32 == 0)
			probe(c, device);
	}
	return NULL;
}

/* --- those who ask --- */

struct asked {
	int in_use, is_slow, device;
	uint64_t id, acknowledged;
};

struct client {
	int fd;
	struct pa_stream stream;
	uint64_t next_id;
	struct asked asked[DEPTH];
	uint8_t in[BUFFER];
	size_t in_len;
};

struct totals {
	uint64_t requests, replies, allowed, slow;
	size_t slow_waiting;
};

static void send_one(struct client *c, struct asked *slot, struct totals *totals, unsigned *seed)
{
	static uint8_t frame[BUFFER];
	struct polyauth_request request = { .realm = "fast", .chain_len = 1 };
	size_t len;
	int r;

	*slot = (struct asked){ .in_use = 1, .device = rand_r(seed) % DEVICES, .id = ++c->next_id };
	if (totals->requests++ % 64 == 0 && totals->slow_waiting < SLOW_MAX) {
		slot->is_slow = 1;
		totals->slow_waiting++;
		request.realm = "slow";
		request.has_credentials = 1;
		request.user = (struct polyauth_bytes){ "phone", 5 };
		request.password = (struct polyauth_bytes){ "spring-2026", 11 };
	}
	request.chain = &certificates[slot->device];
	request.method = (struct polyauth_bytes){ "GET", 3 };
	request.target =
		(struct polyauth_bytes){ targets[slot->device], strlen(targets[slot->device]) };
	slot->acknowledged = atomic_load(&acknowledged);
	r = polyauth_encode(&request, slot->id, TIMEOUT_MS, frame, sizeof(frame), &len);
	if (r == 0)
		r = pa_stream_send(&c->stream, (struct pa_bytes){ frame, len },
			pa_stream_now_ms() + TIMEOUT_MS);
	if (r)
		die("a request could not be sent", r);
}

static void check_reply(const struct asked *asked, const struct polyauth_reply *reply)
{
	uint64_t newest = atomic_load(&submitted);
	int seen = 0;

	if (reply->verdict != POLYAUTH_ALLOW && reply->verdict != POLYAUTH_DENY) {
		fprintf(stderr, "# %s\n", reply->reason);
		die("a verdict is neither ALLOW nor DENY", 0);
	}
	if (reply->revision < asked->acknowledged)
		die("a reply is older than a change that was acknowledged before it was asked for",
			0);
	if (reply->revision > newest)
		die("a reply names a revision that does not exist", 0);
	for (uint64_t r = reply->revision; r <= newest; r++) {
		int is_listed = listed[r - first_revision] >> asked->device & 1;

		seen |= is_listed == (reply->verdict == POLYAUTH_ALLOW);
	}
	if (!seen)
		die("a verdict does not reflect the revision that its reply names", 0);
}

/* Take in what is there. Answered slots are asked again unless it is the end. */
static void take_replies(struct client *c, struct totals *totals, unsigned *seed)
{
	ssize_t n = recv(c->stream.fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	size_t used, at = 0;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the daemon closed a connection", n ? -errno : 0);
	c->in_len += n > 0 ? (size_t)n : 0;
	for (;;) {
		struct asked *slot = NULL;
		struct polyauth_reply reply;
		uint64_t id;
		int r = polyauth_feed(c->in + at, c->in_len - at, &used, &id, &reply);

		if (r > 0)
			break;
		if (r < 0)
			die("a reply is not well-formed", r);
		at += used;
		for (size_t i = 0; i < DEPTH; i++) {
			if (c->asked[i].in_use && c->asked[i].id == id)
				slot = &c->asked[i];
		}
		if (!slot)
			die("a reply to nothing that waits: answered twice", 0);
		check_reply(slot, &reply);
		totals->replies++;
		totals->allowed += reply.verdict == POLYAUTH_ALLOW;
		totals->slow += (uint64_t)slot->is_slow;
		totals->slow_waiting -= (size_t)slot->is_slow;
		slot->in_use = 0;
		if (!atomic_load(&stop))
			send_one(c, slot, totals, seed);
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
}

static size_t count_waiting(const struct client *clients)
{
	size_t waiting = 0;

	for (size_t i = 0; i < CONNS; i++) {
		for (size_t k = 0; k < DEPTH; k++)
			waiting += (size_t)clients[i].asked[k].in_use;
	}
	return waiting;
}

static void ask_until(struct client *clients, int64_t end_ms, struct totals *totals)
{
	struct pollfd polls[CONNS];
	unsigned seed = 2;

	for (size_t i = 0; i < CONNS; i++) {
		polls[i] = (struct pollfd){ .fd = clients[i].stream.fd, .events = POLLIN };
		for (size_t k = 0; k < DEPTH; k++)
			send_one(&clients[i], &clients[i].asked[k], totals, &seed);
	}
	do {
		if (poll(polls, CONNS, TIMEOUT_MS) <= 0)
			die("no reply comes: lost", 0);
		if (pa_stream_now_ms() >= end_ms)
			atomic_store(&stop, 1);
		for (size_t i = 0; i < CONNS; i++) {
			if (polls[i].revents)
				take_replies(&clients[i], totals, &seed);
		}
	} while (!atomic_load(&stop) || count_waiting(clients));
}

static void read_certificates(const char *dir)
{
	static uint8_t data[DEVICES][8192];

	for (size_t d = 0; d < DEVICES; d++) {
		char path[512];
		FILE *in;

		snprintf(path, sizeof(path), "%s/%s.der", dir, phones[d]);
		in = fopen(path, "rb");
		if (!in)
			die(path, -errno);
		certificates[d] =
			(struct polyauth_bytes){ data[d], fread(data[d], 1, sizeof(data[d]), in) };
		fclose(in);
		snprintf(targets[d], sizeof(targets[d]), "/%s.cfg", macs[d]);
	}
}

int main(int argc, char **argv)
{
	struct client *clients = calloc(CONNS, sizeof(*clients));
	struct changer changer = { .seed = 1 };
	struct totals totals = { 0 };
	pthread_t thread;
	int r;

	listed = calloc(CHANGES_MAX, 1);
	if (argc != 5 || !clients || !listed)
		return 2;
	read_certificates(argv[3]);
	r = admin_open(&changer.link, argv[2]);
	if (r)
		die(argv[2], r);
	/* the first three phones are on the list, the fourth is not */
	first_revision = administer(&changer.link, "status", NULL);
	listed[0] = 7;
	atomic_store(&acknowledged, first_revision);
	atomic_store(&submitted, first_revision);
	r = polyauth_conn_open(argv[1], TIMEOUT_MS, &changer.probe);
	if (r)
		die(argv[1], r);
	/* alone, so that nothing hides a reply that comes too early */
	for (size_t i = 0; i < ALONE; i++)
		probe(&changer, change_one(&changer));
	for (size_t i = 0; i < CONNS; i++) {
		r = pa_stream_open(&clients[i].stream, argv[1], pa_stream_now_ms() + TIMEOUT_MS);
		if (r)
			die(argv[1], r);
	}
	if (pthread_create(&thread, NULL, change_things, &changer) != 0)
		return 2;
	ask_until(clients, pa_stream_now_ms() + strtoll(argv[4], NULL, 10) * 1000, &totals);
	pthread_join(thread, NULL);
	printf("# %llu replies (%llu allowed, %llu after a password), %llu changes\n",
		(unsigned long long)totals.replies, (unsigned long long)totals.allowed,
		(unsigned long long)totals.slow,
		(unsigned long long)(atomic_load(&acknowledged) - first_revision));
	if (!totals.allowed || totals.allowed == totals.replies || !totals.slow)
		die("the load was not mixed", 0);
	for (size_t i = 0; i < CONNS; i++)
		pa_stream_close(&clients[i].stream);
	polyauth_conn_close(changer.probe);
	admin_close(&changer.link);
	free(clients);
	free(listed);
	return 0;
}
