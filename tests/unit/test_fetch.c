/* crl fetch without its network: URLs and the list of them, what is remembered, when to try again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/ctl/fetch_state.h"
#include "clients/ctl/urls.h"

#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

/* --- URLs --- */

static void test_a_url_is_written_in_one_way(void **state)
{
	static const char *const rows[][2] = {
		{ "http://example.com/a.crl", "http://example.com/a.crl" },
		{ "HTTP://EXAMPLE.com/A.crl", "http://example.com/A.crl" },
		{ "http://example.com", "http://example.com/" },
		{ "http://example.com:80/a", "http://example.com/a" },
		{ "https://example.com:443/a", "https://example.com/a" },
		{ "http://example.com:443/a", "http://example.com:443/a" },
		{ "http://example.com:0080/a", "http://example.com/a" },
		{ "http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a" },
		{ "http://crl.polycom.com/crl/Polycom%20Root%20CA.crl",
			"http://crl.polycom.com/crl/Polycom%20Root%20CA.crl" },
		{ "http://h/a%3db", "http://h/a%3Db" },
		{ "http://h/?dn=CN%3Dx/../y", "http://h/?dn=CN%3Dx/../y" },
		{ "http://h/..a/b../.c/d.", "http://h/..a/b../.c/d." },
		{ "http://h//a/", "http://h//a/" },
		{ "file:///srv/a.crl", "file:///srv/a.crl" },
		{ "File://LocalHost/srv/a%20b.crl", "file:///srv/a%20b.crl" },
	};
	struct pa_url url, again;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(pa_url_parse(pa_bytes_str(rows[i][0]), &url, &why), 0);
		assert_string_equal(url.text, rows[i][1]);
		assert_int_equal(pa_url_parse(pa_bytes_str(url.text), &again, &why), 0);
		assert_string_equal(again.text, url.text);
		assert_true(pa_url_same_origin(&url, &again));
		assert_int_equal(url.text[url.origin_len], '/');
	}
}

static const char *const no_urls[] = {
	"",
	"http:",
	"http://",
	"http:///a",
	"//h/a",
	"/a",
	"ftp://h/a",
	"ldap://h/cn=a",
	"http:/h/a",
	" http://h/a",
	"http://h/a ",
	"http://h/a b",
	"http://h/a\tb",
	"http://h/a#b",
	"http://h/a\\b",
	"http://h\\@evil.example/",
	"http://h/{a,b}",
	"http://user@h/a",
	"http://user:password@h/a",
	"http://h%2eexample/a",
	"http://h?a",
	"http://h:/a",
	"http://h:0/a",
	"http://h:65536/a",
	"http://h:99999999999999999999/a",
	"http://h:80x/a",
	"http://[::1/a",
	"http://[::1]x/a",
	"http://[g::1]/a",
	"http://h/../a",
	"http://h/a/..",
	"http://h/./a",
	"http://h/a/.",
	"http://h/a/../?b",
	"http://h/%2e%2e/a",
	"http://h/a%2fb",
	"http://h/a%5Cb",
	"http://h/a%00b",
	"http://h/a%0ab",
	"http://h/?a%0d",
	"http://h/a%7f",
	"http://h/a%",
	"http://h/a%2",
	"http://h/a%zz",
	"http://h/\xc3\xa4",
	"http://h\xc3\xa4/a",
	"file://",
	"file://other/a",
	"file://localhost",
	"file:///a?b",
	"file://localhos/a",
};

static void test_what_can_be_read_in_two_ways_is_no_url(void **state)
{
	char with_nul[] = "http://h/a\0b";
	struct pa_url url;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(no_urls) / sizeof(*no_urls); i++) {
		if (!pa_url_parse(pa_bytes_str(no_urls[i]), &url, &why))
			fail_msg("%s was taken", no_urls[i]);
		assert_non_null(why);
	}
	assert_int_equal(
		pa_url_parse(
			(struct pa_bytes){ (uint8_t *)with_nul, sizeof(with_nul) - 1 }, &url, &why),
		1);
}

