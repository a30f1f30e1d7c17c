// Any path of the API as YAML or text (`get /version`), and the health of the control plane: what the API
// server says of itself and its etcd, and whether scheduler and controller manager still renew their leases.
#ifndef VIEWS_GET_H
#define VIEWS_GET_H

#include "list/spec.h"
#include "views/view.h"

struct view *rawget_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
// `http GET svc/web:80/path`: a request to a Pod or a Service through the API server's proxy subresource.
struct view *http_get_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);
struct view *health_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
