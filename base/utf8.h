// UTF-8: decoding, display widths (utf8proc), grapheme steps and making foreign text harmless.
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// Decodes one code point at s (n bytes left, n > 0). Returns bytes taken (>= 1); *cp is U+FFFD for
// an invalid byte, of which one is taken.
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);
size_t utf8_encode(uint32_t cp, char out[4]);
int utf8_cp_width(uint32_t cp); // 0, 1 or 2 columns; control characters count 0
// The next grapheme cluster: its bytes and its width in columns (0..2).
size_t utf8_grapheme(const char *s, size_t n, int *width);
int utf8_width(const char *s); // columns of the whole string
// Bytes of the longest prefix of s that fits into `cols` columns.
size_t utf8_fit(const char *s, size_t n, int cols);
// No control character, and none that reorders or hides text: what utf8_sanitise leaves as it is.
bool utf8_is_harmless(uint32_t cp);
// Appends s with every control character, invalid byte, bidi override and other invisible formatting
// code point replaced, so that nothing of it can act on a terminal: C0/DEL/C1 as U+FFFD or a blank
// (tab, newline). One line stays one line.
void utf8_sanitise(struct buf *out, const char *s, size_t n);
// The same of a text of several lines: they stay lines, and tabs are kept.
void utf8_sanitise_lines(struct buf *out, const char *s, size_t n);
bool utf8_is_plain(const char *s, size_t n); // printable ASCII only: nothing to sanitise

#endif
