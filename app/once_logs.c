#include "app/once_logs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "kinds/kind.h"
#include "logs/filter.h"
#include "logs/set.h"
#include "logs/text.h"

#define NS_PER_S INT64_C(1000000000)
enum {
    FIND_MS = 60000,
    OUT_HIGH = 1 << 20, // more waits for the reader: nothing is read
    OUT_LOW = 256 << 10,
    OUT_SOME = 64 << 10,
    PIPE_PIECE = 4096, // a pipe that takes anything takes so much (PIPE_BUF)
    BLOCKED_MAX_MS = 50,
    READER_MS = 1000,  // so often a reader that went away is noticed
    LAST_WAIT_MS = 2000,
};

struct origin { // of lines
    char *tag;
    bool within, hidden; // a line of it goes on; it does not pass the filter
    struct buf whole;    // JSON: its parts so far
};
struct once_logs {
    struct loop *loop;
    struct ctx *cx;
    const struct spec *spec;
    struct once_logs_flags f;
    int64_t tail, since, deadline;
    char *ns;
    struct logset *set;
    struct logfilter *filter;
    ARR(struct origin) origins;
    size_t unended; // + 1, whose line is the last thing written and goes on; 0: none
    struct logtext clean;
    bool terminal, pipe, named_pods, tagged, tags_known, found, stopped, told_empty, reader_gone;
    struct buf out;
    size_t out_at, lines;
    struct loop_timer *writer, *reader;
    int64_t blocked_ms;
    struct loop_signal *signals[2];
    char complained[400]; // the last of kview's own words about something wrong
    struct err err;
};

// ---- words

bool once_logs_is(const char *view)
{
    size_t n = strcspn(view, " \t\n");
    return (n == 4 && strncmp(view, "logs", n) == 0) || (n == 13 && strncmp(view, "logs-previous", n) == 0);
}

// The end of the word that begins at s, quotes and all.
static size_t word_len(const char *s)
{
    size_t n = 0;
    for (char quote = 0; s[n] && (quote || !strchr(" \t\n\v\f\r", s[n])); n++) {
        if (quote && s[n] == quote)
            quote = 0;
        else if (!quote && (s[n] == '"' || s[n] == '\''))
            quote = s[n];
    }
    return n;
}

static bool take_format(const char *word, size_t n, struct once_logs_flags *f, struct err *err)
{
    f->json = n == 4 && strncmp(word, "json", n) == 0;
    return f->json || (n == 4 && strncmp(word, "text", n) == 0) || err_set(err, "logs are printed as -o text or -o json");
}

// 1: the word was a flag of this mode, 0: it is none, -1: it is wrong.
static int take_flag(const char **p, size_t n, struct once_logs_flags *f, struct err *err)
{
    const struct {
        const char *word;
        bool *set;
    } flags[] = { { "-f", &f->follow }, { "--follow", &f->follow }, { "-p", &f->previous }, { "--previous", &f->previous },
        { "--timestamps", &f->stamps }, { "--all-containers", &f->all_containers } };
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if (strlen(flags[i].word) == n && strncmp(*p, flags[i].word, n) == 0) {
            *flags[i].set = true;
            return 1;
        }
    const char *eq = memchr(*p, '=', n);
    if (eq && (strncmp(*p, "-o=", 3) == 0 || strncmp(*p, "--output=", 9) == 0))
        return take_format(eq + 1, n - (size_t)(eq + 1 - *p), f, err) ? 1 : -1;
    if (!(n == 2 && strncmp(*p, "-o", n) == 0) && !(n == 8 && strncmp(*p, "--output", n) == 0))
        return 0;
    const char *value = *p + n + strspn(*p + n, " \t\n");
    size_t len = word_len(value);
    *p = value + len - n; // the caller goes on behind n bytes
    return take_format(value, len, f, err) ? 1 : -1;
}

