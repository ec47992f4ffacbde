/*
 * The configuration: read whole, checked whole, then immutable. A reload makes a new one.
 */
#ifndef DAEMON_CONFIG_CONFIG_H
#define DAEMON_CONFIG_CONFIG_H

#include "daemon/control.h"
#include "daemon/path/paths.h"
#include "daemon/pki/anchors.h"
#include "daemon/peer.h"
#include "daemon/registry.h"
#include "daemon/subject.h"

/* of admin.sock; bits */
enum pa_role { PA_ROLE_READ = 1, PA_ROLE_ISSUE = 2, PA_ROLE_ADMIN = 4, PA_ROLE_CRL = 8 };

#define PA_CLASSES_MAX 16u
#define PA_WORKERS_MAX 256u

/* One line of a stack. */
struct pa_rule {
	enum pa_control control;
	bool shadow;
	const struct pa_check *check;
	const char *name;       /* the check's, which stays while the process runs */
	void *conf;             /* conf_size bytes */
	size_t state_offset;    /* of its state within the run's, aligned */
	void **kept;            /* by number of worker: each makes and uses its own */
	uint32_t classes;       /* that it applies to, see pa_realm_class_bit(); 0: to all */
	int64_t report_until_s; /* its refusals are only reported before; 0: never */
	unsigned line;
};

struct pa_realm {
	const char *name, *file;
	unsigned line;
	struct pa_peers peers;
	struct pa_identity identity;
	struct pa_anchors anchors; /* of the store, that count; none: all */
	size_t rules_len;
	struct pa_rule rules[PA_TRACE_MAX];
	size_t state_size, held_len; /* of all rules; rules up to the last one that has a drop() */
	size_t classes_len;          /* declared by the operator, besides the four that there are */
	char *classes[PA_CLASSES_MAX];
	struct pa_paths *paths;
};

/* One line of `role issue`: who may issue one-time passwords, and for which devices. */
struct pa_grant {
	struct pa_peers peers;
	char **realms; /* at least one; NULL-terminated, as groups */
	char **groups; /* of devices; NULL: of any */
};

/* All errors, each as "file:line: message": of the grammar, then of what is said by it. */
struct pa_config_errors {
	size_t len, more; /* more: had no room; the last line tells of them */
	char **lines;
};

enum pa_log_decisions { PA_LOG_ALL = 0, PA_LOG_REFUSED, PA_LOG_NONE };

struct pa_config {
	char *file; /* it was read from */
	/* settings: one option row each, see config.c */
	char *query_socket, *admin_socket, *store;
	uint64_t workers; /* 0: one a CPU */
	uint64_t map_size;
	uint64_t connections_max; /* of each socket */
	uint64_t hash_queue;      /* hashes that wait in one worker */
	uint64_t hash_cost;       /* of new password hashes */
	uint64_t verify_queue;    /* chains that wait in one worker */
	uint64_t chain_cache;     /* bytes of one worker */
	uint64_t throttle_memory; /* bytes */
	int64_t drain_s;          /* how long SIGTERM waits for pending replies */
	int log_decisions;        /* enum pa_log_decisions */
	/* roles */
	struct pa_peers read, crl, admin;
	size_t grants_len;
	struct pa_grant *grants; /* of role issue */
	struct pa_registry *registry;
	size_t realms_len;
	struct pa_realm *realms;
	struct pa_config_errors warnings; /* as good as errors to read; it is used all the same */
};

void pa_config_errors_finish(struct pa_config_errors *errors);

/*
 * The lines as one text of at most max bytes, malloc'ed; NULL: memory is short. Where they take
 * more, the last ones are left out, and a line at the end says how many, and then `hint`.
 */
char *pa_config_errors_text(
	const struct pa_config_errors *errors, size_t max, const char *hint) PA_MUST_CHECK;

/*
 * Read and check a configuration file and what it includes. *errors is filled
 * in either way and must be finished.
 * 0; PA_E_CONFIG: errors->len > 0; negative.
 */
int pa_config_load(
	const char *file, struct pa_config **ret, struct pa_config_errors *errors) PA_MUST_CHECK;

/* The same from memory; name is for messages, `include` is relative to the working directory. */
int pa_config_parse(const char *name, struct pa_bytes text, struct pa_config **ret,
	struct pa_config_errors *errors) PA_MUST_CHECK;
/* The same as if it were now_s: what has an end date is held against it. */
int pa_config_parse_at(const char *name, struct pa_bytes text, int64_t now_s,
	struct pa_config **ret, struct pa_config_errors *errors) PA_MUST_CHECK;

/* References; atomic; NULL-safe. load and parse give one. */
struct pa_config *pa_config_ref(struct pa_config *config);
void pa_config_unref(struct pa_config *config);

/*
 * What the rule keeps on the worker of this number, made where it is not there yet. Only for the
 * worker's own thread. NULL: it keeps nothing, or memory is short.
 */
void *pa_rule_keep(const struct pa_rule *rule, unsigned worker);

static inline void *pa_rule_kept(const struct pa_rule *rule, unsigned worker)
{
	return rule->kept ? pa_rule_keep(rule, worker) : NULL;
}

/* The rule that verifies the certificate; NULL: none does. */
const struct pa_rule *pa_realm_chain_rule(const struct pa_realm *realm);

/* The rule by which the entry of a prefix counts as that of a device; NULL: it does not. */
const struct pa_rule *pa_realm_prefix_rule(const struct pa_realm *realm);
/* Whether a device that is unknown becomes pending. */
bool pa_realm_learns(const struct pa_realm *realm);

/* The bit of a class in pa_rule.classes; 0: the realm has no class of this name. */
uint32_t pa_realm_class_bit(const struct pa_realm *realm, const char *name);

/* NULL: no such realm. */
const struct pa_realm *pa_config_realm(const struct pa_config *config, struct pa_bytes name);

/* The roles of a peer on admin.sock. Root and the daemon's own uid always have all. */
unsigned pa_config_roles(const struct pa_config *config, const struct pa_peer *peer);

/* Whether a peer may issue for a device of this group ("": of none) in a realm. */
bool pa_config_may_issue(const struct pa_config *config, const struct pa_peer *peer,
	const char *realm, const char *group);

/* Write the effective configuration, defaults included, in a form that loads again. */
void pa_config_dump(const struct pa_config *config, FILE *out);

#endif
