#include "daemon/pki/leaf.h"

#include "daemon/pki/der.h"
#include "proto/text.h"

enum { SET = 0x31, UTF8_STRING = 0x0c, PRINTABLE_STRING = 0x13, IA5_STRING = 0x16 };

static int refuse(enum pa_reason *reason, enum pa_reason why)
{
	*reason = why;
	return 1;
}

/* --- names: RDNs, each a set of attributes --- */

struct attribute {
	bool is_cn;
	bool is_alone; /* in its RDN */
	struct pa_der value;
};

/* Take one off the RDN. 0; 1: it is none. */
static int take_attribute(struct pa_bytes *rdn, struct attribute *ret)
{
	static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
	struct pa_der pair, oid;

	if (pa_der_expect(rdn, PA_DER_SEQUENCE, &pair) ||
		pa_der_expect(&pair.content, PA_DER_OID, &oid) ||
		pa_der_next(&pair.content, &ret->value) || pair.content.len)
		return 1;
	ret->is_cn =
		pa_bytes_eq(oid.content, (struct pa_bytes){ common_name, sizeof(common_name) });
	return 0;
}

/* Take the first CN off the name, and all that stands before it. 0; 1: there is none. */
static int next_cn(struct pa_bytes *name, struct pa_bytes *rdn, struct attribute *ret)
{
	struct pa_der set;

	while (rdn->len || name->len) {
		bool begins = !rdn->len;

		if (begins) {
			if (pa_der_expect(name, SET, &set))
				return 1;
			*rdn = set.content;
			if (!rdn->len)
				continue;
		}
		if (take_attribute(rdn, ret))
			return 1;
		ret->is_alone = begins && !rdn->len;
		if (ret->is_cn)
			return 0;
	}
	return 1;
}

static bool is_name(struct pa_bytes name)
{
	struct attribute attribute;
	struct pa_der set;

	while (name.len) {
		if (pa_der_expect(&name, SET, &set) || !set.content.len)
			return false;
		while (set.content.len) {
			if (take_attribute(&set.content, &attribute) ||
				(attribute.value.tag == UTF8_STRING &&
					!pa_text_is_utf8(attribute.value.content)))
				return false;
		}
	}
	return true;
}

int pa_leaf_common_name(const struct pa_leaf *leaf, struct pa_bytes *ret, enum pa_reason *reason)
{
	struct pa_bytes name = leaf->subject, rdn = { NULL, 0 };
	struct attribute cn, other;

	if (next_cn(&name, &rdn, &cn))
		return refuse(reason, PA_R_CN_MISSING);
	if (!cn.is_alone || next_cn(&name, &rdn, &other) == 0)
		return refuse(reason, PA_R_CN_DUPLICATE);
	if (cn.value.tag != PRINTABLE_STRING && cn.value.tag != UTF8_STRING &&
		cn.value.tag != IA5_STRING)
		return refuse(reason, PA_R_CN_TYPE);
	if (pa_bytes_has(cn.value.content, 0))
		return refuse(reason, PA_R_CN_NUL);
	*ret = cn.value.content;
	return 0;
}

struct pa_bytes pa_leaf_name_told(struct pa_bytes rdns)
{
	struct pa_bytes rdn = { NULL, 0 };
	struct attribute cn;

	if (next_cn(&rdns, &rdn, &cn))
		return (struct pa_bytes){ NULL, 0 };
	return cn.value.content;
}

void pa_leaf_issuer_common_name(const struct pa_leaf *leaf, char *out, size_t size)
{
	pa_bytes_copy(out, size, pa_leaf_name_told(leaf->issuer));
	for (; *out; out++) {
		if (*out < 0x20 || *out > 0x7e)
			*out = '?';
	}
}

/* --- the certificate --- */

static int read_name(struct pa_bytes *tbs, struct pa_bytes *ret)
{
	struct pa_der name;

	if (pa_der_expect(tbs, PA_DER_SEQUENCE, &name) || !is_name(name.content))
		return 1;
	*ret = name.content;
	return 0;
}

