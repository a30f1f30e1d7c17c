#include "views/rollback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/progress.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "kinds/kinds.h"
#include "ui/table.h"
#include "ui/text.h"
#include "views/host.h"
#include "views/revisions.h"
#include "views/rowlink.h"
#include "views/yaml.h"

enum { CONTEXT = 3, MAX_FAULTS = 5, WIDE = 130 };

struct rollback {
    struct view v;
    struct table table;
    struct text diff;
    struct revisions r;
    ARR(const struct rev_pod *) faults; // those shown, of the last merge; the one that holds all up first
    struct buf state, held, note, title; // lines above the table, and the diff's
    enum progress progress;
    char *cursor, *marked; // the revision's name, or the Pod's UID
    struct rect at;        // of the table, as painted
    bool whole;            // the diff has all the room
    bool full_images;
};

static size_t count(const struct rollback *b)
{
    return b->r.history.revs.n + b->faults.n;
}

static const struct revision *revision_at(const struct rollback *b, size_t row)
{
    return row < b->r.history.revs.n ? &b->r.history.revs.v[row] : NULL;
}

static const struct rev_pod *pod_at(const struct rollback *b, size_t row)
{
    size_t n = b->r.history.revs.n;
    return row >= n && row - n < b->faults.n ? b->faults.v[row - n] : NULL;
}

static const char *id_at(const struct rollback *b, size_t row)
{
    const struct revision *r = revision_at(b, row);
    const struct rev_pod *p = pod_at(b, row);
    return r ? r->name : p ? p->uid : "";
}

// ---- the diff

// The lines within a few of a change, and those above that say where it is.
static void keep_near(const struct text *all, bool *keep)
{
    size_t n = all->lines.n;
    for (size_t i = 0; i < n; i++) {
        if (all->lines.v[i].s[0] == ' ')
            continue;
        size_t from = i < CONTEXT ? 0 : i - CONTEXT, to = i + CONTEXT < n ? i + CONTEXT : n - 1;
        for (size_t k = from; k <= to; k++)
            keep[k] = true;
        for (size_t k = i, indent = all->lines.v[i].indent; k-- > 0 && indent;)
            if (all->lines.v[k].indent < indent) {
                keep[k] = true;
                indent = all->lines.v[k].indent;
            }
    }
}

static void put_near(const struct text *all, struct text *out)
{
    bool *keep = xcalloc(all->lines.n + 1, sizeof(*keep));
    size_t left = 0;
    keep_near(all, keep);
    for (size_t i = 0; i <= all->lines.n; i++) {
        bool end = i == all->lines.n;
        if (left && (end || keep[i])) {
            char text[64];
            snprintf(text, sizeof(text), "@@ %zu line%s the same", left, left == 1 ? "" : "s");
            text_span(text_add(out, text), 0, strlen(text), ROLE_COMMENT);
            left = 0;
        }
        if (end)
            break;
        const struct text_line *l = &all->lines.v[i];
        left += !keep[i];
        if (keep[i] && l->s[0] == ' ')
            text_add(out, l->s);
        else if (keep[i])
            text_span(text_add(out, l->s), 0, strlen(l->s), l->s[0] == '+' ? ROLE_ADDED : ROLE_REMOVED);
    }
    free(keep);
}

static void put_revision(const struct revision *r, struct buf *out)
{
    if (r)
        buf_printf(out, "revision %lld%s", (long long)r->number, r->current ? " (now)" : "");
    else
        buf_puts(out, "its template of now");
}

static void diff_templates(struct rollback *b, const json_t *from, const json_t *to, struct text *out)
{
    static const struct yaml_opts opts = { 0 };
    struct text x, y, all;
    text_init(&x);
    text_init(&y);
    text_init(&all);
    yaml_text(from, &opts, &x);
    yaml_text(to, &opts, &y);
    yaml_diff(&x, &y, &all);
    put_near(&all, out);
    if (json_equal(from, to)) {
        text_clear(out);
        text_add(out, "no difference");
        buf_puts(&b->title, ": the same");
    }
    text_release(&x);
    text_release(&y);
    text_release(&all);
}

static const struct revision *named(const struct rollback *b, const char *name)
{
    for (size_t i = 0; name && i < b->r.history.revs.n; i++)
        if (str_eq(b->r.history.revs.v[i].name, name))
            return &b->r.history.revs.v[i];
    return NULL;
}

