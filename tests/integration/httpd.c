/*
 * httpd DIR LOG: an HTTP server on 127.0.0.1 that behaves as its paths say. Prints its port, then
 * serves until it is killed. LOG gets a line a request: target, If-None-Match, If-Modified-Since.
 *
 *   /tag/FILE       DIR/FILE with an ETag of its content; 304 to who has it
 *   /date/FILE      the same with Last-Modified
 *   /bare/FILE      with neither
 *   /cut/FILE       half of it, under the length of all
 *   /stop/FILE      the same, and the connection stays open
 *   /odd-tag/FILE   with an ETag that no client should send back
 *   /status/N       that status; 503 asks to wait for 3 hours
 *   /304            that, asked for or not
 *   /to/TARGET      redirects to TARGET, which may be a whole URL
 *   /round/N        redirects to /round/N+1
 *   /silent         nothing
 *   /huge           announces 300 MB
 *   /endless        sends for as long as somebody listens
 *   /old            an answer as of HTTP/0.9
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#define REQUEST_MAX 8192
#define FILE_MAX    (64 * 1024)
#define BLOCK       (256 * 1024)
#define DATE        "Wed, 01 Jul 2026 12:00:00 GMT"

struct client {
	uv_tcp_t tcp;
	uv_write_t write;
	char request[REQUEST_MAX + 1];
	size_t len;
	char reply[FILE_MAX + 1024];
	enum { CLOSE = 0, STAY, AGAIN } then;
};

static const char *dir;
static FILE *request_log;
static char block[BLOCK];

static void require(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "httpd: %s\n", what);
	exit(1);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void drop(struct client *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->tcp))
		uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
	struct client *c = write->data;
	uv_buf_t buf = uv_buf_init(block, sizeof(block));

	if (status || c->then == CLOSE)
		drop(c);
	else if (c->then == AGAIN &&
		 uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) != 0)
		drop(c);
}

/* Head, an empty line, len bytes of body. */
static void answer(struct client *c, const char *head, const void *body, size_t len)
{
	int used = snprintf(c->reply, 1024, "%s\r\n", head);
	uv_buf_t buf;

	require(used > 0 && used < 1024 && len <= FILE_MAX, "an answer is too large");
	if (len)
		memcpy(c->reply + used, body, len);
	buf = uv_buf_init(c->reply, (unsigned)used + (unsigned)len);
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) != 0)
		drop(c);
}

/* A header's value; "": there is none. */
static void header(const struct client *c, const char *name, char out[256])
{
	const char *at = strcasestr(c->request, name), *end;

	out[0] = '\0';
	if (!at)
		return;
	at += strlen(name);
	end = strstr(at, "\r\n");
	if (!end || end - at > 255)
		return;
	snprintf(out, 256, "%.*s", (int)(end - at), at);
}

static size_t read_file(const char *name, char *out)
{
	char path[4096];
	FILE *file;
	size_t len;

	require(snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path), "a path");
	file = fopen(path, "r");
	if (!file)
		return 0;
	len = fread(out, 1, FILE_MAX, file);
	fclose(file);
	return len;
}

static unsigned sum_of(const char *data, size_t len)
{
	unsigned sum = 5381;

	for (size_t i = 0; i < len; i++)
		sum = sum * 33 + (unsigned char)data[i];
	return sum;
}

/* kind is what stands before the second slash. */
static void serve_file(struct client *c, const char *kind, const char *name)
{
	char *data = malloc(FILE_MAX), head[512], tag[64] = "", match[256];
	size_t len;

	require(data != NULL, "memory");
	len = read_file(name, data);
	if (strcmp(kind, "tag") == 0)
		snprintf(tag, sizeof(tag), "ETag: \"%08x\"\r\n", sum_of(data, len));
	else if (strcmp(kind, "date") == 0)
		snprintf(tag, sizeof(tag), "Last-Modified: " DATE "\r\n");
	else if (strcmp(kind, "odd-tag") == 0)
		snprintf(tag, sizeof(tag), "ETag: \"\x1b[2J\xff\"\r\n");
	header(c, strcmp(kind, "date") == 0 ? "\r\nIf-Modified-Since: " : "\r\nIf-None-Match: ",
		match);
	if (!len) {
		answer(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n", NULL, 0);
	} else if (match[0] && strstr(tag, match)) {
		snprintf(head, sizeof(head), "HTTP/1.1 304 Not Modified\r\n%s", tag);
		answer(c, head, NULL, 0);
	} else {
		if (strcmp(kind, "stop") == 0)
			c->then = STAY;
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n", tag,
			len);
		answer(c, head, data,
			strcmp(kind, "cut") == 0 || strcmp(kind, "stop") == 0 ? len / 2 : len);
	}
	free(data);
}

