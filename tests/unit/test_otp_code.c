/* Codes: how they are made, typed and digested; and the key that is not in the store. */
#include "tests/unit/db_dir.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "daemon/pki/otp.h"

static struct pa_otp_code read_code(const char *text)
{
	struct pa_otp_code code;

	pa_otp_read(pa_bytes_str(text), &code);
	return code;
}

static void entropy_is_what_is_said(void **state)
{
	(void)state;
	assert_int_equal(pa_otp_bits(PA_OTP_LETTERS, 16), 80);
	assert_int_equal(pa_otp_bits(PA_OTP_DIGITS, 8), 26);
	assert_int_equal(pa_otp_bits(PA_OTP_DIGITS, 24), 79);
	assert_int_equal(pa_otp_bits(PA_OTP_DIGITS, 25), 83);
	assert_int_equal(pa_otp_bits(PA_OTP_NONE, 25), 0);
	assert_int_equal(pa_otp_open_length(PA_OTP_LETTERS), 16);
	assert_int_equal(pa_otp_open_length(PA_OTP_DIGITS), 25);
}

/* Each symbol about as often as the others; no two codes the same. */
static void symbols_are_equally_likely(void **state)
{
	static const struct {
		enum pa_otp_alphabet alphabet;
		unsigned symbols;
	} rows[] = { { PA_OTP_DIGITS, 10 }, { PA_OTP_LETTERS, 32 } };
	struct pa_otp_code code, before = { .length = 0 };

	(void)state;
	for (size_t row = 0; row < 2; row++) {
		const unsigned mean = 1000 * PA_OTP_SHAPE_MAX / rows[row].symbols;
		unsigned counts[256] = { 0 }, seen = 0;

		for (unsigned i = 0; i < 1000; i++) {
			assert_int_equal(
				pa_otp_make(rows[row].alphabet, PA_OTP_SHAPE_MAX, &code), 0);
			assert_string_not_equal(code.text, before.text);
			assert_int_equal(strlen(code.text), PA_OTP_SHAPE_MAX);
			for (size_t k = 0; k < code.length; k++)
				counts[(uint8_t)code.text[k]]++;
			before = code;
		}
		for (size_t c = 0; c < 256; c++) {
			seen += counts[c] != 0;
			/* ten and more standard deviations */
			assert_true(!counts[c] ||
				    (counts[c] > mean * 7 / 10 && counts[c] < mean * 13 / 10));
		}
		assert_int_equal(seen, rows[row].symbols);
	}
	assert_int_equal(pa_otp_make(PA_OTP_DIGITS, PA_OTP_LENGTH_MIN - 1, &code), -EINVAL);
	assert_int_equal(pa_otp_make(PA_OTP_DIGITS, PA_OTP_SHAPE_MAX + 1, &code), -EINVAL);
	assert_int_equal(pa_otp_make(PA_OTP_NONE, 8, &code), -EINVAL);
}

static void what_people_type_is_read(void **state)
{
	static const struct {
		const char *text, *read;
	} rows[] = {
		{ "abcd-efgh-jkmn-pqrs", "abcdefghjkmnpqrs" },
		{ "ABCD EFGH JKMN PQRS", "abcdefghjkmnpqrs" },
		{ "-a-b--c ", "abc" },
		{ "OoIiLl", "001111" },
		{ "4711-0815", "47110815" },
		{ "abcu", "" },
		{ "abc_d", "" },
		{ "abc\xc3\xa9", "" },
		{ "", "" },
		{ "- -", "" },
	};
	char longest[PA_OTP_SHAPE_MAX + 2], text[PA_OTP_TEXT_MAX];
	struct pa_otp_code code, again;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		code = read_code(rows[i].text);
		assert_string_equal(code.text, rows[i].read);
		assert_int_equal(code.length, strlen(rows[i].read));
	}
	pa_otp_read((struct pa_bytes){ (const uint8_t *)"ab\0cd", 5 }, &code);
	assert_int_equal(code.length, 0);
	memset(longest, 'a', sizeof(longest));
	longest[PA_OTP_SHAPE_MAX + 1] = '\0';
	assert_int_equal(read_code(longest).length, 0);
	longest[PA_OTP_SHAPE_MAX] = '\0';
	assert_int_equal(read_code(longest).length, PA_OTP_SHAPE_MAX);
	for (unsigned length = PA_OTP_LENGTH_MIN; length <= PA_OTP_SHAPE_MAX; length++) {
		assert_int_equal(pa_otp_make(PA_OTP_LETTERS, length, &code), 0);
		pa_otp_format(&code, text);
		again = read_code(text);
		assert_string_equal(again.text, code.text);
		assert_int_equal(text[4], '-');
	}
}

static void a_shape_is_kind_and_length(void **state)
{
	const struct pa_otp digits = { .alphabet = PA_OTP_DIGITS, .length = 8 };
	const struct pa_otp letters = { .alphabet = PA_OTP_LETTERS, .length = 8 }, none = { 0 };
	struct pa_otp_code code = read_code("4711-0815");

	(void)state;
	assert_true(pa_otp_has_shape(&code, &digits));
	assert_true(pa_otp_has_shape(&code, &letters));
	assert_false(pa_otp_has_shape(&code, &none));
	code = read_code("4711-081a");
	assert_false(pa_otp_has_shape(&code, &digits));
	assert_true(pa_otp_has_shape(&code, &letters));
	code = read_code("4711-0815-4");
	assert_false(pa_otp_has_shape(&code, &letters));
	code = read_code("");
	assert_false(pa_otp_has_shape(&code, &none));
}

