// One line of a log by itself: when and where it was written, its fields, the whole of it.
#include "views/logview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/pager.h"
#include "views/yaml.h"

enum { VALUE_COL = 11 };

static void put_when(struct text *out, int64_t stamp)
{
    char utc[32], local[64], age[HUMAN_DURATION_MAX];
    time_t sec = (time_t)(stamp / NS_PER_S);
    struct tm tm;
    localtime_r(&sec, &tm);
    strftime(local, sizeof(local), "%a %d %b %H:%M:%S %Z", &tm);
    time_format_rfc3339(sec, utc);
    human_age(time_now(), sec, age);
    text_field(out, 0, VALUE_COL, "Time", "%.19s.%09dZ", utc, (int)(stamp % NS_PER_S));
    text_field(out, 0, VALUE_COL, "Here", "%s, %s ago", local, age);
}

// A stack trace in a field or in a line that the kubelet took as one has line ends of its own.
static void put_words(struct text *out, const char *s, size_t n)
{
    struct logtext clean;
    logtext_init(&clean);
    while (n) {
        const char *end = memchr(s, '\n', n);
        size_t len = end ? (size_t)(end - s) : n;
        logtext_set(&clean, s, len);
        text_add(out, str_or(clean.text.s, ""));
        s += len + (end != NULL);
        n -= len + (end != NULL);
    }
    logtext_release(&clean);
}

static void put_logfmt(struct text *out, const char *s, size_t n)
{
    const char *name;
    size_t at = 0, name_n;
    struct buf value = BUF_INIT;
    struct logtext clean;
    logtext_init(&clean);
    for (bool first = true; logtext_logfmt(s, n, &at, &name, &name_n, &value); first = false) {
        if (first)
            pager_heading(out, "Fields");
        char *label = xstrndup(name, name_n);
        logtext_set(&clean, value.s, value.n);
        text_field(out, 0, VALUE_COL, label, "%s", str_or(clean.text.s, ""));
        free(label);
        buf_clear(&value);
    }
    logtext_release(&clean);
    buf_release(&value);
}

static void put_fields(struct text *out, const char *s, size_t n)
{
    struct yaml_opts plain = { 0 };
    json_t *doc = json_loadb(s, n, JSON_ALLOW_NUL, NULL);
    if (json_is_object(doc)) {
        pager_heading(out, "Fields");
        yaml_text(doc, &plain, out);
    } else {
        put_logfmt(out, s, n);
    }
    json_decref(doc);
    pager_heading(out, "Line");
    put_words(out, s, n);
}

static void lineview_free(struct view *v)
{
    pager_release((struct pager *)v);
    view_release(v);
    free(v);
}

static bool lineview_command(struct view *v, const struct call *call, struct err *err)
{
    view_dirty(v);
    return pager_command((struct pager *)v, call, err);
}

static void lineview_status(struct view *v, struct view_status *out)
{
    (void)v;
    out->fresh = FRESH_NONE;
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "fold", "wrap", "copy",
    "save", "help", NULL };

static const struct view_ops ops = {
    .mode = "text",
    .free = lineview_free,
    .paint = pager_paint,
    .command = lineview_command,
    .applies = pager_applies,
    .status = lineview_status,
    .insight = pager_insight,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = keys,
};

void logs_open_line(struct logview *l, const struct logline *line)
{
    struct pager *p = xcalloc(1, sizeof(*p));
    struct logset_source src;
    struct text *out = &p->text;
    view_init(&p->v, &ops, l->v.ctx, l->v.spec, "log line"); // a restored session has the log
    pager_init(p, l->v.host);
    out->wrap = true;
    put_when(out, line->stamp);
    if (!(line->flags & (LOG_NOTE | LOG_BAR)) && line->source < logset_count(l->set)) {
        logset_source(l->set, line->source, &src);
        text_field(out, 0, VALUE_COL, "Pod", "%s", src.pod);
        text_field(out, 0, VALUE_COL, "Namespace", "%s", src.ns);
        text_field(out, 0, VALUE_COL, "Container", "%s", src.container);
        if (line->level)
            text_field(out, 0, VALUE_COL, "Level", "%s", logtext_level_name(line->level));
    }
    put_fields(out, line->text, line->n);
    host_push(l->v.host, &p->v);
}