// From the marked revision, else from the present one, to that under the cursor; of the present one what its coming
// changed.
static void build_diff(struct rollback *b)
{
    const struct revision *to = revision_at(b, b->table.cursor), *from = named(b, b->marked);
    json_t *now = b->r.object ? history_template(b->r.object) : NULL;
    struct text fresh;
    size_t at = b->table.cursor + 1;
    text_init(&fresh);
    buf_clear(&b->title);
    if (!from && to && to->current)
        from = revision_at(b, at);
    else if (!from)
        from = history_current(&b->r.history);
    const json_t *old = from ? from->template : now;
    if (to && old && (from || !to->current)) {
        put_revision(from, &b->title);
        buf_puts(&b->title, " → ");
        put_revision(to, &b->title);
        diff_templates(b, old, to->template, &fresh);
    }
    text_replace(&b->diff, &fresh);
    text_release(&fresh);
    json_decref(now);
}

// ---- what stands above the table

static void build_state(struct rollback *b)
{
    const json_t *o = b->r.object;
    int64_t limit;
    buf_clear(&b->state);
    buf_clear(&b->held);
    buf_clear(&b->note);
    if (!o)
        return;
    buf_printf(&b->state, "%s %s/%s: ", b->r.kind->api_kind, b->r.ns, b->r.name);
    b->progress = progress_rollout(b->r.kind->gvr.resource, o, &b->state);
    if (json_bool(o, "spec", "paused", NULL))
        buf_puts(&b->state, " — paused: resume it before a rollback");
    enum history_lost lost = history_pruned(&b->r.history, o, &limit);
    if (lost)
        buf_printf(&b->note, "older revisions %s pruned: revisionHistoryLimit %lld", lost == HISTORY_PRUNED ? "were" : "may have been",
            (long long)limit);
    if (revisions_blind(&b->r))
        buf_printf(&b->note, "%sno right to list pods in %s: what holds a rollout up is not known", b->note.n ? "; " : "", b->r.ns);
    if (b->faults.n && b->faults.v[0]->held) {
        const struct rev_pod *p = b->faults.v[0];
        buf_printf(&b->held, "%s (%s) is left over from another revision. OrderedReady: the controller waits until it is "
                             "ready and never replaces it. X deletes it; it comes back at the revision of now.",
            p->name, str_or(p->fault, "not ready"));
        b->progress = PROGRESS_STUCK;
    }
}

static void pick_faults(struct rollback *b)
{
    b->faults.n = 0;
    for (size_t held = 2; held-- > 0;)
        for (size_t i = 0; i < b->r.pods.n && b->faults.n < MAX_FAULTS; i++) {
            const struct rev_pod *p = &b->r.pods.v[i];
            if (p->held == held && (p->held || *p->fault))
                arr_push(&b->faults, p);
        }
}

// At first on the newest that is not the present one: what one comes for is most often that.
static void find_cursor(struct rollback *b)
{
    size_t n = count(b);
    for (size_t i = 0; b->cursor && i < n; i++)
        if (str_eq(id_at(b, i), b->cursor)) {
            table_goto(&b->table, i, n);
            return;
        }
    for (size_t i = 0; i < b->r.history.revs.n; i++)
        if (!b->r.history.revs.v[i].current || i + 1 == b->r.history.revs.n) {
            table_goto(&b->table, i, n);
            return;
        }
}

// Sought from a Pod, it is of the workload.
static void put_title(struct rollback *b)
{
    if (!b->r.object)
        return;
    free(b->v.title);
    b->v.title = xasprintf("Rollback %s", b->r.name);
}

static void merge(struct rollback *b)
{
    if (!revisions_merge(&b->r))
        return;
    pick_faults(b);
    put_title(b);
    build_state(b);
    find_cursor(b);
    build_diff(b);
}

// ---- the table

// "ghcr.io/acme/shop-web:2.14.0" is known by its end.
static void put_image(const char *image, bool full, struct buf *out)
{
    const char *slash = strrchr(image, '/'), *digest = strchr(image, '@');
    const char *s = full || !slash ? image : slash + 1;
    size_t n = digest && digest > s && !full ? (size_t)(digest - s) + 16 : strlen(s);
    buf_printf(out, "%s%.*s", out->n ? "," : "", (int)n, s);
}

static void put_images(const struct revision *r, bool full, struct buf *out)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(r->template, "spec", "containers", NULL), i, c)
        put_image(json_str(c, "image", NULL), full, out);
}

