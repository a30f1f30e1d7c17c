// The last line of a logs view: up to when it is proven complete or what is missing, and what is not shown of it.
#include "views/logview.h"

#include <stdio.h>
#include <time.h>

#include "base/str.h"
#include "base/utf8.h"

static void put_clock(int64_t stamp, bool utc, struct buf *out)
{
    time_t sec = (time_t)(stamp / NS_PER_S);
    struct tm tm;
    char text[32];
    strftime(text, sizeof(text), "%H:%M:%S", utc ? gmtime_r(&sec, &tm) : localtime_r(&sec, &tm));
    buf_printf(out, "%s%s", text, utc ? "Z" : "");
}

void logs_put_count(size_t n, struct buf *out)
{
    char digits[32];
    int len = snprintf(digits, sizeof(digits), "%zu", n);
    for (int i = 0; i < len; i++)
        buf_printf(out, "%s%c", i && (len - i) % 3 == 0 ? " " : "", digits[i]);
}

style_t logs_put_complete(const struct logset_status *st, bool utc, struct buf *out)
{
    if (st->gaps) {
        buf_puts(out, "missing: ");
        put_clock(st->gap_from, utc, out);
        buf_puts(out, "–");
        put_clock(st->gap_to, utc, out);
        if (st->gaps > 1)
            buf_printf(out, " and %u before", st->gaps - 1);
        return ROLE_BAD;
    }
    if (!st->complete_to) {
        buf_puts(out, st->finding || st->backlog ? "reading …" : "not known yet how far it is complete");
        return ROLE_DIM;
    }
    buf_puts(out, "complete to ");
    put_clock(st->complete_to, utc, out);
    buf_puts(out, " ✓");
    return ROLE_OK;
}

static void put_state(const struct logview *l, struct buf *out)
{
    size_t came = logs_came_since(l), rank = logs_hit_rank(l);
    if (l->floor)
        buf_printf(out, "  ≥ %s", logtext_level_name(l->floor));
    if (logs_filtered(l)) {
        buf_puts(out, "  ");
        logs_put_count(l->passed, out);
        buf_puts(out, " of ");
        logs_put_count(l->written, out);
        buf_puts(out, logs_behind(l) ? " lines …" : " lines");
    }
    if (l->search) {
        buf_puts(out, "  ");
        if (rank) {
            logs_put_count(rank, out);
            buf_puts(out, " of ");
        }
        logs_put_count(l->hits.n, out);
        buf_printf(out, " hit%s%s", l->hits.n == 1 ? "" : "s", logs_counting(l) ? " …" : "");
    }
    if (l->marks.n)
        buf_printf(out, "  %zu marked", l->marks.n);
    if (!l->follow)
        buf_puts(out, l->head ? "  from the begin" : "  PAUSED");
    if (came) {
        buf_puts(out, " +");
        logs_put_count(came, out);
        buf_puts(out, " new");
    }
}

void logs_paint_foot(struct logview *l, struct canvas *c, struct rect r)
{
    struct logset_status st;
    struct buf left = BUF_INIT, clean = BUF_INIT, right = BUF_INIT;
    logset_get_status(l->set, &st);
    style_t style = ROLE_DIM;
    if (!err_is(&st.err) || l->written) // else there is nothing that could be complete
        style = logs_put_complete(&st, l->stamps == STAMPS_UTC, &left);
    put_state(l, &right);
    utf8_sanitise(&clean, left.s, left.n);
    canvas_fill(c, r, ROLE_TEXT, NULL);
    int w = utf8_width(str_or(right.s, "")), room = r.w - w - (w > 0);
    canvas_put(c, r.y, r.x, room, style, str_or(clean.s, ""));
    if (w)
        canvas_put_right(c, r.y, r.x, r.w, l->follow ? ROLE_INFO : ROLE_WARN, right.s);
    buf_release(&left);
    buf_release(&clean);
    buf_release(&right);
}
