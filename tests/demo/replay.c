/*
 * replay SOCKET REALM PHONES PLAN: send the requests of a plan to polyauthd, and print
 * a table: request, phone, verdict, reason, microseconds.
 *
 * A line of the plan, separated by tabs: method, target, who asks (for people), certificate
 * (PHONES/<name>.der; "none"), password ("" : none), expected verdict and reason.
 * Exits non-zero if one verdict is not the expected one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/c/polyauth.h"

#define TIMEOUT_MS 10000
#define FIELDS     6

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct polyauth_bytes bytes(const char *text)
{
	return (struct polyauth_bytes){ text, strlen(text) };
}

/* The phone's certificate alone, as front ends pass it on resumed sessions: the store completes the
 * chain. */
static int read_certificate(
	const char *dir, const char *name, char *out, size_t size, struct polyauth_bytes *ret)
{
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s.der", dir, name);
	in = fopen(path, "rb");
	if (!in) {
		perror(path);
		return 1;
	}
	*ret = (struct polyauth_bytes){ out, fread(out, 1, size, in) };
	fclose(in);
	return 0;
}

/* 1: not the expected verdict; -1: the plan or the daemon failed. */
static int ask(
	struct polyauth_pool *pool, const char *realm, const char *phones, char *const *fields)
{
	static char der[16384];
	struct polyauth_request request = { .realm = realm, .frontend = "replay" };
	struct polyauth_bytes certificate;
	struct polyauth_reply reply;
	char got[96], what[96];
	int64_t started;
	int r, good;

	if (strcmp(fields[3], "none") != 0) {
		if (read_certificate(phones, fields[3], der, sizeof(der), &certificate) != 0)
			return -1;
		request.chain = &certificate;
		request.chain_len = 1;
	}
	request.method = bytes(fields[0]);
	request.target = bytes(fields[1]);
	if (fields[4][0]) {
		request.has_credentials = 1;
		request.user = bytes("PlcmSpIp");
		request.password = bytes(fields[4]);
	}
	started = now_us();
	r = polyauth_pool_authorize(pool, &request, TIMEOUT_MS, &reply);
	if (r) {
		fprintf(stderr, "replay: %s\n", polyauth_strerror(r));
		return -1;
	}
	snprintf(got, sizeof(got), "%s %s", polyauth_verdict_name(reply.verdict), reply.reason);
	snprintf(what, sizeof(what), "%s %s", fields[0], fields[1]);
	good = strcmp(got, fields[5]) == 0;
	printf("%-42s %-28s %-10s %-22s %8lld%s%s\n", what, fields[2],
		polyauth_verdict_name(reply.verdict), reply.reason, (long long)(now_us() - started),
		good ? "" : "  EXPECTED ", good ? "" : fields[5]);
	return good ? 0 : 1;
}

/* Cut a line at its tabs; an empty field counts. 0, or 1: not so many. */
static int split(char *line, char **fields)
{
	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < FIELDS; i++) {
		if (!line)
			return 1;
		fields[i] = line;
		line = strchr(line, '\t');
		if (line)
			*line++ = '\0';
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct polyauth_pool *pool;
	char line[1024], *fields[FIELDS];
	unsigned total = 0, wrong = 0;
	FILE *plan;
	int r = 0;

	if (argc != 5) {
		fputs("usage: replay SOCKET REALM PHONES PLAN\n", stderr);
		return 2;
	}
	plan = fopen(argv[4], "r");
	if (!plan || polyauth_pool_new(argv[1], 1, &pool) != 0) {
		perror(argv[4]);
		return 2;
	}
	printf("%-42s %-28s %-10s %-22s %8s\n", "request", "phone", "verdict", "reason", "us");
	while (r >= 0 && fgets(line, sizeof(line), plan)) {
		r = split(line, fields) ? -1 : ask(pool, argv[2], argv[3], fields);
		total++;
		wrong += r > 0;
	}
	fclose(plan);
	polyauth_pool_free(pool);
	if (r < 0)
		return 2;
	printf("\n%u requests, %u verdicts not as expected\n", total, wrong);
	return wrong || !total ? 1 : 0;
}
