#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/auth.h"
#include "client/http_error.h"
#include "client/pulse.h"
#include "client/watch.h"

enum {
    RETRY_FIRST_MS = 800,
    RETRY_MAX_MS = 30000,
    RETRY_LOST_MS = 4000, // nobody answers: asking costs nothing, and somebody waits
    CALM_MS = 10000,
    CAN_TTL_MS = 60000,
    DISCOVERY_MS = 10000,
    SLEEP_CHECK_MS = 20000, // where nobody looks (client_attend)
    SLEEP_JUMP_MS = 15000,
    VERSION_MAX = 64 << 10,
    GROUP_MAX = 1 << 20, // the resources of one version of an API group
    TREE_FACTOR = 4, // memory for the tree of a document, by what its text may have
    GROUPS_AT_ONCE = 8,
    MAX_GROUPS = 20000,
};

static const char aggregated_accept[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

// One request on its way: waits for credentials, is sent, and once again after a 401.
struct client_stream {
    struct client *client;
    struct http_opts opts; // strings owned below
    char *path, *accept, *content_type, *method, *etag;
    struct buf body;
    struct http_handlers h;
    void *arg;
    struct http_req *req;
    uint64_t generation;
    bool retried, closed, in_callback;
    struct client_stream *prev, *next;
};
struct json_call {
    struct client *client;
    uint64_t id;
    struct client_stream *stream;
    struct buf body;
    size_t max_tree;
    bool wants_doc, of_api; // what its answer must be
    client_json_fn *fn;
    void *arg;
    struct json_call *prev, *next;
};
struct can_answer {
    char *key;
    int allowed; // -1 while asked
    int64_t at;
    struct client *client;
    UT_hash_handle hh;
};
struct api_version {
    struct client *client;
    char *path; // "/apis/apps/v1"
    bool preferred;
};
struct client {
    struct loop *loop;
    struct auth *auth;
    struct http *http;
    struct client_info info;
    char version[64];
    struct err err;
    struct discovery *discovery, *pending;
    ARR(struct discovery *) replaced; // what is under way may have a name of theirs
    int64_t discovered_ms;            // when it was asked for last: answered or not
    int discovery_left;            // requests of the discovery under way
    ARR(struct api_version *) to_ask; // without aggregated discovery: one request each, a few at a time
    size_t next_ask;
    struct err discovery_err;
    struct watch_set *watches;
    struct pulse *pulse;
    struct client_stream *streams;
    struct json_call *calls;
    struct can_answer *can;
    uint64_t next_id;
    void (*changed)(void *arg);
    void *changed_arg;
    struct loop_timer *change_timer, *retry_timer, *sleep_timer;
    int64_t boot_seen, mono_seen, retry_ms, up_since_ms; // up_since_ms: loop clock, 0: down
    bool probing;
};

static void connect_now(void *arg);

// ---- telling

static void on_change_timer(void *arg)
{
    struct client *c = arg;
    if (c->changed)
        c->changed(c->changed_arg);
}

static void changed(struct client *c)
{
    if (!loop_timer_active(c->change_timer))
        loop_timer_start(c->change_timer, 0, 0);
}

void client_on_change(struct client *c, void (*fn)(void *arg), void *arg)
{
    c->changed = fn;
    c->changed_arg = arg;
}

// Each try waits longer than the one before, unless all was well for a while.
static void plan_retry(struct client *c, int64_t most)
{
    int64_t now = loop_now_ms(c->loop);
    if (loop_timer_active(c->retry_timer))
        return;
    bool calm = c->up_since_ms && now - c->up_since_ms > CALM_MS;
    c->retry_ms = calm || !c->retry_ms ? RETRY_FIRST_MS : c->retry_ms * 2 > most ? most : c->retry_ms * 2;
    c->up_since_ms = 0;
    // up to twice as long, so that a thousand clients do not return in the same instant
    int64_t wait = c->retry_ms + rand() % (c->retry_ms + 1);
    c->info.retry_at_ms = now + wait;
    loop_timer_start(c->retry_timer, wait, 0);
}

static void went_down(struct client *c, const struct err *err, int64_t most)
{
    c->err = *err;
    c->info.err = &c->err;
    if (c->info.state != CLIENT_DOWN)
        c->info.down_since_ms = loop_now_ms(c->loop);
    c->info.state = CLIENT_DOWN;
    if (!c->info.silent_since_ms) { // else the pulse asks already
        pulse_stop(c->pulse);
        plan_retry(c, most);
    }
    changed(c);
}

static void is_up(struct client *c)
{
    if (c->info.state != CLIENT_READY)
        mem_drop_code(); // what the TLS handshake needed
    c->info.state = CLIENT_READY;
    c->info.err = NULL;
    c->info.down_since_ms = c->info.retry_at_ms = c->info.silent_since_ms = 0;
    c->up_since_ms = loop_now_ms(c->loop);
    if (*c->version && c->discovery)
        loop_timer_stop(c->retry_timer);
    pulse_start(c->pulse);
    changed(c);
}

static void came_up(struct client *c)
{
    bool was_down = c->info.state == CLIENT_DOWN;
    is_up(c);
    if (was_down)
        watch_set_wake(c->watches);
}

static void on_pulse(void *arg, enum pulse_news news, const struct err *err)
{
    struct client *c = arg;
    if (news == PULSE_LOST) {
        c->err = *err;
        c->info.err = &c->err;
        c->info.state = CLIENT_DOWN;
        c->info.down_since_ms = c->info.silent_since_ms = pulse_heard_ms(c->pulse);
        watch_set_lost(c->watches, c->info.silent_since_ms, err);
        changed(c);
        return;
    }
    bool dead = news == PULSE_NEW_WAY;
    if (dead) {
        http_reset_connections(c->http);
        c->info.ways++;
    }
    is_up(c);
    watch_set_found(c->watches, dead);
}

void client_note_result(struct client *c, const struct http_result *res)
{
    if (res->status >= 200 && res->status < 500 && res->status != 401 && res->first_ms >= 0)
        c->info.latency_ms = res->first_ms;
    if (res->status && c->info.silent_since_ms)
        pulse_elsewhere(c->pulse);
    else if (res->status == 0 && !res->ok)
        went_down(c, &res->err, RETRY_LOST_MS);
    else if (res->status == 401)
        went_down(c, &res->err, RETRY_MAX_MS);
    else if (c->info.state != CLIENT_READY)
        came_up(c);
}

// ---- requests with credentials

static void stream_free(struct client_stream *s)
{
    struct client *c = s->client;
    auth_forget(c->auth, s);
    http_cancel(s->req);
    if (s->prev)
        s->prev->next = s->next;
    else
        c->streams = s->next;
    if (s->next)
        s->next->prev = s->prev;
    free(s->path);
    free(s->accept);
    free(s->content_type);
    free(s->method);
    free(s->etag);
    buf_wipe(&s->body);
    free(s);
}

static void stream_head(void *arg, const struct http_head *head)
{
    struct client_stream *s = arg;
    if (s->h.on_head)
        s->h.on_head(s->arg, head);
}

static bool stream_data(void *arg, const char *data, size_t n)
{
    struct client_stream *s = arg;
    return !s->h.on_data || s->h.on_data(s->arg, data, n);
}

static void on_credentials(void *arg, const struct err *err);

static void stream_end(struct client_stream *s, const struct http_result *res)
{
    struct http_handlers h = s->h;
    void *arg = s->arg;
    stream_free(s);
    h.on_done(arg, res);
}

static void stream_done(void *arg, const struct http_result *res)
{
    struct client_stream *s = arg;
    s->req = NULL;
    if (res->status == 401 && !s->retried && auth_reject(s->client->auth, s->generation)) {
        s->retried = true; // with fresh credentials, once
        auth_ensure(s->client->auth, s->client->http, on_credentials, s);
        return;
    }
    if (res->status == 401 || res->status == 0 || !s->opts.stream || res->ok)
        client_note_result(s->client, res);
    stream_end(s, res);
}

static void on_credentials(void *arg, const struct err *err)
{
    struct client_stream *s = arg;
    if (err) {
        struct http_result res = { .first_ms = -1, .retry_after = -1, .err = *err };
        went_down(s->client, err, RETRY_MAX_MS);
        stream_end(s, &res);
        return;
    }
    static const struct http_handlers handlers = { stream_head, stream_data, stream_done };
    s->generation = auth_generation(s->client->auth);
    s->req = http_send(s->client->http, &s->opts, &handlers, s);
}

// Credentials may be ready at once; the caller must have the handle before any callback, so sending
// itself is safe (http_send never calls back) but a failure is told from the loop.
struct late {
    struct client_stream *stream;
    struct client *client;
    struct err err;
    struct loop_timer *timer;
};

static bool stream_alive(const struct client *c, const struct client_stream *s)
{
    for (const struct client_stream *p = c->streams; p; p = p->next)
        if (p == s)
            return true;
    return false;
}

static void on_late_failure(void *arg)
{
    struct late *l = arg;
    if (stream_alive(l->client, l->stream))
        on_credentials(l->stream, &l->err);
    loop_timer_free(l->timer);
    free(l);
}

static void first_credentials(void *arg, const struct err *err)
{
    struct client_stream *s = arg;
    if (!err || !s->in_callback) {
        on_credentials(s, err);
        return;
    }
    struct late *l = xcalloc(1, sizeof(*l));
    l->stream = s;
    l->client = s->client;
    l->err = *err;
    l->timer = loop_timer_new(s->client->loop, on_late_failure, l);
    loop_timer_start(l->timer, 0, 0);
}

// Reviews are asked by POST and change nothing: authorization.k8s.io, authentication.k8s.io.
static bool only_reads(const struct http_opts *o)
{
    return str_eq(o->method, "GET") || (str_eq(o->method, "POST") && str_ends(o->path, "reviews") &&
                                           (str_starts(o->path, "/apis/authorization.k8s.io/") ||
                                               str_starts(o->path, "/apis/authentication.k8s.io/")));
}

struct client_stream *client_stream_open(struct client *c, const struct http_opts *opts,
    const struct http_handlers *handlers, void *arg)
{
    BUG_ON(!opts->write && !only_reads(opts)); // a write that did not pass the gate of client/verbs.c
    struct client_stream *s = xcalloc(1, sizeof(*s));
    s->client = c;
    s->h = *handlers;
    s->arg = arg;
    s->opts = *opts;
    s->opts.method = s->method = xstrdup(opts->method);
    s->opts.path = s->path = xstrdup(opts->path);
    s->opts.accept = s->accept = xstrdup_null(opts->accept);
    s->opts.content_type = s->content_type = xstrdup_null(opts->content_type);
    s->opts.if_none_match = s->etag = xstrdup_null(opts->if_none_match);
    buf_init(&s->body);
    if (opts->body) {
        buf_add(&s->body, opts->body, opts->body_len);
        s->opts.body = s->body.s;
    }
    s->next = c->streams;
    if (c->streams)
        c->streams->prev = s;
    c->streams = s;
    s->in_callback = true;
    auth_ensure(c->auth, c->http, first_credentials, s);
    s->in_callback = false;
    return s;
}

void client_stream_pause(struct client_stream *s, bool paused)
{
    if (s->req)
        http_pause(s->req, paused);
}

void client_stream_close(struct client_stream *s)
{
    if (s)
        stream_free(s);
}

// ---- one-shot JSON

static void call_unlink(struct json_call *j)
{
    struct client *c = j->client;
    if (j->prev)
        j->prev->next = j->next;
    else
        c->calls = j->next;
    if (j->next)
        j->next->prev = j->prev;
}

static bool call_data(void *arg, const char *data, size_t n)
{
    struct json_call *j = arg;
    buf_add(&j->body, data, n); // http.c knows how much it may be
    return true;
}

// An object of the API, or a list of them: those have a kind and an apiVersion, whatever else is true of them.
static bool is_of_api(const char *path)
{
    int slashes = 0;
    size_t n = strcspn(path, "?");
    for (size_t i = 0; i < n; i++)
        slashes += path[i] == '/';
    return ((str_starts(path, "/api/") && slashes > 2) || (str_starts(path, "/apis/") && slashes > 3)) && !strstr(path, "/proxy");
}

static bool read_answer(const struct json_call *j, int status, json_t **doc, struct err *err)
{
    struct err why;
    const char *first = j->body.s + strspn(j->body.s, " \t\r\n");
    if (!j->body.n)
        return http_error_nothing(err, status);
    if (*first == '<')
        return http_error_page(err);
    if (!(*doc = json_parse(j->body.s, j->body.n, j->max_tree, &why)))
        return err_set(err, "the server's answer is no JSON that can be read: %s", why.msg);
    bool failure = str_eq(json_str(*doc, "kind", NULL), "Status") && str_eq(json_str(*doc, "status", NULL), "Failure");
    bool nameless = j->of_api && (!*json_str(*doc, "kind", NULL) || !*json_str(*doc, "apiVersion", NULL));
    if (failure)
        http_error_from_document(err, *doc);
    else if (nameless)
        err_set(err, "the server's answer is no object of its API: it names %s", *json_str(*doc, "kind", NULL) ? "no apiVersion" : "no kind");
    if (failure || nameless) {
        json_decref(*doc);
        *doc = NULL;
    }
    return *doc != NULL;
}

static void call_done(void *arg, const struct http_result *res)
{
    struct json_call *j = arg;
    struct http_result out = *res;
    json_t *doc = NULL;
    j->stream = NULL;
    call_unlink(j);
    if (res->ok && (j->body.n || j->wants_doc))
        out.ok = read_answer(j, res->status, &doc, &out.err);
    j->fn(j->arg, doc, &out);
    json_decref(doc);
    buf_release(&j->body);
    free(j);
}

uint64_t client_call(struct client *c, const struct http_opts *opts, client_json_fn *fn, void *arg)
{
    static const struct http_handlers h = { .on_data = call_data, .on_done = call_done };
    struct json_call *j = xcalloc(1, sizeof(*j));
    j->client = c;
    j->id = ++c->next_id;
    j->fn = fn;
    j->arg = arg;
    j->max_tree = (opts->max_bytes ? opts->max_bytes : HTTP_MAX_BODY) * TREE_FACTOR;
    buf_init(&j->body);
    j->wants_doc = str_eq(opts->method, "GET") && !opts->if_none_match;
    j->of_api = j->wants_doc && is_of_api(opts->path);
    j->next = c->calls;
    if (c->calls)
        c->calls->prev = j;
    c->calls = j;
    j->stream = client_stream_open(c, opts, &h, j);
    return j->id;
}

// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
uint64_t client_who(struct client *c, int64_t timeout_ms, client_json_fn *fn, void *arg)
{
    static const char review[] = "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}";
    struct http_opts o = { .method = "POST", .path = "/apis/authentication.k8s.io/v1/selfsubjectreviews", .body = review,
        .body_len = strlen(review), .content_type = "application/json", .max_bytes = 1 << 20, .timeout_ms = timeout_ms };
    return client_call(c, &o, fn, arg);
}

// https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
uint64_t client_rules(struct client *c, const char *ns, client_json_fn *fn, void *arg)
{
    json_t *doc = json_pack("{s:s, s:s, s:{s:s}}", "kind", "SelfSubjectRulesReview", "apiVersion",
        "authorization.k8s.io/v1", "spec", "namespace", ns);
    char *body = json_dumps(doc, JSON_COMPACT);
    struct http_opts o = { .method = "POST", .path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", .body = body,
        .body_len = strlen(body), .content_type = "application/json" };
    uint64_t id = client_call(c, &o, fn, arg);
    free(body);
    json_decref(doc);
    return id;
}

uint64_t client_get(struct client *c, const char *path, client_json_fn *fn, void *arg)
{
    struct http_opts o = { .method = "GET", .path = path, .gzip = true };
    return client_call(c, &o, fn, arg);
}

void client_cancel(struct client *c, uint64_t id)
{
    for (struct json_call *j = c->calls; id && j; j = j->next)
        if (j->id == id) {
            client_stream_close(j->stream);
            call_unlink(j);
            buf_release(&j->body);
            free(j);
            return;
        }
}

// ---- connecting: version and discovery side by side

// A server that answers, but not to this: a proxy that is starting, a request too many.
static void ask_again(struct client *c, const struct err *err)
{
    log_warn("connecting: %s", err->msg);
    if (!c->info.err) {
        c->err = *err;
        c->info.err = &c->err;
    }
    plan_retry(c, RETRY_MAX_MS);
    changed(c);
}

static void all_well(struct client *c)
{
    if (!c->up_since_ms)
        c->up_since_ms = loop_now_ms(c->loop);
    if (c->info.state == CLIENT_READY)
        c->info.err = NULL;
    changed(c);
}

static void on_version(void *arg, json_t *doc, const struct http_result *res)
{
    struct client *c = arg;
    c->probing = false;
    if (!res->ok) {
        ask_again(c, &res->err);
        return;
    }
    snprintf(c->version, sizeof(c->version), "%s", json_str(doc, "gitVersion", NULL));
    all_well(c);
}

static void forget_asked(struct client *c)
{
    for (size_t i = 0; i < c->to_ask.n; i++) {
        free(c->to_ask.v[i]->path);
        free(c->to_ask.v[i]);
    }
    arr_release(&c->to_ask);
    c->next_ask = 0;
}

static void discovery_ready(struct client *c)
{
    if (--c->discovery_left > 0)
        return;
    forget_asked(c);
    if (c->pending->resources.n) {
        discovery_settle(c->pending);
        if (c->discovery)
            arr_push(&c->replaced, c->discovery);
        c->discovery = c->pending;
        all_well(c);
    } else {
        discovery_free(c->pending);
        if (!c->discovery)
            ask_again(c, &c->discovery_err);
    }
    c->pending = NULL;
    c->discovered_ms = loop_now_ms(c->loop);
    changed(c);
}

static void ask_next(struct client *c);

static void on_legacy(void *arg, json_t *doc, const struct http_result *res)
{
    const struct api_version *v = arg;
    struct client *c = v->client;
    struct err err = { 0 };
    if (!res->ok)
        err = res->err;
    else
        discovery_add_legacy(c->pending, doc, v->preferred, &err);
    if (err_is(&err)) { // one dead aggregated API never blocks the rest
        log_warn("discovery: %s: %s", v->path, err.msg);
        discovery_add_stale(c->pending, strchr(v->path + 1, '/') + 1);
    }
    ask_next(c);
    discovery_ready(c);
}

static void ask_next(struct client *c)
{
    if (c->next_ask == c->to_ask.n)
        return;
    struct api_version *v = c->to_ask.v[c->next_ask++];
    struct http_opts o = { .method = "GET", .path = v->path, .gzip = true, .max_bytes = GROUP_MAX };
    c->discovery_left++;
    client_call(c, &o, on_legacy, v);
}

static void get_legacy(struct client *c, const char *path, bool preferred)
{
    if (c->to_ask.n == MAX_GROUPS)
        log_warn("discovery: more than %d versions of API groups: the others are left out", MAX_GROUPS);
    if (c->to_ask.n >= MAX_GROUPS)
        return;
    struct api_version *v = xcalloc(1, sizeof(*v));
    *v = (struct api_version) { c, xstrdup(path), preferred };
    arr_push(&c->to_ask, v);
    if (c->to_ask.n - c->next_ask == 1 && c->discovery_left < GROUPS_AT_ONCE)
        ask_next(c);
}

static void legacy_groups(struct client *c, const json_t *doc)
{
    size_t g, v;
    json_t *group, *version;
    json_array_foreach(json_object_get(doc, "versions"), v, version) // of /api
    {
        char *path = xasprintf("/api/%s", json_string_value(version) ? json_string_value(version) : "v1");
        get_legacy(c, path, true);
        free(path);
    }
    json_array_foreach(json_object_get(doc, "groups"), g, group) // of /apis
    {
        const char *best = json_str(group, "preferredVersion", "groupVersion", NULL);
        json_array_foreach(json_object_get(group, "versions"), v, version)
        {
            const char *gv = json_str(version, "groupVersion", NULL);
            char *path = xasprintf("/apis/%s", gv);
            get_legacy(c, path, str_eq(gv, best));
            free(path);
        }
    }
}

static void on_discovery(void *arg, json_t *doc, const struct http_result *res)
{
    struct client *c = arg;
    struct err err;
    if (res->ok && str_eq(json_str(doc, "kind", NULL), "APIGroupDiscoveryList"))
        discovery_add_aggregated(c->pending, doc, &err);
    else if (res->ok)
        legacy_groups(c, doc);
    else
        c->discovery_err = res->err;
    discovery_ready(c);
}

static void discover(struct client *c)
{
    static const char *const paths[] = { "/api", "/apis" };
    if (c->pending)
        return;
    c->pending = discovery_new();
    err_set(&c->discovery_err, "the server names no API groups");
    c->discovery_left = ARRAY_SIZE(paths);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct http_opts o = { .method = "GET", .path = paths[i], .accept = aggregated_accept,
            .gzip = true };
        client_call(c, &o, on_discovery, c);
    }
}

