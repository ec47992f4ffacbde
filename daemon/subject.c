#include "daemon/subject.h"

#include "daemon/pki/cert.h"

int pa_subject_from_certificate(const struct pa_cert *leaf, enum pa_profile profile,
	struct pa_mac *ret, enum pa_reason *reason)
{
	struct pa_bytes cn;
	int r;

	r = pa_cert_common_name(leaf, &cn, reason);
	if (r)
		return r;
	if (profile == PA_PROFILE_POLY)
		r = pa_mac_parse(cn, ret);
	else
		r = pa_mac_parse_separated(cn, ret);
	if (r) {
		*reason = PA_R_CN_NOT_A_MAC;
		return 1;
	}
	if (!pa_mac_is_device(*ret)) {
		*reason = PA_R_MAC_RESERVED;
		return 1;
	}
	return 0;
}
