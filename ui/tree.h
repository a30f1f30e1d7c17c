// A tree of nodes with stable identity: rebuilds keep cursor and expansion by id (tmux's mode-tree).
#ifndef UI_TREE_H
#define UI_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "ui/canvas.h"

struct tree_node {
    char *id, *label, *note; // owned; note: dim, aligned in a column
    style_t style;
    int depth;
    bool leaf;
};
struct tree {
    ARR(struct tree_node) nodes; // all of them, in order, parents first
    ARR(size_t) shown;
    struct tree_ids *closed; // ids that are folded
    size_t top, cursor;      // in shown
    char *cursor_id;
    int page;
    bool start_folded; // nodes are folded until opened: `closed` then holds the open ones
};

void tree_init(struct tree *t);
void tree_release(struct tree *t);
void tree_begin(struct tree *t); // a rebuild: add every node again, then tree_end
struct tree_node *tree_add(struct tree *t, int depth, const char *id, const char *label);
void tree_end(struct tree *t);
void tree_toggle(struct tree *t);
bool tree_is_folded(const struct tree *t, const char *id);
void tree_forget_folds(struct tree *t); // all as they were at the start
void tree_fold_all(struct tree *t, bool closed);
void tree_move(struct tree *t, long delta);
const struct tree_node *tree_current(const struct tree *t); // NULL: empty
void tree_paint(struct tree *t, struct canvas *c, struct rect r, bool focused);

#endif