static void connect_now(void *arg)
{
    struct client *c = arg;
    c->info.retry_at_ms = 0;
    if (!c->probing && (c->info.state == CLIENT_DOWN || !*c->version)) {
        c->probing = true;
        struct http_opts o = { .method = "GET", .path = "/version", .gzip = true, .max_bytes = VERSION_MAX };
        client_call(c, &o, on_version, c);
    }
    if (!c->discovery)
        discover(c);
}

bool client_discovers(struct client *c)
{
    return c->pending != NULL;
}

bool client_resources_anew(struct client *c)
{
    if (c->pending || loop_now_ms(c->loop) - c->discovered_ms < DISCOVERY_MS)
        return c->pending == NULL;
    discover(c);
    return false;
}

void client_retry(struct client *c)
{
    auth_ask_again(c->auth);
    connect_now(c);
}

// A jump of the clock that counts sleep over the one that does not: the machine slept, and the connections it had
// may be gone without a word.
static void on_sleep_timer(void *arg)
{
    struct client *c = arg;
    int64_t boot = time_boot_ms(), mono = time_mono_ms();
    if ((boot - c->boot_seen) - (mono - c->mono_seen) > SLEEP_JUMP_MS) {
        bool shares = http_shares(c->http);
        log_info("the machine slept: %s", shares ? "is the server still there?" : "all connections are made anew");
        if (!shares) { // each watch has its own connection: one that lives says nothing of the others
            http_reset_connections(c->http);
            watch_set_wake(c->watches);
        }
        pulse_now(c->pulse);
    }
    c->boot_seen = boot;
    c->mono_seen = mono;
}

