#include "views/status.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "views/app.h"

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

static void view_state(struct app *app, struct view *v, struct view_status *st)
{
    *st = (struct view_status) { .fresh = FRESH_NONE };
    if (v && v->ops->status)
        v->ops->status(v, st);
    const struct client_info *in = v ? client_info(v->ctx->client) : NULL;
    (void)app;
    if (in && in->state == CLIENT_DOWN && st->fresh != FRESH_STALE && st->fresh != FRESH_FORBIDDEN) {
        st->fresh = FRESH_STALE;
        snprintf(st->text, sizeof(st->text), "%.200s", in->err ? in->err->msg : "not connected");
    }
}

static int put_right_part(struct app *app, struct canvas *c, struct view *v)
{
    const struct client_info *in = client_info(v->ctx->client);
    struct view_status st;
    char latency[32] = "", clock[16];
    time_t now = (time_t)time_now();
    struct tm tm;
    view_state(app, v, &st);
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
    x += canvas_put(c, 0, x, 1, fresh_marks[st.fresh].style, fresh_marks[st.fresh].mark) + 1;
    x += canvas_put(c, 0, x, text, fresh_marks[st.fresh].style, st.text) + 2;
    canvas_put(c, 0, c->w - (int)strlen(clock), (int)strlen(clock), ROLE_DIM, clock);
    return w;
}

static void paint_identity(struct app *app, struct canvas *c, struct view *v)
{
    const struct ctx *cx = v->ctx;
    const struct client_info *in = client_info(cx->client);
    style_t band = (style_t)(ROLE_BAND_0 + cx->band);
    int end = c->w - put_right_part(app, c, v) - 2, x = 0;
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
    if (in->insecure && x < end)
        x += canvas_put(c, 0, x, end - x, ROLE_DANGER, " TLS NOT VERIFIED ") + 1;
    if (in->impersonating && x < end)
        canvas_printf(c, 0, x, end - x, ROLE_WARN, "as %s", cx->target.user->act_as);
}

static void paint_tabs(struct app *app, struct canvas *c)
{
    int x = 0;
    for (size_t i = 0; i < app->tabs.n && x < c->w; i++) {
        struct tab *t = app->tabs.v[i];
        struct view *v = t->stack.n ? t->stack.v[t->at] : NULL;
        style_t st = i == app->tab ? ROLE_TAB_ACTIVE : ROLE_TAB;
        char label[320], filter[120] = "";
        if (!v)
            continue;
        if (v->filter_text)
            snprintf(filter, sizeof(filter), " /%.100s", v->filter_text);
        snprintf(label, sizeof(label), " %.100s%s ", v->title, filter);
        x += canvas_put(c, 1, x, c->w - x, st, label) + 1;
    }
    struct view *v = app_view(app);
    if (v && v->ops->insight && app->tabs.v[app->tab]->at > 0) { // the way back, dim
        struct tab *t = app->tabs.v[app->tab];
        struct view *before = t->stack.v[t->at - 1];
        canvas_printf(c, 1, x + 1, c->w - x - 1, ROLE_DIM, "Esc: %s", before->title);
    }
}

void status_paint_top(struct app *app, struct canvas *c)
{
    struct view *v = app_view(app);
    canvas_fill(c, (struct rect) { 0, 0, 2, c->w }, ROLE_TEXT, NULL);
    if (!v) {
        canvas_put(c, 0, 1, c->w, ROLE_TITLE, "kview");
        return;
    }
    paint_identity(app, c, v);
    paint_tabs(app, c);
}

static const char *key_label(const char *keys)
{
    return str_eq(keys, "Enter") ? "⏎" : keys;
}

static const struct {
    const char *command, *label;
} short_labels[] = {
    { "open", "open" }, { "describe", "describe" }, { "yaml", "yaml" }, { "filter-prompt", "filter" },
    { "owner", "owner" }, { "used-by", "used by" }, { "tree", "tree" }, { "mark", "mark" },
    { "sort-pick", "sort" }, { "wide", "wide" }, { "errors-only", "faults" },
    { "command-prompt", "command" }, { "help", "help" }, { "search-next", "next" },
    { "search-prev", "previous" }, { "fold", "fold" }, { "fold-all", "fold all" },
    { "managed-fields", "managedFields" }, { "reveal", "reveal" }, { "wrap", "wrap" },
    { "diff", "diff" }, { "back", "back" }, { "copy", "copy" }, { "save", "save" },
};

static void paint_keys(struct app *app, struct canvas *c, struct view *v)
{
    int x = 1, y = c->h - 1;
    for (size_t i = 0; v->ops->keys && v->ops->keys[i]; i++) {
        char keys[64];
        const char *label = v->ops->keys[i];
        keymap_keys_of(app->keys, v->ops->mode, label, keys, sizeof(keys));
        for (size_t k = 0; k < sizeof(short_labels) / sizeof(*short_labels); k++)
            if (str_eq(short_labels[k].command, label))
                label = short_labels[k].label;
        int need = utf8_width(key_label(keys)) + 1 + utf8_width(label);
        if (!*keys || x + need > c->w)
            continue;
        x += canvas_put(c, y, x, c->w - x, ROLE_ACCENT, key_label(keys)) + 1;
        x += canvas_put(c, y, x, c->w - x, ROLE_DIM, label) + 2;
    }
}

void status_paint_bottom(struct app *app, struct canvas *c)
{
    struct view *v = app_view(app);
    int y = c->h - 2;
    canvas_fill(c, (struct rect) { y, 0, 2, c->w }, ROLE_TEXT, NULL);
    if (app->flash[0]) {
        canvas_put(c, y, 1, c->w - 2, app->flash_style, app->flash);
    } else if (v && v->ops->insight) {
        struct buf text = BUF_INIT;
        style_t style = ROLE_TEXT;
        v->ops->insight(v, &text, &style);
        canvas_putn(c, y, 1, c->w - 2, style, text.s, text.n);
        buf_release(&text);
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