enum { C_REVISION, C_AGE, C_PODS, C_IMAGES, C_CAUSE, C_WHO, C_COUNT };

static const struct table_col columns[C_COUNT] = {
    [C_REVISION] = { "REVISION", 0, 0, false, true, false },
    [C_AGE] = { "AGE", 0, 0, false, false, false },
    [C_PODS] = { "PODS", 0, 0, false, false, false },
    [C_IMAGES] = { "IMAGES", 0, 60, false, false, false },
    [C_CAUSE] = { "CHANGE-CAUSE", 0, 50, false, false, false },
    [C_WHO] = { "WHO", 0, 30, false, false, false },
};

static style_t pod_cell(const struct rev_pod *p, size_t col, struct buf *out)
{
    if (col == C_REVISION)
        buf_puts(out, "Pod");
    if (col == C_IMAGES)
        buf_puts(out, p->name);
    if (col == C_CAUSE)
        buf_puts(out, str_or(p->fault, "not ready"));
    return p->held ? ROLE_BAD : ROLE_WARN;
}

static style_t revision_cell(const struct rollback *b, const struct revision *r, size_t col, struct buf *out)
{
    char age[HUMAN_DURATION_MAX];
    int64_t ready, all;
    switch (col) {
    case C_REVISION: buf_printf(out, "%lld%s", (long long)r->number, r->current ? " now" : ""); break;
    case C_AGE:
        human_age(time_now(), json_time(r->doc, "metadata", "creationTimestamp", NULL), age);
        buf_puts(out, age);
        break;
    case C_PODS:
        if (!revisions_pods(&b->r, r, &ready, &all))
            return ROLE_DIM;
        buf_printf(out, "%lld/%lld", (long long)ready, (long long)all);
        return ready < all ? ROLE_WARN : all ? ROLE_OK : ROLE_DIM;
    case C_IMAGES: put_images(r, b->full_images, out); break;
    case C_CAUSE: buf_puts(out, r->cause); break;
    case C_WHO: buf_puts(out, history_who(r, b->r.object)); break;
    default: break;
    }
    return r->current ? ROLE_INFO : ROLE_TEXT;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    const struct rollback *b = arg;
    const struct revision *r = revision_at(b, row);
    return r ? revision_cell(b, r, col, out) : pod_cell(pod_at(b, row), col, out);
}

static size_t src_count(void *arg)
{
    return count(arg);
}

static bool src_marked(void *arg, size_t row)
{
    const struct rollback *b = arg;
    return b->marked && revision_at(b, row) && str_eq(id_at(b, row), b->marked);
}

// ---- the view

static void rollback_status(struct view *v, struct view_status *out)
{
    struct rollback *b = (struct rollback *)v;
    const struct watch_status *s = revisions_status(&b->r);
    bool failed = err_is(&b->r.err) && !b->r.object;
    out->fresh = failed ? FRESH_FAILED : !b->r.object || !s || s->state == WATCH_LOADING ? FRESH_LOADING
                 : s->state == WATCH_FORBIDDEN ? FRESH_FORBIDDEN : s->state == WATCH_FAILED ? FRESH_FAILED
                 : s->state == WATCH_LIVE && revisions_live(&b->r) ? FRESH_LIVE : FRESH_STALE;
    snprintf(out->text, sizeof(out->text), "%s", out->fresh == FRESH_LIVE ? "live" : out->fresh == FRESH_LOADING ? "loading"
             : failed || err_is(&b->r.err) ? b->r.err.msg : s ? s->err.msg : "");
}

// Why there is no table; appends nothing where there is one.
static style_t missing(struct rollback *b, struct buf *out)
{
    const struct watch_status *s = revisions_status(&b->r);
    const struct gvr *gvr = history_gvr(b->r.kind->gvr.resource);
    if (!b->r.object && err_is(&b->r.err)) {
        buf_puts(out, b->r.err.msg);
        return ROLE_BAD;
    }
    if (s && s->state == WATCH_FORBIDDEN) {
        buf_printf(out, "you may not: the right to list %s in %s is missing", gvr->resource, b->r.ns);
        return ROLE_BAD;
    }
    if (s && s->state == WATCH_FAILED) {
        buf_puts(out, s->err.msg);
        return ROLE_BAD;
    }
    if (count(b))
        return ROLE_TEXT;
    buf_puts(out, !s || s->state == WATCH_LOADING ? "◐ loading …" : "It has no revisions: none was rolled out yet.");
    return ROLE_DIM;
}

