#include "daemon/descriptors.h"

#include <sys/resource.h>

#include "daemon/log.h"

/* Of the store, the loops, files that are written. */
#define REST 256u
/* An administrator gets in whatever the limit is. */
#define LEAST 8u

void pa_descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void pa_descriptors_bound(struct pa_config *config)
{
	const uint64_t wanted = config->connections_max, needed = 2 * wanted + REST;
	struct rlimit limit;
	uint64_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return;
	room = limit.rlim_cur > REST ? (limit.rlim_cur - REST) / 2 : 0;
	room = room > LEAST ? room : LEAST;
	if (room >= wanted)
		return;
	config->connections_max = room;
	pa_log(PA_LOG_WARNING,
		"connections-max %llu would take %llu file descriptors, and there are %llu: %llu are "
		"served; raise LimitNOFILE (ulimit -Hn), or lower connections-max",
		(unsigned long long)wanted, (unsigned long long)needed,
		(unsigned long long)limit.rlim_cur, (unsigned long long)room);
}
