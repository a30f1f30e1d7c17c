// The chooser of columns: every column there is, with the list changing behind it.
#ifndef APP_CHOOSER_H
#define APP_CHOOSER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/key.h"
#include "ui/canvas.h"
#include "views/list.h"

struct column_choice {
    char *name;
    bool shown;
};
struct chooser {
    uint64_t view; // of the list, by id
    ARR(struct column_choice) items;
    size_t selected, top;
};
void chooser_open(struct chooser *ch, struct list_view *w);
void chooser_close(struct chooser *ch);
bool chooser_key(struct chooser *ch, struct list_view *w, struct key k); // false: it is closed
void chooser_paint(struct chooser *ch, struct canvas *c, struct rect screen);

#endif
