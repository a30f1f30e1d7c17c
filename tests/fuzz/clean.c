#include "tests/fuzz/clean.h"

#include <string.h>

#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

void check_clean(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = utf8_decode(s + i, n - i, &cp);
        FUZZ_CHECK(cp != 0xFFFD || len == 3); // U+FFFD itself, not an invalid byte
        FUZZ_CHECK(cp >= 0x20 && (cp < 0x7f || cp >= 0xa0));
        i += len;
    }
}

void check_canvas(const struct canvas *c)
{
    for (int y = 0; y < c->h; y++)
        for (int x = 0; x < c->w; x++) {
            const char *t = c->cells[y * c->w + x].text, *next = x + 1 < c->w ? t + sizeof(*c->cells) : "";
            if (t[0] == '\1') {
                FUZZ_CHECK(!t[1] && x > 0 && utf8_width(t - sizeof(*c->cells)) == 2);
                continue;
            }
            check_clean(t, strlen(t));
            FUZZ_CHECK(!*t || utf8_width(t) == (next[0] == '\1' ? 2 : 1));
            if (c->ascii)
                FUZZ_CHECK(utf8_is_plain(t, strlen(t)));
        }
}
