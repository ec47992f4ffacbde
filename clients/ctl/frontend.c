/* frontend test: is Polyauth in force in this front end? */
#include "clients/ctl/frontend.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "clients/ctl/args.h"
#include "clients/ctl/ctl.h"
#include "clients/ctl/fetch.h"
#include "clients/ctl/output.h"
#include "clients/ctl/secret.h"
#include "proto/authorize.h"
#include "proto/mac.h"

/* Nobody's: from the range of RFC 9542 for documentation. */
#define DEFAULT_VICTIM UINT64_C(0x00005e005301)

#define DEFAULT_TIME_S 10
#define TIME_S_MAX     600

static const char *const columns[] = { "result", "probe", "protocol", "must", "answer", "verdict",
	"reason", "decision", "received", "sent" };

#define COLUMNS (sizeof(columns) / sizeof(*columns))

struct test {
	struct pa_ctl *ctl;
	struct pa_probe_route route;
	struct pa_url url;
	struct pa_probe_words words;
	struct pa_secret secret;
	uint8_t *own; /* the body of the device's file */
	size_t own_len;
	bool blind;      /* decisions cannot be looked at */
	bool no_http2;   /* the front end does not speak it */
	bool wrote;      /* what should not be written may have been */
	uint64_t nonce;  /* of this test, and ... */
	unsigned number; /* ... of the probe: together a User-Agent of its own */
	char **cells;    /* COLUMNS of each row */
	size_t rows, room;
	size_t counts[PA_PROBE_RESULTS];
};

/* One probe under way. */
struct shot {
	const struct pa_probe *probe;
	bool http2;
	char *target, *headers;
	char agent[64];
	struct pa_probe_answer answer;
	struct pa_probe_asked asked;
	char verdict[16], reason[48], decision[PA_DECISION_ID_MAX + 1];
	char received[PA_METHOD_MAX + 1 + 256];
};

static int usage(const char *what)
{
	fprintf(stderr, "polyauthctl: frontend test: %s\n", what);
	return PA_CTL_USAGE;
}

static int out_of_memory(void)
{
	fprintf(stderr, "polyauthctl: %s\n", pa_strerror(-ENOMEM));
	return PA_CTL_REFUSED;
}

/* --- options --- */

