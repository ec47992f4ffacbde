/*
 * bench_train POLYAUTHD POLYAUTHCTL PHONES: what a daemon sees of a fleet, for a build that counts
 * what it does and is then compiled once more by it (TRAINED=yes).
 *
 * Every phone is met for the first time, and then again and again: by its chain, by a handle and by
 * its password; over few connections and many, with one request under way and with several. So
 * often, not so long: the counts are nearly the same each time.
 */
#include <stdio.h>

#include "tests/bench/load.h"
#include "tests/bench/world.h"

#define REQUESTS 30000u /* of each kind in each shape */

static const struct {
	unsigned conns, depth;
} shapes[] = { { 1, 1 }, { 8, 1 }, { 48, 1 }, { 1, 16 }, { 3, 16 } };

static void train(const struct bench_daemon *d, const struct bench_frames *frames)
{
	static struct bench_load_result result;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct bench_load *load;

		bench_load_open(&load, d->query, shapes[i].conns, shapes[i].depth, frames, false);
		bench_load_run(load, REQUESTS, 0, &result);
		bench_load_close(load);
	}
}

static void open_frames(struct bench_frames *frames, const char *phones, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", phones, name);
	bench_frames_open(frames, path);
}

int main(int argc, char **argv)
{
	/* its first hash would teach nothing, and take long */
	struct bench_daemon d = { .settings = "hash-cost 1\n" };
	struct bench_frames chains, handles, passwords;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_train POLYAUTHD POLYAUTHCTL PHONES\n");
		return 2;
	}
	open_frames(&chains, argv[3], "chain.frames");
	open_frames(&passwords, argv[3], "password.frames");
	bench_world_start(&d, argv[1], argv[2], argv[3]);
	train(&d, &chains);
	bench_frames_by_handle(&handles, &chains, d.query);
	train(&d, &handles);
	train(&d, &passwords);
	bench_frames_close(&handles);
	bench_frames_close(&passwords);
	bench_frames_close(&chains);
	bench_stop(&d);
	return 0;
}
