// Who a request is from, and what RBAC (as read from the cluster's own Roles and bindings) lets them do.
#ifndef DEMO_AUTHZ_H
#define DEMO_AUTHZ_H

#include <jansson.h>
#include <stdbool.h>

#include "demo/cluster.h"

struct user {
    const char *name;
    const char *const *groups; // NULL-ended
};
struct access {
    const char *verb, *group, *resource, *sub, *ns, *name;
    const char *path; // not NULL: a non-resource request
};
// The user of a bearer token ("Bearer ..."), NULL: 401.
const struct user *authn_user(struct cluster *cl, const char *authorization);
bool authz_allowed(struct cluster *cl, const struct user *u, const struct access *a);
// The Forbidden Status in the server's words.
json_t *authz_forbidden(const struct user *u, const struct access *a);
json_t *authz_rules(struct cluster *cl, const struct user *u, const char *ns); // RulesReview status

#endif
