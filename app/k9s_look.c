// How k9s looks and what it is set to: columns and order of lists, skins, config.yaml, as far as kview has the same.
#include "app/k9s.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/open.h"
#include "base/json.h"
#include "base/key.h"
#include "base/mem.h"
#include "base/str.h"
#include "list/columns.h"
#include "ui/theme.h"

// ---- aliases and hotkeys

static bool has_own(const struct k9s *k, const char *section, const char *key)
{
    return json_object_get(json_object_get(k->own_doc, section), key) != NULL;
}

void k9s_aliases(struct k9s *k)
{
    json_t *all = json_object_get(k->doc, "aliases"), *v;
    const char *word, *why, *prefix = all ? "/aliases" : "/alias";
    json_object_foreach(all ? all : json_object_get(k->doc, "alias"), word, v)
    {
        char *pointer = xasprintf("%s/%s", prefix, word), *line = k9s_line(str_or(json_string_value(v), ""), &why);
        const struct command *cmd = command_find(word);
        if (!line)
            k9s_say(k, K9S_LEFT, pointer, "alias %s: %s", word, why);
        else if (cmd)
            k9s_say(k, K9S_LEFT, pointer, "alias %s: that is a command of kview (%s)", word, cmd->help);
        else if (has_own(k, "aliases", word))
            k9s_say(k, K9S_LEFT, pointer, "alias %s: config.yaml has its own", word);
        else if (strpbrk(word, " \t"))
            k9s_say(k, K9S_LEFT, pointer, "alias %s: it is more than one word", word);
        else {
            json_object_set_new(k9s_section(k, "aliases", false), word, json_string(line));
            if (str_eq(line, json_string_value(v)))
                k9s_say(k, K9S_TAKEN, pointer, "alias %s", word);
            else
                k9s_say(k, K9S_CHANGED, pointer, "alias %s: %s", word, line);
        }
        free(line);
        free(pointer);
    }
}

static void take_hotkey(struct k9s *k, const char *name, const json_t *from, const char *pointer)
{
    const char *shortcut = json_str(from, "shortCut", NULL), *why, *taken;
    char key[32] = "", *line = k9s_line(json_str(from, "command", NULL), &why);
    bool is_key = k9s_key(shortcut, key, sizeof(key));
    if (!line)
        k9s_say(k, K9S_LEFT, pointer, "hotkey %s: %s", name, why);
    else if (!is_key)
        k9s_say(k, K9S_LEFT, pointer, "hotkey %s: %.30s is no key that a terminal tells apart", name, shortcut);
    else if ((taken = k9s_key_taken(k, key)) && !json_bool(from, "override", NULL))
        k9s_say(k, K9S_LEFT, pointer, "hotkey %s: %s is kview's for `%s` (hotkeys: {KEY: %s} gives it another)", name, key,
            taken, line);
    else if (has_own(k, "hotkeys", key))
        k9s_say(k, K9S_LEFT, pointer, "hotkey %s: config.yaml has its own for %s", name, key);
    else if (json_object_get(json_object_get(k->out, "hotkeys"), key))
        k9s_say(k, K9S_LEFT, pointer, "hotkey %s: %s is already another's", name, key);
    else {
        json_object_set_new(k9s_section(k, "hotkeys", false), key, json_string(line));
        bool same = str_eq(key, shortcut) && str_eq(line, json_str(from, "command", NULL)) && !taken;
        k9s_say(k, same ? K9S_TAKEN : K9S_CHANGED, pointer, taken ? "hotkey %s: %s is %s, no longer `%s`" : "hotkey %s: %s is %s",
            name, key, line, taken);
    }
    free(line);
}

void k9s_hotkeys(struct k9s *k)
{
    json_t *all = json_object_get(k->doc, "hotKeys"), *from;
    const char *name, *prefix = all ? "/hotKeys" : "/hotKey";
    json_object_foreach(all ? all : json_object_get(k->doc, "hotKey"), name, from)
    {
        char *pointer = xasprintf("%s/%s", prefix, name);
        take_hotkey(k, name, from, pointer);
        free(pointer);
    }
}