char *once_logs_take(const char *view, struct once_logs_flags *f, struct err *err)
{
    struct buf out = BUF_INIT;
    bool ok = true, value = false;
    static const char *const with_value[] = { "-n", "--namespace", "-l", "--selector", "-c", "--container", "--tail",
        "--since", "--fields", "--field-selector", "--context" };
    for (const char *p = view; *p && ok;) {
        size_t blanks = strspn(p, " \t\n\v\f\r"), n;
        if (p[blanks] == '/') { // a filter is the rest of it
            buf_puts(&out, p);
            break;
        }
        const char *word = p + blanks;
        n = word_len(word);
        int took = value ? 0 : take_flag(&word, n, f, err);
        ok = took >= 0;
        if (!took)
            buf_add(&out, p, blanks + n);
        bool takes = false;
        for (size_t i = 0; i < ARRAY_SIZE(with_value) && !took; i++)
            takes |= strlen(with_value[i]) == n && strncmp(word, with_value[i], n) == 0;
        value = takes && !value;
        p = word + n;
    }
    if (ok)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

// ---- writing

static void stop(struct once_logs *o)
{
    o->stopped = true;
}

static bool takes_more(int ms)
{
    struct pollfd p = { STDOUT_FILENO, POLLOUT, 0 };
    return poll(&p, 1, ms) > 0;
}

// As much as the reader takes now; false: it takes no more, or is gone.
static bool write_some(struct once_logs *o, int wait_ms)
{
    while (o->out_at < o->out.n) {
        size_t n = o->out.n - o->out_at;
        if (o->pipe && n > PIPE_PIECE)
            n = PIPE_PIECE;
        if (o->pipe && !takes_more(wait_ms))
            return false;
        ssize_t w = write(STDOUT_FILENO, o->out.s + o->out_at, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0 && errno == EAGAIN)
            return false;
        if (w < 0) {
            o->reader_gone = true;
            if (errno != EPIPE)
                err_set(&o->err, "writing to stdout: %s", strerror(errno));
            buf_clear(&o->out);
            o->out_at = 0;
            stop(o);
            return false;
        }
        o->out_at += (size_t)w;
    }
    buf_clear(&o->out);
    o->out_at = 0;
    return true;
}

static void on_writer(void *arg)
{
    struct once_logs *o = arg;
    size_t before = o->out_at;
    bool all = write_some(o, 0);
    if (o->out_at > OUT_SOME && o->out_at > o->out.n / 2) {
        buf_consume(&o->out, o->out_at);
        before = o->out_at = 0;
    }
    if (o->set && o->out.n - o->out_at < OUT_LOW)
        logset_pause(o->set, false);
    if (all || o->reader_gone) {
        o->blocked_ms = 0;
        return;
    }
    o->blocked_ms = before != o->out_at || !o->blocked_ms ? 1 : o->blocked_ms * 2;
    if (o->blocked_ms > BLOCKED_MAX_MS)
        o->blocked_ms = BLOCKED_MAX_MS;
    loop_timer_start(o->writer, o->blocked_ms, 0);
}

static void wrote(struct once_logs *o)
{
    if (o->reader_gone) {
        buf_clear(&o->out);
        return;
    }
    if (o->out.n - o->out_at > OUT_HIGH)
        logset_pause(o->set, true);
    if (!loop_timer_active(o->writer))
        loop_timer_start(o->writer, 0, 0);
}

// A pipe whose reader went away says so, also while nothing is written.
static void on_reader(void *arg)
{
    struct once_logs *o = arg;
    struct pollfd p = { STDOUT_FILENO, 0, 0 };
    if (o->pipe && poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLNVAL))) {
        o->reader_gone = true;
        stop(o);
    }
}

// ---- lines

static void put_tag(struct once_logs *o, unsigned source, struct buf *out)
{
    struct logset_source src;
    logset_source(o->set, source, &src);
    bool spaces = !*o->ns || strchr(o->ns, ',');
    buf_printf(out, "%s%s%s/%s: ", spaces ? src.ns : "", spaces ? "/" : "", src.pod, src.container);
}

static struct origin *origin_of(struct once_logs *o, unsigned source)
{
    if (!o->tags_known) { // its containers are known when lines come
        o->tagged = !o->named_pods || o->spec->words.n != 1 || logset_count(o->set) != 1;
        o->tags_known = true;
    }
    while (o->origins.n <= source) {
        struct origin g = { .whole = BUF_INIT };
        struct buf tag = BUF_INIT;
        if (o->tagged)
            put_tag(o, (unsigned)o->origins.n, &tag);
        g.tag = tag.n ? buf_take(&tag) : xstrdup("");
        arr_push(&o->origins, g);
    }
    return &o->origins.v[source];
}

