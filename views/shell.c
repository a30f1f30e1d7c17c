#include "views/shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/exec.h"
#include "client/target.h"
#include "list/ctx.h"
#include "ui/term.h"
#include "views/host.h"

enum { SCROLLBACK = 20000, FEED_MS = 4, FEED_CHUNK = 4 << 10, FEED_BYTES = 100 << 10, REST_MS = 16, BACKLOG_MAX = 512 << 10, RETRY_MS = 1000,
    STDIN_MAX = 16 << 20, WHEEL = 3 };

enum phase {
    PHASE_FINDING, // the Pod and its container
    PHASE_WAITING, // for the container to run; asked again each second
    PHASE_CHOOSING, // the person chooses a container
    PHASE_OPENING,
    PHASE_RUNNING,
    PHASE_ENDED, // err or end say how
};

struct shell {
    struct view v;
    const struct kind *kind; // of what was named
    char *name, *container, *command;
    char *pod, *image; // found
    bool attach, chosen; // chosen: the container, by name or by the person
    bool remembered;     // the command: what was a shell in this image before
    bool in, tty;        // of the container attached to
    bool wrote;          // a program did: what it showed stays
    enum phase phase;
    size_t attempt; // of the ways to a shell
    struct target *target;
    struct exec *exec;
    struct term *term;
    struct exec_end end;
    struct err err;
    char note[300];      // what is waited for; how it ended
    struct buf backlog;  // of output, not yet in the terminal
    size_t backlog_at;
    struct loop_timer *feeder, *retry;
    struct key prefix;
    bool prefixed, reading, paused;
    char *search;
    int rows, cols;
};

static void find(struct shell *s);
static struct shell *shell_of(struct view *v);

// ---- ends

__attribute__((format(printf, 2, 3))) static void ended(struct shell *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->note, sizeof(s->note), fmt, ap);
    va_end(ap);
    s->phase = PHASE_ENDED;
    s->reading = s->prefixed = false;
    loop_timer_stop(s->retry);
    view_over(&s->v);
    view_dirty(&s->v);
}

static void failed(struct shell *s, const struct err *err)
{
    ended(s, "%s%s%s", err->msg, *err->hint ? " — " : "", err->hint);
    s->err = *err;
}

static bool no_such_program(const struct err *err)
{
    return strstr(err->msg, "executable file not found") || strstr(err->msg, "no such file or directory");
}

// Why the container is not there any more: it is what ended the shell more often than the shell itself.
static void on_looked_again(void *arg, const json_t *pod, const json_t *object, const struct err *err);

static void look_again(struct shell *s)
{
    target_free(s->target);
    s->target = target_find(s->v.ctx->client, &(struct gvr) { "", "v1", "pods", true }, s->v.ns, s->pod,
        on_looked_again, s);
}

// ---- output: into the terminal in slices, so that keys and frames come between. What nobody can read as fast comes at
// some 12 MB/s: more would only take the processor from who writes it, and from the keys.

static void feed(void *arg)
{
    struct shell *s = arg;
    int64_t until = time_mono_ms() + FEED_MS;
    size_t most = s->backlog_at + FEED_BYTES;
    do {
        size_t left = s->backlog.n - s->backlog_at, n = left < FEED_CHUNK ? left : FEED_CHUNK;
        if (!n)
            break;
        size_t skimmed = term_skim(s->term, s->backlog.s + s->backlog_at, left < FEED_BYTES ? left : FEED_BYTES);
        if (!skimmed)
            term_feed(s->term, s->backlog.s + s->backlog_at, n);
        s->backlog_at += skimmed ? skimmed : n;
    } while (time_mono_ms() < until && s->backlog_at < most && !loop_user_waits(s->v.host->loop));
    bool flood = s->backlog_at >= most;
    if (s->backlog_at == s->backlog.n) {
        buf_clear(&s->backlog);
        s->backlog_at = 0;
    } else {
        loop_timer_start(s->feeder, flood ? REST_MS : 0, 0);
    }
    if (s->paused && s->exec && s->backlog.n - s->backlog_at < BACKLOG_MAX / 4) {
        s->paused = false;
        exec_pause(s->exec, false);
    }
    struct buf answers = BUF_INIT; // to what the application asked its terminal
    term_take_output(s->term, &answers);
    if (s->exec && s->in)
        exec_write(s->exec, answers.s, answers.n);
    buf_release(&answers);
    view_dirty(&s->v);
}

