#include "app/status.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/config.h"
#include "app/custom.h"
#include "app/unlock.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "views/rowlink.h"

static const struct {
    const char *mark;
    style_t style;
} fresh_marks[] = {
    [FRESH_LIVE] = { "●", ROLE_OK },
    [FRESH_LOADING] = { "◐", ROLE_INFO },
    [FRESH_STALE] = { "○", ROLE_BAD },
    [FRESH_FORBIDDEN] = { "✗", ROLE_WARN },
    [FRESH_FAILED] = { "✗", ROLE_BAD },
    [FRESH_NONE] = { " ", ROLE_DIM },
};

void status_of_view(struct view *v, struct view_status *st)
{
    *st = (struct view_status) { .fresh = FRESH_NONE };
    if (v && v->ops->status)
        v->ops->status(v, st);
    const struct client_info *in = v ? client_info(v->ctx->client) : NULL;
    if (in && in->silent_since_ms && st->fresh != FRESH_FORBIDDEN && st->fresh != FRESH_FAILED) {
        char age[HUMAN_DURATION_MAX];
        human_duration((loop_now_ms(client_loop(v->ctx->client)) - in->silent_since_ms) / 1000, age);
        st->fresh = FRESH_STALE;
        snprintf(st->text, sizeof(st->text), "stale %s: %.200s", age, in->err ? in->err->msg : "");
    } else if (in && in->state == CLIENT_DOWN && st->fresh != FRESH_STALE && st->fresh != FRESH_FORBIDDEN) {
        st->fresh = FRESH_STALE;
        snprintf(st->text, sizeof(st->text), "%.200s", in->err ? in->err->msg : "not connected");
    }
}

void status_put_mark(struct canvas *c, int y, int x, int cols, const struct view_status *st)
{
    canvas_put(c, y, x, cols, fresh_marks[st->fresh].style, fresh_marks[st->fresh].mark);
    canvas_put(c, y, x + 2, cols - 2, fresh_marks[st->fresh].style, st->text);
}

static int put_right_part(struct canvas *c, struct view *v)
{
    const struct client_info *in = client_info(v->ctx->client);
    struct view_status st;
    char latency[32] = "", clock[16];
    time_t now = (time_t)time_now();
    struct tm tm;
    status_of_view(v, &st);
    localtime_r(&now, &tm);
    strftime(clock, sizeof(clock), "%H:%M", &tm);
    if (in->latency_ms >= 0) // in steps, so that an idle screen stays idle
        snprintf(latency, sizeof(latency), "%s%lldms  ", c->w > 90 ? "api " : "", (long long)in->latency_ms);
    int room = c->w * 3 / 5;
    int text = utf8_width(st.text);
    text = text < room - 24 ? text : room - 24;
    int w = (int)strlen(clock) + 2 + text + 2 + (c->w > 70 ? utf8_width(latency) + utf8_width(in->version) + 2 : 0);
    int x = c->w - w;
    if (c->w > 70) {
        x += canvas_put(c, 0, x, c->w - x, ROLE_DIM, in->version);
        x += 2 + canvas_put(c, 0, x + 2, c->w - x, ROLE_DIM, latency);
    }
    status_put_mark(c, 0, x, text + 2, &st);
    canvas_put(c, 0, c->w - (int)strlen(clock), (int)strlen(clock), ROLE_DIM, clock);
    return w;
}

static int paint_unlocked(struct canvas *c, int x, int room, const struct ctx *cx)
{
    int left = unlock_left(cx);
    return canvas_printf(c, 0, x, room, ROLE_DANGER, " UNLOCKED %d:%02d ", left / 60, left % 60);
}

static void paint_identity(struct canvas *c, struct view *v)
{
    const struct ctx *cx = v->ctx;
    const struct client_info *in = client_info(cx->client);
    style_t band = (style_t)(ROLE_BAND_0 + cx->band);
    int end = c->w - put_right_part(c, v) - 2, x = 0;
    canvas_put(c, 0, x++, 1, band, " ");
    x += canvas_put(c, 0, x, end - x, band, *cx->identity ? cx->identity : cx->target.context->name);
    x += canvas_put(c, 0, x, end - x, band, " ") + 1;
    const char *ns = str_or(v->ns ? v->ns : cx->ns, "all");
    if (x < end)
        x += canvas_put(c, 0, x, end - x, ROLE_DIM, "ns ");
    if (x < end)
        x += canvas_put(c, 0, x, end - x, ROLE_TITLE, ns) + 2;
    if (cx->readonly && x < end)
        x += canvas_put(c, 0, x, end - x, ROLE_INFO, "READ-ONLY") + 2;
    else if (cx->unlocked_until && x < end)
        x += paint_unlocked(c, x, end - x, cx) + 2;
    if (in->insecure && x < end)
        x += canvas_put(c, 0, x, end - x, ROLE_DANGER, " TLS NOT VERIFIED ") + 1;
    if (in->impersonating && x < end)
        canvas_printf(c, 0, x, end - x, ROLE_WARN, "as %s", cx->target.user->act_as);
}

