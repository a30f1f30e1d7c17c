// Small helpers on C strings, base64, and reading whole files. No locale, no Kubernetes.
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

static inline const char *str_or(const char *s, const char *fallback)
{
    return s && *s ? s : fallback;
}
int str_order(const void *a, const void *b); // qsort, of an array of strings: by their bytes
bool str_eq(const char *a, const char *b);       // NULL equals only NULL
bool str_ieq(const char *a, const char *b);      // ASCII case ignored
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
const char *str_icontains(const char *hay, const char *needle); // ASCII case ignored; NULL: not there
char *str_trim(char *s);                         // in place; returns the first non-blank
bool str_to_i64(const char *s, int64_t *out);    // the whole string, base 10
char *str_replace_first(const char *s, const char *what, const char *with); // a new string
int str_natural_cmp(const char *a, const char *b); // "web-9" before "web-10"
// Edit distance with transpositions (Damerau), at most `limit`+1: for "did you mean".
int str_distance(const char *a, const char *b, int limit);
// Of candidates offered one by one the nearest to word: within is how far it may be at most, and is lowered by each that is
// nearer; name (borrowed) is NULL until one is.
struct str_near {
    const char *word;
    int within;
    const char *name;
};
void str_near(struct str_near *n, const char *candidate);
// Fuzzy score of `pat` as a subsequence of `s` (case ignored): <0 no match, higher is better.
int str_fuzzy(const char *pat, const char *s);

bool b64_decode(const char *s, size_t n, struct buf *out); // false: not base64; appends
void b64_encode(const void *data, size_t n, struct buf *out);
bool str_fits_header(const char *s); // can be sent as the value of an HTTP header (RFC 9110, 5.5); NULL can
void str_url_escape(struct buf *out, const char *s); // query component, RFC 3986
// One segment of a path, RFC 3986: `/`, `%`, `?`, `#`, blanks and `+` (a blank to some proxies) are escaped, and "." and
// "..", which would be normalised away.
void str_path_escape(struct buf *out, const char *s);

// open(2), made 0600, of a regular file or /dev/null: a named pipe, a device or a socket would be waited for and is
// refused. -1: err says why.
int file_open(const char *path, int flags, struct err *err);
// Reads a whole file of at most `max` bytes; err names the file and the cause.
bool file_read(const char *path, size_t max, struct buf *out, struct err *err);
// Writes a file 0600 through a temporary and rename, making its folder 0700 if missing.
bool file_write(const char *path, const void *data, size_t n, struct err *err);
bool dir_make(const char *path, struct err *err); // mkdir -p, 0700

#endif
