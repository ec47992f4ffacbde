/*
 * Checks that are built in, and those that a shared object brings: which objects are refused, and
 * that what a loaded check says of itself counts when a stack is loaded. The objects are copies of
 * the example check, changed in the file where a test wants them wrong.
 */
#include <errno.h>
#include <sys/stat.h>

#include "tests/unit/check_object.h"

struct fixture {
	char dir[256], path[512];
	struct pa_registry *registry;
	struct pa_diag diag;
};

/* --- files --- */

/*
 * The example, for a program that is not the daemon: what it calls when it runs is
 * exported by the daemon alone, and never called here.
 */
static struct object loadable_example(void)
{
	struct object o = read_example();

	rename_symbol(&o, "pa_answer_detail", "getpid");
	return o;
}

static void write_object(const struct fixture *f, struct object o)
{
	FILE *file = fopen(f->path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(o.data, 1, o.len, file), o.len);
	assert_int_equal(fchmod(fileno(file), 0755), 0);
	assert_int_equal(fclose(file), 0);
	free(o.data);
}

static int set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	(void)snprintf(f->dir, sizeof(f->dir), "%s/pa-registry-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/check.so", f->dir);
	f->registry = pa_registry_new();
	return f->registry ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pa_registry_free(f->registry);
	(void)unlink(f->path);
	if (rmdir(f->dir) != 0)
		return -1;
	free(f);
	return 0;
}

/* The message begins with a path, of the object or of its directory. */
static void expect_refused(struct fixture *f, int error, const char *path, const char *message)
{
	char expected[1024];

	(void)snprintf(expected, sizeof(expected), "%s: %s", path, message);
	f->diag.text[0] = '\0';
	assert_int_equal(pa_registry_load(f->registry, f->path, &f->diag), error);
	assert_string_equal(f->diag.text, expected);
	assert_null(pa_registry_path(f->registry, 0));
	assert_null(pa_registry_find(f->registry, "weekday"));
	/* nobody need listen */
	assert_int_equal(pa_registry_load(f->registry, f->path, NULL), error);
}

static void expect_loaded(struct fixture *f)
{
	assert_int_equal(pa_registry_load(f->registry, f->path, &f->diag), 0);
	assert_string_equal(pa_registry_path(f->registry, 0), f->path);
}

/* --- the built-in checks --- */

static void the_built_in_checks_are_whole(void **state)
{
	static const char *const names[] = { "chain", "crl", "acl", "owner", "throttle", "password",
		"continuity", "otp" };
	const struct pa_check *check;
	size_t len = 0;

	(void)state;
	for (; (check = pa_registry_builtin(len)) != NULL; len++) {
		assert_int_equal(check->abi, PA_CHECK_ABI);
		assert_non_null(check->run);
		assert_true(check->help && check->help[0]);
		/* no two have one name */
		assert_ptr_equal(pa_registry_find(NULL, check->name), check);
	}
	assert_int_equal(len, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < len; i++)
		assert_non_null(pa_registry_find(NULL, names[i]));
	assert_null(pa_registry_builtin(SIZE_MAX));
	assert_null(pa_registry_find(NULL, "weekday"));
	assert_null(pa_registry_find(NULL, ""));
}

/* --- loading --- */

static void a_check_is_loaded(void **state)
{
	struct fixture *f = *state;
	struct pa_registry *other = pa_registry_new();
	const struct pa_check *check;

	write_object(f, loadable_example());
	expect_loaded(f);
	assert_null(pa_registry_path(f->registry, 1));
	check = pa_registry_find(f->registry, "weekday");
	assert_non_null(check);
	assert_string_equal(check->help, "denies on some days of the week");
	assert_int_equal(check->options_len, 1);
	assert_string_equal(check->options[0].name, "deny");
	assert_ptr_equal(pa_registry_find(f->registry, "owner"), pa_registry_find(NULL, "owner"));
	assert_null(pa_registry_find(other, "weekday"));
	pa_registry_free(other);
	pa_registry_free(NULL);
}

static void a_path_is_absolute(void **state)
{
	struct fixture *f = *state;
	char path[5000] = "/";

	assert_int_equal(pa_registry_load(f->registry, "check.so", &f->diag), -EINVAL);
	assert_string_equal(f->diag.text, "check.so: a check is loaded from an absolute path");
	assert_int_equal(pa_registry_load(f->registry, "", &f->diag), -EINVAL);
	memset(path + 1, 'x', sizeof(path) - 2);
	assert_int_equal(pa_registry_load(f->registry, path, NULL), -EINVAL);
}