static void test_a_url_has_a_longest_length(void **state)
{
	char text[PA_URL_MAX + 2];
	struct pa_url url;
	const char *why;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h/", 9);
	assert_int_equal(
		pa_url_parse((struct pa_bytes){ (uint8_t *)text, PA_URL_MAX - 1 }, &url, &why), 0);
	assert_int_equal(strlen(url.text), PA_URL_MAX - 1);
	assert_int_equal(
		pa_url_parse((struct pa_bytes){ (uint8_t *)text, PA_URL_MAX }, &url, &why), 1);
}

static void test_origins(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "http://h/a", "http://H:80/b/c?d", true },
		{ "http://h/a", "https://h/a", false },
		{ "http://h/a", "http://h:81/a", false },
		{ "http://h/a", "http://hh/a", false },
		{ "http://h/a", "http://h./a", false },
		{ "file:///a", "file://localhost/b", true },
	};
	struct pa_url a, b;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(pa_url_parse(pa_bytes_str(rows[i].a), &a, &why), 0);
		assert_int_equal(pa_url_parse(pa_bytes_str(rows[i].b), &b, &why), 0);
		assert_int_equal(pa_url_same_origin(&a, &b), rows[i].same);
	}
}

/* --- the list --- */

static bool allows(const struct pa_url_list *list, const char *text)
{
	struct pa_url url;
	const char *why;

	assert_int_equal(pa_url_parse(pa_bytes_str(text), &url, &why), 0);
	return pa_url_list_allows(list, &url);
}

static void test_a_list_allows_what_it_names(void **state)
{
	static const char text[] = "# the vendor\n"
				   "http://crl.example.com/root.crl\n"
				   "\thttp://CRL.example.com:80/crl/* # all of them\r\n"
				   "\n"
				   "file:///srv/crl/*";
	struct pa_url_list list = { 0 };

	(void)state;
	assert_false(allows(&list, "http://crl.example.com/root.crl"));
	assert_int_equal(pa_url_list_read(&list, PA_BYTES_LIT(text), "urls", NULL), 0);
	assert_int_equal(list.len, 3);
	assert_true(allows(&list, "http://crl.example.com/root.crl"));
	assert_true(allows(&list, "HTTP://crl.EXAMPLE.com:80/root.crl"));
	assert_false(allows(&list, "http://crl.example.com/root.crl2"));
	assert_false(allows(&list, "http://crl.example.com/root.crl?x"));
	assert_false(allows(&list, "http://crl.example.com/Root.crl"));
	assert_false(allows(&list, "https://crl.example.com/root.crl"));
	assert_false(allows(&list, "http://crl.example.com:81/root.crl"));
	assert_true(allows(&list, "http://crl.example.com/crl/"));
	assert_true(allows(&list, "http://crl.example.com/crl/a/b?c"));
	assert_false(allows(&list, "http://crl.example.com/crl"));
	assert_false(allows(&list, "http://crl.example.com.evil.example/crl/a"));
	assert_true(allows(&list, "file:///srv/crl/a"));
	assert_false(allows(&list, "file:///srv/a"));
	pa_url_list_finish(&list);
	assert_int_equal(list.len, 0);
}

static void test_a_list_says_where_it_is_wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "http://h*", "u:1: http://h*: a prefix holds the whole host and a /" },
		{ "\n\nhttp://h/a http://h/b\n", "u:3: one URL a line" },
		{ "http://h/a\nh/b",
			"u:2: h/b: it does not begin with http://, https:// or file://" },
		{ "*", "u:1: *: it does not begin with http://, https:// or file://" },
		{ "http://h/a/../*", "u:1: http://h/a/../*: it has a dot segment" },
		{ "http://h/a/..*", "u:1: http://h/a/..*: it has a dot segment" },
		{ "http://h/a%2*", "u:1: http://h/a%2*: it has a broken escape" },
		{ "http://h/a#b", "u:1: http://h/a#b: it has a byte that no URL has" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_url_list list = { 0 };
		struct pa_diag diag = { "" };

		assert_int_equal(
			pa_url_list_read(&list, pa_bytes_str(rows[i].text), "u", &diag), 1);
		assert_string_equal(diag.text, rows[i].why);
		pa_url_list_finish(&list);
	}
}

