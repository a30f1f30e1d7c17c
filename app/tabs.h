// Tabs and their panes: which views there are and which of them are on the screen. A tab shows one pane to
// four, each with the views one has been through. Views are told here, and only here, that they are shown or
// hidden; nothing else frees them.
#ifndef APP_TABS_H
#define APP_TABS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "ui/layout.h"

struct app;
struct err;
struct view;

struct pane {
    ARR(struct view *) stack; // where one has been; `at` is shown, what lies after it is "forward"
    size_t at;
    char *waiting; // what is opened here when the server's list of resources is there
};
struct tab {
    struct pane *panes[LAYOUT_MAX]; // in the order they came
    struct layout layout;           // how many there are, and where
    size_t focus;
    bool zoomed; // only the pane in focus is shown
    struct {
        struct pane *pane; // the one that follows the cursor of the others (app/peek.h), NULL: none
        char *what, *of;
    } peek;
};
enum tab_look { TAB_SINGLE, TAB_SPLIT, TAB_ZOOMED, TAB_TOO_SMALL };

struct place { // a pane on the screen
    struct pane *pane;
    struct rect whole, body; // with and without the title that it has beside another
    bool focused;
};

struct pane *pane_new(void);
void pane_free(struct pane *p);
void tabs_forget_way(struct pane *p); // back and forward: only the view shown stays, and what would end with it
struct view *pane_view(const struct pane *p); // NULL: none yet
struct view *tab_view(const struct tab *t);   // of the pane in focus
void tab_free(struct tab *t);

struct tab *tabs_now(const struct app *app);  // NULL at the start
struct pane *tabs_target(struct app *app);    // where what is opened goes
struct rect tabs_area(const struct app *app); // all panes together
enum tab_look tabs_look(const struct app *app, const struct tab *t);
size_t tabs_places(const struct app *app, struct place out[LAYOUT_MAX]); // of the tab shown, the one in focus last
bool tabs_place_at(const struct app *app, int y, int x, struct place *out);
// After any change: hides and shows, and the namespace is that of the view in focus.
void tabs_sync(struct app *app);

void tabs_push(struct app *app, struct pane *p, struct view *v); // takes v
void tabs_step_view(struct app *app, int delta);                 // -1 back, 1 forward
void tabs_add(struct app *app, struct pane *p);                  // a tab of its own, to the right; takes p
void tabs_go(struct app *app, size_t tab);
void tabs_close(struct app *app); // the tab shown; never the last
bool tabs_room(const struct app *app, bool below, struct err *err); // for one more pane, where the one in focus is
void tabs_split(struct app *app, struct pane *p, bool below); // takes p; into the focus
void tabs_focus(struct app *app, size_t pane);
void tabs_focus_pane(struct app *app, const struct pane *p); // one of the tab shown
size_t tabs_next_pane(const struct app *app); // as one reads: from left to right, line by line
// The rectangle that the border nearest to the pane in focus divides, and how.
struct split *tabs_border(struct app *app, struct rect *area);
struct pane *tabs_take_pane(struct app *app); // the one in focus out of a split; the caller's
void tabs_free_all(struct app *app);

// What would end for good, a line each.
void pane_stakes(const struct pane *p, struct buf *out);
void tab_stakes(const struct tab *t, struct buf *out);

#endif
