#include "tests/bench/world.h"

#include <stdio.h>
#include <unistd.h>

/* Room for every phone's chain and password: what is measured is what a phone costs that came
 * before. */
static const char realms[] =
	"workers 1\nchain-cache 1G\n"
	"realm phones {\npeers uid:%u\nidentity poly from certificate\n"
	"stack {\nrequisite chain\nrequisite crl\nrequired acl\nrequired owner\n}\n"
	"path \"/{mac}.cfg\" class device\npath \"/000000000000*.cfg\" class shared\n}\n"
	"realm logins {\npeers uid:%u\nidentity poly from path\n"
	"stack {\nrequired acl\nrequired owner\nrequired password cache 65536\n}\n"
	"path \"/{mac}.cfg\" class device\n}\n";

#define WORDS_MAX 6u

/* Words, the last of which is a file of the phones. */
static void ctl(const struct bench_daemon *d, const char *polyauthctl, const char *const *words,
	const char *phones, const char *file)
{
	const char *argv[WORDS_MAX + 7] = { polyauthctl, "--socket", d->admin, "--timeout", "600" };
	size_t len = 5;
	char path[512];

	for (size_t i = 0; words[i] && i < WORDS_MAX; i++)
		argv[len++] = words[i];
	snprintf(path, sizeof(path), "%s/%s", phones, file);
	argv[len] = path;
	bench_run(d, argv);
}

void bench_world_start(
	struct bench_daemon *d, const char *polyauthd, const char *polyauthctl, const char *phones)
{
	static const struct {
		const char *words[WORDS_MAX], *file;
	} rows[] = {
		{ { "ca", "add", "--yes", "--anchor" }, "root.der" },
		{ { "ca", "add", "--yes", "--intermediate" }, "policy.der" },
		{ { "ca", "add", "--yes", "--intermediate" }, "issuing.der" },
		{ { "crl", "import" }, "root.crl" },
		{ { "crl", "import" }, "policy.crl" },
		{ { "crl", "import" }, "issuing.crl" },
		{ { "device", "import" }, "devices.csv" },
		{ { "password", "import", "--format", "csv" }, "passwords.csv" },
	};
	char text[2048];

	snprintf(text, sizeof(text), realms, (unsigned)getuid(), (unsigned)getuid());
	bench_start(d, polyauthd, text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ctl(d, polyauthctl, rows[i].words, phones, rows[i].file);
}
