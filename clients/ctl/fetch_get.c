#include "clients/ctl/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "clients/c/stream.h"

#define FIRST_SIZE (64u * 1024)

struct transfer {
	CURL *curl;
	const struct pa_url_list *allowed;
	const struct pa_fetch_limits *limits;
	struct pa_fetch_reply *reply;
	struct curl_slist *headers;
	int64_t deadline_ms;
	bool too_large, out_of_memory;
	char error[CURL_ERROR_SIZE];
};

int pa_fetch_start(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

void pa_fetch_stop(void)
{
	curl_global_cleanup();
}

void pa_fetch_reply_finish(struct pa_fetch_reply *reply)
{
	free(reply->body);
	*reply = (struct pa_fetch_reply){ 0 };
}

static enum pa_fetch_result end(
	struct pa_fetch_reply *reply, enum pa_fetch_result result, const char *why)
{
	snprintf(reply->why, sizeof(reply->why), "%s", why);
	return result;
}

static enum pa_fetch_result end_too_large(const struct transfer *t)
{
	char why[80];

	snprintf(why, sizeof(why), "it has more than %zu bytes", t->limits->size);
	return end(t->reply, PA_FETCH_REFUSED, why);
}

/* --- what comes in --- */

static size_t take(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;
	struct pa_fetch_reply *reply = t->reply;

	(void)one;
	if (len > t->limits->size - reply->len) {
		t->too_large = true;
		return 0;
	}
	if (len > reply->size - reply->len) {
		size_t size = reply->size ? reply->size : FIRST_SIZE;
		uint8_t *grown;

		while (size - reply->len < len)
			size *= 2;
		grown = realloc(reply->body, size);
		if (!grown) {
			t->out_of_memory = true;
			return 0;
		}
		reply->body = grown;
		reply->size = size;
	}
	if (len)
		memcpy(reply->body + reply->len, data, len);
	reply->len += len;
	return len;
}

/* What cannot be sent back as it came is as good as not there. */
static void keep_header(CURL *curl, const char *name, char out[PA_FETCH_TAG_MAX + 1])
{
	struct curl_header *header;

	out[0] = '\0';
	if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
		pa_fetch_tag_is_plain(header->value))
		memcpy(out, header->value, strlen(header->value) + 1);
}

/* --- what goes out --- */

static bool add_header(struct transfer *t, const char *name, const char *value)
{
	char line[PA_FETCH_TAG_MAX + 32];
	struct curl_slist *grown;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	grown = curl_slist_append(t->headers, line);
	if (grown)
		t->headers = grown;
	return grown != NULL;
}

/* A date has whole seconds, so it is only asked for where there is nothing better. */
static bool add_conditions(struct transfer *t, const struct pa_fetch_state *known)
{
	if (known && known->etag[0])
		return add_header(t, "If-None-Match", known->etag);
	if (known && known->modified[0])
		return add_header(t, "If-Modified-Since", known->modified);
	return true;
}

/* All but the URL. Redirects are followed by hand: libcurl knows nothing of the list. */
static bool set_up(struct transfer *t)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_HTTP09_ALLOWED, 0 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)t->limits->connect_ms },
	};
	CURL *curl = t->curl;
	CURLcode r = CURLE_OK;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && r == CURLE_OK; i++)
		r = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
	/* empty: not even the environment's */
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_USERAGENT, "polyauthctl/" PA_VERSION);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, t->headers);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->limits->size);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
	return r == CURLE_OK;
}

/* One hop. */
static enum pa_fetch_result perform(struct transfer *t, const struct pa_url *url)
{
	int64_t left_ms = t->deadline_ms - pa_stream_now_ms();
	CURL *curl = t->curl;
	CURLcode r;

	t->reply->len = 0;
	t->error[0] = '\0';
	if (left_ms <= 0)
		return end(t->reply, PA_FETCH_FAILED, "it took too long");
	r = curl_easy_setopt(curl, CURLOPT_URL, url->text);
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, pa_url_scheme_name(url->scheme));
	if (r == CURLE_OK)
		r = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
	if (r == CURLE_OK)
		r = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &t->reply->status);
	if (t->too_large || r == CURLE_FILESIZE_EXCEEDED)
		return end_too_large(t);
	if (t->out_of_memory)
		return end(t->reply, PA_FETCH_FAILED, pa_strerror(-ENOMEM));
	if (r != CURLE_OK)
		return end(
			t->reply, PA_FETCH_FAILED, t->error[0] ? t->error : curl_easy_strerror(r));
	return PA_FETCH_DONE;
}