static void on_output(void *arg, int fd, const uint8_t *data, size_t n)
{
    struct shell *s = arg;
    (void)fd;
    s->wrote = true;
    if (s->backlog_at > BACKLOG_MAX) { // what was fed makes room
        memmove(s->backlog.s, s->backlog.s + s->backlog_at, s->backlog.n - s->backlog_at);
        buf_truncate(&s->backlog, s->backlog.n - s->backlog_at);
        s->backlog_at = 0;
    }
    for (size_t i = 0, from = 0; !s->tty && i <= n; i++) // no terminal turned its line ends there
        if (i == n || data[i] == '\n') {
            buf_add(&s->backlog, data + from, i - from);
            if (i < n)
                buf_puts(&s->backlog, "\r\n");
            from = i + 1;
        }
    if (s->tty)
        buf_add(&s->backlog, data, n);
    if (!s->paused && s->backlog.n - s->backlog_at > BACKLOG_MAX) {
        s->paused = true;
        exec_pause(s->exec, true);
    }
    if (!loop_timer_active(s->feeder))
        loop_timer_start(s->feeder, 0, 0);
}

// "bash", "/bin/zsh -l": the next shell in this image is the same. Other programs are not remembered.
static bool is_shell(const char *command)
{
    size_t n = strcspn(command, " ");
    return n >= 2 && strncmp(command + n - 2, "sh", 2) == 0;
}

static void on_open(void *arg)
{
    struct shell *s = arg;
    s->phase = PHASE_RUNNING;
    if (s->command && is_shell(s->command))
        state_set(s->v.host->state, "shell", s->image, s->command);
    view_dirty(&s->v);
}

// ---- ways to a shell

// One request finds the best of them. TERM: what libvterm understands. The size is sent as well, but by a way of its own, which may
// be slower than the first program is.
static const char finder[] = "TERM=xterm-256color; export TERM; stty rows %d cols %d 2>/dev/null; "
                             "for s in bash ash; do command -v $s >/dev/null 2>&1 && exec $s; done; exec sh";
static const char *const busybox[] = { "/busybox/sh", NULL }; // debug images of distroless
enum { WAYS = 2 };

static void split_words(char *text, const char **out, size_t max)
{
    size_t n = 0;
    char *w = text;
    while (*text && n + 1 < max) {
        char quote = 0;
        while (*text == ' ')
            text++;
        if (!*text)
            break;
        out[n++] = w = text;
        for (; *text && (quote || *text != ' '); text++) {
            if (quote ? *text == quote : (*text == '"' || *text == '\''))
                quote = quote ? 0 : *text;
            else
                *w++ = *text;
        }
        bool more = *text != '\0';
        *w = '\0';
        text += more;
    }
    out[n] = NULL;
}

static void on_end(void *arg, const struct exec_end *end);

static void open_exec(struct shell *s)
{
    static const struct exec_handlers handlers = { on_open, on_output, NULL, on_end };
    const char *words[64];
    char *copy = s->command ? xstrdup(s->command) : NULL;
    struct exec_opts o = { .ns = s->v.ns, .pod = s->pod, .container = s->container, .in = s->in,
        .tty = s->tty, .rows = s->rows, .cols = s->cols };
    if (copy)
        split_words(copy, words, ARRAY_SIZE(words));
    char *find = xasprintf(finder, s->rows, s->cols);
    const char *const found[] = { "sh", "-c", find, NULL };
    if (!s->attach)
        o.command = copy && words[0] ? words : s->attempt ? busybox : found;
    exec_free(s->exec);
    s->exec = exec_start(s->v.ctx->client, &o, &handlers, s);
    s->phase = PHASE_OPENING;
    s->paused = false;
    free(find);
    free(copy);
    view_dirty(&s->v);
}

static void on_end(void *arg, const struct exec_end *end)
{
    struct shell *s = arg;
    s->end = *end;
    if (!end->started && s->remembered && no_such_program(&end->err)) { // another image of that name by now
        state_set(s->v.host->state, "shell", s->image, NULL);
        free(s->command);
        s->command = NULL;
        s->remembered = false;
        open_exec(s);
        return;
    }
    if (!end->started && !s->attach && !s->command && no_such_program(&end->err) &&
        ++s->attempt < WAYS) {
        open_exec(s);
        return;
    }
    if (!end->started && no_such_program(&end->err)) {
        if (s->command)
            ended(s, "%s: there is no such program in the image of %s", s->command, s->container);
        else
            ended(s, "the image of %s has no shell — :debug %s adds one", s->container,
                s->pod);
    } else if (!end->started) {
        failed(s, &end->err);
    } else if (end->exit_code >= 0) {
        ended(s, "%s with exit status %d", s->attach ? "the process ended" : "the shell ended", end->exit_code);
    } else {
        ended(s, "the connection was lost (what ran in it may still run there): %s", end->err.msg);
    }
    if (end->started && (end->exit_code < 0 || end->exit_code > 128)) // killed, and why?
        look_again(s);
}

