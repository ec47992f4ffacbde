/*
 * mod_authz_polyauth: `Require polyauth REALM` asks polyauthd, and does what it says.
 *
 * Two providers and a few hooks. The authz provider asks; the reply is kept with the
 * request, so that the authn provider (which makes the 401) and the second pass of mod_authz_core
 * need not ask again. An internal redirect and a subrequest are requests of their own, and are
 * asked anew: hence AP_AUTH_INTERNAL_PER_URI, without which httpd takes the answer of the first one
 * for the others. Where it does so all the same, a fixup asks.
 */
#include <stdbool.h>
#include <string.h>

#include <httpd.h>
#include <ap_mpm.h>
#include <ap_provider.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "clients/c/polyauth.h"
#include "clients/shim-apache/ask.h"
#include "clients/shim-apache/kept.h"

#if !AP_MODULE_MAGIC_AT_LEAST(20120211, 102)
#error "httpd 2.4.47 or newer is needed"
#endif

#define TIMEOUT_MS      5000
#define TIMEOUT_MS_MAX  30000
#define CONNECTIONS_MAX 1024
#define SOCKET_PATH_MAX 107
#define REALM_MAX       64
#define HEADER_NAME_MAX 64
#define RETRY_AFTER_S   5u
#define NO_ANSWER       "no-answer"

extern module AP_MODULE_DECLARE_DATA authz_polyauth_module;
APLOG_USE_MODULE(authz_polyauth);

/* Of a server or virtual host; NULL and 0: not set. */
struct config {
	const char *socket;
	int timeout_ms, connections;
	apr_array_header_t *headers; /* const char *, lower case */
	struct polyauth_pool *pool;  /* of this child process */
};

/* What polyauthd said of what r was to serve in one realm. */
struct answer {
	struct answer *next;
	const char *realm, *uri, *served_path, *path_info, *args;
	struct polyauth_reply reply;
};

/* --- asking --- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct answer *answers_of(const request_rec *r)
{
	return ap_get_module_config(r->request_config, &authz_polyauth_module);
}

/* For the log and for scripts; a client cannot set these: what it sends becomes HTTP_... */
static void tell(request_rec *r, const struct polyauth_reply *reply)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "POLYAUTH_VERDICT", polyauth_verdict_name(reply->verdict) },
		{ "POLYAUTH_REASON", reply->reason },
		{ "POLYAUTH_DEVICE", reply->device },
		{ "POLYAUTH_DECISION", reply->decision },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		apr_table_unset(r->notes, rows[i].name);
		apr_table_unset(r->subprocess_env, rows[i].name);
		if (!*rows[i].value)
			continue;
		apr_table_set(r->notes, rows[i].name, rows[i].value);
		apr_table_set(r->subprocess_env, rows[i].name, rows[i].value);
	}
}

static void ask(
	request_rec *r, const char *realm, const char *served_path, struct polyauth_reply *reply)
{
	const struct config *config =
		ap_get_module_config(r->server->module_config, &authz_polyauth_module);
	struct polyauth_handle handle;
	struct polyauth_request request;
	const char *wrong = "there is no pool of connections";
	int status;

	memset(reply, 0, sizeof(*reply));
	if (config->pool)
		wrong = pa_ask_gather(r, realm, config->headers, served_path, &request);
	if (!wrong) {
		handle = pa_kept_handle(r, &request, config->pool);
		request.handle = &handle;
		status = polyauth_pool_authorize(config->pool, &request,
			(uint32_t)(config->timeout_ms ? config->timeout_ms : TIMEOUT_MS), reply);
		if (status)
			wrong = polyauth_strerror(status);
		pa_kept_update(r, &request, config->pool, &handle);
	}
	if (wrong) {
		memset(reply, 0, sizeof(*reply));
		apr_cpystrn(reply->reason, NO_ANSWER, sizeof(reply->reason));
		ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
			"polyauthd gave no answer in realm %s: %s (%s)", realm, wrong,
			config->socket ? config->socket : POLYAUTH_DEFAULT_SOCKET);
		return;
	}
	ap_log_rerror(APLOG_MARK, reply->verdict == POLYAUTH_ERROR ? APLOG_ERR : APLOG_INFO, 0, r,
		"realm %s: %s %s, device %s, decision %s", realm,
		polyauth_verdict_name(reply->verdict), reply->reason,
		*reply->device ? reply->device : "-", *reply->decision ? reply->decision : "-");
}

