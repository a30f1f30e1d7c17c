#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct err *err)
{
    if (!err)
        return;
    err->code = 0;
    err->reason[0] = err->msg[0] = err->hint[0] = '\0';
}

bool err_set(struct err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char msg[sizeof(err->msg)]; // the arguments may point into err itself
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof(msg), fmt, ap);
    va_end(ap);
    err_clear(err);
    memcpy(err->msg, msg, sizeof(msg));
    return false;
}

bool err_hint(struct err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
    va_end(ap);
    return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char head[sizeof(err->msg)], old[sizeof(err->msg)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(head, sizeof(head), fmt, ap);
    va_end(ap);
    memcpy(old, err->msg, sizeof(old));
    size_t n = strlen(head);
    memcpy(err->msg, head, n);
    snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", old);
    return false;
}
