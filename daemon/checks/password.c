/*
 * password: does the request bring a password of the device, of its group or
 * of the realm? CHALLENGE where it brings none; never SKIPs.
 *
 * The cost of a refusal does not depend on what was sent: every account of the
 * subject is tried, whatever the user name; one hash for each distinct setting
 * (slots of an account share a salt), and one hash even where there is no
 * account, or only passwords that machines made. A right one of these is let
 * in at once.
 *
 * Where the only slot of an account has a hash of another cost than new ones,
 * the password that fits it is hashed again, and stored once all else passed.
 */
#include "daemon/check.h"

#include <stdio.h>

#include "daemon/hashing.h"
#include "daemon/password_cache.h"
#include "daemon/pki/hmac.h"
#include "db/account.h"
#include "db/device.h"

#define SETTINGS_MAX 4u /* distinct settings that one attempt may cost */
#define ACCOUNTS_MAX PA_PASSWORD_ACCOUNTS_MAX
#define CACHE_MAX    1000000

struct conf {
	uint64_t cache; /* entries of each worker; 0: none */
};

struct kept {
	struct pa_password_cache *cache;
};

struct state {
	char password[PA_PASSWORD_MAX + 1];
	size_t settings_len, hashed_len;
	int failed;
	bool prepared;                 /* password and keyed are there */
	char keyed[PA_KDF_MAX];        /* the password's keyed digest */
	struct pa_account_key account; /* of the slot that matched ... */
	char slot[PA_NAME_MAX + 1];    /* ... "": none did */
	bool is_cacheable;             /* `cached` is the key of this attempt, `hit` that slot */
	struct pa_password_key cached;
	struct pa_password_hit hit;
	/* that slot's new hash */
	bool rehashes;
	uint64_t revision;
	char fresh_setting[PA_KDF_MAX], fresh[PA_KDF_MAX]; /* "": there is none */
	char settings[SETTINGS_MAX][PA_KDF_MAX];
	char hashes[SETTINGS_MAX][PA_KDF_MAX]; /* of the first hashed_len settings */
};

struct accounts {
	size_t len;
	struct pa_account list[ACCOUNTS_MAX]; /* of the device, its group, the realm */
};

static int read_account(struct pa_ctx *ctx, enum pa_account_scope scope, const char *name,
	struct accounts *accounts)
{
	struct pa_account_key key = { .scope = scope };
	int r;

	if (!name[0])
		return 0;
	pa_bytes_copy(key.name, sizeof(key.name), pa_bytes_str(name));
	r = pa_db_account_get(ctx->db, &key, &accounts->list[accounts->len]);
	if (r == 0)
		accounts->len++;
	return r < 0 ? r : 0;
}

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

static int read_accounts(struct pa_ctx *ctx, struct pa_mac mac, struct accounts *accounts)
{
	struct pa_device_status device;
	int r;

	accounts->len = 0;
	r = read_account(ctx, PA_ACCOUNT_DEVICE, pa_mac_format(mac).text, accounts);
	if (r || !takes_common(ctx))
		return r;
	r = pa_db_device_status(ctx->db, mac, ctx->facts->now_s, &device);
	if (r == 0)
		r = read_account(ctx, PA_ACCOUNT_GROUP, device.group, accounts);
	if (r == 0)
		r = read_account(ctx, PA_ACCOUNT_REALM, ctx->realm, accounts);
	return r;
}

/* The index of a hash's setting; SETTINGS_MAX: it is not among them, or has none. */
static size_t find_setting(const struct state *state, const char *hash)
{
	char setting[PA_KDF_MAX];

	if (pa_kdf_setting(hash, setting) != 0)
		return SETTINGS_MAX;
	for (size_t i = 0; i < state->settings_len; i++) {
		if (strcmp(state->settings[i], setting) == 0)
			return i;
	}
	return SETTINGS_MAX;
}

/* The same, but it is added where there is room for it. */
static size_t add_setting(struct state *state, const char *hash)
{
	size_t i = find_setting(state, hash);

	if (i == SETTINGS_MAX && state->settings_len < SETTINGS_MAX &&
		pa_kdf_setting(hash, state->settings[state->settings_len]) == 0)
		i = state->settings_len++;
	return i;
}

/* How many hashes an attempt costs at the least. Whoever claims a device shall not learn by the
 * time of the answer whether it is there, and which accounts it has. */
static size_t least_hashes(const struct pa_ctx *ctx)
{
	return takes_common(ctx) && !pa_subject_is_proven(ctx) ? ACCOUNTS_MAX : 1;
}

