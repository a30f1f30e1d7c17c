#include "views/describe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/describe_pod.h"

// ---- the parts that every kind has

static void put_map(struct text *out, const char *label, const json_t *map, int value_col)
{
    const char *key;
    json_t *v;
    bool first = true;
    json_object_foreach((json_t *)map, key, v)
    {
        const char *value = json_string_value(v) ? json_string_value(v) : "";
        if (str_ends(key, "last-applied-configuration"))
            continue;
        char line[1200];
        snprintf(line, sizeof(line), str_eq(label, "Labels") ? "%s=%.900s" : "%s: %.900s", key, value);
        line[strcspn(line, "\n")] = '\0';
        if (first)
            text_field(out, 0, value_col, label, "%s", line);
        else {
            char *padded = xasprintf("%*s%s", value_col, "", line);
            text_add(out, padded);
            free(padded);
        }
        first = false;
    }
    if (first)
        text_field(out, 0, value_col, label, "<none>");
}

// "creationTimestamp" -> "Creation Timestamp", as kubectl's generic describer titles fields
static void title(const char *key, char *out, size_t n)
{
    size_t w = 0;
    for (size_t i = 0; key[i] && w + 2 < n; i++) {
        bool start = i == 0 || (isupper((unsigned char)key[i]) && !isupper((unsigned char)key[i - 1]));
        if (start && i)
            out[w++] = ' ';
        out[w++] = start ? (char)toupper((unsigned char)key[i]) : key[i];
    }
    out[w] = '\0';
}

static bool is_bad_value(const char *key, const char *value)
{
    return (str_eq(key, "status") && str_eq(value, "False")) || str_eq(value, "Failed");
}

static void put_tree(struct text *out, const json_t *v, int indent);

static void put_member(struct text *out, const char *key, json_t *v, int indent)
{
    char label[200], tmp[32];
    title(key, label, sizeof(label));
    if (json_is_object(v) || json_is_array(v)) {
        if (json_is_object(v) ? !json_object_size(v) : !json_array_size(v))
            return;
        struct text_line *l = text_field(out, indent, indent + 2, label, "%s", "");
        l->s[strlen(l->s) - strspn(l->s + strlen(label) + 1 + (size_t)indent, " ")] = '\0';
        put_tree(out, v, indent + 2);
        return;
    }
    const char *value = json_scalar(v, tmp);
    struct text_line *l = text_field(out, indent, indent + (int)strlen(label) + 3, label, "%.2000s",
        json_is_null(v) ? "<nil>" : value);
    if (is_bad_value(key, value))
        text_span(l, strlen(l->s) - strlen(value), strlen(value), ROLE_BAD);
}

static void put_tree(struct text *out, const json_t *v, int indent)
{
    const char *key;
    json_t *m;
    size_t i;
    json_object_foreach((json_t *)v, key, m)
    {
        put_member(out, key, m, indent);
    }
    json_array_foreach((json_t *)v, i, m)
    {
        char tmp[32];
        if (json_is_object(m)) {
            put_tree(out, m, indent);
            if (i + 1 < json_array_size(v) && json_object_size(m) > 1)
                text_add(out, "")->indent = (uint16_t)indent;
        } else {
            char *line = xasprintf("%*s%s", indent, "", json_scalar(m, tmp));
            text_add(out, line);
            free(line);
        }
    }
}

static void put_secret(struct text *out, const json_t *doc, const struct describe_opts *opts)
{
    const char *key;
    json_t *v;
    text_add(out, "");
    struct text_line *l = text_add(out, "Data");
    text_span(l, 0, 4, ROLE_KEY);
    text_add(out, "====");
    json_object_foreach(json_object_get(doc, "data"), key, v)
    {
        const char *b64 = json_string_value(v) ? json_string_value(v) : "";
        struct buf plain = BUF_INIT;
        b64_decode(b64, strlen(b64), &plain);
        if (opts->reveal)
            text_field(out, 0, (int)strlen(key) + 3, key, "%.3000s", plain.s);
        else
            text_field(out, 0, (int)strlen(key) + 3, key, "%zu bytes", plain.n);
        buf_wipe(&plain);
    }
}

static void put_configmap(struct text *out, const json_t *doc)
{
    const char *key;
    json_t *v;
    text_add(out, "");
    text_span(text_add(out, "Data"), 0, 4, ROLE_KEY);
    text_add(out, "====");
    json_object_foreach(json_object_get(doc, "data"), key, v)
    {
        const char *s = json_string_value(v) ? json_string_value(v) : "";
        text_field(out, 0, 0, key, "%s", "");
        text_add(out, "----");
        while (*s) {
            size_t n = strcspn(s, "\n");
            char *line = xstrndup(s, n);
            text_add(out, line);
            free(line);
            s += n + (s[n] == '\n');
        }
        text_add(out, "");
    }
}

static void put_generic(struct text *out, const json_t *doc)
{
    static const char *const skip[] = { "apiVersion", "kind", "metadata", NULL };
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)doc, key, v)
    {
        bool known = false;
        for (size_t i = 0; skip[i]; i++)
            known |= str_eq(skip[i], key);
        if (!known)
            put_member(out, key, v, 0);
    }
}

