/* polyauthctl: options that all commands share, and the way to the command. */
#include <stdlib.h>
#include <time.h>

#include "clients/ctl/args.h"
#include "clients/ctl/output.h"

#define DEFAULT_SOCKET     "/run/polyauth/admin.sock"
#define DEFAULT_TIMEOUT_MS 60000

/* Options before the command. Moves *argv to it. */
static int read_globals(struct pa_ctl *ctl, char ***argv)
{
	static char help[] = "help", version[] = "version";
	const char *environment = getenv("POLYAUTH_ADMIN_SOCKET");

	ctl->socket = environment && environment[0] ? environment : DEFAULT_SOCKET;
	ctl->timeout_ms = DEFAULT_TIMEOUT_MS;
	for (; **argv && (*argv)[0][0] == '-'; ++*argv) {
		const char *word = **argv;
		int r = 1;

		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			**argv = help;
			return 0;
		}
		if (strcmp(word, "--version") == 0) {
			**argv = version;
			return 0;
		}
		if (strncmp(word, "--", 2) == 0)
			r = pa_args_global(ctl, argv);
		if (r == 1) {
			fputs("polyauthctl: an unknown option before the command: ", stderr);
			(void)pa_output_text(stderr, pa_bytes_str(word));
			fputs("; see polyauthctl help\n", stderr);
			return PA_CTL_USAGE;
		}
		if (r)
			return r;
	}
	if (**argv)
		return 0;
	fputs("polyauthctl: which command? See polyauthctl help\n", stderr);
	return PA_CTL_USAGE;
}

/* How many words of argv the command's name takes; 0: it is another. */
static int name_words(const struct pa_ctl_command *command, char **argv)
{
	const char *word = command->words;

	for (int taken = 0; argv[taken];) {
		size_t len = strcspn(word, " ");

		if (strlen(argv[taken]) != len || strncmp(argv[taken], word, len) != 0)
			return 0;
		taken++;
		if (!word[len])
			return taken;
		word += len + 1;
	}
	return 0;
}

static int run(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **argv)
{
	struct pa_ctl_words words;
	int r;

	ctl->req.op = PA_ADMIN_COMMAND;
	ctl->req.command = pa_bytes_str(command->remote);
	r = pa_args_read(ctl, command, argv, time(NULL), &words);
	if (r)
		return r;
	if (words.help)
		return pa_ctl_help_of(command->words);
	if (command->run)
		return command->run(ctl, command, words.operands);
	if (words.operands_len != (command->operand ? 1 : 0)) {
		fprintf(stderr, "usage: polyauthctl %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	if (command->operand)
		r = pa_ctl_arg(ctl, command->operand, pa_bytes_str(words.operands[0]));
	return r ? r : pa_ctl_ask_and_print(ctl);
}

/* What nobody got may be a secret that is told once, or a list that a script takes for whole. */
static int end_output(int r)
{
	if (r || (fflush(stdout) == 0 && !ferror(stdout)))
		return r;
	fputs("polyauthctl: standard output could not be written: what was asked for is done, and "
	      "not all of it was told\n",
		stderr);
	return PA_CTL_USAGE;
}

int main(int argc, char **argv)
{
	struct pa_ctl *ctl = calloc(1, sizeof(*ctl));
	int r, taken = 0;

	(void)argc;
	if (!ctl)
		return PA_CTL_REFUSED;
	pa_arena_init(&ctl->arena, 4 * PA_ADMIN_ARENA_MAX);
	argv++;
	r = read_globals(ctl, &argv);
	for (const struct pa_ctl_command *c = pa_ctl_commands; r == 0 && !taken; c++) {
		if (!c->words) {
			r = pa_ctl_no_command(argv);
			break;
		}
		taken = name_words(c, argv);
		if (taken)
			r = run(ctl, c, argv + taken);
	}
	if (ctl->connected)
		pa_stream_close(&ctl->stream);
	pa_arena_finish(&ctl->arena);
	explicit_bzero(ctl, sizeof(*ctl));
	free(ctl);
	return end_output(r);
}
