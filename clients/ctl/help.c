/* help, version, completion: all from the table. */
#include "clients/ctl/ctl.h"

static void put_command(const struct pa_ctl_command *c)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %s", c->words, c->usage);
	printf("  %-32s %s\n", line, c->help);
}

static int help_of(char **words)
{
	char name[64] = "";
	bool found = false;

	for (; *words; words++) {
		size_t len = strlen(name);

		snprintf(name + len, sizeof(name) - len, "%s%s", len ? " " : "", *words);
	}
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		size_t len = strlen(name);

		if (strncmp(c->words, name, len) != 0 || (c->words[len] && c->words[len] != ' '))
			continue;
		found = true;
		put_command(c);
		for (const struct pa_ctl_option *o = c->options; o && o->name; o++) {
			char option[48];

			snprintf(option, sizeof(option), "--%s %s", o->name,
				o->value ? o->value : "");
			printf("      %-28s %s\n", option, o->help);
		}
	}
	if (!found)
		fprintf(stderr, "polyauthctl: there is no command %s\n", name);
	return found ? 0 : PA_CTL_USAGE;
}

int pa_ctl_help(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	(void)ctl;
	(void)command;
	if (*operands)
		return help_of(operands);
	puts("usage: polyauthctl [--socket PATH] [--json] [--timeout SECONDS] COMMAND ...\n");
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++)
		put_command(c);
	puts("\nExit status: 0 allowed or done, 1 denied, 2 usage, 3 no daemon, 4 refused.");
	return 0;
}

int pa_ctl_version(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	(void)ctl;
	(void)command;
	(void)operands;
	puts("polyauthctl " PA_VERSION);
	return 0;
}

/* What may stand behind the first len bytes of a command's words: each next word once. */
static void put_next_words(const char *words, size_t len)
{
	const char *before = "";
	size_t before_len = 0;

	printf("\t'%.*s') words=\"", (int)(len - 1), words);
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		size_t next_len;

		if (strncmp(c->words, words, len) != 0)
			continue;
		next_len = strcspn(c->words + len, " ");
		if (next_len != before_len || strncmp(c->words + len, before, next_len) != 0)
			printf("%.*s ", (int)next_len, c->words + len);
		before = c->words + len;
		before_len = next_len;
	}
	puts("\" ;;");
}

int pa_ctl_completion(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	(void)ctl;
	if (!operands[0] || strcmp(operands[0], "bash") != 0) {
		fprintf(stderr, "polyauthctl: %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	puts("_polyauthctl() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} line=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\" words=\n"
	     "\tcase \"$line\" in\n"
	     "\t'') words=\"--socket --json --timeout");
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++)
		printf("%.*s\n", (int)strcspn(c->words, " "), c->words);
	puts("\" ;;");
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		for (const char *at = strchr(c->words, ' '); at; at = strchr(at + 1, ' ')) {
			size_t len = (size_t)(at - c->words) + 1;

			if (c == pa_ctl_commands || strncmp((c - 1)->words, c->words, len) != 0)
				put_next_words(c->words, len);
		}
	}
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		if (!c->options)
			continue;
		printf("\t'%s'*) words=\"", c->words);
		for (const struct pa_ctl_option *o = c->options; o->name; o++)
			printf("--%s ", o->name);
		puts("\" ;;");
	}
	puts("\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "}\n"
	     "complete -o default -F _polyauthctl polyauthctl");
	return 0;
}