/* --- what is remembered --- */

struct dir {
	char path[4096];
	int fd;
};

static int open_dir(void **state)
{
	static struct dir dir;
	const char *tmp = getenv("TMPDIR");

	snprintf(dir.path, sizeof(dir.path), "%s/fetch.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir.path))
		return -1;
	*state = &dir;
	return pa_fetch_state_open(dir.path, &dir.fd);
}

static int close_dir(void **state)
{
	struct dir *dir = *state;

	close(dir->fd);
	return rmdir(dir->path);
}

static void test_what_is_saved_is_loaded(void **state)
{
	struct pa_fetch_state saved = { .failures = 7, .next_try_s = NOW }, loaded;
	const struct dir *dir = *state;
	const char *const texts[] = { "http://h/a", NULL };
	char name[32];

	memset(saved.etag, '~', PA_FETCH_TAG_MAX);
	memset(saved.modified, 'x', PA_FETCH_TAG_MAX);
	saved.marks_len = PA_FETCH_MARKS_MAX;
	for (size_t i = 0; i < PA_FETCH_MARKS_MAX; i++)
		saved.marks[i] = i ? UINT64_MAX - i : 0;
	assert_int_equal(pa_fetch_state_load(dir->fd, texts[0], &loaded), 1);
	assert_int_equal(pa_fetch_state_save(dir->fd, texts[0], &saved), 0);
	assert_int_equal(pa_fetch_state_load(dir->fd, texts[0], &loaded), 0);
	assert_memory_equal(&loaded, &saved, sizeof(saved));
	/* another URL has another file */
	assert_int_equal(pa_fetch_state_load(dir->fd, "http://h/b", &loaded), 1);
	assert_int_equal(loaded.failures, 0);
	saved = (struct pa_fetch_state){ 0 };
	assert_int_equal(pa_fetch_state_save(dir->fd, texts[0], &saved), 0);
	assert_int_equal(pa_fetch_state_load(dir->fd, texts[0], &loaded), 0);
	assert_memory_equal(&loaded, &saved, sizeof(saved));
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)pa_fetch_mark(texts));
	assert_int_equal(unlinkat(dir->fd, name, 0), 0);
}

static void test_a_file_that_was_cut_anywhere_is_damaged(void **state)
{
	struct pa_fetch_state saved = { .failures = 1, .etag = "\"a\"", .marks_len = 1 }, loaded;
	const struct dir *dir = *state;
	const char *const texts[] = { "http://h/a", NULL };
	char name[32], text[512];
	ssize_t len;
	int fd;

	snprintf(name, sizeof(name), "%016llx", (unsigned long long)pa_fetch_mark(texts));
	assert_int_equal(pa_fetch_state_save(dir->fd, texts[0], &saved), 0);
	fd = openat(dir->fd, name, O_RDWR | O_CLOEXEC);
	len = read(fd, text, sizeof(text));
	assert_true(len > 0 && len < (ssize_t)sizeof(text));
	for (ssize_t keep = len - 1; keep >= 0; keep--) {
		assert_int_equal(ftruncate(fd, keep), 0);
		assert_int_equal(pa_fetch_state_load(dir->fd, texts[0], &loaded), 2);
		assert_int_equal(loaded.failures, 0);
		assert_string_equal(loaded.etag, "");
	}
	close(fd);
	assert_int_equal(unlinkat(dir->fd, name, 0), 0);
}

static void test_one_process_has_the_directory(void **state)
{
	const struct dir *dir = *state;
	int fd = -1;

	assert_int_equal(pa_fetch_state_open(dir->path, &fd), 1);
	assert_int_equal(fd, -1);
	assert_int_equal(pa_fetch_state_open("/dev/null", &fd), -ENOTDIR);
}

