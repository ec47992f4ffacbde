/*
 * A polyauthd that knows the phones of `bench_phones`, with two realms:
 *
 *	phones   by certificate; chain, crl, acl, owner
 *	logins   by path; acl, owner, password, which remembers the right ones
 *
 * It has one worker, so that what is measured is what one processor does.
 */
#ifndef TESTS_BENCH_WORLD_H
#define TESTS_BENCH_WORLD_H

#include "tests/bench/bench.h"

/* phones: the directory of bench_phones. For what d says, see bench_start(). */
void bench_world_start(
	struct bench_daemon *d, const char *polyauthd, const char *polyauthctl, const char *phones);

#endif
