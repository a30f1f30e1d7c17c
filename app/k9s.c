#include "app/k9s.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/xdg.h"
#include "base/yaml.h"
#include "keymaps/keymap.h"

static const char usage[] = "usage: kview import k9s [--dry-run] [--replace] [DIR]\n"
                            "DIR is where k9s has its config.yaml; without it $K9S_CONFIG_DIR, $XDG_CONFIG_HOME/k9s or\n"
                            "~/.config/k9s. --dry-run prints what would be written; --replace writes over an earlier import.\n";

void k9s_say(struct k9s *k, enum k9s_verdict verdict, const char *pointer, const char *fmt, ...)
{
    struct buf text = BUF_INIT, clean = BUF_INIT;
    char *at = xstrdup(pointer), raw[1000];
    const char *where = NULL;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof(raw), fmt, ap);
    va_end(ap);
    buf_puts(&text, raw);
    utf8_sanitise(&clean, text.s, text.n);
    while (!(where = json_string_value(json_object_get(k->where, at))) && *at)
        *strrchr(at, '/') = '\0';
    int line = where ? atoi(where) : 1;
    struct k9s_note note = { verdict, xasprintf("%s:%d", k->file, line > 0 ? line : 1), buf_take(&clean) };
    arr_push(&k->notes, note);
    buf_release(&text);
    free(at);
}

json_t *k9s_section(struct k9s *k, const char *name, bool list)
{
    json_t *v = json_object_get(k->out, name);
    if (!v) {
        v = list ? json_array() : json_object();
        json_object_set_new(k->out, name, v);
    }
    return v;
}

// ---- files

static bool is_yaml(const char *name)
{
    return name[0] != '.' && (str_ends(name, ".yaml") || str_ends(name, ".yml"));
}

static int is_shown(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

// The fault of a file that is no YAML begins with its name.
static const char *without_name(const char *msg, const char *file)
{
    size_t n = strlen(file);
    return strncmp(msg, file, n) == 0 && msg[n] == ':' ? msg + n + 1 : msg;
}

static void with_file(struct k9s *k, const char *file, void (*fn)(struct k9s *k))
{
    char *path = xasprintf("%s/%s", k->dir, file);
    struct buf text = BUF_INIT;
    struct err err = { 0 };
    if (access(path, F_OK) == 0) {
        k->file = xstrdup(file);
        k->doc = file_read(path, 4 << 20, &text, &err) ? yaml_load_where(text.s, text.n, file, &k->where, &err) : NULL;
        if (json_is_object(k->doc))
            fn(k);
        else if (!json_is_null(k->doc))
            k9s_say(k, K9S_LEFT, "", "%s", k->doc ? "the file is not a mapping" : without_name(err.msg, file));
        json_decref(k->doc);
        json_decref(k->where);
        k->doc = k->where = NULL;
        free(k->file);
        k->file = NULL;
    }
    buf_release(&text);
    free(path);
}

// Each entry of a folder, in the order of names.
static void each_in(struct k9s *k, const char *folder, void (*fn)(struct k9s *k, const char *file))
{
    char *path = xasprintf("%s/%s", k->dir, folder);
    struct dirent **names;
    int n = scandir(path, &names, is_shown, alphasort);
    for (int i = 0; i < n; i++) {
        char *file = xasprintf("%s/%s", folder, names[i]->d_name);
        fn(k, file);
        free(file);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    free(path);
}

static void plugin_file(struct k9s *k, const char *file)
{
    if (is_yaml(file))
        with_file(k, file, k9s_plugins);
}

static void skin_of_file(struct k9s *k)
{
    const char *base = strrchr(k->file, '/') + 1;
    char *name = xstrndup(base, (size_t)(strrchr(base, '.') - base));
    k9s_skin(k, name);
    free(name);
}

static void skin_file(struct k9s *k, const char *file)
{
    if (is_yaml(file))
        with_file(k, file, skin_of_file);
}

static void with_name(struct k9s *k, const char *folder, const char *name, void (*fn)(struct k9s *k))
{
    char *file = xasprintf("%s%s%s", folder, *folder ? "/" : "", name);
    with_file(k, file, fn);
    free(file);
}

static void context_folder(struct k9s *k, const char *folder)
{
    k->context = xstrdup(strrchr(folder, '/') + 1);
    with_name(k, folder, "config.yaml", k9s_context_config);
    with_name(k, folder, "aliases.yaml", k9s_aliases);
    with_name(k, folder, "hotkeys.yaml", k9s_hotkeys);
    with_name(k, folder, "plugins.yaml", k9s_plugins);
    free(k->context);
    k->context = NULL;
}

static void cluster_folder(struct k9s *k, const char *folder)
{
    each_in(k, folder, context_folder);
}

static void no_jumps(struct k9s *k)
{
    k9s_say(k, K9S_LEFT, "", "jumps: o, u and x lead to what belongs to an object, none is set by hand");
}

void k9s_read(struct k9s *k)
{
    each_in(k, "skins", skin_file); // before config.yaml, which names one
    with_name(k, "", "config.yaml", k9s_config);
    with_name(k, "", "aliases.yaml", k9s_aliases);
    with_name(k, "", "hotkeys.yaml", k9s_hotkeys);
    with_name(k, "", "views.yaml", k9s_views);
    with_name(k, "", "jumps.yaml", no_jumps);
    with_name(k, "", "plugins.yaml", k9s_plugins);
    each_in(k, "plugins", plugin_file);
    each_in(k, "clusters", cluster_folder);
}

// ---- what is written

// A scalar, or a list of them on its line; JSON is YAML.
static void put_value(struct buf *out, const json_t *v)
{
    char *text = json_dumps(v, JSON_ENCODE_ANY);
    buf_puts(out, text);
    free(text);
}

static void put_mapping(struct buf *out, const json_t *map, const char *first, const char *indent)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)map, key, v)
    {
        json_t *name = json_string(key);
        buf_puts(out, first);
        if (key[strspn(key, "abcdefghijklmnopqrstuvwxyz-")] || !*key || *key == '-' || strlen(key) < 3)
            put_value(out, name); // y, no, 1
        else
            buf_puts(out, key);
        buf_puts(out, ": ");
        put_value(out, v);
        buf_putc(out, '\n');
        first = indent;
        json_decref(name);
    }
}