// ---- views

// "ZONE:.metadata.labels.zone|WR": a label; false: another path, or no column of kview's.
static bool column(const struct kind *kind, const char *from, struct buf *out, char *why, size_t n)
{
    static const char labels[] = ":.metadata.labels.";
    static const char *const names[][2] = { { "%CPU/R", "CPU/R" }, { "%CPU/L", "CPU/L" }, { "%MEM/R", "MEM/R" },
        { "%MEM/L", "MEM/L" }, { "CPU/RL", "CPU/R" }, { "MEM/RL", "MEM/R" }, { "RS", "RESTARTS" }, { "LAST RESTART", "LAST" } };
    char *name = xstrndup(from, strcspn(from, "|"));
    char *path = strchr(name, ':');
    char near[64] = "";
    bool ok = true;
    if (path && str_starts(path, labels)) {
        buf_printf(out, COLUMNS_LABEL "%s", path + sizeof(labels) - 1);
    } else if (path) {
        snprintf(why, n, "kview has columns of its own and of labels, not of paths");
        ok = false;
    } else {
        const char *is = name;
        for (size_t i = 0; i < ARRAY_SIZE(names) && kind && !columns_valid(kind, is, near, sizeof(near)); i++)
            if (str_eq(names[i][0], is))
                is = names[i][1];
        ok = !kind || columns_valid(kind, is, near, sizeof(near));
        if (ok)
            buf_puts(out, is);
        else
            snprintf(why, n, "kview's %s have no such column%s%s", kind->name, *near ? ", but " : "", near);
    }
    free(name);
    return ok;
}

static void take_columns(struct k9s *k, const char *kind_name, const json_t *from, const char *pointer)
{
    const struct kind *kind = kind_find(kind_name);
    json_t *columns = json_array();
    size_t n = json_array_size(from), lost = 0;
    for (size_t i = 0; i < n; i++) {
        struct buf name = BUF_INIT;
        char why[200], *at = xasprintf("%s/columns/%zu", pointer, i);
        const char *text = str_or(json_string_value(json_array_get(from, i)), "");
        const char *flags = strchr(text, '|');
        if (flags && strchr(flags, 'H')) // hidden
            k9s_say(k, K9S_CHANGED, at, "column %.60s of %s: it is hidden, so it is left out", text, kind_name);
        else if (column(kind, text, &name, why, sizeof(why)))
            json_array_append_new(columns, json_string(name.s));
        else
            lost++, k9s_say(k, K9S_LEFT, at, "column %.60s of %s: %s", text, kind_name, why);
        buf_release(&name);
        free(at);
    }
    if (json_array_size(columns) && !has_own(k, "columns", kind_name)) {
        json_object_set(k9s_section(k, "columns", false), kind_name, columns);
        k9s_say(k, lost ? K9S_CHANGED : K9S_TAKEN, pointer, "columns of %s%s", kind_name, lost ? ", those that kview has" : "");
    } else if (n) {
        k9s_say(k, K9S_LEFT, pointer, "columns of %s: %s", kind_name,
            json_array_size(columns) ? "config.yaml has its own" : "kview has none of them");
    }
    json_decref(columns);
}

static void take_sort(struct k9s *k, const char *kind_name, const char *from, const char *pointer)
{
    struct buf name = BUF_INIT;
    char why[200], *by = xstrndup(from, strcspn(from, ":"));
    bool ok = column(kind_find(kind_name), by, &name, why, sizeof(why));
    if (ok && has_own(k, "sort", kind_name)) {
        snprintf(why, sizeof(why), "config.yaml has its own");
        ok = false;
    }
    if (ok) {
        char *sort = xasprintf("%s%s", str_ends(from, ":desc") ? "-" : "", name.s);
        json_object_set_new(k9s_section(k, "sort", false), kind_name, json_string(sort));
        k9s_say(k, K9S_TAKEN, pointer, "order of %s by %s", kind_name, sort);
        free(sort);
    } else {
        k9s_say(k, K9S_LEFT, pointer, "order of %s by %s: %s", kind_name, by, why);
    }
    free(by);
    buf_release(&name);
}

