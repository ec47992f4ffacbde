/*
 * renegotiate ADDRESS PORT FIRST SECOND TARGET...: ask for the targets over one connection of
 * TLS 1.2, and print a status for each. The client has the certificate FIRST (FIRST.chain.pem,
 * FIRST.key) until the server wants a second handshake, and SECOND from then on.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

static const char *const *names;
static unsigned handshakes;

static void require(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "renegotiate: %s\n", what);
	exit(1);
}

static int choose_certificate(SSL *ssl, void *arg)
{
	const char *name = names[handshakes++ > 0];
	char path[512];

	(void)arg;
	SSL_certs_clear(ssl);
	snprintf(path, sizeof(path), "%s.chain.pem", name);
	require(SSL_use_certificate_chain_file(ssl, path) == 1, path);
	snprintf(path, sizeof(path), "%s.key", name);
	require(SSL_use_PrivateKey_file(ssl, path, SSL_FILETYPE_PEM) == 1, path);
	return 1;
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	require(fd >= 0 && inet_pton(AF_INET, address, &to.sin_addr) == 1 &&
			connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0,
		"no connection");
	return fd;
}

/* Prints the status, and reads to the end of the answer. */
static void ask(SSL *ssl, const char *target)
{
	char text[65536];
	const char *head_end = NULL, *length;
	size_t len, whole = 0;

	len = (size_t)snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: prov.example.com\r\n"
		"Authorization: Basic cGhvbmU6c3ByaW5nLTIwMjY=\r\n\r\n",
		target);
	require(SSL_write(ssl, text, (int)len) == (int)len, "the request is not taken");
	for (len = 0; !head_end || len < whole;) {
		int n = SSL_read(ssl, text + len, (int)(sizeof(text) - 1 - len));

		require(n > 0, "the answer ends too early");
		len += (size_t)n;
		text[len] = '\0';
		head_end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		if (head_end && length)
			whole = (size_t)(head_end + 4 - text) + strtoul(length + 16, NULL, 10);
	}
	require(strncmp(text, "HTTP/1.1 ", 9) == 0, "no HTTP");
	printf("%.3s\n", text + 9);
}

int main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	int fd;

	require(argc > 5, "ADDRESS PORT FIRST SECOND TARGET...");
	names = (const char *const *)(argv + 3);
	fd = connect_to(argv[1], argv[2]);
	require(ctx && SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1, "no TLS 1.2");
	SSL_CTX_set_cert_cb(ctx, choose_certificate, NULL);
	ssl = SSL_new(ctx);
	require(ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1, "no handshake");
	for (int i = 5; i < argc; i++)
		ask(ssl, argv[i]);
	require(handshakes == 2, "there was no second handshake");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return 0;
}