/* --- http, https --- */

/* Where an answer sends us, if we may go there. */
static bool read_redirect(struct transfer *t, const struct pa_url *asked, struct pa_url *ret)
{
	const char *why = NULL;
	char *location = NULL;

	curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &location);
	if (!location)
		why = "to nowhere";
	else if (pa_url_parse(pa_bytes_str(location), ret, &why) == 0) {
		if (!pa_url_same_origin(asked, ret))
			why = "another scheme, host or port";
		else if (!pa_url_list_allows(t->allowed, ret))
			why = "it is not on the list";
	}
	if (why)
		snprintf(t->reply->why, sizeof(t->reply->why), "redirected to %.160s: %s",
			location ? location : "", why);
	return !why;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static enum pa_fetch_result judge_status(struct transfer *t, const struct pa_fetch_state *known)
{
	struct pa_fetch_reply *reply = t->reply;
	curl_off_t wish_s = 0;
	char why[40];

	keep_header(t->curl, "ETag", reply->etag);
	keep_header(t->curl, "Last-Modified", reply->modified);
	if (reply->status == 200)
		return PA_FETCH_DONE;
	if (reply->status == 304 && known && (known->etag[0] || known->modified[0]))
		return PA_FETCH_NOT_MODIFIED;
	if (curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wish_s) == CURLE_OK)
		reply->wish_s = wish_s;
	snprintf(why, sizeof(why), "HTTP status %ld", reply->status);
	return end(reply, PA_FETCH_FAILED, why);
}

static enum pa_fetch_result get_http(
	struct transfer *t, const struct pa_url *url, const struct pa_fetch_state *known)
{
	struct pa_url next, at = *url;

	for (unsigned hops = 0;; hops++) {
		enum pa_fetch_result result = perform(t, &at);

		if (result != PA_FETCH_DONE)
			return result;
		if (!is_redirect(t->reply->status))
			return judge_status(t, known);
		if (hops == PA_FETCH_REDIRECTS_MAX)
			return end(t->reply, PA_FETCH_REFUSED, "it is redirected too often");
		if (!read_redirect(t, url, &next))
			return PA_FETCH_REFUSED;
		at = next;
	}
}

/* --- file --- */

/* A file has no ETag of its own, but what changes when it is written or replaced. */
static void file_tag(const struct stat *st, char out[PA_FETCH_TAG_MAX + 1])
{
	snprintf(out, PA_FETCH_TAG_MAX + 1, "%lld.%09ld %lld %llu", (long long)st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec, (long long)st->st_size, (unsigned long long)st->st_ino);
}

/* Looked at before it is read: at worst an old tag goes with new bytes, and they are read again. */
static enum pa_fetch_result get_file(
	struct transfer *t, const struct pa_url *url, const struct pa_fetch_state *known)
{
	char *path = curl_easy_unescape(t->curl, url->text + url->origin_len, 0, NULL);
	struct pa_fetch_reply *reply = t->reply;
	struct stat st;
	int r = !path ? -ENOMEM : stat(path, &st) != 0 ? -errno : 0;

	curl_free(path);
	if (r)
		return end(reply, PA_FETCH_FAILED, pa_strerror(r));
	/* opening a FIFO could wait for ever */
	if (!S_ISREG(st.st_mode))
		return end(reply, PA_FETCH_REFUSED, "it is no file");
	file_tag(&st, reply->etag);
	if (known && strcmp(known->etag, reply->etag) == 0)
		return PA_FETCH_NOT_MODIFIED;
	return perform(t, url);
}

enum pa_fetch_result pa_fetch_get(const struct pa_url_list *allowed, const struct pa_url *url,
	const struct pa_fetch_state *known, const struct pa_fetch_limits *limits,
	struct pa_fetch_reply *reply)
{
	struct transfer t = {
		.curl = curl_easy_init(),
		.allowed = allowed,
		.limits = limits,
		.reply = reply,
		.deadline_ms = pa_stream_now_ms() + limits->total_ms,
	};
	bool is_file = url->scheme == PA_URL_FILE;
	enum pa_fetch_result result;

	*reply = (struct pa_fetch_reply){ 0 };
	if (!t.curl || (!is_file && !add_conditions(&t, known)) || !set_up(&t))
		result = end(reply, PA_FETCH_FAILED, "libcurl could not be set up");
	else if (is_file)
		result = get_file(&t, url, known);
	else
		result = get_http(&t, url, known);
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(t.headers);
	return result;
}
