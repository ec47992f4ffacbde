/*
 * password: does the request bring a password of the device, of its group or
 * of the realm? CHALLENGE where it brings none; never SKIPs.
 *
 * The cost of a refusal does not depend on what was sent: every account of the
 * subject is tried, whatever the user name; one hash for each distinct setting
 * (slots of an account share a salt), and one hash even where there is no
 * account, or only passwords that machines made. A right one of these is let
 * in at once, and so is a right one that is remembered.
 *
 * Where the only slot of an account has a hash of another cost than new ones,
 * the password that fits it is hashed again, and stored once all else passed.
 */
#include "daemon/check.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/attempt.h"
#include "daemon/hashing.h"
#include "daemon/password_cache.h"
#include "daemon/pki/hmac.h"
#include "db/account.h"
#include "db/device.h"

#define ACCOUNTS_MAX PA_PASSWORD_ACCOUNTS_MAX
#define CACHE_MAX    1000000

struct conf {
	uint64_t cache; /* entries of each worker; 0: none */
};

struct kept {
	struct pa_password_cache *cache;
};

struct state {
	struct pa_attempt *attempt;    /* NULL: none was needed yet */
	struct pa_account_key account; /* of the slot that matched ... */
	struct pa_password_hit hit;    /* ... and that slot */
	bool is_cached;                /* by the cache */
	bool is_cacheable;             /* `key` is that of this request */
	struct pa_password_key key;
};

/* Who asks, and whose passwords count. */
struct asker {
	struct pa_mac mac;
	bool proven, takes_common;
	char group[PA_NAME_MAX + 1]; /* "": none, or its password does not count */
};

struct accounts {
	size_t len;
	struct pa_account list[ACCOUNTS_MAX]; /* of the device, its group, the realm */
};

/*
 * Whether the password of a group or the realm counts. Who has it and claims to be another device
 * must not get that device's own files.
 */
static bool takes_common(const struct pa_ctx *ctx)
{
	const struct pa_facts *facts = ctx->facts;

	return pa_subject_is_proven(ctx) ||
	       (facts->matched && facts->match.rule->access != PA_ACCESS_PASSWORD &&
		       (facts->match.rule->class == PA_CLASS_SHARED ||
			       facts->match.rule->class == PA_CLASS_BOOTSTRAP));
}

/* 0; 1: nobody; negative. */
static int find_asker(struct pa_ctx *ctx, struct asker *ret)
{
	struct pa_device_status device;
	int r;

	if (pa_subject(ctx, &ret->mac) != 0)
		return 1;
	ret->proven = pa_subject_is_proven(ctx);
	ret->takes_common = takes_common(ctx);
	ret->group[0] = '\0';
	if (!ret->takes_common)
		return 0;
	r = pa_device_here(ctx, ret->mac, &device);
	memcpy(ret->group, device.group, sizeof(ret->group));
	return r;
}

/* The three are in the order of enum pa_account_scope. */
static size_t which_of(enum pa_account_scope scope)
{
	return (size_t)(scope - PA_ACCOUNT_DEVICE);
}

/* Which of the three; its name is "" where it does not count. */
static struct pa_account_key account_key(
	const struct pa_ctx *ctx, const struct asker *asker, size_t which)
{
	struct pa_account_key key = { .scope = (enum pa_account_scope)(PA_ACCOUNT_DEVICE + which) };
	struct pa_mac_text mac;

	if (key.scope == PA_ACCOUNT_DEVICE) {
		mac = pa_mac_format(asker->mac);
		memcpy(key.name, mac.text, sizeof(mac.text));
	} else if (asker->takes_common) {
		pa_bytes_copy(key.name, sizeof(key.name),
			pa_bytes_str(key.scope == PA_ACCOUNT_GROUP ? asker->group : ctx->realm));
	}
	return key;
}

/* 0 or negative. */
static int read_accounts(struct pa_ctx *ctx, const struct asker *asker, struct accounts *accounts)
{
	accounts->len = 0;
	for (size_t which = 0; which < ACCOUNTS_MAX; which++) {
		const struct pa_account_key key = account_key(ctx, asker, which);
		int r = 1;

		if (key.name[0])
			r = pa_db_account_get(ctx->db, &key, &accounts->list[accounts->len]);
		if (r < 0)
			return r;
		accounts->len += r == 0;
	}
	return 0;
}

/* How many hashes an attempt costs at the least. Whoever claims a device shall not learn by the
 * time of the answer whether it is there, and which accounts it has. */
static size_t least_hashes(const struct pa_ctx *ctx)
{
	return takes_common(ctx) && !pa_subject_is_proven(ctx) ? ACCOUNTS_MAX : 1;
}

/* What must be hashed. false: more than one attempt may cost. */
static bool collect(struct pa_attempt *attempt, const struct accounts *accounts)
{
	bool fits = true;

	for (size_t a = 0; a < accounts->len; a++)
		fits &= pa_attempt_add(attempt, &accounts->list[a]);
	return fits;
}

