/*
 * The example check as a file that tests change before it is loaded.
 */
#ifndef TESTS_UNIT_CHECK_OBJECT_H
#define TESTS_UNIT_CHECK_OBJECT_H

#include <libgen.h>
#include <link.h>

#include "tests/unit/config_sample.h"

#define EXAMPLE     "../integration/check_weekday.so"
#define EXAMPLE_MAX (4u << 20)

/* An object that is read, changed and written. */
struct object {
	char *data;
	size_t len;
};

UNUSED static struct object read_example(void)
{
	char exe[4096], path[5000];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	struct object o;
	FILE *file;

	assert_true(len > 0);
	exe[len] = '\0';
	(void)snprintf(path, sizeof(path), "%s/" EXAMPLE, dirname(exe));
	file = fopen(path, "rb");
	assert_non_null(file);
	o.data = malloc(EXAMPLE_MAX);
	assert_non_null(o.data);
	o.len = fread(o.data, 1, EXAMPLE_MAX, file);
	assert_true(feof(file));
	assert_int_equal(fclose(file), 0);
	return o;
}

UNUSED static const ElfW(Shdr) *
	section(const struct object *o, unsigned type, const ElfW(Shdr) * after)
{
	const ElfW(Ehdr) *header = (const void *)o->data;
	const ElfW(Shdr) *sections = (const void *)(o->data + header->e_shoff);
	size_t i = after ? (size_t)(after - sections) + 1 : 0;

	for (; i < header->e_shnum; i++) {
		if (sections[i].sh_type == type)
			return &sections[i];
	}
	return NULL;
}

/* What the loader puts at an address. */
UNUSED static void *at_address(const struct object *o, ElfW(Addr) address)
{
	const ElfW(Ehdr) *header = (const void *)o->data;
	const ElfW(Phdr) *segment = (const void *)(o->data + header->e_phoff);

	for (size_t i = 0; i < header->e_phnum; i++, segment++) {
		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
			address - segment->p_vaddr < segment->p_filesz)
			return o->data + segment->p_offset + (address - segment->p_vaddr);
	}
	fail_msg("nothing is loaded from the file at that address");
	return NULL;
}

/* The dynamic symbol of that name, and where its name stands. */
UNUSED static ElfW(Sym) * symbol(const struct object *o, const char *name, char **text)
{
	const ElfW(Shdr) *table = section(o, SHT_DYNSYM, NULL);
	const ElfW(Shdr) *sections =
		(const void *)(o->data + ((const ElfW(Ehdr) *)(const void *)o->data)->e_shoff);
	ElfW(Sym) * symbols;

	assert_non_null(table);
	symbols = (void *)(o->data + table->sh_offset);
	for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		*text = o->data + sections[table->sh_link].sh_offset + symbols[i].st_name;
		if (strcmp(*text, name) == 0)
			return &symbols[i];
	}
	fail_msg("there is no symbol %s", name);
	return NULL;
}

/* The new name is not longer. */
UNUSED static void rename_symbol(const struct object *o, const char *from, const char *to)
{
	char *text;

	(void)symbol(o, from, &text);
	assert_true(strlen(to) <= strlen(from));
	memcpy(text, to, strlen(to) + 1);
}

UNUSED static ElfW(Addr) module_address(const struct object *o)
{
	char *text;

	return symbol(o, "pa_check_module", &text)->st_value;
}

/* The descriptor as it stands in the file: numbers are there, pointers are made by the loader. */
UNUSED static struct pa_check *module(const struct object *o)
{
	return at_address(o, module_address(o));
}

/* Where the loader is told of a pointer in the descriptor. */
UNUSED static ElfW(Rela) * pointer(const struct object *o, size_t offset)
{
	ElfW(Addr) address = module_address(o) + offset;

	for (const ElfW(Shdr) *s = NULL; (s = section(o, SHT_RELA, s)) != NULL;) {
		ElfW(Rela) *row = (void *)(o->data + s->sh_offset);

		for (size_t i = 0; i < s->sh_size / sizeof(*row); i++) {
			if (row[i].r_offset == address)
				return &row[i];
		}
	}
	fail_msg("the descriptor has no such pointer");
	return NULL;
}

/* What the loader would put there goes to another place, that no test looks at. */
UNUSED static void make_null(const struct object *o, size_t offset)
{
	pointer(o, offset)->r_offset += offsetof(struct pa_check, settle) - offset;
	memset((char *)module(o) + offset, 0, sizeof(void *));
}

UNUSED static void set_name(const struct object *o, const char *name)
{
	ElfW(Addr) address = (ElfW(Addr))pointer(o, offsetof(struct pa_check, name))->r_addend;

	assert_true(strlen(name) <= strlen("weekday"));
	memcpy(at_address(o, address), name, strlen(name) + 1);
}

#endif
