#include "app/tabs.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/mem.h"
#include "base/str.h"

enum { STACK_MAX = 30 };

// ---- panes

struct pane *pane_new(void)
{
    return xcalloc(1, sizeof(struct pane));
}

void pane_free(struct pane *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->stack.n; i++)
        p->stack.v[i]->ops->free(p->stack.v[i]);
    arr_release(&p->stack);
    free(p->waiting);
    free(p);
}

struct view *pane_view(const struct pane *p)
{
    return p && p->stack.n ? p->stack.v[p->at] : NULL;
}

static void view_stakes(struct view *v, struct buf *out)
{
    size_t before = out->n;
    if (v->ops->at_stake)
        v->ops->at_stake(v, out);
    if (out->n > before && out->s[out->n - 1] != '\n')
        buf_putc(out, '\n');
}

void pane_stakes(const struct pane *p, struct buf *out)
{
    for (size_t i = 0; p && i < p->stack.n; i++)
        view_stakes(p->stack.v[i], out);
}

static bool is_at_stake(struct view *v)
{
    struct buf what = BUF_INIT;
    view_stakes(v, &what);
    bool any = what.n > 0;
    buf_release(&what);
    return any;
}

// What lies ahead is forgotten when one goes another way; but nothing ends by that: such a view stays, before
// the one shown, where the way back leads.
static void drop_forward(struct pane *p)
{
    while (p->stack.n > p->at + 1) {
        struct view *v = p->stack.v[p->at + 1];
        arr_remove(&p->stack, p->at + 1);
        if (is_at_stake(v)) {
            arr_insert(&p->stack, p->at, v);
            p->at++;
        } else {
            v->ops->free(v);
        }
    }
}

static void drop_oldest(struct pane *p)
{
    for (size_t i = 0; i < p->at; i++) {
        struct view *v = p->stack.v[i];
        if (is_at_stake(v))
            continue;
        arr_remove(&p->stack, i);
        p->at--;
        v->ops->free(v);
        return;
    }
}

void tabs_forget_way(struct pane *p)
{
    for (size_t i = p->stack.n; i-- > 0;) {
        struct view *v = p->stack.v[i];
        if (i == p->at || is_at_stake(v))
            continue;
        arr_remove(&p->stack, i);
        p->at -= p->at > i;
        v->ops->free(v);
    }
}

// ---- tabs

static void end_peek(struct tab *t)
{
    free(t->peek.what);
    free(t->peek.of);
    memset(&t->peek, 0, sizeof(t->peek));
}

struct view *tab_view(const struct tab *t)
{
    return t ? pane_view(t->panes[t->focus]) : NULL;
}

void tab_free(struct tab *t)
{
    for (size_t i = 0; i < t->layout.n; i++)
        pane_free(t->panes[i]);
    end_peek(t);
    free(t);
}

void tab_stakes(const struct tab *t, struct buf *out)
{
    for (size_t i = 0; i < t->layout.n; i++)
        pane_stakes(t->panes[i], out);
}

struct tab *tabs_now(const struct app *app)
{
    return app->tab < app->tabs.n ? app->tabs.v[app->tab] : NULL;
}

struct pane *tabs_target(struct app *app)
{
    struct tab *t = tabs_now(app);
    if (app->into)
        return app->into;
    if (!t) {
        tabs_add(app, pane_new());
        t = tabs_now(app);
    }
    return t->panes[t->focus];
}

struct rect tabs_area(const struct app *app)
{
    const struct canvas *c = app->canvas;
    if (!c) // the first view is opened before there is a screen
        return (struct rect) { 2, 0, 1000, 1000 };
    return (struct rect) { 2, 0, c->h - 4 > 1 ? c->h - 4 : 1, c->w };
}

enum tab_look tabs_look(const struct app *app, const struct tab *t)
{
    struct rect out[LAYOUT_MAX];
    if (t->layout.n < 2)
        return TAB_SINGLE;
    if (t->zoomed)
        return TAB_ZOOMED;
    return layout_place(&t->layout, tabs_area(app), out, NULL) ? TAB_SPLIT : TAB_TOO_SMALL;
}

