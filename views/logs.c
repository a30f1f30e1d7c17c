#include "views/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "list/ctx.h"
#include "views/logview.h"

#define SPILL_MAX (UINT64_C(8) << 30)
enum { MEMORY = 64 << 20, TAIL = 2000, WHEEL = 3 };

// ---- lines that come

// A stack trace has no level of its own: its lines have that of the line they go on, and so pass where that does.
static void take_level(struct logview *l, const struct logset_line *in, struct logline *line)
{
    line->level = (uint8_t)logtext_level(in->text, in->n);
    while (l->before.n <= in->source)
        arr_push(&l->before, ((struct log_before) { 0 }));
    struct log_before *before = &l->before.v[in->source];
    if (before->part || (!line->level && logtext_goes_on(in->text, in->n))) {
        line->level = before->level;
        line->flags |= LOGVIEW_GOES_ON | (before->part ? LOGVIEW_IN_LINE : 0);
    }
    *before = (struct log_before) { line->level, (in->flags & LOG_PART) != 0 };
}

static void on_line(void *arg, const struct logset_line *in)
{
    struct logview *l = arg;
    struct logline line = { in->stamp, (uint16_t)in->source, (uint8_t)in->flags, 0, (uint32_t)in->n,
        in->text };
    if (!(in->flags & (LOG_NOTE | LOG_BAR))) {
        take_level(l, in, &line);
        enum log_level own = line.flags & LOGVIEW_GOES_ON ? LEVEL_NONE : (enum log_level)line.level;
        if (!(line.flags & LOGVIEW_IN_LINE)) {
            l->written++;
            l->counts[own]++;
            loghist_add(&l->hist, in->stamp, own);
        }
    }
    loglines_add(l->lines, &line);
    if (logs_filtered(l) || l->search)
        logs_want_work(l);
    if (l->v.on_screen)
        view_dirty(&l->v);
}

static void on_change(void *arg)
{
    struct logview *l = arg;
    logs_name_sources(l);
    view_dirty(&l->v);
}

static void logs_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct logview *l = (struct logview *)v;
    struct logline line;
    (void)r;
    const struct rect *hist = &l->hist_at;
    struct err err = { 0 };
    size_t row = (size_t)(y - l->rows_y);
    if (button) {
        logs_scroll(l, button * WHEEL);
    } else if (y >= hist->y && y < hist->y + hist->h) {
        logs_go_to_time(l, loghist_time_at(&l->hist, x - hist->x, hist->w), &err);
    } else if (y >= l->rows_y && row < l->rows.n) {
        size_t number = l->rows.v[row];
        if (l->follow)
            logs_halt(l);
        l->cursor = number + 1;
        if (clicks > 1 && loglines_get(l->lines, number, &line))
            logs_open_line(l, &line);
    }
    view_dirty(v);
}

// ---- what is said of it

static void logs_status(struct view *v, struct view_status *out)
{
    struct logview *l = (struct logview *)v;
    struct logset_status st;
    logset_get_status(l->set, &st);
    out->fresh = err_is(&st.err)              ? (st.err.code == 403 ? FRESH_FORBIDDEN
                                                    : st.sources    ? FRESH_STALE
                                                                    : FRESH_FAILED)
                 : st.finding                 ? FRESH_LOADING
                 : st.lost                    ? FRESH_STALE
                 : *st.waiting && !st.reading ? FRESH_STALE
                                              : FRESH_LIVE;
    out->pending = st.backlog || logs_behind(l) || l->seek || logs_counting(l) || l->anchor;
    if (err_is(&st.err))
        snprintf(out->text, sizeof(out->text), "%.200s", st.err.msg);
    else if (st.lost && st.sources == 1)
        snprintf(out->text, sizeof(out->text), "stream lost, asked again");
    else if (st.lost && !st.finding)
        snprintf(out->text, sizeof(out->text), "%zu of %zu streams lost, asked again", st.lost, st.sources);
    else
        snprintf(out->text, sizeof(out->text), "%s",
            st.finding    ? "looking for it"
            : st.reading  ? (l->follow ? "following" : "paused")
            : *st.waiting ? st.waiting
                          : "ended");
}

static void put_counted(size_t n, const char *what, struct buf *out)
{
    if (!n)
        return;
    buf_puts(out, ", ");
    logs_put_count(n, out);
    buf_printf(out, " %s%s", what, n == 1 ? "" : "s");
}

