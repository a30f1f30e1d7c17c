#include "client/logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

enum { MAX_LINE = 1 << 20, STAMP_MAX = 40, SECOND_LEN = 19, KEY_BYTES = 48 };

struct logs {
    struct client_stream *stream;
    struct logs_handlers h;
    void *arg;
    struct buf rest; // of a line that has not come whole
    struct logs_mark *mark;
    int64_t resumed;    // the second gone on from, 0: none
    size_t known, next; // of the lines of that second those seen before; where to look for the next of them
    bool trust, checked, stranger, in_part;
    char second[SECOND_LEN + 1]; // of the last stamp, and what it is
    int64_t sec;
};

void logs_mark_clear(struct logs_mark *m)
{
    arr_release(&m->seen);
    m->sec = 0;
}

// ---- stamps: "2026-11-24T01:26:43.123456789Z text"

static int64_t parse_stamp(struct logs *l, const char *s, size_t n, size_t *used)
{
    const char *space = memchr(s, ' ', n < STAMP_MAX ? n : STAMP_MAX);
    char tmp[STAMP_MAX + 1];
    int32_t nsec = 0;
    if (!space && n < STAMP_MAX)
        space = s + n; // an empty line may come without the blank
    if (!space || space - s < SECOND_LEN + 1)
        return 0;
    size_t len = (size_t)(space - s);
    *used = len + (len < n);
    bool utc = s[len - 1] == 'Z' && s[SECOND_LEN] == '.' && len <= SECOND_LEN + 11;
    if (utc && l->sec && memcmp(s, l->second, SECOND_LEN) == 0) { // most are of the second before
        int32_t unit = 100000000;
        for (size_t i = SECOND_LEN + 1; i < len - 1; i++, unit /= 10) {
            if (s[i] < '0' || s[i] > '9')
                return 0;
            nsec += (s[i] - '0') * unit;
        }
        return l->sec * 1000000000 + nsec;
    }
    memcpy(tmp, s, len);
    tmp[len] = '\0';
    int64_t sec;
    if (!time_parse_rfc3339(tmp, &sec, &nsec) || sec <= 0 || sec > INT64_MAX / 1000000000 - 1)
        return 0;
    if (utc) {
        memcpy(l->second, s, SECOND_LEN);
        l->sec = sec;
    }
    return sec * 1000000000 + nsec;
}

// ---- lines

static uint64_t key_of(int64_t stamp, const char *text, size_t n)
{
    uint32_t h = 2166136261u; // FNV-1a, of the beginning: a line in parts has the same
    for (size_t i = 0; i < n && i < KEY_BYTES; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return (uint64_t)(stamp % 1000000000) << 32 | h;
}

// Lines come again in their order: what was seen is looked for from the last hit on.
static bool seen_before(struct logs *l, uint64_t key)
{
    for (size_t i = l->next; i < l->known; i++)
        if (l->mark->seen.v[i] == key) {
            l->next = i + 1;
            return true;
        }
    return false;
}

static void note_seen(struct logs *l, int64_t sec, uint64_t key)
{
    if (sec > l->mark->sec) {
        l->mark->sec = sec;
        l->mark->seen.n = 0;
        l->known = l->next = 0;
    }
    if (sec == l->mark->sec)
        arr_push(&l->mark->seen, key);
}

static void take_line(struct logs *l, const char *s, size_t n, bool part)
{
    size_t used = 0;
    if (l->in_part) {
        l->h.on_line(l->arg, l->sec * 1000000000, s, n, part);
        l->in_part = part;
        return;
    }
    int64_t stamp = parse_stamp(l, s, n, &used), sec = stamp / 1000000000;
    if (!stamp) {
        if (n)
            l->h.on_line(l->arg, 0, s, n, false);
        return;
    }
    uint64_t key = key_of(stamp, s + used, n - used);
    bool again = l->resumed && sec <= l->resumed && seen_before(l, key);
    if (l->resumed && !l->checked) {
        l->checked = true;
        l->stranger = !again && !l->trust;
    }
    if (again || l->stranger)
        return;
    note_seen(l, sec, key);
    l->in_part = part;
    l->h.on_line(l->arg, stamp, s + used, n - used, part);
}

static bool on_data(void *arg, const char *data, size_t n)
{
    struct logs *l = arg;
    const char *end = data + n, *nl;
    while (data < end && !l->stranger && (nl = memchr(data, '\n', (size_t)(end - data)))) {
        if (l->rest.n) {
            buf_add(&l->rest, data, (size_t)(nl - data));
            take_line(l, l->rest.s, l->rest.n, false);
            buf_clear(&l->rest);
        } else {
            take_line(l, data, (size_t)(nl - data), false);
        }
        data = nl + 1;
    }
    if (data < end && !l->stranger)
        buf_add(&l->rest, data, (size_t)(end - data));
    if (l->rest.n > MAX_LINE) {
        take_line(l, l->rest.s, l->rest.n, true);
        buf_clear(&l->rest);
    }
    return !l->stranger;
}

static void on_done(void *arg, const struct http_result *res)
{
    struct logs *l = arg;
    struct logs_end end = { .clean = res->ok, .stranger = l->stranger };
    l->stream = NULL;
    if (res->ok && l->rest.n) // without its newline; of a broken stream it comes again, whole
        take_line(l, l->rest.s, l->rest.n, false);
    if (l->stranger)
        end.clean = false;
    else if (!res->ok)
        end.err = res->err;
    end.stranger = l->stranger;
    if (end.err.code == 403)
        err_hint(&end.err, "reading logs needs the verb get on pods/log");
    l->h.on_end(l->arg, &end);
}

static void build_path(struct buf *path, const struct logs_opts *o)
{
    char since[32];
    bool resumes = o->mark->sec > 0;
    gvr_path(path, &(struct gvr) { "", "v1", "pods", true }, o->ns, o->pod);
    buf_puts(path, "/log?timestamps=true&container=");
    str_url_escape(path, o->container);
    buf_puts(path, o->follow ? "&follow=true" : "");
    buf_puts(path, o->previous ? "&previous=true" : "");
    if (!resumes && o->tail >= 0)
        buf_printf(path, "&tailLines=%lld", (long long)o->tail);
    if (resumes || o->since > 0) {
        time_format_rfc3339(resumes ? o->mark->sec : o->since, since);
        buf_puts(path, "&sinceTime=");
        str_url_escape(path, since);
    }
}

struct logs *logs_open(struct client *c, const struct logs_opts *o, const struct logs_handlers *h, void *arg)
{
    static const struct http_handlers handlers = { NULL, on_data, on_done };
    struct logs *l = xcalloc(1, sizeof(*l));
    struct buf path = BUF_INIT;
    l->h = *h;
    l->arg = arg;
    l->mark = o->mark;
    l->resumed = o->mark->sec;
    l->known = o->mark->seen.n;
    l->trust = o->trust;
    buf_init(&l->rest);
    build_path(&path, o);
    struct http_opts opts = { .method = "GET", .path = path.s, .accept = "text/plain, application/json, */*",
        .stream = true, .one_shot_conn = true };
    l->stream = client_stream_open(c, &opts, &handlers, l);
    buf_release(&path);
    return l;
}

void logs_pause(struct logs *l, bool paused)
{
    if (l->stream)
        client_stream_pause(l->stream, paused);
}

void logs_free(struct logs *l)
{
    if (!l)
        return;
    client_stream_close(l->stream);
    buf_release(&l->rest);
    free(l);
}
