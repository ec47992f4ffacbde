/*
 * What is remembered of a device's chain, so that it is not found out at each of its requests. Part
 * of the check ABI: check.h includes it.
 */
#ifndef DAEMON_REMEMBER_H
#define DAEMON_REMEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

struct pa_chain;
struct pa_ctx;
struct pa_trust;

/*
 * Publish the chain (copied) that was verified under this trust. It is remembered: the check's
 * PASS may depend on nothing but the certificates, its conf, the CAs and, within the
 * windows of the chain, the clock. Only for a check that provides PA_FACT_CHAIN. 0, -ENOMEM.
 */
int pa_provide_chain(struct pa_ctx *ctx, const struct pa_chain *chain,
	const struct pa_trust *trust) PA_MUST_CHECK;
/* Publish what this rule has published before of the same certificates. false: it has not, or it
 * does not hold any more. */
bool pa_reuse_chain(struct pa_ctx *ctx);

/*
 * For a check whose PASS depends on nothing but the verified chain, its conf, the CAs, the CRLs and
 * what holds of them, and until a date on the clock: whether it has passed this chain, and still
 * may; and that it has.
 */
bool pa_recall_pass(const struct pa_ctx *ctx);
void pa_remember_pass(const struct pa_ctx *ctx, int64_t until_s);

#endif
