#include "clients/c/polyauth.h"

static int is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

struct out {
	char *text;
	size_t size, len; /* what there is room for, and what is needed */
};

static void put(struct out *out, char c)
{
	if (out->len < out->size)
		out->text[out->len] = c;
	out->len++;
}

static void put_segment(struct out *out, struct polyauth_bytes name)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *at = name.data;

	put(out, '/');
	for (size_t i = 0; i < name.len; i++) {
		if (is_unreserved(at[i])) {
			put(out, (char)at[i]);
			continue;
		}
		put(out, '%');
		put(out, digits[at[i] >> 4]);
		put(out, digits[at[i] & 15]);
	}
}

size_t polyauth_login_target(
	struct polyauth_bytes service, struct polyauth_bytes user, char *out, size_t size)
{
	struct out target = { out, size, 0 };

	put_segment(&target, service);
	put_segment(&target, user);
	return target.len;
}
