#include "clients/shim-http/link.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define SLOTS       PA_INFLIGHT_MAX
#define TICK_MS     20u
#define BACKOFF_MIN 50u
#define BACKOFF_MAX 1000u
#define TRIES_MAX   2u
/* a connection on which nobody answers for so long has lost its replies */
#define SILENCE_MS (2u * PA_TIMEOUT_MS_MAX)

struct buffer {
	uint8_t *data;
	size_t len, size;
};

struct slot {
	uint64_t id;        /* 0: free */
	struct pa_ask *ask; /* NULL: it did not wait for its reply */
};

enum state { DOWN, CONNECTING, UP };

/* One connection. Its handle outlives it a little: so it is allocated, and a place of the link is
 * not. */
struct wire {
	uv_pipe_t pipe;
	uv_connect_t connect;
	uv_write_t write;
	struct pa_link *link;
	struct place *place;
	enum state state;
	struct slot slots[SLOTS];
	unsigned used;
	uint64_t heard_ms;
	struct buffer in, out, writing;
	bool closing;
};

struct place {
	struct wire *wire; /* NULL: down */
	uint64_t retry_ms;
	unsigned backoff_ms;
};

struct pa_link {
	uv_loop_t *loop;
	uv_timer_t tick;
	uv_prepare_t flush;
	struct pa_link_options options;
	struct pa_link_stats stats;
	char path[108];
	struct place places[PA_LINK_WIRES_MAX];
	struct pa_ask *first, *last; /* all that wait, by deadline; those not sent have no id */
	unsigned unsent;
	uint64_t counter;
	uint64_t down_ms; /* since when no connection is up */
	bool closing;
	char read_buffer[64 * 1024];
};

static const struct polyauth_reply no_reply;

/* --- buffers: they hold passwords --- */

static void buffer_free(struct buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->size);
	free(b->data);
	*b = (struct buffer){ 0 };
}

static bool buffer_room(struct buffer *b, size_t len)
{
	struct buffer grown = { .len = b->len, .size = b->size ? b->size : 8192 };

	if (len <= b->size - b->len)
		return true;
	while (grown.size - grown.len < len)
		grown.size *= 2;
	grown.data = malloc(grown.size);
	if (!grown.data)
		return false;
	if (b->data)
		memcpy(grown.data, b->data, b->len);
	buffer_free(b);
	*b = grown;
	return true;
}

static void buffer_drop(struct buffer *b, size_t len)
{
	b->len -= len;
	if (b->len)
		memmove(b->data, b->data + len, b->len);
}

/* --- questions --- */

static void unlink_ask(struct pa_link *link, struct pa_ask *ask)
{
	if (ask->prev)
		ask->prev->next = ask->next;
	else
		link->first = ask->next;
	if (ask->next)
		ask->next->prev = ask->prev;
	else
		link->last = ask->prev;
	if (!ask->id)
		link->unsent--;
	link->stats.waiting--;
}

static void end_ask(
	struct pa_link *link, struct pa_ask *ask, int err, const struct polyauth_reply *reply)
{
	unlink_ask(link, ask);
	ask->done(ask, err, reply);
}

static void lose(struct wire *wire);
static void on_tick(uv_timer_t *timer);

/* The clock runs while something waits for it. */
static void watch(struct pa_link *link)
{
	bool wanted = link->stats.waiting > 0;

	for (unsigned i = 0; i < link->options.wires; i++)
		wanted = wanted || !link->places[i].wire || link->places[i].wire->used;
	if (link->closing)
		return;
	if (!wanted)
		(void)uv_timer_stop(&link->tick);
	else if (!uv_is_active((uv_handle_t *)&link->tick))
		(void)uv_timer_start(&link->tick, on_tick, TICK_MS, TICK_MS);
}

static struct wire *free_wire(struct pa_link *link)
{
	struct wire *best = NULL;

	for (unsigned i = 0; i < link->options.wires; i++) {
		struct wire *wire = link->places[i].wire;

		if (wire && wire->state == UP && wire->used < SLOTS &&
			(!best || wire->used < best->used))
			best = wire;
	}
	return best;
}

