// The lines of a logs view as they are shown: which, and the text of each. Drawing, saving and following stand on it.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "logs/record.h"
#include "views/logview.h"

enum { TAG_MAX = 28, FIELD_MAX = 48 };

bool logs_filtered(const struct logview *l)
{
    return l->filter || l->floor;
}

size_t logs_shown(const struct logview *l)
{
    return logs_filtered(l) ? l->shown.n : loglines_end(l->lines) - loglines_first(l->lines);
}

size_t logs_line_at(const struct logview *l, size_t index)
{
    return logs_filtered(l) ? l->shown.v[index] : loglines_first(l->lines) + index;
}

// The index of a line, or of the first one after it.
size_t logs_index_of(const struct logview *l, size_t line)
{
    size_t lo = 0, hi = logs_shown(l);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (logs_line_at(l, mid) < line)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// How many numbers at the start of v are of lines that are no more, worth moving the others.
static size_t dropped(const uint32_t *v, size_t count, size_t first)
{
    size_t n = 0;
    while (n < count && v[n] < first)
        n++;
    return n > 4096 || n == count ? n : 0;
}

static void forget_dropped(struct logview *l)
{
    size_t first = loglines_first(l->lines);
    if (!first)
        return;
    size_t n = dropped(l->shown.v, l->shown.n, first), hits = dropped(l->hits.v, l->hits.n, first);
    memmove(l->shown.v, l->shown.v + n, (l->shown.n - n) * sizeof(*l->shown.v));
    l->shown.n -= n;
    memmove(l->hits.v, l->hits.v + hits, (l->hits.n - hits) * sizeof(*l->hits.v));
    l->hits.n -= hits;
    while (l->marks.n && l->marks.v[0] < first)
        arr_remove(&l->marks, 0);
}

// What all of them begin with, up to a dash: "web-7d9f-" of the Pods of one ReplicaSet.
static size_t shared_start(const struct logview *l)
{
    size_t n = l->tags.n > 1 ? strlen(l->tags.v[0]) : 0;
    for (size_t i = 1; i < l->tags.n; i++) {
        size_t same = 0;
        while (same < n && l->tags.v[i][same] == l->tags.v[0][same])
            same++;
        n = same;
    }
    while (n && l->tags.v[0][n - 1] != '-')
        n--;
    return n;
}

void logs_name_sources(struct logview *l)
{
    struct logset_source a, b;
    bool pods = false, containers = false;
    size_t n = logset_count(l->set);
    if (l->tags.n == n)
        return;
    for (size_t i = 1; i < n; i++) {
        logset_source(l->set, 0, &a);
        logset_source(l->set, (unsigned)i, &b);
        pods |= !str_eq(a.pod, b.pod) || !str_eq(a.ns, b.ns);
        containers |= !str_eq(a.container, b.container);
    }
    for (size_t i = 0; i < l->tags.n; i++)
        free(l->tags.v[i]);
    l->tags.n = 0;
    l->tag_width = 0;
    for (size_t i = 0; i < n; i++) {
        logset_source(l->set, (unsigned)i, &a);
        char *tag = !pods && !containers ? xstrdup("")
                    : !pods              ? xstrdup(a.container)
                    : containers         ? xasprintf("%s/%s", a.pod, a.container)
                                         : xstrdup(a.pod);
        int w = utf8_width(tag);
        l->tag_width = w > l->tag_width ? w : l->tag_width;
        arr_push(&l->tags, tag);
    }
    l->tag_width = l->tag_width < TAG_MAX ? l->tag_width : TAG_MAX;
    l->tag_shared = shared_start(l);
}

// The line as it is shown: its text, or the fields that were asked for.
void logs_set_text(struct logview *l, const struct logline *line)
{
    struct buf out = BUF_INIT, clean = BUF_INIT;
    bool ours = (line->flags & (LOG_NOTE | LOG_BAR)) != 0, any = false;
    if (l->record && !l->fields.n && !ours)
        any = logrecord_put(line->text, line->n, (enum log_level)line->level, &out);
    for (size_t i = 0; i < l->fields.n && !ours; i++) {
        struct buf value = BUF_INIT;
        any |= logtext_field(line->text, line->n, l->fields.v[i], &value);
        buf_clear(&clean);
        utf8_sanitise(&clean, value.s, value.n);
        int w = utf8_width(str_or(clean.s, "")), *most = &l->field_w.v[i];
        if (w > *most)
            *most = w < FIELD_MAX ? w : FIELD_MAX;
        buf_printf(&out, "%s%s%*s", i ? "  " : "", str_or(clean.s, ""),
            i + 1 < l->fields.n && *most > w ? *most - w : 0, "");
        buf_release(&value);
    }
    logtext_set(&l->text, any ? out.s : line->text, any ? out.n : line->n);
    buf_release(&clean);
    buf_release(&out);
}

void logs_prepare(struct logview *l)
{
    forget_dropped(l);
    logs_name_sources(l);
    logs_older_came(l);
}
