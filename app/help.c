#include "app/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/act.h"
#include "app/actions.h"
#include "app/app.h"
#include "app/command.h"
#include "app/config.h"
#include "app/custom.h"
#include "app/open.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "list/spec.h"
#include "views/pager.h"
#include "views/rowlink.h"

// Columns: what a key does, what is typed instead; what a typed line does. Made for 80.
enum { COL_HELP = 19, COL_MORE = 62, COL_TYPED = 29 };

const struct help_text help_filters[] = {
    { "web 5..", "words, as regular expressions; all must match" },
    { "!web", "rows without it" },
    { "\"a b\"", "exactly this text" },
    { "status!=Running", "a column by its name, shown or not; = != =~ !~" },
    { "restarts>5 age<10m", "numbers and ages; < <= > >=" },
    { "cpu>=100m mem>1Gi", "quantities" },
    { "-l app=web,tier!=x", "a label selector" },
    { "-f wbx", "fuzzy: these letters in this order" },
    { "(a or b) not c", "or, and, not, parentheses" },
    { 0 },
};

const struct help_text help_specs[] = {
    { "pods", "a kind, by its name, short name or name.group" },
    { "pods shop,pay", "in these namespaces; -n shop as well" },
    { "pods -A", "in all namespaces" },
    { "deploy -l app=web", "by labels" },
    { "po @staging", "in another context" },
    { "po /crash", "with a filter" },
    { 0 },
};

// ---- rows

// "M-1" and "M-2": the same but for a last digit that is one more; so their arguments.
static bool continues(const struct keymap_bind *before, const struct keymap_bind *b)
{
    const char *a = strrchr(before->command, ' '), *c = strrchr(b->command, ' ');
    const struct key *ka = &before->keys[before->nkeys - 1], *kb = &b->keys[b->nkeys - 1];
    return a && c && a - before->command == c - b->command &&
           strncmp(before->command, b->command, (size_t)(a - before->command)) == 0 && strlen(a) == 2 &&
           strlen(c) == 2 && c[1] == a[1] + 1 && before->nkeys == b->nkeys && ka->mods == kb->mods &&
           kb->code == ka->code + 1 && kb->code == (uint32_t)c[1];
}

static void keys_text(const struct keymap_bind *b, struct buf *out)
{
    for (size_t i = 0; i < b->nkeys; i++) {
        char one[32];
        key_format(b->keys[i], one, sizeof(one));
        buf_printf(out, "%s%s", i ? " " : "", one);
    }
}

static const char *help_of(const char *command)
{
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, " "), command);
    const struct command *c = command_find(name);
    return c ? c->help : "as typed after :"; // a hotkey of the configuration
}

static void add_row(struct help_rows *out, const struct keymap_bind *b)
{
    struct buf keys = BUF_INIT;
    keys_text(b, &keys);
    for (size_t i = 0; i < out->rows.n; i++) {
        struct help_row *r = &out->rows.v[i];
        if (!str_eq(r->command, b->command))
            continue;
        char *both = xasprintf("%s, %s", r->keys, keys.s);
        free(r->keys);
        r->keys = both;
        buf_release(&keys);
        return;
    }
    struct help_row row = { buf_take(&keys), xstrdup(b->command), help_of(b->command) };
    arr_push(&out->rows, row);
}

// From `first` on n bindings that count up, as one: "M-1 … M-9", "context-slot N".
static void add_range(struct help_rows *out, const struct keymap_bind *first, size_t n)
{
    struct buf keys = BUF_INIT;
    keys_text(first, &keys);
    buf_puts(&keys, " … ");
    keys_text(first + n - 1, &keys);
    char *command = xasprintf("%.*s N", (int)strcspn(first->command, " "), first->command);
    struct help_row row = { buf_take(&keys), command, help_of(command) };
    arr_push(&out->rows, row);
}

void help_rows_fill(struct help_rows *out, const struct keymap *km, const char *mode)
{
    for (size_t i = 0; i < km->binds.n; i++) {
        const struct keymap_bind *b = &km->binds.v[i];
        size_t n = 1;
        if (!str_eq(b->mode, mode))
            continue;
        while (i + n < km->binds.n && str_eq(b[n].mode, mode) && continues(&b[n - 1], &b[n]))
            n++;
        if (n > 2)
            add_range(out, b, n);
        else
            add_row(out, b);
        i += n > 2 ? n - 1 : 0;
    }
}

void help_rows_release(struct help_rows *rows)
{
    for (size_t i = 0; i < rows->rows.n; i++) {
        free(rows->rows.v[i].keys);
        free(rows->rows.v[i].command);
    }
    arr_release(&rows->rows);
}

