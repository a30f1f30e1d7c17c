// A Pod and what is inside of one: containers and volumes, also those of a workload's template.
#ifndef VIEWS_DESCRIBE_POD_H
#define VIEWS_DESCRIBE_POD_H

#include "views/describe/writer.h"

void describe_pod(struct dw *w, const json_t *pod);
void describe_template(struct dw *w, const json_t *tmpl); // DescribePodTemplate
// volume.c: space is "" for a Pod, "  " in a template.
void describe_volumes(struct dw *w, const json_t *volumes, const char *space);
bool describe_volume_source(
    struct dw *w, const json_t *source, bool of_pv); // false: none that is known
void describe_claim(struct dw *w, const json_t *claim, bool full);
const char *describe_modes(const json_t *modes, char tmp[32]); // "RWO,ROX"
const char *describe_class(const json_t *claim);

#endif
