#include "app/vars.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/plan.h"
#include "base/mem.h"
#include "base/str.h"

extern char **environ;

static const char COL[] = "COL-";

const struct var_help vars_help[] = {
    { "NAME", "the object's name; of a row of containers, the container's" },
    { "NAMESPACE", "its namespace, empty for what is in none" },
    { "CONTEXT", "the context of the kubeconfig" },
    { "CLUSTER", "that context's cluster" },
    { "USER", "that context's user" },
    { "KUBECONFIG", "the kubeconfig files in use" },
    { "KIND", "Deployment" },
    { "RESOURCE", "deployments; RESOURCE_NAME is the same" },
    { "GROUP", "apps, empty for the core; RESOURCE_GROUP is the same" },
    { "VERSION", "v1; RESOURCE_VERSION is the same" },
    { "UID", "the object's UID" },
    { "POD", "the Pod, of a row of containers" },
    { "CONTAINER", "the container, of a row of containers" },
    { "NODE", "the node, of nodes and Pods that have one" },
    { "FILTER", "what / holds" },
    { "COL-READY", "what the column READY says; ${COL-LAST SEEN} where its name has a blank. $!COL-SUSPEND is false for true, "
        "true for false" },
    { 0 },
};
static const struct {
    const char *name, *of;
} same[] = { { "RESOURCE_NAME", "RESOURCE" }, { "RESOURCE_GROUP", "GROUP" }, { "RESOURCE_VERSION", "VERSION" } };

void vars_set(struct vars *v, const char *name, const char *value)
{
    struct var one = { xstrdup(name), xstrdup_null(value) };
    arr_push(&v->v, one);
    for (size_t i = 0; i < ARRAY_SIZE(same); i++)
        if (str_eq(same[i].of, name))
            vars_set(v, same[i].name, value);
}

void vars_cut(struct vars *v, size_t n)
{
    while (v->v.n > n) {
        v->v.n--;
        free(v->v.v[v->v.n].name);
        free(v->v.v[v->v.n].value);
    }
}

void vars_release(struct vars *v)
{
    vars_cut(v, 0);
    arr_release(&v->v);
}

// ---- names in text

static bool is_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What a command asks for (app/input.h): whoever runs it has typed it.
static bool is_input(const char *name, size_t n)
{
    return n > strlen("INPUT_") && strncmp(name, "INPUT_", strlen("INPUT_")) == 0;
}

bool vars_is(const char *name, size_t n)
{
    for (size_t i = 0; vars_help[i].name; i++)
        if (strlen(vars_help[i].name) == n && strncmp(vars_help[i].name, name, n) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(same); i++)
        if (strlen(same[i].name) == n && strncmp(same[i].name, name, n) == 0)
            return true;
    return is_input(name, n);
}

// A `$` and what it names: NAME, {NAME}, COL-NAME, {COL-A NAME}.
struct ref {
    const char *name;
    size_t n, whole; // of the name; of all, from the $ on
    bool braces, column, inverse; // $!NAME
};

static bool ref_at(const char *p, struct ref *r)
{
    bool inverse = p[1] == '!', braces = p[1 + inverse] == '{';
    const char *name = p + 1 + inverse + braces;
    size_t n = 0;
    while (is_name(name[n]))
        n++;
    bool column = n == 3 && strncmp(name, COL, 4) == 0;
    if (column && braces)
        n = strcspn(name, "}");
    else if (column)
        for (n = 4; isalnum((unsigned char)name[n]) || (name[n] && strchr("_-/%.", name[n]));)
            n++;
    *r = (struct ref) { name, n, 1 + (size_t)inverse + (size_t)braces + n + (size_t)braces, braces, column, inverse };
    return *p == '$' && n > 0 && (column || vars_is(name, n)) && (!braces || name[n] == '}');
}

