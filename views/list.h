// The list view: one or several kinds, namespaces and selectors as one live table. Also the model of
// `--once`, which loads the same list without a screen.
#ifndef VIEWS_LIST_H
#define VIEWS_LIST_H

#include <stdbool.h>

#include "client/watch.h"
#include "list/filter.h"
#include "list/model.h"
#include "list/spec.h"
#include "ui/table.h"
#include "views/view.h"

struct set_mark;

// A column as shown: of the kind, or one that the list adds itself.
enum list_column_type { LC_KIND_COLUMN, LC_NAMESPACE, LC_KIND, LC_BY_NAME, LC_LABEL };
struct list_column {
    enum list_column_type type;
    const char *name;
    const struct column *col; // of LC_KIND_COLUMN
    char *label; // of LC_LABEL: the key; name is owned as well
};
struct list_feed { // one watch of the list
    struct list *list;
    const struct kind *kind;
    char *ns;
    struct watch *watch;
    struct watch_listener listener;
    bool local_labels; // a warm watch of everything serves: select here
};
struct list {
    struct view v;
    struct spec spec;
    const struct kind *kind;             // NULL for composites
    const struct kind *const *composite; // their kinds, NULL-terminated
    ARR(struct list_feed *) feeds;
    ARR(struct list_column) cols;
    struct list_model model;
    struct table table;
    struct filter *filter, *labels;
    char *cursor_uid;
    char *sort_name;
    char *layout; // columns chosen, NULL: the kind's own (list/columns.h)
    bool sort_desc, wide, errors_only, waiting_kind, shown, kubectl_columns, many_ns;
    bool moved;   // the cursor, by the user
    bool complete; // everything was there once
    bool metrics; // there are some: their columns are shown
    struct set_mark *marks;
    size_t mark_anchor;
    struct buf scratch;
};

struct view *list_new(struct app *app, struct ctx *cx, const struct spec *spec, struct err *err);
// For --once: the view as kubectl prints it ("text") or JSON; false while it still loads.
bool list_loaded(struct list *l, struct err *err);
void list_print(struct list *l, const char *format, struct buf *out);
// What a command applies to: the marked rows that are shown, else the one under the cursor. Fills at most max,
// returns how many there are.
size_t list_targets(struct list *l, struct selection *out, size_t max);
struct list *list_of(struct view *v); // NULL: not a list

#endif
