#include "db/person.h"

#include <errno.h>

#include "db/apply.h"

bool pa_person_has_group(const struct pa_person *person, const char *group)
{
	for (size_t i = 0; i < person->groups_len; i++) {
		if (strcmp(person->groups[i], group) == 0)
			return true;
	}
	return person->all_groups;
}

int pa_db_person_get(struct pa_db_reader *reader, const char *name, struct pa_person *ret)
{
	struct pa_bytes value;
	struct pa_key key;
	int r;

	*ret = (struct pa_person){ 0 };
	if (strlen(name) > PA_NAME_MAX)
		return -EINVAL;
	key = pa_record_person_key(name);
	r = pa_txn_get(pa_db_view(reader), PA_TABLE_PERSON, &key, &value);
	return r ? r : pa_record_get_person(pa_record_key_bytes(&key), value, ret);
}

int pa_db_person_next(struct pa_db_reader *reader, const char *after, struct pa_person *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	*ret = (struct pa_person){ 0 };
	if (after && strlen(after) > PA_NAME_MAX)
		return -EINVAL;
	if (after)
		from = pa_record_person_key(after);
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_PERSON, after ? &from : NULL, &key, &value);
	return r ? r : pa_record_get_person(key, value, ret);
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static bool is_person(const struct pa_person *person)
{
	if (person->groups_len > PA_PERSON_GROUPS_MAX ||
		person->all_groups != (person->groups_len == 0) ||
		!is_text(person->name, sizeof(person->name)) || !person->name[0] ||
		!is_text(person->hash, sizeof(person->hash)))
		return false;
	for (size_t i = 0; i < person->groups_len; i++) {
		if (!is_text(person->groups[i], sizeof(person->groups[i])) || !person->groups[i][0])
			return false;
	}
	return true;
}

/* The revision is new with each change, so that whoever is logged in by the old one is not any
 * more. */
static int store(struct pa_apply *a, const struct pa_key *key, struct pa_person *person)
{
	if (!is_person(person))
		return -EINVAL;
	person->revision = a->revision;
	a->changed = true;
	pa_record_put_person(&a->record, person);
	pa_txn_put(a->txn, PA_TABLE_PERSON, key, &a->record, (struct pa_bytes){ NULL, 0 });
	return a->txn->err;
}

static int look(struct pa_apply *a, const struct pa_change *change, struct pa_key *key,
	struct pa_bytes *old)
{
	const struct pa_person *person = change->person.person;
	bool there;

	if (!person || !is_text(person->name, sizeof(person->name)) || !person->name[0])
		return -EINVAL;
	*key = pa_record_person_key(person->name);
	return pa_apply_look(a, PA_TABLE_PERSON, key, change->when, &there, old);
}

int pa_apply_person_put(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_person person;
	struct pa_bytes old;
	struct pa_key key;
	int r = look(a, change, &key, &old);

	if (r)
		return r;
	person = *change->person.person;
	return store(a, &key, &person);
}

int pa_apply_person_set(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_person *from = change->person.person;
	const unsigned fields = change->person.fields;
	struct pa_person person;
	struct pa_bytes old;
	struct pa_key key;
	int r;

	if (change->when != PA_WHEN_THERE || !fields)
		return -EINVAL;
	r = look(a, change, &key, &old);
	if (r == 0)
		r = pa_record_get_person(pa_record_key_bytes(&key), old, &person);
	if (r)
		return r;
	if (fields & PA_PERSON_SET_HASH)
		memcpy(person.hash, from->hash, sizeof(person.hash));
	if (fields & PA_PERSON_SET_GROUPS) {
		person.all_groups = from->all_groups;
		person.groups_len = from->groups_len;
		memcpy(person.groups, from->groups, sizeof(person.groups));
	}
	return store(a, &key, &person);
}

int pa_apply_person_remove(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_person *person = change->person.person;
	struct pa_key key;

	if (!person || !is_text(person->name, sizeof(person->name)) || !person->name[0])
		return -EINVAL;
	key = pa_record_person_key(person->name);
	return pa_apply_drop(a, PA_TABLE_PERSON, &key, change->when);
}
