#include "proto/lines.h"

#include <strings.h>

#include "proto/mac.h"

const char *const pa_device_columns[PA_COLUMNS] = { "mac", "state", "group", "expires", "comment",
	"ticket" };

int pa_device_column_find(struct pa_bytes name, enum pa_device_column *ret)
{
	for (unsigned i = 0; i < PA_COLUMNS; i++) {
		if (name.len == strlen(pa_device_columns[i]) &&
			strncasecmp((const char *)name.data, pa_device_columns[i], name.len) == 0) {
			*ret = (enum pa_device_column)i;
			return 0;
		}
	}
	return 1;
}

size_t pa_lines_escape(struct pa_bytes field, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < field.len; i++) {
		uint8_t c = field.data[i];

		if (c >= ' ' && c != 0x7f && c != '\\') {
			out[len++] = c;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = (uint8_t)digits[c >> 4];
		out[len++] = (uint8_t)digits[c & 15];
	}
	return len;
}

int pa_lines_unescape(struct pa_bytes field, uint8_t *out, size_t size, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < field.len; i++) {
		uint8_t c = field.data[i];

		if (c == '\\') {
			if (field.len - i < 4 || field.data[i + 1] != 'x' ||
				!pa_is_hex(field.data[i + 2]) || !pa_is_hex(field.data[i + 3]))
				return 1;
			c = (uint8_t)(pa_hex_value(field.data[i + 2]) << 4 |
				      pa_hex_value(field.data[i + 3]));
			i += 3;
		}
		if (*len == size)
			return 1;
		out[(*len)++] = c;
	}
	return 0;
}

/* What stands before the first c, which is taken off with it. */
static struct pa_bytes cut(struct pa_bytes *rest, uint8_t c)
{
	const uint8_t *end = memchr(rest->data, c, rest->len);
	struct pa_bytes part = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
	size_t taken = part.len + (end ? 1 : 0);

	rest->data += taken;
	rest->len -= taken;
	return part;
}

bool pa_lines_next(struct pa_bytes *rest, struct pa_bytes *line)
{
	if (!rest->len)
		return false;
	*line = cut(rest, '\n');
	return true;
}

bool pa_lines_field(struct pa_bytes *line, struct pa_bytes *field)
{
	const uint8_t *data = line->data;

	if (!data)
		return false;
	*field = line->len ? cut(line, '\t') : *line;
	if (line->len == 0 && line->data == field->data + field->len)
		line->data = NULL; /* that was the last one; behind a tab there is another */
	return true;
}
