// k9s's plugins as commands of kview's configuration.
#include "app/k9s.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/act.h"
#include "acts/plan.h"
#include "app/command.h"
#include "app/custom.h"
#include "app/vars.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kinds/kind.h"

enum { MAX_NAME = 40 };

// One plugin while it is turned into a command.
struct plugin {
    struct k9s *k;
    const char *name;
    char *pointer;
    const json_t *from;
    json_t *out;
    struct buf changes; // "; "-separated
};

__attribute__((format(printf, 2, 3))) static void changed(struct plugin *p, const char *fmt, ...)
{
    va_list ap;
    char text[400];
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_printf(&p->changes, "%s%s", p->changes.n ? "; " : "", text);
}

// Always false.
__attribute__((format(printf, 2, 3))) static bool left(struct plugin *p, const char *fmt, ...)
{
    va_list ap;
    char text[600];
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    k9s_say(p->k, K9S_LEFT, p->pointer, "plugin %s: %s", p->name, text);
    return false;
}

static bool has_command(const struct k9s *k, const char *name)
{
    const json_t *lists[] = { json_object_get(k->out, "commands"), json_object_get(k->own_doc, "commands") };
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (size_t i = 0; i < json_array_size(lists[l]); i++)
            if (str_eq(json_str(json_array_get(lists[l], i), "name", NULL), name))
                return true;
    return false;
}

static void put_name(struct plugin *p)
{
    struct buf name = BUF_INIT;
    const char *taken;
    for (const char *s = p->name; *s && name.n < MAX_NAME - 4; s++) {
        char c = (char)tolower((unsigned char)*s);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_putc(&name, c);
        else if (name.n && name.s[name.n - 1] != '-')
            buf_putc(&name, '-');
    }
    while (name.n && name.s[name.n - 1] == '-')
        buf_truncate(&name, name.n - 1);
    if (!name.n || !custom_name_is_free(name.s, &taken)) {
        char *other = xasprintf("k9s-%s", name.s);
        buf_clear(&name);
        buf_puts(&name, other);
        free(other);
    }
    size_t n = name.n;
    for (int i = 2; has_command(p->k, name.s); i++) {
        buf_truncate(&name, n);
        buf_printf(&name, "-%d", i);
    }
    if (!str_eq(name.s, p->name))
        changed(p, "its name is %s", name.s);
    json_object_set_new(p->out, "name", json_string(name.s));
    buf_release(&name);
}

static void put_help(struct plugin *p)
{
    const char *text = json_str(p->from, "description", NULL);
    struct buf help = BUF_INIT;
    utf8_sanitise(&help, text, strlen(text));
    char *trimmed = str_trim(help.s);
    if (*trimmed)
        json_object_set_new(p->out, "help", json_string(trimmed));
    buf_release(&help);
}

// Lists that k9s has and no server: nothing of kview's is shown there.
static bool is_list_of_k9s(const char *scope)
{
    static const char *const names[] = { "helm", "history", "helm-history", "portforwards", "contexts", "users", "groups",
        "xrays", "pulses", "dirs", "dir", "benchmarks", "screendumps", "aliases", "references", "logs", "log", "yaml",
        "describe" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_ieq(names[i], scope))
            return true;
    return false;
}

static bool put_kinds(struct plugin *p)
{
    const json_t *scopes = json_object_get(p->from, "scopes");
    json_t *kinds = json_array();
    const char *without = NULL;
    bool all = false;
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const char *scope = str_or(json_string_value(json_array_get(scopes, i)), "");
        all |= str_eq(scope, "all");
        if (is_list_of_k9s(scope)) {
            without = scope;
            continue;
        }
        char *kind = k9s_kind(scope);
        if (*kind && !str_eq(scope, "all"))
            json_array_append_new(kinds, json_string(kind));
        free(kind);
    }
    bool ok = all || json_array_size(kinds);
    if (!ok && without)
        left(p, "kview has no list \"%s\" that it could be for", without);
    else if (!ok)
        left(p, "it has no scopes");
    else if (without && !all)
        changed(p, "not for %s, which kview has not as a list", without);
    if (ok && !all)
        json_object_set(p->out, "kinds", kinds);
    json_decref(kinds);
    return ok;
}

// ---- words

// k9s takes $name for $NAME; kview does not.
static void put_word(struct buf *out, const char *word)
{
    for (const char *s = word; *s;) {
        size_t n = 0, bang = s[0] == '$' && s[1] == '!';
        const char *name = s + 1 + bang;
        while (isalnum((unsigned char)name[n]) || name[n] == '_')
            n++;
        char upper[40];
        bool fits = *s == '$' && n && n < sizeof(upper);
        for (size_t i = 0; fits && i <= n; i++)
            upper[i] = i < n ? (char)toupper((unsigned char)name[i]) : '\0';
        if (!fits || !(vars_is(upper, n) || (str_eq(upper, "COL") && name[n] == '-'))) {
            buf_putc(out, *s++);
            continue;
        }
        buf_printf(out, "$%s%s", bang ? "!" : "", upper);
        s = name + n;
    }
}

