#include "ui/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define FG(c) { .fg = (c), .bg = -1 }
#define FGB(c) { .fg = (c), .bg = -1, .bold = true }
#define ON(f, b) { .fg = (f), .bg = (b) }
#define ONB(f, b) { .fg = (f), .bg = (b), .bold = true }

static const struct theme dark = {
    .name = "dark",
    .color = true,
    .role = {
        [ROLE_TEXT] = FG(-1),
        [ROLE_DIM] = FG(0x878787),
        [ROLE_OK] = FG(0x87d787),
        [ROLE_INFO] = FG(0x87d7ff),
        [ROLE_WARN] = FG(0xffd75f),
        [ROLE_BAD] = FGB(0xff8787),
        [ROLE_HEADER] = FGB(0xafd7ff),
        [ROLE_TITLE] = FGB(0xffffff),
        [ROLE_ACCENT] = FGB(0x5fd7ff),
        [ROLE_KEY] = FG(0x87afff),
        [ROLE_STRING] = FG(0xafd787),
        [ROLE_NUMBER] = FG(0xffaf87),
        [ROLE_COMMENT] = FG(0x949494),
        [ROLE_TAB] = ON(0xbcbcbc, 0x303030),
        [ROLE_TAB_ACTIVE] = ONB(0x000000, 0x87d7ff),
        [ROLE_PROMPT] = FGB(0xffffff),
        [ROLE_BORDER] = FG(0x5f87af),
        [ROLE_DANGER] = ONB(0xffffff, 0xaf0000),
        [ROLE_ADDED] = FG(0x87d787),
        [ROLE_REMOVED] = FG(0xff8787),
        [ROLE_CHANGED] = FG(0xffd75f),
        [ROLE_BAND_0] = ONB(0x000000, 0x5fafff),
        [ROLE_BAND_0 + 1] = ONB(0x000000, 0x5fd787),
        [ROLE_BAND_0 + 2] = ONB(0x000000, 0xffaf5f),
        [ROLE_BAND_0 + 3] = ONB(0x000000, 0xd787ff),
        [ROLE_BAND_0 + 4] = ONB(0x000000, 0x5fd7d7),
        [ROLE_BAND_0 + 5] = ONB(0x000000, 0xffd75f),
        [ROLE_BAND_0 + 6] = ONB(0x000000, 0xff87af),
        [ROLE_BAND_0 + 7] = ONB(0x000000, 0xafd75f),
    },
    .selected = ON(0x000000, 0x87d7ff),
    .marked = FGB(0xffd75f),
    .match = ONB(0x000000, 0xffd75f),
};

static const struct theme light = {
    .name = "light",
    .color = true,
    .role = {
        [ROLE_TEXT] = FG(-1),
        [ROLE_DIM] = FG(0x6c6c6c),
        [ROLE_OK] = FG(0x005f00),
        [ROLE_INFO] = FG(0x005f87),
        [ROLE_WARN] = FG(0x875f00),
        [ROLE_BAD] = FGB(0xaf0000),
        [ROLE_HEADER] = FGB(0x00005f),
        [ROLE_TITLE] = FGB(0x000000),
        [ROLE_ACCENT] = FGB(0x005faf),
        [ROLE_KEY] = FG(0x0000af),
        [ROLE_STRING] = FG(0x005f00),
        [ROLE_NUMBER] = FG(0x870000),
        [ROLE_COMMENT] = FG(0x626262),
        [ROLE_TAB] = ON(0x303030, 0xd0d0d0),
        [ROLE_TAB_ACTIVE] = ONB(0xffffff, 0x005faf),
        [ROLE_PROMPT] = FGB(0x000000),
        [ROLE_BORDER] = FG(0x5f5f87),
        [ROLE_DANGER] = ONB(0xffffff, 0xaf0000),
        [ROLE_ADDED] = FG(0x005f00),
        [ROLE_REMOVED] = FG(0xaf0000),
        [ROLE_CHANGED] = FG(0x875f00),
        [ROLE_BAND_0] = ONB(0xffffff, 0x005faf),
        [ROLE_BAND_0 + 1] = ONB(0xffffff, 0x005f00),
        [ROLE_BAND_0 + 2] = ONB(0xffffff, 0x875f00),
        [ROLE_BAND_0 + 3] = ONB(0xffffff, 0x870087),
        [ROLE_BAND_0 + 4] = ONB(0xffffff, 0x005f5f),
        [ROLE_BAND_0 + 5] = ONB(0xffffff, 0x5f5f00),
        [ROLE_BAND_0 + 6] = ONB(0xffffff, 0xaf005f),
        [ROLE_BAND_0 + 7] = ONB(0xffffff, 0x5f5f5f),
    },
    .selected = ON(0xffffff, 0x005faf),
    .marked = FGB(0x875f00),
    .match = ONB(0x000000, 0xffd75f),
};

