// Allocation that cannot fail: out of memory restores the terminal and aborts (design: an
// allocation failure is never handled). BUG_ON is for kview's own mistakes, never for input.
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((returns_nonnull));
char *xstrdup_null(const char *s); // NULL stays NULL
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
// Overwrites n bytes so that the compiler cannot drop it: for tokens and keys.
void mem_wipe(void *p, size_t n);

// The one hook that puts the terminal back; set by ui, called before abort.
void mem_set_panic_hook(void (*hook)(void));
void bug(const char *file, int line, const char *what) __attribute__((noreturn));
#define BUG_ON(cond)                                                                               \
    do {                                                                                           \
        if (__builtin_expect(!!(cond), 0))                                                         \
            bug(__FILE__, __LINE__, #cond);                                                        \
    } while (0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

// Before anything else: large blocks are always the system's own. glibc would raise the limit to the largest one ever
// freed, and the next of that size would lie in the heap, which then cannot shrink past it (mallopt(3)).
void mem_setup(void);
// Gives freed memory back to the system, holes included: for after something large was let go. Milliseconds.
void mem_trim(void);
// Lets go of the pages of programs and libraries that were read but never written: starting forty libraries (most
// of them libcurl's) touches megabytes that are not looked at again. What is used comes back from the page cache.
void mem_drop_code(void);

#endif
