#include "views/forwards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/forward.h"
#include "client/target.h"
#include "kinds/kind.h"
#include "list/ctx.h"
#include "list/spec.h"
#include "ui/table.h"
#include "views/host.h"

struct item {
    struct forwards *all;
    struct forward *f;
    struct ctx *ctx;
    char *target, *ns, *port; // "services/web", as typed again by restore
    uint64_t id;
    bool told; // whether a Pod was found at first, or why not
};
struct offer { // ports are being looked up, or one is being chosen
    struct target *target;
    struct ctx *ctx;
    char *what, *ns;
    char *command; // of the prompt
};
struct forwards {
    struct host *host;
    int shown; // views of them on the screen
    ARR(struct item *) items;
    struct offer offer;
    uint64_t next_id;
};

// ---- those that run

static void item_free(struct item *it)
{
    forward_free(it->f);
    free(it->target);
    free(it->ns);
    free(it->port);
    free(it);
}

static void drop_offer(struct forwards *all)
{
    struct offer *o = &all->offer;
    target_free(o->target);
    free(o->what);
    free(o->ns);
    *o = (struct offer) { .command = o->command }; // the prompt may still hold it
}

struct forwards *forwards_new(struct host *host)
{
    struct forwards *all = xcalloc(1, sizeof(*all));
    all->host = host;
    return all;
}

void forwards_free(struct forwards *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->items.n; i++)
        item_free(all->items.v[i]);
    arr_release(&all->items);
    drop_offer(all);
    free(all->offer.command);
    free(all);
}

static void address(const struct item *it, char *out, size_t n)
{
    snprintf(out, n, "127.0.0.1:%d", forward_info(it->f)->local);
}

void forwards_stakes(const struct forwards *all, struct buf *out)
{
    for (size_t i = 0; all && i < all->items.n; i++) {
        const struct item *it = all->items.v[i];
        const struct forward_info *info = forward_info(it->f);
        buf_printf(out, "the forward of port %d to %s/%s", info->local, it->ns, it->target);
        if (info->open)
            buf_printf(out, ", %zu connection%s open", info->open, info->open == 1 ? "" : "s");
        buf_putc(out, '\n');
    }
}

static void on_changed(void *arg)
{
    struct item *it = arg;
    const struct forward_info *info = forward_info(it->f);
    if (it->all->shown)
        host_dirty(it->all->host);
    if (it->told || (!*info->pod && !err_is(&info->err)))
        return;
    it->told = true; // what comes later is said by the view, and to whoever connects
    if (info->refused || info->err.code)
        host_flash_err(it->all->host, &info->err);
    else if (err_is(&info->err))
        host_flash(it->all->host, ROLE_WARN, "port %d waits: %s", info->local, info->err.msg);
}

static bool start(struct host *host, struct ctx *cx, const struct kind *kind, const char *ns,
    const char *name, int local, const char *port, struct err *err)
{
    struct forwards *all = host->forwards;
    struct item *it = xcalloc(1, sizeof(*it));
    struct forward_opts o = { &kind->gvr, ns, name, port, local };
    it->all = all;
    it->ctx = cx;
    it->f = forward_new(cx->client, &o, on_changed, it, err);
    if (!it->f) {
        free(it);
        return false;
    }
    it->id = ++all->next_id;
    it->target = xasprintf("%s/%s", kind->gvr.resource, name);
    it->ns = xstrdup(ns);
    it->port = xstrdup(port);
    arr_push(&all->items, it);
    host_flash(host, ROLE_OK, "127.0.0.1:%d leads to port %s of %s   (:forwards lists them)",
        forward_info(it->f)->local, port, it->target);
    return true;
}

// ---- what is asked before: a port of those it has, then the local one

// Below 1024 only root may listen: 80 becomes 8080.
static int local_for(int port)
{
    return port < 1024 ? port + 8000 : port;
}

static void ask_local(struct host *host, int remote)
{
    struct offer *o = &host->forwards->offer;
    char initial[32] = "";
    free(o->command);
    o->command = xasprintf(
        "forward %s -n %s --context \"%s\"", o->what, o->ns, o->ctx->target.context->name);
    if (remote)
        snprintf(initial, sizeof(initial), "%d:%d", local_for(remote), remote);
    host_prompt(host, "forward LOCAL:PORT ", initial, o->command);
    drop_offer(host->forwards);
}

