#include "daemon/pki/der.h"

#include <endian.h>

#define CLASS_MASK   0xc0u
#define CONSTRUCTED  0x20u
#define DEPTH_MAX    24u
#define LENGTH_BYTES 4u
#define PEM_BEGIN    "-----BEGIN"

int pa_der_length(struct pa_bytes in, size_t *at, size_t *ret)
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

/* In DER, SEQUENCE and SET are constructed and every other universal type is primitive. */
static bool form_is_der(uint8_t tag)
{
	unsigned number = tag & PA_DER_NUMBER;

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

bool pa_der_is_integer(struct pa_bytes content)
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
		return pa_der_is_integer(content);
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

/* Eight digits as four numbers below 100, of 16 bits each, the first one in the lowest. */
static int pairs_of(const uint8_t *at, uint64_t *ret)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = each * 0x80;
	uint64_t digits;

	memcpy(&digits, at, sizeof(digits));
	digits = le64toh(digits);
	/* a byte above '9' comes to 0x80 by the one, a byte below '0' by the other */
	if (((digits + each * (0x7f - '9')) | (digits - each * '0') | digits) & high)
		return 1;
	digits -= each * '0';
	*ret = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	return 0;
}

/* From 1970-01-01 on; a century's first year is a leap year where the century's number is a
 * multiple of four. 0; 1: there is no such day. */
static int days_to(int century, int year, int month, int day, int64_t *ret)
{
	static const uint16_t before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
		365 };
	const int long_century = century % 4 == 0;
	const int leap = year ? year % 4 == 0 : long_century;
	const int days = month < 1 || month > 12 ? 0 : before[month] - before[month - 1];
	int leaps = 24 * century + (century + 3) / 4 + (year + 3) / 4;

	if (day < 1 || day > days + (leap && month == 2))
		return 1;
	leaps -= year && !long_century;
	*ret = (century * 100 + year) * INT64_C(365) + leaps + before[month - 1] +
	       (leap && month > 2) + day - 1 - 719528;
	return 0;
}

int pa_der_time(const struct pa_der *element, int64_t *ret_s)
{
	const uint8_t *at = element->content.data;
	uint64_t head, tail, century = 0;
	int hour, minute, second;
	int64_t days;

	if (element->tag == PA_DER_GENERALIZED_TIME && element->content.len == 15) {
		if (pairs_of(at, &century))
			return 1;
		at += 2;
	} else if (element->tag != PA_DER_UTC_TIME || element->content.len != 13) {
		return 1;
	}
	/* year, month, day, hour; day, hour, minute, second */
	if (pairs_of(at, &head) || pairs_of(at + 4, &tail) || at[12] != 'Z')
		return 1;
	if (element->tag == PA_DER_UTC_TIME)
		century = (head & 0xff) < 50 ? 20 : 19;
	hour = (int)(tail >> 16 & 0xff);
	minute = (int)(tail >> 32 & 0xff);
	second = (int)(tail >> 48);
	if (hour > 23 || minute > 59 || second > 59 ||
		days_to((int)(century & 0xff), (int)(head & 0xff), (int)(head >> 16 & 0xff),
			(int)(tail & 0xff), &days) != 0)
		return 1;
	*ret_s = ((days * 24 + hour) * 60 + minute) * 60 + second;
	return 0;
}