static unsigned time_left(const struct pa_link *link, const struct pa_ask *ask)
{
	uint64_t now_ms = uv_now(link->loop);

	return ask->deadline_ms > now_ms ? (unsigned)(ask->deadline_ms - now_ms) : 1;
}

/* Encode into what goes out. 0; negative: the question cannot be asked, or there is no memory. */
static int encode(struct wire *wire, const struct pa_ask *ask, uint64_t id)
{
	struct buffer *out = &wire->out;
	uint32_t left_ms = time_left(wire->link, ask);
	size_t len = 0;
	int r = polyauth_encode(ask->request, id, left_ms, out->data ? out->data + out->len : NULL,
		out->size - out->len, &len);

	if (r == -EMSGSIZE && len <= PA_FRAME_MAX + PA_FRAME_HEADER) {
		if (!buffer_room(out, len))
			return -ENOMEM;
		r = polyauth_encode(ask->request, id, left_ms, out->data + out->len,
			out->size - out->len, &len);
	}
	if (r == 0)
		out->len += len;
	return r;
}

static int send_ask(struct pa_link *link, struct wire *wire, struct pa_ask *ask)
{
	unsigned slot = 0;
	uint64_t id;
	int r;

	while (wire->slots[slot].id)
		slot++;
	/* the id tells the slot, and is never used twice */
	id = ++link->counter * SLOTS + slot;
	r = encode(wire, ask, id);
	if (r)
		return r;
	if (!wire->used)
		wire->heard_ms = uv_now(link->loop);
	wire->slots[slot] = (struct slot){ id, ask };
	wire->used++;
	ask->id = id;
	ask->tries++;
	link->unsent--;
	return 0;
}

/* Those that are not sent yet, the oldest first, where there is room. */
static void send_waiting(struct pa_link *link)
{
	struct pa_ask *next;
	struct wire *wire;

	for (struct pa_ask *ask = link->first; ask && link->unsent; ask = next) {
		int r;

		next = ask->next;
		if (ask->id)
			continue;
		wire = free_wire(link);
		if (!wire)
			return;
		r = send_ask(link, wire, ask);
		if (r)
			end_ask(link, ask, r, &no_reply);
	}
}

void pa_link_ask(struct pa_link *link, struct pa_ask *ask)
{
	uint64_t now_ms = uv_now(link->loop);
	struct wire *wire;
	int r = 0;

	ask->id = 0;
	ask->tries = 0;
	link->stats.asked++;
	/* who was away for long is not waited for */
	if (link->closing || link->stats.waiting >= link->options.asks_max ||
		(!link->stats.up && now_ms - link->down_ms > link->options.timeout_ms)) {
		link->stats.refused++;
		ask->done(ask, -EAGAIN, &no_reply);
		return;
	}
	ask->deadline_ms = now_ms + link->options.timeout_ms;
	ask->next = NULL;
	ask->prev = link->last;
	if (link->last)
		link->last->next = ask;
	else
		link->first = ask;
	link->last = ask;
	link->stats.waiting++;
	link->unsent++;
	watch(link);
	wire = link->unsent == 1 ? free_wire(link) : NULL;
	if (wire)
		r = send_ask(link, wire, ask);
	if (r)
		end_ask(link, ask, r, &no_reply);
}

/* --- a connection --- */

static void on_wire_closed(uv_handle_t *handle)
{
	struct wire *wire = handle->data;

	buffer_free(&wire->in);
	buffer_free(&wire->out);
	buffer_free(&wire->writing);
	free(wire);
}

/*
 * Its questions are asked once more, on another connection: that of a daemon which was restarted in
 * the middle. Those that were asked twice already are not.
 */
