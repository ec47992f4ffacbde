#include "daemon/pki/anchors.h"

static const char hex[] = "0123456789abcdef";

/* -1: no hex digit. */
static int value_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static unsigned digit_of(const uint8_t *sha256, size_t i)
{
	return i & 1 ? sha256[i / 2] & 15u : sha256[i / 2] >> 4;
}

int pa_anchors_add(struct pa_anchors *anchors, const char *word, struct pa_diag *diag)
{
	uint8_t sha256[PA_DIGEST_LEN] = { 0 };
	size_t digits = 0;

	for (const char *c = word; *c; c++) {
		int value = value_of(*c);

		if (*c == ':' && digits)
			continue;
		if (value < 0 || digits == 2 * PA_DIGEST_LEN) {
			pa_diag_set(diag, "%s is no SHA-256 fingerprint", word);
			return 1;
		}
		sha256[digits / 2] |= (uint8_t)(digits & 1 ? value : value << 4);
		digits++;
	}
	if (digits < PA_ANCHOR_DIGITS_MIN) {
		pa_diag_set(diag, "%s: at least the first %u digits of the fingerprint", word,
			PA_ANCHOR_DIGITS_MIN);
		return 1;
	}
	if (anchors->len == PA_ANCHORS_MAX) {
		pa_diag_set(diag, "more than %u anchors", PA_ANCHORS_MAX);
		return 1;
	}
	memcpy(anchors->names[anchors->len].sha256, sha256, sizeof(sha256));
	anchors->names[anchors->len++].digits = digits;
	return 0;
}

static bool begins_with(const uint8_t *sha256, const uint8_t *wanted, size_t digits)
{
	for (size_t i = 0; i < digits; i++) {
		if (digit_of(sha256, i) != digit_of(wanted, i))
			return false;
	}
	return true;
}

bool pa_anchors_has(const struct pa_anchors *anchors, const uint8_t sha256[PA_DIGEST_LEN])
{
	if (!anchors || !anchors->len)
		return true;
	for (size_t i = 0; i < anchors->len; i++) {
		if (begins_with(sha256, anchors->names[i].sha256, anchors->names[i].digits))
			return true;
	}
	return false;
}

void pa_anchors_print(const struct pa_anchors *anchors, size_t i, char *out)
{
	size_t digits = anchors->names[i].digits;

	for (size_t k = 0; k < digits; k++)
		out[k] = hex[digit_of(anchors->names[i].sha256, k)];
	out[digits] = '\0';
}