static const struct theme contrast = {
    .name = "contrast",
    .color = true,
    .role = {
        [ROLE_TEXT] = ON(0xffffff, 0x000000),
        [ROLE_DIM] = ON(0xc0c0c0, 0x000000),
        [ROLE_OK] = ONB(0x00ff00, 0x000000),
        [ROLE_INFO] = ONB(0x00ffff, 0x000000),
        [ROLE_WARN] = ONB(0xffff00, 0x000000),
        [ROLE_BAD] = ONB(0xffffff, 0xaf0000),
        [ROLE_HEADER] = { .fg = 0xffffff, .bg = 0x000000, .bold = true, .underline = true },
        [ROLE_TITLE] = ONB(0xffffff, 0x000000),
        [ROLE_ACCENT] = ONB(0x00ffff, 0x000000),
        [ROLE_KEY] = ONB(0x00ffff, 0x000000),
        [ROLE_STRING] = ON(0xffffff, 0x000000),
        [ROLE_NUMBER] = ON(0xffff00, 0x000000),
        [ROLE_COMMENT] = ON(0xc0c0c0, 0x000000),
        [ROLE_TAB] = ON(0xffffff, 0x000000),
        [ROLE_TAB_ACTIVE] = ONB(0x000000, 0xffffff),
        [ROLE_PROMPT] = ONB(0xffffff, 0x000000),
        [ROLE_BORDER] = ON(0xffffff, 0x000000),
        [ROLE_DANGER] = ONB(0xffffff, 0xaf0000),
        [ROLE_ADDED] = ONB(0x00ff00, 0x000000),
        [ROLE_REMOVED] = ONB(0xffffff, 0xaf0000),
        [ROLE_CHANGED] = ONB(0xffff00, 0x000000),
        [ROLE_BAND_0] = ONB(0x000000, 0xffffff),
        [ROLE_BAND_0 + 1] = ONB(0x000000, 0x00ff00),
        [ROLE_BAND_0 + 2] = ONB(0x000000, 0xffff00),
        [ROLE_BAND_0 + 3] = ONB(0x000000, 0xff87ff),
        [ROLE_BAND_0 + 4] = ONB(0x000000, 0x00ffff),
        [ROLE_BAND_0 + 5] = ONB(0x000000, 0xffaf00),
        [ROLE_BAND_0 + 6] = ONB(0x000000, 0xffafaf),
        [ROLE_BAND_0 + 7] = ONB(0x000000, 0xc0c0c0),
    },
    .selected = ON(0x000000, 0xffff00),
    .marked = ONB(0xffff00, 0x000000),
    .match = ONB(0x000000, 0x00ffff),
};

#define B { .fg = -1, .bg = -1, .bold = true }
#define P { .fg = -1, .bg = -1 }
#define R { .fg = -1, .bg = -1, .reverse = true }
#define U { .fg = -1, .bg = -1, .underline = true }