static void lose(struct wire *wire)
{
	struct pa_link *link = wire->link;
	struct place *place = wire->place;

	if (wire->closing)
		return;
	wire->closing = true;
	place->wire = NULL;
	if (wire->state == UP && --link->stats.up == 0)
		link->down_ms = uv_now(link->loop);
	place->retry_ms = uv_now(link->loop) + place->backoff_ms;
	place->backoff_ms =
		place->backoff_ms * 2 > BACKOFF_MAX ? BACKOFF_MAX : place->backoff_ms * 2;
	uv_close((uv_handle_t *)&wire->pipe, on_wire_closed);
	for (unsigned i = 0; i < SLOTS; i++) {
		struct pa_ask *ask = wire->slots[i].ask;

		if (!ask)
			continue;
		if (ask->tries < TRIES_MAX && !link->closing) {
			ask->id = 0;
			link->unsent++;
		} else {
			link->stats.lost++;
			end_ask(link, ask, -ECONNRESET, &no_reply);
		}
	}
	watch(link);
	send_waiting(link);
}

static void on_written(uv_write_t *write, int status)
{
	struct wire *wire = write->data;

	buffer_free(&wire->writing);
	if (status < 0)
		lose(wire);
}

static void flush_wire(struct wire *wire)
{
	uv_buf_t buf;
	int n;

	if (wire->state != UP || !wire->out.len || wire->writing.data)
		return;
	buf = uv_buf_init((char *)wire->out.data, (unsigned)wire->out.len);
	n = uv_try_write((uv_stream_t *)&wire->pipe, &buf, 1);
	if (n < 0 && n != UV_EAGAIN) {
		lose(wire);
		return;
	}
	if (n > 0) {
		buffer_drop(&wire->out, (size_t)n);
		if (!wire->out.len)
			explicit_bzero(wire->out.data, (size_t)n);
	}
	if (!wire->out.len)
		return;
	wire->writing = wire->out;
	wire->out = (struct buffer){ 0 };
	buf = uv_buf_init((char *)wire->writing.data, (unsigned)wire->writing.len);
	wire->write.data = wire;
	if (uv_write(&wire->write, (uv_stream_t *)&wire->pipe, &buf, 1, on_written) != 0) {
		buffer_free(&wire->writing);
		lose(wire);
	}
}

/* What one turn of the loop has gathered goes out in one write. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct pa_link *link = prepare->data;

	for (unsigned i = 0; i < link->options.wires; i++) {
		if (link->places[i].wire)
			flush_wire(link->places[i].wire);
	}
}

/* An id that was not asked for on this connection, or twice: the stream is not followed any more.
 */
static bool take_reply(struct wire *wire, uint64_t id, const struct polyauth_reply *reply)
{
	struct slot *slot = &wire->slots[id % SLOTS];
	struct pa_ask *ask = slot->ask;

	if (!id || slot->id != id)
		return false;
	*slot = (struct slot){ 0, NULL };
	wire->used--;
	if (ask) {
		wire->link->stats.replies++;
		end_ask(wire->link, ask, 0, reply);
	}
	return true;
}

static size_t take_replies(struct wire *wire, const uint8_t *data, size_t len)
{
	struct polyauth_reply reply;
	size_t done = 0, used;
	uint64_t id;
	int r;

	while (!wire->closing && done < len) {
		r = polyauth_feed(data + done, len - done, &used, &id, &reply);
		if (r == 1)
			break;
		if (r < 0 || !take_reply(wire, id, &reply)) {
			lose(wire);
			break;
		}
		done += used;
	}
	return done;
}

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct wire *wire = handle->data;

	(void)suggested;
	*buf = uv_buf_init(wire->link->read_buffer, sizeof(wire->link->read_buffer));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct wire *wire = stream->data;
	size_t len = n > 0 ? (size_t)n : 0, used = 0;
	bool held = wire->in.len > 0;

	if (n == 0 || wire->closing)
		return;
	if (n < 0) {
		lose(wire);
		return;
	}
	wire->heard_ms = uv_now(wire->link->loop);
	wire->place->backoff_ms = BACKOFF_MIN;
	if (!held)
		used = take_replies(wire, (const uint8_t *)buf->base, len);
	if (!wire->closing && used < len) {
		if (!buffer_room(&wire->in, len - used)) {
			lose(wire);
			return;
		}
		memcpy(wire->in.data + wire->in.len, buf->base + used, len - used);
		wire->in.len += len - used;
	}
	if (!wire->closing && held) {
		used = take_replies(wire, wire->in.data, wire->in.len);
		buffer_drop(&wire->in, used);
	}
	if (!wire->closing)
		send_waiting(wire->link);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct wire *wire = connect->data;
	struct pa_link *link = wire->link;

	if (wire->closing)
		return;
	if (status < 0 || uv_read_start((uv_stream_t *)&wire->pipe, alloc_read, on_read) != 0) {
		lose(wire);
		return;
	}
	wire->state = UP;
	link->stats.up++;
	link->stats.connects++;
	send_waiting(link);
}

