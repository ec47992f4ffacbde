#include "db/ca.h"

#include "db/store.h"

int pa_db_ca_get(
	struct pa_db_reader *reader, const uint8_t sha256[PA_DIGEST_LEN], struct pa_ca *ret)
{
	struct pa_key key = pa_record_ca_key(sha256);
	struct pa_bytes value;
	int r = pa_txn_get(pa_db_view(reader), PA_TABLE_CA, &key, &value);

	*ret = (struct pa_ca){ 0 };
	return r ? r : pa_record_get_ca(pa_record_key_bytes(&key), value, ret);
}

int pa_db_ca_next(struct pa_db_reader *reader, const uint8_t *after, struct pa_ca *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	if (after)
		from = pa_record_ca_key(after);
	*ret = (struct pa_ca){ 0 };
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_CA, after ? &from : NULL, &key, &value);
	return r ? r : pa_record_get_ca(key, value, ret);
}
