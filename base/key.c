#include "base/key.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    { "Enter", K_ENTER }, { "Esc", K_ESC }, { "Tab", K_TAB }, { "BSpace", K_BSPACE },
    { "Up", K_UP }, { "Down", K_DOWN }, { "Left", K_LEFT }, { "Right", K_RIGHT },
    { "Home", K_HOME }, { "End", K_END }, { "PgUp", K_PGUP }, { "PgDn", K_PGDN },
    { "Ins", K_INS }, { "Del", K_DEL }, { "Space", ' ' },
};

static bool parse_named(const char *s, size_t n, struct key *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i].name) == n && strncmp(names[i].name, s, n) == 0) {
            out->code = names[i].code;
            return true;
        }
    int f = 0;
    if (n >= 2 && n <= 3 && s[0] == 'F') {
        for (size_t i = 1; i < n; i++)
            f = s[i] >= '0' && s[i] <= '9' ? f * 10 + (s[i] - '0') : 99;
        if (f >= 1 && f <= 12) {
            out->code = K_F1 + (uint32_t)f - 1;
            return true;
        }
    }
    return false;
}

bool key_parse(const char *s, size_t n, struct key *out)
{
    memset(out, 0, sizeof(*out));
    while (n > 2 && s[1] == '-') {
        uint8_t mod = s[0] == 'C' ? MOD_CTRL : s[0] == 'M' ? MOD_ALT : s[0] == 'S' ? MOD_SHIFT : 0;
        if (!mod || out->mods & mod)
            return false;
        out->mods |= mod;
        s += 2;
        n -= 2;
    }
    if (n == 0)
        return false;
    if (parse_named(s, n, out))
        return true;
    uint32_t cp;
    if (utf8_decode(s, n, &cp) != n || cp == 0xFFFD || cp <= 0x20 || out->mods & MOD_SHIFT)
        return false;
    out->code = cp;
    if (out->mods & MOD_CTRL && cp >= 'A' && cp <= 'Z')
        out->code = cp - 'A' + 'a';
    return true;
}

void key_format(struct key k, char *out, size_t n)
{
    char base[8] = "";
    const char *name = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].code == k.code)
            name = names[i].name;
    if (!name && k.code >= K_F1 && k.code <= K_F12)
        snprintf(base, sizeof(base), "F%u", k.code - K_F1 + 1);
    else if (!name && k.code < K_BASE)
        base[utf8_encode(k.code, base)] = '\0';
    snprintf(out, n, "%s%s%s%s", k.mods & MOD_CTRL ? "C-" : "", k.mods & MOD_ALT ? "M-" : "",
        k.mods & MOD_SHIFT ? "S-" : "", name ? name : base);
}