static int read_url(const char *text, struct pa_url *ret)
{
	const char *why = "the URL does not begin with https://";

	if (strncmp(text, "https://", 8) == 0 && pa_url_parse(pa_bytes_str(text), ret, &why) == 0)
		return 0;
	fputs("polyauthctl: frontend test: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(text));
	fprintf(stderr, ": %s\n", why);
	return PA_CTL_USAGE;
}

static int read_words(struct test *t)
{
	const char *victim = pa_ctl_option("victim"), *text = pa_ctl_option("victim-url"), *why;
	struct pa_mac mac = { DEFAULT_VICTIM };
	struct pa_bytes pem;
	struct pa_url url;
	int r;

	if (victim && pa_mac_parse_separated(pa_bytes_str(victim), &mac) != 0)
		return usage("--victim: no MAC address");
	if (text && !victim)
		return usage("--victim-url goes with --victim");
	r = text ? read_url(text, &url) : 0;
	if (r == 0)
		r = pa_ctl_read_file(t->route.cert, PA_CERT_FILE_MAX, &pem);
	if (r)
		return r;
	r = pa_probe_words_make(
		&t->words, &t->url, pa_mac_format(mac).text, text ? &url : NULL, pem, &why);
	free((void *)(uintptr_t)pem.data);
	if (r < 0)
		return out_of_memory();
	if (r)
		return usage(why);
	if (!victim)
		fprintf(stderr,
			"polyauthctl: without --victim the attacks are for %s, who has no file: name a "
			"device that has one\n",
			pa_mac_format(mac).text);
	return 0;
}

static int read_credentials(struct test *t)
{
	const char *user = pa_ctl_option("user"), *fd = pa_ctl_option("password-fd");
	int r;

	if (!user && !fd && !pa_ctl_option("password-stdin"))
		return 0;
	if (user && strchr(user, ':'))
		return usage("--user: a user name holds no colon");
	r = pa_secret_read(fd, false, &t->secret);
	t->route.user = user ? user : "";
	t->route.password = t->secret.text;
	return r;
}

static int read_numbers(struct test *t)
{
	const char *time = pa_ctl_option("max-time"), *port = pa_ctl_option("plain-port");
	int64_t seconds = DEFAULT_TIME_S;
	char *end;

	if (time && (pa_args_duration(time, &seconds) || seconds < 1 || seconds > TIME_S_MAX))
		return usage("--max-time wants a duration of 1s to 10m");
	t->route.timeout_ms = seconds * 1000;
	t->route.plain_port = port ? port : "80";
	if (strspn(t->route.plain_port, "0123456789") != strlen(t->route.plain_port) ||
		strtoul(t->route.plain_port, &end, 10) - 1 >= 65535)
		return usage("--plain-port wants 1 to 65535");
	return 0;
}

/* Else it would look as if the front end could not be reached. */
static int check_file(const char *option, const char *path)
{
	if (!path || access(path, R_OK) == 0)
		return 0;
	fprintf(stderr, "polyauthctl: frontend test: --%s: %s: %s\n", option, path,
		pa_strerror(-errno));
	return PA_CTL_USAGE;
}

static int read_options(struct test *t, char **operands)
{
	struct pa_probe_route *route = &t->route;
	int r;

	route->url = &t->url;
	route->cert = pa_ctl_option("cert");
	route->key = pa_ctl_option("key");
	route->ca = pa_ctl_option("cacert");
	route->address = pa_ctl_option("connect-to");
	route->insecure = pa_ctl_option("insecure") != NULL;
	if (!operands[0] || operands[1])
		return usage("which URL? The one of the device's own file");
	if (!route->cert || !route->key)
		return usage("--cert and --key are needed");
	r = check_file("cert", route->cert);
	if (r == 0)
		r = check_file("key", route->key);
	if (r == 0)
		r = check_file("cacert", route->ca);
	if (r == 0)
		r = read_url(operands[0], &t->url);
	if (r == 0)
		r = read_numbers(t);
	if (r == 0)
		r = read_words(t);
	return r ? r : read_credentials(t);
}

/* --- what the daemon decided --- */

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, const char *column)
{
	for (size_t c = 0; c < reply->columns_len; c++) {
		if (pa_bytes_eq_str(reply->columns[c], column))
			return reply->cells[row * reply->columns_len + c];
	}
	return (struct pa_bytes){ NULL, 0 };
}

/* Of several the one that let it in; else the last. */
static void take_decisions(struct shot *shot, const struct pa_admin_reply *reply)
{
	size_t shown = reply->rows_len - 1, len;

	shot->asked.decisions = reply->rows_len;
	if (!reply->rows_len)
		return;
	for (size_t row = 0; row < reply->rows_len; row++) {
		if (!pa_bytes_eq_str(
			    cell(reply, row, "verdict"), pa_verdict_name(PA_VERDICT_ALLOW)))
			continue;
		shot->asked.allowed++;
		shown = row;
	}
	pa_bytes_copy(shot->verdict, sizeof(shot->verdict), cell(reply, shown, "verdict"));
	pa_bytes_copy(shot->reason, sizeof(shot->reason), cell(reply, shown, "reason"));
	pa_bytes_copy(shot->decision, sizeof(shot->decision), cell(reply, shown, "decision"));
	pa_bytes_copy(shot->received, sizeof(shot->received), cell(reply, shown, "method"));
	len = strlen(shot->received);
	shot->received[len++] = ' ';
	pa_bytes_copy(
		shot->received + len, sizeof(shot->received) - len, cell(reply, shown, "target"));
}