static int read_validity(struct pa_bytes *tbs, struct pa_leaf *ret)
{
	struct pa_der validity, from, to;

	return pa_der_expect(tbs, PA_DER_SEQUENCE, &validity) ||
	       pa_der_next(&validity.content, &from) || pa_der_next(&validity.content, &to) ||
	       validity.content.len || pa_der_time(&from, &ret->not_before_s) ||
	       pa_der_time(&to, &ret->not_after_s);
}

/* RFC 5280, 4.1, as far as the subject. */
static int read_tbs(struct pa_bytes tbs, struct pa_leaf *ret)
{
	struct pa_der element;

	(void)!pa_der_expect(&tbs, PA_DER_CONTEXT_0, &element); /* the version may be missing */
	return pa_der_expect(&tbs, PA_DER_INTEGER, &element) ||
	       pa_der_expect(&tbs, PA_DER_SEQUENCE, &element) || read_name(&tbs, &ret->issuer) ||
	       read_validity(&tbs, ret) || read_name(&tbs, &ret->subject) ||
	       pa_der_expect(&tbs, PA_DER_SEQUENCE, &element);
}

int pa_leaf_read(struct pa_bytes der, struct pa_leaf *ret, enum pa_reason *reason)
{
	struct pa_bytes rest = der;
	struct pa_der outer, tbs, algorithm, signature;

	if (der.len == 0)
		return refuse(reason, PA_R_CERTIFICATE_EMPTY);
	if (pa_der_is_pem(der))
		return refuse(reason, PA_R_CERTIFICATE_IS_PEM);
	if (pa_der_expect(&rest, PA_DER_SEQUENCE, &outer))
		return refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	if (rest.len)
		return refuse(reason, PA_R_CERTIFICATE_TRAILING);
	*ret = (struct pa_leaf){ .der = der };
	if (!pa_der_valid(der) || pa_der_expect(&outer.content, PA_DER_SEQUENCE, &tbs) ||
		pa_der_expect(&outer.content, PA_DER_SEQUENCE, &algorithm) ||
		pa_der_expect(&outer.content, PA_DER_BIT_STRING, &signature) || outer.content.len ||
		read_tbs(tbs.content, ret))
		return refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	return 0;
}

static int split_tbs(struct pa_bytes tbs, struct pa_leaf_parts *ret)
{
	struct pa_der version, serial, algorithm, skipped, key;

	if (pa_der_expect(&tbs, PA_DER_CONTEXT_0, &version) == 0)
		ret->version = version.content;
	if (pa_der_expect(&tbs, PA_DER_INTEGER, &serial) ||
		pa_der_expect(&tbs, PA_DER_SEQUENCE, &algorithm))
		return 1;
	for (int i = 0; i < 3; i++) { /* issuer, validity, subject */
		if (pa_der_expect(&tbs, PA_DER_SEQUENCE, &skipped))
			return 1;
	}
	if (pa_der_expect(&tbs, PA_DER_SEQUENCE, &key))
		return 1;
	ret->serial = serial.content;
	ret->tbs_algorithm = algorithm.whole;
	ret->key = key.whole;
	ret->rest = tbs;
	return 0;
}

int pa_leaf_split(const struct pa_leaf *leaf, struct pa_leaf_parts *ret)
{
	struct pa_bytes der = leaf->der;
	struct pa_der outer, tbs, algorithm, signature;

	*ret = (struct pa_leaf_parts){ .version = { NULL, 0 } };
	if (pa_der_expect(&der, PA_DER_SEQUENCE, &outer) ||
		pa_der_expect(&outer.content, PA_DER_SEQUENCE, &tbs) ||
		pa_der_expect(&outer.content, PA_DER_SEQUENCE, &algorithm) ||
		pa_der_expect(&outer.content, PA_DER_BIT_STRING, &signature))
		return 1;
	ret->tbs = tbs.whole;
	ret->algorithm = algorithm.whole;
	ret->signature = signature.content;
	return split_tbs(tbs.content, ret);
}
