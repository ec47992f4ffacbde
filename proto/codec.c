#include "proto/codec.h"

#include <errno.h>

#include "polyauth/v1/admin.pb-c.h"
#include "proto/authorize.h"
#include "proto/wire.h"

typedef Polyauth__V1__AdminRequest PbRequest;
typedef Polyauth__V1__AdminReply PbReply;
typedef Polyauth__V1__Command PbCommand;

/*
 * protobuf-c takes its memory here. It returns NULL for a malformed message and
 * for a refused piece alike; `refused` tells which it was.
 */
struct source {
	struct pa_arena *arena;
	bool refused;
};

static void *source_alloc(void *arg, size_t size)
{
	struct source *source = arg;
	void *data = pa_arena_alloc(source->arena, size);

	if (!data)
		source->refused = true;
	return data;
}

static void source_free(void *arg, void *pointer)
{
	(void)arg;
	(void)pointer;
}

/* The message in the arena; NULL: *ret_error says why. */
static const void *unpack(const ProtobufCMessageDescriptor *descriptor, struct pa_bytes payload,
	struct pa_arena *arena, int *ret_error)
{
	struct source source = { .arena = arena };
	ProtobufCAllocator allocator = { source_alloc, source_free, &source };
	const void *pb =
		protobuf_c_message_unpack(descriptor, &allocator, payload.len, payload.data);

	*ret_error = source.refused ? PA_E_LIMIT : PA_E_MESSAGE;
	return pb;
}

static struct pa_bytes view(ProtobufCBinaryData data)
{
	return (struct pa_bytes){ data.data, data.len };
}

/* protobuf-c does not write through what it packs */
static ProtobufCBinaryData binary(struct pa_bytes bytes)
{
	return (ProtobufCBinaryData){ bytes.len, (uint8_t *)(uintptr_t)bytes.data };
}

/* --- the request --- */

/* protobuf-c lets the last one of several win; a request that asks for two things is malformed. */
static bool has_one_op(struct pa_bytes payload)
{
	const uint32_t first = 2, last = 6; /* of polyauth/v1/admin.proto */
	struct pa_wire_reader r;
	struct pa_wire_field field;
	size_t ops = 0;

	pa_wire_read(&r, payload);
	while (pa_wire_next(&r, &field))
		ops += pa_wire_number(&field) >= first && pa_wire_number(&field) <= last;
	return !r.failed && ops == 1;
}

static int take_command(const PbCommand *pb, struct pa_admin_request *ret)
{
	if (!pb)
		return PA_E_MESSAGE;
	if (pb->n_arguments > PA_ADMIN_ARGS_MAX)
		return PA_E_LIMIT;
	ret->command = view(pb->name);
	for (size_t i = 0; i < pb->n_arguments; i++) {
		ret->args[i].name = view(pb->arguments[i]->name);
		ret->args[i].value = view(pb->arguments[i]->value);
	}
	ret->args_len = pb->n_arguments;
	return 0;
}

static int take_check(struct pa_bytes encoded, struct pa_arena *arena, struct pa_admin_request *ret)
{
	struct pa_authorize_request *check = pa_arena_alloc(arena, sizeof(*check));
	enum pa_reason reason = PA_R_NONE;
	int r;

	if (!check)
		return PA_E_LIMIT;
	r = pa_authorize_request_decode(encoded, check, &reason);
	ret->check = check;
	ret->check_limit = r > 0 ? reason : PA_R_NONE; /* a verdict, not a failure */
	return r > 0 ? 0 : r;
}

