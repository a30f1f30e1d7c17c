// Inside an action: one command (struct op) over its objects (struct item), from first read to end. Shared by op.c
// (its course), op_item.c (one object), op_ask.c (the words) and actions.c (the commands); nobody else's.
#ifndef APP_OP_H
#define APP_OP_H

#include <jansson.h>
#include <stdbool.h>

#include "acts/act.h"
#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"

struct app;
struct ctx;
struct edit;
struct evidence;

// Of more objects than OP_SAMPLE the first so many are read and tried out for the question, which must not take long; each of
// the others is read when its turn comes. What becomes of so many is not followed one by one either.
enum { OP_SALT = 5, OP_SAMPLE = 20 };
enum step { STEP_RIGHT, STEP_READ, STEP_SCALE, STEP_HISTORY, STEP_SERVICES, STEP_OWNER, STEP_MORE, STEP_DRY, STEP_ASK, STEP_KEEP, STEP_SEND, STEP_OVER };
enum fate { FATE_NONE, FATE_NOTHING, FATE_FAILED, FATE_CHANGED, FATE_DONE, FATE_STOPPED }; // CHANGED: not what was asked about any more

struct item { // one object of an action
    struct op *op;
    struct act_target t;
    char *args;       // its own, of an undo; NULL: those of the command
    uint64_t undo_of; // the journal's entry that this takes back
    json_t *object, *scale, *history, *owner, *more;
    struct act_plan plan;
    json_t *base, *edited; // of edit
    json_t *faults;        // what the server found wrong with that, as edit_faults; NULL: nothing
    struct buf dry; // what the server's dry run said
    bool planned, dry_refused;
    bool late;    // not part of the sample
    bool again;   // it was sent and refused by its guard: what it is now decides
    bool unknown; // it was sent and no answer came
    int tries;
    uint64_t request;
    struct evidence *evidence; // on its way, NULL
    char *kept;                // where it is, NULL
    enum step step;
    enum fate fate;
    struct err err;
};
enum { AROUND_HPAS, AROUND_BUDGETS, AROUND_SERVICES, AROUNDS };
struct around { // what is beside the objects, by namespace
    struct op *op;
    char *ns;
    struct beside {
        struct around *of;
        json_t *list; // NULL: not asked for, or err
        struct err err;
        uint64_t request;
    } lists[AROUNDS];
};
struct op { // one command, over one object or several
    struct app *app;
    struct ctx *cx;
    const struct act *act;
    char *args, salt[OP_SALT + 1];
    struct edit *edit; // what it sends an edit of, NULL
    char *lead; // a line before all others in the question, NULL: none
    ARR(struct item *) items;
    ARR(struct around *) around;
    uint64_t group; // in the journal
    bool keep; // evidence, before it is sent
    size_t kept;
    int64_t keep_until; // by the loop's clock: so long the first of them wait for evidence
    bool undoes, begun, asked, confirmed, over;
    bool reading; // what it is now, for the prompt
};
struct actions {
    struct app *app;
    ARR(struct op *) ops;
    ARR(struct verdict *) verdicts;
    ARR(struct edit *) edits;
    uint64_t groups;
};

struct op *op_new(struct app *app, struct ctx *cx, const struct act *act); // op_end frees it
struct item *op_add(struct op *op, const struct act_target *t);            // copies t
void op_start(struct op *op); // puts the question and goes on by itself; may end at once
void op_end(struct op *op);
void op_pump(struct op *op); // an item or an answer has come further
bool op_waiting(const struct op *op);
void op_stop(struct op *op); // what is not sent yet
size_t op_count(const struct op *op, enum fate fate);

const struct around *op_around(const struct op *op, const char *ns); // NULL: nothing is read there

const char *item_args(const struct item *it);
void item_go(struct item *it); // its next step
void item_stop(struct item *it);
void item_free(struct item *it);

void op_title(const struct op *op, char out[96]);
void op_ask_busy(const struct op *op, struct buf *out);
void op_ask_text(const struct op *op, struct buf *out);
void op_ask_failures(const struct op *op, struct buf *out);

#endif
