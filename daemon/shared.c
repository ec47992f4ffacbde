#include "daemon/shared.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/selftest.h"
#include "db/db.h"

/* Readers of the store besides the callers': publishing. */
#define EXTRA_READERS 4u
#define CHANGES_MAX   4096u

static int64_t system_clock(void *arg)
{
	(void)arg;
	return time(NULL);
}

/* why: that there is none. */
static void set_trust(struct pa_shared *shared, struct pa_trust *trust, const struct pa_diag *why)
{
	struct pa_trust *old;

	pthread_mutex_lock(&shared->lock);
	old = atomic_exchange(&shared->trust, trust);
	if (trust)
		shared->no_trust.text[0] = '\0';
	else if (why->text[0])
		shared->no_trust = *why;
	else
		pa_diag_set(&shared->no_trust, "the store could not be read: see the log");
	pthread_mutex_unlock(&shared->lock);
	pa_trust_unref(old);
}

/* Of build_trust(). */
enum { DAMAGED = 1 };

/*
 * Read the trust, as it is with these further CAs, and see that the configuration enforces what it
 * says. *ret: a reference. 0; DAMAGED: it cannot be built from what the store holds; negative. diag
 * says why.
 */
static int build_trust(struct pa_shared *shared, struct pa_config *config, const struct pa_ca *more,
	size_t more_len, struct pa_trust **ret, struct pa_diag *diag)
{
	struct pa_db_reader *reader;
	size_t serials;
	int r;

	*ret = NULL;
	r = pa_db_reader_open(shared->db, &reader);
	if (r) {
		pa_diag_set(diag, "%s", pa_strerror(r));
		return r;
	}
	r = pa_db_read_begin(reader);
	if (r == 0) {
		r = pa_trust_build_with(reader, more, more_len, ret, diag);
		if (r == PA_E_STORE || r == PA_E_LIMIT) {
			r = DAMAGED;
		} else if (r == 0) {
			r = pa_selftest(
				config, reader, *ret, pa_shared_now(shared), &serials, diag);
			r = r > 0 ? PA_E_STORE : r;
		}
		pa_db_read_end(reader);
	}
	pa_db_reader_close(reader);
	if (r) {
		pa_trust_unref(*ret);
		*ret = NULL;
	} else {
		atomic_store(&shared->tested_serials, serials);
	}
	return r;
}

/* What it means to be without. */
static void say_unusable(uint64_t revision, const struct pa_diag *diag)
{
	pa_log(PA_LOG_ERROR, "trust revision=%llu error=\"%s\": no chain is accepted",
		(unsigned long long)revision, diag->text);
}

/* On the writer's thread, before the revision is visible. */
static void publish(void *arg, struct pa_db *db, uint64_t revision, unsigned touched)
{
	struct pa_shared *shared = arg;
	struct pa_config *config = NULL;
	struct pa_diag diag = { "" };
	struct pa_trust *trust;

	(void)db;
	atomic_store(&shared->highest.reached, revision);
	if (!(touched & (PA_DB_TRUST | PA_DB_CRLS)))
		return;
	pa_shared_hold_config(shared, &config);
	if (build_trust(shared, config, NULL, 0, &trust, &diag) != 0)
		say_unusable(revision, &diag);
	pa_config_unref(config);
	set_trust(shared, trust, &diag);
}

/* The process is about to abort. */
static void say_broken(const char *text)
{
	pa_log(PA_LOG_ERROR, "%s", text);
}

int pa_shared_test_config(struct pa_shared *shared, struct pa_config *config, struct pa_diag *diag)
{
	struct pa_trust *trust;
	int r = build_trust(shared, config, NULL, 0, &trust, diag);

	pa_trust_unref(trust);
	return r == DAMAGED ? PA_E_STORE : r;
}

int pa_shared_test_cas(struct pa_shared *shared, struct pa_config *config, const struct pa_ca *cas,
	size_t len, struct pa_diag *diag)
{
	struct pa_trust *trust;
	int r = build_trust(shared, config, cas, len, &trust, diag);

	pa_trust_unref(trust);
	return r == PA_E_STORE ? DAMAGED : r;
}

void pa_shared_no_trust(struct pa_shared *shared, struct pa_diag *ret)
{
	pthread_mutex_lock(&shared->lock);
	*ret = shared->no_trust;
	pthread_mutex_unlock(&shared->lock);
}

int pa_shared_init(
	struct pa_shared *shared, struct pa_config *config, pa_clock_fn *clock, void *clock_arg)
{
	const char *plain = getenv("POLYAUTH_PLAIN");

	*shared =
		(struct pa_shared){ .clock = clock ? clock : system_clock, .clock_arg = clock_arg };
	shared->earliest_s = clock ? INT64_MIN : pa_clock_earliest();
	shared->plain = plain && strcmp(plain, "1") == 0;
	atomic_init(&shared->config, config);
	return -pthread_mutex_init(&shared->lock, NULL);
}

