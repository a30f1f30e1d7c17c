// What k9s writes in its own words, in kview's: keys, kinds, lines of the prompt, code of shells.
#include "app/k9s.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/open.h"
#include "app/vars.h"
#include "base/key.h"
#include "base/mem.h"
#include "base/str.h"
#include "keymaps/keymap.h"
#include "kinds/kind.h"
#include "list/spec.h"

// ---- keys (tcell's names, as k9s extends them)

bool k9s_key(const char *from, char *out, size_t n)
{
    static const char *const names[][2] = { { "Enter", "Enter" }, { "Esc", "Esc" }, { "Tab", "Tab" }, { "Backtab", "S-Tab" },
        { "Backspace", "BSpace" }, { "Backspace2", "BSpace" }, { "Delete", "Del" }, { "Insert", "Ins" }, { "PgUp", "PgUp" },
        { "PgDn", "PgDn" }, { "Home", "Home" }, { "End", "End" }, { "Up", "Up" }, { "Down", "Down" }, { "Left", "Left" },
        { "Right", "Right" }, { "Space", "Space" } };
    static const char digits[] = ")!@#$%^&*(";
    const char *prefix = "", *key = from;
    if (str_starts(from, "Ctrl-"))
        prefix = "C-", key = from + 5;
    else if (str_starts(from, "Alt-"))
        prefix = "M-", key = from + 4;
    bool shift = str_starts(key, "Shift-");
    key += shift ? 6 : 0;
    char one[2] = { (char)tolower((unsigned char)*key) };
    const char *named = key;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_ieq(names[i][0], key))
            named = names[i][1];
    if (key[0] && !key[1] && isalpha((unsigned char)*key)) {
        one[0] = (char)(shift ? toupper((unsigned char)*key) : *prefix == 'C' ? tolower((unsigned char)*key) : *key);
        named = one;
    } else if (shift && key[0] && !key[1] && isdigit((unsigned char)*key)) {
        one[0] = digits[*key - '0'];
        named = one;
    } else if (shift && strlen(named) > 1) {
        prefix = *prefix ? prefix : "S-";
    }
    // What a terminal sends for these is Tab, Enter, Backspace
    bool same = *prefix == 'C' && !named[1] && strchr("ijmh", named[0]);
    struct key parsed;
    snprintf(out, n, "%s%s", prefix, named);
    return !same && key_parse(out, strlen(out), &parsed);
}

const char *k9s_key_taken(const struct k9s *k, const char *key)
{
    struct keymap_state st = { 0 };
    struct key parsed;
    const char *command = NULL;
    if (!key_parse(key, strlen(key), &parsed) ||
        keymap_feed(k->keys, &st, "list", parsed, &command) != KEYMAP_COMMAND)
        return NULL;
    return command;
}

// ---- kinds and lines

char *k9s_kind(const char *from)
{
    const char *first = strchr(from, '/'), *last = strrchr(from, '/');
    if (!first)
        return xstrdup(from);
    if (first == last) // v1/pods
        return xstrdup(last + 1);
    char *group = xstrndup(from, (size_t)(first - from));
    bool known = kind_for_gvr(group, last + 1) != NULL;
    free(group);
    if (known)
        return xstrdup(last + 1);
    return xasprintf("%s.%.*s", last + 1, (int)(first - from), from);
}

static const struct {
    const char *k9s, *kview, *why;
} words[] = {
    { "portforwards", "forwards", NULL }, { "portforward", "forwards", NULL }, { "pf", "forwards", NULL },
    { "contexts", "ctx", NULL }, { "context", "ctx", NULL }, { "workload", "workloads", NULL }, { "wk", "workloads", NULL },
    { "pulses", NULL, "kview has no pulses" }, { "pulse", NULL, "kview has no pulses" },
    { "pu", NULL, "kview has no pulses" }, { "xray", NULL, "kview shows one object as a tree (x on it), not a kind" },
    { "xrays", NULL, "kview shows one object as a tree (x on it), not a kind" },
    { "dir", NULL, "kview has no view of folders" }, { "helm", NULL, "kview has no list of Helm releases" },
    { "benchmarks", NULL, "kview makes no load" }, { "benchmark", NULL, "kview makes no load" },
    { "be", NULL, "kview makes no load" }, { "screendumps", NULL, "kview keeps no list of what was saved" },
    { "sd", NULL, "kview keeps no list of what was saved" }, { "popeye", NULL, "kview has no popeye" },
    { "users", NULL, "kview has no list of users" }, { "usr", NULL, "kview has no list of users" },
    { "groups", NULL, "kview has no list of groups" }, { "grp", NULL, "kview has no list of groups" },
    { "aliases", NULL, "kview has no list of aliases: `:` completes them" },
};

