#include "proto/frame.h"

#include "proto/limits.h"

int pa_frame_next(struct pa_bytes in, struct pa_bytes *payload, size_t *used)
{
	size_t len;

	if (in.len < PA_FRAME_HEADER) {
		*used = PA_FRAME_HEADER;
		return 1;
	}
	len = (size_t)in.data[0] << 24 | (size_t)in.data[1] << 16 | (size_t)in.data[2] << 8 |
	      in.data[3];
	if (len == 0 || len > PA_FRAME_MAX)
		return PA_E_FRAME;
	*used = PA_FRAME_HEADER + len;
	if (in.len < *used)
		return 1;
	*payload = (struct pa_bytes){ in.data + PA_FRAME_HEADER, len };
	return 0;
}

void pa_frame_header(uint8_t out[4], size_t len)
{
	out[0] = (uint8_t)(len >> 24);
	out[1] = (uint8_t)(len >> 16);
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}