static void an_object_must_be_there(void **state)
{
	struct fixture *f = *state;
	char path[600];

	expect_refused(f, -ENOENT, f->path, "No such file or directory");
	(void)snprintf(path, sizeof(path), "%s/none/check.so", f->dir);
	assert_int_equal(pa_registry_load(f->registry, path, NULL), -ENOENT);
}

static void what_others_could_write_is_refused(void **state)
{
	static const char message[] = "must be owned by root and not writable by group or others "
				      "(chown root, chmod go-w)";
	static const mode_t modes[] = { 0775, 0757, 0777, 0720, 0702 };
	struct fixture *f = *state;

	write_object(f, loadable_example());
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(f->path, modes[i]), 0);
		expect_refused(f, -EPERM, f->path, message);
		assert_int_equal(chmod(f->path, 0755), 0);
		assert_int_equal(chmod(f->dir, modes[i]), 0);
		expect_refused(f, -EPERM, f->dir, message);
		/* as in /tmp: others could put a file of theirs there first */
		assert_int_equal(chmod(f->dir, modes[i] | S_ISVTX), 0);
		expect_refused(f, -EPERM, f->dir, message);
		assert_int_equal(chmod(f->dir, 0755), 0);
	}
	expect_loaded(f);
}

static void what_others_own_is_refused(void **state)
{
	static const char message[] = "must be owned by root and not writable by group or others "
				      "(chown root, chmod go-w)";
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	write_object(f, loadable_example());
	assert_int_equal(chown(f->path, 12345, 0), 0);
	expect_refused(f, -EPERM, f->path, message);
	assert_int_equal(chown(f->path, 0, 12345), 0);
	assert_int_equal(chown(f->dir, 12345, 0), 0);
	expect_refused(f, -EPERM, f->dir, message);
	assert_int_equal(chown(f->dir, 0, 12345), 0);
	expect_loaded(f);
}

/* --- what is no check --- */

static void a_file_that_is_no_object_is_refused(void **state)
{
	struct fixture *f = *state;
	struct object o = { strdup("#!/bin/sh\n"), 10 };

	assert_non_null(o.data);
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, "file too short");
}

/* The example calls pa_answer_detail(), which this program does not export as the daemon does. */
static void an_object_that_needs_what_is_not_there_is_refused(void **state)
{
	struct fixture *f = *state;

	write_object(f, read_example());
	expect_refused(f, PA_E_ABI, f->path, "undefined symbol: pa_answer_detail");
}

static void an_object_without_a_descriptor_is_refused(void **state)
{
	struct fixture *f = *state;
	struct object o = loadable_example();
	char *name;

	symbol(&o, "pa_check_module", &name)->st_name++;
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, "has no symbol pa_check_module");
}

static void another_abi_is_refused(void **state)
{
	static const uint32_t others[] = { 0, PA_CHECK_ABI - 1, PA_CHECK_ABI + 1, UINT32_MAX };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct object o = loadable_example();
		char message[128];

		module(&o)->abi = others[i];
		write_object(f, o);
		(void)snprintf(message, sizeof(message),
			"built for check ABI %u, this daemon has %u: rebuild it", others[i],
			PA_CHECK_ABI);
		expect_refused(f, PA_E_ABI, f->path, message);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void a_check_has_a_name_and_runs(void **state)
{
	static const char message[] = "the check has no name or no run()";
	struct fixture *f = *state;
	struct object o = loadable_example();

	make_null(&o, offsetof(struct pa_check, name));
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, message);
	o = loadable_example();
	set_name(&o, "");
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, message);
	o = loadable_example();
	make_null(&o, offsetof(struct pa_check, run));
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, message);
}

static void a_name_is_short(void **state)
{
	struct fixture *f = *state;
	struct object o = loadable_example();

	/* its help, which is longer, is its name as well */
	pointer(&o, offsetof(struct pa_check, name))->r_addend =
		pointer(&o, offsetof(struct pa_check, help))->r_addend;
	write_object(f, o);
	expect_refused(f, PA_E_ABI, f->path, "the check's name has more than 23 bytes");
}

static void a_name_is_taken_once(void **state)
{
	struct fixture *f = *state;
	struct object o = loadable_example();

	set_name(&o, "owner");
	write_object(f, o);
	expect_refused(f, -EEXIST, f->path, "there is a check named owner already");
	assert_int_equal(unlink(f->path), 0);
	write_object(f, loadable_example());
	expect_loaded(f);
	assert_int_equal(pa_registry_load(f->registry, f->path, &f->diag), -EEXIST);
	assert_non_null(strstr(f->diag.text, ": there is a check named weekday already"));
	assert_null(pa_registry_path(f->registry, 1));
}

