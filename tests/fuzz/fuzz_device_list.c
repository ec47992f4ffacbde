/*
 * A list of devices as people write it, CSV or JSON by the first byte: what polyauthctl makes of
 * it, the daemon's reader takes, in order and without doubles or with what is wrong said.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/ctl/device_list.h"
#include "daemon/admin/device_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* What is wrong with a file is said on standard error: here nobody wants to know. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return getenv("FUZZ_LOUD") || freopen("/dev/null", "w", stderr) ? 0 : 1;
}

static void check_upload(const struct pa_device_list *list)
{
	struct pa_device_lines *lines = calloc(1, sizeof(*lines));
	char columns[64] = "";
	struct pa_device device;

	CHECK(lines);
	for (size_t i = 0; i < list->columns_len; i++) {
		size_t len = strlen(columns);

		snprintf(columns + len, sizeof(columns) - len, "%s%s", i ? " " : "",
			pa_device_columns[list->columns[i]]);
	}
	CHECK(pa_device_lines_columns(lines, pa_bytes_str(columns)) == 0);
	CHECK(pa_device_lines_read(lines, (struct pa_bytes){ list->data, list->len }) == 0);
	for (size_t i = 0; i < lines->import.len; i++) {
		CHECK(pa_import_get(&lines->import, i, &device) == 0);
		CHECK(pa_mac_is_device(device.mac) && pa_device_has_good_texts(&device));
		if (i && !lines->faults.len)
			CHECK(lines->import.rows[i - 1].mac < lines->import.rows[i].mac);
	}
	CHECK(lines->faults.text_len < sizeof(lines->faults.text));
	pa_import_finish(&lines->import);
	free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_device_list list = { .file = "list" };
	struct pa_bytes text;
	int r;

	if (!size)
		return 0;
	text = (struct pa_bytes){ data + 1, size - 1 };
	r = data[0] == 'j' ? pa_device_list_json(&list, text) : pa_device_list_csv(&list, text);
	if (r == 0 && list.len)
		check_upload(&list);
	pa_device_list_finish(&list);
	return 0;
}
