/*
 * polyauthd: options, signals, and the main loop that accepts, administers and
 * reloads. The only file that ends the process.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/admin/admin.h"
#include "daemon/clock.h"
#include "daemon/descriptors.h"
#include "daemon/half.h"
#include "daemon/hashing.h"
#include "daemon/log.h"
#include "daemon/pool.h"
#include "daemon/server.h"

#define DEFAULT_CONFIG "/etc/polyauth/polyauthd.conf"

enum { EXIT_USAGE = 2, EXIT_CONFIG = 3 };

struct options {
	const char *config;
	bool test, dump;
	int ready_fd;
};

struct daemon {
	struct options options;
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_config *first; /* it was started with; some of it stays until the end */
	char shows_all[PATH_MAX + 64];
	struct pa_worker worker; /* of the main loop */
	struct pa_pool *pool;
	struct pa_server query, admin_server;
	struct pa_admin admin;
	uv_signal_t term, interrupt, hangup;
	uv_prepare_t idle;
	uv_timer_t cut;
	uv_work_t nothing; /* the first job of libuv's threads */
	bool stopping;
	uint64_t refused_s; /* when a refused connection was last told of, by no clock's time */
	uint64_t untold;    /* such connections since */
};

static void usage(FILE *out)
{
	fputs("usage: polyauthd [options]\n"
	      "  -c, --config FILE   configuration (" DEFAULT_CONFIG ")\n"
	      "  -t, --test          check the configuration and end\n"
	      "      --dump-config   print the effective configuration and end\n"
	      "      --ready-fd N    write a line to this descriptor once requests are served\n"
	      "      --version       print the version and end\n"
	      "  -h, --help          print this and end\n",
		out);
}

/* Returns -1 to go on, else the status to end with. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { OPT_DUMP = 256, OPT_READY, OPT_VERSION };
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "test", no_argument, NULL, 't' },
		{ "dump-config", no_argument, NULL, OPT_DUMP },
		{ "ready-fd", required_argument, NULL, OPT_READY },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c;

	*options = (struct options){ .config = DEFAULT_CONFIG, .ready_fd = -1 };
	while ((c = getopt_long(argc, argv, "c:th", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 't':
			options->test = true;
			break;
		case OPT_DUMP:
			options->dump = true;
			break;
		case OPT_READY:
			options->ready_fd = (int)strtol(optarg, &end, 10);
			if (*end || end == optarg || options->ready_fd < 0) {
				fputs("polyauthd: --ready-fd wants a number\n", stderr);
				return EXIT_USAGE;
			}
			break;
		case OPT_VERSION:
			puts("polyauthd " PA_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return EXIT_USAGE;
}

static struct pa_config *load_config(const char *file)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	int r = pa_config_load(file, &config, &errors);

	for (size_t i = 0; i < errors.len; i++)
		fprintf(stderr, "%s\n", errors.lines[i]);
	if (r && !errors.len)
		fprintf(stderr, "polyauthd: %s: %s\n", file, pa_strerror(r));
	for (size_t i = 0; r == 0 && i < config->warnings.len; i++)
		fprintf(stderr, "%s\n", config->warnings.lines[i]);
	pa_config_errors_finish(&errors);
	return r ? NULL : config;
}

static unsigned count_workers(const struct pa_config *config)
{
	unsigned n = (unsigned)config->workers;

	if (!n)
		n = uv_available_parallelism();
	return n > PA_WORKERS_MAX ? PA_WORKERS_MAX : n;
}

/* --- readiness --- */

/* What sd_notify(3) does, without its library: one datagram to the socket that is named. */
static void notify_manager(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&addr,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		pa_log(PA_LOG_WARNING, "notify error=\"%s\"", pa_strerror(-errno));
	close(fd);
}

static void say_ready(struct daemon *d)
{
	pa_log(PA_LOG_INFO, "ready version=" PA_VERSION " query=%s admin=%s revision=%llu",
		d->query.path, d->admin_server.path,
		(unsigned long long)pa_db_revision(d->shared.db));
	notify_manager("READY=1");
	if (d->options.ready_fd < 0)
		return;
	if (write(d->options.ready_fd, "ready\n", 6) < 0)
		pa_log(PA_LOG_WARNING, "ready-fd error=\"%s\"", pa_strerror(-errno));
	close(d->options.ready_fd);
	d->options.ready_fd = -1;
}

/* --- reload --- */

