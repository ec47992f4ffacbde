/* Password hashes: settings, known answers, and equality. (T74-T76) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/pki/kdf.h"

/* Cheap settings: a test needs no cost. */
#define CHEAP "$6$rounds=1000$saltsalt$"

/* Published with the methods, or made by other implementations; that of GOST by libxcrypt itself.
 */
static const struct {
	const char *hash, *setting, *method, *password;
} known[] = {
	{ "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$"
	  "HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
		"$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$", "yescrypt", "pleaseletmein" },
	{ "$gy$j75$saltsaltsalt$"
	  "Hr8NZO3YbGYYImkNKbG9HW7NVc2mSlRUKsEKqTUd2R4",
		"$gy$j75$saltsaltsalt$", "gost-yescrypt", "secret" },
	{ "$7$C6..../....SodiumChloride$"
	  "kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
		"$7$C6..../....SodiumChloride$", "scrypt", "pleaseletmein" },
	{ "$2a$05$CCCCCCCCCCCCCCCCCCCCC."
	  "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$2a$05$CCCCCCCCCCCCCCCCCCCCC.", "bcrypt", "U*U" },
	{ "$2b$05$CCCCCCCCCCCCCCCCCCCCC."
	  "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$2b$05$CCCCCCCCCCCCCCCCCCCCC.", "bcrypt", "U*U" },
	{ "$2y$05$CCCCCCCCCCCCCCCCCCCCC."
	  "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$2y$05$CCCCCCCCCCCCCCCCCCCCC.", "bcrypt", "U*U" },
	{ "$6$saltsalt$"
	  "TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1",
		"$6$saltsalt$", "sha512-crypt", "secret" },
	{ "$5$saltsalt$"
	  "0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA",
		"$5$saltsalt$", "sha256-crypt", "secret" },
	{ "$5$rounds=10000$saltstringsaltst$"
	  "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
		"$5$rounds=10000$saltstringsaltst$", "sha256-crypt", "Hello world!" },
};
#define KNOWN (sizeof(known) / sizeof(*known))

static void test_settings_are_cut_from_hashes(void **state)
{
	char setting[PA_KDF_MAX];

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		assert_string_equal(pa_kdf_method(known[i].hash), known[i].method);
		assert_int_equal(pa_kdf_setting(known[i].hash, setting), 0);
		assert_string_equal(setting, known[i].setting);
	}
}

static void test_known_answers(void **state)
{
	char out[PA_KDF_MAX];

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		/* a hash is a setting, too */
		assert_int_equal(pa_kdf_hash(known[i].password, known[i].hash, out), 0);
		assert_string_equal(out, known[i].hash);
		assert_int_equal(pa_kdf_hash(known[i].password, known[i].setting, out), 0);
		assert_string_equal(out, known[i].hash);
		assert_int_equal(pa_kdf_hash("Secret", known[i].setting, out), 0);
		assert_string_not_equal(out, known[i].hash);
	}
}

static void test_other_strings_are_no_hashes(void **state)
{
	static const char *const bad[] = { "", "*", "!", "x", "secret", "$", "$$", "abJnggxhB/yWI",
		"$1$salt$hash", "$apr1$salt$hash", "$sha1$1$salt$hash", "$3$$hash", "$y", "$yy$a$b",
		"$2$12$hash", "$2x$05$abcdefghijklmnopqrstuu", "{SHA}abc", "$argon2id$v=19$m=1$a$b",
		" $6$salt$hash", "*$6$salt$hash" };
	char out[PA_KDF_MAX] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_string_equal(pa_kdf_method(bad[i]), "unknown");
		assert_int_equal(pa_kdf_setting(bad[i], out), 1);
	}
	assert_string_equal(out, "untouched");
}

