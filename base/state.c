#include "base/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

struct state {
    char *path;
    json_t *doc;
    bool changed, told; // told: that it cannot be written
};

enum { MAX_STATE = 4 << 20, MAX_TREE = 32 << 20 };

// What cannot be read is not written over: where it cannot be moved, nothing is kept.
static void set_aside(struct state *s, struct buf *warnings, const char *why)
{
    char *bad = xasprintf("%s.damaged", s->path);
    if (rename(s->path, bad) == 0) {
        buf_printf(warnings, "%s; moved to %s\n", why, bad);
    } else {
        buf_printf(warnings, "%s; it cannot be moved (%s): this time nothing is remembered\n", why, strerror(errno));
        free(s->path);
        s->path = NULL;
    }
    free(bad);
}

struct state *state_open(const char *path, struct buf *warnings)
{
    struct state *s = xcalloc(1, sizeof(*s));
    struct buf text = BUF_INIT;
    struct err err = { 0 };
    s->path = xstrdup_null(path);
    if (path && access(path, F_OK) == 0) {
        if (file_read(path, MAX_STATE, &text, &err))
            s->doc = json_parse(text.s, text.n, MAX_TREE, NULL);
        if (!err_is(&err) && !json_is_object(s->doc))
            err_set(&err, "%s: not a state file", path);
        if (err_is(&err))
            set_aside(s, warnings, err.msg);
    }
    if (!json_is_object(s->doc)) {
        json_decref(s->doc);
        s->doc = json_object();
    }
    buf_release(&text);
    return s;
}

bool state_write(struct state *s, struct err *err)
{
    struct err why = { 0 };
    if (!s || !s->changed || !s->path)
        return true;
    char *text = json_text(s->doc, JSON_INDENT(1));
    s->changed = !text || !file_write(s->path, text, strlen(text), &why); // what is there stays, and is tried again
    free(text);
    bool say = s->changed && !s->told;
    s->told = s->changed;
    if (!say)
        return true;
    log_warn("%s", why.msg);
    err_set(err, "what is remembered could not be written: %s", why.msg);
    return false;
}

const json_t *state_section(const struct state *s, const char *name)
{
    return json_object_get(s->doc, name);
}

void state_close(struct state *s)
{
    if (!s)
        return;
    state_write(s, NULL);
    json_decref(s->doc);
    free(s->path);
    free(s);
}

static json_t *section(struct state *s, const char *name, bool array)
{
    json_t *v = json_object_get(s->doc, name);
    if (array ? json_is_array(v) : json_is_object(v))
        return v;
    v = array ? json_array() : json_object();
    json_object_set_new(s->doc, name, v);
    return v;
}

void state_set(struct state *s, const char *name, const char *key, const char *value)
{
    json_t *sec = section(s, name, false);
    const char *old = json_string_value(json_object_get(sec, key));
    if (str_eq(old, value))
        return;
    if (value)
        json_object_set_new(sec, key, json_string(value));
    else
        json_object_del(sec, key);
    s->changed = true;
}

const char *state_get(const struct state *s, const char *name, const char *key)
{
    return json_string_value(json_object_get(json_object_get(s->doc, name), key));
}

void state_list_add(struct state *s, const char *list, const char *text, size_t max)
{
    json_t *a = section(s, list, true);
    for (size_t i = json_array_size(a); i-- > 0;)
        if (str_eq(json_string_value(json_array_get(a, i)), text))
            json_array_remove(a, i);
    json_array_append_new(a, json_string(text));
    while (json_array_size(a) > max)
        json_array_remove(a, 0);
    s->changed = true;
}

void state_list_take(struct state *s, const char *list, json_t *items)
{
    s->changed |= !json_equal(items, json_object_get(s->doc, list));
    json_object_set_new(s->doc, list, items);
}

size_t state_list_count(const struct state *s, const char *list)
{
    return json_array_size(json_object_get(s->doc, list));
}

const json_t *state_list_json(const struct state *s, const char *list, size_t i)
{
    return json_array_get(json_object_get(s->doc, list), i);
}

const char *state_list_at(const struct state *s, const char *list, size_t i)
{
    const char *t = json_string_value(state_list_json(s, list, i));
    return t ? t : "";
}
