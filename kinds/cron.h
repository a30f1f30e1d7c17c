// Cron schedules as Kubernetes reads them (robfig/cron v3 ParseStandard): five fields, @daily and the
// like, @every. Knows UTC only.
#ifndef KINDS_CRON_H
#define KINDS_CRON_H

#include <stdbool.h>
#include <stdint.h>

struct cron {
    uint64_t minute, hour, dom, month, dow; // bit n: n is in the set
    bool dom_any, dow_any;                  // "*" or "?": the other of the two decides alone
    int64_t every;                          // seconds; 0: the fields apply
};

bool cron_parse(const char *s, struct cron *out);
// The first time after `after`, both Unix seconds; `from` is where @every counts from. 0: none in 5 years.
int64_t cron_next(const struct cron *c, int64_t after, int64_t from);

#endif
