/* explain: a decision, what a reason means, or what of a log would come out differently today */
#include <stdlib.h>

#include "clients/ctl/ctl.h"
#include "clients/ctl/decision_log.h"
#include "clients/ctl/list.h"
#include "clients/ctl/output.h"

#define ROWS_MAX       20u /* decisions that are printed one by one */
#define REPORT_COLUMNS 9u
#define LIST           "the log of decisions" /* in messages */
#define OUTCOMES       4u /* the report begins with them: not judged, unchanged, refused, allowed */

/* The columns of a report's row. */
enum column { TODAY, REASON, TODAY_REASON, REQUESTS, METHOD, PATTERN, EXAMPLE };

struct log {
	struct pa_ctl_list upload; /* VERDICT REASON REALM DEVICE METHOD TARGET, a line each */
	uint64_t lines, decisions, others, unreadable;
};

static int usage(const char *what)
{
	fprintf(stderr, "polyauthctl: explain: %s\n", what);
	return PA_CTL_USAGE;
}

/* --- the log --- */

static int append(struct log *log, const struct pa_decision_fields *fields)
{
	const struct pa_bytes words[] = { fields->verdict, fields->reason, fields->realm,
		fields->device, fields->method, fields->target };

	return pa_ctl_list_line(&log->upload, words, sizeof(words) / sizeof(*words));
}

static int take_line(struct log *log, uint8_t *line, size_t len)
{
	enum pa_decision_line kind = PA_DECISION_LINE_UNREADABLE;
	struct pa_decision_fields fields;

	log->lines++;
	if (len <= PA_DECISION_LINE_MAX)
		kind = pa_decision_line_read(line, len, &fields);
	switch (kind) {
	case PA_DECISION_LINE:
		log->decisions++;
		return append(log, &fields);
	case PA_DECISION_LINE_OTHER:
		log->others++;
		return 0;
	case PA_DECISION_LINE_UNREADABLE:
		break;
	}
	log->unreadable++;
	return 0;
}

static int take_log(struct log *log, FILE *in)
{
	uint8_t *line = malloc(PA_DECISION_LINE_MAX);
	size_t len;
	int r = line ? 0 : usage("out of memory");

	while (r == 0 && pa_ctl_next_line(in, line, PA_DECISION_LINE_MAX, &len))
		r = take_line(log, line, len);
	free(line);
	if (r == 0 && ferror(in))
		r = usage("standard input could not be read");
	if (r == 0 && !log->decisions) {
		fprintf(stderr,
			"polyauthctl: explain: %llu line%s, and none is a decision of polyauthd's "
			"log\n",
			(unsigned long long)log->lines, log->lines == 1 ? "" : "s");
		r = PA_CTL_USAGE;
	}
	return r;
}

/* --- few decisions: each of them --- */

static bool is_changed(struct pa_bytes today)
{
	return !pa_bytes_eq_str(today, "unchanged") && !pa_bytes_eq_str(today, "not judged");
}

static bool all_unchanged(const struct pa_admin_reply *reply)
{
	for (size_t i = 0; i < reply->rows_len; i++) {
		if (is_changed(reply->cells[i * reply->columns_len]))
			return false;
	}
	return true;
}

/* --- many: a report --- */

static struct pa_bytes cell(const struct pa_admin_reply *reply, size_t row, size_t column)
{
	return reply->cells[row * REPORT_COLUMNS + column];
}

static uint64_t requests(const struct pa_admin_reply *reply, size_t row)
{
	char digits[24];

	pa_bytes_copy(digits, sizeof(digits), cell(reply, row, REQUESTS));
	return strtoull(digits, NULL, 10);
}

/* Behind the last row of the same change; *sum: their requests. */
static size_t change_end(const struct pa_admin_reply *reply, size_t row, uint64_t *sum)
{
	size_t first = row;

	for (*sum = 0; row < reply->rows_len; row++) {
		for (size_t c = TODAY; c <= TODAY_REASON; c++) {
			if (!pa_bytes_eq(cell(reply, row, c), cell(reply, first, c)))
				return row;
		}
		*sum += requests(reply, row);
	}
	return row;
}

static void print_people_row(const struct pa_admin_reply *reply, size_t row)
{
	printf("  %8llu  ", (unsigned long long)requests(reply, row));
	if (!cell(reply, row, PATTERN).len && !cell(reply, row, METHOD).len) {
		puts("others");
		return;
	}
	(void)pa_output_text(stdout, cell(reply, row, METHOD));
	putchar(' ');
	(void)pa_output_text(stdout, cell(reply, row, PATTERN));
	putchar('\n');
	for (size_t c = EXAMPLE; c < REPORT_COLUMNS && cell(reply, row, c).len; c++) {
		fputs("              ", stdout);
		(void)pa_output_text(stdout, cell(reply, row, c));
		putchar('\n');
	}
}

static void print_people(const struct log *log, const struct pa_admin_reply *reply)
{
	uint64_t sum;

	printf("%-22s %llu\n", "lines", (unsigned long long)log->lines);
	printf("%-22s %llu\n", "of other events", (unsigned long long)log->others);
	printf("%-22s %llu\n", "unreadable", (unsigned long long)log->unreadable);
	printf("%-22s %llu\n", "decisions", (unsigned long long)log->decisions);
	for (size_t row = 0; row < OUTCOMES; row++) {
		printf("%-22.*s %llu\n", (int)cell(reply, row, TODAY).len,
			(const char *)cell(reply, row, TODAY).data,
			(unsigned long long)requests(reply, row));
	}
	for (size_t row = OUTCOMES; row < reply->rows_len;) {
		size_t end = change_end(reply, row, &sum);

		putchar('\n');
		(void)pa_output_text(stdout, cell(reply, row, TODAY));
		fputs(": ", stdout);
		(void)pa_output_text(stdout, cell(reply, row, REASON));
		fputs(" -> ", stdout);
		(void)pa_output_text(stdout, cell(reply, row, TODAY_REASON));
		printf(" %llu\n", (unsigned long long)sum);
		for (; row < end; row++)
			print_people_row(reply, row);
	}
}

