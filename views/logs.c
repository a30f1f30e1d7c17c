#include "views/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "list/ctx.h"
#include "views/logview.h"

#define SPILL_MAX (UINT64_C(8) << 30)
enum {
    MEMORY = 64 << 20,
    SLICE_MS = 4,
    SLICE_LINES = 256,
    TAIL = 2000,
    SHIFT = 8,
    WHEEL = 3
};

// ---- work in slices: filtering what has come, searching

static void show_line(struct logview *l, size_t line)
{
    if (!l->shown.n || l->shown.v[l->shown.n - 1] < line)
        arr_push(&l->shown, (uint32_t)line);
}

static void filter_line(struct logview *l, size_t i)
{
    struct logline line;
    if (!loglines_get(l->lines, i, &line))
        return;
    bool ours = (line.flags & (LOG_NOTE | LOG_BAR)) != 0;
    if (!ours && logfilter_match(l->filter, &line)) {
        size_t around = logfilter_context(l->filter), first = loglines_first(l->lines);
        for (size_t k = i - first < around ? first : i - around; k < i; k++)
            show_line(l, k);
        show_line(l, i);
        l->passed++;
        l->context_left = around;
    } else if (ours || l->context_left) {
        l->context_left -= l->context_left && !ours;
        show_line(l, i);
    }
}

static void follow_from(struct logview *l, size_t line)
{
    if (l->follow)
        l->arrived = loglines_end(l->lines);
    l->follow = false;
    l->top = line;
}

// Scrolls as little as it takes.
static void show_cursor(struct logview *l)
{
    size_t at = logs_index_of(l, l->cursor - 1), top = logs_index_of(l, l->top);
    struct logline line;
    if (at < top) {
        l->top = l->cursor - 1;
        return;
    }
    int rows = 0;
    for (size_t i = at + 1; i > top; i--) {
        bool got = l->wrap && loglines_get(l->lines, logs_line_at(l, i - 1), &line);
        rows += got ? logs_rows(l, &line, l->text_w) : 1;
        if (rows > l->page) {
            l->top = logs_line_at(l, i - 1 < at ? i : at);
            return;
        }
    }
}

static void set_cursor(struct logview *l, size_t index)
{
    l->cursor = logs_line_at(l, index) + 1;
    show_cursor(l);
}

static void pause(struct logview *l)
{
    size_t n = logs_shown(l);
    if (!l->follow || !n)
        return;
    follow_from(l, logs_line_at(l, n > (size_t)l->page ? n - (size_t)l->page : 0));
    set_cursor(l, n - 1);
}

static void go_on(struct logview *l)
{
    l->follow = true;
    l->cursor = 0;
}

static void move(struct logview *l, long by)
{
    size_t n = logs_shown(l);
    if (!n || !by || (l->follow && by > 0))
        return;
    pause(l);
    long at = (long)logs_index_of(l, l->cursor ? l->cursor - 1 : l->top) + by;
    if (at >= (long)n)
        go_on(l);
    else
        set_cursor(l, at > 0 ? (size_t)at : 0);
}

// The mouse: the cursor stays where it is as long as it is seen.
static void scroll(struct logview *l, long by)
{
    size_t n = logs_shown(l), page = (size_t)l->page;
    if (!n || (l->follow && by > 0))
        return;
    pause(l);
    long at = (long)logs_index_of(l, l->top) + by;
    if (by > 0 && (at + (long)page > (long)n || at >= (long)n)) {
        go_on(l);
        return;
    }
    l->top = logs_line_at(l, at > 0 ? (size_t)at : 0);
    size_t top = logs_index_of(l, l->top),
           cursor = logs_index_of(l, l->cursor ? l->cursor - 1 : l->top);
    size_t last = top + page - (page > 0) < n ? top + page - (page > 0) : n - 1;
    l->cursor = logs_line_at(l, cursor < top ? top : cursor > last ? last : cursor) + 1;
}

static void go_to(struct logview *l, size_t line)
{
    size_t at = logs_index_of(l, line), third = (size_t)l->page / 3;
    follow_from(l, logs_line_at(l, at > third ? at - third : 0));
    set_cursor(l, at);
}

static bool line_hit(struct logview *l, size_t number)
{
    struct logline line;
    size_t at, len;
    if (!loglines_get(l->lines, number, &line))
        return false;
    logs_set_text(l, &line);
    return logpattern_find(l->search, l->text.text.s, l->text.text.n, 0, &at, &len);
}

static void search_some(struct logview *l)
{
    for (int i = 0; i < SLICE_LINES && l->search_dir; i++) {
        size_t n = logs_shown(l);
        if (l->search_at >= n) { // below the first, too: it wraps to the largest number
            l->search_dir = 0;
            host_flash(l->v.host, ROLE_WARN, "no more hits this way");
            return;
        }
        size_t line = logs_line_at(l, l->search_at);
        if (line_hit(l, line)) {
            l->search_dir = 0;
            go_to(l, line);
            return;
        }
        l->search_at += (size_t)l->search_dir;
    }
}