// ---- the container

static const json_t *status_of(const json_t *pod, const char *container)
{
    static const char *const lists[] = { "containerStatuses", "initContainerStatuses",
        "ephemeralContainerStatuses" };
    const json_t *cs = NULL;
    for (size_t k = 0; !cs && k < ARRAY_SIZE(lists); k++)
        cs = json_named(json_at(pod, "status", lists[k], NULL), container);
    return cs;
}

static const json_t *spec_of(const json_t *pod, const char *container)
{
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    const json_t *c = NULL;
    for (size_t k = 0; !c && k < ARRAY_SIZE(lists); k++)
        c = json_named(json_at(pod, "spec", lists[k], NULL), container);
    return c;
}

static void state_note(const json_t *cs, char *out, size_t n)
{
    const json_t *waiting = json_at(cs, "state", "waiting", NULL), *term = json_at(cs, "state", "terminated", NULL);
    if (!term && !waiting)
        term = json_at(cs, "lastState", "terminated", NULL);
    if (json_at(cs, "state", "running", NULL))
        snprintf(out, n, "running");
    else if (term)
        snprintf(out, n, "%s, exit status %d", str_or(json_str(term, "reason", NULL), "ended"),
            (int)json_i64(term, "exitCode", NULL));
    else
        snprintf(out, n, "%s", str_or(json_str(waiting, "reason", NULL), "not started"));
}

static void on_looked_again(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct shell *s = arg;
    const json_t *cs = status_of(pod, s->container);
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    (void)object;
    if (s->phase != PHASE_ENDED)
        return;
    term = term ? term : json_at(cs, "lastState", "terminated", NULL);
    int64_t at = json_time(term, "finishedAt", NULL);
    if (err && err->code == 404)
        ended(s, "the Pod %s is gone", s->pod);
    else if (*json_str(pod, "metadata", "deletionTimestamp", NULL))
        ended(s, "the Pod %s is being deleted", s->pod);
    else if (at && time_now() - at < 60)
        ended(s, "the container %s ended: %s, exit status %d", s->container,
            str_or(json_str(term, "reason", NULL), "Error"), (int)json_i64(term, "exitCode", NULL));
}

static void wait_for(struct shell *s, const char *why)
{
    s->phase = PHASE_WAITING;
    snprintf(s->note, sizeof(s->note), "%s of %s does not run yet: %s; asked again each second", s->container, s->pod,
        why);
    loop_timer_start(s->retry, RETRY_MS, 0);
    view_dirty(&s->v);
}

static void names_of(const json_t *pod, struct buf *out)
{
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i;
        json_t *c;
        json_array_foreach(json_at(pod, "spec", lists[k], NULL), i, c)
            buf_printf(out, "%s%s", out->n ? ", " : "", json_str(c, "name", NULL));
    }
}

