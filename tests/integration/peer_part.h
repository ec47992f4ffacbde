/*
 * What the peer of peer.h does with a connection, and the bytes that it answers.
 */
#ifndef TESTS_INTEGRATION_PEER_PART_H
#define TESTS_INTEGRATION_PEER_PART_H

#include <stddef.h>
#include <string.h>

/* What it does with one connection: read a request, answer these bytes, then close or wait. Where
 * they begin with a frame's header and the id 1, it becomes that of the request. */
struct part {
	const char *bytes;
	size_t len;
	enum { KEEP, CLOSE, DEAF, DRIP } then; /* DEAF: never reads; DRIP: its bytes one by one */
};

#define ALLOW_1 "\0\0\0\4\x08\1\x10\2"
#define DENY_1  "\0\0\0\4\x08\1\x10\1"
#define PART(bytes, then)                      \
	{                                      \
		bytes, sizeof(bytes) - 1, then \
	}

/* The bytes of a part in reply to a request; returns how many. */
static inline size_t address(const struct part *part, const char *request, char *out)
{
	size_t id_len = 1;

	memcpy(out, part->bytes, part->len);
	if (part->len < 6 || memcmp(part->bytes + 4, "\x08\1", 2) != 0)
		return part->len;
	while (request[4 + id_len] & 0x80)
		id_len++;
	out[3] = (char)(out[3] + (char)id_len - 1);
	memcpy(out + 5, request + 5, id_len);
	memcpy(out + 5 + id_len, part->bytes + 6, part->len - 6);
	return part->len + id_len - 1;
}

#endif
