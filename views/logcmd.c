// The commands of a logs view.
#include "views/logview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

enum { SHIFT = 8 };

bool logs_set_filter(struct logview *l, const char *text, struct err *err)
{
    struct logfilter *f = *text ? logfilter_new(text, err) : NULL;
    if (*text && !f)
        return false;
    logfilter_free(l->filter);
    free(l->filter_text);
    l->filter = f;
    l->filter_text = *text ? xstrdup(text) : NULL;
    if (l->lines)
        logs_filter_anew(l);
    return true;
}

// What is least shown: each time the key is pressed the next of them, or the one named.
static void set_floor(struct logview *l, const char *name, struct err *err)
{
    static const enum log_level steps[] = { LEVEL_NONE, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
    enum log_level level = logtext_level_named(name, strlen(name));
    size_t i = 0;
    while (i + 1 < ARRAY_SIZE(steps) && steps[i] != l->floor)
        i++;
    if (*name && !level && !str_ieq(name, "all")) {
        err_set(err, "\"%s\" is no level: all, debug, info, warn, error", name);
        return;
    }
    l->floor = *name ? level : steps[(i + 1) % ARRAY_SIZE(steps)];
    logs_set_title(l);
    logs_filter_anew(l);
}

bool logs_parse_when(const char *s, bool utc, int64_t *out)
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
    if (str_starts(text, "-") && duration_parse(text + 1, &ago))
        when = time_now() - ago;
    else if (!logs_parse_when(text, l->stamps == STAMPS_UTC, &when)) {
        err_set(err, "\"%s\" is no time: 14:05, 14:05:30, -10m, 2026-01-02T03:04:05Z", text);
        return;
    }
    logs_go_to_time(l, when * NS_PER_S, err);
}

static void set_range(struct logview *l, const char *text, struct err *err)
{
    int64_t n, since = 0, tail = -1;
    bool head = str_ieq(text, "head"), previous = l->previous;
    if (str_ieq(text, "previous")) { // and back; the range stays
        previous = !previous;
        tail = l->tail;
        since = l->since;
    } else if (str_to_i64(text, &n) && n >= 0) {
        tail = n;
    } else if (duration_parse(text, &n)) {
        since = time_now() - n;
    } else if (!head && !str_ieq(text, "all") && !logs_parse_when(text, l->stamps == STAMPS_UTC, &since)) {
        err_set(err, "range wants all, head, previous, a number of lines, a duration such as 10m, or a time: 14:05");
        return;
    }
    l->tail = tail;
    l->since = since;
    l->previous = previous;
    if (!logs_start(l, err))
        return;
    logs_set_title(l);
    l->head = head;
    l->follow = !head;
    l->cursor = head;
}

void logs_set_fields(struct logview *l, const char *text)
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

// ---- what they are called

static void cmd_filter(struct logview *l, const char *args, struct err *err)
{
    logs_set_search(l, args, err);
}

static void search_next(struct logview *l, int dir, struct err *err)
{
    if (l->search)
        logs_seek(l, SEEK_TEXT, dir);
    else
        err_set(err, "nothing is searched for: / begins");
}

// n goes on upwards, as the search began; N turns round.
static void cmd_search_next(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    search_next(l, -1, err);
}

static void cmd_search_prev(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    search_next(l, 1, err);
}

static void cmd_error_next(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_seek(l, SEEK_ERROR, -1);
}

static void cmd_error_prev(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_seek(l, SEEK_ERROR, 1);
}

static void cmd_filter_prompt(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    host_prompt(l->v.host, "show only: ", str_or(l->filter_text, ""), "log-filter");
}

static void cmd_log_filter(struct logview *l, const char *args, struct err *err)
{
    logs_set_filter(l, args, err);
}

static void cmd_wrap(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    l->wrap = !l->wrap;
    logs_keep_look(l);
}

static void cmd_times(struct logview *l, const char *args, struct err *err)
{
    static const char *const names[] = { "off", "local", "UTC", "ages" };
    (void)args, (void)err;
    l->stamps = (l->stamps + 1) % STAMPS_COUNT;
    logs_keep_look(l);
    host_flash(l->v.host, ROLE_INFO, "times: %s", names[l->stamps]);
}

