#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

// Shared by all empty buffers; never written (cap 0 says so).
char buf_empty[1];

void buf_init(struct buf *b)
{
    *b = (struct buf) BUF_INIT;
}

void buf_release(struct buf *b)
{
    if (b->cap)
        free(b->s);
    buf_init(b);
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    if (b->cap)
        b->s[0] = '\0';
}

void buf_reserve(struct buf *b, size_t extra)
{
    size_t want = b->n + extra + 1;
    if (want <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : 64;
    if (cap < want)
        cap = want;
    b->s = xrealloc(b->cap ? b->s : NULL, cap);
    b->cap = cap;
    b->s[b->n] = '\0';
}

void buf_add(struct buf *b, const void *data, size_t n)
{
    buf_reserve(b, n);
    if (n)
        memcpy(b->s + b->n, data, n);
    b->n += n;
    b->s[b->n] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->s[b->n++] = c;
    b->s[b->n] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    BUG_ON(n < 0);
    buf_reserve(b, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->s + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

void buf_truncate(struct buf *b, size_t n)
{
    BUG_ON(n > b->n);
    b->n = n;
    if (b->cap)
        b->s[n] = '\0';
}

void buf_consume(struct buf *b, size_t n)
{
    BUG_ON(n > b->n);
    if (!n)
        return;
    memmove(b->s, b->s + n, b->n - n + 1);
    b->n -= n;
}

char *buf_take(struct buf *b)
{
    char *s = b->cap ? b->s : xstrdup("");
    buf_init(b);
    return s;
}

void buf_wipe(struct buf *b)
{
    if (b->cap)
        mem_wipe(b->s, b->cap);
    buf_release(b);
}