// NO_COLOR: meaning by bold, underline and reverse alone.
static const struct theme none = {
    .name = "none",
    .color = false,
    .role = {
        [ROLE_TEXT] = P, [ROLE_DIM] = { .fg = -1, .bg = -1, .dim = true }, [ROLE_OK] = P,
        [ROLE_INFO] = P, [ROLE_WARN] = B, [ROLE_BAD] = B, [ROLE_HEADER] = B, [ROLE_TITLE] = B,
        [ROLE_ACCENT] = B, [ROLE_KEY] = B, [ROLE_STRING] = P, [ROLE_NUMBER] = P, [ROLE_COMMENT] = P,
        [ROLE_TAB] = P, [ROLE_TAB_ACTIVE] = R, [ROLE_PROMPT] = B, [ROLE_BORDER] = P, [ROLE_DANGER] = R,
        [ROLE_ADDED] = B, [ROLE_REMOVED] = U, [ROLE_CHANGED] = B, [ROLE_BAND_0] = R,
        [ROLE_BAND_0 + 1] = R, [ROLE_BAND_0 + 2] = R, [ROLE_BAND_0 + 3] = R, [ROLE_BAND_0 + 4] = R,
        [ROLE_BAND_0 + 5] = R, [ROLE_BAND_0 + 6] = R, [ROLE_BAND_0 + 7] = R,
    },
    .selected = R,
    .marked = B,
    .match = R,
};

static const struct theme *const themes[] = { &dark, &light, &contrast, &none, NULL };

const struct theme *const *theme_all(void)
{
    return themes;
}

const struct theme *theme_find(const char *name)
{
    for (size_t i = 0; themes[i]; i++)
        if (str_ieq(themes[i]->name, name))
            return themes[i];
    return NULL;
}

static const char *const role_names[] = {
    [ROLE_TEXT] = "text", [ROLE_DIM] = "dim", [ROLE_OK] = "ok", [ROLE_INFO] = "info",
    [ROLE_WARN] = "warn", [ROLE_BAD] = "bad", [ROLE_HEADER] = "header", [ROLE_TITLE] = "title",
    [ROLE_ACCENT] = "accent", [ROLE_KEY] = "key", [ROLE_STRING] = "string", [ROLE_NUMBER] = "number",
    [ROLE_COMMENT] = "comment", [ROLE_TAB] = "tab", [ROLE_TAB_ACTIVE] = "tab-active",
    [ROLE_PROMPT] = "prompt", [ROLE_BORDER] = "border", [ROLE_DANGER] = "danger",
    [ROLE_ADDED] = "added", [ROLE_REMOVED] = "removed", [ROLE_CHANGED] = "changed",
    [ROLE_BAND_0] = "band-0", [ROLE_BAND_0 + 1] = "band-1", [ROLE_BAND_0 + 2] = "band-2",
    [ROLE_BAND_0 + 3] = "band-3", [ROLE_BAND_0 + 4] = "band-4", [ROLE_BAND_0 + 5] = "band-5",
    [ROLE_BAND_0 + 6] = "band-6", [ROLE_BAND_0 + 7] = "band-7",
};

const char *role_name(enum role r)
{
    return r < ROLE_COUNT && role_names[r] ? role_names[r] : "?";
}

static const struct {
    const char *name;
    int32_t rgb;
} color_names[] = {
    { "default", -1 }, { "black", 0x000000 }, { "red", 0xd70000 }, { "green", 0x00af00 },
    { "yellow", 0xffd700 }, { "blue", 0x5f87ff }, { "magenta", 0xd75fd7 }, { "cyan", 0x00d7d7 },
    { "white", 0xffffff }, { "grey", 0x878787 }, { "gray", 0x878787 }, { "orange", 0xffaf5f },
};

static bool parse_color(const char *s, int32_t *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(color_names); i++)
        if (str_ieq(color_names[i].name, s)) {
            *out = color_names[i].rgb;
            return true;
        }
    char *end;
    if (*s != '#' || strlen(s) != 7)
        return false;
    *out = (int32_t)strtol(s + 1, &end, 16);
    return *end == '\0';
}

// "yellow on default bold", "#88cc88", "white on #aa0000"
static bool parse_style(const char *text, struct theme_style *out)
{
    char *copy = xstrdup(text), *save = NULL;
    struct theme_style st = { .fg = -1, .bg = -1 };
    bool ok = true, on = false;
    for (char *w = strtok_r(copy, " ", &save); w && ok; w = strtok_r(NULL, " ", &save)) {
        if (str_ieq(w, "on"))
            on = true;
        else if (str_ieq(w, "bold"))
            st.bold = true;
        else if (str_ieq(w, "underline"))
            st.underline = true;
        else if (str_ieq(w, "reverse"))
            st.reverse = true;
        else if (str_ieq(w, "dim"))
            st.dim = true;
        else
            ok = parse_color(w, on ? &st.bg : &st.fg);
    }
    free(copy);
    if (ok)
        *out = st;
    return ok;
}

