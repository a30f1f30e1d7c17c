// kview-manual FILE: a manual page with its tables. Each line `.\" @NAME ARGUMENT` is followed by what the program
// itself knows of that: keys, commands, views, configuration. So the pages cannot fall behind it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/config.h"
#include "app/help.h"
#include "app/open.h"
#include "app/vars.h"
#include "base/key.h"
#include "base/str.h"
#include "base/utf8.h"
#include "keymaps/keymap.h"
#include "ui/theme.h"

// Text for roff, where some characters are typography or commands (groff_char(7)).
static void put(const char *s)
{
    static const struct {
        char c;
        const char *roff;
    } special[] = { { '\\', "\\e" }, { '-', "\\-" }, { '`', "\\(ga" }, { '\'', "\\(aq" }, { '^', "\\(ha" },
        { '~', "\\(ti" }, { '"', "\\(dq" } };
    if (*s == '.')
        fputs("\\&", stdout);
    while (*s) {
        const char *roff = NULL;
        uint32_t code;
        size_t n = utf8_decode(s, strlen(s), &code);
        for (size_t i = 0; i < ARRAY_SIZE(special); i++)
            roff = special[i].c == *s ? special[i].roff : roff;
        if (roff)
            fputs(roff, stdout);
        else if (n > 1)
            printf("\\[u%04X]", (unsigned)code);
        else
            putchar(*s);
        s += n;
    }
}

