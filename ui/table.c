#include "ui/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { GUTTER = 2, GAP = 2, KEY_MIN = 12, KEY_READABLE = 22, STATE_READABLE = 16, SHRINK_MIN = 6, KEY_BONUS = 8, STATE_BONUS = 12 };

void table_init(struct table *t)
{
    memset(t, 0, sizeof(*t));
    buf_init(&t->scratch);
    t->sort_col = -1;
    t->page = 1;
}

void table_release(struct table *t)
{
    free(t->cols);
    free(t->width);
    buf_release(&t->scratch);
}

void table_set_cols(struct table *t, const struct table_col *cols, size_t n)
{
    free(t->cols);
    free(t->width);
    t->cols = xcalloc(n, sizeof(*cols));
    t->width = xcalloc(n, sizeof(int));
    if (n)
        memcpy(t->cols, cols, n * sizeof(*cols));
    t->ncols = n;
    t->left = 0;
    table_reset_widths(t);
}

void table_reset_widths(struct table *t)
{
    for (size_t i = 0; i < t->ncols; i++) {
        int name = utf8_width(t->cols[i].name);
        t->width[i] = name > t->cols[i].min ? name : t->cols[i].min;
    }
}

static int gap(const struct table *t)
{
    return t->compact || t->tight ? 1 : GAP;
}

// Widths follow what is visible and only grow, so that nothing jumps while one reads; in another
// width of the screen all moves anyway, and they begin anew.
static void grow_widths(struct table *t, const struct table_source *src, size_t from, size_t to)
{
    for (size_t row = from; row < to; row++)
        for (size_t col = 0; col < t->ncols; col++) {
            buf_clear(&t->scratch);
            src->cell(src->arg, row, col, &t->scratch);
            int w = t->scratch.n <= (size_t)t->width[col] ? 0 : utf8_width(t->scratch.s);
            if (t->cols[col].max && w > t->cols[col].max)
                w = t->cols[col].max;
            if (w > t->width[col])
                t->width[col] = w;
        }
}

static bool visible(const struct table *t, size_t col)
{
    return t->cols[col].key || col >= t->left;
}

static int total_width(const struct table *t, const int *w)
{
    int total = GUTTER;
    for (size_t i = 0; i < t->ncols; i++)
        if (visible(t, i))
            total += w[i] + gap(t);
    return total - gap(t);
}

static int shrink_order(const struct table *t, size_t i, const int *w)
{
    return w[i] - (t->cols[i].key ? KEY_BONUS : t->cols[i].state ? STATE_BONUS : 0);
}

static void widen_what_matters(const struct table *t, int *w)
{
    for (size_t i = 0; i < t->ncols; i++) {
        int want = t->cols[i].key ? KEY_READABLE : t->cols[i].state ? STATE_READABLE : 0;
        if (w[i] < want)
            w[i] = t->width[i] < want ? t->width[i] : want;
    }
}

// Too wide: the widest text column gives way first, name and state late and never below a minimum.
static void fit(const struct table *t, int *w, int room)
{
    for (int over = total_width(t, w) - room; over > 0;) {
        long widest = -1;
        for (size_t i = 0; i < t->ncols; i++) {
            int least = t->cols[i].key ? KEY_MIN : SHRINK_MIN;
            int header = utf8_width(t->cols[i].name) + (t->sort_col == (int)i);
            if (header > least)
                least = header;
            if (!visible(t, i) || t->cols[i].right || w[i] <= least)
                continue;
            if (widest < 0 || shrink_order(t, i, w) > shrink_order(t, (size_t)widest, w))
                widest = (long)i;
        }
        if (widest < 0) { // the rest is reached by scrolling: then names need not suffer for it
            widen_what_matters(t, w);
            return;
        }
        w[widest]--;
        over--;
    }
}

static bool cuts_what_matters(const struct table *t, const int *w)
{
    for (size_t i = 0; i < t->ncols; i++)
        if ((t->cols[i].key || t->cols[i].state) && w[i] < t->width[i])
            return true;
    return false;
}

static void layout(const struct table *t, int *w, int room)
{
    int sort = t->sort_col;
    memcpy(w, t->width, t->ncols * sizeof(int));
    if (t->tight && sort >= 0 && w[sort] == utf8_width(t->cols[sort].name))
        w[sort]++; // for its mark, which else has the gap
    fit(t, w, room);
}

