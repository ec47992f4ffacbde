#include "daemon/pki/ordinary.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "daemon/pki/der.h"
#include "daemon/pki/x509.h"

enum {
	SET = 0x31,
	UTF8_STRING = 0x0c,
	PRINTABLE_STRING = 0x13,
	IA5_STRING = 0x16,
	CONTEXT_0_PRIMITIVE = 0x80,
	EXTENSIONS = 0xa3
};

static bool is(struct pa_bytes bytes, struct pa_bytes expected)
{
	return pa_bytes_eq(bytes, expected);
}

/* --- the signature --- */

#define RSA_WITH(n)   PA_BYTES_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00")
#define ECDSA_WITH(n) PA_BYTES_LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n)

static int read_signature(const struct pa_leaf_parts *leaf, const struct pa_chain_policy *policy,
	struct pa_ordinary *ret)
{
	static const struct {
		struct pa_bytes der;
		unsigned security_bits;
		enum pa_ordinary_digest digest;
		bool is_ecdsa;
	} algorithms[] = {
		{ RSA_WITH("\x0b"), 128, PA_ORDINARY_SHA256, false },
		{ RSA_WITH("\x0c"), 192, PA_ORDINARY_SHA384, false },
		{ RSA_WITH("\x0d"), 256, PA_ORDINARY_SHA512, false },
		{ ECDSA_WITH("\x02"), 128, PA_ORDINARY_SHA256, true },
		{ ECDSA_WITH("\x03"), 192, PA_ORDINARY_SHA384, true },
		{ ECDSA_WITH("\x04"), 256, PA_ORDINARY_SHA512, true },
	};

	if (!is(leaf->tbs_algorithm, leaf->algorithm) || leaf->signature.len < 2 ||
		leaf->signature.data[0] != 0)
		return 1;
	ret->signature = (struct pa_bytes){ leaf->signature.data + 1, leaf->signature.len - 1 };
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		if (!is(leaf->algorithm, algorithms[i].der))
			continue;
		ret->digest = algorithms[i].digest;
		ret->is_ecdsa = algorithms[i].is_ecdsa;
		return algorithms[i].security_bits < policy->min_signature_bits;
	}
	return 1;
}

/* --- names --- */

struct attribute {
	struct pa_bytes oid;
	struct pa_der value;
	bool is_alone; /* in its RDN */
};

static int next_attribute(struct pa_bytes *name, struct attribute *ret)
{
	struct pa_der set, pair, oid;

	if (pa_der_expect(name, SET, &set) || pa_der_expect(&set.content, PA_DER_SEQUENCE, &pair) ||
		pa_der_expect(&pair.content, PA_DER_OID, &oid) ||
		pa_der_next(&pair.content, &ret->value) || pair.content.len)
		return 1;
	ret->oid = oid.content;
	ret->is_alone = set.content.len == 0;
	return 0;
}

/* UTF-8, or of a kind whose octets would have to be turned into UTF-8 and are the same in it. */
static bool is_plain_text(const struct pa_der *value)
{
	if (value->tag == UTF8_STRING)
		return true;
	if (value->tag != PRINTABLE_STRING && value->tag != IA5_STRING)
		return false;
	for (size_t i = 0; i < value->content.len; i++) {
		if (value->content.data[i] >= 0x80)
			return false;
	}
	return true;
}

static int next_folded(struct pa_bytes text, size_t *at)
{
	while (*at < text.len &&
		(text.data[*at] == ' ' || (text.data[*at] >= 9 && text.data[*at] <= 13)))
		(*at)++;
	if (*at == text.len)
		return -1;
	if (text.data[*at] >= 'A' && text.data[*at] <= 'Z')
		return text.data[(*at)++] | 0x20;
	return text.data[(*at)++];
}

/*
 * OpenSSL compares names without case and with blanks run together. Here all blanks are left out,
 * so that what differs here differs there.
 */
static bool texts_differ(struct pa_bytes a, struct pa_bytes b)
{
	size_t at_a = 0, at_b = 0;
	int c;

	do {
		c = next_folded(a, &at_a);
		if (c != next_folded(b, &at_b))
			return true;
	} while (c >= 0);
	return false;
}

