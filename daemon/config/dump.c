#include "daemon/config/parts.h"

void pa_config_dump_word(const char *word, FILE *out)
{
	fputs(" \"", out);
	for (; *word; word++)
		fprintf(out, "%s%c", *word == '"' || *word == '\\' ? "\\" : "", *word);
	fputc('"', out);
}

static void put_rule(const struct pa_realm *realm, const struct pa_rule *rule, FILE *out)
{
	const struct pa_check *check = rule->check;

	fprintf(out, "        %s %s%s", pa_control_name(rule->control), check->name,
		rule->shadow ? " shadow" : "");
	pa_config_dump_for(realm, rule, out);
	if (check->options_len)
		fputs(" {\n", out);
	for (size_t i = 0; i < check->options_len; i++) {
		const struct pa_option *option = &check->options[i];
		const char *const *string =
			(const void *)((const char *)rule->conf + option->offset);

		if (option->type == PA_OPTION_STRING && !*string)
			continue;
		fputs("            ", out);
		pa_option_print(option, rule->conf, out);
		fputc('\n', out);
	}
	fputs(check->options_len ? "        }\n" : "\n", out);
}

/* NULL: nothing. */
static void put_words(const char *keyword, const char *const *words, FILE *out)
{
	if (words)
		fprintf(out, " %s", keyword);
	for (; words && *words; words++)
		pa_config_dump_word(*words, out);
}

static void put_prefix(const struct pa_paths *paths, FILE *out)
{
	const char *asked = pa_paths_prefix(paths, false), *served = pa_paths_prefix(paths, true);

	if (!asked && !served)
		return;
	fputs("    prefix", out);
	pa_config_dump_word(asked ? asked : "/", out);
	fputs(" served", out);
	pa_config_dump_word(served ? served : "/", out);
	fputc('\n', out);
}

static void put_path(const struct pa_path_rule *rule, FILE *out)
{
	fputs("    path", out);
	pa_config_dump_word(rule->template, out);
	fputs(" class", out);
	pa_config_dump_word(rule->class_name, out);
	fputs(" methods", out);
	for (pa_methods left = rule->methods; left; left &= left - 1)
		fprintf(out, " %s", pa_method_name(left));
	put_words("groups", rule->groups, out);
	put_words("query", rule->query, out);
	fputs(rule->separated ? " separated" : "", out);
	if (rule->access != PA_ACCESS_BOTH)
		fprintf(out, " access %s", rule->access == PA_ACCESS_MAC ? "mac" : "password");
	fputc('\n', out);
}

static void put_anchors(const struct pa_anchors *anchors, FILE *out)
{
	char digits[2 * PA_DIGEST_LEN + 1];

	if (anchors->len)
		fputs("    anchors", out);
	for (size_t i = 0; i < anchors->len; i++) {
		pa_anchors_print(anchors, i, digits);
		fprintf(out, " %s", digits);
	}
	fputs(anchors->len ? "\n" : "", out);
}

static void put_realm(const struct pa_realm *realm, FILE *out)
{
	const struct pa_path_rule *rule;

	fprintf(out, "realm %s {\n    peers", realm->name);
	pa_config_peers_dump(&realm->peers, out);
	fputc('\n', out);
	pa_config_identity_dump(&realm->identity, out);
	put_anchors(&realm->anchors, out);
	if (realm->classes_len)
		fputs("    class", out);
	for (size_t i = 0; i < realm->classes_len; i++)
		pa_config_dump_word(realm->classes[i], out);
	fputs(realm->classes_len ? "\n" : "", out);
	fputs("    stack {\n", out);
	for (size_t i = 0; i < realm->rules_len; i++)
		put_rule(realm, &realm->rules[i], out);
	fputs("    }\n", out);
	pa_config_dump_reports(realm, out);
	fputs(pa_paths_ignores_case(realm->paths) ? "    case ignore\n" : "", out);
	put_prefix(realm->paths, out);
	for (size_t i = 0; (rule = pa_paths_rule(realm->paths, i)) != NULL; i++)
		put_path(rule, out);
	fputs("}\n", out);
}

void pa_config_dump(const struct pa_config *config, FILE *out)
{
	const char *path;

	for (size_t i = 0; i < pa_config_options_len; i++) {
		pa_option_print(&pa_config_options[i], config, out);
		fputc('\n', out);
	}
	pa_config_roles_dump(config, out);
	for (size_t i = 0; (path = pa_registry_path(config->registry, i)) != NULL; i++) {
		fputs("load", out);
		pa_config_dump_word(path, out);
		fputc('\n', out);
	}
	for (size_t i = 0; i < config->realms_len; i++)
		put_realm(&config->realms[i], out);
}
