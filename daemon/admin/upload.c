#include "daemon/admin/upload.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/half.h"

struct pa_admin_upload {
	struct pa_admin *admin;
	const struct pa_admin_command *command;
	struct pa_arena arena;
	struct pa_admin_request req; /* of the Begin, copied to arena */
	uint64_t size;
	bool is_other; /* no administrator's: it counts against their half */
	size_t len, room;
	uint8_t *data;
};

void pa_admin_upload_free(struct pa_admin_upload *upload)
{
	if (!upload)
		return;
	upload->admin->uploads -= upload->size;
	if (upload->is_other)
		upload->admin->others.uploads -= upload->size;
	pa_arena_finish(&upload->arena);
	/* what is larger holds no passwords */
	if (upload->data && upload->size <= PA_PASSWORD_FILE_MAX)
		explicit_bzero(upload->data, upload->len);
	free(upload->data);
	free(upload);
}

/* Copy what the frame holds: it is gone when the next chunk comes. */
static int keep_begin(struct pa_admin_upload *upload, const struct pa_admin_request *req)
{
	upload->req = *req;
	for (size_t i = 0; i < req->args_len; i++) {
		struct pa_pair *arg = &upload->req.args[i];
		char *name = pa_arena_copy(&upload->arena, arg->name);
		char *value = pa_arena_copy(&upload->arena, arg->value);

		if (!name || !value)
			return -ENOMEM;
		arg->name.data = (const uint8_t *)name;
		arg->value.data = (const uint8_t *)value;
	}
	upload->req.command = pa_bytes_str(upload->command->name);
	return 0;
}

/* false: the call is answered. */
static bool has_bytes(struct pa_admin_call *call)
{
	const struct pa_admin *admin = call->admin;

	if (call->req.size > PA_ADMIN_UPLOADS_MAX - admin->uploads) {
		pa_admin_refuse(call, "others upload too much now: try again");
		return false;
	}
	if (!pa_admin_is_other(admin, &call->peer) ||
		pa_half_has_room(admin->others.uploads, call->req.size, PA_ADMIN_UPLOADS_MAX))
		return true;
	pa_admin_refuse(call,
		"others upload too much now: those without role admin have announced %u MiB, and "
		"may %u together: try again when their uploads are through",
		(unsigned)(admin->others.uploads >> 20),
		(unsigned)(pa_half_of(PA_ADMIN_UPLOADS_MAX) >> 20));
	return false;
}

static struct pa_admin_upload *upload_new(
	struct pa_admin_call *call, const struct pa_admin_command *command)
{
	struct pa_admin *admin = call->admin;
	struct pa_admin_upload *upload = calloc(1, sizeof(*upload));

	if (!upload)
		return NULL;
	pa_arena_init(&upload->arena, PA_ADMIN_ARENA_MAX);
	upload->admin = admin;
	upload->command = command;
	upload->size = call->req.size;
	upload->is_other = pa_admin_is_other(admin, &call->peer);
	admin->uploads += upload->size;
	if (upload->is_other)
		admin->others.uploads += upload->size;
	return upload;
}

void pa_admin_begin(struct pa_admin_call *call, struct pa_admin_upload **at,
	const struct pa_admin_command *command)
{
	struct pa_admin_upload *upload;

	pa_admin_upload_free(*at);
	*at = NULL;
	if (!command->upload_max) {
		pa_admin_refuse(call, "%s takes no upload", command->name);
		return;
	}
	if (call->req.size > command->upload_max) {
		pa_admin_refuse(call, "%s takes at most %zu MiB: is it the right file?",
			command->name, command->upload_max >> 20);
		return;
	}
	if (!has_bytes(call))
		return;
	upload = upload_new(call, command);
	if (!upload || keep_begin(upload, &call->req) != 0) {
		pa_admin_upload_free(upload);
		pa_admin_fail(call, command->name, -ENOMEM);
		return;
	}
	*at = upload;
	pa_admin_answer(call, PA_STATUS_OK);
}

static int append(struct pa_admin_upload *upload, struct pa_bytes data)
{
	if (data.len > upload->size - upload->len)
		return PA_E_LIMIT;
	if (data.len > upload->room - upload->len) {
		/* what may hold passwords does not move: nothing of it is left behind */
		size_t first = upload->size <= PA_PASSWORD_FILE_MAX ? (size_t)upload->size
								    : 2 * PA_ADMIN_CHUNK_MAX;
		size_t room = upload->room ? upload->room * 2 : first;
		uint8_t *grown = realloc(upload->data, room);

		if (!grown)
			return -ENOMEM;
		upload->data = grown;
		upload->room = room;
	}
	memcpy(upload->data + upload->len, data.data, data.len);
	upload->len += data.len;
	return 0;
}

void pa_admin_chunk(struct pa_admin_call *call, struct pa_admin_upload **at)
{
	int r;

	if (!*at) {
		pa_admin_refuse(call, "a chunk without a begin");
		return;
	}
	r = call->req.data.len ? append(*at, call->req.data) : 0;
	if (r == 0) {
		pa_admin_answer(call, PA_STATUS_OK);
		return;
	}
	pa_admin_upload_free(*at);
	*at = NULL;
	if (r == PA_E_LIMIT)
		pa_admin_refuse(call, "more bytes than the begin announced");
	else
		pa_admin_fail(call, "upload", r);
}

void pa_admin_commit(struct pa_admin_call *call, struct pa_admin_upload **at)
{
	struct pa_admin_upload *upload = *at;

	*at = NULL;
	if (!upload || upload->len != upload->size) {
		pa_admin_upload_free(upload);
		pa_admin_refuse(call, "a commit before all announced bytes");
		return;
	}
	call->upload_owner = upload;
	call->upload = (struct pa_bytes){ upload->data, upload->len };
	call->req = upload->req;
	upload->command->handler(call);
}
