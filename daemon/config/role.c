/* `role …`: who may do what on admin.sock, and whose one-time passwords an issuer may make. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/config/parts.h"

/* The first word from `from` on that is `word`, or words_len. */
static size_t find_word(const struct pa_directive *d, size_t from, const char *word)
{
	while (from < d->words_len && strcmp(d->words[from], word) != 0)
		from++;
	return from;
}

/* Words [from, to) as a list of their own. NULL: there are none, or memory is short. */
static char **copy_words(
	struct pa_config_builder *b, const struct pa_directive *d, size_t from, size_t to)
{
	char **list;

	if (from >= to)
		return NULL;
	list = calloc(to - from + 1, sizeof(*list));
	for (size_t i = from; list && i < to; i++) {
		list[i - from] = strdup(d->words[i]);
		if (!list[i - from])
			b->out_of_memory = true;
	}
	if (!list)
		b->out_of_memory = true;
	return list;
}

static void check_grant(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_grant *grant)
{
	if (!grant->realms && !b->out_of_memory)
		pa_config_error(b, d,
			"role issue: say in which realms: PEER... realm NAME... [group NAME...]");
	for (char **name = grant->realms; name && *name; name++) {
		if (!pa_config_realm(b->config, pa_bytes_str(*name)))
			pa_config_error(b, d, "role issue: there is no realm %s", *name);
	}
}

/* role issue PEER… realm NAME… [group NAME…] */
static void add_grant(struct pa_config_builder *b, const struct pa_directive *d)
{
	struct pa_config *config = b->config;
	const size_t realm = find_word(d, 2, "realm"), early = find_word(d, 2, "group");
	const size_t group = find_word(d, realm, "group");
	struct pa_grant *grown =
		realloc(config->grants, (config->grants_len + 1) * sizeof(*config->grants));
	struct pa_directive head = *d;
	struct pa_grant *grant;

	if (!grown) {
		b->out_of_memory = true;
		return;
	}
	config->grants = grown;
	grant = &config->grants[config->grants_len++];
	*grant = (struct pa_grant){ 0 };
	/* groups without realms, or before them, are no peers */
	head.words_len = realm < early ? realm : early;
	pa_config_peers(b, &head, 2, &grant->peers);
	if (realm < early)
		grant->realms = copy_words(b, d, realm + 1, group);
	grant->groups = copy_words(b, d, group + 1, d->words_len);
	if (group + 1 == d->words_len)
		pa_config_error(b, d, "role issue: which group?");
	check_grant(b, d, grant);
}

void pa_config_role(struct pa_config_builder *b, const struct pa_directive *d)
{
	const char *name = d->words_len > 1 ? d->words[1] : "";

	if (strcmp(name, "read") == 0)
		pa_config_peers(b, d, 2, &b->config->read);
	else if (strcmp(name, "issue") == 0)
		add_grant(b, d);
	else if (strcmp(name, "crl") == 0)
		pa_config_peers(b, d, 2, &b->config->crl);
	else if (strcmp(name, "admin") == 0)
		pa_config_peers(b, d, 2, &b->config->admin);
	else
		pa_config_error(b, d, "role: one of read, issue, crl, admin, then peers");
}

unsigned pa_config_roles(const struct pa_config *config, const struct pa_peer *peer)
{
	unsigned roles = 0;

	if (peer->uid == 0 || peer->uid == geteuid() || pa_peers_has(&config->admin, peer))
		return PA_ROLE_READ | PA_ROLE_ISSUE | PA_ROLE_CRL | PA_ROLE_ADMIN;
	if (pa_peers_has(&config->read, peer))
		roles |= PA_ROLE_READ;
	if (pa_peers_has(&config->crl, peer))
		roles |= PA_ROLE_CRL;
	for (size_t i = 0; i < config->grants_len; i++) {
		if (pa_peers_has(&config->grants[i].peers, peer))
			roles |= PA_ROLE_ISSUE;
	}
	return roles;
}

static bool has_word(char *const *list, const char *word)
{
	for (; list && *list; list++) {
		if (strcmp(*list, word) == 0)
			return true;
	}
	return false;
}

bool pa_config_may_issue(const struct pa_config *config, const struct pa_peer *peer,
	const char *realm, const char *group)
{
	if (pa_config_roles(config, peer) & PA_ROLE_ADMIN)
		return true;
	for (size_t i = 0; i < config->grants_len; i++) {
		const struct pa_grant *grant = &config->grants[i];

		if (pa_peers_has(&grant->peers, peer) && has_word(grant->realms, realm) &&
			(!grant->groups || has_word(grant->groups, group)))
			return true;
	}
	return false;
}

void pa_config_peers_dump(const struct pa_peers *peers, FILE *out)
{
	for (size_t i = 0; i < peers->uids_len; i++)
		fprintf(out, " uid:%u", (unsigned)peers->uids[i]);
	for (size_t i = 0; i < peers->gids_len; i++)
		fprintf(out, " gid:%u", (unsigned)peers->gids[i]);
}

static void dump_role(const char *name, const struct pa_peers *peers, FILE *out)
{
	if (!peers->uids_len && !peers->gids_len)
		return;
	fprintf(out, "role %s", name);
	pa_config_peers_dump(peers, out);
	fputc('\n', out);
}

static void dump_words(const char *keyword, char *const *words, FILE *out)
{
	if (words)
		fprintf(out, " %s", keyword);
	for (; words && *words; words++)
		pa_config_dump_word(*words, out);
}

void pa_config_roles_dump(const struct pa_config *config, FILE *out)
{
	dump_role("read", &config->read, out);
	for (size_t i = 0; i < config->grants_len; i++) {
		const struct pa_grant *grant = &config->grants[i];

		fputs("role issue", out);
		pa_config_peers_dump(&grant->peers, out);
		dump_words("realm", grant->realms, out);
		dump_words("group", grant->groups, out);
		fputc('\n', out);
	}
	dump_role("crl", &config->crl, out);
	dump_role("admin", &config->admin, out);
}

static void free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

void pa_config_roles_finish(struct pa_config *config)
{
	for (size_t i = 0; i < config->grants_len; i++) {
		pa_config_peers_finish(&config->grants[i].peers);
		free_words(config->grants[i].realms);
		free_words(config->grants[i].groups);
	}
	free(config->grants);
	pa_config_peers_finish(&config->read);
	pa_config_peers_finish(&config->crl);
	pa_config_peers_finish(&config->admin);
}
