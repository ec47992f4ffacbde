#include "proto/text.h"

size_t pa_text_utf8_len(struct pa_bytes text, size_t at)
{
	uint8_t first = text.data[at];
	size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first > 0xf4 || len > text.len - at)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((text.data[at + i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((first == 0xe0 && text.data[at + 1] < 0xa0) ||
		(first == 0xed && text.data[at + 1] > 0x9f) ||
		(first == 0xf0 && text.data[at + 1] < 0x90) ||
		(first == 0xf4 && text.data[at + 1] > 0x8f))
		return 0;
	return len;
}

bool pa_text_is_utf8(struct pa_bytes text)
{
	size_t len;

	for (size_t at = 0; at < text.len; at += len) {
		len = text.data[at] < 0x80 ? 1 : pa_text_utf8_len(text, at);
		if (!len)
			return false;
	}
	return true;
}

bool pa_text_has_control(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < ' ' || text.data[i] == 0x7f)
			return true;
	}
	return false;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t pa_text_distance(struct pa_bytes a, struct pa_bytes b)
{
	size_t d[PA_TEXT_WORD_MAX + 1][PA_TEXT_WORD_MAX + 1]; /* of their first letters */

	if (a.len > PA_TEXT_WORD_MAX || b.len > PA_TEXT_WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= a.len; i++) {
		for (size_t k = 0; k <= b.len; k++) {
			if (!i || !k) {
				d[i][k] = i + k;
				continue;
			}
			d[i][k] = d[i - 1][k - 1] + (a.data[i - 1] != b.data[k - 1]);
			d[i][k] = lesser(d[i][k], lesser(d[i - 1][k], d[i][k - 1]) + 1);
			if (i > 1 && k > 1 && a.data[i - 1] == b.data[k - 2] &&
				a.data[i - 2] == b.data[k - 1])
				d[i][k] = lesser(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[a.len][b.len];
}
