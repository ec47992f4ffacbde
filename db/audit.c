#include "db/audit.h"

#include "db/store.h"

int pa_db_audit_next(struct pa_db_reader *reader, uint64_t after, struct pa_audit *ret)
{
	struct pa_key from = pa_record_audit_key(after);
	struct pa_bytes key, value;
	int r = pa_txn_after(pa_db_view(reader), PA_TABLE_AUDIT, &from, &key, &value);

	*ret = (struct pa_audit){ 0 };
	return r ? r : pa_record_get_audit(key, value, ret);
}
