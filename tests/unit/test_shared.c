/* What all threads share: the store is opened also where its CAs cannot be used, so that somebody
 * can put that right. */
#include "tests/unit/db_fixture.h"

#include <sys/sendfile.h>

#include "daemon/shared.h"

static const uint8_t garbage[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };

static struct pa_config *parse_config(const struct fixture *f)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	char text[512];

	snprintf(text, sizeof(text),
		"store \"%s\"\nmap-size 64M\nrealm r {\npeers uid:0\nidentity poly from certificate\n"
		"stack {\nrequisite chain\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n",
		f->dir);
	assert_int_equal(pa_config_parse("test", pa_bytes_str(text), &config, &errors), 0);
	pa_config_errors_finish(&errors);
	return config;
}

static struct pa_change ca(enum pa_change_kind kind)
{
	return (struct pa_change){ .kind = kind,
		.ca = { .kind = PA_CA_ANCHOR,
			.sha256 = { 1 },
			.added_s = 9,
			.der = { garbage, sizeof(garbage) } } };
}

static void a_damaged_ca_leaves_no_trust_and_can_be_removed(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = ca(PA_CHANGE_CA_PUT), remove = ca(PA_CHANGE_CA_REMOVE);
	struct pa_changeset set = { .changes = &remove, .changes_len = 1, .summary = "test" };
	struct pa_trust *trust = NULL;
	struct pa_shared shared;
	struct pa_diag why;

	apply_changes(f, &put);
	fixture_close(f);
	assert_int_equal(pa_shared_init(&shared, parse_config(f), NULL, NULL), 0);
	assert_int_equal(pa_shared_open(&shared, 1, &f->diag), 0);
	assert_non_null(strstr(f->diag.text, "polyauthctl ca remove"));
	pa_shared_hold_trust(&shared, &trust);
	assert_null(trust);
	pa_shared_no_trust(&shared, &why);
	assert_string_equal(why.text, f->diag.text);
	assert_int_equal(pa_db_apply(shared.db, &set), 0);
	pa_shared_hold_trust(&shared, &trust);
	assert_non_null(trust);
	pa_trust_unref(trust);
	pa_shared_no_trust(&shared, &why);
	assert_string_equal(why.text, "");
	/* what is stored whoever asked before, as by two at once */
	set.changes = &put;
	assert_int_equal(pa_db_apply(shared.db, &set), 0);
	pa_shared_no_trust(&shared, &why);
	assert_string_equal(why.text, f->diag.text);
	pa_shared_finish(&shared);
}

static struct pa_otp_key key_of_a_start(struct fixture *f, struct pa_shared *shared)
{
	assert_int_equal(pa_shared_init(shared, parse_config(f), NULL, NULL), 0);
	assert_int_equal(pa_shared_open(shared, 1, &f->diag), 0);
	return shared->otp_key;
}

static void copy_file(struct fixture *f, const char *from, const char *to)
{
	char path[512];
	struct stat st;
	int in, out;

	fixture_path(f, from, path);
	in = open(path, O_RDONLY);
	fixture_path(f, to, path);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(fstat(in, &st), 0);
	assert_int_equal(sendfile(out, in, NULL, (size_t)st.st_size), st.st_size);
	assert_int_equal(close(in), 0);
	assert_int_equal(close(out), 0);
}

/* As a kill leaves it, before the last changes were noted. */
static void lose_highest(struct fixture *f)
{
	char path[512];
	FILE *file;

	fixture_path(f, PA_HIGHEST_FILE, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "%020d\n", 0) > 0);
	assert_int_equal(fclose(file), 0);
}

/* Only then: neither by a start, nor by a stop that was none, nor where nothing is known. */
static void a_store_that_went_back_gets_another_otp_key(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = device_put(0x0004f2000001);
	struct pa_changeset set = { .changes = &put, .changes_len = 1, .summary = "test" };
	struct pa_otp_key key, other;
	struct pa_shared shared;
	char path[512];

	key = key_of_a_start(f, &shared);
	pa_shared_finish(&shared);
	copy_file(f, "data.mdb", "other");
	(void)key_of_a_start(f, &shared);
	assert_int_equal(pa_db_apply(shared.db, &set), 0);
	pa_shared_finish(&shared); /* which tells of the change */
	copy_file(f, "other", "data.mdb");
	other = key_of_a_start(f, &shared);
	pa_shared_finish(&shared);
	assert_memory_not_equal(&key, &other, sizeof(key));
	key = key_of_a_start(f, &shared);
	assert_memory_equal(&key, &other, sizeof(key)); /* once */

	assert_int_equal(pa_db_apply(shared.db, &set), 0);
	pa_shared_finish(&shared);
	lose_highest(f);
	other = key_of_a_start(f, &shared);
	pa_shared_finish(&shared);
	assert_memory_equal(&key, &other, sizeof(key));

	fixture_path(f, PA_HIGHEST_FILE, path);
	assert_int_equal(unlink(path), 0);
	copy_file(f, "other", "data.mdb");
	other = key_of_a_start(f, &shared);
	pa_shared_finish(&shared);
	assert_memory_equal(&key, &other, sizeof(key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_damaged_ca_leaves_no_trust_and_can_be_removed),
		fixture_dir_test(a_store_that_went_back_gets_another_otp_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
