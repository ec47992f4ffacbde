#include "proto/reason.h"

static const struct {
	const char *name, *text;
	size_t name_len;
} reasons[] = {
#define X(id, name, text) [PA_R_##id] = { name, text, sizeof(name) - 1 },
	PA_REASONS(X)
#undef X
};

static size_t index_of(enum pa_reason reason)
{
	return (unsigned)reason < PA_REASON_COUNT ? (size_t)reason : PA_R_NONE;
}

const char *pa_reason_name(enum pa_reason reason)
{
	return reasons[index_of(reason)].name;
}

struct pa_bytes pa_reason_bytes(enum pa_reason reason)
{
	const size_t i = index_of(reason);

	return (struct pa_bytes){ (const uint8_t *)reasons[i].name, reasons[i].name_len };
}

const char *pa_reason_text(enum pa_reason reason)
{
	return reasons[index_of(reason)].text;
}

int pa_reason_find(struct pa_bytes name, enum pa_reason *ret)
{
	for (size_t i = 0; i < PA_REASON_COUNT; i++) {
		if (pa_bytes_eq_str(name, reasons[i].name)) {
			*ret = (enum pa_reason)i;
			return 0;
		}
	}
	return 1;
}
