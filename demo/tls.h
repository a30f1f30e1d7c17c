// The certificate authority and serving certificate that a demo server makes for itself at start.
#ifndef DEMO_TLS_H
#define DEMO_TLS_H

#include "base/buf.h"
#include "base/err.h"

struct tls_files {
    struct buf ca, cert, key; // PEM
};
bool tls_make(struct tls_files *t, struct err *err);
void tls_release(struct tls_files *t);

#endif