void k9s_views(struct k9s *k)
{
    json_t *all = json_object_get(k->doc, "views"), *from;
    const char *name;
    if (!all)
        all = json_at(k->doc, "k9s", "views", NULL);
    bool nested = all && !json_object_get(k->doc, "views");
    json_object_foreach(all, name, from)
    {
        char *pointer = xasprintf("%s/views/%s", nested ? "/k9s" : "", name), *kind = k9s_kind(name);
        if (strchr(name, '@')) {
            k9s_say(k, K9S_LEFT, pointer, "columns of %s: kview's are of a kind, in every namespace and context", name);
        } else {
            take_columns(k, kind, json_object_get(from, "columns"), pointer);
            if (json_object_get(from, "sortColumn"))
                take_sort(k, kind, json_str(from, "sortColumn", NULL), pointer);
        }
        free(kind);
        free(pointer);
    }
}

// ---- skins

// CSS's names, of which tcell takes its own.
static const char *hex(const char *name)
{
    static const char *const names[][2] = { { "aqua", "#00ffff" }, { "aquamarine", "#7fffd4" }, { "azure", "#f0ffff" },
        { "beige", "#f5f5dc" }, { "black", "#000000" }, { "blue", "#0000ff" }, { "blueviolet", "#8a2be2" },
        { "brown", "#a52a2a" }, { "cadetblue", "#5f9ea0" }, { "chartreuse", "#7fff00" }, { "coral", "#ff7f50" },
        { "cornflowerblue", "#6495ed" }, { "crimson", "#dc143c" }, { "cyan", "#00ffff" }, { "darkblue", "#00008b" },
        { "darkcyan", "#008b8b" }, { "darkgray", "#a9a9a9" }, { "darkgreen", "#006400" }, { "darkmagenta", "#8b008b" },
        { "darkorange", "#ff8c00" }, { "darkred", "#8b0000" }, { "darkslategray", "#2f4f4f" }, { "deeppink", "#ff1493" },
        { "deepskyblue", "#00bfff" }, { "dimgray", "#696969" }, { "dodgerblue", "#1e90ff" }, { "fuchsia", "#ff00ff" },
        { "gold", "#ffd700" }, { "goldenrod", "#daa520" }, { "gray", "#808080" }, { "grey", "#808080" },
        { "green", "#008000" }, { "greenyellow", "#adff2f" }, { "hotpink", "#ff69b4" }, { "indianred", "#cd5c5c" },
        { "ivory", "#fffff0" }, { "khaki", "#f0e68c" }, { "lavender", "#e6e6fa" }, { "lawngreen", "#7cfc00" },
        { "lightblue", "#add8e6" }, { "lightcyan", "#e0ffff" }, { "lightgray", "#d3d3d3" }, { "lightgreen", "#90ee90" },
        { "lightskyblue", "#87cefa" }, { "lightslategray", "#778899" }, { "lightyellow", "#ffffe0" }, { "lime", "#00ff00" },
        { "limegreen", "#32cd32" }, { "magenta", "#ff00ff" }, { "maroon", "#800000" }, { "mediumpurple", "#9370db" },
        { "mediumseagreen", "#3cb371" }, { "mediumspringgreen", "#00fa9a" }, { "mediumvioletred", "#c71585" },
        { "midnightblue", "#191970" }, { "navajowhite", "#ffdead" }, { "navy", "#000080" }, { "olive", "#808000" },
        { "orange", "#ffa500" }, { "orangered", "#ff4500" }, { "orchid", "#da70d6" }, { "palegreen", "#98fb98" },
        { "paleturquoise", "#afeeee" }, { "papayawhip", "#ffefd5" }, { "peachpuff", "#ffdab9" }, { "peru", "#cd853f" },
        { "pink", "#ffc0cb" }, { "plum", "#dda0dd" }, { "powderblue", "#b0e0e6" }, { "purple", "#800080" },
        { "red", "#ff0000" }, { "rosybrown", "#bc8f8f" }, { "royalblue", "#4169e1" }, { "salmon", "#fa8072" },
        { "seagreen", "#2e8b57" }, { "sienna", "#a0522d" }, { "silver", "#c0c0c0" }, { "skyblue", "#87ceeb" },
        { "slateblue", "#6a5acd" }, { "slategray", "#708090" }, { "snow", "#fffafa" }, { "springgreen", "#00ff7f" },
        { "steelblue", "#4682b4" }, { "tan", "#d2b48c" }, { "teal", "#008080" }, { "thistle", "#d8bfd8" },
        { "tomato", "#ff6347" }, { "turquoise", "#40e0d0" }, { "violet", "#ee82ee" }, { "wheat", "#f5deb3" },
        { "white", "#ffffff" }, { "whitesmoke", "#f5f5f5" }, { "yellow", "#ffff00" }, { "yellowgreen", "#9acd32" } };
    if (!*name || str_ieq(name, "default") || str_eq(name, "-"))
        return "default";
    if (*name == '#')
        return strlen(name) == 7 ? name : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_ieq(names[i][0], name))
            return names[i][1];
    return NULL;
}