// VIEW [NAMESPACE] [/FILTER] [label=value] [@CONTEXT]
char *k9s_line(const char *from, const char **why)
{
    char *copy = xstrdup(from), *save = NULL, *word = strtok_r(copy, " ", &save);
    struct buf out = BUF_INIT;
    *why = word ? NULL : "it is empty";
    if (strchr(from, '$'))
        *why = "kview puts no variables into a line";
    const char *view = word ? word : "";
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_ieq(words[i].k9s, view)) {
            *why = words[i].why;
            view = words[i].kview;
        }
    if (!*why) {
        char *kind = k9s_kind(view);
        buf_puts(&out, kind);
        free(kind);
    }
    while (!*why && (word = strtok_r(NULL, " ", &save))) {
        if (*word == '/') { // all that follows
            buf_printf(&out, " %s%s%s", word, *save ? " " : "", save);
            break;
        }
        buf_printf(&out, strchr(word, '=') ? " -l %s" : *word == '@' || str_eq(view, "ctx") ? " %s" : " -n %s", word);
    }
    free(copy);
    if (!*why)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

// ---- code

// Where one is in a shell's code; `$(` begins anew.
enum quote { PLAIN, SINGLE, DOUBLE };
struct level {
    enum quote quote;
    int parens;
};
struct reader {
    ARR(struct level) levels;
    const char *p;
    struct buf *out;
    struct buf ends; // the line that ends a here-document, "": none has begun
    bool tabs, literal; // of it: <<-; <<'E', in which a shell puts nothing
    bool changed;
    const char *why;
};

static struct level *top(struct reader *r)
{
    return &r->levels.v[r->levels.n - 1];
}

static void copy(struct reader *r, size_t n)
{
    for (; n && *r->p; n--)
        buf_putc(r->out, *r->p++);
}

