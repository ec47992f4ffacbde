#include "daemon/path/method.h"

static const char *const names[] = {
#define X(name) [PA_METHOD_NUMBER_##name] = #name,
	PA_METHODS(X)
#undef X
};

pa_methods pa_method_find(struct pa_bytes name)
{
	for (size_t i = 0; i < PA_METHOD_COUNT; i++) {
		if (pa_bytes_eq_str(name, names[i]))
			return (pa_methods)1 << i;
	}
	return 0;
}

const char *pa_method_name(pa_methods one)
{
	for (size_t i = 0; i < PA_METHOD_COUNT; i++) {
		if (one & (pa_methods)1 << i)
			return names[i];
	}
	return NULL;
}