// ---- the text

// What one presses or types, what it does, and dim the command to bind.
static void add_line(struct text *out, int column, const char *what, const char *means, const char *more)
{
    struct buf line = BUF_INIT;
    int width = utf8_width(what), end;
    buf_printf(&line, "  %s%*s", what, width + 3 < column ? column - 2 - width : 2, "");
    size_t at = line.n;
    buf_puts(&line, means);
    end = utf8_width(line.s);
    if (*more)
        buf_printf(&line, "%*s%s", end + 1 < COL_MORE ? COL_MORE - end : 2, "", more);
    struct text_line *l = text_add(out, line.s);
    text_span(l, 2, strlen(what), ROLE_ACCENT);
    text_span(l, at + strlen(means), line.n - at - strlen(means), ROLE_DIM);
    buf_release(&line);
}

// As many of the keys as leave room for what they do.
static void shorten(char *keys)
{
    enum { MOST = 26 };
    if (utf8_width(keys) <= MOST)
        return;
    char *end = keys;
    for (char *p = strstr(keys, ", "); p && p - keys <= MOST - 4; p = strstr(p + 2, ", "))
        end = p;
    if (end > keys)
        strcpy(end, ", …");
}

struct help {
    struct pager p;
    const char *mode;
    struct selection sel; // of the view that help was asked in; its ns is owned. No kind: nothing was selected
    struct buf missing;   // the rights known to be missing when the text was made
    struct buf idle;      // " logs shell ": commands of that view that did nothing there
};

static bool is_idle(const struct help *h, const char *command)
{
    char word[80];
    snprintf(word, sizeof(word), " %.*s ", (int)strcspn(command, " "), command);
    return h->idle.n && strstr(h->idle.s, word);
}

// What the view shown says of its keys is asked at once: it may be gone when the text is made again.
static void find_idle(struct help *h, struct view *from)
{
    size_t n;
    const struct command *all = command_all(&n);
    buf_puts(&h->idle, " ");
    for (size_t i = 0; from && i < n; i++)
        if (!all[i].fn && !str_starts(all[i].name, "search-") && !view_applies(from, all[i].name))
            buf_printf(&h->idle, "%s ", all[i].name);
}

// What one may not do to what was selected is dim, and says which right is missing.
static void add_row_of(struct help *h, struct text *out, struct help_row *row)
{
    struct buf no = BUF_INIT;
    shorten(row->keys);
    if (h->sel.kind && actions_missing(h->p.v.ctx, &h->sel, row->command, &no)) {
        add_line(out, COL_HELP, row->keys, no.s, row->command);
        struct text_line *l = &out->lines.v[out->lines.n - 1];
        text_span(l, (size_t)(strstr(l->s, no.s) - l->s), no.n, ROLE_DIM);
    } else {
        add_line(out, COL_HELP, row->keys, row->help, row->command);
    }
    buf_release(&no);
}

// here: of the view that help was asked in; only what does something there.
static void add_mode(struct help *h, struct text *out, const struct keymap *km, const struct keymap_mode *mode, bool here)
{
    struct help_rows rows = { 0 };
    help_rows_fill(&rows, km, mode->name);
    if (rows.rows.n)
        pager_heading(out, mode->title);
    for (size_t i = 0; i < rows.rows.n; i++)
        if (!here || !is_idle(h, rows.rows.v[i].command))
            add_row_of(h, out, &rows.rows.v[i]);
    help_rows_release(&rows);
}

// The commands of the configuration; those for another kind than what was selected are dim.
static void add_customs(const struct help *h, struct text *out)
{
    const struct customs *all = config_customs(app_of(h->p.v.host)->config);
    if (all->v.n)
        pager_heading(out, "Commands of your configuration");
    for (size_t i = 0; i < all->v.n; i++) {
        const struct custom *c = &all->v.v[i];
        char key[32] = "";
        if (c->has_key)
            key_format(c->key, key, sizeof(key));
        add_line(out, COL_HELP, key, c->help, c->name);
        struct text_line *l = &out->lines.v[out->lines.n - 1];
        if (!custom_applies(c, h->sel.kind ? &h->sel : NULL))
            text_span(l, 0, strlen(l->s), ROLE_DIM);
    }
}

static bool has_key(const struct keymap *km, const char *command)
{
    for (size_t i = 0; i < km->binds.n; i++) {
        size_t n = strcspn(km->binds.v[i].command, " ");
        if (strlen(command) == n && strncmp(km->binds.v[i].command, command, n) == 0)
            return true;
    }
    return false;
}

