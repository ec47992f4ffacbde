/*
 * A store whose process is killed while it writes, again and again: no change
 * that was acknowledged is missing, none is there by half.
 *
 *   crash_writer [ROUNDS [SEED]]
 *
 * A child submits changesets without pause and reports each done() through a
 * pipe. Its parent kills it after a number of reports, and of turns of an empty
 * loop, that the seed decides, so anywhere on the way of the next sets; then it
 * opens the store and compares.
 *
 * Set number g (from 1 on, over all rounds) writes place g % PLACES: three
 * devices and a CA certificate that all tell g. Sets are carried out in order
 * and each has one revision, so a store of revision r must hold, in every
 * place, the highest g <= r that belongs there, four times.
 */
#include <errno.h>
#include <inttypes.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/audit.h"
#include "db/change.h"

enum {
	PLACES = 48,
	DEVICES = 3,
	CHANGES = DEVICES + 1,
	RING = 32,
	ACKS_MAX = 80,
	DER_MAX = 20000,
	TURNS_MAX = 6000000
};

struct ack {
	uint64_t number, revision;
	int64_t result;
};

struct tally {
	uint64_t kills, acknowledged, missing, torn;
	uint64_t last_ack; /* the highest number that was acknowledged */
};

static const char *dir;

static int open_store(struct pa_db **ret)
{
	const struct pa_db_options options = {
		.dir = dir, .map_size = 64u << 20, .readers = 2, .queue_max = RING
	};
	struct pa_diag diag = { "" };
	int r = pa_db_open(&options, ret, &diag);

	if (r)
		printf("# open: %d: %s\n", r, diag.text);
	return r;
}

struct slot {
	struct pa_changeset set;
	struct pa_change changes[CHANGES];
	char summary[32];
	uint8_t der[DER_MAX];
	uint64_t number;
};

static struct slot ring[RING];
static sem_t free_slots;
static int report_fd;

static size_t der_len(uint64_t number)
{
	return 1 + (size_t)(number * 2654435761u % DER_MAX);
}

static void on_done(struct pa_changeset *set)
{
	struct slot *slot = set->arg;
	struct ack ack = { slot->number, set->revision, set->result };

	if (write(report_fd, &ack, sizeof(ack)) != (ssize_t)sizeof(ack))
		_exit(3);
	sem_post(&free_slots);
}

static void fill(struct slot *slot, uint64_t number)
{
	const uint64_t place = number % PLACES;
	struct pa_ca *ca = &slot->changes[DEVICES].ca;

	slot->number = number;
	(void)snprintf(slot->summary, sizeof(slot->summary), "set %" PRIu64, number);
	for (uint64_t i = 0; i < DEVICES; i++) {
		struct pa_change *change = &slot->changes[i];

		*change = (struct pa_change){ .kind = PA_CHANGE_DEVICE_PUT,
			.device = {
				.mac = { (i + 1) << 24 | place }, .state = PA_DEVICE_ALLOWED } };
		(void)snprintf(
			change->device.comment, sizeof(change->device.comment), "%" PRIu64, number);
	}
	memset(slot->der, (int)(number & 0xff), sizeof(slot->der));
	slot->changes[DEVICES] = (struct pa_change){ .kind = PA_CHANGE_CA_PUT };
	ca->kind = PA_CA_INTERMEDIATE;
	ca->sha256[0] = (uint8_t)place;
	ca->added_s = (int64_t)number;
	ca->der = (struct pa_bytes){ slot->der, der_len(number) };
	slot->set = (struct pa_changeset){ .changes = slot->changes,
		.changes_len = CHANGES,
		.time_s = (int64_t)number,
		.summary = slot->summary,
		.done = on_done,
		.arg = slot };
}

/* Never returns: writes until it is killed. */
static void write_on(int fd)
{
	struct pa_db *db;
	uint64_t number;

	report_fd = fd;
	if (open_store(&db) != 0 || sem_init(&free_slots, 0, RING) != 0)
		_exit(1);
	for (number = pa_db_revision(db) + 1;; number++) {
		struct slot *slot = &ring[number % RING]; /* sets are done in order */
		int r;

		while (sem_wait(&free_slots) != 0)
			;
		fill(slot, number);
		r = pa_db_submit(db, &slot->set);
		if (r)
			_exit(2);
	}
}

static bool check_place(
	struct pa_db_reader *reader, uint64_t place, uint64_t revision, struct tally *tally)
{
	/* for place 0 below PLACES that is 0: no set yet */
	uint64_t want = revision < place ? 0 : revision - (revision - place) % PLACES;
	struct pa_device device;
	struct pa_ca ca;
	char text[32];
	uint8_t key[PA_DIGEST_LEN] = { (uint8_t)place };
	unsigned there = 0, right = 0;

	(void)snprintf(text, sizeof(text), "%" PRIu64, want);
	for (uint64_t i = 0; i < DEVICES; i++) {
		struct pa_mac mac = { (i + 1) << 24 | place };
		int r = pa_db_device_get(reader, mac, &device);

		there += r != PA_DB_NOT_FOUND;
		right += r == 0 && strcmp(device.comment, text) == 0;
	}
	if (pa_db_ca_get(reader, key, &ca) != PA_DB_NOT_FOUND) {
		bool good = ca.added_s == (int64_t)want && ca.der.len == der_len(want);

		there++;
		for (size_t i = 0; i < ca.der.len && good; i++)
			good = ca.der.data[i] == (uint8_t)want;
		right += good;
	}
	if (want == 0 ? there == 0 : right == CHANGES)
		return true;
	printf("# place %" PRIu64 ": %u of %u there, %u tell %s\n", place, there, CHANGES, right,
		text);
	tally->torn++;
	return false;
}

