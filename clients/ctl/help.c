/* help, version, completion: all from the table. */
#include "clients/ctl/ctl.h"
#include "clients/ctl/output.h"
#include "proto/text.h"

#define GROUP_MAX    64u
#define DISTANCE_MAX 2u /* of a word that may be another one, mistyped */

static void put_command(const struct pa_ctl_command *c)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %s", c->words, c->usage);
	printf("  %-32s %s\n", line, c->help);
}

int pa_ctl_help_of(const char *name)
{
	size_t len = strlen(name);
	bool found = false;
	char line[64];

	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		snprintf(line, sizeof(line), "%s %s", c->words, c->usage);
		/* `completion bash` is how help itself calls it */
		if (strcmp(line, name) != 0 && (strncmp(c->words, name, len) != 0 ||
						       (c->words[len] && c->words[len] != ' ')))
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
	return found ? 0 : PA_CTL_USAGE;
}

int pa_ctl_help(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	char name[64] = "";

	(void)ctl;
	(void)command;
	for (char **word = operands; *word; word++) {
		size_t len = strlen(name);

		snprintf(name + len, sizeof(name) - len, "%s%s", len ? " " : "", *word);
	}
	if (name[0])
		return pa_ctl_help_of(name) == 0 ? 0 : pa_ctl_no_command(operands);
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

/* The next word of a command that begins with this; empty: none, or the command before has it. */
static struct pa_bytes next_word(const struct pa_ctl_command *c, const char *start, size_t len)
{
	size_t end;

	if (strncmp(c->words, start, len) != 0)
		return (struct pa_bytes){ NULL, 0 };
	end = len + strcspn(c->words + len, " ");
	if (c > pa_ctl_commands && strncmp(c[-1].words, c->words, end) == 0 &&
		(!c[-1].words[end] || c[-1].words[end] == ' '))
		return (struct pa_bytes){ NULL, 0 };
	return (struct pa_bytes){ (const uint8_t *)c->words + len, end - len };
}

/* What may stand behind the first len bytes of a command's words: each next word once. */
static void put_next_words(FILE *out, const char *words, size_t len, const char *between)
{
	bool first = true;

	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		struct pa_bytes word = next_word(c, words, len);

		if (!word.len)
			continue;
		fprintf(out, "%s%.*s", first ? "" : between, (int)word.len,
			(const char *)word.data);
		first = false;
	}
}

/* --- what is no command --- */

/* The next word that this may have been meant for; empty: none is like it. */
static struct pa_bytes nearest(const char *group, const char *typed)
{
	struct pa_bytes found = { NULL, 0 };
	size_t least = DISTANCE_MAX + 1;

	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++) {
		struct pa_bytes word = next_word(c, group, strlen(group));
		size_t wrong = pa_text_distance(pa_bytes_str(typed), word);

		if (word.len && wrong < least && 2 * wrong <= word.len) {
			found = word;
			least = wrong;
		}
	}
	return found;
}

/* The words before the first that no command has there, each with a blank; moves *words to it. */
static void find_group(char ***words, char group[GROUP_MAX])
{
	group[0] = '\0';
	for (; **words; ++*words) {
		const struct pa_ctl_command *c = pa_ctl_commands;
		char longer[GROUP_MAX];
		size_t len = (size_t)snprintf(longer, sizeof(longer), "%s%s ", group, **words);

		while (c->words && strncmp(c->words, longer, len) != 0)
			c++;
		if (len >= sizeof(longer) || !c->words)
			return;
		memcpy(group, longer, len + 1);
	}
}

int pa_ctl_no_command(char **words)
{
	char group[GROUP_MAX], name[GROUP_MAX];
	const char *bad;
	struct pa_bytes meant;

	find_group(&words, group);
	pa_bytes_copy(name, sizeof(name),
		(struct pa_bytes){ (const uint8_t *)group, group[0] ? strlen(group) - 1 : 0 });
	if (name[0] && *words && strcmp(*words, "--help") == 0)
		return pa_ctl_help_of(name);
	bad = *words && strncmp(*words, "--", 2) != 0 ? *words : "";
	fprintf(stderr, "polyauthctl: there is no such command: %s", *bad ? group : name);
	(void)pa_output_text(stderr, pa_bytes_str(bad));
	meant = nearest(group, bad);
	if (meant.len) {
		fprintf(stderr, ": is it %s%.*s?", group, (int)meant.len, (const char *)meant.data);
	} else if (group[0]) {
		fprintf(stderr, ": there are %s", group);
		put_next_words(stderr, group, strlen(group), ", ");
	}
	fprintf(stderr, "%s polyauthctl help%s%s\n", meant.len ? " See" : "; see",
		name[0] ? " " : "", name);
	return PA_CTL_USAGE;
}

/* --- completion --- */

/* The words of the command so far: not the options that any may have, nor `help` before it. */
static const char completion_head[] =
	"_polyauthctl() {\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]} line='' words='' i\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t--json | --help) ;;\n"
	"\t\t--socket | --timeout) ((++i < COMP_CWORD)) || return 0 ;;\n"
	"\t\thelp) [ -z \"$line\" ] || line+=' help' ;;\n"
	"\t\t*) line+=${line:+ }${COMP_WORDS[i]} ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tcase $line in\n"
	"\t'') words=\"--socket --json --timeout --help --version ";

static const char completion_tail[] =
	"\tesac\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	"}\n"
	"complete -o default -F _polyauthctl polyauthctl";

/* What may follow on each beginning of a command's words. */
static void complete_words(const struct pa_ctl_command *c)
{
	for (const char *at = strchr(c->words, ' '); at; at = strchr(at + 1, ' ')) {
		size_t len = (size_t)(at - c->words) + 1;

		if (c > pa_ctl_commands && strncmp((c - 1)->words, c->words, len) == 0)
			continue;
		printf("\t'%.*s') words=\"", (int)(len - 1), c->words);
		put_next_words(stdout, c->words, len, " ");
		puts("\" ;;");
	}
}

static void complete_options(const struct pa_ctl_command *c)
{
	if (!c->options)
		return;
	printf("\t'%s'*) words=\"", c->words);
	for (const struct pa_ctl_option *o = c->options; o->name; o++)
		printf("--%s ", o->name);
	puts("\" ;;");
}

int pa_ctl_completion(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	(void)ctl;
	if (!operands[0] || strcmp(operands[0], "bash") != 0) {
		fprintf(stderr, "polyauthctl: %s %s\n", command->words, command->usage);
		return PA_CTL_USAGE;
	}
	fputs(completion_head, stdout);
	put_next_words(stdout, "", 0, " ");
	puts("\" ;;");
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++)
		complete_words(c);
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++)
		complete_options(c);
	puts(completion_tail);
	return 0;
}
