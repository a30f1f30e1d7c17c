#include "demo/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/print.h"

static enum form clause_form(const char *clause)
{
    char type[64], as[64] = "";
    size_t n = strcspn(clause, "; ");
    snprintf(type, sizeof(type), "%.*s", (int)(n < 63 ? n : 63), clause);
    if (!str_eq(type, "application/json") && !str_eq(type, "*/*") && !str_eq(type, "application/*"))
        return FORM_NONE;
    for (const char *p = clause + n; *p; p += *p ? 1 : 0) {
        p += strspn(p, "; ");
        if (strncmp(p, "as=", 3) == 0)
            snprintf(as, sizeof(as), "%.*s", (int)strcspn(p + 3, "; ,"), p + 3);
        if (strncmp(p, "g=", 2) == 0 && strncmp(p + 2, "meta.k8s.io", 11) != 0)
            return FORM_NONE;
        p += strcspn(p, ";");
        if (!*p)
            break;
    }
    return !*as                                   ? FORM_JSON
        : str_eq(as, "Table")                     ? FORM_TABLE
        : str_eq(as, "PartialObjectMetadata")     ? FORM_PARTIAL
        : str_eq(as, "PartialObjectMetadataList") ? FORM_PARTIAL_LIST
                                                  : FORM_NONE;
}

enum form form_of_accept(const char *accept)
{
    if (!accept || !*accept)
        return FORM_JSON;
    while (*accept) {
        accept += strspn(accept, ", ");
        size_t n = strcspn(accept, ",");
        char clause[256];
        snprintf(clause, sizeof(clause), "%.*s", (int)(n < 255 ? n : 255), accept);
        enum form f = clause_form(clause);
        if (f != FORM_NONE)
            return f;
        accept += n;
    }
    return FORM_NONE;
}

const char *meta_span(const char *text, size_t *n)
{
    const char *m = strstr(text, "\"metadata\":{");
    if (!m) {
        *n = 2;
        return "{}";
    }
    m += sizeof("\"metadata\":") - 1;
    int depth = 0;
    bool quoted = false;
    const char *p = m;
    for (; *p; p++) {
        if (quoted) {
            p += *p == '\\' && p[1];
            quoted = *p != '"' || p[-1] == '\\';
            continue;
        }
        if (*p == '"')
            quoted = true;
        else if (*p == '{')
            depth++;
        else if (*p == '}' && --depth == 0)
            break;
    }
    *n = (size_t)(p - m) + 1;
    return m;
}

static void put_partial(struct buf *out, const char *text)
{
    size_t n;
    const char *meta = meta_span(text, &n);
    buf_puts(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                  "\"metadata\":");
    buf_add(out, meta, n);
    buf_putc(out, '}');
}

void partial_rev(struct buf *out, const struct rev *r)
{
    put_partial(out, r->text);
}

static void put_column(struct buf *out, const char *spec, size_t n, bool first)
{
    const char *type = "string", *format = first && strncmp(spec, "Name", 4) == 0 ? "name" : "";
    int priority = 0;
    for (; n && strchr("!#?@*", *spec); spec++, n--) {
        priority = *spec == '!' ? 1 : priority;
        type = *spec == '#' ? "integer" : *spec == '?' ? "boolean" : *spec == '@' ? "date" : type;
        format = *spec == '*' ? "name" : format;
    }
    buf_printf(out,
        "%s{\"name\":\"%.*s\",\"type\":\"%s\",\"format\":\"%s\",\"description\":\"\","
        "\"priority\":%d}",
        first ? "" : ",", (int)n, spec, type, format, priority);
}

static void put_columns(struct buf *out, const struct rtype *rt)
{
    for (const char *p = rt->columns; *p;) {
        size_t n = strcspn(p, "|");
        put_column(out, p, n, p == rt->columns);
        p += n + (p[n] == '|');
    }
}

void table_begin(struct buf *out, const struct rtype *rt, const char *list_meta, bool columns)
{
    buf_printf(out,
        "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":%s,"
        "\"columnDefinitions\":",
        list_meta);
    if (columns) {
        buf_putc(out, '[');
        put_columns(out, rt);
        buf_putc(out, ']');
    } else {
        buf_puts(out, "null");
    }
    buf_puts(out, ",\"rows\":[");
}

void table_end(struct buf *out)
{
    buf_puts(out, "]}\n");
}

static void put_json(struct buf *out, const json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_puts(out, s ? s : "null");
    free(s);
}

void table_row(struct buf *out, const struct rtype *rt, const json_t *obj, const char *text,
    const struct table_opts *o)
{
    struct cell_ctx c = { json_array(), obj, o->now, rt };
    if (rt->row)
        rt->row(&c);
    buf_puts(out, "{\"cells\":");
    put_json(out, c.cells);
    json_decref(c.cells);
    json_t *conditions = str_eq(rt->plural, "pods") ? print_pod_conditions(obj) : NULL;
    if (conditions) {
        buf_puts(out, ",\"conditions\":");
        put_json(out, conditions);
        json_decref(conditions);
    }
    if (o->include == INCLUDE_METADATA) {
        buf_puts(out, ",\"object\":");
        put_partial(out, text);
    } else if (o->include == INCLUDE_OBJECT) {
        buf_printf(out, ",\"object\":%s", text);
    } else {
        buf_puts(out, ",\"object\":null");
    }
    buf_putc(out, '}');
}