/* A setting on its own is no hash: nobody may own an account whose hash is missing. */
static void test_a_setting_without_a_hash_is_refused(void **state)
{
	char out[PA_KDF_MAX], setting[PA_KDF_MAX];

	(void)state;
	for (size_t i = 0; i < KNOWN; i++)
		assert_int_equal(pa_kdf_setting(known[i].setting, out), 1);
	assert_int_equal(pa_kdf_setting("$6$", out), 1);
	assert_int_equal(pa_kdf_setting("$y$", out), 1);
	assert_int_equal(pa_kdf_setting("$2b$12$short", out), 1);
	assert_int_equal(pa_kdf_dummy_setting(1, setting), 0);
	assert_int_equal(pa_kdf_setting(setting, out), 1);
}

static void test_the_length_of_a_hash_is_bounded(void **state)
{
	char hash[PA_KDF_MAX + 2], out[PA_KDF_MAX];

	(void)state;
	memset(hash, 'a', sizeof(hash));
	memcpy(hash, "$6$salt$", 8);
	hash[PA_KDF_MAX] = '\0';
	assert_int_equal(pa_kdf_setting(hash, out), 1);
	hash[PA_KDF_MAX - 1] = '\0';
	assert_int_equal(pa_kdf_setting(hash, out), 0);
	assert_string_equal(out, "$6$salt$");
	/* and so is that of a setting */
	memset(hash + 3, 'a', PA_KDF_MAX - 6);
	memcpy(hash + PA_KDF_MAX - 3, "$h", 3);
	assert_int_equal(pa_kdf_setting(hash, out), 0);
	assert_int_equal(strlen(out), PA_KDF_MAX - 2);
}

static void test_what_cannot_be_hashed_leaves_nothing(void **state)
{
	static const char *const bad[] = { "", "*0", "*1", "$", "$9$salt$",
		"$2b$99$abcdefghijklmnopqrstuu", "$2b$04$tooshort", "$y$zzzzzzzzzzz$salt$",
		"$6$rounds=1$\n$", "$6$sa:lt$" };
	char out[PA_KDF_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(out, 'x', sizeof(out));
		if (pa_kdf_hash("secret", bad[i], out) != PA_E_CRYPTO)
			fail_msg("%s: %s", bad[i], out);
		assert_string_equal(out, "");
	}
}

/* The longest that a request may carry is hashed whole; more than the library takes is an error. */
static void test_long_passwords(void **state)
{
	char password[600], first[PA_KDF_MAX], second[PA_KDF_MAX];

	(void)state;
	memset(password, 'p', sizeof(password));
	password[256] = '\0';
	assert_int_equal(pa_kdf_hash(password, CHEAP, first), 0);
	password[255] = 'q';
	assert_int_equal(pa_kdf_hash(password, CHEAP, second), 0);
	assert_string_not_equal(first, second);
	memset(password, 'p', sizeof(password));
	password[sizeof(password) - 1] = '\0';
	assert_int_equal(pa_kdf_hash(password, CHEAP, first), PA_E_CRYPTO);
	assert_string_equal(first, "");
	/* an empty one is a password like any other */
	assert_int_equal(pa_kdf_hash("", CHEAP, first), 0);
	assert_int_equal(strncmp(first, CHEAP, strlen(CHEAP)), 0);
}

static void test_new_settings(void **state)
{
	char first[PA_KDF_MAX], second[PA_KDF_MAX], cut[PA_KDF_MAX], hash[PA_KDF_MAX];

	(void)state;
	assert_int_equal(pa_kdf_new_setting(1, first), 0);
	assert_int_equal(pa_kdf_new_setting(1, second), 0);
	assert_string_equal(pa_kdf_method(first), "yescrypt");
	/* fresh salt each time */
	assert_string_not_equal(first, second);
	/* what is hashed under it has it for its setting: slots of an account share one */
	assert_int_equal(pa_kdf_hash("secret", first, hash), 0);
	assert_int_equal(pa_kdf_setting(hash, cut), 0);
	assert_string_equal(cut, first);
}

