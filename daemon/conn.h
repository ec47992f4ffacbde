/*
 * One client of a socket: bytes in, frames, back-pressure, bytes out. The only
 * code that touches a client's socket.
 *
 * In a turn of the loop, all connections that have sent something are read first, then all of it
 * is decided, then the decisions are logged, then the replies go out, those of a connection in one
 * write: a system call drives the code of a decision out of the processor, and so there is none
 * between two of them. Frames are parsed where they were read. While too many frames are in
 * progress or too many bytes wait to go out, nothing is read. After the client's half-close, what
 * is in progress is still answered.
 */
#ifndef DAEMON_CONN_H
#define DAEMON_CONN_H

#include "daemon/run.h"

struct pa_conn;

/* What is spoken on a socket. */
struct pa_conn_class {
	const char *name;
	unsigned inflight_max;
	/*
	 * A whole frame; the payload is valid until it returns. Answers by
	 * pa_conn_reply(), now or later; until then the frame is in flight. false: it holds no
	 * secret; else it is wiped.
	 */
	bool (*frame)(struct pa_conn *conn, struct pa_bytes payload);
	/* A frame that comes next: what it will need may be fetched from memory. May be NULL. */
	void (*ahead)(struct pa_worker *worker, struct pa_bytes payload);
	/* The stream cannot be followed: say so, if the protocol can. */
	void (*bad_frame)(struct pa_conn *conn);
	/* The connection goes: forget it. May be NULL. */
	void (*closed)(struct pa_conn *conn);
};

struct pa_buffer {
	uint8_t *data;
	size_t len, size;
};

struct pa_conn {
	uv_pipe_t pipe;
	struct pa_worker *worker;
	const struct pa_conn_class *class;
	struct pa_peer peer;
	struct pa_conn *next, *prev; /* of the worker */
	struct pa_run *runs;         /* that wait; the class keeps the list */
	void *data;                  /* the class's own */
	struct pa_bytes arrived;     /* in this turn of the loop, in the worker's buffer */
	struct pa_conn *next_arrived;

	struct pa_buffer in;      /* the beginning of a frame that is not whole yet */
	struct pa_buffer out;     /* not handed to the kernel yet */
	struct pa_buffer writing; /* in the hands of `write` */
	uv_write_t write;
	unsigned inflight;
	bool corked; /* what it sent waits, or is being worked through: replies are collected */
	bool reading;
	bool eof;     /* the client sends no more; what it sent is still answered */
	bool stopped; /* nothing more is taken in */
	bool closing;
};

/*
 * Take over a connected socket. 0 or negative; the socket is then closed, and
 * closed() was not called.
 */
int pa_conn_open(struct pa_worker *worker, int fd, const struct pa_peer *peer,
	const struct pa_conn_class *class, void *data) PA_MUST_CHECK;

/*
 * Room for a payload of at most size bytes: one that stands there is sent without a copy. Good
 * until the next call for the connection. NULL: memory is short.
 */
uint8_t *pa_conn_room(struct pa_conn *conn, size_t size);

/* Send one frame, the answer to one in flight. Closes the connection where memory is short. */
void pa_conn_reply(struct pa_conn *conn, struct pa_bytes payload);

/* Send one frame that belongs to none in flight, then close. */
void pa_conn_farewell(struct pa_conn *conn, struct pa_bytes payload);

/* Take nothing more in; answer what is in flight, then close. */
void pa_conn_drain(struct pa_conn *conn);

/* At once. */
void pa_conn_close(struct pa_conn *conn);

/* For the worker (check->data), when its loop has polled: decide what was read, and answer. */
void pa_conn_turn_ends(uv_check_t *check);

#endif
