// Credentials of one user (protocol: client-go transport, exec and oidc plugins): static ones at once,
// plugins and refreshes asynchronously, one run at a time. Secrets stay in memory and are wiped.
#ifndef CLIENT_AUTH_H
#define CLIENT_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "client/http.h"
#include "client/kubeconfig.h"

struct auth;

struct auth *auth_new(struct loop *loop, const struct kube_target *target);
void auth_free(struct auth *a);
// Brings `http` up to date with valid credentials, then calls done (at once when nothing has to run).
// err NULL: ready. One caller at a time per done/arg pair; several may wait.
typedef void auth_done_fn(void *arg, const struct err *err);
void auth_ensure(struct auth *a, struct http *http, auth_done_fn *done, void *arg);
// A plugin that asked the person and failed is not started again by itself, only after this.
void auth_ask_again(struct auth *a);
void auth_forget(struct auth *a, void *arg); // the waiting caller is gone
// A 401 came for credentials of this generation: drop what is cached. False: nothing else can be tried.
bool auth_reject(struct auth *a, uint64_t generation);
uint64_t auth_generation(const struct auth *a);
// "client certificate", "token", "plugin aws (expires 14:02)": for --check and the info view.
void auth_describe(const struct auth *a, char *out, size_t n);
int64_t auth_expires(const struct auth *a); // Unix seconds, 0: unknown

#endif