static int width_of(const char *s, size_t n)
{
    char *copy = xstrndup(s, n);
    int w = utf8_width(copy);
    free(copy);
    return w;
}

// A text over several lines; returns how many.
static int put_wrapped(struct canvas *c, struct rect r, style_t style, const char *text)
{
    int lines = 0;
    for (const char *p = text; *p && lines < r.h;) {
        size_t fit = 0; // words while they fit
        while (p[fit]) {
            size_t word = fit + strspn(p + fit, " ");
            word += strcspn(p + word, " ");
            if (fit && width_of(p, word) > r.w)
                break;
            fit = word;
        }
        canvas_putn(c, r.y + lines++, r.x, r.w, style, p, fit);
        p += fit + strspn(p + fit, " ");
    }
    return lines;
}

static struct rect below(struct rect r, int lines)
{
    lines = lines < r.h ? lines : r.h;
    return (struct rect) { r.y + lines, r.x, r.h - lines, r.w };
}

static struct rect inside(struct rect r)
{
    return (struct rect) { r.y, r.x + 1, r.h, r.w - 2 };
}

static struct rect paint_state(struct rollback *b, struct canvas *c, struct rect r)
{
    static const style_t by[] = { [PROGRESS_WAITING] = ROLE_WARN, [PROGRESS_DONE] = ROLE_OK, [PROGRESS_STUCK] = ROLE_BAD };
    if (b->state.n)
        r = below(r, put_wrapped(c, inside(r), by[b->progress], b->state.s));
    if (b->held.n)
        r = below(r, put_wrapped(c, inside(r), ROLE_BAD, b->held.s));
    if (b->note.n)
        r = below(r, put_wrapped(c, inside(r), ROLE_DIM, b->note.s));
    return r;
}

static struct rect paint_table(struct rollback *b, struct canvas *c, struct rect r, bool focused)
{
    struct table_source src = { b, src_count, src_cell, src_marked };
    int rows = (int)count(b) + 1, most = r.h / 2 < 4 ? 4 : r.h / 2;
    struct rect t = { r.y, r.x, rows < most ? rows : most, r.w };
    if (t.h > r.h)
        t.h = r.h;
    b->at = t;
    view_table(&b->v, &b->table, &src, c, t, focused);
    return below(r, t.h);
}

static void paint_diff(struct rollback *b, struct canvas *c, struct rect r, bool focused)
{
    if (r.h < 2 || !b->title.n)
        return;
    canvas_fill(c, (struct rect) { r.y, r.x, 1, r.w }, ROLE_BORDER, "─");
    canvas_printf(c, r.y, r.x + 2, r.w - 4, ROLE_TITLE, " %s ", b->title.s);
    text_paint(&b->diff, c, below(r, 1), focused && b->whole);
}

static void rollback_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct rollback *b = (struct rollback *)v;
    struct buf why = BUF_INIT;
    bool full = r.w >= WIDE;
    merge(b);
    if (full != b->full_images)
        table_reset_widths(&b->table);
    b->full_images = full;
    canvas_fill(c, r, ROLE_TEXT, NULL);
    r = paint_state(b, c, r);
    style_t style = missing(b, &why);
    if (why.n)
        put_wrapped(c, inside(below(r, 1)), style, why.s);
    else if (!b->whole)
        r = paint_table(b, c, r, focused);
    if (!why.n)
        paint_diff(b, c, r, focused);
    buf_release(&why);
}

static void moved(struct rollback *b)
{
    free(b->cursor);
    b->cursor = xstrdup(id_at(b, b->table.cursor));
    build_diff(b);
    b->diff.top = b->diff.cursor = 0;
    view_dirty(&b->v);
}

