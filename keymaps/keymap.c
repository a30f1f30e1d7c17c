#include "keymaps/keymap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "keymaps_data.h"

static const struct keymap_mode modes[] = {
    { "global", "Everywhere" },
    { "list", "In lists" },
    { "text", "In texts" },
    { "tree", "In trees" },
    { "logs", "In logs" },
    { "rollback", "In :rollback" },
    { "forwards", "In :forwards" },
    { "copies", "In :copies" },
    { "shell", "In shells, after their prefix key or when they have ended" },
    { 0 },
};

const struct keymap_mode *keymap_modes(void)
{
    return modes;
}

struct keymap *keymap_new(bool (*known)(const char *command, char *suggestion, size_t n))
{
    struct keymap *km = xcalloc(1, sizeof(*km));
    km->known = known;
    return km;
}

static void bind_release(struct keymap_bind *b)
{
    free(b->mode);
    free(b->command);
}

void keymap_free(struct keymap *km)
{
    if (!km)
        return;
    for (size_t i = 0; i < km->binds.n; i++)
        bind_release(&km->binds.v[i]);
    arr_release(&km->binds);
    free(km);
}

static bool same_keys(const struct keymap_bind *b, const struct key *keys, size_t n)
{
    if (b->nkeys != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!key_eq(b->keys[i], keys[i]))
            return false;
    return true;
}

static void unbind(struct keymap *km, const char *mode, const struct key *keys, size_t n)
{
    for (size_t i = 0; i < km->binds.n;) {
        if (str_eq(km->binds.v[i].mode, mode) && same_keys(&km->binds.v[i], keys, n)) {
            bind_release(&km->binds.v[i]);
            arr_remove(&km->binds, i);
        } else {
            i++;
        }
    }
}

struct line {
    const char *name, *start, *p;
    int number;
    struct buf *errors;
};

static void complain(const struct line *l, const char *at, const char *what, const char *arg)
{
    buf_printf(l->errors, "%s:%d:%d: %s%s%s\n", l->name, l->number, (int)(at - l->start) + 1, what,
        arg ? " " : "", arg ? arg : "");
}

static bool word(struct line *l, const char **at, size_t *n)
{
    while (*l->p == ' ' || *l->p == '\t')
        l->p++;
    *at = l->p;
    *n = strcspn(l->p, " \t");
    l->p += *n;
    return *n > 0;
}

static bool read_keys(struct line *l, struct keymap_bind *b)
{
    const char *at;
    size_t n;
    const char *back = l->p;
    while (b->nkeys < KEYMAP_MAX_SEQ && word(l, &at, &n)) {
        struct key k;
        if (!key_parse(at, n, &k)) {
            l->p = back;
            break;
        }
        b->keys[b->nkeys++] = k;
        back = l->p;
    }
    return b->nkeys > 0;
}

static bool check_command(struct keymap *km, struct line *l, const char *at, const char *command)
{
    char name[64], near[64] = "";
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, " "), command);
    if (!km->known || km->known(name, near, sizeof(near)))
        return true;
    char *msg = *near ? xasprintf("unknown command \"%s\": did you mean \"%s\"?", name, near)
                      : xasprintf("unknown command \"%s\"", name);
    complain(l, at, msg, NULL);
    free(msg);
    return false;
}

static bool read_mode(struct line *l, struct keymap_bind *b)
{
    const char *at;
    size_t n;
    bool given = word(l, &at, &n);
    b->mode = xstrndup(at, n);
    struct buf known = BUF_INIT;
    for (size_t i = 0; modes[i].name; i++) {
        if (str_eq(modes[i].name, b->mode)) {
            buf_release(&known);
            return true;
        }
        buf_printf(&known, "%s%s", i ? ", " : "", modes[i].name);
    }
    char *msg = xasprintf(given ? "unknown mode (%s):" : "a mode is missing (%s)", known.s);
    complain(l, at, msg, given ? b->mode : NULL);
    free(msg);
    buf_release(&known);
    return false;
}

static void read_bind(struct keymap *km, struct line *l, bool un)
{
    struct keymap_bind b = { 0 };
    const char *at;
    size_t n;
    bool ok = read_mode(l, &b);
    if (ok && !read_keys(l, &b)) {
        ok = false;
        word(l, &at, &n);
        char *bad = xstrndup(at, n);
        complain(l, at, "not a key:", bad);
        free(bad);
    }
    while (*l->p == ' ' || *l->p == '\t')
        l->p++;
    if (ok && !un && !*l->p) {
        complain(l, l->p, "a command is missing", NULL);
        ok = false;
    }
    if (ok && !un && !check_command(km, l, l->p, l->p))
        ok = false;
    if (ok)
        unbind(km, b.mode, b.keys, b.nkeys);
    if (ok && !un) {
        b.command = xstrdup(l->p);
        arr_push(&km->binds, b);
    } else {
        bind_release(&b);
    }
}