/* Settings that hold sockets, threads and the store cannot change under a running daemon. */
static void tell_fixed(const struct pa_config *was, const struct pa_config *is, FILE *out)
{
	const struct {
		const char *name;
		bool differs;
	} settings[] = {
		{ "query-socket", strcmp(was->query_socket, is->query_socket) != 0 },
		{ "admin-socket", strcmp(was->admin_socket, is->admin_socket) != 0 },
		{ "store", strcmp(was->store, is->store) != 0 },
		{ "map-size", was->map_size != is->map_size },
		{ "workers", was->workers != is->workers },
		{ "hash-queue", was->hash_queue != is->hash_queue },
		{ "verify-queue", was->verify_queue != is->verify_queue },
		{ "throttle-memory", was->throttle_memory != is->throttle_memory },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (!settings[i].differs)
			continue;
		pa_log(PA_LOG_WARNING, "reload %s changes only with a restart", settings[i].name);
		fprintf(out, "%s%s changes only with a restart", ftell(out) ? "\n" : "",
			settings[i].name);
	}
}

/* What an administrator should know of a configuration that is taken. malloc'ed, or NULL. */
static char *tell_notes(struct daemon *d, const struct pa_config *config)
{
	char *warnings = pa_config_errors_text(&config->warnings, PA_ADMIN_TEXT_MAX, d->shows_all);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < config->warnings.len; i++)
		pa_log(PA_LOG_WARNING, "reload %s", config->warnings.lines[i]);
	if (out) {
		fputs(warnings ? warnings : "", out);
		tell_fixed(d->first, config, out);
		fclose(out);
	}
	free(warnings);
	return text;
}

/* 0; 1: refused, *text (malloc'ed, may be NULL) says why. */
static int load_again(struct daemon *d, struct pa_config **ret, char **text)
{
	struct pa_config_errors errors = { 0 };
	struct pa_diag diag = { "" };
	int r = pa_clock_check(pa_shared_now(&d->shared), &diag);

	if (r == 0) {
		r = pa_config_load(d->options.config, ret, &errors);
		if (r == 0)
			r = pa_shared_test_config(&d->shared, *ret, &diag);
	}
	for (size_t i = 0; i < errors.len; i++)
		pa_log(PA_LOG_ERROR, "reload %s", errors.lines[i]);
	if (diag.text[0])
		pa_log(PA_LOG_ERROR, "reload %s", diag.text);
	if (r)
		*text = errors.len ? pa_config_errors_text(&errors, PA_ADMIN_TEXT_MAX, d->shows_all)
				   : strdup(diag.text);
	pa_config_errors_finish(&errors);
	return r ? 1 : 0;
}

static int reload(void *arg, char **text)
{
	struct daemon *d = arg;
	struct pa_config *config = NULL;

	if (load_again(d, &config, text) != 0) {
		pa_log(PA_LOG_ERROR, "reload refused: the configuration before it stays in force");
		pa_config_unref(config);
		return 1;
	}
	pa_descriptors_bound(config);
	if (config->hash_cost != d->worker.config->hash_cost)
		pa_hashing_measure(&d->shared, config);
	*text = tell_notes(d, config);
	pa_shared_set_config(&d->shared, config);
	pa_worker_follow_config(&d->worker);
	pa_log(PA_LOG_INFO, "reload realms=%zu", d->worker.config->realms_len);
	return 0;
}

static void on_hangup(uv_signal_t *handle, int number)
{
	char *text = NULL;

	(void)number;
	(void)reload(handle->data, &text);
	free(text);
}

/*
 * Where nobody waits for them, as before and behind the loop, signals wait: by themselves they
 * would end the process, and what its threads have not written yet would be lost. Threads that are
 * begun meanwhile leave them to the main one.
 */
static void hold_signals(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(how, &signals, NULL);
}

/* --- the end --- */

static void close_if_through(uv_prepare_t *idle)
{
	struct daemon *d = idle->data;

	if (d->worker.conns || d->worker.runs || d->admin.calls)
		return;
	hold_signals(SIG_BLOCK);
	uv_close((uv_handle_t *)&d->idle, NULL);
	uv_close((uv_handle_t *)&d->cut, NULL);
	uv_close((uv_handle_t *)&d->term, NULL);
	uv_close((uv_handle_t *)&d->interrupt, NULL);
	uv_close((uv_handle_t *)&d->hangup, NULL);
	pa_admin_close(&d->admin);
}

