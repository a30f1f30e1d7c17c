// How two panes share a rectangle: side by side with a column between them, or one above the other. Pure
// arithmetic on cells; the share of the first is kept in thousandths, so that it survives other sizes.
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

#include "ui/canvas.h"

enum { LAYOUT_HALF = 500, LAYOUT_MIN_W = 24, LAYOUT_MIN_H = 5 }; // of a pane with its title

struct split {
    bool below; // the second is below the first, else to its right
    int share;  // of the first, in thousandths
};

bool layout_fits(struct rect area, bool below); // room for two
// The two panes, each at least the minimum, without a gap but the column between two side by side.
void layout_split(struct rect area, struct split s, struct rect out[2]);
// The share after the border has moved by that many cells (down or right); what does not fit is not moved.
int layout_move(struct rect area, struct split s, int cells);

#endif
