/*
 * plain: the same requests, decided with every short cut and without any.
 *
 * Two daemons in process, alike in all but POLYAUTH_PLAIN, get the same COUNT requests by chance,
 * from SEED: any realm, any certificate, any path, now and then changed in a byte; and between them
 * the same changes of the store, reloads and hours. Each verdict and each reason must be the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/conformance/paths_world.h"

#define CHANGE_EVERY 200u /* requests, about */
#define PHONES       8u   /* devices that change, besides those that the world begins with */

static const char *const realms[] = { "shipped", "wide", "prefixed", "blind", "microbrowser",
	"separated", "broadworks" };
static const char *const certificates[] = { ATTACKER, VICTIM, "revoked", "rogue", "colon", "text",
	"star", "long-cn", "two-cns", "no-cn", "zero-cn", "none" };
static const char *const methods[] = { "GET", "GET", "GET", "HEAD", "PUT", "DELETE", "COPY",
	"OPTIONS", "BREW" };
/* @: a device */
static const char *const targets[] = { "/@.cfg", "/@.cfg", "/@-phone.cfg", "/@-mb.cfg",
	"/prov/@.cfg", "/000000000000.cfg", "/@/calls.xml", "/configs/@/x", "/index.php?mac=@",
	"/index.php?mac=@&file=x", "/private/@", "/a/../@.cfg", "/%2e%2e/@.cfg", "//@.cfg",
	"/@.cfg?x", "/@.CFG" };

#define COUNT_OF(list) (sizeof(list) / sizeof(*(list)))

static struct world fast, plain;
static uint64_t seed, allowed, waited;

static uint64_t next(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

static const char *device(uint64_t n)
{
	static char mac[PHONES][16];

	if (n >= PHONES)
		return n % 2 ? ATTACKER : VICTIM;
	snprintf(mac[n], sizeof(mac[n]), "0004f2%06x", 0x100 + (unsigned)n);
	return mac[n];
}

/* --- the same in both worlds --- */

struct choice {
	size_t realm, certificate, method;
	bool hint, has_credentials, served;
	char target[128], user[32], password[32];
	size_t target_len;
};

static const char *certificate_of(const struct choice *c)
{
	if (c->certificate < COUNT_OF(certificates))
		return certificates[c->certificate];
	return device((c->certificate - COUNT_OF(certificates)) % PHONES);
}

static void choose_target(struct choice *c, const char *mac)
{
	const char *from = targets[next(COUNT_OF(targets))];
	const size_t before = strcspn(from, "@"), digits = strlen(mac);

	c->target_len = strlen(from);
	memcpy(c->target, from, c->target_len);
	if (!from[before])
		return;
	memcpy(c->target + before, mac, digits);
	memcpy(c->target + before + digits, from + before + 1, c->target_len - before - 1);
	c->target_len += digits - 1;
}

static void choose(struct choice *c)
{
	*c = (struct choice){ .realm = next(COUNT_OF(realms)),
		.certificate = next(COUNT_OF(certificates) + 2 * PHONES),
		.method = next(COUNT_OF(methods)),
		.hint = next(4) == 0,
		.has_credentials = next(2) == 0,
		.served = next(4) == 0 };
	if (next(2)) { /* its own file, as phones do */
		c->certificate = COUNT_OF(certificates) + next(PHONES);
		c->method = 0;
		choose_target(c, certificate_of(c));
	} else {
		choose_target(c, device(next(PHONES + 2)));
	}
	if (next(16) == 0)
		c->target[next(c->target_len)] = (char)next(256);
	snprintf(c->user, sizeof(c->user), "%s", next(2) ? "phone" : "");
	snprintf(c->password, sizeof(c->password), "%s", next(3) ? "right" : "wrong");
}

static enum pa_verdict ask(struct world *w, const struct choice *c)
{
	struct pa_authorize_request req = { .realm = pa_bytes_str(realms[c->realm]),
		.method = pa_bytes_str(methods[c->method]),
		.target = { (const uint8_t *)c->target, c->target_len },
		.has_credentials = c->has_credentials };

	req.chain[0] = world_certificate(w, certificate_of(c));
	req.chain_len = req.chain[0].len ? 1 : 0;
	if (req.chain_len && c->hint)
		req.chain[req.chain_len++] = w->issuing.der;
	if (c->has_credentials) {
		req.user = pa_bytes_str(c->user);
		req.password = pa_bytes_str(c->password);
	}
	if (c->served) {
		req.has_served_path = true;
		req.served_path = req.target;
	}
	return world_ask(w, &req);
}

/* Something that anybody may do while phones ask. */
static void change_both(void)
{
	const char *mac = device(next(PHONES));
	enum pa_device_state state = next(2) ? PA_DEVICE_ALLOWED : PA_DEVICE_DISABLED;
	static bool all_revoked;
	/* nobody stays revoked for long: else nothing more would be allowed */
	uint64_t what = all_revoked ? 5 : next(8);
	bool is_right = next(2) == 0;

	all_revoked = what == 5 && !all_revoked;

	for (size_t i = 0; i < 2; i++) {
		struct world *w = i ? &plain : &fast;

		if (what < 4)
			world_device(w, mac, state);
		else if (what == 4)
			world_password(w, mac, is_right ? "right" : "wrong");
		else if (what == 5)
			world_revoke(w, all_revoked);
		else if (what == 6)
			world_reload(w);
		else
			w->now_s += 30;
	}
}

/* Whether they agree. */
static bool decide_both(uint64_t n)
{
	enum pa_verdict a, b;
	struct choice c;

	choose(&c);
	a = ask(&fast, &c);
	b = ask(&plain, &c);
	allowed += a == PA_VERDICT_ALLOW;
	waited += fast.waited;
	if (a == b && strcmp(fast.reason, plain.reason) == 0)
		return true;
	printf("# request %llu: %s %s in %s, certificate %s: %d %s; without short cuts %d %s\n",
		(unsigned long long)n, methods[c.method], c.target, realms[c.realm],
		certificate_of(&c), a, fast.reason, b, plain.reason);
	return false;
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void open_both(void)
{
	setenv("POLYAUTH_PLAIN", "1", 1);
	world_open(&plain);
	unsetenv("POLYAUTH_PLAIN");
	world_open(&fast);
	require(plain.shared.plain && !fast.shared.plain, "one world with short cuts, one without");
	for (uint64_t n = 0; n < PHONES; n++) {
		(void)world_certificate(&plain, device(n));
		(void)world_certificate(&fast, device(n));
	}
}

int main(void)
{
	const uint64_t count = number("COUNT", 5000), first = number("SEED", 1);
	uint64_t wrong = 0;

	seed = first;
	printf("1..2\n# seed %llu\n", (unsigned long long)first);
	open_both();
	for (uint64_t n = 0; n < count; n++) {
		if (next(CHANGE_EVERY) == 0)
			change_both();
		wrong += !decide_both(n);
	}
	printf("%s 1 - %llu requests, decided with short cuts and without: %llu differ\n",
		wrong ? "not ok" : "ok", (unsigned long long)count, (unsigned long long)wrong);
	/* else it would prove little */
	printf("%s 2 - %llu of them allowed, %llu waited in spite of short cuts\n",
		allowed > count / 50 && waited < count / 2 ? "ok" : "not ok",
		(unsigned long long)allowed, (unsigned long long)waited);
	world_close(&plain);
	world_close(&fast);
	return wrong != 0;
}
