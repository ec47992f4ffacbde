/*
 * bench_phones COUNT DIR: phones for the benchmarks, and what they ask.
 *
 * A root, a policy CA and an issuing CA with their CRLs; COUNT phones with RSA-2048 certificates of
 * realistic size, on few keys, since keys are slow to make and nobody looks whether they differ; a
 * list of the phones, one of passwords as polyauthctl makes them, and two files of requests (see
 * frames.h): chain.frames with certificate and chain, for realm `phones`, password.frames with a
 * user name and a password, for realm `logins`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/authorize.h"
#include "proto/frame.h"
#include "proto/mac.h"
#include "tests/fixtures/pki.h"

#define DAY      INT64_C(86400)
#define KEYS     16u
#define LEAF_LEN 1079u /* as of real ones */
#define CA_LEN   935u

enum ca { ROOT, POLICY, ISSUING, CAS };

static const struct {
	const char *file, *cn, *serial;
} ca_rows[CAS] = {
	{ "root", "Bench Root CA", "\x11\x00\x00\x01" },
	{ "policy", "Bench Equipment Policy CA", "\x11\x00\x00\x02" },
	{ "issuing", "Bench Equipment Issuing CA 1", "\x11\x00\x00\x03" },
};

static const char *dir;
static int64_t now_s;
static struct pa_pki_cert cas[CAS];
static EVP_PKEY *keys[KEYS];

static FILE *create(const char *name, const char *suffix)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "bench_phones: %s: %m\n", path);
		exit(1);
	}
	return file;
}

static void finish(FILE *file)
{
	pa_pki_require(fclose(file) == 0, "a file could not be written");
}

static void write_bytes(FILE *file, struct pa_bytes bytes)
{
	pa_pki_require(fwrite(bytes.data, 1, bytes.len, file) == bytes.len, "a file");
}

static void write_der(const char *name, const char *suffix, struct pa_bytes der)
{
	FILE *file = create(name, suffix);

	write_bytes(file, der);
	finish(file);
}

static void set_validity(struct pa_pki_spec *spec)
{
	spec->not_before_s = now_s - DAY;
	spec->not_after_s = spec->not_before_s + 15 * PA_PKI_YEAR;
}

/* An IA5String of so many bytes in all, fewer than 256. */
static void write_comment(uint8_t *out, size_t len)
{
	size_t header = len < 130 ? 2 : 3;

	memset(out, 'x', len);
	out[0] = 0x16;
	out[1] = 0x81;
	out[header - 1] = (uint8_t)(len - header);
}

/*
 * A comment makes up for what a vendor's certificate has more: policies, addresses of CRLs.
 * *comment_len is 0 at first, and then right for others of the kind.
 */
static void make_of_size(
	struct pa_pki_cert *ret, struct pa_pki_spec *spec, size_t len, size_t *comment_len)
{
	uint8_t comment[256];

	if (!*comment_len) {
		pa_pki_make(ret, spec);
		*comment_len = len - ret->der.len;
	}
	for (unsigned tries = 0; ret->der.len != len; tries++) {
		/* the first time it is too long by its own headers */
		*comment_len -= tries ? ret->der.len - len : 0;
		pa_pki_require(
			tries < 3 && *comment_len < sizeof(comment), "certificates of this size");
		pa_pki_finish(ret);
		write_comment(comment, *comment_len);
		spec->extra[0] = (struct pa_pki_extension){ "2.16.840.1.113730.1.13", false,
			{ comment, *comment_len } };
		pa_pki_make(ret, spec);
	}
}

static void make_cas(void)
{
	for (size_t i = 0; i < CAS; i++) {
		struct pa_pki_spec spec = pa_pki_ca(ca_rows[i].cn, i ? &cas[i - 1] : NULL, 0);
		struct pa_pki_crl crl = { .issuer = &cas[i],
			.number = PA_BYTES_LIT("\x01"),
			.this_update_s = now_s - 60,
			/* the files are kept */
			.next_update_s = now_s + 10 * PA_PKI_YEAR,
			.aki = true };
		EVP_PKEY *key = pa_pki_new_rsa(2048);
		struct pa_bytes der;
		size_t comment_len = 0;

		spec.key = key;
		spec.serial = (struct pa_bytes){ (const uint8_t *)ca_rows[i].serial, 4 };
		set_validity(&spec);
		make_of_size(&cas[i], &spec, CA_LEN, &comment_len);
		EVP_PKEY_free(key);
		write_der(ca_rows[i].file, ".der", cas[i].der);
		der = pa_pki_make_crl(&crl);
		write_der(ca_rows[i].file, ".crl", der);
		pa_pki_free_der(der);
	}
}