/* Collect what must be hashed. false: more than one attempt may cost. */
static bool collect(struct state *state, const struct accounts *accounts)
{
	bool fits = true;

	for (size_t a = 0; a < accounts->len; a++) {
		for (size_t s = 0; s < accounts->list[a].slots_len; s++) {
			const char *hash = accounts->list[a].slots[s].hash;

			if (!pa_hmac_is(hash))
				fits &= add_setting(state, hash) < SETTINGS_MAX;
		}
	}
	return fits;
}

/* Each at its own cost, though they are the same. 0 or negative. */
static int fill_up(struct pa_ctx *ctx, struct state *state)
{
	int r = 0;

	while (state->settings_len < least_hashes(ctx) && r == 0) {
		r = pa_kdf_dummy_setting(
			pa_hashing_cost(ctx), state->settings[state->settings_len]);
		if (r == 0)
			state->settings_len++;
	}
	return r;
}

/* Of two slots of an account with the same password, the one that is valid for longer. */
static bool outlasts(const struct pa_slot *a, const struct pa_slot *b)
{
	return b->not_after_s != 0 && (a->not_after_s == 0 || a->not_after_s > b->not_after_s);
}

/* Every open slot is compared, with no early end. NULL: none matches. */
static const struct pa_slot *find_slot(const struct state *state, const struct pa_account *account,
	const char *user, int64_t now_s)
{
	const struct pa_slot *found = NULL;

	for (size_t s = 0; s < account->slots_len; s++) {
		const struct pa_slot *slot = &account->slots[s];
		size_t i = find_setting(state, slot->hash);
		bool user_fits = !slot->user[0] || pa_kdf_equal(slot->user, user);
		bool hash_fits = i < state->hashed_len && state->hashes[i][0] &&
				 pa_kdf_equal(slot->hash, state->hashes[i]);

		hash_fits |= state->keyed[0] && pa_kdf_equal(slot->hash, state->keyed);
		if ((user_fits & hash_fits & pa_slot_is_open(slot, now_s)) &&
			(!found || outlasts(slot, found)))
			found = slot;
	}
	return found;
}

/* What lets the request in. */
static void take_slot(struct pa_ctx *ctx, const struct accounts *accounts, size_t a, size_t s)
{
	const struct pa_account *account = &accounts->list[a];
	const struct pa_slot *slot = &account->slots[s];
	struct state *state = ctx->state;

	state->hit = (struct pa_password_hit){ (uint8_t)a, (uint8_t)s };
	state->account = account->key;
	state->revision = account->revision;
	state->rehashes = account->slots_len == 1 && !pa_hmac_is(slot->hash) &&
			  !pa_kdf_is_current(slot->hash, pa_hashing_cost(ctx));
	memcpy(state->slot, slot->name, sizeof(state->slot));
}

/* All accounts are looked at; of those that match, the first one counts. */
static bool any_slot_matches(struct pa_ctx *ctx, const struct accounts *accounts)
{
	struct state *state = ctx->state;
	char user[PA_USER_MAX + 1];

	pa_bytes_copy(user, sizeof(user), ctx->facts->req->user);
	state->slot[0] = '\0';
	for (size_t a = 0; a < accounts->len; a++) {
		const struct pa_account *account = &accounts->list[a];
		const struct pa_slot *slot = find_slot(state, account, user, ctx->facts->now_s);

		if (slot && !state->slot[0])
			take_slot(ctx, accounts, a, (size_t)(slot - account->slots));
	}
	return state->slot[0] != '\0';
}

/* Was just this right a moment ago, and is its slot open still? */
static bool is_cached(struct pa_ctx *ctx, struct pa_mac mac, const struct accounts *accounts)
{
	const struct kept *kept = ctx->kept;
	const struct pa_password_inputs inputs = { ctx->realm, mac, pa_subject_is_proven(ctx),
		takes_common(ctx), ctx->facts->req->user, ctx->facts->req->password, accounts->len,
		accounts->list };
	struct state *state = ctx->state;
	struct pa_password_hit hit;

	state->is_cacheable = kept && kept->cache &&
			      pa_password_cache_key(kept->cache, &inputs, &state->cached) == 0;
	if (!state->is_cacheable || !pa_password_cache_find(kept->cache, &state->cached, &hit) ||
		!pa_slot_is_open(&accounts->list[hit.account].slots[hit.slot], ctx->facts->now_s))
		return false;
	take_slot(ctx, accounts, hit.account, hit.slot);
	return true;
}

