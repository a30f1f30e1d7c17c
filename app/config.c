#include "app/config.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/custom.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/xdg.h"
#include "base/yaml.h"
#include "keymaps/keymap.h"
#include "list/columns.h"
#include "list/ctx.h"

struct config {
    json_t *doc;
    char *skin; // name of the one in use
    struct customs customs;
};

static const struct config_key keys[] = {
    { "theme", JSON_STRING, "a theme: dark, light, contrast, none or a skin's name",
        "F2 shows them and remembers the one chosen; this one is for where none was." },
    { "keymap", JSON_STRING, "a keymap: default, vim, emacs, k9s or a file", "What it binds is in kview-keys(5)." },
    { "prefix", JSON_STRING, "a key that is kview's while a shell has the keyboard, such as C-]" },
    { "view", JSON_STRING, "the view to begin with, such as pods", "Anything that : takes." },
    { "mouse", JSON_TRUE, "true or false", "With false, the terminal selects text as it does elsewhere." },
    { "title", JSON_TRUE, "true or false", "With false, the terminal's title stays as it is; else it is kview CONTEXT/NAMESPACE." },
    { "ascii", JSON_TRUE, "true or false", "Lines and marks of ASCII only; so without a UTF-8 locale." },
    { "evidence", JSON_TRUE, "true or false",
        "With false, nothing is kept of what an action ends." },
    { "protected", JSON_ARRAY, "a list of context patterns, such as [prod*]",
        "Contexts that are opened read-only, unless --write is given: by their name, their cluster's, or its server's "
        "(HOST:PORT/PATH). Without this key, *prod*." },
    { "aliases", JSON_OBJECT, "a mapping of words to views or commands", "What : takes beside its own words." },
    { "columns", JSON_OBJECT, "a mapping of kinds to lists of columns, such as {pods: [NAME, STATUS, label:app]}",
        "The columns shown and their order, where none were chosen in kview. label:KEY is a "
        "label." },
    { "sort", JSON_OBJECT, "a mapping of kinds to a column, such as {pods: -RESTARTS}; - is the greatest first",
        "Where no other order was chosen." },
    { "favourites", JSON_ARRAY, "a list of at most nine namespaces, those of the keys 1 to 9",
        "Free keys take the namespaces one goes to." },
    { "hotkeys", JSON_OBJECT, "a mapping of keys to what : takes, such as {F5: pods -A}",
        "A file of keys (kview-keys(5)) can do the same for one kind of view." },
    { "commands", JSON_ARRAY, "a list of commands of one's own, see COMMANDS" },
};

const struct config_key *config_keys(size_t *n)
{
    *n = ARRAY_SIZE(keys);
    return keys;
}

static void unknown_key(const char *key, const char *at, const char *path, struct buf *problems)
{
    struct str_near near = { key, 3, NULL };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        str_near(&near, keys[i].key);
    buf_printf(problems, "%s:%s: unknown key \"%s\"", path, at, key);
    if (near.name)
        buf_printf(problems, ": did you mean \"%s\"?", near.name);
    buf_putc(problems, '\n');
}

