// Path rules: templates that say which files there are, what class a file has
// and to which device it belongs. Compiled when the configuration loads,
// immutable, matched in linear time without regular expressions.
//
//	path "/{mac}.cfg"            class device
//	path "/{mac}-boot.log"       class device  methods PUT
//	path "/000000000000*.cfg"    class shared  groups acme blue
//	path "/firmware/**"          class shared
//	path "/bootstrap/{mac}.cfg"  class bootstrap
//	path "/index.php"            class device  query "mac={mac}" "file=*"
//
// {mac}: 12 hex digits of either case, a device address, its neighbours in the request no hex
// digits unless they are literals of the rule. {hex}: a maximal run of at least 12 hex digits
// that is no MAC. *: any run of bytes within one segment, maybe empty. **: the rest of the
// path, maybe several segments; only at the end behind a slash. All else is
// literal and compared byte by byte.
#ifndef DAEMON_PATH_PATHS_H
#define DAEMON_PATH_PATHS_H

#include "daemon/path/method.h"
#include "proto/limits.h"
#include "proto/mac.h"
#include "proto/reason.h"

enum pa_class {
	PA_CLASS_NONE = 0,
	PA_CLASS_DEVICE,    /* belongs to the device that {mac} names */
	PA_CLASS_SHARED,    /* to every device */
	PA_CLASS_BOOTSTRAP, /* to the device that {mac} names, or to every one; all that an OTP
			       opens */
	PA_CLASS_DENY,      /* to nobody */
	PA_CLASS_NAMED      /* an operator's own name; like shared, checks may refer to the name */
};

/* What must speak for the device before it gets the file. */
enum pa_path_access {
	PA_ACCESS_BOTH = 0, /* what the stack asks for */
	PA_ACCESS_MAC,      /* the certificate alone: no password is asked for */
	PA_ACCESS_PASSWORD  /* where no certificate is sent, the device's own password alone */
};

struct pa_path_rule {
	enum pa_class class;
	const char *class_name;
	struct pa_bytes class_view; /* the same */
	const char *template;       /* as written */
	const char *file;           /* where: for `path test`, traces */
	unsigned line;
	pa_methods methods;        /* GET and HEAD where the rule names none */
	const char *const *groups; /* NULL-terminated; NULL: any */
	const char *const *query;  /* as written, NULL-terminated; NULL: no query */
	bool separated;            /* {mac} also in separated forms */
	enum pa_path_access access;
};

struct pa_paths;

/* What a rule line says, before it is compiled. Strings are copied. */
struct pa_path_source {
	const char *template, *class_name, *file;
	unsigned line;
	const char *const *methods; /* NULL-terminated names; NULL: GET HEAD */
	const char *const *groups;  /* NULL-terminated; NULL: any */
	const char *const *query;   /* words FIELD=TEMPLATE, NULL-terminated; NULL: no query */
	bool separated;
	enum pa_path_access access;
};

/* NAMED for a name that is an operator's own. */
enum pa_class pa_class_of(const char *name);

struct pa_paths *pa_paths_new(void);        /* NULL: no memory */
void pa_paths_free(struct pa_paths *paths); /* NULL-safe */

/*
 * For front ends on file systems that ignore case: letters of literals match in either. Names
 * that such a file system could take for others are then refused. Before the first rule.
 */
void pa_paths_ignore_case(struct pa_paths *paths);
bool pa_paths_ignores_case(const struct pa_paths *paths);

/*
 * For front ends that serve below a prefix: it is taken off a path before any rule is looked at. In
 * what the front end says that it serves, another may stand (NULL: the same); "/" is none. Each is
 * a path without placeholders and without a slash at its end. 0; 1: refused, diag says why;
 * -ENOMEM.
 */
int pa_paths_set_prefix(struct pa_paths *paths, const char *asked, const char *served,
	struct pa_diag *diag) PA_MUST_CHECK;
/* NULL: none. */
const char *pa_paths_prefix(const struct pa_paths *paths, bool served);

/*
 * Compile a rule and append it; order counts, the first that matches decides.
 * Refused: a template that does not begin with a slash, is unsafe by the rules of
 * target.h, has two {mac}, ** not at its end, two wildcards in a row, {mac} or {hex}
 * without a boundary, class device or access password without {mac}, an unknown placeholder or
 * method, a literal that
 * holds a MAC beside {mac}, a rule that allows a method that writes (other than GET HEAD OPTIONS)
 * and holds * or **; a rule that can never match since an earlier one matches all that it does; a
 * rule that contradicts an earlier one: neither is the narrower, and only one of them makes what
 * both match a device's or nobody's. 0; 1: refused, diag says why; -ENOMEM.
 */
int pa_paths_add(struct pa_paths *paths, const struct pa_path_source *source,
	struct pa_diag *diag) PA_MUST_CHECK;
/* No rule is added any more: lets go of what only pa_paths_add() needs. */
void pa_paths_seal(struct pa_paths *paths);

size_t pa_paths_len(const struct pa_paths *paths);
const struct pa_path_rule *pa_paths_rule(
	const struct pa_paths *paths, size_t i); /* NULL: past the end */

/* What is looked for. */
struct pa_path_asked {
	struct pa_bytes path;  /* decoded */
	struct pa_bytes query; /* raw, at most PA_TARGET_MAX bytes */
	bool is_served;        /* by the front end, not asked for by the client */
};

/* Whether there is a rule with this access. */
bool pa_paths_have_access(const struct pa_paths *paths, enum pa_path_access access);

struct pa_path_match {
	const struct pa_path_rule *rule;
	struct pa_bytes path; /* what the template has matched: behind the prefix */
	bool is_closed;       /* template and prefix are: they leave nothing of the path open */
	bool has_owner;
	struct pa_mac owner;
};

/*
 * Find the rule of a path and its query: the first whose template matches the path decides, and
 * must fit the query too. {mac} in path and query is one device. Besides, every maximal run of 12
 * or more hex digits outside the rule's literals must be exactly the owner's MAC. 0; 1: refused,
 * *reason is PATH_PREFIX, PATH_UNMATCHED, PATH_QUERY, PATH_FOREIGN_MAC or PATH_ALIAS.
 */
int pa_paths_match(const struct pa_paths *paths, const struct pa_path_asked *asked,
	struct pa_path_match *ret, enum pa_reason *reason) PA_MUST_CHECK;

/* Whether both are of one class, one owner and one access: what may stand for each other. */
bool pa_paths_agree(const struct pa_path_match *a, const struct pa_path_match *b);

/*
 * A copy of a path that was matched, of the same length, with a slash in place of every byte of the
 * prefix and of those that the template spells out: what is left, whoever asks has chosen.
 */
void pa_paths_blank_literals(const struct pa_path_match *match, struct pa_bytes path, uint8_t *out);

#endif