static void on_port(struct host *host, const struct choice *choice)
{
    if (host->forwards->offer.what)
        ask_local(host, atoi(choice->text));
}

static void add_port(struct choices *all, int port, const char *name, const char *where)
{
    char text[16], note[160];
    snprintf(text, sizeof(text), "%d", port);
    snprintf(note, sizeof(note), "%s%s%s", name, *name && *where ? "  " : "", where);
    choices_add(all, text, note);
}

// The protocol carries TCP only. What is left out is said.
static bool left_out(const json_t *p, char protocol[8])
{
    const char *its = json_str(p, "protocol", NULL);
    if (!*its || str_eq(its, "TCP"))
        return false;
    snprintf(protocol, 8, "%s", its);
    return true;
}

static void service_ports(const json_t *service, struct choices *all, char others[8])
{
    size_t i;
    json_t *p;
    json_array_foreach (json_at(service, "spec", "ports", NULL), i, p) {
        const json_t *to = json_object_get(p, "targetPort");
        char where[80] = "";
        if (json_is_string(to))
            snprintf(where, sizeof(where), "Pod's port %s", json_string_value(to));
        else if (json_is_integer(to))
            snprintf(where, sizeof(where), "Pod's port %d", (int)json_integer_value(to));
        if (!left_out(p, others))
            add_port(all, (int)json_i64(p, "port", NULL), json_str(p, "name", NULL), where);
    }
}

static void pod_ports(const json_t *pod, struct choices *all, char others[8])
{
    size_t i, j;
    json_t *c, *p;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, c) {
        json_array_foreach (json_object_get(c, "ports"), j, p) {
            if (!left_out(p, others))
                add_port(all, (int)json_i64(p, "containerPort", NULL), json_str(p, "name", NULL),
                    json_str(c, "name", NULL));
        }
    }
}

static void on_ports(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct forwards *all = arg;
    struct choices ports = { 0 };
    char title[80], others[8] = ""; // others: "UDP"
    if (!pod && err->code) {
        host_flash_err(all->host, err);
        drop_offer(all);
        return;
    }
    if (str_eq(json_str(object, "kind", NULL), "Service"))
        service_ports(object, &ports, others);
    else
        pod_ports(pod, &ports, others);
    target_free(all->offer.target);
    all->offer.target = NULL;
    if (host_busy(all->host)) { // the person went on to something else
        choices_release(&ports);
        drop_offer(all);
    } else if (!ports.items.n && *others) {
        host_flash(all->host, ROLE_WARN, "%s cannot be forwarded, only TCP, and %s has no TCP port", others,
            all->offer.what);
        drop_offer(all);
    } else if (ports.items.n > 1) {
        snprintf(title, sizeof(title), "which port of %.40s?%s%s%s", all->offer.what, *others ? " (not " : "", others,
            *others ? ")" : "");
        host_pick(all->host, title, &ports, on_port);
    } else {
        ask_local(all->host, ports.items.n ? atoi(ports.items.v[0].text) : 0);
        choices_release(&ports);
    }
    host_dirty(all->host);
}

static void offer(
    struct host *host, struct ctx *cx, const struct kind *kind, const char *ns, const char *name)
{
    struct forwards *all = host->forwards;
    drop_offer(all);
    all->offer.ctx = cx;
    all->offer.ns = xstrdup(ns);
    all->offer.what = xasprintf("%s/%s", kind->gvr.resource, name);
    all->offer.target = target_find(cx->client, &kind->gvr, ns, name, on_ports, all);
}

// ---- commands