static bool is_light(const char *color)
{
    unsigned r, g, b;
    return color && sscanf(color, "#%2x%2x%2x", &r, &g, &b) == 3 && r * 3 + g * 6 + b > 1280;
}

// Of a skin a role takes the first colour that is there.
struct skin_role {
    const char *role, *fg, *bg, *more;
};
static const struct skin_role skin_roles[] = {
    { "text", "views.table.fgColor", "body.bgColor", "" },
    { "header", "views.table.header.fgColor", "views.table.header.bgColor", " bold" },
    { "selected", "views.table.cursorFgColor", "views.table.cursorBgColor", "" },
    { "marked", "views.table.markColor", NULL, " bold" },
    { "title", "frame.title.fgColor", NULL, " bold" },
    { "accent", "frame.menu.keyColor", NULL, " bold" },
    { "border", "frame.border.fgColor", NULL, "" },
    { "tab", "frame.crumbs.fgColor", "frame.crumbs.bgColor", "" },
    { "tab-active", "frame.crumbs.fgColor", "frame.crumbs.activeColor", " bold" },
    { "prompt", "prompt.fgColor", "prompt.bgColor", "" },
    { "info", "frame.status.newColor", NULL, "" },
    { "changed", "frame.status.modifyColor", NULL, "" },
    { "added", "frame.status.addColor", NULL, "" },
    { "bad", "frame.status.errorColor", NULL, " bold" },
    { "warn", "frame.status.pendingColor", NULL, "" },
    { "dim", "frame.status.completedColor", NULL, "" },
    { "removed", "frame.status.killColor", NULL, "" },
    { "key", "views.yaml.keyColor", NULL, "" },
    { "string", "views.yaml.valueColor", NULL, "" },
};

// NULL: it does not say. what it says and kview cannot show is told.
static const char *color_of(struct k9s *k, const char *path)
{
    const json_t *v = json_object_get(k->doc, "k9s");
    char *copy = xstrdup(path), *save = NULL;
    for (char *w = strtok_r(copy, ".", &save); w; w = strtok_r(NULL, ".", &save))
        v = json_object_get(v, w);
    const char *name = json_string_value(v), *color = name ? hex(name) : NULL;
    if (name && !color) {
        char *pointer = xasprintf("/k9s/%s", path);
        for (char *p = pointer; *p; p++)
            *p = *p == '.' ? '/' : *p;
        k9s_say(k, K9S_LEFT, pointer, "colour %.40s: kview does not know it", name);
        free(pointer);
    }
    free(copy);
    return color;
}

