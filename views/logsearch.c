// Filtering, searching and counting over a log of any length: in slices between which keys are answered.
#include "views/logview.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

enum { SLICE_MS = 4, SLICE_LINES = 256 };

// ---- the filter, over what has come

static void show_line(struct logview *l, size_t line)
{
    if (!l->shown.n || l->shown.v[l->shown.n - 1] < line)
        arr_push(&l->shown, (uint32_t)line);
}

// A line of no known level counts as information.
static bool above_floor(const struct logview *l, const struct logline *line)
{
    return (line->level ? line->level : LEVEL_INFO) >= l->floor;
}

static void filter_line(struct logview *l, size_t i)
{
    struct logline line;
    if (!loglines_get(l->lines, i, &line))
        return;
    bool ours = (line.flags & (LOG_NOTE | LOG_BAR)) != 0;
    if (!ours && above_floor(l, &line) && (!l->filter || logfilter_match(l->filter, &line))) {
        size_t around = l->filter ? logfilter_context(l->filter) : 0, first = loglines_first(l->lines);
        for (size_t k = i - first < around ? first : i - around; k < i; k++)
            show_line(l, k);
        show_line(l, i);
        l->passed += !(line.flags & LOGVIEW_IN_LINE);
        l->context_left = around;
    } else if (ours || l->context_left) {
        l->context_left -= l->context_left && !ours;
        show_line(l, i);
    }
}

bool logs_behind(const struct logview *l)
{
    return logs_filtered(l) && l->scanned < loglines_end(l->lines);
}

void logs_filter_anew(struct logview *l)
{
    l->shown.n = l->passed = 0;
    l->scanned = loglines_first(l->lines);
    l->context_left = 0;
    logs_count_anew(l);
}

// ---- hits

static bool line_hit(struct logview *l, const struct logline *line)
{
    size_t at, len;
    bool ours = (line->flags & (LOG_NOTE | LOG_BAR)) != 0;
    if ((ours || (!l->record && !l->fields.n)) && utf8_is_plain(line->text, line->n))
        return logpattern_find(l->search, line->text, line->n, 0, &at, &len);
    logs_set_text(l, line);
    return logpattern_find(l->search, l->text.text.s, l->text.text.n, 0, &at, &len);
}

bool logs_counting(const struct logview *l)
{
    return l->search && l->counted < loglines_end(l->lines);
}

// Where a filter is behind, so is the count.
static void count_some(struct logview *l)
{
    struct logline line;
    size_t end = logs_filtered(l) ? l->scanned : loglines_end(l->lines);
    size_t i = logs_index_of(l, l->counted), n = logs_shown(l);
    for (int k = 0; k < SLICE_LINES && i < n; k++, i++) {
        size_t number = logs_line_at(l, i);
        if (loglines_get(l->lines, number, &line) && line_hit(l, &line))
            arr_push(&l->hits, (uint32_t)number);
        l->counted = number + 1;
    }
    if (i >= n && l->counted < end)
        l->counted = end;
}

void logs_count_anew(struct logview *l)
{
    l->hits.n = 0;
    l->counted = loglines_first(l->lines);
    logs_want_work(l);
}

size_t logs_hit_rank(const struct logview *l)
{
    size_t lo = 0, hi = l->hits.n;
    if (!l->cursor || l->follow)
        return 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->hits.v[mid] < l->cursor - 1)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->hits.n && l->hits.v[lo] == l->cursor - 1 ? lo + 1 : 0;
}

// ---- the next one

static bool is_sought(struct logview *l, size_t number)
{
    struct logline line;
    if (!loglines_get(l->lines, number, &line))
        return false;
    if (l->seek == SEEK_TEXT)
        return line_hit(l, &line);
    if (line.flags & (LOG_NOTE | LOG_BAR)) // a crash, a gap
        return (line.flags & LOG_BAD) != 0;
    return line.level >= LEVEL_ERROR && !(line.flags & LOGVIEW_GOES_ON);
}

