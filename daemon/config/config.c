#include "daemon/config/config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/config/parts.h"
#include "daemon/pki/kdf.h"
#include "proto/text.h"

/* The uid that stands for users without one (user namespaces, NFS): never a peer. */

static const char *const log_choices[] = { "all", "refused", "none", NULL };

const struct pa_option pa_config_options[] = {
	{ "query-socket", PA_OPTION_STRING, PA_OPTION_FIELD(struct pa_config, query_socket), 0, 0,
		NULL, "/run/polyauth/query.sock", "where front ends ask" },
	{ "admin-socket", PA_OPTION_STRING, PA_OPTION_FIELD(struct pa_config, admin_socket), 0, 0,
		NULL, "/run/polyauth/admin.sock", "where polyauthctl asks" },
	{ "store", PA_OPTION_STRING, PA_OPTION_FIELD(struct pa_config, store), 0, 0, NULL,
		"/var/lib/polyauth", "the directory of the store" },
	{ "workers", PA_OPTION_UINT, PA_OPTION_FIELD(struct pa_config, workers), 0, PA_WORKERS_MAX,
		NULL, "0", "threads that decide; 0: one a CPU" },
	{ "map-size", PA_OPTION_SIZE, PA_OPTION_FIELD(struct pa_config, map_size), 1 << 20,
		INT64_C(1) << 42, NULL, "16G", "the largest size of the store (a sparse file)" },
	{ "connections-max", PA_OPTION_UINT, PA_OPTION_FIELD(struct pa_config, connections_max), 1,
		1000000, NULL, "4096", "open connections of each socket" },
	{ "hash-queue", PA_OPTION_UINT, PA_OPTION_FIELD(struct pa_config, hash_queue), 1, 100000,
		NULL, "64", "password hashes that may wait in one worker" },
	{ "hash-cost", PA_OPTION_UINT, PA_OPTION_FIELD(struct pa_config, hash_cost), 1,
		PA_KDF_COST_MAX, NULL, "5",
		"cost of new password hashes; each step doubles their time and memory" },
	{ "verify-queue", PA_OPTION_UINT, PA_OPTION_FIELD(struct pa_config, verify_queue), 1,
		100000, NULL, "1024",
		"certificates that may wait for their verification in one worker" },
	{ "chain-cache", PA_OPTION_SIZE, PA_OPTION_FIELD(struct pa_config, chain_cache), 0,
		INT64_C(1) << 40, NULL, "16M",
		"memory of one worker for chains that it has verified; 0: none" },
	{ "throttle-memory", PA_OPTION_SIZE, PA_OPTION_FIELD(struct pa_config, throttle_memory),
		64 << 10, INT64_C(4) << 30, NULL, "16M",
		"what is remembered of guesses and scans takes so much memory" },
	{ "drain", PA_OPTION_DURATION, PA_OPTION_FIELD(struct pa_config, drain_s), 0, 3600, NULL,
		"5s", "how long stopping waits for replies that are under way" },
	{ "log-decisions", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct pa_config, log_decisions), 0, 0,
		log_choices, "all", "which decisions get a log line: all, refused or none" },
};
const size_t pa_config_options_len = sizeof(pa_config_options) / sizeof(*pa_config_options);

/* The references stand before what everybody sees. */
struct counted {
	_Atomic unsigned references;
	struct pa_config config;
};

static struct counted *counted_of(struct pa_config *config)
{
	return (struct counted *)(void *)((char *)config - offsetof(struct counted, config));
}

struct pa_config *pa_config_ref(struct pa_config *config)
{
	if (config)
		atomic_fetch_add(&counted_of(config)->references, 1);
	return config;
}

void pa_config_unref(struct pa_config *config)
{
	if (!config || atomic_fetch_sub(&counted_of(config)->references, 1) != 1)
		return;
	for (size_t i = 0; i < config->realms_len; i++)
		pa_config_realm_finish(&config->realms[i]);
	free(config->realms);
	pa_config_roles_finish(config);
	/* last: conf of loaded checks is closed by their code */
	pa_registry_free(config->registry);
	pa_option_release(pa_config_options, pa_config_options_len, config);
	pa_config_errors_finish(&config->warnings);
	free(config->file);
	free(counted_of(config));
}

/* --- errors --- */

static void __attribute__((format(printf, 4, 0))) say(struct pa_config_errors *to,
	const struct pa_directive *d, const char *before, const char *fmt, va_list ap)
{
	char message[512];

	if (vsnprintf(message, sizeof(message), fmt, ap) < 0)
		message[0] = '\0';
	pa_scfg_error(to, d->file, d->line, "%s%s", before, message);
}

void pa_config_error(
	struct pa_config_builder *b, const struct pa_directive *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(b->errors, d, "", fmt, ap);
	va_end(ap);
}

void pa_config_warn(struct pa_config_builder *b, const struct pa_directive *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(&b->config->warnings, d, "warning: ", fmt, ap);
	va_end(ap);
}