bool forwards_read_ports(const char *text, int *local, char *remote, size_t n, struct err *err)
{
    const char *colon = strchr(text, ':');
    char *end;
    long port = colon == text ? 0 : strtol(text, &end, 10);
    const char *rest = colon ? colon + 1 : text;
    bool number = colon == text || (end != text && (*end == '\0' || *end == ':'));
    if (!*rest || strchr(rest, ':') || strlen(rest) >= n || (colon && !number) || port < 0 ||
        port > 65535)
        return err_set(
            err, "\"%s\" names no ports: 8080:80 (local:remote), 80, :80 or 8080:http", text);
    *local = number ? (int)port : 0;
    snprintf(remote, n, "%s", rest);
    return true;
}

bool forwards_read_target(const char *target, const struct kind **kind, const char **name, struct err *err)
{
    const char *slash = strchr(target, '/');
    char *word = slash ? xstrndup(target, (size_t)(slash - target)) : xstrdup("pods");
    *kind = kind_find(word);
    *name = slash ? slash + 1 : target;
    bool ok = (*kind && (*kind)->gvr.namespaced) ||
              err_set(err, "a Pod, a workload or a Service can be forwarded to, not %s", word);
    free(word);
    return ok;
}

static bool run(struct host *host, const struct spec *s, struct err *err)
{
    struct ctx *cx = host_context(host, s->context, err);
    const char *target = s->words.n ? s->words.v[0] : "", *ports = s->words.n > 1 ? s->words.v[1] : NULL;
    const struct kind *kind;
    const char *name, *slash = strchr(target, '/');
    char remote[64];
    int local = 0;
    if (!cx)
        return false;
    if (!*target || (slash && !slash[1]) || s->words.n > 2)
        return err_set(err, "forward what? forward web-0 8080, forward svc/web 8080:80 -n shop");
    if (!forwards_read_target(target, &kind, &name, err))
        return false;
    const char *ns = s->ns ? s->ns : view_one_ns(host, cx);
    if (!ports) {
        offer(host, cx, kind, ns, name);
        return true;
    }
    return forwards_read_ports(ports, &local, remote, sizeof(remote), err) &&
           start(host, cx, kind, ns, name, local, remote, err);
}

void forwards_target(struct buf *out, const char *target, const char *ports, const char *ns, const struct ctx *cx)
{
    spec_put_word(out, target);
    if (*ports) {
        buf_putc(out, ' ');
        spec_put_word(out, ports);
    }
    buf_puts(out, " -n ");
    spec_put_word(out, ns);
    buf_puts(out, " --context ");
    spec_put_word(out, cx->target.context->name);
}

bool forwards_command(struct host *host, const char *args, struct err *err)
{
    struct spec s;
    char *line = xasprintf("forward %s", args);
    bool ok = spec_parse(&s, line, err);
    free(line);
    if (!ok)
        return false;
    ok = run(host, &s, err);
    spec_release(&s);
    return ok;
}

bool forwards_save(struct host *host, const char *args, struct err *err)
{
    struct forwards *all = host->forwards;
    struct buf lines = BUF_INIT;
    if (!*args)
        return err_set(err, "by which name? forwards-save staging");
    for (size_t i = 0; i < all->items.n; i++) {
        const struct item *it = all->items.v[i];
        char *ports = xasprintf("%d:%s", forward_info(it->f)->local, it->port);
        forwards_target(&lines, it->target, ports, it->ns, it->ctx);
        buf_putc(&lines, '\n');
        free(ports);
    }
    state_set(host->state, "forwards", args, lines.n ? lines.s : NULL);
    if (lines.n)
        host_flash(
            host, ROLE_OK, "%zu kept: forwards-restore %s starts them again", all->items.n, args);
    else
        host_flash(host, ROLE_INFO, "none runs: %s is forgotten", args);
    buf_release(&lines);
    return true;
}

bool forwards_restore(struct host *host, const char *args, struct err *err)
{
    const char *kept = *args ? state_get(host->state, "forwards", args) : NULL;
    if (!kept)
        return err_set(err, "%s%s: forwards-save NAME keeps those that run",
            *args ? "nothing is kept by the name " : "restore which", args);
    char *lines = xstrdup(kept), *save = NULL;
    size_t n = 0, failed = 0;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++) {
        struct err why = { 0 };
        if (!forwards_command(host, line, &why)) {
            failed++;
            *err = why;
        }
    }
    free(lines);
    if (!failed)
        host_flash(host, ROLE_OK, "%zu forward%s again: :forwards lists them", n, n == 1 ? "" : "s");
    return !failed;
}