/* Elsewhere than changes are made: those wait for no other disk write than their own. */
static void write_highest(void *arg)
{
	struct pa_shared *shared = arg;
	struct pa_diag diag = { "" };

	if (pa_highest_write(&shared->highest, &diag) != 0 && diag.text[0])
		pa_log(PA_LOG_WARNING, "%s", diag.text);
}

/* It holds no policy: that it cannot be opened is no reason not to serve. */
static int open_seen(struct pa_shared *shared, const struct pa_config *config, unsigned workers)
{
	const struct pa_seen_options options = {
		.dir = config->store,
		.map_size = config->map_size,
		.workers = workers,
		.round = write_highest,
		.round_arg = shared,
	};
	struct pa_diag diag = { "" };
	int r = pa_seen_open(&options, &shared->seen, &diag);

	if (r == PA_SEEN_MADE && pa_db_revision(shared->db) > 0)
		pa_log(PA_LOG_WARNING, "seen.mdb was missing and is made anew");
	else if (r == PA_SEEN_ANEW)
		pa_log(PA_LOG_WARNING, "%s", diag.text);
	else if (r == PA_SEEN_CLOSED)
		pa_log(PA_LOG_WARNING, "%s: what is seen of devices is lost until then", diag.text);
	return r < 0 ? r : 0;
}

/* Who asks status hears of it, too, and also where the key is there, but another store's. */
static int say_void(struct pa_shared *shared, const char *dir, struct pa_diag *diag)
{
	struct pa_db_reader *reader;
	uint64_t passwords = 0;
	int r = pa_db_reader_open(shared->db, &reader);

	if (r == 0) {
		r = pa_db_read_begin(reader);
		if (r == 0)
			r = pa_voided_count(&shared->voided, reader, &passwords);
		pa_db_read_end(reader);
		pa_db_reader_close(reader);
	}
	if (r)
		pa_diag_set(diag, "%s: the passwords cannot be read: %s", dir, pa_strerror(r));
	else if (passwords)
		pa_log(PA_LOG_WARNING,
			"passwords-void=%llu: they were made with another " PA_SECRET_KEY_FILE
			" than the one of %s; see password list",
			(unsigned long long)passwords, dir);
	return r;
}

static int load_secret(struct pa_shared *shared, const char *dir, struct pa_diag *diag)
{
	bool made;
	int r = pa_secret_key_load(dir, &shared->secret, &made, diag);

	if (r)
		return r;
	if (made && pa_db_revision(shared->db) > 0)
		pa_log(PA_LOG_WARNING,
			"%s/" PA_SECRET_KEY_FILE
			" was missing and is made anew: passwords that were made with the one "
			"before it are void",
			dir);
	r = pa_hmac_id(&shared->secret, shared->voided.key_id);
	if (r)
		pa_diag_set(diag, "%s/" PA_SECRET_KEY_FILE ": %s", dir, pa_strerror(r));
	return r || !made ? r : say_void(shared, dir, diag);
}

/* Whoever brings back the store without the key shall hear what that means. */
static int open_otp_key(struct pa_shared *shared, const char *dir, struct pa_diag *diag)
{
	struct pa_db_stat stat = { 0 };
	struct pa_db_reader *reader;
	int made = pa_otp_key_open(dir, &shared->otp_key, diag), r;

	if (made <= 0)
		return made;
	r = pa_db_reader_open(shared->db, &reader);
	if (r == 0) {
		r = pa_db_stat(reader, &stat);
		pa_db_reader_close(reader);
	}
	if (r)
		pa_diag_set(diag, "%s: %s", dir, pa_strerror(r));
	else if (stat.otps)
		pa_log(PA_LOG_WARNING,
			"%s/" PA_OTP_KEY_FILE " was missing and is made anew: one-time passwords "
			"that were issued before are void",
			dir);
	return r;
}

/*
 * What was used since the backup would be good again: no code of before fits another key. Only when
 * that is there, the lower revision is written, so that nothing is left half done.
 */
static int void_otps(
	struct pa_shared *shared, const char *dir, uint64_t highest, struct pa_diag *diag)
{
	int r = pa_otp_key_replace(dir, &shared->otp_key, diag);

	if (r < 0)
		return r;
	pa_log(PA_LOG_WARNING,
		"%s/data.mdb went back from revision %llu to %llu, as if restored from a "
		"backup: " PA_OTP_KEY_FILE
		" is made anew, and one-time passwords that were issued before are void: issue "
		"others; CRLs may be older than they were: import them again (polyauthctl crl "
		"fetch, or crl import)",
		dir, (unsigned long long)highest, (unsigned long long)pa_db_revision(shared->db));
	return 0;
}