static bool is_powershell(const char *word)
{
    const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
    return str_starts(name, "pwsh") || str_starts(name, "powershell");
}

static bool append_word(struct plugin *p, json_t *words, const char *word)
{
    struct buf out = BUF_INIT;
    const char *why;
    size_t i = json_array_size(words);
    bool ok = !vars_names(word, "GROUPS") || left(p, "kview has no $GROUPS"), rewritten = false;
    json_array_append_new(words, json_string(word)); // so that it can be looked at where it stands
    if (ok && vars_is_code(words, i)) {
        ok = k9s_code(word, &out, &rewritten, &why) || left(p, "%s", why);
        if (ok && rewritten)
            changed(p, "its code reads the variables from the environment, in quotes: no name can add to it");
    } else if (ok) {
        put_word(&out, word);
    }
    if (ok)
        json_array_set_new(words, i, json_string(out.s));
    buf_release(&out);
    return ok;
}

// k9s starts the programs of `pipes` itself: here a shell does, which gets the command as its arguments.
static void put_pipes(struct plugin *p, json_t *words)
{
    const json_t *pipes = json_object_get(p->from, "pipes");
    struct buf code = BUF_INIT;
    buf_puts(&code, "\"$@\"");
    for (size_t i = 0; i < json_array_size(pipes); i++) {
        char *copy = xstrdup(str_or(json_string_value(json_array_get(pipes, i)), "cat")), *save = NULL;
        buf_puts(&code, " |");
        for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
            buf_putc(&code, ' ');
            plan_put_quoted(&code, w);
        }
        free(copy);
    }
    const char *const before[] = { "sh", "-c", code.s, "sh" };
    for (size_t i = 0; i < ARRAY_SIZE(before); i++)
        json_array_append_new(words, json_string(before[i]));
    buf_release(&code);
    changed(p, "its pipes are one line of sh");
}

static bool put_words(struct plugin *p)
{
    const char *command = json_str(p->from, "command", NULL);
    const json_t *args = json_object_get(p->from, "args");
    char tmp[32];
    if (!*command)
        return left(p, "it has no command");
    if (is_powershell(command))
        return left(p, "PowerShell reads its arguments as code, in which a name could say anything");
    json_t *words = json_array();
    json_object_set_new(p->out, "command", words);
    if (json_array_size(json_object_get(p->from, "pipes")))
        put_pipes(p, words);
    bool ok = append_word(p, words, command);
    for (size_t i = 0; ok && i < json_array_size(args); i++)
        ok = append_word(p, words, json_scalar(json_array_get(args, i), tmp));
    return ok;
}

// ---- key

static bool overlaps(const json_t *a, const json_t *b)
{
    const json_t *ka = json_object_get(a, "kinds"), *kb = json_object_get(b, "kinds");
    if (!ka || !kb)
        return true;
    for (size_t i = 0; i < json_array_size(ka); i++)
        for (size_t j = 0; j < json_array_size(kb); j++)
            if (str_ieq(json_string_value(json_array_get(ka, i)), json_string_value(json_array_get(kb, j))))
                return true;
    return false;
}

static const char *has_key(const struct plugin *p, const char *key)
{
    const json_t *lists[] = { json_object_get(p->k->own_doc, "commands"), json_object_get(p->k->out, "commands") };
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (size_t i = 0; i < json_array_size(lists[l]); i++) {
            const json_t *other = json_array_get(lists[l], i);
            if (str_eq(json_str(other, "key", NULL), key) && overlaps(other, p->out))
                return json_str(other, "name", NULL);
        }
    return NULL;
}

// Whether kview's own command is of use in the lists that this is for.
static bool of_use(const struct plugin *p, const char *line)
{
    static const char *const always[] = { "back", "quit", "help", "command-prompt", "filter-prompt", "open", "up", "down",
        "mark", "context-pick" };
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " "), line);
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        if (str_eq(always[i], name))
            return true;
    const json_t *kinds = json_object_get(p->out, "kinds");
    const struct act *act = act_find(name);
    if (!kinds)
        return true;
    for (size_t i = 0; act && i < json_array_size(kinds); i++) {
        const struct kind *kind = kind_find(json_string_value(json_array_get(kinds, i)));
        if (kind && act_applies(act, kind, &kind->gvr))
            return true;
    }
    return false;
}

