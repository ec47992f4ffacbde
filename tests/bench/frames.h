/*
 * A file of requests: frames as they go over the wire, one behind the other, to be sent over and
 * over. Their ids are 1, 2, 3 ..., so those that wait on a connection differ.
 */
#ifndef TESTS_BENCH_FRAMES_H
#define TESTS_BENCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct bench_frames {
	const uint8_t *data;
	size_t size, len; /* bytes, frames */
	size_t *starts;   /* of each frame, and one more: the end */
};

/* Read a file: mapped, its pages might have to be read while time is measured. Ends the program
 * where it is no such file. */
void bench_frames_open(struct bench_frames *f, const char *path);
void bench_frames_close(struct bench_frames *f);

/*
 * The same requests with handles in place of their chains: each is asked once at the query socket,
 * of one worker, which then knows the handles that it has given. Ends the program where it gives
 * none.
 */
void bench_frames_by_handle(
	struct bench_frames *f, const struct bench_frames *chains, const char *socket);

#endif