static bool behind(const struct logview *l)
{
    return l->filter && l->scanned < loglines_end(l->lines);
}

static void on_work(void *arg)
{
    struct logview *l = arg;
    int64_t until = time_mono_ms() + SLICE_MS;
    do {
        if (l->scanned < loglines_first(l->lines))
            l->scanned = loglines_first(l->lines);
        for (int i = 0; i < SLICE_LINES && behind(l); i++)
            filter_line(l, l->scanned++);
        if (l->search_dir)
            search_some(l);
    } while (
        (behind(l) || l->search_dir) && time_mono_ms() < until && !loop_user_waits(l->v.host->loop));
    if (behind(l) || l->search_dir)
        loop_timer_start(l->worker, 0, 0);
    view_dirty(&l->v);
}

static void work(struct logview *l)
{
    if (!loop_timer_active(l->worker))
        loop_timer_start(l->worker, 0, 0);
}

// ---- lines that come

static void on_line(void *arg, const struct logset_line *in)
{
    struct logview *l = arg;
    struct logline line = { in->stamp, (uint16_t)in->source, (uint8_t)in->flags, 0, (uint32_t)in->n,
        in->text };
    if (!(in->flags & (LOG_NOTE | LOG_BAR))) {
        line.level = (uint8_t)logtext_level(in->text, in->n);
        l->written++;
    }
    l->counts[line.level]++;
    if (!(in->flags & (LOG_NOTE | LOG_BAR)))
        loghist_add(&l->hist, in->stamp, line.level);
    loglines_add(l->lines, &line);
    if (l->filter)
        work(l);
    if (l->v.on_screen)
        view_dirty(&l->v);
}

static void on_change(void *arg)
{
    struct logview *l = arg;
    logs_name_sources(l);
    view_dirty(&l->v);
}

// ---- commands

static void set_filter(struct logview *l, const char *text, struct err *err)
{
    struct logfilter *f = *text ? logfilter_new(text, err) : NULL;
    if (*text && !f)
        return;
    logfilter_free(l->filter);
    free(l->filter_text);
    l->filter = f;
    l->filter_text = *text ? xstrdup(text) : NULL;
    l->shown.n = l->passed = 0;
    l->scanned = loglines_first(l->lines);
    l->context_left = 0;
    work(l);
}

static void set_search(struct logview *l, const char *text, struct err *err)
{
    struct logpattern *p = *text ? logpattern_new(text, err) : NULL;
    if (*text && !p)
        return;
    logpattern_free(l->search);
    free(l->v.filter_text);
    l->search = p;
    l->v.filter_text = *text ? xstrdup(text) : NULL;
    l->search_dir = 0;
    if (p) { // from the end of the screen upwards: what is newest is looked for first
        size_t n = logs_shown(l), at = l->follow ? n : logs_index_of(l, l->top) + (size_t)l->page;
        l->search_dir = -1;
        l->search_at = (at < n ? at : n) - 1;
        work(l);
    }
}

// n goes on upwards, as the search began; N turns round.
static void search_next(struct logview *l, int dir, struct err *err)
{
    if (!l->search) {
        err_set(err, "nothing is searched for: / begins");
        return;
    }
    l->search_at = (l->cursor ? logs_index_of(l, l->cursor - 1) : logs_shown(l)) + (size_t)dir;
    l->search_dir = dir;
    work(l);
}

// "01:23", "01:23:45" of today or of the day before when that is still to come, or RFC 3339.
static bool parse_when(const char *s, bool utc, int64_t *out)
{
    int h, m, sec = 0;
    time_t now = (time_t)time_now();
    struct tm tm;
    if (time_parse_rfc3339(s, out, NULL))
        return true;
    if (sscanf(s, "%2d:%2d:%2d", &h, &m, &sec) < 2)
        return false;
    if (utc)
        gmtime_r(&now, &tm);
    else
        localtime_r(&now, &tm);
    tm.tm_hour = h;
    tm.tm_min = m;
    tm.tm_sec = sec;
    tm.tm_isdst = -1;
    *out = utc ? (int64_t)timegm(&tm) : (int64_t)mktime(&tm);
    *out -= *out > now ? 86400 : 0;
    return true;
}

