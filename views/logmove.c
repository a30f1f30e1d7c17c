// Where a logs view is: following, paused, the cursor, marks and jumps between them.
#include "views/logview.h"

#include <string.h>

#include "base/str.h"
#include "base/timeutil.h"

static void follow_from(struct logview *l, size_t line)
{
    if (l->follow)
        l->arrived = loglines_end(l->lines);
    l->follow = false;
    l->top = line;
}

// Scrolls as little as it takes.
static void show_cursor(struct logview *l)
{
    size_t at = logs_index_of(l, l->cursor - 1), top = logs_index_of(l, l->top);
    struct logline line;
    if (at < top) {
        l->top = l->cursor - 1;
        return;
    }
    int rows = 0;
    for (size_t i = at + 1; i > top; i--) {
        bool got = l->wrap && loglines_get(l->lines, logs_line_at(l, i - 1), &line);
        rows += got ? logs_rows(l, &line, l->text_w) : 1;
        if (rows > l->page) {
            l->top = logs_line_at(l, i - 1 < at ? i : at);
            return;
        }
    }
}

void logs_set_cursor(struct logview *l, size_t index)
{
    l->cursor = logs_line_at(l, index) + 1;
    show_cursor(l);
}

void logs_halt(struct logview *l)
{
    size_t n = logs_shown(l);
    if (!l->follow || !n)
        return;
    follow_from(l, logs_line_at(l, n > (size_t)l->page ? n - (size_t)l->page : 0));
    logs_set_cursor(l, n - 1);
}

void logs_go_on(struct logview *l)
{
    l->follow = true;
    l->head = false;
    l->cursor = 0;
}

size_t logs_came_since(const struct logview *l)
{
    return l->follow || l->head ? 0 : logs_shown(l) - logs_index_of(l, l->arrived);
}

void logs_move(struct logview *l, long by)
{
    size_t n = logs_shown(l);
    if (!n || !by || (l->follow && by > 0))
        return;
    logs_halt(l);
    long at = (long)logs_index_of(l, l->cursor ? l->cursor - 1 : l->top) + by;
    if (at >= (long)n)
        logs_go_on(l);
    else if (at < 0 && logs_index_of(l, l->cursor - (l->cursor > 0)) == 0)
        logs_older(l);
    else
        logs_set_cursor(l, at > 0 ? (size_t)at : 0);
    if (l->anchor && by > 0) // one is elsewhere by now
        l->anchor = 0;
}

void logs_scroll(struct logview *l, long by)
{
    size_t n = logs_shown(l), page = (size_t)l->page;
    if (!n || (l->follow && by > 0))
        return;
    logs_halt(l);
    long at = (long)logs_index_of(l, l->top) + by;
    if (by > 0 && (at + (long)page > (long)n || at >= (long)n)) {
        logs_go_on(l);
        return;
    }
    l->top = logs_line_at(l, at > 0 ? (size_t)at : 0);
    size_t top = logs_index_of(l, l->top),
           cursor = logs_index_of(l, l->cursor ? l->cursor - 1 : l->top);
    size_t last = top + page - (page > 0) < n ? top + page - (page > 0) : n - 1;
    l->cursor = logs_line_at(l, cursor < top ? top : cursor > last ? last : cursor) + 1;
}

void logs_go_to(struct logview *l, size_t line)
{
    size_t at = logs_index_of(l, line), third = (size_t)l->page / 3;
    follow_from(l, logs_line_at(l, at > third ? at - third : 0));
    logs_set_cursor(l, at);
}

void logs_go_to_time(struct logview *l, int64_t stamp, struct err *err)
{
    struct logline line;
    size_t lo = 0, hi = logs_shown(l);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (loglines_get(l->lines, logs_line_at(l, mid), &line) && line.stamp < stamp)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == logs_shown(l)) {
        err_set(err, "there is nothing after that yet");
        return;
    }
    logs_go_to(l, logs_line_at(l, lo));
    l->top = logs_line_at(l, lo);
}

// ---- marks

static size_t mark_index(const struct logview *l, size_t line)
{
    size_t i = 0;
    while (i < l->marks.n && l->marks.v[i] < line)
        i++;
    return i;
}

// While it follows, a bar with the time after what has come: what comes next is told from what was there.
static void add_bar(struct logview *l)
{
    char stamp[32];
    time_format_rfc3339(time_now(), stamp);
    struct logline line = { .stamp = time_now_ms() * 1000000,
        .flags = LOG_BAR,
        .n = (uint32_t)strlen(stamp),
        .text = stamp };
    arr_push(&l->marks, (uint32_t)loglines_end(l->lines));
    loglines_add(l->lines, &line);
    if (logs_filtered(l))
        logs_want_work(l);
}

void logs_toggle_mark(struct logview *l)
{
    if (l->follow || !l->cursor) {
        add_bar(l);
        return;
    }
    size_t line = l->cursor - 1, i = mark_index(l, line);
    if (i < l->marks.n && l->marks.v[i] == line)
        arr_remove(&l->marks, i);
    else
        arr_insert(&l->marks, i, (uint32_t)line);
}

void logs_to_mark(struct logview *l, int dir, struct err *err)
{
    size_t here = l->follow || !l->cursor ? loglines_end(l->lines) : l->cursor - 1;
    size_t i = mark_index(l, here);
    if (!l->marks.n) {
        err_set(err, "no line is marked: m marks one");
        return;
    }
    i += dir > 0 && i < l->marks.n && l->marks.v[i] == here;
    for (i = dir > 0 ? i : i - 1; i < l->marks.n; i += (size_t)dir) { // below the first it wraps to the largest number
        size_t at = logs_index_of(l, l->marks.v[i]);
        if (at < logs_shown(l) && logs_line_at(l, at) == l->marks.v[i]) { // else the filter hides it
            logs_go_to(l, l->marks.v[i]);
            return;
        }
    }
    err_set(err, "no more marks this way");
}
