#include "tests/frontends/differential_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PIPELINED 16u
#define REQUEST   "GET %.*s HTTP/1.1\r\nHost: localhost\r\n\r\n"

static void fail(const struct server *server, const char *what)
{
	printf("Bail out! %s: %s\n", server->name, what);
	exit(1);
}

void server_parse(struct server *server, char *text)
{
	char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;

	*server = (struct server){ .name = text, .fd = -1 };
	if (!colon)
		fail(server, "a server is given as NAME=ADDRESS:PORT");
	*equals = *colon = '\0';
	server->address = equals + 1;
	server->port = (int)strtol(colon + 1, NULL, 10);
}

void server_close(struct server *server)
{
	if (server->fd >= 0)
		close(server->fd);
	server->fd = -1;
	server->len = 0;
}

static void connect_to(struct server *server)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->port) };
	struct timeval patience = { .tv_sec = 10 };
	int on = 1;

	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->fd < 0 || inet_pton(AF_INET, server->address, &to.sin_addr) != 1 ||
		connect(server->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail(server, "it cannot be reached");
	(void)setsockopt(server->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	server->connections++;
}

static void send_all(struct server *server, const struct pa_bytes *targets, size_t len)
{
	static char out[PIPELINED * 8192];
	size_t at = 0, sent = 0;

	for (size_t i = 0; i < len; i++) {
		int n = snprintf(out + at, sizeof(out) - at, REQUEST, (int)targets[i].len,
			(const char *)targets[i].data);

		if (n < 0 || (size_t)n >= sizeof(out) - at)
			fail(server, "the targets are too long");
		at += (size_t)n;
	}
	while (sent < at) {
		ssize_t n = send(server->fd, out + sent, at - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* closed: its answers will tell how far it came */
		sent += (size_t)n;
	}
}

/* More of the answers; false: that is all. */
static bool receive(struct server *server)
{
	ssize_t n;

	if (server->len == sizeof(server->buf) - 1)
		fail(server, "an answer is too long");
	n = recv(server->fd, server->buf + server->len, sizeof(server->buf) - 1 - server->len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		fail(server, "it does not answer");
	if (n <= 0)
		return false;
	server->len += (size_t)n;
	server->buf[server->len] = '\0';
	return true;
}

static enum found find(const char *body, size_t len)
{
	static const struct {
		const char *text;
		enum found found;
	} marks[] = {
		/* the worst first: an answer may hold parts of several files */
		{ "this file belongs to 0004f2000002", FOUND_VICTIMS },
		{ "this file belongs to 0004f2000001", FOUND_OWN },
		{ "this file belongs to nobody", FOUND_NOBODYS },
		{ "this file belongs to everybody", FOUND_SHARED },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (memmem(body, len, marks[i].text, strlen(marks[i].text)))
			return marks[i].found;
	}
	return FOUND_NOTHING;
}

/* Where the body ends; 0: more is needed, as long as there is more. */
static size_t body_end(const struct server *server, size_t body, bool *closes)
{
	char head[8192];
	const char *length;

	pa_bytes_copy(head, sizeof(head), (struct pa_bytes){ (const uint8_t *)server->buf, body });
	*closes = strcasestr(head, "\r\nConnection: close") != NULL;
	if (strcasestr(head, "\r\nTransfer-Encoding: chunked")) {
		const char *last = strstr(server->buf + body, "0\r\n\r\n");

		return last ? (size_t)(last - server->buf) + 5 : 0;
	}
	length = strcasestr(head, "\r\nContent-Length:");
	if (!length) {
		*closes = true;
		return 0;
	}
	body += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	return body <= server->len ? body : 0;
}

static void served_path(const struct server *server, size_t body, char *ret)
{
	static const char name[] = "\r\nX-Served: ";
	const char *at = memmem(server->buf, body, name, sizeof(name) - 1), *end;
	const char *tree = getenv("TREE");

	ret[0] = '\0';
	if (!at)
		return;
	at += sizeof(name) - 1;
	end = strstr(at, "\r\n");
	/* a name of the file system, as a RewriteRule of Apache's leaves no other */
	if (tree && strncmp(at, tree, strlen(tree)) == 0)
		at += strlen(tree);
	pa_bytes_copy(ret, SERVED_MAX,
		(struct pa_bytes){ (const uint8_t *)at, end ? (size_t)(end - at) : 0 });
}

/* One answer, then cut off the buffer. False: there is none any more. *closes: it was the last one.
 */
static bool next_answer(struct server *server, struct answer *ret, bool *closes)
{
	size_t body = 0, end = 0;

	*closes = false;
	for (;;) {
		const char *blank = server->len ? strstr(server->buf, "\r\n\r\n") : NULL;

		if (blank) {
			body = (size_t)(blank - server->buf) + 4;
			end = body_end(server, body, closes);
		}
		if (end || !receive(server))
			break;
	}
	if (!body)
		return false;
	if (!end) { /* what there is, up to the end of the connection */
		end = server->len;
		*closes = true;
	}
	ret->found = find(server->buf + body, end - body);
	served_path(server, body, ret->served);
	server->len -= end;
	memmove(server->buf, server->buf + end, server->len + 1);
	return true;
}

void server_ask(
	struct server *server, const struct pa_bytes *targets, size_t len, struct answer *ret)
{
	for (size_t at = 0; at < len;) {
		size_t some = len - at < PIPELINED ? len - at : PIPELINED, answers = 0;
		bool closes = false;

		if (server->fd < 0)
			connect_to(server);
		send_all(server, targets + at, some);
		while (answers < some && !closes) {
			ret[at + answers] = (struct answer){ FOUND_NOTHING, "" };
			if (!next_answer(server, &ret[at + answers], &closes)) {
				closes = true;
				/* a connection may end between two requests, and be tried again;
				 * but not before its first answer */
				answers += answers == 0;
				break;
			}
			answers++;
		}
		if (closes)
			server_close(server);
		at += answers;
	}
	for (size_t i = 0; i < len; i++)
		server->kinds[ret[i].found]++;
}
