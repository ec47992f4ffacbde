/*
 * The one way in for changes: an ordered list of changesets, each carried out
 * wholly or not at all, each with a revision and a line in the audit trail.
 */
#ifndef DB_CHANGE_H
#define DB_CHANGE_H

#include "db/account.h"
#include "db/ca.h"
#include "db/crl.h"
#include "db/db.h"
#include "db/device.h"
#include "db/import.h"
#include "db/key.h"
#include "db/otp.h"
#include "db/person.h"
#include "db/prefix.h"

enum pa_change_kind {
	PA_CHANGE_NONE = 0,
	PA_CHANGE_DEVICE_PUT,
	PA_CHANGE_DEVICE_SET,
	PA_CHANGE_DEVICE_REMOVE, /* an entry that denies is left, which FORGET deletes */
	PA_CHANGE_DEVICE_FORGET,
	PA_CHANGE_DEVICE_IMPORT,
	PA_CHANGE_PREFIX_PUT,
	PA_CHANGE_PREFIX_REMOVE,
	PA_CHANGE_KEY_LEARN, /* PA_DB_CONFLICT: another is known under its anchor; NEW: under any */
	PA_CHANGE_KEY_FORGET,
	PA_CHANGE_CA_PUT,
	PA_CHANGE_CA_REMOVE,
	PA_CHANGE_SLOT_PUT,    /* creates the account where it is missing */
	PA_CHANGE_SLOT_REMOVE, /* the account goes with its last slot */
	PA_CHANGE_SLOT_ROTATE, /* a new slot; those that are valid now end at until_s */
	PA_CHANGE_SLOT_REHASH, /* another hash of the same password, where it is the only slot */
	PA_CHANGE_CRL_PUT,
	PA_CHANGE_CRL_REMOVE,     /* the CRL, and every serial known by it, are forgotten */
	PA_CHANGE_CRL_POLICY_PUT, /* goes by itself when it says nothing any more */
	PA_CHANGE_NOTE,           /* a line in the audit trail of what is not in the store */
	PA_CHANGE_PERSON_PUT,
	PA_CHANGE_PERSON_SET, /* when: THERE */
	PA_CHANGE_PERSON_REMOVE,
	PA_CHANGE_OTP_PUT,    /* in the place of one that is there */
	PA_CHANGE_OTP_REMOVE, /* PA_DB_NOT_FOUND: not this code is there; zeros: whichever is */
	PA_CHANGE_OTP_USE, /* PA_DB_CONFLICT unless it is live; PA_DB_NOT_FOUND: another code is */
	PA_CHANGE_OTP_FAIL /* a wrong try; PA_DB_CONFLICT: none was left; NOT_FOUND as above */
};

/* What must hold of the entry before the change; else PA_DB_EXISTS, PA_DB_NOT_FOUND. */
enum pa_change_when { PA_WHEN_ANY = 0, PA_WHEN_NEW, PA_WHEN_THERE };

/* The pieces are the submitter's, and must live until done(). */
struct pa_change {
	enum pa_change_kind kind;
	enum pa_change_when when;
	union {
		struct pa_device device; /* DEVICE_PUT; DEVICE_FORGET looks at mac only */
		struct {
			struct pa_device device; /* mac, and what fields names */
			unsigned fields;         /* PA_DEVICE_SET_* */
		} set;                           /* DEVICE_SET; DEVICE_REMOVE: comment and ticket */
		struct pa_device_import *import;
		struct pa_prefix prefix;  /* PREFIX_PUT; PREFIX_REMOVE looks at bits and mac only */
		struct pa_device_key key; /* KEY_FORGET looks at mac only */
		struct pa_ca ca;          /* CA_PUT; CA_REMOVE looks at sha256 only */
		struct {
			struct pa_account_key key;
			struct pa_slot slot; /* SLOT_REMOVE looks at slot.name only */
			int64_t until_s;     /* ROTATE */
			uint64_t revision;   /* ROTATE, REHASH: that the account must have */
		} account;
		struct {
			struct pa_crl head;               /* CRL_REMOVE: issuer, scope, sha256 */
			const struct pa_revoked *revoked; /* ordered by pa_serial_cmp, no doubles */
			size_t revoked_len;
			struct pa_bytes der; /* is kept for export; may be empty */
			bool allow_rollback, allow_shrink;
		} crl;
		struct pa_otp otp; /* REMOVE, FAIL: mac, realm, code; USE: and used_* */
		struct {
			struct pa_crl_policy policy;
			unsigned fields; /* PA_CRL_SET_*, at least one */
		} crl_policy;
		struct {
			const struct pa_person
				*person; /* SET: name, and what fields names; REMOVE: name */
			unsigned fields; /* PA_PERSON_SET_*, at least one */
		} person;
	};
};