static void cmd_events(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    l->events = !l->events;
    logs_start(l, err);
    host_flash(l->v.host, ROLE_INFO, l->events ? "with the events of its Pods" : "without events");
}

static void cmd_histogram(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    l->show_hist = !l->show_hist;
}

static void cmd_fields(struct logview *l, const char *args, struct err *err)
{
    (void)err;
    logs_set_fields(l, args);
    logs_count_anew(l);
}

static void cmd_fields_prompt(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    host_prompt(l->v.host, "fields (none: whole lines): ", "", "log-fields");
}

static void cmd_record(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    if (l->fields.n) // the key means what it says
        logs_set_fields(l, "");
    l->record = !l->record;
    logs_keep_look(l);
    host_flash(l->v.host, ROLE_INFO, l->record ? "lines as level, message, fields" : "lines as they were written");
    logs_count_anew(l);
}

static void cmd_names(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    l->hide_tags = !l->hide_tags;
    logs_keep_look(l);
}

static void cmd_at(struct logview *l, const char *args, struct err *err)
{
    if (*args)
        jump_to_time(l, args, err);
    else
        host_prompt(l->v.host, "to the time: ", "", "at");
}

static void cmd_mark(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_toggle_mark(l);
}

static void cmd_mark_next(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    logs_to_mark(l, 1, err);
}

static void cmd_mark_prev(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    logs_to_mark(l, -1, err);
}

static void cmd_copy(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_copy(l);
}

static void cmd_refresh(struct logview *l, const char *args, struct err *err)
{
    (void)args;
    logs_start(l, err);
}

static void cmd_cancel(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_cancel(l);
}

static void cmd_top(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_halt(l);
    if (logs_shown(l))
        logs_set_cursor(l, 0);
}

static void cmd_bottom(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    logs_go_on(l);
}

static void cmd_follow(struct logview *l, const char *args, struct err *err)
{
    (void)args, (void)err;
    if (l->follow)
        logs_halt(l);
    else
        logs_go_on(l);
}

static void cmd_open(struct logview *l, const char *args, struct err *err)
{
    struct logline line;
    (void)args, (void)err;
    logs_halt(l);
    if (l->cursor && loglines_get(l->lines, l->cursor - 1, &line))
        logs_open_line(l, &line);
}

static const struct {
    const char *name;
    void (*fn)(struct logview *l, const char *args, struct err *err);
} commands[] = {
    { "at", cmd_at },
    { "bottom", cmd_bottom },
    { "cancel", cmd_cancel },
    { "copy", cmd_copy },
    { "filter", cmd_filter },
    { "log-error-next", cmd_error_next },
    { "log-error-prev", cmd_error_prev },
    { "log-events", cmd_events },
    { "log-fields", cmd_fields },
    { "log-fields-prompt", cmd_fields_prompt },
    { "log-filter", cmd_log_filter },
    { "log-filter-prompt", cmd_filter_prompt },
    { "log-follow", cmd_follow },
    { "log-histogram", cmd_histogram },
    { "log-level", set_floor },
    { "log-mark-next", cmd_mark_next },
    { "log-mark-prev", cmd_mark_prev },
    { "log-names", cmd_names },
    { "log-range", set_range },
    { "log-record", cmd_record },
    { "log-times", cmd_times },
    { "mark", cmd_mark },
    { "open", cmd_open },
    { "refresh", cmd_refresh },
    { "search-next", cmd_search_next },
    { "search-prev", cmd_search_prev },
    { "top", cmd_top },
    { "wrap", cmd_wrap },
};

bool logs_command(struct view *v, const struct call *call, struct err *err)
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
            logs_move(l, moves[i].by);
            l->left = l->left + moves[i].cols > 0 ? l->left + moves[i].cols : 0;
            return true;
        }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i].name, call->name)) {
            commands[i].fn(l, call->args, err);
            return true;
        }
    return false;
}