static void test_only_plain_tags_are_kept(void **state)
{
	char tag[PA_FETCH_TAG_MAX + 2];

	(void)state;
	assert_true(pa_fetch_tag_is_plain("W/\"a b\""));
	assert_false(pa_fetch_tag_is_plain(""));
	assert_false(pa_fetch_tag_is_plain("a\r\nHost: b"));
	assert_false(pa_fetch_tag_is_plain("a\tb"));
	assert_false(pa_fetch_tag_is_plain("\x7f"));
	assert_false(pa_fetch_tag_is_plain("\xc3\xa4"));
	memset(tag, 'a', sizeof(tag));
	tag[PA_FETCH_TAG_MAX] = '\0';
	assert_true(pa_fetch_tag_is_plain(tag));
	tag[PA_FETCH_TAG_MAX] = 'a';
	tag[PA_FETCH_TAG_MAX + 1] = '\0';
	assert_false(pa_fetch_tag_is_plain(tag));
}

/* --- when --- */

static void test_each_failure_doubles_the_wait(void **state)
{
	static const int64_t longest[] = { 600, 1200, 2400, 4800, 9600, 19200, 21600, 21600 };

	(void)state;
	for (size_t i = 0; i < sizeof(longest) / sizeof(*longest); i++) {
		struct pa_fetch_state early = { .failures = (unsigned)i }, late = early;

		pa_fetch_state_failed(&late, NOW, 0, 0);
		assert_int_equal(late.next_try_s - NOW, longest[i]);
		assert_int_equal(late.failures, i + 1);
		pa_fetch_state_failed(&early, NOW, 0, (uint32_t)(longest[i] / 2));
		assert_int_equal(early.next_try_s - NOW, longest[i] / 2);
		for (uint32_t random = 1; random < 4000000000; random += 99999989) {
			struct pa_fetch_state any = { .failures = (unsigned)i };

			pa_fetch_state_failed(&any, NOW, 0, random);
			assert_in_range(any.next_try_s - NOW, longest[i] / 2, longest[i]);
		}
	}
}

static void test_a_wish_counts_up_to_the_longest_wait(void **state)
{
	struct pa_fetch_state s = { 0 };

	(void)state;
	pa_fetch_state_failed(&s, NOW, 5000, 0);
	assert_int_equal(s.next_try_s - NOW, 5000);
	s = (struct pa_fetch_state){ 0 };
	pa_fetch_state_failed(&s, NOW, 1, 0);
	assert_int_equal(s.next_try_s - NOW, 600);
	s = (struct pa_fetch_state){ .failures = INT32_MAX };
	pa_fetch_state_failed(&s, NOW, INT64_MAX, 0);
	assert_int_equal(s.next_try_s - NOW, PA_FETCH_BACKOFF_MAX_S);
	assert_int_equal(s.failures, INT32_MAX);
}

static void test_waiting_ends(void **state)
{
	struct pa_fetch_state s = { .next_try_s = NOW };

	(void)state;
	assert_true(pa_fetch_state_waits(&s, NOW - 1));
	assert_false(pa_fetch_state_waits(&s, NOW));
	assert_true(pa_fetch_state_waits(&s, NOW - PA_FETCH_BACKOFF_MAX_S));
	/* the clock was put back: nothing waits for years */
	assert_false(pa_fetch_state_waits(&s, NOW - PA_FETCH_BACKOFF_MAX_S - 1));
	s.next_try_s = INT64_MAX;
	assert_false(pa_fetch_state_waits(&s, NOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_url_is_written_in_one_way),
		cmocka_unit_test(test_what_can_be_read_in_two_ways_is_no_url),
		cmocka_unit_test(test_a_url_has_a_longest_length),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_a_list_allows_what_it_names),
		cmocka_unit_test(test_a_list_says_where_it_is_wrong),
		cmocka_unit_test_setup_teardown(test_what_is_saved_is_loaded, open_dir, close_dir),
		cmocka_unit_test_setup_teardown(
			test_a_file_that_was_cut_anywhere_is_damaged, open_dir, close_dir),
		cmocka_unit_test_setup_teardown(
			test_one_process_has_the_directory, open_dir, close_dir),
		cmocka_unit_test(test_only_plain_tags_are_kept),
		cmocka_unit_test(test_each_failure_doubles_the_wait),
		cmocka_unit_test(test_a_wish_counts_up_to_the_longest_wait),
		cmocka_unit_test(test_waiting_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
