#include "daemon/pki/der.h"

#include <time.h>

#define CLASS_MASK   0xc0u
#define CONSTRUCTED  0x20u
#define NUMBER_MASK  0x1fu
#define DEPTH_MAX    24u
#define LENGTH_BYTES 4u
#define PEM_BEGIN    "-----BEGIN"

static int read_length(struct pa_bytes in, size_t *at, size_t *ret)
{
	size_t octets, len = 0;

	if (*at >= in.len)
		return 1;
	octets = in.data[(*at)++];
	if (octets < 0x80) {
		*ret = octets;
		return 0;
	}
	octets &= 0x7f;
	if (octets == 0 || octets > LENGTH_BYTES || in.len - *at < octets || in.data[*at] == 0)
		return 1;
	for (size_t i = 0; i < octets; i++)
		len = len << 8 | in.data[(*at)++];
	*ret = len;
	return len < 0x80; /* the short form was the one to use */
}

int pa_der_next(struct pa_bytes *in, struct pa_der *ret)
{
	size_t at = 1, len;

	if (in->len < 2 || (in->data[0] & NUMBER_MASK) == NUMBER_MASK)
		return 1;
	if (read_length(*in, &at, &len) || len > in->len - at)
		return 1;
	ret->tag = in->data[0];
	ret->content = (struct pa_bytes){ in->data + at, len };
	ret->whole = (struct pa_bytes){ in->data, at + len };
	in->data += at + len;
	in->len -= at + len;
	return 0;
}

int pa_der_expect(struct pa_bytes *in, uint8_t tag, struct pa_der *ret)
{
	if (in->len == 0 || in->data[0] != tag)
		return 1;
	return pa_der_next(in, ret);
}

/* In DER, SEQUENCE and SET are constructed and every other universal type is primitive. */
static bool form_is_der(uint8_t tag)
{
	unsigned number = tag & NUMBER_MASK;

	if (tag & CLASS_MASK)
		return true;
	return ((tag & CONSTRUCTED) != 0) == (number == 16 || number == 17);
}

/* Every number of it ends, and begins without a zero that adds nothing. */
static bool oid_is_der(struct pa_bytes content)
{
	bool begins = true;

	for (size_t i = 0; i < content.len; i++) {
		if (begins && content.data[i] == 0x80)
			return false;
		begins = content.data[i] < 0x80;
	}
	return content.len > 0 && begins;
}

static bool integer_is_der(struct pa_bytes content)
{
	if (content.len < 2)
		return content.len == 1;
	if (content.data[0] == 0)
		return content.data[1] >= 0x80;
	return content.data[0] != 0xff || content.data[1] < 0x80;
}

/* As strict as OpenSSL, so that what is accepted here can be read by others. */
static bool content_is_der(const struct pa_der *element)
{
	struct pa_bytes content = element->content;

	switch (element->tag) {
	case PA_DER_BOOLEAN:
		return content.len == 1;
	case PA_DER_INTEGER:
	case PA_DER_ENUMERATED:
		return integer_is_der(content);
	case PA_DER_BIT_STRING: /* in front stands how many bits of the last octet are not used */
		return content.len > 1 ? content.data[0] < 8
				       : content.len == 1 && content.data[0] == 0;
	case PA_DER_NULL:
		return content.len == 0;
	case PA_DER_OID:
		return oid_is_der(content);
	default:
		return true;
	}
}

static bool valid_to(struct pa_bytes in, unsigned depth)
{
	struct pa_der element;

	while (in.len) {
		if (pa_der_next(&in, &element) || !form_is_der(element.tag) ||
			!content_is_der(&element))
			return false;
		if ((element.tag & CONSTRUCTED) && element.content.len &&
			(depth == 0 || !valid_to(element.content, depth - 1)))
			return false;
	}
	return true;
}

bool pa_der_valid(struct pa_bytes in)
{
	return valid_to(in, DEPTH_MAX);
}

bool pa_der_is_pem(struct pa_bytes file)
{
	size_t at = 0;

	while (at < file.len && memchr(" \t\r\n\f\v", file.data[at], 6))
		at++;
	return file.len - at >= sizeof(PEM_BEGIN) - 1 &&
	       memcmp(file.data + at, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) == 0;
}

static int two_digits(const uint8_t *at, int low, int high, int *ret)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return 1;
	*ret = (at[0] - '0') * 10 + (at[1] - '0');
	return *ret < low || *ret > high;
}

int pa_der_time(const struct pa_der *element, int64_t *ret_s)
{
	const uint8_t *at = element->content.data;
	struct tm tm = { 0 };
	int century, year, day;

	if (element->tag == PA_DER_GENERALIZED_TIME && element->content.len == 15) {
		if (two_digits(at, 0, 99, &century) || two_digits(at + 2, 0, 99, &year))
			return 1;
		at += 4;
	} else if (element->tag == PA_DER_UTC_TIME && element->content.len == 13) {
		if (two_digits(at, 0, 99, &year))
			return 1;
		century = year < 50 ? 20 : 19;
		at += 2;
	} else {
		return 1;
	}
	if (two_digits(at, 1, 12, &tm.tm_mon) || two_digits(at + 2, 1, 31, &day) ||
		two_digits(at + 4, 0, 23, &tm.tm_hour) || two_digits(at + 6, 0, 59, &tm.tm_min) ||
		two_digits(at + 8, 0, 59, &tm.tm_sec) || at[10] != 'Z')
		return 1;
	tm.tm_mon--;
	tm.tm_mday = day;
	tm.tm_year = century * 100 + year - 1900;
	*ret_s = timegm(&tm);
	/* it makes the 2nd of March of a 30th of February, and says so in tm */
	return tm.tm_mday != day;
}
