#include "daemon/pki/otp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define NEW_FILE PA_OTP_KEY_FILE ".new"
#define DOMAIN   "polyauth otp 1"
#define ID_LABEL "polyauth otp key id"

/* 32 letters and digits of which no two look alike: i, l and o are read as 1, 1 and 0. */
static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* --- the key --- */

static int failed(const char *dir, const char *what, int r, struct pa_diag *diag)
{
	pa_diag_set(diag, "%s/%s: %s", dir, what, pa_strerror(r));
	return r;
}

static int check_inode(int fd, const char *dir, struct pa_diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return failed(dir, PA_OTP_KEY_FILE, -errno, diag);
	if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
		pa_diag_set(
			diag, "%s/" PA_OTP_KEY_FILE " is no regular file of ours: chown it", dir);
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		pa_diag_set(diag,
			"%s/" PA_OTP_KEY_FILE
			" is open to other users (mode %04o): chmod 0600, and "
			"issue all one-time passwords anew",
			dir, (unsigned)st.st_mode & 07777u);
	else if (st.st_size != (off_t)PA_OTP_KEY_LEN)
		pa_diag_set(diag,
			"%s/" PA_OTP_KEY_FILE " has not %u bytes: bring back the right one, or "
			"remove it, which voids all one-time passwords",
			dir, PA_OTP_KEY_LEN);
	else
		return 0;
	return PA_E_STORE;
}

static int read_key(int fd, const char *dir, struct pa_otp_key *ret, struct pa_diag *diag)
{
	int r = check_inode(fd, dir, diag);
	ssize_t n;

	if (r)
		return r;
	n = read(fd, ret->bytes, sizeof(ret->bytes));
	if (n == (ssize_t)sizeof(ret->bytes))
		return 0;
	return failed(dir, PA_OTP_KEY_FILE, n < 0 ? -errno : PA_E_STORE, diag);
}

/* Under another name first: what stands there by its own is whole. */
static int write_key(int dir_fd, const char *dir, struct pa_otp_key *key, struct pa_diag *diag)
{
	int fd, r = 0;

	if (RAND_priv_bytes(key->bytes, sizeof(key->bytes)) != 1)
		return failed(dir, PA_OTP_KEY_FILE, PA_E_CRYPTO, diag);
	(void)unlinkat(dir_fd, NEW_FILE, 0);
	fd = openat(dir_fd, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(dir, NEW_FILE, -errno, diag);
	errno = ENOSPC; /* where less is written */
	if (write(fd, key->bytes, sizeof(key->bytes)) != (ssize_t)sizeof(key->bytes) ||
		fsync(fd) != 0)
		r = -errno;
	(void)close(fd);
	if (r == 0 &&
		(renameat(dir_fd, NEW_FILE, dir_fd, PA_OTP_KEY_FILE) != 0 || fsync(dir_fd) != 0))
		r = -errno;
	return r ? failed(dir, NEW_FILE, r, diag) : 1;
}

static int make_id(struct pa_otp_key *key, const char *dir, struct pa_diag *diag)
{
	uint8_t digest[PA_DIGEST_LEN];
	unsigned len = 0;

	if (!HMAC(EVP_sha256(), key->bytes, (int)sizeof(key->bytes), (const uint8_t *)ID_LABEL,
		    sizeof(ID_LABEL), digest, &len) ||
		len != PA_DIGEST_LEN)
		return failed(dir, PA_OTP_KEY_FILE, PA_E_CRYPTO, diag);
	memcpy(key->id, digest, sizeof(key->id));
	return 0;
}

static int read_or_write_key(
	int dir_fd, const char *dir, struct pa_otp_key *ret, struct pa_diag *diag)
{
	int fd = openat(dir_fd, PA_OTP_KEY_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd >= 0) {
		r = read_key(fd, dir, ret, diag);
		(void)close(fd);
		return r;
	}
	if (errno == ENOENT)
		return write_key(dir_fd, dir, ret, diag);
	if (errno != EACCES)
		return failed(dir, PA_OTP_KEY_FILE, -errno, diag);
	pa_diag_set(diag, /* root has put it back */
		"%s/" PA_OTP_KEY_FILE ": it must belong to the daemon's user: chown it", dir);
	return -EACCES;
}

static int get_key(const char *dir, bool anew, struct pa_otp_key *ret, struct pa_diag *diag)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (dir_fd < 0)
		return failed(dir, PA_OTP_KEY_FILE, -errno, diag);
	r = anew ? write_key(dir_fd, dir, ret, diag) : read_or_write_key(dir_fd, dir, ret, diag);
	(void)close(dir_fd);
	if (r >= 0 && make_id(ret, dir, diag) != 0)
		r = PA_E_CRYPTO;
	if (r < 0)
		explicit_bzero(ret, sizeof(*ret));
	return r;
}

int pa_otp_key_open(const char *dir, struct pa_otp_key *ret, struct pa_diag *diag)
{
	return get_key(dir, false, ret, diag);
}

int pa_otp_key_replace(const char *dir, struct pa_otp_key *ret, struct pa_diag *diag)
{
	return get_key(dir, true, ret, diag);
}

