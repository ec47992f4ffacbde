/*
 * What Polyauth asks of a chain besides what OpenSSL asks, what it forgives,
 * and in which words it refuses. Internal to daemon/pki/.
 */
#ifndef DAEMON_PKI_JUDGE_H
#define DAEMON_PKI_JUDGE_H

#include <openssl/x509_vfy.h>

#include "daemon/pki/chain.h"

struct pa_judge {
	struct pa_chain_policy policy; /* with its defaults filled in */
	int64_t now_s;
	X509_STORE_CTX_verify_fn check_signatures; /* OpenSSL's own */
	/* the finding */
	enum pa_reason reason; /* NONE: nothing is found yet */
	char text[256];
};

/* Of the leaf alone, before any chain is built. 0; 1: refused, see the finding. */
int pa_judge_leaf(struct pa_judge *judge, X509 *leaf) PA_MUST_CHECK;

/* Have policies processed. NULL: not. 0 or negative. */
int pa_judge_policies(const struct pa_policies *policies, X509_VERIFY_PARAM *param) PA_MUST_CHECK;

/* Have a run of OpenSSL judged: its errors, and its chain before signatures are checked. */
int pa_judge_attach(struct pa_judge *judge, X509_STORE_CTX *ctx) PA_MUST_CHECK;

/* After a run that failed: 1 and a finding; negative where it failed for another reason. */
int pa_judge_explain(struct pa_judge *judge, X509_STORE_CTX *ctx) PA_MUST_CHECK;

#endif
