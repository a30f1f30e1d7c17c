// $XDG_CONFIG_HOME/kview/config.yaml, and what config.d/*.yaml beside it add: what the user chose. Unknown keys and wrong values are reported with
// file:line:column and the rest applies.
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/prompt.h"
#include "ui/theme.h"

struct config;
struct ctx;
struct customs;
struct keymap;

struct config_key {
    const char *key;
    json_type type; // JSON_TRUE stands for a bool
    const char *want; // what it must be
    const char *more; // for the manual; NULL: nothing
};
const struct config_key *config_keys(size_t *n);

struct config *config_load(struct buf *problems); // never NULL
void config_free(struct config *c);
const char *config_text(const struct config *c, const char *key); // NULL: not set
bool config_flag(const struct config *c, const char *key, bool fallback);
const char *config_alias(const struct config *c, const char *word); // NULL: none
// What `columns:` and `sort:` say of a kind, under any of its names; the layout is list/columns.h's.
char *config_columns(const struct config *c, const char *kind); // the caller frees; NULL: nothing
const char *config_sort(const struct config *c, const char *kind);
const struct customs *config_customs(const struct config *c); // `commands:`; never NULL
void config_hotkeys(const struct config *c, struct keymap *km, struct buf *problems); // `hotkeys:` as bindings
const char *config_favourite(const struct config *c, int slot); // 1-9; NULL: free
void config_apply_context(const struct config *c, struct ctx *cx);  // read-only where protected
// A built-in theme or skins/NAME.yaml beside the configuration.
const struct theme *config_theme(
    struct config *c, const char *name, struct theme *skin, struct err *err);
void config_skins(const char *but, struct choices *out); // the skins that are there, but one

#endif
