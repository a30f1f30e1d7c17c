// Refreshing an OpenID Connect id-token (client-go plugin/pkg/client/auth/oidc): discovery of the issuer,
// then grant_type=refresh_token. The new token stays in memory: the kubeconfig is never written.
#ifndef CLIENT_OIDC_H
#define CLIENT_OIDC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"

struct oidc;
typedef void oidc_done_fn(void *arg, const char *id_token, const struct err *err);

struct oidc *oidc_new(struct loop *loop, const json_t *config, oidc_done_fn *done, void *arg);
void oidc_free(struct oidc *o);
bool oidc_refresh(struct oidc *o, struct err *err); // false: it cannot be tried
bool oidc_busy(const struct oidc *o);               // NULL: false
int64_t oidc_expiry(const char *jwt);               // `exp` claim, 0 when there is none

#endif
