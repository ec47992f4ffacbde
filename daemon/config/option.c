#include "daemon/config/option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct unit {
	char suffix;
	int64_t factor;
};

static const struct unit sizes[] = { { 'G', 1 << 30 }, { 'M', 1 << 20 }, { 'K', 1 << 10 } };
static const struct unit durations[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 },
	{ 'm', 60 }, { 's', 1 } };
#define SIZES      (sizeof(sizes) / sizeof(*sizes))
#define DURATIONS  (sizeof(durations) / sizeof(*durations))
#define NUMBER_MAX 24u

static void *field(const struct pa_option *option, void *into)
{
	return (char *)into + option->offset;
}

static const void *const_field(const struct pa_option *option, const void *from)
{
	return (const char *)from + option->offset;
}

size_t pa_option_words(const struct pa_option *option, const char *first_word)
{
	return option->type == PA_OPTION_LENIENCE && first_word && strcmp(first_word, "grace") == 0
		       ? 2
		       : 1;
}

/* A number without sign, and at most one unit behind it. 0 or -EINVAL. */
static int parse_number(const char *word, const struct unit *units, size_t units_len, int64_t *ret)
{
	int64_t factor = 1;
	char *end;

	if (word[0] < '0' || word[0] > '9')
		return -EINVAL;
	errno = 0;
	*ret = strtoimax(word, &end, 10);
	if (errno)
		return -EINVAL;
	if (*end) {
		for (factor = 0; units_len; units++, units_len--) {
			if (*end == units->suffix && !end[1])
				factor = units->factor;
		}
		if (!factor)
			return -EINVAL;
	}
	return __builtin_mul_overflow(*ret, factor, ret) ? -EINVAL : 0;
}

/* In the largest unit that divides it. */
static void format_number(int64_t n, const struct unit *units, size_t len, char out[NUMBER_MAX])
{
	for (; n && len; units++, len--) {
		if (n % units->factor == 0) {
			snprintf(
				out, NUMBER_MAX, "%" PRId64 "%c", n / units->factor, units->suffix);
			return;
		}
	}
	snprintf(out, NUMBER_MAX, "%" PRId64, n);
}

/* As it would be written in the configuration. */
static void format_value(const struct pa_option *option, int64_t n, char out[NUMBER_MAX])
{
	if (option->type == PA_OPTION_SIZE)
		format_number(n, sizes, SIZES, out);
	else if (option->type == PA_OPTION_DURATION)
		format_number(n, durations, DURATIONS, out);
	else
		format_number(n, NULL, 0, out);
}

static int bad(
	const struct pa_option *option, const char *word, const char *wanted, struct pa_diag *diag)
{
	pa_diag_set(diag, "%s: %s is not good here; %s", option->name, word, wanted);
	return -EINVAL;
}

static int parse_ranged(
	const struct pa_option *option, const char *word, int64_t *ret, struct pa_diag *diag)
{
	const char *wanted = "a number";
	char min[NUMBER_MAX], max[NUMBER_MAX];
	int r;

	if (option->type == PA_OPTION_SIZE) {
		wanted = "a size as in 64M, 16G";
		r = parse_number(word, sizes, SIZES, ret);
	} else if (option->type == PA_OPTION_DURATION) {
		wanted = "a duration as in 30s, 72h, 15d";
		r = parse_number(word, durations, DURATIONS, ret);
	} else {
		r = parse_number(word, NULL, 0, ret);
	}
	if (r)
		return bad(option, word, wanted, diag);
	if (*ret >= option->min && *ret <= option->max)
		return 0;
	format_value(option, option->min, min);
	format_value(option, option->max, max);
	pa_diag_set(diag, "%s: %s is outside %s .. %s", option->name, word, min, max);
	return -EINVAL;
}

static int set_choice(
	const struct pa_option *option, const char *word, int *ret, struct pa_diag *diag)
{
	char wanted[256] = "one of";
	size_t len = strlen(wanted);

	for (int i = 0; option->choices[i]; i++) {
		if (strcmp(option->choices[i], word) == 0) {
			*ret = i;
			return 0;
		}
		if (len < sizeof(wanted))
			len += (size_t)snprintf(
				wanted + len, sizeof(wanted) - len, " %s", option->choices[i]);
	}
	return bad(option, word, wanted, diag);
}

static int set_lenience(const struct pa_option *option, const char *const *words, size_t len,
	struct pa_lenience *ret, struct pa_diag *diag)
{
	struct pa_option grace = {
		.name = option->name, .type = PA_OPTION_DURATION, .max = INT64_C(100) * 366 * 86400
	};

