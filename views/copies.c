#include "views/copies.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/xdg.h"
#include "client/copy.h"
#include "client/verbs.h"
#include "kinds/kind.h"
#include "list/ctx.h"
#include "list/spec.h"
#include "ui/table.h"
#include "views/host.h"
#include "views/view.h"

enum { KEPT = 50, BAR = 20 };
static const struct view_ops copies_ops;
static const char usage[] = "cp [-c CONTAINER] [--force] POD:/PATH HERE, or cp HERE POD:/PATH";

struct item {
    struct copies *all;
    struct copy *copy;
    struct ctx *ctx;
    struct copy_opts opts; // strings owned
    char *from, *to;       // as typed
    bool told;             // its end
};
struct copies {
    struct host *host;
    ARR(struct item *) items;
};

// ---- numbers

static void put_bytes(struct buf *out, uint64_t n)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    double v = (double)n;
    size_t u = 0;
    for (; v >= 1000 && u + 1 < ARRAY_SIZE(units); u++)
        v /= 1000;
    buf_printf(out, u && v < 100 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void put_seconds(struct buf *out, int64_t ms)
{
    if (ms < 60000)
        buf_printf(out, "%lld.%lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
    else
        buf_printf(out, "%lldm%02llds", (long long)(ms / 60000), (long long)(ms / 1000 % 60));
}

// "1000 files, 52.0 MB in 3.1 s (16.8 MB/s); 2 there already; 1 refused"
static void put_summary(struct buf *out, const struct copy_status *s)
{
    buf_printf(out, "%u file%s", s->files, s->files == 1 ? "" : "s");
    if (s->links)
        buf_printf(out, ", %u link%s", s->links, s->links == 1 ? "" : "s");
    buf_puts(out, ", ");
    put_bytes(out, s->bytes);
    buf_puts(out, " in ");
    put_seconds(out, s->ms);
    buf_puts(out, " (");
    put_bytes(out, (uint64_t)(s->rate > 0 ? s->rate : 0));
    buf_puts(out, "/s)");
    if (s->resumed) {
        buf_puts(out, "; ");
        put_bytes(out, s->resumed);
        buf_puts(out, " of them were here from before");
    }
    if (s->skipped)
        buf_printf(out, "; %u there already, of equal size and time", s->skipped);
    if (s->refused)
        buf_printf(out, "; %u refused", s->refused);
}

static void put_end(struct buf *out, const struct copy_status *s)
{
    if (s->state == COPY_DONE) {
        buf_puts(out, "copied ");
        put_summary(out, s);
        if (err_is(&s->err))
            buf_printf(out, "; but %s", s->err.msg);
    } else if (s->state == COPY_CANCELLED) {
        buf_puts(out, "cancelled: ");
        put_summary(out, s);
    } else {
        buf_printf(out, "%s%s%s", s->err.msg, *s->err.hint ? " — " : "", s->err.hint);
    }
}

// ---- the copies

static void on_copy(void *arg)
{
    struct item *it = arg;
    struct copy_status s;
    struct buf text = BUF_INIT;
    host_dirty(it->all->host);
    if (it->told || !it->copy || !copy_over(it->copy))
        return;
    it->told = true;
    copy_status(it->copy, &s);
    put_end(&text, &s);
    bool well = s.state == COPY_DONE && !s.refused && !err_is(&s.err);
    host_flash(it->all->host, well ? ROLE_OK : s.state == COPY_FAILED ? ROLE_BAD : ROLE_WARN, "%s: %s", it->from,
        text.s);
    buf_release(&text);
}

static void item_free(struct item *it)
{
    const char *own[] = { it->opts.ns, it->opts.name, it->opts.container, it->opts.remote, it->opts.local };
    copy_free(it->copy);
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        free((char *)own[i]);
    free(it->from);
    free(it->to);
    free(it);
}

static void start(struct item *it)
{
    copy_free(it->copy);
    it->told = false;
    it->copy = copy_start(it->ctx->client, &it->opts, on_copy, it);
    host_dirty(it->all->host);
}

static void add(struct host *host, struct item *it)
{
    if (!host->copies) {
        host->copies = xcalloc(1, sizeof(*host->copies));
        host->copies->host = host;
    }
    struct copies *all = host->copies;
    for (size_t i = 0; all->items.n >= KEPT && i < all->items.n; i++)
        if (copy_over(all->items.v[i]->copy)) {
            item_free(all->items.v[i]);
            arr_remove(&all->items, i);
            break;
        }
    it->all = all;
    arr_push(&all->items, it);
    start(it);
}

void copies_at_stake(const struct copies *all, struct buf *out)
{
    for (size_t i = 0; all && i < all->items.n; i++)
        if (!copy_over(all->items.v[i]->copy))
            buf_printf(out, "%sa copy of %s", out->n ? "\n" : "", all->items.v[i]->from);
}

void copies_free(struct copies *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->items.n; i++)
        item_free(all->items.v[i]);
    arr_release(&all->items);
    free(all);
}

// ---- :cp

// "web-0:/etc", "shop/web-0:/etc", "deploy/web:/etc". A path here that has a colon is given as ./it.
static bool is_remote(const char *word)
{
    const char *colon = strchr(word, ':');
    if (!colon || !isalnum((unsigned char)*word))
        return false;
    for (const char *p = word; p < colon; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-./", *p))
            return false;
    return true;
}

static bool take_remote(struct copy_opts *o, const char *word, const char *ns, struct err *err)
{
    const char *colon = strchr(word, ':');
    char *who = xstrndup(word, (size_t)(colon - word)), *slash = strchr(who, '/');
    const struct kind *kind = kind_find("pods");
    if (slash) {
        *slash = '\0';
        kind = kind_find(who);
        ns = kind ? ns : who; // kinds before namespaces, as the shell has it
        kind = kind ? kind : kind_find("pods");
    }
    o->gvr = kind->gvr;
    o->ns = xstrdup(ns);
    o->name = xstrdup(slash ? slash + 1 : who);
    o->remote = xstrdup(colon + 1);
    free(who);
    const char *base = strrchr(o->remote, '/') ? strrchr(o->remote, '/') + 1 : o->remote;
    if (!*o->name || strchr(o->name, '/') || !kind->gvr.namespaced)
        return err_set(err, "\"%s\" names no Pod: shop/web-0:/etc, deploy/web:/etc", word);
    if (!*o->remote || str_eq(base, ".."))
        return err_set(err, "which path in it? %s", usage);
    return true;
}

static void ask_paths(struct host *host)
{
    struct view *v = host_focus(host);
    struct selection sel;
    struct buf text = BUF_INIT;
    buf_puts(&text, "cp ");
    if (v && v->ops->selection && v->ops->selection(v, &sel) && *sel.ns && *sel.name) {
        bool pod = str_eq(sel.gvr.resource, "pods");
        if (sel.kind && sel.kind->object_per_rows && sel.row)
            buf_printf(&text, "-c %s ", sel.row->name);
        if (!pod)
            buf_printf(&text, "-n %s ", sel.ns);
        // PATH is typed behind it: quoted it could not be. A name of a Pod or workload needs no quotes
        if (!strpbrk(sel.name, " \t\"'"))
            buf_printf(&text, "%s/%s:", pod ? sel.ns : sel.gvr.resource, sel.name);
    }
    host_prompt(host, ":", text.s, NULL);
    host_flash(host, ROLE_INFO, "%s", usage);
    buf_release(&text);
}

static bool take_args(struct item *it, struct args *a, struct err *err)
{
    const char *home = str_or(client_info(it->ctx->client)->ns, "default");
    const char *ns = *it->ctx->ns && !strchr(it->ctx->ns, ',') ? it->ctx->ns : home;
    char *given = args_option(a, "-n");
    given = given ? given : args_option(a, "--namespace");
    it->opts.container = args_option(a, "-c");
    it->opts.force = args_flag(a, "--force");
    bool ok = args_no_more(a, usage, err);
    if (ok && a->words.n != 2)
        ok = err_set(err, "%s", usage);
    if (ok && is_remote(a->words.v[0]) == is_remote(a->words.v[1])) {
        err_set(err, "one of the two is in a container and is named POD:/PATH, the other is here");
        ok = err_hint(err, "a path here that has a colon is given as ./PATH");
    }
    if (ok) {
        it->opts.up = is_remote(a->words.v[1]);
        it->from = xstrdup(a->words.v[0]);
        it->to = xstrdup(a->words.v[1]);
        it->opts.local = path_typed(a->words.v[!it->opts.up]);
        ok = take_remote(&it->opts, a->words.v[it->opts.up], given ? given : ns, err);
    }
    free(given);
    return ok;
}

bool copies_cmd_cp(struct host *host, const char *text, struct err *err)
{
    struct args a;
    if (!*text) {
        ask_paths(host);
        return true;
    }
    struct item *it = xcalloc(1, sizeof(*it));
    it->ctx = host_context(host, NULL, NULL);
    args_parse(&a, text);
    bool ok = it->ctx ? take_args(it, &a, err) : err_set(err, "there is no cluster yet");
    args_release(&a);
    if (ok && it->opts.up) {
        struct write_gate gate = ctx_gate(it->ctx);
        ok = verbs_allowed(&gate, "a copy into a container", err);
    }
    if (!ok) {
        item_free(it);
        return false;
    }
    add(host, it);
    struct view *v = host_focus(host);
    return (v && v->ops == &copies_ops) || host_open(host, "copies", err);
}

// ---- the view

struct copies_view {
    struct view v;
    struct table table;
    size_t seen;
};

// The newest first.
static struct item *item_at(const struct copies_view *cv, size_t row)
{
    struct copies *all = cv->v.host->copies;
    return all && row < all->items.n ? all->items.v[all->items.n - 1 - row] : NULL;
}

static void put_state(const struct copy_status *s, struct buf *out, style_t *style)
{
    static const struct {
        const char *text;
        style_t style;
    } of[] = { [COPY_LOOKING] = { "looking", ROLE_INFO }, [COPY_RUNNING] = { "copying", ROLE_INFO },
        [COPY_DONE] = { "done", ROLE_OK }, [COPY_FAILED] = { "failed", ROLE_BAD },
        [COPY_CANCELLED] = { "cancelled", ROLE_WARN } };
    *style = of[s->state].style;
    if (s->state == COPY_DONE && (s->refused || err_is(&s->err)))
        *style = ROLE_WARN;
    buf_puts(out, of[s->state].text);
}

static void put_bar(const struct copy_status *s, struct buf *out)
{
    bool all = s->state == COPY_DONE;
    if (!s->size && !all)
        return;
    double part = all ? 1 : (double)s->bytes / (double)s->size;
    int full = (int)((part > 1 ? 1 : part) * BAR);
    for (int i = 0; i < BAR; i++)
        buf_puts(out, i < full ? "█" : "░");
    buf_printf(out, " %3d%%", (int)((part > 1 ? 1 : part) * 100));
}

enum { COL_FROM, COL_TO, COL_STATE, COL_DONE, COL_BYTES, COL_RATE, COL_FILES, COL_REFUSED, COL_TIME, COL_COUNT };
static const struct table_col columns[COL_COUNT] = { [COL_FROM] = { "FROM", 0, 60, false, true },
    [COL_TO] = { "TO", 0, 60, false, false }, [COL_STATE] = { "STATE", 9, 0, false, false, true },
    [COL_DONE] = { "DONE", 0, 0, false, false }, [COL_BYTES] = { "BYTES", 8, 0, true, false },
    [COL_RATE] = { "RATE", 9, 0, true, false }, [COL_FILES] = { "FILES", 0, 0, true, false },
    [COL_REFUSED] = { "REFUSED", 0, 0, true, false }, [COL_TIME] = { "TIME", 6, 0, true, false } };

static size_t src_count(void *arg)
{
    const struct copies *all = ((struct copies_view *)arg)->v.host->copies;
    return all ? all->items.n : 0;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    const struct item *it = item_at(arg, row);
    struct copy_status s;
    style_t style = ROLE_TEXT;
    copy_status(it->copy, &s);
    switch (col) {
    case COL_FROM: buf_puts(out, it->from); break;
    case COL_TO: buf_puts(out, it->to); break;
    case COL_STATE: put_state(&s, out, &style); break;
    case COL_DONE: put_bar(&s, out); break;
    case COL_BYTES: put_bytes(out, s.bytes); break;
    case COL_RATE:
        put_bytes(out, (uint64_t)(s.rate > 0 ? s.rate : 0));
        buf_puts(out, "/s");
        break;
    case COL_FILES: buf_printf(out, "%u", s.files); break;
    case COL_REFUSED:
        buf_printf(out, "%u", s.refused);
        style = s.refused ? ROLE_WARN : ROLE_DIM;
        break;
    default: put_seconds(out, s.ms); break;
    }
    return style;
}

static void paint_notes(struct copies_view *cv, struct canvas *c, struct rect r)
{
    const struct item *it = item_at(cv, cv->table.cursor);
    struct copy_status s;
    size_t n = it ? copy_note_count(it->copy) : 0;
    if (!it)
        return;
    copy_status(it->copy, &s);
    if (*s.where)
        canvas_printf(c, r.y, r.x + 1, r.w - 2, ROLE_DIM, "%s %s%s%s", it->opts.up ? "into" : "to",
            it->opts.up ? s.pod : "", it->opts.up ? ":" : "", s.where);
    for (size_t i = 0; i < n && (int)i + 1 < r.h; i++)
        canvas_put(c, r.y + 1 + (int)i, r.x + 1, r.w - 2, ROLE_WARN, copy_note(it->copy, i));
}

static void copies_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct copies_view *cv = (struct copies_view *)v;
    struct table_source src = { cv, src_count, src_cell, NULL };
    size_t n = src_count(cv);
    int rows = (int)(n + 2 < (size_t)(r.h / 2) ? n + 2 : (size_t)(r.h / 2));
    if (n > cv->seen) // a new one is the one looked at
        table_goto(&cv->table, 0, n);
    cv->seen = n;
    canvas_fill(c, r, ROLE_TEXT, NULL);
    view_table(v, &cv->table, &src, c, (struct rect) { r.y, r.x, rows, r.w }, focused);
    if (!n)
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM, usage);
    paint_notes(cv, c, (struct rect) { r.y + rows, r.x, r.h - rows, r.w });
}

