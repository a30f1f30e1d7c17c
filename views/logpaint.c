// The logs view on the screen: lines with their tags and times, bars, the histogram, the state of the streams.
#include "views/logview.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

enum { HIST_ROWS = 5, FOOT_MIN_H = 4, NARROW = 100 }; // NARROW: columns below which tags are cut to what tells them apart

// By number, not by name: the first ones, which are all there are of most workloads, are as far apart as they can be.
static uint32_t tag_ink(unsigned source)
{
    // colours of the palette that read well on dark and on light
    static const uint8_t colours[] = { 33, 172, 71, 133, 37, 167, 136, 98, 31, 174, 108, 103, 178, 139, 65, 68 };
    return INK_OWN | colours[source % ARRAY_SIZE(colours)] | INK_DEFAULT << INK_BG_SHIFT;
}

static void set_ink(struct canvas *c, int y, int x, int w, uint32_t ink)
{
    for (int i = x; i < x + w && i < c->w && y < c->h; i++)
        c->cells[(size_t)y * (size_t)c->w + (size_t)i].ink = ink;
}

static void format_stamp(const struct logview *l, int64_t stamp, char *out, size_t n)
{
    time_t sec = (time_t)(stamp / NS_PER_S);
    int ms = (int)(stamp % NS_PER_S / 1000000);
    struct tm tm;
    char age[HUMAN_DURATION_MAX];
    if (l->stamps == STAMPS_RELATIVE) {
        human_age(time_now(), sec, age);
        snprintf(out, n, "%7s ", age);
        return;
    }
    if (l->stamps == STAMPS_UTC)
        gmtime_r(&sec, &tm);
    else
        localtime_r(&sec, &tm);
    size_t used = strftime(out, n, "%m-%d %H:%M:%S", &tm);
    snprintf(out + used, n - used, ".%03d%s ", ms, l->stamps == STAMPS_UTC ? "Z" : "");
}

static style_t level_style(enum log_level level)
{
    static const style_t styles[] = { ROLE_TEXT, ROLE_DIM, ROLE_DIM, ROLE_TEXT, ROLE_WARN, ROLE_BAD,
        ROLE_BAD | STYLE_BOLD };
    return styles[level];
}

// One row of the line's text, [from, to) bytes; the next byte where its look changes ends a piece.
static void paint_piece(
    struct logview *l, struct canvas *c, int y, int x, int w, size_t from, size_t to, style_t base)
{
    const struct logtext *t = &l->text;
    size_t at = 0, len = 0, scan = 0, k = 0;
    bool more = l->search != NULL;
    uint32_t ink = 0;
    int used = 0;
    while (from < to && used < w) {
        for (; k < t->inks.n && t->inks.v[k].at <= from; k++)
            ink = t->inks.v[k].ink;
        while (more && at + len <= from) {
            more = logpattern_find(l->search, t->text.s, t->text.n, scan, &at, &len) && len;
            scan = at + len;
        }
        size_t end = to;
        bool in_match = more && at <= from;
        if (k < t->inks.n && t->inks.v[k].at < end)
            end = t->inks.v[k].at;
        if (more && (in_match ? at + len : at) < end)
            end = in_match ? at + len : at;
        style_t style = in_match ? base | STYLE_MATCH : base;
        int n = canvas_putn(c, y, x + used, w - used, style, t->text.s + from, end - from);
        if (ink && !in_match)
            set_ink(c, y, x + used, n, ink);
        used += n;
        from = end;
    }
    if (from < to && w > 0) // the border of two pieces was at the edge
        canvas_put(c, y, x + w - 1, 1, base, "…");
}

// Columns for the tags, 0: none; *skip: bytes of each that are left out.
static int tag_columns(const struct logview *l, int width, int used, size_t *skip)
{
    int w = l->tag_width;
    *skip = width < NARROW ? l->tag_shared : 0;
    for (size_t i = 0, most = 0; *skip && i < l->tags.n; i++) {
        size_t own = strlen(l->tags.v[i]) - *skip; // names are ASCII
        most = own > most ? own : most;
        w = (int)most < l->tag_width ? (int)most : l->tag_width;
    }
    return !l->hide_tags && w && width > w + used + 20 ? w : 0;
}

