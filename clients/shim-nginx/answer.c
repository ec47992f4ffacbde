#include "clients/shim-nginx/answer.h"

#include "clients/shim-nginx/certs.h"
#include "clients/shim-nginx/question.h"
#include "clients/shim-nginx/variables.h"

#define RETRY_AFTER_S 5u

/* What polyauthd was asked about r, as it was to be served then. */
struct answer {
	struct pa_link_ask ask; /* first: it is what the link gives back */
	ngx_http_request_t *r;
	const struct pa_config *config;
	struct polyauth_request request;
	struct polyauth_handle handle;
	ngx_str_t uri, args;
	bool waits;
};

/* --- asking --- */

static struct pa_certs *certs_of(const struct answer *answer)
{
	const ngx_connection_t *c = answer->r->connection;

	return c->ssl ? pa_certs_of(c->ssl->connection) : NULL;
}

static const char *socket_of(const struct pa_config *config)
{
	return (const char *)pa_link_socket(config->link).data;
}

static void on_done(struct pa_link_ask *ask, const char *wrong);

static void cancel(void *data)
{
	struct answer *answer = data;

	pa_link_cancel(&answer->ask);
}

static struct answer *new_answer(ngx_http_request_t *r, const struct pa_config *config)
{
	ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, 0);
	struct answer *answer = ngx_pcalloc(r->pool, sizeof(*answer));

	if (!cleanup || !answer)
		return NULL;
	cleanup->handler = cancel;
	cleanup->data = answer;
	answer->r = r;
	answer->config = config;
	answer->uri = (ngx_str_t){ r->uri.len, ngx_pstrdup(r->pool, &r->uri) };
	answer->args = (ngx_str_t){ r->args.len, ngx_pstrdup(r->pool, &r->args) };
	if (!answer->uri.data || !answer->args.data)
		return NULL;
	answer->ask.request = &answer->request;
	answer->ask.done = on_done;
	ngx_http_set_ctx(r, answer, pa_module);
	return answer;
}

/* NULL, or why polyauthd cannot be asked. */
static const char *begin(struct answer *answer)
{
	const struct pa_config *config = answer->config;
	ngx_http_request_t *r = answer->r;
	const char *realm = (const char *)config->realm.data, *wrong;
	const struct pa_certs *certs = certs_of(answer);

	if ((r->connection->ssl && !certs) ||
		pa_question_gather(r, realm, config->headers, certs, &answer->request) != NGX_OK)
		return "memory is short";
	if (certs)
		answer->handle = pa_certs_handle(certs, realm, socket_of(config));
	answer->request.handle = &answer->handle;
	wrong = pa_link_start(config->link, &answer->ask, config->timeout_ms);
	answer->waits = !wrong;
	return wrong;
}

static void log_reply(const struct answer *answer, const char *wrong)
{
	const struct polyauth_reply *reply = &answer->ask.reply;
	const ngx_uint_t level = reply->verdict == POLYAUTH_ERROR ? NGX_LOG_ERR : NGX_LOG_INFO;
	ngx_log_t *log = answer->r->connection->log;

	if (wrong) {
		ngx_log_error(NGX_LOG_ERR, log, 0, "polyauthd gave no answer in realm %s: %s (%s)",
			answer->config->realm.data, wrong, socket_of(answer->config));
	} else {
		ngx_log_error(level, log, 0, "realm %s: %s %s, device %s, decision %s",
			answer->config->realm.data, polyauth_verdict_name(reply->verdict),
			reply->reason, *reply->device ? reply->device : "-",
			*reply->decision ? reply->decision : "-");
	}
}

static void decided(struct answer *answer, const char *wrong)
{
	static const char no_answer[] = "no-answer";
	struct polyauth_reply *reply = &answer->ask.reply;

	answer->waits = false;
	if (wrong) {
		ngx_memzero(reply, sizeof(*reply));
		ngx_memcpy(reply->reason, no_answer, sizeof(no_answer));
	}
	log_reply(answer, wrong);
	/* those of a subrequest are those of its parent */
	if (answer->r == answer->r->main)
		pa_variables_tell(answer->r, reply);
}

