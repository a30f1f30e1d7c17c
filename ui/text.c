#define PCRE2_CODE_UNIT_WIDTH 8
#include "ui/text.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

struct text_search {
    pcre2_code *re;
    pcre2_match_data *match;
    char *pattern;
};

static void line_release(struct text_line *l)
{
    free(l->s);
    free((char *)l->link);
    arr_release(&l->spans);
}

void text_init(struct text *t)
{
    memset(t, 0, sizeof(*t));
    t->page = 1;
}

static void search_free(struct text_search *s)
{
    if (!s)
        return;
    pcre2_code_free(s->re);
    pcre2_match_data_free(s->match);
    free(s->pattern);
    free(s);
}

void text_clear(struct text *t)
{
    for (size_t i = 0; i < t->lines.n; i++)
        line_release(&t->lines.v[i]);
    t->lines.n = 0;
}

void text_release(struct text *t)
{
    text_clear(t);
    arr_release(&t->lines);
    search_free(t->search);
    t->search = NULL;
}

struct text_line *text_add(struct text *t, const char *s)
{
    struct text_line l = { .s = xstrdup(s) };
    l.indent = (uint16_t)strspn(s, " ");
    arr_push(&t->lines, l);
    return &t->lines.v[t->lines.n - 1];
}

void text_span(struct text_line *line, size_t at, size_t len, style_t style)
{
    struct span sp = { (uint32_t)at, (uint32_t)len, style };
    if (len)
        arr_push(&line->spans, sp);
}