static void on_cut(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	while (d->worker.conns)
		pa_conn_close(d->worker.conns);
}

static void on_stop(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	int64_t drain_s = d->worker.config->drain_s;
	struct pa_conn *next;

	if (d->stopping)
		return;
	d->stopping = true;
	pa_log(PA_LOG_INFO, "stopping signal=%d", number);
	notify_manager("STOPPING=1");
	pa_server_close(&d->query);
	pa_server_close(&d->admin_server);
	pa_pool_drain(d->pool, drain_s);
	for (struct pa_conn *conn = d->worker.conns; conn; conn = next) {
		next = conn->next;
		pa_conn_drain(conn);
	}
	(void)uv_timer_start(&d->cut, on_cut, (uint64_t)drain_s * 1000, 0);
	(void)uv_prepare_start(&d->idle, close_if_through);
}

/* --- start --- */

static bool is_full(const struct daemon *d, uint64_t open)
{
	return open >= d->worker.config->connections_max;
}

/* A peer that may ask in no realm has no business here, and takes no place from those that have. */
static bool is_known(struct daemon *d, const struct pa_peer *peer)
{
	const struct pa_config *config;

	pa_worker_follow_config(&d->worker);
	config = d->worker.config;
	for (size_t i = 0; i < config->realms_len; i++) {
		if (pa_peers_has(&config->realms[i].peers, peer))
			return true;
	}
	return false;
}

/* Of all connections to query.sock, see half.h. */
static bool has_half(const struct daemon *d, const struct pa_peer *peer)
{
	return !pa_half_has_room(
		pa_pool_held(d->pool, peer->uid), 1, d->worker.config->connections_max);
}

/* NULL: it is served. */
static const char *why_refused(struct daemon *d, const struct pa_peer *peer)
{
	struct pa_worker *worker;
	uint64_t open = 0;

	for (unsigned i = 0; (worker = pa_pool_worker(d->pool, i)) != NULL; i++)
		open += pa_stats_get(&worker->stats.connections);
	if (!is_known(d, peer))
		return "no realm names this peer";
	if (is_full(d, open))
		return "connections-max is reached";
	if (has_half(d, peer))
		return "this uid holds half of connections-max: close some, or raise "
		       "connections-max in polyauthd.conf";
	return NULL;
}

/* Told once a second: every user of the host may connect, and must not fill the log. */
static void say_refused(struct daemon *d, const struct pa_peer *peer, const char *why)
{
	const uint64_t now_s = uv_hrtime() / 1000000000;

	if (now_s == d->refused_s) {
		d->untold++;
		return;
	}
	pa_log(PA_LOG_WARNING,
		"connection uid=%u refused: %s; untold since the last such line: %llu",
		(unsigned)peer->uid, why, (unsigned long long)d->untold);
	d->refused_s = now_s;
	d->untold = 0;
}

static void on_query(void *arg, int fd, const struct pa_peer *peer)
{
	struct daemon *d = arg;
	const char *why = why_refused(d, peer);

	if (!why) {
		pa_pool_give(d->pool, fd, peer);
		return;
	}
	close(fd);
	say_refused(d, peer, why);
}

static void on_admin(void *arg, int fd, const struct pa_peer *peer)
{
	struct daemon *d = arg;
	const char *why = pa_admin_accept(&d->admin, fd, peer);

	if (why)
		say_refused(d, peer, why);
}

static void watch_signals(struct daemon *d)
{
	d->term.data = d->interrupt.data = d->hangup.data = d->idle.data = d->cut.data = d;
	(void)uv_signal_init(&d->loop, &d->term);
	(void)uv_signal_init(&d->loop, &d->interrupt);
	(void)uv_signal_init(&d->loop, &d->hangup);
	(void)uv_prepare_init(&d->loop, &d->idle);
	(void)uv_timer_init(&d->loop, &d->cut);
	(void)uv_signal_start(&d->term, on_stop, SIGTERM);
	(void)uv_signal_start(&d->interrupt, on_stop, SIGINT);
	(void)uv_signal_start(&d->hangup, on_hangup, SIGHUP);
	hold_signals(SIG_UNBLOCK);
}

static int fail(const char *what, int r, const struct pa_diag *diag)
{
	if (diag && diag->text[0])
		pa_log(PA_LOG_ERROR, "%s", diag->text);
	else
		pa_log(PA_LOG_ERROR, "%s: %s", what, pa_strerror(r));
	return r;
}

