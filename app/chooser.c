#include "app/chooser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "list/columns.h"

enum { MAX_LABELS = 60, LABEL_ROWS = 500, ON_SCREEN = COL_SCREEN | COL_SCREEN_WIDE };

static void offer(struct chooser *ch, const char *name, bool shown)
{
    struct column_choice c = { xstrdup(name), shown };
    for (size_t i = 0; i < ch->items.n; i++)
        if (str_ieq(ch->items.v[i].name, name)) {
            free(c.name);
            return;
        }
    arr_push(&ch->items, c);
}

static void offer_labels(struct chooser *ch, const struct list *l)
{
    size_t before = ch->items.n;
    for (size_t i = 0; i < l->model.items.n && i < LABEL_ROWS; i++)
        for (const char *p = l->model.items.v[i].e->row->labels; *p;) {
            char *name = xasprintf("%s%s", COLUMNS_LABEL, p);
            if (ch->items.n < before + MAX_LABELS)
                offer(ch, name, false);
            free(name);
            p += strlen(p) + 1;
            p += strlen(p) + 1;
        }
}

// Those that wait for metrics keep their place, also before the first answer has come.
static void fill(struct chooser *ch, const struct list *l)
{
    unsigned usual = l->layout ? 0 : COL_SCREEN | (l->wide ? COL_SCREEN_WIDE : 0);
    char near[64], *copy = xstrdup(l->layout ? l->layout : ""), *save = NULL;
    for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        p = str_trim(p);
        if (l->composite || columns_valid(l->kind, p, near, sizeof(near)))
            offer(ch, p, true);
    }
    free(copy);
    const struct column *first = l->composite ? NULL : l->kind->columns;
    for (const struct column *c = first; c && c->name; c++)
        if (c->flags & usual)
            offer(ch, c->name, true);
    for (const struct column *c = first; c && c->name; c++)
        if (c->flags & ON_SCREEN)
            offer(ch, c->name, false);
    for (size_t i = 0; l->composite && columns_merged[i]; i++)
        offer(ch, columns_merged[i], !l->layout);
    offer_labels(ch, l);
}

void chooser_open(struct chooser *ch, struct list_view *w)
{
    chooser_close(ch);
    ch->view = w->v.id;
    fill(ch, &w->l);
}

void chooser_close(struct chooser *ch)
{
    for (size_t i = 0; i < ch->items.n; i++)
        free(ch->items.v[i].name);
    arr_release(&ch->items);
    ch->selected = ch->top = 0;
}

static void apply_choice(const struct chooser *ch, struct list_view *w)
{
    struct buf layout = BUF_INIT;
    for (size_t i = 0; i < ch->items.n; i++)
        if (ch->items.v[i].shown)
            buf_printf(&layout, "%s%s", layout.n ? "," : "", ch->items.v[i].name);
    w->l.wide = false; // the choice says it all
    list_choose_layout(w, layout.s);
    buf_release(&layout);
}

static void move_item(struct chooser *ch, int delta)
{
    size_t to = ch->selected + (size_t)delta;
    if (to >= ch->items.n) // also below zero
        return;
    struct column_choice c = ch->items.v[ch->selected];
    ch->items.v[ch->selected] = ch->items.v[to];
    ch->items.v[to] = c;
    ch->selected = to;
}

bool chooser_key(struct chooser *ch, struct list_view *w, struct key k)
{
    struct column_choice *at = ch->selected < ch->items.n ? &ch->items.v[ch->selected] : NULL;
    if (k.code == K_ESC || k.code == K_ENTER || k.code == 'q' || !at)
        return false;
    if ((k.code == K_UP || k.code == 'k' || k.code == K_MOUSE_WHEEL_UP) && ch->selected > 0) {
        ch->selected--;
    } else if (k.code == K_DOWN || k.code == 'j' || k.code == K_MOUSE_WHEEL_DOWN) {
        ch->selected += ch->selected + 1 < ch->items.n;
    } else if (k.code == ' ' && !str_eq(at->name, "NAME")) { // without a name a row is nothing
        at->shown = !at->shown;
        apply_choice(ch, w);
    } else if (k.code == K_LEFT || k.code == '<') {
        move_item(ch, -1);
        apply_choice(ch, w);
    } else if (k.code == K_RIGHT || k.code == '>') {
        move_item(ch, 1);
        apply_choice(ch, w);
    } else if (k.code == 'r') {
        list_choose_layout(w, NULL);
        chooser_close(ch);
        fill(ch, &w->l);
    }
    return true;
}

void chooser_paint(struct chooser *ch, struct canvas *c, struct rect screen)
{
    int w = screen.w < 46 ? screen.w : 46, h = (int)ch->items.n + 4;
    if (h > screen.h)
        h = screen.h;
    int rows = h - 4 < 1 ? 1 : h - 4;
    struct rect r = { screen.y, screen.x + screen.w - w, h, w };
    canvas_box(c, r, ROLE_BORDER, "Columns");
    if (ch->selected < ch->top)
        ch->top = ch->selected;
    if (ch->selected >= ch->top + (size_t)rows)
        ch->top = ch->selected - (size_t)rows + 1;
    for (int i = 0; i < rows && ch->top + (size_t)i < ch->items.n; i++) {
        const struct column_choice *it = &ch->items.v[ch->top + (size_t)i];
        bool sel = ch->top + (size_t)i == ch->selected;
        style_t st = (it->shown ? ROLE_TEXT : ROLE_DIM) | (sel ? STYLE_SELECTED : 0);
        if (sel)
            canvas_put(c, r.y + 1 + i, r.x + 1, 1, ROLE_ACCENT, "▌");
        canvas_printf(
            c, r.y + 1 + i, r.x + 3, r.w - 5, st, "[%c] %s", it->shown ? 'x' : ' ', it->name);
    }
    canvas_put(c, r.y + h - 3, r.x + 2, r.w - 4, ROLE_DIM, "Space show or hide   ← → move");
    canvas_put(c, r.y + h - 2, r.x + 2, r.w - 4, ROLE_DIM, "r the usual ones     Enter done");
}
