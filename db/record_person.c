#include "db/record.h"

#include "db/record_io.h"

void pa_record_put_person(struct pa_record *out, const struct pa_person *person)
{
	start(out);
	put_text(out, person->hash, sizeof(person->hash));
	put_time(out, person->added_s);
	put_number(out, person->revision, 8);
	put_number(out, person->all_groups, 1);
	put_number(out, person->groups_len, 1);
	if (person->groups_len > PA_PERSON_GROUPS_MAX)
		out->failed = true;
	for (size_t i = 0; i < person->groups_len && !out->failed; i++)
		put_text(out, person->groups[i], sizeof(person->groups[i]));
}

int pa_record_get_person(struct pa_bytes key, struct pa_bytes value, struct pa_person *ret)
{
	struct cursor k = { key, false }, c = open_value(value);

	*ret = (struct pa_person){ 0 };
	copy_text(&k, get_bytes(&k, k.in.len), ret->name, sizeof(ret->name));
	get_text(&c, ret->hash, sizeof(ret->hash));
	ret->added_s = get_time(&c);
	ret->revision = get_number(&c, 8);
	ret->all_groups = get_choice(&c, 0, 1);
	/* none of them stands for all, and nothing else does */
	ret->groups_len =
		get_choice(&c, ret->all_groups ? 0 : 1, ret->all_groups ? 0 : PA_PERSON_GROUPS_MAX);
	for (size_t i = 0; i < ret->groups_len && !c.failed; i++)
		get_text(&c, ret->groups[i], sizeof(ret->groups[i]));
	if (complete(&k) && complete(&c))
		return 0;
	*ret = (struct pa_person){ 0 };
	return PA_E_STORE;
}
