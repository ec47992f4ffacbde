#include "tests/conformance/paths_world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "daemon/pki/crl.h"
#include "daemon/pki/kdf.h"
#include "proto/authorize.h"

#define REVOKED_SERIAL "\x22\x00\x00\x04"
#define LEAF_SERIAL    "\x10\x00\x01" /* of pa_pki_leaf() */

#define REALM(name, profile, more_checks, rules)                                                  \
	"realm " name " {\n peers uid:0\n identity " profile " from certificate\n"                \
	"stack {\n requisite chain\n requisite crl\n required acl\n required owner\n" more_checks \
	"}\n" rules "}\n"

#define SHIPPED "include packaging/etc/rules/poly-uc.conf\n"

/* Whatever names a device is its own; private/ is nobody's, and all else is everybody's. */
#define WIDE                                                                             \
	"path \"/{mac}.cfg\" class device methods GET HEAD PUT DELETE COPY MOVE LOCK\n"  \
	"path \"/{mac}-phone.cfg\" class device methods GET HEAD PUT DELETE COPY MOVE\n" \
	"path \"/{mac}/**\" class device\n"                                              \
	"path \"/{mac}.cfg/**\" class device\n"                                          \
	"path \"/configs/{mac}/**\" class device\n"                                      \
	"path \"/cgi/get/{mac}\" class device\n"                                         \
	"path \"/rwd/virt/{mac}.cfg\" class device\n"                                    \
	"path \"/index.php\" class device query \"mac={mac}\" \"file=*\"\n"              \
	"path \"/private/**\" class deny\n"                                              \
	"path \"/**\" class shared\n"

/* What a phone asks for without its certificate: its password opens that, and nothing else. */
#define MICROBROWSER                                            \
	"path \"/{mac}-mb.cfg\" class device access password\n" \
	"path \"/{mac}.cfg\" class device\n"

/*
 * `shipped` has the rules that are installed; the others rules that stand in the way of nothing.
 * No password: the attacker has his own anyway.
 */
static const char *const config_realms[] = {
	REALM("shipped", "poly", "", SHIPPED),
	REALM("wide", "poly", "", WIDE),
	REALM("prefixed", "poly", "", "prefix \"/prov\"\n" WIDE),
	REALM("blind", "poly", "", "case ignore\n" WIDE),
	REALM("microbrowser", "poly", "required password\n", MICROBROWSER),
	REALM("separated", "separated", "", SHIPPED),
	REALM("broadworks", "broadworks", "", SHIPPED),
};

void require(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

static int64_t world_clock(void *arg)
{
	const struct world *w = arg;

	return w->now_s;
}

static void apply(struct world *w, struct pa_change *change)
{
	struct pa_changeset set = {
		.changes = change, .changes_len = 1, .time_s = w->now_s, .summary = "conformance"
	};

	require(pa_db_apply(w->shared.db, &set) == 0, "a change of the store");
}

/* --- CAs and their CRLs --- */

static void store_ca(struct world *w, const struct pa_pki_cert *ca, enum pa_ca_kind kind)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };
	enum pa_reason reason;
	struct pa_cert *cert;

	require(pa_cert_parse(ca->der, &cert, &reason) == 0, "a CA");
	change.ca.kind = kind;
	change.ca.added_s = w->now_s;
	change.ca.der = pa_cert_der(cert);
	require(pa_cert_sha256(cert, change.ca.sha256) == 0, "a digest");
	apply(w, &change);
	pa_cert_free(cert);
}

static void store_crl(struct world *w, const struct pa_pki_cert *ca,
	const struct pa_pki_revoked *revoked, uint64_t number)
{
	const uint8_t bytes[] = { 1, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		(uint8_t)number };
	struct pa_pki_crl spec = { .issuer = ca,
		.revoked = revoked,
		.number = { bytes, sizeof(bytes) },
		.this_update_s = w->now_s - 60,
		.next_update_s = w->now_s + 30 * INT64_C(86400),
		.aki = true };
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_bytes der = pa_pki_make_crl(&spec);
	struct pa_trust *trust = NULL;
	struct pa_crl_parsed parsed;
	struct pa_diag diag = { "" };

	pa_shared_hold_trust(&w->shared, &trust);
	require(pa_crl_parse(trust, der, w->now_s, &parsed, &diag) == 0, diag.text);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	apply(w, &change);
	pa_crl_parsed_finish(&parsed);
	pa_trust_unref(trust);
	pa_pki_free_der(der);
}

void world_revoke(struct world *w, bool all)
{
	const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT(REVOKED_SERIAL), .reason = 1 },
		/* on hold: anything else would be for ever */
		{ .serial = all ? PA_BYTES_LIT(LEAF_SERIAL) : (struct pa_bytes){ NULL, 0 },
			.reason = 6 },
		{ .reason = 0 },
	};

	store_crl(w, &w->issuing, revoked, w->crl_number++);
}