// Where a value is written, "line:column".
__attribute__((format(printf, 2, 3))) static const char *place(const json_t *where, const char *fmt, ...)
{
    char pointer[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(pointer, sizeof(pointer), fmt, ap);
    va_end(ap);
    const char *at = json_string_value(json_object_get(where, pointer));
    return at ? at : "1:1";
}

static void check_column(const char *kind, const char *name, const char *at, const char *path,
    struct buf *problems)
{
    const struct kind *k = kind_find(kind);
    char near[64];
    if (!k || columns_valid(k, name, near, sizeof(near))) // another kind's columns are the server's to know
        return;
    buf_printf(problems, "%s:%s: %s have no column \"%s\"", path, at, k->name, name);
    if (*near)
        buf_printf(problems, ": did you mean \"%s\"?", near);
    buf_putc(problems, '\n');
}

static void check_kinds(struct config *c, const json_t *where, const char *path, struct buf *problems)
{
    const char *kind;
    void *tmp;
    json_t *v;
    json_object_foreach_safe(json_object_get(c->doc, "columns"), tmp, kind, v)
    {
        bool ok = json_is_array(v);
        for (size_t i = 0; ok && i < json_array_size(v); i++) {
            const char *name = json_string_value(json_array_get(v, i));
            ok = name != NULL;
            if (ok)
                check_column(kind, name, place(where, "/columns/%s/%zu", kind, i), path, problems);
        }
        if (!ok) {
            buf_printf(problems, "%s:%s: the columns of %s must be a list of names\n", path,
                place(where, "/columns/%s", kind), kind);
            json_object_del(json_object_get(c->doc, "columns"), kind);
        }
    }
    json_object_foreach(json_object_get(c->doc, "sort"), kind, v)
    {
        const char *name = json_string_value(v), *at = place(where, "/sort/%s", kind);
        if (name)
            check_column(kind, name + (*name == '-'), at, path, problems);
        else
            buf_printf(problems, "%s:%s: the sort of %s must be a column\n", path, at, kind);
    }
}

static void check_hotkeys(const struct config *c, const json_t *where, const char *path, struct buf *problems)
{
    const char *key;
    void *tmp;
    json_t *v, *all = json_object_get(c->doc, "hotkeys");
    json_object_foreach_safe(all, tmp, key, v)
    {
        struct key k;
        const char *line = json_string_value(v);
        if (line && *line && !strchr(line, '\n') && key_parse(key, strlen(key), &k))
            continue;
        buf_printf(problems, "%s:%s: the hotkey %.40s must be a key (R, C-r, F5 …) with what it runs as a text\n", path,
            place(where, "/hotkeys/%.200s", key), key);
        json_object_del(all, key);
    }
}

// A kind of the server's own may be called anything; a native one misspelt is not meant to be one.
static void check_kind_names(const json_t *of, const char *section, const json_t *where, const char *path, struct buf *problems)
{
    const char *kind;
    json_t *v;
    json_object_foreach((json_t *)of, kind, v)
    {
        struct str_near near = { kind, 2, NULL };
        for (const struct kind *const *k = kind_all(); *k; k++)
            str_near(&near, (*k)->name);
        if (!kind_find(kind) && near.name && !strchr(kind, '.'))
            buf_printf(problems, "%s:%s: no kind \"%s\": did you mean \"%s\"?\n", path, place(where, "/%s/%s", section, kind),
                kind, near.name);
    }
}

static bool is_keymap(const char *name)
{
    for (const char *const *k = keymap_builtin_names(); *k; k++)
        if (str_eq(*k, name))
            return true;
    return access(name, R_OK) == 0;
}

// What names something else of kview: a theme, a keymap, a key.
static void check_names(struct config *c, const json_t *where, const char *path, struct buf *problems)
{
    const char *theme = config_text(c, "theme"), *keymap = config_text(c, "keymap"), *prefix = config_text(c, "prefix");
    struct theme skin;
    struct err err = { 0 };
    struct key k;
    if (theme && !config_theme(c, theme, &skin, &err))
        buf_printf(problems, "%s:%s: %s\n", path, place(where, "/theme"), err.msg);
    if (keymap && !is_keymap(keymap))
        buf_printf(problems, "%s:%s: there is no keymap \"%s\": default, vim, emacs, k9s, or a file\n", path,
            place(where, "/keymap"), keymap);
    if (prefix && !key_parse(prefix, strlen(prefix), &k))
        buf_printf(problems, "%s:%s: the prefix \"%s\" is no key: C-], F12 …\n", path, place(where, "/prefix"), prefix);
}

static void check(struct config *c, const json_t *where, const char *path, struct buf *problems)
{
    const char *key;
    void *tmp;
    json_t *v;
    json_object_foreach_safe(c->doc, tmp, key, v)
    {
        const char *at = place(where, "/%s", key);
        size_t i = 0;
        while (i < ARRAY_SIZE(keys) && !str_eq(keys[i].key, key))
            i++;
        if (i == ARRAY_SIZE(keys)) {
            unknown_key(key, at, path, problems);
        } else if (keys[i].type == JSON_TRUE ? !json_is_boolean(v) : json_typeof(v) != keys[i].type) {
            buf_printf(problems, "%s:%s: %s must be %s\n", path, at, key, keys[i].want);
            json_object_del(c->doc, key);
        }
    }
    check_kind_names(json_object_get(c->doc, "columns"), "columns", where, path, problems);
    check_kind_names(json_object_get(c->doc, "sort"), "sort", where, path, problems);
    check_kinds(c, where, path, problems);
    check_names(c, where, path, problems);
    check_hotkeys(c, where, path, problems);
    custom_parse(&c->customs, json_object_get(c->doc, "commands"), where, path, problems);
}

static void load_file(struct config *c, const char *path, struct buf *problems)
{
    struct buf text = BUF_INIT;
    struct err err;
    json_t *where = NULL;
    c->doc = NULL;
    if (file_read(path, 1 << 20, &text, &err))
        c->doc = yaml_load_where(text.s, text.n, path, &where, &err);
    if (!c->doc)
        buf_printf(problems, "%s\n", err.msg);
    else if (json_is_object(c->doc))
        check(c, where, path, problems);
    else if (!json_is_null(c->doc))
        buf_printf(problems, "%s:1:1: the configuration must be a mapping\n", path);
    if (!json_is_object(c->doc)) {
        json_decref(c->doc);
        c->doc = json_object();
    }
    json_decref(where);
    buf_release(&text);
}

// What is there stays; of mappings (aliases, columns …) the keys that are not.
static void add_missing(json_t *into, const json_t *from)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)from, key, v)
    {
        json_t *have = json_object_get(into, key);
        if (json_is_object(have) && json_is_object(v))
            json_object_update_missing(have, v);
        else if (!have)
            json_object_set(into, key, v);
    }
}