static void enter(struct shell *s, const json_t *pod)
{
    char why[120];
    const json_t *spec = spec_of(pod, s->container), *cs = status_of(pod, s->container);
    const char *phase = json_str(pod, "status", "phase", NULL);
    if (!spec) {
        struct buf names = BUF_INIT;
        names_of(pod, &names);
        ended(s, "the Pod %s has no container %s: it has %s", s->pod, s->container, names.s);
        buf_release(&names);
        return;
    }
    state_note(cs, why, sizeof(why));
    free(s->image);
    s->image = xstrdup(json_str(spec, "image", NULL));
    s->tty = !s->attach || json_bool(spec, "tty", NULL);
    s->in = !s->attach || json_bool(spec, "stdin", NULL);
    if (str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
        ended(s, "%s has ended (%s): nothing runs in it", s->pod, phase);
    else if (*json_str(pod, "metadata", "deletionTimestamp", NULL) && !json_at(cs, "state", "running", NULL))
        ended(s, "the Pod %s is being deleted", s->pod);
    else if (!json_at(cs, "state", "running", NULL))
        wait_for(s, why);
    else {
        if (!s->command && !s->attach) {
            s->command = xstrdup_null(state_get(s->v.host->state, "shell", s->image));
            s->remembered = s->command != NULL;
        }
        open_exec(s);
    }
}

// The choice made in the picker is for the view that is waiting for one; by then it is the one in focus.
static void on_chosen(struct host *host, const struct choice *choice);

static void choose(struct shell *s, const json_t *pod)
{
    struct choices all = { 0 };
    char title[64];
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "spec", "containers", NULL), i, c)
    {
        char note[120];
        const char *name = json_str(c, "name", NULL);
        state_note(status_of(pod, name), note, sizeof(note));
        choices_add(&all, name, note);
    }
    json_array_foreach(json_at(pod, "spec", "ephemeralContainers", NULL), i, c)
    {
        char note[120] = "debug, ";
        const char *name = json_str(c, "name", NULL);
        state_note(status_of(pod, name), note + 7, sizeof(note) - 7);
        choices_add(&all, name, note);
    }
    s->phase = PHASE_CHOOSING;
    snprintf(s->note, sizeof(s->note), "%s has several containers", s->pod);
    snprintf(title, sizeof(title), "%s in which container?", s->attach ? "attach" : "a shell");
    host_pick(s->v.host, title, &all, on_chosen);
    view_dirty(&s->v);
}

static void set_title(struct shell *s)
{
    free(s->v.title);
    s->v.title = xasprintf("%s %s", s->attach ? "attach" : "sh", s->pod ? s->pod : s->name);
}

static void on_found(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct shell *s = arg;
    (void)object;
    if (!pod) {
        failed(s, err);
        return;
    }
    const json_t *list = json_at(pod, "spec", "containers", NULL);
    const char *by_default =
        json_str(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL);
    free(s->pod);
    s->pod = xstrdup(json_str(pod, "metadata", "name", NULL));
    set_title(s);
    if (!s->chosen) {
        free(s->container);
        s->container = xstrdup(*by_default ? by_default : json_str(json_array_get(list, 0), "name", NULL));
    }
    bool several = json_array_size(list) > 1 && !*by_default;
    if (!s->chosen && several && host_focus(s->v.host) == &s->v && !host_busy(s->v.host))
        choose(s, pod);
    else
        enter(s, pod);
}

static void find(struct shell *s)
{
    target_free(s->target);
    s->phase = s->phase == PHASE_WAITING ? PHASE_WAITING : PHASE_FINDING;
    s->target = target_find(s->v.ctx->client, &s->kind->gvr, s->v.ns, s->name, on_found, s);
}

static void on_retry(void *arg)
{
    find(arg);
}

static void on_feed(void *arg)
{
    feed(arg);
}

static void reopen(struct shell *s)
{
    exec_free(s->exec);
    s->exec = NULL;
    s->attempt = 0;
    s->paused = false;
    buf_clear(&s->backlog);
    s->backlog_at = 0;
    err_clear(&s->err);
    s->phase = PHASE_FINDING;
    term_feed(s->term, "\033c", 2); // a terminal as new; what scrolled off stays
    find(s);
    view_dirty(&s->v);
}

// ---- the view

// Where no program has written, the whole reason has room.
static void paint_reason(const struct shell *s, struct canvas *c, struct rect r)
{
    struct buf text = BUF_INIT;
    const char *why = err_is(&s->err) ? s->err.msg : s->note;
    style_t style = s->phase != PHASE_ENDED ? ROLE_INFO : s->err.code == 403 ? ROLE_WARN : ROLE_BAD;
    utf8_sanitise(&text, why, strlen(why));
    int y = canvas_put_wrapped(c, r.y + 1, r.x + 2, r.w - 4, style, text.s);
    buf_clear(&text);
    if (err_is(&s->err))
        utf8_sanitise(&text, s->err.hint, strlen(s->err.hint));
    if (text.n)
        canvas_put_wrapped(c, y, r.x + 2, r.w - 4, ROLE_DIM, text.s);
    buf_release(&text);
}

