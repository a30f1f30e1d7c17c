#include "app/custom.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/open.h"
#include "app/vars.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_NAME = 40 };

static const char *const outputs[] = { [CUSTOM_PANE] = "pane", [CUSTOM_BACKGROUND] = "background",
    [CUSTOM_TERMINAL] = "terminal" };

// One command while it is read: where it is, for what is said of it.
struct reading {
    const json_t *where;
    const char *path;
    struct buf *problems;
    size_t i;
};

// of: the key of the command that is wrong, "command/2", "" for the command itself. Always false.
__attribute__((format(printf, 3, 4))) static bool wrong(const struct reading *r, const char *of, const char *fmt, ...)
{
    char pointer[120];
    va_list ap;
    snprintf(pointer, sizeof(pointer), "/commands/%zu%s%s", r->i, *of ? "/" : "", of);
    const char *at = json_string_value(json_object_get(r->where, pointer));
    if (!at) { // a key that is missing
        snprintf(pointer, sizeof(pointer), "/commands/%zu", r->i);
        at = json_string_value(json_object_get(r->where, pointer));
    }
    buf_printf(r->problems, "%s:%s: ", r->path, at ? at : "1:1");
    va_start(ap, fmt);
    char text[600];
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_printf(r->problems, "%s\n", text);
    return false;
}

bool custom_name_is_free(const char *name, const char **taken_by)
{
    *taken_by = command_find(name) ? "a command of kview" : open_is_view(name) ? "a view of kview" : kind_find(name) ? "a kind" : NULL;
    return !*taken_by;
}

static bool read_name(const struct reading *r, const struct customs *all, struct custom *c, const json_t *from)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const char *name = json_string_value(json_object_get(from, "name")), *taken;
    if (!name)
        return wrong(r, "name", "a command needs a name, which is typed after `:`");
    if (!*name || *name == '-' || name[strspn(name, letters)] || strlen(name) > MAX_NAME)
        return wrong(r, "name", "\"%.60s\" is no name of a command: at most %d of a-z, 0-9 and -", name, MAX_NAME);
    if (!custom_name_is_free(name, &taken))
        return wrong(r, "name", "\"%s\" is %s: give it another name", name, taken);
    if (custom_find(all, name))
        return wrong(r, "name", "there are two commands \"%s\": the first one counts", name);
    c->name = xstrdup(name);
    return true;
}

static bool read_kinds(const struct reading *r, struct custom *c, const json_t *kinds)
{
    if (!kinds || (json_is_string(kinds) && str_ieq(json_string_value(kinds), "all"))) {
        c->all = true;
        return true;
    }
    bool ok = json_array_size(kinds) > 0;
    for (size_t i = 0; ok && i < json_array_size(kinds); i++) {
        const char *kind = json_string_value(json_array_get(kinds, i));
        ok = kind && *kind;
        c->all |= ok && str_ieq(kind, "all");
    }
    if (!ok)
        return wrong(r, "kinds", "the kinds of %s must be all or a list such as [pods, deployments.apps]", c->name);
    c->kinds = json_deep_copy(kinds);
    return true;
}

static bool unread(const struct reading *r, const char *of, const char *name)
{
    return wrong(r, of, "this code does not run here, so it cannot read $%s: write \"$1\" and give the values "
                        "as further arguments: [sh, -c, 'echo \"$1\"', sh, $%s]", name, name);
}

static bool check_code(const struct reading *r, const struct custom *c, size_t i, const char *of)
{
    const char *code = json_string_value(json_array_get(c->words, i));
    if (vars_code_is_here(c->words, i))
        return true;
    for (size_t k = 0; vars_help[k].name; k++)
        if (vars_names(code, vars_help[k].name))
            return unread(r, of, vars_help[k].name);
    for (size_t k = 0; k < c->inputs.v.n; k++)
        if (vars_names(code, c->inputs.v.v[k].var))
            return unread(r, of, c->inputs.v.v[k].var);
    return true;
}

static bool check_word(const struct reading *r, const struct custom *c, const char *word, const char *of)
{
    const char *near;
    char name[40], *unknown = inputs_unknown(&c->inputs, word);
    bool ok = !unknown || wrong(r, of, "%s has no input for $%.60s", c->name, unknown);
    free(unknown);
    if (ok && vars_misspelt(word, name, sizeof(name), &near))
        ok = wrong(r, of, "there is no variable $%s: did you mean $%s? ($$%s is that text)", name, near, name);
    return ok;
}

static bool read_inputs(const struct reading *r, struct custom *c, const json_t *inputs)
{
    if (inputs && !json_is_array(inputs))
        return wrong(r, "inputs", "the inputs of %s must be a list of mappings", c->name);
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        struct err err = { 0 };
        char of[40];
        snprintf(of, sizeof(of), "inputs/%zu", i);
        if (!inputs_add(&c->inputs, json_array_get(inputs, i), &err))
            return wrong(r, of, "%s", err.msg);
    }
    return true;
}

static bool read_words(const struct reading *r, struct custom *c, const json_t *words)
{
    bool ok = json_array_size(words) > 0;
    for (size_t i = 0; ok && i < json_array_size(words); i++)
        ok = json_is_string(json_array_get(words, i));
    if (!ok)
        return wrong(r, "command", "the command of %s must be a list of texts, such as [kubectl, get, $RESOURCE, $NAME]; "
                                   "numbers, yes and no in quotes", c->name);
    c->words = json_deep_copy(words);
    for (size_t i = 0; ok && i < json_array_size(words); i++) {
        char of[40];
        snprintf(of, sizeof(of), "command/%zu", i);
        if (vars_is_code(words, i))
            ok = check_code(r, c, i, of);
        else
            ok = check_word(r, c, json_string_value(json_array_get(words, i)), of);
    }
    if (ok && !*json_string_value(json_array_get(words, 0)))
        ok = wrong(r, "command", "the first word of a command is its program");
    return ok;
}

