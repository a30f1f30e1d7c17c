#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t utf8_decode(const char *s, size_t n, uint32_t *cp)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t got = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &c);
    if (got <= 0) {
        *cp = 0xFFFD;
        return 1;
    }
    *cp = (uint32_t)c;
    return (size_t)got;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)out);
}

int utf8_cp_width(uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
        return 0;
    if (cp < 0x7f)
        return 1;
    int w = utf8proc_charwidth((utf8proc_int32_t)cp);
    return w < 0 ? 0 : w > 2 ? 2 : w;
}

size_t utf8_grapheme(const char *s, size_t n, int *width)
{
    unsigned char c = (unsigned char)s[0];
    if (c >= 0x20 && c < 0x7f && (n == 1 || (unsigned char)s[1] < 0x80)) {
        *width = 1;
        return 1;
    }
    uint32_t cp;
    utf8proc_int32_t state = 0;
    size_t at = utf8_decode(s, n, &cp);
    int w = utf8_cp_width(cp);
    while (at < n) {
        uint32_t next;
        size_t len = utf8_decode(s + at, n - at, &next);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp, (utf8proc_int32_t)next, &state))
            break;
        if (next == 0xFE0F && w == 1)
            w = 2; // emoji presentation selector (UTS #51)
        else if (utf8_cp_width(next) > w)
            w = utf8_cp_width(next);
        cp = next;
        at += len;
    }
    *width = w;
    return at;
}

int utf8_width(const char *s)
{
    size_t n = strlen(s);
    int total = 0;
    for (size_t i = 0; i < n;) {
        int w;
        i += utf8_grapheme(s + i, n - i, &w);
        total += w;
    }
    return total;
}

size_t utf8_fit(const char *s, size_t n, int cols)
{
    size_t i = 0;
    while (i < n) {
        int w;
        size_t len = utf8_grapheme(s + i, n - i, &w);
        if (w > cols)
            break;
        cols -= w;
        i += len;
    }
    return i;
}

bool utf8_is_plain(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] >= 0x7f)
            return false;
    return true;
}

// Formatting that reorders or hides text (Unicode TR #36): overrides, isolates, invisible operators,
// tags, line and paragraph separators. ZWJ and variation selectors stay: emoji need them.
static bool is_deceptive(uint32_t cp)
{
    return (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200E ||
           cp == 0x200F || cp == 0x200B || cp == 0x061C || cp == 0xFEFF || cp == 0x2028 ||
           cp == 0x2029 || (cp >= 0x2060 && cp <= 0x2064) || (cp >= 0xE0000 && cp <= 0xE007F) ||
           cp == 0x00AD || (cp >= 0xFFF9 && cp <= 0xFFFB);
}

bool utf8_is_harmless(uint32_t cp)
{
    return !(cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xFFFD || is_deceptive(cp));
}

void utf8_sanitise_lines(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = 0;
        while (i + len < n && s[i + len] != '\n' && s[i + len] != '\t')
            len++;
        utf8_sanitise(out, s + i, len);
        i += len;
        if (i < n)
            buf_putc(out, s[i++]);
    }
}

void utf8_sanitise(struct buf *out, const char *s, size_t n)
{
    if (utf8_is_plain(s, n)) {
        buf_add(out, s, n);
        return;
    }
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = utf8_decode(s + i, n - i, &cp);
        if (cp == '\t' || cp == '\n' || cp == '\r')
            buf_putc(out, ' ');
        else if (!utf8_is_harmless(cp))
            buf_puts(out, "\xEF\xBF\xBD");
        else
            buf_add(out, s + i, len);
        i += len;
    }
}