/*
 * DEVICE_PUT, DEVICE_SET and DEVICE_REMOVE of a device that was removed are PA_DB_REMOVED, but for
 * a PUT with PA_WHEN_ANY; DEVICE_SET of one that is not on the list is PA_DB_NOT_FOUND.
 * DEVICE_FORGET of one that was not removed is PA_DB_CONFLICT.
 *
 * CRL_PUT: a CRL with a lower crlNumber than the one in force (or, where one of
 * them has none, an earlier thisUpdate) is PA_DB_ROLLBACK unless allow_rollback;
 * the same number or thisUpdate with another digest is PA_DB_CONFLICT; the
 * very same CRL changes nothing and is good (but a DER that was not kept yet is kept). One that
 * lists less than half of what the one in force does is PA_DB_SHRINK unless allow_shrink; short
 * lists may shrink. A serial that the new CRL no longer lists stays revoked (listed = false),
 * unless it was on hold. A DER above PA_CRL_FILE_MAX is PA_E_LIMIT.
 * CRL_REMOVE: PA_DB_CONFLICT if the CRL in force is another one than sha256 names.
 *
 * SLOT_PUT: PA_DB_CONFLICT if the account has PA_SLOTS_MAX slots already.
 * SLOT_ROTATE: PA_DB_CONFLICT also if the account is not what `revision` says, PA_DB_EXISTS if
 * there is a slot of this name. Slots that are over go; those that are not valid yet stay as they
 * are; the others end at until_s, if they do not end before. All of it is one step.
 * SLOT_REHASH of an account that changed since, or has other slots, changes nothing and is good.
 * A change whose strings are empty where they are keys, a device that is no
 * device address, an unknown kind: -EINVAL.
 */

struct pa_changeset;
/*
 * Called once on the writer thread when the set is carried out (result 0,
 * everything published) or refused (positive: as above; negative: an error;
 * then no part of it is in the store). Must not block, must not submit.
 */
typedef void pa_changeset_fn(struct pa_changeset *set);

struct pa_changeset {
	/* filled in by the submitter; untouched until done() */
	const struct pa_change *changes;
	size_t changes_len;
	int64_t time_s;
	uid_t actor;         /* of the peer who asked */
	const char *summary; /* for the audit trail: "device add 0004f2..." */
	pa_changeset_fn *done;
	void *arg;
	/* filled in for done() */
	int result;
	size_t failed_at;  /* index of the change that was refused */
	uint64_t revision; /* of this set; of the store where it was refused or changed nothing */
	char note[160]; /* what it changed, where the summary does not say it; follows it there */
	/* the store's own */
	struct pa_changeset *next;
};

/* Queue a changeset; never blocks on the disk. 0, PA_E_BUSY, PA_E_CLOSED (done() is then not
 * called). */
int pa_db_submit(struct pa_db *db, struct pa_changeset *set) PA_MUST_CHECK;

/* Submit and wait; for tests and tools, never on a loop. Sets done and arg itself. Returns
 * set->result or as above. */
int pa_db_apply(struct pa_db *db, struct pa_changeset *set) PA_MUST_CHECK;

#endif