/* --- phones --- */

/* All different, in no order: an odd factor permutes 24 bits. */
static struct pa_mac mac_of(uint64_t i)
{
	return (struct pa_mac){ UINT64_C(0x0004f2) << 24 |
				((i + 1) * UINT64_C(0x9e3779b1) & 0xffffff) };
}

/* As polyauthctl makes them, and always the same. */
static void password_of(uint64_t i, char out[27])
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t n = i + 1;

	for (size_t k = 0; k < 26; k++) {
		n = n * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[k] = letters[n >> 59];
	}
	out[26] = '\0';
}

static struct pa_pki_cert make_leaf(uint64_t i)
{
	uint8_t serial[4] = { 0x22, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
	struct pa_mac_text text = pa_mac_format(mac_of(i));
	static size_t comment_len;
	struct pa_pki_spec spec;
	struct pa_pki_cert ret = { 0 };

	for (char *c = text.text; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	spec = pa_pki_leaf(text.text, &cas[ISSUING]);
	spec.key = keys[i % KEYS];
	spec.serial = (struct pa_bytes){ serial, sizeof(serial) };
	set_validity(&spec);
	make_of_size(&ret, &spec, LEAF_LEN, &comment_len);
	return ret;
}

/* --- what they ask --- */

static void write_request(FILE *file, const struct pa_authorize_request *request)
{
	static uint8_t out[PA_FRAME_MAX];
	size_t len;

	pa_pki_require(pa_authorize_request_encode(request, out + PA_FRAME_HEADER,
			       sizeof(out) - PA_FRAME_HEADER, &len) == 0,
		"a request");
	pa_frame_header(out, len);
	write_bytes(file, (struct pa_bytes){ out, PA_FRAME_HEADER + len });
}

static struct pa_authorize_request request_of(uint64_t i, const char *target)
{
	static const uint8_t source[4] = { 192, 0, 2, 17 };

	return (struct pa_authorize_request){
		.id = i + 1,
		.method = PA_BYTES_LIT("GET"),
		.target = pa_bytes_str(target),
		.host = PA_BYTES_LIT("provisioning.example.net"),
		.source = { source, sizeof(source) },
		.source_port = 32768 + (uint32_t)(i % 20000),
		.frontend = PA_BYTES_LIT("nginx/1.22.1"),
		.timeout_ms = 5000,
	};
}

static void write_phone(uint64_t i, FILE *chains, FILE *logins, FILE *devices, FILE *passwords)
{
	struct pa_pki_cert leaf = make_leaf(i);
	const struct pa_mac_text mac = pa_mac_format(mac_of(i));
	struct pa_authorize_request request;
	char target[32], password[27];

	password_of(i, password);
	snprintf(target, sizeof(target), "/%s.cfg", mac.text);
	request = request_of(i, target);
	request.realm = PA_BYTES_LIT("phones");
	request.front_verify = PA_FRONT_SUCCESS;
	request.chain[0] = leaf.der;
	request.chain[1] = cas[ISSUING].der;
	request.chain[2] = cas[POLICY].der;
	request.chain_len = 3;
	write_request(chains, &request);
	request = request_of(i, target);
	request.realm = PA_BYTES_LIT("logins");
	request.has_credentials = true;
	request.user = pa_bytes_str(mac.text);
	request.password = pa_bytes_str(password);
	write_request(logins, &request);
	fprintf(devices, "%s\n", mac.text);
	fprintf(passwords, "%s,%s\n", mac.text, password);
	pa_pki_finish(&leaf);
}

int main(int argc, char **argv)
{
	FILE *chains, *logins, *devices, *passwords;
	unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (!count || count > 1u << 24) {
		fprintf(stderr, "usage: bench_phones COUNT DIR\n");
		return 2;
	}
	dir = argv[2];
	umask(077); /* polyauthctl takes passwords from no other file */
	now_s = (int64_t)time(NULL);
	pa_pki_require(mkdir(dir, 0777) == 0 || errno == EEXIST, dir);
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = pa_pki_new_rsa(2048);
	make_cas();
	chains = create("chain", ".frames");
	logins = create("password", ".frames");
	devices = create("devices", ".csv");
	passwords = create("passwords", ".csv");
	fprintf(devices, "mac\n");
	fprintf(passwords, "mac,password\n");
	for (uint64_t i = 0; i < count; i++)
		write_phone(i, chains, logins, devices, passwords);
	finish(chains);
	finish(logins);
	finish(devices);
	finish(passwords);
	for (size_t i = 0; i < CAS; i++)
		pa_pki_finish(&cas[i]);
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}
