// Failures of a request in words: metav1.Status of the server, and libcurl's errors with what to do.
#ifndef CLIENT_HTTP_ERROR_H
#define CLIENT_HTTP_ERROR_H

#include <stddef.h>

#include "base/err.h"

void http_error_from_status(struct err *err, int status, const char *body, size_t n);
// code: CURLcode. detail: libcurl's error buffer. proxy: "" when none is used.
void http_error_from_curl(
    struct err *err, int code, const char *detail, const char *host, const char *proxy);

#endif