void client_attend(struct client *c)
{
    on_sleep_timer(c);
    pulse_attend(c->pulse);
}

struct client *client_new(struct loop *loop, const struct kubeconfig *kc,
    const struct kube_target *target, struct err *err)
{
    struct http *http = http_new(loop, target, err);
    (void)kc;
    if (!http)
        return NULL;
    struct client *c = xcalloc(1, sizeof(*c));
    c->loop = loop;
    c->http = http;
    c->auth = auth_new(loop, target);
    c->info = (struct client_info) {
        .context = target->context->name,
        .cluster = target->cluster->name,
        .user = target->user->name,
        .server = target->cluster->server,
        .ns = target->ns,
        .version = c->version,
        .latency_ms = -1,
        .insecure = target->cluster->insecure,
        .impersonating = target->user->act_as != NULL,
    };
    c->change_timer = loop_timer_new(loop, on_change_timer, c);
    c->retry_timer = loop_timer_new(loop, connect_now, c);
    c->sleep_timer = loop_timer_new(loop, on_sleep_timer, c);
    c->boot_seen = time_boot_ms();
    c->mono_seen = time_mono_ms();
    loop_timer_start(c->sleep_timer, SLEEP_CHECK_MS, SLEEP_CHECK_MS);
    c->watches = watch_set_new(c);
    c->pulse = pulse_new(loop, http, on_pulse, c);
    connect_now(c);
    return c;
}