static int check_store(struct tally *tally)
{
	struct pa_db_reader *reader;
	struct pa_audit audit;
	struct pa_db *db;
	uint64_t revision;
	char text[32];

	if (open_store(&db) != 0)
		return -1;
	if (pa_db_reader_open(db, &reader) != 0 || pa_db_read_begin(reader) != 0)
		return -1;
	revision = pa_db_revision(db);
	if (revision < tally->last_ack) {
		printf("# %" PRIu64 " was acknowledged, the store is at %" PRIu64 "\n",
			tally->last_ack, revision);
		tally->missing += tally->last_ack - revision;
	}
	for (uint64_t place = 0; place < PLACES; place++)
		(void)check_place(reader, place, revision, tally);
	(void)snprintf(text, sizeof(text), "set %" PRIu64, revision);
	if (revision && (pa_db_audit_next(reader, revision - 1, &audit) != 0 ||
				strncmp(audit.summary, text, strlen(text)) != 0)) {
		printf("# the audit trail does not end with \"%s\"\n", text);
		tally->torn++;
	}
	if (pa_db_audit_next(reader, revision, &audit) != PA_DB_NOT_FOUND) {
		printf("# the audit trail is ahead of revision %" PRIu64 "\n", revision);
		tally->torn++;
	}
	pa_db_reader_close(reader);
	pa_db_close(db);
	return 0;
}

/* When a child is killed: after so many reports, and then so many turns of a loop. */
struct moment {
	uint64_t reports, turns;
};

static void kill_now(pid_t child, uint64_t turns)
{
	for (volatile uint64_t i = 0; i < turns; i++)
		;
	(void)kill(child, SIGKILL);
}

/* Read reports until it is time, kill the child, and read what it still sent. */
static int watch(int fd, pid_t child, struct moment moment, struct tally *tally)
{
	uint64_t seen = 0;
	bool alive = true;
	struct ack ack;
	ssize_t got;
	int status;

	for (;;) {
		if (alive && seen >= moment.reports) {
			kill_now(child, moment.turns);
			alive = false;
		}
		do
			got = read(fd, &ack, sizeof(ack));
		while (got < 0 && errno == EINTR);
		if (got != (ssize_t)sizeof(ack))
			break;
		seen++;
		tally->acknowledged++;
		/* within a round no number is left out; before it, sets may be durable unreported
		 */
		if (ack.result || ack.revision != ack.number || ack.number <= tally->last_ack ||
			(seen > 1 && ack.number != tally->last_ack + 1)) {
			printf("# set %" PRIu64 ": result %" PRId64 ", revision %" PRIu64
			       " after %" PRIu64 "\n",
				ack.number, ack.result, ack.revision, tally->last_ack);
			tally->torn++;
		}
		tally->last_ack = ack.number;
	}
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
		WTERMSIG(status) != SIGKILL) {
		printf("# the child ended by itself, with status %d\n", status);
		return -1;
	}
	tally->kills++;
	return 0;
}

static int run_round(struct moment moment, struct tally *tally)
{
	int pipe_fds[2], r;
	pid_t child;

	(void)fflush(stdout);
	if (pipe(pipe_fds) != 0)
		return -1;
	child = fork();
	if (child < 0)
		return -1;
	if (child == 0) {
		(void)close(pipe_fds[0]);
		write_on(pipe_fds[1]);
	}
	(void)close(pipe_fds[1]);
	r = watch(pipe_fds[0], child, moment, tally);
	(void)close(pipe_fds[0]);
	return r ? r : check_store(tally);
}

static void clean_up(const char *path)
{
	static const char *const names[] = { "data.mdb", "data.mdb-lock", "lock" };
	char file[512];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		(void)unlink(file);
	}
	(void)rmdir(path);
}

int main(int argc, char **argv)
{
	const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	const char *tmp = getenv("TMPDIR");
	struct tally tally = { 0 };
	char path[256];
	bool good = true;

	(void)snprintf(path, sizeof(path), "%s/pa-crash-XXXXXX", tmp ? tmp : "/tmp");
	dir = mkdtemp(path);
	if (!dir) {
		perror(path);
		return 1;
	}
	printf("1..1\n");
	for (uint64_t i = 0; i < rounds && good && !tally.missing && !tally.torn; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		good = run_round(
			       (struct moment){ (seed >> 33) % ACKS_MAX, (seed >> 11) % TURNS_MAX },
			       &tally) == 0;
	}
	good = good && tally.kills == rounds && !tally.missing && !tally.torn && tally.acknowledged;
	printf("%s 1 - %" PRIu64 " kills, %" PRIu64 " acknowledged changesets, %" PRIu64
	       " missing, %" PRIu64 " torn\n",
		good ? "ok" : "not ok", tally.kills, tally.acknowledged, tally.missing, tally.torn);
	clean_up(path);
	return good ? 0 : 1;
}
