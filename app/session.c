#include "app/session.h"

#include <stdlib.h>

#include "app/app.h"
#include "app/open.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"

enum { MAX_TABS = 20 };

// A tab is a view's text, or when it is split {"panes": [text, text], "below": b, "share": n, "focus": n}.
static json_t *pane_to_json(const struct pane *p)
{
    char *text = open_text(pane_view(p));
    json_t *out = json_string(text);
    free(text);
    return out;
}

static json_t *tab_to_json(const struct tab *t)
{
    if (!t->panes[1])
        return pane_to_json(t->panes[0]);
    return json_pack("{s:[o,o], s:b, s:i, s:i}", "panes", pane_to_json(t->panes[0]),
        pane_to_json(t->panes[1]), "below", t->split.below, "share", t->split.share, "focus", (int)t->focus);
}

void session_remember(struct app *app)
{
    const struct tab *first = app->tabs.n ? app->tabs.v[0] : NULL;
    if (!app->state || !first)
        return;
    if (app->tabs.n == 1 && !first->panes[1] && first->panes[0]->stack.n <= 1)
        return; // a look in: what was kept is worth more
    json_t *all = json_array();
    for (size_t i = 0; i < app->tabs.n && i < MAX_TABS; i++)
        if (tab_view(app->tabs.v[i]))
            json_array_append_new(all, tab_to_json(app->tabs.v[i]));
    state_list_take(app->state, "session", all);
}

static bool open_pane(struct app *app, struct pane **out, const char *text, struct err *err)
{
    struct err why = { 0 };
    *out = pane_new();
    if (app_open_into(app, *out, text, &why))
        return true;
    if (!err_is(err))
        *err = why;
    pane_free(*out);
    *out = NULL;
    return false;
}

// The place of what is not there is taken by what is.
static void open_tab(struct app *app, const json_t *kept, struct err *err)
{
    const json_t *panes = json_object_get(kept, "panes");
    struct pane *p[2] = { NULL, NULL };
    if (json_is_string(kept))
        open_pane(app, &p[0], json_string_value(kept), err);
    for (size_t i = 0; i < 2 && json_is_array(panes); i++)
        open_pane(app, &p[i], str_or(json_string_value(json_array_get(panes, i)), "pods"), err);
    if (!p[0] && !p[1])
        return;
    tabs_add(app, p[0] ? p[0] : p[1]);
    if (!p[0] || !p[1])
        return;
    tabs_split(app, p[1], json_is_true(json_object_get(kept, "below")));
    struct tab *t = tabs_now(app);
    json_int_t share = json_integer_value(json_object_get(kept, "share"));
    t->split.share = share > 0 && share < 1000 ? (int)share : LAYOUT_HALF;
    tabs_focus(app, json_integer_value(json_object_get(kept, "focus")) ? 1 : 0);
}

// One view and nothing that would end with it: what kview began with.
static bool only_a_look(const struct app *app)
{
    struct buf stakes = BUF_INIT;
    if (app->tabs.n == 1)
        tab_stakes(app->tabs.v[0], &stakes);
    bool none = stakes.n == 0;
    buf_release(&stakes);
    return none && app->tabs.n == 1 && !app->tabs.v[0]->panes[1];
}

bool session_open(struct app *app, struct err *err)
{
    size_t n = state_list_count(app->state, "session"), before = app->tabs.n;
    bool replace = only_a_look(app);
    struct err failed = { 0 };
    if (!n)
        return err_set(err, "there is no last session to restore");
    for (size_t i = 0; i < n; i++)
        open_tab(app, state_list_json(app->state, "session", i), &failed);
    if (replace && app->tabs.n > before) {
        size_t last = app->tab;
        tabs_go(app, 0);
        tabs_close(app);
        tabs_go(app, last - 1);
    }
    *err = failed;
    return !err_is(&failed);
}

void session_offer(struct app *app)
{
    size_t tabs = state_list_count(app->state, "session");
    char *now = open_text(app_view(app)), keys[64];
    keymap_keys_of(app->keys, "global", "restore", keys, sizeof(keys));
    if (tabs && (tabs > 1 || !str_eq(now, state_list_at(app->state, "session", 0))))
        app_flash(app, ROLE_INFO, "%s restores the last session: %zu %s", str_or(keys, ":restore"), tabs,
            tabs == 1 ? "tab" : "tabs");
    free(now);
}