static bool extent_of(struct view *v, struct view_extent *out)
{
    return v && v->ops->extent && v->ops->extent(v, out);
}

void status_put_extent(struct view *v, bool counts, struct buf *out)
{
    struct view_extent e;
    const char *between = " ";
    if (counts && extent_of(v, &e)) {
        buf_printf(out, e.shown == e.total ? " %zu" : " %zu/%zu", e.shown, e.total);
        buf_puts(out, e.faults ? " · faults" : "");
        if (e.marked)
            buf_printf(out, " · %zu marked", e.marked);
        between = " · ";
    }
    if (v->filter_text)
        buf_printf(out, "%s/%.100s", between, v->filter_text);
}

static void put_title(const struct pane *p, bool hidden, bool counts, struct buf *out)
{
    struct view *v = pane_view(p);
    if (!v)
        return;
    buf_printf(out, hidden ? "(%.100s" : "%.100s", v->title);
    status_put_extent(v, counts, out);
    buf_puts(out, hidden ? ")" : "");
}

// "Pods 3/19 · /api", "Pods │ Describe web-1" (what they count stands above them); the pane that is not on the screen in brackets.
static void tab_label(const struct app *app, const struct tab *t, struct buf *out)
{
    bool both = tabs_look(app, t) == TAB_SPLIT;
    buf_putc(out, ' ');
    for (size_t i = 0; i < t->layout.n; i++) {
        if (i)
            buf_puts(out, " │ ");
        put_title(t->panes[i], i != t->focus && !both, t->layout.n == 1, out);
    }
    buf_putc(out, ' ');
}

static int tab_width(const struct app *app, size_t i)
{
    struct buf label = BUF_INIT;
    tab_label(app, app->tabs.v[i], &label);
    int w = tab_view(app->tabs.v[i]) ? utf8_width(label.s) + 1 : 0;
    buf_release(&label);
    return w;
}

long status_tab_at(const struct app *app, int x)
{
    for (size_t i = 0; i < app->tabs.n; i++) {
        int w = tab_width(app, i);
        if (x < w)
            return (long)i;
        x -= w;
    }
    return -1;
}

// Where one is in what is longer than the screen, at the right end of line 2; returns what it takes.
static int paint_position(struct canvas *c, struct view *v, int room)
{
    struct view_extent e;
    char text[80];
    if (!extent_of(v, &e) || e.shown <= e.page)
        return 0;
    size_t last = e.first + e.page < e.shown ? e.first + e.page : e.shown;
    int n = snprintf(text, sizeof(text), "%zu-%zu of %zu", e.first + 1, last, e.shown);
    if (n > room)
        return 0;
    canvas_put(c, 1, c->w - n, n, ROLE_DIM, text);
    return n + 2;
}

static void paint_tabs(struct app *app, struct canvas *c)
{
    const struct tab *now = tabs_now(app);
    int x = 0;
    for (size_t i = 0; i < app->tabs.n && x < c->w; i++) {
        struct tab *t = app->tabs.v[i];
        struct buf label = BUF_INIT;
        tab_label(app, t, &label);
        if (tab_view(t))
            x += canvas_put(c, 1, x, c->w - x, t == now ? ROLE_TAB_ACTIVE : ROLE_TAB, label.s) + 1;
        buf_release(&label);
    }
    if (tabs_look(app, now) == TAB_ZOOMED)
        x += canvas_put(c, 1, x + 1, c->w - x - 1, ROLE_INFO, "zoomed") + 2;
    else if (tabs_look(app, now) == TAB_TOO_SMALL)
        x += canvas_put(c, 1, x + 1, c->w - x - 1, ROLE_WARN, "too small for its panes") + 2;
    const struct pane *p = now->panes[now->focus];
    int end = c->w - paint_position(c, pane_view(p), c->w - x - 2);
    if (pane_view(p)->ops->insight && p->at > 0) // the way back, dim
        canvas_printf(c, 1, x + 1, end - x - 1, ROLE_DIM, "Esc: %s", p->stack.v[p->at - 1]->title);
}

