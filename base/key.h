// A key as the program sees it: a Unicode code point or a named key, with modifiers; and its text form in
// keymap files ("a", "C-d", "M-1", "S-Tab", "PgDn", "F5", "Space").
#ifndef BASE_KEY_H
#define BASE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    K_BASE = 0x110000, // above Unicode
    K_ENTER,
    K_ESC,
    K_TAB,
    K_BSPACE,
    K_UP,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_HOME,
    K_END,
    K_PGUP,
    K_PGDN,
    K_INS,
    K_DEL,
    K_F1, // F1 + n
    K_F12 = K_F1 + 11,
    K_MOUSE_CLICK,
    K_MOUSE_DOUBLE,
    K_MOUSE_WHEEL_UP,
    K_MOUSE_WHEEL_DOWN,
};
enum { MOD_CTRL = 1, MOD_ALT = 2, MOD_SHIFT = 4 };

struct key {
    uint32_t code;
    uint8_t mods;
    int16_t y, x; // of mouse events
};

static inline bool key_eq(struct key a, struct key b)
{
    return a.code == b.code && a.mods == b.mods;
}
// One key's text; false: not a key. Shift is kept only for named keys ("A" is its own code point).
bool key_parse(const char *s, size_t n, struct key *out);
void key_format(struct key k, char *out, size_t n);

#endif
