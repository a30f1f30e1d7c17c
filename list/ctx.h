// One context in use: its client, metrics, the kinds this server has beyond the native ones, and how it
// is shown (colour band, split names). Made on first use, kept warm until kview ends.
#ifndef LIST_CTX_H
#define LIST_CTX_H

#include <stdbool.h>

#include "base/arr.h"
#include "client/client.h"
#include "client/kubeconfig.h"
#include "client/metrics.h"
#include "client/verbs.h"
#include "client/watch.h"
#include "kinds/joins.h"
#include "kinds/kind.h"

struct openapi;
struct generic_kind; // a struct kind made from discovery and the server's columnDefinitions

struct ctx;
struct ctx_listener { // who hears of it; NULL members: nobody
    void *arg;
    void (*changed)(void *arg, struct ctx *cx); // connected, lost, discovered, or a right is known
    void (*dirty)(void *arg); // only figures changed
};
struct ctx {
    struct ctx_listener listener;
    struct client *client;
    struct metrics *metrics;
    struct join_set *joins;
    struct openapi *openapi;
    struct kube_target target;
    char *ns;      // current namespace; "" = all
    char *last_ns; // what `0` toggles back to
    int band;      // colour band, ROLE_BAND_0 + band
    bool readonly; // now; ctx_gate is what writes ask
    bool strict;   // --readonly: nothing unlocks it
    int64_t unlocked_until; // by time_boot_ms, 0: it is as it was opened
    bool had_ready; // it was connected once
    char identity[256]; // "gke acme/europe-west1/prod"
    ARR(struct generic_kind *) generic;
};

// err: the context does not exist or is not valid (its message names the nearest one).
// listener NULL: nobody listens (--once).
struct ctx *ctx_open(const struct ctx_listener *listener, struct loop *loop, const struct kubeconfig *kc,
    const char *name, struct err *err);
void ctx_free(struct ctx *cx);
struct write_gate ctx_gate(const struct ctx *cx); // for the writes of this moment
// The kind that a word names on this server: native, generic (through discovery), or NULL with err
// naming the nearest. *unknown_yet: discovery is not there yet, or is read anew: ask again later.
const struct kind *ctx_kind(struct ctx *cx, const char *word, bool *unknown_yet, struct err *err);
const struct kind *ctx_kind_for(struct ctx *cx, const struct api_resource *res);
const struct kind *ctx_kind_by_api(struct ctx *cx, const char *api_version, const char *api_kind);
// Whether this server has it (Gateway API, …); true also while that is not known yet.
bool ctx_serves(const struct ctx *cx, const struct kind *kind);
// A generic kind learns its columns from the server; true when they changed.
bool ctx_kind_columns(const struct kind *kind, const json_t *column_definitions);
void ctx_split_name(const char *context, char *out, size_t n); // GKE, EKS, AKS names into parts

#endif
