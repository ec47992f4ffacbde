/* What a User-Agent says of the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/model.h"

static void check(const char *agent, const char *model, const char *firmware)
{
	char got_model[PA_MODEL_MAX + 1], got_firmware[PA_MODEL_MAX + 1];

	pa_model_parse(pa_bytes_str(agent), got_model, got_firmware);
	assert_string_equal(got_model, model);
	assert_string_equal(got_firmware, firmware);
}

static void forms_of_poly(void **state)
{
	(void)state;
	check("FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application", "VVX_500",
		"5.9.7.4477");
	check("FileTransport PolycomVVX-VVX_500-UA/5.9.7.47435 Type/Updater", "VVX_500",
		"5.9.7.47435");
	check("FileTransport PolycomSoundPointIP-SPIP_335-UA/3.2.1.0078", "SPIP_335", "3.2.1.0078");
	check("FileTransport PolycomSoundPointIP-SPIP_550-UA/4.0.15.1047 (SN:0004a11a1a1a) "
	      "Type/Application",
		"SPIP_550", "4.0.15.1047");
	check("FileTransport PolycomSoundPointIP-VVX_500-UA/4.1.3.0439", "VVX_500", "4.1.3.0439");
	check("FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater",
		"SSIP_6000", "5.0.3.1667");
	check("FileTransport PolycomRealPresenceTrio-Trio_8800-UA/7.2.2.1094 (SN:12345)",
		"Trio_8800", "7.2.2.1094");
	check("FileTransport PolyEdge-Edge_E400-UA/9.0.1.1234 Type/Application", "Edge_E400",
		"9.0.1.1234");
	check("FileTransport G_SERIES-PolyStudioX30-UA/3.10.0_362035 Type/Application",
		"PolyStudioX30", "3.10.0_362035");
	check("OBIHAI/OBi202-3.2.2.5921", "OBi202", "3.2.2.5921");
}

static void other_forms_say_nothing(void **state)
{
	(void)state;
	check("", "", "");
	check(NULL, "", "");
	check("Mozilla/5.0 (X11; Linux x86_64)", "", "");
	check("Yealink SIP-T38G  38.70.0.125 00:15:65:00:00:00", "", "");
	check("Cisco/SPA504G-7.4.9c (649EF3788E6A)(CCQ162306EA)", "", "");
	check("FileTransport ", "", "");
	check("FileTransport PolycomVVX", "", "");
	check("FileTransport PolycomVVX-VVX_500", "", "");
	check("FileTransport PolycomVVX-VVX_500-UA/", "", "");
	check("FileTransport -VVX_500-UA/1", "", "");
	check("FileTransport PolycomVVX--UA/1", "", "");
	check("FileTransport PolycomVVX-VVX_500-UA/5.9.7\x1b[31m Type", "", "");
	check("OBIHAI/-3", "", "");
	check("OBIHAI/OBi202-", "", "");
	check("OBIHAI/OBi202", "", "");
}

/* Nothing comes out that could forge a line of a log or command a terminal. */
static void t94_nothing_but_words_comes_out(void **state)
{
	(void)state;
	check("FileTransport P-VVX\n500-UA/1", "", "");
	check("FileTransport P-VVX\"500-UA/1", "", "");
	check("FileTransport P-\xc3\xa4-UA/1", "", "");
	check("OBIHAI/<b>-1", "", "");
}

static void what_is_too_long_is_left_out(void **state)
{
	(void)state;
	check("FileTransport P-1234567890123456789012345678901-UA/1",
		"1234567890123456789012345678901", "1");
	check("FileTransport P-12345678901234567890123456789012-UA/1", "", "");
	check("FileTransport P-V-UA/12345678901234567890123456789012", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_poly),
		cmocka_unit_test(other_forms_say_nothing),
		cmocka_unit_test(t94_nothing_but_words_comes_out),
		cmocka_unit_test(what_is_too_long_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
