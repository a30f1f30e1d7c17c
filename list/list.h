// A list of a cluster without a screen: one or several kinds, namespaces and selectors as one live table. What
// views/list.c shows, `--once` prints and tests/headless links.
#ifndef LIST_LIST_H
#define LIST_LIST_H

#include <stdbool.h>

#include "base/buf.h"
#include "client/watch.h"
#include "list/ctx.h"
#include "list/filter.h"
#include "list/model.h"
#include "list/spec.h"

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
    uint64_t ns_call;  // whether its namespace exists (list/missing.h)
    bool ns_asked, ns_missing;
};
struct list_listener { // NULL members: nobody
    void *arg;
    void (*changed)(void *arg); // rows, or how fresh they are: a frame soon
    void (*columns)(void *arg); // other columns
    void (*row)(void *arg, const struct kind *kind, const struct row *row); // one that is shown came or changed
};
struct users;
struct list {
    struct ctx *ctx;
    struct list_listener listener;
    struct spec spec;
    char *ns; // one, several ("shop,pay"), "" all; NULL: it is of no namespace
    const struct kind *kind;             // NULL for composites
    const struct kind *const *composite; // their kinds, NULL-terminated
    struct users *users; // of a list of what uses an object (list/users.h)
    ARR(struct list_feed *) feeds;
    ARR(struct list_column) cols;
    struct list_model model;
    struct filter *filter, *labels;
    char *filter_text; // of filter, NULL: none
    char *sort_name;
    int sort_col; // -1: by name
    char *layout; // columns chosen, NULL: the kind's own (list/columns.h)
    struct cell_env env; // of the merge under way
    bool sort_desc, wide, errors_only, kubectl_columns, many_ns;
    bool metrics; // there are some: their columns are shown
    struct buf scratch;
};

// The words of spec are copied. False: no such kind here, err says so; then there is nothing to release.
bool list_init(struct list *l, struct ctx *cx, const struct spec *spec, struct err *err);
void list_release(struct list *l);
void list_open(struct list *l);  // starts its watches
void list_close(struct list *l); // lets them go; no rows then
bool list_merge(struct list *l); // takes in what came; true: the rows may be others

bool list_set_filter(struct list *l, const char *text, struct err *err);
void list_set_sort(struct list *l, const char *name, bool desc);
void list_set_layout(struct list *l, const char *layout); // columns_apply makes it so
const char *list_usual_sort(const struct list *l); // a column; first '-': the greatest first
void list_use_kubectl_columns(struct list *l, bool wide);

const struct kind *list_kind_at(const struct list *l, size_t i);
struct cell_env list_env(const struct list *l);

#endif