static void put_config(const struct k9s *k, struct buf *out)
{
    const char *key;
    json_t *v;
    buf_printf(out, "# Made by `kview import k9s` from %s. What config.yaml says itself counts first.\n", k->dir);
    json_object_foreach(k->out, key, v)
    {
        if (json_is_object(v)) {
            buf_printf(out, "%s:\n", key);
            put_mapping(out, v, "  ", "  ");
        } else if (str_eq(key, "commands")) {
            buf_puts(out, "commands:\n");
            for (size_t i = 0; i < json_array_size(v); i++)
                put_mapping(out, json_array_get(v, i), "- ", "  ");
        } else {
            buf_printf(out, "%s: ", key);
            put_value(out, v);
            buf_putc(out, '\n');
        }
    }
}

static bool write_file(const char *name, const struct buf *text, bool replace, struct err *err)
{
    char *path = xdg_config(name);
    struct buf there = BUF_INIT;
    bool ok = true;
    if (access(path, F_OK) == 0 && file_read(path, 4 << 20, &there, err) && str_eq(there.s, text->s))
        printf("%s is as it was\n", path);
    else if (access(path, F_OK) == 0 && !replace)
        ok = err_set(err, "%s is there already and says something else: --replace writes over it", path);
    else if ((ok = file_write(path, text->s, text->n, err)))
        printf("written: %s\n", path);
    buf_release(&there);
    free(path);
    return ok;
}

static bool put_out(const char *name, const struct buf *text, bool dry, bool replace, struct err *err)
{
    if (!dry)
        return write_file(name, text, replace, err);
    printf("--- %s\n%s\n", name, text->s);
    return true;
}

static bool write_all(const struct k9s *k, bool dry, bool replace, struct err *err)
{
    struct buf text = BUF_INIT;
    const char *name;
    json_t *doc;
    bool ok = true;
    if (json_object_size(k->out)) {
        put_config(k, &text);
        ok = put_out("config.d/k9s.yaml", &text, dry, replace, err);
    }
    json_object_foreach(k->skins, name, doc)
    {
        char *file = xasprintf("skins/%s.yaml", name);
        buf_clear(&text);
        buf_printf(&text, "base: %s\nroles:\n", json_str(doc, "base", NULL));
        put_mapping(&text, json_object_get(doc, "roles"), "  ", "  ");
        ok = ok && put_out(file, &text, dry, replace, err);
        free(file);
    }
    buf_release(&text);
    return ok;
}

