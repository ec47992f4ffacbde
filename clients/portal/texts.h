/*
 * All that the portal says to people, as `key = text` lines of one file, so that it can be
 * translated. `{name}` in a text stands for a value of the page.
 */
#ifndef CLIENTS_PORTAL_TEXTS_H
#define CLIENTS_PORTAL_TEXTS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_TEXTS_MAX      160u
#define PA_TEXTS_FILE_MAX (64u * 1024)

struct pa_texts;

/*
 * Read a file: UTF-8, `#` begins a comment. A translation has just the keys of `original`, and in
 * each text no other {names}; NULL: it is the original. The bytes are copied. 0 or negative; diag
 * names the line or the key.
 */
int pa_texts_load(struct pa_bytes file, const struct pa_texts *original, struct pa_texts **ret,
	struct pa_diag *diag) PA_MUST_CHECK;
void pa_texts_free(struct pa_texts *texts); /* NULL-safe */

/* NULL: there is no such key. */
const char *pa_texts_get(const struct pa_texts *texts, struct pa_bytes key);

#endif