// "$NAME", "$COL-STATUS": how long, and as the environment has it. 0: no variable of k9s; ${NAME} is the shell's own.
static size_t variable(const char *p, struct buf *name)
{
    const char *at = p + 1;
    size_t n = 0;
    while (isupper((unsigned char)at[n]) || isdigit((unsigned char)at[n]) || at[n] == '_')
        n++;
    if (n == 3 && strncmp(at, "COL-", 4) == 0) {
        for (n = 4; isalnum((unsigned char)at[n]) || (at[n] && strchr("_-/%", at[n]));)
            n++;
        while (n > 4 && at[n - 1] == '-')
            n--;
    } else if (!vars_is(at, n)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        buf_putc(name, isalnum((unsigned char)at[i]) ? at[i] : '_');
    return 1 + n;
}

// Whatever it holds, it stays one word and no code.
static bool put_variable(struct reader *r, bool bare)
{
    struct buf name = BUF_INIT;
    size_t n = variable(r->p, &name);
    enum quote q = top(r)->quote;
    if (n) {
        const char *around[] = { [PLAIN] = "\"", [SINGLE] = "'\"", [DOUBLE] = "" };
        const char *after[] = { [PLAIN] = "\"", [SINGLE] = "\"'", [DOUBLE] = "" };
        buf_printf(r->out, "%s${%s}%s", bare ? "" : around[q], name.s, bare ? "" : after[q]);
        r->changed |= q != DOUBLE || name.n + 1 != n || strncmp(name.s, r->p + 1, name.n) != 0;
        r->p += n;
    }
    buf_release(&name);
    return n > 0;
}

static void skip_ansi(struct reader *r) // $'…'
{
    copy(r, 2);
    while (*r->p && *r->p != '\'')
        copy(r, *r->p == '\\' ? 2 : 1);
    copy(r, 1);
}

static void push(struct reader *r, enum quote q)
{
    struct level l = { q, 0 };
    arr_push(&r->levels, l);
}

static void pop(struct reader *r)
{
    if (r->levels.n > 1)
        r->levels.n--;
}

// ---- here-documents

// "<<E", "<<-'E'": its text begins with the next line.
static void begin_heredoc(struct reader *r)
{
    copy(r, 2);
    r->tabs = *r->p == '-';
    copy(r, r->tabs);
    copy(r, strspn(r->p, " \t"));
    r->why = r->ends.n ? "its code has two here-documents in a line" : NULL;
    r->literal = false;
    for (; *r->p && !strchr(" \t\n;|&<>()", *r->p); copy(r, 1)) {
        bool quote = strchr("'\"\\", *r->p) != NULL;
        r->literal |= quote;
        if (!quote)
            buf_putc(&r->ends, *r->p);
    }
}

static bool ends_heredoc(const struct reader *r)
{
    const char *line = r->p + (r->tabs ? strspn(r->p, "\t") : 0);
    return strncmp(line, r->ends.s, r->ends.n) == 0 && (line[r->ends.n] == '\n' || !line[r->ends.n]);
}

// No quotes in it, so that a variable stands bare: it is text, which the shell does not read again.
static void copy_heredoc(struct reader *r)
{
    while (*r->p && !r->why && !ends_heredoc(r)) {
        while (*r->p && *r->p != '\n' && !r->why) {
            struct buf name = BUF_INIT;
            if (*r->p == '\\' && !r->literal)
                copy(r, 2);
            else if (*r->p != '$' || !variable(r->p, &name))
                copy(r, 1);
            else if (r->literal)
                r->why = "its code has a variable in a here-document whose end is quoted: no shell puts it in";
            else
                put_variable(r, true);
            buf_release(&name);
        }
        copy(r, 1);
    }
    copy(r, strcspn(r->p, "\n"));
    buf_clear(&r->ends);
}

static bool begins_comment(const struct reader *r)
{
    return *r->p == '#' && (!r->out->n || strchr(" \t\n;", r->out->s[r->out->n - 1]));
}

static void step_plain(struct reader *r)
{
    char c = *r->p;
    if (c == '\'') {
        push(r, SINGLE);
    } else if (c == '"') {
        push(r, DOUBLE);
    } else if (begins_comment(r)) {
        copy(r, strcspn(r->p, "\n"));
        return;
    } else if (c == '(') {
        top(r)->parens++;
    } else if (c == ')') {
        if (top(r)->parens)
            top(r)->parens--;
        else
            pop(r);
    }
    if (c == '<' && r->p[1] == '<' && r->p[2] != '<') {
        begin_heredoc(r);
        return;
    }
    copy(r, strncmp(r->p, "<<<", 3) == 0 ? 3 : 1);
    if (c == '\n' && r->ends.n)
        copy_heredoc(r);
}

static void step(struct reader *r)
{
    enum quote q = top(r)->quote;
    char c = *r->p;
    if (c == '\\' && q != SINGLE) {
        copy(r, 2);
    } else if (c == '$' && r->p[1] == '!' && (isupper((unsigned char)r->p[2]))) {
        r->why = "its code has $!…, which kview puts into arguments alone";
        copy(r, 1);
    } else if (c == '$' && put_variable(r, false)) {
        return;
    } else if (c == '$' && r->p[1] == '(' && q != SINGLE) {
        copy(r, 2);
        push(r, PLAIN);
    } else if (c == '$' && r->p[1] == '\'' && q == PLAIN) {
        skip_ansi(r);
    } else if (q == PLAIN) {
        step_plain(r);
    } else {
        if ((q == SINGLE && c == '\'') || (q == DOUBLE && c == '"'))
            pop(r);
        copy(r, 1);
    }
}

bool k9s_code(const char *from, struct buf *out, bool *changed, const char **why)
{
    struct reader r = { .p = from, .out = out, .ends = BUF_INIT };
    push(&r, PLAIN);
    while (*r.p && !r.why)
        step(&r);
    *changed = r.changed;
    *why = r.why;
    arr_release(&r.levels);
    buf_release(&r.ends);
    return !r.why;
}