// ---- the view

struct forwards_view {
    struct view v;
    struct table table;
    uint64_t cursor; // id
};

static const struct item *at(const struct forwards_view *w, size_t i)
{
    const struct forwards *all = w->v.host->forwards;
    return i < all->items.n ? all->items.v[i] : NULL;
}

static size_t src_count(void *arg)
{
    const struct forwards_view *w = arg;
    return w->v.host->forwards->items.n;
}

static void put_bytes(struct buf *out, uint64_t n)
{
    static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
    double v = (double)n;
    size_t u = 0;
    for (; v >= 1000 && u + 1 < ARRAY_SIZE(units); u++)
        v /= 1000;
    buf_printf(out, v < 10 && u ? "%.1f%s" : "%.0f%s", v, units[u]);
}

enum { F_LOCAL, F_TARGET, F_PORT, F_POD, F_OPEN, F_TOTAL, F_UP, F_DOWN, F_STATE };
static const struct table_col columns[] = { { .name = "LOCAL", .key = true }, { .name = "TARGET", .rank = 1 },
    { .name = "PORT", .right = true, .rank = 2 }, { .name = "POD", .rank = 15 }, { .name = "OPEN", .right = true, .rank = 14 },
    { .name = "TOTAL", .right = true, .rank = 11 }, { .name = "UP", .right = true, .min = 5, .rank = 13 },
    { .name = "DOWN", .right = true, .min = 5, .rank = 12 }, { .name = "STATE", .state = true, .max = 40 } };

static style_t put_state(const struct item *it, struct buf *out)
{
    const struct forward_info *info = forward_info(it->f);
    char age[HUMAN_DURATION_MAX];
    if (err_is(&info->err)) {
        human_age(time_now(), info->err_at, age);
        if (info->refused)
            buf_printf(out, "refused: %s", info->err.msg);
        else
            buf_printf(out, "%s%s ago: %s", info->over ? "listening; " : "", age, info->err.msg);
        return info->over ? ROLE_DIM : ROLE_BAD;
    }
    if (info->unready && *info->pod) {
        buf_puts(out, "listening, but its Pod is not ready");
        return ROLE_WARN;
    }
    buf_puts(out, *info->pod ? "listening" : "looking for a Pod");
    return *info->pod ? ROLE_OK : ROLE_INFO;
}

// "services/web" as one types it: "svc/web".
static void put_target(const struct item *it, struct buf *out)
{
    static const struct {
        const char *resource, *says;
    } shorter[] = { { "services/", "svc/" }, { "pods/", "pod/" }, { "deployments/", "deploy/" },
        { "statefulsets/", "sts/" }, { "daemonsets/", "ds/" }, { "replicasets/", "rs/" } };
    const char *target = it->target;
    buf_printf(out, "%s/", it->ns);
    for (size_t i = 0; i < ARRAY_SIZE(shorter); i++)
        if (str_starts(target, shorter[i].resource)) {
            buf_puts(out, shorter[i].says);
            target += strlen(shorter[i].resource);
            break;
        }
    buf_puts(out, target);
}

static style_t put_cell(const struct item *it, size_t col, struct buf *out)
{
    const struct forward_info *info = forward_info(it->f);
    char local[40];
    switch (col) {
    case F_LOCAL:
        address(it, local, sizeof(local));
        buf_puts(out, local);
        break;
    case F_TARGET:
        put_target(it, out);
        break;
    case F_PORT:
        buf_puts(out, it->port);
        break;
    case F_POD:
        buf_puts(out, info->pod);
        break;
    case F_OPEN:
        buf_printf(out, "%zu", info->open);
        break;
    case F_TOTAL:
        buf_printf(out, "%zu", info->total);
        break;
    case F_UP:
        put_bytes(out, info->up);
        break;
    case F_DOWN:
        put_bytes(out, info->down);
        break;
    default:
        return put_state(it, out);
    }
    return ROLE_TEXT;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    struct forwards_view *w = arg;
    return put_cell(at(w, row), col, out);
}

