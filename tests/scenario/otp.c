/* The directives about one-time passwords. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/scenario/story.h"

/* otp MAC REALM CODE [expires=TIME] [source=NETWORK] [within=SECONDS] [tries=N] */
void story_otp(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_OTP_PUT };
	const char *expires = story_option(words, "expires"), *tries = story_option(words, "tries");
	const char *within = story_option(words, "within"), *source = story_option(words, "source");
	struct pa_otp *otp = &change.otp;
	struct pa_otp_code code;

	pa_otp_read(pa_bytes_str(words[3]), &code);
	otp->mac = story_mac(s, words[1]);
	pa_bytes_copy(otp->realm, sizeof(otp->realm), pa_bytes_str(words[2]));
	otp->alphabet =
		strspn(code.text, "0123456789") == code.length ? PA_OTP_DIGITS : PA_OTP_LETTERS;
	otp->length = (unsigned)code.length;
	otp->issued_s = s->now_s;
	otp->expires_s = expires ? story_time(s, expires) : s->now_s + 900;
	otp->within_s = within ? (uint32_t)strtoul(within, NULL, 10) : 0;
	otp->tries = tries ? (uint8_t)strtoul(tries, NULL, 10) : 10;
	if (source && pa_network_parse(pa_bytes_str(source), &otp->source) != 0)
		story_fail(s, "no network", source);
	if (pa_otp_digest(&s->shared.otp_key, otp->mac, otp->realm, &code, otp->code) != 0)
		story_fail(s, "digest", NULL);
	story_apply(s, &change);
}

void story_otp_revoke(struct story *s, char **words)
{
	struct pa_change change = { .kind = PA_CHANGE_OTP_REMOVE, .when = PA_WHEN_THERE };

	change.otp.mac = story_mac(s, words[1]);
	pa_bytes_copy(change.otp.realm, sizeof(change.otp.realm), pa_bytes_str(words[2]));
	story_apply(s, &change);
}

/* expect-otp MAC REALM none|STATE [tries=N] [used=TIME] */
void story_expect_otp(struct story *s, char **words)
{
	const char *tries = story_option(words, "tries"), *used = story_option(words, "used");
	struct pa_otp otp;
	const char *state = "none";
	bool good;
	int r;

	if (pa_db_read_begin(s->worker.reader) != 0)
		story_fail(s, "no view of the store", NULL);
	r = pa_db_otp_get(s->worker.reader, story_mac(s, words[1]), words[2], &otp);
	pa_db_read_end(s->worker.reader);
	if (r < 0)
		story_fail(s, "the store", pa_strerror(r));
	if (r == 0)
		state = pa_otp_state_name(pa_otp_state_at(&otp, s->now_s));
	good = strcmp(state, words[3]) == 0 && (!tries || otp.tries == strtoul(tries, NULL, 10)) &&
	       (!used || otp.used_s == story_time(s, used));
	story_result(s, good, "otp", words[3]);
	if (!good)
		printf("# got %s tries=%u used=%lld\n", state, otp.tries, (long long)otp.used_s);
}
