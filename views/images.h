// The images in use: registry, repository, tag; how many containers run each, which cannot be pulled, and
// the Pods behind it. Live, from the containers of the namespace.
#ifndef VIEWS_IMAGES_H
#define VIEWS_IMAGES_H

#include <stddef.h>

#include "list/spec.h"
#include "views/view.h"

// "nginx" -> docker.io, library/nginx, latest; "ghcr.io/a/b@sha256:…" -> the digest as tag. Truncated to fit.
struct image_ref {
    char registry[256], repository[512], tag[160];
    bool implied_tag; // none was written: latest
};
void image_parse(const char *image, struct image_ref *out);

struct view *images_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
