#include "clients/ctl/list.h"

#include <stdlib.h>

#include "clients/ctl/ctl.h"

static int fail(const char *what)
{
	fprintf(stderr, "polyauthctl: %s\n", what);
	return PA_CTL_USAGE;
}

int pa_ctl_list_room(struct pa_ctl_list *list, size_t len)
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

void pa_ctl_list_text(struct pa_ctl_list *list, struct pa_bytes text, bool word)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c >= ' ' + word && c != 0x7f && c != '\\') {
			list->data[list->len++] = c;
			continue;
		}
		list->data[list->len++] = '\\';
		list->data[list->len++] = 'x';
		list->data[list->len++] = (uint8_t)digits[c >> 4];
		list->data[list->len++] = (uint8_t)digits[c & 15];
	}
}

void pa_ctl_list_byte(struct pa_ctl_list *list, char c)
{
	list->data[list->len++] = (uint8_t)c;
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
