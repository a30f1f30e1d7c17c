// A growable array of any type: ARR(int) a = {0}; arr_push(&a, 3); arr_release(&a);
#ifndef BASE_ARR_H
#define BASE_ARR_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ARR(type)                                                                                  \
    struct {                                                                                       \
        type *v;                                                                                   \
        size_t n, cap;                                                                             \
    }

#define arr_reserve(a, want)                                                                       \
    do {                                                                                           \
        if ((a)->cap < (size_t)(want)) {                                                           \
            (a)->cap = (a)->cap * 2 > (size_t)(want) ? (a)->cap * 2 : (size_t)(want);              \
            (a)->v = xrealloc((a)->v, (a)->cap * sizeof(*(a)->v));                                 \
        }                                                                                          \
    } while (0)
#define arr_push(a, value)                                                                         \
    do {                                                                                           \
        arr_reserve(a, (a)->n + 1);                                                                \
        (a)->v[(a)->n++] = (value);                                                                \
    } while (0)
#define arr_insert(a, at, value)                                                                   \
    do {                                                                                           \
        arr_reserve(a, (a)->n + 1);                                                                \
        memmove((a)->v + (at) + 1, (a)->v + (at), ((a)->n - (at)) * sizeof(*(a)->v));              \
        (a)->v[at] = (value);                                                                      \
        (a)->n++;                                                                                  \
    } while (0)
#define arr_remove(a, at)                                                                          \
    do {                                                                                           \
        memmove((a)->v + (at), (a)->v + (at) + 1, ((a)->n - (at) - 1) * sizeof(*(a)->v));          \
        (a)->n--;                                                                                  \
    } while (0)
#define arr_release(a)                                                                             \
    do {                                                                                           \
        free((a)->v);                                                                              \
        memset((a), 0, sizeof(*(a)));                                                              \
    } while (0)

#endif