/* Of key, device, realm and code, each; and as HMAC-SHA-256 says it, put together otherwise. */
static void a_digest_is_of_all_of_it(void **state)
{
	static const char message[] = "polyauth otp 1\0"
				      "0004f2aabbcc\0"
				      "r\0"
				      "47110815";
	const struct pa_otp_code code = read_code("4711-0815"), other = read_code("4711-0816");
	const struct pa_mac mac = { 0x0004f2aabbcc }, mac2 = { 0x0004f2aabbcd };
	struct pa_otp_key key = { .bytes = { 1, 2, 3 } }, key2 = { .bytes = { 1, 2, 4 } };
	uint8_t digests[6][PA_DIGEST_LEN];
	unsigned len;

	(void)state;
	assert_int_equal(pa_otp_digest(&key, mac, "r", &code, digests[0]), 0);
	assert_int_equal(pa_otp_digest(&key2, mac, "r", &code, digests[1]), 0);
	assert_int_equal(pa_otp_digest(&key, mac2, "r", &code, digests[2]), 0);
	assert_int_equal(pa_otp_digest(&key, mac, "r4", &code, digests[3]), 0);
	assert_int_equal(pa_otp_digest(&key, mac, "r", &other, digests[4]), 0);
	for (size_t i = 1; i < 5; i++)
		assert_false(pa_otp_equal(digests[0], digests[i]));
	assert_non_null(HMAC(EVP_sha256(), key.bytes, sizeof(key.bytes), (const uint8_t *)message,
		sizeof(message) - 1, digests[5], &len));
	assert_true(pa_otp_equal(digests[0], digests[5]));
}

static void the_key_is_made_once_and_is_ours_alone(void **state)
{
	struct fixture *f = *state;
	struct pa_otp_key key, again, other;
	char path[512], new_path[512];
	struct pa_otp otp = { .length = 8 };
	struct stat st;

	fixture_path(f, PA_OTP_KEY_FILE, path);
	fixture_path(f, PA_OTP_KEY_FILE ".new", new_path);
	assert_int_equal(pa_otp_key_open(f->dir, &key, &f->diag), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777u, 0600);
	assert_int_equal(st.st_size, PA_OTP_KEY_LEN);
	assert_int_equal(pa_otp_key_open(f->dir, &again, &f->diag), 0);
	assert_memory_equal(&key, &again, sizeof(key));

	for (mode_t mode = 0601; mode <= 0640; mode++) {
		if (!(mode & 077))
			continue;
		assert_int_equal(chmod(path, mode), 0);
		assert_int_equal(pa_otp_key_open(f->dir, &again, &f->diag), PA_E_STORE);
		assert_non_null(strstr(f->diag.text, "is open to other users"));
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(pa_otp_key_open(f->dir, &again, &f->diag), PA_E_STORE);
	assert_non_null(strstr(f->diag.text, "has not 32 bytes"));
	assert_int_equal(truncate(path, 33), 0);
	assert_int_equal(pa_otp_key_open(f->dir, &again, &f->diag), PA_E_STORE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("lock", path), 0);
	assert_true(pa_otp_key_open(f->dir, &again, &f->diag) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(pa_otp_key_open(f->dir, &again, &f->diag) < 0);
	assert_int_equal(rmdir(path), 0);

	/* what a crash left half made is made anew */
	assert_int_equal(close(open(new_path, O_CREAT | O_WRONLY, 0644)), 0);
	assert_int_equal(pa_otp_key_open(f->dir, &other, &f->diag), 1);
	assert_memory_not_equal(&key, &other, sizeof(key));
	/* what the first one digested is void with the other, until it is used */
	assert_false(pa_otp_is_void(&key, &otp));
	assert_false(pa_otp_is_void(&other, &otp)); /* nobody noted whose it is */
	memcpy(otp.key_id, key.id, sizeof(otp.key_id));
	assert_false(pa_otp_is_void(&key, &otp));
	assert_true(pa_otp_is_void(&other, &otp));
	otp.used_s = 1;
	assert_false(pa_otp_is_void(&other, &otp));
	assert_int_equal(access(new_path, F_OK), -1);
}

static void a_key_that_is_replaced_voids_what_was_issued(void **state)
{
	struct fixture *f = *state;
	struct pa_otp_key key, other, again;
	struct pa_otp otp = { .length = 8 };

	assert_int_equal(pa_otp_key_open(f->dir, &key, &f->diag), 1);
	memcpy(otp.key_id, key.id, sizeof(otp.key_id));
	assert_int_equal(pa_otp_key_replace(f->dir, &other, &f->diag), 1);
	assert_memory_not_equal(&key, &other, sizeof(key));
	assert_true(pa_otp_is_void(&other, &otp));
	assert_int_equal(pa_otp_key_open(f->dir, &again, &f->diag), 0);
	assert_memory_equal(&other, &again, sizeof(other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entropy_is_what_is_said),
		cmocka_unit_test(symbols_are_equally_likely),
		cmocka_unit_test(what_people_type_is_read),
		cmocka_unit_test(a_shape_is_kind_and_length),
		cmocka_unit_test(a_digest_is_of_all_of_it),
		fixture_dir_test(the_key_is_made_once_and_is_ours_alone),
		fixture_dir_test(a_key_that_is_replaced_voids_what_was_issued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
