#include "tests/bench/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define CONNS_MAX 256u
#define IN_MAX    8192u
#define WAIT_MS   20000

struct conn {
	int fd;
	bool busy;
	uint64_t n, sent_ns;
	size_t in_len;
	uint8_t in[IN_MAX];
};

struct bench_peer {
	const struct bench_peer_protocol *protocol;
	const struct bench_phone *phones;
	size_t phones_len;
	uint64_t next, sent, wanted, until_ns;
	unsigned conns_len;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct conn conns[CONNS_MAX];
};

static void set_address(struct bench_peer *peer, const char *text)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&peer->addr;
	struct sockaddr_in *in = (struct sockaddr_in *)&peer->addr;
	char host[64];
	unsigned port;

	if (text[0] == '/') {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s", text);
		peer->addr_len = sizeof(*un);
		return;
	}
	in->sin_family = AF_INET;
	bench_require(sscanf(text, "%63[^:]:%u", host, &port) == 2 &&
			      inet_pton(AF_INET, host, &in->sin_addr) == 1,
		text);
	in->sin_port = htons((uint16_t)port);
	peer->addr_len = sizeof(*in);
}

static void wait_for(int fd, short events)
{
	struct pollfd at = { fd, events, 0 };

	bench_require(poll(&at, 1, WAIT_MS) == 1, "a peer does not answer");
}

static void greet(const struct bench_peer *peer, struct conn *conn, unsigned number)
{
	const char *end = peer->protocol->greeting_end;
	char hello[256];
	int len;

	/* a number that no other program has, either */
	len = snprintf(hello, sizeof(hello), "%s%u\n", peer->protocol->hello,
		(unsigned)getpid() * CONNS_MAX + number);
	bench_require(send(conn->fd, hello, (size_t)len, MSG_NOSIGNAL) == len, "a greeting");
	while (!memmem(conn->in, conn->in_len, end, strlen(end))) {
		ssize_t n;

		wait_for(conn->fd, POLLIN);
		n = recv(conn->fd, conn->in + conn->in_len, IN_MAX - conn->in_len, 0);
		bench_require(n > 0, "a greeting");
		conn->in_len += (size_t)n;
	}
	conn->in_len = 0;
}

static void connect_one(struct bench_peer *peer, struct conn *conn)
{
	int type = peer->protocol->is_datagram ? SOCK_DGRAM : SOCK_STREAM;

	conn->fd = socket(peer->addr.ss_family, type | SOCK_CLOEXEC, 0);
	conn->in_len = 0;
	bench_require(conn->fd >= 0 && connect(conn->fd, (const struct sockaddr *)&peer->addr,
					       peer->addr_len) == 0,
		"a peer's socket");
	if (peer->protocol->hello)
		greet(peer, conn, (unsigned)(conn - peer->conns));
}

void bench_peer_open(struct bench_peer **ret, const struct bench_peer_protocol *protocol,
	const char *address, unsigned conns, const struct bench_phone *phones, size_t phones_len)
{
	struct bench_peer *peer = calloc(1, sizeof(*peer));

	bench_require(peer && conns && conns <= CONNS_MAX, "memory");
	peer->protocol = protocol;
	peer->phones = phones;
	peer->phones_len = phones_len;
	peer->conns_len = conns;
	set_address(peer, address);
	for (unsigned i = 0; i < conns; i++) {
		peer->conns[i].fd = -1;
		if (!protocol->once)
			connect_one(peer, &peer->conns[i]);
	}
	*ret = peer;
}

void bench_peer_close(struct bench_peer *peer)
{
	if (!peer)
		return;
	for (unsigned i = 0; i < peer->conns_len; i++) {
		if (peer->conns[i].fd >= 0)
			close(peer->conns[i].fd);
	}
	free(peer);
}

static void ask(struct bench_peer *peer, struct conn *conn, uint64_t now_ns)
{
	uint8_t out[BENCH_PEER_REQUEST_MAX];
	size_t len;

	if (conn->busy || (peer->sent >= peer->wanted && now_ns >= peer->until_ns))
		return;
	if (peer->protocol->once)
		connect_one(peer, conn);
	conn->n = peer->next++;
	conn->sent_ns = now_ns;
	conn->busy = true;
	conn->in_len = 0;
	peer->sent++;
	len = peer->protocol->request(out, &peer->phones[conn->n % peer->phones_len], conn->n);
	bench_require(send(conn->fd, out, len, MSG_NOSIGNAL) == (ssize_t)len, "a request");
}

/* Whether it was the reply. */
static bool take_in(
	struct bench_peer *peer, struct conn *conn, uint64_t now_ns, struct bench_histogram *h)
{
	ssize_t n = recv(conn->fd, conn->in + conn->in_len, IN_MAX - conn->in_len, MSG_DONTWAIT);
	char why[160];
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	bench_require(n > 0, peer->protocol->name);
	conn->in_len += (size_t)n;
	r = peer->protocol->reply((struct pa_bytes){ conn->in, conn->in_len }, conn->n);
	if (r < 0) {
		snprintf(why, sizeof(why), "%s refuses: %.*s", peer->protocol->name,
			(int)(conn->in_len < 100 ? conn->in_len : 100), (const char *)conn->in);
		bench_die(why);
	}
	if (r == 0)
		return false;
	bench_histogram_add(h, now_ns - conn->sent_ns);
	conn->busy = false;
	if (peer->protocol->once) {
		close(conn->fd);
		conn->fd = -1;
	}
	return true;
}

uint64_t bench_peer_run(
	struct bench_peer *peer, uint64_t requests, uint64_t ns, struct bench_histogram *h)
{
	struct pollfd at[CONNS_MAX];
	uint64_t now = bench_now_ns(), answered = 0;

	peer->sent = 0;
	peer->wanted = requests;
	peer->until_ns = now + ns;
	for (unsigned i = 0; i < peer->conns_len; i++)
		ask(peer, &peer->conns[i], now);
	while (answered < peer->sent) {
		for (unsigned i = 0; i < peer->conns_len; i++)
			at[i] = (struct pollfd){ peer->conns[i].busy ? peer->conns[i].fd : -1,
				POLLIN, 0 };
		bench_require(poll(at, peer->conns_len, WAIT_MS) > 0, peer->protocol->name);
		now = bench_now_ns();
		for (unsigned i = 0; i < peer->conns_len; i++) {
			if (!at[i].revents || !take_in(peer, &peer->conns[i], now, h))
				continue;
			answered++;
			ask(peer, &peer->conns[i], now);
		}
	}
	return answered;
}