static void add_commands(struct text *out, const struct keymap *km)
{
    size_t n;
    const struct command *all = command_all(&n);
    pager_heading(out, "Commands without a key (type them after :)");
    for (size_t i = 0; i < n; i++) {
        if (has_key(km, all[i].name))
            continue;
        char *typed = xasprintf("%s%s%s", all[i].name, *all[i].args ? " " : "", all[i].args);
        add_line(out, COL_TYPED, typed, all[i].help, "");
        free(typed);
    }
}

static void add_views(struct text *out)
{
    pager_heading(out, "Views (type them after :)");
    for (size_t i = 0; help_specs[i].text; i++)
        add_line(out, COL_TYPED, help_specs[i].text, help_specs[i].means, "");
    size_t n;
    const struct open_row *views = open_all(&n);
    for (size_t i = 0; i < n; i++) {
        const char *args, *help;
        if (!open_help(&views[i], &args, &help))
            continue;
        char *typed = xasprintf("%s%s%s", views[i].name, *args ? " " : "", args);
        add_line(out, COL_TYPED, typed, help, "");
        free(typed);
    }
}

static void build(struct help *h, struct text *out)
{
    const struct keymap *km = app_of(h->p.v.host)->keys;
    const char *mode = h->mode;
    const struct keymap_mode *modes = keymap_modes();
    const char *first[] = { mode, "global" };
    static const char legend[] = "C- is Ctrl, M- Alt, S- Shift; on the right, what to type after : instead";
    text_span(text_add(out, legend), 0, sizeof(legend) - 1, ROLE_DIM);
    for (size_t k = 0; k < ARRAY_SIZE(first); k++)
        for (size_t i = 0; modes[i].name; i++)
            if (str_eq(modes[i].name, first[k]))
                add_mode(h, out, km, &modes[i], k == 0);
    add_customs(h, out);
    for (size_t i = 0; modes[i].name; i++)
        if (!str_eq(modes[i].name, mode) && !str_eq(modes[i].name, "global"))
            add_mode(h, out, km, &modes[i], false);
    add_commands(out, km);
    add_views(out);
    pager_heading(out, "Filters (after /)");
    for (size_t i = 0; help_filters[i].text; i++)
        add_line(out, COL_TYPED, help_filters[i].text, help_filters[i].means, "");
}

// ---- the view

static void help_free(struct view *v)
{
    struct help *h = (struct help *)v;
    free((char *)h->sel.ns);
    buf_release(&h->missing);
    buf_release(&h->idle);
    pager_release((struct pager *)v);
    view_release(v);
    free(v);
}

static bool help_command(struct view *v, const struct call *call, struct err *err)
{
    return pager_command((struct pager *)v, call, err);
}

static void help_status(struct view *v, struct view_status *out)
{
    (void)v;
    *out = (struct view_status) { .fresh = FRESH_NONE };
}

// Rights are asked for when they are first looked at: the text is made again when an answer has come.
static void help_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct help *h = (struct help *)v;
    struct buf missing = BUF_INIT;
    size_t n;
    const struct act *acts = act_all(&n);
    for (size_t i = 0; h->sel.kind && i < n; i++)
        actions_missing(v->ctx, &h->sel, acts[i].name, &missing);
    if (!str_eq(missing.s, h->missing.s)) {
        struct text fresh;
        text_init(&fresh);
        build(h, &fresh);
        pager_replace(&h->p, &fresh);
        buf_clear(&h->missing);
        buf_puts(&h->missing, missing.s);
    }
    buf_release(&missing);
    pager_paint(v, c, r, focused);
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "search-prev", "copy", "save", NULL };

static const struct view_ops help_ops = {
    .mode = "text",
    .free = help_free,
    .paint = help_paint,
    .command = help_command,
    .applies = pager_applies,
    .status = help_status,
    .insight = pager_insight,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = keys,
};

struct view *help_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct help *h = xcalloc(1, sizeof(*h));
    struct view *from = host_focus(host);
    (void)err;
    view_init(&h->p.v, &help_ops, cx, s->view, "Help");
    pager_init(&h->p, host);
    buf_init(&h->missing);
    buf_init(&h->idle);
    find_idle(h, from);
    h->mode = from ? from->ops->mode : "list";
    if (from && from->ops->selection && from->ops->selection(from, &h->sel) && from->ctx == cx)
        h->sel = (struct selection) { .kind = h->sel.kind, .gvr = h->sel.gvr, .api_kind = h->sel.kind ? h->sel.kind->api_kind : NULL, .ns = xstrdup(str_or(h->sel.ns, "")) };
    else
        h->sel = (struct selection) { 0 };
    build(h, &h->p.text);
    return &h->p.v;
}
