/*
 * The bytes as a stream of frames: followed whole, and piece by piece as a
 * socket might deliver them, the frames must be the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/frame.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* Fewer bytes than a frame has: it must be asked for more, and for no more than there is. */
static void cut(const uint8_t *frame, size_t whole)
{
	for (size_t len = 0; len < whole; len += len < 16 ? 1 : 1 + len / 4) {
		struct pa_bytes payload;
		size_t used = 0;

		CHECK(pa_frame_next((struct pa_bytes){ frame, len }, &payload, &used) == 1);
		CHECK(used > len && used <= whole);
		CHECK(len < PA_FRAME_HEADER || used == whole);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0, used;

	while (at < size) {
		struct pa_bytes payload;
		uint8_t header[PA_FRAME_HEADER];
		int r = pa_frame_next((struct pa_bytes){ data + at, size - at }, &payload, &used);

		if (r == PA_E_FRAME) {
			CHECK(size - at >= PA_FRAME_HEADER);
			break;
		}
		CHECK(used <= PA_FRAME_HEADER + PA_FRAME_MAX);
		if (r == 1) {
			CHECK(used > size - at);
			break;
		}
		CHECK(r == 0);
		CHECK(payload.len > 0 && payload.len <= PA_FRAME_MAX);
		CHECK(payload.data == data + at + PA_FRAME_HEADER);
		CHECK(used == PA_FRAME_HEADER + payload.len && used <= size - at);
		pa_frame_header(header, payload.len);
		CHECK(memcmp(header, data + at, sizeof(header)) == 0);
		cut(data + at, used);
		at += used;
	}
	return 0;
}