void status_paint_top(struct app *app, struct canvas *c)
{
    struct view *v = app_view(app);
    canvas_fill(c, (struct rect) { 0, 0, 2, c->w }, ROLE_TEXT, NULL);
    if (!v) {
        canvas_put(c, 0, 1, c->w, ROLE_TITLE, "kview");
        return;
    }
    paint_identity(c, v);
    paint_tabs(app, c);
}

static const char *key_label(const char *keys)
{
    return str_eq(keys, "Enter") ? "⏎" : keys;
}

static const struct {
    const char *command, *label, *mode; // the first that fits; no mode: any
} short_labels[] = {
    { "open", "roll back", "rollback" }, { "diff", "whole diff", "rollback" }, { "delete-stuck", "delete Pod" },
    { "filter-prompt", "search", "text" }, { "filter-prompt", "search", "logs" }, { "open", "describe its Pod", "forwards" },
    { "copy", "copy URL", "forwards" }, { "open", "the line", "logs" }, { "log-filter-prompt", "show only" }, { "log-follow", "pause" },
    { "log-error-next", "error" }, { "log-level", "level" }, { "log-record", "record" },
    { "log-times", "times" }, { "log-names", "names" },
    { "open", "open" }, { "describe", "describe" }, { "yaml", "yaml" }, { "filter-prompt", "filter" },
    { "owner", "owner" }, { "used-by", "used by" }, { "tree", "tree" }, { "mark", "mark" },
    { "sort-pick", "sort" }, { "wide", "wide" }, { "errors-only", "faults" },
    { "command-prompt", "command" }, { "help", "help" }, { "search-next", "next" },
    { "search-prev", "previous" }, { "fold", "fold" }, { "fold-all", "fold all" },
    { "managed-fields", "managedFields" }, { "reveal", "reveal" }, { "wrap", "wrap" }, { "page-up", "read back", "shell" }, { "page-up", "page up" }, { "page-down", "page down" },
    { "pane-next", "other pane" }, { "pane-zoom", "both" }, { "diff", "diff" }, { "back", "back" }, { "copy", "copy" }, { "save", "save" },
};

struct key_hint {
    char keys[64];
    const char *label;
    int width; // with the gap after it; 0: no key
};

static struct key_hint key_hint(struct app *app, const char *mode, const char *command)
{
    struct key_hint h = { .label = command };
    keymap_keys_of(app->keys, mode, command, h.keys, sizeof(h.keys));
    for (size_t k = 0; k < sizeof(short_labels) / sizeof(*short_labels); k++)
        if (str_eq(short_labels[k].command, command) &&
            (!short_labels[k].mode || str_eq(short_labels[k].mode, mode))) {
            h.label = short_labels[k].label;
            break;
        }
    if (*h.keys)
        h.width = utf8_width(key_label(h.keys)) + 1 + utf8_width(h.label) + 2;
    return h;
}

// Where there is room for it and for `keep` columns more; returns where the next may stand.
static int paint_key(struct app *app, struct canvas *c, int x, int keep, const char *mode, const char *command)
{
    struct key_hint h = key_hint(app, mode, command);
    if (!h.width || x + h.width - 2 + keep > c->w)
        return x;
    x += canvas_put(c, c->h - 1, x, c->w - x, ROLE_ACCENT, key_label(h.keys)) + 1;
    return x + canvas_put(c, c->h - 1, x, c->w - x, ROLE_DIM, h.label) + 2;
}

// The keys of the configuration's own commands that are for this kind.
static int paint_own_keys(const struct app *app, struct canvas *c, int x, int keep, struct view *v)
{
    const struct customs *all = config_customs(app->config);
    struct selection sel;
    if (!all->v.n || !v->ops->selection || !v->ops->selection(v, &sel))
        return x;
    for (size_t i = 0; i < all->v.n; i++) {
        const struct custom *own = &all->v.v[i];
        char key[32];
        if (!own->has_key || own->all || !custom_applies(own, &sel))
            continue;
        key_format(own->key, key, sizeof(key));
        if (x + utf8_width(key) + 1 + utf8_width(own->name) + keep > c->w)
            continue;
        x += canvas_put(c, c->h - 1, x, c->w - x, ROLE_ACCENT, key) + 1;
        x += canvas_put(c, c->h - 1, x, c->w - x, ROLE_DIM, own->name) + 2;
    }
    return x;
}