/* Who has no account costs as much as who has one: method and cost are those of new settings. */
static void test_the_dummy_costs_as_much(void **state)
{
	char fresh[PA_KDF_MAX], dummy[PA_KDF_MAX], hash[PA_KDF_MAX], cut[PA_KDF_MAX];
	size_t head;

	(void)state;
	for (unsigned cost = 1; cost <= PA_KDF_COST_MAX; cost++) {
		assert_int_equal(pa_kdf_new_setting(cost, fresh), 0);
		assert_int_equal(pa_kdf_dummy_setting(cost, dummy), 0);
		head = (size_t)(strchr(fresh + 3, '$') - fresh) + 1;
		assert_int_equal(strncmp(dummy, fresh, head), 0);
		assert_int_equal(strlen(dummy), strlen(fresh));
		if (cost > 5) /* in time for a test */
			continue;
		assert_int_equal(pa_kdf_hash("secret", dummy, hash), 0);
		assert_int_equal(pa_kdf_setting(hash, cut), 0);
		assert_string_equal(cut, dummy);
	}
	assert_int_equal(pa_kdf_dummy_setting(0, dummy), PA_E_CRYPTO);
	assert_int_equal(pa_kdf_dummy_setting(PA_KDF_COST_MAX + 1, dummy), PA_E_CRYPTO);
	assert_int_equal(pa_kdf_new_setting(PA_KDF_COST_MAX + 1, dummy), PA_E_CRYPTO);
}

/* Only a hash of the default method and of just this cost is left as it is. */
static void test_which_hashes_are_outdated(void **state)
{
	char setting[PA_KDF_MAX], hash[PA_KDF_MAX];

	(void)state;
	assert_int_equal(pa_kdf_new_setting(2, setting), 0);
	assert_int_equal(pa_kdf_hash("secret", setting, hash), 0);
	for (unsigned cost = 0; cost <= PA_KDF_COST_MAX + 1; cost++)
		assert_int_equal(pa_kdf_is_current(hash, cost), cost == 2);
	for (size_t i = 0; i < KNOWN; i++) {
		for (unsigned cost = 1; cost <= PA_KDF_COST_MAX; cost++)
			assert_false(pa_kdf_is_current(known[i].hash, cost));
	}
	assert_false(pa_kdf_is_current("", 5));
	assert_false(pa_kdf_is_current("$y$", 5));
}

/* Of each method what crypt(3) must not take: such a hash fits no password, and is not imported. */
static void test_bad_settings_of_each_method(void **state)
{
	static const char *const bad[] = { "$y$j$salt$hash", "$y$j9$", "$y$!9T$salt$hash",
		"$y$j9T$s!lt$hash", "$gy$j$salt$hash", "$gy$!9T$salt$hash", "$7$C6$salt$hash",
		"$7$C6..../....s!lt:$hash", "$7$!6..../....salt$hash",
		"$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJ",
		"$2b$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJ",
		"$2a$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJ",
		"$2y$05$CCCCCCCCCC!CCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJ", "$6$rounds=-1$salt$hash",
		"$6$rounds=0001$salt$hash", "$6$rounds=x$salt$hash",
		"$6$rounds=99999999999999999999$salt$hash", "$6$sa\nlt$hash", "$6$sa:lt$hash",
		"$5$rounds=-1$salt$hash", "$5$rounds=x$salt$hash", "$5$sa\nlt$hash",
		"$5$sa:lt$hash", "$5$sa!lt*$hash" };
	char out[PA_KDF_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (pa_kdf_hash("secret", bad[i], out) != PA_E_CRYPTO)
			fail_msg("%s: %s", bad[i], out);
		assert_string_equal(out, "");
	}
}

/* What is to be imported must be a hash that some password can fit. */
static void test_the_form_of_hashes(void **state)
{
	char hash[PA_KDF_MAX + 2];

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		assert_int_equal(pa_kdf_check(known[i].hash), 0);
		assert_int_equal(pa_kdf_check(known[i].setting), 1);
		snprintf(hash, sizeof(hash), "%s.", known[i].hash);
		assert_int_equal(pa_kdf_check(hash), 1);
		hash[strlen(hash) - 2] = '\0';
		assert_int_equal(pa_kdf_check(hash), 1);
		snprintf(hash, sizeof(hash), "%s", known[i].hash);
		hash[strlen(hash) - 1] = ':';
		assert_int_equal(pa_kdf_check(hash), 1);
	}
	assert_int_equal(pa_kdf_check("$1$salt$hash"), 1);
	assert_int_equal(pa_kdf_check("abJnggxhB/yWI"), 1);
}

