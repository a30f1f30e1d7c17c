#include "ui/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
    GUTTER = 2,
    GAP = 2,
    PROSE_LEAST = 24,  // a text longer than this is cut so far before a column leaves
    KEY_READABLE = 28, // a name is cut so far before a column leaves that is not optional
    KEY_LEAST = 12,
    TEXT_LEAST = 6,
    MEASURED_ROWS = 500, // of a table whose view does not measure
};

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
    free(t->head);
    buf_release(&t->scratch);
}

void table_set_cols(struct table *t, const struct table_col *cols, size_t n)
{
    free(t->cols);
    free(t->width);
    free(t->head);
    t->cols = xcalloc(n, sizeof(*cols));
    t->width = xcalloc(n, sizeof(int));
    t->head = xcalloc(n, sizeof(int));
    if (n)
        memcpy(t->cols, cols, n * sizeof(*cols));
    for (size_t i = 0; i < n; i++) {
        t->head[i] = utf8_width(cols[i].name);
        if (!cols[i].rank)
            t->cols[i].rank = TABLE_OPTIONAL + (int)i;
    }
    t->ncols = n;
    t->left = 0;
    table_reset_widths(t);
}

void table_reset_widths(struct table *t)
{
    for (size_t i = 0; i < t->ncols; i++)
        t->width[i] = t->head[i] > t->cols[i].min ? t->head[i] : t->cols[i].min;
}

static int gap(const struct table *t)
{
    return t->compact || t->tight ? 1 : GAP;
}

void table_measure(struct table *t, size_t col, const char *cell)
{
    size_t bytes = strlen(cell);
    int w = bytes <= (size_t)t->width[col] ? 0 : utf8_width(cell);
    if (w > t->width[col])
        t->width[col] = w;
}

static void measure_rows(struct table *t, const struct table_source *src, size_t from, size_t to)
{
    for (size_t row = from; row < to; row++)
        for (size_t col = 0; col < t->ncols; col++) {
            buf_clear(&t->scratch);
            src->cell(src->arg, row, col, &t->scratch);
            table_measure(t, col, t->scratch.s);
        }
}

// ---- layout: widths of this paint, 0: it left

static bool in_view(const struct table *t, size_t col)
{
    return t->cols[col].key || col >= t->left;
}

// What a column is given before others have what they want.
static int wanted(const struct table *t, size_t i)
{
    int max = t->cols[i].max > t->head[i] ? t->cols[i].max : t->head[i];
    return t->cols[i].max && t->width[i] > max ? max : t->width[i];
}

static int total_width(const struct table *t, const int *w)
{
    int total = GUTTER;
    for (size_t i = 0; i < t->ncols; i++)
        total += w[i] ? w[i] + gap(t) : 0;
    return total - gap(t);
}

static int least(const struct table *t, size_t i, int want)
{
    int header = t->head[i] + (t->sort_col == (int)i);
    int full = wanted(t, i);
    return header > full ? header : want < header ? header : want < full ? want : full;
}

// Cuts columns of a sort, the widest first, down to `want`, while there is no room.
static void cut(const struct table *t, int *w, int room, int want, bool (*which)(const struct table *t, size_t i))
{
    for (int over = total_width(t, w) - room; over > 0; over--) {
        long widest = -1;
        for (size_t i = 0; i < t->ncols; i++)
            if (w[i] > least(t, i, want) && which(t, i) && (widest < 0 || w[i] > w[widest]))
                widest = (long)i;
        if (widest < 0)
            return;
        w[widest]--;
    }
}

static bool is_key(const struct table *t, size_t i)
{
    return t->cols[i].key;
}

static bool is_state(const struct table *t, size_t i)
{
    return t->cols[i].state;
}

static bool is_text(const struct table *t, size_t i)
{
    return !t->cols[i].key && !t->cols[i].state && !t->cols[i].right;
}

// The column that is missed least of those whose rank is `from` or more; what one sorts by stays.
static long leaves_next(const struct table *t, const int *w, int from)
{
    long next = -1;
    for (size_t i = 0; i < t->ncols; i++)
        if (w[i] && !t->cols[i].key && !t->cols[i].state && t->sort_col != (int)i && i != t->left &&
            t->cols[i].rank >= from && (next < 0 || t->cols[i].rank >= t->cols[next].rank))
            next = (long)i;
    return next;
}

static void let_leave(const struct table *t, int *w, int room, int from)
{
    long next;
    while (total_width(t, w) > room && (next = leaves_next(t, w, from)) >= 0)
        w[next] = 0;
}

// The least that is still worth showing.
static int may_be(const struct table *t, size_t i)
{
    return least(t, i, is_text(t, i) ? PROSE_LEAST : wanted(t, i));
}

// Small ones that find room after all, where one that is missed more had none.
static void let_return(const struct table *t, int *w, int room)
{
    for (long next = 0; next >= 0;) {
        int left = room - total_width(t, w) - gap(t);
        next = -1;
        for (size_t i = 0; i < t->ncols; i++)
            if (!w[i] && in_view(t, i) && may_be(t, i) <= left && (next < 0 || t->cols[i].rank < t->cols[next].rank))
                next = (long)i;
        if (next >= 0)
            w[next] = may_be(t, (size_t)next);
    }
}

// Prose is cut before anything leaves; then columns leave, then names are cut, and so on to what is wrong.
static void fit(const struct table *t, int *w, int room)
{
    cut(t, w, room, PROSE_LEAST, is_text);
    let_leave(t, w, room, TABLE_OPTIONAL);
    cut(t, w, room, KEY_READABLE, is_key);
    let_leave(t, w, room, 1);
    cut(t, w, room, KEY_LEAST, is_key);
    cut(t, w, room, TEXT_LEAST, is_text);
    cut(t, w, room, TEXT_LEAST, is_state);
}

