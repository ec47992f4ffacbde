/*
 * polyauthctl: what its commands share.
 *
 * A command is a row of a table. Its words become arguments of a command of
 * the daemon; the answer is a table that is printed for a human or as JSON.
 */
#ifndef CLIENTS_CTL_CTL_H
#define CLIENTS_CTL_CTL_H

#include <stdio.h>

#include "clients/c/stream.h"
#include "proto/codec.h"

/* How polyauthctl ends. */
enum pa_ctl_exit {
	PA_CTL_OK = 0,
	PA_CTL_DENIED = 1, /* the verdict is DENY or CHALLENGE */
	PA_CTL_USAGE = 2,
	PA_CTL_UNREACHABLE = 3, /* no daemon, or it does not answer */
	PA_CTL_REFUSED = 4      /* the daemon refused, or could not */
};

struct pa_output;

struct pa_ctl {
	const char *socket;
	bool json;
	int64_t timeout_ms; /* of each exchange */
	struct pa_stream stream;
	bool connected;
	uint64_t next_id;
	bool commit_sent;      /* of the last upload: without an answer it may be in force or not */
	struct pa_arena arena; /* of the exchange under way */
	struct pa_admin_request req; /* being put together */
};

/* A word `--name` with a value, or a flag. */
struct pa_ctl_option {
	const char *name;  /* without the dashes; NULL ends a list */
	const char *arg;   /* the daemon's name for it; NULL: the handler looks at it itself */
	const char *value; /* what help calls the value; NULL: a flag */
	const char *help;
	/* TIME, END (later than now, or `never`), FOR (more than nothing), AHEAD, AGO become epoch
	 * seconds; MANY may stand there several times (arg is NULL) */
	enum {
		PA_CTL_TEXT = 0,
		PA_CTL_TIME,
		PA_CTL_END,
		PA_CTL_FOR,
		PA_CTL_MANY,
		PA_CTL_AGO,
		PA_CTL_AHEAD
	} kind;
};

struct pa_ctl_command {
	const char *words;   /* "device add" */
	const char *remote;  /* "device.add"; NULL: the handler knows */
	const char *operand; /* the daemon's name of it; NULL: the handler takes them */
	const char *usage;   /* operands, for help */
	const char *help;
	const struct pa_ctl_option *options; /* may be NULL */
	/* NULL: send, and print the answer */
	int (*run)(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
};

extern const struct pa_ctl_command pa_ctl_commands[]; /* ends with words NULL */

/* The value of an option that was given, NULL if it was not; flags: "". Valid in run(). */
const char *pa_ctl_option(const char *name);
/* The same of one that may stand there several times: the first, the second ...; NULL behind the
 * last. */
const char *pa_ctl_option_at(const char *name, size_t at);

/* Add an argument for the daemon; the value must live until the exchange is over. 0, or
 * PA_CTL_USAGE: too many. */
int pa_ctl_arg(struct pa_ctl *ctl, const char *name, struct pa_bytes value) PA_MUST_CHECK;

/* One exchange: send ctl->req, receive *reply (until the next). 0, or how to end; says why. */
int pa_ctl_exchange(struct pa_ctl *ctl, struct pa_admin_reply *reply) PA_MUST_CHECK;

/* The same, and PA_CTL_REFUSED with the daemon's text on stderr where the status is not OK. */
int pa_ctl_ask(struct pa_ctl *ctl, struct pa_admin_reply *reply) PA_MUST_CHECK;

/* Ask page after page, and print all of it. */
int pa_ctl_ask_and_print(struct pa_ctl *ctl) PA_MUST_CHECK;

/*
 * Send ctl->req's command with bulk input. name: for messages. The answer goes to *reply (until the
 * next exchange), or, where reply is NULL, is printed.
 */
int pa_ctl_upload(struct pa_ctl *ctl, const char *name, struct pa_bytes data,
	struct pa_admin_reply *reply) PA_MUST_CHECK;
/* The same, and its answer is printed behind what *output holds already: several are one. */
int pa_ctl_upload_and_print(struct pa_ctl *ctl, const char *name, struct pa_bytes data,
	struct pa_output *output) PA_MUST_CHECK;

/* A file's name for messages of the daemon, which takes no control bytes. */
#define PA_CTL_NAME_MAX 200u
void pa_ctl_plain_name(const char *name, char out[PA_CTL_NAME_MAX]);

/* A word of such a file for a message: short, and printable. */
#define PA_CTL_SHOWN_MAX 40u
void pa_ctl_shown(struct pa_bytes text, char out[PA_CTL_SHOWN_MAX]);

/* Read a file ("-": standard input) whole; free() it. 0, or PA_CTL_USAGE; says why. */
int pa_ctl_read_file(const char *name, size_t max, struct pa_bytes *ret) PA_MUST_CHECK;

/* Help of the commands that begin so. 0, or PA_CTL_USAGE: there is none; says nothing. */
int pa_ctl_help_of(const char *name);
/*
 * These words, up to the first option, are no command: says so, and which may be meant;
 * PA_CTL_USAGE. A group of commands with --help gets its help; 0.
 */
int pa_ctl_no_command(char **words);

/* --- commands with a handler of their own --- */
int pa_ctl_ca_add(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_ca_remove(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_crl_import(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_crl_export(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_crl_remove(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_crl_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_crl_fetch(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_device_import(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_device_export(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_device_state(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_path_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_password(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_password_import(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_password_generate(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_rotate(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_rotation_status(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_rotation_retire(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_portal_user(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_otp_issue(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_check(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_metrics(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_explain(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_frontend_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_completion(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_help(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);
int pa_ctl_version(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands);

#endif
