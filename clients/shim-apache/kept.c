#include "clients/shim-apache/kept.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <http_config.h>

#include <apr_pools.h>

/* Realms and daemons that are asked about one TLS connection; beyond that the chain is sent. */
#define ROWS 4u

extern module AP_MODULE_DECLARE_DATA authz_polyauth_module;

struct row {
	char *realm; /* malloc()ed: the name in an .htaccess ends with its request; NULL: empty */
	const struct polyauth_pool *daemon;
	struct polyauth_handle handle;
};

struct kept {
	/* of all handles; malloc()ed, since the connection's pool is its own thread's alone */
	unsigned char *leaf;
	size_t leaf_len;
	struct row rows[ROWS];
	unsigned turn;
};

/* Of everything that is kept in this process: it is held for a comparison of a kilobyte. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void forget(struct kept *kept)
{
	free(kept->leaf);
	for (size_t i = 0; i < ROWS; i++)
		free(kept->rows[i].realm);
	memset(kept, 0, sizeof(*kept));
}

static apr_status_t finish(void *data)
{
	forget(data);
	return APR_SUCCESS;
}

int pa_kept_begin(conn_rec *c, void *csd)
{
	struct kept *kept;

	(void)csd;
	if (c->master)
		return OK;
	kept = apr_pcalloc(c->pool, sizeof(*kept));
	apr_pool_cleanup_register(c->pool, kept, finish, apr_pool_cleanup_null);
	ap_set_module_config(c->conn_config, &authz_polyauth_module, kept);
	return OK;
}

static struct kept *kept_of(const request_rec *r, const struct polyauth_request *request)
{
	const conn_rec *c = r->connection->master ? r->connection->master : r->connection;

	return request->chain_len ? ap_get_module_config(c->conn_config, &authz_polyauth_module)
				  : NULL;
}

/* A renegotiation may have brought another certificate. */
static bool is_of(const struct kept *kept, struct polyauth_bytes leaf)
{
	return kept->leaf && kept->leaf_len == leaf.len &&
	       memcmp(kept->leaf, leaf.data, leaf.len) == 0;
}

static struct row *find(struct kept *kept, const char *realm, const struct polyauth_pool *daemon)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct row *row = &kept->rows[i];

		if (row->realm && row->daemon == daemon && strcmp(row->realm, realm) == 0)
			return row;
	}
	return NULL;
}

struct polyauth_handle pa_kept_handle(const request_rec *r, const struct polyauth_request *request,
	const struct polyauth_pool *daemon)
{
	struct kept *kept = kept_of(r, request);
	struct polyauth_handle ret = { 0 };
	const struct row *row;

	if (!kept)
		return ret;
	pthread_mutex_lock(&lock);
	row = is_of(kept, request->chain[0]) ? find(kept, request->realm, daemon) : NULL;
	if (row)
		ret = row->handle;
	pthread_mutex_unlock(&lock);
	return ret;
}

/* Handles of another certificate go. false: memory is short. */
static bool be_of(struct kept *kept, struct polyauth_bytes leaf)
{
	if (is_of(kept, leaf))
		return true;
	forget(kept);
	kept->leaf = malloc(leaf.len);
	if (!kept->leaf)
		return false;
	memcpy(kept->leaf, leaf.data, leaf.len);
	kept->leaf_len = leaf.len;
	return true;
}

/* In place of the one that was taken first. NULL: memory is short. */
static struct row *take_row(
	struct kept *kept, const char *realm, const struct polyauth_pool *daemon)
{
	struct row *row = &kept->rows[kept->turn++ % ROWS];

	free(row->realm);
	*row = (struct row){ .realm = strdup(realm), .daemon = daemon };
	return row->realm ? row : NULL;
}

void pa_kept_update(const request_rec *r, const struct polyauth_request *request,
	const struct polyauth_pool *daemon, const struct polyauth_handle *handle)
{
	struct kept *kept = kept_of(r, request);
	struct row *row;

	if (!kept || !request->chain[0].len)
		return;
	pthread_mutex_lock(&lock);
	if (be_of(kept, request->chain[0])) {
		row = find(kept, request->realm, daemon);
		if (!row && handle->is_set)
			row = take_row(kept, request->realm, daemon);
		if (row)
			row->handle = *handle;
	}
	pthread_mutex_unlock(&lock);
}