/* --- codes --- */

unsigned pa_otp_bits(enum pa_otp_alphabet alphabet, unsigned length)
{
	/* of ten digits, log2(10) = 3.32192... a digit */
	return alphabet == PA_OTP_LETTERS  ? 5 * length
	       : alphabet == PA_OTP_DIGITS ? length * 33219u / 10000u
					   : 0;
}

unsigned pa_otp_open_length(enum pa_otp_alphabet alphabet)
{
	unsigned length = 1;

	while (length < PA_OTP_SHAPE_MAX && pa_otp_bits(alphabet, length) < PA_OTP_OPEN_BITS)
		length++;
	return length;
}

/* One symbol of ten, of a byte below 250, so that none is likelier than the others. */
static int random_digit(char *ret)
{
	uint8_t byte;

	do {
		if (RAND_priv_bytes(&byte, 1) != 1)
			return PA_E_CRYPTO;
	} while (byte >= 250);
	*ret = letters[byte % 10];
	return 0;
}

static int random_letter(char *ret)
{
	uint8_t byte;

	if (RAND_priv_bytes(&byte, 1) != 1)
		return PA_E_CRYPTO;
	*ret = letters[byte & 31u];
	return 0;
}

int pa_otp_make(enum pa_otp_alphabet alphabet, unsigned length, struct pa_otp_code *ret)
{
	int r = 0;

	*ret = (struct pa_otp_code){ .length = length };
	if ((alphabet != PA_OTP_DIGITS && alphabet != PA_OTP_LETTERS) ||
		length < PA_OTP_LENGTH_MIN || length > PA_OTP_SHAPE_MAX)
		r = -EINVAL;
	for (unsigned i = 0; i < length && r == 0; i++)
		r = alphabet == PA_OTP_DIGITS ? random_digit(&ret->text[i])
					      : random_letter(&ret->text[i]);
	if (r)
		explicit_bzero(ret, sizeof(*ret));
	return r;
}

void pa_otp_format(const struct pa_otp_code *code, char out[PA_OTP_TEXT_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < code->length; i++) {
		if (i && i % 4 == 0)
			out[len++] = '-';
		out[len++] = code->text[i];
	}
	out[len] = '\0';
}

/* The symbol that is meant; NUL: none. */
static char symbol(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		c = (uint8_t)(c + 'a' - 'A');
	if (c == 'i' || c == 'l')
		c = '1';
	if (c == 'o')
		c = '0';
	return c && strchr(letters, c) ? (char)c : '\0';
}

void pa_otp_read(struct pa_bytes text, struct pa_otp_code *ret)
{
	*ret = (struct pa_otp_code){ .length = 0 };
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.data[i];

		if (c == '-' || c == ' ')
			continue;
		if (ret->length == PA_OTP_SHAPE_MAX || !symbol(c)) {
			explicit_bzero(ret, sizeof(*ret));
			return;
		}
		ret->text[ret->length++] = symbol(c);
	}
}

bool pa_otp_is_void(const struct pa_otp_key *key, const struct pa_otp *otp)
{
	static const uint8_t nobody_noted_it[PA_OTP_KEY_ID_LEN];

	return !otp->used_s && memcmp(otp->key_id, nobody_noted_it, sizeof(otp->key_id)) != 0 &&
	       memcmp(otp->key_id, key->id, sizeof(otp->key_id)) != 0;
}

bool pa_otp_has_shape(const struct pa_otp_code *code, const struct pa_otp *otp)
{
	const char *set = otp->alphabet == PA_OTP_DIGITS ? "0123456789" : letters;

	return code->length && code->length == otp->length &&
	       strspn(code->text, set) == code->length;
}

/* --- digests --- */

int pa_otp_digest(const struct pa_otp_key *key, struct pa_mac mac, const char *realm,
	const struct pa_otp_code *code, uint8_t out[PA_DIGEST_LEN])
{
	/* each part with its NUL, so that no two messages read the same */
	char message[sizeof(DOMAIN) + PA_MAC_DIGITS + 1 + PA_NAME_MAX + 1 + PA_OTP_SHAPE_MAX + 1];
	const struct pa_mac_text device = pa_mac_format(mac);
	const struct {
		const char *text;
		size_t len;
	} parts[] = { { DOMAIN, sizeof(DOMAIN) }, { device.text, sizeof(device.text) },
		{ realm, strnlen(realm, PA_NAME_MAX) + 1 }, { code->text, code->length } };
	size_t len = 0;
	unsigned out_len = 0;
	bool good;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		memcpy(message + len, parts[i].text, parts[i].len);
		len += parts[i].len;
	}
	good = HMAC(EVP_sha256(), key->bytes, (int)sizeof(key->bytes), (const uint8_t *)message,
		       len, out, &out_len) &&
	       out_len == PA_DIGEST_LEN;
	explicit_bzero(message, sizeof(message));
	return good ? 0 : PA_E_CRYPTO;
}

bool pa_otp_equal(const uint8_t a[PA_DIGEST_LEN], const uint8_t b[PA_DIGEST_LEN])
{
	return CRYPTO_memcmp(a, b, PA_DIGEST_LEN) == 0;
}