static int take_op(const PbRequest *pb, struct pa_arena *arena, struct pa_admin_request *ret)
{
	switch (pb->op_case) {
	case POLYAUTH__V1__ADMIN_REQUEST__OP_COMMAND:
		ret->op = PA_ADMIN_COMMAND;
		return take_command(pb->command, ret);
	case POLYAUTH__V1__ADMIN_REQUEST__OP_BEGIN:
		ret->op = PA_ADMIN_BEGIN;
		ret->size = pb->begin->size;
		return take_command(pb->begin->command, ret);
	case POLYAUTH__V1__ADMIN_REQUEST__OP_CHUNK:
		ret->op = PA_ADMIN_CHUNK;
		ret->data = view(pb->chunk->data);
		return ret->data.len > PA_ADMIN_CHUNK_MAX ? PA_E_LIMIT : 0;
	case POLYAUTH__V1__ADMIN_REQUEST__OP_COMMIT:
		ret->op = PA_ADMIN_COMMIT;
		return 0;
	case POLYAUTH__V1__ADMIN_REQUEST__OP_CHECK:
		ret->op = PA_ADMIN_CHECK;
		return take_check(view(pb->check->request), arena, ret);
	default:
		return PA_E_MESSAGE;
	}
}

int pa_admin_request_decode(
	struct pa_bytes payload, struct pa_arena *arena, struct pa_admin_request *ret)
{
	const PbRequest *pb;
	int r;

	*ret = (struct pa_admin_request){ .op = PA_ADMIN_NONE };
	if (!has_one_op(payload))
		return PA_E_MESSAGE;
	pb = unpack(&polyauth__v1__admin_request__descriptor, payload, arena, &r);
	if (!pb)
		return r;
	ret->id = pb->id;
	return take_op(pb, arena, ret);
}

/* An array of n messages in the arena, and the pointers to them that protobuf-c wants. */
static void *new_list(struct pa_arena *arena, size_t n, size_t size, void ***pointers)
{
	char *items = pa_arena_alloc(arena, n * size);

	*pointers = pa_arena_alloc(arena, n * sizeof(**pointers));
	if (!items || !*pointers)
		return NULL;
	for (size_t i = 0; i < n; i++)
		(*pointers)[i] = items + i * size;
	return items;
}

static int put_command(const struct pa_admin_request *req, struct pa_arena *arena, PbCommand *pb)
{
	Polyauth__V1__Argument *items;
	void **pointers;

	polyauth__v1__command__init(pb);
	pb->name = binary(req->command);
	if (!req->args_len)
		return 0;
	items = new_list(arena, req->args_len, sizeof(*items), &pointers);
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < req->args_len; i++) {
		polyauth__v1__argument__init(&items[i]);
		items[i].name = binary(req->args[i].name);
		items[i].value = binary(req->args[i].value);
	}
	pb->n_arguments = req->args_len;
	pb->arguments = (Polyauth__V1__Argument **)(void *)pointers;
	return 0;
}

static int encode_check(
	const struct pa_authorize_request *check, struct pa_arena *arena, ProtobufCBinaryData *ret)
{
	size_t len;
	uint8_t *out;

	if (pa_authorize_request_encode(check, NULL, 0, &len) != 0 && len > PA_FRAME_MAX)
		return PA_E_LIMIT;
	out = pa_arena_alloc(arena, len ? len : 1);
	if (!out)
		return -ENOMEM;
	*ret = (ProtobufCBinaryData){ len, out };
	return pa_authorize_request_encode(check, out, len, &len);
}

static int pack(const ProtobufCMessage *pb, struct pa_arena *arena, struct pa_bytes *ret)
{
	size_t len = protobuf_c_message_get_packed_size(pb);
	uint8_t *out;

	if (len > PA_FRAME_MAX)
		return PA_E_LIMIT;
	out = pa_arena_alloc(arena, len ? len : 1);
	if (!out)
		return -ENOMEM;
	*ret = (struct pa_bytes){ out, protobuf_c_message_pack(pb, out) };
	return 0;
}