/* By the User-Agent that the probe had. Once it fails it is left alone. */
static void look(struct test *t, struct shot *shot)
{
	struct pa_ctl *ctl = t->ctl;
	struct pa_admin_reply reply;

	if (t->blind)
		return;
	ctl->req = (struct pa_admin_request){ .op = PA_ADMIN_COMMAND };
	ctl->req.command = PA_BYTES_LIT("explain.agent");
	t->blind = pa_ctl_arg(ctl, "agent", pa_bytes_str(shot->agent)) != 0 ||
		   pa_ctl_ask(ctl, &reply) != 0;
	if (t->blind) {
		fputs("polyauthctl: what the daemon decides cannot be looked at: the answers alone "
		      "are judged\n",
			stderr);
		return;
	}
	shot->asked.known = true;
	take_decisions(shot, &reply);
}

/* --- rows --- */

static bool add_cell(struct test *t, size_t column, const char *text)
{
	char **cell_at = &t->cells[t->rows * COLUMNS + column];

	*cell_at = strdup(text);
	return *cell_at != NULL;
}

static int add_row(struct test *t, const struct shot *shot, enum pa_probe_result result)
{
	const struct pa_probe *probe = shot->probe;
	char answer[24], *sent;
	bool good;

	if (t->rows == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		char **grown = reallocarray(t->cells, room, COLUMNS * sizeof(*grown));

		if (!grown)
			return out_of_memory();
		t->cells = grown;
		t->room = room;
	}
	memset(&t->cells[t->rows * COLUMNS], 0, COLUMNS * sizeof(*t->cells));
	snprintf(answer, sizeof(answer), "%ld", shot->answer.status);
	if (!shot->answer.status)
		snprintf(answer, sizeof(answer), shot->answer.timeout ? "timeout" : "closed");
	if (asprintf(&sent, "%s %s", probe->method, shot->target) < 0)
		return out_of_memory();
	good = add_cell(t, 0, pa_probe_result_name(result)) && add_cell(t, 1, probe->name) &&
	       add_cell(t, 2,
		       probe->flags & PA_PROBE_PLAIN ? "plain"
		       : shot->http2                 ? "h2"
						     : "http/1.1") &&
	       add_cell(t, 3, pa_probe_must_name(probe->must)) && add_cell(t, 4, answer) &&
	       add_cell(t, 5, shot->verdict) && add_cell(t, 6, shot->reason) &&
	       add_cell(t, 7, shot->decision) && add_cell(t, 8, shot->received) &&
	       add_cell(t, 9, sent);
	t->rows++;
	t->counts[result]++;
	t->wrote |= probe->flags & PA_PROBE_WRITES && result != PA_PROBE_OK;
	free(sent);
	return good ? 0 : out_of_memory();
}

static int print_rows(struct test *t)
{
	struct pa_output output = { .out = stdout, .json = t->ctl->json };
	struct pa_admin_reply reply = { .columns_len = COLUMNS, .rows_len = t->rows };
	struct pa_bytes *cells = calloc(t->rows * COLUMNS + 1, sizeof(*cells));

	if (!cells)
		return out_of_memory();
	for (size_t i = 0; i < COLUMNS; i++)
		reply.columns[i] = pa_bytes_str(columns[i]);
	for (size_t i = 0; i < t->rows * COLUMNS; i++)
		cells[i] = pa_bytes_str(t->cells[i]);
	reply.cells = cells;
	pa_output_page(&output, &reply);
	pa_output_end(&output);
	free(cells);
	return 0;
}

/* In words, on standard error, whatever the format of the rows. */
static int sum_up(const struct test *t)
{
	size_t bad = t->rows - t->counts[PA_PROBE_OK];

	fflush(stdout);
	if (!bad) {
		fprintf(stderr, "polyauthctl: all %zu probes are as they must be\n", t->rows);
		return PA_CTL_OK;
	}
	fprintf(stderr, "polyauthctl: %zu of %zu probes are not as they must be\n", bad, t->rows);
	for (enum pa_probe_result r = 0; r < PA_PROBE_OK; r++) {
		if (t->counts[r])
			fprintf(stderr, "%6zu %s: %s\n", t->counts[r], pa_probe_result_name(r),
				pa_probe_result_text(r));
	}
	if (t->wrote)
		fputs("       what was written is named *-polyauthctl-test*: see whether some of it is "
		      "left\n",
			stderr);
	return PA_CTL_DENIED;
}

/* --- one after the other --- */

static bool is_first(const struct test *t)
{
	return t->rows == 0;
}