static void connect_place(struct pa_link *link, struct place *place)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return;
	(void)uv_pipe_init(link->loop, &wire->pipe, 0);
	wire->pipe.data = wire->connect.data = wire;
	wire->link = link;
	wire->place = place;
	wire->state = CONNECTING;
	place->wire = wire;
	uv_pipe_connect(&wire->connect, &wire->pipe, link->path, on_connected);
}

/* --- time --- */

/* The reply may still come; nobody waits for it. */
static void forget(struct pa_link *link, const struct pa_ask *ask)
{
	for (unsigned i = 0; ask->id && i < link->options.wires; i++) {
		struct wire *wire = link->places[i].wire;

		if (wire && wire->slots[ask->id % SLOTS].id == ask->id)
			wire->slots[ask->id % SLOTS].ask = NULL;
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct pa_link *link = timer->data;
	uint64_t now_ms = uv_now(link->loop);
	struct pa_ask *ask;

	while ((ask = link->first) != NULL && ask->deadline_ms <= now_ms) {
		forget(link, ask);
		link->stats.timeouts++;
		end_ask(link, ask, -ETIMEDOUT, &no_reply);
	}
	for (unsigned i = 0; i < link->options.wires; i++) {
		struct place *place = &link->places[i];

		if (place->wire && place->wire->used && now_ms - place->wire->heard_ms > SILENCE_MS)
			lose(place->wire);
		if (!place->wire && now_ms >= place->retry_ms)
			connect_place(link, place);
	}
	watch(link);
}

/* --- all of it --- */

int pa_link_new(uv_loop_t *loop, const struct pa_link_options *options, struct pa_link **ret)
{
	struct pa_link *link;

	*ret = NULL;
	if (strlen(options->path) >= sizeof(link->path) || !options->wires ||
		options->wires > PA_LINK_WIRES_MAX)
		return -EINVAL;
	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->options = *options;
	memcpy(link->path, options->path, strlen(options->path) + 1);
	link->down_ms = uv_now(loop);
	(void)uv_timer_init(loop, &link->tick);
	(void)uv_prepare_init(loop, &link->flush);
	link->tick.data = link->flush.data = link;
	for (unsigned i = 0; i < options->wires; i++) {
		link->places[i].backoff_ms = BACKOFF_MIN;
		connect_place(link, &link->places[i]);
	}
	watch(link);
	(void)uv_prepare_start(&link->flush, on_prepare);
	*ret = link;
	return 0;
}

const struct pa_link_stats *pa_link_stats(const struct pa_link *link)
{
	return &link->stats;
}

void pa_link_close(struct pa_link *link)
{
	if (link->closing)
		return;
	link->closing = true;
	for (unsigned i = 0; i < link->options.wires; i++) {
		if (link->places[i].wire)
			lose(link->places[i].wire);
	}
	while (link->first)
		end_ask(link, link->first, -ECANCELED, &no_reply);
	uv_close((uv_handle_t *)&link->tick, NULL);
	uv_close((uv_handle_t *)&link->flush, NULL);
}

void pa_link_free(struct pa_link *link)
{
	free(link);
}
