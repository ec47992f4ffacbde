#include "clients/shim-nginx/variables.h"

#include "clients/shim-nginx/certs.h"
#include "clients/shim-nginx/module.h"

enum variable { VERDICT, REASON, DEVICE, DECISION, ANSWERS, CHAIN = ANSWERS, VARIABLES };

static ngx_str_t variable_names[VARIABLES] = { ngx_string("polyauth_verdict"),
	ngx_string("polyauth_reason"), ngx_string("polyauth_device"),
	ngx_string("polyauth_decision"), ngx_string("polyauth_client_chain") };
static ngx_int_t variable_at[ANSWERS];

static void set_variable(ngx_http_variable_value_t *value, const char *text)
{
	*value = (ngx_http_variable_value_t){
		.len = (unsigned)strlen(text) & 0xfffffff, /* a bit field of 28 */
		.valid = 1,
		.not_found = !*text,
		.data = (u_char *)(uintptr_t)text,
	};
}

void pa_variables_tell(ngx_http_request_t *r, const struct polyauth_reply *reply)
{
	static const ngx_str_t allowed = ngx_string("ALLOW");
	ngx_http_variable_value_t *values = r->variables;
	const ngx_http_variable_value_t *told = &values[variable_at[VERDICT]];

	if (told->valid && !told->not_found &&
		!pa_same((ngx_str_t){ told->len, told->data }, allowed))
		return;
	set_variable(&values[variable_at[VERDICT]], polyauth_verdict_name(reply->verdict));
	set_variable(&values[variable_at[REASON]], reply->reason);
	set_variable(&values[variable_at[DEVICE]], reply->device);
	set_variable(&values[variable_at[DECISION]], reply->decision);
}

static ngx_int_t get_nothing(
	ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	(void)r;
	(void)data;
	value->not_found = 1;
	return NGX_OK;
}

static ngx_int_t get_client_chain(
	ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	const struct pa_certs *certs;
	ngx_str_t text;

	(void)data;
	value->not_found = 1;
	if (!r->connection->ssl)
		return NGX_OK;
	certs = pa_certs_of(r->connection->ssl->connection);
	if (!certs)
		return NGX_ERROR;
	if (!certs->len)
		return NGX_OK;
	if (pa_certs_text(r->pool, certs, &text) != NGX_OK)
		return NGX_ERROR;
	value->data = text.data;
	value->len = (unsigned)text.len & 0xfffffff;
	value->not_found = 0;
	value->valid = 1;
	return NGX_OK;
}

ngx_int_t pa_variables_add(ngx_conf_t *cf)
{
	if (pa_certs_init() != NGX_OK)
		return NGX_ERROR;
	/* who asks polyauth-http sets variables of the same names: docs/recipes/nginx.md */
	for (size_t i = 0; i < VARIABLES; i++) {
		ngx_http_variable_t *variable = ngx_http_add_variable(
			cf, &variable_names[i], i == CHAIN ? 0 : NGX_HTTP_VAR_CHANGEABLE);

		if (!variable)
			return NGX_ERROR;
		variable->get_handler = i == CHAIN ? get_client_chain : get_nothing;
		if (i == CHAIN)
			continue;
		variable_at[i] = ngx_http_get_variable_index(cf, &variable_names[i]);
		if (variable_at[i] == NGX_ERROR)
			return NGX_ERROR;
	}
	return NGX_OK;
}
