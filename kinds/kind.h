// A kind is a table: the resource, the JSON paths it needs, how a document becomes a row, its columns,
// where Enter leads and what it can do. kinds/NAME.c holds one each, kinds/registry.c a line
// each. Help, completion and manual pages are generated from these tables.
#ifndef KINDS_KIND_H
#define KINDS_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "client/gvr.h"
#include "client/metrics.h"
#include "client/row.h"
#include "ui/style.h"

enum col_format {
    FMT_TEXT,     // field is text, shown as is; `<none>` where kubectl prints that is the decoder's work
    FMT_NAME,     // the row's name (no field)
    FMT_NS,       // the row's namespace (no field)
    FMT_AGE,      // human_age of the row's creation (no field)
    FMT_TIME_AGO, // human_age of a Unix time; "" or `<none>` (see flag) when 0
    FMT_INT,
    FMT_RATIO,  // field a, field+1 b: "a/b"; sorts by a/b
    FMT_CPU,    // millicores as "250m", "" when negative
    FMT_MEM,    // bytes as "96Mi", "" when negative
    FMT_LABELS, // all labels
};
enum col_flags {
    COL_KUBECTL = 1,     // in kubectl's default table, in this order
    COL_KUBECTL_WIDE = 2, // in kubectl -o wide only
    COL_SCREEN = 4,      // on kview's screen
    COL_SCREEN_WIDE = 8, // on kview's screen when wide columns are on
    COL_RIGHT = 16,
    COL_METRICS = 64, // gone where there is no metrics server
    COL_NONE = 32, // FMT_TIME_AGO, 0: print `<none>`
    // The usual combinations: both in kubectl's and on the screen.
    COL_BOTH = COL_KUBECTL | COL_SCREEN,
    COL_WIDE = COL_KUBECTL_WIDE | COL_SCREEN_WIDE,
};
// What other lists know of a row, for the cells that need a second kind. A missing function, false or a
// number below zero: not known (nobody watches that kind); such a cell stays empty.
struct pod_sum {
    int64_t pods, cpu_milli, mem_bytes; // Pods that have not finished, and their requests
};
struct joins {
    void *arg;
    bool (*pods_on_node)(void *arg, const char *node, struct pod_sum *out);
    bool (*endpoints_of)(void *arg, const char *ns, const char *service, int64_t *ready, int64_t *total);
    int64_t (*users_of)(void *arg, const char *plural, const char *ns, const char *name);
    bool (*is_chosen)(void *arg, const char *name); // this default StorageClass is the one of several that is taken
};
// What a column may look at beside its row.
struct cell_env {
    int64_t now; // Unix seconds
    const struct metrics *metrics; // NULL: none
    bool wide; // wide columns are on
    bool kubectl; // kubectl's columns, with its words alone
    int minor;    // of the server: 35 for v1.35.4; 0: not known
    const struct joins *joins; // NULL: none
};
struct column {
    const char *name; // as kubectl's header: "READY", "UP-TO-DATE"
    enum col_format format;
    uint8_t field;
    uint8_t flags;
    uint8_t max; // width limit on screen, 0: none
    // Overrides the format's text; returns nothing, appends to out.
    void (*text)(const struct row *row, const struct cell_env *env, struct buf *out);
    // Overrides the format's sort key.
    double (*key)(const struct row *row, const struct cell_env *env);
    // The style of one cell; NULL: the row's severity colours the STATUS-like columns (see `status`).
    style_t (*style)(const struct row *row, const struct cell_env *env);
    bool status; // coloured by the row's severity even where the row itself is not
    uint8_t since; // kubectl has it from servers of that minor version on, the screen always; 0: from all
    uint8_t rank; // on a narrow screen the greatest leaves first (ui/table.h); 0: by its place
};

// Where Enter leads. A view text as typed after `:` plus selectors; empty view: nowhere (describe opens).
struct drill {
    char view[64]; // a kind's name, or another view's ("containers", "describe", "logs")
    char ns[64];   // "" = all namespaces
    char labels[512]; // label selector
    char fields[256]; // field selector, e.g. "spec.nodeName=n1"
    char owner_uid[64]; // only rows owned by this UID
    char name[256];   // an object's name (containers of one Pod; one row of a kind)
};
struct kind {
    const char *name;  // plural, as typed: "pods"; for views over a kind, their own: "containers"
    const char *title; // "Pods"
    const char *const *aliases; // "po", "pod", NULL-terminated
    const char *api_kind; // "Pod"
    struct gvr gvr;
    struct decoder decoder;
    const struct column *columns; // ended by a column without a name
    const struct column *merged; // in lists of several kinds instead of its columns of the same name; NULL: none
    bool (*spent)(const struct row *row); // left out of such lists: an old ReplicaSet without Pods. NULL: none is
    const char *sort;  // default sort column and direction: "NAME", "-LAST SEEN"; NULL: name
    bool (*enter)(const struct row *row, struct drill *out); // NULL: describe
    const char *const *refers; // what its links may lead to, for `used-by`; NULL-terminated; NULL: to nothing asked for
    bool hidden; // not offered in completion
    bool object_per_rows; // several rows an object (containers): needs a name
    const char *insight_hint; // what the help says of this kind, one line; may be NULL
};

const struct kind *const *kind_all(void); // NULL-terminated, in the order of completion
const struct kind *kind_find(const char *name); // by name, alias, singular kind (case ignored)
const struct kind *kind_for_gvr(const char *group, const char *resource); // NULL: generic

// Text, sort key and style of any cell, by format or override.
void column_text(const struct column *col, const struct row *row, const struct cell_env *env,
    struct buf *out);
double column_key(const struct column *col, const struct row *row, const struct cell_env *env, bool *is_number);
style_t column_style(const struct column *col, const struct row *row, const struct cell_env *env);
// The raw number of a cell for filters: seconds, bytes, millicores, counts. false: text only.
bool column_number(const struct column *col, const struct row *row, const struct cell_env *env, double *out);

// A link to the Pods of a namespace that a LabelSelector selects ({}: all of them); in `refers`, that a kind has such.
#define LINK_SELECTED "~pods"
void kind_link_selected(struct row_builder *b, const char *ns, const json_t *selector);
// A LabelSelector as kubectl prints it, `<none>` when it selects by nothing.
void kind_selector(const json_t *label_selector, char *out, size_t n);

#endif
