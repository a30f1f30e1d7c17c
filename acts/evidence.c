#include "acts/evidence.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

enum { MAX_PART = 40, MAX_NAME = 100, MAX_SAME = 1000 };

// Letters, digits, dots and dashes stay; a folder's name holds at most 255 bytes.
static void put_part(struct buf *out, const char *s, size_t most)
{
    for (size_t i = 0; s[i] && i < most; i++) {
        bool plain = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
                     s[i] == '-' || (s[i] == '.' && i);
        buf_putc(out, plain ? s[i] : '_');
    }
}

char *evidence_folder(const char *root, int64_t at, const char *context, const char *ns, const char *kind,
    const char *name)
{
    char stamp[32];
    struct buf out = BUF_INIT;
    struct stat st;
    time_format_rfc3339(at, stamp);
    buf_printf(&out, "%s/", root);
    for (const char *p = stamp; *p; p++) // 20260102T030405Z
        if (*p != '-' && *p != ':')
            buf_putc(&out, *p);
    const char *parts[] = { context, ns, kind, name };
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!*parts[i])
            continue;
        buf_putc(&out, '-');
        put_part(&out, parts[i], i == 3 ? MAX_NAME : MAX_PART);
    }
    size_t n = out.n;
    for (int i = 2; lstat(out.s, &st) == 0 && i < MAX_SAME; i++) {
        buf_truncate(&out, n);
        buf_printf(&out, "-%d", i);
    }
    return buf_take(&out);
}

bool evidence_put(const char *folder, const char *file, const struct buf *text, struct err *err)
{
    struct buf name = BUF_INIT;
    put_part(&name, file, MAX_NAME);
    char *path = xasprintf("%s/%s", folder, name.s);
    bool ok = file_write(path, text->s, text->n, err);
    free(path);
    buf_release(&name);
    return ok;
}

// ---- the bounds

struct kept {
    char *path;
    uint64_t bytes;
};
struct all_kept {
    ARR(struct kept) v;
};

static void each_file(const char *folder, void (*fn)(void *arg, const char *path), void *arg)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *path = xasprintf("%s/%s", folder, e->d_name);
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
            fn(arg, path);
        free(path);
    }
    if (d)
        closedir(d);
}

static void add_size(void *arg, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        *(uint64_t *)arg += (uint64_t)st.st_size;
}

static void remove_file(void *arg, const char *path)
{
    (void)arg;
    if (unlink(path) != 0)
        log_warn("%s: cannot be removed", path);
}

static void add_folder(void *arg, const char *path)
{
    struct all_kept *all = arg;
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return;
    struct kept k = { xstrdup(path), 0 };
    each_file(path, add_size, &k.bytes);
    arr_push(&all->v, k);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct kept *)a)->path, ((const struct kept *)b)->path);
}

void evidence_trim(const char *root, size_t most, uint64_t bytes)
{
    struct all_kept all = { 0 };
    uint64_t sum = 0;
    each_file(root, add_folder, &all);
    for (size_t i = 0; i < all.v.n; i++)
        sum += all.v.v[i].bytes;
    if (all.v.n)
        qsort(all.v.v, all.v.n, sizeof(*all.v.v), by_path); // their names begin with their times
    for (size_t i = 0; i < all.v.n; i++) {
        size_t left = all.v.n - i;
        if (left > 1 && (left > most || sum > bytes)) {
            each_file(all.v.v[i].path, remove_file, NULL);
            rmdir(all.v.v[i].path);
            sum -= all.v.v[i].bytes;
        }
        free(all.v.v[i].path);
    }
    arr_release(&all.v);
}

// ---- what is kept

json_t *evidence_of(const json_t *object)
{
    json_t *doc = json_deep_copy((json_t *)object), *v;
    static const char *const holds[] = { "data", "stringData" };
    const char *key;
    void *next;
    if (!str_eq(json_str(doc, "kind", NULL), "Secret"))
        return doc;
    for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
        json_object_foreach_safe(json_object_get(doc, holds[i]), next, key, v)
            json_object_set_new(json_object_get(doc, holds[i]), key, json_string("(not kept)"));
    json_object_del(json_at(doc, "metadata", "annotations", NULL), "kubectl.kubernetes.io/last-applied-configuration");
    return doc;
}

static const char *event_time(const json_t *e)
{
    const char *series = json_str(e, "series", "lastObservedTime", NULL), *last = json_str(e, "lastTimestamp", NULL);
    return str_or(series, str_or(last, json_str(e, "eventTime", NULL)));
}

static int by_time(const void *a, const void *b)
{
    return strcmp(event_time(*(json_t *const *)a), event_time(*(json_t *const *)b));
}

void evidence_events(const json_t *list, struct buf *out)
{
    ARR(json_t *) all = { 0 };
    json_t *e;
    size_t i;
    json_array_foreach(json_object_get(list, "items"), i, e)
        arr_push(&all, e);
    if (all.n)
        qsort(all.v, all.n, sizeof(*all.v), by_time);
    for (i = 0; i < all.n; i++) {
        const char *message = json_str(all.v[i], "message", NULL);
        int64_t count = json_i64(all.v[i], "count", NULL);
        buf_printf(out, "%s %-7s %s", event_time(all.v[i]), json_str(all.v[i], "type", NULL),
            json_str(all.v[i], "reason", NULL));
        if (count > 1)
            buf_printf(out, " (x%lld)", (long long)count);
        buf_puts(out, ": ");
        utf8_sanitise(out, message, strlen(message));
        buf_putc(out, '\n');
    }
    arr_release(&all);
}

static bool has_previous(const json_t *pod, const char *name)
{
    static const char *const lists[] = { "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses" };
    const json_t *c = NULL;
    for (size_t i = 0; !c && i < ARRAY_SIZE(lists); i++)
        c = json_named(json_at(pod, "status", lists[i], NULL), name);
    return json_i64(c, "restartCount", NULL) > 0;
}

void evidence_containers(const json_t *pod, void (*fn)(void *arg, const char *name, bool previous), void *arg)
{
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    json_t *c;
    size_t k;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_array_foreach(json_at(pod, "spec", lists[i], NULL), k, c)
        {
            const char *name = json_str(c, "name", NULL);
            fn(arg, name, false);
            if (has_previous(pod, name))
                fn(arg, name, true);
        }
}