static bool cancel(struct copies_view *cv)
{
    struct item *it = item_at(cv, cv->table.cursor);
    if (!it || copy_over(it->copy))
        return false;
    copy_cancel(it->copy);
    view_dirty(&cv->v);
    return true;
}

// Esc ends what runs before it leaves, as everywhere.
static bool copies_key(struct view *v, struct rect r, struct key k)
{
    (void)r;
    return k.code == K_ESC && !k.mods && cancel((struct copies_view *)v);
}

static bool copies_command(struct view *v, const struct call *call, struct err *err)
{
    struct copies_view *cv = (struct copies_view *)v;
    struct item *it = item_at(cv, cv->table.cursor);
    size_t n = src_count(cv);
    long page = cv->table.page > 1 ? cv->table.page - 1 : 1;
    const struct {
        const char *name;
        long delta;
    } moves[] = { { "up", -1 }, { "down", 1 }, { "page-up", -page }, { "page-down", page },
        { "top", -1000000 }, { "bottom", 1000000 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            table_move(&cv->table, moves[i].delta, n);
            return true;
        }
    if (str_eq(call->name, "left") || str_eq(call->name, "right")) {
        table_scroll_cols(&cv->table, call->name[0] == 'l' ? -1 : 1);
    } else if (str_eq(call->name, "cancel")) {
        if (!cancel(cv))
            err_set(err, "no copy runs there");
    } else if (str_eq(call->name, "reopen") || str_eq(call->name, "refresh")) {
        if (it && copy_over(it->copy))
            start(it);
        else
            err_set(err, it ? "it still runs" : "there is no copy");
    } else {
        return false;
    }
    return true;
}

static void copies_status(struct view *v, struct view_status *out)
{
    const struct copies *all = v->host->copies;
    size_t running = 0;
    for (size_t i = 0; all && i < all->items.n; i++)
        running += !copy_over(all->items.v[i]->copy);
    out->fresh = running ? FRESH_LIVE : FRESH_NONE;
    out->pending = running > 0;
    if (running)
        snprintf(out->text, sizeof(out->text), "%zu running", running);
}

static void copies_insight(struct view *v, struct buf *out, style_t *style)
{
    struct copies_view *cv = (struct copies_view *)v;
    const struct item *it = item_at(cv, cv->table.cursor);
    struct copy_status s;
    struct buf ignored = BUF_INIT;
    *style = ROLE_DIM;
    if (!it)
        return;
    copy_status(it->copy, &s);
    put_state(&s, &ignored, style);
    buf_release(&ignored);
    if (!copy_over(it->copy))
        buf_printf(out, "%s %s — Esc cancels it; it goes on while another view is shown", it->from,
            s.state == COPY_LOOKING ? "is looked for" : "is copied");
    else
        put_end(out, &s);
}

static void copies_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct copies_view *cv = (struct copies_view *)v;
    size_t n = src_count(cv);
    int col;
    long hit = button ? -2 : table_hit(&cv->table, r, y, x, n, &col);
    (void)clicks;
    if (button)
        table_move(&cv->table, button * 3, n);
    if (hit >= 0)
        table_goto(&cv->table, (size_t)hit, n);
    view_dirty(v);
}

