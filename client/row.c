#include "client/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

const char *row_label(const struct row *row, const char *key)
{
    for (const char *p = row->labels; *p;) {
        const char *value = p + strlen(p) + 1;
        if (strcmp(p, key) == 0)
            return value;
        p = value + strlen(value) + 1;
    }
    return NULL;
}

void row_free(struct row *row)
{
    free(row);
}

void rb_init(struct row_builder *b, void (*emit)(void *arg, struct row *row), void *arg)
{
    memset(b, 0, sizeof(*b));
    buf_init(&b->text);
    buf_init(&b->labels);
    buf_init(&b->owners);
    buf_init(&b->links);
    b->emit = emit;
    b->arg = arg;
}

void rb_release(struct row_builder *b)
{
    buf_release(&b->text);
    buf_release(&b->labels);
    buf_release(&b->owners);
    buf_release(&b->links);
}

// Offset of a copy of s in the text; 0 is the empty string that rb_begin puts there.
static size_t put_text(struct row_builder *b, const char *s)
{
    if (!s || !*s)
        return 0;
    size_t at = b->text.n;
    buf_add(&b->text, s, strlen(s) + 1);
    return at;
}

static void put_packed(struct buf *out, const char *s)
{
    buf_add(out, s, strlen(s) + 1);
}

static void take_owners(struct row_builder *b, const json_t *owners)
{
    size_t n = json_array_size(owners);
    for (int pass = 0; pass < 2; pass++) // the controller first
        for (size_t i = 0; i < n; i++) {
            const json_t *o = json_array_get(owners, i);
            if (json_bool(o, "controller", NULL) != (pass == 0) || !*json_str(o, "uid", NULL))
                continue;
            put_packed(&b->owners, json_str(o, "apiVersion", NULL));
            put_packed(&b->owners, json_str(o, "kind", NULL));
            put_packed(&b->owners, json_str(o, "name", NULL));
            put_packed(&b->owners, json_str(o, "uid", NULL));
        }
}

void rb_begin(struct row_builder *b, const json_t *obj, size_t nfields)
{
    BUG_ON(nfields > ROW_MAX_FIELDS);
    const json_t *meta = json_object_get(obj, "metadata");
    buf_clear(&b->text);
    buf_putc(&b->text, '\0');
    buf_clear(&b->labels);
    buf_clear(&b->owners);
    buf_clear(&b->links);
    b->nfields = nfields;
    b->of = 0;
    memset(b->f, 0, sizeof(b->f[0]) * nfields);
    b->severity = SEV_OK;
    b->since = 0;
    b->insight = 0;
    b->uid = put_text(b, json_str(meta, "uid", NULL));
    b->ns = put_text(b, json_str(meta, "namespace", NULL));
    b->name = put_text(b, json_str(meta, "name", NULL));
    b->rv = put_text(b, json_str(meta, "resourceVersion", NULL));
    b->nameless = !b->name;
    if (!b->uid) { // Objects without a uid (some virtual ones, metrics): namespace/name identifies
        char *id = xasprintf("%s/%s", json_str(meta, "namespace", NULL), json_str(meta, "name", NULL));
        b->uid = put_text(b, id);
        free(id);
    }
    b->created = json_time(meta, "creationTimestamp", NULL);
    b->deleted = json_time(meta, "deletionTimestamp", NULL);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(meta, "labels"), key, value)
    {
        if (!*key)
            continue;
        put_packed(&b->labels, key);
        put_packed(&b->labels, json_string_value(value) ? json_string_value(value) : "");
    }
    take_owners(b, json_object_get(meta, "ownerReferences"));
}

void rb_str(struct row_builder *b, unsigned field, const char *s)
{
    BUG_ON(field >= b->nfields);
    b->f[field].is_text = true;
    b->f[field].at = put_text(b, s);
}

void rb_fmt(struct row_builder *b, unsigned field, const char *fmt, ...)
{
    char tmp[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    rb_str(b, field, tmp);
}

void rb_num(struct row_builder *b, unsigned field, int64_t n)
{
    BUG_ON(field >= b->nfields);
    b->f[field].is_text = false;
    b->f[field].n = n;
}

void rb_sub_id(struct row_builder *b, const char *sub)
{
    char *id = xasprintf("%s/%s", b->text.s + b->uid, sub);
    b->of = strlen(b->text.s + b->uid);
    b->uid = put_text(b, id);
    free(id);
}

void rb_set_name(struct row_builder *b, const char *name)
{
    b->name = put_text(b, name);
}

void rb_link(struct row_builder *b, const char *plural, const char *ns, const char *name)
{
    if (!name || !*name)
        return;
    put_packed(&b->links, plural);
    put_packed(&b->links, ns ? ns : "");
    put_packed(&b->links, name);
}

void rb_fade(struct row_builder *b, int64_t since, enum severity to)
{
    b->since = since;
    b->faded = (uint8_t)to;
}

enum severity row_severity(const struct row *row, int64_t now)
{
    enum { DAY = 86400 };
    bool old = row->since && now - row->since > DAY && row->faded < row->severity;
    return (enum severity)(old ? row->faded : row->severity);
}

void rb_severity(struct row_builder *b, enum severity sev)
{
    if (sev > b->severity)
        b->severity = (uint8_t)sev;
}

void rb_insight(struct row_builder *b, const char *fmt, ...)
{
    if (b->insight)
        return; // the first finding is the one that matters most
    char tmp[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    b->insight = put_text(b, tmp);
}

static char *copy_packed(char **at, const struct buf *b)
{
    char *start = *at;
    memcpy(start, b->s, b->n);
    start[b->n] = '\0';
    *at += b->n + 1;
    return start;
}

void rb_emit(struct row_builder *b)
{
    if (b->nameless)
        return;
    size_t head = sizeof(struct row) + b->nfields * sizeof(union cell);
    size_t size = head + b->text.n + b->labels.n + b->owners.n + b->links.n + 3;
    struct row *row = xmalloc(size);
    char *text = (char *)row + head;
    memcpy(text, b->text.s, b->text.n);
    char *at = text + b->text.n;
    *row = (struct row) {
        .uid = text + b->uid,
        .ns = text + b->ns,
        .name = text + b->name,
        .rv = text + b->rv,
        .created = b->created,
        .deleted = b->deleted,
        .labels = copy_packed(&at, &b->labels),
        .owners = copy_packed(&at, &b->owners),
        .links = copy_packed(&at, &b->links),
        .insight = text + b->insight,
        .severity = b->severity,
        .faded = b->faded,
        .since = b->since,
        .nfields = (uint16_t)b->nfields,
        .size = (uint32_t)size,
        .of = (uint32_t)b->of,
    };
    for (size_t i = 0; i < b->nfields; i++) {
        if (b->f[i].is_text)
            row->f[i].s = text + b->f[i].at;
        else
            row->f[i].n = b->f[i].n;
    }
    b->emit(b->arg, row);
}
