#include "views/programs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "list/ctx.h"
#include "list/spec.h"
#include "logs/text.h"
#include "views/host.h"
#include "views/pager.h"

enum { KEPT = 20, MAX_LINE = 64 << 10, MAX_LINES = 40000, MAX_BYTES = 32 << 20, NOT_FOUND = 127, SIGNALLED = 128 };

struct out_line {
    char *s; // clean
    style_t style;
};
struct program {
    struct programs *all;
    unsigned id;
    char *name;
    struct program_jobs jobs;
    size_t at, failed; // the job that runs
    struct loop_child *child;
    struct buf part[2];         // of a line: stdout, stderr
    ARR(struct out_line) lines; // without the first `dropped`
    size_t dropped, bytes;
    char *last_error; // the last line on stderr
    int64_t began_ms, job_ms, took_ms;
    int status; // of the last job
    unsigned views;
    bool shown, cancelled, over;
};
struct programs {
    struct host *host;
    unsigned last;
    ARR(struct program *) items;
};

static const struct view_ops output_ops;

void program_jobs_release(struct program_jobs *jobs)
{
    for (size_t i = 0; i < jobs->v.n; i++) {
        struct program_job *j = &jobs->v.v[i];
        free(j->title);
        free(j->line);
        for (char **p = j->argv; p && *p; p++)
            free(*p);
        for (char **p = j->env; p && *p; p++)
            free(*p);
        free(j->argv);
        free(j->env);
    }
    arr_release(&jobs->v);
}

void program_put_end(struct buf *out, int status)
{
    if (status > SIGNALLED && status <= SIGNALLED + SIGRTMAX)
        buf_printf(out, "was ended by signal %d (%s)", status - SIGNALLED, strsignal(status - SIGNALLED));
    else
        buf_printf(out, "ended with status %d", status);
}

// ---- what it prints

static void drop_half(struct program *p)
{
    size_t n = p->lines.n / 2;
    for (size_t i = 0; i < n; i++) {
        p->bytes -= strlen(p->lines.v[i].s) + 1;
        free(p->lines.v[i].s);
    }
    memmove(p->lines.v, p->lines.v + n, (p->lines.n - n) * sizeof(*p->lines.v));
    p->lines.n -= n;
    p->dropped += n;
}

static void add_line(struct program *p, const char *s, size_t n, style_t style)
{
    struct logtext clean;
    logtext_init(&clean);
    logtext_set(&clean, s, n);
    struct out_line l = { xstrndup(clean.text.s, clean.text.n), style };
    logtext_release(&clean);
    p->bytes += strlen(l.s) + 1;
    arr_push(&p->lines, l);
    if (style == ROLE_WARN && *l.s) {
        free(p->last_error);
        p->last_error = xstrdup(l.s);
    }
    if (p->lines.n > MAX_LINES || p->bytes > MAX_BYTES)
        drop_half(p);
}

// A line that is written over (\r) counts as it was last.
static void end_line(struct program *p, struct buf *part, style_t style)
{
    while (part->n && part->s[part->n - 1] == '\r')
        buf_truncate(part, part->n - 1);
    const char *from = part->s;
    for (const char *r = memchr(from, '\r', part->n); r; r = memchr(from, '\r', part->n - (size_t)(from - part->s)))
        from = r + 1;
    add_line(p, from, part->n - (size_t)(from - part->s), style);
    buf_clear(part);
}

static void on_output(void *arg, bool is_stderr, const char *s, size_t n)
{
    struct program *p = arg;
    struct buf *part = &p->part[is_stderr];
    while (n) {
        const char *end = memchr(s, '\n', n);
        size_t take = end ? (size_t)(end - s) : n, room = MAX_LINE - part->n;
        take = take < room ? take : room;
        buf_add(part, s, take);
        bool ends = end == s + take;
        if (ends || part->n >= MAX_LINE)
            end_line(p, part, is_stderr ? ROLE_WARN : ROLE_TEXT);
        s += take + ends;
        n -= take + ends;
    }
    if (p->views)
        host_dirty(p->all->host);
}

static void say(struct program *p, style_t style, const char *text)
{
    struct out_line l = { xstrdup(text), style };
    p->bytes += strlen(text) + 1;
    arr_push(&p->lines, l);
}

// ---- its life

static void start_job(struct program *p);

static void tell_end(struct program *p)
{
    struct buf said = BUF_INIT;
    style_t style = p->failed ? ROLE_BAD : p->cancelled ? ROLE_WARN : ROLE_OK;
    buf_printf(&said, "%s: ", p->name);
    if (p->cancelled)
        buf_puts(&said, "stopped");
    else if (p->jobs.v.n > 1)
        buf_printf(&said, p->failed ? "%2$zu of %1$zu failed" : "%zu done", p->jobs.v.n, p->failed);
    else if (p->failed)
        program_put_end(&said, p->status);
    else
        buf_puts(&said, "done");
    if (p->failed && p->last_error)
        buf_printf(&said, ": %.200s", p->last_error);
    if (p->lines.n)
        buf_puts(&said, " — :output shows all");
    host_flash(p->all->host, style, "%s", said.s);
    buf_release(&said);
}