/* Only where it is certain; the subject's attributes are alone in their RDNs, in plain text. */
static bool names_differ(struct pa_bytes subject, struct pa_bytes issuer)
{
	struct attribute ours, theirs;

	while (subject.len && issuer.len) {
		if (next_attribute(&subject, &ours) || next_attribute(&issuer, &theirs))
			return false;
		if (!theirs.is_alone || !is(ours.oid, theirs.oid))
			return true;
		if (is_plain_text(&theirs.value) &&
			texts_differ(ours.value.content, theirs.value.content))
			return true;
	}
	return subject.len != issuer.len;
}

static bool subject_is_ordinary(const struct pa_leaf *leaf)
{
	struct pa_bytes name = leaf->subject, cn;
	struct attribute attribute;
	enum pa_reason reason;

	while (name.len) {
		if (next_attribute(&name, &attribute) || !attribute.is_alone ||
			!is_plain_text(&attribute.value))
			return false;
	}
	return pa_leaf_common_name(leaf, &cn, &reason) == 0 &&
	       names_differ(leaf->subject, leaf->issuer);
}

/* --- the key --- */

/* A positive INTEGER of DER: its bits. 0: it is none. */
static size_t bits_of(struct pa_bytes content)
{
	size_t bits;

	if (content.len == 0 || content.data[0] & 0x80)
		return 0;
	if (content.data[0] == 0) {
		content.data++;
		content.len--;
	}
	if (!content.len)
		return 0;
	bits = 8 * content.len;
	for (unsigned top = content.data[0]; !(top & 0x80); top <<= 1)
		bits--;
	return bits;
}

static bool rsa_is_ordinary(struct pa_bytes key, const struct pa_chain_policy *policy)
{
	struct pa_der numbers, modulus, exponent;
	size_t bits;

	if (pa_der_expect(&key, PA_DER_SEQUENCE, &numbers) || key.len ||
		!pa_der_valid(numbers.whole) ||
		pa_der_expect(&numbers.content, PA_DER_INTEGER, &modulus) ||
		pa_der_expect(&numbers.content, PA_DER_INTEGER, &exponent) || numbers.content.len)
		return false;
	bits = bits_of(modulus.content);
	return bits >= policy->min_rsa_bits && bits <= policy->max_rsa_bits &&
	       bits_of(exponent.content) > 1 && bits_of(exponent.content) <= 64;
}

static const int curve_nids[] = { NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1 };
static const size_t curve_octets[] = { 32, 48, 66 };

static bool is_on_curve(struct pa_curves *curves, size_t which, struct pa_bytes point)
{
	EC_GROUP *group = curves->groups[which];
	EC_POINT *made;
	bool yes;

	if (point.len != 1 + 2 * curve_octets[which] || point.data[0] != 0x04)
		return false;
	if (!group)
		curves->groups[which] = group = EC_GROUP_new_by_curve_name(curve_nids[which]);
	made = group ? EC_POINT_new(group) : NULL;
	yes = made && EC_POINT_oct2point(group, made, point.data, point.len, NULL) == 1;
	EC_POINT_free(made);
	if (!yes)
		ERR_clear_error();
	return yes;
}

void pa_curves_finish(struct pa_curves *curves)
{
	for (size_t i = 0; i < sizeof(curves->groups) / sizeof(*curves->groups); i++)
		EC_GROUP_free(curves->groups[i]);
	*curves = (struct pa_curves){ 0 };
}

#define EC_KEY_ON(curve) PA_BYTES_LIT("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" curve)

static bool key_is_ordinary(
	struct pa_bytes spki, const struct pa_chain_policy *policy, struct pa_curves *curves)
{
	static const struct pa_bytes rsa =
		PA_BYTES_LIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
	static const struct pa_bytes on_curve[] = {
		EC_KEY_ON("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
		EC_KEY_ON("\x06\x05\x2b\x81\x04\x00\x22"),
		EC_KEY_ON("\x06\x05\x2b\x81\x04\x00\x23"),
	};
	struct pa_der outer, algorithm, bits;
	struct pa_bytes key;

	if (pa_der_expect(&spki, PA_DER_SEQUENCE, &outer) ||
		pa_der_expect(&outer.content, PA_DER_SEQUENCE, &algorithm) ||
		pa_der_expect(&outer.content, PA_DER_BIT_STRING, &bits) || outer.content.len ||
		bits.content.len < 2 || bits.content.data[0] != 0)
		return false;
	key = (struct pa_bytes){ bits.content.data + 1, bits.content.len - 1 };
	if (is(algorithm.content, rsa))
		return rsa_is_ordinary(key, policy);
	for (size_t i = 0; i < sizeof(on_curve) / sizeof(*on_curve); i++) {
		if (is(algorithm.content, on_curve[i]))
			return is_on_curve(curves, i, key);
	}
	return false;
}

/* --- extensions: each function says whether the value is an ordinary one --- */

/* keyUsage, in one octet: the bits of names that count from its highest one. */
static bool usage_is_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	enum { SIGN = 0x80, AGREE = 0x08, CERT_SIGN = 0x04, CRL_SIGN = 0x02 };
	unsigned unused, bits;