/* --- in a configuration --- */

/* The directive `load` in line 1, a stack that begins in line 5. */
static void configure(const struct fixture *f, const char *rules, char *text, size_t size)
{
	(void)snprintf(text, size,
		"load %s\nrealm r {\n" PEERS IDENTITY "stack {\n%s\n}\n" PATH "}\n", f->path,
		rules);
}

static void expect_stack(const struct fixture *f, const char *rules, const char *lines)
{
	char text[2048];

	configure(f, rules, text, sizeof(text));
	expect(text, lines);
}

static void a_loaded_check_stands_in_a_stack(void **state)
{
	struct fixture *f = *state;
	struct pa_config *config;
	char text[2048], expected[600];

	write_object(f, loadable_example());
	configure(f, "requisite chain\nrequired owner\noptional weekday shadow deny never", text,
		sizeof(text));
	config = parse_good(text);
	assert_string_equal(config->realms[0].rules[2].check->name, "weekday");
	assert_string_equal(pa_registry_path(config->registry, 0), f->path);
	pa_config_unref(config);
	/* loaded wherever it is said */
	(void)snprintf(text, sizeof(text),
		"realm r {\n" PEERS IDENTITY "stack {\nrequisite chain\nrequired owner\n"
		"required weekday\n}\n" PATH "}\nload %s\n",
		f->path);
	expect(text, "");
	(void)snprintf(text, sizeof(text), REALM "load %s\nload %s\n", f->path, f->path);
	(void)snprintf(expected, sizeof(expected),
		"c:11: %s: there is a check named weekday already\n", f->path);
	expect(text, expected);
	expect(REALM "load\n", "c:10: load wants one absolute path\n");
	expect(REALM "load check.so\n",
		"c:10: check.so: a check is loaded from an absolute path\n");
}

static void its_options_are_read(void **state)
{
	struct fixture *f = *state;

	write_object(f, loadable_example());
	expect_stack(f, "requisite chain\nrequired owner\nrequired weekday deny monday",
		"c:8: weekday: deny: monday is not good here; one of never always weekend\n");
	expect_stack(f, "requisite chain\nrequired owner\nrequired weekday allow",
		"c:8: weekday has no option allow; there are: deny\n");
}

static void a_dump_loads_its_checks_again(void **state)
{
	struct fixture *f = *state;
	char text[2048], *dumps[2] = { NULL };
	const char *said;

	write_object(f, loadable_example());
	configure(f, "requisite chain\nrequired weekday\nrequired owner", text, sizeof(text));
	for (size_t i = 0; i < 2; i++) {
		struct pa_config *config = parse_good(i ? dumps[0] : text);
		size_t len;
		FILE *out = open_memstream(&dumps[i], &len);

		assert_non_null(out);
		pa_config_dump(config, out);
		assert_int_equal(fclose(out), 0);
		pa_config_unref(config);
	}
	assert_string_equal(dumps[1], dumps[0]);
	said = strstr(dumps[0], "load \"");
	assert_non_null(said);
	assert_int_equal(strncmp(said + 6, f->path, strlen(f->path)), 0);
	assert_non_null(strstr(
		dumps[0], "        required weekday {\n            deny weekend\n        }\n"));
	free(dumps[0]);
	free(dumps[1]);
}

/* --- what a loaded check says of itself --- */

static void write_flags(const struct fixture *f, uint32_t flags)
{
	struct object o = loadable_example();

	(void)unlink(f->path);
	module(&o)->flags = flags;
	write_object(f, o);
}

static void what_may_skip_does_not_stand_behind_a_sufficient(void **state)
{
	static const char rules[] =
		"requisite chain\nrequired owner\nsufficient password\nrequired weekday";
	static const char line[] = "c:8: password: is `sufficient`, and no enforced check after it "
				   "could deny: add `required password`\n";
	struct fixture *f = *state;

	write_flags(f, 0);
	expect_stack(f, rules, "");
	write_flags(f, PA_CHECK_MAY_SKIP);
	expect_stack(f, rules, line);
	write_flags(f, PA_CHECK_NEVER_DENIES);
	expect_stack(f, rules, line);
	write_flags(f, PA_CHECK_DEVICE_SECRET);
	expect_stack(f, rules, "");
}

static void a_guard_is_not_skipped(void **state)
{
	struct fixture *f = *state;

	write_flags(f, PA_CHECK_GUARD);
	expect_stack(f,
		"requisite chain\nrequired owner\nsufficient acl\nrequired weekday\n"
		"required password",
		"c:9: weekday: would be skipped by the `sufficient` before it: move it up\n");
	expect_stack(f, "requisite chain\nrequired owner\nrequired weekday\nrequired password", "");
}