static void view_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct forwards_view *w = (struct forwards_view *)v;
    struct table_source src = { w, src_count, src_cell, NULL };
    for (size_t i = 0; i < src_count(w); i++) // it stays on its own when another ends
        if (at(w, i)->id == w->cursor)
            w->table.cursor = i;
    view_table(v, &w->table, &src, c, r, focused);
    if (!src_count(w))
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM,
            "No port is forwarded. f on a Pod, a workload or a Service forwards one.");
}

static void moved(struct forwards_view *w)
{
    const struct item *it = at(w, w->table.cursor);
    w->cursor = it ? it->id : 0;
    view_dirty(&w->v);
}

static void url(const struct item *it, char *out, size_t n)
{
    int remote = forward_info(it->f)->remote;
    snprintf(out, n, "%s://localhost:%d/", remote == 443 || remote == 8443 ? "https" : "http",
        forward_info(it->f)->local);
}

static void stop_item(struct forwards *all, uint64_t id)
{
    for (size_t i = 0; i < all->items.n; i++)
        if (all->items.v[i]->id == id) {
            host_flash(all->host, ROLE_OK, "port %d leads nowhere now",
                forward_info(all->items.v[i]->f)->local);
            item_free(all->items.v[i]);
            memmove(&all->items.v[i], &all->items.v[i + 1],
                (all->items.n - i - 1) * sizeof(all->items.v[0]));
            all->items.n--;
            return;
        }
}

static void stop_yes(struct host *host, void *arg)
{
    stop_item(host->forwards, *(uint64_t *)arg);
}

static void stop(struct forwards_view *w, const struct item *it)
{
    size_t open = forward_info(it->f)->open;
    uint64_t *id = xcalloc(1, sizeof(*id));
    char body[120];
    *id = it->id;
    if (!open) {
        stop_yes(w->v.host, id);
        free(id);
        return;
    }
    snprintf(body, sizeof(body), "%zu connection%s open through port %d.", open,
        open == 1 ? " is" : "s are", forward_info(it->f)->local);
    host_confirm(w->v.host, &(struct host_question) { .text = { .title = "End this forward?",
                                                   .body = body,
                                                   .yes = "end it",
                                                   .no = "keep it" },
                              .yes = stop_yes,
                              .arg = id,
                              .free_arg = free });
}

static void on_browser(
    void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct host *host = arg;
    (void)out, (void)err_out;
    if (status || err_is(err))
        host_flash(host, ROLE_WARN, "no browser opened here: Y copies the address");
}

// On the machine that kview runs on. Over SSH there is none, and the address is copied instead.
static void browse(struct host *host, const char *where)
{
    const char *program = getenv("BROWSER");
    bool screen = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
    if (!program && !screen) {
        host_copy(host, where, strlen(where));
        host_flash(host, ROLE_INFO, "no browser on this machine; copied: %s", where);
        return;
    }
    char *argv[] = { (char *)(program ? program : "xdg-open"), (char *)where, NULL };
    struct loop_child_opts o = { .argv = argv, .timeout_ms = 60000 };
    loop_child_start(host->loop, &o, on_browser, host);
    host_flash(host, ROLE_OK, "opened: %s", where);
}

static bool on_item(
    struct forwards_view *w, const struct item *it, const char *name, struct err *err)
{
    const struct forward_info *info = forward_info(it->f);
    char where[80];
    url(it, where, sizeof(where));
    if (str_eq(name, "stop")) {
        stop(w, it);
    } else if (str_eq(name, "browse")) {
        browse(w->v.host, where);
    } else if (str_eq(name, "copy")) {
        host_copy(w->v.host, where, strlen(where));
        host_flash(w->v.host, ROLE_OK, "copied: %s", where);
    } else if (!str_eq(name, "open")) {
        return false;
    } else if (*info->pod) {
        struct buf spec = BUF_INIT;
        spec_put_object(&spec, "describe", "pods", it->ns, info->pod);
        buf_puts(&spec, " --context ");
        spec_put_word(&spec, it->ctx->target.context->name);
        host_open(w->v.host, spec.s, err);
        buf_release(&spec);
    }
    return true;
}