static void no_more(struct logview *l)
{
    host_flash(l->v.host, ROLE_WARN, "%s", l->seek == SEEK_ERROR ? "no more errors this way" : "no hits");
    l->seek = SEEK_NOTHING;
}

// Text is looked for over the end and on from the other one, errors up to there: their order in time is the point.
static void seek_some(struct logview *l)
{
    for (int i = 0; i < SLICE_LINES && l->seek; i++) {
        size_t n = logs_shown(l);
        bool beyond = l->seek_at >= n; // below the first, too: it wraps to the largest number
        if (!l->seek_left-- || (beyond && (l->seek == SEEK_ERROR || !n))) {
            no_more(l);
            return;
        }
        if (beyond) {
            l->seek_at = l->seek_dir < 0 ? n - 1 : 0;
            host_flash(l->v.host, ROLE_INFO, l->seek_dir < 0 ? "on from the newest line" : "on from the oldest line");
        }
        size_t line = logs_line_at(l, l->seek_at);
        if (is_sought(l, line)) {
            l->seek = SEEK_NOTHING;
            logs_go_to(l, line);
            return;
        }
        l->seek_at += (size_t)l->seek_dir;
    }
}

void logs_seek(struct logview *l, enum log_seek what, int dir)
{
    l->seek_at = (l->cursor && !l->follow ? logs_index_of(l, l->cursor - 1) : logs_shown(l)) + (size_t)dir;
    l->seek = what;
    l->seek_dir = dir;
    l->seek_left = logs_shown(l) + 1;
    logs_want_work(l);
}

void logs_set_search(struct logview *l, const char *text, struct err *err)
{
    struct logpattern *p = *text ? logpattern_new(text, err) : NULL;
    if (*text && !p)
        return;
    logpattern_free(l->search);
    free(l->v.filter_text);
    l->search = p;
    l->v.filter_text = *text ? xstrdup(text) : NULL;
    l->seek = SEEK_NOTHING;
    logs_count_anew(l);
    if (p) { // from the end of the screen upwards: what is newest is looked for first
        size_t n = logs_shown(l), at = l->follow ? n : logs_index_of(l, l->top) + (size_t)l->page;
        l->seek = SEEK_TEXT;
        l->seek_dir = -1;
        l->seek_left = n + 1;
        l->seek_at = (at < n ? at : n) - 1;
    }
}

// ---- in slices

void logs_work(void *arg)
{
    struct logview *l = arg;
    int64_t until = time_mono_ms() + SLICE_MS;
    size_t first = loglines_first(l->lines);
    do {
        l->scanned = l->scanned < first ? first : l->scanned;
        l->counted = l->counted < first ? first : l->counted;
        for (int i = 0; i < SLICE_LINES && logs_behind(l); i++)
            filter_line(l, l->scanned++);
        if (l->seek)
            seek_some(l);
        else if (logs_counting(l))
            count_some(l);
    } while ((logs_behind(l) || l->seek || logs_counting(l)) && time_mono_ms() < until &&
             !loop_user_waits(l->v.host->loop));
    l->v.working = logs_behind(l) || l->seek || logs_counting(l);
    if (l->v.working)
        loop_timer_start(l->worker, 0, 0);
    view_dirty(&l->v);
}

void logs_want_work(struct logview *l)
{
    if (!loop_timer_active(l->worker))
        loop_timer_start(l->worker, 0, 0);
}

void logs_cancel(struct logview *l)
{
    struct err none = { 0 };
    bool filtering = logs_behind(l);
    if (l->seek || logs_counting(l))
        logs_set_search(l, "", &none);
    if (filtering) {
        l->floor = LEVEL_NONE;
        logs_set_filter(l, "", &none);
        logs_set_title(l);
    }
    l->v.working = false;
    host_flash(l->v.host, ROLE_INFO, filtering ? "cancelled: all lines are shown" : "cancelled");
}