static void make_trust(struct world *w)
{
	struct pa_pki_spec root = pa_pki_ca("Root CA", NULL, 1);
	struct pa_pki_spec policy = pa_pki_ca("Policy CA", &w->root, 2);
	struct pa_pki_spec issuing = pa_pki_ca("Issuing CA", &w->policy, 3);

	pa_pki_make(&w->root, &root);
	pa_pki_make(&w->policy, &policy);
	pa_pki_make(&w->issuing, &issuing);
	store_ca(w, &w->root, PA_CA_ANCHOR);
	store_ca(w, &w->policy, PA_CA_INTERMEDIATE);
	store_ca(w, &w->issuing, PA_CA_INTERMEDIATE);
	store_crl(w, &w->root, NULL, 0);
	store_crl(w, &w->policy, NULL, 0);
	world_revoke(w, false);
}

/* --- phones --- */

static struct phone *new_phone(struct world *w, const char *name)
{
	struct phone *phone = &w->phones[w->phones_len++];

	require(w->phones_len <= PHONES_MAX, "there are too many certificates");
	pa_bytes_copy(phone->name, sizeof(phone->name), pa_bytes_str(name));
	return phone;
}

void world_device(struct world *w, const char *mac, enum pa_device_state state)
{
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_PUT };

	require(pa_mac_parse(pa_bytes_str(mac), &change.device.mac) == 0, mac);
	change.device.state = state;
	change.device.added_s = w->now_s;
	apply(w, &change);
}

/* Names that no PrintableString holds are UTF8Strings. */
static struct pa_pki_spec named(struct world *w, const char *cn)
{
	struct pa_pki_spec spec = pa_pki_leaf(NULL, &w->issuing);

	spec.cn = NULL;
	spec.subject[0] = (struct pa_pki_attribute){
		.nid = NID_commonName, .type = V_ASN1_UTF8STRING, .value = cn
	};
	spec.subject[1] =
		(struct pa_pki_attribute){ .nid = NID_organizationName, .value = "Polycom Inc." };
	return spec;
}

static const struct {
	const char *name, *cn;
} named_phones[] = {
	{ "colon", "00:04:F2:00:00:01" },
	{ "text", "Phone 0004F2000001 (demo)" },
	{ "star", "*" },
	{ "vendor-star", "0004F2*" },
	{ "questions", "????????????" },
	{ "cfg", "cfg" },
	{ "quote", "x\"*" },
	{ "long-cn", "0004F20000021" },
	{ "longer-cn", "10004F2000002" },
	{ "run-cn", "0004F2000002AABBCCDDEE" },
	{ "two-macs-cn", "Phone 0004F2000001 0004F2000002" },
	{ "beef-cn", "Phone 0004F2000001 (demo) deadbeefcafe" },
	{ "zero-cn", "000000000000" },
};

static void make_phones(struct world *w)
{
	struct pa_pki_spec spec = pa_pki_leaf("0004F2000003", &w->issuing);

	for (size_t i = 0; i < sizeof(named_phones) / sizeof(*named_phones); i++) {
		struct pa_pki_spec one = named(w, named_phones[i].cn);

		pa_pki_make(&new_phone(w, named_phones[i].name)->cert, &one);
	}
	spec.serial = PA_BYTES_LIT(REVOKED_SERIAL);
	pa_pki_make(&new_phone(w, "revoked")->cert, &spec);
	world_device(w, "0004f2000003", PA_DEVICE_ALLOWED);
	spec = pa_pki_leaf("0004F2000001", NULL);
	pa_pki_make(&new_phone(w, "rogue")->cert, &spec);
	spec = named(w, NULL);
	spec.subject[0] = (struct pa_pki_attribute){ .nid = NID_organizationName, .value = "Demo" };
	spec.subject[1].nid = 0;
	pa_pki_make(&new_phone(w, "no-cn")->cert, &spec);
	spec = named(w, "0004F2000001");
	spec.subject[1] = (struct pa_pki_attribute){
		.nid = NID_commonName, .type = V_ASN1_UTF8STRING, .value = "0004F2000002"
	};
	pa_pki_make(&new_phone(w, "two-cns")->cert, &spec);
	(void)world_certificate(w, ATTACKER);
	(void)world_certificate(w, VICTIM);
}

struct pa_bytes world_certificate(struct world *w, const char *name)
{
	struct pa_pki_spec spec;
	struct phone *phone;
	char upper[32];
	size_t i = 0;