static void put_stamp(struct buf *out, int64_t stamp)
{
    char second[32];
    time_format_rfc3339(stamp / NS_PER_S, second);
    buf_printf(out, "%.19s.%09dZ", second, (int)(stamp % NS_PER_S));
}

// Within quotes; what is no UTF-8 is replaced.
static void put_json_text(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        unsigned char c = (unsigned char)s[i];
        uint32_t cp;
        len = 1;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n' || c == '\t' || c == '\r')
            buf_puts(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u%04x", c);
        else if (c < 0x80)
            buf_putc(out, (char)c);
        else if ((len = utf8_decode(s + i, n - i, &cp)) == 1)
            buf_puts(out, "\xef\xbf\xbd");
        else
            buf_add(out, s + i, len);
    }
}

static void put_json(struct once_logs *o, struct origin *g, const struct logset_line *line)
{
    struct logset_source src;
    if (g->whole.n || (line->flags & LOG_PART))
        buf_add(&g->whole, line->text, line->n);
    if (line->flags & LOG_PART)
        return;
    bool joined = g->whole.n > 0;
    logset_source(o->set, line->source, &src);
    buf_puts(&o->out, "{\"time\":\"");
    put_stamp(&o->out, line->stamp);
    buf_printf(&o->out, "\",\"namespace\":\"%s\",\"pod\":\"%s\",\"container\":\"%s\",\"message\":\"", src.ns, src.pod,
        src.container);
    put_json_text(&o->out, joined ? g->whole.s : line->text, joined ? g->whole.n : line->n);
    buf_puts(&o->out, "\"}\n");
    if (joined)
        buf_release(&g->whole);
}

static void put_text(struct once_logs *o, struct origin *g, const struct logset_line *line)
{
    size_t self = line->source + 1;
    if (o->unended && o->unended != self) // its rest did not come for long
        buf_putc(&o->out, '\n');
    if (o->unended != self) {
        buf_puts(&o->out, g->tag);
        if (o->f.stamps) {
            put_stamp(&o->out, line->stamp);
            buf_putc(&o->out, ' ');
        }
    }
    if (o->terminal) {
        logtext_set(&o->clean, line->text, line->n);
        buf_add(&o->out, o->clean.text.s, o->clean.text.n);
    } else {
        buf_add(&o->out, line->text, line->n);
    }
    o->unended = line->flags & LOG_PART ? self : 0;
    if (!o->unended)
        buf_putc(&o->out, '\n');
}

static void on_line(void *arg, const struct logset_line *line)
{
    struct once_logs *o = arg;
    if (line->flags & (LOG_NOTE | LOG_BAR)) {
        if (o->f.follow || (line->flags & LOG_BAD) || !(line->flags & LOG_BAR))
            say(stderr, "kview: %.*s\n", (int)line->n, line->text);
        if (line->flags & LOG_BAD)
            snprintf(o->complained, sizeof(o->complained), "%.*s", (int)line->n, line->text);
        return;
    }
    struct origin *g = origin_of(o, line->source);
    if (!g->within && o->filter) {
        struct logline l = { .stamp = line->stamp, .text = line->text, .n = (uint32_t)line->n,
            .level = (uint8_t)logtext_level(line->text, line->n) };
        g->hidden = !logfilter_match(o->filter, &l);
    }
    g->within = line->flags & LOG_PART;
    if (g->hidden)
        return;
    o->lines++;
    if (o->f.json)
        put_json(o, g, line);
    else
        put_text(o, g, line);
    wrote(o);
}

// ---- what is asked for

static bool take_range(struct once_logs *o, struct err *err)
{
    const struct spec *s = o->spec;
    int64_t n;
    o->tail = -1;
    if (s->tail && !str_ieq(s->tail, "all") && (!str_to_i64(s->tail, &o->tail) || o->tail < -1))
        return err_set(err, "--tail wants a number of lines, or all");
    if (s->since && duration_parse(s->since, &n))
        o->since = time_now() - n;
    else if (s->since && !time_parse_rfc3339(s->since, &o->since, NULL))
        return err_set(err, "--since wants a duration such as 10m, or a time such as 2026-01-02T03:04:05Z");
    return true;
}

