#include "daemon/path/method.h"

static const char *const names[] = {
#define X(name) [PA_METHOD_NUMBER_##name] = #name,
	PA_METHODS(X)
#undef X
};

pa_methods pa_method_find(struct pa_bytes name)
{
#define X(method)                                     \
	if (pa_bytes_eq(name, PA_BYTES_LIT(#method))) \
		return PA_METHOD(method);
	PA_METHODS(X)
#undef X
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
