#include "app/session.h"

#include <stdlib.h>

#include "app/app.h"
#include "app/open.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"

enum { MAX_TABS = 20 };

// A tab is a view's text, or when it is split {"panes": [text …], "splits": [{"of": n, "below": b, "share": n} …],
// "focus": n}; the first pane has no split.
static json_t *pane_to_json(const struct pane *p)
{
    char *text = open_text(pane_view(p));
    json_t *out = json_string(text);
    free(text);
    return out;
}

static json_t *tab_to_json(const struct tab *t)
{
    if (t->layout.n == 1)
        return pane_to_json(t->panes[0]);
    json_t *panes = json_array(), *splits = json_array();
    for (size_t i = 0; i < t->layout.n; i++) {
        const struct split *s = &t->layout.splits[i];
        json_array_append_new(panes, pane_to_json(t->panes[i]));
        if (i)
            json_array_append_new(splits, json_pack("{s:i, s:b, s:i}", "of", (int)s->of, "below", s->below, "share", s->share));
    }
    return json_pack("{s:o, s:o, s:i}", "panes", panes, "splits", splits, "focus", (int)t->focus);
}

void session_remember(struct app *app)
{
    const struct tab *first = app->tabs.n ? app->tabs.v[0] : NULL;
    if (!app->state || !first)
        return;
    if (app->tabs.n == 1 && first->layout.n == 1 && first->panes[0]->stack.n <= 1)
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

static int kept_int(const json_t *o, const char *key, int least, int most, int otherwise)
{
    json_int_t n = json_integer_value(json_object_get(o, key));
    return json_is_integer(json_object_get(o, key)) && n >= least && n <= most ? (int)n : otherwise;
}

// The place of what is not there is taken by what is.
static void open_tab(struct app *app, const json_t *kept, struct err *err)
{
    const json_t *panes = json_object_get(kept, "panes"), *splits = json_object_get(kept, "splits");
    size_t n = json_is_array(panes) ? json_array_size(panes) : 1;
    struct pane *p[LAYOUT_MAX];
    struct tab *t = NULL;
    n = n > LAYOUT_MAX ? LAYOUT_MAX : n;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_is_array(panes) ? json_array_get(panes, i) : kept);
        open_pane(app, &p[i], str_or(text, "pods"), err);
    }
    size_t at[LAYOUT_MAX] = { 0 }; // where each is now, or what it came from
    for (size_t i = 0; i < n; i++) {
        const json_t *s = i ? json_array_get(splits, i - 1) : NULL;
        at[i] = at[kept_int(s, "of", 0, i ? (int)i - 1 : 0, 0)];
        if (!p[i])
            continue;
        if (!t) {
            tabs_add(app, p[i]);
            t = tabs_now(app);
            continue;
        }
        tabs_focus(app, at[i]);
        tabs_split(app, p[i], json_is_true(json_object_get(s, "below")));
        at[i] = t->focus;
        t->layout.splits[t->focus].share = kept_int(s, "share", 1, 999, LAYOUT_HALF);
    }
    if (t)
        tabs_focus(app, at[kept_int(kept, "focus", 0, (int)n - 1, 0)]);
}

// One view and nothing that would end with it: what kview began with.
static bool only_a_look(const struct app *app)
{
    struct buf stakes = BUF_INIT;
    if (app->tabs.n == 1)
        tab_stakes(app->tabs.v[0], &stakes);
    bool none = stakes.n == 0;
    buf_release(&stakes);
    return none && app->tabs.n == 1 && app->tabs.v[0]->layout.n == 1;
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
