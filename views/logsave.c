// The lines of a logs view as text, for files, pipes and the clipboard.
#include "views/logview.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

// *part: whether the line before goes on.
static void put_line(const struct logview *l, const struct logline *line, bool *part, struct buf *out)
{
    char stamp[64];
    bool within = *part && line->flags & LOGVIEW_IN_LINE;
    if (*part && !within) // what it goes on with is not shown
        buf_putc(out, '\n');
    *part = line->flags & LOG_PART;
    if (line->flags & (LOG_NOTE | LOG_BAR)) {
        buf_puts(out, "── ");
        buf_add(out, line->text, line->n);
        buf_puts(out, "\n");
        return;
    }
    if (l->stamps != STAMPS_OFF && !within) {
        time_format_rfc3339(line->stamp / NS_PER_S, stamp);
        buf_printf(out, "%.19s.%09dZ ", stamp, (int)(line->stamp % NS_PER_S));
    }
    if (!within && !l->hide_tags && l->tag_width && line->source < l->tags.n)
        buf_printf(out, "%s ", l->tags.v[line->source]);
    buf_add(out, line->text, line->n);
    if (!*part)
        buf_putc(out, '\n');
}

static void put_json(struct logview *l, const struct logline *line, struct buf *out)
{
    struct logset_source src;
    char stamp[32], full[64];
    struct buf clean = BUF_INIT;
    logset_source(l->set, line->source, &src);
    time_format_rfc3339(line->stamp / NS_PER_S, stamp);
    snprintf(full, sizeof(full), "%.19s.%09dZ", stamp, (int)(line->stamp % NS_PER_S));
    json_t *text = json_stringn(line->text, line->n);
    if (!text) { // not UTF-8
        utf8_sanitise(&clean, line->text, line->n);
        text = json_stringn(clean.s, clean.n);
    }
    json_t *doc = json_pack("{ss ss ss ss so}", "time", full, "namespace", src.ns, "pod", src.pod,
        "container", src.container, line->flags & (LOG_NOTE | LOG_BAR) ? "note" : "line", text);
    char *dump = json_text(doc, JSON_COMPACT);
    buf_printf(out, "%s\n", str_or(dump, "{}"));
    free(dump);
    json_decref(doc);
    buf_release(&clean);
}

void logs_save(struct view *v, const char *format, struct buf *out)
{
    struct logview *l = (struct logview *)v;
    struct logline line;
    bool part = false;
    for (size_t i = 0, n = logs_shown(l); i < n; i++)
        if (loglines_get(l->lines, logs_line_at(l, i), &line)) {
            if (str_eq(format, "json"))
                put_json(l, &line, out);
            else
                put_line(l, &line, &part, out);
        }
}

// What the cursor is on, or while it follows what is on the screen.
void logs_copy(struct logview *l)
{
    struct buf out = BUF_INIT;
    struct logline line;
    size_t count = 0, before = SIZE_MAX;
    bool part = false;
    if (l->cursor && !l->follow) {
        count = loglines_get(l->lines, l->cursor - 1, &line);
        if (count)
            put_line(l, &line, &part, &out);
    }
    for (size_t i = 0; i < l->rows.n && l->follow; before = l->rows.v[i++])
        if (l->rows.v[i] != before && loglines_get(l->lines, l->rows.v[i], &line)) {
            put_line(l, &line, &part, &out);
            count += !(line.flags & LOGVIEW_IN_LINE);
        }
    host_copy(l->v.host, out.s, out.n);
    host_flash(l->v.host, ROLE_OK, "copied %zu line%s", count, count == 1 ? "" : "s");
    buf_release(&out);
}
