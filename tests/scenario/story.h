/*
 * A story that is being told: what its directives share.
 */
#ifndef TESTS_SCENARIO_STORY_H
#define TESTS_SCENARIO_STORY_H

#include "daemon/run.h"
#include "db/change.h"

struct story {
	const char *fleet, *file;
	unsigned line;
	char dir[64];
	int64_t now_s;
	char config[8192];
	bool open;
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_worker worker;
	/* the latest reply */
	bool answered;
	enum pa_verdict verdict;
	uint32_t retry_after_s;
	char reason[64], would_deny[256], would_challenge[256];
	unsigned tests, failed;
};

/* Ends the program: the story itself is wrong. more may be NULL. */
void story_fail(const struct story *s, const char *what, const char *more)
	__attribute__((noreturn));

/* One line of TAP. */
void story_result(struct story *s, bool good, const char *what, const char *more);

/* The value of key=value among the words; NULL: not there. */
const char *story_option(char **words, const char *key);

int64_t story_time(const struct story *s, const char *text);
struct pa_mac story_mac(const struct story *s, const char *text);
void story_apply(struct story *s, struct pa_change *change);

/* Directives of device.c. */
void story_device(struct story *s, char **words);
void story_device_set(struct story *s, char **words);
void story_device_remove(struct story *s, char **words);
void story_device_forget(struct story *s, char **words);
void story_prefix(struct story *s, char **words);
void story_prefix_remove(struct story *s, char **words);

/* Directives of seen.c. */
void story_expect_seen(struct story *s, char **words);
void story_expect_key(struct story *s, char **words);
void story_rekey(struct story *s, char **words);
void story_expect_pending(struct story *s, char **words);

/* Directives of otp.c. */
void story_otp(struct story *s, char **words);
void story_otp_revoke(struct story *s, char **words);
void story_expect_otp(struct story *s, char **words);

#endif
