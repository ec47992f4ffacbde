/*
 * Between the files that make a configuration; nobody else includes it.
 */
#ifndef DAEMON_CONFIG_PARTS_H
#define DAEMON_CONFIG_PARTS_H

#include "daemon/config/config.h"
#include "daemon/config/scfg.h"

/* What is being built. Errors are added, and building goes on to find the next ones. */
struct pa_config_builder {
	struct pa_config *config;
	struct pa_config_errors *errors;
	int64_t now_s;
	bool out_of_memory;
};

void pa_config_error(struct pa_config_builder *b, const struct pa_directive *d, const char *fmt,
	...) PA_PRINTF(3, 4);

/* What is accepted, and hardly meant. */
void pa_config_warn(struct pa_config_builder *b, const struct pa_directive *d, const char *fmt, ...)
	PA_PRINTF(3, 4);

/* An unknown directive: names the nearest known one. names: NULL-terminated. */
void pa_config_unknown(
	struct pa_config_builder *b, const struct pa_directive *d, const char *const *names);

/* uid:NAME, gid:NUMBER … from words[first] on. */
void pa_config_peers(struct pa_config_builder *b, const struct pa_directive *d, size_t first,
	struct pa_peers *peers);
void pa_config_peers_finish(struct pa_peers *peers);

/* A line `role …`; all realms are there. */
void pa_config_role(struct pa_config_builder *b, const struct pa_directive *d);
void pa_config_roles_dump(const struct pa_config *config, FILE *out);
void pa_config_roles_finish(struct pa_config *config);
void pa_config_peers_dump(const struct pa_peers *peers, FILE *out);

/* A `realm NAME { … }`, appended to the configuration. */
void pa_config_add_realm(struct pa_config_builder *b, const struct pa_directive *d);
void pa_config_realm_finish(struct pa_realm *realm);

/* A realm's `identity …` and `generic NAME…`. */
void pa_config_identity(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
void pa_config_generic(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
/* When the realm is read: what stands in it that its identity has no use for. */
void pa_config_check_identity(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm);
void pa_config_identity_finish(struct pa_identity *identity);
void pa_config_identity_dump(const struct pa_identity *identity, FILE *out);

/* A word behind a blank, quoted so that it reads as it stands. */
void pa_config_dump_word(const char *word, FILE *out);

/* The lines of `stack { … }`; when the realm is read, what makes a stack safe to load. */
void pa_config_stack(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
void pa_config_check_stack(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm);

/* `for CLASS…` at the end of such a line. names: NULL-terminated. */
void pa_config_for(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_realm *realm, struct pa_rule *rule, const char *const *names);

/* `report until DATE CHECK…`, once the realm's stack is known. */
void pa_config_report(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);

/* Both, so that they load again. */
void pa_config_dump_for(const struct pa_realm *realm, const struct pa_rule *rule, FILE *out);
void pa_config_dump_reports(const struct pa_realm *realm, FILE *out);
void pa_config_dump_word(const char *word, FILE *out); /* quoted, with a blank before it */

/* What holds for all paths of the realm d: `case`, `prefix`; true of the directives that it reads.
 */
void pa_config_path_settings(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
bool pa_config_is_path_setting(const struct pa_directive *d);

/* A realm's `class NAME…` and `path "TEMPLATE" …`. */
void pa_config_classes(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
void pa_config_path(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);

extern const struct pa_option pa_config_options[];
extern const size_t pa_config_options_len;

#endif
