#include "daemon/hashing.h"

#include "daemon/log.h"
#include "daemon/pki/kdf.h"
#include "daemon/pki/hmac.h"
#include "daemon/run.h"

unsigned pa_hashing_cost(const struct pa_ctx *ctx)
{
	return (unsigned)ctx->run->worker->config->hash_cost;
}

int pa_hashing_keyed(const struct pa_ctx *ctx, const char *password, char *out)
{
	return pa_hmac_password(ctx->run->worker->hmac, password, out);
}

void pa_hashing_measure(struct pa_shared *shared, const struct pa_config *config)
{
	char setting[PA_KDF_MAX], hash[PA_KDF_MAX];
	uint64_t started = uv_hrtime(), ms;

	if (pa_kdf_dummy_setting((unsigned)config->hash_cost, setting) != 0 ||
		pa_kdf_hash("", setting, hash) != 0) {
		pa_log(PA_LOG_ERROR, "hash-cost %u: yescrypt cannot be computed",
			(unsigned)config->hash_cost);
		return;
	}
	ms = (uv_hrtime() - started + 500000) / 1000000;
	atomic_store(&shared->hash_ms, ms);
	pa_log(PA_LOG_INFO, "hash-cost cost=%u milliseconds=%llu", (unsigned)config->hash_cost,
		(unsigned long long)ms);
}