static void what_is_always_enforced_is_never_shadow(void **state)
{
	static const char line[] =
		"c:8: weekday: is always enforced: requisite or required, without shadow\n";
	struct fixture *f = *state;

	write_flags(f, PA_CHECK_ALWAYS_ENFORCED);
	expect_stack(f, "requisite chain\nrequired owner\nrequired weekday", "");
	expect_stack(f, "requisite chain\nrequired owner\nrequired weekday shadow", line);
	expect_stack(f, "requisite chain\nrequired owner\noptional weekday", line);
}

static void a_fact_comes_before_who_needs_it(void **state)
{
	static const char line[] =
		"c:6: weekday: needs what `chain` proves: put `requisite chain` before it\n";
	struct fixture *f = *state;
	struct object o = loadable_example();

	module(&o)->needs = PA_FACT_CHAIN;
	write_object(f, o);
	expect_stack(f, "requisite chain\nrequired weekday\nrequired owner", "");
	expect_stack(f, "required weekday\nrequisite chain\nrequired owner", line);
}

/* One odd byte of state does not move the next check's off its alignment. */
static void the_room_of_a_loaded_check_is_aligned(void **state)
{
	struct fixture *f = *state;
	struct object o = loadable_example();
	struct pa_config *config;
	const struct pa_realm *realm;
	char text[2048];

	module(&o)->state_size = 1;
	write_object(f, o);
	configure(f, "requisite chain\nrequired weekday\nrequired owner\nrequired password", text,
		sizeof(text));
	config = parse_good(text);
	realm = &config->realms[0];
	assert_int_equal(realm->rules[1].state_offset % _Alignof(max_align_t), 0);
	assert_string_equal(realm->rules[3].check->name, "password");
	assert_int_equal(
		realm->rules[3].state_offset, realm->rules[1].state_offset + _Alignof(max_align_t));
	assert_true(realm->state_size >=
		    realm->rules[3].state_offset + realm->rules[3].check->state_size);
	pa_config_unref(config);
}

/* As many as rows of a trace; the built-in ones take up five. */
static void a_stack_has_a_length(void **state)
{
	struct fixture *f = *state;
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	char *text = NULL, path[600];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs("realm r {\n" PEERS IDENTITY "stack {\nrequisite chain\nrequired owner\n", out);
	for (int i = 0; i < (int)PA_TRACE_MAX - 1; i++)
		fprintf(out, "required check-%c\n", 'a' + i);
	fputs("}\n" PATH "}\n", out);
	for (int i = 0; i < (int)PA_TRACE_MAX - 1; i++) {
		struct object o = loadable_example();
		char name[8];

		(void)snprintf(name, sizeof(name), "check-%c", 'a' + i);
		set_name(&o, name);
		write_object(f, o);
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
		assert_int_equal(rename(f->path, path), 0);
		fprintf(out, "load %s\n", path);
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(pa_config_parse("c", pa_bytes_str(text), &config, &errors), PA_E_CONFIG);
	assert_int_equal(errors.len, 1);
	assert_string_equal(errors.lines[0], "c:21: a stack has at most 16 checks");
	pa_config_errors_finish(&errors);
	free(text);
	for (int i = 0; i < (int)PA_TRACE_MAX - 1; i++) {
		(void)snprintf(path, sizeof(path), "%s/check-%c", f->dir, 'a' + i);
		assert_int_equal(unlink(path), 0);
	}
}

#define registry_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_checks_are_whole),
		registry_test(a_check_is_loaded),
		registry_test(a_path_is_absolute),
		registry_test(an_object_must_be_there),
		registry_test(what_others_could_write_is_refused),
		registry_test(what_others_own_is_refused),
		registry_test(a_file_that_is_no_object_is_refused),
		registry_test(an_object_that_needs_what_is_not_there_is_refused),
		registry_test(an_object_without_a_descriptor_is_refused),
		registry_test(another_abi_is_refused),
		registry_test(a_check_has_a_name_and_runs),
		registry_test(a_name_is_short),
		registry_test(a_name_is_taken_once),
		registry_test(a_loaded_check_stands_in_a_stack),
		registry_test(its_options_are_read),
		registry_test(a_dump_loads_its_checks_again),
		registry_test(what_may_skip_does_not_stand_behind_a_sufficient),
		registry_test(a_guard_is_not_skipped),
		registry_test(what_is_always_enforced_is_never_shadow),
		registry_test(a_fact_comes_before_who_needs_it),
		registry_test(the_room_of_a_loaded_check_is_aligned),
		registry_test(a_stack_has_a_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
