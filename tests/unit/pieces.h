// A document through prune in pieces, as a connection brings it.
#ifndef TESTS_UNIT_PIECES_H
#define TESTS_UNIT_PIECES_H

#include "client/prune.h"

// All of it, `step` bytes at a time, and its end; p is freed. false: err says why.
static inline bool prune_pieces(struct prune *p, const char *data, size_t n, size_t step, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n; i += step)
        ok = prune_feed(p, data + i, step < n - i ? step : n - i, err);
    ok = ok && prune_finish(p, err);
    prune_free(p);
    return ok;
}

#endif
