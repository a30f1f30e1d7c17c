#include "list/spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

// One word, honouring "quotes"; returns false at the end.
static bool next_word(const char **p, struct buf *word)
{
    buf_clear(word);
    while (isspace((unsigned char)**p))
        (*p)++;
    if (!**p)
        return false;
    char quote = 0;
    for (; **p && (quote || !isspace((unsigned char)**p)); (*p)++) {
        if (quote ? **p == quote : (**p == '"' || **p == '\''))
            quote = quote ? 0 : **p;
        else
            buf_putc(word, **p);
    }
    return true;
}

static void set(char **slot, const char *value)
{
    free(*slot);
    *slot = xstrdup(value);
}

static void append_word(char **slot, const char *word, const char *sep)
{
    char *joined = *slot ? xasprintf("%s%s%s", *slot, sep, word) : xstrdup(word);
    free(*slot);
    *slot = joined;
}

struct option {
    const char *flag, *longer;
    size_t offset; // of the char * in struct spec
};

static const struct option options[] = {
    { "-n", "--namespace", offsetof(struct spec, ns) },
    { "-l", "--selector", offsetof(struct spec, labels) },
    { "--fields", "--field-selector", offsetof(struct spec, fields) },
    { "-c", "--context", offsetof(struct spec, context) },
    { "--name", "--name", offsetof(struct spec, name) },
    { "--owner", "--owner", offsetof(struct spec, owner_uid) },
    { "--uses", "--uses", offsetof(struct spec, uses) },
};
static const struct option container_option = { "-c", "--container", offsetof(struct spec, container) };
static const struct option log_options[] = {
    { "--tail", "--tail", offsetof(struct spec, tail) },
    { "--since", "--since", offsetof(struct spec, since) },
};

// Views of one container, where -c is kubectl's --container.
static bool takes_container(const char *view)
{
    static const char *const views[] = { "shell", "sh", "exec", "attach", "logs", "logs-previous", "debug", "cp" };
    for (size_t i = 0; i < ARRAY_SIZE(views); i++)
        if (str_eq(view, views[i]))
            return true;
    return false;
}

static bool is_option(const struct option *o, const char *word)
{
    size_t n = strlen(o->longer);
    return str_eq(word, o->flag) || str_eq(word, o->longer) ||
           (strncmp(word, o->longer, n) == 0 && word[n] == '=') ||
           (str_starts(word, o->flag) && word[strlen(o->flag)] == '=');
}

static const struct option *find_option(const char *view, const char *word)
{
    if (takes_container(view) && is_option(&container_option, word))
        return &container_option;
    for (size_t i = 0; str_starts(view, "logs") && i < ARRAY_SIZE(log_options); i++)
        if (is_option(&log_options[i], word))
            return &log_options[i];
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (is_option(&options[i], word))
            return &options[i];
    return NULL;
}

// -n shop, -n=shop, --namespace=shop
static bool take_option(
    struct spec *s, const struct option *o, const char **p, struct buf *word, struct err *err)
{
    char **slot = (char **)((char *)s + o->offset);
    char *eq = strchr(word->s, '=');
    if (eq) {
        set(slot, eq + 1);
        return true;
    }
    char *flag = xstrdup(word->s);
    bool ok = next_word(p, word);
    if (ok)
        set(slot, word->s);
    else
        err_set(err, "%s wants a value", flag);
    free(flag);
    return ok;
}

// Commands whose words are their own business, not namespaces.
static bool takes_words(const char *view)
{
    static const char *const verbs[] = { "explain", "forward", "http", "pools", "nodepools", "find", "get", "describe", "yaml", "help", "ctx",
        "contexts", "xray", "tree", "rollback", "context", "d", "y", "keys" };
    if (takes_container(view))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (str_eq(view, verbs[i]))
            return true;
    return false;
}

static void take_word(struct spec *s, const char *word)
{
    append_word(&s->rest, word, " ");
    arr_push(&s->words, xstrdup(word));
}

static bool take_plain(struct spec *s, const char *word, bool quoted, struct err *err)
{
    if (word[0] == '@' && word[1] && !quoted)
        set(&s->context, word + 1);
    else if (takes_words(s->view))
        take_word(s, word);
    else if (strchr(word, '='))
        append_word(&s->labels, word, ",");
    else if (!s->ns)
        set(&s->ns, str_ieq(word, "all") || str_eq(word, "*") ? "" : word);
    else {
        err_set(err, "%s takes one namespace: \"%s\" is a word too many", s->view, word);
        err_hint(err, "several namespaces: %s,%s; a filter: /%s", s->ns, word, word);
        return false;
    }
    return true;
}

// deploy/web, as kubectl names one object
static void take_object(struct spec *s)
{
    char *slash = strchr(s->view, '/');
    if (!slash || slash == s->view || !slash[1] || strchr(slash + 1, '/'))
        return;
    set(&s->name, slash + 1);
    *slash = '\0';
}

// "describe deploy/web", as kubectl takes it, is "describe deploy web".
static void split_object(struct spec *s)
{
    static const char *const of[] = { "describe", "yaml", "tree", "xray", NULL };
    char *slash = s->words.n == 1 ? strchr(s->words.v[0], '/') : NULL;
    bool takes = false;
    for (int i = 0; of[i]; i++)
        takes |= str_eq(of[i], s->view);
    if (!takes || !slash || slash == s->words.v[0] || !slash[1])
        return;
    arr_push(&s->words, xstrdup(slash + 1));
    *slash = '\0';
    set(&s->rest, s->words.v[0]);
    append_word(&s->rest, s->words.v[1], " ");
}

