#include "daemon/pki/chain_handle.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "daemon/pki/chain_cache.h"

#define KEY_LEN 32u
/* The label, what stands in struct pa_handle_scope, the certificates. */
#define PIECES_MAX (4u + PA_CHAIN_CERTS_MAX)

struct pa_handle_key {
	EVP_MAC_CTX *begun; /* keyed and empty: each handle begins as a copy of it */
};

/* --- the digest --- */

static bool begin(EVP_MAC_CTX *mac)
{
	unsigned char key[KEY_LEN];
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	bool good = RAND_priv_bytes(key, sizeof(key)) == 1 &&
		    EVP_MAC_init(mac, key, sizeof(key), params) == 1;

	OPENSSL_cleanse(key, sizeof(key));
	return good;
}

int pa_handle_key_new(struct pa_handle_key **ret)
{
	struct pa_handle_key *key = calloc(1, sizeof(*key));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	int r = key ? 0 : -ENOMEM;

	if (key && mac)
		key->begun = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (r == 0 && (!key->begun || !begin(key->begun)))
		r = PA_E_CRYPTO;
	if (r)
		pa_handle_key_free(key);
	else
		*ret = key;
	return r;
}

void pa_handle_key_free(struct pa_handle_key *key)
{
	if (!key)
		return;
	EVP_MAC_CTX_free(key->begun);
	free(key);
}

/* Each piece with its length, so that no two lists of pieces are the same input. */
static bool update(EVP_MAC_CTX *mac, struct pa_bytes piece)
{
	uint64_t len = piece.len;

	return EVP_MAC_update(mac, (const unsigned char *)&len, sizeof(len)) == 1 &&
	       (!piece.len || EVP_MAC_update(mac, piece.data, piece.len) == 1);
}

static bool digest(const struct pa_handle_key *key, const struct pa_known_chain *known,
	const struct pa_handle_scope *scope, uint8_t out[PA_HANDLE_LEN])
{
	struct pa_bytes pieces[PIECES_MAX] = {
		PA_BYTES_LIT("polyauth chain handle 1"),
		{ scope->trust, PA_DIGEST_LEN },
		scope->realm,
		{ (const uint8_t *)&scope->peer, sizeof(scope->peer) },
	};
	size_t len = 4 + pa_known_chain_certs(known, pieces + 4), out_len = 0;
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(key->begun);
	bool good = mac != NULL;

	for (size_t i = 0; good && i < len; i++)
		good = update(mac, pieces[i]);
	good = good && EVP_MAC_final(mac, out, &out_len, PA_HANDLE_LEN) == 1 &&
	       out_len == PA_HANDLE_LEN;
	EVP_MAC_CTX_free(mac);
	return good;
}

/* --- the table --- */

static uint64_t hash_of(const uint8_t bytes[PA_HANDLE_LEN])
{
	uint64_t hash;

	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

/* In a time that does not tell where they differ. */
static bool is_same(const uint8_t a[PA_HANDLE_LEN], const uint8_t b[PA_HANDLE_LEN])
{
	uint64_t mine[PA_HANDLE_LEN / 8], other[PA_HANDLE_LEN / 8], differ = 0;

	_Static_assert(sizeof(mine) == PA_HANDLE_LEN, "whole words");
	memcpy(mine, a, sizeof(mine));
	memcpy(other, b, sizeof(other));
	for (size_t i = 0; i < PA_HANDLE_LEN / 8; i++)
		differ |= mine[i] ^ other[i];
	return differ == 0;
}

static struct pa_chain_handle *handle_of(struct pa_known_chain *known, uid_t peer)
{
	for (size_t i = 0; i < PA_CHAIN_HANDLES_MAX; i++) {
		struct pa_chain_handle *handle = &known->handles[i];

		if (handle->is_set && handle->peer == peer)
			return handle;
	}
	return NULL;
}

static struct pa_chain_handle *place_for(struct pa_known_chain *known)
{
	for (size_t i = 0; i < PA_CHAIN_HANDLES_MAX; i++) {
		if (!known->handles[i].is_set)
			return &known->handles[i];
	}
	return NULL;
}

static void enter(struct pa_chain_table *handles, uint64_t hash, struct pa_known_chain *known)
{
	size_t at = hash;

	while (pa_chain_table_at(handles, at)->known)
		at++;
	*pa_chain_table_at(handles, at) = (struct pa_chain_slot){ hash, known };
	handles->used++;
}

const uint8_t *pa_chain_handle_make(struct pa_chain_table *handles, const struct pa_handle_key *key,
	struct pa_known_chain *known, const struct pa_handle_scope *scope)
{
	struct pa_chain_handle *handle = handle_of(known, scope->peer);

	if (handle)
		return handle->bytes;
	handle = place_for(known);
	if (!handle || !pa_chain_table_make_room(handles) ||
		!digest(key, known, scope, handle->bytes))
		return NULL;
	handle->peer = scope->peer;
	handle->is_set = true;
	enter(handles, hash_of(handle->bytes), known);
	return handle->bytes;
}

const struct pa_chain_slot *pa_chain_handle_place(
	const struct pa_chain_table *handles, struct pa_bytes handle)
{
	return pa_chain_table_at(
		handles, handle.len == PA_HANDLE_LEN ? (size_t)hash_of(handle.data) : 0);
}

struct pa_known_chain *pa_chain_handle_find(
	const struct pa_chain_table *handles, struct pa_bytes handle, const void *rule, uid_t peer)
{
	uint64_t hash;

	if (handle.len != PA_HANDLE_LEN)
		return NULL;
	hash = hash_of(handle.data);
	for (size_t at = hash;; at++) {
		const struct pa_chain_slot *slot = pa_chain_table_at(handles, at);
		const struct pa_chain_handle *own;

		if (!slot->known)
			return NULL;
		if (slot->hash != hash || slot->known->rule != rule)
			continue;
		own = handle_of(slot->known, peer);
		if (own && is_same(own->bytes, handle.data))
			return slot->known;
	}
}

void pa_chain_handle_forget(struct pa_chain_table *handles, struct pa_known_chain *known)
{
	for (size_t i = 0; i < PA_CHAIN_HANDLES_MAX; i++) {
		struct pa_chain_handle *handle = &known->handles[i];
		size_t at;

		if (!handle->is_set)
			continue;
		handle->is_set = false;
		at = hash_of(handle->bytes);
		while (pa_chain_table_at(handles, at)->known != known ||
			pa_chain_table_at(handles, at)->hash != hash_of(handle->bytes))
			at++;
		pa_chain_table_remove(handles, pa_chain_table_at(handles, at));
	}
}
