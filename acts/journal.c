#include "acts/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/xdg.h"

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
    free(e->evidence);
    json_decref(e->was);
    json_decref(e->is);
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
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "time", at, "id",
        (json_int_t)e->id, "context", e->context, "action", e->action, "args", e->args, "kind", e->target.api_kind,
        "namespace", e->target.ns, "name", e->target.name, "uid", e->target.uid, "before", e->before, "after", e->after,
        "state", states[e->state], "result", str_or(e->result, ""), "evidence", str_or(e->evidence, ""));
}

// One line appended at once: two kviews may write, and one that is killed loses nothing.
static void append(struct journal *j, const struct journal_entry *e)
{
    struct err err = { 0 };
    json_t *doc = entry_json(e);
    char *text = doc ? json_text(doc, JSON_COMPACT) : NULL;
    char *dir = xstrndup(j->path, (size_t)(strrchr(j->path, '/') - j->path));
    int fd = dir_make(dir, &err) ? file_open(j->path, O_WRONLY | O_APPEND | O_CREAT, &err) : -1;
    char *line = text ? xasprintf("%s\n", text) : NULL;
    ssize_t written = fd < 0 || !line ? -1 : write(fd, line, strlen(line));
    bool whole = written >= 0 && line && (size_t)written == strlen(line);
    if (written > 0 && !whole && ftruncate(fd, lseek(fd, 0, SEEK_CUR) - written) != 0) // half a line would take the next with it
        log_warn("%s: half an entry was left", j->path);
    if (!whole)
        log_warn("%s: the journal could not be written: %s", j->path, err_is(&err) ? err.msg : strerror(errno));
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
        { &e->target.uid, "uid" }, { &e->before, "before" }, { &e->after, "after" }, { &e->result, "result" }, { &e->evidence, "evidence" } };
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
    j->path = xdg_state("journal.jsonl");
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

const char *journal_state_name(enum journal_state state)
{
    return states[state];
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

void journal_put_result(const struct journal_entry *e, struct buf *out)
{
    buf_puts(out, str_or(e->result, ""));
    if (*str_or(e->evidence, ""))
        buf_printf(out, "; evidence in %s", e->evidence);
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