// A tagged paragraph: NAME in bold, ARGS in italics, and what it is.
static void entry(const char *name, const char *args, const char *means, const char *bold)
{
    fputs(".TP 18\n\\fB", stdout);
    put(name);
    fputs("\\fR", stdout);
    if (*args) {
        fputs(" \\fI", stdout);
        put(args);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put(means);
    if (*bold) {
        fputs(" (\\fB", stdout);
        put(bold);
        fputs("\\fR)", stdout);
    }
    putchar('\n');
}

static struct keymap *load(const char *name)
{
    struct keymap *km = keymap_new(command_known);
    struct buf errors = BUF_INIT;
    if (!keymap_load_builtin(km, name, &errors) || errors.n) {
        fprintf(stderr, "kview-manual: keymap %s: %s\n", name, errors.n ? errors.s : "there is none");
        exit(1);
    }
    buf_release(&errors);
    return km;
}

static const struct keymap_bind *same_keys(const struct keymap *km, const struct keymap_bind *b)
{
    for (size_t i = 0; i < km->binds.n; i++) {
        const struct keymap_bind *o = &km->binds.v[i];
        size_t k = 0;
        if (!str_eq(o->mode, b->mode) || o->nkeys != b->nkeys)
            continue;
        while (k < b->nkeys && key_eq(o->keys[k], b->keys[k]))
            k++;
        if (k == b->nkeys)
            return o;
    }
    return NULL;
}

static void keys(const char *name)
{
    struct keymap *km = load(name);
    for (const struct keymap_mode *m = keymap_modes(); m->name; m++) {
        struct help_rows rows = { 0 };
        help_rows_fill(&rows, km, m->name);
        if (rows.rows.n)
            printf(".SS %s\n", m->title);
        for (size_t i = 0; i < rows.rows.n; i++)
            entry(rows.rows.v[i].keys, "", rows.rows.v[i].help, rows.rows.v[i].command);
        help_rows_release(&rows);
    }
    keymap_free(km);
}

// What a keymap has that `default` has not, and the keys that it takes away.
static void differs(const char *name)
{
    struct keymap *base = load("default"), *km = load(name), *more = keymap_new(NULL);
    struct buf lost = BUF_INIT;
    for (size_t i = 0; i < km->binds.n; i++) {
        const struct keymap_bind *was = same_keys(base, &km->binds.v[i]);
        if (!was || !str_eq(was->command, km->binds.v[i].command))
            arr_push(&more->binds, km->binds.v[i]); // borrowed
    }
    for (const struct keymap_mode *m = keymap_modes(); m->name; m++) {
        struct help_rows rows = { 0 };
        help_rows_fill(&rows, more, m->name);
        for (size_t i = 0; i < rows.rows.n; i++) {
            char *command = xasprintf("%s; %s", m->name, rows.rows.v[i].command);
            entry(rows.rows.v[i].keys, "", rows.rows.v[i].help, command);
            free(command);
        }
        help_rows_release(&rows);
    }
    for (size_t i = 0; i < base->binds.n; i++) {
        const struct keymap_bind *b = &base->binds.v[i];
        char key[32];
        key_format(b->keys[0], key, sizeof(key));
        if (!same_keys(km, b))
            buf_printf(&lost, "%s%s (%s)", lost.n ? ", " : "", key, b->mode);
    }
    if (lost.n) {
        fputs(".PP\nWithout a command of their own: ", stdout);
        put(lost.s);
        puts(".");
    }
    buf_release(&lost);
    arr_release(&more->binds);
    keymap_free(more);
    keymap_free(km);
    keymap_free(base);
}

static void commands(const char *arg)
{
    size_t n;
    const struct command *all = command_all(&n);
    (void)arg;
    for (size_t i = 0; i < n; i++)
        entry(all[i].name, all[i].args, all[i].help, "");
}

static void views(const char *arg)
{
    size_t n;
    const struct open_row *all = open_all(&n);
    (void)arg;
    for (size_t i = 0; i < n; i++) {
        const char *args, *help, *ignored;
        struct buf names = BUF_INIT;
        if (!open_help(&all[i], &args, &help))
            continue;
        buf_puts(&names, all[i].name);
        for (size_t k = 0; k < n; k++)
            if (all[k].fn == all[i].fn && !open_help(&all[k], &ignored, &ignored))
                buf_printf(&names, ", %s", all[k].name);
        entry(names.s, args, help, "");
        buf_release(&names);
    }
}

static void config(const char *arg)
{
    size_t n;
    const struct config_key *all = config_keys(&n);
    (void)arg;
    for (size_t i = 0; i < n; i++) {
        entry(all[i].key, "", all[i].want, "");
        if (all[i].more) {
            puts(".br");
            put(all[i].more);
            putchar('\n');
        }
    }
}

static void variables(const char *arg)
{
    (void)arg;
    for (const struct var_help *v = vars_help; v->name; v++) {
        char *name = xasprintf("$%s", v->name);
        entry(name, "", v->means, "");
        free(name);
    }
}

static void modes(const char *arg)
{
    (void)arg;
    for (const struct keymap_mode *m = keymap_modes(); m->name; m++)
        entry(m->name, "", m->title, "");
}

static void roles(const char *arg)
{
    (void)arg;
    for (int r = 0; r < ROLE_COUNT; r++) {
        put(role_name((enum role)r));
        puts(r + 1 < ROLE_COUNT ? "," : ".");
    }
}

static void texts(const char *arg)
{
    const struct help_text *t = str_eq(arg, "filters") ? help_filters : help_specs;
    for (; t->text; t++)
        entry(t->text, "", t->means, "");
}

static const struct {
    const char *name;
    void (*fn)(const char *arg);
} tables[] = { { "keys", keys }, { "differs", differs }, { "commands", commands }, { "views", views },
    { "config", config }, { "modes", modes }, { "roles", roles }, { "texts", texts }, { "variables", variables } };

static bool table(const char *line)
{
    char name[32], arg[32] = "";
    if (sscanf(line, ".\\\" @%31s %31s", name, arg) < 1)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        if (str_eq(tables[i].name, name)) {
            puts(".PD 0"); // no empty lines between the rows
            tables[i].fn(arg);
            puts(".PD");
            return true;
        }
    fprintf(stderr, "kview-manual: there is no table %s\n", name);
    return false;
}

int main(int argc, char **argv)
{
    char line[1000];
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    bool ok = true;
    if (!f) {
        fputs("usage: kview-manual FILE\n", stderr);
        return 2;
    }
    while (ok && fgets(line, sizeof(line), f)) {
        if (strncmp(line, ".\\\" @", 5) != 0)
            fputs(line, stdout);
        ok = table(line);
    }
    fclose(f);
    return ok ? 0 : 1;
}