static void paint_header(const struct table *t, struct canvas *c, struct rect r, const int *w)
{
    int x = r.x + GUTTER;
    canvas_fill(c, (struct rect) { r.y, r.x, 1, r.w }, ROLE_HEADER, NULL);
    for (size_t i = 0; i < t->ncols; i++) {
        if (!visible(t, i) || x >= r.x + r.w)
            continue;
        int room = r.x + r.w - x < w[i] ? r.x + r.w - x : w[i];
        const char *mark = t->sort_col == (int)i ? (t->sort_desc ? "▼" : "▲") : "";
        int name = utf8_width(t->cols[i].name), at = x;
        if (t->cols[i].right && name + (*mark != 0) < room)
            at = x + room - name - (*mark != 0);
        int used = canvas_put(c, r.y, at, room, ROLE_HEADER, t->cols[i].name);
        if (*mark) // right after the name, into the gap where the column is full
            canvas_put(c, r.y, at + used, r.x + r.w - at - used > 0 ? 1 : 0, ROLE_ACCENT, mark);
        x += w[i] + gap(t);
    }
}

static void paint_row(struct table *t, const struct table_source *src, struct canvas *c, struct rect r,
    size_t row, const int *w, int y, bool focused)
{
    bool cursor = row == t->cursor, marked = src->marked && src->marked(src->arg, row);
    int x = r.x + GUTTER;
    canvas_fill(c, (struct rect) { y, r.x, 1, r.w }, ROLE_TEXT, NULL);
    if (cursor)
        canvas_put(c, y, r.x, 1, focused ? ROLE_INFO : ROLE_DIM, "▌");
    if (marked)
        canvas_put(c, y, r.x + 1, 1, ROLE_ACCENT | STYLE_MARKED, "●");
    for (size_t i = 0; i < t->ncols && x < r.x + r.w; i++) {
        if (!visible(t, i))
            continue;
        buf_clear(&t->scratch);
        style_t style = src->cell(src->arg, row, i, &t->scratch);
        if (marked)
            style |= STYLE_MARKED;
        if (cursor && focused && t->cols[i].key)
            style |= STYLE_SELECTED;
        int room = r.x + r.w - x < w[i] ? r.x + r.w - x : w[i];
        if (t->cols[i].right)
            canvas_put_right(c, y, x, room, style, t->scratch.s);
        else
            canvas_putn(c, y, x, room, style, t->scratch.s, t->scratch.n);
        x += w[i] + gap(t);
    }
}

static void keep_cursor_visible(struct table *t, size_t count)
{
    size_t page = (size_t)t->page;
    if (t->cursor >= count)
        t->cursor = count ? count - 1 : 0;
    if (t->cursor < t->top)
        t->top = t->cursor;
    if (t->cursor >= t->top + page)
        t->top = t->cursor - page + 1;
    if (t->top + page > count)
        t->top = count > page ? count - page : 0;
}

void table_paint(struct table *t, const struct table_source *src, struct canvas *c, struct rect r,
    bool focused)
{
    size_t count = src->count(src->arg);
    t->page = r.h > 1 ? r.h - 1 : 1;
    keep_cursor_visible(t, count);
    if (r.w != t->room)
        table_reset_widths(t);
    t->room = r.w;
    size_t end = t->top + (size_t)t->page < count ? t->top + (size_t)t->page : count;
    grow_widths(t, src, t->top, end);
    int *w = xcalloc(t->ncols + 1, sizeof(int));
    t->tight = false;
    layout(t, w, r.w);
    if (cuts_what_matters(t, w)) {
        t->tight = true;
        layout(t, w, r.w);
    }
    paint_header(t, c, r, w);
    for (size_t row = t->top; row < end; row++)
        paint_row(t, src, c, r, row, w, r.y + 1 + (int)(row - t->top), focused);
    int painted = 1 + (int)(end - t->top);
    if (painted < r.h)
        canvas_fill(c, (struct rect) { r.y + painted, r.x, r.h - painted, r.w }, ROLE_TEXT, NULL);
    free(w);
}

void table_move(struct table *t, long delta, size_t count)
{
    long at = (long)t->cursor + delta;
    table_goto(t, at < 0 ? 0 : (size_t)at, count);
}

void table_goto(struct table *t, size_t row, size_t count)
{
    t->cursor = count == 0 ? 0 : row >= count ? count - 1 : row;
}

void table_scroll_cols(struct table *t, int delta)
{
    long at = (long)t->left + delta;
    t->left = at < 0 || t->ncols == 0 ? 0 : at >= (long)t->ncols ? t->ncols - 1 : (size_t)at;
}

long table_hit(const struct table *t, struct rect r, int y, int x, size_t count, int *col)
{
    if (y < r.y || y >= r.y + r.h || x < r.x || x >= r.x + r.w)
        return -2;
    int *w = xcalloc(t->ncols + 1, sizeof(int));
    layout(t, w, r.w);
    *col = -1;
    int at = r.x + GUTTER;
    for (size_t i = 0; i < t->ncols; i++) {
        if (!visible(t, i))
            continue;
        if (x >= at && x < at + w[i] + gap(t))
            *col = (int)i;
        at += w[i] + gap(t);
    }
    free(w);
    if (y == r.y)
        return -1;
    size_t row = t->top + (size_t)(y - r.y - 1);
    return row < count ? (long)row : -2;
}
