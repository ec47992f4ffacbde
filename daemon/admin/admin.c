#include "daemon/admin/admin.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/admin/upload.h"
#include "daemon/half.h"
#include "daemon/log.h"
#include "proto/codec.h"

static const struct pa_admin_command *const tables[] = {
	pa_admin_daemon_commands,
	pa_admin_device_commands,
	pa_admin_prefix_commands,
	pa_admin_ca_commands,
	pa_admin_crl_commands,
	pa_admin_password_commands,
	pa_admin_otp_commands,
	pa_admin_person_commands,
	pa_admin_login_commands,
	pa_admin_path_commands,
	pa_admin_shadow_commands,
	pa_admin_report_commands,
	pa_admin_fleet_commands,
	pa_admin_pending_commands,
	pa_admin_explain_commands,
	pa_admin_throttle_commands,
	pa_admin_rotation_commands,
	pa_admin_password_import_commands,
};

static const struct pa_admin_command *find_command(struct pa_bytes name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct pa_admin_command *c = tables[i]; c->name; c++) {
			if (pa_bytes_eq_str(name, c->name))
				return c;
		}
	}
	return NULL;
}

/* --- calls --- */

bool pa_admin_is_other(const struct pa_admin *admin, const struct pa_peer *peer)
{
	return !(pa_config_roles(admin->worker->config, peer) & PA_ROLE_ADMIN);
}

static struct pa_admin_call *call_new(struct pa_admin *admin, struct pa_conn *conn)
{
	struct pa_admin_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->admin = admin;
	call->conn = conn;
	call->peer = conn->peer;
	pa_arena_init(&call->arena, PA_ADMIN_ARENA_MAX);
	admin->calls++;
	return call;
}

static void leave_place(struct pa_admin_call *call)
{
	if (call->has_place)
		call->admin->others.waiting--;
	call->has_place = false;
}

static void call_free(struct pa_admin_call *call)
{
	leave_place(call);
	if (call->scratch_free)
		call->scratch_free(call->scratch);
	pa_admin_upload_free(call->upload_owner);
	call->admin->calls--;
	pa_arena_finish(&call->arena);
	/* may have held a password */
	explicit_bzero(call, sizeof(*call));
	free(call);
}

/* Which call a connection waits for, and what it is uploading. */
struct link {
	struct pa_admin *admin;
	struct pa_admin_call *call;
	struct pa_admin_upload *upload;
	bool is_other; /* no administrator's: it counts against their half */
};

static void send_reply(struct pa_admin_call *call)
{
	struct pa_admin_reply bare = { .id = call->reply.id };
	struct pa_bytes payload;
	struct link *link;

	if (!call->conn)
		return;
	link = call->conn->data;
	link->call = NULL;
	if (pa_admin_reply_encode(&call->reply, &call->arena, &payload) != 0) {
		bare.text = pa_bytes_str("the answer is too large");
		pa_arena_reset(&call->arena);
		if (pa_admin_reply_encode(&bare, &call->arena, &payload) != 0) {
			pa_conn_close(call->conn);
			return;
		}
	}
	pa_conn_reply(call->conn, payload);
}

void pa_admin_answer(struct pa_admin_call *call, enum pa_status status)
{
	call->reply.status = status;
	if (!call->reply.revision)
		call->reply.revision = pa_db_revision(call->admin->shared->db);
	/* what is left in diag of an attempt is no word on what was done */
	if (!call->reply.text.len && status != PA_STATUS_OK)
		call->reply.text = pa_bytes_str(call->diag.text);
	send_reply(call);
	call_free(call);
}

/* --- changes: main loop -> writer -> main loop --- */

static void on_changed(struct pa_changeset *set)
{
	struct pa_admin_call *call = set->arg;
	struct pa_admin *admin = call->admin;

	/* the signal under the lock: once it is let go, the call and the handle may be gone */
	pthread_mutex_lock(&admin->lock);
	call->next = admin->finished;
	admin->finished = call;
	(void)uv_async_send(&admin->wake);
	pthread_mutex_unlock(&admin->lock);
}

