/*
 * pam_polyauth: asks polyauthd about a login, and does what it says.
 *
 * It is for auth alone. There is no pam_sm_acct_mgmt and no other entry: libpam refuses where
 * a line of another kind names the module. Nothing is kept between two calls, and no connection.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "clients/c/polyauth.h"
#include "clients/shim-pam/login.h"

static struct polyauth_bytes text(const char *s)
{
	return (struct polyauth_bytes){ s, strlen(s) };
}

/* Both PAM_SUCCESS and ERROR are 0: mapped one by one, never cast. */
static int meaning_of(enum polyauth_verdict verdict)
{
	switch (verdict) {
	case POLYAUTH_ALLOW:
		return PAM_SUCCESS;
	case POLYAUTH_DENY:
	case POLYAUTH_CHALLENGE: /* there is no way to ask for more */
		return PAM_AUTH_ERR;
	case POLYAUTH_ERROR:
	default:
		return PAM_AUTHINFO_UNAVAIL;
	}
}

/* A pool of one: so connecting and asking have one deadline. */
static int ask(pam_handle_t *pamh, const struct pa_login_args *args,
	const struct polyauth_request *request)
{
	struct polyauth_reply reply = { 0 };
	struct polyauth_pool *pool;
	int r;

	r = polyauth_pool_new(args->socket, 1, &pool);
	if (r == 0)
		r = polyauth_pool_authorize(pool, request, args->timeout_ms, &reply);
	polyauth_pool_free(pool);
	if (r) {
		pam_syslog(pamh, LOG_ERR, "realm %s: polyauthd gave no answer: %s (%s)",
			args->realm, polyauth_strerror(r),
			args->socket ? args->socket : POLYAUTH_DEFAULT_SOCKET);
		/* who logs in chose the length: that must not look as if nobody could answer, since
		 * a stack may fall back to something else then */
		return r == -EMSGSIZE ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
	}
	/* the name of the user is a stranger's text: it stands in the daemon's log, escaped */
	pam_syslog(pamh, reply.verdict == POLYAUTH_ERROR ? LOG_ERR : LOG_INFO,
		"realm %s: %s %s, decision %s", args->realm, polyauth_verdict_name(reply.verdict),
		reply.reason, *reply.decision ? reply.decision : "-");
	return meaning_of(reply.verdict);
}

/* For the caller to free(); NULL: no memory. */
static char *target_of(const char *service, const char *user, size_t *len)
{
	char *target;

	*len = polyauth_login_target(text(service), text(user), NULL, 0);
	target = malloc(*len);
	if (target)
		(void)polyauth_login_target(text(service), text(user), target, *len);
	return target;
}

/* user and password are libpam's, which wipes them. */
static int ask_about(pam_handle_t *pamh, const struct pa_login_args *args, const char *user,
	const char *password)
{
	const void *service = NULL, *host = NULL;
	unsigned char source[16];
	struct polyauth_request request;
	char *target;
	size_t len;
	int r;

	if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS || !service) {
		pam_syslog(pamh, LOG_ERR, "the application has no PAM_SERVICE");
		return PAM_SERVICE_ERR;
	}
	(void)pam_get_item(pamh, PAM_RHOST, &host); /* stays NULL */
	target = target_of(service, user, &len);
	if (!target)
		return PAM_BUF_ERR;
	request = (struct polyauth_request){
		.realm = args->realm,
		.frontend = "pam",
		.method = text("GET"),
		.target = { target, len },
		.source = { source, pa_login_source(host, source) },
		.has_credentials = 1,
		.user = text(user),
		.password = text(password),
	};
	r = ask(pamh, args, &request);
	free(target);
	return r;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *user = NULL, *password = NULL, *at, *wrong;
	struct pa_login_args args;
	int r;

	(void)flags;
	wrong = pa_login_read_args(argc, argv, &args, &at);
	if (wrong) {
		pam_syslog(pamh, LOG_ERR, "%s: %s", at, wrong);
		return PAM_SERVICE_ERR;
	}
	r = pam_get_user(pamh, &user, NULL);
	if (r == PAM_SUCCESS)
		r = pam_get_authtok(pamh, PAM_AUTHTOK, &password, NULL);
	if (r != PAM_SUCCESS || !user || !password) {
		pam_syslog(pamh, LOG_NOTICE, "no user name or no password was given: %s",
			pam_strerror(pamh, r));
		return PAM_AUTH_ERR;
	}
	return ask_about(pamh, &args, user, password);
}

/* There are no credentials to set; it follows an authentication, and grants nothing. */
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