static bool is_pod(const char *word)
{
    const char *slash = strchr(word, '/');
    const struct kind *pods = kind_find("pods"), *k = pods;
    char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
    if (head)
        k = kind_find(head);
    free(head);
    return k == pods;
}

struct once_logs *once_logs_new(
    struct loop *loop, struct ctx *cx, const struct spec *spec, const struct once_logs_flags *f, struct err *err)
{
    const char *ns = str_or(spec->ns, str_or(cx->ns, ""));
    struct stat st;
    if (!spec->words.n && !spec->labels && !spec->fields) {
        err_set(err, "logs of what? logs POD, logs deploy/NAME, logs -l app=x");
        err_hint(err, "-c CONTAINER, -p, --follow, --tail N, --since 10m, --timestamps, -o json");
        return NULL;
    }
    if (spec->words.n && (!*ns || strchr(ns, ','))) {
        err_set(err, "%s is in which namespace? -A and several of them go with -l SELECTOR", spec->words.v[0]);
        return NULL;
    }
    struct once_logs *o = xcalloc(1, sizeof(*o));
    o->loop = loop;
    o->cx = cx;
    o->spec = spec;
    o->f = *f;
    o->f.previous |= str_eq(spec->view, "logs-previous");
    o->f.follow &= !o->f.previous;
    buf_init(&o->out);
    logtext_init(&o->clean);
    o->ns = xstrdup(ns);
    o->named_pods = spec->words.n > 0 && !spec->labels;
    for (size_t i = 0; i < spec->words.n; i++)
        o->named_pods &= is_pod(spec->words.v[i]);
    o->terminal = isatty(STDOUT_FILENO);
    o->pipe = fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || o->terminal);
    o->deadline = loop_now_ms(loop) + FIND_MS;
    o->writer = loop_timer_new(loop, on_writer, o);
    o->reader = loop_timer_new(loop, on_reader, o);
    loop_timer_start(o->reader, READER_MS, READER_MS);
    bool ok = take_range(o, err);
    if (ok && spec->filter && *spec->filter)
        ok = (o->filter = logfilter_new(spec->filter, err)) != NULL;
    if (ok)
        return o;
    once_logs_free(o);
    return NULL;
}

void once_logs_free(struct once_logs *o)
{
    if (!o)
        return;
    logset_free(o->set);
    for (size_t i = 0; i < o->origins.n; i++) {
        free(o->origins.v[i].tag);
        buf_release(&o->origins.v[i].whole);
    }
    arr_release(&o->origins);
    logfilter_free(o->filter);
    logtext_release(&o->clean);
    buf_release(&o->out);
    loop_timer_free(o->writer);
    loop_timer_free(o->reader);
    for (size_t i = 0; i < ARRAY_SIZE(o->signals); i++)
        loop_signal_free(o->signals[i]);
    free(o->ns);
    free(o);
}

static void add_selectors(struct once_logs *o)
{
    char *list = xstrdup(o->ns), *save = NULL;
    if (!*list)
        logset_add_selector(o->set, "", o->spec->labels, o->spec->fields);
    for (char *ns = strtok_r(list, ",", &save); ns; ns = strtok_r(NULL, ",", &save))
        logset_add_selector(o->set, ns, o->spec->labels, o->spec->fields);
    free(list);
}

// "web-0", "pod/web-0", "deploy/web", "node/n1". False: its kind is not known yet, or err says what is wrong.
static bool add_target(struct once_logs *o, const char *word, bool only_ask)
{
    const char *slash = strchr(word, '/'), *name = slash ? slash + 1 : word;
    char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
    bool later = false;
    const struct kind *k = head ? ctx_kind(o->cx, head, &later, &o->err) : kind_find("pods");
    free(head);
    if (!k) {
        const struct client_info *in = client_info(o->cx->client);
        if (later)
            err_clear(&o->err);
        if (later && in->state == CLIENT_DOWN && in->err)
            o->err = *in->err;
        return false;
    }
    if (!*name)
        return err_set(&o->err, "%s of what name?", word);
    bool node = str_eq(k->gvr.resource, "nodes");
    if (!k->gvr.namespaced && !node)
        return err_set(&o->err, "there are no containers in %s %s", k->api_kind, name);
    if (only_ask)
        return true;
    if (str_eq(k->gvr.resource, "pods")) {
        logset_add_pod(o->set, o->ns, name);
    } else if (node) {
        struct buf fields = BUF_INIT;
        gvr_field(&fields, "spec.nodeName", name);
        logset_add_selector(o->set, "", NULL, fields.s);
        buf_release(&fields);
    } else if (str_eq(k->gvr.resource, "cronjobs")) {
        logset_add_cronjob(o->set, o->ns, name);
    } else {
        logset_add_object(o->set, &k->gvr, o->ns, name);
    }
    return true;
}

