/*
 * password.import, password.preview: a list of passwords or hashes, all or nothing.
 *
 * A line: the number of the line in the file that it comes from (see faults.h; 0: of none), scope,
 * name, slot, user, `password` or `hash`, its value, not-before and not-after (0: none).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/admin/device.h"
#include "daemon/admin/faults.h"
#include "daemon/admin/password.h"
#include "proto/lines.h"

#define ROWS_MAX    100000u
#define SLOW_MAX    1000u /* passwords of people: one slow hash each */
#define METHODS_MAX 8u    /* different methods and costs of hashes: each is tried once */
#define SLOWEST_NS  INT64_C(3000000000)

enum field { SCOPE, NAME, SLOT, USER, KIND, VALUE, NOT_BEFORE, NOT_AFTER, FIELDS };

struct row {
	uint32_t line;
	bool is_slow; /* slot.hash holds a password that is to be hashed */
	struct pa_account_key key;
	struct pa_slot slot;
};

struct job {
	struct pa_faults faults;
	struct pa_config *config;
	bool dry_run, replace, generated;
	size_t len, room, slow;
	struct row *rows;
	struct pa_change *changes;
	uint64_t added, replaced;
	size_t methods_len;
	struct {
		char setting[PA_KDF_MAX];
		bool is_slow;
	} methods[METHODS_MAX];
	int result; /* of the work: 0, 1: refused, the faults say why; negative */
};

static void job_free(void *opaque)
{
	struct job *job = opaque;

	pa_config_unref(job->config);
	if (job->rows)
		explicit_bzero(job->rows, job->room * sizeof(*job->rows));
	free(job->rows);
	free(job->changes);
	free(job);
}

/* --- one line; on the pool --- */

/* 0, or 1: said why not. */
static int take_account(struct job *job, struct row *row, const char *scope, const char *name)
{
	struct pa_mac mac;

	for (enum pa_account_scope s = PA_ACCOUNT_DEVICE; s <= PA_ACCOUNT_REALM; s++) {
		if (strcmp(scope, pa_account_scope_name(s)) == 0)
			row->key.scope = s;
	}
	if (row->key.scope == PA_ACCOUNT_NONE || !name[0]) {
		pa_faults_add(&job->faults, row->line, "a device, group or realm is missing");
		return 1;
	}
	pa_bytes_copy(row->key.name, sizeof(row->key.name), pa_bytes_str(name));
	if (row->key.scope == PA_ACCOUNT_DEVICE) {
		if (pa_mac_parse_separated(pa_bytes_str(name), &mac) != 0 ||
			!pa_mac_is_device(mac)) {
			pa_faults_add(&job->faults, row->line,
				"\"%.40s\" is no MAC address of a device", name);
			return 1;
		}
		pa_bytes_copy(row->key.name, sizeof(row->key.name),
			pa_bytes_str(pa_mac_format(mac).text));
	} else if (row->key.scope == PA_ACCOUNT_REALM &&
		   !pa_config_realm(job->config, pa_bytes_str(name))) {
		pa_faults_add(
			&job->faults, row->line, "the configuration has no realm %.64s", name);
		return 1;
	}
	return 0;
}

