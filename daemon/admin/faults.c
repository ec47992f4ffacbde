#include "daemon/admin/faults.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/lines.h"

void pa_faults_add(struct pa_faults *faults, uint32_t line, const char *fmt, ...)
{
	char what[PA_FAULT_MAX], number[16] = "";
	va_list ap;
	int len;

	faults->numbered |= line != 0;
	if (faults->len++ >= PA_FAULTS_SHOWN)
		return;
	va_start(ap, fmt);
	len = vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (len < 0)
		what[0] = '\0';
	if (line)
		snprintf(number, sizeof(number), ":%u", line);
	faults->text_len += (size_t)snprintf(faults->text + faults->text_len,
		sizeof(faults->text) - faults->text_len, "%s%s: %s\n", faults->file, number, what);
}

struct pa_bytes pa_faults_text(struct pa_faults *faults)
{
	const char *one = faults->numbered ? "line is" : "entry is";
	const char *many = faults->numbered ? "lines are" : "entries are";
	char shown[40] = "";

	if (faults->len > PA_FAULTS_SHOWN)
		snprintf(shown, sizeof(shown), " (the first %u are shown)", PA_FAULTS_SHOWN);
	faults->text_len += (size_t)snprintf(faults->text + faults->text_len,
		sizeof(faults->text) - faults->text_len, "%zu %s wrong%s; nothing was changed",
		faults->len, faults->len == 1 ? one : many, shown);
	return (struct pa_bytes){ (const uint8_t *)faults->text, faults->text_len };
}

int pa_faults_line_number(struct pa_bytes *text, uint32_t *line)
{
	struct pa_bytes field;
	uint64_t number = 0;

	if (text->len && text->data[0] == '\t') { /* nearly every line */
		*text = (struct pa_bytes){ text->data + 1, text->len - 1 };
		++*line;
		return 0;
	}
	if (!pa_lines_field(text, &field))
		return 1;
	if (!field.len) {
		++*line;
		return 0;
	}
	for (size_t i = 0; i < field.len && i < 10; i++) {
		if (field.data[i] < '0' || field.data[i] > '9')
			return 1;
		number = number * 10 + (field.data[i] - '0');
	}
	*line = (uint32_t)number;
	return field.len > 10 || number > UINT32_MAX;
}
