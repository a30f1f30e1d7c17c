#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

static int log_fd = -1;
static enum log_level log_min = LOG_INFO;

enum { LOG_MAX_BYTES = 4 << 20 };

void log_open(const char *path, enum log_level level)
{
    log_close();
    log_min = level;
    if (!path)
        return;
    char dir[4096];
    snprintf(dir, sizeof(dir), "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash && slash != dir) {
        *slash = '\0';
        dir_make(dir, NULL);
    }
    log_fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND, NULL);
    struct stat st;
    if (log_fd >= 0 && fstat(log_fd, &st) == 0 && st.st_size > LOG_MAX_BYTES &&
        ftruncate(log_fd, 0) < 0)
        log_close();
}

void log_close(void)
{
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
    static const char names[] = "DIWE";
    if (log_fd < 0 || level < log_min)
        return;
    char line[2048], when[32];
    time_format_rfc3339(time_now(), when);
    int n = snprintf(line, sizeof(line), "%s %c ", when, names[level]);
    va_list ap;
    va_start(ap, fmt);
    int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
    va_end(ap);
    struct buf clean = BUF_INIT; // a log is read on a terminal
    utf8_sanitise(&clean, line, strnlen(line, sizeof(line) - 2));
    (void)m;
    buf_putc(&clean, '\n');
    if (write(log_fd, clean.s, clean.n) < 0)
        log_close();
    buf_release(&clean);
}
