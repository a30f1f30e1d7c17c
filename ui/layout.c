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

bool layout_place(const struct layout *l, struct rect area, struct rect out[LAYOUT_MAX], struct rect both[LAYOUT_MAX])
{
    bool fits = true;
    out[0] = area;
    for (size_t i = 1; i < l->n; i++) {
        const struct split *s = &l->splits[i];
        struct rect two[2], shared = out[s->of];
        fits = fits && layout_fits(shared, s->below);
        layout_split(shared, *s, two);
        out[s->of] = two[0];
        out[i] = two[1];
        if (both)
            both[i] = shared;
    }
    return fits;
}

// The last that took a part of its place; else how it came itself.
size_t layout_border(const struct layout *l, size_t pane)
{
    for (size_t i = l->n; i-- > 1;)
        if (l->splits[i].of == pane)
            return i;
    return pane;
}

size_t layout_remove(struct layout *l, size_t pane, size_t *larger)
{
    size_t gone = layout_border(l, pane); // of the two at this border one stays, under the older one's number
    *larger = gone == pane ? l->splits[gone].of : pane;
    for (size_t i = gone + 1; i < l->n; i++) {
        struct split s = l->splits[i];
        s.of = s.of == gone ? *larger : s.of;
        s.of -= s.of > gone;
        l->splits[i - 1] = s;
    }
    l->n--;
    return gone;
}