static void copies_save(struct view *v, const char *format, struct buf *out)
{
    struct copies_view *cv = (struct copies_view *)v;
    (void)format;
    for (size_t i = 0; i < src_count(cv); i++) {
        const struct item *it = item_at(cv, i);
        struct copy_status s;
        copy_status(it->copy, &s);
        buf_printf(out, "%s -> %s\n  ", it->from, it->to);
        put_end(out, &s);
        buf_putc(out, '\n');
        for (size_t k = 0; k < copy_note_count(it->copy); k++)
            buf_printf(out, "  %s\n", copy_note(it->copy, k));
    }
}

static int copies_next_change(struct view *v)
{
    struct view_status s = { .fresh = FRESH_NONE };
    copies_status(v, &s);
    return s.pending ? 1 : 10;
}

static void copies_view_free(struct view *v)
{
    struct copies_view *cv = (struct copies_view *)v;
    table_release(&cv->table);
    view_release(v);
    free(cv);
}

static const char *const keys[] = { "back", "cancel", "reopen", "save", "command-prompt", "help", NULL };

static const struct view_ops copies_ops = {
    .mode = "copies",
    .free = copies_view_free,
    .paint = copies_paint,
    .command = copies_command,
    .status = copies_status,
    .insight = copies_insight,
    .key = copies_key,
    .mouse = copies_mouse,
    .save = copies_save,
    .next_change = copies_next_change,
    .keys = keys,
};

struct view *copies_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    struct copies_view *cv = xcalloc(1, sizeof(*cv));
    (void)spec, (void)err;
    view_init(&cv->v, &copies_ops, cx, "copies", "Copies");
    cv->v.host = host;
    table_init(&cv->table);
    table_set_cols(&cv->table, columns, COL_COUNT);
    return &cv->v;
}