	(void)ret;
	if (value.len != 4 || memcmp(value.data, "\x03\x02", 2) != 0)
		return false;
	unused = value.data[2];
	bits = value.data[3];
	return unused < 8 && (bits & ((1u << unused) - 1)) == 0 && (bits & (SIGN | AGREE)) &&
	       !(bits & (CERT_SIGN | CRL_SIGN));
}

static bool purposes_are_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	static const struct pa_bytes client = PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x03\x02");
	static const struct pa_bytes any = PA_BYTES_LIT("\x55\x1d\x25\x00");
	struct pa_der list, purpose;
	bool found = false;

	(void)ret;
	if (!pa_der_valid(value) || pa_der_expect(&value, PA_DER_SEQUENCE, &list) || value.len)
		return false;
	while (list.content.len) {
		if (pa_der_expect(&list.content, PA_DER_OID, &purpose))
			return false;
		found |= is(purpose.content, client) || is(purpose.content, any);
	}
	return found;
}

/* It says that it is no CA, in the only way that DER has. */
static bool basic_is_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	(void)ret;
	return is(value, PA_BYTES_LIT("\x30\x00"));
}

static bool key_id_is_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	struct pa_der id;

	(void)ret;
	return pa_der_expect(&value, PA_DER_OCTET_STRING, &id) == 0 && !value.len && id.content.len;
}

static bool authority_is_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	struct pa_der list, id;

	if (pa_der_expect(&value, PA_DER_SEQUENCE, &list) || value.len ||
		pa_der_expect(&list.content, CONTEXT_0_PRIMITIVE, &id) || list.content.len ||
		!id.content.len)
		return false;
	ret->authority = id.content;
	return true;
}

/* Names of hosts and mailboxes, URIs and addresses. */
static bool alt_is_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	struct pa_der list, name;

	(void)ret;
	if (pa_der_expect(&value, PA_DER_SEQUENCE, &list) || value.len || !list.content.len)
		return false;
	while (list.content.len) {
		if (pa_der_next(&list.content, &name) ||
			(name.tag != 0x81 && name.tag != 0x82 && name.tag != 0x86 &&
				name.tag != 0x87))
			return false;
	}
	return true;
}

/* Points with URIs and nothing else. */
static bool points_are_ordinary(struct pa_bytes value, struct pa_ordinary *ret)
{
	struct pa_der list, point, name, full, uri;

	(void)ret;
	if (pa_der_expect(&value, PA_DER_SEQUENCE, &list) || value.len || !list.content.len)
		return false;
	while (list.content.len) {
		if (pa_der_expect(&list.content, PA_DER_SEQUENCE, &point) ||
			pa_der_expect(&point.content, PA_DER_CONTEXT_0, &name) ||
			point.content.len ||
			pa_der_expect(&name.content, PA_DER_CONTEXT_0, &full) || name.content.len ||
			!full.content.len)
			return false;
		while (full.content.len) {
			if (pa_der_expect(&full.content, 0x86, &uri))
				return false;
		}
	}
	return true;
}

/* What nobody looks into, as long as policies are not processed. */
static bool is_ignored(struct pa_bytes value, struct pa_ordinary *ret)
{
	(void)value;
	(void)ret;
	return true;
}