/* What of a hash says how it is made: all but its salt. */
static void method_of(const char *hash, char out[PA_KDF_MAX])
{
	const char *method = pa_kdf_method(hash);
	char *salt;

	if (pa_kdf_setting(hash, out) != 0) {
		out[0] = '\0';
	} else if (strcmp(method, "bcrypt") == 0) {
		out[strlen("$2b$12$")] = '\0';
	} else if (strcmp(method, "scrypt") == 0) {
		out[strnlen(out, strlen("$7$Nrrrrrppppp"))] = '\0';
	} else {
		out[strlen(out) - 1] = '\0';
		salt = strrchr(out, '$');
		salt[1] = '\0';
	}
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What its text does not say: whether crypt(3) takes it, and what it takes here. NULL or why not.
 */
static const char *try_hash(struct job *job, const char *hash)
{
	char method[PA_KDF_MAX], out[PA_KDF_MAX];
	int64_t started_ns = now_ns();
	size_t i = 0;

	method_of(hash, method);
	while (i < job->methods_len && strcmp(job->methods[i].setting, method) != 0)
		i++;
	if (i == METHODS_MAX)
		return "hashes of more than 8 methods and costs are in this file";
	if (i == job->methods_len) {
		if (pa_kdf_hash("", hash, out) != 0)
			return "crypt(3) does not take this hash";
		memcpy(job->methods[i].setting, method, sizeof(method));
		job->methods[i].is_slow = now_ns() - started_ns > SLOWEST_NS;
		job->methods_len++;
	}
	return job->methods[i].is_slow
		       ? "this hash takes more than 3 seconds: everybody would wait for it"
		       : NULL;
}

/* A hash that no password can fit, or that keeps everybody waiting, is no use. */
static int take_hash(struct job *job, struct row *row, const char *hash)
{
	struct pa_diag diag = { "" };
	const char *why;

	if (pa_kdf_check(hash) != 0)
		why = "the hash is none that is taken: yescrypt, gost-yescrypt, scrypt, bcrypt, "
		      "sha512-crypt or sha256-crypt";
	else if (!pa_kdf_is_current(hash, (unsigned)job->config->hash_cost) &&
		 pa_kdf_check_cost(hash, &diag) != 0)
		why = diag.text;
	else
		why = try_hash(job, hash);
	if (why) {
		pa_faults_add(&job->faults, row->line, "%s", why);
		return 1;
	}
	pa_bytes_copy(row->slot.hash, sizeof(row->slot.hash), pa_bytes_str(hash));
	return 0;
}

static int take_password(
	struct pa_admin_call *call, struct job *job, struct row *row, const char *password)
{
	if (!password[0] || strlen(password) > PA_PASSWORD_MAX) {
		pa_faults_add(
			&job->faults, row->line, "a password has 1 to %u bytes", PA_PASSWORD_MAX);
		return 1;
	}
	if (pa_hmac_is_made(pa_bytes_str(password)))
		return pa_hmac_password_once(
			&call->admin->shared->secret, password, row->slot.hash);
	row->is_slow = true;
	if (++job->slow == SLOW_MAX + 1)
		pa_faults_add(&job->faults, row->line,
			"more than %u passwords that polyauthctl did not make: import them in "
			"parts, or their hashes",
			SLOW_MAX);
	pa_bytes_copy(row->slot.hash, sizeof(row->slot.hash), pa_bytes_str(password));
	return 0;
}

static int take_time(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return *end || errno || *ret < 0 ? PA_E_MESSAGE : 0;
}

/* The fields as strings, good as they are. 0; 1: said why not; negative. */
static int take_fields(struct pa_admin_call *call, struct job *job, struct row *row,
	char fields[FIELDS][PA_PASSWORD_MAX + 2])
{
	int r = take_account(job, row, fields[SCOPE], fields[NAME]);

	if (r == 0)
		r = take_time(fields[NOT_BEFORE], &row->slot.not_before_s);
	if (r == 0)
		r = take_time(fields[NOT_AFTER], &row->slot.not_after_s);
	if (r)
		return r;
	if (!fields[SLOT][0] || strlen(fields[SLOT]) > PA_NAME_MAX ||
		strlen(fields[USER]) > PA_USER_MAX) {
		pa_faults_add(&job->faults, row->line,
			"a slot has a name of 1 to %u bytes, a user one of at most %u", PA_NAME_MAX,
			PA_USER_MAX);
		return 1;
	}
	if (row->slot.not_after_s && row->slot.not_after_s <= row->slot.not_before_s) {
		pa_faults_add(&job->faults, row->line, "the slot would end before it begins");
		return 1;
	}
	pa_bytes_copy(row->slot.name, sizeof(row->slot.name), pa_bytes_str(fields[SLOT]));
	pa_bytes_copy(row->slot.user, sizeof(row->slot.user), pa_bytes_str(fields[USER]));
	if (strcmp(fields[KIND], "hash") == 0)
		return take_hash(job, row, fields[VALUE]);
	if (strcmp(fields[KIND], "password") == 0)
		return take_password(call, job, row, fields[VALUE]);
	return PA_E_MESSAGE;
}

static int read_fields(struct job *job, const struct row *row, struct pa_bytes text,
	char fields[FIELDS][PA_PASSWORD_MAX + 2])
{
	struct pa_bytes field;
	size_t len;

	for (size_t i = 0; i < FIELDS; i++) {
		if (!pa_lines_field(&text, &field))
			return PA_E_MESSAGE;
		if (i == 0 && field.len && field.data[0] == '!') {
			pa_faults_add(&job->faults, row->line, "%.*s", (int)field.len - 1,
				(const char *)field.data + 1);
			return 1;
		}
		if (pa_lines_unescape(field, (uint8_t *)fields[i], PA_PASSWORD_MAX + 1, &len) !=
				0 ||
			memchr(fields[i], 0, len)) {
			pa_faults_add(&job->faults, row->line,
				"a field has more than %u bytes, or a NUL", PA_PASSWORD_MAX);
			return 1;
		}
		fields[i][len] = '\0';
		/* names stand in logs and on terminals */
		for (size_t k = 0; k < len && i != VALUE; k++) {
			if ((uint8_t)fields[i][k] < ' ' || fields[i][k] == 0x7f) {
				pa_faults_add(
					&job->faults, row->line, "a name holds a control byte");
				return 1;
			}
		}
	}
	return pa_lines_field(&text, &field) ? PA_E_MESSAGE : 0;
}

/* --- all of them --- */

static size_t count_lines(struct pa_bytes text)
{
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	return lines;
}

static int read_rows(struct pa_admin_call *call, struct job *job)
{
	char fields[FIELDS][PA_PASSWORD_MAX + 2];
	struct pa_bytes rest = call->upload, text;
	uint32_t line = 0;
	int r = 0;

	job->room = count_lines(rest);
	if (job->room > ROWS_MAX)
		return PA_E_LIMIT;
	job->rows = calloc(job->room, sizeof(*job->rows));
	if (!job->rows)
		return -ENOMEM;
	while (r >= 0 && pa_lines_next(&rest, &text)) {
		struct row *row = &job->rows[job->len];

		if (pa_faults_line_number(&text, &line) != 0) {
			r = PA_E_MESSAGE;
			break;
		}
		*row = (struct row){ .line = line };
		row->slot.added_s = pa_shared_now(call->admin->shared);
		r = read_fields(job, row, text, fields);
		if (r == 0)
			r = take_fields(call, job, row, fields);
		job->len += r == 0;
	}
	explicit_bzero(fields, sizeof(fields));
	return r < 0 ? r : 0;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r;

	if (x->key.scope != y->key.scope)
		return x->key.scope < y->key.scope ? -1 : 1;
	r = strcmp(x->key.name, y->key.name);
	if (r == 0)
		r = strcmp(x->slot.name, y->slot.name);
	return r ? r : (x->line > y->line) - (x->line < y->line);
}

static bool same_account(const struct row *a, const struct row *b)
{
	return a->key.scope == b->key.scope && strcmp(a->key.name, b->key.name) == 0;
}

/* The salt that the account's slots share, or a fresh one; then the password's hash. */
static int hash_row(struct job *job, struct row *row, const struct row *before,
	const struct pa_account *account)
{
	char setting[PA_KDF_MAX] = "", password[PA_PASSWORD_MAX + 1];
	int r = 0;

	if (before && strcmp(pa_kdf_method(before->slot.hash), "yescrypt") == 0)
		r = pa_kdf_setting(before->slot.hash, setting);
	for (size_t i = 0; i < account->slots_len && !setting[0]; i++) {
		if (strcmp(pa_kdf_method(account->slots[i].hash), "yescrypt") == 0 &&
			pa_kdf_setting(account->slots[i].hash, setting) != 0)
			setting[0] = '\0';
	}
	if (!setting[0])
		r = pa_kdf_new_setting((unsigned)job->config->hash_cost, setting);
	memcpy(password, row->slot.hash, sizeof(password));
	if (r == 0)
		r = pa_kdf_hash(password, setting, row->slot.hash);
	explicit_bzero(password, sizeof(password));
	row->is_slow = false;
	return r > 0 ? PA_E_CRYPTO : r;
}

/* What becomes of a row, by the account as it is. */
static int judge_row(struct job *job, size_t i, const struct pa_account *account)
{
	struct row *row = &job->rows[i];
	const struct row *before = i && same_account(row - 1, row) ? row - 1 : NULL;

	if (before && strcmp(before->slot.name, row->slot.name) == 0) {
		pa_faults_add(&job->faults, row->line, "%s, slot %s stands in line %u already",
			row->key.name, row->slot.name, before->line);
		return 0;
	}
	for (size_t s = 0; s < account->slots_len; s++) {
		if (strcmp(account->slots[s].name, row->slot.name) != 0)
			continue;
		job->replaced++;
		if (!job->replace)
			pa_faults_add(&job->faults, row->line,
				"%s has a slot %s already: name another, or give --replace",
				row->key.name, row->slot.name);
		return 0;
	}
	job->added++;
	return 0;
}

static int look(struct pa_admin_call *call, struct job *job)
{
	struct pa_db_reader *reader;
	struct pa_account account;
	int r = pa_db_reader_open(call->admin->shared->db, &reader);

	if (r)
		return r;
	r = pa_db_read_begin(reader);
	for (size_t i = 0; i < job->len && r == 0; i++) {
		struct row *row = &job->rows[i];

		r = pa_db_account_get(reader, &row->key, &account);
		if (r >= 0)
			r = judge_row(job, i, &account);
		/* nothing slow for what is refused, or only tried */
		if (r == 0 && row->is_slow && !job->faults.len && !job->dry_run)
			r = hash_row(job, row, i && same_account(row - 1, row) ? row - 1 : NULL,
				&account);
	}
	pa_db_reader_close(reader);
	return r;
}

static void work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct job *job = call->scratch;

	job->result = read_rows(call, job);
	if (job->result == 0 && job->len)
		qsort(job->rows, job->len, sizeof(*job->rows), compare);
	if (job->result == 0)
		job->result = look(call, job);
	if (job->result == 0 && job->faults.len) {
		job->result = 1;
	} else if (job->result == 0 && !job->len) {
		pa_diag_set(&call->diag, "%s: there is no password in it: is it the right file?",
			job->faults.file);
		job->result = 1;
	}
}

