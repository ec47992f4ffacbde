#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/bench/bench.h"
#include "tests/bench/peer.h"

/* --- saslauthd: four counted fields; a counted answer that begins with OK --- */

static size_t put_counted(uint8_t *out, const char *text)
{
	size_t len = strlen(text);

	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	memcpy(out + 2, text, len);
	return 2 + len;
}

static size_t saslauthd_request(uint8_t *out, const struct bench_phone *phone, uint64_t n)
{
	size_t len = put_counted(out, phone->mac);

	(void)n;
	len += put_counted(out + len, phone->password);
	len += put_counted(out + len, "imap");
	len += put_counted(out + len, "");
	return len;
}

static int saslauthd_reply(struct pa_bytes in, uint64_t n)
{
	(void)n;
	if (in.len < 4)
		return 0;
	return memcmp(in.data + 2, "OK", 2) == 0 ? 1 : -1;
}

/* --- Dovecot's auth: lines of fields with tabs --- */

static size_t dovecot_request(uint8_t *out, const struct bench_phone *phone, uint64_t n)
{
	unsigned char plain[64], coded[96];
	int len = snprintf(
		(char *)plain, sizeof(plain), "%c%s%c%s", 0, phone->mac, 0, phone->password);

	(void)EVP_EncodeBlock(coded, plain, len);
	return (size_t)snprintf((char *)out, BENCH_PEER_REQUEST_MAX,
		"AUTH\t%u\tPLAIN\tservice=imap\tsecured\tresp=%s\n", (unsigned)(n & 0xffffff) + 1,
		(const char *)coded);
}

static int dovecot_reply(struct pa_bytes in, uint64_t n)
{
	char start[32];
	int len = snprintf(start, sizeof(start), "OK\t%u\t", (unsigned)(n & 0xffffff) + 1);

	if (!in.len || in.data[in.len - 1] != '\n')
		return 0;
	return in.len > (size_t)len && memcmp(in.data, start, (size_t)len) == 0 ? 1 : -1;
}

/* --- RADIUS: PAP, with a Message-Authenticator --- */

#define SECRET "testing123"

static void md5(uint8_t out[16], const void *a, size_t a_len, const void *b, size_t b_len)
{
	static EVP_MD_CTX *ctx;
	static EVP_MD *md;

	if (!ctx) {
		ctx = EVP_MD_CTX_new();
		md = EVP_MD_fetch(NULL, "MD5", NULL);
	}
	bench_require(ctx && md && EVP_DigestInit_ex(ctx, md, NULL) &&
			      EVP_DigestUpdate(ctx, a, a_len) && EVP_DigestUpdate(ctx, b, b_len) &&
			      EVP_DigestFinal_ex(ctx, out, NULL),
		"MD5");
}

/* RFC 2865, 5.2; a password has at most 32 bytes here */
static size_t put_password(uint8_t *out, const char *password, const uint8_t authenticator[16])
{
	uint8_t padded[32] = { 0 }, mask[16];

	memcpy(padded, password, strlen(password));
	out[0] = 2;
	out[1] = 34;
	md5(mask, SECRET, strlen(SECRET), authenticator, 16);
	for (size_t i = 0; i < 16; i++)
		out[2 + i] = padded[i] ^ mask[i];
	md5(mask, SECRET, strlen(SECRET), out + 2, 16);
	for (size_t i = 0; i < 16; i++)
		out[18 + i] = padded[16 + i] ^ mask[i];
	return 34;
}

static size_t radius_request(uint8_t *out, const struct bench_phone *phone, uint64_t n)
{
	size_t len = 20, name = strlen(phone->mac), authenticated;

	memset(out, 0, BENCH_PEER_REQUEST_MAX);
	out[0] = 1;
	out[1] = (uint8_t)n;
	/* no two are the same: else they are repeats to the server */
	md5(out + 4, &n, sizeof(n), phone->mac, name);
	out[len] = 1;
	out[len + 1] = (uint8_t)(2 + name);
	memcpy(out + len + 2, phone->mac, name);
	len += 2 + name;
	len += put_password(out + len, phone->password, out + 4);
	authenticated = len;
	out[len] = 80;
	out[len + 1] = 18;
	len += 18;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	bench_require(HMAC(EVP_md5(), SECRET, (int)strlen(SECRET), out, len,
			      out + authenticated + 2, NULL) != NULL,
		"HMAC");
	return len;
}

static int radius_reply(struct pa_bytes in, uint64_t n)
{
	return in.len >= 20 && in.data[0] == 2 && in.data[1] == (uint8_t)n ? 1 : -1;
}

/* --- HTTP: the device in a header, as a front end's rules find it in a variable --- */

static size_t http_request(uint8_t *out, const struct bench_phone *phone, uint64_t n)
{
	char upper[13];

	(void)n;
	for (size_t i = 0; i < sizeof(upper); i++) {
		char c = phone->mac[i];

		upper[i] = (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
	}
	return (size_t)snprintf((char *)out, BENCH_PEER_REQUEST_MAX,
		"GET /%s.cfg HTTP/1.1\r\nHost: localhost\r\nX-Device: %s\r\n\r\n", phone->mac,
		upper);
}

/* 204 has no body. */
static int http_reply(struct pa_bytes in, uint64_t n)
{
	static const char yes[] = "HTTP/1.1 204 ";

	(void)n;
	if (in.len < sizeof(yes) - 1 || memcmp(in.data + in.len - 4, "\r\n\r\n", 4) != 0)
		return in.len > sizeof(yes) - 1 && memcmp(in.data, yes, sizeof(yes) - 1) != 0 ? -1
											      : 0;
	return memcmp(in.data, yes, sizeof(yes) - 1) == 0 ? 1 : -1;
}

const struct bench_peer_protocol *bench_peer_protocol(const char *name)
{
	static const struct bench_peer_protocol protocols[] = {
		{ .name = "saslauthd",
			.once = true,
			.request = saslauthd_request,
			.reply = saslauthd_reply },
		{ .name = "dovecot",
			.hello = "VERSION\t1\t1\nCPID\t",
			.greeting_end = "DONE\n",
			.request = dovecot_request,
			.reply = dovecot_reply },
		{ .name = "radius",
			.is_datagram = true,
			.request = radius_request,
			.reply = radius_reply },
		{ .name = "http", .request = http_request, .reply = http_reply },
	};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	}
	return NULL;
}
