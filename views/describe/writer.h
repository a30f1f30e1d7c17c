// What kubectl's describers write with: lines of cells, each tab ends a cell, and consecutive lines share the
// widths of their columns (Go's text/tabwriter with padding 2, as k8s.io/kubectl/pkg/describe uses it). The
// text is coloured when it is laid out. Also the parts that the describers of several kinds share.
#ifndef VIEWS_DESCRIBE_WRITER_H
#define VIEWS_DESCRIBE_WRITER_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "ui/text.h"
#include "views/describe/needs.h"

struct dw {
    struct buf b;
    const struct describe_opts *opts;
    int nest; // levels added to each line
};

void dw(struct dw *w, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void dw_layout(const char *text, struct text *out); // the lines, aligned and coloured

void dw_plain(const char *text, struct buf *out);    // aligned, as plain lines

// The answer to a related request; NULL: not there yet or failed, and why has the words for its place.
const json_t *dw_need(const struct dw *w, enum describe_need need, const char **why);

// printLabelsMultiline, printAnnotationsMultiline; title with its indent.
void dw_labels(struct dw *w, const char *title, const json_t *map);
void dw_annotations(struct dw *w, const char *title, const json_t *map);
void dw_name(struct dw *w, const json_t *doc, bool ns); // Name and, if wished, Namespace
void dw_controller(struct dw *w, const json_t *doc);
void dw_status(struct dw *w, const json_t *doc); // PV, PVC: the phase, or Terminating since when
// "Type Status Reason" of Deployments and ReplicaSets; nothing without conditions.
void dw_conditions(struct dw *w, const json_t *doc);

const char *dw_map(const json_t *map, struct buf *tmp); // labels.FormatLabels
const char *dw_selector(const json_t *selector, char tmp[1024]); // metav1.FormatLabelSelector
// labels.Selector's own String: "" where it selects by nothing.
const char *dw_selector_raw(const json_t *selector, char tmp[1024]);
const char *dw_join(const json_t *array, const char *sep, struct buf *tmp);
const char *dw_brackets(const json_t *array, struct buf *tmp); // Go's %v of a []string
const char *dw_time(const json_t *when, char tmp[64]); // RFC1123Z
const char *dw_since(const struct dw *w, const json_t *when, char tmp[16]);
const char *dw_intstr(const json_t *v, char tmp[32]); // <nil> when absent
const char *dw_bool(const json_t *v); // true, false
const char *dw_Bool(const json_t *v); // True, False, <unset>

// Keys in order; the caller frees the array. The keys belong to the map.
const char **dw_keys(const json_t *map, size_t *n);
// Items of an array in the order of their words at the path.
json_t **dw_sorted(const json_t *array, const char *key, size_t *n);

#endif