/* What the first answer is, all others are held against. */
static int take_own(struct test *t, struct shot *shot)
{
	if (!shot->answer.status) {
		fprintf(stderr, "polyauthctl: %s: ", t->url.text);
		(void)pa_output_text(stderr, pa_bytes_str(shot->answer.why));
		fputc('\n', stderr);
		return PA_CTL_UNREACHABLE;
	}
	if (shot->answer.status != 200)
		return 0;
	if (shot->answer.cut || !shot->answer.len) {
		fprintf(stderr, "polyauthctl: the own file %s: nothing can be told by it\n",
			shot->answer.len ? "breaks off, or has more than 1 MiB" : "is empty");
		return 0;
	}
	t->own = malloc(shot->answer.len);
	if (!t->own)
		return out_of_memory();
	memcpy(t->own, shot->answer.body, shot->answer.len);
	t->own_len = shot->answer.len;
	return 0;
}

static int judge(struct test *t, struct shot *shot)
{
	struct pa_bytes own;
	int r = is_first(t) ? take_own(t, shot) : 0;

	if (r)
		return r;
	if (shot->http2 && shot->answer.status && !shot->answer.http2) {
		fputs("polyauthctl: the front end does not speak HTTP/2\n", stderr);
		t->no_http2 = true;
		return 0;
	}
	look(t, shot);
	own = (struct pa_bytes){ t->own, t->own_len };
	return add_row(t, shot, pa_probe_judge(shot->probe, &shot->answer, own, &shot->asked));
}

static int shoot(struct test *t, const struct pa_probe *probe, bool http2)
{
	struct shot shot = { .probe = probe, .http2 = http2 };
	struct pa_probe_request request = { .probe = probe, .http2 = http2 };
	int r = 0;

	snprintf(shot.agent, sizeof(shot.agent), "polyauthctl/" PA_VERSION " probe-%016llx-%u",
		(unsigned long long)t->nonce, t->number++);
	shot.target = pa_probe_fill(probe->target, &t->words);
	shot.headers = pa_probe_fill(probe->headers ? probe->headers : "", &t->words);
	request.target = shot.target;
	request.headers = shot.headers;
	request.agent = shot.agent;
	if (!shot.target || !shot.headers) {
		r = out_of_memory();
	} else if (pa_probe_send(&t->route, &request, &shot.answer) != 0) {
		fputs("polyauthctl: libcurl could not be set up\n", stderr);
		r = PA_CTL_REFUSED;
	}
	if (r == 0)
		r = judge(t, &shot);
	pa_probe_answer_finish(&shot.answer);
	free(shot.target);
	free(shot.headers);
	return r;
}

static int shoot_all(struct test *t)
{
	bool writes = !pa_ctl_option("no-writes");
	int r = 0;

	for (const struct pa_probe *probe = pa_probes; r == 0 && probe->name; probe++) {
		if (probe->flags & PA_PROBE_WRITES && !writes)
			continue;
		r = shoot(t, probe, false);
		/* nothing else would prove anything */
		if (t->rows == 1 && t->counts[PA_PROBE_NOT_SERVED])
			break;
		if (r == 0 && probe->flags & PA_PROBE_BOTH && !t->no_http2)
			r = shoot(t, probe, true);
	}
	return r;
}

int pa_ctl_frontend_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct test *t = calloc(1, sizeof(*t));
	int r;

	(void)command;
	if (!t)
		return out_of_memory();
	t->ctl = ctl;
	r = read_options(t, operands);
	if (r == 0 && (getrandom(&t->nonce, sizeof(t->nonce), 0) != sizeof(t->nonce) ||
			      pa_fetch_start() != 0))
		r = out_of_memory();
	if (r == 0) {
		r = shoot_all(t);
		pa_fetch_stop();
	}
	if (r == 0)
		r = print_rows(t);
	if (r == 0)
		r = sum_up(t);
	for (size_t i = 0; i < t->rows * COLUMNS; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->own);
	pa_probe_words_finish(&t->words);
	explicit_bzero(t, sizeof(*t));
	free(t);
	return r;
}