static void list_revisions(const struct accounts *accounts, uint64_t ret[ACCOUNTS_MAX])
{
	memset(ret, 0, ACCOUNTS_MAX * sizeof(*ret));
	for (size_t i = 0; i < accounts->len; i++)
		ret[which_of(accounts->list[i].key.scope)] = accounts->list[i].revision;
}

/* What lets the request in. */
static void take_slot(
	struct pa_ctx *ctx, const struct accounts *accounts, size_t a, const struct pa_slot *slot)
{
	const struct pa_account *account = &accounts->list[a];
	struct state *state = ctx->state;
	struct pa_password_hit *hit = &state->hit;

	hit->mark = pa_db_accounts_mark(ctx->db);
	list_revisions(accounts, hit->revisions);
	hit->not_before_s = slot->not_before_s;
	hit->not_after_s = slot->not_after_s;
	hit->account = (uint8_t)which_of(account->key.scope);
	hit->rehashes = account->slots_len == 1 && !pa_hmac_is(slot->hash) &&
			!pa_kdf_is_current(slot->hash, pa_hashing_cost(ctx));
	memcpy(hit->slot, slot->name, sizeof(hit->slot));
	state->account = account->key;
	state->is_cached = false;
}

/* All accounts are looked at; of those that match, the first one counts. */
static bool any_slot_matches(struct pa_ctx *ctx, const struct accounts *accounts)
{
	const struct state *state = ctx->state;
	char user[PA_USER_MAX + 1];
	bool matches = false;

	pa_bytes_copy(user, sizeof(user), ctx->facts->req->user);
	for (size_t a = 0; a < accounts->len; a++) {
		const struct pa_slot *slot = pa_attempt_find(
			state->attempt, &accounts->list[a], user, ctx->facts->now_s);

		if (slot && !matches)
			take_slot(ctx, accounts, a, slot);
		matches |= slot != NULL;
	}
	return matches;
}

/* What is remembered of just this; NULL: nothing. */
static struct pa_password_hit *look_up(struct pa_ctx *ctx, const struct asker *asker)
{
	const struct kept *kept = ctx->kept;
	const struct pa_password_inputs inputs = { ctx->realm, asker->mac, asker->proven,
		asker->takes_common, asker->group, ctx->facts->req->user,
		ctx->facts->req->password };
	struct state *state = ctx->state;

	state->is_cacheable = kept && kept->cache &&
			      pa_password_cache_key(kept->cache, &inputs, &state->key) == 0;
	return state->is_cacheable ? pa_password_cache_find(kept->cache, &state->key) : NULL;
}

/* Whether what is remembered was found in these very accounts. */
static bool is_of(const struct pa_password_hit *known, const struct accounts *accounts)
{
	uint64_t revisions[ACCOUNTS_MAX];

	list_revisions(accounts, revisions);
	return memcmp(revisions, known->revisions, sizeof(revisions)) == 0;
}

/* Whether the slot that is remembered is open now; then it lets the request in. */
static bool opens(
	struct pa_ctx *ctx, const struct asker *asker, const struct pa_password_hit *known)
{
	struct state *state = ctx->state;

	if (!pa_window_is_open(known->not_before_s, known->not_after_s, ctx->facts->now_s))
		return false;
	state->hit = *known;
	state->account = account_key(ctx, asker, known->account);
	state->is_cached = true;
	return true;
}

static void password_work(void *state)
{
	pa_attempt_hash(((struct state *)state)->attempt);
}

static void rehash_work(void *state)
{
	pa_attempt_hash_anew(((struct state *)state)->attempt);
}

/* 0 or negative. */
static int prepare(struct pa_ctx *ctx)
{
	struct state *state = ctx->state;

	if (state->attempt)
		return 0;
	state->attempt = pa_attempt_new(ctx->facts->req->password);
	if (!state->attempt)
		return -ENOMEM;
	return pa_hashing_keyed(ctx, state->attempt->password, state->attempt->keyed);
}

static enum pa_answer password_run(struct pa_ctx *ctx);

/* The accounts are read again: they may have changed, and then run() finds what is left to hash. */
static enum pa_answer password_done(struct pa_ctx *ctx)
{
	if (ctx->status)
		return pa_answer(ctx, PA_ERROR, PA_R_STOPPING);
	return password_run(ctx);
}

/* Begin a hash of the password as new ones are. false: it was begun before, or cannot be. */
static bool begins_rehash(struct pa_ctx *ctx)
{
	struct state *state = ctx->state;

	return prepare(ctx) == 0 && !state->attempt->fresh_setting[0] &&
	       pa_kdf_new_setting(pa_hashing_cost(ctx), state->attempt->fresh_setting) == 0 &&
	       pa_wait_work(ctx, rehash_work, password_done) == PA_WAIT;
}

/* It is let in. Once, and only where there is room for it, its password is hashed again first. */
static enum pa_answer pass(struct pa_ctx *ctx)
{
	const struct state *state = ctx->state;

	if (state->hit.rehashes && !ctx->facts->dry_run && begins_rehash(ctx))
		return PA_WAIT;
	return PA_PASS;
}

