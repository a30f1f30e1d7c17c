// The demo cluster's clock, timers and random numbers. Everything that happens by itself in a cluster
// (controllers, kubelets, churn) is a timer here, so that hours can be played in milliseconds when a
// scenario is loaded and the same seed gives the same names, addresses and delays.
#ifndef DEMO_SIM_H
#define DEMO_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct sim;
typedef void sim_fn(void *arg, const char *key);

struct sim *sim_new(uint64_t seed, int64_t start_ms);
void sim_free(struct sim *s);
int64_t sim_now_ms(const struct sim *s); // Unix ms
int64_t sim_now(const struct sim *s);    // Unix s, never beyond the frozen instant if there is one
// From then on timestamps stand still at `sec` (--fixed-time) while timers go on; 0: they do not.
void sim_freeze(struct sim *s, int64_t sec);
void sim_stamp(const struct sim *s, char out[32]);       // RFC 3339 of sim_now
void sim_stamp_micro(const struct sim *s, char out[40]); // as MicroTime is written

// Calls fn(arg, key) after `ms`; the key is copied. Timers of the same instant run in order of call.
void sim_after(struct sim *s, int64_t ms, sim_fn *fn, void *arg, const char *key);
// The same, but only if no timer with this fn, arg and key is pending: a work queue without duplicates.
void sim_once(struct sim *s, int64_t ms, sim_fn *fn, void *arg, const char *key);
// Runs what is due until `t`, moving the clock; then the clock is t.
void sim_run_until(struct sim *s, int64_t t_ms);
int64_t sim_next_due(const struct sim *s); // Unix ms, -1: nothing pending

uint64_t sim_rand(struct sim *s);
int64_t sim_range(struct sim *s, int64_t lo, int64_t hi); // inclusive
void sim_uid(struct sim *s, char out[40]);                // a random UUID
// n characters of apimachinery/pkg/util/rand's alphabet (no vowels), as generateName appends.
void sim_suffix(struct sim *s, int n, char *out);

#endif
