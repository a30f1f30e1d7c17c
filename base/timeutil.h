// Clocks, RFC 3339 timestamps and kubectl's durations. Times are Unix seconds (int64_t), 0: unset.
#ifndef BASE_TIMEUTIL_H
#define BASE_TIMEUTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUMAN_DURATION_MAX 16

int64_t time_now(void);    // CLOCK_REALTIME, seconds
int64_t time_now_ms(void); // CLOCK_REALTIME, milliseconds
int64_t time_mono_ms(void); // CLOCK_MONOTONIC, milliseconds
int64_t time_boot_ms(void); // CLOCK_BOOTTIME: counts a laptop's sleep, unlike the monotonic clock
bool time_stands_still(void); // KVIEW_NOW: what the screen says of durations measured here is 0
bool time_parse_rfc3339(const char *s, int64_t *sec, int32_t *nsec); // nsec may be NULL
void time_format_rfc3339(int64_t sec, char out[32]);                 // UTC, "2026-01-02T03:04:05Z"
// apimachinery/pkg/util/duration HumanDuration, exactly ("5m30s", "2d3h"); d in seconds.
void human_duration(int64_t d, char out[HUMAN_DURATION_MAX]);
// HumanDuration since `then` at `now`, "<unknown>" for then == 0: kubectl's AGE.
void human_age(int64_t now, int64_t then, char out[HUMAN_DURATION_MAX]);
// "90s", "10m", "1h30m", "7d", or plain seconds.
bool duration_parse(const char *s, int64_t *sec);

#endif
