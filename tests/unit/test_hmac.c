/* Keyed digests of passwords that machines made, and the key that they need. */
#include "tests/unit/db_dir.h"

#include "daemon/pki/hmac.h"

static const struct pa_secret_key first = { "one key of thirty-two bytes ...." },
				  second = { "another key" };

/* Computed by python's hmac: what is stored must be found by every version of this code. */
static void a_known_answer(void **state)
{
	static const char want[] = "$pa1$fb686971$fad73080f23a579134e3206dc394e951"
				   "7579479f51f02cf8b4d1a2cf8d7c46a6";
	char out[PA_KDF_MAX];

	(void)state;
	assert_int_equal(pa_hmac_password_once(&first, "abc", out), 0);
	assert_string_equal(out, want);
}

/* What was made with a key before leaves nothing behind in what is made next. */
static void a_key_is_used_again_and_again(void **state)
{
	static const char *const passwords[] = { "abc", "", "0123456789abcdefghjkmnpqrs", "abd" };
	char wants[4][PA_KDF_MAX], out[PA_KDF_MAX];
	struct pa_hmac *hmac;

	(void)state;
	assert_int_equal(pa_hmac_new(&first, &hmac), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pa_hmac_password_once(&first, passwords[i], wants[i]), 0);
	for (size_t i = 0; i < 64; i++) {
		size_t at = (i ^ i / 4) % 4; /* each after each */

		assert_int_equal(pa_hmac_password(hmac, passwords[at], out), 0);
		assert_string_equal(out, wants[at]);
	}
	pa_hmac_free(hmac);
	pa_hmac_free(NULL);
}

static void a_digest_is_of_one_key_and_one_password(void **state)
{
	char a[PA_KDF_MAX], b[PA_KDF_MAX], password[] = "0123456789abcdefghjkmnpqrs";

	(void)state;
	assert_int_equal(pa_hmac_password_once(&first, password, a), 0);
	assert_int_equal(strlen(a), strlen("$pa1$") + 8 + 1 + 64);
	assert_true(pa_hmac_is(a));
	assert_string_equal(pa_kdf_method(a), "keyed-digest");
	assert_int_equal(pa_kdf_setting(a, b), 1); /* crypt(3) has nothing to do with it */
	assert_int_equal(pa_kdf_check(a), 1);      /* and none is imported */
	assert_int_equal(pa_hmac_password_once(&first, password, b), 0);
	assert_string_equal(a, b);
	assert_int_equal(pa_hmac_password_once(&second, password, b), 0);
	assert_int_not_equal(strncmp(a, b, strlen("$pa1$") + 8), 0); /* whose it is can be seen */
	for (size_t i = 0; password[i]; i++) {
		for (unsigned bit = 0; bit < 7; bit++) {
			password[i] = (char)(password[i] ^ 1 << bit);
			assert_int_equal(pa_hmac_password_once(&first, password, b), 0);
			assert_string_not_equal(a, b);
			password[i] = (char)(password[i] ^ 1 << bit);
		}
	}
	assert_int_equal(pa_hmac_password_once(&first, "", b), 0);
	assert_string_not_equal(a, b);
	assert_false(pa_hmac_is("$y$x"));
	assert_false(pa_hmac_is(""));
}

static void what_another_key_made_is_void(void **state)
{
	char out[PA_KDF_MAX], id[PA_HMAC_ID_MAX], other[PA_HMAC_ID_MAX];

	(void)state;
	assert_int_equal(pa_hmac_id(&first, id), 0);
	assert_string_equal(id, "fb686971"); /* as in the known answer */
	assert_int_equal(pa_hmac_id(&second, other), 0);
	assert_int_equal(pa_hmac_password_once(&first, "abc", out), 0);
	assert_false(pa_hmac_is_void(out, id));
	assert_true(pa_hmac_is_void(out, other));
	/* what needs no key is never void; what is cut short always */
	assert_false(pa_hmac_is_void("$y$j9T$abc$def", other));
	assert_false(pa_hmac_is_void("", id));
	assert_true(pa_hmac_is_void("$pa1$", id));
	assert_true(pa_hmac_is_void("$pa1$fb686971", id));
}

static void which_passwords_are_made(void **state)
{
	static const char *const bad[] = { "", "secret", "0123456789abcdefghjkmnpqr",
		"0123456789abcdefghjkmnpqrst", "0123456789abcdefghjkmnpqrS",
		"0123456789abcdefghjkmnpqri", "0123456789abcdefghjkmnpqr " };

	(void)state;
	assert_true(pa_hmac_is_made(PA_BYTES_LIT("0123456789abcdefghjkmnpqrs")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(pa_hmac_is_made(pa_bytes_str(bad[i])));
	assert_false(pa_hmac_is_made(PA_BYTES_LIT("0123456789abcdefghjkmnpqr\0")));
}

/* --- the file --- */

static void key_path(const struct fixture *f, char out[512])
{
	fixture_path(f, PA_SECRET_KEY_FILE, out);
}

static void write_key(const struct fixture *f, size_t len, mode_t mode)
{
	char path[512], bytes[64] = "key";
	int fd;

	key_path(f, path);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void a_key_is_made_once(void **state)
{
	struct fixture *f = *state;
	struct pa_secret_key made, again;
	struct stat st;
	char path[512];
	bool is_new;

	assert_int_equal(pa_secret_key_load(f->dir, &made, &is_new, &f->diag), 0);
	assert_true(is_new);
	key_path(f, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, PA_SECRET_KEY_LEN);
	assert_int_equal(pa_secret_key_load(f->dir, &again, &is_new, &f->diag), 0);
	assert_false(is_new);
	assert_memory_equal(&made, &again, sizeof(made));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pa_secret_key_load(f->dir, &again, &is_new, &f->diag), 0);
	assert_memory_not_equal(&made, &again, sizeof(made));
}

static void a_key_that_others_may_read_is_none(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0601 };
	struct fixture *f = *state;
	struct pa_secret_key key;
	char path[512], other[512];
	bool made;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		write_key(f, PA_SECRET_KEY_LEN, modes[i]);
		assert_int_equal(pa_secret_key_load(f->dir, &key, &made, &f->diag), PA_E_STORE);
		assert_non_null(strstr(f->diag.text, "chmod 0600"));
	}
	for (size_t len = 0; len < 64; len++) {
		write_key(f, len, 0600);
		assert_int_equal(pa_secret_key_load(f->dir, &key, &made, &f->diag),
			len == PA_SECRET_KEY_LEN ? 0 : PA_E_STORE);
	}
	key_path(f, path);
	fixture_path(f, "other", other);
	write_key(f, PA_SECRET_KEY_LEN, 0600);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink("other", path), 0);
	assert_true(pa_secret_key_load(f->dir, &key, &made, &f->diag) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pa_secret_key_load(f->dir, &key, &made, &f->diag), PA_E_STORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_answer),
		cmocka_unit_test(a_key_is_used_again_and_again),
		cmocka_unit_test(a_digest_is_of_one_key_and_one_password),
		cmocka_unit_test(what_another_key_made_is_void),
		cmocka_unit_test(which_passwords_are_made),
		fixture_dir_test(a_key_is_made_once),
		fixture_dir_test(a_key_that_others_may_read_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
