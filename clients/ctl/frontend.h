/*
 * `frontend test`: requests that a front end must not fall for, sent to a real one.
 *
 * probe table -> fill in the words of this installation -> send -> look what the daemon
 * decided -> judge. Only sending and looking touch anything.
 */
#ifndef CLIENTS_CTL_FRONTEND_H
#define CLIENTS_CTL_FRONTEND_H

#include "clients/ctl/urls.h"

/* --- the table --- */

/* What must become of a probe. */
enum pa_probe_must {
	PA_MUST_REFUSE = 0, /* refused, whatever would have been served */
	PA_MUST_NOT_SERVE,  /* refused, or the device's own file */
	PA_MUST_SERVE       /* the device's own file */
};

#define PA_PROBE_BARE   1u /* without the certificate */
#define PA_PROBE_PLAIN  2u /* without TLS, and without credentials: the wire is open */
#define PA_PROBE_WRITES 4u /* would change files where nothing refuses it */
#define PA_PROBE_BOTH   8u /* over HTTP/2, too */

/*
 * Target and headers are templates: {word} is a word of this installation; frontend_probes.c lists
 * them.
 */
struct pa_probe {
	const char *name; /* NULL ends the table */
	const char *method;
	const char *target;
	const char *headers; /* lines; NULL: none */
	const char *body;    /* NULL: none */
	enum pa_probe_must must;
	unsigned flags; /* PA_PROBE_* */
};

extern const struct pa_probe pa_probes[];

/* --- the words --- */

#define PA_PROBE_WORDS_MAX 16u

struct pa_probe_words {
	size_t len;
	struct {
		const char *name;
		char *value; /* freed by pa_probe_words_finish() */
	} words[PA_PROBE_WORDS_MAX];
};

/*
 * The words of a test. own: the URL of the device's own file. victim: 12 hex digits in lower case,
 * who is attacked. victim_url: its file, of the same origin; NULL: the own one with the other
 * address. pem: the file that begins with the device's certificate. 0; 1: refused, *why says it;
 * -ENOMEM. To be finished always.
 */
int pa_probe_words_make(struct pa_probe_words *words, const struct pa_url *own, const char *victim,
	const struct pa_url *victim_url, struct pa_bytes pem, const char **why) PA_MUST_CHECK;

void pa_probe_words_finish(struct pa_probe_words *words);

/* A template with its words filled in, to be freed. NULL: no memory, or a word that there is not.
 */
char *pa_probe_fill(const char *template, const struct pa_probe_words *words);

/* --- sending --- */

#define PA_PROBE_BODY_MAX ((size_t)1024 * 1024) /* of an answer */

struct pa_probe_route {
	const struct pa_url *url;
	const char *cert, *key, *ca; /* files; ca NULL: those of the system */
	const char *address;         /* connect there, to the port of the URL; NULL: to its host */
	const char *plain_port;
	const char *user, *password; /* NULL: none */
	bool insecure;
	int64_t timeout_ms;
};

/* What goes out: a probe with its words. */
struct pa_probe_request {
	const struct pa_probe *probe;
	const char *target, *agent;
	char *headers; /* lines, as of the probe: cut up; may be NULL */
	bool http2;
};

struct pa_probe_answer {
	long status;   /* 0: none came */
	bool timeout;  /* it was not over in time */
	bool cut;      /* there is more of the body */
	bool to_https; /* it is redirected there */
	bool http2;
	uint8_t *body; /* freed by pa_probe_answer_finish() */
	size_t len, size;
	char why[256]; /* no status: as libcurl says it */
};

/* Send one over a connection of its own. 0, or -ENOMEM. The answer is to be finished always. */
int pa_probe_send(const struct pa_probe_route *route, const struct pa_probe_request *request,
	struct pa_probe_answer *answer) PA_MUST_CHECK;

void pa_probe_answer_finish(struct pa_probe_answer *answer);

/* --- judging --- */

enum pa_probe_result {
	PA_PROBE_SERVED = 0, /* what must not be served was */
	PA_PROBE_NOT_SERVED, /* the own file was not */
	PA_PROBE_NOT_ASKED,  /* served, and nobody asked the daemon */
	PA_PROBE_NOT_OBEYED, /* served, and the daemon did not allow it */
	PA_PROBE_MISLED,     /* the daemon allowed it: it was told of something else */
	PA_PROBE_REDIRECTED,
	PA_PROBE_SWITCHED,  /* to another protocol */
	PA_PROBE_NO_ANSWER, /* in time */
	PA_PROBE_OK,
	PA_PROBE_RESULTS /* how many there are */
};

/* What the daemon decided about a probe. */
struct pa_probe_asked {
	bool known; /* it could be looked at */
	size_t decisions, allowed;
};

/* own: the body of the device's file. */
enum pa_probe_result pa_probe_judge(const struct pa_probe *probe,
	const struct pa_probe_answer *answer, struct pa_bytes own,
	const struct pa_probe_asked *asked);

const char *pa_probe_result_name(enum pa_probe_result result);
const char *pa_probe_result_text(enum pa_probe_result result);
const char *pa_probe_must_name(enum pa_probe_must must);

#endif