int pa_admin_request_encode(
	const struct pa_admin_request *req, struct pa_arena *arena, struct pa_bytes *ret)
{
	PbRequest pb = POLYAUTH__V1__ADMIN_REQUEST__INIT;
	PbCommand command;
	Polyauth__V1__Begin begin = POLYAUTH__V1__BEGIN__INIT;
	Polyauth__V1__Chunk chunk = POLYAUTH__V1__CHUNK__INIT;
	Polyauth__V1__Commit commit = POLYAUTH__V1__COMMIT__INIT;
	Polyauth__V1__Check check = POLYAUTH__V1__CHECK__INIT;
	int r = put_command(req, arena, &command);

	pb.id = req->id;
	switch (req->op) {
	case PA_ADMIN_COMMAND:
		pb.op_case = POLYAUTH__V1__ADMIN_REQUEST__OP_COMMAND;
		pb.command = &command;
		break;
	case PA_ADMIN_BEGIN:
		pb.op_case = POLYAUTH__V1__ADMIN_REQUEST__OP_BEGIN;
		begin.command = &command;
		begin.size = req->size;
		pb.begin = &begin;
		break;
	case PA_ADMIN_CHUNK:
		pb.op_case = POLYAUTH__V1__ADMIN_REQUEST__OP_CHUNK;
		chunk.data = binary(req->data);
		pb.chunk = &chunk;
		break;
	case PA_ADMIN_COMMIT:
		pb.op_case = POLYAUTH__V1__ADMIN_REQUEST__OP_COMMIT;
		pb.commit = &commit;
		break;
	case PA_ADMIN_CHECK:
		pb.op_case = POLYAUTH__V1__ADMIN_REQUEST__OP_CHECK;
		pb.check = &check;
		if (r == 0)
			r = encode_check(req->check, arena, &check.request);
		break;
	case PA_ADMIN_NONE:
		return -EINVAL;
	}
	return r ? r : pack(&pb.base, arena, ret);
}

struct pa_bytes pa_admin_arg(const struct pa_admin_request *req, const char *name)
{
	for (size_t i = 0; i < req->args_len; i++) {
		if (pa_bytes_eq_str(req->args[i].name, name))
			return req->args[i].value;
	}
	return (struct pa_bytes){ NULL, 0 };
}

/* --- the reply --- */

static int take_rows(const PbReply *pb, struct pa_arena *arena, struct pa_admin_reply *ret)
{
	struct pa_bytes *cells;

	if (pb->n_columns > PA_ADMIN_COLUMNS_MAX || pb->n_rows > PA_ADMIN_ROWS_MAX)
		return PA_E_LIMIT;
	for (size_t i = 0; i < pb->n_columns; i++)
		ret->columns[i] = view(pb->columns[i]);
	ret->columns_len = pb->n_columns;
	cells = pa_arena_alloc(arena, sizeof(*cells) * (pb->n_rows * pb->n_columns + 1));
	if (!cells)
		return PA_E_LIMIT;
	for (size_t i = 0; i < pb->n_rows; i++) {
		if (pb->rows[i]->n_cells != pb->n_columns)
			return PA_E_MESSAGE;
		for (size_t c = 0; c < pb->n_columns; c++)
			cells[i * pb->n_columns + c] = view(pb->rows[i]->cells[c]);
	}
	ret->cells = cells;
	ret->rows_len = pb->n_rows;
	return 0;
}

static int take_result(const Polyauth__V1__CheckResult *pb, struct pa_admin_reply *ret)
{
	if (!pb)
		return 0;
	if (pb->n_trace > PA_TRACE_MAX)
		return PA_E_LIMIT;
	ret->has_check = true;
	for (size_t i = 0; i < pb->n_trace; i++) {
		const Polyauth__V1__TraceRow *row = pb->trace[i];

		ret->trace[i] = (struct pa_trace_row){
			.check = view(row->check),
			.control = view(row->control),
			.answer = view(row->answer),
			.reason = view(row->reason),
			.detail = view(row->detail),
			.shadow = row->shadow,
		};
	}
	ret->trace_len = pb->n_trace;
	return pa_authorize_reply_decode(view(pb->reply), &ret->check);
}

int pa_admin_reply_decode(
	struct pa_bytes payload, struct pa_arena *arena, struct pa_admin_reply *ret)
{
	const PbReply *pb;
	int r;

