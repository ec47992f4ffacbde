/*
 * The lines of a realm about who asks:
 *
 *	identity PROFILE from certificate|path|header NAME [regex "EXPRESSION"]
 *	generic "COMMON NAME"…
 */
#include <ctype.h>
#include <stdlib.h>

#include "daemon/config/parts.h"
#include "daemon/mac_pattern.h"

static const char *const profiles[] = {
	[PA_PROFILE_POLY] = "poly",
	[PA_PROFILE_SEPARATED] = "separated",
	[PA_PROFILE_BROADWORKS] = "broadworks",
};
#define PROFILES (sizeof(profiles) / sizeof(*profiles))

static void set_profile(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_identity *identity)
{
	const char *name = d->words_len > 1 ? d->words[1] : "";

	for (size_t i = PA_PROFILE_POLY; i < PROFILES; i++) {
		if (strcmp(profiles[i], name) == 0)
			identity->profile = (enum pa_profile)i;
	}
	if (identity->profile)
		return;
	if (name[0])
		pa_config_error(b, d,
			"identity: unknown profile %s; there are poly, separated and broadworks",
			name);
	identity->profile = PA_PROFILE_POLY; /* one error is enough */
}

static void set_pattern(struct pa_config_builder *b, const struct pa_directive *d,
	struct pa_identity *identity, const char *text)
{
	struct pa_diag diag = { "" };
	int r;

	if (identity->profile != PA_PROFILE_BROADWORKS) {
		if (text)
			pa_config_error(b, d, "identity: only broadworks takes a regex");
		return;
	}
	r = pa_mac_pattern_new(text ? text : PA_MAC_PATTERN_DEFAULT, &identity->pattern, &diag);
	if (r > 0)
		pa_config_error(b, d, "identity: %s", diag.text);
	else if (r < 0)
		b->out_of_memory = true;
}

/* A token of RFC 9110. */
static bool is_header_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= PA_HEADER_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "!#$%&'*+-.^_`|~") == len;
}

static void set_header(struct pa_config_builder *b, const struct pa_directive *d,
	struct pa_identity *identity, const char *name)
{
	if (!is_header_name(name)) {
		pa_config_error(b, d, "identity: \"%s\": is no name of a header", name);
		return;
	}
	identity->header = strdup(name);
	if (!identity->header)
		b->out_of_memory = true;
	for (char *c = identity->header; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

/* The source and its words. Returns the index of the word behind them; 0: not understood. */
static size_t set_source(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_identity *identity)
{
	bool is_header = d->words_len > 4 && strcmp(d->words[3], "header") == 0;

	if (d->words_len < 4 || strcmp(d->words[2], "from") != 0)
		return 0;
	if (is_header)
		set_header(b, d, identity, d->words[4]);
	if (is_header)
		identity->source = PA_SOURCE_HEADER;
	else if (strcmp(d->words[3], "path") == 0)
		identity->source = PA_SOURCE_PATH;
	else if (strcmp(d->words[3], "certificate") != 0)
		return 0;
	return is_header ? 5 : 4;
}

void pa_config_identity(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_identity *identity = &realm->identity;
	bool has_regex;
	size_t i;

	if (identity->profile) {
		pa_config_error(b, d, "identity stands there twice");
		return;
	}
	identity->source = PA_SOURCE_CERTIFICATE;
	i = set_source(b, d, identity);
	has_regex = i && d->words_len == i + 2 && strcmp(d->words[i], "regex") == 0;
	if (!i || (d->words_len != i && !has_regex) || d->has_block) {
		identity->source = PA_SOURCE_CERTIFICATE; /* one error is enough */
		pa_config_error(b, d,
			"identity: write `identity PROFILE from certificate` (or `path`, or "
			"`header NAME`), with broadworks and `regex \"EXPRESSION\"` behind it");
	}
	set_profile(b, d, identity);
	set_pattern(b, d, identity, has_regex ? d->words[i + 1] : NULL);
}

/* NULL: it is good. */
static const char *wrong_with(const struct pa_identity *identity, const char *name)
{
	const char *star = strchr(name, '*');

	if (!name[0] || strlen(name) > PA_GENERIC_NAME_MAX)
		return "is empty or too long";
	if (star == name)
		return "would be every certificate";
	if (star && star[1])
		return "a * stands only at the end";
	for (size_t i = 0; i < identity->generic_len; i++) {
		if (strcmp(identity->generic[i], name) == 0)
			return "stands there already";
	}
	return identity->generic_len == PA_GENERIC_MAX ? "is one more than 64" : NULL;
}

/* Common names that a vendor gives to many phones. */
void pa_config_generic(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_identity *identity = &realm->identity;

	if (d->words_len < 2 || d->has_block)
		pa_config_error(b, d, "write `generic \"COMMON NAME\"...`");
	for (size_t i = 1; i < d->words_len; i++) {
		const char *wrong = wrong_with(identity, d->words[i]);
		char *copy;

		if (wrong) {
			pa_config_error(b, d, "generic: \"%s\": %s", d->words[i], wrong);
			continue;
		}
		copy = strdup(d->words[i]);
		if (copy)
			identity->generic[identity->generic_len++] = copy;
		else
			b->out_of_memory = true;
	}
}

void pa_config_check_identity(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm)
{
	const struct pa_path_rule *rule;

	if (!pa_identity_is_claimed(&realm->identity))
		return;
	for (size_t i = 0; (rule = pa_paths_rule(realm->paths, i)) != NULL; i++) {
		if (rule->access == PA_ACCESS_MAC)
			pa_scfg_error(b->errors, rule->file, rule->line,
				"path \"%s\": access mac is about certificates, and the realm's "
				"identity comes from a path or a header: take it out",
				rule->template);
	}
	if (realm->identity.generic_len)
		pa_config_error(b, d,
			"realm %s: generic is about certificates, and the identity comes from a "
			"path or a header: take it out",
			realm->name);
	if (realm->anchors.len)
		pa_config_error(b, d,
			"realm %s: anchors are about certificates, and the identity comes from a "
			"path or a header: take them out",
			realm->name);
}

void pa_config_identity_finish(struct pa_identity *identity)
{
	pa_mac_pattern_free(identity->pattern);
	free(identity->header);
	for (size_t i = 0; i < identity->generic_len; i++)
		free(identity->generic[i]);
	*identity = (struct pa_identity){ 0 };
}

void pa_config_identity_dump(const struct pa_identity *identity, FILE *out)
{
	fprintf(out, "    identity %s from", profiles[identity->profile]);
	if (identity->source == PA_SOURCE_HEADER) {
		fputs(" header", out);
		pa_config_dump_word(identity->header, out);
	} else {
		fputs(identity->source == PA_SOURCE_PATH ? " path" : " certificate", out);
	}
	if (identity->pattern) {
		fputs(" regex", out);
		pa_config_dump_word(pa_mac_pattern_text(identity->pattern), out);
	}
	fputc('\n', out);
	if (identity->generic_len)
		fputs("    generic", out);
	for (size_t i = 0; i < identity->generic_len; i++)
		pa_config_dump_word(identity->generic[i], out);
	fputs(identity->generic_len ? "\n" : "", out);
}