static int listen_on_both(struct daemon *d)
{
	const struct pa_config *config = d->worker.config;
	struct pa_diag diag = { "" };
	int r;

	r = pa_server_open(&d->query, &d->loop, config->query_socket, 0666, on_query, d, &diag);
	if (r == 0)
		r = pa_server_open(
			&d->admin_server, &d->loop, config->admin_socket, 0660, on_admin, d, &diag);
	return r ? fail("listen", r, &diag) : 0;
}

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

static int start(struct daemon *d, struct pa_config *config)
{
	unsigned workers = count_workers(config);
	struct pa_diag diag = { "" };
	int64_t started_s;
	char threads[16];
	int r;

	/* every worker may run one slow job of each class; there are threads left for the rest */
	snprintf(threads, sizeof(threads), "%u", PA_WORK_CLASSES * (workers + 1) + 2);
	setenv("UV_THREADPOOL_SIZE", threads, 1);
	r = pa_shared_init(&d->shared, config, NULL, NULL);
	if (r) {
		pa_config_unref(config);
		return fail("start", r, NULL);
	}
	r = pa_shared_open(&d->shared, workers + 1, &diag);
	if (r)
		return fail("store", r, &diag);
	if (d->shared.plain)
		pa_log(PA_LOG_WARNING, "plain: POLYAUTH_PLAIN is set, no check takes a short cut");
	pa_hashing_measure(&d->shared, config);
	started_s = pa_shared_now(&d->shared);
	r = pa_worker_init(&d->worker, &d->shared, &d->loop, 0, started_s);
	if (r == 0)
		r = pa_pool_start(&d->shared, workers, started_s, &d->pool);
	if (r)
		return fail("workers", r, NULL);
	d->admin.shared = &d->shared;
	d->admin.worker = &d->worker;
	d->admin.pool = d->pool;
	d->admin.reload = reload;
	d->admin.reload_arg = d;
	r = pa_admin_init(&d->admin);
	if (r) {
		pa_pool_drain(d->pool, 0);
		return fail("admin", r, NULL);
	}
	/* libuv begins its threads with their first job: now, while signals are held */
	(void)uv_queue_work(&d->loop, &d->nothing, do_nothing, NULL);
	watch_signals(d);
	r = listen_on_both(d);
	if (r) {
		on_stop(&d->term, 0);
		(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	}
	return r;
}

static int serve(const struct options *options, struct pa_config *config)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return EXIT_FAILURE;
	d->options = *options;
	d->first = pa_config_ref(config);
	pa_descriptors_raise();
	pa_descriptors_bound(config);
	snprintf(d->shows_all, sizeof(d->shows_all), "polyauthd -t -c %s shows more",
		options->config);
	(void)uv_loop_init(&d->loop);
	r = start(d, config);
	if (r == 0) {
		say_ready(d);
		(void)uv_run(&d->loop, UV_RUN_DEFAULT);
		pa_log(PA_LOG_INFO, "stopped");
	}
	pa_pool_join(d->pool);
	pa_worker_finish(&d->worker);
	(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&d->loop);
	pa_shared_finish(&d->shared);
	pa_config_unref(d->first);
	free(d);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Half of a configuration would pass for the whole. */
static int end_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "polyauthd: standard output could not be written: %s\n",
		pa_strerror(-errno));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct pa_diag diag = { "" };
	struct options options;
	struct pa_config *config;
	int r = parse_options(argc, argv, &options);

	if (r >= 0)
		return end_output(r);
	pa_log_open();
	/* what is large goes back when it is freed; by itself the limit would rise above the
	 * largest */
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	signal(SIGPIPE, SIG_IGN);
	hold_signals(SIG_BLOCK);
	umask(0077);
	config = load_config(options.config);
	if (!config)
		return EXIT_CONFIG;
	if (options.dump)
		pa_config_dump(config, stdout);
	if (options.test || options.dump) {
		pa_config_unref(config);
		return end_output(EXIT_SUCCESS);
	}
	/* with a wrong clock, what has expired would pass */
	if (pa_clock_check(time(NULL), &diag) != 0) {
		pa_log(PA_LOG_ERROR, "%s", diag.text);
		pa_config_unref(config);
		return EXIT_FAILURE;
	}
	r = serve(&options, config);
	uv_library_shutdown();
	return r;
}
