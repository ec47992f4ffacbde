/* Lists of devices as JSON: an array of objects, all with the same members. */
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "clients/ctl/device_list.h"
#include "clients/ctl/output.h"

#define PIECE 65536u /* bytes that are parsed at a time */

enum place { BEFORE, IN_ARRAY, IN_OBJECT, AFTER };

struct reader {
	struct pa_device_list *list;
	yajl_handle yajl;
	enum place place;
	unsigned long line, begin; /* of what is read; where the object begins */
	struct pa_bytes piece;     /* being parsed */
	size_t counted;            /* of its bytes, for the line */
	bool faulty;
	enum pa_device_column key;
	size_t members;
};

static unsigned long line_of(struct reader *r)
{
	size_t at = yajl_get_bytes_consumed(r->yajl);

	for (; r->counted < at && r->counted < r->piece.len; r->counted++)
		r->line += r->piece.data[r->counted] == '\n';
	return r->line;
}

/* Ends the parsing. */
static int stop(struct reader *r, const char *what)
{
	pa_device_list_fail(r->list, line_of(r), "%s", what);
	return 0;
}

static int other_form(struct reader *r)
{
	return stop(r, "a list of devices is an array of objects with strings; expires may be a "
		       "number");
}

/* The rest of the object is skipped. */
static int fault(struct reader *r, const char *what)
{
	if (!r->list->line) { /* the first one says what the others have */
		pa_device_list_fail(r->list, r->begin, "%s", what);
		return 0;
	}
	if (!r->faulty)
		pa_device_list_fault(r->list, r->begin, what);
	r->faulty = true;
	return 1;
}

static int fault_of(struct reader *r, struct pa_bytes member, const char *what)
{
	char shown[PA_CTL_SHOWN_MAX], text[160];

	pa_ctl_shown(member, shown);
	snprintf(text, sizeof(text), "\"%s\" %s", shown, what);
	return fault(r, text);
}

static int on_start_array(void *arg)
{
	struct reader *r = arg;

	if (r->place != BEFORE)
		return other_form(r);
	r->place = IN_ARRAY;
	return 1;
}

static int on_end_array(void *arg)
{
	struct reader *r = arg;

	r->place = AFTER;
	return 1;
}

static int on_start_map(void *arg)
{
	struct reader *r = arg;

	if (r->place != IN_ARRAY)
		return other_form(r);
	r->place = IN_OBJECT;
	r->begin = line_of(r);
	r->faulty = false;
	r->members = 0;
	return 1;
}

static int on_key(void *arg, const unsigned char *text, size_t len)
{
	struct reader *r = arg;
	struct pa_device_list *list = r->list;
	bool is_new = true;

	if (pa_device_column_find((struct pa_bytes){ text, len }, &r->key) != 0)
		return fault_of(r, (struct pa_bytes){ text, len },
			"is an unknown member: there are mac, state, group, expires, comment, ticket");
	if (list->seen[r->key])
		return fault_of(r, (struct pa_bytes){ text, len }, "stands there twice");
	for (size_t i = 0; i < list->columns_len; i++)
		is_new &= list->columns[i] != r->key;
	if (!is_new)
		return 1;
	if (list->line)
		return fault_of(r, (struct pa_bytes){ text, len },
			"is a member that the first object does not have");
	list->columns[list->columns_len++] = r->key;
	return 1;
}

static int take(struct reader *r, struct pa_bytes text)
{
	if (r->place != IN_OBJECT)
		return other_form(r);
	if (r->faulty)
		return 1;
	pa_device_list_cell(r->list, r->key, text);
	r->members++;
	return !r->list->failed;
}

static int on_string(void *arg, const unsigned char *text, size_t len)
{
	return take(arg, (struct pa_bytes){ text, len });
}

static int on_number(void *arg, const char *text, size_t len)
{
	struct reader *r = arg;

	if (r->place == IN_OBJECT && !r->faulty && r->key != PA_COLUMN_EXPIRES)
		return fault(r, "a number where a string belongs");
	return take(r, (struct pa_bytes){ (const uint8_t *)text, len });
}

static int on_null(void *arg)
{
	return take(arg, (struct pa_bytes){ NULL, 0 });
}

static int on_boolean(void *arg, int value)
{
	(void)value;
	return other_form(arg);
}

static int on_end_map(void *arg)
{
	struct reader *r = arg;
	struct pa_device_list *list = r->list;

	r->place = IN_ARRAY;
	if (!r->faulty && !list->seen[PA_COLUMN_MAC] && !fault(r, "the object has no member mac"))
		return 0;
	if (!r->faulty && r->members != list->columns_len)
		(void)fault(r, "a member is missing that the first object has"); /* no first one */
	if (!r->faulty)
		pa_device_list_row(list, r->begin);
	memset(list->seen, 0, sizeof(list->seen));
	return !list->failed;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

static void explain(struct reader *r)
{
	unsigned char *text = yajl_get_error(r->yajl, 0, r->piece.data, r->piece.len);
	size_t len = text ? strcspn((const char *)text, "\n") : 0;

	pa_device_list_fail(r->list, line_of(r), "%.*s", (int)len, text ? (const char *)text : "");
	yajl_free_error(r->yajl, text);
}

int pa_device_list_json(struct pa_device_list *list, struct pa_bytes text)
{
	struct reader r = { .list = list, .line = 1 };
	yajl_status status = yajl_status_ok;

	r.yajl = yajl_alloc(&callbacks, NULL, &r);
	if (!r.yajl) {
		pa_device_list_fail(list, 1, "out of memory");
		return PA_CTL_REFUSED;
	}
	while (text.len && status == yajl_status_ok) {
		r.piece = (struct pa_bytes){ text.data, text.len < PIECE ? text.len : PIECE };
		r.counted = 0;
		status = yajl_parse(r.yajl, r.piece.data, r.piece.len);
		(void)line_of(&r);
		text = (struct pa_bytes){ text.data + r.piece.len, text.len - r.piece.len };
	}
	if (status == yajl_status_ok)
		status = yajl_complete_parse(r.yajl);
	if (status != yajl_status_ok)
		explain(&r); /* says nothing where a callback did */
	else if (r.place != AFTER)
		pa_device_list_fail(list, r.line, "a list of devices is an array of objects");
	yajl_free(r.yajl);
	return list->failed ? PA_CTL_REFUSED : 0;
}

void pa_device_list_put_json(const struct pa_bytes cells[PA_COLUMNS], bool first)
{
	fputs(first ? "[\n{" : ",\n{", stdout);
	for (size_t i = 0; i < PA_COLUMNS; i++) {
		printf("%s\"%s\": ", i ? ", " : "", pa_device_columns[i]);
		if (i != PA_COLUMN_EXPIRES)
			pa_output_json(stdout, cells[i]);
		else if (cells[i].len)
			(void)fwrite(cells[i].data, 1, cells[i].len, stdout);
		else
			putchar('0');
	}
	putchar('}');
}