static void paint_keys(struct app *app, struct canvas *c, struct view *v)
{
    int x = 1, help = 0; // the way to all the others always has room
    for (size_t i = 0; v->ops->keys && v->ops->keys[i]; i++)
        if (str_eq(v->ops->keys[i], "help"))
            help = key_hint(app, v->ops->mode, "help").width;
    enum tab_look look = tabs_look(app, tabs_now(app));
    if (look != TAB_SINGLE)
        x = paint_key(app, c, x, help, v->ops->mode, "pane-next");
    if (look == TAB_ZOOMED)
        x = paint_key(app, c, x, help, v->ops->mode, "pane-zoom");
    struct key prefix;
    if (v->ops->prefix && v->ops->prefix(v, &prefix)) {
        char text[32];
        key_format(prefix, text, sizeof(text));
        x += canvas_put(c, c->h - 1, x, c->w - x, ROLE_ACCENT, text) + 1;
        x += canvas_put(c, c->h - 1, x, c->w - x, ROLE_DIM, "then") + 2;
    }
    x = paint_own_keys(app, c, x, help, v);
    for (size_t i = 0; v->ops->keys && v->ops->keys[i]; i++) {
        help = str_eq(v->ops->keys[i], "help") ? 0 : help;
        if (!view_applies(v, v->ops->keys[i]))
            continue;
        x = paint_key(app, c, x, help, v->ops->mode, v->ops->keys[i]);
    }
}

// What a narrow screen has no room for goes on above, in at most so many lines: the end says what to do next.
static void paint_upwards(struct canvas *c, int y, int most, style_t style, const char *s)
{
    int lines = canvas_put_wrapped(c, c->h, 1, c->w - 2, style, s) - c->h; // outside: measured
    struct rect r = { y, 0, lines < most ? lines : most, c->w };
    r.y -= r.h - 1;
    canvas_fill(c, r, ROLE_TEXT, NULL);
    canvas_clip(c, &r);
    canvas_put_wrapped(c, r.y, 1, c->w - 2, style, s);
    canvas_clip(c, NULL);
}

// Of what is selected: over the view's last lines only where they are empty, and nothing is asked.
static void paint_insight(const struct app *app, struct canvas *c, struct view *v, int y)
{
    struct buf text = BUF_INIT;
    style_t style = ROLE_TEXT;
    v->ops->insight(v, &text, &style);
    int room = 1 + (app->overlay == OVERLAY_NONE ? canvas_blank_above(c, y) : 0);
    bool fits = !text.n || canvas_put_wrapped(c, c->h, 1, c->w - 2, style, text.s) - c->h <= room;
    if (fits && text.n)
        paint_upwards(c, y, room, style, text.s);
    else
        canvas_putn(c, y, 1, c->w - 2, style, text.s, text.n);
    buf_release(&text);
}

void status_paint_bottom(struct app *app, struct canvas *c)
{
    struct view *v = app_view(app);
    int y = c->h - 2;
    canvas_fill(c, (struct rect) { y, 0, 2, c->w }, ROLE_TEXT, NULL);
    if (app->flash[0]) {
        paint_upwards(c, y, c->h / 4, app->flash_style, app->flash);
    } else if (v && v->ops->insight) {
        paint_insight(app, c, v, y);
    }
    if (v)
        paint_keys(app, c, v);
}

void status_context_note(struct app *app, const char *context, char *out, size_t n)
{
    snprintf(out, n, "not connected yet");
    for (size_t i = 0; i < app->ctxs.n; i++) {
        const struct client_info *in = client_info(app->ctxs.v[i]->client);
        if (!str_eq(in->context, context))
            continue;
        if (in->state == CLIENT_READY)
            snprintf(out, n, "%s  %lld ms%s", in->version, (long long)in->latency_ms,
                app->ctxs.v[i]->readonly ? "  read-only" : "");
        else if (in->state == CLIENT_DOWN)
            snprintf(out, n, "%.200s", in->err ? in->err->msg : "down");
        else
            snprintf(out, n, "connecting …");
    }
}
