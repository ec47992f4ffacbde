/* One probe over the wire, by libcurl: as the bytes stand in the table, tidied up by nobody. */
#include "clients/ctl/frontend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#define FIRST_SIZE ((size_t)16 * 1024)

struct transfer {
	CURL *curl;
	const struct pa_probe_route *route;
	const struct pa_probe_request *request;
	struct pa_probe_answer *answer;
	struct curl_slist *headers, *connect_to;
	bool failed; /* libcurl took an option not, or there is no memory */
};

void pa_probe_answer_finish(struct pa_probe_answer *answer)
{
	free(answer->body);
	*answer = (struct pa_probe_answer){ 0 };
}

/* What is too long is no own file: the rest is not waited for. */
static size_t take(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;
	struct pa_probe_answer *answer = t->answer;

	(void)one;
	answer->cut = len > PA_PROBE_BODY_MAX - answer->len;
	if (answer->cut)
		return 0;
	if (len > answer->size - answer->len) {
		size_t size = answer->size ? answer->size : FIRST_SIZE;
		uint8_t *grown;

		while (size - answer->len < len)
			size *= 2;
		grown = realloc(answer->body, size);
		if (!grown) {
			t->failed = true;
			return 0;
		}
		answer->body = grown;
		answer->size = size;
	}
	if (len)
		memcpy(answer->body + answer->len, data, len);
	answer->len += len;
	return len;
}

static void append(struct transfer *t, struct curl_slist **list, const char *text)
{
	struct curl_slist *grown = curl_slist_append(*list, text);

	if (grown)
		*list = grown;
	else
		t->failed = true;
}

static void add_headers(struct transfer *t, char *lines)
{
	char *line, *rest = NULL;

	/* what libcurl would add of its own */
	append(t, &t->headers, "Expect:");
	append(t, &t->headers, "Accept:");
	if (t->request->probe->body)
		append(t, &t->headers, "Content-Type: text/plain");
	for (line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		append(t, &t->headers, line);
}

static void set_number(struct transfer *t, CURLoption option, long value)
{
	t->failed |= curl_easy_setopt(t->curl, option, value) != CURLE_OK;
}

/* NULL leaves it as it is. */
static void set_text(struct transfer *t, CURLoption option, const char *value)
{
	t->failed |= value && curl_easy_setopt(t->curl, option, value) != CURLE_OK;
}

static bool is_plain(const struct transfer *t)
{
	return t->request->probe->flags & PA_PROBE_PLAIN;
}

/* Without the port. */
static int name_len(const char *host, int len)
{
	const char *colon = memrchr(host, ':', (size_t)len);

	return colon && (host[0] != '[' || colon[-1] == ']') ? (int)(colon - host) : len;
}

/* Where to: the URL has the server alone, the target is a text of ours. */
static void set_server(struct transfer *t)
{
	const struct pa_probe_route *route = t->route;
	char url[PA_URL_MAX + 16], to[PA_URL_MAX];
	const char *text = route->url->text, *host = strstr(text, "://") + 3;
	int len = (int)(route->url->origin_len - (size_t)(host - text));

	if (is_plain(t))
		snprintf(url, sizeof(url), "http://%.*s:%s/", name_len(host, len), host,
			route->plain_port);
	else
		snprintf(url, sizeof(url), "https://%.*s/", len, host);
	set_text(t, CURLOPT_URL, url);
	set_text(t, CURLOPT_PROTOCOLS_STR, "http,https");
	set_text(t, CURLOPT_REQUEST_TARGET, t->request->target);
	if (!route->address)
		return;
	snprintf(to, sizeof(to), "::%s:", route->address);
	append(t, &t->connect_to, to);
	if (t->connect_to && curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, t->connect_to))
		t->failed = true;
}