static void shell_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct shell *s = (struct shell *)v;
    if (r.h != s->rows || r.w != s->cols) {
        s->rows = r.h;
        s->cols = r.w;
        term_resize(s->term, r.h, r.w);
        if (s->exec && s->phase == PHASE_RUNNING)
            exec_resize(s->exec, r.h, r.w);
    }
    term_paint(s->term, c, r, focused && s->phase == PHASE_RUNNING);
    if (!s->wrote && (s->phase == PHASE_ENDED || s->phase == PHASE_WAITING))
        paint_reason(s, c, r);
    size_t back = term_scrolled(s->term);
    if (back) {
        char text[40];
        snprintf(text, sizeof(text), " %zu lines back ", back);
        canvas_put_right(c, r.y, r.x, r.w, ROLE_INFO, text);
    }
}

static void send_output(struct shell *s)
{
    struct buf out = BUF_INIT;
    term_take_output(s->term, &out);
    if (out.n && exec_queued(s->exec) + out.n > STDIN_MAX)
        host_flash(s->v.host, ROLE_WARN, "the container does not read what is typed: dropped");
    else if (s->in)
        exec_write(s->exec, out.s, out.n);
    else
        host_flash(s->v.host, ROLE_WARN, "this container has no stdin (its spec says stdin: false)");
    buf_release(&out);
}

static void stop_reading(struct shell *s)
{
    s->reading = false;
    term_unmark(s->term);
    term_scroll(s->term, -(long)term_lines(s->term));
    view_dirty(&s->v);
}

static bool mouse(struct shell *s, struct rect r, struct key k)
{
    bool wheel = k.code == K_MOUSE_WHEEL_UP || k.code == K_MOUSE_WHEEL_DOWN;
    long dir = k.code == K_MOUSE_WHEEL_UP ? 1 : -1;
    if (term_wants_mouse(s->term) && !s->reading) {
        term_mouse(s->term, k.y - r.y, k.x - r.x, k);
        send_output(s);
    } else if (wheel && term_alternate(s->term)) { // as other terminals do for pagers
        for (int i = 0; i < WHEEL; i++)
            term_key(s->term, (struct key) { .code = dir > 0 ? K_UP : K_DOWN });
        send_output(s);
    } else if (wheel) {
        term_scroll(s->term, dir * WHEEL);
        s->reading = term_scrolled(s->term) > 0;
    } else {
        return false;
    }
    return true;
}

static bool shell_key(struct view *v, struct rect r, struct key k)
{
    struct shell *s = (struct shell *)v;
    view_dirty(v);
    if (s->phase != PHASE_RUNNING)
        return false;
    if (k.code >= K_MOUSE_CLICK)
        return mouse(s, r, k);
    if (s->prefixed && !key_eq(k, s->prefix)) {
        s->prefixed = false;
        return false; // it is kview's
    }
    if (!s->prefixed && key_eq(k, s->prefix)) {
        s->prefixed = true;
        return true;
    }
    s->prefixed = false;
    if (s->reading) {
        bool leave = k.code == K_ESC || k.code == 'q' || k.code == K_ENTER;
        if (leave)
            stop_reading(s);
        return leave; // the others move, search, copy
    }
    term_key(s->term, k);
    send_output(s);
    return true;
}

static bool shell_paste(struct view *v, const char *text, size_t n)
{
    struct shell *s = (struct shell *)v;
    if (s->phase != PHASE_RUNNING)
        return false;
    term_paste(s->term, text, n);
    send_output(s);
    return true;
}

static bool search(struct shell *s, int dir, size_t from, struct err *err)
{
    struct buf line = BUF_INIT;
    size_t n = term_lines(s->term);
    bool hit = false;
    if (!s->search || !*s->search)
        return err_set(err, "nothing is searched for: / begins");
    for (size_t i = 0; i < n && !hit; i++) {
        from = (from + (dir > 0 ? 1 : n - 1)) % n;
        buf_clear(&line);
        term_line(s->term, from, &line);
        hit = line.n && str_icontains(line.s, s->search);
    }
    buf_release(&line);
    if (!hit)
        return err_set(err, "\"%s\" is not on this screen or above it", s->search);
    term_show_line(s->term, from);
    s->reading = s->phase == PHASE_RUNNING;
    return true;
}

static void copy(struct shell *s)
{
    struct buf out = BUF_INIT;
    term_text(s->term, &out);
    host_copy(s->v.host, out.s, out.n);
    host_flash(s->v.host, ROLE_OK, "copied %zu bytes", out.n);
    buf_release(&out);
}