/* --- on the main loop --- */

static void put_counts(struct pa_admin_call *call, const struct job *job)
{
	pa_admin_record_int(call, "slots-added", (int64_t)job->added);
	pa_admin_record_int(call, "slots-replaced", (int64_t)job->replaced);
	pa_admin_answer(call, PA_STATUS_OK);
}

/* By the writer. */
static void refuse_row(struct pa_admin_call *call, struct job *job, const struct row *row)
{
	pa_faults_add(&job->faults, row->line,
		"%s changed meanwhile, or would have more than %u slots", row->key.name,
		PA_SLOTS_MAX);
	call->reply.text = pa_faults_text(&job->faults);
	pa_admin_answer(call, PA_STATUS_REFUSED);
}

static void imported(struct pa_admin_call *call)
{
	struct job *job = call->scratch;

	if (call->set.result > 0)
		refuse_row(call, job, &job->rows[call->set.failed_at]);
	else if (call->set.result)
		pa_admin_fail(call, "password.import", call->set.result);
	else
		put_counts(call, job);
}

static void worked(struct pa_admin_call *call)
{
	struct job *job = call->scratch;

	if (job->result > 0 && job->faults.len)
		call->reply.text = pa_faults_text(&job->faults);
	if (job->result > 0) {
		pa_admin_answer(call, PA_STATUS_REFUSED);
		return;
	}
	if (job->result == 0 && !job->dry_run) {
		job->changes = calloc(job->len, sizeof(*job->changes));
		job->result = job->changes ? 0 : -ENOMEM;
	}
	if (job->result < 0) {
		pa_admin_fail(call, "password.import", job->result);
		return;
	}
	if (job->dry_run) {
		put_counts(call, job);
		return;
	}
	for (size_t i = 0; i < job->len; i++) {
		job->changes[i].kind = PA_CHANGE_SLOT_PUT;
		job->changes[i].when = job->replace ? PA_WHEN_ANY : PA_WHEN_NEW;
		job->changes[i].account.key = job->rows[i].key;
		job->changes[i].account.slot = job->rows[i].slot;
	}
	snprintf(call->summary, sizeof(call->summary), "password.import%s %s%.120s, %zu password%s",
		job->replace ? " replace" : "", job->generated ? "generated for " : "",
		job->faults.file, job->len, job->len == 1 ? "" : "s");
	pa_admin_change(call, job->changes, job->len, imported);
}

static void begin(struct pa_admin_call *call, bool dry_run)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		pa_admin_fail(call, "password.import", -ENOMEM);
		return;
	}
	call->scratch = job;
	call->scratch_free = job_free;
	job->dry_run = dry_run;
	job->config = pa_config_ref(call->admin->worker->config);
	if (pa_admin_text(call, "file", job->faults.file, sizeof(job->faults.file)) ||
		pa_admin_flag(call, "replace", &job->replace) ||
		pa_admin_flag(call, "generated", &job->generated))
		return;
	pa_admin_work(call, work, worked);
}

static void password_import(struct pa_admin_call *call)
{
	begin(call, false);
}

/* A command of its own, no argument: a daemon that does not know it must not import instead. */
static void password_preview(struct pa_admin_call *call)
{
	begin(call, true);
}

const struct pa_admin_command pa_admin_password_import_commands[] = {
	{ "password.import", PA_ROLE_ADMIN, PA_PASSWORD_FILE_MAX, password_import,
		"file replace generated" },
	{ "password.preview", PA_ROLE_ADMIN, PA_PASSWORD_FILE_MAX, password_preview,
		"file replace generated" },
	{ NULL, 0, 0, NULL, NULL },
};
