/*
 * polyauth-portal: one-time passwords for the people at a desk. It serves pages behind a front end
 * that does TLS, and asks polyauthd with role issue.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "clients/http/log.h"
#include "clients/portal/view.h"

#define DRAIN_MS      3000u
#define DRAIN_LOOK_MS 20u
/* of a login: a hash, and those that are before it */
#define ASK_MS      15000u
#define RUNNING_MAX 8u
#define WAITING_MAX 64u

struct portal {
	struct pa_settings settings;
	uv_loop_t loop;
	uv_signal_t term, interrupt;
	uv_timer_t cut;
	struct pa_http_server *server;
	struct pa_web web;
	struct pa_web_door doors[PA_SETTINGS_PLACES];
	uint64_t stopping_ms; /* since when; 0: not */
};

/* Until all browsers have what they asked for; but not for ever. */
static void on_cut(uv_timer_t *timer)
{
	struct portal *portal = timer->data;

	if (pa_http_server_stats(portal->server)->connections &&
		uv_now(&portal->loop) - portal->stopping_ms < DRAIN_MS)
		return;
	pa_backend_close(portal->web.backend);
	pa_http_server_cut(portal->server);
	uv_close((uv_handle_t *)&portal->cut, NULL);
}

static void on_stop(uv_signal_t *handle, int number)
{
	struct portal *portal = handle->data;

	if (portal->stopping_ms)
		return;
	portal->stopping_ms = uv_now(&portal->loop);
	pa_log_say(PA_LOG_INFO, "stopping signal=%d", number);
	pa_log_notify("STOPPING=1");
	pa_http_server_stop(portal->server);
	uv_close((uv_handle_t *)&portal->term, NULL);
	uv_close((uv_handle_t *)&portal->interrupt, NULL);
	(void)uv_timer_start(&portal->cut, on_cut, 0, DRAIN_LOOK_MS);
}

static int listen_all(struct portal *portal)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < portal->settings.places_len; i++) {
		const struct pa_http_place *place = &portal->settings.places[i];
		const struct pa_http_listen listen = { .path = place->path,
			.mode = place->mode,
			.host = place->host,
			.port = place->port,
			.peer = place->path ? pa_web_knows : NULL,
			.handler = pa_web_handle,
			.arg = &portal->doors[i] };
		struct pa_diag diag;
		uint16_t port;

		portal->doors[i] = (struct pa_web_door){ &portal->web, place };
		r = pa_http_server_listen(portal->server, &listen, &port, &diag);
		if (r)
			pa_log_say(PA_LOG_ERROR, "listen: %s", diag.text);
		else
			pa_log_say(PA_LOG_INFO, "listening %s%s port=%u",
				place->path ? "unix:" : "tcp:",
				place->path ? place->path : place->host, port);
	}
	return r;
}

static int make_parts(struct portal *portal)
{
	const struct pa_settings *settings = &portal->settings;
	const struct pa_http_limits limits = {
		.body_max = PA_WEB_BODY_MAX, .head_max = 16u * 1024, .pipeline = 8
	};
	const struct pa_backend_options backend = { .path = settings->socket,
		.timeout_ms = ASK_MS,
		.running_max = RUNNING_MAX,
		.waiting_max = WAITING_MAX };
	struct pa_diag diag = { "" };
	int r = pa_view_check(settings->texts, &diag);

	if (r == 0)
		r = pa_http_server_new(&portal->loop, &limits, &portal->server);
	if (r == 0)
		r = pa_backend_new(&portal->loop, &backend, &portal->web.backend);
	if (r == 0)
		r = pa_sessions_new(settings->sessions, 1000ull * settings->idle_s,
			1000ull * settings->life_s, &portal->web.sessions);
	if (r)
		pa_log_say(PA_LOG_ERROR, "start: %s", diag.text[0] ? diag.text : pa_strerror(r));
	return r;
}

static int start(struct portal *portal)
{
	int r = make_parts(portal);

	if (r)
		return r;
	portal->web.loop = &portal->loop;
	portal->web.settings = &portal->settings;
	pa_files_publish(portal->web.files);
	portal->term.data = portal->interrupt.data = portal->cut.data = portal;
	(void)uv_signal_init(&portal->loop, &portal->term);
	(void)uv_signal_init(&portal->loop, &portal->interrupt);
	(void)uv_timer_init(&portal->loop, &portal->cut);
	(void)uv_signal_start(&portal->term, on_stop, SIGTERM);
	(void)uv_signal_start(&portal->interrupt, on_stop, SIGINT);
	r = listen_all(portal);
	if (r) {
		on_stop(&portal->term, 0);
	} else {
		pa_log_say(PA_LOG_INFO, "ready version=" PA_VERSION " origin=%s daemon=%s",
			portal->settings.origin, portal->settings.socket);
		pa_log_ready(portal->settings.ready_fd);
	}
	(void)uv_run(&portal->loop, UV_RUN_DEFAULT);
	return r;
}

int main(int argc, char **argv)
{
	struct portal *portal = calloc(1, sizeof(*portal));
	int r;

	if (!portal)
		return EXIT_FAILURE;
	r = pa_settings_parse(argc, argv, &portal->settings);
	if (r < 0) {
		signal(SIGPIPE, SIG_IGN);
		umask(0077);
		(void)uv_loop_init(&portal->loop);
		r = start(portal) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		pa_http_server_free(portal->server);
		pa_backend_free(portal->web.backend);
		pa_sessions_free(portal->web.sessions);
		(void)uv_loop_close(&portal->loop);
	}
	pa_settings_finish(&portal->settings);
	free(portal);
	return r;
}