/* How many of the lines fit into so many bytes. */
static size_t fitting(const struct pa_config_errors *errors, size_t max)
{
	size_t n = 0, size = 0;

	while (n < errors->len && (size += strlen(errors->lines[n]) + 1) <= max + 1)
		n++;
	return n;
}

char *pa_config_errors_text(const struct pa_config_errors *errors, size_t max, const char *hint)
{
	const size_t end = strlen(hint) + 32; /* room for the line that tells of the rest */
	size_t n = fitting(errors, max), size = 0, left;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (n < errors->len)
		n = fitting(errors, max > end ? max - end : 0);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "\n" : "", errors->lines[i]);
	/* the line that tells of the rest is none of them */
	left = errors->len - n + errors->more - (errors->more ? 1 : 0);
	if (n < errors->len)
		fprintf(out, "%s%zu more; %s", n ? "\n" : "", left, hint);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

void pa_config_unknown(
	struct pa_config_builder *b, const struct pa_directive *d, const char *const *names)
{
	const char *nearest = NULL;
	size_t least = 4;

	for (; *names; names++) {
		size_t n = pa_text_distance(pa_bytes_str(d->words[0]), pa_bytes_str(*names));

		if (n < least) {
			least = n;
			nearest = *names;
		}
	}
	pa_config_error(b, d, "unknown directive %s%s%s%s", d->words[0],
		nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* --- peers --- */

static bool parse_id(const char *text, unsigned *ret)
{
	char *end;
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	*ret = (unsigned)n;
	return !errno && !*end && n < UINT32_MAX;
}

static bool find_id(bool is_user, const char *name, unsigned *ret)
{
	const struct passwd *user;
	const struct group *group;

	if (parse_id(name, ret))
		return true;
	/* loading is done by one thread */
	if (is_user) {
		user = getpwnam(name); // NOLINT(concurrency-mt-unsafe)
		*ret = user ? user->pw_uid : 0;
		return user != NULL;
	}
	group = getgrnam(name); // NOLINT(concurrency-mt-unsafe)
	*ret = group ? group->gr_gid : 0;
	return group != NULL;
}

static bool add_id(unsigned **ids, size_t *len, unsigned id)
{
	unsigned *grown = realloc(*ids, (*len + 1) * sizeof(**ids));

	if (!grown)
		return false;
	*ids = grown;
	grown[(*len)++] = id;
	return true;
}

void pa_config_peers(struct pa_config_builder *b, const struct pa_directive *d, size_t first,
	struct pa_peers *peers)
{
	if (first >= d->words_len)
		pa_config_error(b, d, "%s wants peers: uid:NAME or gid:NAME", d->words[0]);
	if (d->has_block)
		pa_config_error(b, d, "%s has no block", d->words[0]);
	for (size_t i = first; i < d->words_len; i++) {
		const char *word = d->words[i];
		bool is_user = strncmp(word, "uid:", 4) == 0;
		unsigned id;

		if (!is_user && strncmp(word, "gid:", 4) != 0) {
			pa_config_error(b, d, "%s: a peer is uid:NAME or gid:NAME", word);
		} else if (!find_id(is_user, word + 4, &id)) {
			pa_config_error(b, d, "%s: there is no such %s on this system", word,
				is_user ? "user" : "group");
		} else if (id == PA_PEER_NOBODY) {
			pa_config_error(b, d,
				"%s: stands for anybody without an id, and has no role", word);
		} else if (!(is_user ? add_id(&peers->uids, &peers->uids_len, id)
				     : add_id(&peers->gids, &peers->gids_len, id))) {
			b->out_of_memory = true;
		}
	}
}

void pa_config_peers_finish(struct pa_peers *peers)
{
	free(peers->uids);
	free(peers->gids);
	*peers = (struct pa_peers){ 0 };
}

const struct pa_realm *pa_config_realm(const struct pa_config *config, struct pa_bytes name)
{
	for (size_t i = 0; i < config->realms_len; i++) {
		if (pa_bytes_eq_str(name, config->realms[i].name))
			return &config->realms[i];
	}
	return NULL;
}

/* --- directives of the top level --- */

static void load_check(struct pa_config_builder *b, const struct pa_directive *d)
{
	struct pa_diag diag = { "" };

	if (d->words_len != 2 || d->has_block)
		pa_config_error(b, d, "load wants one absolute path");
	else if (pa_registry_load(b->config->registry, d->words[1], &diag) != 0)
		pa_config_error(b, d, "%s", diag.text);
}

/* Is it a setting? Then it is set, or an error was added. */
static bool set_setting(struct pa_config_builder *b, const struct pa_directive *d, bool *seen)
{
	for (size_t i = 0; i < pa_config_options_len; i++) {
		const struct pa_option *option = &pa_config_options[i];
		struct pa_diag diag = { "" };

		if (strcmp(option->name, d->words[0]) != 0)
			continue;
		if (seen[i])
			pa_config_error(b, d, "%s stands there twice", option->name);
		else if (d->has_block)
			pa_config_error(b, d, "%s has no block", option->name);
		else if (pa_option_set(option, b->config, (const char *const *)d->words + 1,
				 d->words_len - 1, &diag) != 0)
			pa_config_error(b, d, "%s", diag.text);
		seen[i] = true;
		return true;
	}
	return false;
}

static void check_socket(struct pa_config_builder *b, const char *name, const char *path)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (path[0] != '/')
		pa_scfg_error(
			b->errors, b->config->file, 0, "%s: %s: must be absolute", name, path);
	else if (strlen(path) >= room)
		pa_scfg_error(b->errors, b->config->file, 0, "%s: %s: has more than %zu bytes",
			name, path, room - 1);
}

static void check_whole(struct pa_config_builder *b)
{
	const struct pa_config *config = b->config;

	check_socket(b, "query-socket", config->query_socket);
	check_socket(b, "admin-socket", config->admin_socket);
	if (strcmp(config->query_socket, config->admin_socket) == 0)
		pa_scfg_error(b->errors, config->file, 0,
			"query-socket and admin-socket must not be the same");
	if (config->store[0] != '/')
		pa_scfg_error(
			b->errors, config->file, 0, "store: %s: must be absolute", config->store);
	if (!config->realms_len)
		pa_scfg_error(b->errors, config->file, 0,
			"there is no realm: nothing could ever be allowed");
}

static void build(struct pa_config_builder *b, const struct pa_scfg *scfg)
{
	static const char *const names[] = { "query-socket", "admin-socket", "store", "workers",
		"map-size", "connections-max", "hash-queue", "verify-queue", "throttle-memory",
		"drain", "log-decisions", "role", "load", "realm", "include", NULL };
	bool seen[sizeof(pa_config_options) / sizeof(*pa_config_options)] = { false };

	/* checks first, wherever they stand: realms name them */
	for (const struct pa_directive *d = scfg->first; d; d = d->next) {
		if (strcmp(d->words[0], "load") == 0)
			load_check(b, d);
	}
	for (const struct pa_directive *d = scfg->first; d && !b->out_of_memory; d = d->next) {
		if (strcmp(d->words[0], "realm") == 0)
			pa_config_add_realm(b, d);
		else if (strcmp(d->words[0], "load") != 0 && strcmp(d->words[0], "role") != 0 &&
			 !set_setting(b, d, seen))
			pa_config_unknown(b, d, names);
	}
	/* last: roles name realms */
	for (const struct pa_directive *d = scfg->first; d && !b->out_of_memory; d = d->next) {
		if (strcmp(d->words[0], "role") == 0)
			pa_config_role(b, d);
	}
	check_whole(b);
}

static int finish_load(struct pa_scfg *scfg, const char *name, int64_t now_s,
	struct pa_config **ret, struct pa_config_errors *errors)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	struct pa_config_builder b = { .errors = errors, .now_s = now_s };
	int r = -ENOMEM;