static bool shell_command(struct view *v, const struct call *call, struct err *err)
{
    struct shell *s = (struct shell *)v;
    long lines = (long)term_lines(s->term);
    const struct {
        const char *name;
        long by;
    } moves[] = { { "up", 1 }, { "down", -1 }, { "page-up", s->rows - 1 }, { "page-down", 1 - s->rows },
        { "top", lines }, { "bottom", -lines } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            term_scroll(s->term, moves[i].by);
            s->reading = s->phase == PHASE_RUNNING && term_scrolled(s->term) > 0;
            view_dirty(v);
            return true;
        }
    if (str_eq(call->name, "filter")) {
        free(s->search);
        s->search = xstrdup(call->args);
        term_unmark(s->term);
        if (*call->args)
            search(s, -1, (size_t)lines, err);
    } else if (str_eq(call->name, "search-next") || str_eq(call->name, "search-prev")) {
        size_t at = term_marked(s->term, (size_t)lines);
        search(s, str_eq(call->name, "search-next") ? -1 : 1, at, err); // n goes on upwards, as it began
    } else if (str_eq(call->name, "copy")) {
        copy(s);
    } else if (str_eq(call->name, "reopen") || str_eq(call->name, "open") || str_eq(call->name, "refresh")) {
        struct write_gate gate = ctx_gate(v->ctx); // it may be read-only again since
        if (s->phase == PHASE_ENDED && verbs_allowed(&gate, "opening it anew", err))
            reopen(s);
        else if (s->phase == PHASE_CHOOSING)
            find(s);
    } else {
        return false;
    }
    view_dirty(v);
    return true;
}

static void on_chosen(struct host *host, const struct choice *choice)
{
    struct shell *s = shell_of(host_focus(host));
    if (!s || s->phase != PHASE_CHOOSING)
        return;
    free(s->container);
    s->container = xstrdup(choice->text);
    s->chosen = true;
    find(s);
}

static void shell_status(struct view *v, struct view_status *out)
{
    static const struct {
        enum freshness fresh;
        const char *text;
    } of[] = { [PHASE_FINDING] = { FRESH_LOADING, "looking for it" }, [PHASE_WAITING] = { FRESH_STALE, "waiting" },
        [PHASE_CHOOSING] = { FRESH_NONE, "" }, [PHASE_OPENING] = { FRESH_LOADING, "connecting" },
        [PHASE_RUNNING] = { FRESH_LIVE, "connected" }, [PHASE_ENDED] = { FRESH_NONE, "ended" } };
    struct shell *s = (struct shell *)v;
    out->fresh = of[s->phase].fresh;
    if (s->phase == PHASE_ENDED && (err_is(&s->err) || s->end.exit_code != 0))
        out->fresh = s->err.code == 403 ? FRESH_FORBIDDEN : FRESH_FAILED;
    out->pending = s->backlog.n > 0;
    snprintf(out->text, sizeof(out->text), "%s", of[s->phase].text);
}

static void shell_insight(struct view *v, struct buf *out, style_t *style)
{
    struct shell *s = (struct shell *)v;
    char prefix[32];
    key_format(s->prefix, prefix, sizeof(prefix));
    *style = ROLE_DIM;
    if (s->phase == PHASE_ENDED) {
        bool well = !err_is(&s->err) && s->end.started && s->end.exit_code == 0;
        *style = well ? ROLE_OK : ROLE_BAD;
        buf_printf(out, "%s", s->note);
    } else if (s->phase == PHASE_WAITING || s->phase == PHASE_CHOOSING) {
        *style = ROLE_INFO;
        buf_puts(out, s->note);
    } else if (s->phase != PHASE_RUNNING) {
        buf_printf(out, "connecting to %s …", s->pod ? s->pod : s->name);
    } else if (s->prefixed) {
        *style = ROLE_ACCENT;
        buf_printf(out, "now a key of kview's; %s again sends it to the container", prefix);
    } else if (s->reading) {
        *style = ROLE_INFO;
        buf_puts(out, "reading back: PgUp PgDn, / and n search, Y copy, Esc to the prompt");
    } else {
        buf_printf(out, "%s/%s%s%s — %s", s->pod, s->container, *term_title(s->term) ? ": " : "",
            term_title(s->term), !s->in ? "shown only: its stdin is closed"
                                        : s->attach ? "keys go to its process: Ctrl-C ends it"
                                                    : "keys go to the container");
    }
}

static bool shell_prefix(struct view *v, struct key *out)
{
    struct shell *s = (struct shell *)v;
    *out = s->prefix;
    return s->phase == PHASE_RUNNING && !s->prefixed && !s->reading;
}

