/*
 * What all who connect share has a bound, and whoever takes all of it keeps the others from
 * working. So who is no administrator leaves half to those who are, of the connections to
 * admin.sock, of the bytes of announced uploads, of the places to wait for slow work: all of them
 * together, since a program that was taken over may not be the only one. On query.sock there are
 * no administrators: there, each uid leaves half of the connections to the others.
 */
#ifndef DAEMON_HALF_H
#define DAEMON_HALF_H

#include <stdbool.h>
#include <stdint.h>

/* Of one there is no half: it may be taken. */
static inline uint64_t pa_half_of(uint64_t max)
{
	return max / 2 + max % 2;
}

/* Whether those who must leave half, and hold so much, may have more. */
static inline bool pa_half_has_room(uint64_t held, uint64_t more, uint64_t max)
{
	const uint64_t half = pa_half_of(max);

	return more <= half && held <= half - more;
}

#endif
