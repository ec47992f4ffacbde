/*
 * Questions to other servers, over their own protocols: is this password that of this phone, may
 * this phone have this file? As in load.h, every answer is looked at, and one that is not yes ends
 * the program.
 */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "tests/bench/histogram.h"

#define BENCH_PEER_REQUEST_MAX 512u

struct bench_phone {
	char mac[13], password[27];
};

/* What is the same of all requests of a protocol is const; what differs is written by request(). */
struct bench_peer_protocol {
	const char *name;
	bool is_datagram;
	bool once; /* a connection is for one request */
	/* what opens a connection, with %u for its number, and with what the greeting ends; or NULL
	 */
	const char *hello, *greeting_end;
	/* Writes request number n; returns its length. */
	size_t (*request)(uint8_t *out, const struct bench_phone *phone, uint64_t n);
	/* 0: not whole yet; 1: yes; -1: anything else. */
	int (*reply)(struct pa_bytes in, uint64_t n);
};

/* saslauthd, dovecot, radius, http; NULL: there is no such one. */
const struct bench_peer_protocol *bench_peer_protocol(const char *name);

struct bench_peer;

/*
 * conns connections with one request under way on each. address: the path of a socket, or
 * HOST:PORT. phones must outlive it.
 */
void bench_peer_open(struct bench_peer **ret, const struct bench_peer_protocol *protocol,
	const char *address, unsigned conns, const struct bench_phone *phones, size_t phones_len);
void bench_peer_close(struct bench_peer *peer); /* NULL-safe */

/* As bench_load_run(). Returns the requests; latencies are added to *h. */
uint64_t bench_peer_run(
	struct bench_peer *peer, uint64_t requests, uint64_t ns, struct bench_histogram *h);

#endif
