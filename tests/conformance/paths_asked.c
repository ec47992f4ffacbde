#include "tests/conformance/paths_asked.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

void text_set(struct text *text, struct pa_bytes bytes)
{
	text->len = bytes.len < ASKED_MAX ? bytes.len : ASKED_MAX;
	if (text->len)
		memcpy(text->bytes, bytes.data, text->len);
}

int text_unescape(struct text *text, const char *escaped)
{
	text->len = 0;
	for (const char *at = escaped; *at; at++) {
		unsigned byte = (uint8_t)*at;

		if (*at == '\\' && at[1] == '\\') {
			at++;
		} else if (*at == '\\') {
			if (sscanf(at, "\\x%2x", &byte) != 1)
				return 1;
			at += 3;
		}
		if (text->len == ASKED_MAX)
			return 1;
		text->bytes[text->len++] = (uint8_t)byte;
	}
	return 0;
}

static struct pa_bytes view(const struct text *text)
{
	return (struct pa_bytes){ text->bytes, text->len };
}

void asked_request(
	const struct asked *asked, struct pa_bytes leaf, struct pa_authorize_request *ret)
{
	*ret = (struct pa_authorize_request){ .realm = pa_bytes_str(asked->realm),
		.method = pa_bytes_str(asked->method),
		.target = view(&asked->target),
		.has_served_path = asked->has_served,
		.served_path = view(&asked->served),
		.served_query = view(&asked->query),
		.path_info = view(&asked->path_info),
		.front_verify = leaf.len ? PA_FRONT_SUCCESS : PA_FRONT_NONE };
	if (leaf.len) {
		ret->chain[0] = leaf;
		ret->chain_len = 1;
	}
	if (asked->header[0]) {
		ret->headers[0].name = pa_bytes_str(asked->header);
		ret->headers[0].value = pa_bytes_str(asked->value);
		ret->headers_len = 1;
	}
}

static void print_text(const char *name, const struct text *text)
{
	if (name)
		printf(" %s=", name);
	for (size_t i = 0; i < text->len; i++) {
		if (text->bytes[i] > ' ' && text->bytes[i] < 0x7f && text->bytes[i] != '\\')
			putchar(text->bytes[i]);
		else
			printf("\\x%02x", text->bytes[i]);
	}
}

void asked_print(const struct asked *asked)
{
	printf("%s: %s %s ", asked->realm, asked->certificate, asked->method);
	print_text(NULL, &asked->target);
	if (asked->has_served)
		print_text("served", &asked->served);
	if (asked->path_info.len)
		print_text("path-info", &asked->path_info);
	if (asked->query.len)
		print_text("query", &asked->query);
	if (asked->header[0])
		printf(" %s: %s", asked->header, asked->value);
	putchar('\n');
}
