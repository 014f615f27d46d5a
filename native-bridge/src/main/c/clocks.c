/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "clocks.h"

#define READINGS 8

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now); /* fails for no clock that we name */
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t monotonic_nanos(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Of several readings the one that was interrupted least. */
int64_t realtime_minus_monotonic_nanos(void)
{
	uint64_t before, wall, after, tightest = UINT64_MAX;
	int64_t offset = 0;
	int i;

	for (i = 0; i < READINGS; i++) {
		before = monotonic_nanos();
		wall = read_clock(CLOCK_REALTIME);
		after = monotonic_nanos();
		if (after - before >= tightest)
			continue;
		tightest = after - before;
		offset = (int64_t)(wall - (before + (after - before) / 2));
	}
	return offset;
}
