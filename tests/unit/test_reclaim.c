#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "db/reclaim.h"

struct table {
	struct pa_block block;
	int content;
};

static struct table *make(int content)
{
	struct table *table = pa_block_new(sizeof(*table));

	assert_non_null(table);
	table->content = content;
	return table;
}

static void nobody_inside(void **state)
{
	struct pa_visitor visitor;
	struct pa_reclaim reclaim;

	(void)state;
	assert_int_equal(pa_reclaim_init(&reclaim), 0);
	pa_reclaim_give(&reclaim, NULL);
	assert_false(pa_reclaim_sweep(&reclaim));
	pa_reclaim_join(&reclaim, &visitor);
	pa_reclaim_give(&reclaim, make(1));
	pa_reclaim_give(&reclaim, make(2));
	assert_false(pa_reclaim_sweep(&reclaim));
	pa_reclaim_part(&reclaim, &visitor);
	pa_reclaim_give(&reclaim, make(3)); /* goes with the rest */
	pa_reclaim_finish(&reclaim);
}

/* A table stays while somebody is inside who came before it was replaced, and not for others. */
static void who_came_before_keeps_it(void **state)
{
	struct pa_visitor early, late;
	struct pa_reclaim reclaim;
	struct table *old = make(1), *newer = make(2);

	(void)state;
	assert_int_equal(pa_reclaim_init(&reclaim), 0);
	pa_reclaim_join(&reclaim, &early);
	pa_reclaim_join(&reclaim, &late);
	pa_reclaim_enter(&reclaim, &early);
	pa_reclaim_give(&reclaim, old);
	pa_reclaim_enter(&reclaim, &late);
	assert_true(pa_reclaim_sweep(&reclaim));
	assert_int_equal(old->content, 1);
	pa_reclaim_give(&reclaim, newer);
	pa_reclaim_leave(&early);
	assert_true(pa_reclaim_sweep(&reclaim)); /* the older one went, the newer one did not */
	assert_ptr_equal(reclaim.replaced, &newer->block);
	assert_null(newer->block.next);
	pa_reclaim_leave(&late);
	assert_false(pa_reclaim_sweep(&reclaim));
	pa_reclaim_part(&reclaim, &late);
	pa_reclaim_part(&reclaim, &early);
	pa_reclaim_finish(&reclaim);
}

static void large_ones_are_zeroed(void **state)
{
	const size_t size = ((size_t)5 << 20) + 8;
	unsigned char *table = pa_block_new(size);
	size_t other = 0;

	(void)state;
	assert_non_null(table);
	for (size_t i = sizeof(struct pa_block); i < size; i++)
		other += table[i] != 0;
	assert_int_equal(other, 0);
	pa_block_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_inside),
		cmocka_unit_test(who_came_before_keeps_it),
		cmocka_unit_test(large_ones_are_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
