// Which keys run which command in which mode. Files are read line by line: `bind MODE KEY… COMMAND`,
// `unbind MODE KEY…`, `include NAME`, `#` comments; a wrong line is reported and the rest applies.
#ifndef KEYMAPS_KEYMAP_H
#define KEYMAPS_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/key.h"

enum { KEYMAP_MAX_SEQ = 4 };

struct keymap_bind {
    char *mode, *command;
    struct key keys[KEYMAP_MAX_SEQ];
    size_t nkeys;
};
struct keymap {
    ARR(struct keymap_bind) binds;
    // Knows command names; fills suggestion for an unknown one. NULL: all are accepted.
    bool (*known)(const char *command, char *suggestion, size_t n);
};
struct keymap_state { // the keys of an unfinished sequence
    struct key keys[KEYMAP_MAX_SEQ];
    size_t n;
};
struct keymap_mode {
    const char *name, *title; // "list", "In lists"
};
enum keymap_result { KEYMAP_NONE, KEYMAP_PENDING, KEYMAP_COMMAND };

struct keymap *keymap_new(bool (*known)(const char *command, char *suggestion, size_t n));
void keymap_free(struct keymap *km);
// Adds the bindings of a text; later ones win. errors gets "NAME:line:column: reason" lines.
void keymap_load(struct keymap *km, const char *name, const char *text, struct buf *errors);
bool keymap_load_builtin(struct keymap *km, const char *name, struct buf *errors); // false: no such
// Feeds one key in a mode, falling through to "global".
enum keymap_result keymap_feed(const struct keymap *km, struct keymap_state *st, const char *mode,
    struct key key, const char **command);
// The shortest keys that run `command` in the mode (or globally), "" when none.
void keymap_keys_of(const struct keymap *km, const char *mode, const char *command, char *out, size_t n);
const char *const *keymap_builtin_names(void); // NULL-terminated
const struct keymap_mode *keymap_modes(void);  // ends with a NULL name

#endif
