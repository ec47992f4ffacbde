/*
 * Text that people write: UTF-8, without control characters.
 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include "proto/bytes.h"

/* How many bytes the character of UTF-8 takes that begins at `at`; 0: there is none. */
size_t pa_text_utf8_len(struct pa_bytes text, size_t at);

/* Whether all of it is UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool pa_text_is_utf8(struct pa_bytes text);

/* Whether a byte below the blank or DEL is in it. */
bool pa_text_has_control(struct pa_bytes text);

/*
 * In how many places two words differ: a letter is another one, missing or too many, or two beside
 * each other changed places (the restricted Damerau-Levenshtein distance). Words longer than
 * PA_TEXT_WORD_MAX are not compared: SIZE_MAX.
 */
#define PA_TEXT_WORD_MAX 32u
size_t pa_text_distance(struct pa_bytes a, struct pa_bytes b);

#endif
