/* check */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "clients/c/pem.h"
#include "clients/ctl/ctl.h"
#include "clients/ctl/output.h"
#include "clients/ctl/secret.h"
#include "proto/authorize.h"

struct question {
	struct pa_authorize_request req;
	struct pa_secret secret;
	uint8_t source[16];
	char names[PA_HEADERS_MAX][PA_HEADER_NAME_MAX]; /* of headers, in lower case */
	uint8_t *files[2];                              /* that certificates point into */
};

static int usage(const char *what)
{
	fprintf(stderr, "polyauthctl: check: %s\n", what);
	return PA_CTL_USAGE;
}

static int no_certificate(const char *option, const char *name, bool is_pem)
{
	fprintf(stderr, "polyauthctl: check: --%s ", option);
	(void)pa_output_text(stderr, pa_bytes_str(name));
	fputs(is_pem ? ": there is no certificate in it\n" : ": it is no well-formed PEM\n",
		stderr);
	return PA_CTL_USAGE;
}

/* A PEM file may hold the whole chain; anything else is one DER certificate, good or bad. */
static int add_certificates(struct question *q, const char *option, size_t file)
{
	const char *name = pa_ctl_option(option);
	struct pa_bytes text, der;
	size_t before = q->req.chain_len;
	int r;

	if (!name)
		return 0;
	r = pa_ctl_read_file(name, PA_CERT_FILE_MAX, &text);
	if (r)
		return r;
	q->files[file] = (uint8_t *)(uintptr_t)text.data;
	if (!text.len || !memmem(text.data, text.len, "-----BEGIN", 10)) {
		if (q->req.chain_len == PA_CHAIN_CERTS_MAX)
			return usage("more than 8 certificates");
		q->req.chain[q->req.chain_len++] = text;
		return 0;
	}
	while ((r = pa_pem_next(&text, "CERTIFICATE", &der)) == 0) {
		if (q->req.chain_len == PA_CHAIN_CERTS_MAX)
			return usage("more than 8 certificates");
		q->req.chain[q->req.chain_len++] = der;
	}
	if (r < 0 || q->req.chain_len == before)
		return no_certificate(option, name, r >= 0);
	return 0;
}

static int add_credentials(struct question *q)
{
	const char *user = pa_ctl_option("user"), *fd = pa_ctl_option("password-fd");
	int r;

	if (!user && !fd && !pa_ctl_option("password-stdin"))
		return 0;
	r = pa_secret_read(fd, false, &q->secret);
	if (r)
		return r;
	q->req.has_credentials = true;
	q->req.user = pa_bytes_str(user);
	q->req.password = pa_bytes_str(q->secret.text);
	return 0;
}

static int add_source(struct question *q)
{
	const char *source = pa_ctl_option("source");

	if (!source)
		return 0;
	if (inet_pton(AF_INET, source, q->source) == 1)
		q->req.source = (struct pa_bytes){ q->source, 4 };
	else if (inet_pton(AF_INET6, source, q->source) == 1)
		q->req.source = (struct pa_bytes){ q->source, 16 };
	else
		return usage("--source: no IP address");
	return 0;
}

/* As curl takes them: blanks behind the colon are none of the value's. */
static int add_headers(struct question *q)
{
	const char *text;

	for (size_t i = 0; (text = pa_ctl_option_at("header", i)) != NULL; i++) {
		size_t len = strcspn(text, ":");
		struct pa_pair *header = &q->req.headers[q->req.headers_len];

		if (!len || len > PA_HEADER_NAME_MAX || !text[len])
			return usage("--header: write NAME:VALUE");
		if (q->req.headers_len == PA_HEADERS_MAX)
			return usage("more than 32 headers");
		for (size_t k = 0; k < len; k++)
			q->names[i][k] = (char)tolower((unsigned char)text[k]);
		header->name = (struct pa_bytes){ (const uint8_t *)q->names[i], len };
		header->value = pa_bytes_str(text + len + 1 + strspn(text + len + 1, " \t"));
		q->req.headers_len++;
	}
	return 0;
}

