/* What all threads share: the store is opened also where its CAs cannot be used, so that somebody
 * can put that right. */
#include "tests/unit/db_fixture.h"

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

	apply_changes(f, &put);
	fixture_close(f);
	assert_int_equal(pa_shared_init(&shared, parse_config(f), NULL, NULL), 0);
	assert_int_equal(pa_shared_open(&shared, 1, &f->diag), 0);
	assert_non_null(strstr(f->diag.text, "polyauthctl ca remove"));
	pa_shared_hold_trust(&shared, &trust);
	assert_null(trust);
	assert_int_equal(pa_db_apply(shared.db, &set), 0);
	pa_shared_hold_trust(&shared, &trust);
	assert_non_null(trust);
	pa_trust_unref(trust);
	pa_shared_finish(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_damaged_ca_leaves_no_trust_and_can_be_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
