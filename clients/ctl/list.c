#include "clients/ctl/list.h"

#include <stdlib.h>

#include "clients/ctl/output.h"
#include "proto/lines.h"

static int fail(const char *what)
{
	fprintf(stderr, "polyauthctl: %s\n", what);
	return PA_CTL_USAGE;
}

/* 0, or PA_CTL_USAGE. */
static int make_room(struct pa_ctl_list *list, size_t len)
{
	size_t room = list->room ? list->room : 65536;
	uint8_t *grown;

	if (len > PA_PATH_LIST_MAX - list->len)
		return fail("these are more requests than are taken at once: give a part of them");
	while (room < list->len + len)
		room *= 2;
	if (room == list->room)
		return 0;
	grown = realloc(list->data, room);
	if (!grown)
		return fail("out of memory");
	list->data = grown;
	list->room = room;
	return 0;
}

int pa_ctl_list_line(struct pa_ctl_list *list, const struct pa_bytes *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = make_room(list, 4 * fields[i].len + 1);

		if (r)
			return r;
		list->len += pa_lines_escape(fields[i], list->data + list->len);
		list->data[list->len++] = i + 1 < n ? '\t' : '\n';
	}
	return 0;
}

int pa_ctl_list_ask(struct pa_ctl *ctl, const char *name, const struct pa_ctl_list *list,
	bool (*is_good)(const struct pa_admin_reply *reply))
{
	struct pa_output output = { .out = stdout, .json = ctl->json };
	size_t args_len = ctl->req.args_len;
	struct pa_admin_reply reply;
	int status = PA_CTL_OK, r;
	char after[32];

	for (;;) {
		r = pa_ctl_upload(ctl, name, (struct pa_bytes){ list->data, list->len }, &reply);
		if (r)
			return r;
		if (!is_good(&reply))
			status = PA_CTL_DENIED;
		pa_output_page(&output, &reply);
		if (!reply.next.len)
			break;
		/* what does not fit one answer is asked for again, from there on */
		pa_bytes_copy(after, sizeof(after), reply.next);
		ctl->req.args_len = args_len;
		r = pa_ctl_arg(ctl, "after", pa_bytes_str(after));
		if (r)
			return r;
	}
	pa_output_end(&output);
	return status;
}

bool pa_ctl_next_line(FILE *in, uint8_t *line, size_t max, size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (*len < max)
			line[*len] = (uint8_t)c;
		*len += 1;
	}
	return c != EOF || *len;
}
