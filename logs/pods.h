// The containers of Pods as rows, one each: which instance runs, and how the one before it ended.
#ifndef LOGS_PODS_H
#define LOGS_PODS_H

#include "client/row.h"

enum pod_field { F_POD, F_RESTARTS, F_STATE, F_CID, F_WHY, F_EXIT, F_ENDED, F_LAST_CID, F_LAST_WHY, F_LAST_EXIT,
    F_LAST_ENDED, F_DEFAULT, F_COUNT };
enum { DEFAULT_NONE, DEFAULT_THIS, DEFAULT_OTHER }; // which container its Pod names as the default one
enum { STATE_NONE, STATE_WAITING, STATE_RUNNING, STATE_TERMINATED };

extern const struct decoder logpods_decoder;

#endif