static enum pa_answer give_up(struct pa_ctx *ctx, enum pa_reason reason, int r)
{
	return pa_answer_detail(ctx, PA_ERROR, reason, "%s", pa_strerror(r));
}

static enum pa_answer judge(struct pa_ctx *ctx, const struct accounts *accounts)
{
	const struct state *state = ctx->state;

	if (state->attempt->failed)
		return give_up(ctx, PA_R_INTERNAL, state->attempt->failed);
	if (any_slot_matches(ctx, accounts))
		return pass(ctx);
	return pa_answer(ctx, PA_DENY, PA_R_CREDENTIALS_WRONG);
}

/* Nothing of it is remembered. */
static enum pa_answer attempt(struct pa_ctx *ctx, const struct accounts *accounts)
{
	struct state *state = ctx->state;
	int r = prepare(ctx);

	if (r == 0 && !collect(state->attempt, accounts))
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL,
			"more than %u distinct salts or an unknown hash method",
			PA_ATTEMPT_HASHES_MAX);
	/* what needs no slow hash */
	if (r == 0 && state->attempt->hashed_len == 0 && any_slot_matches(ctx, accounts))
		return pass(ctx);
	if (r == 0)
		r = pa_attempt_fill_up(state->attempt, least_hashes(ctx), pa_hashing_cost(ctx));
	if (r)
		return give_up(ctx, PA_R_INTERNAL, r);
	if (state->attempt->hashed_len == state->attempt->settings_len)
		return judge(ctx, accounts);
	return pa_wait_work(ctx, password_work, password_done);
}

static enum pa_answer password_run(struct pa_ctx *ctx)
{
	struct pa_password_hit *known;
	struct accounts accounts;
	struct asker asker;
	uint64_t mark;
	int r;

	if (!ctx->facts->req->has_credentials)
		return pa_answer(ctx, PA_CHALLENGE, PA_R_CREDENTIALS_MISSING);
	r = find_asker(ctx, &asker);
	if (r > 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	if (r < 0)
		return give_up(ctx, PA_R_STORE, r);
	known = look_up(ctx, &asker);
	mark = known ? pa_db_accounts_mark(ctx->db) : 0;
	if (mark && mark == known->mark && opens(ctx, &asker, known))
		return pass(ctx);
	r = read_accounts(ctx, &asker, &accounts);
	if (r < 0)
		return give_up(ctx, PA_R_STORE, r);
	/* others have changed since */
	if (known && is_of(known, &accounts)) {
		known->mark = pa_db_accounts_mark(ctx->db);
		if (opens(ctx, &asker, known))
			return pass(ctx);
	}
	return attempt(ctx, &accounts);
}

/* Where the store finds the account changed since, or no longer alone, it leaves it as it is. */
static void submit_fresh(struct pa_ctx *ctx, const struct state *state)
{
	const struct pa_password_hit *hit = &state->hit;
	struct pa_change change = { .kind = PA_CHANGE_SLOT_REHASH };
	char summary[200];

	change.account.key = state->account;
	change.account.revision = hit->revisions[hit->account];
	memcpy(change.account.slot.name, hit->slot, sizeof(hit->slot));
	memcpy(change.account.slot.hash, state->attempt->fresh, sizeof(state->attempt->fresh));
	(void)snprintf(summary, sizeof(summary), "password.rehash %s %s slot %s",
		pa_account_scope_name(state->account.scope), state->account.name, hit->slot);
	pa_submit(ctx, &change, summary);
	explicit_bzero(&change, sizeof(change));
}

static void password_settle(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	const struct state *state = ctx->state;
	const struct kept *kept = ctx->kept;

	if (verdict != PA_VERDICT_ALLOW || ctx->answer != PA_PASS || !state->hit.slot[0])
		return;
	pa_note_slot(ctx, &state->account, state->hit.slot);
	if (state->hit.rehashes && state->attempt && state->attempt->fresh[0])
		submit_fresh(ctx, state);
	else if (state->is_cacheable && !state->is_cached)
		pa_password_cache_put(kept->cache, &state->key, &state->hit);
}

static void password_drop(void *state)
{
	pa_attempt_free(((struct state *)state)->attempt);
}

static int kept_open(void *opaque, const void *opaque_conf)
{
	const struct conf *conf = opaque_conf;
	struct kept *kept = opaque;

	return conf->cache ? pa_password_cache_new(conf->cache, &kept->cache) : 0;
}

static void kept_close(void *opaque)
{
	struct kept *kept = opaque;

	pa_password_cache_free(kept->cache);
}

static const struct pa_option options[] = {
	{ "cache", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, cache), 0, CACHE_MAX, NULL, "0",
		"passwords that each worker remembers to have been right; 0: none" },
};

PA_CHECK_MODULE(password) = {
	.abi = PA_CHECK_ABI,
	.name = "password",
	.help = "the request brings a password of the device, its group or the realm",
	.needs = PA_FACT_SUBJECT,
	.flags = PA_CHECK_DEVICE_SECRET,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.kept_size = sizeof(struct kept),
	.kept_open = kept_open,
	.kept_close = kept_close,
	.run = password_run,
	.drop = password_drop,
	.settle = password_settle,
};