static void put_json(const char *before, const char *name, struct pa_bytes value)
{
	printf("%s\"%s\": ", before, name);
	pa_output_json(stdout, value);
}

static void print_json_row(const struct pa_admin_reply *reply, size_t row, bool first)
{
	printf("%s\n      {\"requests\": %llu", first ? "" : ",",
		(unsigned long long)requests(reply, row));
	put_json(", ", "method", cell(reply, row, METHOD));
	put_json(", ", "pattern", cell(reply, row, PATTERN));
	fputs(", \"examples\": [", stdout);
	for (size_t c = EXAMPLE; c < REPORT_COLUMNS && cell(reply, row, c).len; c++) {
		fputs(c == EXAMPLE ? "" : ", ", stdout);
		pa_output_json(stdout, cell(reply, row, c));
	}
	fputs("]}", stdout);
}

static void print_json(const struct log *log, const struct pa_admin_reply *reply)
{
	static const char *const outcomes[OUTCOMES] = { "not-judged", "unchanged", "refused",
		"allowed" };
	uint64_t sum;

	printf("{\n  \"lines\": %llu,\n  \"other\": %llu,\n  \"unreadable\": %llu,\n",
		(unsigned long long)log->lines, (unsigned long long)log->others,
		(unsigned long long)log->unreadable);
	printf("  \"decisions\": %llu,\n", (unsigned long long)log->decisions);
	for (size_t row = 0; row < OUTCOMES; row++)
		printf("  \"%s\": %llu,\n", outcomes[row],
			(unsigned long long)requests(reply, row));
	fputs("  \"changes\": [", stdout);
	for (size_t row = OUTCOMES; row < reply->rows_len;) {
		size_t start = row, end = change_end(reply, row, &sum);

		put_json(
			row == OUTCOMES ? "\n    {" : ",\n    {", "today", cell(reply, row, TODAY));
		put_json(", ", "reason", cell(reply, row, REASON));
		put_json(", ", "today-reason", cell(reply, row, TODAY_REASON));
		printf(", \"requests\": %llu, \"patterns\": [", (unsigned long long)sum);
		for (; row < end; row++)
			print_json_row(reply, row, row == start);
		fputs("]}", stdout);
	}
	puts("\n  ]\n}");
}

static int ask_report(struct pa_ctl *ctl, const struct log *log)
{
	struct pa_admin_reply reply;
	uint64_t sum = 0, same = 0;
	int r = pa_ctl_arg(ctl, "report", PA_BYTES_LIT("yes"));

	if (r == 0)
		r = pa_ctl_upload(
			ctl, LIST, (struct pa_bytes){ log->upload.data, log->upload.len }, &reply);
	if (r)
		return r;
	for (size_t row = 0; reply.columns_len == REPORT_COLUMNS && row < OUTCOMES; row++) {
		if (row >= reply.rows_len)
			break;
		sum += requests(&reply, row);
		same += is_changed(cell(&reply, row, TODAY)) ? 0 : requests(&reply, row);
	}
	if (sum != log->decisions || reply.rows_len < OUTCOMES) {
		fputs("polyauthctl: the daemon's answer is no report of these decisions\n", stderr);
		return PA_CTL_UNREACHABLE;
	}
	if (ctl->json)
		print_json(log, &reply);
	else
		print_people(log, &reply);
	return same == sum ? PA_CTL_OK : PA_CTL_DENIED;
}

static int explain_log(struct pa_ctl *ctl)
{
	struct log log = { .lines = 0 };
	int r = take_log(&log, stdin);

	ctl->req.command = PA_BYTES_LIT("explain.log");
	if (r == 0)
		r = log.decisions > ROWS_MAX
			    ? ask_report(ctl, &log)
			    : pa_ctl_list_ask(ctl, LIST, &log.upload, all_unchanged);
	free(log.upload.data);
	return r;
}

/* --- those of a client --- */

static int explain_agent(struct pa_ctl *ctl, const char *agent)
{
	int r = pa_ctl_arg(ctl, "agent", pa_bytes_str(agent));

	ctl->req.command = PA_BYTES_LIT("explain.agent");
	return r ? r : pa_ctl_ask_and_print(ctl);
}

/* --- one decision, or a reason --- */

int pa_ctl_explain(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const char *agent = pa_ctl_option("agent");
	enum pa_reason reason;
	int r;

	if (agent)
		return operands[0] || pa_ctl_option("log") ? usage("--agent stands alone")
							   : explain_agent(ctl, agent);
	if (pa_ctl_option("log"))
		return operands[0] ? usage("--log takes decisions from standard input alone: "
					   "journalctl -u polyauthd | grep 'id=ID ' | "
					   "polyauthctl explain --log")
				   : explain_log(ctl);
	if (!operands[0] || operands[1]) {
		fprintf(stderr, "polyauthctl: %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	if (pa_reason_find(pa_bytes_str(operands[0]), &reason) == 0) {
		if (ctl->json) {
			put_json("{", "reason", pa_bytes_str(pa_reason_name(reason)));
			put_json(", ", "meaning", pa_bytes_str(pa_reason_text(reason)));
			puts("}");
		} else {
			printf("%s: %s\n", pa_reason_name(reason), pa_reason_text(reason));
		}
		return 0;
	}
	r = pa_ctl_arg(ctl, command->operand, pa_bytes_str(operands[0]));
	return r ? r : pa_ctl_ask_and_print(ctl);
}
