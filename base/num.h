// Arithmetic on numbers that a server made up: it saturates where plain C would be undefined.
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

static inline int64_t num_of(double v) // NaN: 0
{
    return v >= 9.2e18 ? INT64_MAX : v <= -9.2e18 ? INT64_MIN : v >= v ? (int64_t)v : 0;
}
static inline int64_t num_add(int64_t a, int64_t b)
{
    int64_t sum;
    return !__builtin_add_overflow(a, b, &sum) ? sum : b > 0 ? INT64_MAX : INT64_MIN;
}
static inline int64_t num_percent(int64_t part, int64_t whole)
{
    return whole ? num_of((double)part * 100 / (double)whole) : 0;
}

#endif