void table_rev(struct buf *out, const struct rev *r, const struct table_opts *o, bool first)
{
    if (!first)
        buf_putc(out, ',');
    json_t *obj = rev_tree(r);
    table_row(out, r->rt, obj, r->text, o);
    json_decref(obj);
}

// One step of a JSONPath over a set of values.
static json_t *step_key(const json_t *set, const char *key)
{
    json_t *out = json_array(), *v;
    size_t i;
    json_array_foreach ((json_t *)set, i, v) {
        if (json_object_get(v, key))
            json_array_append(out, json_object_get(v, key));
    }
    return out;
}

static bool filter_holds(const json_t *v, const char *expr)
{
    char key[64], want[128];
    if (sscanf(expr, "?(@.%63[^=!<> ]==\"%127[^\"]\")", key, want) != 2
        && sscanf(expr, "?(@.%63[^=!<> ] == \"%127[^\"]\")", key, want) != 2
        && sscanf(expr, "?(@.%63[^=!<> ]=='%127[^']')", key, want) != 2)
        return false;
    char tmp[32];
    return str_eq(json_scalar(json_object_get(v, key), tmp), want);
}

static json_t *step_index(const json_t *set, const char *expr)
{
    json_t *out = json_array(), *v, *e;
    size_t i, j;
    int64_t at;
    json_array_foreach ((json_t *)set, i, v) {
        if (str_to_i64(expr, &at)) {
            size_t n = json_array_size(v);
            if (at < 0)
                at += (int64_t)n;
            if (at >= 0 && (size_t)at < n)
                json_array_append(out, json_array_get(v, (size_t)at));
            continue;
        }
        json_array_foreach (v, j, e) {
            if (str_eq(expr, "*") || filter_holds(e, expr))
                json_array_append(out, e);
        }
    }
    return out;
}

json_t *jsonpath_find(const json_t *v, const char *path)
{
    json_t *set = json_pack("[O]", v), *next;
    while (*path) {
        char part[256];
        size_t n;
        if (*path == '[') {
            n = strcspn(path, "]");
            snprintf(part, sizeof(part), "%.*s", (int)(n ? n - 1 : 0), path + 1);
            path += n + (path[n] == ']');
            bool quoted = part[0] == '\'' || part[0] == '"';
            if (quoted)
                part[strlen(part) - 1] = '\0';
            next = quoted ? step_key(set, part + 1) : step_index(set, part);
        } else {
            path += *path == '.';
            struct buf key = BUF_INIT;
            for (; *path && *path != '.' && *path != '['; path++) {
                path += *path == '\\' && path[1];
                buf_putc(&key, *path);
            }
            next = step_key(set, key.s);
            buf_release(&key);
        }
        json_decref(set);
        set = next;
    }
    return set;
}

static void custom_cell(struct cell_ctx *c, const json_t *found, const char *type)
{
    char tmp[32];
    const json_t *v = json_array_get(found, 0);
    if (!v || json_is_null(v)) {
        json_array_append_new(c->cells, json_null());
        return;
    }
    if (str_eq(type, "date")) {
        char age[HUMAN_DURATION_MAX];
        int64_t sec;
        if (!json_is_string(v) || !time_parse_rfc3339(json_string_value(v), &sec, NULL)) {
            cell_str(c, "<invalid>");
            return;
        }
        human_age(c->now, sec, age);
        cell_str(c, age);
        return;
    }
    if (!str_eq(type, "string")) {
        json_array_append(c->cells, (json_t *)v);
        return;
    }
    struct buf b = BUF_INIT;
    size_t i;
    json_t *e;
    json_array_foreach ((json_t *)found, i, e) {
        buf_puts(&b, i ? " " : "");
        if (json_is_object(e) || json_is_array(e))
            put_json(&b, e);
        else
            buf_puts(&b, json_scalar(e, tmp));
    }
    cell_str(c, b.s);
    buf_release(&b);
}

void print_custom(struct cell_ctx *c)
{
    const json_t *cols = json_object_get(c->rt->crd, "additionalPrinterColumns");
    size_t i;
    json_t *col;
    cell_str(c, json_str(c->obj, "metadata", "name", NULL));
    json_array_foreach ((json_t *)cols, i, col) {
        json_t *found = jsonpath_find(c->obj, json_str(col, "jsonPath", NULL));
        custom_cell(c, found, json_str(col, "type", NULL));
        json_decref(found);
    }
    if (!json_array_size(cols))
        cell_age(c);
}