static void put_owners(struct text *out, const json_t *meta)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(meta, "ownerReferences"), i, o)
    {
        if (json_bool(o, "controller", NULL))
            text_field(out, 0, 14, "Controlled By", "%s/%s", json_str(o, "kind", NULL),
                json_str(o, "name", NULL));
    }
}

void describe_object(const json_t *doc, const struct describe_opts *opts, struct text *out)
{
    const json_t *meta = json_object_get(doc, "metadata");
    const char *kind = json_str(doc, "kind", NULL), *ns = json_str(meta, "namespace", NULL);
    char when[HUMAN_DURATION_MAX];
    int col = 14;
    text_field(out, 0, col, "Name", "%s", json_str(meta, "name", NULL));
    if (*ns)
        text_field(out, 0, col, "Namespace", "%s", ns);
    if (str_eq(kind, "Pod")) {
        describe_pod(doc, opts->now, out);
        return;
    }
    put_map(out, "Labels", json_object_get(meta, "labels"), col);
    put_map(out, "Annotations", json_object_get(meta, "annotations"), col);
    text_field(out, 0, col, "API Version", "%s", json_str(doc, "apiVersion", NULL));
    text_field(out, 0, col, "Kind", "%s", kind);
    human_age(opts->now, json_time(meta, "creationTimestamp", NULL), when);
    text_field(out, 0, col, "Created", "%s (%s ago)", json_str(meta, "creationTimestamp", NULL), when);
    if (json_object_get(meta, "deletionTimestamp")) {
        human_age(opts->now, json_time(meta, "deletionTimestamp", NULL), when);
        struct text_line *l = text_field(out, 0, col, "Status", "Terminating (lasts %s)", when);
        text_span(l, (size_t)col, 11, ROLE_BAD);
    }
    put_owners(out, meta);
    if (str_eq(kind, "Secret"))
        text_field(out, 0, col, "Type", "%s", json_str(doc, "type", NULL)), put_secret(out, doc, opts);
    else if (str_eq(kind, "ConfigMap"))
        put_configmap(out, doc);
    else
        put_generic(out, doc);
}

// ---- events

static int64_t event_last(const json_t *e)
{
    int64_t t = json_time(e, "series", "lastObservedTime", NULL);
    t = t ? t : json_time(e, "lastTimestamp", NULL);
    t = t ? t : json_time(e, "eventTime", NULL);
    return t ? t : json_time(e, "metadata", "creationTimestamp", NULL);
}

static int by_last(const void *a, const void *b)
{
    int64_t x = event_last(*(json_t *const *)a), y = event_last(*(json_t *const *)b);
    return (x > y) - (x < y);
}

static void event_age(const json_t *e, int64_t now, char out[64])
{
    char last[HUMAN_DURATION_MAX], first[HUMAN_DURATION_MAX];
    int64_t series = json_i64(e, "series", "count", NULL), count = json_i64(e, "count", NULL);
    int64_t f = json_time(e, "firstTimestamp", NULL);
    f = f ? f : json_time(e, "eventTime", NULL);
    human_age(now, event_last(e), last);
    human_age(now, f, first);
    if (series > 1 || count > 1)
        snprintf(out, 64, "%s (x%lld over %s)", last, (long long)(series > 1 ? series : count), first);
    else
        snprintf(out, 64, "%s", last);
}

void describe_events(const json_t *events, const struct err *why, int64_t now, struct text *out)
{
    const json_t *items = json_object_get(events, "items");
    size_t n = json_array_size(items);
    if (why) {
        text_field(out, 0, 14, "Events", "%s", why->msg);
        return;
    }
    if (!n) {
        text_field(out, 0, 14, "Events", "%s", events ? "<none>" : "…");
        return;
    }
    text_field(out, 0, 0, "Events", "%s", "");
    json_t **v = xcalloc(n, sizeof(*v));
    for (size_t i = 0; i < n; i++)
        v[i] = json_array_get(items, i);
    qsort(v, n, sizeof(*v), by_last);
    char head[160];
    snprintf(head, sizeof(head), "  %-8s %-22s %-22s %-24s %s", "Type", "Reason", "Age", "From", "Message");
    struct text_line *h = text_add(out, head);
    h->indent = 2;
    text_span(h, 0, strlen(head), ROLE_HEADER);
    for (size_t i = 0; i < n; i++) {
        char age[64];
        event_age(v[i], now, age);
        const char *from = str_or(json_str(v[i], "source", "component", NULL),
            json_str(v[i], "reportingComponent", NULL));
        char *line = xasprintf("  %-8s %-22s %-22s %-24s %s", json_str(v[i], "type", NULL),
            json_str(v[i], "reason", NULL), age, from, json_str(v[i], "message", NULL));
        struct text_line *l = text_add(out, line);
        l->indent = 2;
        if (str_eq(json_str(v[i], "type", NULL), "Warning"))
            text_span(l, 0, strlen(line), ROLE_WARN);
        free(line);
    }
    free(v);
}
