/*
 * Many small elements in order: by their digits, so that a million takes milliseconds.
 */
#ifndef DB_SORT_H
#define DB_SORT_H

#include <stddef.h>

#include "proto/err.h"

#define PA_SORT_SIZE 16u /* of an element, whose first 8 bytes are the uint64_t it is sorted by */

/*
 * len elements of PA_SORT_SIZE bytes in the order of their numbers; equal ones stay as they are.
 * *elements is freed by free(), and may be replaced. 0, -ENOMEM: nothing has changed.
 */
int pa_sort(void **elements, size_t len) PA_MUST_CHECK;

#endif