/*
 * The answers to which r owes that it was let in, though it has none of its own. httpd runs no
 * Require for a redirect or a subrequest with the configuration of the request that it came from:
 * without a <Location>, that is every other file of a directory. And a subrequest for a file of
 * another directory (mod_include) has no URI, so that no <Location> holds for it.
 */
static const struct answer *answers_before(const request_rec *r)
{
	if (r->prev && r->prev->per_dir_config == r->per_dir_config)
		return answers_of(r->prev);
	if (r->main && r->main->per_dir_config == r->per_dir_config)
		return answers_of(r->main);
	for (const request_rec *from = r->main; from && !*r->uri; from = from->main) {
		if (answers_of(from))
			return answers_of(from);
	}
	return NULL;
}

/* The one of these that is for what r will serve as it is now; NULL: none. */
static const struct answer *find(const struct answer *answer, const request_rec *r,
	const char *realm, const char *served_path)
{
	for (; answer; answer = answer->next) {
		if (same(answer->realm, realm) && same(answer->uri, r->uri) &&
			same(answer->served_path, served_path) &&
			same(answer->path_info, r->path_info) && same(answer->args, r->args))
			return answer;
	}
	return NULL;
}

/* The reply for what r will serve as it is now; one call to the daemon, however often it is wanted.
 */
static const struct polyauth_reply *reply_for(
	request_rec *r, const char *realm, const char *served_path)
{
	const struct answer *known = find(answers_of(r), r, realm, served_path);
	struct answer *answer;

	if (known)
		return &known->reply;
	answer = apr_pcalloc(r->pool, sizeof(*answer));
	known = find(answers_before(r), r, realm, served_path);
	if (known)
		answer->reply = known->reply;
	else
		ask(r, realm, served_path, &answer->reply);
	answer->realm = realm;
	answer->uri = apr_pstrdup(r->pool, r->uri);
	answer->served_path = served_path;
	answer->path_info = apr_pstrdup(r->pool, r->path_info);
	answer->args = apr_pstrdup(r->pool, r->args);
	answer->next = answers_of(r);
	ap_set_module_config(r->request_config, &authz_polyauth_module, answer);
	tell(r, &answer->reply);
	return &answer->reply;
}

/* --- Require polyauth REALM --- */

static bool is_realm(const char *name)
{
	size_t len = strlen(name);

	for (const char *c = name; *c; c++) {
		if (!apr_isalnum(*c) && *c != '.' && *c != '_' && *c != '-')
			return false;
	}
	return len > 0 && len <= REALM_MAX;
}

/*
 * Where "no" would come to mean "yes", or the line would hold for some methods only, it is refused:
 * an answer that does not come must never let anybody in.
 */
static const char *parse_require(cmd_parms *cmd, const char *line, const void **parsed)
{
	const ap_directive_t *at = cmd->directive;
	const char *rest = line;
	char *realm = ap_getword_conf(cmd->pool, &rest);

	if (!is_realm(realm) || *rest)
		return "write Require polyauth REALM: one name of letters, digits, . _ -";
	if (!at || ap_cstr_casecmp(at->directive, "Require") != 0)
		return "polyauth can stand in a Require line alone, not in <AuthzProviderAlias>";
	if (ap_cstr_casecmpn(at->args, "not", 3) == 0)
		return "Require not polyauth: a refusal cannot let anybody in";
	for (at = at->parent; at; at = at->parent) {
		if (ap_cstr_casecmp(at->directive, "<RequireNone") == 0)
			return "Require polyauth in <RequireNone>: a refusal cannot let anybody in";
		if (ap_cstr_casecmp(at->directive, "<Limit") == 0 ||
			ap_cstr_casecmp(at->directive, "<LimitExcept") == 0)
			return "Require polyauth in <Limit>: other methods would not be asked about; "
			       "the realm's rules name the methods";
	}
	/* a mark, for wants_answers() */
	ap_set_module_config(cmd->context, &authz_polyauth_module, realm);
	*parsed = realm;
	return NULL;
}

/*
 * Whether a Require polyauth stands in the configuration of r, or in one around it: then there may
 * be no answers only because another Require line has refused r before.
 */
static bool wants_answers(const request_rec *r)
{
	return answers_of(r) || ap_get_module_config(r->per_dir_config, &authz_polyauth_module);
}

/*
 * ERROR, and DENY that ends by itself, are "nobody yet" here, too: mod_authz_core would make a 500
 * of AUTHZ_GENERAL_ERROR and a 403 of AUTHZ_DENIED, and refuse_undecided(), which is asked next,
 * makes 503 and 429 of them.
 */
