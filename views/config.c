#include "views/config.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"
#include "views/ctx.h"

struct config {
    json_t *doc;
};

static const struct {
    const char *key;
    json_type type; // JSON_TRUE stands for a bool
    const char *want;
} keys[] = {
    { "theme", JSON_STRING, "a theme: dark, light, contrast, none or a skin's name" },
    { "keymap", JSON_STRING, "a keymap: default, vim, emacs, k9s or a file" },
    { "view", JSON_STRING, "the view to begin with, such as pods" },
    { "mouse", JSON_TRUE, "true or false" },
    { "ascii", JSON_TRUE, "true or false" },
    { "protected", JSON_ARRAY, "a list of context patterns, such as [prod*]" },
    { "aliases", JSON_OBJECT, "a mapping of words to views or commands" },
};

static char *xdg(const char *var, const char *fallback, const char *name)
{
    const char *dir = getenv(var), *home = getenv("HOME");
    if (dir && *dir == '/')
        return xasprintf("%s/kview/%s", dir, name);
    return xasprintf("%s/%s/kview/%s", str_or(home, "/tmp"), fallback, name);
}

char *config_path(const char *name)
{
    return xdg("XDG_CONFIG_HOME", ".config", name);
}

char *config_state_path(const char *name)
{
    return xdg("XDG_STATE_HOME", ".local/state", name);
}

static void unknown_key(const char *key, const char *at, const char *path, struct buf *problems)
{
    const char *near = NULL;
    int best = 4;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        int d = str_distance(key, keys[i].key, 3);
        if (d < best) {
            best = d;
            near = keys[i].key;
        }
    }
    buf_printf(problems, "%s:%s: unknown key \"%s\"", path, at, key);
    if (near)
        buf_printf(problems, ": did you mean \"%s\"?", near);
    buf_putc(problems, '\n');
}

static void check(struct config *c, const json_t *where, const char *path, struct buf *problems)
{
    const char *key;
    void *tmp;
    json_t *v;
    json_object_foreach_safe(c->doc, tmp, key, v)
    {
        char pointer[300];
        snprintf(pointer, sizeof(pointer), "/%s", key);
        const char *at = json_string_value(json_object_get(where, pointer));
        size_t i = 0;
        while (i < ARRAY_SIZE(keys) && !str_eq(keys[i].key, key))
            i++;
        if (i == ARRAY_SIZE(keys)) {
            unknown_key(key, str_or(at, "1:1"), path, problems);
        } else if (keys[i].type == JSON_TRUE ? !json_is_boolean(v) : json_typeof(v) != keys[i].type) {
            buf_printf(problems, "%s:%s: %s must be %s\n", path, str_or(at, "1:1"), key, keys[i].want);
            json_object_del(c->doc, key);
        }
    }
}

struct config *config_load(struct buf *problems)
{
    struct config *c = xcalloc(1, sizeof(*c));
    char *path = config_path("config.yaml");
    struct buf text = BUF_INIT;
    struct err err;
    json_t *where = NULL;
    if (access(path, F_OK) == 0) {
        if (file_read(path, 1 << 20, &text, &err))
            c->doc = yaml_load_where(text.s, text.n, path, &where, &err);
        if (!c->doc)
            buf_printf(problems, "%s\n", err.msg);
        else if (json_is_object(c->doc))
            check(c, where, path, problems);
        else if (!json_is_null(c->doc))
            buf_printf(problems, "%s:1:1: the configuration must be a mapping\n", path);
    }
    if (!json_is_object(c->doc)) {
        json_decref(c->doc);
        c->doc = json_object();
    }
    json_decref(where);
    buf_release(&text);
    free(path);
    return c;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    json_decref(c->doc);
    free(c);
}

const char *config_text(const struct config *c, const char *key)
{
    return json_string_value(json_object_get(c->doc, key));
}

bool config_flag(const struct config *c, const char *key, bool fallback)
{
    const json_t *v = json_object_get(c->doc, key);
    return json_is_boolean(v) ? json_is_true(v) : fallback;
}

const char *config_alias(const struct config *c, const char *word)
{
    return json_string_value(json_object_get(json_object_get(c->doc, "aliases"), word));
}

void config_apply_context(const struct config *c, struct ctx *cx)
{
    const json_t *list = json_object_get(c->doc, "protected");
    const char *name = cx->target.context->name;
    if (!list)
        cx->readonly = fnmatch("*prod*", name, 0) == 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *pattern = json_string_value(json_array_get(list, i));
        cx->readonly |= pattern && fnmatch(pattern, name, 0) == 0;
    }
}

const struct theme *config_theme(
    const struct config *c, const char *name, struct theme *skin, struct err *err)
{
    const struct theme *t = theme_find(name);
    (void)c;
    if (t)
        return t;
    char *file = xasprintf("skins/%s.yaml", name), *path = config_path(file);
    struct buf text = BUF_INIT;
    json_t *doc = NULL;
    if (strchr(name, '/') || access(path, F_OK) != 0)
        err_set(err, "there is no theme \"%s\": dark, light, contrast, none, or a skin %s", name, path);
    else if (file_read(path, 1 << 20, &text, err))
        doc = yaml_load(text.s, text.n, path, err);
    if (doc && theme_from_json(skin, "skin", doc, err))
        t = skin;
    json_decref(doc);
    buf_release(&text);
    free(file);
    free(path);
    return t;
}
