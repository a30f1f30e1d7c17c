// `--once contexts` and `--once help`: what needs no server.
#ifndef APP_ONCE_PLAIN_H
#define APP_ONCE_PLAIN_H

#include <stdbool.h>

#include "base/buf.h"

struct kubeconfig;

// Whether the view is one of them; then its text is appended. current: the context that would be opened, or NULL.
bool once_plain(const char *view, const struct kubeconfig *kc, const char *current, struct buf *out);

#endif