static void logs_insight(struct view *v, struct buf *out, style_t *style)
{
    struct logview *l = (struct logview *)v;
    struct logset_status st;
    size_t n = l->written, first = loglines_first(l->lines);
    logset_get_status(l->set, &st);
    *style = ROLE_DIM;
    if (err_is(&st.err)) {
        *style = ROLE_BAD;
        if (st.err.code == 403 &&
            *st.err.hint) // the server's words are long, and the same each time
            buf_printf(out, "%s: ", st.err.hint);
        buf_puts(out, st.err.msg);
        return;
    }
    if (*st.waiting && !loglines_end(l->lines)) {
        *style = ROLE_INFO;
        buf_printf(out, "%s", st.waiting);
        return;
    }
    if (st.gaps) { // and why: the last line of the view has other things to say beside it
        *style = logs_put_complete(&st, l->stamps == STAMPS_UTC, out);
        buf_printf(out, ": %s", st.gap_why);
        return;
    }
    logs_put_count(n, out);
    buf_printf(out, " lines of %zu container%s", st.sources, st.sources == 1 ? "" : "s");
    if (l->filter)
        buf_printf(out, ", shown: %s", l->filter_text);
    put_counted(l->counts[LEVEL_ERROR] + l->counts[LEVEL_FATAL], "error", out);
    put_counted(l->counts[LEVEL_WARN], "warning", out);
    if (l->v.working)
        buf_puts(out, ", searching … (Esc cancels)");
    if (l->previous)
        buf_puts(out, "; of the instance before");
    if (l->tail >= 0)
        buf_printf(out, "; from the last %lld of each (:log-range all)", (long long)l->tail);
    if (first) {
        *style = ROLE_WARN;
        buf_puts(out, "; the first ");
        logs_put_count(first, out);
        buf_puts(out, " were dropped: no room for them");
    }
}

// Letters in the state: what one chose once is so for the next log, too, and in a pane that follows the cursor. A filter and
// a floor are not: they hide lines.
void logs_keep_look(struct logview *l)
{
    char look[8];
    snprintf(look, sizeof(look), "%d%s%s%s", (int)l->stamps, l->wrap ? "w" : "", l->record ? "r" : "",
        l->hide_tags ? "h" : "");
    if (l->v.host->state)
        state_set(l->v.host->state, "look", "logs", str_eq(look, "0") ? NULL : look);
}

static void take_look(struct logview *l)
{
    const char *look = l->v.host->state ? state_get(l->v.host->state, "look", "logs") : NULL;
    if (!look || *look < '0' || *look >= '0' + STAMPS_COUNT)
        return;
    l->stamps = (enum stamps)(*look - '0');
    l->wrap = strchr(look, 'w') != NULL;
    l->record = strchr(look, 'r') != NULL;
    l->hide_tags = strchr(look, 'h') != NULL;
}

void logs_set_title(struct logview *l)
{
    free(l->v.title);
    l->v.title = xasprintf("%s%s%s%s", l->name, l->previous ? " previous" : "", l->floor ? " ≥" : "",
        logtext_level_name(l->floor));
}

static int logs_next_change(struct view *v)
{
    return ((struct logview *)v)->stamps == STAMPS_RELATIVE ? 1 : 10;
}

// ---- beginning and end

static void clear(struct logview *l)
{
    logset_free(l->set);
    loglines_free(l->lines);
    for (size_t i = 0; i < l->tags.n; i++)
        free(l->tags.v[i]);
    l->tags.n = l->shown.n = l->hits.n = l->marks.n = l->before.n = 0;
    l->tag_width = 0;
    l->head = l->oldest = false;
    l->anchor = 0;
    l->set = NULL;
    l->lines = NULL;
    l->cursor = l->scanned = l->passed = l->top = l->arrived = l->counted = 0;
    l->seek = SEEK_NOTHING;
    l->written = 0;
    memset(&l->hist, 0, sizeof(l->hist));
    memset(l->counts, 0, sizeof(l->counts));
}

static void logs_free(struct view *v)
{
    struct logview *l = (struct logview *)v;
    clear(l);
    arr_release(&l->tags);
    arr_release(&l->shown);
    arr_release(&l->rows);
    arr_release(&l->hits);
    arr_release(&l->marks);
    arr_release(&l->marked);
    arr_release(&l->before);
    logs_set_fields(l, "");
    arr_release(&l->fields);
    arr_release(&l->field_w);
    loop_timer_free(l->worker);
    logfilter_free(l->filter);
    logpattern_free(l->search);
    logtext_release(&l->text);
    free(l->filter_text);
    free(l->container);
    free(l->name);
    view_release(v);
    free(l);
}

// "web-0", "pod/web-0", "deploy/web", "node/n1"; "pods/shop/web-0" where several namespaces are meant.
static bool add_target(struct logview *l, const char *word, struct err *err)
{
    const char *slash = strchr(word, '/'), *name = slash ? slash + 1 : word, *second = slash ? strchr(name, '/') : NULL;
    char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
    char *own_ns = second ? xstrndup(name, (size_t)(second - name)) : NULL;
    const char *ns = str_or(own_ns, l->v.ns);
    name = second ? second + 1 : name;
    struct ctx *cx = l->v.ctx;
    bool later;
    const struct kind *k = head ? ctx_kind(cx, head, &later, err) : kind_find("pods");
    bool ok = *name != '\0' || err_set(err, "%s of what name?", word);
    if (!ok || !k) {
        ok = false;
    } else if (str_eq(k->gvr.resource, "pods")) {
        logset_add_pod(l->set, ns, name);
    } else if (str_eq(k->gvr.resource, "nodes")) {
        struct buf fields = BUF_INIT;
        gvr_field(&fields, "spec.nodeName", name);
        logset_add_selector(l->set, "", NULL, fields.s);
        buf_release(&fields);
    } else if (str_eq(k->gvr.resource, "cronjobs")) {
        logset_add_cronjob(l->set, ns, name);
    } else if (!k->gvr.namespaced) {
        ok = err_set(err, "there are no containers in %s %s", k->api_kind, name);
    } else {
        logset_add_object(l->set, &k->gvr, ns, name);
    }
    free(head);
    free(own_ns);
    return ok;
}

