#include "ui/layout.h"

enum { WHOLE = 1000 };

// Cells that the two share, and the least of each.
static int room(struct rect area, bool below)
{
    return below ? area.h : area.w - 1;
}

static int least(bool below)
{
    return below ? LAYOUT_MIN_H : LAYOUT_MIN_W;
}

bool layout_fits(struct rect area, bool below)
{
    return room(area, below) >= 2 * least(below) && area.w >= LAYOUT_MIN_W && area.h >= LAYOUT_MIN_H;
}

static int clamp(int first, struct rect area, bool below)
{
    int min = least(below), max = room(area, below) - min;
    return first > max ? max : first < min ? min : first; // too small for two: the first keeps its least
}

static int first_size(struct rect area, struct split s)
{
    return clamp((room(area, s.below) * s.share + WHOLE / 2) / WHOLE, area, s.below);
}

void layout_split(struct rect area, struct split s, struct rect out[2])
{
    int first = first_size(area, s);
    out[0] = out[1] = area;
    if (s.below) {
        out[0].h = first;
        out[1].y += first;
        out[1].h -= first;
    } else {
        out[0].w = first;
        out[1].x += first + 1;
        out[1].w -= first + 1;
    }
}

int layout_move(struct rect area, struct split s, int cells)
{
    int cellsum = room(area, s.below);
    if (!layout_fits(area, s.below))
        return s.share;
    int first = clamp(first_size(area, s) + cells, area, s.below);
    return (first * WHOLE + cellsum / 2) / cellsum;
}