// What was cut to make room for a column that then left after all, gets it back.
static void give_back(const struct table *t, int *w, int room)
{
    for (int free = room - total_width(t, w); free > 0; free--) {
        long best = -1;
        for (size_t i = 0; i < t->ncols; i++)
            if (w[i] && w[i] < wanted(t, i) &&
                (best < 0 || t->cols[i].key > t->cols[best].key || t->cols[i].state > t->cols[best].state))
                best = (long)i;
        if (best < 0)
            return;
        w[best]++;
    }
}

// Room that nobody needs goes to those that are longer than their bound.
static void spread(const struct table *t, int *w, int room)
{
    int free = room - total_width(t, w);
    for (size_t i = 0; i < t->ncols && free > 0; i++) {
        int more = w[i] && t->width[i] > w[i] ? t->width[i] - w[i] : 0;
        more = more < free ? more : free;
        w[i] += more;
        free -= more;
    }
}

static int count_hidden(const struct table *t, const int *w)
{
    int n = 0;
    for (size_t i = 0; i < t->ncols; i++)
        n += in_view(t, i) && !w[i];
    return n;
}

static int sign_text(const struct table *t, int hidden, char *out, size_t n)
{
    snprintf(out, n, t->more_key ? " +%d %s" : " +%d", hidden, t->more_key);
    return hidden ? utf8_width(out) : 0;
}

// Where the last header ends; the sign stands behind it.
static int header_end(const struct table *t, const int *w)
{
    long last = -1;
    for (size_t i = 0; i < t->ncols; i++)
        last = w[i] ? (long)i : last;
    int name = last < 0 ? 0 : t->head[last] + (t->sort_col == last);
    return last < 0 ? 0 : t->cols[last].right ? total_width(t, w) : total_width(t, w) - w[last] + name;
}

static void lay_out_within(const struct table *t, int *w, int room)
{
    for (size_t i = 0; i < t->ncols; i++)
        w[i] = in_view(t, i) ? wanted(t, i) : 0;
    int sort = t->sort_col;
    if (t->tight && sort >= 0 && sort < (int)t->ncols && w[sort] && w[sort] == t->head[sort])
        w[sort]++; // for its mark, which else has the gap
    fit(t, w, room);
    let_return(t, w, room);
    give_back(t, w, room);
    spread(t, w, room);
}

static void lay_out(const struct table *t, int *w, int room)
{
    char sign[32];
    for (int within = room; within > 0;) {
        lay_out_within(t, w, within);
        int hidden = count_hidden(t, w);
        int over = header_end(t, w) + sign_text(t, hidden, sign, sizeof(sign)) - room;
        int next = total_width(t, w) - over;
        if (!hidden || over <= 0 || next >= within)
            break;
        within = next;
    }
}

// Something left, or a name or what is wrong is cut. Prose may be.
static bool lacks(const struct table *t, const int *w)
{
    for (size_t i = 0; i < t->ncols; i++)
        if (in_view(t, i) && (!w[i] || ((t->cols[i].key || t->cols[i].state) && w[i] < wanted(t, i))))
            return true;
    return false;
}

static void lay_out_best(struct table *t, int *w, int room)
{
    t->tight = false;
    lay_out(t, w, room);
    if (!lacks(t, w))
        return;
    t->tight = true; // one blank between columns then
    lay_out(t, w, room);
}

static void paint_header(const struct table *t, struct canvas *c, struct rect r, const int *w)
{
    int x = r.x + GUTTER;
    canvas_fill(c, (struct rect) { r.y, r.x, 1, r.w }, ROLE_HEADER, NULL);
    for (size_t i = 0; i < t->ncols; i++) {
        if (!w[i] || x >= r.x + r.w)
            continue;
        int room = r.x + r.w - x < w[i] ? r.x + r.w - x : w[i];
        const char *mark = t->sort_col == (int)i ? (t->sort_desc ? "▼" : "▲") : "";
        int name = t->head[i], at = x;
        if (t->cols[i].right && name + (*mark != 0) < room)
            at = x + room - name - (*mark != 0);
        int used = canvas_put(c, r.y, at, room, ROLE_HEADER, t->cols[i].name);
        if (*mark) // right after the name, into the gap where the column is full
            canvas_put(c, r.y, at + used, r.x + r.w - at - used > 0 ? 1 : 0, ROLE_ACCENT, mark);
        x += w[i] + gap(t);
    }
    char sign[32];
    int cols = sign_text(t, t->hidden, sign, sizeof(sign));
    canvas_put(c, r.y, r.x + r.w - cols, cols, ROLE_ACCENT, sign);
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
        if (!w[i])
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
        else if (t->cols[i].key)
            canvas_put_middle(c, y, x, room, style, t->scratch.s);
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
    size_t end = t->top + (size_t)t->page < count ? t->top + (size_t)t->page : count;
    if (!t->measured)
        measure_rows(t, src, 0, count < MEASURED_ROWS ? count : MEASURED_ROWS);
    measure_rows(t, src, t->top, end); // ages and usage grow without the row being another
    int *w = xcalloc(t->ncols + 1, sizeof(int));
    lay_out_best(t, w, r.w);
    t->hidden = count_hidden(t, w);
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
    lay_out(t, w, r.w);
    *col = -1;
    int at = r.x + GUTTER;
    for (size_t i = 0; i < t->ncols; i++) {
        if (!w[i])
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
