#include "db/store.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int pa_db_reader_open(struct pa_db *db, struct pa_db_reader **ret)
{
	struct pa_db_reader *reader;
	int r;

	*ret = NULL;
	if (db->pid != getpid())
		return PA_E_CLOSED;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->db = db;
	if (atomic_fetch_add(&db->readers, 1) >= db->readers_max)
		r = PA_E_READERS;
	else
		r = pa_txn_begin(&reader->txn, &db->env, NULL, false);
	if (r) {
		atomic_fetch_sub(&db->readers, 1);
		free(reader);
		return r;
	}
	pa_txn_reset(&reader->txn); /* keeps the slot, not the view */
	pa_reclaim_join(&db->reclaim, &reader->visitor);
	*ret = reader;
	return 0;
}

void pa_db_reader_close(struct pa_db_reader *reader)
{
	if (!reader)
		return;
	pa_reclaim_part(&reader->db->reclaim, &reader->visitor);
	pa_txn_abort(&reader->txn);
	atomic_fetch_sub(&reader->db->readers, 1);
	free(reader);
}

static void enter(struct pa_db_reader *reader)
{
	if (!reader->held)
		pa_reclaim_enter(&reader->db->reclaim, &reader->visitor);
}

static void leave(struct pa_db_reader *reader)
{
	if (!reader->held)
		pa_reclaim_leave(&reader->visitor);
}

void pa_db_read_hold(struct pa_db_reader *reader)
{
	if (!reader->active)
		enter(reader);
	reader->held = true;
}

void pa_db_read_release(struct pa_db_reader *reader)
{
	reader->held = false;
	if (!reader->active)
		leave(reader);
}

int pa_db_read_begin(struct pa_db_reader *reader)
{
	int r;

	if (!reader || reader->active)
		return -EINVAL;
	r = pa_txn_renew(&reader->txn);
	reader->active = r == 0;
	if (r == 0)
		enter(reader);
	return r;
}

int pa_db_read_begin_late(struct pa_db_reader *reader)
{
	if (!reader || reader->active)
		return -EINVAL;
	reader->active = reader->late = true;
	reader->torn = false;
	reader->as_of = 0;
	enter(reader);
	return 0;
}

bool pa_db_read_is_torn(const struct pa_db_reader *reader)
{
	return reader->active && reader->torn;
}

/* 0 or negative: there is no view, and none will be. */
static int take_view(struct pa_db_reader *reader)
{
	int r = pa_txn_renew(&reader->txn);

	if (r)
		return r;
	reader->late = false;
	reader->torn = reader->as_of && reader->as_of != pa_txn_id(&reader->txn);
	return 0;
}

void pa_db_read_end(struct pa_db_reader *reader)
{
	if (!reader || !reader->active)
		return;
	reader->active = false;
	leave(reader);
	if (!reader->late)
		pa_txn_reset(&reader->txn);
	reader->late = reader->torn = false;
}

bool pa_db_read_active(const struct pa_db_reader *reader)
{
	return reader && reader->active;
}

struct pa_txn *pa_db_view(struct pa_db_reader *reader)
{
	if (!pa_db_read_active(reader) || (reader->late && take_view(reader) != 0))
		return NULL;
	reader->txn.err = 0;
	return &reader->txn;
}

/* Devices that were removed; they stand in the same table. */
static int removed(struct pa_txn *view, uint64_t *ret)
{
	struct pa_key key = pa_record_meta_key(PA_META_REMOVED);
	struct pa_bytes value;
	int r = pa_txn_get(view, PA_TABLE_META, &key, &value);

	*ret = 0;
	if (r == 0)
		r = pa_record_get_number(value, ret);
	return r == PA_DB_NOT_FOUND ? 0 : r;
}

static int fill_stat(struct pa_db *db, struct pa_txn *view, struct pa_db_stat *ret)
{
	struct pa_key key = pa_record_meta_key(PA_META_REVISION);
	struct pa_bytes value;
	int r = pa_txn_get(view, PA_TABLE_META, &key, &value);

	if (r == 0)
		r = pa_record_get_number(value, &ret->revision);
	if (r == 0)
		r = removed(view, &ret->removed);
	if (r)
		return r == PA_DB_NOT_FOUND ? PA_E_STORE : r;
	ret->schema = PA_DB_SCHEMA;
	ret->map_size = (size_t)db->env.pages_max * db->env.page_size;
	ret->map_used = (size_t)pa_txn_pages(view) * db->env.page_size;
	ret->readers_used = atomic_load(&db->readers);
	ret->readers_max = db->readers_max;
	ret->devices = pa_txn_entries(view, PA_TABLE_DEVICE);
	ret->devices -= ret->removed <= ret->devices ? ret->removed : ret->devices;
	ret->prefixes = pa_txn_entries(view, PA_TABLE_PREFIX);
	ret->accounts = pa_txn_entries(view, PA_TABLE_ACCOUNT);
	ret->otps = pa_txn_entries(view, PA_TABLE_OTP);
	ret->persons = pa_txn_entries(view, PA_TABLE_PERSON);
	ret->cas = pa_txn_entries(view, PA_TABLE_CA);
	ret->crls = pa_txn_entries(view, PA_TABLE_CRL);
	ret->revoked = pa_txn_entries(view, PA_TABLE_SERIAL);
	return view->err;
}

int pa_db_stat(struct pa_db_reader *reader, struct pa_db_stat *ret)
{
	const bool own_view = !pa_db_read_active(reader);
	int r = own_view ? pa_db_read_begin(reader) : 0;

	*ret = (struct pa_db_stat){ 0 };
	if (r)
		return r;
	r = fill_stat(reader->db, pa_db_view(reader), ret);
	if (own_view)
		pa_db_read_end(reader);
	if (r)
		*ret = (struct pa_db_stat){ 0 };
	return r;
}