static void on_wake(uv_async_t *async)
{
	struct pa_admin *admin = async->data;
	struct pa_admin_call *call;

	pthread_mutex_lock(&admin->lock);
	call = admin->finished;
	admin->finished = NULL;
	pthread_mutex_unlock(&admin->lock);
	while (call) {
		struct pa_admin_call *next = call->next;

		call->reply.revision = call->set.revision;
		if (call->set.result == 0)
			pa_log_change(&call->set);
		call->changed(call);
		call = next;
	}
}

void pa_admin_change(
	struct pa_admin_call *call, struct pa_change *changes, size_t n, pa_admin_done_fn *changed)
{
	int r;

	call->changes = changes;
	call->changed = changed;
	call->set = (struct pa_changeset){
		.changes = changes,
		.changes_len = n,
		.time_s = pa_shared_now(call->admin->shared),
		.actor = call->peer.uid,
		.summary = call->summary,
		.done = on_changed,
		.arg = call,
	};
	r = pa_db_submit(call->admin->shared->db, &call->set);
	if (r)
		pa_admin_fail(call, "the change was not taken", r);
}

/* --- slow work --- */

/* One that runs counts as one that waits. Only others are counted: the queue bounds all. */
static bool take_place(struct pa_admin_call *call, enum pa_work_class class)
{
	struct pa_admin *admin = call->admin;

	if (!pa_admin_is_other(admin, &call->peer))
		return true;
	if (!pa_half_has_room(admin->others.waiting, 1, admin->worker->work[class].waiting_max))
		return false;
	admin->others.waiting++;
	call->has_place = true;
	return true;
}

static void say_too_much_waits(struct pa_admin_call *call, enum pa_work_class class)
{
	const bool other = pa_admin_is_other(call->admin, &call->peer);
	const char *queue = class == PA_WORK_VERIFY ? "verify-queue" : "hash-queue";

	pa_diag_set(&call->diag,
		"too much is waiting: %s %s: try again, or raise %s in polyauthd.conf",
		other ? "those without role admin have their half of" : "nothing is free of", queue,
		queue);
	pa_admin_answer(call, PA_STATUS_ERROR);
}

/* Closed at the other end, not only for writing. A descriptor that is another's now is not read. */
static bool is_gone(int fd)
{
	struct pollfd look = { .fd = fd };

	return fd >= 0 && poll(&look, 1, 0) == 1 && (look.revents & POLLHUP);
}

static void work_unless_gone(void *opaque)
{
	struct pa_admin_call *call = opaque;

	call->abandoned = is_gone(call->fd);
	if (!call->abandoned)
		call->work(call);
}

static void on_worked(struct pa_job *job, int status)
{
	struct pa_admin_call *call =
		(struct pa_admin_call *)(void *)((char *)job - offsetof(struct pa_admin_call, job));

	leave_place(call);
	if (status || call->abandoned)
		pa_admin_fail(call, "stopped", PA_E_CLOSED);
	else
		call->worked(call);
}

static bool is_submitted(struct pa_admin_call *call, enum pa_work_class class, pa_job_fn *work,
	pa_admin_done_fn *done)
{
	call->worked = done;
	return take_place(call, class) && pa_work_submit(&call->admin->worker->work[class],
						  &call->job, work, call, on_worked) == 0;
}

static void submit(struct pa_admin_call *call, enum pa_work_class class, pa_job_fn *work,
	pa_admin_done_fn *done)
{
	if (!call->conn || uv_fileno((uv_handle_t *)&call->conn->pipe, &call->fd) != 0)
		call->fd = -1;
	call->work = work;
	if (!is_submitted(call, class, work_unless_gone, done))
		say_too_much_waits(call, class);
}

void pa_admin_work(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done)
{
	submit(call, PA_WORK_BULK, work, done);
}

