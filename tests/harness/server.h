// A demo cluster as a child, frozen in time, and requests to it: as another client (api) and on the admin
// path that only tests use.
#ifndef TESTS_HARNESS_SERVER_H
#define TESTS_HARNESS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define HARNESS_NOW "1773324131" // 2026-03-12T14:02:11Z, when every screen was taken

struct server {
    pid_t pid;
    char *dir, *kubeconfig;
    char *url[3], *token; // of prod, staging, dev; the token is prod's
};

bool server_start(struct server *s, const char *program, const char *scenario, struct err *err);
bool server_stop(struct server *s); // false: it did not end well (leaks, a crash)
// GET, POST … of a path ("/api/v1/…", "/kview-admin/fault?kind=…") with a body ("": none).
bool server_request(struct server *s, const char *method, const char *path, const char *body,
    struct err *err);

#endif
