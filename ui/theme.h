// Themes: dark, light, high-contrast, none (no colour), and skins from a YAML file's role table.
#ifndef UI_THEME_H
#define UI_THEME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/style.h"

struct theme_style {
    int32_t fg, bg; // 0xRRGGBB, -1: the terminal's own
    bool bold, underline, reverse, dim;
};
struct theme {
    const char *name;
    bool color;
    struct theme_style role[ROLE_COUNT];
    struct theme_style selected, marked, match; // overlays; fg/bg -1 keep the role's
};

const struct theme *theme_find(const char *name); // built in; NULL: none
const struct theme *const *theme_all(void);       // NULL-terminated
// A skin: {"base": "dark", "roles": {"ok": "#88cc88", "warn": "yellow on default bold"}}.
bool theme_from_json(struct theme *out, const char *name, const json_t *doc, struct err *err);
// The style of a cell with its overlays resolved.
struct theme_style theme_resolve(const struct theme *t, style_t style);
const char *role_name(enum role r);
int theme_color_256(int32_t rgb); // the nearest of xterm's 256

// The RGB of an index of xterm's palette of 256; 0 to 15 as most terminals show them.
int32_t theme_palette(int index);

#endif