static void put_key(struct plugin *p)
{
    const char *from = json_str(p->from, "shortCut", NULL);
    char key[32];
    if (!*from)
        return;
    if (!k9s_key(from, key, sizeof(key))) {
        changed(p, "no key: %.30s is none that a terminal tells apart", from);
        return;
    }
    const char *other = has_key(p, key), *command = k9s_key_taken(p->k, key);
    bool over = json_bool(p->from, "override", NULL);
    if (other)
        changed(p, "no key: %s is already that of %s", key, other);
    else if (command && !over && of_use(p, command))
        changed(p, "no key: %s is kview's for `%s` (a key: line gives it one)", key, command);
    else
        json_object_set_new(p->out, "key", json_string(key));
    if (!other && command && json_object_get(p->out, "key"))
        changed(p, "in its lists %s is no longer `%s`", key, command);
}

// ---- all of it

// kview's are as k9s's are; what is wrong with one is said by kview's own reading.
static void put_inputs(struct plugin *p)
{
    const json_t *inputs = json_object_get(p->from, "inputs");
    if (json_array_size(inputs))
        json_object_set_new(p->out, "inputs", json_deep_copy(inputs));
}

static void put_rest(struct plugin *p)
{
    bool background = json_bool(p->from, "background", NULL), flash = json_bool(p->from, "overwriteOutput", NULL);
    const json_t *confirm = json_object_get(p->from, "confirm");
    bool asks = json_object_get(p->out, "inputs") != NULL;
    json_object_set_new(p->out, "confirm", json_boolean(confirm ? json_is_true(confirm) : asks));
    json_object_set_new(p->out, "output", json_string(background || flash ? "background" : "terminal"));
    if (flash)
        changed(p, "what it prints is kept for :output");
    if (p->k->context)
        changed(p, "k9s has it in the context %s alone, kview in all", p->k->context);
}

// Code that reads what it is not given would run with nothing in its place.
static bool asks_for_all(struct plugin *p, const struct custom *c)
{
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(c->words); i++) {
        char *unknown = inputs_unknown(&c->inputs, json_string_value(json_array_get(c->words, i)));
        ok = !unknown || left(p, "it reads $%s, which it does not ask for", unknown);
        free(unknown);
    }
    return ok;
}

// What kview itself says of it, when it reads it.
static bool accepted(struct plugin *p)
{
    struct customs made = { 0 };
    struct buf problems = BUF_INIT;
    json_t *list = json_pack("[O]", p->out);
    custom_parse(&made, list, NULL, "", &problems);
    bool ok = made.v.n && !problems.n ? asks_for_all(p, &made.v.v[0]) : left(p, "%.*s", (int)strcspn(problems.s + 6, "\n"), problems.s + 6); // after ":1:1: "
    json_decref(list);
    custom_release(&made);
    buf_release(&problems);
    return ok;
}

static void take(struct k9s *k, const char *name, const json_t *from, const char *pointer)
{
    struct plugin p = { .k = k, .name = name, .pointer = xstrdup(pointer), .from = from, .out = json_object() };
    buf_init(&p.changes);
    put_name(&p);
    put_help(&p);
    if (put_kinds(&p) && put_words(&p)) {
        put_key(&p);
        put_inputs(&p);
        put_rest(&p);
        if (accepted(&p)) {
            json_array_append(k9s_section(k, "commands", true), p.out);
            k9s_say(k, p.changes.n ? K9S_CHANGED : K9S_TAKEN, pointer, "plugin %s%s%s", name, p.changes.n ? ": " : "",
                p.changes.s);
        }
    }
    json_decref(p.out);
    buf_release(&p.changes);
    free(p.pointer);
}

static void take_all(struct k9s *k, json_t *all, const char *prefix)
{
    const char *name;
    json_t *from;
    json_object_foreach(all, name, from)
    {
        char *pointer = xasprintf("%s/%s", prefix, name);
        if (json_is_object(from))
            take(k, name, from, pointer);
        else
            k9s_say(k, K9S_LEFT, pointer, "plugin %s: it is not a mapping", name);
        free(pointer);
    }
}

// A file of `plugins:`, of plugins by name, or of one that has the file's name.
void k9s_plugins(struct k9s *k)
{
    json_t *all = json_object_get(k->doc, "plugins");
    if (!all)
        all = json_object_get(k->doc, "plugin"); // before 0.30
    if (all) {
        take_all(k, all, json_object_get(k->doc, "plugins") ? "/plugins" : "/plugin");
    } else if (json_object_get(k->doc, "shortCut") || json_object_get(k->doc, "command")) {
        const char *slash = strrchr(k->file, '/'), *base = slash ? slash + 1 : k->file;
        char *name = xstrndup(base, strcspn(base, "."));
        take(k, name, k->doc, "");
        free(name);
    } else {
        take_all(k, k->doc, "");
    }
}
