/*
 * uploads SOCKET: what many connections announce to upload has a bound in sum; what goes with a
 * connection is free for others.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/integration/admin_link.h"

#define LINKS (PA_ADMIN_UPLOADS_MAX / PA_CRL_FILE_MAX + 1)
#define TRIES 10000

static struct admin_link links[LINKS];
static char text[256];

static void require(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "# %s: %s\n", what, text);
	exit(1);
}

/* Whether so many bytes may come. */
static bool begin(struct admin_link *link, uint64_t size)
{
	struct pa_admin_request req = {
		.op = PA_ADMIN_BEGIN, .command = PA_BYTES_LIT("crl.preview"), .size = size
	};
	struct pa_admin_reply reply;

	require(admin_exchange(link, &req, &reply) == 0, "an answer");
	pa_bytes_copy(text, sizeof(text), reply.text);
	return reply.status == PA_STATUS_OK;
}

int main(int argc, char **argv)
{
	bool taken = false;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < LINKS; i++)
		require(admin_open(&links[i], argv[1]) == 0, "a connection");
	require(!begin(&links[0], PA_CRL_FILE_MAX + 1) && strstr(text, "at most 80 MiB"),
		"one byte too many is refused");
	for (size_t i = 0; i + 1 < LINKS; i++)
		require(begin(&links[i], PA_CRL_FILE_MAX), "an upload");
	require(begin(&links[0], PA_CRL_FILE_MAX), "another in place of the first of a connection");
	require(!begin(&links[LINKS - 1], PA_CRL_FILE_MAX) && strstr(text, "others upload"),
		"more than all may is refused");
	admin_close(&links[0]);
	/* when the daemon hears of the end is its own affair */
	for (size_t i = 0; i < TRIES && !taken; i++)
		taken = begin(&links[LINKS - 1], PA_CRL_FILE_MAX);
	require(taken, "room that a closed connection left");
	for (size_t i = 1; i < LINKS; i++)
		admin_close(&links[i]);
	return 0;
}
