#include "proto/reason.h"

static const struct {
	const char *name, *text;
} reasons[] = {
#define X(id, name, text) [PA_R_##id] = { name, text },
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
