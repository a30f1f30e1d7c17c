// How fresh what is shown is, in one word and in words.
#ifndef LIST_FRESH_H
#define LIST_FRESH_H

#include <stdbool.h>

enum freshness { FRESH_LIVE, FRESH_LOADING, FRESH_STALE, FRESH_FORBIDDEN, FRESH_FAILED, FRESH_NONE };
struct view_status {
    enum freshness fresh;
    bool pending;   // live, but something asked for beside it has not come yet
    char text[256]; // "loading 300/20k", "stale 40s: connection refused, retry in 4s"
};

#endif