void k9s_skin(struct k9s *k, const char *name)
{
    json_t *roles = json_object();
    const char *ground = color_of(k, "body.bgColor");
    for (size_t i = 0; i < ARRAY_SIZE(skin_roles); i++) {
        const struct skin_role *r = &skin_roles[i];
        const char *fg = color_of(k, r->fg), *bg = r->bg ? color_of(k, r->bg) : NULL;
        bool on_text = str_eq(r->role, "selected") && !fg; // the cursor with what is under it
        if (!fg && (!bg || !on_text))
            continue;
        char *style = xasprintf("%s%s%s%s", str_or(fg, is_light(bg) ? "#000000" : "#ffffff"), bg ? " on " : "", str_or(bg, ""), r->more);
        json_object_set_new(roles, r->role, json_string(style));
        free(style);
    }
    json_t *doc = json_pack("{s:s, s:o}", "base", is_light(ground) ? "light" : "dark", "roles", roles);
    char *own = xasprintf("k9s-%s", name);
    struct theme made;
    struct err err = { 0 };
    if (!json_object_size(roles)) {
        k9s_say(k, K9S_LEFT, "", "skin %s: nothing in it is one of kview's", name);
    } else if (theme_from_json(&made, own, doc, &err)) {
        json_object_set(k->skins, own, doc);
        k9s_say(k, K9S_CHANGED, "", "skin %s: skins/%s.yaml, %zu of kview's roles", name, own, json_object_size(roles));
    } else {
        k9s_say(k, K9S_LEFT, "", "skin %s: %s", name, err.msg);
    }
    free(own);
    json_decref(doc);
}

// ---- config.yaml

static void protect(struct k9s *k, const char *pattern)
{
    json_t *list = k9s_section(k, "protected", true);
    if (!json_array_size(list))
        json_array_append_new(list, json_string("*prod*")); // as without the key
    json_array_append_new(list, json_string(pattern));
}

static void set_text(struct k9s *k, const char *key, const char *value, const char *pointer, const char *what)
{
    if (json_object_get(k->own_doc, key)) {
        k9s_say(k, K9S_LEFT, pointer, "%s %s: config.yaml has its own", what, value);
        return;
    }
    json_object_set_new(k->out, key, json_string(value));
    k9s_say(k, K9S_TAKEN, pointer, "%s: %s: %s", what, key, value);
}

static void take_ui(struct k9s *k, const json_t *ui)
{
    const char *skin = json_str(ui, "skin", NULL);
    const json_t *mouse = json_object_get(ui, "enableMouse");
    if (json_is_boolean(mouse) && !json_object_get(k->own_doc, "mouse")) {
        json_object_set_new(k->out, "mouse", json_boolean(json_is_true(mouse)));
        k9s_say(k, K9S_TAKEN, "/k9s/ui/enableMouse", "the mouse: mouse: %s", json_is_true(mouse) ? "true" : "false");
    }
    if (!*skin)
        return;
    char *own = xasprintf("k9s-%s", skin);
    if (json_object_get(k->skins, own))
        set_text(k, "theme", own, "/k9s/ui/skin", "the skin");
    else
        k9s_say(k, K9S_LEFT, "/k9s/ui/skin", "the skin %s: there is none that kview could take", skin);
    free(own);
}

