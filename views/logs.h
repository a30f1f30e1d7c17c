// The logs of containers, Pods, workloads, Services, nodes and selectors, followed across Pods that come and go. Lines
// are kept in a store with a memory cap; filters and searches run over all of them in slices, so that keys are
// answered meanwhile. Pausing is reading back: what comes meanwhile is kept.
#ifndef VIEWS_LOGS_H
#define VIEWS_LOGS_H

#include "base/err.h"
#include "list/spec.h"
#include "views/view.h"

struct view *logs_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);

#endif
