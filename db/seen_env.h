/*
 * The file of seen.mdb: opened, made, made anew; one batch written. Internal to db/.
 */
#ifndef DB_SEEN_ENV_H
#define DB_SEEN_ENV_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/seen.h"
#include "db/txn.h"

struct pa_seen_env {
	char path[4096];
	size_t map_size;
	uint64_t pending_max;
	/* Read by who uses env; written by who opens or closes it. */
	pthread_rwlock_t lock;
	struct pa_env env;    /* env.mdb NULL: not open */
	_Atomic bool damaged; /* found by a reader */
	_Atomic uint64_t devices, pending;
};

/* 0; PA_SEEN_MADE, PA_SEEN_ANEW with diag; negative with diag: it is not open. */
int pa_seen_env_open(struct pa_seen_env *env, struct pa_diag *diag) PA_MUST_CHECK;
void pa_seen_env_close(struct pa_seen_env *env); /* also where it is not open */

/* A transaction over a batch of sightings, in the order of MACs within a table. */
struct pa_seen_batch {
	struct pa_seen_env *env;
	struct pa_txn txn;
	bool is_full; /* no new records */
	uint64_t pending;
	uint64_t refused; /* sightings, for want of room */
};

/* Begin and end hold env->lock between them. 0 or negative; end only where begin was 0. */
int pa_seen_batch_begin(struct pa_seen_batch *batch, struct pa_seen_env *env) PA_MUST_CHECK;
/* len of one device and table. */
void pa_seen_batch_add(
	struct pa_seen_batch *batch, const struct pa_sighting *const *list, size_t len);
/* 0, PA_DB_NOT_FOUND, negative. */
int pa_seen_batch_forget(
	struct pa_seen_batch *batch, enum pa_seen_table table, struct pa_mac mac) PA_MUST_CHECK;
int pa_seen_batch_end(struct pa_seen_batch *batch) PA_MUST_CHECK;

/* See pa_seen_view_open(). */
int pa_seen_env_view(struct pa_seen_env *env, struct pa_seen_view **ret) PA_MUST_CHECK;

#endif
