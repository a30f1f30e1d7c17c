// The API server: from a request to a reply. demo/api.c routes and authorises, demo/verbs.c reads and
// writes objects, demo/watching.c streams, demo/discovery.c describes.
#ifndef DEMO_API_H
#define DEMO_API_H

#include <jansson.h>

#include "demo/authz.h"
#include "demo/cluster.h"
#include "demo/server.h"
#include "demo/table.h"

struct call { // one authorised request for a resource
    struct req *rq;
    const struct req_info *info;
    struct cluster *cl;
    const struct user *user;
    const struct rtype *rt;
    const char *ns, *name, *sub, *verb;
    enum form form;
    enum include include;
    char agent[80]; // what the client calls itself
    struct user acting; // whom an administrator impersonates
    const char *groups[3];
};

void reply_status(struct req *rq, json_t *status); // takes it
void reply_json(struct req *rq, int code, json_t *doc); // takes it
void reply_text(struct req *rq, int code, const char *text);
// One object in the form asked for; `tree` is borrowed.
void reply_object(struct call *c, int code, json_t *tree);

// demo/verbs.c
void verb_get(struct call *c);
void verb_list(struct call *c);
void verb_create(struct call *c);
void verb_update(struct call *c);
void verb_patch(struct call *c);
void verb_delete(struct call *c);
void verb_delete_collection(struct call *c);
void list_meta(struct buf *out, int64_t rv, const char *cont, int64_t remaining, bool custom);
// demo/logs.c
void logs_get(struct call *c);
// The protocol of `known` (ended by NULL) that a request to a streaming subresource becomes a WebSocket with; NULL: it
// was answered, with `error` (taken) if that was wrong with the object.
const char *sub_upgrade(struct call *c, const char *const *known, json_t *error);
// demo/exec.c: exec and attach
void exec_serve(struct call *c);
// demo/portforward.c
void portforward_serve(struct call *c);
// demo/proxy.c: the proxy subresources of Pods and Services
void proxy_serve(struct call *c);
// demo/watching.c
void verb_watch(struct call *c);
// demo/discovery.c: true when it was a discovery path.
bool discovery_serve(struct cluster *cl, struct req *rq, const char *path);
// demo/review.c: access reviews and metrics.
void review_create(struct call *c);
void metrics_get(struct call *c);

// The whole server, with its clusters; `path` without prefix comes from the port and the prefix.
struct api;
struct api *api_new(struct server *s);
void api_add_cluster(struct api *a, struct cluster *cl, int port);
bool api_add_fault(struct api *a, struct cluster *cl, const char *kind, int64_t value); // faults_add
void api_free(struct api *a);

#endif