static bool read_flag(const struct reading *r, const json_t *from, const char *key, bool fallback, bool *out)
{
    const json_t *v = json_object_get(from, key);
    *out = v ? json_is_true(v) : fallback;
    return !v || json_is_boolean(v) || wrong(r, key, "%s must be true or false", key);
}

static bool read_output(const struct reading *r, struct custom *c, const json_t *v)
{
    for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
        if (!v || str_eq(json_string_value(v), outputs[i])) {
            c->output = (enum custom_output)i;
            return true;
        }
    return wrong(r, "output", "output must be pane, background or terminal");
}

static bool read_key(const struct reading *r, struct custom *c, const json_t *v)
{
    const char *key = json_string_value(v);
    if (!v)
        return true;
    c->has_key = key && key_parse(key, strlen(key), &c->key);
    if (!c->has_key)
        return wrong(r, "key", "\"%.40s\" is no key: R, C-r, M-r, F5 …", key ? key : "this");
    if (c->key.code == K_ESC || (c->key.code == ':' && !c->key.mods) || (c->key.code == 'c' && c->key.mods == MOD_CTRL))
        return wrong(r, "key", "%s stays as it is: it leads out of everything", key);
    return true;
}

static bool known_keys(const struct reading *r, const json_t *from)
{
    static const char *const keys[] = { "name", "help", "key", "kinds", "command", "inputs", "confirm", "mutates",
        "output", NULL };
    const char *key = json_unknown_key(from, keys);
    return !key || wrong(r, key, "a command has no \"%.40s\": it has name, help, key, kinds, command, inputs, confirm, "
                                 "mutates, output", key);
}

static void release_one(struct custom *c)
{
    free(c->name);
    free(c->help);
    json_decref(c->kinds);
    json_decref(c->words);
    inputs_release(&c->inputs);
}

void custom_parse(struct customs *all, const json_t *list, const json_t *where, const char *path, struct buf *problems)
{
    struct reading r = { where, path, problems, 0 };
    for (; r.i < json_array_size(list); r.i++) {
        const json_t *from = json_array_get(list, r.i), *help = json_object_get(from, "help");
        struct custom c = { 0 };
        bool ok = json_is_object(from) || wrong(&r, "", "a command must be a mapping: {name: …, command: [...]}");
        ok = ok && known_keys(&r, from) && read_name(&r, all, &c, from);
        ok = ok && read_kinds(&r, &c, json_object_get(from, "kinds"));
        ok = ok && read_inputs(&r, &c, json_object_get(from, "inputs"));
        ok = ok && read_words(&r, &c, json_object_get(from, "command"));
        ok = ok && read_flag(&r, from, "mutates", true, &c.mutates);
        ok = ok && read_flag(&r, from, "confirm", c.mutates, &c.confirm); // what may change something asks
        ok = ok && read_output(&r, &c, json_object_get(from, "output"));
        ok = ok && read_key(&r, &c, json_object_get(from, "key"));
        ok = ok && (!help || json_is_string(help) || wrong(&r, "help", "help must be a text"));
        if (!ok) {
            release_one(&c);
            continue;
        }
        c.help = help ? xstrdup(json_string_value(help)) : xasprintf("runs %s", json_string_value(json_array_get(c.words, 0)));
        arr_push(&all->v, c);
    }
}

void custom_release(struct customs *all)
{
    for (size_t i = 0; i < all->v.n; i++)
        release_one(&all->v.v[i]);
    arr_release(&all->v);
}

const struct custom *custom_find(const struct customs *all, const char *name)
{
    for (size_t i = 0; i < all->v.n; i++)
        if (str_eq(all->v.v[i].name, name))
            return &all->v.v[i];
    return NULL;
}

// As written: a name, short name or singular; with its group; its API kind.
static bool is_kind(const char *word, const struct selection *sel)
{
    const char *dot = strchr(word, '.');
    if (dot)
        return strncasecmp(word, sel->gvr.resource, (size_t)(dot - word)) == 0 &&
               strlen(sel->gvr.resource) == (size_t)(dot - word) && str_ieq(dot + 1, sel->gvr.group);
    bool named = str_ieq(word, sel->gvr.resource) || (sel->api_kind && str_ieq(word, sel->api_kind));
    if (!sel->kind) // a text of an object
        return named || (kind_find(word) && kind_find(word) == kind_for_gvr(sel->gvr.group, sel->gvr.resource));
    named |= str_ieq(word, sel->kind->name);
    for (size_t i = 0; sel->kind->aliases && sel->kind->aliases[i]; i++)
        named |= str_ieq(word, sel->kind->aliases[i]);
    // A row of containers is of its Pod, but nothing meant for Pods is meant for it
    if (sel->kind->object_per_rows)
        return str_ieq(word, sel->kind->name) || kind_find(word) == sel->kind;
    return named || kind_find(word) == sel->kind;
}

bool custom_applies(const struct custom *c, const struct selection *sel)
{
    if (c->all || !sel || !sel->gvr.resource)
        return c->all;
    for (size_t i = 0; i < json_array_size(c->kinds); i++)
        if (is_kind(json_string_value(json_array_get(c->kinds, i)), sel))
            return true;
    return false;
}
