/*
 * What the path rules in force say of a request, one of today or one that was logged. Internal to
 * daemon/admin/.
 */
#ifndef DAEMON_ADMIN_JUDGE_H
#define DAEMON_ADMIN_JUDGE_H

#include "daemon/admin/admin.h"
#include "daemon/request.h"

/* One request, and what the rules say of it: OK, or the reason of the refusal. */
struct pa_admin_judged {
	struct pa_bytes method, target;
	struct pa_facts facts;
	enum pa_reason reason;
};

/*
 * Judge method and target as a request is judged before its stack, and by the check `owner` but for
 * the groups. device NULL: whoever may ask. Memory comes from arena, which is reset. 0, negative.
 */
int pa_admin_judge(const struct pa_realm *realm, const struct pa_mac *device,
	struct pa_arena *arena, struct pa_admin_judged *one) PA_MUST_CHECK;

/* "FILE:LINE"; "" without a rule. */
void pa_admin_judged_where(const struct pa_path_rule *rule, char *out, size_t size);

/* --- a decision that was logged, against today's rules --- */

struct pa_admin_past {
	struct pa_bytes realm, method, target; /* as they were logged */
	bool has_device;
	struct pa_mac device;
	enum pa_verdict verdict;
	enum pa_reason reason;
};

enum pa_today {
	PA_TODAY_UNKNOWN = 0, /* it cannot be judged; `why` */
	PA_TODAY_UNCHANGED,
	PA_TODAY_REFUSED, /* it was let pass by the rules, and would be refused */
	PA_TODAY_ALLOWED, /* the rules refused it, and would not today */
	PA_TODAY_COUNT
};

struct pa_admin_today {
	enum pa_today today;
	const char *why;            /* UNKNOWN: a static text */
	bool judged;                /* `one` is set */
	struct pa_admin_judged one; /* its reason with that of groups */
	const char *device_state;   /* on the list today; "" where no device is known */
};

/* Needs an active view. 0, negative. */
int pa_admin_judge_past(const struct pa_config *config, struct pa_db_reader *reader, int64_t now_s,
	const struct pa_admin_past *past, struct pa_arena *arena,
	struct pa_admin_today *ret) PA_MUST_CHECK;

/* "unchanged", "refused by the rules", ... */
const char *pa_admin_today_name(enum pa_today today);

#endif