static const struct var *find(const struct vars *v, const char *name, size_t n, bool column)
{
    for (size_t i = 0; i < v->v.n; i++) {
        const char *have = v->v.v[i].name;
        if (strlen(have) == n && (column ? strncasecmp(have, name, n) : strncmp(have, name, n)) == 0)
            return &v->v.v[i];
    }
    return NULL;
}

// Of a column the longest that there is, without braces: "$COL-NAME.txt".
static const struct var *resolve(const struct vars *v, struct ref *r)
{
    const struct var *var = find(v, r->name, r->n, r->column);
    while (!var && r->column && !r->braces && r->n > sizeof(COL)) {
        r->n--;
        r->whole--;
        var = find(v, r->name, r->n, true);
    }
    return var;
}

bool vars_names(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$')) {
        const char *at = p + 1 + (p[1] == '{');
        if (strncmp(at, name, n) == 0 && !is_name(at[n]))
            return true;
    }
    return false;
}

bool vars_misspelt(const char *text, char *name, size_t size, const char **near)
{
    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$')) {
        const char *at = p + 1 + (p[1] == '{');
        size_t n = 0;
        while (is_name(at[n]))
            n++;
        if (n < 3 || n >= size || vars_is(at, n) || strncmp(at, COL, 4) == 0)
            continue;
        snprintf(name, size, "%.*s", (int)n, at);
        struct str_near like = { name, 2, NULL };
        for (size_t i = 0; vars_help[i].name; i++)
            str_near(&like, vars_help[i].name);
        *near = like.name;
        if (like.name && !getenv(name))
            return true;
    }
    return false;
}

// ---- which argument is code

static const char *program(const char *word)
{
    const char *slash = strrchr(word, '/');
    return slash ? slash + 1 : word;
}

static const char *word_at(const json_t *words, size_t i)
{
    return str_or(json_string_value(json_array_get(words, i)), "");
}

// The letter that code follows; a version may end the name: python3.12.
static char code_letter(const char *word)
{
    static const struct {
        const char *name;
        char letter;
    } interpreters[] = { { "sh", 'c' }, { "bash", 'c' }, { "dash", 'c' }, { "ash", 'c' }, { "zsh", 'c' },
        { "ksh", 'c' }, { "mksh", 'c' }, { "fish", 'c' }, { "python", 'c' }, { "perl", 'e' }, { "ruby", 'e' },
        { "node", 'e' }, { "php", 'r' }, { "lua", 'e' } };
    const char *p = program(word);
    for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++) {
        size_t n = strlen(interpreters[i].name);
        if (strncmp(p, interpreters[i].name, n) == 0 && p[n + strspn(p + n, "0123456789.")] == '\0')
            return interpreters[i].letter;
    }
    return '\0';
}

// The interpreter before the options that end at words[i]; -1: none.
static long interpreter_of(const json_t *words, size_t i)
{
    while (i > 0 && (strchr("-+", *word_at(words, i)) || (i > 0 && str_eq(word_at(words, i - 1), "-o"))))
        i--;
    return code_letter(word_at(words, i)) ? (long)i : -1;
}

bool vars_is_code(const json_t *words, size_t i)
{
    if (i < 2)
        return false;
    const char *option = word_at(words, i - 1);
    long at = option[0] == '-' && option[1] ? interpreter_of(words, i - 1) : -1;
    if (at < 0)
        return false;
    char letter = code_letter(word_at(words, (size_t)at));
    if (option[1] == '-')
        return letter == 'e' && str_eq(option, "--eval");
    return strchr(option, letter) != NULL;
}

bool vars_code_is_here(const json_t *words, size_t code)
{
    static const char *const passing[] = { "env", "nice", "ionice", "timeout", "time", "stdbuf", "setsid", "nohup",
        "unbuffer", "doas", "exec", "command", "chrt", "taskset" };
    long at = interpreter_of(words, code - 1);
    if (at <= 0 || code_letter(word_at(words, 0))) // sh -c '"$@" | less' sh bash -c …
        return at >= 0;
    for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
        if (str_eq(passing[i], program(word_at(words, 0))))
            return true;
    return false;
}

