/*
 * ngx_http_polyauth_module: `polyauth REALM` asks polyauthd before anything is served, and does
 * what it says.
 *
 * A request is asked about in nginx's phase of access, and once more right before its content is
 * made, where try_files has chosen another file meanwhile. An internal redirect begins anew, and
 * subrequests, which nginx takes past the phase of access, are asked about as well: whatever makes
 * content was allowed.
 */
#include "clients/shim-nginx/answer.h"
#include "clients/shim-nginx/variables.h"
#include "proto/limits.h"

#define TIMEOUT_MS      5000
#define TIMEOUT_MS_MAX  30000
#define REALM_MAX       64u
#define HEADER_NAME_MAX 64u

/* Of all servers: a link for each socket. */
struct main_config {
	ngx_array_t links; /* struct pa_link * */
};

static const ngx_str_t own_headers[] = { ngx_string("user-agent"), ngx_string("destination"),
	ngx_string("x-http-method"), ngx_string("x-http-method-override"),
	ngx_string("x-method-override"), ngx_string("upgrade") };
#define OWN_HEADERS (sizeof(own_headers) / sizeof(*own_headers))

/* --- phases --- */

static ngx_int_t on_access(ngx_http_request_t *r)
{
	const struct pa_config *config = ngx_http_get_module_loc_conf(r, pa_module);

	return config->realm.len ? pa_answer_judge(r, config) : NGX_DECLINED;
}

/* Where `satisfy any` has let a request in before polyauthd was asked, that is the operator's word.
 */
static ngx_int_t before_content(ngx_http_request_t *r)
{
	const struct pa_config *config = ngx_http_get_module_loc_conf(r, pa_module);
	const ngx_http_core_loc_conf_t *core =
		ngx_http_get_module_loc_conf(r, ngx_http_core_module);
	ngx_int_t status;

	if (!config->realm.len ||
		(r == r->main && core->satisfy == NGX_HTTP_SATISFY_ANY && !pa_answer_is_there(r)))
		return NGX_DECLINED;
	status = pa_answer_judge(r, config);
	return status == NGX_OK ? NGX_DECLINED : status;
}

/* --- configuration --- */

static bool is_realm(ngx_str_t name)
{
	for (size_t i = 0; i < name.len; i++) {
		u_char c = name.data[i];

		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
			c != '.' && c != '_' && c != '-')
			return false;
	}
	return name.len > 0 && name.len <= REALM_MAX;
}

static char *set_realm(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	static char bad[] = "takes one name of letters, digits, . _ -, or off";
	static char twice[] = "is duplicate";
	const ngx_str_t *words = cf->args->elts;
	struct pa_config *config = conf;

	(void)command;
	if (config->realm.data)
		return twice;
	if (!is_realm(words[1]))
		return bad;
	config->realm = words[1];
	if (words[1].len == 3 && ngx_strncmp(words[1].data, "off", 3) == 0)
		config->realm.len = 0;
	return NGX_CONF_OK;
}

static char *set_socket(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	static char bad[] = "takes the path of a Unix socket, of at most 107 bytes";
	static char twice[] = "is duplicate";
	ngx_str_t *words = cf->args->elts;
	struct pa_config *config = conf;

	(void)command;
	if (config->socket.data)
		return twice;
	if (ngx_conf_full_name(cf->cycle, &words[1], 0) != NGX_OK ||
		words[1].len > PA_LINK_SOCKET_MAX)
		return bad;
	config->socket = words[1];
	return NGX_CONF_OK;
}

static bool is_token(const ngx_str_t *name)
{
	static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110, 5.6.2 */

	for (size_t i = 0; i < name->len; i++) {
		u_char c = name->data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c && strchr(others, c)))
			return false;
	}
	return name->len > 0 && name->len <= HEADER_NAME_MAX;
}

static char *add_headers(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	static char bad[] =
		"takes names of headers, not of the credentials, which are passed anyway";
	static char many[] = "takes no more than 32 headers, the module's own included";
	static const ngx_str_t authorization = ngx_string("authorization");
	ngx_str_t *words = cf->args->elts, *name;
	struct pa_config *config = conf;

	(void)command;
	if (!config->headers) {
		config->headers = ngx_array_create(cf->pool, PA_HEADERS_MAX, sizeof(ngx_str_t));
		if (!config->headers)
			return NGX_CONF_ERROR;
		name = ngx_array_push_n(config->headers, OWN_HEADERS);
		ngx_memcpy(name, own_headers, sizeof(own_headers));
	}
	for (size_t i = 1; i < cf->args->nelts; i++) {
		ngx_strlow(words[i].data, words[i].data, words[i].len);
		if (!is_token(&words[i]) || pa_same(words[i], authorization))
			return bad;
		if (config->headers->nelts == PA_HEADERS_MAX)
			return many;
		name = ngx_array_push(config->headers);
		if (!name)
			return NGX_CONF_ERROR;
		*name = words[i];
	}
	return NGX_CONF_OK;
}

