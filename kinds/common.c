#include "kinds/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"

const json_t *cond_find(const json_t *obj, const char *type)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(obj, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), type))
            return c;
    }
    return NULL;
}

bool cond_is(const json_t *obj, const char *type, const char *status)
{
    return str_eq(json_str(cond_find(obj, type), "status", NULL), status);
}

void cond_text(const json_t *cond, struct buf *out)
{
    const char *reason = json_str(cond, "reason", NULL), *msg = json_str(cond, "message", NULL);
    buf_printf(out, "%s%s%s", reason, *reason && *msg ? ": " : "", msg);
}

void list_add(struct buf *out, const char *s)
{
    if (out->n)
        buf_putc(out, ',');
    buf_puts(out, s);
}

void more_add(struct more_list *l, const char *s)
{
    if (l->n++ < l->max)
        list_add(&l->text, s);
}

const char *more_text(struct more_list *l, const char *none)
{
    if (l->n > l->max)
        buf_printf(&l->text, " + %zu more...", l->n - l->max);
    return l->n ? l->text.s : none;
}

int cmp_str(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void labels_text(const json_t *map, struct buf *out)
{
    ARR(const char *) keys = { 0 };
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)map, key, v)
    {
        arr_push(&keys, key);
    }
    if (keys.n)
        qsort(keys.v, keys.n, sizeof(*keys.v), cmp_str);
    else
        buf_puts(out, "<none>");
    for (size_t i = 0; i < keys.n; i++)
        buf_printf(out, "%s%s=%s", i ? "," : "", keys.v[i], json_str(map, keys.v[i], NULL));
    arr_release(&keys);
}

void rb_take(struct row_builder *b, unsigned field, struct buf *text)
{
    rb_str(b, field, text->s);
    buf_release(text);
}

const json_t *controller_of(const json_t *obj)
{
    size_t i;
    json_t *ref;
    json_array_foreach(json_at(obj, "metadata", "ownerReferences", NULL), i, ref)
    {
        if (json_bool(ref, "controller", NULL))
            return ref;
    }
    return NULL;
}

const char *obj_ns(const json_t *obj)
{
    return json_str(obj, "metadata", "namespace", NULL);
}

static void percent(struct buf *out, int64_t used, int64_t of)
{
    if (of > 0)
        buf_printf(out, " %lld%%", (long long)num_percent(used, of));
}

void cpu_cell(struct buf *out, int64_t milli, int64_t of)
{
    buf_printf(out, "%lldm", (long long)milli);
    percent(out, milli, of);
}

void mem_cell(struct buf *out, int64_t bytes, int64_t of)
{
    buf_printf(out, "%lldMi", (long long)(bytes >> 20));
    percent(out, bytes, of);
}

void created_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char at[32];
    (void)env;
    time_format_rfc3339(row->created, at);
    buf_puts(out, at);
}

double created_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return (double)row->created;
}

static bool put(char *dst, size_t n, const char *src)
{
    return snprintf(dst, n, "%s", src) < (int)n;
}

bool drill_to(struct drill *out, const char *view, const char *ns)
{
    return put(out->view, sizeof(out->view), view) && put(out->ns, sizeof(out->ns), ns);
}

bool drill_labels(struct drill *out, const char *selector)
{
    return *selector && !str_eq(selector, "<none>") && put(out->labels, sizeof(out->labels), selector);
}

bool drill_name(struct drill *out, const char *name)
{
    return *name && put(out->name, sizeof(out->name), name);
}

bool drill_owned(struct drill *out, const struct row *row)
{
    return put(out->owner_uid, sizeof(out->owner_uid), row->uid);
}

const char *plural_of(const char *api_kind)
{
    const struct kind *const *all = kind_all();
    for (size_t i = 0; *api_kind && all[i]; i++)
        if (!all[i]->object_per_rows && str_eq(all[i]->api_kind, api_kind))
            return all[i]->gvr.resource;
    return "";
}
