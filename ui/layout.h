// How panes share a rectangle: each but the first took a part of an older one's place, to its right with a
// column between them, or below. Pure arithmetic on cells; the share of the older is kept in thousandths, so
// that it survives other sizes.
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"

enum { LAYOUT_HALF = 500, LAYOUT_MIN_W = 24, LAYOUT_MIN_H = 5 }; // of a pane with its title
enum { LAYOUT_MAX = 4 }; // panes

struct split {
    size_t of;  // the older one
    bool below; // the newer is below the older, else to its right
    int share;  // of the older, in thousandths
};
struct layout {
    size_t n; // panes, from 1
    struct split splits[LAYOUT_MAX]; // of each; that of the first means nothing
};

bool layout_fits(struct rect area, bool below); // room for two
// The two panes, each at least the minimum, without a gap but the column between two side by side.
void layout_split(struct rect area, struct split s, struct rect out[2]);
// The share after the border has moved by that many cells (down or right); what does not fit is not moved.
int layout_move(struct rect area, struct split s, int cells);

// Every pane's rectangle. both, when not NULL: the one that each pane but the first shared with the older one when
// it came. False: there is no room for all of them.
bool layout_place(const struct layout *l, struct rect area, struct rect out[LAYOUT_MAX], struct rect both[LAYOUT_MAX]);
// The pane whose coming made the innermost border of this one; 0: there is one pane.
size_t layout_border(const struct layout *l, size_t pane);
// Takes a pane out, and who stood beside it takes the place of both. Returns the number that is free now: what had it
// has that of `pane`, and those after it are one less. larger: whose place became larger.
size_t layout_remove(struct layout *l, size_t pane, size_t *larger);

#endif
