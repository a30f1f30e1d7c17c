#include "ui/tree.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

struct tree_ids {
    char *id;
    UT_hash_handle hh;
};

void tree_init(struct tree *t)
{
    memset(t, 0, sizeof(*t));
    t->page = 1;
}

static void clear_nodes(struct tree *t)
{
    for (size_t i = 0; i < t->nodes.n; i++) {
        free(t->nodes.v[i].id);
        free(t->nodes.v[i].label);
        free(t->nodes.v[i].note);
    }
    t->nodes.n = 0;
}

void tree_untoggle_all(struct tree *t)
{
    struct tree_ids *c, *tmp;
    HASH_ITER(hh, t->toggled, c, tmp)
    {
        HASH_DEL(t->toggled, c);
        free(c->id);
        free(c);
    }
}

void tree_release(struct tree *t)
{
    clear_nodes(t);
    tree_untoggle_all(t);
    arr_release(&t->nodes);
    arr_release(&t->shown);
    free(t->cursor_id);
}

void tree_begin(struct tree *t)
{
    const struct tree_node *n = tree_current(t);
    if (n) {
        free(t->cursor_id);
        t->cursor_id = xstrdup(n->id);
    }
    clear_nodes(t);
}

struct tree_node *tree_add(struct tree *t, int depth, const char *id, const char *label)
{
    struct tree_node n = { .id = xstrdup(id), .label = xstrdup(label), .depth = depth, .leaf = true };
    if (t->nodes.n && t->nodes.v[t->nodes.n - 1].depth < depth)
        t->nodes.v[t->nodes.n - 1].leaf = false;
    arr_push(&t->nodes, n);
    return &t->nodes.v[t->nodes.n - 1];
}

static struct tree_ids *find_toggled(const struct tree *t, const char *id)
{
    struct tree_ids *c;
    HASH_FIND_STR(t->toggled, id, c);
    return c;
}

bool tree_is_toggled(const struct tree *t, const char *id)
{
    return find_toggled(t, id) != NULL;
}

static bool is_closed(const struct tree *t, const struct tree_node *n)
{
    return (find_toggled(t, n->id) != NULL) != n->starts_closed;
}

static void reshow(struct tree *t)
{
    int hide_below = -1;
    t->shown.n = 0;
    for (size_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *n = &t->nodes.v[i];
        if (hide_below >= 0 && n->depth > hide_below)
            continue;
        hide_below = is_closed(t, n) ? n->depth : -1;
        arr_push(&t->shown, i);
    }
    if (t->cursor >= t->shown.n)
        t->cursor = t->shown.n ? t->shown.n - 1 : 0;
}

void tree_end(struct tree *t)
{
    reshow(t);
    for (size_t i = 0; t->cursor_id && i < t->shown.n; i++)
        if (str_eq(t->nodes.v[t->shown.v[i]].id, t->cursor_id))
            t->cursor = i;
}

static void toggle(struct tree *t, const struct tree_node *n)
{
    struct tree_ids *c = find_toggled(t, n->id);
    if (c) {
        HASH_DEL(t->toggled, c);
        free(c->id);
        free(c);
        return;
    }
    c = xcalloc(1, sizeof(*c));
    c->id = xstrdup(n->id);
    HASH_ADD_KEYPTR(hh, t->toggled, c->id, strlen(c->id), c);
}

void tree_toggle(struct tree *t)
{
    const struct tree_node *n = tree_current(t);
    if (!n || n->leaf)
        return;
    toggle(t, n);
    reshow(t);
}

void tree_fold_all(struct tree *t, bool closed)
{
    for (size_t i = 0; i < t->nodes.n; i++)
        if (!t->nodes.v[i].leaf && t->nodes.v[i].depth > 0 && is_closed(t, &t->nodes.v[i]) != closed)
            toggle(t, &t->nodes.v[i]);
    reshow(t);
}

void tree_move(struct tree *t, long delta)
{
    long at = (long)t->cursor + delta, n = (long)t->shown.n;
    t->cursor = at < 0 || n == 0 ? 0 : at >= n ? (size_t)(n - 1) : (size_t)at;
}

bool tree_command(struct tree *t, const char *name)
{
    static const struct {
        const char *name;
        int rows, pages;
    } moves[] = { { "up", -1, 0 }, { "down", 1, 0 }, { "page-up", 0, -1 }, { "page-down", 0, 1 },
        { "top", -100000000, 0 }, { "bottom", 100000000, 0 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, name)) {
            tree_move(t, moves[i].rows + moves[i].pages * (long)t->page);
            return true;
        }
    if (str_eq(name, "fold"))
        tree_toggle(t);
    else if (str_eq(name, "fold-all"))
        tree_fold_all(t, t->folded = !t->folded);
    else
        return false;
    return true;
}

const struct tree_node *tree_current(const struct tree *t)
{
    return t->cursor < t->shown.n ? &t->nodes.v[t->shown.v[t->cursor]] : NULL;
}

static int note_column(const struct tree *t, size_t end)
{
    int widest = 24;
    for (size_t i = t->top; i < end; i++) {
        const struct tree_node *n = &t->nodes.v[t->shown.v[i]];
        int w = n->depth * 2 + 4 + utf8_width(n->label);
        widest = w > widest ? w : widest;
    }
    return widest;
}

void tree_paint(struct tree *t, struct canvas *c, struct rect r, bool focused)
{
    size_t page = (size_t)(r.h > 0 ? r.h : 1);
    canvas_fill(c, r, ROLE_TEXT, NULL);
    t->page = r.h;
    if (t->cursor < t->top)
        t->top = t->cursor;
    if (t->cursor >= t->top + page)
        t->top = t->cursor - page + 1;
    size_t end = t->top + page < t->shown.n ? t->top + page : t->shown.n;
    int note_x = note_column(t, end) + 2;
    for (size_t i = t->top; i < end; i++) {
        const struct tree_node *n = &t->nodes.v[t->shown.v[i]];
        int y = r.y + (int)(i - t->top), x = r.x + 2 + n->depth * 2;
        bool cur = i == t->cursor;
        if (cur)
            canvas_put(c, y, r.x, 1, focused ? ROLE_INFO : ROLE_DIM, "▌");
        canvas_put(c, y, x, 1, ROLE_DIM, n->leaf ? "·" : is_closed(t, n) ? "▸" : "▾");
        canvas_put(c, y, x + 2, r.x + r.w - x - 2, n->style | (cur && focused ? STYLE_SELECTED : 0), n->label);
        if (n->note && r.x + note_x < r.x + r.w)
            canvas_put(c, y, r.x + note_x, r.w - note_x, n->style, n->note);
    }
}

void tree_plain(const struct tree *t, struct buf *out)
{
    int widest = 0;
    for (size_t i = 0; i < t->nodes.n; i++) {
        int w = t->nodes.v[i].depth * 2 + utf8_width(t->nodes.v[i].label);
        widest = w > widest ? w : widest;
    }
    for (size_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *n = &t->nodes.v[i];
        int pad = n->note && *n->note ? widest - n->depth * 2 - utf8_width(n->label) + 2 : 0;
        buf_printf(out, "%*s%s%*s%s\n", n->depth * 2, "", n->label, pad, "", n->note && *n->note ? n->note : "");
    }
}
