/* password rotate, password rotation status, password rotation retire */
#include <stdlib.h>
#include <unistd.h>

#include "clients/ctl/output.h"
#include "clients/ctl/password.h"
#include "clients/ctl/secret.h"

#define DAY_S INT64_C(86400)

struct pa_bytes pa_ctl_record(const struct pa_admin_reply *reply, const char *name)
{
	for (size_t i = 0; reply->columns_len == 2 && i < reply->rows_len; i++) {
		if (pa_bytes_eq_str(reply->cells[2 * i], name))
			return reply->cells[2 * i + 1];
	}
	return (struct pa_bytes){ NULL, 0 };
}

int64_t pa_ctl_record_int(const struct pa_admin_reply *reply, const char *name)
{
	char digits[24];

	pa_bytes_copy(digits, sizeof(digits), pa_ctl_record(reply, name));
	return strtoll(digits, NULL, 10);
}

static int no_operands(const struct pa_ctl_command *command, char **operands)
{
	if (!operands[0])
		return 0;
	fprintf(stderr, "usage: polyauthctl %s\n", command->words);
	return PA_CTL_USAGE;
}

/* --- rotate --- */

/* The value of an attribute in a phone's configuration, which is XML. */
static void put_xml(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c < ' ')
			printf("&#%u;", c);
		else
			putchar(c);
	}
}

/* What goes into the phones' configuration template. */
static void put_template(struct pa_bytes user, const char *password)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
	      "<PHONE_CONFIG>\n  <ALL device.set=\"1\"\n",
		stdout);
	if (user.len) {
		fputs("    device.prov.user.set=\"1\" device.prov.user=\"", stdout);
		put_xml(user);
		fputs("\"\n", stdout);
	}
	fputs("    device.prov.password.set=\"1\" device.prov.password=\"", stdout);
	put_xml(pa_bytes_str(password));
	fputs("\"/>\n</PHONE_CONFIG>\n", stdout);
}

static void put_rotated(
	const struct pa_ctl *ctl, const struct pa_admin_reply *reply, const char *password)
{
	struct pa_bytes slot = pa_ctl_record(reply, "slot"), user = pa_ctl_record(reply, "user");
	const int64_t until_s = pa_ctl_record_int(reply, "until");
	char until[32];

	if (ctl->json) {
		fputs("{\n  \"slot\": ", stdout);
		pa_output_json(stdout, slot);
		fputs(",\n  \"user\": ", stdout);
		pa_output_json(stdout, user);
		fputs(",\n  \"password\": ", stdout);
		pa_output_json(stdout, pa_bytes_str(password));
		printf(",\n  \"until\": %lld\n}\n", (long long)until_s);
		return;
	}
	pa_output_time(until_s, until, sizeof(until));
	fputs("polyauthctl: slot ", stderr);
	(void)pa_output_text(stderr, slot);
	fprintf(stderr,
		" is valid now, and the former password until %s.\n"
		"This goes into the configuration of the phones; see password rotation status for "
		"how far they are:\n",
		until);
	put_template(user, password);
}

int pa_ctl_rotate(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	struct pa_secret secret = { "" };
	struct pa_admin_reply reply;
	int r = no_operands(command, operands);

	if (r == 0)
		r = pa_ctl_account(ctl);
	if (r == 0 && !pa_ctl_option("window")) {
		fputs("polyauthctl: say how long the former password is to be valid: --window "
		      "30d\n",
			stderr);
		r = PA_CTL_USAGE;
	}
	if (r == 0)
		r = pa_ctl_option("generate")
			    ? pa_secret_make(&secret)
			    : pa_secret_read(pa_ctl_option("password-fd"), true, &secret);
	if (r == 0)
		r = pa_ctl_arg(ctl, "password", pa_bytes_str(secret.text));
	if (r == 0 && pa_ctl_option("generate"))
		r = pa_ctl_arg(ctl, "generated", PA_BYTES_LIT("yes"));
	if (r == 0)
		r = pa_ctl_ask(ctl, &reply);
	if (r == 0)
		put_rotated(ctl, &reply, secret.text);
	explicit_bzero(&secret, sizeof(secret));
	return r;
}

/* --- status --- */

