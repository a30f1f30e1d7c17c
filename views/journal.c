#include "views/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acts/journal.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "ui/table.h"
#include "views/host.h"

struct journal_view {
    struct view v;
    struct table table;
    size_t seen;
};

enum { COL_TIME, COL_STATE, COL_ACTION, COL_OBJECT, COL_CONTEXT, COL_BEFORE, COL_AFTER, COL_RESULT, COL_COUNT };
static const struct table_col columns[COL_COUNT] = { [COL_TIME] = { "TIME", 8, 0 },
    [COL_STATE] = { "STATE", 7, 0, false, false, true }, [COL_ACTION] = { "ACTION", 0, 30 },
    [COL_OBJECT] = { "OBJECT", 0, 50, false, true }, [COL_CONTEXT] = { "CONTEXT", 0, 30 },
    [COL_BEFORE] = { "BEFORE", 0, 30 }, [COL_AFTER] = { "AFTER", 0, 30 }, [COL_RESULT] = { "RESULT", 0, 0 } };

static size_t src_count(void *arg)
{
    return journal_count(((struct journal_view *)arg)->v.host->journal);
}

static const struct journal_entry *row_at(const struct journal_view *jv, size_t row)
{
    return journal_at(jv->v.host->journal, row);
}

static void put_time(const struct journal_entry *e, struct buf *out)
{
    char text[32];
    time_t at = (time_t)e->at, now = (time_t)time_now();
    struct tm tm, today;
    localtime_r(&at, &tm);
    localtime_r(&now, &today);
    bool same = tm.tm_yday == today.tm_yday && tm.tm_year == today.tm_year;
    strftime(text, sizeof(text), same ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &tm);
    buf_puts(out, text);
}

static void put_object(const struct journal_entry *e, struct buf *out)
{
    buf_printf(out, "%s %s%s%s", e->target.api_kind, e->target.ns, *e->target.ns ? "/" : "", e->target.name);
}

static const char *state_of(const struct journal_entry *e)
{
    if (!e->cx && e->state == JOURNAL_RUNNING)
        return "not seen"; // that kview ended before the end of it
    return e->undone ? "undone" : journal_state_name(e->state);
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    static const style_t styles[] = { [JOURNAL_RUNNING] = ROLE_INFO, [JOURNAL_DONE] = ROLE_OK,
        [JOURNAL_FAILED] = ROLE_BAD };
    const struct journal_entry *e = row_at(arg, row);
    switch (col) {
    case COL_TIME: put_time(e, out); return ROLE_DIM;
    case COL_STATE: buf_puts(out, state_of(e)); return e->cx ? styles[e->state] : ROLE_DIM;
    case COL_ACTION: buf_printf(out, "%s%s%s", e->action, *e->args ? " " : "", e->args); break;
    case COL_OBJECT: put_object(e, out); break;
    case COL_CONTEXT: buf_puts(out, e->context); return ROLE_DIM;
    case COL_BEFORE: buf_puts(out, e->before); break;
    case COL_AFTER: buf_puts(out, e->after); break;
    default: journal_put_result(e, out); break;
    }
    return ROLE_TEXT;
}

static void journal_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct journal_view *jv = (struct journal_view *)v;
    struct table_source src = { jv, src_count, src_cell, NULL };
    size_t n = src_count(jv);
    if (n > jv->seen && jv->table.cursor) // what is looked at stays under the cursor
        table_goto(&jv->table, jv->table.cursor + n - jv->seen, n);
    jv->seen = n;
    view_table(v, &jv->table, &src, c, r, focused);
    if (!n)
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM, "nothing was changed with kview yet");
}

