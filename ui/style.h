// What a cell of the screen means, not how it looks: the theme turns roles into colours when a frame is
// sent, so that a theme is picked live and snapshots know every colour.
#ifndef UI_STYLE_H
#define UI_STYLE_H

#include <stdint.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,     // finished, unimportant
    ROLE_OK,      // healthy values worth a colour
    ROLE_INFO,    // changing, young, in progress
    ROLE_WARN,
    ROLE_BAD,
    ROLE_HEADER,  // column heads
    ROLE_TITLE,   // names in line 1, titles
    ROLE_ACCENT,  // keys in the key line, the cursor bar
    ROLE_KEY,     // YAML keys, describe labels
    ROLE_STRING,
    ROLE_NUMBER,
    ROLE_COMMENT,
    ROLE_TAB,
    ROLE_TAB_ACTIVE,
    ROLE_PROMPT,
    ROLE_BORDER,
    ROLE_DANGER,  // insecure TLS, write access in a protected context: on a red ground
    ROLE_ADDED,   // diff
    ROLE_REMOVED,
    ROLE_CHANGED, // changed a moment ago
    ROLE_BAND_0,  // colour bands of contexts: ROLE_BAND_0 + n, 8 of them
    ROLE_BAND_LAST = ROLE_BAND_0 + 7,
    ROLE_COUNT
};

// A style is a role and overlays.
typedef uint16_t style_t;
enum {
    STYLE_ROLE_MASK = 0x00ff,
    STYLE_BOLD = 0x0100,
    STYLE_SELECTED = 0x0200, // under the cursor
    STYLE_MARKED = 0x0400,
    STYLE_MATCH = 0x0800, // a search hit
    STYLE_UNDERLINE = 0x1000,
    STYLE_REVERSE = 0x2000,
};

// The ink of a cell that has colours of its own (a container's terminal, coloured log lines): indexes into
// the terminal's palette of 256, INK_DEFAULT for the terminal's own, and attributes. 0: the role's.
enum {
    INK_DEFAULT = 256,
    INK_BG_SHIFT = 9,
    INK_INDEX_MASK = 0x1ff,
    INK_BOLD = 1 << 18,
    INK_UNDERLINE = 1 << 19,
    INK_REVERSE = 1 << 20,
    INK_ITALIC = 1 << 21,
};
#define INK_OWN 0x80000000u

#endif