static int paint_prefix(
    struct logview *l, struct canvas *c, int y, struct rect r, const struct logline *line)
{
    char stamp[64];
    int x = 0;
    if (l->stamps != STAMPS_OFF) {
        format_stamp(l, line->stamp, stamp, sizeof(stamp));
        x += canvas_put(c, y, r.x, r.w, ROLE_DIM, stamp);
    }
    size_t skip;
    int columns = tag_columns(l, r.w, x, &skip);
    if (columns && line->source < l->tags.n) {
        const char *tag = l->tags.v[line->source] + skip;
        size_t n = strlen(tag);
        if (utf8_width(tag) > columns) // names differ at their ends
            tag += n - utf8_fit(tag, n, columns);
        int w = canvas_put(c, y, r.x + x, columns, ROLE_TEXT, tag);
        set_ink(c, y, r.x + x, w, tag_ink(line->source));
        x += columns + 1;
    }
    return x;
}

static int prefix_width(const struct logview *l, struct rect r)
{
    char stamp[64];
    int x = 0;
    if (l->stamps != STAMPS_OFF) {
        format_stamp(l, NS_PER_S, stamp, sizeof(stamp));
        x += utf8_width(stamp);
    }
    size_t skip;
    int columns = tag_columns(l, r.w, x, &skip);
    return columns ? x + columns + 1 : x;
}

// Rows that a line takes; its text is in l->text then.
int logs_rows(struct logview *l, const struct logline *line, int width)
{
    int rows = 1;
    logs_set_text(l, line);
    if (!l->wrap || width < 1 || line->flags & (LOG_NOTE | LOG_BAR))
        return 1;
    for (size_t at = utf8_fit(l->text.text.s, l->text.text.n, width); at < l->text.text.n; rows++) {
        size_t n = utf8_fit(l->text.text.s + at, l->text.text.n - at, width);
        at += n ? n : 1;
    }
    return rows;
}

// skip: rows of it above the rectangle.
static int paint_line(
    struct logview *l, struct canvas *c, struct rect r, int y, int skip, size_t number)
{
    struct logline line;
    if (!loglines_get(l->lines, number, &line))
        return 1;
    bool ours = (line.flags & (LOG_NOTE | LOG_BAR)) != 0;
    style_t style = !ours ? level_style(line.level) : line.flags & LOG_BAD ? ROLE_BAD : ROLE_INFO;
    int px = 0, start = y, rows;
    logs_set_text(l, &line);
    if (ours) {
        char stamp[64] = "";
        if (l->stamps != STAMPS_OFF)
            format_stamp(l, line.stamp, stamp, sizeof(stamp));
        int x = r.x + canvas_put(c, y, r.x, r.w, ROLE_DIM, stamp), w = r.x + r.w - x;
        canvas_fill(c, (struct rect) { y, x, 1, line.flags & LOG_BAR ? w : 3 }, style, "─");
        canvas_put(c, y, x + 2, 1, style, " ");
        int n = canvas_putn(c, y, x + 3, w - 4, style, l->text.text.s, l->text.text.n);
        if (line.flags & LOG_BAR)
            canvas_put(c, y, x + 3 + n, 1, style, " ");
        return 1;
    }
    if (!skip)
        px = paint_prefix(l, c, y, r, &line);
    px = px ? px : prefix_width(l, r);
    int w = r.w - px;
    size_t n = l->text.text.n, at = l->wrap ? 0 : utf8_fit(l->text.text.s, n, l->left);
    for (rows = 0; rows == 0 || (at < n && l->wrap); rows++) {
        size_t fit = l->wrap ? utf8_fit(l->text.text.s + at, n - at, w) : n - at;
        fit = fit || at >= n ? fit : 1;
        if (rows >= skip && y < r.y + r.h)
            paint_piece(l, c, y++, r.x + px, w, at, at + fit, style);
        at += fit;
    }
    return y > start ? y - start : 1;
}