static bool move(struct rollback *b, const char *name)
{
    static const struct {
        const char *name;
        long rows, pages;
        int cols;
    } moves[] = { { "up", -1, 0, 0 }, { "down", 1, 0, 0 }, { "page-up", 0, -1, 0 }, { "page-down", 0, 1, 0 },
        { "left", 0, 0, -8 }, { "right", 0, 0, 8 }, { "top", -1000000, 0, 0 }, { "bottom", 1000000, 0, 0 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
        if (!str_eq(moves[i].name, name))
            continue;
        if (moves[i].rows && b->whole)
            text_move(&b->diff, moves[i].rows);
        else if (moves[i].rows)
            table_move(&b->table, moves[i].rows, count(b));
        if (moves[i].pages)
            text_page(&b->diff, moves[i].pages);
        text_scroll_cols(&b->diff, moves[i].cols);
        if (moves[i].rows && !b->whole)
            moved(b);
        view_dirty(&b->v);
        return true;
    }
    return false;
}

static bool mark(struct rollback *b)
{
    const struct revision *r = revision_at(b, b->table.cursor);
    bool again = r && str_eq(b->marked, r->name);
    free(b->marked);
    b->marked = r && !again ? xstrdup(r->name) : NULL;
    moved(b);
    return true;
}

// By name: it stays, whatever the revision's number is by then.
static bool open_row(struct rollback *b, struct err *err)
{
    const struct revision *r = revision_at(b, b->table.cursor);
    struct buf line = BUF_INIT;
    if (!b->r.history.revs.n && !revisions_live(&b->r)) // pressed for the revision that comes first
        return err_set(err, "its revisions are still being read: Enter once more when they are there");
    if (!r)
        return rowlink_open(&b->v, &(struct call) { "describe", "" }, err);
    buf_puts(&line, "rollback-to ");
    spec_put_word(&line, r->name);
    host_run(b->v.host, line.s, err);
    buf_release(&line);
    return true;
}

static bool delete_stuck(struct rollback *b, struct err *err)
{
    if (!pod_at(b, b->table.cursor)) {
        if (!b->faults.n || !b->faults.v[0]->held)
            return err_set(err, "no Pod holds the rollout up: there is none to delete");
        table_goto(&b->table, b->r.history.revs.n, count(b));
        moved(b);
    }
    return host_run(b->v.host, "delete", err);
}

static bool rollback_command(struct view *v, const struct call *call, struct err *err)
{
    struct rollback *b = (struct rollback *)v;
    const char *n = call->name;
    if (move(b, n))
        return true;
    if (str_eq(n, "mark"))
        return mark(b);
    if (str_eq(n, "open"))
        return open_row(b, err), true;
    if (str_eq(n, "delete-stuck"))
        return delete_stuck(b, err), true;
    if (str_eq(n, "diff"))
        b->whole = !b->whole && b->diff.lines.n;
    else if (str_eq(n, "refresh"))
        revisions_refresh(&b->r);
    else if (str_eq(n, "rollback"))
        err_set(err, "these are its revisions");
    else
        return rowlink_open(v, call, err);
    view_dirty(v);
    return true;
}

static bool rollback_selection(struct view *v, struct selection *out)
{
    struct rollback *b = (struct rollback *)v;
    const struct rev_pod *p = pod_at(b, b->table.cursor);
    const struct kind *k = p ? &kind_pods : b->r.kind;
    *out = (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind, .ns = b->r.ns,
        .name = p ? p->name : b->r.name, .uid = p ? p->uid : json_str(b->r.object, "metadata", "uid", NULL) };
    return true;
}

static void rollback_insight(struct view *v, struct buf *out, style_t *style)
{
    struct rollback *b = (struct rollback *)v;
    const struct revision *r = revision_at(b, b->table.cursor);
    const struct rev_pod *p = pod_at(b, b->table.cursor);
    *style = ROLE_DIM;
    if (p) {
        buf_printf(out, "%s: %s", p->name, str_or(p->fault, "not ready"));
        *style = ROLE_BAD;
    } else if (r && *r->cause) {
        buf_printf(out, "change-cause: %s", r->cause);
    } else if (r) {
        buf_printf(out, "%s %s", history_gvr(b->r.kind->gvr.resource)->resource, r->name);
    }
}

static void on_change(void *arg)
{
    view_dirty(&((struct rollback *)arg)->v);
}

static void rollback_show(struct view *v, bool shown)
{
    revisions_want(&((struct rollback *)v)->r, shown);
}

static void rollback_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct rollback *b = (struct rollback *)v;
    struct err err = { 0 };
    int col;
    (void)r;
    long hit = button || b->whole ? -2 : table_hit(&b->table, b->at, y, x, count(b), &col);
    if (button)
        text_move(&b->diff, button * 3);
    if (hit >= 0) {
        table_goto(&b->table, (size_t)hit, count(b));
        moved(b);
    }
    if (hit >= 0 && clicks == 2 && !open_row(b, &err))
        host_flash_err(v->host, &err);
    view_dirty(v);
}