// Programs that give their arguments to a shell themselves.
static bool reads_again(const char *word)
{
    static const char *const names[] = { "ssh", "watch", "su", "script", "tmux", "screen", "mosh", "parallel", "entr",
        "eval", "xterm", "zellij", "viddy", "xargs" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_eq(names[i], program(word)))
            return true;
    return false;
}

// ---- putting them in

// "COL-CPU/R" is COL_CPU_R to code.
static void put_env_name(struct buf *out, const char *name)
{
    for (; *name; name++)
        buf_putc(out, isalnum((unsigned char)*name) ? *name : '_');
}

static bool check_value(const struct var *var, const char *arg, bool first, bool shell, struct err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:=@,+-";
    if (first && *var->value == '-' && !is_input(var->name, strlen(var->name))) {
        err_set(err, "$%s is \"%.200s\" here, which a program takes for an option", var->name, var->value);
        return err_hint(err, "the command was not run");
    }
    if (shell && var->value[strspn(var->value, plain)]) {
        err_set(err, "$%s holds what a shell would read as more than a name: \"%.200s\"", var->name, var->value);
        return err_hint(err, "the command gives its arguments to a shell: %.80s", arg);
    }
    return true;
}

static bool substitute(const struct vars *v, const char *arg, bool shell, struct buf *out, struct err *err)
{
    const char *p = arg;
    while (*p) {
        struct ref r;
        if (p[0] == '$' && p[1] == '$') {
            buf_putc(out, '$');
            p += 2;
        } else if (!ref_at(p, &r)) {
            buf_putc(out, *p++);
        } else {
            const struct ref asked = r;
            const struct var *var = resolve(v, &r);
            if (!var && r.column)
                return err_set(err, "there is no column %.*s here", (int)(asked.n - 4), r.name + 4);
            if (!var || !var->value)
                return err_set(err, "what is selected has no $%.*s", (int)r.n, r.name);
            if (!check_value(var, arg, p == arg, shell, err))
                return false;
            bool is_true = str_ieq(var->value, "true");
            if (r.inverse && !is_true && !str_ieq(var->value, "false"))
                return err_set(err, "$!%s: \"%.100s\" is neither true nor false", var->name, var->value);
            buf_puts(out, !r.inverse ? var->value : is_true ? "false" : "true");
            p += r.whole;
        }
    }
    return true;
}

// Whether code asks first if a variable is there.
static bool tested(const char *code, const char *name)
{
    static const char *const tests[] = { "${%s:-", "${%s-", "${%s:+", "${%s+", "-n \"$%s\"", "-z \"$%s\"",
        "-n \"${%s}\"", "-z \"${%s}\"", "-n $%s ", "-z $%s " };
    bool found = false;
    for (size_t i = 0; !found && i < ARRAY_SIZE(tests); i++) {
        char *text = str_replace_first(tests[i], "%s", name);
        found = strstr(code, text) != NULL;
        free(text);
    }
    return found;
}

// Whether code hands text on to what reads it as code again; then plain values alone may be in it.
static bool hands_on(const char *code)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    for (const char *p = code; *p;) {
        size_t n = strspn(p, letters);
        char word[40];
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        if (n && n < sizeof(word) && (reads_again(word) || code_letter(word)))
            return true;
        p += n + (p[n] != '\0');
    }
    return false;
}

