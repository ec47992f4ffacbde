/*
 * What a phone's User-Agent says of its model and firmware: for people, nothing is decided by it.
 */
#ifndef DAEMON_MODEL_H
#define DAEMON_MODEL_H

#include "db/seen.h"

/*
 * "FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application": VVX_500, 5.9.7.4477.
 * "OBIHAI/OBi202-3.2.2.5921": OBi202, 3.2.2.5921. Of another form, or too long: both "".
 * Letters, digits, _ and . alone come out.
 */
void pa_model_parse(
	struct pa_bytes user_agent, char model[PA_MODEL_MAX + 1], char firmware[PA_MODEL_MAX + 1]);

#endif