void pa_admin_work_soon(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done)
{
	submit(call, PA_WORK_HASH, work, done);
}

void pa_admin_tidy(struct pa_admin_call *call, pa_job_fn *work, pa_admin_done_fn *done)
{
	if (!is_submitted(call, PA_WORK_BULK, work, done))
		done(call);
}

/* --- frames --- */

static bool may(const struct pa_admin_call *call, const struct pa_admin_command *command)
{
	const struct pa_worker *worker = call->admin->worker;
	unsigned roles = pa_config_roles(worker->config, &call->peer);

	return (roles & command->role) || (roles & PA_ROLE_ADMIN);
}

/* Says which role would do, and the line that gives it. */
static void forbid(struct pa_admin_call *call, const char *command, unsigned role)
{
	static const struct {
		unsigned bit;
		const char *name, *rest;
	} roles[] = {
		{ PA_ROLE_READ, "read", "" },
		{ PA_ROLE_ISSUE, "issue", " realm NAME" },
		{ PA_ROLE_CRL, "crl", "" },
		{ PA_ROLE_ADMIN, "admin", "" },
	};
	size_t i = 0;

	while (i < sizeof(roles) / sizeof(*roles) - 1 && !(role & roles[i].bit))
		i++;
	pa_diag_set(&call->diag,
		"your uid has no role for %s: it needs %s, as by the line `role %s uid:%u%s` in "
		"polyauthd.conf",
		command, roles[i].name, roles[i].name, (unsigned)call->peer.uid, roles[i].rest);
	pa_admin_answer(call, PA_STATUS_FORBIDDEN);
}

static void check_done(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct pa_admin_call *call = run->owner;

	call->reply.has_check = true;
	call->reply.check = *reply;
	for (size_t i = 0; i < run->trace_len; i++) {
		const struct pa_trace *row = &run->trace[i];

		call->reply.trace[i] = (struct pa_trace_row){
			.check = pa_bytes_str(row->check),
			.control = pa_bytes_str(pa_control_name(row->control)),
			.answer = pa_bytes_str(pa_answer_name(row->answer)),
			.reason = pa_reason_bytes(row->reason),
			.detail = pa_bytes_str(row->detail),
			.shadow = row->shadow,
		};
	}
	call->reply.trace_len = run->trace_len;
	call->reply.text = pa_run_detail(run);
	call->reply.revision = run->revision;
	pa_admin_answer(call, PA_STATUS_OK);
}

static void check(struct pa_admin_call *call)
{
	static const struct pa_admin_command command = { .name = "check", .role = PA_ROLE_READ };
	const struct pa_work *work = call->admin->worker->work;
	/* it may wait in either queue */
	enum pa_work_class class = work[PA_WORK_VERIFY].waiting_max < work[PA_WORK_HASH].waiting_max
					   ? PA_WORK_VERIFY
					   : PA_WORK_HASH;
	int r;

	if (!may(call, &command)) {
		forbid(call, command.name, command.role);
		return;
	}
	if (!take_place(call, class)) {
		say_too_much_waits(call, class);
		return;
	}
	r = pa_run_check(call->admin->worker, call->req.check, call->req.check_limit,
		call->peer.uid, check_done, call);
	if (r)
		pa_admin_fail(call, "check", r);
}

static void dispatch(struct pa_admin_call *call, struct link *link)
{
	const struct pa_admin_command *command = find_command(call->req.command);

	if (!command) {
		pa_diag_set(&call->diag, "this daemon has no such command");
		pa_admin_answer(call, PA_STATUS_UNKNOWN);
	} else if (!may(call, command)) {
		forbid(call, command->name, command->role);
	} else if (call->req.op == PA_ADMIN_BEGIN) {
		pa_admin_begin(call, &link->upload, command);
	} else if (command->upload_max) {
		pa_admin_refuse(call, "%s needs an upload", command->name);
	} else {
		command->handler(call);
	}
}

