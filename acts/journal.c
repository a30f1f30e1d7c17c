#include "acts/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/config.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "ui/table.h"

enum { MAX_FILE = 16 << 20, MAX_OLD = 1000, MAX_RESULT = 1000 };

struct journal {
    char *path;
    ARR(struct journal_entry *) entries; // the oldest first
    uint64_t next_id;
};

static void entry_free(struct journal_entry *e)
{
    act_target_release(&e->target);
    free(e->context);
    free(e->action);
    free(e->args);
    free(e->before);
    free(e->after);
    free(e->undo);
    free(e->result);
    free(e);
}

void journal_free(struct journal *j)
{
    if (!j)
        return;
    for (size_t i = 0; i < j->entries.n; i++)
        entry_free(j->entries.v[i]);
    arr_release(&j->entries);
    free(j->path);
    free(j);
}

// ---- the file

static const char *const states[] = { [JOURNAL_RUNNING] = "running", [JOURNAL_DONE] = "done",
    [JOURNAL_FAILED] = "failed" };

static json_t *entry_json(const struct journal_entry *e)
{
    char at[32];
    time_format_rfc3339(e->at, at);
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "time", at, "id",
        (json_int_t)e->id, "context", e->context, "action", e->action, "args", e->args, "kind", e->target.api_kind,
        "namespace", e->target.ns, "name", e->target.name, "uid", e->target.uid, "before", e->before, "after", e->after,
        "state", states[e->state], "result", str_or(e->result, ""));
}

// One line appended at once: two kviews may write, and one that is killed loses nothing.
static void append(struct journal *j, const struct journal_entry *e)
{
    struct err err;
    json_t *doc = entry_json(e);
    char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    char *dir = xstrndup(j->path, (size_t)(strrchr(j->path, '/') - j->path));
    int fd = dir_make(dir, &err) ? open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    char *line = text ? xasprintf("%s\n", text) : NULL;
    if (fd < 0 || !line || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
        log_warn("%s: the journal could not be written: %s", j->path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(line);
    free(dir);
    free(text);
    json_decref(doc);
}

static struct journal_entry *by_file(struct journal *j, const json_t *doc)
{
    // an entry is written when it begins and again when it ends; ids are counted anew by each kview
    for (size_t i = j->entries.n; i-- > 0 && i + 200 > j->entries.n;) {
        struct journal_entry *e = j->entries.v[i];
        if (e->id == (uint64_t)json_i64(doc, "id", NULL) && e->at == json_time(doc, "time", NULL) &&
            str_eq(e->target.uid, json_str(doc, "uid", NULL)))
            return e;
    }
    struct journal_entry *e = xcalloc(1, sizeof(*e));
    arr_push(&j->entries, e);
    return e;
}

static void take_line(struct journal *j, const json_t *doc)
{
    struct journal_entry *e = by_file(j, doc);
    const struct {
        char **to;
        const char *key;
    } texts[] = { { &e->context, "context" }, { &e->action, "action" }, { &e->args, "args" },
        { &e->target.api_kind, "kind" }, { &e->target.ns, "namespace" }, { &e->target.name, "name" },
        { &e->target.uid, "uid" }, { &e->before, "before" }, { &e->after, "after" }, { &e->result, "result" } };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free(*texts[i].to);
        *texts[i].to = xstrdup(json_str(doc, texts[i].key, NULL));
    }
    e->id = (uint64_t)json_i64(doc, "id", NULL);
    e->at = json_time(doc, "time", NULL);
    e->state = JOURNAL_FAILED;
    for (size_t i = 0; i < ARRAY_SIZE(states); i++)
        if (str_eq(states[i], json_str(doc, "state", NULL)))
            e->state = (enum journal_state)i;
}

struct journal *journal_new(void)
{
    struct journal *j = xcalloc(1, sizeof(*j));
    struct buf text = BUF_INIT;
    struct err err;
    j->path = config_state_path("journal.jsonl");
    if (access(j->path, R_OK) == 0 && !file_read(j->path, MAX_FILE, &text, &err))
        log_warn("%s", err.msg);
    for (const char *p = text.s; *p;) {
        size_t n = strcspn(p, "\n");
        json_t *doc = json_loadb(p, n, 0, NULL);
        if (json_is_object(doc))
            take_line(j, doc);
        json_decref(doc);
        p += n + (p[n] == '\n');
    }
    buf_release(&text);
    while (j->entries.n > MAX_OLD) {
        entry_free(j->entries.v[0]);
        arr_remove(&j->entries, 0);
    }
    return j;
}

// ---- entries

uint64_t journal_add(struct journal *j, struct journal_entry *e)
{
    struct journal_entry *own = xcalloc(1, sizeof(*own));
    *own = *e;
    own->id = ++j->next_id;
    own->at = time_now();
    arr_push(&j->entries, own);
    append(j, own);
    return own->id;
}

static struct journal_entry *find(const struct journal *j, uint64_t id)
{
    for (size_t i = j ? j->entries.n : 0; i-- > 0;)
        if (j->entries.v[i]->cx && j->entries.v[i]->id == id)
            return j->entries.v[i];
    return NULL;
}

const struct journal_entry *journal_find(const struct journal *j, uint64_t id)
{
    return find(j, id);
}

void journal_tell(struct journal *j, uint64_t id, enum journal_state state, const char *fmt, ...)
{
    struct journal_entry *e = find(j, id);
    char text[MAX_RESULT];
    va_list ap;
    if (!e)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    free(e->result);
    e->result = xstrdup(text);
    e->state = state;
    if (state != JOURNAL_RUNNING)
        append(j, e);
}

bool journal_can_undo(const struct journal_entry *e)
{
    return *str_or(e->undo, "") && !e->undone && e->state != JOURNAL_FAILED;
}

const struct journal_entry *journal_undoable(const struct journal *j, const struct ctx *cx)
{
    for (size_t i = j ? j->entries.n : 0; i-- > 0;) {
        const struct journal_entry *e = j->entries.v[i];
        if (e->cx && e->cx == cx && journal_can_undo(e))
            return e;
    }
    return NULL;
}

void journal_undone(struct journal *j, uint64_t id)
{
    struct journal_entry *e = find(j, id);
    if (e)
        e->undone = true;
}

size_t journal_count(const struct journal *j)
{
    return j ? j->entries.n : 0;
}

const struct journal_entry *journal_at(const struct journal *j, size_t i)
{
    return i < journal_count(j) ? j->entries.v[j->entries.n - 1 - i] : NULL;
}

// ---- the view

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
    return journal_count(((struct journal_view *)arg)->v.app->journal);
}

