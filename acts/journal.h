// What was changed, by this kview and by those before it: one entry an action and object, with what it was before and
// after, what came of it, and the command that takes it back. Kept as JSON lines in the state folder (journal.jsonl,
// 0600); views/journal.c shows them.
#ifndef ACTS_JOURNAL_H
#define ACTS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "acts/act.h"
#include "base/arr.h"
#include "base/err.h"

struct ctx;
struct journal;

enum journal_state { JOURNAL_RUNNING, JOURNAL_DONE, JOURNAL_FAILED };
struct journal_entry {
    uint64_t id, group; // those of one command are one group
    int64_t at; // Unix seconds
    struct ctx *cx; // NULL: of another run of kview
    struct act_target target; // its kind and gvr only where there is cx
    char *context, *action, *args, *before, *after, *undo, *result;
    json_t *was, *is; // of an edit: the object, to take it back; never in the file
    char *evidence; // the folder in which it is kept, "": none
    enum journal_state state;
    bool undone;
};

const char *journal_state_name(enum journal_state state); // "running"

struct journal *journal_new(void); // in the state folder
void journal_free(struct journal *j);
// Takes the strings and documents of e and what is in its target; returns its id.
uint64_t journal_add(struct journal *j, struct journal_entry *e);
const struct journal_entry *journal_find(const struct journal *j, uint64_t id); // NULL: unknown
void journal_tell(struct journal *j, uint64_t id, enum journal_state state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// What came of it and where evidence of it is.
void journal_put_result(const struct journal_entry *e, struct buf *out);
bool journal_can_undo(const struct journal_entry *e);
// The last action in this context that can be taken back and was not; NULL: none.
const struct journal_entry *journal_undoable(const struct journal *j, const struct ctx *cx);
void journal_undone(struct journal *j, uint64_t id);

size_t journal_count(const struct journal *j);
const struct journal_entry *journal_at(const struct journal *j, size_t i); // the newest first

#endif