struct text_line *text_field(
    struct text *t, int indent, int value_col, const char *label, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    char value[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    buf_printf(&b, "%*s%s:", indent, "", label);
    size_t label_len = b.n - (size_t)indent;
    do
        buf_putc(&b, ' ');
    while ((int)b.n < value_col);
    buf_puts(&b, value);
    struct text_line *l = text_add(t, b.s);
    l->indent = (uint16_t)indent;
    text_span(l, (size_t)indent, label_len, ROLE_KEY);
    buf_release(&b);
    return l;
}

// ---- folding: a folded line hides the following lines of greater indent

static size_t fold_end(const struct text *t, size_t i)
{
    size_t end = i + 1;
    while (end < t->lines.n && t->lines.v[end].indent > t->lines.v[i].indent)
        end++;
    return end;
}

static size_t next_shown(const struct text *t, size_t i)
{
    return t->lines.v[i].folded ? fold_end(t, i) : i + 1;
}

static size_t prev_shown(const struct text *t, size_t i)
{
    if (i == 0)
        return 0;
    size_t p = i - 1;
    for (size_t k = p + 1; k-- > 0;) // an ancestor that is folded hides p
        if (t->lines.v[k].folded && t->lines.v[k].indent < t->lines.v[p].indent && fold_end(t, k) > p)
            p = k;
    return p;
}

void text_fold(struct text *t, size_t line)
{
    if (line < t->lines.n && fold_end(t, line) > line + 1)
        t->lines.v[line].folded = !t->lines.v[line].folded;
}

void text_fold_all(struct text *t, int depth)
{
    for (size_t i = 0; i < t->lines.n; i++)
        t->lines.v[i].folded = depth >= 0 && t->lines.v[i].indent / 2 == depth && fold_end(t, i) > i + 1;
    size_t at = 0;
    while (at < t->lines.n && next_shown(t, at) <= t->cursor)
        at = next_shown(t, at);
    t->cursor = at < t->lines.n ? at : 0;
    t->top = 0;
}

void text_replace(struct text *t, struct text *fresh)
{
    for (size_t i = 0; i < fresh->lines.n && i < t->lines.n; i++)
        if (t->lines.v[i].folded && str_eq(t->lines.v[i].s, fresh->lines.v[i].s))
            fresh->lines.v[i].folded = true;
    text_clear(t);
    arr_release(&t->lines);
    t->lines.v = fresh->lines.v;
    t->lines.n = fresh->lines.n;
    t->lines.cap = fresh->lines.cap;
    memset(&fresh->lines, 0, sizeof(fresh->lines));
    if (t->cursor >= t->lines.n)
        t->cursor = t->lines.n ? t->lines.n - 1 : 0;
    if (t->top > t->cursor)
        t->top = t->cursor;
}

static size_t shifted(const struct text *t, size_t at, long delta)
{
    for (; delta > 0 && t->lines.n; delta--) {
        size_t next = next_shown(t, at);
        if (next >= t->lines.n)
            break;
        at = next;
    }
    for (; delta < 0 && at; delta++)
        at = prev_shown(t, at);
    return at;
}

void text_move(struct text *t, long delta)
{
    t->cursor = shifted(t, t->cursor, delta);
}

void text_page(struct text *t, long pages)
{
    long rows = t->page > 1 ? t->page - 1 : 1;
    size_t last = shifted(t, t->cursor, LONG_MAX), most = shifted(t, last, -rows);
    t->cursor = shifted(t, t->cursor, pages * rows);
    t->top = shifted(t, t->top, pages * rows);
    if (t->top > most) // the last page is a full one
        t->top = most;
}

void text_goto(struct text *t, size_t line)
{
    t->cursor = t->lines.n == 0 ? 0 : line >= t->lines.n ? t->lines.n - 1 : line;
    for (size_t k = 0; k < t->cursor; k++)
        if (t->lines.v[k].folded && fold_end(t, k) > t->cursor)
            t->lines.v[k].folded = false;
}

void text_scroll_cols(struct text *t, int delta)
{
    t->left = t->left + delta < 0 ? 0 : t->left + delta;
}

// ---- search

bool text_search(struct text *t, const char *pattern, struct err *err)
{
    int code;
    PCRE2_SIZE where;
    bool caseless = true;
    for (const char *p = pattern; *p; p++)
        caseless &= !isupper((unsigned char)*p);
    search_free(t->search);
    t->search = NULL;
    if (!*pattern)
        return true;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | (caseless ? PCRE2_CASELESS : 0), &code, &where, NULL);
    if (!re) {
        char why[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        return err_set(err, "%s (at character %zu)", why, where + 1);
    }
    pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
    t->search = xcalloc(1, sizeof(*t->search));
    t->search->re = re;
    t->search->match = pcre2_match_data_create(1, NULL);
    t->search->pattern = xstrdup(pattern);
    return true;
}

static bool find_from(const struct text *t, const char *s, size_t from, size_t *at, size_t *len)
{
    size_t n = strlen(s);
    if (from > n || pcre2_match(t->search->re, (PCRE2_SPTR)s, n, from, 0, t->search->match, NULL) < 0)
        return false;
    PCRE2_SIZE *v = pcre2_get_ovector_pointer(t->search->match);
    *at = v[0];
    *len = v[1] - v[0];
    return true;
}

bool text_search_next(struct text *t, int direction)
{
    size_t at, len, n = t->lines.n;
    if (!t->search)
        return false;
    for (size_t step = direction ? 1 : 0; step <= n; step++) {
        size_t i = direction < 0 ? (t->cursor + n - step % n) % n : (t->cursor + step) % n;
        if (find_from(t, t->lines.v[i].s, 0, &at, &len)) {
            text_goto(t, i);
            return true;
        }
    }
    return false;
}

size_t text_search_count(const struct text *t, size_t *at)
{
    size_t hits = 0, here = 0, found, len;
    for (size_t i = 0; t->search && i < t->lines.n; i++)
        for (size_t from = 0; find_from(t, t->lines.v[i].s, from, &found, &len); from = found + (len ? len : 1)) {
            hits++;
            here = i == t->cursor && !here ? hits : here;
        }
    if (at)
        *at = here;
    return hits;
}

bool text_foldable(const struct text *t)
{
    for (size_t i = 0; i + 1 < t->lines.n; i++)
        if (t->lines.v[i + 1].indent > t->lines.v[i].indent)
            return true;
    return false;
}

// ---- painting

static style_t style_at(const struct text_line *l, size_t at, size_t *until)
{
    style_t st = ROLE_TEXT;
    *until = SIZE_MAX;
    for (size_t i = 0; i < l->spans.n; i++) {
        const struct span *sp = &l->spans.v[i];
        if (at >= sp->at && at < sp->at + sp->len) {
            st = sp->style;
            *until = sp->at + sp->len;
        } else if (sp->at > at && sp->at < *until) {
            *until = sp->at;
        }
    }
    return st;
}

// Pieces of one style each, from byte `from`; returns the columns used.
static int put_styled(struct canvas *c, int y, int x, int cols, const struct text_line *l, size_t from)
{
    size_t n = strlen(l->s), i = from;
    int used = 0;
    while (i < n && used < cols) {
        size_t until;
        style_t st = style_at(l, i, &until);
        size_t len = (until < n ? until : n) - i;
        bool last = utf8_fit(l->s + i, len, cols - used) < len;
        used += canvas_putn(c, y, x + used, cols - used, st, l->s + i, len);
        if (last)
            break;
        i += len;
    }
    return used;
}

static void mark_hits(
    const struct text *t, struct canvas *c, int y, int x, int cols, const char *s, size_t from)
{
    size_t at, len;
    for (size_t p = from; t->search && find_from(t, s, p, &at, &len); p = at + (len ? len : 1)) {
        char *head = xstrndup(s + from, at - from), *hit = xstrndup(s + at, len);
        int hx = utf8_width(head), hw = utf8_width(hit);
        free(head);
        free(hit);
        if (hx >= cols)
            return;
        canvas_overlay(c, (struct rect) { y, x + hx, 1, hw < cols - hx ? hw : cols - hx }, STYLE_MATCH);
    }
}

// ---- wrapping

struct piece { // of a line, on a row of its own
    size_t n;       // of the line
    size_t at, end; // bytes
    int column;
};

static struct piece before_first(const struct text_line *l)
{
    return (struct piece) { .n = strlen(l->s) };
}

static bool wraps(const struct text *t, const struct text_line *l)
{
    return t->wrap || (l->hang && !t->left);
}

// Where the next row of the line ends: between words, if that leaves it more than half full. False: there is none.
static bool next_piece(const struct text_line *l, int cols, struct piece *p)
{
    size_t n = p->n;
    bool first = p->end == 0;
    if (!first && p->end >= n)
        return false;
    p->at = p->end;
    p->column = first ? 0 : l->hang && l->hang <= cols / 2 ? l->hang : l->hang ? l->indent + 4 : 0;
    p->column = p->column < cols / 2 ? p->column : 0;
    size_t fits = utf8_fit(l->s + p->at, n - p->at, cols - p->column), len = fits;
    if (p->at + fits < n)
        while (len > fits / 2 && l->s[p->at + len - 1] != ' ')
            len--;
    p->end = p->at + (len > fits / 2 ? len : fits ? fits : 1);
    p->end = n ? p->end : 1; // an empty line is a row, too
    return true;
}

// Not counted beyond `most`: a line may be as long as all of an object.
static int rows_of(const struct text *t, size_t i, int cols, int most)
{
    const struct text_line *l = &t->lines.v[i];
    int rows = 0;
    if (!wraps(t, l))
        return 1;
    for (struct piece p = before_first(l); rows < most && next_piece(l, cols, &p); rows++)
        ;
    return rows;
}

static int paint_line(struct text *t, struct canvas *c, struct rect r, int y, size_t i, bool focused)
{
    static const struct {
        char mark;
        style_t style;
    } marks[] = { { '+', ROLE_ADDED }, { '-', ROLE_REMOVED }, { '~', ROLE_CHANGED } };
    const struct text_line *l = &t->lines.v[i];
    bool cursor = i == t->cursor;
    if (cursor)
        canvas_put(c, y, r.x, 1, focused ? ROLE_INFO : ROLE_DIM, "▌");
    for (size_t k = 0; k < ARRAY_SIZE(marks); k++)
        if (l->mark == marks[k].mark)
            canvas_putn(c, y, r.x + 1, 1, marks[k].style, &marks[k].mark, 1);
    int x = r.x + 2, cols = r.w - 2, rows = 0;
    if (!wraps(t, l)) {
        size_t from = utf8_fit(l->s, strlen(l->s), t->left);
        int used = put_styled(c, y, x, cols, l, from);
        if (l->folded)
            canvas_printf(c, y, x + used, cols - used, ROLE_DIM, " … %zu lines", fold_end(t, i) - i - 1);
        mark_hits(t, c, y, x, cols, l->s, from);
        return 1;
    }
    for (struct piece p = before_first(l); next_piece(l, cols, &p) && y + rows < r.y + r.h; rows++) {
        struct text_line part = *l;
        part.s = xstrndup(l->s, p.end);
        put_styled(c, y + rows, x + p.column, cols - p.column, &part, p.at);
        mark_hits(t, c, y + rows, x + p.column, cols - p.column, part.s, p.at);
        free(part.s);
    }
    return rows;
}

void text_paint(struct text *t, struct canvas *c, struct rect r, bool focused)
{
    canvas_fill(c, r, ROLE_TEXT, NULL);
    t->page = r.h;
    if (t->cursor >= t->lines.n)
        t->cursor = t->lines.n ? t->lines.n - 1 : 0;
    if (t->cursor < t->top)
        t->top = t->cursor;
    int shown = 0; // rows from top to the end of the cursor's line
    for (size_t i = t->top; i <= t->cursor && i < t->lines.n; i = next_shown(t, i))
        shown += rows_of(t, i, r.w - 2, r.h + 1);
    for (; shown > r.h && t->top < t->cursor; t->top = next_shown(t, t->top))
        shown -= rows_of(t, t->top, r.w - 2, r.h + 1);
    int y = r.y;
    for (size_t i = t->top; i < t->lines.n && y < r.y + r.h; i = next_shown(t, i))
        y += paint_line(t, c, r, y, i, focused);
}

void text_plain(const struct text *t, struct buf *out)
{
    for (size_t i = 0; i < t->lines.n; i++) {
        buf_puts(out, t->lines.v[i].s);
        buf_putc(out, '\n');
    }
}
