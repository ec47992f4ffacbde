/* path test */
#include <errno.h>
#include <stdlib.h>

#include "clients/ctl/access_log.h"
#include "clients/ctl/ctl.h"
#include "clients/ctl/list.h"
#include "clients/ctl/output.h"

#define REPORT_COLUMNS 8u

/* What is uploaded: METHOD TARGET, a line each. */
struct list {
	struct pa_ctl_list upload;
	/* of an access log */
	uint64_t lines, requests, without_request, unreadable;
};

static int usage(const char *what)
{
	fprintf(stderr, "polyauthctl: path test: %s\n", what);
	return PA_CTL_USAGE;
}

/* --- the list --- */

static int append(struct list *list, struct pa_bytes method, struct pa_bytes target)
{
	const struct pa_bytes fields[] = { method, target };

	return pa_ctl_list_line(&list->upload, fields, 2);
}

/* --- targets --- */

static int list_targets(struct list *list, char **operands)
{
	const char *method = pa_ctl_option("method");
	int r = 0;

	if (!method)
		method = "GET";
	if (!*method || strchr(method, ' '))
		return usage("--method: a method is one word");
	for (; r == 0 && *operands; operands++)
		r = append(list, pa_bytes_str(method), pa_bytes_str(*operands));
	return r;
}

/* An answer that does not say OK must not pass for a good one. */
static bool all_allowed(const struct pa_admin_reply *reply)
{
	if (!reply->columns_len || !pa_bytes_eq_str(reply->columns[0], "result"))
		return false;
	for (size_t r = 0; r < reply->rows_len; r++) {
		if (!pa_bytes_eq_str(reply->cells[r * reply->columns_len], "ok"))
			return false;
	}
	return true;
}

/* --- an access log --- */

static int list_line(struct list *list, uint8_t *line, size_t len)
{
	enum pa_access_log_line kind = PA_ACCESS_LOG_UNREADABLE;
	struct pa_bytes method, target;

	list->lines++;
	if (len <= PA_ACCESS_LOG_LINE_MAX)
		kind = pa_access_log_read(line, len, &method, &target);
	switch (kind) {
	case PA_ACCESS_LOG_REQUEST:
		list->requests++;
		return append(list, method, target);
	case PA_ACCESS_LOG_NO_REQUEST:
		list->without_request++;
		return 0;
	case PA_ACCESS_LOG_UNREADABLE:
		break;
	}
	list->unreadable++;
	return 0;
}

static int list_log(struct list *list, FILE *in)
{
	uint8_t *line = malloc(PA_ACCESS_LOG_LINE_MAX);
	size_t len;
	int r = line ? 0 : usage("out of memory");

	while (r == 0 && pa_ctl_next_line(in, line, PA_ACCESS_LOG_LINE_MAX, &len))
		r = list_line(list, line, len);
	free(line);
	if (r == 0 && ferror(in))
		r = usage("standard input could not be read");
	if (r == 0 && !list->requests) {
		fprintf(stderr,
			"polyauthctl: path test: %llu lines, and none is a request of an access log in the "
			"common or combined format\n",
			(unsigned long long)list->lines);
		r = PA_CTL_USAGE;
	}
	return r;
}

/* --- its report --- */

/* The columns of a report's row. */
enum column { REASON, MEANING, REQUESTS, METHOD, PATTERN, EXAMPLE };

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

