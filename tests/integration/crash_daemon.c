/*
 * polyauthd is killed while administrators change its store, again and again: no change that
 * was acknowledged is missing, none is there by half.
 *
 *	crash_daemon POLYAUTHD CONFIGURATION ADMIN-SOCKET [ROUNDS [SEED]]
 *
 * In each round some connections add devices without pause, until the daemon is killed after a
 * number of acknowledgements that the seed decides. The next daemon is asked for all that it holds.
 * Every added device is one revision and one line of the audit trail, so that all three must count
 * the same. Exits non-zero and says what is wrong.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/admin_link.h"

#define LINKS       4
#define ACKS_MAX    60
#define DEVICES_MAX 100000

enum fate { NOT_SENT, SENT, ACKNOWLEDGED };

static const char *socket_path;
static _Atomic uint8_t fates[DEVICES_MAX];
static _Atomic unsigned next_device, acknowledged;
static unsigned target; /* the daemon is killed at so many acknowledgements */
static pid_t daemon_pid;

static void die(const char *what)
{
	fprintf(stderr, "# %s\n", what);
	if (daemon_pid > 0)
		kill(daemon_pid, SIGKILL);
	exit(1);
}

/* What device number n is stored with. */
static void describe(unsigned n, char mac[13], char comment[32], char group[16])
{
	snprintf(mac, 13, "0004f2%06x", n);
	snprintf(comment, 32, "device number %u", n);
	snprintf(group, 16, "group-%u", n % 7);
}

static void start_daemon(const char *polyauthd, const char *config)
{
	int ready[2];
	char fd[16], byte;

	if (pipe(ready) != 0)
		die("pipe");
	snprintf(fd, sizeof(fd), "%d", ready[1]);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		close(ready[0]);
		execl(polyauthd, polyauthd, "--config", config, "--ready-fd", fd, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	if (daemon_pid < 0 || read(ready[0], &byte, 1) != 1)
		die("polyauthd does not get ready");
	close(ready[0]);
}

/* Add devices until the daemon is gone. */
static void *add_devices(void *arg)
{
	struct admin_link *link = arg;

	for (;;) {
		unsigned n = atomic_fetch_add(&next_device, 1);
		char mac[13], comment[32], group[16];
		const char *const args[] = { "mac", mac, "comment", comment, "group", group, NULL };
		struct pa_admin_reply reply;

		if (n >= DEVICES_MAX)
			die("too many devices");
		describe(n, mac, comment, group);
		atomic_store(&fates[n], SENT);
		if (admin_ask(link, "device.add", args, &reply) != 0)
			break;
		if (reply.status != PA_STATUS_OK)
			die("a device was refused");
		atomic_store(&fates[n], ACKNOWLEDGED);
		if (atomic_fetch_add(&acknowledged, 1) + 1 == target)
			kill(daemon_pid, SIGKILL);
	}
	return NULL;
}

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	for (size_t c = 0; c < reply->columns_len; c++) {
		if (pa_bytes_eq(reply->columns[c], pa_bytes_str(column)))
			return reply->cells[row * reply->columns_len + c];
	}
	die("a column is missing");
	return (struct pa_bytes){ NULL, 0 };
}

static void check_device(const struct pa_admin_reply *reply, size_t row)
{
	char mac[13], comment[32], group[16], hex[13] = "";
	unsigned n;

	pa_bytes_copy(hex, sizeof(hex), cell(reply, row, "mac"));
	n = (unsigned)strtoul(hex + 6, NULL, 16);
	describe(n, mac, comment, group);
	if (n >= DEVICES_MAX || atomic_load(&fates[n]) == NOT_SENT)
		die("a device is there that nobody added");
	if (!pa_bytes_eq(cell(reply, row, "mac"), pa_bytes_str(mac)) ||
		!pa_bytes_eq(cell(reply, row, "comment"), pa_bytes_str(comment)) ||
		!pa_bytes_eq(cell(reply, row, "group"), pa_bytes_str(group)))
		die("a device is there by half");
	atomic_store(&fates[n], ACKNOWLEDGED); /* from now on it must stay */
}

/* All pages of a table; the number of rows, and the revision of the last page. */
static size_t count_rows(struct admin_link *link, const char *command,
	void (*check)(const struct pa_admin_reply *, size_t row), uint64_t *revision)
{
	char after[128] = "";
	size_t rows = 0;

	do {
		const char *const args[] = { after[0] ? "after" : NULL, after, NULL };
		struct pa_admin_reply reply;

		if (admin_ask(link, command, args, &reply) != 0 || reply.status != PA_STATUS_OK)
			die(command);
		for (size_t i = 0; check && i < reply.rows_len; i++)
			check(&reply, i);
		rows += reply.rows_len;
		*revision = reply.revision;
		pa_bytes_copy(after, sizeof(after), reply.next);
	} while (after[0]);
	return rows;
}

static void check_store(void)
{
	struct admin_link link;
	uint64_t revision;
	size_t devices, expected = 0, audited;

	if (admin_open(&link, socket_path) != 0)
		die("no connection");
	devices = count_rows(&link, "device.list", check_device, &revision);
	audited = count_rows(&link, "audit.list", NULL, &revision);
	admin_close(&link);
	for (size_t n = 0; n < DEVICES_MAX; n++)
		expected += atomic_load(&fates[n]) == ACKNOWLEDGED;
	/* check_device() has counted in what was stored and could not be acknowledged any more */
	if (devices != expected)
		die("an acknowledged device is missing");
	if (revision != devices || audited != devices) {
		fprintf(stderr, "# revision %llu, %zu devices, %zu lines\n",
			(unsigned long long)revision, devices, audited);
		die("revision, audit trail and devices do not count the same");
	}
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 100;
	unsigned seed = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1;
	struct admin_link links[LINKS];
	pthread_t threads[LINKS];

	if (argc < 4)
		return 2;
	socket_path = argv[3];
	signal(SIGPIPE, SIG_IGN);
	for (unsigned round = 0; round <= rounds; round++) {
		start_daemon(argv[1], argv[2]);
		check_store();
		if (round == rounds)
			break;
		atomic_store(&acknowledged, 0);
		target = 1 + (unsigned)rand_r(&seed) % ACKS_MAX;
		for (size_t i = 0; i < LINKS; i++) {
			if (admin_open(&links[i], socket_path) != 0)
				die("no connection");
		}
		for (size_t i = 0; i < LINKS; i++) {
			if (pthread_create(&threads[i], NULL, add_devices, &links[i]) != 0)
				die("pthread_create");
		}
		for (size_t i = 0; i < LINKS; i++) {
			pthread_join(threads[i], NULL);
			admin_close(&links[i]);
		}
		waitpid(daemon_pid, NULL, 0);
	}
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	printf("# killed %u times, %u devices sent\n", rounds, atomic_load(&next_device));
	return 0;
}