static const struct journal_entry *row_at(const struct journal_view *jv, size_t row)
{
    return journal_at(jv->v.app->journal, row);
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
    return e->undone ? "undone" : states[e->state];
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
    default: buf_puts(out, str_or(e->result, "")); break;
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
    table_paint(&jv->table, &src, c, r, focused);
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
    for (size_t i = 0; i < journal_count(v->app->journal); i++) {
        const struct journal_entry *e = journal_at(v->app->journal, i);
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
        buf_puts(out, str_or(e->result, ""));
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
    const struct journal *j = v->app->journal;
    (void)format;
    buf_puts(out, "| time | context | object | action | before | after | state | result |\n"
                  "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = journal_count(j); i-- > 0;) {
        const struct journal_entry *e = journal_at(j, i);
        char at[32];
        struct buf object = BUF_INIT;
        time_format_rfc3339(e->at, at);
        put_object(e, &object);
        char *action = xasprintf("%s %s", e->action, e->args);
        const char *cells[] = { at, e->context, object.s, action, e->before, e->after,
            state_of(e), e->result };
        buf_putc(out, '|');
        for (size_t k = 0; k < ARRAY_SIZE(cells); k++)
            put_cell(out, cells[k]);
        buf_putc(out, '\n');
        free(action);
        buf_release(&object);
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

struct view *journal_view_new(struct app *app, struct ctx *cx, const struct spec *spec, struct err *err)
{
    struct journal_view *jv = xcalloc(1, sizeof(*jv));
    (void)spec, (void)err;
    if (!app->journal)
        app->journal = journal_new();
    view_init(&jv->v, &ops, cx, "journal", "Journal");
    jv->v.app = app;
    table_init(&jv->table);
    table_set_cols(&jv->table, columns, COL_COUNT);
    return &jv->v;
}
