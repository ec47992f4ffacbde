/*
 * ask_admin SOCKET COMMAND [NAME VALUE]...: one command as polyauthctl would not send it. Prints
 * the text of the answer; ends with 0 where the command was carried out, 1 where it was refused.
 */
#include <stdio.h>

#include "tests/integration/admin_link.h"

int main(int argc, char **argv)
{
	struct admin_link link;
	struct pa_admin_reply reply;
	int r;

	if (argc < 3 || argc % 2 == 0)
		return 2;
	r = admin_open(&link, argv[1]);
	if (r == 0)
		r = admin_ask(&link, argv[2], (const char *const *)argv + 3, &reply);
	if (r) {
		fprintf(stderr, "%s\n", pa_strerror(r));
		return 2;
	}
	printf("%.*s\n", (int)reply.text.len, (const char *)reply.text.data);
	for (size_t i = 0; i < reply.rows_len * reply.columns_len; i++)
		printf("%.*s%c", (int)reply.cells[i].len, (const char *)reply.cells[i].data,
			(i + 1) % reply.columns_len ? '\t' : '\n');
	r = reply.status == PA_STATUS_OK ? 0 : 1;
	admin_close(&link);
	return r;
}
