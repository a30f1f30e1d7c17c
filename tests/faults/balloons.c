#include "tests/faults/balloons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "client/openapi.h"
#include "tests/faults/server.h"

enum { BOMB_MB = 256, FLAT_MB = 15, GROWTH_MB = 150, GROUPS = 1500, MOST = 14, DEADLINE_MS = 20000 };

struct pub { // one client against one server
    struct loop *loop;
    struct server *server;
    struct client *client;
    struct kube_cluster cluster;
    struct kube_user user;
    struct kube_context context;
    struct loop_timer *deadline;
    struct err err;
    bool done, late;
};

// `unit` again and again until there are so many bytes, in gzip; piece by piece, the whole never exists.
static void inflate_later(struct buf *out, const char *unit, size_t bytes)
{
    enum { PIECE = 64 << 10 };
    z_stream z = { 0 };
    struct buf piece = BUF_INIT;
    unsigned char tmp[4096];
    BUG_ON(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK);
    while (piece.n < PIECE)
        buf_puts(&piece, unit);
    for (size_t n = 0; n < bytes; n += piece.n) {
        z.next_in = (unsigned char *)piece.s;
        z.avail_in = (unsigned)piece.n;
        do {
            z.next_out = tmp;
            z.avail_out = sizeof(tmp);
            deflate(&z, n + piece.n >= bytes ? Z_FINISH : Z_NO_FLUSH);
            buf_add(out, tmp, sizeof(tmp) - z.avail_out);
        } while (z.avail_out == 0);
    }
    deflateEnd(&z);
    buf_release(&piece);
}

static long peak_mb(void)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    BUG_ON(!f);
    while (fgets(line, sizeof(line), f))
        sscanf(line, "VmHWM: %ld", &kb);
    fclose(f);
    return kb >> 10;
}

static void on_deadline(void *arg)
{
    struct pub *p = arg;
    p->done = p->late = true;
}

static void pub_open(struct pub *p)
{
    struct err err;
    p->loop = loop_new();
    p->server = server_new(p->loop);
    p->cluster = (struct kube_cluster) { .name = (char *)"pub",
        .server = xasprintf("http://127.0.0.1:%d", server_port(p->server)) };
    p->context.name = p->user.name = (char *)"pub";
    p->deadline = loop_timer_new(p->loop, on_deadline, p);
    loop_timer_start(p->deadline, DEADLINE_MS, 0);
    p->client = NULL;
    p->done = p->late = false;
    err_clear(&err);
    err_clear(&p->err);
}

static void pub_serve(struct pub *p)
{
    struct err err;
    struct kube_target target = { &p->context, &p->cluster, &p->user, "default" };
    p->client = client_new(p->loop, NULL, &target, &err);
    BUG_ON(!p->client);
}

static void pub_close(struct pub *p)
{
    client_free(p->client);
    loop_timer_free(p->deadline);
    server_free(p->server);
    loop_free(p->loop);
    free(p->cluster.server);
}

static bool verdict(const char *name, const struct pub *p, const char *says, long before)
{
    long grown = peak_mb() - before;
    bool ok = !p->late && (!says || strstr(p->err.msg, says)) && grown < GROWTH_MB;
    printf("[%s] %s%s", ok ? "       OK " : "  FAILED  ", name, ok ? "\n" : ": ");
    if (!ok)
        printf("said \"%s\", grew by %ld MB%s\n", p->err.msg, grown, p->late ? ", no end" : "");
    else if (getenv("FAULTS_COUNTS"))
        printf("%4ld MB more: \"%s\"\n", grown, p->err.msg);
    return ok;
}

// ---- what the client asks for by itself

static void on_change(void *arg)
{
    struct pub *p = arg;
    const struct client_info *info = client_info(p->client);
    if (info->err && strstr(info->err->msg, "larger")) {
        p->err = *info->err;
        p->done = true;
    }
}

static int by_itself(const char *path, const struct buf *bomb, const char *says, long before)
{
    struct pub p = { 0 };
    pub_open(&p);
    server_say(p.server, path, 200, "Content-Encoding: gzip", bomb->s, bomb->n);
    pub_serve(&p);
    client_on_change(p.client, on_change, &p);
    while (!p.done && loop_run_once(p.loop, true))
        ;
    pub_close(&p);
    return !verdict(path, &p, says, before);
}

// ---- one object, OpenAPI

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct pub *p = arg;
    (void)doc;
    p->err = res->err;
    p->done = true;
}

static void on_openapi(void *arg, json_t *doc, const struct err *err)
{
    struct pub *p = arg;
    (void)doc;
    if (err)
        p->err = *err;
    p->done = true;
}

static int one_object(const char *name, int status, const char *header, const struct buf *bomb, const char *says, long before)
{
    struct pub p = { 0 };
    pub_open(&p);
    server_say(p.server, "/api/v1/namespaces/n/pods/bomb", status, header, bomb->s, bomb->n);
    pub_serve(&p);
    client_get(p.client, "/api/v1/namespaces/n/pods/bomb", on_object, &p);
    while (!p.done && loop_run_once(p.loop, true))
        ;
    pub_close(&p);
    return !verdict(name, &p, says, before);
}