bool logs_start(struct logview *l, struct err *err)
{
    static const struct logset_handlers handlers = { on_line, on_change };
    struct logset_opts o = { .container = l->container, .previous = l->previous, .tail = l->tail,
        .since = l->since, .events = l->events };
    struct spec s;
    bool ok = true;
    clear(l);
    l->lines = loglines_new(MEMORY, SPILL_MAX);
    l->follow = true;
    l->set = logset_new(l->v.ctx->client, &o, &handlers, l);
    if (!spec_parse(&s, l->v.spec, err))
        return false;
    for (size_t i = 0; i < s.words.n && ok; i++)
        ok = add_target(l, s.words.v[i], err);
    if (s.labels && ok)
        logset_add_selector(l->set, l->v.ns, s.labels, s.fields);
    spec_release(&s);
    if (logs_filtered(l) || l->search)
        logs_want_work(l);
    return ok;
}

static const char *const keys[] = { "back", "open", "filter-prompt", "log-filter-prompt", "log-error-next", "log-level",
    "log-record", "log-follow", "wrap", "log-times", "log-names", "save", "copy", "help", NULL };

static const struct view_ops logs_ops = {
    .mode = "logs",
    .free = logs_free,
    .paint = logs_paint,
    .command = logs_command,
    .status = logs_status,
    .insight = logs_insight,
    .mouse = logs_mouse,
    .save = logs_save,
    .next_change = logs_next_change,
    .keys = keys,
};

static bool take_range(struct logview *l, const struct spec *spec, struct err *err)
{
    int64_t n;
    l->tail = spec->since ? -1 : TAIL;
    if (spec->tail && str_ieq(spec->tail, "all"))
        l->tail = -1;
    else if (spec->tail && str_to_i64(spec->tail, &n) && n >= -1)
        l->tail = n;
    else if (spec->tail)
        return err_set(err, "--tail wants a number of lines, or all");
    if (spec->since && duration_parse(spec->since, &n))
        l->since = time_now() - n;
    else if (spec->since && !time_parse_rfc3339(spec->since, &l->since, NULL))
        return err_set(
            err, "--since wants a duration such as 10m, or a time such as 2026-01-02T03:04:05Z");
    return true;
}

// Of several namespaces only where each target says its own.
static bool each_has_ns(const struct spec *spec)
{
    for (size_t i = 0; i < spec->words.n; i++) {
        const char *slash = strchr(spec->words.v[i], '/');
        if (!slash || !strchr(slash + 1, '/'))
            return false;
    }
    return spec->words.n > 0;
}

static char *name_of(const struct spec *spec)
{
    const char *what = spec->words.n ? spec->words.v[0] : str_or(spec->rest, spec->labels), *slash = strrchr(what, '/');
    const char *name = spec->words.n && slash ? slash + 1 : what;
    return spec->words.n > 1 ? xasprintf("logs %s +%zu", name, spec->words.n - 1) : xasprintf("logs %s", name);
}

struct view *logs_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    const char *ns = spec->ns || spec->labels ? str_or(spec->ns, cx->ns) : view_one_ns(host, cx);
    if (!spec->rest && !spec->labels) {
        err_set(err, "logs of what? logs POD, logs deploy/NAME, logs -l app=x; -c CONTAINER, "
                     "--tail N, --since 10m");
        return NULL;
    }
    struct logview *l = xcalloc(1, sizeof(*l));
    struct buf text = BUF_INIT;
    spec_text(spec, &text);
    l->name = name_of(spec);
    view_init(&l->v, &logs_ops, cx, text.s, l->name);
    buf_release(&text);
    l->v.host = host;
    take_look(l);
    bool one = spec->rest && !each_has_ns(spec) && (strchr(ns, ',') || !*ns);
    l->v.ns = xstrdup(one ? str_or(client_info(cx->client)->ns, "default") : ns);
    l->container = xstrdup_null(spec->container);
    l->previous = str_eq(spec->view, "logs-previous");
    l->page = host->rows ? host->rows - 4 : 20;
    l->worker = loop_timer_new(host->loop, logs_work, l);
    logtext_init(&l->text);
    logs_set_title(l);
    if (!take_range(l, spec, err) || (spec->filter && !logs_set_filter(l, spec->filter, err)) || !logs_start(l, err)) {
        logs_free(&l->v);
        return NULL;
    }
    return &l->v;
}