	*ret = (struct pa_admin_reply){ .status = PA_STATUS_ERROR };
	pb = unpack(&polyauth__v1__admin_reply__descriptor, payload, arena, &r);
	if (!pb)
		return r;
	if ((unsigned)pb->status > PA_STATUS_UNKNOWN)
		return PA_E_MESSAGE;
	ret->id = pb->id;
	ret->text = view(pb->text);
	ret->revision = pb->revision;
	ret->next = view(pb->next);
	r = take_rows(pb, arena, ret);
	if (r == 0)
		r = take_result(pb->check, ret);
	/* last: what was not understood whole is no OK */
	if (r == 0)
		ret->status = (enum pa_status)pb->status;
	return r;
}

static int put_rows(const struct pa_admin_reply *reply, struct pa_arena *arena, PbReply *pb)
{
	size_t columns = reply->columns_len;
	ProtobufCBinaryData *names, *cells;
	Polyauth__V1__Row *rows;
	void **pointers;

	if (!columns)
		return 0;
	names = pa_arena_alloc(arena, sizeof(*names) * columns);
	cells = pa_arena_alloc(arena, sizeof(*cells) * (reply->rows_len * columns + 1));
	rows = new_list(arena, reply->rows_len + 1, sizeof(*rows), &pointers);
	if (!names || !cells || !rows)
		return -ENOMEM;
	for (size_t i = 0; i < columns; i++)
		names[i] = binary(reply->columns[i]);
	for (size_t i = 0; i < reply->rows_len; i++) {
		polyauth__v1__row__init(&rows[i]);
		rows[i].n_cells = columns;
		rows[i].cells = cells + i * columns;
		for (size_t c = 0; c < columns; c++)
			rows[i].cells[c] = binary(reply->cells[i * columns + c]);
	}
	pb->n_columns = columns;
	pb->columns = names;
	pb->n_rows = reply->rows_len;
	pb->rows = (Polyauth__V1__Row **)(void *)pointers;
	return 0;
}

static int put_result(
	const struct pa_admin_reply *reply, struct pa_arena *arena, Polyauth__V1__CheckResult *pb)
{
	Polyauth__V1__TraceRow *rows;
	void **pointers;
	size_t len;
	uint8_t *out;

	if (pa_authorize_reply_encode(&reply->check, NULL, 0, &len) != 0 && len > PA_FRAME_MAX)
		return PA_E_LIMIT;
	out = pa_arena_alloc(arena, len + 1);
	rows = new_list(arena, reply->trace_len + 1, sizeof(*rows), &pointers);
	if (!out || !rows)
		return -ENOMEM;
	for (size_t i = 0; i < reply->trace_len; i++) {
		const struct pa_trace_row *row = &reply->trace[i];

		polyauth__v1__trace_row__init(&rows[i]);
		rows[i].check = binary(row->check);
		rows[i].control = binary(row->control);
		rows[i].answer = binary(row->answer);
		rows[i].reason = binary(row->reason);
		rows[i].detail = binary(row->detail);
		rows[i].shadow = row->shadow;
	}
	pb->n_trace = reply->trace_len;
	pb->trace = (Polyauth__V1__TraceRow **)(void *)pointers;
	pb->reply = (ProtobufCBinaryData){ len, out };
	return pa_authorize_reply_encode(&reply->check, out, len, &len);
}

int pa_admin_reply_encode(
	const struct pa_admin_reply *reply, struct pa_arena *arena, struct pa_bytes *ret)
{
	PbReply pb = POLYAUTH__V1__ADMIN_REPLY__INIT;
	Polyauth__V1__CheckResult check = POLYAUTH__V1__CHECK_RESULT__INIT;
	int r;

	pb.id = reply->id;
	pb.status = (Polyauth__V1__Status)reply->status;
	pb.text = binary(reply->text);
	pb.revision = reply->revision;
	pb.next = binary(reply->next);
	r = put_rows(reply, arena, &pb);
	if (r == 0 && reply->has_check) {
		r = put_result(reply, arena, &check);
		pb.check = &check;
	}
	return r ? r : pack(&pb.base, arena, ret);
}

bool pa_admin_has_arg(const struct pa_admin_request *req, const char *name)
{
	for (size_t i = 0; i < req->args_len; i++) {
		if (pa_bytes_eq_str(req->args[i].name, name))
			return true;
	}
	return false;
}
