#include "daemon/pki/policies.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/pki/judge.h"
#include "daemon/pki/x509.h"

#define POLICIES_MAX 16
#define OID_MAX      128u
/* said aloud: without any policy OpenSSL finds that none of the explicit ones is met */
#define ANY_POLICY "2.5.29.32.0"

struct pa_policies {
	STACK_OF(ASN1_OBJECT) * objects;
	unsigned long flags;
};

/* Names of OpenSSL's are no OIDs here: digits and dots, at least one dot. */
static bool is_oid(const char *text)
{
	return strspn(text, "0123456789.") == strlen(text) && strchr(text, '.');
}

static int add(struct pa_policies *policies, struct pa_bytes word, struct pa_diag *diag)
{
	char text[OID_MAX];
	ASN1_OBJECT *object = NULL;

	pa_bytes_copy(text, sizeof(text), word);
	if (word.len < sizeof(text) && is_oid(text))
		object = OBJ_txt2obj(text, 1);
	if (!object) {
		pa_diag_set(
			diag, "%s is no OID; write any, or OIDs as in 1.3.6.1.4.1.13885.101", text);
		return pa_x509_error(1);
	}
	if (sk_ASN1_OBJECT_num(policies->objects) == POLICIES_MAX) {
		pa_diag_set(diag, "more than %d policies", POLICIES_MAX);
		ASN1_OBJECT_free(object);
		return 1;
	}
	if (!sk_ASN1_OBJECT_push(policies->objects, object)) {
		ASN1_OBJECT_free(object);
		return pa_x509_error(-ENOMEM);
	}
	return 0;
}

static int add_all(struct pa_policies *policies, const char *text, struct pa_diag *diag)
{
	size_t count = 0;
	int r = 0;

	while (r == 0 && *(text += strspn(text, ", "))) {
		size_t len = strcspn(text, ", ");

		r = add(policies, (struct pa_bytes){ (const uint8_t *)text, len }, diag);
		text += len;
		count++;
	}
	if (r == 0 && count == 0) {
		pa_diag_set(diag, "a policy is missing");
		r = 1;
	}
	return r;
}

int pa_policies_new(
	const char *text, unsigned inputs, struct pa_policies **ret, struct pa_diag *diag)
{
	struct pa_policies *policies = calloc(1, sizeof(*policies));
	int r = 0;

	if (!policies)
		return -ENOMEM;
	policies->flags = X509_V_FLAG_POLICY_CHECK;
	if (inputs & PA_POLICY_EXPLICIT)
		policies->flags |= X509_V_FLAG_EXPLICIT_POLICY;
	if (inputs & PA_POLICY_NO_MAPPING)
		policies->flags |= X509_V_FLAG_INHIBIT_MAP;
	if (inputs & PA_POLICY_NO_ANY)
		policies->flags |= X509_V_FLAG_INHIBIT_ANY;
	policies->objects = sk_ASN1_OBJECT_new_null();
	if (!policies->objects)
		r = pa_x509_error(-ENOMEM);
	else
		r = add_all(policies, strcmp(text, "any") == 0 ? ANY_POLICY : text, diag);
	if (r) {
		pa_policies_free(policies);
		return r;
	}
	*ret = policies;
	return 0;
}

void pa_policies_free(struct pa_policies *policies)
{
	if (!policies)
		return;
	sk_ASN1_OBJECT_pop_free(policies->objects, ASN1_OBJECT_free);
	free(policies);
}

int pa_judge_policies(const struct pa_policies *policies, X509_VERIFY_PARAM *param)
{
	if (!policies)
		return 0;
	if (!X509_VERIFY_PARAM_set1_policies(param, policies->objects))
		return pa_x509_error(-ENOMEM);
	X509_VERIFY_PARAM_set_flags(param, policies->flags);
	return 0;
}
