// A table of rows with a cursor: columns, widths of all rows that only grow while one looks (nothing jumps),
// sorting marks, marks, horizontal scroll. It knows indexes only while painting; the view keeps identity.
// Where the screen is too narrow, columns leave whole, from the least important, and a sign in the header says how
// many and which key shows them; names are cut in the middle, and what is wrong last of all.
// The cursor row shows a bar in the gutter and its first (name) column highlighted: a cursor move costs
// few bytes on the wire.
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ui/canvas.h"

struct table_col {
    const char *name;
    int min, max; // widths in columns; max 0: none. It is longer where there is room to spare
    bool right;   // numbers
    bool key;     // the identity column, highlighted at the cursor: stays, cut late and in the middle
    bool state;   // what is wrong: stays, cut last
    int rank;     // the greatest leaves first where there is no room, below TABLE_OPTIONAL after names were cut; 0: by place
};
enum { TABLE_OPTIONAL = 10 };
struct table_source {
    void *arg;
    size_t (*count)(void *arg);
    // Appends the text of a cell; returns its style.
    style_t (*cell)(void *arg, size_t row, size_t col, struct buf *out);
    bool (*marked)(void *arg, size_t row);
};
struct table {
    struct table_col *cols; // owned copy
    int *width;             // of the widest cell so far
    int *head;              // of the names
    size_t ncols;
    size_t top, cursor;
    size_t left;            // first scrolled column (the key column always stays)
    int sort_col;           // -1: none
    bool sort_desc;
    int page;               // rows visible at the last paint
    bool compact;           // no gap beyond one blank
    bool tight;             // nor now: else a column would leave, or a name be cut (set by paint)
    bool measured;          // the view tells of each row by table_measure; else the first 500 and what is seen count
    int hidden;             // columns that had no room at the last paint
    const char *more_key;   // what scrolls to them, for the sign; NULL: no key
    struct buf scratch;
};

void table_init(struct table *t);
void table_release(struct table *t);
void table_set_cols(struct table *t, const struct table_col *cols, size_t n); // resets widths
void table_reset_widths(struct table *t);
void table_measure(struct table *t, size_t col, const char *cell); // grows the column's width to it
// Paints header and rows into r; focused decides how the cursor looks.
void table_paint(struct table *t, const struct table_source *src, struct canvas *c, struct rect r,
    bool focused);
// Moves the cursor by rows (clamped to count); keeps it visible at the next paint.
void table_move(struct table *t, long delta, size_t count);
void table_goto(struct table *t, size_t row, size_t count);
void table_scroll_cols(struct table *t, int delta);
// What is at (y, x) of the rect painted last: -1 header (column in *col), row index, or -2 nothing.
long table_hit(const struct table *t, struct rect r, int y, int x, size_t count, int *col);

#endif