	if (strcmp(name, "none") == 0)
		return (struct pa_bytes){ NULL, 0 };
	for (size_t k = 0; k < w->phones_len; k++) {
		if (strcmp(w->phones[k].name, name) == 0)
			return w->phones[k].cert.der;
	}
	for (; name[i] && i < sizeof(upper) - 1; i++)
		upper[i] = (char)(name[i] >= 'a' && name[i] <= 'f' ? name[i] - 'a' + 'A' : name[i]);
	upper[i] = '\0';
	world_device(w, name, PA_DEVICE_ALLOWED);
	phone = new_phone(w, name);
	spec = pa_pki_leaf(upper, &w->issuing);
	pa_pki_make(&phone->cert, &spec);
	return phone->cert.der;
}

void world_password(struct world *w, const char *mac, const char *password)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };
	struct pa_account_key *key = &change.account.key;
	struct pa_slot *slot = &change.account.slot;
	char setting[PA_KDF_MAX];

	key->scope = PA_ACCOUNT_DEVICE;
	pa_bytes_copy(key->name, sizeof(key->name), pa_bytes_str(mac));
	pa_bytes_copy(slot->name, sizeof(slot->name), PA_BYTES_LIT("own"));
	require(pa_kdf_new_setting(1, setting) == 0 &&
			pa_kdf_hash(password, setting, slot->hash) == 0,
		"a hash");
	apply(w, &change);
}

/* --- the world --- */

static struct pa_config *parse_config(const struct world *w)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;

	if (pa_config_parse("conformance", pa_bytes_str(w->config), &config, &errors) != 0)
		require(false, errors.len ? errors.lines[0] : "the configuration is refused");
	pa_config_errors_finish(&errors);
	return config;
}

void world_reload(struct world *w)
{
	pa_shared_set_config(&w->shared, parse_config(w));
}

void world_open(struct world *w)
{
	const char *tmp = getenv("TMPDIR");
	struct pa_diag diag = { "" };
	size_t len;

	w->now_s = PA_PKI_NOW;
	snprintf(w->dir, sizeof(w->dir), "%.200s/paths.XXXXXX", tmp ? tmp : "/tmp");
	require(mkdtemp(w->dir) != NULL, w->dir);
	len = (size_t)snprintf(w->config, sizeof(w->config),
		"store %s\nmap-size 64M\nlog-decisions none\nhash-cost 1\n", w->dir);
	for (size_t i = 0; i < sizeof(config_realms) / sizeof(*config_realms); i++)
		len += (size_t)snprintf(
			w->config + len, sizeof(w->config) - len, "%s", config_realms[i]);
	require(len < sizeof(w->config), "the configuration is too long");
	require(pa_shared_init(&w->shared, parse_config(w), world_clock, w) == 0 &&
			pa_shared_open(&w->shared, 2, &diag) == 0,
		diag.text);
	require(uv_loop_init(&w->loop) == 0 &&
			pa_worker_init(&w->worker, &w->shared, &w->loop, 0, 0) == 0,
		"a worker");
	make_trust(w);
	make_phones(w);
}

void world_close(struct world *w)
{
	struct dirent *entry;
	char path[600];
	DIR *dir;

	pa_worker_finish(&w->worker);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&w->loop);
	pa_shared_finish(&w->shared);
	dir = opendir(w->dir);
	require(dir != NULL, w->dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, entry->d_name);
		unlink(path);
	}
	closedir(dir);
	require(rmdir(w->dir) == 0, w->dir);
	for (size_t i = 0; i < w->phones_len; i++)
		pa_pki_finish(&w->phones[i].cert);
	pa_pki_finish(&w->root);
	pa_pki_finish(&w->policy);
	pa_pki_finish(&w->issuing);
}

static void take_reply(struct pa_run *run, const struct pa_authorize_reply *reply)
{
	struct world *w = run->owner;

	w->answered = true;
	w->verdict = reply->verdict;
	pa_bytes_copy(w->reason, sizeof(w->reason), reply->reason);
}

enum pa_verdict world_ask(struct world *w, struct pa_authorize_request *req)
{
	static uint8_t frame[PA_FRAME_MAX];
	struct pa_peer peer = { .uid = 0 };
	struct pa_run_started started;
	size_t len;

	req->id = ++w->decisions;
	require(pa_authorize_request_encode(req, frame, sizeof(frame), &len) == 0, "a frame");
	w->answered = false;
	w->verdict = PA_VERDICT_ERROR;
	pa_worker_look_at_clock(&w->worker);
	require(pa_run_start(&w->worker, (struct pa_bytes){ frame, len }, &peer, take_reply, w,
			&started) == 0,
		"a run");
	w->waited = !w->answered;
	while (!w->answered || w->worker.runs)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	return w->verdict;
}
