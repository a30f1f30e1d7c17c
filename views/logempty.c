// What a logs view says when it has no lines: what it waits for, what is wrong, or that nothing was written.
#include "views/logview.h"

#include "base/str.h"
#include "base/utf8.h"

static style_t put_reason(struct logview *l, const struct logset_status *st, struct buf *out, struct buf *hint)
{
    if (err_is(&st->err)) {
        buf_puts(out, st->err.msg);
        buf_puts(hint, st->err.hint);
        return st->err.code == 403 ? ROLE_WARN : ROLE_BAD;
    }
    if (logs_filtered(l) && l->written) {
        buf_puts(out, "None of ");
        logs_put_count(l->written, out);
        buf_puts(out, logs_behind(l) ? " lines so far" : " lines");
        buf_printf(out, " passes%s%s%s%s.", l->filter ? " " : "", str_or(l->filter_text, ""), l->floor ? " at or above " : "",
            l->floor ? logtext_level_name(l->floor) : "");
        buf_puts(hint, l->filter ? "& changes what is shown; empty, it shows all." : "s changes the least level.");
        return ROLE_DIM;
    }
    if (*st->waiting) {
        buf_puts(out, st->waiting);
        return ROLE_INFO;
    }
    if (st->finding || st->backlog || !st->complete_to) {
        buf_printf(out, "◐ reading %s …", l->name);
        return ROLE_INFO;
    }
    buf_puts(out, "Nothing was written");
    buf_puts(out, l->since ? " in this time." : " yet.");
    if (l->since)
        buf_puts(hint, "0 shows all that the server has.");
    return ROLE_DIM;
}

void logs_paint_empty(struct logview *l, struct canvas *c, struct rect r)
{
    struct logset_status st;
    struct buf text = BUF_INIT, hint = BUF_INIT, clean = BUF_INIT;
    logset_get_status(l->set, &st);
    style_t style = put_reason(l, &st, &text, &hint);
    utf8_sanitise(&clean, text.s, text.n);
    int y = canvas_put_wrapped(c, r.y + 2, r.x + 2, r.w - 4, style, clean.s);
    if (hint.n) {
        buf_clear(&clean);
        utf8_sanitise(&clean, hint.s, hint.n);
        canvas_put_wrapped(c, y, r.x + 2, r.w - 4, ROLE_DIM, clean.s);
    }
    buf_release(&text);
    buf_release(&hint);
    buf_release(&clean);
}
