/*
 * What the hardware, the kernel and libuv allow: a server that does nothing. It reads and writes as
 * polyauthd does (one read buffer of the loop, all replies of a read in one write) and answers each
 * frame with as many bytes, whatever was asked.
 */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Start it in a process of its own, on the processor for what is measured. Ready when it returns;
 * ended by bench_echo_stop(), or with the program. reply_len: bytes of a reply, header included.
 */
pid_t bench_echo_start(const char *path, size_t reply_len);
void bench_echo_stop(pid_t pid);

#endif
