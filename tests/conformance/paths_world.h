/*
 * A whole daemon but for its sockets: a configuration, a store with a fleet, and decisions of
 * requests as front ends send them. What cannot be set up ends the program.
 */
#ifndef TESTS_CONFORMANCE_PATHS_WORLD_H
#define TESTS_CONFORMANCE_PATHS_WORLD_H

#include "daemon/run.h"
#include "tests/fixtures/pki.h"

#define ATTACKER "0004f2000001"
#define VICTIM   "0004f2000002"

#define PHONES_MAX 40u

/* One certificate, by a name that tables use. */
struct phone {
	char name[32];
	struct pa_pki_cert cert;
};

struct world {
	char dir[256];
	int64_t now_s;
	uv_loop_t loop;
	struct pa_shared shared;
	struct pa_worker worker;
	struct pa_pki_cert root, policy, issuing;
	size_t phones_len;
	struct phone phones[PHONES_MAX];
	char config[16384];
	uint64_t crl_number; /* of the latest CRL of the issuing CA */
	/* the latest decision */
	bool answered, waited;
	enum pa_verdict verdict;
	char reason[64];
	uint64_t decisions;
};

void world_open(struct world *w);
void world_close(struct world *w);

/* The certificate of a name, or of a device that then stands on the list; empty for "none". */
struct pa_bytes world_certificate(struct world *w, const char *name);

/* The password of a device. */
void world_password(struct world *w, const char *mac, const char *password);

/* Another state of a device on the list. */
void world_device(struct world *w, const char *mac, enum pa_device_state state);

/* Another CRL: of one phone alone, or of all. */
void world_revoke(struct world *w, bool all);

/* The same configuration once more. */
void world_reload(struct world *w);

/* Decide; the verdict, w->reason says why. */
enum pa_verdict world_ask(struct world *w, struct pa_authorize_request *req);

/* Ends the program where ok is false. */
void require(bool ok, const char *what);

#endif
