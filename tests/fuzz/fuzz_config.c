/*
 * Any text as a configuration: it is refused with at least one line that names the file, or what it
 * dumps loads again and dumps the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/config.h"
#include "daemon/config/scfg.h"

#define NAME "fuzz.conf"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

/* One line each, of the one file that there is. */
static void check_errors(const struct pa_config_errors *errors)
{
	require(errors->len <= PA_SCFG_ERRORS_MAX + (errors->more ? 1 : 0));
	for (size_t i = 0; i < errors->len; i++) {
		const char *line = errors->lines[i];

		require(strncmp(line, NAME ":", sizeof(NAME)) == 0);
		require(!strchr(line, '\n'));
	}
}

static struct pa_config *parse(struct pa_bytes text)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	int r = pa_config_parse(NAME, text, &config, &errors);

	require(r == 0 || r == PA_E_CONFIG);
	require((r == 0) == (config != NULL));
	require((r == 0) == (errors.len == 0));
	check_errors(&errors);
	pa_config_errors_finish(&errors);
	return config;
}

static char *dump(const struct pa_config *config, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	require(out != NULL);
	pa_config_dump(config, out);
	require(fclose(out) == 0);
	return text;
}

/* What no configuration may be without. */
static void check_config(const struct pa_config *config)
{
	require(config->realms_len > 0);
	for (size_t i = 0; i < config->realms_len; i++) {
		const struct pa_realm *realm = &config->realms[i];
		bool has_chain = false, has_owner = false;

		require(pa_config_realm(config, pa_bytes_str(realm->name)) == realm);
		require(realm->rules_len <= PA_TRACE_MAX);
		for (size_t k = 0; k < realm->rules_len; k++) {
			const struct pa_rule *rule = &realm->rules[k];
			bool enforced = !rule->shadow && (rule->control == PA_REQUISITE ||
								 rule->control == PA_REQUIRED);

			has_chain |= enforced && strcmp(rule->check->name, "chain") == 0;
			has_owner |= enforced && strcmp(rule->check->name, "owner") == 0;
		}
		require(has_chain && has_owner);
		require(pa_paths_len(realm->paths) > 0);
		require(!pa_peers_has(
			&realm->peers, &(struct pa_peer){ .uid = 65534, .gid = 65534 }));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_config *config = parse((struct pa_bytes){ data, size });
	char *first, *second;
	size_t first_len, second_len;

	if (!config)
		return 0;
	check_config(config);
	first = dump(config, &first_len);
	pa_config_unref(config);
	config = parse((struct pa_bytes){ (const uint8_t *)first, first_len });
	require(config != NULL);
	second = dump(config, &second_len);
	pa_config_unref(config);
	require(first_len == second_len && memcmp(first, second, first_len) == 0);
	free(first);
	free(second);
	return 0;
}