static void *create_main(ngx_conf_t *cf)
{
	struct main_config *config = ngx_pcalloc(cf->pool, sizeof(*config));

	if (!config ||
		ngx_array_init(&config->links, cf->pool, 1, sizeof(struct pa_link *)) != NGX_OK)
		return NULL;
	return config;
}

static void *create_location(ngx_conf_t *cf)
{
	struct pa_config *config = ngx_pcalloc(cf->pool, sizeof(*config));

	if (config)
		config->timeout_ms = NGX_CONF_UNSET_MSEC;
	return config;
}

/* The one to this socket, which all servers and locations share. */
static struct pa_link *link_to(ngx_conf_t *cf, ngx_str_t socket)
{
	struct main_config *config = ngx_http_conf_get_module_main_conf(cf, pa_module);
	struct pa_link **links = config->links.elts, **added;

	for (size_t i = 0; i < config->links.nelts; i++) {
		if (pa_same(pa_link_socket(links[i]), socket))
			return links[i];
	}
	added = ngx_array_push(&config->links);
	if (!added)
		return NULL;
	*added = pa_link_new(cf->pool, socket);
	return *added;
}

static char *merge_location(ngx_conf_t *cf, void *parent, void *child)
{
	static char long_timeout[] = "polyauth_timeout is from 1ms to 30s";
	static u_char default_socket[] = POLYAUTH_DEFAULT_SOCKET;
	static ngx_array_t defaults = { .elts = (void *)(uintptr_t)own_headers,
		.nelts = OWN_HEADERS,
		.size = sizeof(ngx_str_t),
		.nalloc = OWN_HEADERS };
	const struct pa_config *base = parent;
	struct pa_config *config = child;

	if (!config->realm.data)
		config->realm = base->realm;
	ngx_conf_merge_str_value(config->socket, base->socket, "");
	if (!config->socket.len)
		config->socket = (ngx_str_t){ sizeof(default_socket) - 1, default_socket };
	ngx_conf_merge_msec_value(config->timeout_ms, base->timeout_ms, TIMEOUT_MS);
	if (config->timeout_ms < 1 || config->timeout_ms > TIMEOUT_MS_MAX)
		return long_timeout;
	if (!config->headers)
		config->headers = base->headers ? base->headers : &defaults;
	if (!config->realm.len)
		return NGX_CONF_OK;
	config->link = link_to(cf, config->socket);
	return config->link ? NGX_CONF_OK : NGX_CONF_ERROR;
}

/* The last of a phase is the first of its array. */
static ngx_int_t add_handler(ngx_conf_t *cf, ngx_http_phases phase, ngx_http_handler_pt handler)
{
	ngx_http_core_main_conf_t *core =
		ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
	ngx_array_t *handlers = &core->phases[phase].handlers;
	ngx_http_handler_pt *all;

	if (!ngx_array_push(handlers))
		return NGX_ERROR;
	all = handlers->elts;
	ngx_memmove(all + 1, all, (handlers->nelts - 1) * sizeof(*all));
	all[0] = handler;
	return NGX_OK;
}

static ngx_int_t add_handlers(ngx_conf_t *cf)
{
	if (add_handler(cf, NGX_HTTP_ACCESS_PHASE, on_access) != NGX_OK)
		return NGX_ERROR;
	return add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, before_content);
}

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static ngx_command_t commands[] = {
	{ ngx_string("polyauth"), ANYWHERE | NGX_CONF_TAKE1, set_realm, NGX_HTTP_LOC_CONF_OFFSET, 0,
		NULL },
	{ ngx_string("polyauth_socket"), ANYWHERE | NGX_CONF_TAKE1, set_socket,
		NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
	{ ngx_string("polyauth_timeout"), ANYWHERE | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
		NGX_HTTP_LOC_CONF_OFFSET, offsetof(struct pa_config, timeout_ms), NULL },
	{ ngx_string("polyauth_header"), ANYWHERE | NGX_CONF_1MORE, add_headers,
		NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
	ngx_null_command,
};

static ngx_http_module_t hooks = {
	.preconfiguration = pa_variables_add,
	.postconfiguration = add_handlers,
	.create_main_conf = create_main,
	.create_loc_conf = create_location,
	.merge_loc_conf = merge_location,
};

ngx_module_t pa_module = {
	NGX_MODULE_V1,
	&hooks,
	commands,
	NGX_HTTP_MODULE,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NGX_MODULE_V1_PADDING,
};

/* What nginx looks for in the shared object. */
static char module_name[] = "ngx_http_polyauth_module";
ngx_module_t *ngx_modules[] = { &pa_module, NULL };
char *ngx_module_names[] = { module_name, NULL };
