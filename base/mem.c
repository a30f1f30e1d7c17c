#include "base/mem.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 128 << 10 }; // bytes, glibc's own limit at the start

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

// Segments that are never writable have no page of their own to lose; RELRO ones belong to writable segments.
static int drop_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)arg;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || p->p_flags & PF_W)
            continue;
        uintptr_t from = (info->dlpi_addr + p->p_vaddr) & ~(page - 1);
        uintptr_t to = (info->dlpi_addr + p->p_vaddr + p->p_filesz) & ~(page - 1);
        if (to > from)
            madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void mem_setup(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE);
}

void mem_trim(void)
{
    malloc_trim(0);
}

void mem_drop_code(void)
{
    mem_trim();
    dl_iterate_phdr(drop_segments, NULL);
}