static size_t report(const struct k9s *k, enum k9s_verdict verdict, const char *title)
{
    size_t n = 0;
    for (size_t i = 0; i < k->notes.n; i++)
        n += k->notes.v[i].verdict == verdict;
    if (n)
        printf("%s (%zu)\n", title, n);
    for (size_t i = 0; i < k->notes.n; i++)
        if (k->notes.v[i].verdict == verdict)
            printf("  %s: %s\n", k->notes.v[i].at, k->notes.v[i].text);
    if (n)
        putchar('\n');
    return n;
}

// ---- the command

static char *default_dir(void)
{
    const char *own = getenv("K9S_CONFIG_DIR"), *xdg = getenv("XDG_CONFIG_HOME");
    if (own && *own)
        return xstrdup(own);
    if (xdg && *xdg == '/')
        return xasprintf("%s/k9s", xdg);
    return xasprintf("%s/.config/k9s", str_or(getenv("HOME"), ""));
}

static bool read_own(struct k9s *k, struct err *err)
{
    char *path = xdg_config("config.yaml");
    struct buf text = BUF_INIT;
    bool ok = access(path, F_OK) != 0;
    if (!ok && file_read(path, 1 << 20, &text, err)) {
        k->own_doc = yaml_load(text.s, text.n, path, err);
        ok = k->own_doc != NULL;
    }
    buf_release(&text);
    free(path);
    k->keys = keymap_new(command_known);
    struct buf problems = BUF_INIT;
    keymap_load_builtin(k->keys, str_or(json_str(k->own_doc, "keymap", NULL), "default"), &problems);
    buf_release(&problems);
    return ok;
}

void k9s_release(struct k9s *k)
{
    for (size_t i = 0; i < k->notes.n; i++) {
        free(k->notes.v[i].at);
        free(k->notes.v[i].text);
    }
    arr_release(&k->notes);
    json_decref(k->own_doc);
    json_decref(k->out);
    json_decref(k->skins);
    keymap_free(k->keys);
}

static int run(const char *dir, bool dry, bool replace)
{
    struct k9s k = { .dir = dir, .out = json_object(), .skins = json_object() };
    struct err err = { 0 };
    struct stat st;
    bool ok = stat(dir, &st) == 0 && S_ISDIR(st.st_mode);
    if (!ok)
        err_set(&err, "there is no folder %s: `kview import k9s DIR` says where k9s has its config.yaml (`k9s info`)", dir);
    else
        ok = read_own(&k, &err);
    if (ok)
        k9s_read(&k);
    if (ok && !k.notes.n)
        ok = err_set(&err, "%s holds no configuration of k9s", dir);
    if (ok)
        ok = write_all(&k, dry, replace, &err);
    if (ok) {
        putchar('\n');
        report(&k, K9S_TAKEN, "Taken");
        report(&k, K9S_CHANGED, "Taken, with a change");
        report(&k, K9S_LEFT, "Not taken");
        if (json_object_get(k.out, "commands"))
            puts("The commands count as ones that change something: a read-only context refuses them. Give those that\n"
                 "only look `mutates: false`.");
    } else {
        say_err(&err);
    }
    k9s_release(&k);
    return ok ? 0 : 1;
}

int k9s_import_main(int argc, char **argv)
{
    bool dry = false, replace = false, ok = argc > 0 && str_eq(argv[0], "k9s");
    const char *dir = NULL;
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--dry-run"))
            dry = true;
        else if (str_eq(argv[i], "--replace"))
            replace = true;
        else if (*argv[i] == '-' || dir)
            ok = false;
        else
            dir = argv[i];
    }
    if (!ok) {
        fputs(usage, stderr);
        return 2;
    }
    char *found = dir ? xstrdup(dir) : default_dir();
    int rc = run(found, dry, replace);
    free(found);
    return rc;
}
