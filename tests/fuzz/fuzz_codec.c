/*
 * The bytes as each of the four messages: the strict decoders against
 * protobuf-c, the others against their promises.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/limits.h"
#include "tests/fixtures/admin_oracle.h"
#include "tests/fixtures/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const char *message, const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s: they disagree about %s\n", message, wrong);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* the second is small enough to be reached */
	static const size_t caps[] = { PA_ADMIN_ARENA_MAX, 2048 };
	const struct pa_bytes payload = { data, size };
	bool accepted;
	int result;

	judge("AuthorizeRequest", pa_oracle_request(payload, &accepted));
	judge("AuthorizeReply", pa_oracle_reply(payload, &accepted));
	for (size_t i = 0; i < 2; i++) {
		judge("AdminRequest", pa_admin_oracle_request(payload, caps[i], &result));
		judge("AdminReply", pa_admin_oracle_reply(payload, caps[i], &result));
	}
	return 0;
}
