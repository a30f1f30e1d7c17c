// `kview import k9s`: what a configuration of k9s says, as one of kview's: config.d/k9s.yaml and skins, with a report of
// what was taken, what was changed and what was left, by file and line. Nothing of k9s is read but its files.
#ifndef APP_K9S_H
#define APP_K9S_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arr.h"
#include "base/buf.h"

struct keymap;

int k9s_import_main(int argc, char **argv); // of `kview import`: the words after it; the exit status

// ---- between app/k9s*.c

enum k9s_verdict { K9S_TAKEN, K9S_CHANGED, K9S_LEFT };
struct k9s_note {
    enum k9s_verdict verdict;
    char *at, *text; // "plugins.yaml:3"
};
struct k9s {
    const char *dir;
    json_t *own_doc;
    struct keymap *keys;
    json_t *out;       // the configuration that is made
    json_t *skins;     // name: document
    ARR(struct k9s_note) notes;
    // The file that is read
    char *file, *context; // relative to dir; context NULL: of all
    json_t *doc, *where;
};

void k9s_read(struct k9s *k); // all files of dir into out, skins and notes; keys, out and skins are there before
void k9s_release(struct k9s *k); // what it points to but dir

// pointer: of the file that is read, "/plugins/x"; where it is not known, that of its parents.
void k9s_say(struct k9s *k, enum k9s_verdict verdict, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
json_t *k9s_section(struct k9s *k, const char *name, bool list); // of out, made when it is not there

// A key as k9s writes it (Shift-R, Ctrl-J, F5) as kview does; false: not a key that kview can be given.
bool k9s_key(const char *from, char *out, size_t n);
const char *k9s_key_taken(const struct k9s *k, const char *key); // kview's command in lists; NULL: none
// What k9s's prompt takes as what kview's takes; NULL with `why` (static): kview has nothing like it.
char *k9s_line(const char *from, const char **why);
char *k9s_kind(const char *from); // "apps/v1/deployments": deployments.apps
// Code for a shell, in which k9s would put values: they are quoted variables of the environment then. False, why: it
// needs what is not there.
bool k9s_code(const char *from, struct buf *out, bool *changed, const char **why);

void k9s_plugins(struct k9s *k);
void k9s_aliases(struct k9s *k);
void k9s_hotkeys(struct k9s *k);
void k9s_views(struct k9s *k);
void k9s_skin(struct k9s *k, const char *name);
void k9s_config(struct k9s *k);
void k9s_context_config(struct k9s *k);

#endif