/* Behind the last row of the same reason; *sum: their requests. */
static size_t reason_end(const struct pa_admin_reply *reply, size_t row, uint64_t *sum)
{
	struct pa_bytes reason = cell(reply, row, REASON);

	for (*sum = 0; row < reply->rows_len && pa_bytes_eq(cell(reply, row, REASON), reason);
		row++)
		*sum += requests(reply, row);
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

static void print_people(
	const struct list *list, const struct pa_admin_reply *reply, uint64_t allowed)
{
	uint64_t sum;

	printf("lines       %llu\n", (unsigned long long)list->lines);
	printf("unreadable  %llu\n", (unsigned long long)list->unreadable);
	printf("no request  %llu\n", (unsigned long long)list->without_request);
	printf("allowed     %llu\n", (unsigned long long)allowed);
	printf("refused     %llu\n", (unsigned long long)(list->requests - allowed));
	for (size_t row = 1; row < reply->rows_len;) {
		size_t end = reason_end(reply, row, &sum);

		putchar('\n');
		(void)pa_output_text(stdout, cell(reply, row, REASON));
		printf(" %llu: ", (unsigned long long)sum);
		(void)pa_output_text(stdout, cell(reply, row, MEANING));
		putchar('\n');
		for (; row < end; row++)
			print_people_row(reply, row);
	}
}

static void print_json_row(const struct pa_admin_reply *reply, size_t row, bool first)
{
	printf("%s\n      {\"requests\": %llu, \"method\": ", first ? "" : ",",
		(unsigned long long)requests(reply, row));
	pa_output_json(stdout, cell(reply, row, METHOD));
	fputs(", \"pattern\": ", stdout);
	pa_output_json(stdout, cell(reply, row, PATTERN));
	fputs(", \"examples\": [", stdout);
	for (size_t c = EXAMPLE; c < REPORT_COLUMNS && cell(reply, row, c).len; c++) {
		fputs(c == EXAMPLE ? "" : ", ", stdout);
		pa_output_json(stdout, cell(reply, row, c));
	}
	fputs("]}", stdout);
}

static void print_json(
	const struct list *list, const struct pa_admin_reply *reply, uint64_t allowed)
{
	uint64_t sum;

	printf("{\n  \"lines\": %llu,\n  \"unreadable\": %llu,\n  \"no-request\": %llu,\n",
		(unsigned long long)list->lines, (unsigned long long)list->unreadable,
		(unsigned long long)list->without_request);
	printf("  \"allowed\": %llu,\n  \"refused\": %llu,\n  \"reasons\": [",
		(unsigned long long)allowed, (unsigned long long)(list->requests - allowed));
	for (size_t row = 1; row < reply->rows_len;) {
		size_t start = row, end = reason_end(reply, row, &sum);

		fputs(row == 1 ? "\n    {\"reason\": " : ",\n    {\"reason\": ", stdout);
		pa_output_json(stdout, cell(reply, row, REASON));
		fputs(", \"meaning\": ", stdout);
		pa_output_json(stdout, cell(reply, row, MEANING));
		printf(", \"requests\": %llu, \"patterns\": [", (unsigned long long)sum);
		for (; row < end; row++)
			print_json_row(reply, row, row == start);
		fputs("]}", stdout);
	}
	puts("\n  ]\n}");
}

static int ask_report(struct pa_ctl *ctl, const struct list *list)
{
	struct pa_admin_reply reply;
	uint64_t allowed, sum = 0;
	int r = pa_ctl_arg(ctl, "report", PA_BYTES_LIT("yes"));

	if (r == 0)
		r = pa_ctl_upload(ctl, "access log",
			(struct pa_bytes){ list->upload.data, list->upload.len }, &reply);
	if (r)
		return r;
	for (size_t row = 0; reply.columns_len == REPORT_COLUMNS && row < reply.rows_len; row++)
		sum += requests(&reply, row);
	if (sum != list->requests || !pa_bytes_eq_str(cell(&reply, 0, REASON), "ok")) {
		fputs("polyauthctl: the daemon's answer is no report of these requests\n", stderr);
		return PA_CTL_UNREACHABLE;
	}
	allowed = requests(&reply, 0);
	if (ctl->json)
		print_json(list, &reply, allowed);
	else
		print_people(list, &reply, allowed);
	return allowed == list->requests ? PA_CTL_OK : PA_CTL_DENIED;
}

int pa_ctl_path_test(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	const char *log = pa_ctl_option("log");
	struct list list = { .lines = 0 };
	int r;

	if (!log && !*operands) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	if (!log)
		r = list_targets(&list, operands);
	else if (*operands || pa_ctl_option("method") || pa_ctl_option("served"))
		r = usage("--log takes methods and targets from standard input alone");
	else if (strcmp(log, "combined") != 0 && strcmp(log, "common") != 0)
		r = usage("--log: the format is combined or common");
	else
		r = list_log(&list, stdin);
	if (r == 0)
		r = log ? ask_report(ctl, &list)
			: pa_ctl_list_ask(ctl, "the list of targets", &list.upload, all_allowed);
	free(list.upload.data);
	return r;
}