static void take(struct pa_conn *conn, struct pa_bytes payload)
{
	struct link *link = conn->data;
	struct pa_admin_call *call = call_new(link->admin, conn);
	char *copy = call ? pa_arena_copy(&call->arena, payload) : NULL;
	int r;

	if (!copy) {
		if (call)
			call_free(call);
		pa_conn_close(conn);
		return;
	}
	link->call = call;
	payload.data = (const uint8_t *)copy;
	r = pa_admin_request_decode(payload, &call->arena, &call->req);
	pa_worker_follow_config(call->admin->worker);
	call->reply.id = r ? 0 : call->req.id;
	if (r) {
		pa_admin_fail(call, "the request was not understood", r);
		pa_conn_drain(conn);
		return;
	}
	switch (call->req.op) {
	case PA_ADMIN_COMMAND:
	case PA_ADMIN_BEGIN:
		dispatch(call, link);
		return;
	case PA_ADMIN_CHUNK:
		pa_admin_chunk(call, &link->upload);
		return;
	case PA_ADMIN_COMMIT:
		pa_admin_commit(call, &link->upload);
		return;
	case PA_ADMIN_CHECK:
		check(call);
		return;
	case PA_ADMIN_NONE:
		break;
	}
	pa_admin_refuse(call, "the request asks for nothing");
}

static bool frame(struct pa_conn *conn, struct pa_bytes payload)
{
	take(conn, payload);
	return true;
}

static void bad_frame(struct pa_conn *conn)
{
	pa_conn_close(conn);
}

static void link_free(struct link *link)
{
	if (link->is_other)
		link->admin->others.conns--;
	free(link);
}

static void closed(struct pa_conn *conn)
{
	struct link *link = conn->data;

	conn->data = NULL;
	if (link->call)
		link->call->conn = NULL;
	pa_admin_upload_free(link->upload);
	link_free(link);
}

static const struct pa_conn_class admin_class = {
	.name = "admin",
	.inflight_max = 1,
	.frame = frame,
	.bad_frame = bad_frame,
	.closed = closed,
};

/* As the roles are when it connects: a reload does not move it. */
static bool has_room(const struct pa_admin *admin, bool other)
{
	const uint64_t max = admin->worker->config->connections_max;

	return admin->worker->conns_len < max &&
	       (!other || pa_half_has_room(admin->others.conns, 1, max));
}

const char *pa_admin_accept(struct pa_admin *admin, int fd, const struct pa_peer *peer)
{
	struct link *link;
	bool other;

	pa_worker_follow_config(admin->worker);
	other = pa_admin_is_other(admin, peer);
	if (!has_room(admin, other)) {
		close(fd);
		return other ? "of admin.sock, those without role admin hold their half of "
			       "connections-max: close some, or raise connections-max in "
			       "polyauthd.conf"
			     : "of admin.sock, all of connections-max are held: close some, or raise "
			       "connections-max in polyauthd.conf";
	}
	link = calloc(1, sizeof(*link));
	if (!link) {
		close(fd);
		return "out of memory";
	}
	*link = (struct link){ .admin = admin, .is_other = other };
	admin->others.conns += other;
	if (pa_conn_open(admin->worker, fd, peer, &admin_class, link) != 0)
		link_free(link);
	return NULL;
}

/* With the time that the machine slept. */
static int64_t uptime_of_machine(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

int64_t pa_admin_uptime(const struct pa_admin *admin)
{
	return uptime_of_machine() - admin->started_s;
}

int pa_admin_init(struct pa_admin *admin)
{
	int r = -pthread_mutex_init(&admin->lock, NULL);

	admin->started_s = uptime_of_machine();
	if (r)
		return r;
	admin->wake.data = admin;
	return uv_async_init(admin->worker->loop, &admin->wake, on_wake);
}

void pa_admin_close(struct pa_admin *admin)
{
	uv_close((uv_handle_t *)&admin->wake, NULL);
	pthread_mutex_destroy(&admin->lock);
}
