/*
 * A story that is being told: what its directives share.
 */
#ifndef TESTS_SCENARIO_STORY_H
#define TESTS_SCENARIO_STORY_H

#include "daemon/run.h"
#include "db/change.h"

struct story_handle {
	char name[64];
	uint8_t bytes[PA_HANDLE_LEN];
	size_t len; /* 0: none was given */
};

struct story {
	const char *fleet, *file;
	bool by_handle; /* each chain is left out as soon as there is a handle for it */
	unsigned line;
	char dir[64];
	int64_t now_s;
	char config[8192];
	bool open;
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_worker worker;
	struct story_handle handles[64];
	size_t handles_len;
	struct story_handle *wanted; /* by the request that is under way */
	unsigned by_handle_len;      /* requests without their chain, in the telling by handle */
	/* the latest reply */
	bool answered;
	enum pa_verdict verdict;
	uint32_t retry_after_s;
	char reason[64], would_deny[256], would_challenge[256];
	bool left_out; /* the rest of it */
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

/* Ask, and wait for the reply. */
void story_ask(struct story *s, const struct pa_authorize_request *req, const struct pa_peer *peer,
	bool dry);

/* Of handle.c: ask as the words want=, handle= and peer= say, or by handle. */
void story_handle_ask(struct story *s, char **words, struct pa_authorize_request *req, bool dry);
void story_handle_take(struct story *s, struct pa_bytes handle);
void story_expect_handle(struct story *s, char **words);
void story_unless_plain(struct story *s, char **words);

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
