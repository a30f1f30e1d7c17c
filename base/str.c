#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"

int str_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool str_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_ieq(const char *a, const char *b)
{
    return a && b ? strcasecmp(a, b) == 0 : a == b;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

const char *str_icontains(const char *hay, const char *needle)
{
    return strcasestr(hay, needle);
}

char *str_trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

bool str_to_i64(const char *s, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (end == s || *end || errno)
        return false;
    *out = v;
    return true;
}

char *str_replace_first(const char *s, const char *what, const char *with)
{
    const char *at = strstr(s, what);
    if (!at)
        return xstrdup(s);
    return xasprintf("%.*s%s%s", (int)(at - s), s, with, at + strlen(what));
}

int str_natural_cmp(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            while (*a == '0' && isdigit((unsigned char)a[1]))
                a++;
            while (*b == '0' && isdigit((unsigned char)b[1]))
                b++;
            size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
            int c = na != nb ? (na < nb ? -1 : 1) : strncmp(a, b, na);
            if (c)
                return c;
            a += na;
            b += nb;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

enum { DISTANCE_MAX = 64, PIPE_MS = 10000 };

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

int str_distance(const char *a, const char *b, int limit)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na >= DISTANCE_MAX || nb >= DISTANCE_MAX)
        return limit + 1;
    int rows[3][DISTANCE_MAX + 1];
    int *before = rows[0], *prev = rows[1], *cur = rows[2];
    for (size_t j = 0; j <= nb; j++)
        prev[j] = before[j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        cur[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            cur[j] = min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                cb == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < cur[j])
                cur[j] = before[j - 2] + 1;
        }
        int *swap = before;
        before = prev;
        prev = cur;
        cur = swap;
    }
    return prev[nb] <= limit ? prev[nb] : limit + 1;
}

void str_near(struct str_near *n, const char *candidate)
{
    int d = str_distance(n->word, candidate, n->within);
    if (d > n->within)
        return;
    n->within = d - 1;
    n->name = candidate;
}

int str_fuzzy(const char *pat, const char *s)
{
    int score = 0, run = 0;
    const char *p = pat;
    for (size_t i = 0; s[i] && *p; i++) {
        if (tolower((unsigned char)s[i]) != tolower((unsigned char)*p)) {
            run = 0;
            continue;
        }
        bool word = i == 0 || !isalnum((unsigned char)s[i - 1]);
        score += 1 + (word ? 8 : 0) + (i == 0 ? 8 : 0) + run * 4;
        run++;
        p++;
    }
    if (*p)
        return -1;
    int extra = (int)(strlen(s) - strlen(pat));
    return score * 16 + (extra > 15 ? 0 : 15 - extra);
}

static int b64_value(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

bool b64_decode(const char *s, size_t n, struct buf *out)
{
    uint32_t acc = 0;
    int bits = 0;
    size_t i = 0;
    for (; i < n && s[i] != '='; i++) {
        if (isspace((unsigned char)s[i]))
            continue;
        int v = b64_value((unsigned char)s[i]);
        if (v < 0)
            return false;
        acc = acc << 6 | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_putc(out, (char)(acc >> bits & 0xff));
        }
    }
    for (; i < n; i++)
        if (s[i] != '=' && !isspace((unsigned char)s[i]))
            return false;
    return bits < 6;
}

void b64_encode(const void *data, size_t n, struct buf *out)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *d = data;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)d[i] << 16;
        v |= i + 1 < n ? (uint32_t)d[i + 1] << 8 : 0;
        v |= i + 2 < n ? d[i + 2] : 0;
        buf_putc(out, abc[v >> 18]);
        buf_putc(out, abc[v >> 12 & 63]);
        buf_putc(out, i + 1 < n ? abc[v >> 6 & 63] : '=');
        buf_putc(out, i + 2 < n ? abc[v & 63] : '=');
    }
}

void str_url_escape(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("-._~", *s))
            buf_putc(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
    }
}