static int is_part(const struct dirent *e)
{
    return e->d_name[0] != '.' && str_ends(e->d_name, ".yaml");
}

// config.d/*.yaml in the order of their names, each only for what was not said before.
static void load_parts(struct config *c, struct buf *problems)
{
    char *dir = xdg_config("config.d");
    struct dirent **names;
    int n = scandir(dir, &names, is_part, alphasort);
    for (int i = 0; i < n; i++) {
        char *path = xasprintf("%s/%s", dir, names[i]->d_name);
        json_t *so_far = c->doc;
        load_file(c, path, problems);
        add_missing(so_far, c->doc);
        json_decref(c->doc);
        c->doc = so_far;
        free(path);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    free(dir);
}

struct config *config_load(struct buf *problems)
{
    struct config *c = xcalloc(1, sizeof(*c));
    char *path = xdg_config("config.yaml");
    if (access(path, F_OK) == 0)
        load_file(c, path, problems);
    else
        c->doc = json_object();
    load_parts(c, problems);
    free(path);
    return c;
}

const struct customs *config_customs(const struct config *c)
{
    static const struct customs none;
    return c ? &c->customs : &none;
}

void config_hotkeys(const struct config *c, struct keymap *km, struct buf *problems)
{
    struct buf text = BUF_INIT;
    const char *key;
    json_t *v;
    bool (*known)(const char *, char *, size_t) = km->known;
    json_object_foreach(json_object_get(c->doc, "hotkeys"), key, v)
        buf_printf(&text, "bind global %s %s\n", key, json_string_value(v));
    km->known = NULL; // views and aliases are none
    keymap_load(km, "hotkeys", text.s, problems);
    km->known = known;
    buf_release(&text);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    json_decref(c->doc);
    custom_release(&c->customs);
    free(c->skin);
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

// The user may have written po, pod or Pods.
static const json_t *of_kind(const struct config *c, const char *section, const char *kind)
{
    const char *word;
    json_t *v;
    const struct kind *k = kind_find(kind);
    json_object_foreach(json_object_get(c->doc, section), word, v)
    {
        if (str_eq(word, kind) || (k && kind_find(word) == k))
            return v;
    }
    return NULL;
}

char *config_columns(const struct config *c, const char *kind)
{
    const json_t *list = of_kind(c, "columns", kind);
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < json_array_size(list); i++)
        buf_printf(&out, "%s%s", i ? "," : "", json_string_value(json_array_get(list, i)));
    if (out.n)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

const char *config_sort(const struct config *c, const char *kind)
{
    return json_string_value(of_kind(c, "sort", kind));
}

const char *config_favourite(const struct config *c, int slot)
{
    return json_string_value(json_array_get(json_object_get(c->doc, "favourites"), (size_t)slot - 1));
}

// By what one may know a cluster: the context may be called anything.
static bool is_protected_by(const struct kube_target *t, const char *pattern)
{
    const char *server = strstr(t->cluster->server, "://");
    return fnmatch(pattern, t->context->name, 0) == 0 || fnmatch(pattern, t->cluster->name, 0) == 0 ||
           fnmatch(pattern, server ? server + 3 : t->cluster->server, 0) == 0;
}

void config_apply_context(const struct config *c, struct ctx *cx)
{
    const json_t *list = json_object_get(c->doc, "protected");
    if (!list)
        cx->readonly = is_protected_by(&cx->target, "*prod*");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *pattern = json_string_value(json_array_get(list, i));
        cx->readonly |= pattern && is_protected_by(&cx->target, pattern);
    }
}

const struct theme *config_theme(
    struct config *c, const char *name, struct theme *skin, struct err *err)
{
    const struct theme *t = theme_find(name);
    if (t)
        return t;
    char *file = xasprintf("skins/%s.yaml", name), *path = xdg_config(file);
    struct buf text = BUF_INIT;
    json_t *doc = NULL;
    if (strchr(name, '/') || access(path, F_OK) != 0)
        err_set(err, "there is no theme \"%s\": dark, light, contrast, none, or a skin %s", name, path);
    else if (file_read(path, 1 << 20, &text, err))
        doc = yaml_load(text.s, text.n, path, err);
    char *own = xstrdup(name);
    struct theme made;
    if (doc && theme_from_json(&made, own, doc, err)) {
        *skin = made;
        t = skin;
        free(c->skin);
        c->skin = own;
    } else {
        free(own);
    }
    json_decref(doc);
    buf_release(&text);
    free(file);
    free(path);
    return t;
}

void config_skins(const char *but, struct choices *out)
{
    char *dir = xdg_config("skins");
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (str_ends(e->d_name, ".yaml") && e->d_name[0] != '.') {
            char *name = xstrndup(e->d_name, strlen(e->d_name) - 5);
            if (!str_eq(name, but))
                choices_add(out, name, "skin");
            free(name);
        }
    if (d)
        closedir(d);
    free(dir);
}
