/*
 * What is spoken on admin.sock: AdminRequest, AdminReply. One table of
 * commands; one request of a connection at a time.
 *
 * A call lives from its frame to its reply. A handler answers by one of the
 * pa_admin_*() at the bottom, now or later.
 */
#ifndef DAEMON_ADMIN_ADMIN_H
#define DAEMON_ADMIN_ADMIN_H

#include "daemon/admin/command.h"
#include "daemon/conn.h"
#include "daemon/pool.h"
#include "db/change.h"
#include "proto/codec.h"

struct pa_admin;

typedef void pa_admin_done_fn(struct pa_admin_call *call); /* on the main loop */

struct pa_admin_call {
	struct pa_admin *admin;
	struct pa_conn *conn; /* NULL: the client is gone; what was begun is still carried out */
	int fd;               /* of conn, when slow work was asked for; -1: none */
	struct pa_peer peer;
	struct pa_arena arena;
	struct pa_admin_request req; /* of an upload: the command of its Begin */
	struct pa_bytes upload;      /* all its chunks ... */
	struct pa_admin_upload *upload_owner;
	struct pa_admin_reply reply;  /* what it points to lives in arena */
	size_t cells_len, cells_size; /* of the reply's table: cells, and bytes in them */
	bool overflow;                /* something did not fit: the answer fails as a whole */
	struct pa_diag diag;

	struct pa_job job; /* slow work */
	pa_job_fn *work;
	bool abandoned; /* nobody waits for it any more, and it was not begun */
	bool has_place; /* among those of others that wait for slow work */
	struct pa_changeset set;
	struct pa_change *changes;
	char summary[256];
	pa_admin_done_fn *changed; /* the set was carried out (set.result 0) or refused */
	pa_admin_done_fn *worked;
	void *scratch;                /* the handler's own ... */
	void (*scratch_free)(void *); /* ... and how it goes with the call; may be NULL */
	struct pa_admin_call *next;   /* in the mailbox of finished sets */
};

struct pa_admin {
	struct pa_shared *shared;
	struct pa_worker *worker; /* of the main loop */
	struct pa_pool *pool;
	int64_t started_s; /* of a clock that nobody sets */
	/* 0; or 1: refused. text (malloc'ed or NULL): why, or what is to be known. */
	int (*reload)(void *arg, char **text);
	void *reload_arg;
	uv_async_t wake;
	pthread_mutex_t lock;
	struct pa_admin_call *finished; /* sets that the writer is through with */
	size_t calls;                   /* alive */
	size_t uploads;                 /* bytes that uploads have announced, of all connections */
	struct {                        /* of those who are no administrators, see half.h */
		uint64_t conns;
		uint64_t waiting; /* for slow work */
		uint64_t uploads; /* bytes */
	} others;
};

/* shared, worker, pool and reload are set already. 0 or negative. */
int pa_admin_init(struct pa_admin *admin) PA_MUST_CHECK;

/* Since then, in seconds. */
int64_t pa_admin_uptime(const struct pa_admin *admin);

/* No call may be alive. The loop must be run once more. */
void pa_admin_close(struct pa_admin *admin);

/* A connection of admin.sock. Owns fd. NULL; or why it was closed. */
const char *pa_admin_accept(struct pa_admin *admin, int fd, const struct pa_peer *peer);

/* It is no administrator, and has to leave half of what all share to those who are, see half.h. */
bool pa_admin_is_other(const struct pa_admin *admin, const struct pa_peer *peer);

/* --- for handlers --- */

/* The workers, for their counters: number 0 is the main loop's own. NULL: past the last. */
struct pa_worker *pa_admin_worker(const struct pa_admin *admin, unsigned i);

/* Send the reply and end the call. Every handler comes to this once, by this or one of the next. */
void pa_admin_answer(struct pa_admin_call *call, enum pa_status status);
void pa_admin_refuse(struct pa_admin_call *call, const char *fmt, ...) PA_PRINTF(2, 3);
/* By the result of db/ or another function: names what failed. */
void pa_admin_fail(struct pa_admin_call *call, const char *what, int r);

/* The answer's table. Text is copied. */
void pa_admin_columns(struct pa_admin_call *call, const char *const *names); /* NULL-terminated */
void pa_admin_cell(struct pa_admin_call *call, struct pa_bytes value);
void pa_admin_cell_str(struct pa_admin_call *call, const char *value);
void pa_admin_cell_int(struct pa_admin_call *call, int64_t value);
/* A row of a record: name, value. */
void pa_admin_record(struct pa_admin_call *call, const char *name, const char *value);
void pa_admin_record_bytes(struct pa_admin_call *call, const char *name, struct pa_bytes value);
void pa_admin_record_int(struct pa_admin_call *call, const char *name, int64_t value);
/* Lower-case digits; out has room for 2 * len + 1. And back: 0, or 1: not just 2 * len digits. */
void pa_admin_hex(const uint8_t *bytes, size_t len, char *out);
int pa_admin_unhex(struct pa_bytes text, uint8_t *out, size_t len) PA_MUST_CHECK;
/* The page is full: stop, and say after which entry to go on. */
bool pa_admin_page_is_full(const struct pa_admin_call *call);
void pa_admin_next(struct pa_admin_call *call, const char *next);

/* A view of the store around a listing. view: 0, or 1: the call is answered. */
int pa_admin_view(struct pa_admin_call *call) PA_MUST_CHECK;
struct pa_db_reader *pa_admin_reader(struct pa_admin_call *call);
/* Close the view and answer: r is the last result of db/, negative for a failure. */
void pa_admin_listed(struct pa_admin_call *call, int r);

/* Submit n changes (from the arena) as one set; then changed(call). */
void pa_admin_change(
	struct pa_admin_call *call, struct pa_change *changes, size_t n, pa_admin_done_fn *changed);

/* Run work(call) on the pool, or drop it where the client is gone by then; then done(call). */
void pa_admin_work(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done);
/* The same of one hash that somebody waits for: not behind what takes minutes. */
void pa_admin_work_soon(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done);
/* The same for what may be left undone: where too much waits, done(call) is called at once. */
void pa_admin_tidy(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done);

/*
 * On the pool, over an uploaded list of requests: line() for each behind `after`, which is given
 * its fields (see proto/lines.h), until the page is full where there are pages. 0; 1: a line is
 * none, diag says which and that it is no `what`; negative. line(): 0, 1 or negative.
 */
typedef int pa_admin_line_fn(void *arg, struct pa_bytes line);
int pa_admin_each_line(struct pa_admin_call *call, int64_t after, bool pages, const char *what,
	pa_admin_line_fn *line, void *arg) PA_MUST_CHECK;
/* Answer by the result of such a work: 0, 1: refused, diag says why; negative. */
void pa_admin_worked(struct pa_admin_call *call, const char *what, int r);

/* Arguments, copied to strings. 0, or 1: missing or bad; the call is then answered. */
int pa_admin_string(struct pa_admin_call *call, const char *name, char *out, size_t size,
	bool required) PA_MUST_CHECK;
int pa_admin_int(
	struct pa_admin_call *call, const char *name, int64_t fallback, int64_t *ret) PA_MUST_CHECK;
int pa_admin_duration(struct pa_admin_call *call, const char *name, const char *text, int64_t max,
	int64_t *ret) PA_MUST_CHECK; /* of an argument's text, at least a second */
int pa_admin_mac(struct pa_admin_call *call, const char *name, struct pa_mac *ret) PA_MUST_CHECK;
/* "yes" or an empty value; absent is false. */
int pa_admin_flag(struct pa_admin_call *call, const char *name, bool *ret) PA_MUST_CHECK;

#endif