static bool journal_command(struct view *v, const struct call *call, struct err *err)
{
    struct journal_view *jv = (struct journal_view *)v;
    size_t n = src_count(jv);
    long page = jv->table.page > 1 ? jv->table.page - 1 : 1;
    const struct {
        const char *name;
        long delta;
    } moves[] = { { "up", -1 }, { "down", 1 }, { "page-up", -page }, { "page-down", page },
        { "top", -1000000 }, { "bottom", 1000000 } };
    (void)err;
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            table_move(&jv->table, moves[i].delta, n);
            return true;
        }
    if (!str_eq(call->name, "left") && !str_eq(call->name, "right"))
        return false;
    table_scroll_cols(&jv->table, call->name[0] == 'l' ? -1 : 1);
    return true;
}

static void journal_status(struct view *v, struct view_status *out)
{
    size_t running = 0;
    for (size_t i = 0; i < journal_count(v->host->journal); i++) {
        const struct journal_entry *e = journal_at(v->host->journal, i);
        running += e->cx && e->state == JOURNAL_RUNNING;
    }
    out->fresh = running ? FRESH_LIVE : FRESH_NONE;
    if (running)
        snprintf(out->text, sizeof(out->text), "%zu running", running);
}

static void journal_insight(struct view *v, struct buf *out, style_t *style)
{
    struct journal_view *jv = (struct journal_view *)v;
    const struct journal_entry *e = row_at(jv, jv->table.cursor);
    *style = e && e->state == JOURNAL_FAILED ? ROLE_BAD : ROLE_DIM;
    if (e)
        journal_put_result(e, out);
}

static void journal_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct journal_view *jv = (struct journal_view *)v;
    size_t n = src_count(jv);
    int col;
    long hit = button ? -2 : table_hit(&jv->table, r, y, x, n, &col);
    (void)clicks;
    if (button)
        table_move(&jv->table, button * 3, n);
    if (hit >= 0)
        table_goto(&jv->table, (size_t)hit, n);
    view_dirty(v);
}

static void put_cell(struct buf *out, const char *s)
{
    buf_puts(out, " ");
    for (; s && *s; s++) {
        if (*s == '|' || *s == '\\' || *s == '<' || *s == '`' || *s == '*' || *s == '_')
            buf_putc(out, '\\');
        buf_putc(out, *s == '\n' ? ' ' : *s);
    }
    buf_puts(out, " |");
}

// As Markdown, the oldest first: for a report of what was done.
static void journal_save(struct view *v, const char *format, struct buf *out)
{
    const struct journal *j = v->host->journal;
    (void)format;
    buf_puts(out, "| time | context | object | action | before | after | state | result |\n"
                  "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = journal_count(j); i-- > 0;) {
        const struct journal_entry *e = journal_at(j, i);
        char at[32];
        struct buf object = BUF_INIT, result = BUF_INIT;
        time_format_rfc3339(e->at, at);
        put_object(e, &object);
        journal_put_result(e, &result);
        char *action = xasprintf("%s %s", e->action, e->args);
        const char *cells[] = { at, e->context, object.s, action, e->before, e->after,
            state_of(e), result.s };
        buf_putc(out, '|');
        for (size_t k = 0; k < ARRAY_SIZE(cells); k++)
            put_cell(out, cells[k]);
        buf_putc(out, '\n');
        free(action);
        buf_release(&object);
        buf_release(&result);
    }
}

static void journal_view_free(struct view *v)
{
    table_release(&((struct journal_view *)v)->table);
    view_release(v);
    free(v);
}

static const char *const keys[] = { "undo", "save", "back", "command-prompt", "help", NULL };

static const struct view_ops ops = {
    .mode = "journal",
    .free = journal_view_free,
    .paint = journal_paint,
    .command = journal_command,
    .status = journal_status,
    .insight = journal_insight,
    .mouse = journal_mouse,
    .save = journal_save,
    .keys = keys,
};

struct view *journal_view_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    struct journal_view *jv = xcalloc(1, sizeof(*jv));
    (void)spec, (void)err;
    if (!host->journal)
        host->journal = journal_new();
    view_init(&jv->v, &ops, cx, "journal", "Journal");
    jv->v.host = host;
    table_init(&jv->table);
    table_set_cols(&jv->table, columns, COL_COUNT);
    return &jv->v;
}