static int open_otps(struct pa_shared *shared, const char *dir, struct pa_diag *diag)
{
	const uint64_t revision = pa_db_revision(shared->db);
	struct pa_diag damage = { "" };
	uint64_t highest;
	int r = pa_highest_open(dir, revision, &shared->highest, &highest, &damage);

	if (r < 0)
		*diag = damage;
	else if (damage.text[0])
		pa_log(PA_LOG_WARNING, "%s", damage.text);
	if (r >= 0)
		r = highest > revision ? void_otps(shared, dir, highest, diag)
				       : open_otp_key(shared, dir, diag);
	if (r >= 0)
		write_highest(shared);
	return r;
}

int pa_shared_open(struct pa_shared *shared, unsigned readers, struct pa_diag *diag)
{
	struct pa_config *config = atomic_load(&shared->config);
	struct pa_db_options options = {
		.dir = config->store,
		.map_size = config->map_size,
		.readers = readers + EXTRA_READERS,
		.queue_max = CHANGES_MAX,
		.publish = publish,
		.publish_arg = shared,
		.broken = say_broken,
		.plain = shared->plain,
	};
	struct pa_trust *trust;
	int r;

	r = pa_db_open(&options, &shared->db, diag);
	if (r == 0)
		r = load_secret(shared, config->store, diag);
	if (r)
		return r;
	r = pa_throttle_open(config->throttle_memory, &shared->throttle);
	if (r) {
		pa_diag_set(diag, "throttle-memory: %s", pa_strerror(r));
		return r;
	}
	r = open_otps(shared, config->store, diag);
	if (r)
		return r;
	r = pa_handle_key_new(&shared->handle_key);
	if (r) {
		pa_diag_set(diag, "the key for chain handles: %s", pa_strerror(r));
		return r;
	}
	r = pa_submits_new(&shared->submits);
	if (r) {
		pa_diag_set(diag, "what checks submit: %s", pa_strerror(r));
		return r;
	}
	r = open_seen(shared, config, readers);
	if (r) {
		pa_diag_set(diag, "%s/seen.mdb: %s", config->store, pa_strerror(r));
		return r;
	}
	r = build_trust(shared, config, NULL, 0, &trust, diag);
	if (r == DAMAGED) /* who could put it right needs the daemon for it */
		say_unusable(pa_db_revision(shared->db), diag);
	else if (r)
		return r;
	set_trust(shared, trust, diag);
	return 0;
}

void pa_shared_finish(struct pa_shared *shared)
{
	if (!shared)
		return;
	pa_db_stop(shared->db); /* before the last time that the highest revision is written */
	pa_seen_close(shared->seen);
	shared->seen = NULL;
	pa_db_close(shared->db);
	shared->db = NULL;
	pa_submits_free(shared->submits);
	shared->submits = NULL;
	pa_handle_key_free(shared->handle_key);
	shared->handle_key = NULL;
	pa_throttle_close(shared->throttle);
	shared->throttle = NULL;
	explicit_bzero(&shared->otp_key, sizeof(shared->otp_key));
	set_trust(shared, NULL, &(struct pa_diag){ "the store is closed" });
	explicit_bzero(&shared->secret, sizeof(shared->secret));
	pa_config_unref(atomic_exchange(&shared->config, NULL));
	pthread_mutex_destroy(&shared->lock);
}

void pa_shared_set_config(struct pa_shared *shared, struct pa_config *config)
{
	struct pa_config *old;

	pthread_mutex_lock(&shared->lock);
	old = atomic_exchange(&shared->config, config);
	pthread_mutex_unlock(&shared->lock);
	pa_config_unref(old);
}

/* A held snapshot cannot be freed, so its address cannot be taken by another one meanwhile. */
void pa_shared_hold_config(struct pa_shared *shared, struct pa_config **held)
{
	struct pa_config *old = *held;

	if (atomic_load_explicit(&shared->config, memory_order_acquire) == old)
		return;
	pthread_mutex_lock(&shared->lock);
	*held = pa_config_ref(atomic_load(&shared->config));
	pthread_mutex_unlock(&shared->lock);
	pa_config_unref(old);
}

void pa_shared_hold_trust(struct pa_shared *shared, struct pa_trust **held)
{
	struct pa_trust *old = *held;

	if (atomic_load_explicit(&shared->trust, memory_order_acquire) == old)
		return;
	pthread_mutex_lock(&shared->lock);
	*held = pa_trust_ref(atomic_load(&shared->trust));
	pthread_mutex_unlock(&shared->lock);
	pa_trust_unref(old);
}

int64_t pa_shared_now(const struct pa_shared *shared)
{
	return shared->clock(shared->clock_arg);
}

void pa_shared_tell_clock(struct pa_shared *shared, int64_t now_s)
{
	const bool is_wrong = now_s < shared->earliest_s;
	struct pa_diag diag = { "" };

	if (atomic_exchange(&shared->clock_was_wrong, is_wrong) == is_wrong)
		return;
	if (!is_wrong)
		pa_log(PA_LOG_WARNING, "clock ok: requests are decided again");
	else if (pa_clock_check(now_s, &diag) != 0)
		pa_log(PA_LOG_ERROR, "clock error=\"%s\": no request is decided until then",
			diag.text);
}
