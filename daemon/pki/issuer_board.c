#include "daemon/pki/issuer_board.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BUSY_MAX 32u /* threads; whoever finds no place is not waited for */

struct pa_issuer_board {
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct pa_known_issuer *known[PA_KNOWN_ISSUERS_MAX];
	size_t next; /* the place that is written next */
	const struct pa_coming *busy[BUSY_MAX];
};

int pa_issuer_board_new(struct pa_issuer_board **ret)
{
	struct pa_issuer_board *board = calloc(1, sizeof(*board));

	if (!board)
		return -ENOMEM;
	pthread_mutex_init(&board->lock, NULL);
	pthread_cond_init(&board->left, NULL);
	*ret = board;
	return 0;
}

void pa_issuer_board_free(struct pa_issuer_board *board)
{
	if (!board)
		return;
	for (size_t i = 0; i < PA_KNOWN_ISSUERS_MAX; i++)
		pa_known_issuer_unref(board->known[i]);
	pthread_cond_destroy(&board->left);
	pthread_mutex_destroy(&board->lock);
	free(board);
}

static struct pa_known_issuer *find(
	const struct pa_issuer_board *board, const struct pa_coming *coming)
{
	for (size_t i = 0; i < PA_KNOWN_ISSUERS_MAX; i++) {
		if (board->known[i] && pa_known_issuer_fits(board->known[i], coming))
			return board->known[i];
	}
	return NULL;
}

/* Whether somebody is at a chain of this issuer. */
static bool is_busy(const struct pa_issuer_board *board, const struct pa_coming *coming)
{
	for (size_t i = 0; i < BUSY_MAX; i++) {
		const struct pa_coming *other = board->busy[i];

		if (other && other->trust == coming->trust &&
			pa_bytes_eq(other->leaf->issuer, coming->leaf->issuer))
			return true;
	}
	return false;
}

static void replace(
	struct pa_issuer_board *board, const struct pa_coming *from, const struct pa_coming *to)
{
	for (size_t i = 0; i < BUSY_MAX; i++) {
		if (board->busy[i] == from) {
			board->busy[i] = to;
			return;
		}
	}
}

struct pa_known_issuer *pa_issuer_board_enter(
	struct pa_issuer_board *board, const struct pa_coming *coming)
{
	struct pa_known_issuer *issuer;

	pthread_mutex_lock(&board->lock);
	issuer = find(board, coming);
	if (!issuer && is_busy(board, coming)) {
		pthread_cond_wait(&board->left, &board->lock);
		issuer = find(board, coming);
	}
	if (!issuer)
		replace(board, NULL, coming);
	issuer = pa_known_issuer_ref(issuer);
	pthread_mutex_unlock(&board->lock);
	return issuer;
}

void pa_issuer_board_leave(struct pa_issuer_board *board, const struct pa_coming *coming,
	struct pa_known_issuer *learnt)
{
	pthread_mutex_lock(&board->lock);
	replace(board, coming, NULL);
	if (learnt && !find(board, coming)) {
		pa_known_issuer_unref(board->known[board->next]);
		board->known[board->next] = pa_known_issuer_ref(learnt);
		board->next = (board->next + 1) % PA_KNOWN_ISSUERS_MAX;
	}
	pthread_cond_broadcast(&board->left);
	pthread_mutex_unlock(&board->lock);
}
