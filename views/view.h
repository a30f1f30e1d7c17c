// What a tab shows. A view paints into its rectangle when asked, reacts to commands, and tells the frame
// what line 1, the insight line and the key line should say. It never draws by itself: view_dirty asks
// for a frame.
#ifndef VIEWS_VIEW_H
#define VIEWS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/key.h"
#include "kinds/kind.h"
#include "list/fresh.h"
#include "ui/canvas.h"

struct host;
struct ctx;
struct view;

// The object under the cursor, by identity. Strings are borrowed and die with the next loop turn.
struct selection {
    const struct kind *kind;
    struct gvr gvr;
    const char *api_kind, *ns, *name, *uid;
    const struct row *row; // may be NULL (views that are no lists)
};

// A command on its way to whoever handles it: name and the rest of the line.
struct call {
    const char *name, *args;
};

// How much of what is there a view shows, for its title: "19/81 · faults · 3 marked".
struct view_extent {
    size_t shown, total, marked;
    size_t first, page; // of the screen, counted from 0; page: how many have room
    bool faults;        // only what is wrong is shown
};
struct view_ops {
    const char *mode; // keymap mode: "list", "text", "tree"
    void (*free)(struct view *v);
    void (*paint)(struct view *v, struct canvas *c, struct rect r, bool focused);
    // true: done (err may say why it failed); false: not this view's command.
    bool (*command)(struct view *v, const struct call *call, struct err *err);
    // Whether one of its commands does anything now, for the key line and the help. NULL: all do.
    bool (*applies)(struct view *v, const char *command);
    void (*status)(struct view *v, struct view_status *out);
    bool (*selection)(struct view *v, struct selection *out);
    void (*insight)(struct view *v, struct buf *out, style_t *style);
    bool (*extent)(struct view *v, struct view_extent *out); // false: not known yet. NULL: it has none
    void (*show)(struct view *v, bool shown); // holds its watches only while shown
    void (*mouse)(struct view *v, struct rect r, int y, int x, int button, int clicks);
    // Keys (and mouse events, where they are on the screen) and pasted text before any binding sees them:
    // true when the view took them. For what has a keyboard of its own, a shell. NULL: none.
    bool (*key)(struct view *v, struct rect r, struct key k);
    bool (*paste)(struct view *v, const char *text, size_t n);
    // The key to press before one of kview's while the view takes them; false: none is needed now.
    bool (*prefix)(struct view *v, struct key *out);
    // What ends for good when the view is closed ("a shell in shop/web-0"); nothing appended: nothing.
    void (*at_stake)(struct view *v, struct buf *out);
    // Everything as plain text, for save and copy.
    void (*save)(struct view *v, const char *format, struct buf *out);
    // Seconds until what it shows of time is another text (ages); NULL: 10.
    int (*next_change)(struct view *v);
    const char *const *keys; // commands of the key line, in order of use, NULL-terminated
};

struct view {
    const struct view_ops *ops;
    struct host *host;
    struct ctx *ctx;
    uint64_t id;
    char *spec;  // what was typed to get here, "pods -n shop"
    char *title; // of its tab, "Pods"
    char *ns;    // what it shows: one, several ("shop,pay"), "" all; NULL: it is of no namespace
    char *filter_text; // what `/` holds now, NULL: none
    bool faults_only;  // the command "errors-only" holds: Esc ends it
    char *home_ns;  // its context's namespace when it was opened: again so when one is back in it
    // Told once, when what the view is of has ended or the view is freed. May be NULL.
    void (*over)(struct host *host, uint64_t view);
    bool working;   // longer than a moment, at what was asked: Esc is the command "cancel"
    bool on_screen; // what show() said last; only app/tabs.c sets it
};

// What is selected, for whatever acts on it or opens something of it. False, with err: nothing is, or what is has no name,
// by which alone the server could be asked for it.
bool view_selection(struct view *v, struct selection *out, struct err *err);
bool selection_named(const struct selection *sel, struct err *err);

void view_init(struct view *v, const struct view_ops *ops, struct ctx *ctx, const char *spec,
    const char *title);
void view_release(struct view *v);
void view_over(struct view *v);  // what it is of has ended
void view_dirty(struct view *v); // a frame soon (at most 40 a second)

struct table;
struct table_source;
// table_paint with what the frame says of all tables: how close, and which key scrolls.
void view_table(struct view *v, struct table *t, const struct table_source *src, struct canvas *c, struct rect r,
    bool focused);

// The namespace of what is named without one: that of the view in focus where it shows one, else the context's.
const char *view_one_ns(struct host *host, const struct ctx *cx);

#endif