// A success without what was asked for.
static int no_object(long before)
{
    static const struct {
        int status;
        const char *body, *says;
    } lies[] = {
        { 200, "{}", "names no kind" }, { 200, "[]", "names no kind" }, { 200, "null", "names no kind" },
        { 200, "\"x\"", "names no kind" }, { 200, "{\"kind\":\"Pod\",\"metadata\":{}}", "names no apiVersion" },
        { 200, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"so it is\",\"code\":403}", "so it is" },
        { 200, " <html>", "a web page" }, { 200, "", "is empty" }, { 204, "", "(HTTP status 204)" },
        { 304, "", "(HTTP status 304)" }, { 200, "{\"kind", "no JSON" },
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
        struct buf body = BUF_INIT;
        char name[200];
        snprintf(name, sizeof(name), "no object: %d %s", lies[i].status, lies[i].body);
        buf_puts(&body, lies[i].body);
        failed += one_object(name, lies[i].status, NULL, &body, lies[i].says, before);
        buf_release(&body);
    }
    return failed;
}

static int schema(const struct buf *bomb, long before)
{
    static const char index[] = "{\"paths\":{\"api/v1\":{\"serverRelativeURL\":\"/openapi/v3/api/v1?hash=1\"}}}";
    static const struct gvr pods = { "", "v1", "pods", true };
    struct pub p = { 0 };
    pub_open(&p);
    server_say(p.server, "/openapi/v3", 200, NULL, index, strlen(index));
    server_say(p.server, "/openapi/v3/api/v1", 200, "Content-Encoding: gzip", bomb->s, bomb->n);
    pub_serve(&p);
    struct openapi *o = openapi_new(p.client);
    openapi_get(o, &pods, on_openapi, &p);
    while (!p.done && loop_run_once(p.loop, true))
        ;
    openapi_free(o);
    pub_close(&p);
    return !verdict("OpenAPI", &p, "larger than 32 MB", before);
}

// ---- groups

static void on_groups(void *arg)
{
    struct pub *p = arg;
    p->done = client_discovery(p->client) != NULL;
}

static int many_groups(long before)
{
    static const char list[] = "{\"groupVersion\":\"g/v1\",\"resources\":[{\"name\":\"things\",\"kind\":\"Thing\"}]}";
    struct pub p = { 0 };
    struct buf groups = BUF_INIT;
    pub_open(&p);
    buf_puts(&groups, "{\"kind\":\"APIGroupList\",\"groups\":[");
    for (int i = 0; i < GROUPS; i++)
        buf_printf(&groups, "%s{\"name\":\"g%d\",\"versions\":[{\"groupVersion\":\"g%d/v1\"}]}", i ? "," : "", i, i);
    buf_puts(&groups, "]}");
    server_say(p.server, "/api", 404, NULL, "{}", 2);
    server_say(p.server, "/apis", 200, NULL, groups.s, groups.n);
    const struct saying *each = server_say(p.server, "/apis/", 200, NULL, list, strlen(list));
    pub_serve(&p);
    client_on_change(p.client, on_groups, &p);
    while (!p.done && loop_run_once(p.loop, true))
        ;
    if (each->asked != GROUPS || server_most(p.server) > MOST)
        err_set(&p.err, "%d groups asked, %d connections at once", each->asked, server_most(p.server));
    else
        err_set(&p.err, "all asked");
    pub_close(&p);
    buf_release(&groups);
    return !verdict("many API groups", &p, "all asked", before);
}

int balloons(void)
{
    static const char gzip[] = "Content-Encoding: gzip";
    struct buf spaces = BUF_INIT, objects = BUF_INIT, deep = BUF_INIT;
    setvbuf(stdout, NULL, _IOLBF, 0);
    inflate_later(&spaces, "        ", (size_t)BOMB_MB << 20);
    inflate_later(&objects, "{},", (size_t)FLAT_MB << 20);
    inflate_later(&deep, "[[[[[[[[", (size_t)FLAT_MB << 20);
    long before = peak_mb();
    int failed = by_itself("/version", &spaces, "larger than 64 KB", before);
    failed += by_itself("/api", &spaces, "larger than 16 MB", before); // and /apis
    failed += one_object("one object, inflated", 200, gzip, &spaces, "larger than 16 MB", before);
    failed += one_object("one object, millions of values", 200, gzip, &objects, "64 MB of memory", before);
    failed += one_object("one object, millions of levels", 200, gzip, &deep, "nested deeper", before);
    failed += one_object("an error, inflated", 500, gzip, &spaces, "internal error", before);
    failed += schema(&spaces, before);
    failed += many_groups(before);
    failed += no_object(before);
    buf_release(&spaces);
    buf_release(&objects);
    buf_release(&deep);
    return failed;
}