static int fill_in(struct question *q)
{
	const char *method = pa_ctl_option("method"), *served = pa_ctl_option("served-path");
	int r;

	if (!pa_ctl_option("realm") || !pa_ctl_option("target"))
		return usage("--realm and --target are needed");
	q->req.realm = pa_bytes_str(pa_ctl_option("realm"));
	q->req.target = pa_bytes_str(pa_ctl_option("target"));
	q->req.method = pa_bytes_str(method ? method : "GET");
	q->req.served_path = pa_bytes_str(served);
	q->req.has_served_path = served != NULL;
	q->req.frontend = PA_BYTES_LIT("polyauthctl");
	r = add_certificates(q, "cert", 0);
	if (r == 0)
		r = add_certificates(q, "chain", 1);
	if (r == 0)
		r = add_source(q);
	if (r == 0)
		r = add_headers(q);
	return r ? r : add_credentials(q);
}

static const char *text_of(struct pa_bytes reason)
{
	enum pa_reason found;

	return pa_reason_find(reason, &found) == 0 ? pa_reason_text(found) : "";
}

static void put_field(const char *name, struct pa_bytes value)
{
	if (!value.len)
		return;
	printf("%-9s ", name);
	(void)pa_output_text(stdout, value);
	putchar('\n');
}

static void print_people(const struct pa_admin_reply *reply)
{
	const struct pa_authorize_reply *a = &reply->check;

	put_field("verdict", pa_bytes_str(pa_verdict_name(a->verdict)));
	put_field("reason", a->reason);
	put_field("", pa_bytes_str(text_of(a->reason)));
	put_field("detail", reply->text);
	put_field("device", a->device);
	put_field("class", a->class_name);
	put_field("decision", a->decision);
	printf("%-9s %llu\n", "revision", (unsigned long long)a->revision);
	for (size_t i = 0; i < reply->trace_len; i++) {
		const struct pa_trace_row *row = &reply->trace[i];

		printf("%s%-10.*s %-12.*s %-9.*s ", i ? "" : "\n", (int)row->control.len,
			(const char *)row->control.data, (int)row->check.len,
			(const char *)row->check.data, (int)row->answer.len,
			(const char *)row->answer.data);
		(void)pa_output_text(stdout, row->reason);
		fputs(row->shadow ? " (shadow) " : " ", stdout);
		(void)pa_output_text(stdout, row->detail);
		putchar('\n');
	}
}

static void put_json_field(const char *comma, const char *name, struct pa_bytes value)
{
	printf("%s", comma);
	pa_output_json(stdout, pa_bytes_str(name));
	fputs(": ", stdout);
	pa_output_json(stdout, value);
}

static void print_json(const struct pa_admin_reply *reply)
{
	const struct pa_authorize_reply *a = &reply->check;

	put_json_field("{\n  ", "verdict", pa_bytes_str(pa_verdict_name(a->verdict)));
	put_json_field(",\n  ", "reason", a->reason);
	put_json_field(",\n  ", "detail", reply->text);
	put_json_field(",\n  ", "device", a->device);
	put_json_field(",\n  ", "class", a->class_name);
	put_json_field(",\n  ", "decision", a->decision);
	printf(",\n  \"revision\": %llu,\n  \"trace\": [", (unsigned long long)a->revision);
	for (size_t i = 0; i < reply->trace_len; i++) {
		const struct pa_trace_row *row = &reply->trace[i];

		put_json_field(i ? ",\n    {" : "\n    {", "control", row->control);
		put_json_field(", ", "check", row->check);
		put_json_field(", ", "answer", row->answer);
		put_json_field(", ", "reason", row->reason);
		put_json_field(", ", "detail", row->detail);
		printf(", \"shadow\": %s}", row->shadow ? "true" : "false");
	}
	puts("\n  ]\n}");
}

static int exit_status(enum pa_verdict verdict)
{
	if (verdict == PA_VERDICT_ALLOW)
		return PA_CTL_OK;
	return verdict == PA_VERDICT_ERROR ? PA_CTL_REFUSED : PA_CTL_DENIED;
}

int pa_ctl_check(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct question *q = calloc(1, sizeof(*q));
	struct pa_admin_reply reply;
	int r;

	(void)command;
	if (!q)
		return usage("out of memory");
	r = *operands ? usage("takes no operands") : fill_in(q);
	ctl->req.op = PA_ADMIN_CHECK;
	ctl->req.check = &q->req;
	if (r == 0)
		r = pa_ctl_ask(ctl, &reply);
	if (r == 0 && !reply.has_check)
		r = usage("the daemon's answer holds no verdict");
	if (r == 0) {
		if (ctl->json)
			print_json(&reply);
		else
			print_people(&reply);
		r = exit_status(reply.check.verdict);
	}
	free(q->files[0]);
	free(q->files[1]);
	explicit_bzero(q, sizeof(*q));
	free(q);
	return r;
}