static void free_can(struct client *c)
{
    struct can_answer *a, *tmp;
    HASH_ITER(hh, c->can, a, tmp)
    {
        HASH_DEL(c->can, a);
        free(a->key);
        free(a);
    }
}

void client_free(struct client *c)
{
    if (!c)
        return;
    c->changed = NULL;
    watch_set_free(c->watches);
    while (c->calls)
        client_cancel(c, c->calls->id);
    while (c->streams)
        stream_free(c->streams);
    pulse_free(c->pulse);
    auth_free(c->auth);
    http_free(c->http);
    discovery_free(c->discovery);
    discovery_free(c->pending);
    for (size_t i = 0; i < c->replaced.n; i++)
        discovery_free(c->replaced.v[i]);
    arr_release(&c->replaced);
    forget_asked(c);
    free_can(c);
    loop_timer_free(c->change_timer);
    loop_timer_free(c->retry_timer);
    loop_timer_free(c->sleep_timer);
    free(c);
}

int client_minor(struct client *c)
{
    int minor = 0;
    return sscanf(client_info(c)->version, "v1.%d", &minor) == 1 ? minor : 0;
}

const struct client_info *client_info(struct client *c)
{
    return &c->info;
}

struct loop *client_loop(struct client *c)
{
    return c->loop;
}