static void finish(struct program *p)
{
    p->over = true;
    p->took_ms = time_mono_ms() - p->began_ms;
    if (!p->shown || !p->views)
        tell_end(p);
    host_dirty(p->all->host);
}

static void on_end(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct program *p = arg;
    (void)out, (void)err_out;
    p->child = NULL;
    for (int i = 0; i < 2; i++)
        if (p->part[i].n)
            end_line(p, &p->part[i], i ? ROLE_WARN : ROLE_TEXT);
    struct buf said = BUF_INIT;
    if (err && status == NOT_FOUND) {
        buf_printf(&said, "%s: %s", p->jobs.v.v[p->at].argv[0], err->msg);
        free(p->last_error);
        p->last_error = xstrdup(said.s);
    } else {
        int64_t took = time_mono_ms() - p->job_ms;
        program_put_end(&said, status);
        buf_printf(&said, " after %lld.%lld s", (long long)(took / 1000), (long long)(took % 1000 / 100));
    }
    p->failed += status != 0 && !p->cancelled;
    p->status = status;
    say(p, status ? ROLE_BAD : ROLE_OK, said.s);
    buf_release(&said);
    p->at++;
    if (p->cancelled && p->at < p->jobs.v.n) {
        char *left = xasprintf("stopped: %zu of %zu were not run", p->jobs.v.n - p->at, p->jobs.v.n);
        say(p, ROLE_WARN, left);
        free(left);
    }
    if (p->at < p->jobs.v.n && !p->cancelled)
        start_job(p);
    else
        finish(p);
}

static void start_job(struct program *p)
{
    struct program_job *j = &p->jobs.v.v[p->at];
    struct loop_child_opts o = { .argv = j->argv, .env = j->env, .own_group = true, .output = on_output };
    if (p->at)
        say(p, ROLE_TEXT, "");
    char *head = xasprintf("$ %s", j->line);
    struct logtext clean; // it holds what the object is called
    logtext_init(&clean);
    logtext_set(&clean, head, strlen(head));
    say(p, ROLE_ACCENT, clean.text.s);
    logtext_release(&clean);
    free(head);
    p->job_ms = time_mono_ms();
    p->child = loop_child_start(p->all->host->loop, &o, on_end, p);
}

// Asked first, forced when asked again.
static void cancel(struct program *p)
{
    loop_child_signal(p->child, p->cancelled ? SIGKILL : SIGTERM);
    p->cancelled = true;
}

static void program_free(struct program *p)
{
    loop_child_free(p->child);
    program_jobs_release(&p->jobs);
    for (size_t i = 0; i < p->lines.n; i++)
        free(p->lines.v[i].s);
    arr_release(&p->lines);
    buf_release(&p->part[0]);
    buf_release(&p->part[1]);
    free(p->last_error);
    free(p->name);
    free(p);
}

// The oldest that are over and looked at by nobody go.
static void forget_old(struct programs *all)
{
    for (size_t i = 0; i < all->items.n && all->items.n > KEPT;) {
        struct program *p = all->items.v[i];
        if (p->over && !p->views) {
            program_free(p);
            arr_remove(&all->items, i);
        } else {
            i++;
        }
    }
}

unsigned programs_start(struct host *host, const char *name, struct program_jobs *jobs, bool shown)
{
    if (!host->programs) {
        host->programs = xcalloc(1, sizeof(*host->programs));
        host->programs->host = host;
    }
    struct programs *all = host->programs;
    struct program *p = xcalloc(1, sizeof(*p));
    p->all = all;
    p->id = ++all->last;
    p->name = xstrdup(name);
    p->jobs = *jobs;
    memset(jobs, 0, sizeof(*jobs));
    p->shown = shown;
    p->began_ms = time_mono_ms();
    buf_init(&p->part[0]);
    buf_init(&p->part[1]);
    arr_push(&all->items, p);
    forget_old(all);
    start_job(p);
    return p->id;
}

void programs_at_stake(const struct programs *all, struct buf *out)
{
    for (size_t i = 0; all && i < all->items.n; i++)
        if (!all->items.v[i]->over && !all->items.v[i]->shown)
            buf_printf(out, "%s, which runs in the background\n", all->items.v[i]->name);
}

void programs_free(struct programs *all)
{
    for (size_t i = 0; all && i < all->items.n; i++)
        program_free(all->items.v[i]);
    if (all)
        arr_release(&all->items);
    free(all);
}

// ---- the view

struct output {
    struct pager p;
    struct program *program;
    size_t seen, dropped; // of its lines
};