static authz_status check_authorization(request_rec *r, const char *line, const void *parsed)
{
	const struct polyauth_reply *reply = reply_for(r, parsed, pa_ask_served_path(r, false));

	(void)line;
	switch (reply->verdict) {
	case POLYAUTH_ALLOW:
		return AUTHZ_GRANTED;
	case POLYAUTH_DENY:
		return r->user || !reply->retry_after_s ? AUTHZ_DENIED : AUTHZ_DENIED_NO_USER;
	case POLYAUTH_CHALLENGE:
		return r->user ? AUTHZ_DENIED : AUTHZ_DENIED_NO_USER;
	case POLYAUTH_ERROR:
	default:
		return r->user ? AUTHZ_GENERAL_ERROR : AUTHZ_DENIED_NO_USER;
	}
}

static int later(request_rec *r, const struct polyauth_reply *reply, int status)
{
	unsigned seconds = reply->retry_after_s ? reply->retry_after_s : RETRY_AFTER_S;

	apr_table_set(r->err_headers_out, "Retry-After", apr_psprintf(r->pool, "%u", seconds));
	return status;
}

/* Before any authn module: what could not be decided is 503, what may be tried later 429. */
static int refuse_undecided(request_rec *r)
{
	bool challenge = false;

	for (const struct answer *answer = answers_of(r); answer; answer = answer->next) {
		if (answer->reply.verdict == POLYAUTH_ERROR)
			return later(r, &answer->reply, HTTP_SERVICE_UNAVAILABLE);
		if (answer->reply.verdict == POLYAUTH_DENY && answer->reply.retry_after_s)
			return later(r, &answer->reply, HTTP_TOO_MANY_REQUESTS);
		challenge |= answer->reply.verdict == POLYAUTH_CHALLENGE;
	}
	if (challenge && !ap_auth_type(r)) {
		ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
			"the realm wants credentials: AuthType Basic, AuthName and "
			"AuthBasicProvider polyauth are missing");
		return HTTP_INTERNAL_SERVER_ERROR;
	}
	return DECLINED;
}

/*
 * Every realm that allowed it before is asked about what r will serve as it is now; each must allow
 * that, too. all: those that did not allow it are asked as well.
 */
static int ask_again(request_rec *r, const struct answer *before, bool all, const char *served_path)
{
	for (; before; before = before->next) {
		const struct polyauth_reply *reply;

		if (!all && before->reply.verdict != POLYAUTH_ALLOW)
			continue;
		reply = reply_for(r, before->realm, served_path);
		if (reply->verdict == POLYAUTH_ERROR)
			return later(r, reply, HTTP_SERVICE_UNAVAILABLE);
		if (reply->verdict != POLYAUTH_ALLOW)
			return HTTP_FORBIDDEN;
	}
	return DECLINED;
}

/*
 * The last of the fixups: a RewriteRule [P] in a directory, and what answers for a directory
 * (mod_dir), change what will be served after it was allowed. The realms are asked about that, too.
 */
static int ask_about_changes(request_rec *r)
{
	/* mod_rewrite will redirect internally, and that is asked about */
	if (r->filename && strncmp(r->filename, "redirect:", 9) == 0)
		return DECLINED;
	return ask_again(r, answers_of(r), false, pa_ask_served_path(r, true));
}

/* What was not let in is an error by now, whoever did not let it in. */
static bool is_refused(const request_rec *r)
{
	switch (r->status) {
	case HTTP_UNAUTHORIZED:
	case HTTP_FORBIDDEN:
	case HTTP_TOO_MANY_REQUESTS:
	case HTTP_SERVICE_UNAVAILABLE:
		return true;
	default:
		break;
	}
	for (const struct answer *answer = answers_of(r); answer; answer = answer->next) {
		if (answer->reply.verdict != POLYAUTH_ALLOW)
			return ap_is_HTTP_ERROR(r->status);
	}
	return false;
}

/*
 * The first of the fixups. Where httpd ran no Require, those who answered before are asked. Where
 * ErrorDocument names just what was refused, the error stays without a page; another page that
 * has no Require of its own is asked about in every realm.
 */
static int ask_for_httpd(request_rec *r)
{
	bool refused = r->prev && wants_answers(r->prev) && is_refused(r->prev);

	if (answers_of(r))
		return DECLINED;
	if (refused && strcmp(r->uri, r->prev->uri) == 0)
		return HTTP_FORBIDDEN;
	return ask_again(r, answers_before(r), refused, pa_ask_served_path(r, false));
}

