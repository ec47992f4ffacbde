#include <errno.h>
#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/der.h"
#include "daemon/pki/x509.h"

static const char begin[] = "-----BEGIN ";

struct block {
	char *name, *header;
	unsigned char *data;
	long len;
};

static void block_finish(struct block *block)
{
	OPENSSL_free(block->name);
	OPENSSL_free(block->header);
	OPENSSL_free(block->data);
	*block = (struct block){ 0 };
}

/* 0; 1: refused; 2: the end; negative. */
static int read_block(BIO *bio, struct block *block, struct pa_diag *diag)
{
	unsigned long error;
	int r;

	if (PEM_read_bio(bio, &block->name, &block->header, &block->data, &block->len) == 1)
		return 0;
	error = ERR_peek_last_error();
	r = pa_x509_error(1);
	if (r < 0)
		return r;
	if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE)
		return 2;
	pa_diag_set(diag, "a PEM block is broken or cut off; copy the file again");
	return 1;
}

static int judge_block(const struct block *block, const char *label, struct pa_diag *diag)
{
	if (strcmp(block->name, label) != 0) {
		pa_diag_set(diag,
			"a PEM block is labelled \"%.64s\" where \"%s\" is needed; remove it",
			block->name, label);
		return 1;
	}
	if (block->header[0] != '\0') {
		pa_diag_set(diag, "a PEM block has header lines (is it encrypted?); remove them");
		return 1;
	}
	return 0;
}

static int each_block(BIO *bio, const char *label, pa_pem_fn *each, void *arg, struct pa_diag *diag)
{
	struct block block = { 0 };
	size_t count = 0;
	int r;

	for (;; count++) {
		r = read_block(bio, &block, diag);
		if (r)
			break;
		r = judge_block(&block, label, diag);
		if (r == 0)
			r = each(arg, (struct pa_bytes){ block.data, (size_t)block.len });
		block_finish(&block);
		if (r)
			return r;
	}
	if (r == 2 && count == 0) {
		pa_diag_set(diag, "there is no PEM block labelled \"%s\" in it", label);
		return 1;
	}
	return r == 2 ? 0 : r;
}

int pa_pem_each(
	struct pa_bytes file, const char *label, pa_pem_fn *each, void *arg, struct pa_diag *diag)
{
	bool pem = file.len && memmem(file.data, file.len, begin, sizeof(begin) - 1);
	struct pa_bytes rest = file;
	struct pa_der outer;
	bool der;
	BIO *bio;
	int r;

	/* a DER file may hold anything, even what looks like PEM; so one object exactly comes first
	 */
	der = pa_der_expect(&rest, PA_DER_SEQUENCE, &outer) == 0 && rest.len == 0;
	if (!der && !pem)
		der = file.len && file.data[0] == PA_DER_SEQUENCE;
	if (der)
		return each(arg, file);
	if (!pem || file.len > INT_MAX) {
		pa_diag_set(diag, pem ? "the file is too large"
				      : "the file is neither PEM nor DER; is it the right one?");
		return 1;
	}
	bio = BIO_new_mem_buf(file.data, (int)file.len);
	if (!bio)
		return pa_x509_error(-ENOMEM);
	r = each_block(bio, label, each, arg, diag);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}