	if (!counted)
		return r;
	atomic_init(&counted->references, 1);
	b.config = &counted->config;
	b.config->file = strdup(name);
	b.config->registry = pa_registry_new();
	if (b.config->file && b.config->registry)
		r = pa_option_defaults(pa_config_options, pa_config_options_len, b.config);
	if (r == 0) {
		build(&b, scfg);
		r = b.out_of_memory ? -ENOMEM : errors->len ? PA_E_CONFIG : 0;
	}
	pa_scfg_errors_end(&b.config->warnings, name);
	if (r)
		pa_config_unref(b.config);
	else
		*ret = b.config;
	return r;
}

int pa_config_load(const char *file, struct pa_config **ret, struct pa_config_errors *errors)
{
	struct pa_scfg scfg;
	int r;

	*errors = (struct pa_config_errors){ 0 };
	r = pa_scfg_read(file, &scfg, errors);
	/* what could be read is looked at all the same, to tell of all errors at once */
	if (r == 0 || (r == PA_E_CONFIG && scfg.first)) {
		int built = finish_load(&scfg, file, time(NULL), ret, errors);

		r = r ? r : built;
	}
	pa_scfg_errors_end(errors, file);
	pa_scfg_finish(&scfg);
	return r;
}

int pa_config_parse(const char *name, struct pa_bytes text, struct pa_config **ret,
	struct pa_config_errors *errors)
{
	return pa_config_parse_at(name, text, time(NULL), ret, errors);
}

int pa_config_parse_at(const char *name, struct pa_bytes text, int64_t now_s,
	struct pa_config **ret, struct pa_config_errors *errors)
{
	struct pa_scfg scfg;
	int r;

	*errors = (struct pa_config_errors){ 0 };
	r = pa_scfg_parse(name, text, &scfg, errors);
	if (r == 0 || (r == PA_E_CONFIG && scfg.first)) {
		int built = finish_load(&scfg, name, now_s, ret, errors);

		r = r ? r : built;
	}
	pa_scfg_errors_end(errors, name);
	pa_scfg_finish(&scfg);
	return r;
}