static void expect_cost(const char *hash, const char *wanted)
{
	struct pa_diag diag = { "" };

	if (pa_kdf_check_cost(hash, &diag) != (wanted ? 1 : 0))
		fail_msg("%s: %s", hash, diag.text);
	if (wanted && !strstr(diag.text, wanted))
		fail_msg("%s: %s, not %s", hash, diag.text, wanted);
}

/* From the text alone: none of these could be hashed here. */
static void test_the_cost_of_hashes_is_bounded(void **state)
{
	static const struct {
		const char *hash, *wanted; /* NULL: it is borne */
	} costs[] = {
		{ "$2b$14$abcdefghijklmnopqrstuu", NULL },
		{ "$2b$15$abcdefghijklmnopqrstuu", "bcrypt of cost 15 costs too much: at most 14" },
		{ "$2y$31$abcdefghijklmnopqrstuu", "bcrypt of cost 31 costs too much: at most 14" },
		{ "$2a$99$abcdefghijklmnopqrstuu", "bcrypt of cost 99" },
		{ "$6$abcdefgh$", NULL },
		{ "$6$rounds=1000000$abcdefgh$", NULL },
		{ "$6$rounds=1000001$abcdefgh$",
			"sha512-crypt of 1000001 rounds costs too much: at most 1000000" },
		{ "$5$rounds=999999999$abcdefgh$",
			"sha256-crypt of 999999999 rounds costs too much: at most 1000000" },
		{ "$5$rounds=18446744073709551617$abcdefgh$", "sha256-crypt of " },
		{ "$5$rounds=4294967297$abcdefgh$", "sha256-crypt of 4294967297 rounds" },
		{ "$6$rounds=$abcdefgh$", "sha512-crypt of  rounds" },
		{ "$y$j75$abcdefgh$", NULL },
		{ "$y$j9T$abcdefgh$", NULL }, /* 16 MiB, as Debian makes it */
		{ "$y$jBT$abcdefgh$", NULL }, /* 64 MiB */
		{ "$gy$jBT$abcdefgh$", NULL },
		{ "$y$jCT$abcdefgh$",
			"yescrypt of N 2^15, r 32, p 1, t 0 costs too much: at most 64 MiB" },
		{ "$y$jFT$abcdefgh$", "yescrypt of N 2^18, r 32, p 1, t 0" }, /* 1 GiB */
		{ "$gy$jFT$abcdefgh$", "gost-yescrypt of N 2^18, r 32, p 1, t 0" },
		{ "$y$jc5$abcdefgh$", "yescrypt of N 2^41" },
		{ "$y$jz5$abcdefgh$", "the cost of this yescrypt cannot be read" },
		{ "$y$jBT..$abcdefgh$", NULL }, /* p 2 */
		{ "$y$jBT.0$abcdefgh$", NULL }, /* p 4 */
		{ "$y$jBT.1$abcdefgh$", "N 2^14, r 32, p 5, t 0" },
		{ "$y$jBT/0$abcdefgh$", NULL }, /* t 3 */
		{ "$y$jBT/1$abcdefgh$", "N 2^14, r 32, p 1, t 4" },
		{ "$y$jBT0./$abcdefgh$", "N 2^14, r 32, p 2, t 2" },
		{ "$y$jBT.$abcdefgh$", "the cost of this yescrypt cannot be read" },
		{ "$y$j75.zzzzzzz$abcdefgh$", "N 2^10, r 8, p " },
		{ "$y$j7zzzzzz$abcdefgh$", "costs too much" },
		{ "$y$j9$", "the cost of this yescrypt cannot be read" },
		{ "$y$j!T$abcdefgh$", "the cost of this yescrypt cannot be read" },
		{ "$7$C6..../....SodiumChloride$", NULL },
		{ "$7$E6..../....SodiumChloride$", NULL }, /* 64 MiB */
		{ "$7$F6..../....SodiumChloride$", "scrypt of N 2^17, r 8, p 1, t 0" },
		{ "$7$E6....2....SodiumChloride$", NULL },
		{ "$7$E6....3....SodiumChloride$", "scrypt of N 2^16, r 8, p 5, t 0" },
		{ "$7$C6....zzzzzSodiumChloride$", "scrypt of N 2^14, r 8, p 1073741823, t 0" },
		{ "$7$Czzzzz/....SodiumChloride$", "scrypt of N 2^14, r 1073741823, p 1, t 0" },
		{ "$7$z6..../....SodiumChloride$", "scrypt of N 2^63" },
		{ "$7$C6..", "the cost of this scrypt cannot be read" },
		{ "$1$abcdefgh$", "cannot be read" },
		{ "$pa1$abcdefgh", "cannot be read" },
		{ "", "cannot be read" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(costs) / sizeof(*costs); i++)
		expect_cost(costs[i].hash, costs[i].wanted);
	for (size_t i = 1; i < KNOWN; i++)
		expect_cost(known[i].hash, NULL);
	expect_cost(known[0].hash, "yescrypt of N 2^16, r 8, p 11, t 0");
}

/* The costs of settings that crypt(3) itself makes are read as it means them. */
static void test_the_cost_of_own_settings(void **state)
{
	char setting[PA_KDF_MAX];

	(void)state;
	for (unsigned cost = 1; cost <= PA_KDF_COST_MAX; cost++) {
		assert_int_equal(pa_kdf_new_setting(cost, setting), 0);
		expect_cost(setting, cost <= 7   ? NULL
				     : cost == 8 ? "N 2^15, r 32"
						 : "N 2^16, r 32");
	}
}

static void test_equality(void **state)
{
	char a[PA_KDF_MAX], b[PA_KDF_MAX];

	(void)state;
	assert_true(pa_kdf_equal("", ""));
	assert_true(pa_kdf_equal("abc", "abc"));
	assert_false(pa_kdf_equal("abc", "abd"));
	assert_false(pa_kdf_equal("abc", "ab"));
	assert_false(pa_kdf_equal("ab", "abc"));
	assert_false(pa_kdf_equal("", "a"));
	assert_false(pa_kdf_equal("a", ""));
	assert_false(pa_kdf_equal("abc", "Abc"));
	assert_false(pa_kdf_equal("\xff", "\x7f"));
	/* every length and every place; what stands behind the end counts for nothing */
	for (size_t len = 0; len < PA_KDF_MAX; len++) {
		memset(a, 'x', sizeof(a));
		memset(b, 'x', sizeof(b));
		a[len] = b[len] = '\0';
		if (len + 1 < PA_KDF_MAX)
			b[len + 1] = 'y';
		assert_true(pa_kdf_equal(a, b));
		for (size_t at = 0; at < len; at++) {
			b[at] = 'y';
			assert_false(pa_kdf_equal(a, b));
			b[at] = '\0';
			assert_false(pa_kdf_equal(a, b));
			b[at] = 'x';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_are_cut_from_hashes),
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_other_strings_are_no_hashes),
		cmocka_unit_test(test_a_setting_without_a_hash_is_refused),
		cmocka_unit_test(test_the_length_of_a_hash_is_bounded),
		cmocka_unit_test(test_what_cannot_be_hashed_leaves_nothing),
		cmocka_unit_test(test_long_passwords),
		cmocka_unit_test(test_new_settings),
		cmocka_unit_test(test_the_dummy_costs_as_much),
		cmocka_unit_test(test_which_hashes_are_outdated),
		cmocka_unit_test(test_bad_settings_of_each_method),
		cmocka_unit_test(test_the_form_of_hashes),
		cmocka_unit_test(test_the_cost_of_hashes_is_bounded),
		cmocka_unit_test(test_the_cost_of_own_settings),
		cmocka_unit_test(test_equality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
