/* Time. */
#include "lib/base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_us(clockid_t clock)
{
	struct timespec now;

	/* Cannot fail: the clocks named here exist on every kernel that has Landlock. */
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t clock_monotonic_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000u;
}

uint64_t clock_boottime_ms(void)
{
	return read_us(CLOCK_BOOTTIME) / 1000u;
}

uint64_t clock_boottime_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

uint64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

uint64_t clock_wall_s(void)
{
	return clock_wall_us() / 1000000u;
}

void clock_rfc3339(char text[CLOCK_RFC3339_SIZE], uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000u);
	struct tm parts;
	char date[20];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, CLOCK_RFC3339_SIZE, "%.19s.%06uZ", date, (unsigned)(wall_us % 1000000u));
}