static void set_tls(struct transfer *t)
{
	const struct pa_probe_route *route = t->route;

	set_number(t, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_number(t, CURLOPT_SSL_VERIFYPEER, route->insecure ? 0 : 1);
	set_number(t, CURLOPT_SSL_VERIFYHOST, route->insecure ? 0 : 2);
	set_text(t, CURLOPT_CAINFO, route->ca);
	if (t->request->probe->flags & PA_PROBE_BARE)
		return;
	set_text(t, CURLOPT_SSLCERT, route->cert);
	set_text(t, CURLOPT_SSLKEY, route->key);
	/* a key with a pass phrase is refused, not asked for */
	set_text(t, CURLOPT_KEYPASSWD, "");
}

static void set_method(struct transfer *t)
{
	const struct pa_probe *probe = t->request->probe;

	if (strcmp(probe->method, "HEAD") == 0)
		set_number(t, CURLOPT_NOBODY, 1);
	else if (strcmp(probe->method, "GET") != 0)
		set_text(t, CURLOPT_CUSTOMREQUEST, probe->method);
	set_text(t, CURLOPT_POSTFIELDS, probe->body);
}

static void set_up(struct transfer *t)
{
	const struct pa_probe_route *route = t->route;
	bool http2 = t->request->http2;

	set_number(t, CURLOPT_NOSIGNAL, 1);
	set_number(t, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_number(t, CURLOPT_FOLLOWLOCATION, 0);
	set_number(t, CURLOPT_PATH_AS_IS, 1);
	set_number(t, CURLOPT_HTTP09_ALLOWED, 0);
	set_number(t, CURLOPT_HTTP_VERSION, http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
	set_number(t, CURLOPT_TIMEOUT_MS, (long)route->timeout_ms);
	set_number(t, CURLOPT_CONNECTTIMEOUT_MS, (long)route->timeout_ms);
	/* empty: not even the environment's */
	set_text(t, CURLOPT_PROXY, "");
	set_text(t, CURLOPT_USERAGENT, t->request->agent);
	set_server(t);
	set_tls(t);
	set_method(t);
	add_headers(t, t->request->headers);
	if (route->user && !is_plain(t)) {
		set_number(t, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set_text(t, CURLOPT_USERNAME, route->user);
		set_text(t, CURLOPT_PASSWORD, route->password);
	}
	if (curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers) ||
		curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take) ||
		curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t) ||
		curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->answer->why))
		t->failed = true;
}

/* A connection that never came about is none that the front end kept waiting. */
static bool is_timeout(const struct transfer *t, CURLcode r)
{
	curl_off_t connected = 0;

	curl_easy_getinfo(t->curl, CURLINFO_CONNECT_TIME_T, &connected);
	return r == CURLE_OPERATION_TIMEDOUT && connected;
}

static void perform(struct transfer *t)
{
	struct pa_probe_answer *answer = t->answer;
	CURLcode r = curl_easy_perform(t->curl);
	const char *location = NULL;
	long version = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(t->curl, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &location);
	answer->http2 = version == CURL_HTTP_VERSION_2_0;
	answer->to_https = location && strncmp(location, "https://", 8) == 0;
	answer->timeout = is_timeout(t, r);
	/* what came of a body that broke off is not all of it */
	answer->cut |= r != CURLE_OK;
	if (r != CURLE_OK && !answer->why[0])
		snprintf(answer->why, sizeof(answer->why), "%s", curl_easy_strerror(r));
}

int pa_probe_send(const struct pa_probe_route *route, const struct pa_probe_request *request,
	struct pa_probe_answer *answer)
{
	struct transfer t = {
		.curl = curl_easy_init(),
		.route = route,
		.request = request,
		.answer = answer,
	};

	*answer = (struct pa_probe_answer){ 0 };
	if (t.curl)
		set_up(&t);
	else
		t.failed = true;
	if (!t.failed)
		perform(&t);
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(t.headers);
	curl_slist_free_all(t.connect_to);
	return t.failed ? -ENOMEM : 0;
}