/* --- AuthBasicProvider polyauth --- */

/*
 * The daemon has seen the credentials already. That it allowed the request does not say that it
 * looked at the user's name: so the user is the device that it proved, or nobody.
 */
static authn_status check_password(request_rec *r, const char *user, const char *password)
{
	const struct answer *answer = answers_of(r);

	(void)user;
	(void)password;
	if (!answer) {
		ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
			"AuthBasicProvider polyauth needs a Require polyauth REALM beside it");
		return AUTH_GENERAL_ERROR;
	}
	for (; answer; answer = answer->next) {
		if (answer->reply.verdict == POLYAUTH_ALLOW && *answer->reply.device) {
			r->user = apr_pstrdup(r->pool, answer->reply.device);
			return AUTH_GRANTED;
		}
	}
	return AUTH_DENIED;
}

/* --- afterwards --- */

/* Where no other module has a user, it is the device that was proven. */
static int name_user(request_rec *r)
{
	for (struct answer *answer = answers_of(r); answer && !r->user; answer = answer->next) {
		if (answer->reply.verdict != POLYAUTH_ALLOW || !*answer->reply.device)
			continue;
		r->user = answer->reply.device;
		r->ap_auth_type = apr_pstrdup(r->pool, "Polyauth");
	}
	return DECLINED;
}

/* A line of the log is about the last of a chain of redirects: tell it what was refused before. */
static int tell_last(request_rec *r)
{
	const struct answer *told = NULL;

	for (; r; r = r->next) {
		const struct answer *answer = answers_of(r);

		if (answer && (!told || told->reply.verdict == POLYAUTH_ALLOW))
			told = answer;
		if (!r->next && told)
			tell(r, &told->reply);
	}
	return DECLINED;
}

/* --- configuration --- */

static void *create_config(apr_pool_t *pool, server_rec *s)
{
	static const char *const always[] = { "user-agent", "destination", "x-http-method",
		"x-http-method-override", "x-method-override", "upgrade" };
	struct config *config = apr_pcalloc(pool, sizeof(*config));

	config->headers = apr_array_make(pool, PA_ASK_HEADERS_MAX, sizeof(const char *));
	for (size_t i = 0; !s->is_virtual && i < sizeof(always) / sizeof(*always); i++)
		APR_ARRAY_PUSH(config->headers, const char *) = always[i];
	return config;
}

static void *merge_config(apr_pool_t *pool, void *base_config, void *new_config)
{
	const struct config *base = base_config, *own = new_config;
	struct config *config = apr_pcalloc(pool, sizeof(*config));

	config->socket = own->socket ? own->socket : base->socket;
	config->timeout_ms = own->timeout_ms ? own->timeout_ms : base->timeout_ms;
	config->connections = own->connections ? own->connections : base->connections;
	config->headers = apr_array_append(pool, base->headers, own->headers);
	return config;
}

static struct config *config_of(const cmd_parms *cmd)
{
	return ap_get_module_config(cmd->server->module_config, &authz_polyauth_module);
}

static const char *set_socket(cmd_parms *cmd, void *dir, const char *path)
{
	const char *whole = ap_server_root_relative(cmd->pool, path);

	(void)dir;
	if (!whole || strlen(whole) > SOCKET_PATH_MAX)
		return apr_psprintf(
			cmd->pool, "PolyAuthSocket: a path of at most %d bytes", SOCKET_PATH_MAX);
	config_of(cmd)->socket = whole;
	return NULL;
}

static const char *set_number(cmd_parms *cmd, const char *word, int max, int *ret)
{
	char *end;
	apr_int64_t value = apr_isdigit(*word) ? apr_strtoi64(word, &end, 10) : 0;

	if (value < 1 || value > max || *end)
		return apr_psprintf(cmd->pool, "%s: a number from 1 to %d", cmd->cmd->name, max);
	*ret = (int)value;
	return NULL;
}

static const char *set_timeout(cmd_parms *cmd, void *dir, const char *word)
{
	(void)dir;
	return set_number(cmd, word, TIMEOUT_MS_MAX, &config_of(cmd)->timeout_ms);
}

static const char *set_connections(cmd_parms *cmd, void *dir, const char *word)
{
	(void)dir;
	return set_number(cmd, word, CONNECTIONS_MAX, &config_of(cmd)->connections);
}

