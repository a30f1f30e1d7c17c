// OpenAPI v3 of the types served: enough for kubectl apply's validation and for :explain.
#ifndef DEMO_OPENAPI_H
#define DEMO_OPENAPI_H

#include <stdbool.h>

#include "demo/cluster.h"
#include "demo/server.h"

bool openapi_serve(struct cluster *cl, struct req *rq, const char *path);

#endif