static struct place place_of(const struct tab *t, size_t i, struct rect r)
{
    struct place at = { t->panes[i], r, r, i == t->focus };
    at.body.y++;
    at.body.h--;
    return at;
}

size_t tabs_places(const struct app *app, struct place out[LAYOUT_MAX])
{
    const struct tab *t = tabs_now(app);
    struct rect area = tabs_area(app), each[LAYOUT_MAX];
    size_t n = 0;
    if (!t)
        return 0;
    if (tabs_look(app, t) != TAB_SPLIT) {
        out[0] = (struct place) { t->panes[t->focus], area, area, true };
        return 1;
    }
    layout_place(&t->layout, area, each, NULL);
    for (size_t i = 0; i < t->layout.n; i++)
        if (i != t->focus)
            out[n++] = place_of(t, i, each[i]);
    out[n++] = place_of(t, t->focus, each[t->focus]);
    return n;
}

bool tabs_place_at(const struct app *app, int y, int x, struct place *out)
{
    struct place at[LAYOUT_MAX];
    for (size_t i = tabs_places(app, at); i-- > 0;) {
        struct rect r = at[i].whole;
        if (y >= r.y && y < r.y + r.h && x >= r.x && x < r.x + r.w) {
            *out = at[i];
            return true;
        }
    }
    return false;
}

// ---- who is on the screen

static bool is_shown(const struct app *app, size_t tab, size_t pane, size_t i)
{
    const struct tab *t = app->tabs.v[tab];
    return tab == app->tab && i == t->panes[pane]->at &&
           (pane == t->focus || tabs_look(app, t) == TAB_SPLIT);
}

static void tell(const struct app *app, bool shown)
{
    for (size_t tab = 0; tab < app->tabs.n; tab++)
        for (size_t pane = 0; pane < app->tabs.v[tab]->layout.n; pane++) {
            struct pane *p = app->tabs.v[tab]->panes[pane];
            for (size_t i = 0; i < p->stack.n; i++) {
                struct view *v = p->stack.v[i];
                if (v->on_screen == shown || is_shown(app, tab, pane, i) != shown)
                    continue;
                v->on_screen = shown;
                if (v->ops->show)
                    v->ops->show(v, shown);
            }
        }
}

void tabs_sync(struct app *app)
{
    struct view *v = tab_view(tabs_now(app));
    tell(app, false); // what the next one watches too stays warm
    tell(app, true);
    if (v && v->ctx && !str_eq(v->home_ns, v->ctx->ns)) { // each pane and view keeps its namespace
        free(v->ctx->ns);
        v->ctx->ns = xstrdup(v->home_ns);
    }
    app_dirty(app);
}

// ---- changes

void tabs_push(struct app *app, struct pane *p, struct view *v)
{
    v->host = &app->host;
    v->id = ++app->next_view_id;
    v->home_ns = v->ctx ? xstrdup(v->ctx->ns) : NULL;
    if (p->stack.n)
        drop_forward(p);
    if (p->stack.n >= STACK_MAX)
        drop_oldest(p);
    arr_push(&p->stack, v);
    p->at = p->stack.n - 1;
    tabs_sync(app);
}

void tabs_step_view(struct app *app, int delta)
{
    struct tab *t = tabs_now(app);
    struct pane *p = t ? t->panes[t->focus] : NULL;
    if (!p || (delta < 0 && p->at == 0) || (delta > 0 && p->at + 1 >= p->stack.n))
        return;
    p->at += (size_t)delta;
    tabs_sync(app);
}

void tabs_add(struct app *app, struct pane *p)
{
    struct tab *t = xcalloc(1, sizeof(*t));
    size_t at = app->tab + (app->tabs.n > 0);
    t->panes[0] = p;
    t->layout.n = 1;
    arr_insert(&app->tabs, at, t);
    tabs_go(app, at);
}