static void put_bar(uint64_t moved, uint64_t devices)
{
	static const char bar[] = "########################################";
	const size_t width = sizeof(bar) - 1;
	size_t filled = devices ? (size_t)(moved * width / devices) : 0;

	if (isatty(STDOUT_FILENO))
		printf("[%-*.*s] ", (int)width, (int)filled, bar);
	/* a hundred is said when all have moved, not before */
	printf("%3llu%%  %llu of %llu devices use the new password\n",
		(unsigned long long)(devices ? moved * 100 / devices : 0),
		(unsigned long long)moved, (unsigned long long)devices);
}

static void put_forecast(const struct pa_admin_reply *reply)
{
	const int64_t now_s = pa_ctl_record_int(reply, "time");
	const int64_t all_s = pa_ctl_record_int(reply, "all-moved");
	const int64_t until_s = pa_ctl_record_int(reply, "until");
	const int64_t left = pa_ctl_record_int(reply, "left-at-until");
	char when[32];

	if (pa_ctl_record_int(reply, "old") + pa_ctl_record_int(reply, "unseen") == 0) {
		puts("No device needs the old password any more: password rotation retire");
		return;
	}
	if (until_s && until_s <= now_s) {
		printf("The old password is over: %lld devices are locked out until they are given "
		       "the new one\n",
			(long long)left);
		return;
	}
	if (!all_s) {
		puts("No device has moved yet: there is nothing to foresee from");
		return;
	}
	pa_output_time(all_s, when, sizeof(when));
	printf("At this rate the last one has it in %lld days, %s",
		(long long)((all_s - now_s + DAY_S - 1) / DAY_S), when);
	if (until_s)
		printf("; %lld device%s not when the old one ends", (long long)left,
			left == 1 ? " has" : "s have");
	putchar('\n');
}

static void put_status(const struct pa_admin_reply *reply)
{
	static const struct {
		const char *name, *what;
	} uses[] = {
		{ "new", "used the new password last" },
		{ "old", "used an old one last" },
		{ "unseen", "used none since the cut-over" },
		{ "other", "used only passwords of other accounts since" },
	};
	char since[32], until[32];

	pa_output_time(pa_ctl_record_int(reply, "since"), since, sizeof(since));
	pa_output_time(pa_ctl_record_int(reply, "until"), until, sizeof(until));
	(void)pa_output_text(stdout, pa_ctl_record(reply, "scope"));
	putchar(' ');
	(void)pa_output_text(stdout, pa_ctl_record(reply, "name"));
	fputs(": slot ", stdout);
	(void)pa_output_text(stdout, pa_ctl_record(reply, "slot"));
	printf(" since %s, before it ", since);
	(void)pa_output_text(stdout, pa_ctl_record(reply, "old-slots"));
	printf(" until %s\n", until);
	put_bar((uint64_t)pa_ctl_record_int(reply, "new"),
		(uint64_t)(pa_ctl_record_int(reply, "devices") -
			   pa_ctl_record_int(reply, "other")));
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		printf("%9lld  %s\n", (long long)pa_ctl_record_int(reply, uses[i].name),
			uses[i].what);
	put_forecast(reply);
}

int pa_ctl_rotation_status(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	bool all = pa_ctl_option("all") != NULL;
	struct pa_admin_reply reply;
	int r = no_operands(command, operands);

	if (r == 0)
		r = pa_ctl_account(ctl);
	if (r)
		return r;
	if (all || pa_ctl_option("devices")) {
		ctl->req.command = PA_BYTES_LIT("password.rotation.devices");
		if (all)
			r = pa_ctl_arg(ctl, "all", PA_BYTES_LIT("yes"));
		return r ? r : pa_ctl_ask_and_print(ctl);
	}
	if (ctl->json)
		return pa_ctl_ask_and_print(ctl);
	r = pa_ctl_ask(ctl, &reply);
	if (r == 0)
		put_status(&reply);
	return r;
}

/* --- retire --- */

int pa_ctl_rotation_retire(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	int r = no_operands(command, operands);

	if (r == 0)
		r = pa_ctl_account(ctl);
	return r ? r : pa_ctl_ask_and_print(ctl);
}