static void take_lines(struct output *o)
{
    const struct program *p = o->program;
    struct text *t = &o->p.text;
    bool follows = !t->lines.n || t->cursor + 1 >= t->lines.n;
    size_t before = o->seen;
    if (o->dropped != p->dropped) { // what is gone there goes here
        text_clear(t);
        char *gone = xasprintf("… the first %zu lines were not kept", p->dropped);
        text_span(text_add(t, gone), 0, strlen(gone), ROLE_DIM);
        free(gone);
        o->dropped = o->seen = p->dropped;
        t->top = t->cursor = 0;
        follows = true;
    }
    for (; o->seen < p->dropped + p->lines.n; o->seen++) {
        const struct out_line *l = &p->lines.v[o->seen - p->dropped];
        struct text_line *made = text_add(t, l->s);
        made->indent = 0; // nothing is folded
        text_span(made, 0, strlen(l->s), l->style);
    }
    if (follows && o->seen != before)
        text_goto(t, SIZE_MAX);
}

static void output_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct output *o = (struct output *)v;
    take_lines(o);
    v->working = !o->program->over;
    pager_paint(v, c, r, focused);
}

static void output_status(struct view *v, struct view_status *out)
{
    const struct program *p = ((struct output *)v)->program;
    *out = (struct view_status) { .fresh = FRESH_NONE };
    if (!p->over)
        snprintf(out->text, sizeof(out->text), "running");
}

static void output_insight(struct view *v, struct buf *out, style_t *style)
{
    const struct program *p = ((struct output *)v)->program;
    if (v->filter_text) {
        pager_insight(v, out, style);
        return;
    }
    size_t n = p->jobs.v.n;
    buf_printf(out, "%s ", p->name);
    *style = p->failed ? ROLE_BAD : p->over && !p->cancelled ? ROLE_OK : ROLE_INFO;
    if (!p->over && p->cancelled)
        buf_puts(out, "is asked to end; Esc again ends it by force");
    else if (!p->over && n > 1)
        buf_printf(out, "runs, %zu of %zu: Esc or Ctrl-C ends it", p->at + 1, n);
    else if (!p->over)
        buf_puts(out, "runs: Esc or Ctrl-C ends it");
    else if (n > 1)
        buf_printf(out, "ran %zu times, %zu failed", p->at, p->failed);
    else
        program_put_end(out, p->status);
}

static bool output_command(struct view *v, const struct call *call, struct err *err)
{
    struct output *o = (struct output *)v;
    if (!str_eq(call->name, "cancel"))
        return pager_command(&o->p, call, err);
    if (o->program->over)
        err_set(err, "%s is over", o->program->name);
    else
        cancel(o->program);
    host_dirty(v->host);
    return true;
}

// As in a shell, while it runs.
static bool output_key(struct view *v, struct rect r, struct key k)
{
    struct output *o = (struct output *)v;
    (void)r;
    if (k.code != 'c' || k.mods != MOD_CTRL || o->program->over)
        return false;
    cancel(o->program);
    host_dirty(v->host);
    return true;
}

static void output_at_stake(struct view *v, struct buf *out)
{
    const struct program *p = ((struct output *)v)->program;
    if (p->shown && !p->over && p->views == 1)
        buf_printf(out, "%s, which runs", p->name);
}

static int output_next_change(struct view *v)
{
    return ((struct output *)v)->program->over ? 10 : 1;
}

static void output_free(struct view *v)
{
    struct output *o = (struct output *)v;
    struct program *p = o->program;
    p->views--;
    if (p->shown && !p->views && !p->over) { // it was of this view
        loop_child_free(p->child);
        p->child = NULL;
        p->over = p->cancelled = true;
    }
    pager_release(&o->p);
    view_release(v);
    free(o);
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "copy", "save", "wrap", "help", NULL };

static const struct view_ops output_ops = {
    .mode = "text",
    .free = output_free,
    .paint = output_paint,
    .command = output_command,
    .applies = pager_applies,
    .status = output_status,
    .insight = output_insight,
    .mouse = pager_mouse,
    .key = output_key,
    .at_stake = output_at_stake,
    .save = pager_save,
    .next_change = output_next_change,
    .keys = keys,
};

static struct program *find(const struct programs *all, int64_t id)
{
    for (size_t i = all ? all->items.n : 0; i-- > 0;)
        if (!id || all->items.v[i]->id == (uint64_t)id)
            return all->items.v[i];
    return NULL;
}

struct view *output_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    int64_t id = 0;
    if (s->rest && (!str_to_i64(s->rest, &id) || id < 1)) {
        err_set(err, "output takes a number: output 3; none: the last");
        return NULL;
    }
    struct program *p = find(host->programs, id);
    if (!p) {
        err_set(err, id ? "there is no output %s any more" : "no command of the configuration ran yet", s->rest);
        return NULL;
    }
    struct output *o = xcalloc(1, sizeof(*o));
    char *spec = xasprintf("output %u", p->id);
    view_init(&o->p.v, &output_ops, cx, spec, p->name);
    free(spec);
    pager_init(&o->p, host);
    o->program = p;
    o->dropped = o->seen = p->dropped;
    p->views++;
    o->p.v.working = !p->over;
    return &o->p.v;
}