void tabs_go(struct app *app, size_t tab)
{
    app->tab = tab;
    tabs_sync(app);
}

void tabs_close(struct app *app)
{
    struct tab *t = tabs_now(app);
    size_t closing = app->tab;
    if (app->tabs.n < 2)
        return;
    tabs_go(app, (closing + 1) % app->tabs.n);
    arr_remove(&app->tabs, closing);
    app->tab -= app->tab > closing;
    tab_free(t);
}

bool tabs_room(const struct app *app, bool below, struct err *err)
{
    const struct tab *t = tabs_now(app);
    struct rect each[LAYOUT_MAX];
    if (t->layout.n == LAYOUT_MAX)
        return err_set(err, "this tab has %d panes already, and no room for more", LAYOUT_MAX);
    layout_place(&t->layout, tabs_area(app), each, NULL);
    if (layout_fits(each[t->focus], below))
        return true;
    return err_set(err, "there is no room for two panes %s", below ? "one above the other" : "side by side");
}

void tabs_split(struct app *app, struct pane *p, bool below)
{
    struct tab *t = tabs_now(app);
    t->panes[t->layout.n] = p;
    t->layout.splits[t->layout.n] = (struct split) { t->focus, below, LAYOUT_HALF };
    t->layout.n++;
    t->zoomed = false;
    tabs_focus(app, t->layout.n - 1);
}

void tabs_focus(struct app *app, size_t pane)
{
    tabs_now(app)->focus = pane;
    tabs_sync(app);
}

void tabs_focus_pane(struct app *app, const struct pane *p)
{
    struct tab *t = tabs_now(app);
    for (size_t i = 0; i < t->layout.n; i++)
        if (t->panes[i] == p)
            tabs_focus(app, i);
}

static bool reads_before(struct rect a, struct rect b)
{
    return a.y != b.y ? a.y < b.y : a.x < b.x;
}

size_t tabs_next_pane(const struct app *app)
{
    const struct tab *t = tabs_now(app);
    struct rect each[LAYOUT_MAX];
    size_t first = 0, next = t->focus;
    layout_place(&t->layout, tabs_area(app), each, NULL);
    for (size_t i = 0; i < t->layout.n; i++) {
        first = reads_before(each[i], each[first]) ? i : first;
        if (reads_before(each[t->focus], each[i]) && (next == t->focus || reads_before(each[i], each[next])))
            next = i;
    }
    return next == t->focus ? first : next;
}

struct split *tabs_border(struct app *app, struct rect *area)
{
    struct tab *t = tabs_now(app);
    struct rect each[LAYOUT_MAX], both[LAYOUT_MAX];
    size_t border = layout_border(&t->layout, t->focus);
    layout_place(&t->layout, tabs_area(app), each, both);
    *area = both[border];
    return &t->layout.splits[border];
}

struct pane *tabs_take_pane(struct app *app)
{
    struct tab *t = tabs_now(app);
    struct pane *p = t->panes[t->focus];
    for (size_t i = 0; i < p->stack.n; i++) // it is nowhere now
        if (p->stack.v[i]->on_screen) {
            p->stack.v[i]->on_screen = false;
            if (p->stack.v[i]->ops->show)
                p->stack.v[i]->ops->show(p->stack.v[i], false);
        }
    size_t at = t->focus, gone = layout_remove(&t->layout, at, &t->focus);
    t->panes[at] = t->panes[gone];
    for (size_t i = gone; i < t->layout.n; i++)
        t->panes[i] = t->panes[i + 1];
    t->zoomed = false;
    if (t->layout.n == 1 || p == t->peek.pane)
        end_peek(t); // one pane has no other to follow
    tabs_sync(app);
    return p;
}

void tabs_free_all(struct app *app)
{
    for (size_t i = 0; i < app->tabs.n; i++)
        tab_free(app->tabs.v[i]);
    arr_release(&app->tabs);
}