bool spec_parse(struct spec *s, const char *text, struct err *err)
{
    memset(s, 0, sizeof(*s));
    const char *p = text;
    struct buf word = BUF_INIT;
    bool ok = true;
    if (!next_word(&p, &word) || !word.n) {
        ok = err_set(err, "no view named");
        goto out;
    }
    s->view = buf_take(&word);
    take_object(s);
    while (ok) {
        while (isspace((unsigned char)*p))
            p++;
        if (*p == '/') { // the filter is the rest of the line, spaces and case as typed
            set(&s->filter, p + 1);
            break;
        }
        if (takes_container(s->view) && str_starts(p, "-- ")) { // so is a command
            set(&s->command, p + 3);
            break;
        }
        const char *before = p;
        if (!next_word(&p, &word))
            break;
        bool quoted = *before == '"' || *before == '\'';
        const struct option *o = quoted ? NULL : find_option(s->view, word.s);
        if (!quoted && (str_eq(word.s, "-A") || str_eq(word.s, "--all-namespaces")))
            set(&s->ns, "");
        else if (o)
            ok = take_option(s, o, &p, &word, err);
        else if (word.s[0] == '-' && word.s[1] && !quoted)
            ok = err_set(err, "unknown option %s: -n NS, -A, -l SELECTOR, @CONTEXT and /FILTER are known",
                word.s);
        else
            ok = take_plain(s, word.s, quoted, err);
    }
    if (ok)
        split_object(s);
out:
    buf_release(&word);
    if (!ok)
        spec_release(s);
    return ok;
}

void spec_release(struct spec *s)
{
    char **slots[] = { &s->view, &s->ns, &s->labels, &s->fields, &s->filter, &s->context, &s->name,
        &s->owner_uid, &s->uses, &s->container, &s->tail, &s->since, &s->command, &s->rest };
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
        free(*slots[i]);
        *slots[i] = NULL;
    }
    for (size_t i = 0; i < s->words.n; i++)
        free(s->words.v[i]);
    arr_release(&s->words);
}

// As one word of next_word: quotes stand inside the other kind of quotes.
static void put_quoted(struct buf *out, const char *value)
{
    while (true) {
        size_t n = strcspn(value, "\"");
        buf_printf(out, "\"%.*s\"", (int)n, value);
        value += n;
        if (!*value)
            return;
        n = strspn(value, "\"");
        buf_printf(out, "'%.*s'", (int)n, value);
        value += n;
        if (!*value)
            return;
    }
}

static void put_word(struct buf *out, const char *value)
{
    if (!*value || strpbrk(value, " \t\n\v\f\r'\""))
        put_quoted(out, value);
    else
        buf_puts(out, value);
}

static void put_option(struct buf *out, const char *flag, const char *value)
{
    if (!value)
        return;
    buf_printf(out, " %s ", flag);
    put_word(out, value);
}

void spec_put_word(struct buf *out, const char *word)
{
    if (strchr("-/@", *word)) // an option, a filter, a context; and "", which strchr finds as well
        put_quoted(out, word);
    else
        put_word(out, word);
}

void spec_put_object(struct buf *out, const char *view, const char *kind, const char *ns, const char *name)
{
    struct buf id = BUF_INIT;
    bool apart = *ns && strchr(name, '/');
    buf_printf(&id, "%s%s%s", apart ? "" : ns, *ns && !apart ? "/" : "", name);
    buf_printf(out, "%s ", view);
    spec_put_word(out, kind);
    buf_putc(out, ' ');
    spec_put_word(out, id.s);
    if (apart)
        put_option(out, "-n", ns);
    buf_release(&id);
}

bool spec_object(const struct spec *s, bool namespaced, char **ns, char **name, struct err *err)
{
    *ns = *name = NULL;
    if (s->words.n > 2) {
        err_set(err, "%s takes a kind and a name, not %zu words", s->view, s->words.n);
        return err_hint(err, "a name with a blank in it is quoted: %s %s \"%s %s\"", s->view, s->words.v[0],
            s->words.v[1], s->words.v[2]);
    }
    const char *word = s->words.n == 2 ? s->words.v[1] : "";
    const char *slash = namespaced && !(s->ns && *s->ns) ? strchr(word, '/') : NULL;
    if (!*word || (slash && !slash[1]))
        return err_set(err, "%s wants a kind and a name: %s deploy web", s->view, s->view);
    *ns = slash ? xstrndup(word, (size_t)(slash - word)) : xstrdup_null(s->ns);
    *name = xstrdup(slash ? slash + 1 : word);
    return true;
}

void spec_text(const struct spec *s, struct buf *out)
{
    put_word(out, s->view);
    if (s->ns && !*s->ns)
        buf_puts(out, " -A");
    else
        put_option(out, "-n", s->ns);
    put_option(out, "-l", s->labels);
    put_option(out, "--field-selector", s->fields);
    put_option(out, "--name", s->name);
    put_option(out, "--owner", s->owner_uid);
    put_option(out, "--uses", s->uses);
    put_option(out, "-c", s->container);
    put_option(out, "--tail", s->tail);
    put_option(out, "--since", s->since);
    bool plain = s->context && *s->context && !strpbrk(s->context, " \t\n\v\f\r'\"");
    if (plain)
        buf_printf(out, " @%s", s->context);
    else
        put_option(out, "--context", s->context);
    for (size_t i = 0; i < s->words.n; i++) {
        buf_putc(out, ' ');
        spec_put_word(out, s->words.v[i]);
    }
    if (s->command && *s->command)
        buf_printf(out, " -- %s", s->command);
    else if (s->filter && *s->filter)
        buf_printf(out, " /%s", s->filter);
}
