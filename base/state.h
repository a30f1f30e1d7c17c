// What kview remembers between runs ($XDG_STATE_HOME/kview/state.json): command history, sort, namespaces,
// bookmarks, the last session. Nothing secret. A damaged file is set aside and never fatal.
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct state;

struct state *state_open(const char *path, struct buf *warnings); // path NULL: remembers nothing on disk
// Now; also done by state_close. False: it failed, err says why; said once, until one succeeds. What is on disk and what
// was to be written both stay.
bool state_write(struct state *s, struct err *err);
const json_t *state_section(const struct state *s, const char *section); // borrowed, NULL: empty
void state_close(struct state *s);                                // writes when something changed
void state_set(struct state *s, const char *section, const char *key, const char *value); // NULL: forget
const char *state_get(const struct state *s, const char *section, const char *key);       // NULL: unknown
// Lists, newest last: history, bookmarks, session. add: moves an equal entry to the end, keeps `max`.
void state_list_add(struct state *s, const char *list, const char *text, size_t max);
size_t state_list_count(const struct state *s, const char *list);
void state_list_take(struct state *s, const char *list, json_t *items); // instead of what it was; takes items
const json_t *state_list_json(const struct state *s, const char *list, size_t i);
const char *state_list_at(const struct state *s, const char *list, size_t i);

#endif