void str_path_escape(struct buf *out, const char *s)
{
    bool dots = strcmp(s, ".") == 0 || strcmp(s, "..") == 0;
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || (strchr("-._~:@", *s) && !dots))
            buf_putc(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
    }
}

bool str_fits_header(const char *s)
{
    for (; s && *s; s++)
        if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
            return false;
    return true;
}

static const char *kind_of_file(mode_t mode)
{
    return S_ISFIFO(mode)   ? "a named pipe"
           : S_ISCHR(mode)  ? "a device"
           : S_ISBLK(mode)  ? "a device"
           : S_ISSOCK(mode) ? "a socket"
                            : "no file";
}

// /dev/null is how one says "nothing": KUBECONFIG=/dev/null.
static bool is_null_device(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

// "<(sops -d kubeconfig)" of a shell: a pipe whose other end is open already.
static bool is_handed_over(const char *path, const struct stat *st)
{
    return S_ISFIFO(st->st_mode) && (str_starts(path, "/dev/fd/") || str_starts(path, "/proc/self/fd/"));
}

int file_open(const char *path, int flags, struct err *err)
{
    struct stat st;
    int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0 && errno == ENXIO) { // nobody has the other end
        err_set(err, "%s is no regular file: a named pipe or a socket", path);
        return -1;
    }
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(err, "%s: %s", path, strerror(errno));
    } else if (S_ISREG(st.st_mode) || is_null_device(&st) || is_handed_over(path, &st)) {
        return fd;
    } else if (S_ISDIR(st.st_mode)) {
        err_set(err, "%s: %s", path, strerror(EISDIR));
    } else {
        err_set(err, "%s is no regular file: %s", path, kind_of_file(st.st_mode));
        err_hint(err, "kview would wait for what comes out of it: put it into a file first");
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

bool file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    int fd = file_open(path, O_RDONLY, err);
    if (fd < 0)
        return false;
    bool ok = true;
    for (;;) {
        buf_reserve(out, 65536);
        ssize_t n = read(fd, out->s + out->n, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN && poll(&(struct pollfd) { .fd = fd, .events = POLLIN }, 1, PIPE_MS) > 0)
            continue;
        if (n < 0)
            ok = err_set(err, "%s: %s", path, errno == EAGAIN ? "nothing came out of it" : strerror(errno));
        if (n <= 0)
            break;
        out->n += (size_t)n;
        out->s[out->n] = '\0';
        if (out->n > max) {
            ok = err_set(err, "%s: larger than %zu bytes", path, max);
            break;
        }
    }
    close(fd);
    return ok;
}

bool dir_make(const char *path, struct err *err)
{
    char *p = xstrdup(path);
    bool ok = true;
    for (char *s = p + 1; ok; s++) {
        if (*s != '/' && *s)
            continue;
        char c = *s;
        *s = '\0';
        if (mkdir(p, 0700) < 0 && errno != EEXIST)
            ok = err_set(err, "cannot make folder %s: %s", p, strerror(errno));
        *s = c;
        if (!c)
            break;
    }
    free(p);
    return ok;
}

static bool write_all(int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t w = write(fd, data, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return false;
        data += w;
        n -= (size_t)w;
    }
    return true;
}

bool file_write(const char *path, const void *data, size_t n, struct err *err)
{
    char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
    char *slash = strrchr(tmp, '/');
    bool ok = true;
    if (slash && slash != tmp) {
        *slash = '\0';
        ok = dir_make(tmp, err);
        *slash = '/';
    }
    int fd = ok ? open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (ok && fd < 0)
        ok = err_set(err, "%s: %s", tmp, strerror(errno));
    if (fd >= 0) {
        ok = write_all(fd, data, n);
        ok = close(fd) == 0 && ok && rename(tmp, path) == 0;
        if (!ok) {
            err_set(err, "%s: %s", path, strerror(errno));
            unlink(tmp);
        }
    }
    free(tmp);
    return ok;
}