static void jump_to_time(struct logview *l, const char *text, struct err *err)
{
    int64_t when, ago;
    struct logline line;
    if (str_starts(text, "-") && duration_parse(text + 1, &ago))
        when = time_now() - ago;
    else if (!parse_when(text, l->stamps == STAMPS_UTC, &when)) {
        err_set(err, "\"%s\" is no time: 14:05, 14:05:30, -10m, 2026-01-02T03:04:05Z", text);
        return;
    }
    size_t lo = 0, hi = logs_shown(l);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (loglines_get(l->lines, logs_line_at(l, mid), &line) && line.stamp < when * NS_PER_S)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == logs_shown(l))
        err_set(err, "there is nothing after that yet");
    else {
        go_to(l, logs_line_at(l, lo));
        l->top = logs_line_at(l, lo);
    }
}

static bool start(struct logview *l, struct err *err);

static void set_range(struct logview *l, const char *text, struct err *err)
{
    int64_t n;
    if (str_ieq(text, "all")) {
        l->tail = -1;
        l->since = 0;
    } else if (str_to_i64(text, &n) && n >= 0) {
        l->tail = n;
        l->since = 0;
    } else if (duration_parse(text, &n)) {
        l->tail = -1;
        l->since = time_now() - n;
    } else {
        err_set(err, "range wants all, a number of lines, or a duration such as 10m");
        return;
    }
    start(l, err);
}

static void add_mark(struct logview *l)
{
    char stamp[32];
    time_format_rfc3339(time_now(), stamp);
    struct logline line = { .stamp = time_now_ms() * 1000000,
        .flags = LOG_BAR,
        .n = (uint32_t)strlen(stamp),
        .text = stamp };
    loglines_add(l->lines, &line);
    if (l->filter)
        work(l);
}

static void set_fields(struct logview *l, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;
    for (size_t i = 0; i < l->fields.n; i++)
        free(l->fields.v[i]);
    l->fields.n = l->field_w.n = 0;
    for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
        arr_push(&l->fields, xstrdup(w));
        arr_push(&l->field_w, 0);
    }
    free(copy);
}

static bool logs_set(struct logview *l, const struct call *call, struct err *err)
{
    static const char *const names[] = { "off", "local", "UTC", "ages" };
    const char *n = call->name;
    if (str_eq(n, "filter")) {
        set_search(l, call->args, err);
    } else if (str_eq(n, "search-next") || str_eq(n, "search-prev")) {
        search_next(l, str_eq(n, "search-next") ? -1 : 1, err);
    } else if (str_eq(n, "log-filter-prompt")) {
        host_prompt(l->v.host, "show only: ", str_or(l->filter_text, ""), "log-filter");
    } else if (str_eq(n, "log-filter")) {
        set_filter(l, call->args, err);
    } else if (str_eq(n, "wrap")) {
        l->wrap = !l->wrap;
    } else if (str_eq(n, "log-times")) {
        l->stamps = (l->stamps + 1) % STAMPS_COUNT;
        host_flash(l->v.host, ROLE_INFO, "times: %s", names[l->stamps]);
    } else if (str_eq(n, "log-events")) {
        l->events = !l->events;
        start(l, err);
        host_flash(
            l->v.host, ROLE_INFO, l->events ? "with the events of its Pods" : "without events");
    } else if (str_eq(n, "log-histogram")) {
        l->show_hist = !l->show_hist;
    } else if (str_eq(n, "log-fields")) {
        set_fields(l, call->args);
    } else if (str_eq(n, "log-fields-prompt")) {
        host_prompt(l->v.host, "fields (none: whole lines): ", "", "log-fields");
    } else if (str_eq(n, "log-names")) {
        l->hide_tags = !l->hide_tags;
    } else if (str_eq(n, "log-range")) {
        set_range(l, call->args, err);
    } else if (str_eq(n, "log-goto")) {
        if (*call->args)
            jump_to_time(l, call->args, err);
        else
            host_prompt(l->v.host, "to the time: ", "", "log-goto");
    } else if (str_eq(n, "mark")) {
        add_mark(l);
    } else if (str_eq(n, "copy")) {
        logs_copy(l);
    } else if (str_eq(n, "refresh")) {
        start(l, err);
    } else {
        return false;
    }
    return true;
}

static bool logs_command(struct view *v, const struct call *call, struct err *err)
{
    struct logview *l = (struct logview *)v;
    long page = l->page > 1 ? l->page - 1 : 1;
    const struct {
        const char *name;
        long by;
        int cols;
    } moves[] = { { "up", -1, 0 }, { "down", 1, 0 }, { "page-up", -page, 0 },
        { "page-down", page, 0 }, { "left", 0, -SHIFT }, { "right", 0, SHIFT } };
    view_dirty(v);
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            move(l, moves[i].by);
            l->left = l->left + moves[i].cols > 0 ? l->left + moves[i].cols : 0;
            return true;
        }
    if (str_eq(call->name, "top") && logs_shown(l)) {
        pause(l);
        set_cursor(l, 0);
    } else if (str_eq(call->name, "bottom")) {
        go_on(l);
    } else if (str_eq(call->name, "log-follow")) {
        if (l->follow)
            pause(l);
        else
            go_on(l);
    } else if (str_eq(call->name, "open")) {
        struct logline line;
        pause(l);
        if (l->cursor && loglines_get(l->lines, l->cursor - 1, &line))
            logs_open_line(l, &line);
    } else {
        return logs_set(l, call, err);
    }
    return true;
}