static void serve_oddity(struct client *c, const char *target, const char *kind, const char *rest)
{
	char head[REQUEST_MAX + 128];

	if (strcmp(kind, "status") == 0) {
		snprintf(head, sizeof(head), "HTTP/1.1 %.3s Status\r\n%sContent-Length: 0\r\n",
			rest, strcmp(rest, "503") == 0 ? "Retry-After: 10800\r\n" : "");
	} else if (strcmp(kind, "to") == 0) {
		snprintf(head, sizeof(head), "HTTP/1.1 302 Found\r\nLocation: %.700s\r\n", rest);
	} else if (strcmp(kind, "round") == 0) {
		snprintf(head, sizeof(head), "HTTP/1.1 301 Moved\r\nLocation: /round/%ld\r\n",
			strtol(rest, NULL, 10) + 1);
	} else if (strcmp(target, "/304") == 0) {
		snprintf(head, sizeof(head), "HTTP/1.1 304 Not Modified\r\n");
	} else if (strcmp(target, "/huge") == 0) {
		c->then = STAY;
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n");
	} else if (strcmp(target, "/endless") == 0) {
		c->then = AGAIN;
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n");
	} else if (strcmp(target, "/silent") == 0) {
		return;
	} else {
		snprintf(head, sizeof(head), "what is wanted?");
	}
	answer(c, head, "elsewhere", strcmp(kind, "to") == 0 ? 9 : 0);
}

static void serve(struct client *c)
{
	char target[REQUEST_MAX], kind[16] = "", match[256], since[256];
	const char *slash;

	if (sscanf(c->request, "%*s %8191s", target) != 1 || target[0] != '/') {
		drop(c);
		return;
	}
	header(c, "\r\nIf-None-Match: ", match);
	header(c, "\r\nIf-Modified-Since: ", since);
	fprintf(request_log, "%s %s %s\n", target, match[0] ? match : "-", since[0] ? since : "-");
	fflush(request_log);
	slash = strchr(target + 1, '/');
	if (slash)
		snprintf(kind, sizeof(kind), "%.*s", (int)(slash - target - 1), target + 1);
	if (strcmp(kind, "tag") == 0 || strcmp(kind, "date") == 0 || strcmp(kind, "bare") == 0 ||
		strcmp(kind, "cut") == 0 || strcmp(kind, "stop") == 0 ||
		strcmp(kind, "odd-tag") == 0)
		serve_file(c, kind, slash + 1);
	else
		serve_oddity(c, target, kind, slash ? slash + 1 : "");
}

static void on_alloc(uv_handle_t *handle, size_t wish, uv_buf_t *buf)
{
	struct client *c = handle->data;

	(void)wish;
	*buf = uv_buf_init(c->request + c->len, (unsigned)(REQUEST_MAX - c->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;

	(void)buf;
	if (n < 0) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	c->request[c->len] = '\0';
	if (strstr(c->request, "\r\n\r\n")) {
		serve(c);
		c->len = 0;
	}
}

static void on_connection(uv_stream_t *server, int status)
{
	struct client *c = calloc(1, sizeof(*c));

	require(status == 0 && c, "a connection");
	require(uv_tcp_init(server->loop, &c->tcp) == 0, "a socket");
	c->tcp.data = c;
	require(uv_accept(server, (uv_stream_t *)&c->tcp) == 0 &&
			uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0,
		"a connection");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int len = sizeof(address);
	uv_tcp_t server;

	require(argc == 3, "httpd DIR LOG");
	dir = argv[1];
	request_log = fopen(argv[2], "w");
	require(request_log != NULL, "the log cannot be written");
	uv_ip4_addr("127.0.0.1", 0, &address);
	require(uv_tcp_init(uv_default_loop(), &server) == 0 &&
			uv_tcp_bind(&server, (const struct sockaddr *)&address, 0) == 0 &&
			uv_listen((uv_stream_t *)&server, 16, on_connection) == 0 &&
			uv_tcp_getsockname(&server, (struct sockaddr *)&address, &len) == 0,
		"no port");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