static bool view_command(struct view *v, const struct call *call, struct err *err)
{
    struct forwards_view *w = (struct forwards_view *)v;
    long page = w->table.page > 1 ? w->table.page - 1 : 1;
    const struct {
        const char *name;
        long by;
    } moves[] = { { "up", -1 }, { "down", 1 }, { "page-up", -page }, { "page-down", page },
        { "top", -1000000 }, { "bottom", 1000000 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            table_move(&w->table, moves[i].by, src_count(w));
            moved(w);
            return true;
        }
    if (str_eq(call->name, "left") || str_eq(call->name, "right")) {
        table_scroll_cols(&w->table, call->name[0] == 'l' ? -1 : 1);
        return true;
    }
    const struct item *it = at(w, w->table.cursor);
    view_dirty(v);
    return it && on_item(w, it, call->name, err);
}

static void view_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct forwards_view *w = (struct forwards_view *)v;
    int col;
    long hit = button ? -2 : table_hit(&w->table, r, y, x, src_count(w), &col);
    (void)clicks;
    if (button)
        table_move(&w->table, button * 3L, src_count(w));
    if (hit >= 0)
        table_goto(&w->table, (size_t)hit, src_count(w));
    moved(w);
}

static void view_status_of(struct view *v, struct view_status *out)
{
    size_t n = v->host->forwards->items.n;
    out->fresh = FRESH_LIVE;
    snprintf(out->text, sizeof(out->text), "%zu forward%s", n, n == 1 ? "" : "s");
}

static void view_insight(struct view *v, struct buf *out, style_t *style)
{
    struct forwards_view *w = (struct forwards_view *)v;
    const struct item *it = at(w, w->table.cursor);
    if (!it)
        return;
    const struct forward_info *info = forward_info(it->f);
    char where[80];
    url(it, where, sizeof(where));
    *style = err_is(&info->err) && !info->over ? ROLE_WARN : ROLE_DIM;
    if (err_is(&info->err))
        buf_printf(out, "%s%s%s", info->err.msg, *info->err.hint ? " — " : "", info->err.hint);
    else
        buf_printf(out, "%s in %s%s%s", where, it->ctx->target.context->name, info->v6 ? ", and on [::1]" : "",
            w->table.hidden && *info->pod ? ": " : "");
    if (!err_is(&info->err) && w->table.hidden)
        buf_puts(out, info->pod);
}

static void view_save(struct view *v, const char *format, struct buf *out)
{
    struct forwards_view *w = (struct forwards_view *)v;
    const char *sep = str_eq(format, "csv") ? "," : "\t";
    for (size_t i = 0; i <= src_count(w); i++)
        for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
            buf_puts(out, c ? sep : "");
            if (i)
                put_cell(at(w, i - 1), c, out);
            else
                buf_puts(out, columns[c].name);
            buf_puts(out, c + 1 == ARRAY_SIZE(columns) ? "\n" : "");
        }
}

static void view_free(struct view *v)
{
    struct forwards_view *w = (struct forwards_view *)v;
    table_release(&w->table);
    view_release(v);
    free(w);
}

static const char *const keys[] = { "open", "stop", "browse", "copy", "back", "command-prompt",
    "help", NULL };

static void view_show(struct view *v, bool shown)
{
    v->host->forwards->shown += shown ? 1 : -1;
}

static const struct view_ops ops = {
    .mode = "forwards",
    .free = view_free,
    .show = view_show,
    .paint = view_paint,
    .command = view_command,
    .status = view_status_of,
    .insight = view_insight,
    .mouse = view_mouse,
    .save = view_save,
    .keys = keys,
};

struct view *forwards_view_new(
    struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    struct forwards_view *w = xcalloc(1, sizeof(*w));
    struct buf text = BUF_INIT;
    (void)err;
    spec_text(spec, &text);
    view_init(&w->v, &ops, cx, text.s, "Forwards");
    buf_release(&text);
    w->v.host = host;
    table_init(&w->table);
    table_set_cols(&w->table, columns, ARRAY_SIZE(columns));
    moved(w);
    return &w->v;
}