static void read_line(struct keymap *km, struct line *l)
{
    const char *at;
    size_t n;
    if (!word(l, &at, &n) || *at == '#')
        return;
    if (n == 4 && strncmp(at, "bind", 4) == 0) {
        read_bind(km, l, false);
    } else if (n == 6 && strncmp(at, "unbind", 6) == 0) {
        read_bind(km, l, true);
    } else if (n == 7 && strncmp(at, "include", 7) == 0) {
        word(l, &at, &n);
        char *name = xstrndup(at, n);
        if (!keymap_load_builtin(km, name, l->errors))
            complain(l, at, "there is no keymap named", name);
        free(name);
    } else {
        char *bad = xstrndup(at, n);
        complain(l, at, "expected bind, unbind or include, not", bad);
        free(bad);
    }
}

void keymap_load(struct keymap *km, const char *name, const char *text, struct buf *errors)
{
    int number = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *copy = xstrndup(text, n);
        char *end = copy + strlen(copy);
        while (end > copy && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t'))
            *--end = '\0';
        struct line l = { name, copy, copy, ++number, errors };
        read_line(km, &l);
        free(copy);
        text += n + (text[n] == '\n');
    }
}

bool keymap_load_builtin(struct keymap *km, const char *name, struct buf *errors)
{
    for (size_t i = 0; keymaps_data[i].name; i++)
        if (str_eq(keymaps_data[i].name, name)) {
            keymap_load(km, name, keymaps_data[i].text, errors);
            return true;
        }
    return false;
}

static const struct keymap_bind *match(
    const struct keymap *km, const struct keymap_state *st, const char *mode, bool *prefix)
{
    for (size_t i = km->binds.n; i-- > 0;) {
        const struct keymap_bind *b = &km->binds.v[i];
        if (!str_eq(b->mode, mode) || b->nkeys < st->n)
            continue;
        size_t k = 0;
        while (k < st->n && key_eq(b->keys[k], st->keys[k]))
            k++;
        if (k < st->n)
            continue;
        if (b->nkeys == st->n)
            return b;
        *prefix = true;
    }
    return NULL;
}

enum keymap_result keymap_feed(const struct keymap *km, struct keymap_state *st, const char *mode,
    struct key key, const char **command)
{
    key.y = key.x = 0;
    if (st->n == KEYMAP_MAX_SEQ)
        st->n = 0;
    st->keys[st->n++] = key;
    bool prefix = false;
    const struct keymap_bind *b = match(km, st, mode, &prefix);
    if (!b && !prefix)
        b = match(km, st, "global", &prefix);
    if (b) {
        *command = b->command;
        st->n = 0;
        return KEYMAP_COMMAND;
    }
    if (prefix)
        return KEYMAP_PENDING;
    bool again = st->n > 1; // a broken sequence: its last key counts for itself
    st->n = 0;
    return again ? keymap_feed(km, st, mode, key, command) : KEYMAP_NONE;
}

static void format_keys(const struct keymap_bind *b, char *out, size_t n)
{
    struct buf s = BUF_INIT;
    for (size_t i = 0; i < b->nkeys; i++) {
        char one[32];
        key_format(b->keys[i], one, sizeof(one));
        buf_printf(&s, "%s%s", i ? " " : "", one);
    }
    snprintf(out, n, "%s", s.s);
    buf_release(&s);
}

void keymap_keys_of(const struct keymap *km, const char *mode, const char *command, char *out, size_t n)
{
    const char *const in[] = { mode, "global" };
    out[0] = '\0';
    for (size_t m = 0; m < 2 && !*out; m++)
        for (size_t i = 0; i < km->binds.n; i++) {
            char keys[64];
            const struct keymap_bind *b = &km->binds.v[i];
            if (*b->command != *command || !str_eq(b->command, command) || !str_eq(b->mode, in[m]))
                continue;
            format_keys(b, keys, sizeof(keys));
            if (!*out || strlen(keys) < strlen(out))
                snprintf(out, n, "%s", keys);
        }
}

const char *const *keymap_builtin_names(void)
{
    static const char *const names[] = { "default", "vim", "emacs", "k9s", NULL };
    return names;
}
