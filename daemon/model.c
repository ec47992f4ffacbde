#include "daemon/model.h"

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.';
}

/* The word at the beginning of text, which is cut off it. */
static struct pa_bytes take_word(struct pa_bytes *text)
{
	struct pa_bytes word = { text->data, 0 };

	while (word.len < text->len && is_word(text->data[word.len]))
		word.len++;
	*text = (struct pa_bytes){ text->data + word.len, text->len - word.len };
	return word;
}

static bool take(struct pa_bytes *text, struct pa_bytes what)
{
	if (text->len < what.len || memcmp(text->data, what.data, what.len) != 0)
		return false;
	*text = (struct pa_bytes){ text->data + what.len, text->len - what.len };
	return true;
}

static bool is_end(struct pa_bytes text)
{
	return text.len == 0 || text.data[0] == ' ';
}

/* FAMILY-MODEL-UA/FIRMWARE */
static bool parse_poly(struct pa_bytes text, struct pa_bytes *model, struct pa_bytes *firmware)
{
	if (!take_word(&text).len || !take(&text, PA_BYTES_LIT("-")))
		return false;
	*model = take_word(&text);
	if (!take(&text, PA_BYTES_LIT("-UA/")))
		return false;
	*firmware = take_word(&text);
	return is_end(text);
}

/* MODEL-FIRMWARE */
static bool parse_obi(struct pa_bytes text, struct pa_bytes *model, struct pa_bytes *firmware)
{
	*model = take_word(&text);
	if (!take(&text, PA_BYTES_LIT("-")))
		return false;
	*firmware = take_word(&text);
	return is_end(text);
}

void pa_model_parse(
	struct pa_bytes user_agent, char model[PA_MODEL_MAX + 1], char firmware[PA_MODEL_MAX + 1])
{
	struct pa_bytes text = user_agent, found_model = { 0 }, found_firmware = { 0 };
	bool good = false;

	model[0] = firmware[0] = '\0';
	if (take(&text, PA_BYTES_LIT("FileTransport ")))
		good = parse_poly(text, &found_model, &found_firmware);
	else if (take(&text, PA_BYTES_LIT("OBIHAI/")))
		good = parse_obi(text, &found_model, &found_firmware);
	if (!good || !found_model.len || !found_firmware.len || found_model.len > PA_MODEL_MAX ||
		found_firmware.len > PA_MODEL_MAX)
		return;
	pa_bytes_copy(model, PA_MODEL_MAX + 1, found_model);
	pa_bytes_copy(firmware, PA_MODEL_MAX + 1, found_firmware);
}
