/* device.import, device.preview */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/admin/device.h"
#include "daemon/admin/device_lines.h"

#define DIFFS_SHOWN 200u

struct job {
	struct pa_device_lines lines;
	bool dry_run;
	struct pa_import_counts counts; /* of a dry run */
	size_t shown;
	int result; /* of the work: 0, 1: refused, call->diag or the faults say why; negative */
};

static void job_free(void *opaque)
{
	struct job *job = opaque;

	pa_import_finish(&job->lines.import);
	free(job);
}

/* --- the answer: first the counts, then, of a dry run, what would change --- */

static void put_row(struct pa_admin_call *call, const char *change, const char *mac, uint64_t count,
	const char *what)
{
	pa_admin_cell_str(call, change);
	pa_admin_cell_int(call, (int64_t)count);
	pa_admin_cell_str(call, mac);
	pa_admin_cell_str(call, what);
}

static void put_counts(struct pa_admin_call *call, const struct pa_import_counts *counts)
{
	put_row(call, "added", "", counts->added, "");
	put_row(call, "changed", "", counts->changed, "");
	put_row(call, "removed", "", counts->removed, "");
	put_row(call, "unchanged", "", counts->unchanged, "");
}

static void begin_answer(struct pa_admin_call *call)
{
	static const char *const columns[] = { "change", "count", "mac", "what", NULL };

	pa_admin_columns(call, columns);
}

/* --- what a list would do; on the pool --- */

static void show(struct pa_admin_call *call, struct job *job, const char *change,
	const struct pa_device *old, const struct pa_device *next)
{
	static const struct pa_device plain = { .state = PA_DEVICE_ALLOWED };
	char what[512];

	if (job->shown >= DIFFS_SHOWN || pa_admin_page_is_full(call))
		return;
	job->shown++;
	(void)pa_device_diff(old ? old : &plain, next, what, sizeof(what));
	put_row(call, change, pa_mac_format(next->mac).text, 1, what);
}

/* A row, held against the entry that is there (NULL: none). */
static void judge_row(struct pa_admin_call *call, struct job *job, const struct pa_device *row,
	const struct pa_device *old)
{
	struct pa_device next;

	switch (pa_import_judge(&job->lines.import, row, old, &next)) {
	case PA_IMPORT_LEAVES:
		job->counts.unchanged++;
		return;
	case PA_IMPORT_RESTORES:
	case PA_IMPORT_ADDS:
		job->counts.added++;
		show(call, job, "added", old, &next);
		return;
	case PA_IMPORT_REMOVES:
		job->counts.removed++;
		show(call, job, "removed", old, &next);
		return;
	case PA_IMPORT_CHANGES:
		job->counts.changed++;
		show(call, job, "changed", old, &next);
		return;
	}
}

/* Rows that would bring back what was removed. 0, negative. */
static int find_removed(struct job *job, struct pa_db_reader *reader)
{
	const struct pa_device_import *import = &job->lines.import;
	struct pa_device old, row;
	struct pa_db_stat stat;
	int r = pa_db_stat(reader, &stat);

	if (r || !stat.removed || import->restore)
		return r;
	for (size_t i = 0; i < import->len && r >= 0; i++) {
		r = pa_db_device_get(reader, (struct pa_mac){ import->rows[i].mac }, &old);
		if (r || old.state != PA_DEVICE_REMOVED)
			continue;
		r = pa_import_get(import, i, &row);
		if (r == 0 && row.state != PA_DEVICE_REMOVED)
			pa_faults_add(&job->lines.faults, import->rows[i].line,
				"%s was removed, and stays denied: device forget it, or give "
				"--restore",
				pa_mac_format(row.mac).text);
	}
	return r < 0 ? r : 0;
}

/* Rows and list side by side, in the order of addresses. */
static int compare(struct pa_admin_call *call, struct job *job, struct pa_db_reader *reader)
{
	const struct pa_device_import *import = &job->lines.import;
	struct pa_device old, row, after;
	int there = pa_db_device_next(reader, NULL, &old), r = 0;
	size_t i = 0;

	while (r == 0 && there >= 0 && (i < import->len || there == 0)) {
		bool has_row = i < import->len && (there || import->rows[i].mac <= old.mac.value);
		bool has_old = there == 0 && (!has_row || import->rows[i].mac == old.mac.value);

		if (has_row) {
			r = pa_import_get(import, i++, &row);
			if (r == 0)
				judge_row(call, job, &row, has_old ? &old : NULL);
		} else if (import->replace && old.state != PA_DEVICE_REMOVED) {
			after = old;
			after.state = PA_DEVICE_REMOVED;
			job->counts.removed++;
			show(call, job, "removed", &old, &after);
		}
		if (has_old) {
			after = old;
			there = pa_db_device_next(reader, &after.mac, &old);
		}
	}
	return there < 0 ? there : r;
}

static int look(struct pa_admin_call *call, struct job *job)
{
	struct pa_db_reader *reader;
	int r = pa_db_reader_open(call->admin->shared->db, &reader);

	if (r)
		return r;
	r = pa_db_read_begin(reader);
	if (r == 0)
		r = find_removed(job, reader);
	if (r == 0 && job->lines.faults.len == 0 && job->dry_run)
		r = compare(call, job, reader);
	pa_db_reader_close(reader);
	return r;
}

