// A growable byte string, always NUL-terminated, so that buf.s can be read as a C string.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *s; // never NULL after buf_init or the first append; "" when empty
    size_t n, cap;
};

extern char buf_empty[];
#define BUF_INIT { buf_empty, 0, 0 }

void buf_init(struct buf *b);
void buf_release(struct buf *b); // frees; b is usable again
void buf_clear(struct buf *b);   // keeps the memory
void buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_truncate(struct buf *b, size_t n);
void buf_consume(struct buf *b, size_t n); // drops n bytes from the front
char *buf_take(struct buf *b);             // the caller frees; b is empty again
void buf_wipe(struct buf *b);              // overwrites, then frees

#endif