	*ret = (struct pa_lenience){ .kind = PA_LENIENCE_DENY };
	if (len == 1 && strcmp(words[0], "deny") == 0)
		return 0;
	if (len == 1 && strcmp(words[0], "ignore") == 0) {
		ret->kind = PA_LENIENCE_IGNORE;
		return 0;
	}
	if (len == 2 && strcmp(words[0], "grace") == 0) {
		ret->kind = PA_LENIENCE_GRACE;
		return parse_ranged(&grace, words[1], &ret->grace_s, diag);
	}
	return bad(option, words[0], "deny, ignore, or grace DURATION", diag);
}

static int set_string(const char *word, char **ret)
{
	char *copy = strdup(word);

	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

int pa_option_set(const struct pa_option *option, void *into, const char *const *words,
	size_t words_len, struct pa_diag *diag)
{
	int64_t number;
	int r;

	/* `grace` without its duration is told by set_lenience() */
	if (!words_len || words_len > pa_option_words(option, words[0])) {
		pa_diag_set(
			diag, "%s: wants %s", option->name, words_len ? "fewer words" : "a value");
		return -EINVAL;
	}
	switch (option->type) {
	case PA_OPTION_BOOL:
		if (strcmp(words[0], "yes") != 0 && strcmp(words[0], "no") != 0)
			return bad(option, words[0], "yes or no", diag);
		*(bool *)field(option, into) = words[0][0] == 'y';
		return 0;
	case PA_OPTION_UINT:
	case PA_OPTION_SIZE:
		r = parse_ranged(option, words[0], &number, diag);
		if (r == 0)
			*(uint64_t *)field(option, into) = (uint64_t)number;
		return r;
	case PA_OPTION_DURATION:
		r = parse_ranged(option, words[0], &number, diag);
		if (r == 0)
			*(int64_t *)field(option, into) = number;
		return r;
	case PA_OPTION_STRING:
		return set_string(words[0], field(option, into));
	case PA_OPTION_CHOICE:
		return set_choice(option, words[0], field(option, into), diag);
	case PA_OPTION_LENIENCE:
		return set_lenience(option, words, words_len, field(option, into), diag);
	}
	return -EINVAL;
}

int pa_option_defaults(const struct pa_option *options, size_t len, void *into)
{
	for (size_t i = 0; i < len; i++) {
		char text[128], *save = NULL;
		const char *words[3];
		size_t words_len = 0;
		int r;

		if (!options[i].fallback)
			continue;
		pa_bytes_copy(text, sizeof(text), pa_bytes_str(options[i].fallback));
		for (char *w = strtok_r(text, " ", &save); w && words_len < 3;
			w = strtok_r(NULL, " ", &save))
			words[words_len++] = w;
		r = pa_option_set(&options[i], into, words, words_len, NULL);
		if (r)
			return r;
	}
	return 0;
}

void pa_option_release(const struct pa_option *options, size_t len, void *into)
{
	for (size_t i = 0; i < len; i++) {
		if (options[i].type == PA_OPTION_STRING) {
			char **string = field(&options[i], into);

			free(*string);
			*string = NULL;
		}
	}
}

void pa_option_print(const struct pa_option *option, const void *from, FILE *out)
{
	const void *at = const_field(option, from);
	const struct pa_lenience *lenience = at;
	char number[NUMBER_MAX];

	fprintf(out, "%s", option->name);
	switch (option->type) {
	case PA_OPTION_BOOL:
		fprintf(out, " %s", *(const bool *)at ? "yes" : "no");
		break;
	case PA_OPTION_UINT:
		fprintf(out, " %" PRIu64, *(const uint64_t *)at);
		break;
	case PA_OPTION_SIZE:
	case PA_OPTION_DURATION:
		format_value(option, *(const int64_t *)at, number);
		fprintf(out, " %s", number);
		break;
	case PA_OPTION_STRING:
		fprintf(out, " \"");
		for (const char *s = *(char *const *)at; s && *s; s++)
			fprintf(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
		fprintf(out, "\"");
		break;
	case PA_OPTION_CHOICE:
		fprintf(out, " %s", option->choices[*(const int *)at]);
		break;
	case PA_OPTION_LENIENCE:
		if (lenience->kind == PA_LENIENCE_GRACE) {
			format_number(lenience->grace_s, durations, DURATIONS, number);
			fprintf(out, " grace %s", number);
		} else {
			fprintf(out, " %s",
				lenience->kind == PA_LENIENCE_IGNORE ? "ignore" : "deny");
		}
		break;
	}
}
