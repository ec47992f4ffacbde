/* ca add, crl import: files to the daemon. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/ctl/ctl.h"

#define FILE_MAX PA_ADMIN_UPLOAD_MAX

static int upload_file(struct pa_ctl *ctl, const char *name)
{
	struct pa_bytes data;
	int r = pa_ctl_read_file(name, FILE_MAX, &data);

	if (r)
		return r;
	r = pa_ctl_upload(ctl, name, data);
	free((void *)(uintptr_t)data.data);
	return r;
}

/* A fingerprint is compared by a human, or with --sha256, before an anchor is trusted. */
static int confirm(const char *const *names)
{
	char answer[8] = "";

	if (pa_ctl_option("yes") || pa_ctl_option("sha256"))
		return 0;
	if (!isatty(STDIN_FILENO)) {
		fputs("polyauthctl: nobody is there to confirm the fingerprints: give --yes or "
		      "--sha256\n",
			stderr);
		return PA_CTL_USAGE;
	}
	fputs("Compare the SHA-256 fingerprints with what the vendor publishes:\n", stderr);
	for (; *names; names++)
		fprintf(stderr, "  openssl x509 -noout -fingerprint -sha256 -in %s\n", *names);
	fputs("Add them? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y')) {
		fputs("polyauthctl: nothing was added\n", stderr);
		return PA_CTL_REFUSED;
	}
	return 0;
}

int pa_ctl_ca_add(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	bool anchor = pa_ctl_option("anchor") != NULL;
	const char *sha256 = pa_ctl_option("sha256");
	int r;

	(void)command;
	if (anchor == (pa_ctl_option("intermediate") != NULL) || !*operands) {
		fputs("polyauthctl: ca add --anchor FILE... or ca add --intermediate FILE...\n",
			stderr);
		return PA_CTL_USAGE;
	}
	/* refused before the first of them is stored */
	if (sha256 && operands[1]) {
		fputs("polyauthctl: --sha256 is the fingerprint of one certificate\n", stderr);
		return PA_CTL_USAGE;
	}
	r = anchor ? confirm((const char *const *)operands) : 0;
	if (r == 0)
		r = pa_ctl_arg(ctl, "kind", pa_bytes_str(anchor ? "anchor" : "intermediate"));
	if (r == 0 && sha256)
		r = pa_ctl_arg(ctl, "sha256", pa_bytes_str(sha256));
	for (; r == 0 && *operands; operands++)
		r = upload_file(ctl, *operands);
	return r;
}

static int is_file_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int import_directory(struct pa_ctl *ctl, const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_file_name, alphasort), r = 0;
	char path[4096];

	if (n < 0) {
		fprintf(stderr, "polyauthctl: %s: %s\n", dir, pa_strerror(-errno));
		return PA_CTL_USAGE;
	}
	for (int i = 0; i < n; i++) {
		/* a bad one must not keep the others from coming into force */
		if ((r == 0 || r == PA_CTL_REFUSED) &&
			snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) <
				(int)sizeof(path)) {
			int now = upload_file(ctl, path);

			r = now ? now : r;
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

int pa_ctl_crl_import(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **operands)
{
	int r = *operands ? 0 : PA_CTL_USAGE;

	if (r)
		fprintf(stderr, "polyauthctl: %s %s\n", command->words, command->usage);
	for (; r == 0 && *operands; operands++) {
		struct stat st;

		if (stat(*operands, &st) == 0 && S_ISDIR(st.st_mode))
			r = import_directory(ctl, *operands);
		else
			r = upload_file(ctl, *operands);
	}
	return r;
}