struct http *client_http(struct client *c)
{
    return c->http;
}

struct auth *client_auth(struct client *c)
{
    return c->auth;
}

struct watch_set *client_watches(struct client *c)
{
    return c->watches;
}

const struct discovery *client_discovery(struct client *c)
{
    return c->discovery;
}

// ---- may I

static void on_can(void *arg, json_t *doc, const struct http_result *res)
{
    struct can_answer *a = arg;
    a->allowed = res->ok ? json_bool(doc, "status", "allowed", NULL) : 1; // unknown: let the server decide
    a->at = loop_now_ms(a->client->loop);
    changed(a->client);
}

static void ask_can(struct client *c, struct can_answer *a, const char *verb, const struct gvr *gvr,
    const char *sub, const char *ns, const char *name)
{
    json_t *doc = json_pack("{s:s, s:s, s:{s:{s:s, s:s, s:s, s:s, s:s, s:s}}}", "kind",
        "SelfSubjectAccessReview", "apiVersion", "authorization.k8s.io/v1", "spec", "resourceAttributes",
        "verb", verb, "group", gvr->group, "resource", gvr->resource, "subresource", sub ? sub : "",
        "namespace", ns ? ns : "", "name", name ? name : "");
    char *body = json_dumps(doc, JSON_COMPACT);
    struct http_opts o = { .method = "POST", .content_type = "application/json", .body = body,
        .body_len = strlen(body), .path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" };
    a->at = loop_now_ms(c->loop);
    client_call(c, &o, on_can, a);
    free(body);
    json_decref(doc);
}

int client_can(struct client *c, const char *verb, const struct gvr *gvr, const char *sub,
    const char *ns, const char *name)
{
    char *key = xasprintf("%s %s/%s/%s %s/%s", verb, gvr->group, gvr->resource, sub ? sub : "", ns ? ns : "",
        name ? name : "");
    struct can_answer *a;
    HASH_FIND_STR(c->can, key, a);
    bool ask = !a || (a->allowed >= 0 && loop_now_ms(c->loop) - a->at > CAN_TTL_MS);
    if (!a) {
        a = xcalloc(1, sizeof(*a));
        a->key = xstrdup(key);
        a->allowed = -1;
        a->client = c;
        HASH_ADD_KEYPTR(hh, c->can, a->key, strlen(a->key), a);
    }
    if (ask)
        ask_can(c, a, verb, gvr, sub, ns, name);
    free(key);
    return a->allowed;
}