static bool is_marked(const struct logview *l, size_t number)
{
    size_t lo = 0, hi = l->marks.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->marks.v[mid] < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->marks.n && l->marks.v[lo] == number;
}

// From this index on; skip: rows of it that are above.
static void paint_from(struct logview *l, struct canvas *c, struct rect r, size_t i, int skip)
{
    for (int y = r.y; y < r.y + r.h && i < logs_shown(l); i++, skip = 0) {
        size_t number = logs_line_at(l, i);
        int n = paint_line(l, c, r, y, skip, number);
        if (is_marked(l, number))
            canvas_overlay(c, (struct rect) { y, r.x, n, r.w }, STYLE_MARKED);
        if (l->cursor == number + 1 && !l->follow)
            canvas_overlay(c, (struct rect) { y, r.x, n, r.w }, STYLE_SELECTED);
        for (int k = 0; k < n; k++)
            arr_push(&l->rows, (uint32_t)number);
        y += n;
    }
}

static void paint_end(struct logview *l, struct canvas *c, struct rect r)
{
    int rows = 0;
    size_t i = logs_shown(l);
    struct logline line;
    while (i > 0 && rows < r.h) {
        bool got = loglines_get(l->lines, logs_line_at(l, --i), &line);
        rows += got ? logs_rows(l, &line, l->text_w) : 1;
    }
    paint_from(l, c, r, i, rows > r.h ? rows - r.h : 0);
}

// Where lines above have gone, by a filter, those below move up: the page is full as long as there are enough.
static size_t top_index(struct logview *l)
{
    struct logline line;
    size_t n = logs_shown(l), at = logs_index_of(l, l->top), page = (size_t)l->page, rows = 0, i = n;
    if (at + page <= n)
        return at;
    if (!l->wrap)
        return n > page ? n - page : 0;
    while (i > 0 && rows < page) {
        bool got = loglines_get(l->lines, logs_line_at(l, --i), &line);
        rows += got ? (size_t)logs_rows(l, &line, l->text_w) : 1;
    }
    i += rows > page; // the last page begins with a whole line
    return at < i ? at : i;
}

// The widths of fields are those of all lines in sight.
static void measure_fields(struct logview *l)
{
    struct logline line;
    size_t n = logs_shown(l), from = l->follow ? (n > (size_t)l->page ? n - (size_t)l->page : 0) : top_index(l);
    for (size_t i = from; i < n && i < from + (size_t)l->page && l->fields.n; i++)
        if (loglines_get(l->lines, logs_line_at(l, i), &line))
            logs_set_text(l, &line);
}

void logs_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct logview *l = (struct logview *)v;
    (void)focused;
    logs_prepare(l);
    if (r.h >= FOOT_MIN_H)
        logs_paint_foot(l, c, (struct rect) { r.y + --r.h, r.x, 1, r.w });
    l->hist_at = (struct rect) { 0 };
    if (l->show_hist && r.h > 3 * HIST_ROWS) {
        l->hist_at = (struct rect) { r.y, r.x, HIST_ROWS, r.w };
        loghist_paint(&l->hist, c, l->hist_at, l->stamps == STAMPS_UTC);
        r.y += HIST_ROWS;
        r.h -= HIST_ROWS;
    }
    l->page = r.h;
    canvas_fill(c, r, ROLE_TEXT, NULL);
    canvas_clip(c, &r);
    l->rows.n = 0;
    l->rows_y = r.y;
    l->text_w = r.w - prefix_width(l, r);
    measure_fields(l);
    if (!logs_shown(l))
        logs_paint_empty(l, c, r);
    if (l->follow)
        paint_end(l, c, r);
    else
        paint_from(l, c, r, top_index(l), 0);
    canvas_clip(c, NULL);
}