/* true: the handle is unknown, and it is asked again, with the chain. */
static bool follow_handle(struct answer *answer, const char **wrong)
{
	const struct polyauth_reply *reply = &answer->ask.reply;
	const char *realm = (const char *)answer->config->realm.data;
	struct pa_certs *certs = certs_of(answer);

	if (!certs || *wrong)
		return false;
	if (polyauth_needs_chain(&answer->request, reply)) {
		ngx_memzero(&answer->handle, sizeof(answer->handle));
		pa_certs_keep(certs, realm, socket_of(answer->config), &answer->handle);
		*wrong = pa_link_start(
			answer->config->link, &answer->ask, answer->config->timeout_ms);
		return !*wrong;
	}
	if (reply->handle.is_set)
		pa_certs_keep(certs, realm, socket_of(answer->config), &reply->handle);
	return false;
}

static void on_done(struct pa_link_ask *ask, const char *wrong)
{
	struct answer *answer = (struct answer *)(void *)ask;
	ngx_http_request_t *r = answer->r;
	ngx_connection_t *c = r->connection;

	ngx_http_set_log_request(c->log, r);
	if (follow_handle(answer, &wrong))
		return;
	decided(answer, wrong);
	r->write_event_handler(r);
	ngx_http_run_posted_requests(c);
}

/* --- what becomes of a request --- */

/* In the place of an earlier one: a page of error_page may be refused as well. */
static ngx_table_elt_t *set_header(ngx_http_request_t *r, const char *name, const ngx_str_t *value)
{
	const ngx_str_t key = { strlen(name), (u_char *)(uintptr_t)name };
	ngx_table_elt_t *header = NULL;

	for (ngx_list_part_t *part = &r->headers_out.headers.part; part && !header;
		part = part->next) {
		ngx_table_elt_t *headers = part->elts;

		for (size_t i = 0; i < part->nelts; i++) {
			if (headers[i].hash && pa_same(headers[i].key, key))
				header = &headers[i];
		}
	}
	if (!header) {
		header = ngx_list_push(&r->headers_out.headers);
		if (!header)
			return NULL;
		ngx_memzero(header, sizeof(*header));
	}
	header->hash = 1;
	header->key = key;
	header->value = *value;
	return header;
}

static ngx_int_t later(ngx_http_request_t *r, unsigned seconds, ngx_int_t status)
{
	ngx_str_t text = { 0, ngx_pnalloc(r->pool, NGX_INT32_LEN) };

	if (!text.data)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	text.len = (size_t)(ngx_sprintf(text.data, "%ui", (ngx_uint_t)seconds) - text.data);
	if (!set_header(r, "Retry-After", &text))
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	return status;
}

static ngx_int_t challenge(ngx_http_request_t *r, const ngx_str_t *realm)
{
	static const char before[] = "Basic realm=\"";
	ngx_str_t text = { 0, ngx_pnalloc(r->pool, sizeof(before) + realm->len) };

	if (!text.data)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	text.len = (size_t)(ngx_sprintf(text.data, "%s%V\"", before, realm) - text.data);
	r->headers_out.www_authenticate = set_header(r, "WWW-Authenticate", &text);
	if (!r->headers_out.www_authenticate)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	return NGX_HTTP_UNAUTHORIZED;
}

/* NGX_OK where it may be served; else the status of the refusal. */
static ngx_int_t status_of(ngx_http_request_t *r, const struct answer *answer)
{
	const struct polyauth_reply *reply = &answer->ask.reply;

	switch (reply->verdict) {
	case POLYAUTH_ALLOW:
		return NGX_OK;
	case POLYAUTH_DENY:
		return reply->retry_after_s
			       ? later(r, reply->retry_after_s, NGX_HTTP_TOO_MANY_REQUESTS)
			       : NGX_HTTP_FORBIDDEN;
	case POLYAUTH_CHALLENGE:
		return challenge(r, &answer->config->realm);
	case POLYAUTH_ERROR:
	default:
		return later(r, reply->retry_after_s ? reply->retry_after_s : RETRY_AFTER_S,
			NGX_HTTP_SERVICE_UNAVAILABLE);
	}
}

ngx_int_t pa_answer_judge(ngx_http_request_t *r, const struct pa_config *config)
{
	struct answer *answer = ngx_http_get_module_ctx(r, pa_module);

	if (!answer ||
		(!answer->waits && !(answer->config == config && pa_same(answer->uri, r->uri) &&
					   pa_same(answer->args, r->args)))) {
		const char *wrong;

		answer = new_answer(r, config);
		if (!answer)
			return NGX_HTTP_INTERNAL_SERVER_ERROR;
		wrong = begin(answer);
		if (wrong)
			decided(answer, wrong);
	}
	return answer->waits ? NGX_AGAIN : status_of(r, answer);
}

bool pa_answer_is_there(const ngx_http_request_t *r)
{
	return ngx_http_get_module_ctx(r, pa_module) != NULL;
}