static void work(void *opaque)
{
	struct pa_admin_call *call = opaque;
	struct job *job = call->scratch;

	begin_answer(call);
	if (job->dry_run)
		put_counts(call, &job->counts); /* their place; see put_real_counts() */
	job->result = pa_device_lines_read(&job->lines, call->upload);
	if (job->result == 0)
		job->result = look(call, job);
	if (job->result == 0 && job->lines.faults.len)
		job->result = 1;
	if (job->result == 0 && job->lines.import.len == 0) {
		pa_diag_set(&call->diag, "%s: there is no device in it: is it the right file?",
			job->lines.faults.file);
		job->result = 1;
	}
}

/* --- on the main loop --- */

static void refuse(struct pa_admin_call *call, struct job *job)
{
	call->reply.columns_len = call->reply.rows_len = 0;
	if (job->lines.faults.len)
		call->reply.text = pa_faults_text(&job->lines.faults);
	pa_admin_answer(call, PA_STATUS_REFUSED);
}

static void imported(struct pa_admin_call *call)
{
	struct job *job = call->scratch;
	struct pa_device_import *import = &job->lines.import;

	if (call->set.result == PA_DB_REMOVED) {
		call->reply.columns_len = call->reply.rows_len = 0;
		pa_admin_refuse(call, "%s was removed meanwhile; nothing was changed",
			pa_mac_format((struct pa_mac){ import->refused_mac }).text);
	} else if (call->set.result) {
		call->reply.columns_len = call->reply.rows_len = 0;
		pa_admin_fail(call, "device.import", call->set.result);
	} else {
		put_counts(call, &import->counts);
		pa_admin_answer(call, PA_STATUS_OK);
	}
}

/* The counts are known when the rows below them are written already. */
static void put_real_counts(struct pa_admin_call *call, const struct job *job)
{
	const uint64_t counts[] = { job->counts.added, job->counts.changed, job->counts.removed,
		job->counts.unchanged };
	struct pa_bytes *cells = (struct pa_bytes *)(uintptr_t)call->reply.cells;
	char text[24];

	for (size_t i = 0; i < 4; i++) {
		char *copy;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)counts[i]);
		copy = pa_arena_copy(&call->arena, pa_bytes_str(text));
		if (copy && cells)
			cells[i * call->reply.columns_len + 1] = pa_bytes_str(copy);
		else
			call->overflow = true;
	}
}

static void worked(struct pa_admin_call *call)
{
	struct job *job = call->scratch;
	struct pa_change *change;

	if (job->result > 0) {
		refuse(call, job);
		return;
	}
	if (job->result < 0) {
		call->reply.columns_len = call->reply.rows_len = 0;
		pa_admin_fail(call, "device.import", job->result);
		return;
	}
	if (job->dry_run) {
		put_real_counts(call, job);
		if (call->overflow)
			pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
		else
			pa_admin_answer(call, PA_STATUS_OK);
		return;
	}
	change = pa_admin_new_change(call, PA_CHANGE_DEVICE_IMPORT, PA_WHEN_ANY);
	if (!change)
		return;
	change->import = &job->lines.import;
	snprintf(call->summary, sizeof(call->summary), "device.import %s%s %.120s, %zu device%s",
		job->lines.import.replace ? "replace" : "merge",
		job->lines.import.restore ? " restore" : "", job->lines.faults.file,
		job->lines.import.len, job->lines.import.len == 1 ? "" : "s");
	pa_admin_change(call, change, 1, imported);
}

/* 0, or 1: the call is answered. */
static int read_args(struct pa_admin_call *call, struct job *job)
{
	struct pa_device_lines *lines = &job->lines;
	char mode[16];

	if (pa_admin_text(call, "file", lines->faults.file, sizeof(lines->faults.file)) ||
		pa_admin_text(call, "default-group", lines->default_group,
			sizeof(lines->default_group)) ||
		pa_admin_string(call, "mode", mode, sizeof(mode), false) ||
		pa_admin_flag(call, "restore", &lines->import.restore))
		return 1;
	lines->now_s = pa_shared_now(call->admin->shared);
	lines->import.replace = strcmp(mode, "replace") == 0;
	if (mode[0] && !lines->import.replace && strcmp(mode, "merge") != 0) {
		pa_admin_refuse(call, "mode: merge or replace");
		return 1;
	}
	if (pa_device_lines_columns(lines, pa_admin_arg(&call->req, "columns")) == 0)
		return 0;
	pa_admin_refuse(call, "columns: each once, mac among them");
	return 1;
}

static void begin(struct pa_admin_call *call, bool dry_run)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		pa_admin_fail(call, "device.import", -ENOMEM);
		return;
	}
	call->scratch = job;
	call->scratch_free = job_free;
	job->dry_run = dry_run;
	if (read_args(call, job) == 0)
		pa_admin_work(call, work, worked);
}

void pa_admin_device_import(struct pa_admin_call *call)
{
	begin(call, false);
}

/* A command of its own, no argument: a daemon that does not know it must not import instead. */
void pa_admin_device_preview(struct pa_admin_call *call)
{
	begin(call, true);
}
