// A tree of nodes with stable identity: rebuilds keep cursor and expansion by id (tmux's mode-tree).
#ifndef UI_TREE_H
#define UI_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "ui/canvas.h"

struct tree_node {
    char *id, *label, *note; // owned; note: dim, aligned in a column
    style_t style;
    int depth;
    bool leaf, starts_closed;
};
struct tree {
    ARR(struct tree_node) nodes; // all of them, in order, parents first
    ARR(size_t) shown;
    struct tree_ids *toggled; // ids that are not as they start
    bool folded;             // by fold-all
    size_t top, cursor;      // in shown
    char *cursor_id;
    int page;
};

void tree_init(struct tree *t);
void tree_release(struct tree *t);
void tree_begin(struct tree *t); // a rebuild: add every node again, then tree_end
struct tree_node *tree_add(struct tree *t, int depth, const char *id, const char *label);
void tree_end(struct tree *t);
void tree_toggle(struct tree *t);
bool tree_is_toggled(const struct tree *t, const char *id); // not as it starts
void tree_untoggle_all(struct tree *t);
void tree_fold_all(struct tree *t, bool closed);
void tree_move(struct tree *t, long delta);
// The commands of every tree: up, down, page-up …, fold, fold-all. false: not one of them.
bool tree_command(struct tree *t, const char *name);
const struct tree_node *tree_current(const struct tree *t); // NULL: empty
// All that is shown, folded or not, as text.
void tree_plain(const struct tree *t, struct buf *out);
void tree_paint(struct tree *t, struct canvas *c, struct rect r, bool focused);

#endif