static void rollback_save(struct view *v, const char *format, struct buf *out)
{
    struct rollback *b = (struct rollback *)v;
    bool csv = str_eq(format, "csv");
    for (size_t row = 0; row <= count(b); row++)
        for (size_t col = 0; col < C_COUNT; col++) {
            struct buf cell = BUF_INIT;
            if (row)
                src_cell(b, row - 1, col, &cell);
            else
                buf_puts(&cell, columns[col].name);
            bool quote = csv && cell.s && strpbrk(cell.s, ",\"\n");
            buf_printf(out, "%s%s%s%s", quote ? "\"" : "", str_or(cell.s, ""), quote ? "\"" : "",
                col + 1 == C_COUNT ? "\n" : csv ? "," : "\t");
            buf_release(&cell);
        }
    if (csv || !b->title.n)
        return;
    buf_printf(out, "\n%s\n", b->title.s);
    text_plain(&b->diff, out);
}

static void rollback_free(struct view *v)
{
    struct rollback *b = (struct rollback *)v;
    struct buf *all[] = { &b->state, &b->held, &b->note, &b->title };
    revisions_release(&b->r);
    table_release(&b->table);
    text_release(&b->diff);
    arr_release(&b->faults);
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        buf_release(all[i]);
    free(b->cursor);
    free(b->marked);
    view_release(v);
    free(b);
}

static const char *const keys[] = { "open", "mark", "diff", "describe", "back", "help", NULL };

static const struct view_ops ops = {
    .mode = "rollback",
    .free = rollback_free,
    .paint = rollback_paint,
    .command = rollback_command,
    .status = rollback_status,
    .selection = rollback_selection,
    .insight = rollback_insight,
    .show = rollback_show,
    .mouse = rollback_mouse,
    .save = rollback_save,
    .keys = keys,
};

// ---- from words: KIND NAME, KIND/NAME, or none: what is selected

static bool split_words(const struct spec *s, struct spec *two, struct err *err)
{
    const char *word = s->words.v[0], *slash = strchr(word, '/');
    if (s->words.n != 1)
        return true;
    if (!slash || slash == word || !slash[1])
        return err_set(err, "rollback wants a workload: rollback deploy/web");
    two->words.v = NULL;
    two->words.n = two->words.cap = 0;
    arr_push(&two->words, xstrndup(word, (size_t)(slash - word)));
    arr_push(&two->words, xstrdup(slash + 1));
    return true;
}

static const struct kind *kind_of(const char *word, struct err *err)
{
    static const struct kind *const from[] = { &kind_deployments, &kind_statefulsets, &kind_daemonsets, &kind_replicasets,
        &kind_pods };
    const struct kind *k = kind_find(word);
    for (size_t i = 0; i < ARRAY_SIZE(from); i++)
        if (from[i] == k)
            return k;
    err_set(err, "%s have no revisions: Deployments, StatefulSets and DaemonSets have", word);
    return NULL;
}

static struct view *make(struct host *host, struct ctx *cx, const struct spec *s, const struct spec *of, struct err *err)
{
    char *ns, *name;
    const struct kind *k = kind_of(of->words.v[0], err);
    if (!k || !spec_object(of, true, &ns, &name, err))
        return NULL;
    struct rollback *b = xcalloc(1, sizeof(*b));
    struct buf text = BUF_INIT;
    char *title = xasprintf("Rollback %s", name);
    spec_text(s, &text);
    view_init(&b->v, &ops, cx, text.s, title);
    buf_release(&text);
    free(title);
    b->v.host = host;
    revisions_init(&b->r, cx, k, ns ? ns : xstrdup(*cx->ns ? cx->ns : cx->target.ns), name);
    b->r.changed = on_change;
    b->r.arg = b;
    struct buf *all[] = { &b->state, &b->held, &b->note, &b->title };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        buf_init(all[i]);
    table_init(&b->table);
    table_set_cols(&b->table, columns, C_COUNT);
    text_init(&b->diff);
    return &b->v;
}

struct view *rollback_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct view *v = host_focus(host);
    struct call call = { "rollback", "" };
    if (!s->words.n) { // rowlink opens with two words: it does not come back here
        if (!v || !rowlink_open(v, &call, err))
            err_set(err, "rollback wants a workload: rollback deploy/web");
        return NULL;
    }
    struct spec two = *s;
    if (!split_words(s, &two, err))
        return NULL;
    v = make(host, cx, s, &two, err);
    if (two.words.v != s->words.v) {
        for (size_t i = 0; i < two.words.n; i++)
            free(two.words.v[i]);
        arr_release(&two.words);
    }
    return v;
}