bool theme_from_json(struct theme *out, const char *name, const json_t *doc, struct err *err)
{
    const char *base = json_string_value(json_object_get(doc, "base"));
    const struct theme *from = theme_find(base ? base : "dark");
    if (!from)
        return err_set(err, "skin %s: base \"%s\" is no theme (dark, light, contrast, none)", name, base);
    *out = *from;
    out->name = name;
    const char *role;
    json_t *v;
    json_object_foreach(json_object_get(doc, "roles"), role, v)
    {
        struct theme_style *slot = NULL;
        for (size_t i = 0; i < ROLE_COUNT; i++)
            if (str_eq(role_names[i], role))
                slot = &out->role[i];
        if (str_eq(role, "selected"))
            slot = &out->selected;
        if (str_eq(role, "marked"))
            slot = &out->marked;
        if (str_eq(role, "match"))
            slot = &out->match;
        if (!slot)
            return err_set(err, "skin %s: there is no role \"%s\"", name, role);
        if (!json_is_string(v) || !parse_style(json_string_value(v), slot))
            return err_set(err, "skin %s: role %s: not a style (\"yellow on #202020 bold\")", name, role);
    }
    return true;
}

static void overlay(struct theme_style *st, const struct theme_style *o)
{
    if (o->fg >= 0)
        st->fg = o->fg;
    if (o->bg >= 0)
        st->bg = o->bg;
    st->bold |= o->bold;
    st->underline |= o->underline;
    st->reverse |= o->reverse;
    st->dim &= !o->bold;
}

struct theme_style theme_resolve(const struct theme *t, style_t style)
{
    unsigned role = style & STYLE_ROLE_MASK;
    struct theme_style st = t->role[role < ROLE_COUNT ? role : ROLE_TEXT];
    if (style & STYLE_MARKED)
        overlay(&st, &t->marked);
    if (style & STYLE_SELECTED)
        overlay(&st, &t->selected);
    if (style & STYLE_MATCH)
        overlay(&st, &t->match);
    st.bold |= (style & STYLE_BOLD) != 0;
    st.underline |= (style & STYLE_UNDERLINE) != 0;
    st.reverse ^= (style & STYLE_REVERSE) != 0;
    return st;
}

int32_t theme_palette(int index)
{
    static const int32_t base[16] = { 0x000000, 0xcd3131, 0x0dbc79, 0xe5e510, 0x2472c8, 0xbc3fbc, 0x11a8cd,
        0xe5e5e5, 0x666666, 0xf14c4c, 0x23d18b, 0xf5f543, 0x3b8eea, 0xd670d6, 0x29b8db, 0xffffff };
    static const int32_t steps[] = { 0, 95, 135, 175, 215, 255 };
    if (index < 16)
        return base[index < 0 ? 0 : index];
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101;
    index -= 16;
    return steps[index / 36 % 6] << 16 | steps[index / 6 % 6] << 8 | steps[index % 6];
}

int theme_color_256(int32_t rgb)
{
    static const int steps[] = { 0, 95, 135, 175, 215, 255 };
    int c[3] = { rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255 }, q[3], best, d = 0;
    for (int i = 0; i < 3; i++) {
        q[i] = 0;
        for (int k = 1; k < 6; k++)
            if (abs(steps[k] - c[i]) < abs(steps[q[i]] - c[i]))
                q[i] = k;
        d += (steps[q[i]] - c[i]) * (steps[q[i]] - c[i]);
    }
    best = 16 + 36 * q[0] + 6 * q[1] + q[2];
    int grey = (c[0] + c[1] + c[2]) / 3, g = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 8 + 5) / 10;
    int level = 8 + 10 * g, dg = 0;
    for (int i = 0; i < 3; i++)
        dg += (level - c[i]) * (level - c[i]);
    return dg < d ? 232 + g : best;
}
