#include "base/say.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/utf8.h"

void say_text(FILE *to, const char *s, size_t n)
{
    struct buf clean = BUF_INIT;
    utf8_sanitise_lines(&clean, s, n);
    fwrite(clean.s, 1, clean.n, to);
    buf_release(&clean);
}

void say(FILE *to, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n > 0)
        say_text(to, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void say_err(const struct err *err)
{
    say(stderr, "kview: %s%s%s\n", err->msg, *err->hint ? "\n       " : "", err->hint);
}
