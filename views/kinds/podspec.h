// What a PodSpec uses (ConfigMaps, Secrets, claims, ServiceAccount), shared by Pods and all templates.
#ifndef VIEWS_KINDS_PODSPEC_H
#define VIEWS_KINDS_PODSPEC_H

#include "client/row.h"

void podspec_links(struct row_builder *b, const json_t *spec); // namespace: that of the row
// "app,sidecar" and "img:1,img:2" of a template's containers, as kubectl -o wide prints them.
void podspec_containers(const json_t *spec, struct buf *names, struct buf *images);

#endif
