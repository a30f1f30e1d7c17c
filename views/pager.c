#include "views/pager.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/host.h"

void pager_init(struct pager *p, struct host *host)
{
    p->v.host = host;
    text_init(&p->text);
}

void pager_release(struct pager *p)
{
    text_release(&p->text);
}

static bool pager_search(struct pager *p, const char *pattern, struct err *err)
{
    if (!text_search(&p->text, pattern, err))
        return true;
    free(p->v.filter_text);
    p->v.filter_text = *pattern ? xstrdup(pattern) : NULL;
    if (*pattern && !text_search_next(&p->text, 0))
        err_set(err, "not found");
    return true;
}

static bool pager_move(struct pager *p, const char *name)
{
    static const struct {
        const char *name;
        int rows, pages, cols;
    } moves[] = { { "up", -1, 0, 0 }, { "down", 1, 0, 0 }, { "page-up", 0, -1, 0 },
        { "page-down", 0, 1, 0 }, { "left", 0, 0, -8 }, { "right", 0, 0, 8 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, name)) {
            text_move(&p->text, moves[i].rows);
            if (moves[i].pages)
                text_page(&p->text, moves[i].pages);
            text_scroll_cols(&p->text, moves[i].cols);
            return true;
        }
    if (str_eq(name, "top") || str_eq(name, "bottom")) {
        text_goto(&p->text, name[0] == 't' ? 0 : SIZE_MAX);
        return true;
    }
    return false;
}

static bool pager_open(struct pager *p, struct err *err)
{
    if (p->text.cursor < p->text.lines.n && p->text.lines.v[p->text.cursor].link)
        host_open(p->v.host, p->text.lines.v[p->text.cursor].link, err);
    return true;
}

bool pager_command(struct pager *p, const struct call *call, struct err *err)
{
    const char *n = call->name;
    if (str_eq(n, "filter"))
        return pager_search(p, call->args, err);
    if (str_eq(n, "search-next") || str_eq(n, "search-prev")) {
        if (!text_search_next(&p->text, str_eq(n, "search-next") ? 1 : -1))
            err_set(err, p->text.search ? "not found" : "nothing is searched for: / begins");
    } else if (str_eq(n, "fold")) {
        text_fold(&p->text, p->text.cursor);
    } else if (str_eq(n, "fold-all")) {
        p->folded = !p->folded;
        text_fold_all(&p->text, p->folded ? 1 : -1);
    } else if (str_eq(n, "wrap")) {
        p->text.wrap = !p->text.wrap;
    } else if (str_eq(n, "open")) {
        return pager_open(p, err);
    } else if (str_eq(n, "copy")) {
        struct buf out = BUF_INIT;
        text_plain(&p->text, &out);
        host_copy(p->v.host, out.s, out.n);
        host_flash(p->v.host, ROLE_OK, "copied %zu line%s", p->text.lines.n, p->text.lines.n == 1 ? "" : "s");
        buf_release(&out);
    } else {
        return pager_move(p, n);
    }
    view_dirty(&p->v);
    return true;
}

bool pager_applies(struct view *v, const char *command)
{
    const struct text *t = &((struct pager *)v)->text;
    if (str_starts(command, "search-"))
        return t->search != NULL;
    return !str_starts(command, "fold") || text_foldable(t);
}

void pager_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    text_paint(&((struct pager *)v)->text, c, r, focused);
}

void pager_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct pager *p = (struct pager *)v;
    struct err err;
    (void)x;
    if (button)
        text_move(&p->text, button * 3);
    else if (y >= r.y && y < r.y + r.h) {
        text_goto(&p->text, p->text.top + (size_t)(y - r.y));
        if (clicks == 2)
            pager_open(p, &err);
    }
}

void pager_save(struct view *v, const char *format, struct buf *out)
{
    (void)format;
    text_plain(&((struct pager *)v)->text, out);
}

static void put_hits(const struct pager *p, struct buf *out)
{
    size_t at, hits = text_search_count(&p->text, &at);
    if (at)
        buf_printf(out, "hit %zu of %zu for /%s", at, hits, p->v.filter_text);
    else
        buf_printf(out, "%zu hit%s for /%s", hits, hits == 1 ? "" : "s", p->v.filter_text);
}

void pager_insight(struct view *v, struct buf *out, style_t *style)
{
    struct pager *p = (struct pager *)v;
    if (p->v.filter_text)
        put_hits(p, out);
    *style = ROLE_DIM;
}

void pager_replace(struct pager *p, struct text *fresh)
{
    text_replace(&p->text, fresh);
    text_release(fresh);
    view_dirty(&p->v);
}

void pager_heading(struct text *out, const char *s)
{
    if (out->lines.n)
        text_add(out, "");
    text_span(text_add(out, s), 0, strlen(s), ROLE_HEADER);
}