static const struct {
	struct pa_bytes oid;
	bool (*is_ordinary)(struct pa_bytes value, struct pa_ordinary *ret);
	bool may_be_critical;
} extensions[] = {
	{ PA_BYTES_LIT("\x55\x1d\x0f"), usage_is_ordinary, true },
	{ PA_BYTES_LIT("\x55\x1d\x25"), purposes_are_ordinary, true },
	{ PA_BYTES_LIT("\x55\x1d\x13"), basic_is_ordinary, true },
	{ PA_BYTES_LIT("\x55\x1d\x0e"), key_id_is_ordinary, false },
	{ PA_BYTES_LIT("\x55\x1d\x23"), authority_is_ordinary, false },
	{ PA_BYTES_LIT("\x55\x1d\x11"), alt_is_ordinary, false },
	{ PA_BYTES_LIT("\x55\x1d\x1f"), points_are_ordinary, false },
	{ PA_BYTES_LIT("\x55\x1d\x20"), is_ignored, false },                     /* policies */
	{ PA_BYTES_LIT("\x2b\x06\x01\x05\x05\x07\x01\x01"), is_ignored, false }, /* issuer's URLs */
	{ PA_BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"), is_ignored, false }, /* S/MIME */
	{ PA_BYTES_LIT("\x60\x86\x48\x01\x86\xf8\x42\x01\x0d"), is_ignored, false }, /* comment */
};
#define EXTENSIONS_LEN (sizeof(extensions) / sizeof(*extensions))

/* Extensions of companies, below this number: nobody here knows one, and OpenSSL does not, either.
 */
#define COMPANIES     PA_BYTES_LIT("\x2b\x06\x01\x04\x01")
#define COMPANIES_MAX 8u

struct seen {
	unsigned rows; /* bits, by their place in the table */
	struct pa_bytes companies[COMPANIES_MAX];
	size_t companies_len;
};

static int add_company(struct seen *seen, struct pa_bytes oid)
{
	for (size_t i = 0; i < seen->companies_len; i++) {
		if (is(oid, seen->companies[i]))
			return 1;
	}
	if (seen->companies_len == COMPANIES_MAX)
		return 1;
	seen->companies[seen->companies_len++] = oid;
	return 0;
}

static bool is_of_company(struct pa_bytes oid)
{
	const struct pa_bytes start = COMPANIES;

	return oid.len > start.len && memcmp(oid.data, start.data, start.len) == 0;
}

static int read_extension(struct pa_bytes from, struct seen *seen, struct pa_ordinary *ret)
{
	struct pa_der oid, value, critical;
	bool is_critical;

	if (pa_der_expect(&from, PA_DER_OID, &oid))
		return 1;
	is_critical = pa_der_expect(&from, PA_DER_BOOLEAN, &critical) == 0;
	if (is_critical && !is(critical.content, PA_BYTES_LIT("\xff")))
		return 1;
	if (pa_der_expect(&from, PA_DER_OCTET_STRING, &value) || from.len)
		return 1;
	for (size_t i = 0; i < EXTENSIONS_LEN; i++) {
		if (!is(oid.content, extensions[i].oid))
			continue;
		if ((seen->rows & 1u << i) || (is_critical && !extensions[i].may_be_critical))
			return 1;
		seen->rows |= 1u << i;
		return !extensions[i].is_ordinary(value.content, ret);
	}
	return is_critical || !is_of_company(oid.content) || add_company(seen, oid.content);
}

static int read_extensions(struct pa_bytes rest, struct pa_ordinary *ret)
{
	struct pa_der outer, list, extension;
	struct seen seen = { .rows = 0 };

	if (pa_der_expect(&rest, EXTENSIONS, &outer) || rest.len ||
		pa_der_expect(&outer.content, PA_DER_SEQUENCE, &list) || outer.content.len ||
		!list.content.len)
		return 1;
	while (list.content.len) {
		if (pa_der_expect(&list.content, PA_DER_SEQUENCE, &extension) ||
			read_extension(extension.content, &seen, ret))
			return 1;
	}
	return 0;
}

int pa_ordinary_read(const struct pa_leaf *leaf, const struct pa_chain_policy *policy,
	struct pa_curves *curves, struct pa_ordinary *ret)
{
	struct pa_leaf_parts parts;

	if (pa_leaf_split(leaf, &parts))
		return 1;
	*ret = (struct pa_ordinary){ .tbs = parts.tbs, .key = parts.key };
	if (!is(parts.version, PA_BYTES_LIT("\x02\x01\x02")) ||
		pa_x509_serial_content(parts.serial, &ret->serial) ||
		read_signature(&parts, policy, ret) || read_extensions(parts.rest, ret) ||
		!subject_is_ordinary(leaf))
		return 1;
	return key_is_ordinary(parts.key, policy, curves) ? 0 : 1;
}
