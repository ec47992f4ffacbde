#include "clients/portal/files.h"

#include <stdio.h>

/* The assembler puts a file between two labels; the paths are those of the source tree. */
#define EMBED(name, path)                                                                      \
	__asm__(".pushsection .rodata\n" #name "_begin:\n.incbin \"clients/portal/files/" path \
		"\"\n" #name "_end:\n.byte 0\n.popsection\n");                                 \
	extern const uint8_t name##_begin[] __attribute__((visibility("hidden")));             \
	extern const uint8_t name##_end[] __attribute__((visibility("hidden")))

EMBED(file_head, "head.html");
EMBED(file_foot, "foot.html");
EMBED(file_login, "login.html");
EMBED(file_home, "home.html");
EMBED(file_code, "code.html");
EMBED(file_message, "message.html");
EMBED(file_css, "portal.css");
EMBED(file_js, "portal.js");
EMBED(file_icon, "icon.svg");
EMBED(file_texts, "texts.en");

static const struct {
	const char *name;
	const uint8_t *begin, *end;
} files[] = {
	{ "head.html", file_head_begin, file_head_end },
	{ "foot.html", file_foot_begin, file_foot_end },
	{ "login.html", file_login_begin, file_login_end },
	{ "home.html", file_home_begin, file_home_end },
	{ "code.html", file_code_begin, file_code_end },
	{ "message.html", file_message_begin, file_message_end },
	{ "portal.css", file_css_begin, file_css_end },
	{ "portal.js", file_js_begin, file_js_end },
	{ "icon.svg", file_icon_begin, file_icon_end },
	{ "texts.en", file_texts_begin, file_texts_end },
};

struct pa_bytes pa_files_get(const char *name)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (strcmp(files[i].name, name) == 0)
			return (struct pa_bytes){ files[i].begin,
				(size_t)(files[i].end - files[i].begin) };
	}
	return (struct pa_bytes){ NULL, 0 };
}

/* FNV-1a: it tells versions of our own files apart, and that is all. */
static uint64_t digest(struct pa_bytes data)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (size_t i = 0; i < data.len; i++)
		value = (value ^ data.data[i]) * 0x100000001b3u;
	return value;
}

void pa_files_publish(struct pa_files_static out[PA_FILES_STATIC])
{
	static const char *const served[PA_FILES_STATIC][2] = {
		{ "portal.css", "text/css; charset=utf-8" },
		{ "portal.js", "text/javascript; charset=utf-8" },
		{ "icon.svg", "image/svg+xml" },
	};

	for (size_t i = 0; i < PA_FILES_STATIC; i++) {
		out[i] = (struct pa_files_static){ .name = served[i][0], .type = served[i][1] };
		snprintf(out[i].url, sizeof(out[i].url), "/static/%016llx/%s",
			(unsigned long long)digest(pa_files_get(served[i][0])), served[i][0]);
	}
}