void k9s_config(struct k9s *k)
{
    static const char *const without[][2] = {
        { "refreshRate", "kview watches: there is no rate" }, { "apiServerTimeout", "kview has limits of its own" },
        { "maxConnRetry", "kview tries until it is told to stop" }, { "liveViewAutoRefresh", "every view is live" },
        { "screenDumpDir", "`:save` is told a file" }, { "noExitOnCtrlC", "Ctrl-C can be bound otherwise in the file keys" },
        { "skipLatestRevCheck", "kview asks nobody" }, { "disablePodCounting", "kview counts what it has" },
        { "shellPod", "`:node-shell --image` says which image, and it is remembered" },
        { "imageScans", "kview scans no images" }, { "logger", "a log's range is chosen in it (0 to 6), and wrap and times" },
        { "thresholds", "kview has no such limits" }, { "portForwardAddress", "forwards are of this machine alone" },
        { "gpuVendors", "kview has no such columns" },
    };
    const json_t *from = json_object_get(k->doc, "k9s");
    const char *view = json_str(from, "defaultView", NULL), *why;
    for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
        char *pointer = xasprintf("/k9s/%s", without[i][0]);
        if (json_object_get(from, without[i][0]))
            k9s_say(k, K9S_LEFT, pointer, "%s: %s", without[i][0], without[i][1]);
        free(pointer);
    }
    if (json_bool(from, "readOnly", NULL) && json_object_get(k->own_doc, "protected")) {
        k9s_say(k, K9S_LEFT, "/k9s/readOnly", "readOnly: config.yaml has its own `protected`");
    } else if (json_bool(from, "readOnly", NULL)) {
        protect(k, "*");
        k9s_say(k, K9S_TAKEN, "/k9s/readOnly", "readOnly: every context is protected (:unlock opens one for a while)");
    }
    if (*view) {
        char *line = k9s_line(view, &why);
        if (line)
            set_text(k, "view", line, "/k9s/defaultView", "the first view");
        else
            k9s_say(k, K9S_LEFT, "/k9s/defaultView", "the first view %s: %s", view, why);
        free(line);
    }
    take_ui(k, json_object_get(from, "ui"));
}

static void take_favourites(struct k9s *k, const json_t *list)
{
    enum { MOST = 9 };
    json_t *out = json_array_size(list) ? k9s_section(k, "favourites", true) : NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *ns = str_or(json_string_value(json_array_get(list, i)), "all");
        char *pointer = xasprintf("/k9s/namespace/favorites/%zu", i);
        bool known = str_eq(ns, "all"); // is the key 0
        for (size_t j = 0; j < json_array_size(out); j++)
            known |= str_eq(json_string_value(json_array_get(out, j)), ns);
        if (!known && json_object_get(k->own_doc, "favourites"))
            k9s_say(k, K9S_LEFT, pointer, "favourite %s: config.yaml has its own favourites", ns);
        else if (!known && json_array_size(out) >= MOST)
            k9s_say(k, K9S_LEFT, pointer, "favourite %s: there are nine already", ns);
        else if (!known) {
            json_array_append_new(out, json_string(ns));
            k9s_say(k, K9S_TAKEN, pointer, "favourite %s, for every context", ns);
        }
        free(pointer);
    }
}

// The folder has the context's name, in which k9s made each : and / a -.
static void protect_context(struct k9s *k)
{
    struct buf pattern = BUF_INIT;
    for (const char *p = k->context; *p; p++)
        if (*p == '-')
            buf_puts(&pattern, "[-:/]");
        else
            buf_putc(&pattern, *p);
    protect(k, pattern.s);
    k9s_say(k, K9S_TAKEN, "/k9s/readOnly", "readOnly: contexts %s are protected", pattern.s);
    buf_release(&pattern);
}

void k9s_context_config(struct k9s *k)
{
    const json_t *from = json_object_get(k->doc, "k9s");
    take_favourites(k, json_at(from, "namespace", "favorites", NULL));
    if (json_bool(from, "readOnly", NULL) && json_object_get(k->own_doc, "protected"))
        k9s_say(k, K9S_LEFT, "/k9s/readOnly", "readOnly: config.yaml has its own `protected`");
    else if (json_bool(from, "readOnly", NULL))
        protect_context(k);
    if (*json_str(from, "skin", NULL))
        k9s_say(k, K9S_LEFT, "/k9s/skin", "the skin %s: kview has one for all, and a colour band a context",
            json_str(from, "skin", NULL));
    if (json_is_object(json_object_get(from, "proxy")))
        k9s_say(k, K9S_LEFT, "/k9s/proxy", "the proxy: kview takes proxy-url of the kubeconfig, as kubectl does");
}