static const char *add_header(cmd_parms *cmd, void *dir, const char *word)
{
	char *name = apr_pstrdup(cmd->pool, word);

	(void)dir;
	ap_str_tolower(name);
	if (!*name || strlen(name) > HEADER_NAME_MAX || *ap_scan_http_token(name))
		return "PolyAuthHeader: names of headers";
	if (strcmp(name, "authorization") == 0)
		return "PolyAuthHeader: credentials are passed anyway, and not as a header";
	APR_ARRAY_PUSH(config_of(cmd)->headers, const char *) = name;
	return NULL;
}

static const command_rec commands[] = {
	AP_INIT_TAKE1("PolyAuthSocket", set_socket, NULL, RSRC_CONF,
		"the query socket of polyauthd; default: " POLYAUTH_DEFAULT_SOCKET),
	AP_INIT_TAKE1("PolyAuthTimeout", set_timeout, NULL, RSRC_CONF,
		"milliseconds that a request waits for polyauthd, 1 to 30000; default: 5000"),
	AP_INIT_TAKE1("PolyAuthConnections", set_connections, NULL, RSRC_CONF,
		"connections to polyauthd of one child process, 1 to 1024; default: its threads"),
	AP_INIT_ITERATE("PolyAuthHeader", add_header, NULL, RSRC_CONF,
		"names of further headers of the request that polyauthd is told"),
	{ .name = NULL },
};

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
	(void)pconf;
	(void)plog;
	(void)ptemp;
	for (; s; s = s->next) {
		const struct config *config =
			ap_get_module_config(s->module_config, &authz_polyauth_module);

		if (config->headers->nelts <= PA_ASK_HEADERS_MAX)
			continue;
		ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s,
			"PolyAuthHeader: more than %d headers, the module's own included",
			PA_ASK_HEADERS_MAX);
		return HTTP_INTERNAL_SERVER_ERROR;
	}
	return OK;
}

/*
 * A pool for each socket. It is never freed: threads may still wait in it while the child
 * ends, and the kernel closes its connections then.
 */
static void open_pools(apr_pool_t *pool, server_rec *s)
{
	apr_hash_t *pools = apr_hash_make(pool);
	int threads = 1;

	if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 1)
		threads = 1;
	if (threads > CONNECTIONS_MAX)
		threads = CONNECTIONS_MAX;
	for (; s; s = s->next) {
		struct config *config =
			ap_get_module_config(s->module_config, &authz_polyauth_module);
		int max = config->connections ? config->connections : threads, status;
		const char *key =
			apr_psprintf(pool, "%d %s", max, config->socket ? config->socket : "");

		config->pool = apr_hash_get(pools, key, APR_HASH_KEY_STRING);
		if (config->pool)
			continue;
		status = polyauth_pool_new(config->socket, (unsigned)max, &config->pool);
		if (status)
			ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, "no pool of connections: %s",
				polyauth_strerror(status));
		else
			apr_hash_set(pools, key, APR_HASH_KEY_STRING, config->pool);
	}
}

static void register_hooks(apr_pool_t *pool)
{
	static const authz_provider authz = { check_authorization, parse_require };
	static const authn_provider authn = { check_password, NULL };

	ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "polyauth", AUTHZ_PROVIDER_VERSION,
		&authz, AP_AUTH_INTERNAL_PER_URI);
	ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "polyauth", AUTHN_PROVIDER_VERSION,
		&authn, AP_AUTH_INTERNAL_PER_URI);
	ap_hook_check_authn(refuse_undecided, NULL, NULL, APR_HOOK_FIRST, AP_AUTH_INTERNAL_PER_URI);
	ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
	ap_hook_pre_connection(pa_kept_begin, NULL, NULL, APR_HOOK_MIDDLE);
	ap_hook_child_init(open_pools, NULL, NULL, APR_HOOK_MIDDLE);
	ap_hook_fixups(ask_for_httpd, NULL, NULL, APR_HOOK_REALLY_FIRST);
	ap_hook_fixups(name_user, NULL, NULL, APR_HOOK_FIRST);
	ap_hook_fixups(ask_about_changes, NULL, NULL, APR_HOOK_REALLY_LAST);
	ap_hook_log_transaction(tell_last, NULL, NULL, APR_HOOK_FIRST);
}

module AP_MODULE_DECLARE_DATA authz_polyauth_module = {
	STANDARD20_MODULE_STUFF,
	NULL,
	NULL,
	create_config,
	merge_config,
	commands,
	register_hooks,
	0,
};
