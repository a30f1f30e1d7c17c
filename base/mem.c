#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*panic_hook)(void);

void mem_set_panic_hook(void (*hook)(void))
{
    panic_hook = hook;
}

static void panic(const char *what)
{
    if (panic_hook)
        panic_hook();
    fputs(what, stderr);
    abort();
}

void bug(const char *file, int line, const char *what)
{
    if (panic_hook)
        panic_hook();
    fprintf(stderr, "kview: bug at %s:%d: %s\n", file, line, what);
    abort();
}

static void *checked(void *p)
{
    if (!p)
        panic("kview: out of memory\n");
    return p;
}

void *xmalloc(size_t n)
{
    return checked(malloc(n ? n : 1));
}

void *xcalloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n)
{
    return checked(realloc(p, n ? n : 1));
}

char *xstrdup(const char *s)
{
    return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
    return checked(strndup(s, n));
}

char *xstrdup_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *s;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return checked(n < 0 ? NULL : s);
}

void mem_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}