// Code that names a variable which is not there would run with nothing in its place: unless it asks.
static bool check_code(const struct vars *v, const char *code, struct err *err)
{
    for (size_t i = 0; i < v->v.n; i++) {
        const struct var *var = &v->v.v[i];
        if (!var->value && strncmp(var->name, COL, 4) != 0 && vars_names(code, var->name) && !tested(code, var->name))
            return err_set(err, "what is selected has no $%s", var->name);
    }
    for (size_t i = 0; hands_on(code) && i < v->v.n; i++) {
        struct buf name = BUF_INIT;
        put_env_name(&name, v->v.v[i].name);
        bool ok = !v->v.v[i].value || !vars_names(code, name.s) || check_value(&v->v.v[i], "its code", false, true, err);
        buf_release(&name);
        if (!ok)
            return false;
    }
    return true;
}

// An argument that is nothing but an input left empty.
static bool is_left_out(const struct vars *v, const char *arg)
{
    struct ref r;
    const struct var *var = ref_at(arg, &r) && r.whole == strlen(arg) && is_input(r.name, r.n) ? resolve(v, &r) : NULL;
    return var && var->value && !*var->value;
}

bool vars_argv(const struct vars *v, const json_t *words, char ***argv, struct err *err)
{
    size_t n = json_array_size(words);
    char **out = xcalloc(n + 1, sizeof(*out));
    bool shell = reads_again(word_at(words, 0)), ok = true;
    for (size_t i = 0, at = 0; ok && i < n; i++) {
        struct buf one = BUF_INIT;
        if (is_left_out(v, word_at(words, i)))
            continue;
        if (vars_is_code(words, i)) {
            ok = check_code(v, word_at(words, i), err);
            buf_puts(&one, word_at(words, i));
        } else {
            ok = substitute(v, word_at(words, i), shell, &one, err);
        }
        out[at++] = buf_take(&one);
    }
    if (!ok) {
        vars_free_list(out);
        out = NULL;
    }
    *argv = out;
    return ok;
}

static bool code_names(const json_t *words, const char *name)
{
    for (size_t i = 0; i < json_array_size(words); i++)
        if (vars_is_code(words, i) && vars_names(word_at(words, i), name))
            return true;
    return false;
}

// USER is who runs kview, to every other program.
static bool gives(const struct var *var, const json_t *words)
{
    return !str_eq(var->name, "USER") || code_names(words, var->name);
}

char **vars_env(const struct vars *v, const json_t *words)
{
    ARR(char *) out = { 0 };
    for (size_t i = 0; environ[i]; i++) {
        bool ours = false;
        for (size_t k = 0; k < v->v.n && !ours; k++) {
            struct buf name = BUF_INIT;
            put_env_name(&name, v->v.v[k].name);
            ours = gives(&v->v.v[k], words) && strncmp(environ[i], name.s, name.n) == 0 && environ[i][name.n] == '=' &&
                   (v->v.v[k].value || !str_eq(name.s, "KUBECONFIG"));
            buf_release(&name);
        }
        if (!ours)
            arr_push(&out, xstrdup(environ[i]));
    }
    for (size_t k = 0; k < v->v.n; k++) {
        struct buf one = BUF_INIT;
        if (!v->v.v[k].value || !gives(&v->v.v[k], words))
            continue;
        put_env_name(&one, v->v.v[k].name);
        buf_printf(&one, "=%s", v->v.v[k].value);
        arr_push(&out, buf_take(&one));
    }
    arr_push(&out, NULL);
    return out.v;
}

void vars_free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

void vars_put_quoted(struct buf *out, char *const *argv)
{
    for (size_t i = 0; argv[i]; i++) {
        buf_puts(out, i ? " " : "");
        plan_put_quoted(out, argv[i]);
    }
}

void vars_put_read(const struct vars *v, const json_t *words, struct buf *out)
{
    size_t before = out->n;
    for (size_t i = 0; i < v->v.n; i++) {
        struct buf name = BUF_INIT;
        put_env_name(&name, v->v.v[i].name);
        if (v->v.v[i].value && code_names(words, name.s)) {
            buf_printf(out, "%s%s=", out->n > before ? " " : "", name.s);
            plan_put_quoted(out, v->v.v[i].value);
        }
        buf_release(&name);
    }
}