static void password_work(void *opaque)
{
	struct state *state = opaque;

	for (; state->hashed_len < state->settings_len; state->hashed_len++) {
		size_t i = state->hashed_len;
		int r = pa_kdf_hash(state->password, state->settings[i], state->hashes[i]);

		if (r && !state->failed)
			state->failed = r;
	}
}

static void rehash_work(void *opaque)
{
	struct state *state = opaque;

	/* what fails is tried again the next time */
	if (pa_kdf_hash(state->password, state->fresh_setting, state->fresh) != 0)
		state->fresh[0] = '\0';
}

static enum pa_answer password_run(struct pa_ctx *ctx);

/* The accounts are read again: they may have changed, and then run() finds what is left to hash. */
static enum pa_answer password_done(struct pa_ctx *ctx)
{
	if (ctx->status)
		return pa_answer(ctx, PA_ERROR, PA_R_STOPPING);
	return password_run(ctx);
}

/* It is let in. Once, and only where there is room for it, its password is hashed again first. */
static enum pa_answer pass(struct pa_ctx *ctx)
{
	struct state *state = ctx->state;

	if (state->rehashes && !state->fresh_setting[0] && !ctx->facts->dry_run &&
		pa_kdf_new_setting(pa_hashing_cost(ctx), state->fresh_setting) == 0 &&
		pa_wait_work(ctx, rehash_work, password_done) == PA_WAIT)
		return PA_WAIT;
	return PA_PASS;
}

static enum pa_answer password_judge(struct pa_ctx *ctx, const struct accounts *accounts)
{
	struct state *state = ctx->state;

	if (state->failed)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(state->failed));
	if (any_slot_matches(ctx, accounts))
		return pass(ctx);
	return pa_answer(ctx, PA_DENY, PA_R_CREDENTIALS_WRONG);
}

static int prepare(struct pa_ctx *ctx)
{
	struct state *state = ctx->state;

	if (state->prepared)
		return 0;
	state->prepared = true;
	pa_bytes_copy(state->password, sizeof(state->password), ctx->facts->req->password);
	return pa_hashing_keyed(ctx, state->password, state->keyed);
}

static enum pa_answer password_run(struct pa_ctx *ctx)
{
	struct state *state = ctx->state;
	struct accounts accounts;
	struct pa_mac mac;
	int r;

	if (!ctx->facts->req->has_credentials)
		return pa_answer(ctx, PA_CHALLENGE, PA_R_CREDENTIALS_MISSING);
	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	r = read_accounts(ctx, mac, &accounts);
	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	r = prepare(ctx);
	if (r == 0 && !collect(state, &accounts))
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL,
			"more than %u distinct salts or an unknown hash method", SETTINGS_MAX);
	/* what needs no slow hash */
	if (r == 0 && (is_cached(ctx, mac, &accounts) ||
			      (state->hashed_len == 0 && any_slot_matches(ctx, &accounts))))
		return pass(ctx);
	if (r == 0)
		r = fill_up(ctx, state);
	if (r)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(r));
	if (state->hashed_len == state->settings_len)
		return password_judge(ctx, &accounts);
	return pa_wait_work(ctx, password_work, password_done);
}

/* Where the store finds the account changed since, or no longer alone, it leaves it as it is. */
static void submit_fresh(struct pa_ctx *ctx, const struct state *state)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_REHASH };
	char summary[200];

	change.account.key = state->account;
	change.account.revision = state->revision;
	memcpy(change.account.slot.name, state->slot, sizeof(state->slot));
	memcpy(change.account.slot.hash, state->fresh, sizeof(state->fresh));
	(void)snprintf(summary, sizeof(summary), "password.rehash %s %s slot %s",
		pa_account_scope_name(state->account.scope), state->account.name, state->slot);
	pa_submit(ctx, &change, summary);
	explicit_bzero(&change, sizeof(change));
}

static void password_settle(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	const struct state *state = ctx->state;

	if (verdict != PA_VERDICT_ALLOW || ctx->answer != PA_PASS || !state->slot[0])
		return;
	pa_note_slot(ctx, &state->account, state->slot);
	if (state->rehashes && state->fresh[0])
		submit_fresh(ctx, state);
	else if (state->is_cacheable)
		pa_password_cache_put(
			((const struct kept *)ctx->kept)->cache, &state->cached, state->hit);
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
	.settle = password_settle,
};