static void shell_at_stake(struct view *v, struct buf *out)
{
    struct shell *s = (struct shell *)v;
    if (s->phase == PHASE_RUNNING && !s->attach)
        buf_printf(out, "a shell in %s/%s (%s)", v->ns, s->pod, s->container);
}

static void shell_save(struct view *v, const char *format, struct buf *out)
{
    (void)format;
    term_text(((struct shell *)v)->term, out);
}

static void shell_free(struct view *v)
{
    struct shell *s = (struct shell *)v;
    target_free(s->target);
    exec_free(s->exec);
    term_free(s->term);
    loop_timer_free(s->feeder);
    loop_timer_free(s->retry);
    buf_release(&s->backlog);
    free(s->name);
    free(s->container);
    free(s->command);
    free(s->pod);
    free(s->image);
    free(s->search);
    view_release(v);
    free(s);
}

static const char *const keys[] = { "back", "page-up", "filter-prompt", "copy", "save", "command-prompt", "help",
    "reopen", NULL };

static const struct view_ops shell_ops = {
    .mode = "shell",
    .free = shell_free,
    .paint = shell_paint,
    .command = shell_command,
    .status = shell_status,
    .insight = shell_insight,
    .key = shell_key,
    .paste = shell_paste,
    .prefix = shell_prefix,
    .at_stake = shell_at_stake,
    .save = shell_save,
    .keys = keys,
};

static struct shell *shell_of(struct view *v)
{
    return v && v->ops == &shell_ops ? (struct shell *)v : NULL;
}

// "web-0", "pod/web-0", "deploy/web", "shop/web-0" as the lists open it.
static bool take_target(struct shell *s, const char *word, struct err *err)
{
    const char *slash = strchr(word, '/');
    char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
    s->kind = head ? kind_find(head) : kind_find("pods");
    if (head && !s->kind) { // a namespace
        free(s->v.ns);
        s->v.ns = xstrdup(head);
        s->kind = kind_find("pods");
    }
    s->name = xstrdup(slash ? slash + 1 : word);
    free(head);
    if (!*s->name || strpbrk(s->name, " /"))
        return err_set(err, "\"%s\" is no name of a Pod: shell web-0, shell deploy/web", word);
    if (!s->kind->gvr.namespaced)
        return err_set(err, "there are no containers in %s %s", s->kind->api_kind, s->name);
    return true;
}

static struct view *new_view(struct host *host, struct ctx *cx, const struct spec *spec, bool attach, struct err *err)
{
    char *prefix = host->ops->setting(host, NULL, "prefix");
    const char *ns = spec->ns ? spec->ns : view_one_ns(host, cx);
    if (!spec->rest) {
        err_set(err, "%s where? %s POD, %s deploy/NAME, with -c CONTAINER and -- COMMAND", spec->view, spec->view,
            spec->view);
        return NULL;
    }
    struct write_gate gate = ctx_gate(cx);
    if (!verbs_allowed(&gate, "a shell, which could change what runs there,", err))
        return NULL;
    struct shell *s = xcalloc(1, sizeof(*s));
    struct buf text = BUF_INIT;
    spec_text(spec, &text);
    view_init(&s->v, &shell_ops, cx, text.s, spec->rest);
    buf_release(&text);
    s->v.host = host;
    s->v.ns = xstrdup(ns);
    s->attach = attach;
    s->container = xstrdup_null(spec->container);
    s->chosen = spec->container != NULL;
    s->command = xstrdup_null(spec->command);
    s->rows = host->rows ? host->rows - 4 : 24;
    s->cols = host->cols ? host->cols : 80;
    s->term = term_new(s->rows, s->cols, SCROLLBACK);
    s->feeder = loop_timer_new(host->loop, on_feed, s);
    s->retry = loop_timer_new(host->loop, on_retry, s);
    buf_init(&s->backlog);
    if (!prefix || !key_parse(prefix, strlen(prefix), &s->prefix))
        s->prefix = (struct key) { .code = ']', .mods = MOD_CTRL };
    if (!take_target(s, spec->rest, err)) {
        shell_free(&s->v);
        return NULL;
    }
    set_title(s);
    find(s);
    return &s->v;
}

struct view *shell_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    return new_view(host, cx, spec, false, err);
}

struct view *attach_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    return new_view(host, cx, spec, true, err);
}
