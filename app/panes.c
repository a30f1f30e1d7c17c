#include "app/panes.h"

#include "app/app.h"
#include "app/status.h"
#include "base/str.h"
#include "base/utf8.h"

// "Pods shop /api @staging": a namespace where it has one, the context where the panes have several.
static void put_label(struct view *v, bool several, struct buf *out)
{
    buf_printf(out, " %.200s", v->title);
    if (v->ns)
        buf_printf(out, " %.200s", str_or(v->ns, "all"));
    status_put_extent(v, true, out);
    if (several)
        buf_printf(out, " @%s", v->ctx->target.context->name);
    buf_putc(out, ' ');
}

static void paint_title(const struct app *app, struct canvas *c, const struct place *at, bool several)
{
    struct rect line = { at->whole.y, at->whole.x, 1, at->whole.w };
    struct view *v = pane_view(at->pane);
    struct view_status st;
    struct buf label = BUF_INIT;
    const struct tab *t = tabs_now(app);
    // Not into the last column: libvterm 0.1.4 wraps a line that comes as a repeated "=" (REP)
    struct rect rule = { line.y, line.x, 1, line.w - 1 };
    canvas_fill(c, line, ROLE_TEXT, NULL);
    canvas_fill(c, rule, at->focused ? ROLE_ACCENT : ROLE_BORDER, at->focused ? "━" : "─");
    if (t->peek.pane == at->pane)
        buf_puts(&label, " peek:");
    put_label(v, several, &label);
    int used = canvas_put(c, line.y, line.x, line.w, at->focused ? ROLE_TAB_ACTIVE : ROLE_TAB, label.s);
    buf_release(&label);
    status_of_view(v, &st);
    int need = utf8_width(st.text) + 4, room = line.w - used - 2;
    if (st.fresh == FRESH_LIVE || st.fresh == FRESH_NONE || room < 3)
        return;
    need = need > room ? room : need; // at least the mark
    int x = line.x + line.w - need;
    canvas_fill(c, (struct rect) { line.y, x, 1, need }, ROLE_TEXT, NULL);
    status_put_mark(c, line.y, x + 1, need - 2, &st);
}

static bool several_contexts(const struct place *at, size_t n)
{
    const struct view *first = pane_view(at[0].pane);
    for (size_t i = 1; i < n; i++) {
        const struct view *v = pane_view(at[i].pane);
        if (v && first && v->ctx != first->ctx)
            return true;
    }
    return false;
}

void panes_paint(struct app *app, struct canvas *c)
{
    struct place at[LAYOUT_MAX];
    size_t n = tabs_places(app, at);
    canvas_clip(c, NULL);
    if (n == 0)
        canvas_fill(c, tabs_area(app), ROLE_TEXT, NULL);
    bool several = n > 1 && several_contexts(at, n);
    for (size_t i = 0; i < n; i++) { // the one in focus last: the cursor is its own
        struct view *v = pane_view(at[i].pane);
        const struct rect *r = &at[i].whole;
        c->cursor_y = c->cursor_x = -1;
        canvas_clip(c, r);
        if (v)
            v->ops->paint(v, c, at[i].body, at[i].focused && app->overlay == OVERLAY_NONE);
        if (v && n > 1)
            paint_title(app, c, &at[i], several);
        canvas_clip(c, NULL);
        if (r->x > 0) // beside another
            canvas_fill(c, (struct rect) { r->y, r->x - 1, r->h, 1 }, ROLE_BORDER, "│");
    }
}