static void logs_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct logview *l = (struct logview *)v;
    struct logline line;
    (void)r, (void)x;
    size_t row = (size_t)(y - l->rows_y);
    if (button) {
        scroll(l, button * WHEEL);
    } else if (y >= l->rows_y && row < l->rows.n) {
        size_t number = l->rows.v[row];
        if (l->follow)
            follow_from(l, l->rows.v[0]);
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
                 : *st.waiting && !st.reading ? FRESH_STALE
                                              : FRESH_LIVE;
    out->pending = st.backlog || behind(l) || l->search_dir;
    if (err_is(&st.err))
        snprintf(out->text, sizeof(out->text), "%.200s", st.err.msg);
    else
        snprintf(out->text, sizeof(out->text), "%s",
            st.finding    ? "looking for it"
            : st.reading  ? (l->follow ? "following" : "paused")
            : *st.waiting ? st.waiting
                          : "ended");
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
    buf_printf(out, "%zu lines of %zu container%s", n, st.sources, st.sources == 1 ? "" : "s");
    size_t since = loglines_end(l->lines) - l->arrived;
    if (!l->follow)
        buf_puts(out, ", PAUSED");
    if (!l->follow && since)
        buf_printf(out, ": %zu came since", since);
    if (l->filter)
        buf_printf(
            out, ", %zu%s pass \"%s\"", l->passed, behind(l) ? " so far" : "", l->filter_text);
    if (l->counts[LEVEL_ERROR] + l->counts[LEVEL_FATAL])
        buf_printf(out, ", %zu error%s", l->counts[LEVEL_ERROR] + l->counts[LEVEL_FATAL],
            l->counts[LEVEL_ERROR] + l->counts[LEVEL_FATAL] == 1 ? "" : "s");
    if (l->counts[LEVEL_WARN])
        buf_printf(
            out, ", %zu warning%s", l->counts[LEVEL_WARN], l->counts[LEVEL_WARN] == 1 ? "" : "s");
    if (l->search_dir)
        buf_puts(out, ", searching …");
    if (l->tail >= 0)
        buf_printf(out, "; from the last %lld of each (:log-range all)", (long long)l->tail);
    if (first) {
        *style = ROLE_WARN;
        buf_printf(out, "; the first %zu were dropped: no room for them", first);
    }
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
    l->tags.n = l->shown.n = 0;
    l->tag_width = 0;
    l->set = NULL;
    l->lines = NULL;
    l->cursor = l->scanned = l->passed = l->top = l->arrived = 0;
    l->search_dir = 0;
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
    set_fields(l, "");
    arr_release(&l->fields);
    arr_release(&l->field_w);
    loop_timer_free(l->worker);
    logfilter_free(l->filter);
    logpattern_free(l->search);
    logtext_release(&l->text);
    free(l->filter_text);
    free(l->container);
    view_release(v);
    free(l);
}

// "web-0", "pod/web-0", "deploy/web", "shop/web-0" as the lists open it, "node/n1".
static bool add_target(struct logview *l, const char *word, struct err *err)
{
    const char *slash = strchr(word, '/'), *name = slash ? slash + 1 : word, *ns = l->v.ns;
    char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
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
    return ok;
}

static bool start(struct logview *l, struct err *err)
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
    if (l->filter)
        work(l);
    return ok;
}

static const char *const keys[] = { "back", "open", "filter-prompt", "log-filter-prompt",
    "log-follow", "wrap", "log-times", "log-names", "save", "copy", "help", NULL };

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
    const char *what = str_or(spec->rest, spec->labels);
    const char *slash = strchr(what, ' ') ? NULL : strchr(what, '/');
    char *title = xasprintf("logs %s", slash ? slash + 1 : what);
    view_init(&l->v, &logs_ops, cx, text.s, title);
    free(title);
    buf_release(&text);
    l->v.host = host;
    bool one = spec->rest && (strchr(ns, ',') || !*ns);
    l->v.ns = xstrdup(one ? str_or(client_info(cx->client)->ns, "default") : ns);
    l->container = xstrdup_null(spec->container);
    l->previous = str_eq(spec->view, "logs-previous");
    l->page = host->rows ? host->rows - 4 : 20;
    l->worker = loop_timer_new(host->loop, on_work, l);
    logtext_init(&l->text);
    if (spec->filter)
        set_filter(l, spec->filter, err);
    if (!take_range(l, spec, err) || (spec->filter && !l->filter) || !start(l, err)) {
        logs_free(&l->v);
        return NULL;
    }
    return &l->v;
}
