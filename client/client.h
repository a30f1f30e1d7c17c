// One connection to one context: credentials, HTTP, discovery, version, rights, watches. Several
// contexts are several clients; there is no global. Emits `changed` when its state does.
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "client/discovery.h"
#include "client/http.h"
#include "client/kubeconfig.h"

struct client;
struct watch_set;
struct auth;

enum client_state { CLIENT_CONNECTING, CLIENT_READY, CLIENT_DOWN };

struct client_info {
    const char *context, *cluster, *user, *server, *ns; // ns: of the kubeconfig, never NULL
    const char *version; // "v1.35.4", "" while unknown
    enum client_state state;
    const struct err *err;    // why it is down
    int64_t latency_ms;       // of the last short request, -1 unknown
    int64_t down_since_ms;    // loop clock, 0 when up
    int64_t retry_at_ms;      // loop clock, 0: none planned
    int64_t silent_since_ms;  // loop clock, 0: it answers, or is down for another reason
    unsigned ways;            // how often the connections were found dead and made anew
    bool insecure;            // TLS not verified
    bool impersonating;
};

// The client starts to connect at once (version, then discovery); watches may be started before it is
// ready. The kubeconfig must outlive it.
struct client *client_new(struct loop *loop, const struct kubeconfig *kc,
    const struct kube_target *target, struct err *err);
void client_free(struct client *c);
const struct client_info *client_info(struct client *c);
int client_minor(struct client *c); // 35 for v1.35.4; 0 while it is not known
struct loop *client_loop(struct client *c);
struct http *client_http(struct client *c);
struct auth *client_auth(struct client *c); // for --check
struct watch_set *client_watches(struct client *c); // client/watch.h
const struct discovery *client_discovery(struct client *c); // NULL until known; its strings live as long as the client
bool client_discovers(struct client *c); // it is being read
void client_retry(struct client *c); // now, when it is down; a plugin may ask the person again
void client_attend(struct client *c); // it is looked at: told every second, else silence is noticed late
// True when the list of resources is of this moment. Else it is read anew, and the listener hears of it: what nobody knows
// may have been installed since (a CRD). What it named before stays valid, and it is not asked for twice within 10 s.
bool client_resources_anew(struct client *c);
// Called (coalesced, from the loop) after any change of info or discovery. One listener.
void client_on_change(struct client *c, void (*fn)(void *arg), void *arg);
// Every request's outcome is told here, so that state, latency and back-off are kept in one place.
void client_note_result(struct client *c, const struct http_result *res);

// One-shot JSON request. Credentials are refreshed and a 401 retried once. `doc` is borrowed for the
// call (NULL on failure). Returns an id for client_cancel; the callback comes exactly once otherwise.
typedef void client_json_fn(void *arg, json_t *doc, const struct http_result *res);
uint64_t client_get(struct client *c, const char *path, client_json_fn *fn, void *arg);
// With another Accept header, or a body (reviews: SelfSubjectAccessReview and the like, no writes).
uint64_t client_call(struct client *c, const struct http_opts *opts, client_json_fn *fn, void *arg);
void client_cancel(struct client *c, uint64_t id); // 0 and unknown ids are ignored

// Streams with credentials applied and the 401 retried once, for client/watch.c and logs.
struct client_stream;
struct client_stream *client_stream_open(struct client *c, const struct http_opts *opts,
    const struct http_handlers *handlers, void *arg);
void client_stream_pause(struct client_stream *s, bool paused); // one_shot_conn only
void client_stream_close(struct client_stream *s);

// Who am I? SelfSubjectReview (since 1.28): status.userInfo of the answer. timeout_ms as in http_opts.
uint64_t client_who(struct client *c, int64_t timeout_ms, client_json_fn *fn, void *arg);
// What may I do in a namespace? SelfSubjectRulesReview: resourceRules and nonResourceRules of the answer's status.
uint64_t client_rules(struct client *c, const char *ns, client_json_fn *fn, void *arg);

// May I? SelfSubjectAccessReview, cached for a minute. 1 yes, 0 no, -1 not known yet (asked now;
// client_on_change follows).
int client_can(struct client *c, const char *verb, const struct gvr *gvr, const char *subresource,
    const char *ns, const char *name); // ns, name NULL: any

#endif