static void on_signal(void *arg)
{
    stop(arg);
}

static void on_change(void *arg)
{
    (void)arg; // the next poll sees it
}

static bool begin(struct once_logs *o)
{
    static const struct logset_handlers handlers = { on_line, on_change };
    const struct spec *s = o->spec;
    struct logset_opts opts = { .container = s->container, .previous = o->f.previous, .tail = o->tail,
        .since = o->since, .ends = !o->f.follow, .current = true,
        .by_default = o->named_pods && !o->f.all_containers };
    for (size_t i = 0; i < s->words.n; i++)
        if (!add_target(o, s->words.v[i], true))
            return false;
    err_clear(&o->err);
    o->signals[0] = loop_signal_new(o->loop, SIGINT, on_signal, o);
    o->signals[1] = loop_signal_new(o->loop, SIGTERM, on_signal, o);
    o->set = logset_new(o->cx->client, &opts, &handlers, o);
    for (size_t i = 0; i < s->words.n; i++)
        add_target(o, s->words.v[i], false);
    if (s->labels || s->fields)
        add_selectors(o);
    return true;
}

// ---- until when

// What was taken in is written, as long as the reader takes it.
static bool end(struct once_logs *o, const struct err *why, struct err *err)
{
    if (!o->reader_gone && o->set) {
        logset_pause(o->set, false);
        logset_flush(o->set);
        if (o->unended)
            buf_putc(&o->out, '\n');
    }
    while (!o->reader_gone && !write_some(o, o->stopped ? LAST_WAIT_MS : -1) && !o->stopped)
        ;
    if (why && err_is(why))
        *err = *why;
    return true;
}

static bool is_fatal(const struct once_logs *o, const struct logset_status *st)
{
    if (!err_is(&st->err))
        return false;
    return !o->f.follow || st->err.code || o->named_pods || !o->spec->words.n;
}

static bool poll_once(struct once_logs *o, struct err *err)
{
    struct logset_status st;
    if (!o->set && !begin(o)) {
        if (!err_is(&o->err) && loop_now_ms(o->loop) > o->deadline)
            err_set(&o->err, "nothing was found out within %d s", FIND_MS / 1000);
        *err = o->err;
        return err_is(err) || o->stopped;
    }
    if (o->stopped)
        return end(o, &o->err, err);
    logset_get_status(o->set, &st);
    o->found |= !st.finding;
    if (!o->found) {
        const struct client_info *in = client_info(o->cx->client);
        if (in->state == CLIENT_DOWN && in->err)
            return end(o, in->err, err);
        if (loop_now_ms(o->loop) > o->deadline)
            err_set(&st.err, "the Pods were not found within %d s", FIND_MS / 1000);
        return err_is(&st.err) && !st.sources ? end(o, &st.err, err) : false;
    }
    if (!st.sources) {
        if (is_fatal(o, &st))
            return end(o, &st.err, err);
        if (err_is(&st.err) && !o->told_empty)
            say(stderr, "kview: %s\n", st.err.msg);
        o->told_empty |= err_is(&st.err);
        return false;
    }
    bool over = !st.finding && !st.unread && !st.backlog && o->out_at == o->out.n;
    return over && (!o->f.follow || err_is(&st.err)) ? end(o, &st.err, err) : false;
}

bool once_logs_poll(struct once_logs *o, bool *ok, struct err *err)
{
    bool done = poll_once(o, err);
    *ok = !err_is(err);
    if (!*ok && strstr(o->complained, err->msg)) // it was said already
        err_clear(err);
    return done;
}
