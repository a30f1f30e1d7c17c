// Older lines than the range that a logs view began with: read from the server when one moves up beyond the first, and the
// place on the screen and the marks are found again by their times.
#include "views/logview.h"

#include <string.h>

#include "base/timeutil.h"

enum { MORE = 10, ALL_FROM = 1000000 };

static bool widen(struct logview *l)
{
    if (l->since) {
        int64_t now = time_now(), span = now - l->since;
        l->since = span > 0 && span < now / MORE ? now - span * MORE : 0;
        return true;
    }
    if (l->tail < 0)
        return false;
    l->tail = l->tail < ALL_FROM / MORE ? (l->tail ? l->tail * MORE : MORE) : -1;
    return true;
}

// Of the first line of a container: kview's own words have the time of now.
static bool first_stamp(struct logview *l, int64_t *out)
{
    struct logline line;
    for (size_t i = loglines_first(l->lines); i < loglines_end(l->lines); i++)
        if (loglines_get(l->lines, i, &line) && !(line.flags & (LOG_NOTE | LOG_BAR))) {
            *out = line.stamp;
            return true;
        }
    return false;
}

void logs_older(struct logview *l)
{
    struct logset_status st;
    struct logline line;
    struct err err = { 0 };
    ARR(int64_t) marks = { 0 };
    int64_t anchor;
    logset_get_status(l->set, &st);
    if (l->anchor || l->oldest || st.backlog || !first_stamp(l, &anchor) || !widen(l))
        return;
    for (size_t i = 0; i < l->marks.n; i++)
        if (loglines_get(l->lines, l->marks.v[i], &line) && !(line.flags & LOG_BAR))
            arr_push(&marks, line.stamp);
    if (!logs_start(l, &err)) {
        host_flash_err(l->v.host, &err);
    } else {
        l->anchor = anchor;
        l->follow = false;
        arr_release(&l->marked);
        memcpy(&l->marked, &marks, sizeof(marks));
        memset(&marks, 0, sizeof(marks));
        host_flash(l->v.host, ROLE_INFO, "reading older lines …");
    }
    arr_release(&marks);
}

static bool is_of(const struct logview *l, size_t i, int64_t stamp)
{
    struct logline line;
    return loglines_get(l->lines, i, &line) && line.stamp == stamp;
}

// The line of that time. Where a container's clock jumped the lines are not in the order of their times: then each is
// looked at.
static size_t line_of(struct logview *l, int64_t stamp)
{
    struct logline line;
    size_t lo = loglines_first(l->lines), hi = loglines_end(l->lines);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (loglines_get(l->lines, mid, &line) && line.stamp < stamp)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (is_of(l, lo, stamp))
        return lo;
    for (size_t i = loglines_first(l->lines); i < loglines_end(l->lines); i++)
        if (is_of(l, i, stamp))
            return i;
    return lo;
}

void logs_older_came(struct logview *l)
{
    struct logset_status st;
    if (!l->anchor)
        return;
    logset_get_status(l->set, &st);
    if (st.complete_to < l->anchor || st.backlog || logs_behind(l) || !loglines_end(l->lines))
        return;
    size_t at = line_of(l, l->anchor), first = loglines_first(l->lines);
    for (size_t i = 0; i < l->marked.n; i++)
        arr_push(&l->marks, (uint32_t)line_of(l, l->marked.v[i]));
    l->marked.n = 0;
    l->anchor = 0;
    l->arrived = loglines_end(l->lines);
    if (logs_shown(l)) // where one went up from
        logs_go_to(l, at > first ? at - 1 : first);
    l->oldest = at == first;
    if (l->oldest)
        host_flash(l->v.host, ROLE_INFO, "these are the oldest lines that the server has");
    else
        host_flash(l->v.host, ROLE_OK, "%zu older lines", at - first);
    view_dirty(&l->v);
}
