#include "demo/responder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_HEAD = 16 << 10 };

struct responder {
    char *pod;
    int port;
    struct buf in, head; // head: of the answer
    size_t head_at;
    struct answer answer;
    int64_t skip; // bytes of a request's body that are still to come
    bool answering, no_body, close, over;
};

// ---- one answer

static int64_t bytes_asked(const char *target)
{
    int64_t n = -1;
    const char *query = target + strcspn(target, "?");
    if (strncmp(target, "/bytes?", 7) != 0)
        return -1;
    for (const char *p = query; *p; p += strcspn(p, "&")) {
        p++;
        if (strncmp(p, "n=", 2) == 0) {
            char *value = xstrndup(p + 2, strcspn(p + 2, "&"));
            bool ok = str_to_i64(value, &n) && n >= 0;
            free(value);
            return ok ? n : -1;
        }
    }
    return -1;
}

void answer_make(struct answer *a, const char *pod, int port, const char *method, const char *target)
{
    bool reads = str_eq(method, "GET") || str_eq(method, "HEAD");
    *a = (struct answer) { .status = 200 };
    buf_init(&a->text);
    a->filler = reads ? bytes_asked(target) : -1;
    if (a->filler >= 0)
        return;
    a->filler = 0;
    buf_printf(&a->text, "%s, port %d: a Pod of kview's demo cluster was asked for %s %s\n", pod, port, method, target);
}

size_t answer_pull(struct answer *a, char *out, size_t max)
{
    size_t n = a->text.n < max ? a->text.n : max;
    if (n) {
        memcpy(out, a->text.s, n);
        buf_consume(&a->text, n);
        return n;
    }
    n = a->filler < (int64_t)max ? (size_t)a->filler : max;
    memset(out, 'k', n);
    a->filler -= (int64_t)n;
    return n;
}

void answer_release(struct answer *a)
{
    buf_release(&a->text);
}

// ---- the requests of a connection

struct responder *responder_new(const char *pod, int port)
{
    struct responder *r = xcalloc(1, sizeof(*r));
    r->pod = xstrdup(pod);
    r->port = port;
    buf_init(&r->in);
    buf_init(&r->head);
    buf_init(&r->answer.text);
    return r;
}

void responder_free(struct responder *r)
{
    if (!r)
        return;
    buf_release(&r->in);
    buf_release(&r->head);
    answer_release(&r->answer);
    free(r->pod);
    free(r);
}

static const char *reason_of(int status)
{
    return status == 200 ? "OK" : status == 411 ? "Length Required" : "Bad Request";
}

static void refuse(struct responder *r, int status)
{
    answer_release(&r->answer);
    r->answer = (struct answer) { .status = status };
    buf_init(&r->answer.text);
    buf_printf(&r->answer.text, "%d %s\n", status, reason_of(status));
    r->close = true;
    r->no_body = false;
    r->skip = 0;
}

// A header's value in a head whose lines end by CRLF, to be freed; NULL: not there.
static char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = head; (p = strstr(p, "\r\n"));) {
        p += 2;
        if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
            p += n + 1;
            p += strspn(p, " \t");
            return xstrndup(p, strcspn(p, "\r"));
        }
    }
    return NULL;
}

static void take_headers(struct responder *r, const char *head, bool old)
{
    char *length = header(head, "Content-Length"), *connection = header(head, "Connection");
    char *coding = header(head, "Transfer-Encoding");
    r->close = old ? !str_ieq(connection, "keep-alive") : connection && str_ieq(connection, "close");
    r->skip = 0;
    if (coding)
        refuse(r, 411);
    else if (length && (!str_to_i64(length, &r->skip) || r->skip < 0))
        refuse(r, 400);
    free(length);
    free(connection);
    free(coding);
}

static void begin_answer(struct responder *r, const char *head)
{
    char method[16], target[2048];
    int minor = -1;
    answer_release(&r->answer);
    if (sscanf(head, "%15[A-Z] %2047[^ \r\n] HTTP/1.%d\r\n", method, target, &minor) != 3) {
        buf_init(&r->answer.text);
        refuse(r, 400);
    } else {
        answer_make(&r->answer, r->pod, r->port, method, target);
        r->no_body = str_eq(method, "HEAD");
        take_headers(r, head, minor == 0);
    }
    buf_clear(&r->head);
    r->head_at = 0;
    buf_printf(&r->head,
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %lld\r\n%s\r\n", r->answer.status,
        reason_of(r->answer.status), (long long)r->answer.text.n + (long long)r->answer.filler,
        r->close ? "Connection: close\r\n" : minor == 0 ? "Connection: keep-alive\r\n" : "");
    r->answering = true;
}

// The next request, if all of its head is there.
static void look(struct responder *r)
{
    size_t n = r->skip < (int64_t)r->in.n ? (size_t)r->skip : r->in.n;
    buf_consume(&r->in, n);
    r->skip -= (int64_t)n;
    while (r->in.n && (*r->in.s == '\r' || *r->in.s == '\n')) // RFC 9112, 2.2
        buf_consume(&r->in, 1);
    if (r->skip || !r->in.n)
        return;
    const char *end = strstr(r->in.s, "\r\n\r\n");
    if (!end && r->in.n < MAX_HEAD && !memchr(r->in.s, '\0', r->in.n))
        return;
    if (!end) {
        begin_answer(r, "");
        buf_clear(&r->in);
        return;
    }
    char *head = xstrndup(r->in.s, (size_t)(end - r->in.s) + 4);
    buf_consume(&r->in, (size_t)(end - r->in.s) + 4);
    begin_answer(r, head);
    free(head);
}

void responder_feed(struct responder *r, const void *data, size_t n)
{
    if (!r->close && !r->over)
        buf_add(&r->in, data, n);
    if (!r->answering)
        look(r);
}

size_t responder_pull(struct responder *r, char *out, size_t max)
{
    while (r->answering) {
        size_t n = r->head.n - r->head_at < max ? r->head.n - r->head_at : max;
        memcpy(out, r->head.s + r->head_at, n);
        r->head_at += n;
        if (!n && !r->no_body)
            n = answer_pull(&r->answer, out, max);
        if (n)
            return n;
        r->answering = false;
        r->over = r->close;
        if (!r->over)
            look(r);
    }
    return 0;
}

size_t responder_waiting(const struct responder *r)
{
    return r->in.n;
}

bool responder_over(const struct responder *r)
{
    return r->over;
}
