/*
 * polyauth-http: front ends that speak HTTP on one side, polyauthd on the other. It decides
 * nothing: what it cannot follow or cannot ask, it refuses.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "clients/http/log.h"
#include "clients/shim-http/status.h"

#define DRAIN_MS      3000u
#define DRAIN_LOOK_MS 20u

struct shim {
	struct pa_options options;
	uv_loop_t loop;
	uv_signal_t term, interrupt;
	uv_timer_t cut;
	struct pa_http_server *server;
	struct pa_link *link;
	struct pa_face face;
	struct pa_status status[PA_LISTENERS_MAX];
	struct pa_face_door doors[PA_LISTENERS_MAX];
	uint64_t stopping_ms; /* since when; 0: not */
};

/* --- the end --- */

/* Until all front ends have gone; but not for ever. */
static void on_cut(uv_timer_t *timer)
{
	struct shim *shim = timer->data;

	if (pa_http_server_stats(shim->server)->connections &&
		uv_now(&shim->loop) - shim->stopping_ms < DRAIN_MS)
		return;
	pa_link_close(shim->link);
	pa_http_server_cut(shim->server);
	uv_close((uv_handle_t *)&shim->cut, NULL);
}

static void stop(struct shim *shim)
{
	shim->stopping_ms = uv_now(&shim->loop);
	pa_log_notify("STOPPING=1");
	pa_http_server_stop(shim->server);
	uv_close((uv_handle_t *)&shim->term, NULL);
	uv_close((uv_handle_t *)&shim->interrupt, NULL);
	(void)uv_timer_start(&shim->cut, on_cut, 0, DRAIN_LOOK_MS);
}

static void on_stop(uv_signal_t *handle, int number)
{
	struct shim *shim = handle->data;

	if (shim->stopping_ms)
		return;
	pa_log_say(PA_LOG_INFO, "stopping signal=%d", number);
	stop(shim);
}

/* --- the beginning --- */

static void say_ready(struct shim *shim)
{
	pa_log_say(PA_LOG_INFO, "ready version=" PA_VERSION " daemon=%s", shim->options.socket);
	pa_log_ready(shim->options.ready_fd);
}

static int listen_all(struct shim *shim)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < shim->options.listeners_len; i++) {
		const struct pa_listener *l = &shim->options.listeners[i];
		struct pa_face_door *door = &shim->doors[i];
		struct pa_status *status = &shim->status[i];
		struct pa_http_listen listen = { .path = l->at.path,
			.mode = l->at.mode,
			.host = l->at.host,
			.port = l->at.port,
			.peer = pa_face_knows,
			.form = l->dialect ? l->dialect->form : NULL,
			.handler = l->dialect ? pa_face_handle : pa_status_handle,
			.arg = l->dialect ? (void *)door : (void *)status };
		struct pa_diag diag;
		uint16_t port;

		*door = (struct pa_face_door){ .face = &shim->face, .listener = l };
		*status = (struct pa_status){ .door = *door,
			.server = shim->server,
			.link = shim->link,
			.doors = shim->doors,
			.doors_len = shim->options.listeners_len };
		r = pa_http_server_listen(shim->server, &listen, &port, &diag);
		if (r)
			pa_log_say(PA_LOG_ERROR, "listen: %s", diag.text);
		else
			pa_log_say(PA_LOG_INFO, "listening %s%s port=%u dialect=%s realm=%s",
				l->at.path ? "unix:" : "tcp:", l->at.path ? l->at.path : l->at.host,
				port, l->dialect ? l->dialect->name : "-",
				l->realm ? l->realm : "-");
	}
	return r;
}

static int start(struct shim *shim)
{
	const struct pa_options *o = &shim->options;
	struct pa_http_limits limits = { .conns_max = o->clients };
	struct pa_link_options link = { .path = o->socket,
		.wires = o->connections,
		.timeout_ms = o->timeout_ms,
		.asks_max = o->inflight };
	int r = pa_http_server_new(&shim->loop, &limits, &shim->server);

	if (r == 0)
		r = pa_link_new(&shim->loop, &link, &shim->link);
	if (r) {
		pa_log_say(PA_LOG_ERROR, "start: %s", pa_strerror(r));
		return r;
	}
	shim->face.link = shim->link;
	shim->term.data = shim->interrupt.data = shim->cut.data = shim;
	(void)uv_signal_init(&shim->loop, &shim->term);
	(void)uv_signal_init(&shim->loop, &shim->interrupt);
	(void)uv_timer_init(&shim->loop, &shim->cut);
	(void)uv_signal_start(&shim->term, on_stop, SIGTERM);
	(void)uv_signal_start(&shim->interrupt, on_stop, SIGINT);
	r = listen_all(shim);
	if (r)
		stop(shim);
	else
		say_ready(shim);
	(void)uv_run(&shim->loop, UV_RUN_DEFAULT);
	return r;
}

int main(int argc, char **argv)
{
	struct shim *shim = calloc(1, sizeof(*shim));
	int r;

	if (!shim)
		return EXIT_FAILURE;
	r = pa_options_parse(argc, argv, &shim->options);
	if (r < 0) {
		signal(SIGPIPE, SIG_IGN);
		umask(0077);
		(void)uv_loop_init(&shim->loop);
		r = start(shim) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		pa_face_finish(&shim->face);
		pa_http_server_free(shim->server);
		pa_link_free(shim->link);
		(void)uv_loop_close(&shim->loop);
	}
	pa_options_finish(&shim->options);
	free(shim);
	return r;
}
